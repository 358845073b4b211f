/*
 * errno values as results of the engine
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <errno.h>

#include "status.h"

csc_status csc_status_from_errno(int error)
{
    switch (error)
    {
    case 0:
        return CSC_OK;
    case ENOENT:
        return CSC_E_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EKEYEXPIRED:
    case EKEYREJECTED:
    case EKEYREVOKED:
    case ENOKEY:
        return CSC_E_ACCESS_DENIED;
    case EROFS:
        return CSC_E_WRITE_PROTECT;
    case EBADF:
        return CSC_E_INVALID_HANDLE;
    case EINVAL:
        return CSC_E_INVALID_ARG;
    case ENOMEM:
        return CSC_E_OUT_OF_MEMORY;
    case EMFILE:
    case ENFILE:
        return CSC_E_TOO_MANY_FILES;
    case EEXIST:
        return CSC_E_EXISTS;
    case ENOTEMPTY:
        return CSC_E_NOT_EMPTY;
    case ENOTDIR:
    case EISDIR:
        return CSC_E_DIRECTORY;
    case ENAMETOOLONG:
        return CSC_E_NAME_TOO_LONG;
    case EILSEQ:
        return CSC_E_INVALID_NAME;
    case ELOOP:
        return CSC_E_CANNOT_ACCESS;
    case EBUSY:
        return CSC_E_BUSY;
    case EAGAIN:          /* another process holds a lease */
    case ETXTBSY:
        return CSC_E_SHARING;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return CSC_E_DISK_FULL;
    case ENOSYS:
    case EOPNOTSUPP:
    case ENOTTY:
    case EXDEV:
    case EMLINK:
        return CSC_E_NOT_SUPPORTED;
    case ECANCELED:
        return CSC_E_CANCELLED;

    /* nobody there: a dead mount, a server that does not answer */
    case ENOTCONN:
    case ENODEV:
    case ENXIO:
    case ETIMEDOUT:
    case ECONNREFUSED:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOLINK:
        return CSC_E_BAD_NETPATH;

    /* it was there and broke off */
    case ESTALE:
    case EREMOTEIO:
    case ECOMM:
    case EPROTO:
    case EPIPE:
    case ESHUTDOWN:
    case ENETRESET:
    case ECONNABORTED:
    case ECONNRESET:
        return CSC_E_NET_IO;

    case EIO:
    case EUCLEAN:
        return CSC_E_IO;
    default:
        return CSC_E_FAIL;
    }
}

int csc_status_is_origin_failure(csc_status status)
{
    return status == CSC_E_BAD_NETPATH || status == CSC_E_NET_IO || status == CSC_E_TIMEOUT ||
           status == CSC_E_IO;
}
