/*
 * A pair of trees
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "damaged.h"
#include "pair.h"
#include "scope.h"
#include "transfer.h"
#include "way.h"

/* directories that stay open although nobody uses them, per pair */
#define MAX_IDLE 64

static void release_pair(struct csc_pair *pair)
{
    if (atomic_fetch_sub(&pair->refs, 1) != 1) return;
    if (pair->temp) pair->engine->fs->close_dir(pair->engine->fs, pair->temp);
    csc_way_free(pair->way);
    pthread_mutex_destroy(&pair->lock);
    csc_scope_release(pair->scope);
    csc_op_release(pair->op);
    free(pair);
}

/* -- idle handles: pair->lock held -- */

static void unlink_idle(struct csc_pair *pair, struct csc_handle *handle)
{
    handle->prev->next = handle->next;
    handle->next->prev = handle->prev;
    handle->prev = handle->next = NULL;
    pair->idle_count--;
}

static void link_idle(struct csc_pair *pair, struct csc_handle *handle)
{
    handle->next = pair->idle.next;
    handle->prev = &pair->idle;
    handle->next->prev = handle;
    pair->idle.next = handle;
    pair->idle_count++;
}

void csc_node_addref(struct csc_node *node)
{
    atomic_fetch_add(&node->refs, 1);
}

void csc_node_release(struct csc_node *node)
{
    struct csc_node *parent;
    struct csc_pair *pair;
    int side;

    while (node && atomic_fetch_sub(&node->refs, 1) == 1)
    {
        parent = node->parent;
        pair = node->pair;
        for (side = 0; side < CSC_SIDES; side++)
        {
            struct csc_handle *handle = &node->side[side];

            pthread_mutex_lock(&pair->lock);
            if (handle->next) unlink_idle(pair, handle);
            pthread_mutex_unlock(&pair->lock);
            if (handle->dir) pair->fs[side]->close_dir(pair->fs[side], handle->dir);
            free(handle->name);
        }
        free(node->name);
        free(node);
        release_pair(pair);
        node = parent;
    }
}

csc_status csc_node_create(struct csc_node *parent, const char *name, const char *local_name,
                           const char *origin_name, struct csc_node **ret)
{
    struct csc_node *node = calloc(1, sizeof(*node));

    if (!node) return CSC_E_OUT_OF_MEMORY;
    atomic_store(&node->refs, 1);
    node->name = strdup(name);
    if (local_name) node->side[CSC_LOCAL].name = strdup(local_name);
    if (origin_name) node->side[CSC_ORIGIN].name = strdup(origin_name);
    if (!node->name || (local_name && !node->side[CSC_LOCAL].name) || (origin_name && !node->side[CSC_ORIGIN].name))
    {
        free(node->name);
        free(node->side[CSC_LOCAL].name);
        free(node->side[CSC_ORIGIN].name);
        free(node);
        return CSC_E_OUT_OF_MEMORY;
    }
    node->side[CSC_LOCAL].missing = !local_name;
    node->side[CSC_ORIGIN].missing = !origin_name;
    node->side[CSC_ORIGIN].which = CSC_ORIGIN;
    node->pair = parent->pair;
    atomic_fetch_add(&node->pair->refs, 1);
    node->parent = parent;
    node->depth = parent->depth + 1;
    csc_node_addref(parent);
    *ret = node;
    return CSC_OK;
}

/* -- handles -- */

static void unuse(struct csc_node *node, enum csc_which side)
{
    struct csc_pair *pair = node->pair;
    struct csc_dir *evicted = NULL;
    struct csc_handle *handle = &node->side[side];
    enum csc_which evicted_side = side;

    pthread_mutex_lock(&pair->lock);
    if (!--handle->users && node->parent)
    {
        link_idle(pair, handle);
        if (pair->idle_count > MAX_IDLE)
        {
            handle = pair->idle.prev;
            unlink_idle(pair, handle);
            evicted_side = handle->which;
            evicted = handle->dir;
            handle->dir = NULL;
        }
    }
    pthread_mutex_unlock(&pair->lock);
    if (evicted) pair->fs[evicted_side]->close_dir(pair->fs[evicted_side], evicted);
}

/* Uses the handle when it is open. */
static int use_open(struct csc_node *node, enum csc_which side, struct csc_dir **dir)
{
    struct csc_pair *pair = node->pair;
    struct csc_handle *handle = &node->side[side];

    pthread_mutex_lock(&pair->lock);
    if ((*dir = handle->dir))
    {
        if (handle->next) unlink_idle(pair, handle);
        handle->users++;
    }
    pthread_mutex_unlock(&pair->lock);
    return *dir != NULL;
}

static const char *name_on(struct csc_node *node, enum csc_which side)
{
    return node->side[side].name ? node->side[side].name : node->name;
}

/* Opens a directory in its open parent. */
static csc_status open_in(struct csc_node *node, enum csc_which side, struct csc_dir *parent, struct csc_dir **dir)
{
    struct csc_pair *pair = node->pair;
    struct csc_fs *fs = pair->fs[side];
    struct csc_handle *handle = &node->side[side];
    struct csc_dir *opened = NULL, *surplus = NULL;
    struct csc_stat stat;
    csc_status status;
    int missing, changed = 0;

    pthread_mutex_lock(&pair->lock);
    missing = handle->missing;
    pthread_mutex_unlock(&pair->lock);
    if (missing) return CSC_E_NOT_FOUND;
    if (csc_failed(status = fs->open_dir(fs, parent, name_on(node, side), &opened))) return status;
    if (csc_failed(status = fs->stat_dir(fs, opened, &stat)))
    {
        fs->close_dir(fs, opened);
        return status;
    }

    pthread_mutex_lock(&pair->lock);
    if (!(handle->known))
    {
        handle->dev = stat.dev;
        handle->ino = stat.ino;
        handle->known = 1;
    }
    else if (handle->dev != stat.dev || (pair->quality[side].trusted && handle->ino != stat.ino)) changed = 1;

    if (changed) surplus = opened;
    else
    {
        if (handle->dir)
        {
            surplus = opened;
            if (handle->next) unlink_idle(pair, handle);
        }
        else handle->dir = opened;
        handle->users++;
        *dir = handle->dir;
    }
    pthread_mutex_unlock(&pair->lock);
    if (surplus) fs->close_dir(fs, surplus);
    return changed ? CSC_E_CHANGED : CSC_OK;
}

csc_status csc_node_dir(struct csc_node *node, enum csc_which side, struct csc_dir **dir)
{
    struct csc_node **chain, *above;
    csc_status status = CSC_OK;
    struct csc_dir *parent;
    unsigned count = 0;

    *dir = NULL;
    if (use_open(node, side, dir)) return CSC_OK;

    /* up to the nearest one that is open: at last the root, when its side is there at all */
    if (!(chain = malloc((node->depth + 1) * sizeof(*chain)))) return CSC_E_OUT_OF_MEMORY;
    for (above = node; above; above = above->parent)
    {
        if (use_open(above, side, &parent)) break;
        chain[count++] = above;
    }
    if (!above) status = CSC_E_NOT_FOUND;
    while (!csc_failed(status) && count)
    {
        struct csc_node *next = chain[--count];

        status = open_in(next, side, parent, dir);
        unuse(above, side);
        above = next;
        parent = *dir;
    }
    free(chain);
    if (csc_failed(status)) *dir = NULL;
    else *dir = parent;
    return status;
}

void csc_node_done(struct csc_node *node, enum csc_which side)
{
    unuse(node, side);
}

/* Makes one directory whose parent is there, and moves its base when that brings both sides together. */
static csc_status make_missing(struct csc_node *node, enum csc_which side)
{
    struct csc_pair *pair = node->pair;
    struct csc_fs *fs = pair->fs[side];
    struct csc_item item = { 0 };
    struct csc_stat stat, other;
    int flush = 1;
    struct csc_dir *parent, *dir;
    csc_status status;

    if (!node->parent) return CSC_E_NOT_FOUND;
    if (csc_failed(status = csc_node_dir(node->parent, side, &parent))) return status;
    status = fs->make_dir(fs, parent, name_on(node, side));
    if (status == CSC_E_EXISTS) status = CSC_OK;
    /* what has no mark must be there after a power loss (see csc_item_make_dir) */
    flush = side == CSC_ORIGIN || csc_scope_has_writers(pair->scope);
    if (!csc_failed(status) && flush) status = csc_sync_dir(fs, parent);
    if (!csc_failed(status))
    {
        pthread_mutex_lock(&pair->lock);
        node->side[side].missing = 0;
        node->side[side].known = 0;
        pthread_mutex_unlock(&pair->lock);
    }
    csc_node_done(node->parent, side);
    if (csc_failed(status)) return status;

    if (csc_failed(status = csc_node_dir(node, side, &dir))) return status;
    status = fs->stat_dir(fs, dir, &stat);
    csc_node_done(node, side);
    if (csc_failed(status) || !node->item) return status;

    /* The base moves only when the other side is there, too. */
    if (csc_failed(csc_node_dir(node, !side, &dir))) return CSC_OK;
    status = pair->fs[!side]->stat_dir(pair->fs[!side], dir, &other);
    csc_node_done(node, !side);
    if (csc_failed(status)) return status;
    if (csc_failed(status = csc_store_item_get(pair->engine->store, node->item, &item))) return status;
    csc_base_record(side == CSC_LOCAL ? &item.local : &item.origin, &stat, 0);
    csc_base_record(side == CSC_LOCAL ? &item.origin : &item.local, &other, 0);
    item.flags = (item.flags & ~CSC_ROW_SPARSE) | CSC_ROW_BASE | (flush ? 0 : CSC_ROW_UNFLUSHED);
    status = csc_store_item_put(pair->engine->store, &item);
    csc_item_clear(&item);
    return status;
}

csc_status csc_node_need(struct csc_node *node, enum csc_which side, struct csc_dir **dir)
{
    struct csc_node **chain, *above;
    csc_status status = CSC_OK;
    unsigned count = 0;
    int missing;

    if (!(chain = malloc((node->depth + 1) * sizeof(*chain)))) return CSC_E_OUT_OF_MEMORY;
    for (above = node; above; above = above->parent)
    {
        pthread_mutex_lock(&node->pair->lock);
        missing = above->side[side].missing;
        pthread_mutex_unlock(&node->pair->lock);
        if (!missing) break;
        chain[count++] = above;
    }
    while (!csc_failed(status) && count) status = make_missing(chain[--count], side);
    free(chain);
    return csc_failed(status) ? status : csc_node_dir(node, side, dir);
}

/* -- opening and closing -- */

/* Is the cache tree there at all, where content should be? */
static csc_status look_for_tree(struct csc_pair *pair, struct csc_dir *root)
{
    struct csc_item_list rows;
    csc_status status;
    int empty;
    size_t i;

    if (csc_failed(status = csc_dir_is_empty(pair->fs[CSC_LOCAL], root, &empty)) || !empty) return status;
    pair->tree_empty = 1;
    if (csc_failed(status = csc_store_children(pair->engine->store, pair->scope->row.root_item, &rows))) return status;
    for (i = 0; i < rows.count; i++)
        if ((rows.items[i].flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) == CSC_ROW_BASE) pair->local_lost = 1;
    csc_item_list_free(&rows);
    return CSC_OK;
}

/* The origin may have been unmounted between the look at its root and the opening of it: then what is open is an empty
 * directory of this machine. */
static csc_status check_opened(struct csc_pair *pair, struct csc_dir *dir)
{
    struct csc_fs *fs = pair->fs[CSC_ORIGIN];
    struct csc_scope *scope = pair->scope;
    struct csc_root_id id;
    struct csc_stat stat;
    csc_status status;
    int equal;

    if (csc_failed(status = fs->root_id(fs, scope->row.origin, &id))) return csc_origin_result(pair, status);
    if (csc_failed(status = fs->stat_dir(fs, dir, &stat))) return csc_origin_result(pair, status);
    pthread_mutex_lock(&pair->engine->lock);
    equal = csc_root_id_equal(&scope->row.root, &id);
    pthread_mutex_unlock(&pair->engine->lock);
    if (equal && id.dev == stat.dev && id.ino == stat.ino) return CSC_OK;
    csc_scope_suspect(scope);
    return CSC_E_BAD_NETPATH;
}

static csc_status open_roots(struct csc_pair *pair, int need_origin)
{
    struct csc_scope *scope = pair->scope;
    struct csc_node *root = pair->root;
    csc_status status;
    int side, keep = 0;

    if (csc_failed(status = csc_make_path(pair->engine->fs, pair->engine->temp_dir, &pair->temp))) return status;
    status = csc_make_path(pair->engine->fs, scope->cache_path, &root->side[CSC_LOCAL].dir);
    if (csc_failed(status)) return status;
    if (csc_failed(status = look_for_tree(pair, root->side[CSC_LOCAL].dir))) return status;
    if (need_origin)
    {
        if (csc_failed(status = csc_scope_check_root(scope))) return status;
        status = pair->fs[CSC_ORIGIN]->open_root(pair->fs[CSC_ORIGIN], scope->row.origin, &root->side[CSC_ORIGIN].dir);
        if (!csc_failed(status)) status = check_opened(pair, root->side[CSC_ORIGIN].dir);
        if (csc_failed(status)) return status;
    }
    else root->side[CSC_ORIGIN].missing = 1;

    for (side = 0; side < CSC_SIDES; side++)
    {
        struct csc_handle *handle = &root->side[side];
        struct csc_fs *fs = pair->fs[side];
        struct csc_stat stat;

        if (!handle->dir) continue;
        handle->users = 1;
        if (csc_failed(status = fs->stat_dir(fs, handle->dir, &stat))) return status;
        handle->dev = stat.dev;
        handle->ino = stat.ino;
        handle->known = 1;
        status = fs->time_quality(fs, handle->dir, &pair->quality[side].granularity, &pair->quality[side].trusted);
        if (!csc_failed(status) && side == CSC_ORIGIN) status = fs->copies_inside(fs, handle->dir, &pair->copies_inside);
        if (csc_failed(status)) return status;
        if (!csc_failed(fs->see(fs, handle->dir, NULL, &stat))) keep++;
    }
    pair->hidden = keep == CSC_SIDES;
    return CSC_OK;
}

csc_status csc_pair_see(struct csc_pair *pair, enum csc_which side, struct csc_dir *dir, const char *name,
                        struct csc_stat *stat)
{
    struct csc_fs *fs = pair->fs[side];
    csc_status status;

    if (!pair->hidden || !(stat->attributes & CSC_ATTR_UNSEEN)) return CSC_OK;
    status = fs->see(fs, dir, name, stat);
    return status == CSC_E_NOT_SUPPORTED || status == CSC_E_ACCESS_DENIED ? CSC_OK : status;
}

csc_status csc_pair_see_file(struct csc_pair *pair, enum csc_which side, struct csc_file *file, struct csc_stat *stat)
{
    struct csc_fs *fs = pair->fs[side];
    csc_status status;

    if (!pair->hidden || !(stat->attributes & CSC_ATTR_UNSEEN)) return CSC_OK;
    status = fs->see_file(fs, file, stat);
    return status == CSC_E_NOT_SUPPORTED || status == CSC_E_ACCESS_DENIED ? CSC_OK : status;
}

csc_status csc_pair_open(struct csc_op *op, struct csc_scope *scope, int need_origin, struct csc_pair **ret)
{
    struct csc_conflict *conflicts;
    struct csc_item item;
    struct csc_pair *pair;
    struct csc_node *root;
    size_t count;
    csc_status status;

    *ret = NULL;
    if (csc_failed(status = csc_recover_unchecked(scope)) || csc_failed(status = csc_recover_strays(scope))) return status;
    if (csc_failed(status = csc_damaged_sweep(scope))) return status == CSC_E_DISK_FULL ? status : CSC_E_FAIL;
    if (csc_failed(status = csc_fill_mark_settle(scope))) return status == CSC_E_DISK_FULL ? status : CSC_E_FAIL;
    if (csc_failed(status = csc_store_item_get(op->engine->store, scope->row.root_item, &item))) return status;
    pair = calloc(1, sizeof(*pair));
    root = calloc(1, sizeof(*root));
    if (!pair || !root || !(root->name = strdup(scope->row.share)))
    {
        free(pair);
        free(root);
        csc_item_clear(&item);
        return CSC_E_OUT_OF_MEMORY;
    }
    atomic_store(&pair->refs, 1);
    atomic_store(&root->refs, 1);
    pair->op = op;
    csc_op_addref(op);
    pair->scope = scope;
    csc_scope_addref(scope);
    pair->engine = op->engine;
    pair->fs[CSC_LOCAL] = op->engine->fs;
    pair->fs[CSC_ORIGIN] = scope->origin_fs;
    pthread_mutex_init(&pair->lock, NULL);
    pair->idle.prev = pair->idle.next = &pair->idle;
    pair->root = root;
    root->pair = pair;          /* the root holds the reference that the pair began with */
    root->side[CSC_ORIGIN].which = CSC_ORIGIN;
    root->item = item.id;
    root->pin = item.pin;
    root->row_flags = item.flags;
    csc_item_clear(&item);

    status = csc_store_conflicts(op->engine->store, scope->row.id, &conflicts, &count);
    if (!csc_failed(status))
    {
        atomic_store(&pair->has_conflicts, count != 0);
        csc_conflicts_free(conflicts, count);
        status = open_roots(pair, need_origin);
        if (!csc_failed(status)) status = csc_way_create(pair, &pair->way);
    }
    if (csc_failed(status)) csc_node_release(root);
    else *ret = pair;
    return status;
}

csc_status csc_pair_look_again(struct csc_node *node, const char *name, uint32_t pin)
{
    struct csc_again *again = calloc(1, sizeof(*again)), **link;

    if (!again || !(again->name = strdup(name)))
    {
        free(again);
        return CSC_E_OUT_OF_MEMORY;
    }
    again->node = node;
    csc_node_addref(node);
    again->pin = pin;
    pthread_mutex_lock(&node->pair->lock);
    for (link = &node->pair->again; *link; link = &(*link)->next) {}
    *link = again;
    pthread_mutex_unlock(&node->pair->lock);
    return CSC_OK;
}

struct csc_again *csc_pair_next_again(struct csc_pair *pair)
{
    struct csc_again *again;

    pthread_mutex_lock(&pair->lock);
    if ((again = pair->again)) pair->again = again->next;
    pthread_mutex_unlock(&pair->lock);
    return again;
}

void csc_again_free(struct csc_again *again)
{
    csc_node_release(again->node);
    free(again->name);
    free(again);
}

void csc_pair_close(struct csc_pair *pair)
{
    struct csc_again *again;
    struct csc_handle *handle;
    struct csc_dir *dir;
    enum csc_which side;

    if (!pair) return;
    csc_fill_mark_end(pair);
    while ((again = csc_pair_next_again(pair))) csc_again_free(again);
    for (;;)
    {
        pthread_mutex_lock(&pair->lock);
        handle = pair->idle.next;
        if (handle == &pair->idle) break;
        unlink_idle(pair, handle);
        side = handle->which;
        dir = handle->dir;
        handle->dir = NULL;
        pthread_mutex_unlock(&pair->lock);
        pair->fs[side]->close_dir(pair->fs[side], dir);
    }
    pthread_mutex_unlock(&pair->lock);
    csc_node_release(pair->root);
}

/* -- paths -- */

static char *build_path(struct csc_node *node, const char *name, const char *prefix, char separator)
{
    size_t length = strlen(prefix) + 1, at, part;
    struct csc_node *above;
    char *path;

    if (name) length += strlen(name) + 1;
    for (above = node; above->parent; above = above->parent) length += strlen(above->name) + 1;
    if (!(path = malloc(length))) return NULL;
    at = length - 1;
    path[at] = 0;
    if (name)
    {
        part = strlen(name);
        memcpy(path + (at -= part), name, part);
        path[--at] = separator;
    }
    for (above = node; above->parent; above = above->parent)
    {
        part = strlen(above->name);
        memcpy(path + (at -= part), above->name, part);
        path[--at] = separator;
    }
    memcpy(path, prefix, at);
    return path;
}

char *csc_node_path(struct csc_node *node, const char *name)
{
    char *share = csc_scope_name(node->pair->scope), *path;

    if (!share) return NULL;
    path = build_path(node, name, share, '\\');
    free(share);
    return path;
}

char *csc_node_relative(struct csc_node *node, const char *name)
{
    char *path = build_path(node, name, "", '/');

    if (path && *path) memmove(path, path + 1, strlen(path));
    return path;
}
