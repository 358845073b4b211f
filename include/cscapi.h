/*
 * State of the Offline Files feature (cscapi.dll)
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * These functions are the way to ask for and to change the state of the feature itself; the COM
 * interfaces of cscobj.h need it enabled and running. "Enabled" is what is configured, "active"
 * what runs now. All return a Win32 error code, ERROR_SUCCESS when they did what was asked, and
 * write outputs only then. [behaviour.md §1.3, §4]
 */

#ifndef __CSCAPI_H__
#define __CSCAPI_H__

#include <windef.h>
#include <winbase.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Enables or disables the feature; administrators only. *reboot_required tells whether a restart
 * is needed to finish. [behaviour.md §4.1]; Q111 */
DWORD WINAPI OfflineFilesEnable(BOOL enable, BOOL *reboot_required);

/* Starts the feature without a restart if it is enabled and available, otherwise
 * ERROR_NOT_SUPPORTED. Running already is success. [behaviour.md §4.4] */
DWORD WINAPI OfflineFilesStart(void);

/* Tells whether the feature is active and enabled. Each pointer may be NULL. [behaviour.md §4.2] */
DWORD WINAPI OfflineFilesQueryStatus(BOOL *active, BOOL *enabled);

/* Also tells whether the service could be started without a restart. Each pointer may be NULL.
 * [behaviour.md §4.3] */
DWORD WINAPI OfflineFilesQueryStatusEx(BOOL *active, BOOL *enabled, BOOL *available);

#ifdef __cplusplus
}
#endif

#endif /* __CSCAPI_H__ */
