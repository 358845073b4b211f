/*
 * The POSIX system layer: files and their content
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "fs_posix.h"

/* copies that the system cannot do; below malloc's limit for mapping pages anew each time */
#define COPY_BUFFER (120 * 1024)

/* what one call is asked for at most: a count of bytes must fit into ssize_t everywhere */
#define MAX_CHUNK ((uint64_t)1 << 30)

static csc_status wrap_file(int fd, struct csc_file **file)
{
    if (!(*file = malloc(sizeof(**file))))
    {
        CSC_SYS(CLOSE, close(fd));
        return CSC_E_OUT_OF_MEMORY;
    }
    (*file)->fd = fd;
    return CSC_OK;
}

/* The engine's own reading is no use of the file: the time of access tells eviction which files programs use.
 * Only the owner of a file may leave that time alone. */
static int open_to_read(struct csc_dir *dir, const char *name)
{
    /* O_NONBLOCK: a fifo must not make us wait for its writer */
    static const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd = -1;

    if (!atomic_load_explicit(&dir->of_others, memory_order_relaxed))
    {
        CSC_RETRY(fd, CSC_SYS(OPEN, openat(dir->fd, name, flags | O_NOATIME)));
        if (fd != -1 || (errno != EPERM && errno != EINVAL)) return fd;
        atomic_store_explicit(&dir->of_others, 1, memory_order_relaxed);
    }
    CSC_RETRY(fd, CSC_SYS(OPEN, openat(dir->fd, name, flags)));
    return fd;
}

csc_status csc_posix_open_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file)
{
    struct stat st;
    int fd;

    (void)fs;
    *file = NULL;
    fd = open_to_read(dir, name);
    if (fd == -1)
    {
        int error = errno;

        /* sockets and devices without a driver answer as a lost server does */
        if ((error == ENXIO || error == ENODEV) && !CSC_SYS(STAT, fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW)) &&
            !S_ISREG(st.st_mode))
            return CSC_E_CANNOT_ACCESS;
        return csc_status_from_errno(error);
    }
    if (CSC_SYS(STAT, fstat(fd, &st)) == -1)
    {
        csc_status status = csc_status_from_errno(errno);

        CSC_SYS(CLOSE, close(fd));
        return status;
    }
    if (!S_ISREG(st.st_mode))
    {
        CSC_SYS(CLOSE, close(fd));
        return S_ISDIR(st.st_mode) ? CSC_E_DIRECTORY : CSC_E_CANNOT_ACCESS;
    }
    return wrap_file(fd, file);
}

csc_status csc_posix_create_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file)
{
    int fd;

    (void)fs;
    *file = NULL;
    CSC_RETRY(fd, CSC_SYS(OPEN, openat(dir->fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666)));
    if (fd == -1) return csc_status_from_errno(errno);
    return wrap_file(fd, file);
}

void csc_posix_close_file(struct csc_fs *fs, struct csc_file *file)
{
    (void)fs;
    if (!file) return;
    CSC_SYS(CLOSE, close(file->fd));
    free(file);
}

static csc_status read_all(int fd, uint64_t offset, void *data, size_t size, size_t *got)
{
    ssize_t count;

    *got = 0;
    while (*got < size)
    {
        CSC_RETRY(count, CSC_SYS(READ, pread(fd, (char *)data + *got, size - *got, (off_t)(offset + *got))));
        if (count == -1) return csc_status_from_errno(errno);
        if (!count) break;
        *got += (size_t)count;
    }
    return CSC_OK;
}

static csc_status write_all(int fd, uint64_t offset, const void *data, size_t size)
{
    size_t written = 0;
    ssize_t count;

    while (written < size)
    {
        CSC_RETRY(count, CSC_SYS(WRITE, pwrite(fd, (const char *)data + written, size - written, (off_t)(offset + written))));
        if (count == -1) return csc_status_from_errno(errno);
        if (!count) return CSC_E_IO;
        written += (size_t)count;
    }
    return CSC_OK;
}

/* Whether a range lies within what off_t can tell. */
static int range_is_valid(uint64_t offset, uint64_t size)
{
    return offset <= INT64_MAX && size <= INT64_MAX - offset;
}

csc_status csc_posix_read(struct csc_fs *fs, struct csc_file *file, uint64_t offset, void *data, size_t size,
                          size_t *got)
{
    (void)fs;
    *got = 0;
    if (!range_is_valid(offset, size)) return CSC_E_INVALID_ARG;
    return read_all(file->fd, offset, data, size, got);
}

csc_status csc_posix_write(struct csc_fs *fs, struct csc_file *file, uint64_t offset, const void *data, size_t size)
{
    (void)fs;
    if (!range_is_valid(offset, size)) return CSC_E_INVALID_ARG;
    return write_all(file->fd, offset, data, size);
}

static csc_status copy_by_buffer(int from, int to, uint64_t offset, uint64_t size, uint64_t *copied)
{
    size_t room = size < COPY_BUFFER ? (size_t)size : COPY_BUFFER, got;
    csc_status status = CSC_OK;
    char *buffer;

    if (!(buffer = malloc(room))) return CSC_E_OUT_OF_MEMORY;
    while (*copied < size)
    {
        size_t wanted = size - *copied < room ? (size_t)(size - *copied) : room;

        if ((status = read_all(from, offset + *copied, buffer, wanted, &got)) || !got) break;
        if ((status = write_all(to, offset + *copied, buffer, got))) break;
        *copied += got;
        if (got < wanted) break;
    }
    free(buffer);
    return status;
}

/* Errors that say that the system cannot copy between these two files, not that a file is bad. */
static int copy_is_unsupported(int error)
{
    return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == EPERM ||
           error == EBADF;
}

csc_status csc_posix_copy(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset,
                          uint64_t size, uint64_t *copied)
{
    (void)fs;
    *copied = 0;
    if (!range_is_valid(offset, size)) return CSC_E_INVALID_ARG;
    while (*copied < size)
    {
        off_t read_at = (off_t)(offset + *copied), write_at = read_at;
        size_t wanted = (size_t)(size - *copied < MAX_CHUNK ? size - *copied : MAX_CHUNK);
        ssize_t count;

        CSC_RETRY(count, CSC_SYS(COPY, copy_file_range(from->fd, &read_at, to->fd, &write_at, wanted, 0)));
        if (count > 0)
        {
            *copied += (uint64_t)count;
            continue;
        }
        /* Nothing copied is the end of the file, but some file systems that do not know their files' size
         * answer it, too: only a read tells. */
        if (count == -1 && !copy_is_unsupported(errno)) return csc_status_from_errno(errno);
        return copy_by_buffer(from->fd, to->fd, offset, size, copied);
    }
    return CSC_OK;
}

csc_status csc_posix_find_data(struct csc_fs *fs, struct csc_file *file, uint64_t offset, uint64_t *start,
                               uint64_t *end)
{
    struct stat st;
    off_t found;

    (void)fs;
    if (!range_is_valid(offset, 0)) return CSC_E_INVALID_ARG;
    CSC_RETRY(found, CSC_SYS(SEEK, lseek(file->fd, (off_t)offset, SEEK_DATA)));
    if (found != -1)
    {
        *start = (uint64_t)found;
        CSC_RETRY(found, CSC_SYS(SEEK, lseek(file->fd, found, SEEK_HOLE)));
        *end = (uint64_t)found;
        /* it became shorter in between */
        if (found == -1 && errno == ENXIO) *end = *start;
        else if (found == -1) return csc_status_from_errno(errno);
        return CSC_OK;
    }
    /* ENXIO: a hole up to the end, or behind it; the other errors: the system does not know of holes */
    if (errno != ENXIO && !copy_is_unsupported(errno)) return csc_status_from_errno(errno);
    found = errno == ENXIO;
    if (CSC_SYS(STAT, fstat(file->fd, &st)) == -1) return csc_status_from_errno(errno);
    *end = (uint64_t)st.st_size;
    *start = found || offset > *end ? *end : offset;
    return CSC_OK;
}

csc_status csc_posix_set_size(struct csc_fs *fs, struct csc_file *file, uint64_t size)
{
    int result;

    (void)fs;
    if (!range_is_valid(size, 0)) return CSC_E_INVALID_ARG;
    CSC_RETRY(result, CSC_SYS(SET, ftruncate(file->fd, (off_t)size)));
    return csc_status_of_call(result);
}

csc_status csc_posix_sync_file(struct csc_fs *fs, struct csc_file *file)
{
    int result;

    (void)fs;
    CSC_RETRY(result, CSC_SYS(FLUSH, fsync(file->fd)));
    return csc_status_of_call(result);
}
