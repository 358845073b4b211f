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

const char *csc_status_text(csc_status status)
{
    switch (status)
    {
    case CSC_OK:
    case CSC_FALSE:             return "Done.";
    case CSC_E_OUT_OF_MEMORY:   return "Out of memory.";
    case CSC_E_INVALID_ARG:     return "The argument is not valid.";
    case CSC_E_NOT_FOUND:
    case CSC_E_PATH_NOT_FOUND:  return "There is no such file or directory.";
    case CSC_E_TOO_MANY_FILES:  return "Too many files are open.";
    case CSC_E_ACCESS_DENIED:   return "Access was denied.";
    case CSC_E_INVALID_HANDLE:  return "The cache was closed meanwhile.";
    case CSC_E_NOT_SAME_DEVICE: return "The new path is in another share.";
    case CSC_E_WRITE_PROTECT:   return "The file system is read-only.";
    case CSC_E_NOT_READY:       return "The origin is not what was mapped; nothing was deleted because of that.";
    case CSC_E_SHARING:         return "It changed again and again, or another program has it open.";
    case CSC_E_NOT_SUPPORTED:   return "The file system or this version cannot do it.";
    case CSC_E_DUPLICATE_NAME:  return "Another name in the directory differs in case only.";
    case CSC_E_BAD_NETPATH:     return "The share is not mapped, or its origin cannot be reached.";
    case CSC_E_NET_IO:          return "The network failed.";
    case CSC_E_EXISTS:
    case CSC_E_ALREADY_EXISTS:  return "It is there already.";
    case CSC_E_DISK_FULL:       return "The disk is full.";
    case CSC_E_TIMEOUT:         return "The origin did not answer in time.";
    case CSC_E_INVALID_NAME:    return "Windows allows no such name.";
    case CSC_E_NOT_EMPTY:       return "The directory is not empty.";
    case CSC_E_BAD_PATH:        return "The path is not valid.";
    case CSC_E_BUSY:            return "It has changes that are not synchronized, or is in use.";
    case CSC_E_NAME_TOO_LONG:   return "The name is too long.";
    case CSC_E_MORE_DATA:       return "Some items failed.";
    case CSC_E_DIRECTORY:       return "It is a directory and should not be, or the other way round.";
    case CSC_E_IO:              return "Reading or writing failed.";
    case CSC_E_CANCELLED:       return "Cancelled.";
    case CSC_E_EXCLUDED:        return "An exclusion list names it: such files do not come into the cache.";
    case CSC_E_CONFLICT:        return "Changed on both sides; both copies were kept.";
    case CSC_E_CORRUPT:         return "The database of the cache is damaged.";
    case CSC_E_CANNOT_ACCESS:   return "It is a link or a special file, which are left out.";
    case CSC_E_NO_ENCRYPTION:   return "The file system of the cache cannot change whether its files are encrypted.";
    case CSC_E_CHANGED:         return "It changed meanwhile.";
    default:                    return "It failed.";
    }
}
