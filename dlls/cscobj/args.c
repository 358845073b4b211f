/*
 * Checks of arguments and the meaning of flags
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "cscset.h"

#include "sddl.h"

#include <stdlib.h>
#include <string.h>

/* Decisions (docs/decisions.md): NULL for an output is E_POINTER (Q8), unknown bits of flags are
 * E_INVALIDARG (Q9), as are NULL or empty paths and an empty array (Q10).  The form of a path (Q11) is
 * checked in one place, the service. */

HRESULT check_path(LPCWSTR path)
{
    if (!path || !path[0]) return E_INVALIDARG;
    if (wcsnlen(path, CSC_MAX_PATH_UNITS + 1) > CSC_MAX_PATH_UNITS) return HRESULT_FROM_WIN32(ERROR_BAD_PATHNAME);
    return S_OK;
}

HRESULT check_paths(LPCWSTR *paths, ULONG count)
{
    HRESULT hr;
    ULONG i;

    if (!paths || !count || count > CSC_MAX_PATHS) return E_INVALIDARG;
    for (i = 0; i < count; i++)
        if (FAILED(hr = check_path(paths[i]))) return hr;
    return S_OK;
}

HRESULT check_flags(DWORD flags, DWORD mask)
{
    return flags & ~mask ? E_INVALIDARG : S_OK;
}

BOOL caller_is_administrator(void)
{
    SID_IDENTIFIER_AUTHORITY authority = { SECURITY_NT_AUTHORITY };
    BOOL member = FALSE;
    PSID sid;

    if (!AllocateAndInitializeSid(&authority, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS,
                                  0, 0, 0, 0, 0, 0, &sid))
        return FALSE;
    if (!CheckTokenMembership(NULL, sid, &member)) member = FALSE;
    FreeSid(sid);
    return member;
}

/* The SID of an account; LocalFree.  NULL: there is none, or a group. */
static PSID find_user(LPCWSTR user)
{
    DWORD sid_size = 0, domain_size = 0;
    WCHAR *domain = NULL;
    SID_NAME_USE use;
    PSID sid = NULL;

    if (ConvertStringSidToSidW(user, &sid)) return sid;
    LookupAccountNameW(NULL, user, NULL, &sid_size, NULL, &domain_size, &use);
    if (!sid_size || !(sid = LocalAlloc(0, sid_size)) || !(domain = malloc((domain_size + 1) * sizeof(WCHAR))) ||
        !LookupAccountNameW(NULL, user, sid, &sid_size, domain, &domain_size, &use) || use != SidTypeUser)
    {
        LocalFree(sid);
        sid = NULL;
    }
    free(domain);
    return sid;
}

HRESULT user_owns_cache(LPCWSTR user, BOOL *owner)
{
    BYTE buffer[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    TOKEN_USER *self = (TOKEN_USER *)buffer;
    HRESULT hr = S_OK;
    HANDLE token;
    DWORD size;
    PSID sid;

    *owner = FALSE;
    if (!(sid = find_user(user))) return HRESULT_FROM_WIN32(ERROR_NONE_MAPPED);
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) hr = HRESULT_FROM_WIN32(GetLastError());
    else
    {
        if (GetTokenInformation(token, TokenUser, self, sizeof(buffer), &size)) *owner = EqualSid(sid, self->User.Sid);
        else hr = HRESULT_FROM_WIN32(GetLastError());
        CloseHandle(token);
    }
    LocalFree(sid);
    return hr;
}

HRESULT check_query_flags(DWORD flags)
{
    if (flags & ~(DWORD)OFFLINEFILES_ITEM_QUERY_FLAGS) return E_INVALIDARG;
    if ((flags & OFFLINEFILES_ITEM_QUERY_ADMIN) && !caller_is_administrator()) return E_ACCESSDENIED;
    return S_OK;
}

HRESULT check_delete_flags(DWORD flags)
{
    if (flags & ~(DWORD)OFFLINEFILES_DELETE_FLAGS) return E_INVALIDARG;
    if ((flags & OFFLINEFILES_DELETE_FLAG_ADMIN) && !caller_is_administrator()) return E_ACCESSDENIED;
    return S_OK;
}

HRESULT check_sync_control(DWORD flags)
{
    const DWORD directions = OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE | OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN |
                             OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT;

    /* The conflict policy is a field, of which four values are taken (Q37). */
    if ((flags & OFFLINEFILES_SYNC_CONTROL_CR_MASK) > OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST) return E_INVALIDARG;
    if (flags & ~(DWORD)(OFFLINEFILES_SYNC_CONTROL_FLAGS | OFFLINEFILES_SYNC_CONTROL_CR_MASK)) return E_INVALIDARG;
    /* A call that could not do anything is a mistake (Q31). */
    return flags & directions ? S_OK : E_INVALIDARG;
}

HRESULT check_pin_control(DWORD flags)
{
    const DWORD reasons = OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER | OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER_POLICY |
                          OFFLINEFILES_PIN_CONTROL_FLAG_FORALL | OFFLINEFILES_PIN_CONTROL_FLAG_FORREDIR;

    if (flags & ~(DWORD)OFFLINEFILES_PIN_CONTROL_FLAGS) return E_INVALIDARG;
    /* A pin needs a reason; several are all meant (Q46). */
    return flags & reasons ? S_OK : E_INVALIDARG;
}

/* The setting LinkTargetCaching wins over the flag: never, or always (Q110). */
static DWORD link_targets(DWORD flags, DWORD flag)
{
    DWORD when = OFFLINEFILES_PINLINKTARGETS_EXPLICIT;

    setting_number(OFFLINEFILES_SETTING_PinLinkTargets, &when);
    if (when == OFFLINEFILES_PINLINKTARGETS_NEVER) return flags & ~flag;
    return when == OFFLINEFILES_PINLINKTARGETS_ALWAYS ? flags | flag : flags;
}

DWORD effective_sync_control(DWORD flags, BOOL handler)
{
    const DWORD reasons = OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER | OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER_POLICY |
                          OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORALL | OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORREDIR;

    if (flags & OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN)
        flags |= OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE;
    else
        flags &= ~(DWORD)OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES;
    if (!(flags & OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES))
        flags &= ~(reasons | OFFLINEFILES_SYNC_CONTROL_FLAG_PINLINKTARGETS);
    else
    {
        if (!(flags & reasons)) flags |= OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER; /* the usual one */
        flags = link_targets(flags, OFFLINEFILES_SYNC_CONTROL_FLAG_PINLINKTARGETS);
    }
    if (!(flags & OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT))
        flags &= ~(DWORD)OFFLINEFILES_SYNC_CONTROL_FLAG_NONEWFILESOUT;
    if (!(flags & OFFLINEFILES_SYNC_CONTROL_FLAG_INTERACTIVE))
        flags &= ~(DWORD)OFFLINEFILES_SYNC_CONTROL_FLAG_CONSOLE;
    if (handler)
        flags &= ~(DWORD)OFFLINEFILES_SYNC_CONTROL_CR_MASK;
    return flags;
}

DWORD effective_pin_control(DWORD flags, BOOL unpin)
{
    if (unpin) flags &= ~(DWORD)(OFFLINEFILES_PIN_CONTROL_FLAG_FILL | OFFLINEFILES_PIN_CONTROL_FLAG_PINLINKTARGETS);
    else flags = link_targets(flags, OFFLINEFILES_PIN_CONTROL_FLAG_PINLINKTARGETS);
    if (!(flags & OFFLINEFILES_PIN_CONTROL_FLAG_INTERACTIVE))
        flags &= ~(DWORD)OFFLINEFILES_PIN_CONTROL_FLAG_CONSOLE;
    return flags;
}
