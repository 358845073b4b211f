/*
 * Service for Offline Files: who calls
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Wine cannot impersonate a client: COM's server side has no call context (CoImpersonateClient fails with
 * RPC_E_CALL_COMPLETE), and the pipe below gives the server its own token back.  But the pipe knows which process is at
 * its other end, whatever that process says of itself, and that process has a token.  A client that impersonates
 * somebody on one of its threads is therefore judged by its process; cscobj.dll looks at the thread's token, too.
 */

#include "cscsvc_private.h"
#include "rpc.h"
#include "rpcdcep.h"
#include "cscobj.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

HRESULT caller_process(DWORD *pid)
{
    ULONG found = 0;
    RPC_STATUS status = I_RpcBindingInqLocalClientPID(NULL, &found);

    if (status)
    {
        WARN("the caller's process is not known: %ld\n", status);
        return E_ACCESSDENIED;
    }
    *pid = found;
    return S_OK;
}

static HRESULT token_is_administrator(HANDLE token, BOOL *member)
{
    SID_IDENTIFIER_AUTHORITY authority = { SECURITY_NT_AUTHORITY };
    HRESULT hr = S_OK;
    PSID sid;

    if (!AllocateAndInitializeSid(&authority, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS,
                                  0, 0, 0, 0, 0, 0, &sid))
        return HRESULT_FROM_WIN32(GetLastError());
    if (!CheckTokenMembership(token, sid, member)) hr = HRESULT_FROM_WIN32(GetLastError());
    FreeSid(sid);
    return hr;
}

HRESULT process_is_administrator(DWORD pid, BOOL *member)
{
    HANDLE process, token, copy;
    HRESULT hr = S_OK;

    *member = FALSE;
    if (!(process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid)))
        return HRESULT_FROM_WIN32(GetLastError());
    if (OpenProcessToken(process, TOKEN_QUERY | TOKEN_DUPLICATE, &token))
    {
        /* Membership is asked of an impersonation token. */
        if (DuplicateToken(token, SecurityIdentification, &copy))
        {
            hr = token_is_administrator(copy, member);
            CloseHandle(copy);
        }
        else hr = HRESULT_FROM_WIN32(GetLastError());
        CloseHandle(token);
    }
    else hr = HRESULT_FROM_WIN32(GetLastError());
    CloseHandle(process);
    return hr;
}

/* Looks at the process of this very call: a session's pointer can be given away. */
HRESULT check_administrator(void)
{
    DWORD pid;
    BOOL member;
    HRESULT hr;

    if (FAILED(hr = caller_process(&pid))) return hr;
    if (FAILED(hr = process_is_administrator(pid, &member)))
    {
        WARN("the token of process %#lx can't be looked at: %#lx\n", pid, hr);
        return E_ACCESSDENIED;
    }
    if (member) return S_OK;
    WARN("process %#lx is no administrator's\n", pid);
    return E_ACCESSDENIED;
}

HRESULT check_query(DWORD query)
{
    if (query & ~(DWORD)OFFLINEFILES_ITEM_QUERY_FLAGS) return E_INVALIDARG;
    return query & OFFLINEFILES_ITEM_QUERY_ADMIN ? check_administrator() : S_OK;
}

HRESULT check_operation_rights(const CSC_OPERATION *operation)
{
    BOOL admin = operation->kind == CSC_OP_DELETE && operation->flags & OFFLINEFILES_DELETE_FLAG_ADMIN;

    return admin ? check_administrator() : S_OK;
}
