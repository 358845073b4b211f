/*
 * One path in the rows and the tree
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "scope.h"

/* Opens a directory of the tree; *dir NULL when there is none. */
static csc_status open_existing(csc_status status, struct csc_dir **dir)
{
    if (!csc_failed(status)) return CSC_OK;
    *dir = NULL;
    switch (status)
    {
    case CSC_E_NOT_FOUND:
    case CSC_E_PATH_NOT_FOUND:
    case CSC_E_DIRECTORY:
    case CSC_E_CANNOT_ACCESS:
        return CSC_OK;
    }
    return status;
}

csc_status csc_place_of_scope(struct csc_scope *scope, struct csc_place *place)
{
    struct csc_fs *fs = scope->engine->fs;
    csc_status status;

    memset(place, 0, sizeof(*place));
    csc_scope_addref(scope);
    place->scope = scope;
    if (!(place->path = csc_scope_name(scope)) || !(place->relative = strdup(""))) status = CSC_E_OUT_OF_MEMORY;
    else status = csc_store_item_get(scope->engine->store, scope->row.root_item, &place->item);
    if (!csc_failed(status))
    {
        place->has_item = 1;
        place->suspended = (place->item.flags & CSC_ROW_SUSPENDED) != 0;
        status = open_existing(fs->open_root(fs, scope->cache_path, &place->dir), &place->dir);
    }
    if (!csc_failed(status) && place->dir) status = fs->stat_dir(fs, place->dir, &place->local);
    if (csc_failed(status)) csc_place_clear(place);
    return status;
}

csc_status csc_place_judge_tree(struct csc_place *place)
{
    struct csc_fs *fs = place->scope->engine->fs;
    struct csc_dir *root;
    csc_status status;

    /* nothing of a tree that is empty or gone as a whole was deleted by a user */
    status = open_existing(fs->open_root(fs, place->scope->cache_path, &root), &root);
    if (csc_failed(status)) return status;
    place->tree_lost = 1;
    if (root)
    {
        status = csc_dir_is_empty(fs, root, &place->tree_lost);
        fs->close_dir(fs, root);
    }
    return status;
}

void csc_place_clear(struct csc_place *place)
{
    if (place->dir) place->scope->engine->fs->close_dir(place->scope->engine->fs, place->dir);
    if (place->scope) csc_scope_release(place->scope);
    csc_item_clear(&place->item);
    free(place->path);
    free(place->relative);
    memset(place, 0, sizeof(*place));
}

/* Finds a name in an open directory of the tree.  preferred: the stored name, tried first; NULL: the given
 * one.  *found: malloc, NULL when there is none. */
static csc_status find_local(struct csc_fs *fs, struct csc_dir *dir, const char *preferred, const char *key,
                             struct csc_stat *local, char **found)
{
    csc_status status;

    *found = NULL;
    status = fs->stat(fs, dir, preferred, local);
    if (!csc_failed(status))
    {
        if (!(*found = strdup(preferred))) return CSC_E_OUT_OF_MEMORY;
    }
    else if (status == CSC_E_NOT_FOUND)
    {
        status = csc_find_by_key(fs, dir, key, found);
        if (!csc_failed(status) && *found) status = fs->stat(fs, dir, *found, local);
        if (status == CSC_E_NOT_FOUND)
        {
            free(*found);
            *found = NULL;
            status = CSC_OK;
        }
    }
    if (!csc_failed(status) && *found && local->type != CSC_TYPE_FILE && local->type != CSC_TYPE_DIRECTORY)
    {
        free(*found);
        *found = NULL;
    }
    if (csc_failed(status))
    {
        free(*found);
        *found = NULL;
    }
    if (!*found) memset(local, 0, sizeof(*local));
    return status;
}

static csc_status append_name(char **text, const char *separator, const char *name)
{
    size_t length = strlen(*text), between = strlen(separator);
    char *longer = realloc(*text, length + between + strlen(name) + 1);

    if (!longer) return CSC_E_OUT_OF_MEMORY;
    strcpy(longer + length, separator);
    strcpy(longer + length + between, name);
    *text = longer;
    return CSC_OK;
}

/* Goes one component down. */
static csc_status step(struct csc_place *place, const char *name)
{
    struct csc_engine *engine = place->scope->engine;
    struct csc_fs *fs = engine->fs;
    struct csc_dir *dir = NULL;
    struct csc_item item;
    char *key, *local_name = NULL;
    const char *real;
    csc_status status;
    int has_item = 0;

    if (csc_failed(status = csc_name_key(name, &key))) return status;
    memset(&item, 0, sizeof(item));
    if (place->has_item)
    {
        status = csc_store_item_find(engine->store, place->item.id, key, &item);
        if (!csc_failed(status)) has_item = 1;
        else if (status == CSC_E_NOT_FOUND) status = CSC_OK;
    }
    memset(&place->local, 0, sizeof(place->local));
    if (!csc_failed(status) && place->dir)
        status = find_local(fs, place->dir, has_item ? item.name : name, key, &place->local, &local_name);
    free(key);
    if (!csc_failed(status) && !has_item && !local_name) status = CSC_E_NOT_FOUND;
    if (!csc_failed(status) && local_name)
        csc_item_see_local(fs, place->dir, local_name, has_item ? &item : NULL, &place->local);
    if (!csc_failed(status) && place->local.type == CSC_TYPE_DIRECTORY)
        status = open_existing(fs->open_dir(fs, place->dir, local_name, &dir), &dir);

    real = has_item ? item.name : local_name;
    if (!csc_failed(status)) status = append_name(&place->path, "\\", real);
    if (!csc_failed(status)) status = append_name(&place->relative, *place->relative ? "/" : "", real);
    free(local_name);
    if (place->dir) fs->close_dir(fs, place->dir);
    place->dir = dir;
    csc_item_clear(&place->item);
    place->item = item;
    place->has_item = has_item;
    if (has_item && (item.flags & CSC_ROW_SUSPENDED)) place->suspended = 1;
    return status;
}

csc_status csc_place_find(struct csc_engine *engine, const struct csc_path *path, struct csc_place *place)
{
    struct csc_scope *scope;
    csc_status status;
    size_t i;

    memset(place, 0, sizeof(*place));
    if (!path->share) return CSC_E_INVALID_ARG;
    if (csc_failed(status = csc_scope_find(engine, path, &scope)))
        return status == CSC_E_BAD_NETPATH ? CSC_E_NOT_FOUND : status;
    status = csc_place_of_scope(scope, place);
    for (i = 0; i < path->count && !csc_failed(status); i++) status = step(place, path->components[i]);
    if (!csc_failed(status) && place->local.type == CSC_TYPE_NONE) status = csc_place_judge_tree(place);
    if (csc_failed(status)) csc_place_clear(place);
    csc_scope_release(scope);
    return status;
}

/* One directory down, by the stored name or what stands there in another case; made when missing. */
static csc_status open_or_make(struct csc_fs *fs, struct csc_dir *parent, const struct csc_item *item, struct csc_dir **dir)
{
    csc_status status = fs->open_dir(fs, parent, item->name, dir);
    char *name;

    if (status != CSC_E_NOT_FOUND) return status;
    if (csc_failed(status = csc_find_by_key(fs, parent, item->key, &name))) return status;
    if (!name) status = fs->make_dir(fs, parent, item->name);
    if (!csc_failed(status)) status = fs->open_dir(fs, parent, name ? name : item->name, dir);
    free(name);
    return status;
}

csc_status csc_rows_above(struct csc_scope *scope, int64_t id, struct csc_item_list *rows)
{
    csc_status status = CSC_OK;
    struct csc_item *larger;

    memset(rows, 0, sizeof(*rows));
    while (!csc_failed(status) && id && id != scope->row.root_item)
    {
        /* a circle, which only a damaged store has */
        if (rows->count == CSC_MAX_PATH_UNITS) status = CSC_E_CORRUPT;
        else if (!(larger = realloc(rows->items, (rows->count + 1) * sizeof(*larger)))) status = CSC_E_OUT_OF_MEMORY;
        else
        {
            rows->items = larger;
            status = csc_store_item_get(scope->engine->store, id, &rows->items[rows->count]);
            if (!csc_failed(status)) id = rows->items[rows->count++].parent;
        }
    }
    if (csc_failed(status)) csc_item_list_free(rows);
    return status;
}

csc_status csc_open_container(struct csc_scope *scope, const struct csc_item *item, struct csc_dir **ret)
{
    struct csc_fs *fs = scope->engine->fs;
    struct csc_dir *dir = NULL, *below;
    struct csc_item_list above;
    csc_status status;
    size_t i;

    *ret = NULL;
    if (csc_failed(status = csc_rows_above(scope, item->parent, &above))) return status;
    status = csc_make_path(fs, scope->cache_path, &dir);
    for (i = above.count; i-- && !csc_failed(status);)
    {
        status = open_or_make(fs, dir, &above.items[i], &below);
        fs->close_dir(fs, dir);
        dir = csc_failed(status) ? NULL : below;
    }
    csc_item_list_free(&above);
    if (csc_failed(status) && dir) fs->close_dir(fs, dir);
    else *ret = dir;
    return status;
}
