/*
 * Is a tree still what both sides agreed on?
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Asked before a directory goes because a file takes its place: only what was in agreement may be removed.
 */

#include <stdlib.h>
#include <string.h>

#include "item.h"
#include "scope.h"

/* deeper trees count as unknown: they are kept, not removed */
#define MAX_DEPTH 64

/* Words are mixed so that the sum does not depend on the order of a listing. */
static uint64_t mix(uint64_t value)
{
    value ^= value >> 30;
    value *= 0xbf58476d1ce4e5b9ull;
    value ^= value >> 27;
    value *= 0x94d049bb133111ebull;
    return value ^ value >> 31;
}

static uint64_t digest_of(uint64_t above, const char *name, const struct csc_stat *stat)
{
    uint64_t digest = mix(above + csc_temp_hash(name));

    digest = mix(digest + stat->type);
    if (stat->type == CSC_TYPE_DIRECTORY) return digest;
    digest = mix(digest + stat->size);
    digest = mix(digest + (uint64_t)stat->mtime);
    digest = mix(digest + (uint64_t)stat->ctime);
    return mix(digest + stat->ino);
}

static int compare_key(const void *key, const void *item)
{
    return strcmp(key, ((const struct csc_item *)item)->key);
}

static const struct csc_item *find_row(const struct csc_item_list *rows, const char *name)
{
    const struct csc_item *found;
    char *key;

    if (!rows->count || csc_name_key(name, &key)) return NULL;
    found = bsearch(key, rows->items, rows->count, sizeof(*rows->items), compare_key);
    free(key);
    return found;
}

static int is_agreed(const struct csc_pair *pair, enum csc_which side, const struct csc_item *item,
                     const struct csc_stat *stat)
{
    const struct csc_quality *quality = &pair->quality[side];

    if (!item || !(item->flags & CSC_ROW_BASE)) return 0;
    if (side == CSC_LOCAL && (item->flags & CSC_ROW_SPARSE)) return 0;
    if ((item->type == OFFLINEFILES_ITEM_TYPE_FILE) != (stat->type == CSC_TYPE_FILE)) return 0;
    return csc_compare_side(side == CSC_LOCAL ? &item->local : &item->origin, item->type, stat, quality->granularity,
                            quality->trusted) == CSC_SAME;
}

static csc_status look(struct csc_pair *pair, enum csc_which side, struct csc_dir *dir, int64_t row, unsigned depth,
                       uint64_t above, struct csc_tree_look *result)
{
    struct csc_fs *fs = pair->fs[side];
    struct csc_item_list rows = { 0 };
    struct csc_name_list names;
    struct csc_stat stat;
    struct csc_dir *below;
    csc_status status;
    size_t i;

    if (csc_failed(status = csc_names_read(fs, dir, &names))) return status;
    if (row) status = csc_store_children(pair->engine->store, row, &rows);
    for (i = 0; i < names.count && !csc_failed(status); i++)
    {
        const struct csc_item *item = find_row(&rows, names.names[i]);
        uint64_t digest;

        if (csc_failed(status = fs->stat(fs, dir, names.names[i], &stat))) break;
        if (!is_agreed(pair, side, item, &stat)) result->known = 0;
        digest = digest_of(above, names.names[i], &stat);
        result->digest += digest;
        if (stat.type != CSC_TYPE_DIRECTORY) continue;
        if (depth == MAX_DEPTH)
        {
            result->known = 0;
            continue;
        }
        if (csc_failed(status = fs->open_dir(fs, dir, names.names[i], &below))) break;
        status = look(pair, side, below, item ? item->id : 0, depth + 1, digest, result);
        fs->close_dir(fs, below);
    }
    csc_names_free(&names);
    csc_item_list_free(&rows);
    return status;
}

csc_status csc_tree_look(struct csc_pair *pair, enum csc_which side, struct csc_dir *parent, const char *name,
                         int64_t row, struct csc_tree_look *result)
{
    struct csc_fs *fs = pair->fs[side];
    struct csc_dir *dir;
    csc_status status;

    result->known = 1;
    result->digest = 0;
    if (csc_failed(status = fs->open_dir(fs, parent, name, &dir))) return status;
    status = look(pair, side, dir, row, 0, 0, result);
    fs->close_dir(fs, dir);
    return status;
}
