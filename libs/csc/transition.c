/*
 * Going offline and online
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The store changes first, durably, and the link follows; opening the engine repeats a swap that was cut off.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "news.h"
#include "op.h"
#include "scope.h"
#include "sidecar.h"

/* How long a transition waits for content to reach the disk, ms.  When it takes longer the flush goes on
 * behind it, and after a power loss in between what came from the origin is compared with it. */
#define FLUSH_LIMIT_FORCED 20000
#define FLUSH_LIMIT_FAILED 3000

/* when to look for late changes after going online, s */
#define FIRST_SETTLE 2

/* Stores a new state and commits it.  Engine locked. */
static csc_status store_state(struct csc_scope *scope, uint32_t offline, uint32_t reason)
{
    struct csc_engine *engine = scope->engine;
    uint32_t old_offline = scope->row.offline, old_reason = scope->row.reason;
    int marked = scope->fill_marked;
    csc_status status;

    scope->row.offline = offline;
    scope->row.reason = reason;
    csc_store_forget_changes(engine->store);
    status = csc_fill_mark_forget(scope);
    if (!csc_failed(status)) status = csc_store_scope_put(engine->store, &scope->row);
    if (!csc_failed(status)) status = csc_store_commit(engine->store, 1);
    if (csc_failed(status)) scope->fill_marked = marked;
    if (status == CSC_E_DISK_FULL && (offline ? reason == OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR : scope->state_due && !marked))
    {
        /* A full disk must not keep programs at a dead server.  The link alone says it then, which the next start
         * understands (recover.c); back online is what the store still says. */
        csc_trace(engine, "the disk of the cache is full: the state is not stored");
        scope->state_due = offline != 0;
        status = CSC_OK;
    }
    else if (!csc_failed(status)) scope->state_due = 0;
    if (csc_failed(status))
    {
        scope->row.offline = old_offline;
        scope->row.reason = old_reason;
        return status;
    }
    csc_sidecar_write_shares(engine);
    /* what was seen of the origin before says nothing any more */
    if (offline) scope->reachable = 0;
    scope->next_probe = engine->clock->monotonic(engine->clock) +
                        (int64_t)engine->config.probe_interval * CSC_NS_PER_MS;
    pthread_cond_broadcast(&engine->changed);
    return CSC_OK;
}

void csc_scope_store_again(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;

    pthread_mutex_lock(&engine->lock);
    if (scope->state_due && scope->row.offline && !scope->removed && !engine->closing)
        store_state(scope, scope->row.offline, scope->row.reason);
    pthread_mutex_unlock(&engine->lock);
}

static void log_state(struct csc_scope *scope, const char *operation, csc_status status, uint32_t reason)
{
    static const char *const reasons[] = { NULL, NULL, "Somebody asked for it.", "The connection is slow.",
                                           "The origin cannot be reached.", NULL, "The share is suspended." };

    csc_trace(scope->engine, "\\\\%s\\%s %s: %08x", scope->row.server, scope->row.share, operation, (unsigned)status);
    csc_log_scope(scope, operation, status, reason < sizeof(reasons) / sizeof(reasons[0]) ? reasons[reason] : NULL);
}

csc_status csc_scope_take_offline(struct csc_scope *scope, uint32_t reason)
{
    int forced = reason != OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR, was_offline, unflushed;
    struct csc_engine *engine = scope->engine;
    csc_status status;

    status = csc_make_path(engine->fs, scope->cache_path, NULL);
    if (csc_failed(status)) return status;

    pthread_mutex_lock(&engine->lock);
    was_offline = scope->row.offline != 0;
    scope->leaving++;
    csc_fill_mark_stop(scope);
    pthread_mutex_unlock(&engine->lock);

    /* a file without a row would be a program's */
    if (csc_failed(status = csc_fill_mark_wait(scope)))
    {
        pthread_mutex_lock(&engine->lock);
        scope->leaving--;
        pthread_mutex_unlock(&engine->lock);
        if (!was_offline) log_state(scope, "offline", status, reason);
        return status;
    }

    /* before the state changes: who sees the share offline finds the cache at its path */
    unflushed = !was_offline && csc_failed(csc_scope_flush(scope, forced ? FLUSH_LIMIT_FORCED : FLUSH_LIMIT_FAILED));
    if (unflushed) csc_trace(engine, "going offline before all content is flushed");

    pthread_mutex_lock(&engine->lock);
    was_offline = scope->row.offline != 0;
    if (scope->removed || engine->closing) status = CSC_E_CANCELLED;
    else if (!was_offline || (forced && reason != OFFLINEFILES_OFFLINE_REASON_CONNECTION_SLOW && scope->row.reason != reason))
    {
        /* on a full disk the state is not stored either */
        if (unflushed) csc_scope_set_unflushed(scope, 1);
        status = store_state(scope, 1, reason);
    }
    scope->leaving--;
    if (!csc_failed(status)) status = csc_link_reconcile(scope);
    pthread_mutex_unlock(&engine->lock);
    if (!was_offline && status != CSC_E_CANCELLED) log_state(scope, "offline", status, reason);
    return status;
}

csc_status csc_scope_follow_suspension(struct csc_scope *scope)
{
    const uint32_t suspended_reason = OFFLINEFILES_OFFLINE_REASON_ITEM_SUSPENDED;
    struct csc_engine *engine = scope->engine;
    uint32_t offline, reason;
    csc_status status;
    int suspended;

    if (csc_failed(status = csc_scope_is_suspended(scope, &suspended))) return status;
    pthread_mutex_lock(&engine->lock);
    offline = scope->row.offline;
    reason = scope->row.reason;
    if (scope->removed) status = CSC_E_CANCELLED;
    else if (offline && !suspended && reason == suspended_reason)
    {
        status = store_state(scope, 1, OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR);
        scope->probe_now = 1;
        scope->next_online = 0;
    }
    else if (offline && suspended && reason != suspended_reason && reason != OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED)
        status = store_state(scope, 1, suspended_reason);
    pthread_mutex_unlock(&engine->lock);
    if (csc_failed(status) || offline || !suspended) return status;
    return csc_scope_take_offline(scope, suspended_reason);
}

csc_status csc_scope_change_reason(struct csc_scope *scope, uint32_t from, uint32_t to)
{
    struct csc_engine *engine = scope->engine;
    csc_status status = CSC_OK;
    int change;

    pthread_mutex_lock(&engine->lock);
    if ((change = scope->row.offline && scope->row.reason == from && !scope->removed)) status = store_state(scope, 1, to);
    pthread_mutex_unlock(&engine->lock);
    if (change) log_state(scope, "offline", status, to);
    return status;
}

static void settle_name(const struct csc_scope *scope, char name[48])
{
    snprintf(name, 48, "%s%lld", CSC_META_SETTLE, (long long)scope->row.id);
}

static void start_settling(struct csc_scope *scope)
{
    scope->settle_wanted = 1;
    scope->settle_pass = 0;
    scope->next_settle = scope->engine->clock->monotonic(scope->engine->clock) + FIRST_SETTLE * CSC_NS_PER_S;
}

csc_status csc_scope_set_settling(struct csc_scope *scope, int settling)
{
    char name[48];

    settle_name(scope, name);
    if (settling) start_settling(scope);
    else scope->settle_wanted = 0;
    return csc_store_meta_set(scope->engine->store, name, settling ? "1" : NULL);
}

csc_status csc_scope_load_settling(struct csc_scope *scope)
{
    csc_status status;
    char name[48], *value;

    settle_name(scope, name);
    status = csc_store_meta_get(scope->engine->store, name, &value);
    if (status == CSC_E_NOT_FOUND) return CSC_OK;
    if (csc_failed(status)) return status;
    free(value);
    start_settling(scope);
    return CSC_OK;
}

csc_status csc_scope_take_online(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;
    uint32_t reason;
    csc_status status;

    /* rows that wait for a flush in an online share were all written while it was online (see recover.c) */
    status = csc_scope_flush(scope, FLUSH_LIMIT_FORCED);
    if (csc_failed(status)) return status;

    pthread_mutex_lock(&engine->lock);
    reason = scope->row.reason;
    if (scope->removed || engine->closing) status = CSC_E_CANCELLED;
    else if (scope->row.offline)
    {
        status = csc_scope_set_settling(scope, 1);
        if (!csc_failed(status)) status = store_state(scope, 0, 0);
        if (!csc_failed(status) && csc_failed(status = csc_link_reconcile(scope))) store_state(scope, 1, reason);
    }
    if (!csc_failed(status))
    {
        scope->fill_wanted = 1;
        scope->probe_failures = 0;
    }
    pthread_mutex_unlock(&engine->lock);
    log_state(scope, "online", status, 0);
    return status;
}

/* -- online -- */

/* Whether a sync ended in a way that makes going online pointless.  Conflicts, items that failed and a full
 * disk do not: what could not be sent stays in the cache and is tried again. */
static int prevents_online(csc_status status)
{
    switch (status)
    {
    case CSC_E_CANCELLED:
    case CSC_E_OUT_OF_MEMORY:
    case CSC_E_BAD_NETPATH:
    case CSC_E_NOT_READY:
    case CSC_E_TIMEOUT:
        return 1;
    }
    return csc_status_is_origin_failure(status);
}

static csc_status go_online(struct csc_op *op, struct csc_scope *scope)
{
    const uint32_t skip = OFFLINEFILES_SYNC_CONTROL_FLAG_SKIPSUSPENDEDDIRS;
    csc_status status, items;
    int suspended;

    if (!csc_scope_is_offline(scope)) return CSC_OK;                                                /* Q94 */
    if (csc_failed(status = csc_scope_is_suspended(scope, &suspended))) return status;
    if (suspended) return CSC_E_INVALID_STATE;                                                      /* Q94 */
    if (csc_failed(status = csc_scope_check_root(scope))) return status;

    items = csc_sync_scope(op, scope, OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT | skip,
                           0);
    if (csc_op_stopping(op)) return csc_op_stop_status(op);
    if (csc_failed(items) && prevents_online(items)) return items;

    if (csc_failed(status = csc_scope_take_online(scope))) return status;

    /* what programs changed in the cache between the sync and the swap */
    status = csc_sync_scope(op, scope, OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT | skip, 1);
    if (csc_status_is_origin_failure(status)) csc_scope_suspect(scope);
    return csc_failed(status) ? status : items;
}

/* Attempts of several shares at once are one for the published events. */
static void tell_attempt(struct csc_engine *engine, int change)
{
    pthread_mutex_lock(&engine->lock);
    if (change > 0 && !engine->reconnecting++) csc_news_tell(engine->news, OFFLINEFILES_EVENT_ITEMRECONNECTBEGIN, 0);
    if (change < 0 && !--engine->reconnecting) csc_news_tell(engine->news, OFFLINEFILES_EVENT_ITEMRECONNECTEND, 0);
    pthread_mutex_unlock(&engine->lock);
}

csc_status csc_online_run(struct csc_op *op, struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;
    csc_status status;

    if (op->detached) tell_attempt(engine, 1);
    status = go_online(op, scope);
    if (op->detached) tell_attempt(engine, -1);

    pthread_mutex_lock(&engine->lock);
    scope->going_online = 0;
    /* who asks for it gets it, however slow the link is */
    if (!op->detached && !csc_failed(status)) scope->slow_waived = 1;
    scope->next_online = engine->clock->monotonic(engine->clock) +
                         2 * (int64_t)engine->config.probe_interval * CSC_NS_PER_MS;
    pthread_mutex_unlock(&engine->lock);
    return status;
}

/* -- offline -- */

struct open_files
{
    struct csc_engine *engine;
    struct csc_scope *scope;
    const char *root;             /* the origin, without links */
    int prevented;
};

/* ends the listing */
#define FOUND_UNCACHED CSC_E_BUSY

/* An open file: is there a complete copy in the cache? */
static csc_status check_open_file(void *context, const char *path)
{
    struct open_files *open = context;
    const char *below = path + strlen(open->root);
    struct csc_place place;
    struct csc_path parsed;
    char *unc, *name, *p;
    csc_status status;
    int cached;

    if (!(name = csc_scope_name(open->scope))) return CSC_E_OUT_OF_MEMORY;
    while (*below == '/') below++;
    if (!(unc = malloc(strlen(name) + strlen(below) + 2)))
    {
        free(name);
        return CSC_E_OUT_OF_MEMORY;
    }
    strcpy(unc, name);
    strcat(unc, "\\");
    for (p = unc + strlen(unc); *below; below++) *p++ = *below == '/' ? '\\' : *below;
    *p = 0;
    free(name);

    /* a name that cannot be an item, such as one of the system for a deleted file, has no copy */
    cached = 0;
    status = csc_path_parse(unc, &parsed);
    free(unc);
    if (!csc_failed(status))
    {
        status = csc_place_find(open->engine, &parsed, &place);
        if (!csc_failed(status))
        {
            cached = place.local.type != CSC_TYPE_NONE;
            csc_place_clear(&place);
        }
        csc_path_free(&parsed);
    }
    if (status == CSC_E_OUT_OF_MEMORY) return status;
    if (cached) return CSC_OK;
    csc_trace(open->engine, "%s is open and not in the cache", path);
    open->prevented = 1;
    return FOUND_UNCACHED;
}

/* Shared with a thread that may hang for longer than anybody waits. */
struct resolution
{
    atomic_uint refs;
    char *path;
};

static void resolution_release(void *context)
{
    struct resolution *resolution = context;

    if (atomic_fetch_sub(&resolution->refs, 1) != 1) return;
    free(resolution->path);
    free(resolution);
}

static csc_status resolve_origin(struct csc_scope *scope, void *context)
{
    return csc_resolve_path(scope->origin_fs, scope->row.origin, &((struct resolution *)context)->path);
}

csc_status csc_scope_find_uncached(struct csc_scope *scope, int *prevented)
{
    struct open_files open = { scope->engine, scope, scope->row.origin, 0 };
    struct resolution *resolution = calloc(1, sizeof(*resolution));
    struct csc_fs *fs = scope->engine->fs;
    csc_status status;

    if (!resolution) return CSC_E_OUT_OF_MEMORY;
    atomic_init(&resolution->refs, 2);
    status = csc_scope_call(scope, resolve_origin, resolution, resolution_release, scope->engine->config.origin_timeout);
    if (!csc_failed(status)) open.root = resolution->path;
    /* an origin that cannot be looked at is taken as it was given */
    status = fs->open_files(fs, open.root, check_open_file, &open);
    resolution_release(resolution);

    *prevented = open.prevented;
    if (open.prevented || status == CSC_E_NOT_SUPPORTED) return CSC_OK;
    return status;
}

csc_status csc_go_offline(struct csc_engine *engine, const char *path, int force, int *prevented)
{
    struct csc_scope *scope;
    struct csc_path parsed;
    csc_status status;

    *prevented = 0;
    if (csc_failed(status = csc_path_parse(path, &parsed))) return status;
    status = parsed.share ? csc_scope_find(engine, &parsed, &scope) : CSC_E_BAD_PATH;
    csc_path_free(&parsed);
    if (csc_failed(status)) return status;

    if (!force && !csc_scope_is_offline(scope)) status = csc_scope_find_uncached(scope, prevented);
    if (!csc_failed(status) && !*prevented)
        status = csc_scope_take_offline(scope, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    csc_scope_release(scope);
    return status;
}

/* -- the state of an item -- */

csc_status csc_connect_state(struct csc_engine *engine, const char *path, uint32_t *state, uint32_t *reason)
{
    struct csc_buffer record = { 0 };
    struct csc_scope *scope;
    struct csc_path parsed;
    csc_status status;

    *state = OFFLINEFILES_CONNECT_STATE_UNKNOWN;
    *reason = OFFLINEFILES_OFFLINE_REASON_UNKNOWN;
    if (csc_failed(status = csc_find(engine, path, 0, &record)))
    {
        /* not in the cache (any more): what holds for its share */
        if (status == CSC_E_NOT_FOUND && !csc_failed(status = csc_path_parse(path, &parsed)))
        {
            status = csc_scope_find(engine, &parsed, &scope);
            csc_path_free(&parsed);
            if (!csc_failed(status))
            {
                csc_scope_state(scope, state, reason);
                csc_scope_release(scope);
            }
        }
    }
    else
    {
        *state = ((struct csc_wire_item *)record.data)->connect_state;
        *reason = ((struct csc_wire_item *)record.data)->offline_reason;
    }
    csc_buffer_free(&record);
    return status;
}
