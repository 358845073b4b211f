/*
 * The POSIX system layer: times and attributes
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "fs_posix.h"

#define NS_PER_SECOND 1000000000
#define ALL_WRITE (S_IWUSR | S_IWGRP | S_IWOTH)

static int64_t ns_from_statx(const struct statx_timestamp *time)
{
    /* INT64_MIN is not a time (set_times) */
    if (time->tv_sec > INT64_MAX / NS_PER_SECOND - 1) return INT64_MAX;
    if (time->tv_sec < INT64_MIN / NS_PER_SECOND + 1) return INT64_MIN + 1;
    return time->tv_sec * NS_PER_SECOND + time->tv_nsec;
}

static struct timespec timespec_from_ns(int64_t ns)
{
    struct timespec time;

    if (ns == INT64_MIN)
    {
        time.tv_sec = 0;
        time.tv_nsec = UTIME_OMIT;
        return time;
    }
    time.tv_sec = ns / NS_PER_SECOND;
    time.tv_nsec = ns % NS_PER_SECOND;
    if (time.tv_nsec < 0)
    {
        time.tv_sec--;
        time.tv_nsec += NS_PER_SECOND;
    }
    return time;
}

/* READONLY is told of files only, as on Windows it does not keep anybody from making files in a
 * directory, while a missing write bit would (our decision). */
static void fill_type(unsigned int mode, struct csc_stat *stat)
{
    if (S_ISREG(mode))
    {
        stat->type = CSC_TYPE_FILE;
        stat->attributes = CSC_ATTR_UNSEEN | CSC_ATTR_ARCHIVE | (mode & S_IWUSR ? 0 : CSC_ATTR_READONLY);
    }
    else if (S_ISDIR(mode))
    {
        stat->type = CSC_TYPE_DIRECTORY;
        stat->attributes = CSC_ATTR_UNSEEN | CSC_ATTR_DIRECTORY;
    }
    else
    {
        stat->type = S_ISLNK(mode) ? CSC_TYPE_LINK : CSC_TYPE_OTHER;
        stat->attributes = CSC_ATTR_NORMAL;
    }
}

static csc_status stat_at(int fd, const char *name, int flags, struct csc_stat *stat)
{
    struct statx sx;
    int result;

    memset(stat, 0, sizeof(*stat));
    CSC_RETRY(result, CSC_SYS(STAT, statx(fd, name, flags | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_BTIME, &sx)));
    if (result == -1) return csc_status_from_errno(errno);
    fill_type(sx.stx_mode, stat);
    if (stat->type != CSC_TYPE_DIRECTORY) stat->size = sx.stx_size;
    stat->dev = makedev(sx.stx_dev_major, sx.stx_dev_minor);
    stat->ino = sx.stx_ino;
    stat->mtime = ns_from_statx(&sx.stx_mtime);
    stat->ctime = ns_from_statx(&sx.stx_ctime);
    stat->atime = ns_from_statx(&sx.stx_atime);
    if (sx.stx_mask & STATX_BTIME) stat->btime = ns_from_statx(&sx.stx_btime);
    stat->encrypted = (sx.stx_attributes_mask & sx.stx_attributes & STATX_ATTR_ENCRYPTED) != 0;
    return CSC_OK;
}

csc_status csc_posix_stat_dir(struct csc_fs *fs, struct csc_dir *dir, struct csc_stat *stat)
{
    (void)fs;
    return stat_at(dir->fd, "", AT_EMPTY_PATH, stat);
}

csc_status csc_posix_stat_file(struct csc_fs *fs, struct csc_file *file, struct csc_stat *stat)
{
    (void)fs;
    return stat_at(file->fd, "", AT_EMPTY_PATH, stat);
}

csc_status csc_posix_stat(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat)
{
    (void)fs;
    return stat_at(dir->fd, name, AT_SYMLINK_NOFOLLOW, stat);
}

csc_status csc_posix_set_times(struct csc_fs *fs, struct csc_file *file, int64_t mtime, int64_t atime)
{
    struct timespec times[2] = {timespec_from_ns(atime), timespec_from_ns(mtime)};
    int result;

    (void)fs;
    CSC_RETRY(result, CSC_SYS(SET, futimens(file->fd, times)));
    return csc_status_of_call(result);
}

csc_status csc_posix_set_dir_times(struct csc_fs *fs, struct csc_dir *dir, int64_t mtime)
{
    struct timespec times[2] = {timespec_from_ns(INT64_MIN), timespec_from_ns(mtime)};
    int result;

    (void)fs;
    CSC_RETRY(result, CSC_SYS(SET, futimens(dir->fd, times)));
    return csc_status_of_call(result);
}

static mode_t process_umask = 022;

/* umask(2) cannot be read without changing it for the other threads; /proc can. */
static void read_umask(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    unsigned int mask;
    char line[256];

    if (!file) return;
    while (fgets(line, sizeof(line), file))
        if (sscanf(line, "Umask: %o", &mask) == 1)
        {
            process_umask = mask;
            break;
        }
    fclose(file);
}

/* READONLY takes every write bit away. Without it whoever may read may write, as far as the umask
 * allows; a file that is writable already stays as it is. */
static mode_t mode_with_attributes(mode_t mode, uint32_t attributes)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    if (attributes & CSC_ATTR_READONLY) return mode & ~(mode_t)ALL_WRITE;
    if (mode & S_IWUSR) return mode;
    pthread_once(&once, read_umask);
    return mode | S_IWUSR | (((mode & (S_IRGRP | S_IROTH)) >> 1) & ~process_umask);
}

csc_status csc_posix_set_file_attributes(struct csc_fs *fs, struct csc_file *file, uint32_t attributes)
{
    csc_status status;
    struct stat st;
    mode_t mode;
    int result;

    (void)fs;
    if (CSC_SYS(STAT, fstat(file->fd, &st)) == -1) return csc_status_from_errno(errno);
    status = csc_posix_hide_file(file, st.st_mode, attributes);
    if (csc_failed(status)) return status;
    mode = mode_with_attributes(st.st_mode & 07777, attributes);
    if (mode == (st.st_mode & 07777)) return CSC_OK;
    CSC_RETRY(result, CSC_SYS(SET, fchmod(file->fd, mode)));
    return csc_status_of_call(result);
}

/* Small enough to have room beside the file's own record. */
#define NOTE_NAME "user.csc"

csc_status csc_posix_set_note(struct csc_fs *fs, struct csc_file *file, const void *note, size_t size)
{
    int result;

    (void)fs;
    if (size > CSC_NOTE_MAX) return CSC_E_INVALID_ARG;
    CSC_RETRY(result, CSC_SYS(SET, fsetxattr(file->fd, NOTE_NAME, note, size, 0)));
    return csc_status_of_call(result);
}

csc_status csc_posix_get_note(struct csc_fs *fs, struct csc_file *file, void *note, size_t size)
{
    ssize_t got;

    (void)fs;
    CSC_RETRY(got, CSC_SYS(GET, fgetxattr(file->fd, NOTE_NAME, note, size)));
    if (got == (ssize_t)size) return CSC_OK;
    if (got == -1 && errno != ENODATA && errno != ERANGE) return csc_status_from_errno(errno);
    return CSC_E_NOT_FOUND;
}

csc_status csc_posix_set_attributes(struct csc_fs *fs, struct csc_dir *dir, const char *name, uint32_t attributes)
{
    csc_status status;
    struct stat st;
    mode_t mode;
    int result;

    (void)fs;
    if (CSC_SYS(STAT, fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW)) == -1) return csc_status_from_errno(errno);
    if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) return CSC_E_CANNOT_ACCESS;
    status = csc_posix_hide(dir, name, st.st_mode, attributes);
    if (csc_failed(status) || S_ISDIR(st.st_mode)) return status;
    mode = mode_with_attributes(st.st_mode & 07777, attributes);
    if (mode == (st.st_mode & 07777)) return CSC_OK;
    CSC_RETRY(result, CSC_SYS(SET, fchmodat(dir->fd, name, mode, AT_SYMLINK_NOFOLLOW)));
    return csc_status_of_call(result);
}
