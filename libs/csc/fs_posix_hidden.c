/*
 * The POSIX system layer: HIDDEN and SYSTEM
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Wine keeps these two in the extended attribute user.DOSATTRIB, as the text "0x" with the attributes in hexadecimal, the
 * way that Samba 3 did.  Later versions of Samba put binary data behind such a text, or have nothing but binary data there:
 * two zero bytes, the format (4 or 5), which of its fields hold something, and the attributes (as smbd 4.17 writes it).  Those
 * are read and left as they are: they hold more than we know of.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "fs_posix.h"

#define NAME "user.DOSATTRIB"
#define HIDDEN_SYSTEM (CSC_ATTR_HIDDEN | CSC_ATTR_SYSTEM)
#define MOST 256             /* more than any of the formats takes */

static uint32_t read_le32(const unsigned char *data)
{
    return data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
}

uint32_t csc_posix_parse_dosattrib(const void *value, size_t size, int *ours)
{
    const unsigned char *data = value;
    char text[MOST + 1], *end;
    unsigned long flags;

    *ours = 0;
    if (size > 2 && size <= MOST && data[0] == '0' && data[1] == 'x')
    {
        memcpy(text, data, size);
        text[size] = 0;
        flags = strtoul(text + 2, &end, 16);
        if (end == text + 2 || *end || flags > UINT32_MAX) return 0;
        *ours = end == text + size;
        return (uint32_t)flags;
    }
    if (size >= 16 && !data[0] && !data[1] && (data[2] == 4 || data[2] == 5) && !data[3] && read_le32(data + 4) == data[2] &&
        (data[8] & 1))
        return read_le32(data + 12);
    return 0;
}

/* Either an open file, or a path. */
struct place
{
    int fd;
    char path[320];
};

static ssize_t get(const struct place *place, void *value)
{
    ssize_t got;

    CSC_RETRY(got, CSC_SYS(GET, place->fd != -1 ? fgetxattr(place->fd, NAME, value, MOST)
                                                : lgetxattr(place->path, NAME, value, MOST)));
    return got;
}

static csc_status see(const struct place *place, struct csc_stat *stat)
{
    unsigned char value[MOST];
    uint32_t seen = 0;
    ssize_t got;
    int ours;

    if ((got = get(place, value)) != -1) seen = csc_posix_parse_dosattrib(value, (size_t)got, &ours);
    else if (errno == ENOTSUP) return CSC_E_NOT_SUPPORTED;
    else if (errno != ENODATA && errno != ERANGE) return csc_status_from_errno(errno);
    stat->attributes = (stat->attributes & ~(CSC_ATTR_UNSEEN | HIDDEN_SYSTEM)) | (seen & HIDDEN_SYSTEM);
    return CSC_OK;
}

/* In an open directory.  The kernel has no call for this, but a place where open files have paths. */
static csc_status in_dir(struct csc_dir *dir, const char *name, struct place *place)
{
    int length;

    place->fd = name ? -1 : dir->fd;
    length = snprintf(place->path, sizeof(place->path), "/proc/self/fd/%d/%s", dir->fd, name ? name : ".");
    return length < (int)sizeof(place->path) ? CSC_OK : CSC_E_INVALID_NAME;
}

csc_status csc_posix_see(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat)
{
    struct place place;
    csc_status status;

    (void)fs;
    if (csc_failed(status = in_dir(dir, name, &place))) return status;
    return see(&place, stat);
}

csc_status csc_posix_see_file(struct csc_fs *fs, struct csc_file *file, struct csc_stat *stat)
{
    struct place place = { .fd = file->fd };

    (void)fs;
    return see(&place, stat);
}

static csc_status set_mode(const struct place *place, mode_t mode)
{
    int result;

    CSC_RETRY(result, CSC_SYS(SET, place->fd != -1 ? fchmod(place->fd, mode) : chmod(place->path, mode)));
    return csc_status_of_call(result);
}

static csc_status set(const struct place *place, mode_t mode, uint32_t attributes)
{
    unsigned char value[MOST];
    uint32_t before = 0, wanted;
    int ours = 1, result, length, lock;
    csc_status status;
    char text[16];
    ssize_t got;

    if (attributes & CSC_ATTR_UNSEEN) return CSC_OK;
    if ((got = get(place, value)) != -1) before = csc_posix_parse_dosattrib(value, (size_t)got, &ours);
    else if (errno == ENOTSUP) return CSC_OK;
    else if (errno != ENODATA) return csc_status_from_errno(errno);

    wanted = (before & ~HIDDEN_SYSTEM) | (attributes & HIDDEN_SYSTEM);
    if (wanted == before || !ours) return CSC_OK;
    /* extended attributes of a file that nobody may write cannot be set either */
    lock = S_ISREG(mode) && !(mode & S_IWUSR);
    if (lock && csc_failed(status = set_mode(place, (mode & 07777) | S_IWUSR))) return status;
    length = snprintf(text, sizeof(text), "0x%x", wanted);
    if (wanted)
        CSC_RETRY(result, CSC_SYS(SET, place->fd != -1 ? fsetxattr(place->fd, NAME, text, (size_t)length, 0)
                                                       : lsetxattr(place->path, NAME, text, (size_t)length, 0)));
    else
        CSC_RETRY(result, CSC_SYS(SET, place->fd != -1 ? fremovexattr(place->fd, NAME) : lremovexattr(place->path, NAME)));
    status = result == -1 && errno == ENOTSUP ? CSC_OK : csc_status_of_call(result);
    return lock && csc_failed(set_mode(place, mode & 07777)) && !csc_failed(status) ? CSC_E_FAIL : status;
}

csc_status csc_posix_hide_file(struct csc_file *file, mode_t mode, uint32_t attributes)
{
    struct place place = { .fd = file->fd };

    return set(&place, mode, attributes);
}

csc_status csc_posix_hide(struct csc_dir *dir, const char *name, mode_t mode, uint32_t attributes)
{
    struct place place;
    csc_status status;

    if (csc_failed(status = in_dir(dir, name, &place))) return status;
    return set(&place, mode, attributes);
}
