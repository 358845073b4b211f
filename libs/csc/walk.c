/*
 * Walking rows and tree together
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The stack is on the heap, trees may be deep.  Only the upper levels keep their directory open, so that
 * a deep tree does not use up the descriptors: below them directories are opened from the last open one.
 * A walker that rests between two items has none open at all; it finds its way again by the names.
 */

#include <stdlib.h>
#include <string.h>

#include "scope.h"

#define MAX_OPEN_LEVELS 64

struct level
{
    struct level *above;
    struct csc_dir *dir;          /* NULL: missing in the tree, too deep to stay open, or closed for a rest */
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

struct csc_walker
{
    struct csc_engine *engine;
    struct csc_place *place;      /* the caller's; its directory is that of the first level */
    struct level *top;
    struct text path, relative;
    const struct csc_entry *below;         /* the item that was given last, when it is gone into next; NULL: none */
    int deep, below_suspended, tree_lost;
};

/* The directory of the first level after a rest; NULL: it is not there any more, or no longer of this scope. */
static csc_status reopen_place(struct csc_walker *walker)
{
    struct csc_place *place = walker->place, again;
    struct csc_path path;
    csc_status status;

    if (csc_failed(status = csc_path_parse(place->path, &path))) return status;
    status = csc_place_find(walker->engine, &path, &again);
    csc_path_free(&path);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    if (again.scope == place->scope)
    {
        place->dir = again.dir;
        again.dir = NULL;
    }
    csc_place_clear(&again);
    /* what is missing was not deleted by a user when all of it is */
    status = csc_place_judge_tree(place);
    walker->tree_lost |= place->tree_lost;
    return status;
}

/* The directory of a level, opened anew when it did not stay open; close_it tells.  NULL: there is none. */
static csc_status level_dir(struct csc_walker *walker, struct level *level, struct csc_dir **dir, int *close_it)
{
    struct csc_fs *fs = walker->engine->fs;
    struct level *open = level, **chain;
    struct csc_dir *current, *below;
    csc_status status = CSC_OK;
    size_t count = 0, i;
    int passing = 0;              /* current belongs to no level */

    *close_it = 0;
    *dir = level->dir;
    if (level->dir || !level->in_tree) return CSC_OK;

    while (!open->dir && open->above) open = open->above;
    if (!open->dir)
    {
        if (csc_failed(status = reopen_place(walker))) return status;
        if (!(open->dir = walker->place->dir)) return CSC_E_NOT_FOUND;
    }
    if (level == open)
    {
        *dir = open->dir;
        return CSC_OK;
    }
    if (!(chain = malloc((level->depth - open->depth) * sizeof(*chain)))) return CSC_E_OUT_OF_MEMORY;
    for (; level != open; level = level->above) chain[count++] = level;
    current = open->dir;
    for (i = count; i-- && !csc_failed(status);)
    {
        status = fs->open_dir(fs, current, chain[i]->local_name, &below);
        if (passing) fs->close_dir(fs, current);
        current = csc_failed(status) ? NULL : below;
        passing = chain[i]->depth >= MAX_OPEN_LEVELS;
        if (!passing) chain[i]->dir = current;
    }
    free(chain);
    *dir = current;
    *close_it = current && passing;
    return status;
}

/* Goes into a directory: item id (0: none), its directory in the tree. */
static csc_status push(struct csc_walker *walker, int64_t parent, struct csc_dir *dir, const char *local_name, int suspended)
{
    struct level *level;
    csc_status status;

    if (!(level = calloc(1, sizeof(*level))))
    {
        if (dir && walker->top) walker->engine->fs->close_dir(walker->engine->fs, dir);
        return CSC_E_OUT_OF_MEMORY;
    }
    level->above = walker->top;
    level->depth = walker->top ? walker->top->depth + 1 : 0;
    level->dir = dir;
    level->in_tree = dir != NULL;
    level->suspended = suspended;
    level->local_name = local_name;
    level->path_length = walker->path.length;
    level->relative_length = walker->relative.length;
    walker->top = level;
    status = csc_entries_read(walker->engine, parent, dir, &level->entries);
    walker->place->left_out |= level->entries.left_out;
    if (level->depth >= MAX_OPEN_LEVELS && level->dir)
    {
        walker->engine->fs->close_dir(walker->engine->fs, level->dir);
        level->dir = NULL;
    }
    return status;
}

static void close_level(struct csc_walker *walker, struct level *level)
{
    if (!level->dir) return;
    if (level->dir == walker->place->dir) walker->place->dir = NULL;
    walker->engine->fs->close_dir(walker->engine->fs, level->dir);
    level->dir = NULL;
}

static void pop(struct csc_walker *walker)
{
    struct level *level = walker->top;

    walker->top = level->above;
    close_level(walker, level);
    csc_entries_free(&level->entries);
    free(level);
}

/* Goes into an entry that is a directory in the rows or in the tree. */
static csc_status descend(struct csc_walker *walker, const struct csc_entry *entry, int suspended)
{
    struct csc_fs *fs = walker->engine->fs;
    struct csc_dir *parent, *dir = NULL;
    csc_status status = CSC_OK;
    int close_it;

    if (entry->local.type == CSC_TYPE_DIRECTORY)
    {
        status = level_dir(walker, walker->top, &parent, &close_it);
        if (!csc_failed(status))
        {
            status = fs->open_dir(fs, parent, entry->local_name, &dir);
            if (close_it) fs->close_dir(fs, parent);
        }
        /* it went away meanwhile, or somebody put something else there */
        if (status == CSC_E_NOT_FOUND || status == CSC_E_DIRECTORY || status == CSC_E_CANNOT_ACCESS) status = CSC_OK;
        if (csc_failed(status)) return status;
    }
    return push(walker, entry->item ? entry->item->id : 0, dir, entry->local_name, suspended);
}

csc_status csc_walker_open(struct csc_place *place, int deep, struct csc_walker **ret)
{
    struct csc_walker *walker;
    csc_status status;

    *ret = NULL;
    place->left_out = 0;
    if (csc_failed(status = csc_place_judge_tree(place))) return status;
    if (!(walker = calloc(1, sizeof(*walker)))) return CSC_E_OUT_OF_MEMORY;
    walker->engine = place->scope->engine;
    walker->place = place;
    walker->deep = deep;
    walker->tree_lost = place->tree_lost;
    status = text_append(&walker->path, "", place->path);
    if (!csc_failed(status)) status = text_append(&walker->relative, "", place->relative);
    if (!csc_failed(status))
        status = push(walker, place->has_item ? place->item.id : 0, place->dir, NULL, place->suspended);
    if (csc_failed(status)) csc_walker_close(walker);
    else *ret = walker;
    return status;
}

csc_status csc_walker_next(struct csc_walker *walker, struct csc_walk_item *item)
{
    const struct csc_entry *entry = walker->below;
    struct level *level;
    csc_status status;

    walker->below = NULL;
    if (entry && csc_failed(status = descend(walker, entry, walker->below_suspended))) return status;
    for (;;)
    {
        if (!(level = walker->top)) return CSC_FALSE;
        text_cut(&walker->path, level->path_length);
        text_cut(&walker->relative, level->relative_length);
        if (level->next < level->entries.count) break;
        pop(walker);
    }
    entry = &level->entries.list[level->next++];
    status = text_append(&walker->path, "\\", entry->name);
    if (!csc_failed(status)) status = text_append(&walker->relative, level->relative_length ? "/" : "", entry->name);
    if (csc_failed(status)) return status;

    item->item = entry->item;
    item->local = &entry->local;
    item->path = walker->path.data;
    item->relative = walker->relative.data;
    item->depth = level->depth;
    item->type = entry->item ? entry->item->type : entry->local.type == CSC_TYPE_DIRECTORY
        ? OFFLINEFILES_ITEM_TYPE_DIRECTORY : OFFLINEFILES_ITEM_TYPE_FILE;
    item->flags = csc_item_change_flags(walker->place->scope, entry->item, &entry->local, walker->tree_lost);
    if (entry->item && (entry->item->flags & CSC_ROW_SUSPENDED)) item->flags |= CSC_ITEM_SUSPENDED_ROOT;
    if (level->suspended || (item->flags & CSC_ITEM_SUSPENDED_ROOT)) item->flags |= CSC_ITEM_SUSPENDED;

    if (walker->deep && (item->type != OFFLINEFILES_ITEM_TYPE_FILE || entry->local.type == CSC_TYPE_DIRECTORY))
    {
        walker->below = entry;
        walker->below_suspended = (item->flags & CSC_ITEM_SUSPENDED) != 0;
    }
    return CSC_OK;
}

void csc_walker_skip(struct csc_walker *walker)
{
    walker->below = NULL;
}

void csc_walker_rest(struct csc_walker *walker)
{
    struct level *level;

    for (level = walker->top; level; level = level->above) close_level(walker, level);
}

size_t csc_walker_bytes(const struct csc_walker *walker)
{
    const struct level *level;
    size_t bytes = sizeof(*walker);

    for (level = walker->top; level; level = level->above) bytes += sizeof(*level) + csc_entries_bytes(&level->entries);
    return bytes;
}

void csc_walker_close(struct csc_walker *walker)
{
    if (!walker) return;
    while (walker->top) pop(walker);
    free(walker->path.data);
    free(walker->relative.data);
    free(walker);
}

csc_status csc_walk(struct csc_place *place, csc_walk_callback callback, void *context)
{
    struct csc_walker *walker;
    struct csc_walk_item item;
    csc_status status;

    if (csc_failed(status = csc_walker_open(place, 1, &walker))) return status;
    while ((status = csc_walker_next(walker, &item)) == CSC_OK)
    {
        status = callback(context, &item);
        if (csc_failed(status)) break;
        if (status == CSC_FALSE) csc_walker_skip(walker);
    }
    csc_walker_close(walker);
    return csc_failed(status) ? status : CSC_OK;
}
