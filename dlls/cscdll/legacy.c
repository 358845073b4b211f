/*
 * Legacy functions of Offline Files: the ones that need no search
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdarg.h>

#include "windef.h"
#include "winbase.h"
#include "cscapi.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscdll);

/* What is configured, as OfflineFilesQueryStatus tells it. [behaviour.md §5.1] */
BOOL WINAPI CSCIsCSCEnabled(void)
{
    BOOL enabled = FALSE;
    DWORD error;

    TRACE("\n");

    if (!(error = OfflineFilesQueryStatus(NULL, &enabled))) return enabled;
    SetLastError(error);
    return FALSE;
}

/* Names and ordinals are all that is known of these. */
#define NOT_PUBLISHED(name) \
    BOOL CDECL name(void) \
    { \
        FIXME(#name ": its parameters are not published\n"); \
        SetLastError(ERROR_CALL_NOT_IMPLEMENTED); \
        return FALSE; \
    }

NOT_PUBLISHED(CSCSetMaxSpace)
NOT_PUBLISHED(CSCDoEnableDisable)
NOT_PUBLISHED(CSCPinFileW)
NOT_PUBLISHED(CSCUnpinFileW)
NOT_PUBLISHED(CSCQueryFileStatusW)
NOT_PUBLISHED(CSCDeleteW)
NOT_PUBLISHED(CSCEnumForStatsW)
NOT_PUBLISHED(CSCIsServerOfflineW)
NOT_PUBLISHED(CSCTransitionServerOnlineW)
NOT_PUBLISHED(CSCEnumForStatsExW)
NOT_PUBLISHED(CSCDisconnectPath)
NOT_PUBLISHED(CSCIsPathOffline)
NOT_PUBLISHED(CSCTransitionPathOnline)

/* Its name says that it gives a search handle. */
HANDLE CDECL CSCFindFirstFileForSidW(void)
{
    FIXME("CSCFindFirstFileForSidW: its parameters are not published\n");
    SetLastError(ERROR_CALL_NOT_IMPLEMENTED);
    return INVALID_HANDLE_VALUE;
}
