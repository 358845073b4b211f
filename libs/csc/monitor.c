/*
 * The monitor: what has to be done from time to time
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * It never calls an origin itself.
 */

#include <stdlib.h>
#include <time.h>

#include "adminpin.h"
#include "background.h"
#include "blocks.h"
#include "news.h"
#include "rebuild.h"
#include "evict.h"
#include "scope.h"
#include "sidecar.h"
#include "silence.h"

#define TICK          (250 * CSC_NS_PER_MS)
#define FILL_RETRY    (60 * CSC_NS_PER_S)
#define FILL_RARELY   (16 * FILL_RETRY)      /* what cannot be filled is asked for ever more rarely */
#define SETTLE_RETRY  (30 * CSC_NS_PER_S)
#define SETTLE_PASSES 2
#define ONLINE_RETRY  (15 * CSC_NS_PER_S)
#define STORE_RETRY   (30 * CSC_NS_PER_S)
#define TRANSPORTS_EVERY (2 * CSC_NS_PER_S)

/* -- jobs -- */

csc_status csc_scope_run_op(struct csc_scope *scope, enum csc_op_kind kind, uint32_t flags, enum csc_automatic automatic)
{
    char *name = csc_scope_name(scope);
    const char *paths[1];
    struct csc_op_request request = { .kind = kind, .flags = flags, .paths = paths, .count = 1 };
    csc_status status = CSC_E_OUT_OF_MEMORY;

    if ((paths[0] = name)) status = csc_op_run_detached(scope->engine, &request, automatic);
    if (csc_failed(status)) csc_trace(scope->engine, "cannot start a background operation: %08x", (unsigned)status);
    free(name);
    return status;
}

static csc_status note_open_file(void *context, const char *path)
{
    (void)path;
    *(int *)context = 1;
    return CSC_E_CANCELLED;
}

/* Whether programs still have files of the cache open, from the time when the share was offline. */
static int cache_is_open(struct csc_scope *scope)
{
    struct csc_fs *fs = scope->engine->fs;
    char *path;
    int open = 0;

    if (csc_failed(csc_resolve_path(fs, scope->cache_path, &path))) return 0;
    fs->open_files(fs, path, note_open_file, &open);
    free(path);
    return open;
}

/* After going online: changes that came too late for the sync.  Two passes, and more while programs hold
 * files of the cache open; the turn after the last one ends it. */
static void settle(struct csc_scope *scope, int64_t now)
{
    struct csc_engine *engine = scope->engine;
    int due, over;

    pthread_mutex_lock(&engine->lock);
    due = scope->settle_wanted && !scope->row.offline && now >= scope->next_settle && csc_scope_free_for(scope, now);
    if (due) scope->next_settle = now + SETTLE_RETRY;
    over = scope->settle_pass >= SETTLE_PASSES;
    pthread_mutex_unlock(&engine->lock);
    if (!due) return;

    over = over && !cache_is_open(scope);
    pthread_mutex_lock(&engine->lock);
    if (!over) scope->settle_pass++;
    else if (csc_failed(csc_scope_set_settling(scope, 0))) csc_trace(engine, "cannot forget to settle");
    pthread_mutex_unlock(&engine->lock);
    if (!over)
        csc_scope_run_op(scope, CSC_OP_SYNC, OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT |
                         OFFLINEFILES_SYNC_CONTROL_FLAG_SKIPSUSPENDEDDIRS, CSC_AUTO_NONE);
}

/* Sparse files get their content without being asked for. */
static void fill(struct csc_scope *scope, int64_t now)
{
    struct csc_engine *engine = scope->engine;
    struct csc_usage usage;
    int due;

    pthread_mutex_lock(&engine->lock);
    due = scope->fill_wanted && !scope->row.offline && now >= scope->next_fill && csc_scope_free_for(scope, now);
    if (due) scope->next_fill = now + FILL_RETRY;
    pthread_mutex_unlock(&engine->lock);
    if (!due) return;

    if (csc_failed(csc_store_usage(engine->store, scope->row.id, &usage))) return;
    if (!usage.sparse)
    {
        pthread_mutex_lock(&engine->lock);
        scope->fill_wanted = 0;
        scope->next_fill = 0;          /* what is wanted next is done at once */
        pthread_mutex_unlock(&engine->lock);
        return;
    }
    pthread_mutex_lock(&engine->lock);
    if (usage.sparse != scope->fill_left) scope->fill_pause = FILL_RETRY;
    else if (scope->fill_pause < FILL_RARELY) scope->fill_pause *= 2;
    scope->fill_left = usage.sparse;
    scope->next_fill = now + scope->fill_pause;
    pthread_mutex_unlock(&engine->lock);
    csc_scope_run_op(scope, CSC_OP_SYNC, OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE |
                     OFFLINEFILES_SYNC_CONTROL_FLAG_SKIPSUSPENDEDDIRS | OFFLINEFILES_SYNC_CONTROL_FLAG_BACKGROUND,
                     CSC_AUTO_FILL);
}

/* A share that an error took offline comes back by itself. */
static void come_back(struct csc_scope *scope, int64_t now)
{
    struct csc_engine *engine = scope->engine;
    int due;

    pthread_mutex_lock(&engine->lock);
    due = scope->row.offline && scope->row.reason == OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR &&
          scope->reachable && now >= scope->next_online &&
          (!scope->going_online || now - scope->going_online > ONLINE_RETRY) && csc_scope_free_for(scope, now);
    if (due) scope->going_online = now;
    pthread_mutex_unlock(&engine->lock);
    if (due) csc_scope_run_op(scope, CSC_OP_ONLINE, 0, CSC_AUTO_NONE);
}

/* What the store could not be told because its disk was full. */
static void store_again(struct csc_scope *scope, int64_t now)
{
    struct csc_engine *engine = scope->engine;
    int due;

    pthread_mutex_lock(&engine->lock);
    due = now >= scope->next_store && !scope->owner;
    if (due) scope->next_store = now + STORE_RETRY;
    pthread_mutex_unlock(&engine->lock);
    if (due) csc_scope_store_again(scope);
}

/* Networks come and go; only for who listens. */
static void watch_transports(struct csc_engine *engine, int64_t now)
{
    int known = engine->next_transports != 0;
    unsigned count;

    if (!csc_news_wanted(engine->news))
    {
        engine->next_transports = 0;
        return;
    }
    if (now < engine->next_transports || csc_failed(engine->fs->transports(engine->fs, &count))) return;
    engine->next_transports = now + TRANSPORTS_EVERY;
    if (known && count > engine->transports) csc_news_tell(engine->news, OFFLINEFILES_EVENT_NETTRANSPORTARRIVED, 0);
    if (known && !count && engine->transports) csc_news_tell(engine->news, OFFLINEFILES_EVENT_NONETTRANSPORTS, 0);
    engine->transports = count;
}

static void tick(struct csc_engine *engine)
{
    int64_t now = engine->clock->monotonic(engine->clock);
    struct csc_scope **scopes;
    size_t count, i;
    int closing;

    csc_watch_check(engine);
    if (csc_failed(csc_store_tick(engine->store))) csc_trace(engine, "the store cannot commit");
    csc_rebuild_tick(engine);
    csc_sidecar_tick(engine);
    csc_news_tick(engine, now);
    csc_silence_tick(engine, now);
    watch_transports(engine, now);
    pthread_mutex_lock(&engine->lock);
    closing = engine->closing;
    pthread_mutex_unlock(&engine->lock);
    if (closing || csc_failed(csc_scopes_of_server(engine, NULL, &scopes, &count))) return;
    csc_evict_tick(engine, now);
    csc_flush_tick(engine, now);
    csc_admin_pins_tick(engine, now);
    for (i = 0; i < count; i++)
    {
        csc_probe_tick(scopes[i], now);
        csc_slow_tick(scopes[i], now);
        come_back(scopes[i], now);
        settle(scopes[i], now);
        fill(scopes[i], now);
        csc_background_tick(scopes[i]);
        store_again(scopes[i], now);
        csc_blocks_tick(scopes[i]);
        csc_scope_release(scopes[i]);
    }
    free(scopes);
}

/* -- the thread -- */

static void *monitor_main(void *context)
{
    struct csc_engine *engine = context;
    struct timespec until;

    pthread_mutex_lock(&engine->lock);
    while (!engine->monitor_stop)
    {
        pthread_mutex_unlock(&engine->lock);
        tick(engine);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK;
        if (until.tv_nsec >= CSC_NS_PER_S) until.tv_nsec -= CSC_NS_PER_S, until.tv_sec++;
        pthread_mutex_lock(&engine->lock);
        if (!engine->monitor_stop && !engine->monitor_wanted)
            pthread_cond_timedwait(&engine->tick, &engine->lock, &until);
        engine->monitor_wanted = 0;
    }
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

csc_status csc_monitor_start(struct csc_engine *engine)
{
    int error = pthread_create(&engine->monitor, NULL, monitor_main, engine);

    if (error) return csc_status_from_errno(error);
    engine->monitor_started = 1;
    return CSC_OK;
}

void csc_monitor_stop(struct csc_engine *engine)
{
    if (!engine->monitor_started) return;
    pthread_mutex_lock(&engine->lock);
    engine->monitor_stop = 1;
    pthread_cond_signal(&engine->tick);
    pthread_mutex_unlock(&engine->lock);
    pthread_join(engine->monitor, NULL);
    engine->monitor_started = 0;
}
