/*
 * The POSIX system layer: what belongs to the session and the machine
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "fs_posix.h"

/* Reads a small file of /proc; -1 on failure. */
static ssize_t read_text(int dir, const char *path, char *text, size_t size)
{
    ssize_t length;
    int fd;

    CSC_RETRY(fd, openat(dir, path, O_RDONLY | O_CLOEXEC));
    if (fd == -1) return -1;
    CSC_RETRY(length, read(fd, text, size - 1));
    close(fd);
    if (length >= 0) text[length] = 0;
    return length;
}

/* Whether path is below root (of the given length, no separator at its end). */
static int is_below(const char *path, const char *root, size_t length)
{
    return !strncmp(path, root, length) && path[length] == '/' && path[length + 1];
}

/* Tells the paths that the descriptors of one process lead to.  Only the links of /proc are read: what
 * they lead to may be a dead mount. */
static csc_status list_open_files(int process, const char *root, size_t length, csc_open_file_callback callback,
                                  void *context)
{
    csc_status status = CSC_OK;
    char path[PATH_MAX + 64];
    struct dirent *entry;
    DIR *dir;
    int fd;

    CSC_RETRY(fd, openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    /* the process ended, or does not let itself be looked at */
    if (fd == -1) return errno == EMFILE || errno == ENFILE ? CSC_E_TOO_MANY_FILES : CSC_OK;
    if (!(dir = fdopendir(fd)))
    {
        close(fd);
        return CSC_E_OUT_OF_MEMORY;
    }
    while (!csc_failed(status) && (entry = readdir(dir)))
    {
        ssize_t size;

        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        size = readlinkat(dirfd(dir), entry->d_name, path, sizeof(path) - 1);
        if (size <= 0 || (size_t)size >= sizeof(path) - 1) continue;
        path[size] = 0;
        if (is_below(path, root, length)) status = callback(context, path);
    }
    closedir(dir);
    return status;
}

int csc_posix_open_wineserver(int proc, const char *pid)
{
    char name[64];
    struct stat st;
    int fd;

    CSC_RETRY(fd, openat(proc, pid, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (fd == -1) return -1;
    if (!fstat(fd, &st) && st.st_uid == geteuid() && read_text(fd, "comm", name, sizeof(name)) > 0 &&
        !strncmp(name, "wineserver", 10))
        return fd;
    close(fd);
    return -1;
}

csc_status csc_posix_open_files(struct csc_fs *fs, const char *root, csc_open_file_callback callback, void *context)
{
    size_t length = strlen(root);
    csc_status status = CSC_OK;
    struct dirent *entry;
    DIR *proc;

    (void)fs;
    if (root[0] != '/') return CSC_E_INVALID_ARG;
    while (length && root[length - 1] == '/') length--;
    if (!(proc = opendir("/proc"))) return csc_status_from_errno(errno);
    while (!csc_failed(status) && (entry = readdir(proc)))
    {
        int process;

        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        if ((process = csc_posix_open_wineserver(dirfd(proc), entry->d_name)) == -1) continue;
        status = list_open_files(process, root, length, callback, context);
        close(process);
    }
    closedir(proc);
    return csc_failed(status) ? status : CSC_OK;
}

csc_status csc_posix_boot_id(struct csc_fs *fs, char id[64])
{
    ssize_t length;

    (void)fs;
    length = read_text(AT_FDCWD, "/proc/sys/kernel/random/boot_id", id, 64);
    if (length == -1) return csc_status_from_errno(errno);
    id[strcspn(id, "\n")] = 0;
    return id[0] ? CSC_OK : CSC_E_FAIL;
}

csc_status csc_posix_random(struct csc_fs *fs, void *data, size_t size)
{
    unsigned char *next = data;
    ssize_t got;

    (void)fs;
    while (size)
    {
        CSC_RETRY(got, getrandom(next, size, 0));
        if (got == -1) return csc_status_from_errno(errno);
        next += got;
        size -= (size_t)got;
    }
    return CSC_OK;
}
