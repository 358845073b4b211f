/*
 * What the files of the POSIX system layer share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_FS_POSIX_H
#define CSC_FS_POSIX_H

#include <errno.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "counters.h"
#include "fs.h"
#include "joint.h"

struct csc_dir
{
    int fd;
    atomic_flag listed;      /* fd was used for a listing */
    atomic_int of_others;    /* a file in it is not ours: its time of access moves when it is read */
    struct csc_joint flush;  /* those of all who made names in it */
};

struct csc_file
{
    int fd;
};

/* Runs a call that returns -1 and EINTR when a signal came, until it is through. */
#define CSC_RETRY(result, call) do { (result) = (call); } while ((result) == -1 && errno == EINTR)

/* Counts a system call. */
#define CSC_SYS(counter, call) (csc_count(CSC_COUNT_##counter), (call))

static inline csc_status csc_status_of_call(int result)
{
    return result == -1 ? csc_status_from_errno(errno) : CSC_OK;
}

/* fs_posix_dir.c */
csc_status csc_posix_open_root(struct csc_fs *fs, const char *path, struct csc_dir **dir);
csc_status csc_posix_open_dir(struct csc_fs *fs, struct csc_dir *parent, const char *name, struct csc_dir **dir);
void csc_posix_close_dir(struct csc_fs *fs, struct csc_dir *dir);
csc_status csc_posix_list(struct csc_fs *fs, struct csc_dir *dir, csc_list_callback callback, void *context);
csc_status csc_posix_make_dir(struct csc_fs *fs, struct csc_dir *dir, const char *name);
csc_status csc_posix_remove_dir(struct csc_fs *fs, struct csc_dir *dir, const char *name);
csc_status csc_posix_remove_file(struct csc_fs *fs, struct csc_dir *dir, const char *name);
csc_status csc_posix_rename(struct csc_fs *fs, struct csc_dir *from, const char *old_name,
                            struct csc_dir *to, const char *new_name, int mode);
csc_status csc_posix_sync_dir(struct csc_fs *fs, struct csc_dir *dir);

/* fs_posix_file.c */
csc_status csc_posix_open_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file);
csc_status csc_posix_create_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file);
void csc_posix_close_file(struct csc_fs *fs, struct csc_file *file);
csc_status csc_posix_read(struct csc_fs *fs, struct csc_file *file, uint64_t offset, void *data, size_t size,
                          size_t *got);
csc_status csc_posix_write(struct csc_fs *fs, struct csc_file *file, uint64_t offset, const void *data, size_t size);
csc_status csc_posix_copy(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset,
                          uint64_t size, uint64_t *copied);
csc_status csc_posix_find_data(struct csc_fs *fs, struct csc_file *file, uint64_t offset, uint64_t *start,
                               uint64_t *end);
csc_status csc_posix_set_size(struct csc_fs *fs, struct csc_file *file, uint64_t size);
csc_status csc_posix_sync_file(struct csc_fs *fs, struct csc_file *file);

/* fs_posix_stat.c */
csc_status csc_posix_stat_dir(struct csc_fs *fs, struct csc_dir *dir, struct csc_stat *stat);
csc_status csc_posix_stat(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat);
csc_status csc_posix_stat_file(struct csc_fs *fs, struct csc_file *file, struct csc_stat *stat);
csc_status csc_posix_set_times(struct csc_fs *fs, struct csc_file *file, int64_t mtime, int64_t atime);
csc_status csc_posix_set_file_attributes(struct csc_fs *fs, struct csc_file *file, uint32_t attributes);
csc_status csc_posix_set_note(struct csc_fs *fs, struct csc_file *file, const void *note, size_t size);
csc_status csc_posix_get_note(struct csc_fs *fs, struct csc_file *file, void *note, size_t size);
csc_status csc_posix_set_attributes(struct csc_fs *fs, struct csc_dir *dir, const char *name, uint32_t attributes);
csc_status csc_posix_set_dir_times(struct csc_fs *fs, struct csc_dir *dir, int64_t mtime);

/* fs_posix_hidden.c */
csc_status csc_posix_see(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat);
csc_status csc_posix_see_file(struct csc_fs *fs, struct csc_file *file, struct csc_stat *stat);
/* What a value of user.DOSATTRIB says.  ours: it is nothing but a text like Wine's, which may be replaced. */
uint32_t csc_posix_parse_dosattrib(const void *value, size_t size, int *ours);
/* Gives a file or directory of this mode HIDDEN and SYSTEM. */
csc_status csc_posix_hide_file(struct csc_file *file, mode_t mode, uint32_t attributes);
csc_status csc_posix_hide(struct csc_dir *dir, const char *name, mode_t mode, uint32_t attributes);

/* fs_posix_volume.c */
csc_status csc_posix_sync_all(struct csc_fs *fs, struct csc_dir *dir);
csc_status csc_posix_space(struct csc_fs *fs, struct csc_dir *dir, uint64_t *total, uint64_t *available);
csc_status csc_posix_root_id(struct csc_fs *fs, const char *path, struct csc_root_id *id);
csc_status csc_posix_copies_inside(struct csc_fs *fs, struct csc_dir *dir, int *inside);
csc_status csc_posix_time_quality(struct csc_fs *fs, struct csc_dir *dir, int64_t *granularity, int *trusted_ctime);

/* fs_posix_link.c */
csc_status csc_posix_read_link(struct csc_fs *fs, const char *path, char **target);
csc_status csc_posix_replace_link(struct csc_fs *fs, const char *path, const char *target);
csc_status csc_posix_remove_link(struct csc_fs *fs, const char *path);

/* fs_posix_session.c */
csc_status csc_posix_open_files(struct csc_fs *fs, const char *root, csc_open_file_callback callback, void *context);
/* Opens a process of our user whose name starts with "wineserver"; proc: /proc.  -1: it is another one. */
int csc_posix_open_wineserver(int proc, const char *pid);
csc_status csc_posix_boot_id(struct csc_fs *fs, char id[64]);
csc_status csc_posix_transports(struct csc_fs *fs, unsigned *count);
csc_status csc_posix_random(struct csc_fs *fs, void *data, size_t size);

/* fs_posix_written.c */
csc_status csc_posix_is_written(struct csc_fs *fs, struct csc_dir *dir, const char *name, int64_t since, int *written);

#endif
