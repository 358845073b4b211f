/*
 * Root identities and times, for every system layer
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "fs.h"

/* 100 ns between 1601 and 1970 */
#define FILETIME_EPOCH 116444736000000000ll

int csc_root_id_equal(const struct csc_root_id *recorded, const struct csc_root_id *seen)
{
    if (recorded->anonymous != seen->anonymous) return 0;
    if (!recorded->anonymous) return recorded->dev == seen->dev && recorded->ino == seen->ino;
    if (strcmp(recorded->fs_type, seen->fs_type) || strcmp(recorded->source, seen->source)) return 0;
    /* FUSE numbers files as it meets them: what is below the mount's root gets another number next time */
    if (!strncmp(seen->fs_type, "fuse", 4)) return 1;
    if (recorded->ino != seen->ino) return 0;
    /* a tmpfs does not outlive its mount, so that its device number is right or it is another one */
    if (!strcmp(seen->fs_type, "tmpfs") || !strcmp(seen->fs_type, "ramfs")) return recorded->dev == seen->dev;
    /* nothing is known but numbers that change */
    if (!seen->fs_type[0]) return recorded->dev == seen->dev;
    return 1;
}

uint64_t csc_filetime_from_ns(int64_t ns)
{
    int64_t ticks = ns / 100;

    if (ns % 100 < 0) ticks--;
    /* always after 1601: the earliest time of int64_t is in 1677 */
    return (uint64_t)(ticks + FILETIME_EPOCH);
}

int64_t csc_ns_from_filetime(uint64_t filetime)
{
    int64_t ticks;

    if (filetime > INT64_MAX) return INT64_MAX;
    ticks = (int64_t)filetime - FILETIME_EPOCH;
    /* out of range: the nearest time (INT64_MIN is not one, set_times) */
    if (ticks > INT64_MAX / 100) return INT64_MAX;
    if (ticks < INT64_MIN / 100) return INT64_MIN + 1;
    return ticks * 100;
}
