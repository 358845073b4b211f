/*
 * Walking rows and tree together
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The stack is on the heap, trees may be deep.  Only the upper levels keep their directory open, so that
 * a deep tree does not use up the descriptors: below them directories are opened from the last open one.
 */

#include <stdlib.h>
#include <string.h>

#include "scope.h"

#define MAX_OPEN_LEVELS 64

struct level
{
    struct level *above;
    struct csc_dir *dir;          /* NULL: missing in the tree, or too deep to stay open */
    struct csc_entries entries;
    size_t next;
    size_t path_length, relative_length;   /* of the directory's own path */
    size_t depth;
    int in_tree, suspended;
    const char *local_name;       /* in the directory above (its entries own it); NULL for the first */
};

struct text
{
    char *data;
    size_t length, capacity;
};

static csc_status text_append(struct text *text, const char *separator, const char *more)
{
    size_t length = strlen(more), between = strlen(separator), needed = text->length + between + length + 1;

    if (needed > text->capacity)
    {
        size_t capacity = needed * 2;
        char *data = realloc(text->data, capacity);

        if (!data) return CSC_E_OUT_OF_MEMORY;
        text->data = data;
        text->capacity = capacity;
    }
    memcpy(text->data + text->length, separator, between);
    memcpy(text->data + text->length + between, more, length + 1);
    text->length += between + length;
    return CSC_OK;
}

static void text_cut(struct text *text, size_t length)
{
    text->length = length;
    text->data[length] = 0;
}

struct walk
{
    struct csc_engine *engine;
    struct level *top;
    struct text path, relative;
    struct csc_dir *start;        /* belongs to the place */
    int tree_lost, left_out;
};

/* The directory of a level, opened anew when it did not stay open; close_it tells. */
static csc_status level_dir(struct walk *walk, struct level *level, struct csc_dir **dir, int *close_it)
{
    struct csc_fs *fs = walk->engine->fs;
    struct level *open = level;
    struct csc_dir *current, *below;
    const char **names;
    csc_status status = CSC_OK;
    size_t count = 0, i;

    *close_it = 0;
    *dir = level->dir;
    if (level->dir || !level->in_tree) return CSC_OK;

    while (!open->dir) open = open->above;
    if (!(names = malloc((level->depth - open->depth) * sizeof(*names)))) return CSC_E_OUT_OF_MEMORY;
    for (; level != open; level = level->above) names[count++] = level->local_name;
    current = open->dir;
    for (i = count; i-- && !csc_failed(status);)
    {
        status = fs->open_dir(fs, current, names[i], &below);
        if (current != open->dir) fs->close_dir(fs, current);
        current = csc_failed(status) ? NULL : below;
    }
    free(names);
    *dir = current;
    *close_it = 1;
    return status;
}

/* Goes into a directory: item id (0: none), its directory in the tree. */
static csc_status push(struct walk *walk, int64_t parent, struct csc_dir *dir, const char *local_name, int suspended)
{
    struct level *level;
    csc_status status;

    if (!(level = calloc(1, sizeof(*level))))
    {
        if (dir && walk->top) walk->engine->fs->close_dir(walk->engine->fs, dir);
        return CSC_E_OUT_OF_MEMORY;
    }
    level->above = walk->top;
    level->depth = walk->top ? walk->top->depth + 1 : 0;
    level->dir = dir;
    level->in_tree = dir != NULL;
    level->suspended = suspended;
    level->local_name = local_name;
    level->path_length = walk->path.length;
    level->relative_length = walk->relative.length;
    walk->top = level;
    status = csc_entries_read(walk->engine, parent, dir, &level->entries);
    walk->left_out |= level->entries.left_out;
    if (level->depth >= MAX_OPEN_LEVELS && level->dir)
    {
        walk->engine->fs->close_dir(walk->engine->fs, level->dir);
        level->dir = NULL;
    }
    return status;
}

static void pop(struct walk *walk)
{
    struct level *level = walk->top;

    walk->top = level->above;
    if (level->dir && level->dir != walk->start) walk->engine->fs->close_dir(walk->engine->fs, level->dir);
    csc_entries_free(&level->entries);
    free(level);
}

/* Goes into an entry that is a directory in the rows or in the tree. */
static csc_status descend(struct walk *walk, const struct csc_entry *entry, int suspended)
{
    struct csc_fs *fs = walk->engine->fs;
    struct csc_dir *parent, *dir = NULL;
    csc_status status = CSC_OK;
    int close_it;

    if (entry->local.type == CSC_TYPE_DIRECTORY)
    {
        status = level_dir(walk, walk->top, &parent, &close_it);
        if (!csc_failed(status))
        {
            status = fs->open_dir(fs, parent, entry->local_name, &dir);
            if (close_it) fs->close_dir(fs, parent);
        }
        /* it went away meanwhile, or somebody put something else there */
        if (status == CSC_E_NOT_FOUND || status == CSC_E_DIRECTORY || status == CSC_E_CANNOT_ACCESS) status = CSC_OK;
        if (csc_failed(status)) return status;
    }
    return push(walk, entry->item ? entry->item->id : 0, dir, entry->local_name, suspended);
}

csc_status csc_walk(struct csc_engine *engine, struct csc_place *place, int deep, csc_walk_callback callback,
                    void *context)
{
    struct walk walk = { .engine = engine, .start = place->dir };
    csc_status status;

    if (csc_failed(status = csc_place_judge_tree(place))) return status;
    walk.tree_lost = place->tree_lost;
    status = text_append(&walk.path, "", place->path);
    if (!csc_failed(status)) status = text_append(&walk.relative, "", place->relative);
    if (!csc_failed(status))
        status = push(&walk, place->has_item ? place->item.id : 0, place->dir, NULL, place->suspended);

    while (!csc_failed(status) && walk.top)
    {
        struct level *level = walk.top;
        const struct csc_entry *entry;
        struct csc_walk_item item;

        text_cut(&walk.path, level->path_length);
        text_cut(&walk.relative, level->relative_length);
        if (level->next == level->entries.count)
        {
            pop(&walk);
            continue;
        }
        entry = &level->entries.list[level->next++];
        status = text_append(&walk.path, "\\", entry->name);
        if (!csc_failed(status)) status = text_append(&walk.relative, level->relative_length ? "/" : "", entry->name);
        if (csc_failed(status)) break;

        item.item = entry->item;
        item.local = &entry->local;
        item.path = walk.path.data;
        item.relative = walk.relative.data;
        item.depth = level->depth;
        item.type = entry->item ? entry->item->type : entry->local.type == CSC_TYPE_DIRECTORY
            ? OFFLINEFILES_ITEM_TYPE_DIRECTORY : OFFLINEFILES_ITEM_TYPE_FILE;
        item.flags = csc_item_change_flags(engine, entry->item, &entry->local, walk.tree_lost);
        if (entry->item && (entry->item->flags & CSC_ROW_SUSPENDED)) item.flags |= CSC_ITEM_SUSPENDED_ROOT;
        if (level->suspended || (item.flags & CSC_ITEM_SUSPENDED_ROOT)) item.flags |= CSC_ITEM_SUSPENDED;

        status = callback(context, &item);
        if (csc_failed(status) || status == CSC_FALSE || !deep) continue;
        if (item.type == OFFLINEFILES_ITEM_TYPE_FILE && entry->local.type != CSC_TYPE_DIRECTORY) continue;
        status = descend(&walk, entry, (item.flags & CSC_ITEM_SUSPENDED) != 0);
    }
    while (walk.top) pop(&walk);
    place->left_out = walk.left_out;
    free(walk.path.data);
    free(walk.relative.data);
    return csc_failed(status) ? status : CSC_OK;
}
