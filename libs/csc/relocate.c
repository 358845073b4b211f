/*
 * Renaming in the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The origin is not touched: a client follows a move that was made there.  The request is in the store, durably,
 * before anything moves.  First the tree, then the row, with which the request goes.  Cut off in between, the next
 * start finds the old name gone and the very file or directory under the new one, and moves the row only.
 * [behaviour.md §2.2.10, §2.3.1]; Q60, Q62
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "op.h"
#include "relocate.h"
#include "scope.h"
#include "sidecar.h"
#include "silence.h"
#include "sync.h"
#include "transfer.h"
#include "way.h"

#define MAX_REQUEST_BYTES (1u << 20)

/* How long a rename waits for an operation in the share, s. */
#define OWNER_WAIT 5

static void forget_path(struct csc_path *path)
{
    csc_path_free(path);
    memset(path, 0, sizeof(*path));
}

/* -- requests -- */

csc_status csc_rename_request(struct csc_engine *engine, const char *kind, const char *from, const char *to, int add)
{
    size_t length = strlen(kind) + strlen(from) + strlen(to) + 3, before;
    char *all = NULL, *line, *place, *longer;
    csc_status status;

    if (!(line = malloc(length + 1))) return CSC_E_OUT_OF_MEMORY;
    snprintf(line, length + 1, "%s\t%s\t%s\n", kind, from, to);
    status = csc_store_meta_get(engine->store, CSC_META_RENAMES, &all);
    if (status == CSC_E_NOT_FOUND) status = (all = strdup("")) ? CSC_OK : CSC_E_OUT_OF_MEMORY;
    if (!csc_failed(status) && add)
    {
        before = strlen(all);
        if (before + length > MAX_REQUEST_BYTES) status = CSC_E_BUSY;
        else if (!(longer = realloc(all, before + length + 1))) status = CSC_E_OUT_OF_MEMORY;
        else
        {
            all = longer;
            strcpy(all + before, line);
        }
    }
    else if (!csc_failed(status))
    {
        /* lines begin where another ends */
        for (place = all; (place = strstr(place, line)) && place != all && place[-1] != '\n'; place++) {}
        if (place) memmove(place, place + length, strlen(place + length) + 1);
    }
    if (!csc_failed(status)) status = csc_store_meta_set(engine->store, CSC_META_RENAMES, *all ? all : NULL);
    free(all);
    free(line);
    return status;
}

/* -- looking -- */

struct relocation
{
    struct csc_engine *engine;
    struct csc_path from, to;
    struct csc_place item, old_parent, new_parent;
    int      moved;              /* the tree was, before a cut; the row is left */
};

static void clear(struct relocation *move)
{
    csc_place_clear(&move->item);
    csc_place_clear(&move->old_parent);
    csc_place_clear(&move->new_parent);
    forget_path(&move->from);
    forget_path(&move->to);
}

static const char *new_name(const struct relocation *move)
{
    return move->to.components[move->to.count - 1];
}

/* A path's container. */
static csc_status find_parent(struct csc_engine *engine, const struct csc_path *path, struct csc_place *place)
{
    struct csc_path above = *path;

    above.count--;
    return csc_place_find(engine, &above, place);
}

static int is_directory(const struct csc_place *place)
{
    return place->has_item ? place->item.type != OFFLINEFILES_ITEM_TYPE_FILE
                           : place->local.type == CSC_TYPE_DIRECTORY;
}

/* Is below inside of path, or the same?  Both below the share. */
static csc_status is_inside(const char *path, const char *below, int *inside)
{
    char *key = NULL, *below_key = NULL;
    csc_status status;
    size_t length;

    *inside = 0;
    if (!csc_failed(status = csc_name_key(path, &key)) && !csc_failed(status = csc_name_key(below, &below_key)))
    {
        length = strlen(key);
        *inside = !strncmp(key, below_key, length) && (!below_key[length] || below_key[length] == '/');
    }
    free(key);
    free(below_key);
    return status;
}

/* Something has the new name: CSC_OK when it is the item itself, in another case, or was moved there before a cut. */
static csc_status check_taken(struct relocation *move, const struct csc_place *there)
{
    const struct csc_place *item = &move->item;
    const char *name = strrchr(there->relative, '/');

    name = name ? name + 1 : there->relative;
    if (csc_name_equal(there->relative, item->relative)) return strcmp(name, new_name(move)) ? CSC_OK : CSC_E_ALREADY_EXISTS;
    if (item->has_item && !there->has_item && item->local.type == CSC_TYPE_NONE && there->local.type != CSC_TYPE_NONE &&
        (item->item.flags & CSC_ROW_BASE) && there->local.ino == item->item.local.ino &&
        (there->local.type == CSC_TYPE_DIRECTORY) == is_directory(item))
    {
        move->moved = 1;
        return CSC_OK;
    }
    return CSC_E_ALREADY_EXISTS;
}

static int is_share_or_server(const struct csc_path *path)
{
    return !path->share || !path->count;
}

/* Finds both places and whether it can be done. */
static csc_status look(struct relocation *move)
{
    struct csc_engine *engine = move->engine;
    struct csc_place there;
    csc_status status;
    int inside;

    if (is_share_or_server(&move->from))
    {
        if (!move->from.share != !move->to.share || move->to.count) return CSC_E_INVALID_ARG;
        return csc_shares_rename_check(engine, &move->from, &move->to);
    }
    if (is_share_or_server(&move->to)) return CSC_E_INVALID_ARG;
    if (csc_failed(status = csc_place_find(engine, &move->from, &move->item))) return status;
    if (csc_failed(status = find_parent(engine, &move->from, &move->old_parent))) return status;
    status = find_parent(engine, &move->to, &move->new_parent);
    if (status == CSC_E_NOT_FOUND) return CSC_E_PATH_NOT_FOUND;
    if (csc_failed(status)) return status;
    if (move->item.scope != move->new_parent.scope) return CSC_E_NOT_SAME_DEVICE;
    if (!is_directory(&move->new_parent)) return CSC_E_PATH_NOT_FOUND;
    if (csc_failed(status = is_inside(move->item.relative, move->new_parent.relative, &inside))) return status;
    if (inside) return CSC_E_INVALID_ARG;

    status = csc_place_find(engine, &move->to, &there);
    if (!csc_failed(status))
    {
        status = check_taken(move, &there);
        csc_place_clear(&there);
    }
    else if (status == CSC_E_NOT_FOUND) status = CSC_OK;
    if (csc_failed(status)) return status;
    if (!move->item.has_item) return CSC_OK;

    /* a row needs a row to stand below */
    if (!move->new_parent.has_item) return CSC_E_INVALID_STATE;
    /* what was deleted offline is not in the cache any more */
    if (move->item.local.type == CSC_TYPE_NONE && !move->moved && !move->item.tree_lost &&
        (move->item.item.flags & CSC_ROW_BASE) && !(move->item.item.flags & CSC_ROW_SPARSE)) return CSC_E_NOT_FOUND;
    return CSC_OK;
}

static csc_status parse(struct csc_engine *engine, const char *from, const char *to, struct relocation *move)
{
    csc_status status;

    memset(move, 0, sizeof(*move));
    move->engine = engine;
    if (csc_failed(status = csc_path_parse(from, &move->from))) return status;
    status = csc_path_parse(to, &move->to);
    if (csc_failed(status)) forget_path(&move->from);
    return status;
}

csc_status csc_rename_refuse_open(struct csc_scope *scope, const char *relative)
{
    struct csc_fs *fs = scope->engine->fs;
    struct csc_in_use in_use;
    csc_status status;
    char *root = NULL;
    int side, inside;
    size_t i;

    for (side = 0; side < 2; side++)
    {
        /* the origin is taken as it was given: whoever follows links there may hang */
        if (side == 0) status = csc_resolve_path(fs, scope->cache_path, &root);
        else status = (root = strdup(scope->row.origin)) ? CSC_OK : CSC_E_OUT_OF_MEMORY;
        if (status == CSC_E_NOT_FOUND || status == CSC_E_PATH_NOT_FOUND) continue;
        if (csc_failed(status)) return status;
        status = csc_in_use_read(fs, root, &in_use);
        free(root);
        if (status == CSC_E_NOT_SUPPORTED) continue;
        if (csc_failed(status)) return status;
        for (i = 0; i < in_use.count && !csc_failed(status); i++)
        {
            if (strlen(in_use.list[i]) < in_use.skip) continue;
            /* a name that is no text is none of ours */
            if (!*relative || (!csc_failed(is_inside(relative, in_use.list[i] + in_use.skip, &inside)) && inside))
                status = CSC_E_SHARING;
        }
        csc_in_use_free(&in_use);
        if (csc_failed(status)) return status;
    }
    return CSC_OK;
}

static csc_status refuse_open(struct relocation *move)
{
    return csc_rename_refuse_open(move->item.scope, move->item.relative);
}

/* -- doing -- */

/* Whether nothing but the place is different: then the moved file is what was recorded, too. */
static void keep_record(const struct relocation *move, const struct csc_stat *before, const struct csc_stat *after,
                        struct csc_item *row)
{
    struct csc_engine *engine = move->engine;

    if (row->type != OFFLINEFILES_ITEM_TYPE_FILE || !(row->flags & CSC_ROW_BASE)) return;
    if (csc_compare_side(&row->local, row->type, before, engine->granularity, engine->trusted_ctime) != CSC_SAME) return;
    if (after->ino != before->ino || after->size != before->size || after->mtime != before->mtime) return;
    row->local.ctime = after->ctime;
    row->local.recorded = engine->clock->now(engine->clock);
}

static csc_status move_tree(struct relocation *move, struct csc_dir *to, const char *old_name, struct csc_item *row)
{
    struct csc_fs *fs = move->engine->fs;
    struct csc_dir *from = move->old_parent.dir;
    struct csc_stat after;
    csc_status status;

    status = fs->rename(fs, from, old_name, to, new_name(move), CSC_RENAME_NOREPLACE);
    if (status == CSC_E_EXISTS) return CSC_E_ALREADY_EXISTS;
    if (csc_failed(status)) return status;
    if (!csc_failed(status = fs->stat(fs, to, new_name(move), &after)))
    {
        if (row) keep_record(move, &move->item.local, &after, row);
        status = csc_sync_dir(fs, to);
        if (!csc_failed(status)) status = csc_sync_dir(fs, from);
    }
    return status;
}

/* The name of the item in the tree; NULL: it is not there.  malloc */
static csc_status tree_name(const struct relocation *move, char **name)
{
    const struct csc_place *item = &move->item;
    struct csc_fs *fs = move->engine->fs;
    const char *wanted = move->from.components[move->from.count - 1];
    struct csc_stat stat;
    csc_status status;
    char *key;

    *name = NULL;
    if (item->local.type == CSC_TYPE_NONE || !move->old_parent.dir) return CSC_OK;
    if (item->has_item) wanted = item->item.name;
    if (!csc_failed(fs->stat(fs, move->old_parent.dir, wanted, &stat)))
        return (*name = strdup(wanted)) ? CSC_OK : CSC_E_OUT_OF_MEMORY;
    if (csc_failed(status = csc_name_key(wanted, &key))) return status;
    status = csc_find_by_key(fs, move->old_parent.dir, key, name);
    free(key);
    return csc_failed(status) || *name ? status : CSC_E_NOT_FOUND;
}

static csc_status move_row(struct relocation *move, struct csc_item *row)
{
    const char *above = move->new_parent.relative;
    size_t size = strlen(above) + strlen(new_name(move)) + 2;
    char *path = malloc(size);
    csc_status status;

    if (!path) return CSC_E_OUT_OF_MEMORY;
    snprintf(path, size, "%s%s%s", above, *above ? "/" : "", new_name(move));
    row->parent = move->new_parent.item.id;
    row->name = (char *)new_name(move);
    if (!csc_failed(status = csc_name_key(row->name, &row->key)))
    {
        status = csc_store_item_move(move->engine->store, row, path, csc_pin_inherited(move->new_parent.item.pin, 0), 0);  /* Q62 */
        if (status == CSC_E_EXISTS) status = CSC_E_ALREADY_EXISTS;
        free(row->key);
    }
    free(path);
    return status;
}

/* The directory of the tree that it gets into, made when it is missing; not from a row: as it was found. */
static csc_status open_target(struct relocation *move, struct csc_dir **dir)
{
    struct csc_item probe = { .parent = move->new_parent.item.id };

    *dir = move->new_parent.dir;
    if (*dir) return CSC_OK;
    return csc_open_container(move->item.scope, &probe, dir);
}

static csc_status carry_out(struct relocation *move)
{
    struct csc_engine *engine = move->engine;
    struct csc_fs *fs = engine->fs;
    struct csc_item row = move->item.item;
    struct csc_dir *to = NULL;
    csc_status status;
    char *old_name;

    if (csc_failed(status = tree_name(move, &old_name))) return status;
    if (old_name && !csc_failed(status = open_target(move, &to)))
        status = move_tree(move, to, old_name, move->item.has_item ? &row : NULL);
    if (!csc_failed(status) && move->item.has_item)
    {
        status = move_row(move, &row);
        if (csc_failed(status) && old_name) fs->rename(fs, to, new_name(move), move->old_parent.dir, old_name, CSC_RENAME_NOREPLACE);
    }
    if (to && to != move->new_parent.dir) fs->close_dir(fs, to);
    free(old_name);
    return status;
}

void csc_rename_log(struct csc_engine *engine, const char *from, const char *to, csc_status status)
{
    csc_store_log(engine->store, "rename in the cache", to, status, csc_failed(status) ? csc_status_text(status) : from);
}

/* -- one scope for itself -- */

csc_status csc_rename_enter(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;
    struct timespec until;
    csc_status status = CSC_OK;
    int waited = 0, extended = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += OWNER_WAIT;
    pthread_mutex_lock(&engine->lock);
    scope->waiters++;
    while ((scope->owner || scope->evicting || scope->renaming) && !scope->removed && !engine->closing && !waited)
    {
        /* what was stopped may have to wait for a call on the origin, which is given up after its time */
        if (csc_op_push_aside(scope, 1))
        {
            if (!extended) until.tv_sec += 2 * (engine->config.origin_timeout / 1000 + 1);
            extended = 1;
        }
        else waited = pthread_cond_timedwait(&engine->changed, &engine->lock, &until);
    }
    scope->waiters--;
    if (scope->removed || engine->closing) status = CSC_E_CANCELLED;
    /* a client that does not answer does not keep the next attempt away */
    else if (!csc_scope_free_for(scope, engine->clock->monotonic(engine->clock)) || scope->evicting || scope->renaming)
        status = CSC_E_BUSY;
    else scope->renaming = 1;
    pthread_mutex_unlock(&engine->lock);
    return status;
}

void csc_rename_leave(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;

    pthread_mutex_lock(&engine->lock);
    scope->renaming = 0;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
}

/* -- the two ways -- */

/* A file or directory. */
static csc_status rename_item(struct relocation *move, const char *from, const char *to)
{
    struct csc_engine *engine = move->engine;
    struct csc_scope *scope;
    csc_status status;

    /* a share that is not mapped has no items */
    if (csc_failed(csc_scope_find(engine, &move->from, &scope))) return CSC_E_NOT_FOUND;
    if (!csc_failed(status = csc_rename_enter(scope)))
    {
        if (!csc_failed(status = look(move)) && !csc_failed(status = refuse_open(move)) &&
            !csc_failed(status = csc_rename_request(engine, CSC_RENAME_NOW, from, to, 1)))
        {
            status = csc_store_commit(engine->store, 1);
            if (!csc_failed(status)) status = carry_out(move);
            if (!csc_failed(status)) status = csc_rename_carry(engine, &move->from, &move->to);
            csc_rename_request(engine, CSC_RENAME_NOW, from, to, 0);
            if (!csc_failed(status)) status = csc_store_commit(engine->store, 1);
            csc_sidecar_pins_changed(engine);
            csc_rename_log(engine, from, to, status);
        }
        csc_rename_leave(scope);
    }
    csc_scope_release(scope);
    return status;
}

/* Servers and shares. */
static csc_status rename_shares(struct relocation *move, const char *from, const char *to)
{
    csc_status status = look(move);

    if (csc_failed(status)) return status;
    status = csc_shares_rename(move->engine, &move->from, &move->to);
    csc_rename_log(move->engine, from, to, status);
    return status;
}

csc_status csc_rename_now(struct csc_engine *engine, const char *from, const char *to)
{
    struct relocation move;
    csc_status status;

    if (csc_failed(status = csc_check_wait(engine))) return status;
    if (csc_failed(status = parse(engine, from, to, &move))) return status;
    csc_store_forget_changes(engine->store);
    pthread_mutex_lock(&engine->map_lock);
    if (is_share_or_server(&move.from)) status = rename_shares(&move, from, to);
    else status = rename_item(&move, from, to);
    pthread_mutex_unlock(&engine->map_lock);
    clear(&move);
    return csc_failed(status) ? status : CSC_OK;
}

csc_status csc_rename_later(struct csc_engine *engine, const char *from, const char *to)
{
    struct relocation move;
    csc_status status;

    if (csc_failed(status = parse(engine, from, to, &move))) return status;
    csc_store_forget_changes(engine->store);
    pthread_mutex_lock(&engine->map_lock);
    if (!csc_failed(status = look(&move)) && !csc_failed(status = csc_rename_request(engine, CSC_RENAME_LATER, from, to, 1)))
        status = csc_store_commit(engine->store, 1);
    pthread_mutex_unlock(&engine->map_lock);
    clear(&move);
    return csc_failed(status) ? status : CSC_OK;
}

/* May be different at another start. */
static int is_passing(csc_status status)
{
    return status == CSC_E_SHARING || status == CSC_E_BUSY || status == CSC_E_DISK_FULL || status == CSC_E_OUT_OF_MEMORY ||
           status == CSC_E_TOO_MANY_FILES || status == CSC_E_IO;
}

/* One request at a start; finished: it is not to be kept. */
static csc_status settle(struct csc_engine *engine, const char *kind, const char *from, const char *to, int *finished)
{
    struct relocation move;
    csc_status status;

    *finished = 1;
    status = parse(engine, from, to, &move);
    if (!csc_failed(status) && is_share_or_server(&move.from))
    {
        /* of what was under way nothing is left to do: csc_rename_settle_shares */
        status = strcmp(kind, CSC_RENAME_NOW) ? rename_shares(&move, from, to) : CSC_OK;
        if (is_passing(status)) *finished = 0;
        clear(&move);
        return status == CSC_E_OUT_OF_MEMORY || status == CSC_E_CORRUPT ? status : CSC_OK;
    }
    if (!csc_failed(status)) status = look(&move);
    /* one that was under way is ended, not begun: its caller was told, or is gone */
    if (!csc_failed(status) && !strcmp(kind, CSC_RENAME_NOW) && !move.moved) status = CSC_FALSE;
    else if (!csc_failed(status) && !csc_failed(status = refuse_open(&move)) && !csc_failed(status = carry_out(&move)))
        status = csc_rename_carry(engine, &move.from, &move.to);
    if (is_passing(status)) *finished = 0;
    if (status != CSC_FALSE && strcmp(kind, CSC_RENAME_NOW)) csc_rename_log(engine, from, to, status);
    clear(&move);
    return status == CSC_E_OUT_OF_MEMORY || status == CSC_E_CORRUPT ? status : CSC_OK;
}

/* The request with that number as it stands in the store now: the ones before it may have changed it.  CSC_E_NOT_FOUND: there
 * are not so many.  *all: malloc; the others point into it, NULL: the line is none. */
static csc_status read_request(struct csc_engine *engine, size_t number, char **all, char **kind, char **from, char **to)
{
    csc_status status;
    char *end;

    *from = *to = NULL;
    if (csc_failed(status = csc_store_meta_get(engine->store, CSC_META_RENAMES, all))) return status;
    for (*kind = *all; number && (*kind = strchr(*kind, '\n')); number--) ++*kind;
    if (!*kind || !**kind)
    {
        free(*all);
        *all = NULL;
        return CSC_E_NOT_FOUND;
    }
    if ((end = strchr(*kind, '\n'))) *end = 0;
    if ((*from = strchr(*kind, '\t'))) *(*from)++ = 0;
    if (*from && (*to = strchr(*from, '\t'))) *(*to)++ = 0;
    return CSC_OK;
}

static csc_status count_requests(struct csc_engine *engine, size_t *count)
{
    csc_status status;
    char *all, *at;

    *count = 0;
    status = csc_store_meta_get(engine->store, CSC_META_RENAMES, &all);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    for (at = all; *at; at++) *count += *at == '\n';
    free(all);
    return CSC_OK;
}

/* Calls settle_one for each request, in their order; those that it calls finished go. */
static csc_status for_each_request(struct csc_engine *engine,
                                   csc_status (*settle_one)(struct csc_engine *engine, const char *kind, const char *from,
                                                            const char *to, int *finished))
{
    char *all, *kind, *from, *to;
    size_t count, kept = 0;
    csc_status status;
    int finished;

    if (csc_failed(status = count_requests(engine, &count))) return status;
    for (; count && !csc_failed(status); count--)
    {
        status = read_request(engine, kept, &all, &kind, &from, &to);
        if (status == CSC_E_NOT_FOUND) return CSC_OK;
        if (csc_failed(status)) return status;
        finished = 0;
        if (to) status = settle_one(engine, kind, from, to, &finished);
        if (!csc_failed(status) && finished)
        {
            status = csc_rename_request(engine, kind, from, to, 0);
            if (!csc_failed(status)) status = csc_store_commit(engine->store, 1);
        }
        else kept++;
        free(all);
    }
    return status;
}

csc_status csc_rename_pending(struct csc_engine *engine)
{
    return for_each_request(engine, settle);
}

/* What a crash left of the renaming of a share. */
static csc_status settle_share(struct csc_engine *engine, const char *kind, const char *from, const char *to, int *finished)
{
    struct relocation move;
    csc_status status;

    if (strcmp(kind, CSC_RENAME_NOW) || csc_failed(parse(engine, from, to, &move))) return CSC_OK;
    if (move.from.share && !move.from.count && move.to.share && !move.to.count)
    {
        status = csc_share_rename_settle(engine, &move.from, &move.to);
        *finished = 1;
    }
    else status = CSC_OK;
    clear(&move);
    return status;
}

int csc_rename_waits(struct csc_engine *engine)
{
    char *all;

    if (csc_failed(csc_store_meta_get(engine->store, CSC_META_RENAMES, &all))) return 0;
    free(all);
    return 1;
}

csc_status csc_rename_settle_shares(struct csc_engine *engine)
{
    return for_each_request(engine, settle_share);
}
