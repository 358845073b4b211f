/*
 * The POSIX system layer: directories
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs_posix.h"
#include "path.h"

#define DIR_FLAGS   (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define LIST_BUFFER 65536

/* What getdents64 writes; libc has no name for it. */
struct entry
{
    uint64_t ino;
    int64_t  position;
    uint16_t size;
    uint8_t  type;
    char     name[];
};

static csc_status wrap_dir(int fd, struct csc_dir **dir)
{
    if (!(*dir = malloc(sizeof(**dir))))
    {
        CSC_SYS(CLOSE, close(fd));
        return CSC_E_OUT_OF_MEMORY;
    }
    (*dir)->fd = fd;
    atomic_flag_clear(&(*dir)->listed);
    atomic_init(&(*dir)->of_others, 0);
    csc_joint_init(&(*dir)->flush);
    return CSC_OK;
}

csc_status csc_posix_open_root(struct csc_fs *fs, const char *path, struct csc_dir **dir)
{
    int fd;

    (void)fs;
    *dir = NULL;
    CSC_RETRY(fd, CSC_SYS(OPEN, open(path, DIR_FLAGS)));
    if (fd == -1) return errno == ENOENT ? CSC_E_PATH_NOT_FOUND : csc_status_from_errno(errno);
    return wrap_dir(fd, dir);
}

csc_status csc_posix_open_dir(struct csc_fs *fs, struct csc_dir *parent, const char *name, struct csc_dir **dir)
{
    int fd;

    (void)fs;
    *dir = NULL;
    CSC_RETRY(fd, CSC_SYS(OPEN, openat(parent->fd, name, DIR_FLAGS | O_NOFOLLOW)));
    if (fd == -1)
    {
        int error = errno;
        struct stat st;

        /* a link answers like a file here */
        if (error == ENOTDIR && !CSC_SYS(STAT, fstatat(parent->fd, name, &st, AT_SYMLINK_NOFOLLOW)) && S_ISLNK(st.st_mode))
            return CSC_E_CANNOT_ACCESS;
        return csc_status_from_errno(error);
    }
    return wrap_dir(fd, dir);
}

void csc_posix_close_dir(struct csc_fs *fs, struct csc_dir *dir)
{
    (void)fs;
    if (!dir) return;
    CSC_SYS(CLOSE, close(dir->fd));
    csc_joint_free(&dir->flush);
    free(dir);
}

static enum csc_file_type type_of_entry(uint8_t type)
{
    switch (type)
    {
    case DT_REG: return CSC_TYPE_FILE;
    case DT_DIR: return CSC_TYPE_DIRECTORY;
    case DT_LNK: return CSC_TYPE_LINK;
    case DT_UNKNOWN: return CSC_TYPE_NONE;
    default: return CSC_TYPE_OTHER;
    }
}

static csc_status list_fd(int fd, csc_list_callback callback, void *context)
{
    csc_status status = CSC_OK;
    char *buffer;
    long size, i;

    if (!(buffer = malloc(LIST_BUFFER))) return CSC_E_OUT_OF_MEMORY;
    while (!csc_failed(status))
    {
        CSC_RETRY(size, CSC_SYS(LIST, syscall(SYS_getdents64, fd, buffer, LIST_BUFFER)));
        if (size == -1) status = csc_status_from_errno(errno);
        if (size <= 0) break;
        for (i = 0; i < size && !csc_failed(status); )
        {
            const struct entry *entry = (const struct entry *)(buffer + i);

            i += entry->size;
            if (!strcmp(entry->name, ".") || !strcmp(entry->name, "..")) continue;
            status = callback(context, entry->name, type_of_entry(entry->type));
        }
    }
    free(buffer);
    return csc_failed(status) ? status : CSC_OK;
}

csc_status csc_posix_list(struct csc_fs *fs, struct csc_dir *dir, csc_list_callback callback, void *context)
{
    csc_status status;
    int fd;

    (void)fs;
    /* The directory's own descriptor serves for one listing only: it has one position, and some FUSE file
     * systems answer a second one, from the start again, with nothing. */
    if (!atomic_flag_test_and_set(&dir->listed)) return list_fd(dir->fd, callback, context);
    CSC_RETRY(fd, CSC_SYS(OPEN, openat(dir->fd, ".", DIR_FLAGS)));
    if (fd == -1) return csc_status_from_errno(errno);
    status = list_fd(fd, callback, context);
    CSC_SYS(CLOSE, close(fd));
    return status;
}

csc_status csc_posix_make_dir(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    int result;

    (void)fs;
    CSC_RETRY(result, CSC_SYS(MAKE_DIR, mkdirat(dir->fd, name, 0777)));
    return csc_status_of_call(result);
}

csc_status csc_posix_remove_dir(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    int result;

    (void)fs;
    CSC_RETRY(result, CSC_SYS(REMOVE, unlinkat(dir->fd, name, AT_REMOVEDIR)));
    /* POSIX lets a system answer EEXIST for a directory that is not empty */
    if (result == -1 && errno == EEXIST) return CSC_E_NOT_EMPTY;
    return csc_status_of_call(result);
}

csc_status csc_posix_remove_file(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    int result;

    (void)fs;
    CSC_RETRY(result, CSC_SYS(REMOVE, unlinkat(dir->fd, name, 0)));
    return csc_status_of_call(result);
}

static csc_status rename_plain(int from, const char *old_name, int to, const char *new_name)
{
    int result;

    CSC_RETRY(result, CSC_SYS(RENAME, renameat(from, old_name, to, new_name)));
    /* a directory in the way that is not empty */
    if (result == -1 && errno == EEXIST) return CSC_E_NOT_EMPTY;
    return csc_status_of_call(result);
}

/* For file systems whose rename knows no modes.  A file of our own takes a name that nobody may have with a second
 * link, which never replaces.  Otherwise (another name might be given to the file between the two steps, or there are
 * no links): look first; a name that appears in between is replaced, only the check right before narrows that down. */
static csc_status rename_checked(int from, const char *old_name, int to, const char *new_name)
{
    struct stat st;
    int result;

    if (csc_name_is_temporary(old_name, NULL))
    {
        CSC_RETRY(result, CSC_SYS(RENAME, linkat(from, old_name, to, new_name, 0)));
        if (!result)
        {
            CSC_RETRY(result, CSC_SYS(REMOVE, unlinkat(from, old_name, 0)));
            return csc_status_of_call(result);
        }
        if (errno == EEXIST) return CSC_E_EXISTS;
    }
    CSC_RETRY(result, CSC_SYS(STAT, fstatat(to, new_name, &st, AT_SYMLINK_NOFOLLOW)));
    if (!result) return CSC_E_EXISTS;
    if (errno != ENOENT) return csc_status_from_errno(errno);
    return rename_plain(from, old_name, to, new_name);
}

csc_status csc_posix_rename(struct csc_fs *fs, struct csc_dir *from, const char *old_name,
                            struct csc_dir *to, const char *new_name, int mode)
{
    int result;

    (void)fs;
    if (mode == CSC_RENAME_REPLACE) return rename_plain(from->fd, old_name, to->fd, new_name);
    if (mode != CSC_RENAME_NOREPLACE && mode != CSC_RENAME_EXCHANGE) return CSC_E_INVALID_ARG;

    CSC_RETRY(result, CSC_SYS(RENAME, renameat2(from->fd, old_name, to->fd, new_name,
                                                mode == CSC_RENAME_EXCHANGE ? RENAME_EXCHANGE : RENAME_NOREPLACE)));
    if (result == -1 && (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP))
    {
        if (mode == CSC_RENAME_EXCHANGE) return CSC_E_NOT_SUPPORTED;
        return rename_checked(from->fd, old_name, to->fd, new_name);
    }
    return csc_status_of_call(result);
}

static csc_status sync_dir(void *context)
{
    struct csc_dir *dir = context;
    int result;

    CSC_RETRY(result, CSC_SYS(FLUSH, fsync(dir->fd)));
    /* some file systems cannot flush a directory alone */
    if (result == -1 && (errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS))
        CSC_RETRY(result, CSC_SYS(FLUSH, syncfs(dir->fd)));
    return csc_status_of_call(result);
}

csc_status csc_posix_sync_dir(struct csc_fs *fs, struct csc_dir *dir)
{
    (void)fs;
    return csc_joint_call(&dir->flush, sync_dir, dir);
}
