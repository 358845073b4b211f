/*
 * Results of the engine
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The engine speaks HRESULT values without knowing Windows: what it returns is
 * handed to the caller of the API unchanged.
 */

#ifndef CSC_STATUS_H
#define CSC_STATUS_H

#include <stdint.h>

typedef int32_t csc_status;

#define CSC_WIN32(code) ((csc_status)(0x80070000u | (code)))

#define CSC_OK                   ((csc_status)0)
#define CSC_FALSE                ((csc_status)1)
#define CSC_E_FAIL               ((csc_status)0x80004005u)
#define CSC_E_OUT_OF_MEMORY      ((csc_status)0x8007000eu)
#define CSC_E_INVALID_ARG        ((csc_status)0x80070057u)
#define CSC_E_NOT_FOUND          CSC_WIN32(2)      /* ERROR_FILE_NOT_FOUND */
#define CSC_E_PATH_NOT_FOUND     CSC_WIN32(3)      /* ERROR_PATH_NOT_FOUND */
#define CSC_E_TOO_MANY_FILES     CSC_WIN32(4)      /* ERROR_TOO_MANY_OPEN_FILES: of this process */
#define CSC_E_ACCESS_DENIED      CSC_WIN32(5)
#define CSC_E_INVALID_HANDLE     CSC_WIN32(6)
#define CSC_E_NOT_SAME_DEVICE    CSC_WIN32(17)     /* ERROR_NOT_SAME_DEVICE: a rename into another share */
#define CSC_E_WRITE_PROTECT      CSC_WIN32(19)
#define CSC_E_NOT_READY          CSC_WIN32(21)
#define CSC_E_SHARING            CSC_WIN32(32)     /* ERROR_SHARING_VIOLATION */
#define CSC_E_NOT_SUPPORTED      CSC_WIN32(50)
#define CSC_E_DUPLICATE_NAME     CSC_WIN32(52)     /* ERROR_DUP_NAME: names that differ only in case */
#define CSC_E_BAD_NETPATH        CSC_WIN32(53)     /* origin unreachable, or share not mapped */
#define CSC_E_NET_IO             CSC_WIN32(59)     /* ERROR_UNEXP_NET_ERR */
#define CSC_E_EXISTS             CSC_WIN32(80)     /* ERROR_FILE_EXISTS */
#define CSC_E_DISK_FULL          CSC_WIN32(112)
#define CSC_E_TIMEOUT            CSC_WIN32(121)    /* ERROR_SEM_TIMEOUT: an origin call hung */
#define CSC_E_INVALID_NAME       CSC_WIN32(123)
#define CSC_E_NOT_EMPTY          CSC_WIN32(145)    /* ERROR_DIR_NOT_EMPTY */
#define CSC_E_BAD_PATH           CSC_WIN32(161)    /* ERROR_BAD_PATHNAME */
#define CSC_E_BUSY               CSC_WIN32(170)
#define CSC_E_ALREADY_EXISTS     CSC_WIN32(183)
#define CSC_E_NAME_TOO_LONG      CSC_WIN32(206)    /* ERROR_FILENAME_EXCED_RANGE */
#define CSC_E_MORE_DATA          CSC_WIN32(234)
#define CSC_E_DIRECTORY          CSC_WIN32(267)    /* ERROR_DIRECTORY: not a directory, or is one */
#define CSC_E_IO                 CSC_WIN32(1117)   /* ERROR_IO_DEVICE */
#define CSC_E_CANCELLED          CSC_WIN32(1223)
#define CSC_E_POLICY             CSC_WIN32(1260)   /* ERROR_ACCESS_DISABLED_BY_POLICY */
#define CSC_E_EXCLUDED           CSC_WIN32(1296)   /* ERROR_CONTENT_BLOCKED: an exclusion list names it */
#define CSC_E_CONFLICT           CSC_WIN32(1306)   /* ERROR_REVISION_MISMATCH: changed on both sides */
#define CSC_E_NO_RESOURCES       CSC_WIN32(1450)   /* ERROR_NO_SYSTEM_RESOURCES */
#define CSC_E_CORRUPT            CSC_WIN32(1392)   /* ERROR_FILE_CORRUPT: the store */
#define CSC_E_CANNOT_ACCESS      CSC_WIN32(1920)   /* ERROR_CANT_ACCESS_FILE: symbolic links, devices */
#define CSC_E_INVALID_STATE      CSC_WIN32(5023)   /* ERROR_INVALID_STATE: not while (or unless) it is suspended */
#define CSC_E_NO_ENCRYPTION      CSC_WIN32(6014)   /* ERROR_VOLUME_NOT_SUPPORT_EFS */
#define CSC_E_CHANGED            CSC_WIN32(4390)   /* internal: a side moved since the decision; decide again */

static inline int csc_failed(csc_status status) { return status < 0; }

/* The status for an errno value of a system call. */
csc_status csc_status_from_errno(int error);

/* 1 when the status says that the origin as a whole may be gone (dead mount, time-out, I/O error):
 * the caller has the scope probed. */
int csc_status_is_origin_failure(csc_status status);

/* In plain words, for the log and the tools; static. */
const char *csc_status_text(csc_status status);

#endif
