/*
 * Eviction
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Only what the origin has as well may go: complete files, unchanged since they were recorded, without a conflict, not
 * pinned, not open, not in a suspended tree, of shares that are online, so that no program looks for them in the
 * cache.  As with deletions (delete.c) files are first moved aside, from where recovery puts them back while their
 * rows are there; then they are looked at again, the rows go, and when that is durable, the files.  [behaviour.md
 * §A.1]; Q52
 */

#include <stdlib.h>
#include <string.h>

#include "decide.h"
#include "evict.h"
#include "op.h"
#include "pair.h"
#include "room.h"
#include "scope.h"
#include "sync.h"
#include "way.h"

#define PAGE        64                       /* candidates that are looked at together */
#define LOOK_EVERY  (60 * CSC_NS_PER_S)
/* programs read a file without being seen with it; how much later than the last known use its time of access says so */
#define COARSE      (60 * CSC_NS_PER_S)

/* The files that programs have open below a directory of the cache. */
static csc_status read_in_use(struct csc_engine *engine, const char *directory, struct csc_in_use *in_use)
{
    csc_status status;
    char *root;

    memset(in_use, 0, sizeof(*in_use));
    if (csc_failed(status = csc_resolve_path(engine->fs, directory, &root))) return status;
    status = csc_in_use_read(engine->fs, root, in_use);
    free(root);
    return status;
}

/* -- one eviction -- */

/* A file that was moved aside. */
struct victim
{
    struct csc_scope *scope;       /* of the page */
    struct csc_dir *dir;           /* where it was */
    char *name, *path;             /* name there, \\server\share\... */
    char temp[CSC_TEMP_NAME];
    struct csc_stat stat;
    int64_t id;
    uint64_t bytes;
    int keep_row;
};

struct eviction
{
    struct csc_engine *engine;
    struct csc_scope *held;
    struct csc_dir *temp;
    struct csc_scope **scopes;     /* with references, those that may be worked in now */
    size_t scope_count;
    struct csc_in_use in_use;      /* below namespace_dir */
    struct victim victims[PAGE];
    size_t count;
    uint64_t moved, freed;
    int64_t started;               /* what was used since then is not looked at (again) */
};

/* Where an item is, from its rows. */
struct location
{
    char *below;                   /* "<dir>/<dir>/<name>" */
    struct csc_dir *dir;           /* of the tree */
    int suspended, inherits;       /* what holds for the container */
};

static void forget_location(struct csc_engine *engine, struct location *at)
{
    if (at->dir) engine->fs->close_dir(engine->fs, at->dir);
    free(at->below);
    memset(at, 0, sizeof(*at));
}

static csc_status put_in_front(char **below, const char *name)
{
    char *joined = csc_join(name, *below);

    if (!joined) return CSC_E_OUT_OF_MEMORY;
    free(*below);
    *below = joined;
    return CSC_OK;
}

/* CSC_E_NOT_FOUND: its container is not in the tree. */
static csc_status locate(struct csc_scope *scope, const struct csc_item *item, struct location *at)
{
    struct csc_engine *engine = scope->engine;
    struct csc_fs *fs = engine->fs;
    int64_t id = item->parent;
    csc_status status = CSC_OK;
    struct csc_dir *below;
    struct csc_item row;
    char *name, *next;
    int first = 1;

    memset(at, 0, sizeof(*at));
    if (!(at->below = strdup(item->name))) return CSC_E_OUT_OF_MEMORY;
    while (id && !csc_failed(status))
    {
        if (csc_failed(status = csc_store_item_get(engine->store, id, &row))) break;
        if (first) at->inherits = csc_pin_inherited(row.pin, 0) != 0;
        first = 0;
        if (row.flags & CSC_ROW_SUSPENDED) at->suspended = 1;
        id = row.parent;
        if (id) status = put_in_front(&at->below, row.name);
        csc_item_clear(&row);
    }
    if (!csc_failed(status)) status = fs->open_root(fs, scope->cache_path, &at->dir);
    for (name = at->below; !csc_failed(status) && (next = strchr(name, '/')); name = next + 1)
    {
        *next = 0;
        status = fs->open_dir(fs, at->dir, name, &below);
        *next = '/';
        if (csc_failed(status)) break;
        fs->close_dir(fs, at->dir);
        at->dir = below;
    }
    if (csc_failed(status)) forget_location(engine, at);
    return status;
}

/* "\\server\share\<below>" */
static char *unc_of(const struct csc_scope *scope, const char *below)
{
    char *share = csc_scope_name(scope), *path = share ? csc_join(share, below) : NULL, *p;

    for (p = path; p && *p; p++) if (*p == '/') *p = '\\';
    free(share);
    return path;
}

static int has_conflict(struct csc_scope *scope, const char *below)
{
    struct csc_conflict conflict;
    csc_status status = csc_store_conflict_find(scope->engine->store, scope->row.id, below, &conflict);

    if (csc_failed(status)) return status != CSC_E_NOT_FOUND;
    free(conflict.path);
    return 1;
}

/* Where nobody stands in its place, a file goes back; else it gets a name that shows: nothing is lost either way. */
static void put_back(struct eviction *e, struct victim *victim)
{
    struct csc_fs *fs = e->engine->fs;
    csc_status status;
    char *kept;

    status = fs->rename(fs, e->temp, victim->temp, victim->dir, victim->name, CSC_RENAME_NOREPLACE);
    if (status == CSC_E_EXISTS && (kept = csc_temp_kept_name(e->engine, victim->name)))
    {
        status = fs->rename(fs, e->temp, victim->temp, victim->dir, kept, CSC_RENAME_NOREPLACE);
        csc_store_log(e->engine->store, "keep", kept, status, "its place was taken");
        free(kept);
    }
    if (csc_failed(status)) csc_trace(e->engine, "%s stays aside: %08x", victim->temp, (unsigned)status);
}

static void forget_victim(struct eviction *e, struct victim *victim)
{
    e->engine->fs->close_dir(e->engine->fs, victim->dir);
    free(victim->name);
    free(victim->path);
}

static int same_file(struct csc_engine *engine, const struct csc_stat *before, const struct csc_stat *after)
{
    const struct csc_quality quality = { engine->granularity, engine->trusted_ctime };

    return after->ino == before->ino && csc_same_state(before, after, &quality);
}

/* Moves the file aside.  at->dir becomes the victim's. */
static csc_status move_aside(struct eviction *e, struct csc_scope *scope, const struct csc_item *item,
                             struct location *at, const struct csc_stat *stat)
{
    struct csc_fs *fs = e->engine->fs;
    struct victim *victim = &e->victims[e->count];
    struct csc_stat after;
    csc_status status;

    memset(victim, 0, sizeof(*victim));
    victim->name = strdup(item->name);
    victim->path = unc_of(scope, at->below);
    if (!victim->name || !victim->path)
    {
        free(victim->name);
        free(victim->path);
        return CSC_E_OUT_OF_MEMORY;
    }
    victim->scope = scope;
    victim->dir = at->dir;
    at->dir = NULL;
    victim->stat = *stat;
    victim->id = item->id;
    victim->bytes = item->local.size;
    /* a directory that passes its pin on would have the file back, and pinned, with the next synchronization */
    victim->keep_row = at->inherits;
    csc_temp_local_name(e->engine, CSC_TEMP_REMOVE, item->id, victim->temp);
    status = fs->rename(fs, victim->dir, victim->name, e->temp, victim->temp, CSC_RENAME_NOREPLACE);
    if (csc_failed(status))
    {
        forget_victim(e, victim);
        return status;
    }
    status = fs->stat(fs, e->temp, victim->temp, &after);
    if (csc_failed(status) || !same_file(e->engine, stat, &after))
    {
        put_back(e, victim);
        forget_victim(e, victim);
        return status;
    }
    e->moved += victim->bytes;
    e->count++;
    return CSC_OK;
}

static struct csc_scope *scope_of(const struct eviction *e, int64_t id)
{
    size_t i;

    for (i = 0; i < e->scope_count; i++) if (e->scopes[i]->row.id == id) return e->scopes[i];
    return NULL;
}

/* Looks at one candidate; what must not go is passed over. */
static csc_status consider(struct eviction *e, const struct csc_item *item)
{
    struct csc_engine *engine = e->engine;
    struct csc_scope *scope = scope_of(e, item->scope);
    int64_t used = 0;
    struct location at;
    struct csc_stat stat;
    csc_status status;
    char *place;

    if (!scope || !(item->flags & CSC_ROW_BASE)) return CSC_OK;
    if (csc_failed(status = locate(scope, item, &at))) return status == CSC_E_OUT_OF_MEMORY ? status : CSC_OK;
    if (at.suspended || has_conflict(scope, at.below)) goto done;
    if (csc_failed(engine->fs->stat(engine->fs, at.dir, item->name, &stat)) || stat.type != CSC_TYPE_FILE) goto done;
    if (csc_compare_side(&item->local, item->type, &stat, engine->granularity, engine->trusted_ctime) != CSC_SAME)
        goto done;

    if (!(place = unc_of(scope, at.below))) status = CSC_E_OUT_OF_MEMORY;
    else
    {
        char *p;

        for (p = place; *p; p++) if (*p == '\\') *p = '/';
        if (csc_in_use_has(&e->in_use, place + 2)) used = e->started + 1;      /* namespace_dir/server/share/... */
        free(place);
    }
    if (!used && stat.atime > item->used + COARSE && stat.atime <= e->started) used = stat.atime;
    if (used) csc_store_item_touch(engine->store, item->id, used);
    else if (!csc_failed(status))
    {
        status = move_aside(e, scope, item, &at, &stat);
        if (status != CSC_E_OUT_OF_MEMORY) status = CSC_OK;
    }
done:
    forget_location(engine, &at);
    return status;
}

static int is_online(struct csc_scope *scope)
{
    int online;

    pthread_mutex_lock(&scope->engine->lock);
    online = !scope->row.offline && !scope->removed;
    pthread_mutex_unlock(&scope->engine->lock);
    return online;
}

/* Decides about what was moved aside: whoever had a file open before, or changed it, has it back. */
static csc_status finish_page(struct eviction *e)
{
    struct csc_engine *engine = e->engine;
    struct csc_fs *fs = engine->fs;
    struct csc_in_use in_use;
    csc_status status, gone;
    struct csc_stat after;
    size_t i, left = 0;

    if (!e->count) return CSC_OK;
    status = read_in_use(engine, engine->temp_dir, &in_use);
    csc_store_forget_changes(engine->store);
    for (i = 0; i < e->count; i++)
    {
        struct victim *victim = &e->victims[i];

        gone = status;
        if (!csc_failed(gone) && csc_in_use_has(&in_use, victim->temp)) gone = CSC_FALSE;
        if (gone == CSC_OK && !is_online(victim->scope)) gone = CSC_FALSE;
        if (gone == CSC_OK && !csc_failed(gone = fs->stat(fs, e->temp, victim->temp, &after))
            && !same_file(engine, &victim->stat, &after)) gone = CSC_FALSE;
        if (gone == CSC_OK) gone = csc_store_item_evict(engine->store, victim->id, victim->keep_row);
        if (gone == CSC_OK) e->victims[left++] = *victim;
        else
        {
            put_back(e, victim);
            forget_victim(e, victim);
        }
    }
    if (!csc_failed(status)) csc_in_use_free(&in_use);
    if (left && !csc_failed(status)) status = csc_store_commit(engine->store, 1);
    for (i = 0; i < left; i++)
    {
        struct victim *victim = &e->victims[i];

        /* without the commit its row says that it is there, and a synchronization would take it for deleted */
        if (csc_failed(status)) put_back(e, victim);
        else fs->remove_file(fs, e->temp, victim->temp);
        csc_store_log(engine->store, "evict", victim->path, status, "the cache needs room");
        if (!csc_failed(status)) e->freed += victim->bytes;
        forget_victim(e, victim);
    }
    e->count = 0;
    e->moved = 0;
    return status;
}

/* Keeps operations out of all scopes that nobody works in. */
static csc_status enter_scopes(struct eviction *e)
{
    struct csc_engine *engine = e->engine;
    size_t i, count, entered = 0;
    csc_status status;

    if (csc_failed(status = csc_scopes_of_server(engine, NULL, &e->scopes, &count))) return status;
    for (i = 0; i < count; i++)
    {
        struct csc_scope *scope = e->scopes[i];
        int enter;

        pthread_mutex_lock(&engine->lock);
        enter = engine->checking == CSC_CHECK_DONE && !scope->row.offline && !scope->removed && !scope->renaming && !engine->closing && (scope == e->held || !scope->owner);
        if (enter && scope != e->held) scope->evicting = 1;
        pthread_mutex_unlock(&engine->lock);
        if (enter) e->scopes[entered++] = scope;
        else csc_scope_release(scope);
    }
    e->scope_count = entered;
    return CSC_OK;
}

static void leave_scopes(struct eviction *e)
{
    size_t i;

    pthread_mutex_lock(&e->engine->lock);
    for (i = 0; i < e->scope_count; i++) if (e->scopes[i] != e->held) e->scopes[i]->evicting = 0;
    pthread_cond_broadcast(&e->engine->changed);
    pthread_mutex_unlock(&e->engine->lock);
    for (i = 0; i < e->scope_count; i++) csc_scope_release(e->scopes[i]);
    free(e->scopes);
    e->scopes = NULL;
    e->scope_count = 0;
}

/* One page of candidates behind used and id, which move on.  CSC_FALSE: there are no more. */
static csc_status evict_page(struct eviction *e, uint64_t wanted, int64_t *used, int64_t *id)
{
    struct csc_item_list rows;
    csc_status status, finished;
    size_t i;

    if (csc_failed(status = csc_store_evictable(e->engine->store, *used, *id, PAGE, &rows))) return status;
    if (!rows.count || rows.items[0].used > e->started)
    {
        csc_item_list_free(&rows);
        return CSC_FALSE;
    }
    if (!csc_failed(status = enter_scopes(e)))
    {
        for (i = 0; i < rows.count && !csc_failed(status) && e->freed + e->moved < wanted; i++)
            if (rows.items[i].used <= e->started) status = consider(e, &rows.items[i]);
        finished = finish_page(e);
        if (!csc_failed(status)) status = finished;
        leave_scopes(e);
    }
    *used = rows.items[rows.count - 1].used;
    *id = rows.items[rows.count - 1].id;
    csc_item_list_free(&rows);
    return status;
}

csc_status csc_evict(struct csc_engine *engine, struct csc_scope *held, uint64_t wanted, uint64_t *freed)
{
    struct eviction *e = calloc(1, sizeof(*e));
    int64_t used = INT64_MIN, id = 0;
    csc_status status;

    *freed = 0;
    if (!e) return CSC_E_OUT_OF_MEMORY;
    e->engine = engine;
    e->held = held;
    e->started = engine->clock->now(engine->clock);
    pthread_mutex_lock(&engine->evict_lock);
    status = engine->fs->open_root(engine->fs, engine->temp_dir, &e->temp);
    if (!csc_failed(status))
    {
        status = read_in_use(engine, engine->namespace_dir, &e->in_use);
        while (status == CSC_OK && e->freed < wanted) status = evict_page(e, wanted, &used, &id);
        csc_in_use_free(&e->in_use);
        engine->fs->close_dir(engine->fs, e->temp);
    }
    pthread_mutex_unlock(&engine->evict_lock);
    if (e->freed)
    {
        csc_room_forget_sum(engine);
        csc_trace(engine, "evicted %llu bytes", (unsigned long long)e->freed);
    }
    *freed = e->freed;
    free(e);
    return csc_failed(status) ? status : CSC_OK;
}

/* -- for operations -- */

/* The workers of the operation are through with what they have before anything is evicted. */
static csc_status evict_and_take(struct csc_op *op, struct csc_scope *scope, uint64_t bytes)
{
    csc_status status = CSC_E_DISK_FULL;
    uint64_t wanted, freed;

    csc_op_hold(op);
    /* now that none of them writes rows the sum is exact, and another operation may have made room */
    if (!csc_op_stopping(op) && (status = csc_room_take(op->engine, bytes)) == CSC_E_DISK_FULL)
    {
        /* somewhat more at a time: each time costs a flush */
        pthread_mutex_lock(&op->engine->room.lock);
        wanted = op->engine->room.limit / 64;
        pthread_mutex_unlock(&op->engine->room.lock);
        if (wanted < bytes) wanted = bytes;
        atomic_fetch_add(&op->evictions, 1);
        csc_evict(op->engine, scope, wanted, &freed);
        if (freed < bytes) op->nothing_to_evict = 1;
        if (freed) status = csc_room_take(op->engine, bytes);
    }
    csc_op_unhold(op);
    return status;
}

csc_status csc_op_take_room(struct csc_op *op, struct csc_scope *scope, uint64_t bytes)
{
    csc_status status = csc_room_take(op->engine, bytes);

    /* once nothing more could be evicted, it is not tried for every file that follows */
    if (status == CSC_E_DISK_FULL && !op->nothing_to_evict) status = evict_and_take(op, scope, bytes);
    if (status == CSC_E_DISK_FULL) csc_room_refuse(op->engine, bytes);
    return status;
}

/* -- from time to time -- */

/* Notes the use of what programs have open below directory, the place of a scope's items. */
static csc_status note_uses_below(struct csc_scope *scope, const char *directory)
{
    struct csc_engine *engine = scope->engine;
    int64_t now = engine->clock->now(engine->clock);
    struct csc_in_use in_use;
    csc_status status;
    size_t i;

    if (csc_failed(status = csc_in_use_read(engine->fs, directory, &in_use))) return status;
    for (i = 0; i < in_use.count && !csc_failed(status); i++)
    {
        char *unc = unc_of(scope, in_use.list[i] + in_use.skip);
        struct csc_place place;
        struct csc_path path;

        if (!unc) status = CSC_E_OUT_OF_MEMORY;
        else if (!csc_failed(csc_path_parse(unc, &path)))
        {
            if (!csc_failed(csc_place_find(engine, &path, &place)))
            {
                if (place.has_item && !(place.item.pin & CSC_PIN_REASONS) && place.item.used < now - COARSE)
                    status = csc_store_item_touch(engine->store, place.item.id, now);
                csc_place_clear(&place);
            }
            csc_path_free(&path);
        }
        free(unc);
    }
    csc_in_use_free(&in_use);
    return status;
}

static void note_uses(struct csc_engine *engine)
{
    struct csc_scope **scopes;
    size_t count, i;

    if (csc_failed(csc_scopes_of_server(engine, NULL, &scopes, &count))) return;
    for (i = 0; i < count; i++)
    {
        char *path = NULL;

        /* the origin's path as it was given: nobody here may touch it */
        if (is_online(scopes[i])) note_uses_below(scopes[i], scopes[i]->row.origin);
        else if (!csc_failed(csc_resolve_path(engine->fs, scopes[i]->cache_path, &path)))
            note_uses_below(scopes[i], path);
        free(path);
        csc_scope_release(scopes[i]);
    }
    free(scopes);
}

static uint64_t over(uint64_t used, uint64_t limit)
{
    return used > limit ? used - limit : 0;
}

static void *evict_main(void *context)
{
    struct csc_engine *engine = context;
    uint64_t volume, wanted = 0, all, refused, freed;
    struct csc_usage usage;
    struct csc_quota quota;
    csc_status status;

    status = csc_room_look(engine, &volume, &usage, &quota);
    refused = csc_room_refused(engine);
    if (!csc_failed(status) && usage.bytes_unpinned)
    {
        note_uses(engine);
        wanted = over(usage.bytes_unpinned, quota.unpinned_limit);
        all = over(usage.bytes + refused, quota.target);
        if (all > wanted) wanted = all;
    }
    if (wanted && csc_failed(status = csc_evict(engine, NULL, wanted, &freed)))
        csc_trace(engine, "eviction: %08x", (unsigned)status);
    pthread_mutex_lock(&engine->lock);
    engine->evicting = 0;
    pthread_mutex_unlock(&engine->lock);
    csc_helper_end(engine);
    return NULL;
}

void csc_evict_tick(struct csc_engine *engine, int64_t now)
{
    int due;

    pthread_mutex_lock(&engine->lock);
    if (!engine->next_evict) engine->next_evict = now + LOOK_EVERY;
    due = !engine->evicting && (now >= engine->next_evict || atomic_load(&engine->evict_wanted));
    if (due)
    {
        atomic_store(&engine->evict_wanted, 0);
        engine->next_evict = now + LOOK_EVERY;
        engine->evicting = 1;
    }
    pthread_mutex_unlock(&engine->lock);
    if (!due || !csc_failed(csc_helper_start(engine, evict_main, engine))) return;
    pthread_mutex_lock(&engine->lock);
    engine->evicting = 0;
    pthread_mutex_unlock(&engine->lock);
}
