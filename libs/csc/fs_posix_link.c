/*
 * The POSIX system layer: UNC links
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs_posix.h"

#define MAX_LINK_TEXT 65536

/* Reads a link; NULL and errno on failure. */
static char *read_link_at(int dir, const char *name)
{
    size_t capacity = 256;
    char *text = NULL, *larger;
    ssize_t length;

    for (;;)
    {
        if (!(larger = realloc(text, capacity)))
        {
            free(text);
            errno = ENOMEM;
            return NULL;
        }
        text = larger;
        CSC_RETRY(length, readlinkat(dir, name, text, capacity));
        if (length >= 0 && (size_t)length < capacity)
        {
            text[length] = 0;
            return text;
        }
        if (length == -1 || capacity >= MAX_LINK_TEXT)
        {
            int error = length == -1 ? errno : ENAMETOOLONG;

            free(text);
            errno = error;
            return NULL;
        }
        capacity *= 2;
    }
}

csc_status csc_posix_read_link(struct csc_fs *fs, const char *path, char **target)
{
    (void)fs;
    if ((*target = read_link_at(AT_FDCWD, path))) return CSC_OK;
    return errno == EINVAL ? CSC_E_DIRECTORY : csc_status_from_errno(errno);
}

/* Opens the folder of an absolute path, making missing ones on the way if asked to; name is the last part. */
static csc_status open_parent(const char *path, int make, int *dir, char **name)
{
    char *copy, *slash, *p;
    csc_status status = CSC_OK;

    *dir = -1;
    *name = NULL;
    if (path[0] != '/') return CSC_E_INVALID_ARG;
    if (!(copy = strdup(path))) return CSC_E_OUT_OF_MEMORY;
    slash = strrchr(copy, '/');
    if (!slash[1] || !strcmp(slash + 1, ".") || !strcmp(slash + 1, ".."))
    {
        free(copy);
        return CSC_E_INVALID_ARG;
    }
    if (!(*name = strdup(slash + 1)))
    {
        free(copy);
        return CSC_E_OUT_OF_MEMORY;
    }
    slash[1] = 0;

    CSC_RETRY(*dir, open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (*dir == -1 && errno == ENOENT && make)
    {
        for (p = copy + 1; *p; p++)
        {
            if (*p != '/') continue;
            *p = 0;
            /* a folder that cannot be made, because it is there or for another reason, shows in open below */
            if (mkdir(copy, 0777) == -1 && errno != EEXIST && errno != EROFS && errno != EACCES)
                status = csc_status_from_errno(errno);
            *p = '/';
            if (csc_failed(status)) break;
        }
        if (!csc_failed(status)) CSC_RETRY(*dir, open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    if (*dir == -1)
    {
        if (!csc_failed(status)) status = csc_status_from_errno(errno);
        free(*name);
        *name = NULL;
    }
    free(copy);
    return status;
}

/* CSC_OK: a link; CSC_E_NOT_FOUND; CSC_E_DIRECTORY: something else. */
static csc_status check_link(int dir, const char *name)
{
    struct stat st;
    int result;

    CSC_RETRY(result, fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW));
    if (result == -1) return csc_status_from_errno(errno);
    return S_ISLNK(st.st_mode) ? CSC_OK : CSC_E_DIRECTORY;
}

/* Makes a link under a name that nobody has. */
static csc_status make_temporary(int dir, const char *target, char *name, size_t size)
{
    static atomic_uint counter;
    int tries, result;

    /* names left by a process that was killed and had our id are in use */
    for (tries = 0; tries < 1000; tries++)
    {
        snprintf(name, size, ".~csc-link-%ld-%u.tmp", (long)getpid(), atomic_fetch_add(&counter, 1));
        CSC_RETRY(result, symlinkat(target, dir, name));
        if (!result) return CSC_OK;
        if (errno != EEXIST) return csc_status_from_errno(errno);
    }
    return CSC_E_EXISTS;
}

/* Puts the temporary link into place.  Where nothing stood nothing that came since is replaced. */
static csc_status move_into_place(int dir, const char *temporary, const char *name, int replace)
{
    int result;

    if (!replace)
    {
        CSC_RETRY(result, renameat2(dir, temporary, dir, name, RENAME_NOREPLACE));
        if (!result) return CSC_OK;
        if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return csc_status_from_errno(errno);
    }
    CSC_RETRY(result, renameat(dir, temporary, dir, name));
    if (result == -1 && (errno == EISDIR || errno == ENOTEMPTY)) return CSC_E_EXISTS;
    return csc_status_of_call(result);
}

csc_status csc_posix_replace_link(struct csc_fs *fs, const char *path, const char *target)
{
    char temporary[64], *name, *current;
    csc_status status, found;
    int dir;

    (void)fs;
    if ((status = open_parent(path, 1, &dir, &name))) return status;

    found = check_link(dir, name);
    if (found == CSC_E_DIRECTORY) status = CSC_E_EXISTS;
    else if (found != CSC_E_NOT_FOUND) status = found;
    if (status) goto done;

    if (!found && (current = read_link_at(dir, name)))
    {
        int same = !strcmp(current, target);

        free(current);
        if (same) goto done;
    }
    if ((status = make_temporary(dir, target, temporary, sizeof(temporary)))) goto done;
    if ((status = move_into_place(dir, temporary, name, !found))) unlinkat(dir, temporary, 0);
done:
    close(dir);
    free(name);
    return status;
}

csc_status csc_posix_remove_link(struct csc_fs *fs, const char *path)
{
    csc_status status;
    char *name;
    int dir, result;

    (void)fs;
    if ((status = open_parent(path, 0, &dir, &name))) return status;
    if (!(status = check_link(dir, name)))
    {
        CSC_RETRY(result, unlinkat(dir, name, 0));
        status = csc_status_of_call(result);
    }
    close(dir);
    free(name);
    return status;
}
