/*
 * The POSIX system layer: its table
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fs_posix.h"

struct csc_fs *csc_fs_posix(void)
{
    static struct csc_fs fs =
    {
        .name                = "posix",
        .open_root           = csc_posix_open_root,
        .open_dir            = csc_posix_open_dir,
        .close_dir           = csc_posix_close_dir,
        .stat_dir            = csc_posix_stat_dir,
        .list                = csc_posix_list,
        .stat                = csc_posix_stat,
        .make_dir            = csc_posix_make_dir,
        .remove_dir          = csc_posix_remove_dir,
        .remove_file         = csc_posix_remove_file,
        .rename              = csc_posix_rename,
        .sync_dir            = csc_posix_sync_dir,
        .open_file           = csc_posix_open_file,
        .create_file         = csc_posix_create_file,
        .close_file          = csc_posix_close_file,
        .stat_file           = csc_posix_stat_file,
        .read                = csc_posix_read,
        .write               = csc_posix_write,
        .copy                = csc_posix_copy,
        .find_data           = csc_posix_find_data,
        .set_size            = csc_posix_set_size,
        .sync_file           = csc_posix_sync_file,
        .set_times           = csc_posix_set_times,
        .set_file_attributes = csc_posix_set_file_attributes,
        .set_attributes      = csc_posix_set_attributes,
        .see                 = csc_posix_see,
        .see_file            = csc_posix_see_file,
        .set_note            = csc_posix_set_note,
        .get_note            = csc_posix_get_note,
        .set_dir_times       = csc_posix_set_dir_times,
        .sync_all            = csc_posix_sync_all,
        .space               = csc_posix_space,
        .root_id             = csc_posix_root_id,
        .copies_inside       = csc_posix_copies_inside,
        .time_quality        = csc_posix_time_quality,
        .read_link           = csc_posix_read_link,
        .replace_link        = csc_posix_replace_link,
        .remove_link         = csc_posix_remove_link,
        .open_files          = csc_posix_open_files,
        .is_written          = csc_posix_is_written,
        .boot_id             = csc_posix_boot_id,
        .transports          = csc_posix_transports,
        .random              = csc_posix_random,
    };
    return &fs;
}
