/*
 * Offline Files Win32 API
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "feature.h"
#include "winsvc.h"
#include "winternl.h"
#include "cscapi.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscapi);

#define NTSTATUS_NOT_SUPPORTED ((NTSTATUS)0xc00000bb)

static BOOL is_administrator(void)
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

/* Q111: a caller who is no administrator gets ERROR_ACCESS_DENIED; asking for what is configured
 * already is success; against the policy "Enabled" ERROR_ACCESS_DISABLED_BY_POLICY.  Our decision:
 * without the service ERROR_SERVICE_DOES_NOT_EXIST.
 *
 * The documents let a restart be needed unless the parts that are to run (or not to run) do so
 * already.  Here that is the service alone, so a restart is needed when it runs and should not, or
 * the other way round; after enabling, OfflineFilesStart does instead of the restart. */
DWORD WINAPI OfflineFilesEnable(BOOL enable, BOOL *reboot_required)
{
    struct feature feature;
    DWORD error;

    TRACE("%d, %p\n", enable, reboot_required);

    if (!reboot_required) return ERROR_INVALID_PARAMETER;
    if (!is_administrator()) return ERROR_ACCESS_DENIED;
    if ((error = feature_read(&feature))) return error;
    if (feature.policy == (enable ? POLICY_DISABLED : POLICY_ENABLED)) return ERROR_ACCESS_DISABLED_BY_POLICY;
    if (!feature.installed) return ERROR_SERVICE_DOES_NOT_EXIST;
    if ((error = feature_set_start_type(enable ? SERVICE_AUTO_START : SERVICE_DISABLED))) return error;
    *reboot_required = feature.running != (enable != 0);
    return ERROR_SUCCESS;
}

/* Our decision: where a policy enables the feature and the service was disabled by hand, the start
 * brings the configuration in line, because nothing else in Wine does. */
DWORD WINAPI OfflineFilesStart(void)
{
    struct feature feature;
    DWORD error;

    TRACE("\n");

    if ((error = feature_read(&feature))) return error;
    if (feature.running) return ERROR_SUCCESS;
    if (!feature_available(&feature)) return ERROR_NOT_SUPPORTED;
    if (feature.start_type == SERVICE_DISABLED && (error = feature_set_start_type(SERVICE_AUTO_START))) return error;
    return feature_start();
}

/* Our decision: without the service, as on editions of Windows that lack it, both are FALSE. */
DWORD WINAPI OfflineFilesQueryStatus(BOOL *active, BOOL *enabled)
{
    return OfflineFilesQueryStatusEx(active, enabled, NULL);
}

DWORD WINAPI OfflineFilesQueryStatusEx(BOOL *active, BOOL *enabled, BOOL *available)
{
    struct feature feature;
    DWORD error;

    TRACE("%p, %p, %p\n", active, enabled, available);

    if ((error = feature_read(&feature))) return error;
    if (active) *active = feature.running;
    if (enabled) *enabled = feature_enabled(&feature);
    if (available) *available = feature_available(&feature);
    return ERROR_SUCCESS;
}

/* Only names and the number of parameters are known of these two: nothing is written through their pointers. */
NTSTATUS WINAPI CscNetApiGetInterface(ULONG version, ULONG cookie, void *unknown, void **iface)
{
    FIXME("%#lx, %#lx, %p, %p: not published\n", version, cookie, unknown, iface);
    return NTSTATUS_NOT_SUPPORTED;
}

DWORD WINAPI OfflineFilesGetShareCachingMode(LPCWSTR path, DWORD *mode)
{
    FIXME("%s, %p: not published\n", debugstr_w(path), mode);
    return ERROR_NOT_SUPPORTED;
}
