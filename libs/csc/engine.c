/*
 * Opening and closing the engine
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "news.h"
#include "adminpin.h"
#include "exclude.h"
#include "op.h"
#include "rebuild.h"
#include "room.h"
#include "scope.h"
#include "sidecar.h"
#include "watch.h"

#define CACHE_VERSION    "v2.0.6"
#define DEFAULT_TIMEOUT  4000
#define DEFAULT_INTERVAL 3000
#define DEFAULT_PING     60000
#define DEFAULT_ANSWER   60000
/* Most time in a transfer is spent waiting for the origin, so there may be more threads than cores. */
#define THREADS_PER_CORE 4
#define MIN_THREADS      8
#define MAX_THREADS      32
/* for one share, while its origin lets them wait most of the time */
#define MOST_WORKERS     64
/* how long close waits for threads that only have to leave, ms */
#define CLOSE_WAIT       2000

static unsigned default_workers(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN), threads = (cores > 0 ? cores : 1) * THREADS_PER_CORE;

    if (threads < MIN_THREADS) return MIN_THREADS;
    return threads > MAX_THREADS ? MAX_THREADS : (unsigned)threads;
}

static void init_monotonic(pthread_cond_t *cond)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

/* Frees what open made; nothing else uses it any more. */
static void destroy(struct csc_engine *engine)
{
    if (engine->store) csc_store_close(engine->store);
    csc_news_release(engine->news);
    pthread_cond_destroy(&engine->changed);
    pthread_cond_destroy(&engine->tick);
    pthread_mutex_destroy(&engine->lock);
    pthread_mutex_destroy(&engine->map_lock);
    pthread_mutex_destroy(&engine->room.lock);
    pthread_mutex_destroy(&engine->evict_lock);
    pthread_mutex_destroy(&engine->exclude_lock);
    csc_exclusions_free(&engine->exclusions);
    free((char *)engine->config.cache_dir);
    free((char *)engine->config.unc_dir);
    csc_rebuild_free(engine);
    csc_admin_pins_free(engine);
    csc_slow_policy_free(&engine->slow_links);
    free(engine->base_dir);
    free(engine->namespace_dir);
    free(engine->temp_dir);
    free(engine);
}

static char *copy_path(const char *path)
{
    char *copy = strdup(path);
    size_t length;

    if (!copy) return NULL;
    for (length = strlen(copy); length > 1 && copy[length - 1] == '/'; length--) copy[length - 1] = 0;
    return copy;
}

static csc_status create(const struct csc_engine_config *config, struct csc_engine **ret)
{
    struct csc_engine *engine;

    *ret = NULL;
    if (!config->fs || !config->clock || !config->cache_dir || config->cache_dir[0] != '/' ||
        !config->unc_dir || config->unc_dir[0] != '/')
        return CSC_E_INVALID_ARG;
    if (!(engine = calloc(1, sizeof(*engine)))) return CSC_E_OUT_OF_MEMORY;
    engine->config = *config;
    engine->config.cache_dir = copy_path(config->cache_dir);
    engine->config.unc_dir = copy_path(config->unc_dir);
    if (!engine->config.workers)
    {
        engine->config.workers = default_workers();
        if (!engine->config.most_workers) engine->config.most_workers = MOST_WORKERS;
    }
    if (!engine->config.origin_timeout) engine->config.origin_timeout = DEFAULT_TIMEOUT;
    if (!engine->config.probe_interval) engine->config.probe_interval = DEFAULT_INTERVAL;
    if (!engine->config.answer_timeout) engine->config.answer_timeout = DEFAULT_ANSWER;
    csc_background_defaults(&engine->background);
    engine->fs = config->fs;
    engine->clock = config->clock;
    /* names that a crash left behind are not given again */
    atomic_init(&engine->next_temp, (uint_fast64_t)(engine->clock->now(engine->clock) / 1000));
    pthread_mutex_init(&engine->lock, NULL);
    pthread_mutex_init(&engine->map_lock, NULL);
    pthread_mutex_init(&engine->room.lock, NULL);
    pthread_mutex_init(&engine->evict_lock, NULL);
    pthread_mutex_init(&engine->exclude_lock, NULL);
    init_monotonic(&engine->changed);
    init_monotonic(&engine->tick);
    if (!engine->config.ping_interval) engine->config.ping_interval = DEFAULT_PING;
    *ret = engine;
    if (!engine->config.cache_dir || !engine->config.unc_dir) return CSC_E_OUT_OF_MEMORY;
    return csc_news_create(engine->clock, engine->config.ping_interval * CSC_NS_PER_MS, &engine->news);
}

/* Makes the directories of the cache and opens the store. */
static csc_status open_cache(struct csc_engine *engine)
{
    csc_status status = CSC_E_OUT_OF_MEMORY;
    struct csc_dir *dir;

    if (!(engine->base_dir = csc_join(engine->config.cache_dir, CACHE_VERSION))) return status;
    engine->namespace_dir = csc_join(engine->base_dir, "namespace");
    engine->temp_dir = csc_join(engine->base_dir, "temp");
    if (!engine->namespace_dir || !engine->temp_dir) return status;

    if (csc_failed(status = csc_make_path(engine->fs, engine->temp_dir, NULL))) return status;
    if (csc_failed(status = csc_make_path(engine->fs, engine->namespace_dir, &dir))) return status;
    status = engine->fs->time_quality(engine->fs, dir, &engine->granularity, &engine->trusted_ctime);
    engine->fs->close_dir(engine->fs, dir);
    return csc_failed(status) ? status : csc_rebuild_open_store(engine);
}

/* The number that tells temporary names on origins of this cache from others'. */
static csc_status load_cache_id(struct csc_engine *engine)
{
    csc_status status;
    uint32_t number;
    char *value;

    status = csc_store_meta_get(engine->store, CSC_META_CACHE_ID, &value);
    if (!csc_failed(status))
    {
        if (strlen(value) == sizeof(engine->cache_id) - 1) strcpy(engine->cache_id, value);
        else status = CSC_E_NOT_FOUND;
        free(value);
    }
    if (status != CSC_E_NOT_FOUND) return status;

    /* need not be secret, only unlikely to meet again */
    if (csc_failed(status = engine->fs->random(engine->fs, &number, sizeof(number)))) return status;
    snprintf(engine->cache_id, sizeof(engine->cache_id), "%08x", number);
    return csc_store_meta_set(engine->store, CSC_META_CACHE_ID, engine->cache_id);
}

/* Whether the machine was started anew since the last time; id: of the present boot, empty when nobody can tell. */
static csc_status check_boot(struct csc_engine *engine, char id[64], int *rebooted)
{
    csc_status status;
    char *last;

    *rebooted = 1;
    /* who cannot tell must expect it */
    if (csc_failed(engine->fs->boot_id(engine->fs, id)))
    {
        id[0] = 0;
        return CSC_OK;
    }
    status = csc_store_meta_get(engine->store, CSC_META_BOOT_ID, &last);
    if (!csc_failed(status))
    {
        *rebooted = strcmp(last, id) != 0;
        free(last);
    }
    return status == CSC_E_NOT_FOUND ? CSC_OK : status;
}

static csc_status load_scopes(struct csc_engine *engine)
{
    struct csc_scope_row *rows;
    struct csc_scope *scope;
    csc_status status;
    size_t count, i;

    if (csc_failed(status = csc_store_scopes(engine->store, &rows, &count))) return status;
    for (i = 0; i < count && !csc_failed(status); i++)
    {
        struct csc_scope_row row = rows[i];

        /* the scope takes the strings over */
        rows[i].server = rows[i].share = rows[i].origin = rows[i].link_before = NULL;
        if (csc_failed(status = csc_scope_create(engine, &row, &scope))) break;
        if (csc_failed(status = csc_scope_activate(scope))) csc_scope_release(scope);
    }
    csc_scope_rows_free(rows, count);
    return status;
}

/* Goes on with the other shares when the disk is full: each is to be looked at. */
static csc_status recover_scopes(struct csc_engine *engine, int rebooted, int *unchecked)
{
    csc_status status = CSC_OK, result;
    struct csc_scope *scope;

    for (scope = engine->scopes; scope && (!csc_failed(status) || status == CSC_E_DISK_FULL); scope = scope->next)
    {
        if (csc_failed(result = csc_recover_scope(scope, rebooted))) status = result;
        *unchecked |= scope->unchecked;
    }
    return status;
}

static csc_status recover(struct csc_engine *engine)
{
    struct csc_scope *scope;
    int rebooted, unchecked = 0;
    csc_status status;
    char boot[64];

    if (csc_failed(status = csc_rebuild_finish(engine))) return status;
    if (csc_failed(status = check_boot(engine, boot, &rebooted))) return status;
    if (engine->checking == CSC_CHECK_RUNNING && (rebooted || csc_rename_waits(engine)))
    {
        if (csc_failed(status = csc_store_check(engine->store, NULL, NULL))) return status;
        engine->checking = CSC_CHECK_DONE;
    }
    if (csc_failed(status = csc_rename_settle_shares(engine))) return status;
    /* until it was looked at */
    for (scope = engine->scopes; scope; scope = scope->next) scope->unchecked = rebooted;
    for (scope = engine->scopes; scope && !csc_failed(status); scope = scope->next) status = csc_recover_state(scope, rebooted);
    if (csc_failed(status) || csc_failed(status = csc_recover_engine(engine, rebooted))) return status;
    status = recover_scopes(engine, rebooted, &unchecked);
    if (!csc_failed(status)) status = csc_rename_pending(engine);
    /* the next start looks again otherwise */
    if (!csc_failed(status) && rebooted && boot[0] && !unchecked)
        status = csc_store_meta_set(engine->store, CSC_META_BOOT_ID, boot);
    if (!csc_failed(status)) status = csc_store_commit(engine->store, 1);
    if (status == CSC_E_DISK_FULL)
    {
        /* what was read and linked serves programs all the same; what was changed is committed when there is room,
         * or found again by the next start */
        csc_trace(engine, "the disk of the cache is full");
        status = CSC_OK;
    }
    if (csc_failed(status)) return status;
    if (engine->checking == CSC_CHECK_RUNNING) return csc_check_start(engine);
    /* caches that were made before there was a second record get one; failures are told and tried again */
    pthread_mutex_lock(&engine->lock);
    csc_sidecar_write_shares(engine);
    pthread_mutex_unlock(&engine->lock);
    if (csc_failed(csc_sidecar_write_pins(engine))) csc_sidecar_pins_changed(engine);
    return CSC_OK;
}

/* Engine locked. */
static int is_alone_locked(const struct csc_engine *engine)
{
    return !engine->live_scopes && !engine->watches && !engine->helpers && !engine->ops && !engine->stuck;
}

/* Whether nobody but the caller uses the engine. */
static int is_alone(struct csc_engine *engine)
{
    int alone;

    pthread_mutex_lock(&engine->lock);
    alone = is_alone_locked(engine);
    pthread_mutex_unlock(&engine->lock);
    return alone;
}

/* Waits for threads that only have to leave; 0: some are stuck. */
static int wait_for_threads(struct csc_engine *engine)
{
    struct timespec until;
    int waited = 0, alone;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += CLOSE_WAIT / 1000;
    pthread_mutex_lock(&engine->lock);
    while (!(alone = is_alone_locked(engine)) && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&engine->changed, &engine->lock, &until);
    pthread_mutex_unlock(&engine->lock);
    return alone;
}

/* Engines that were closed while threads hung in an origin; freed when these have left. */
static pthread_mutex_t left_lock = PTHREAD_MUTEX_INITIALIZER;
static struct csc_engine *left_behind;

static void leave_behind(struct csc_engine *engine)
{
    pthread_mutex_lock(&left_lock);
    engine->next_left = left_behind;
    left_behind = engine;
    pthread_mutex_unlock(&left_lock);
}

static void free_left_behind(void)
{
    struct csc_engine **place, *engine;

    pthread_mutex_lock(&left_lock);
    for (place = &left_behind; (engine = *place);)
    {
        if (is_alone(engine))
        {
            *place = engine->next_left;
            destroy(engine);
        }
        else place = &engine->next_left;
    }
    pthread_mutex_unlock(&left_lock);
}

void csc_engine_close(struct csc_engine *engine)
{
    if (!engine) return;
    pthread_mutex_lock(&engine->lock);
    engine->closing = 1;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);

    if (engine->store) csc_ops_shutdown(engine);
    csc_news_shutdown(engine);
    csc_monitor_stop(engine);
    while (engine->scopes) csc_scope_deactivate(engine->scopes);
    if (engine->store) csc_store_commit(engine->store, 1);
    if (engine->store && engine->checking == CSC_CHECK_DONE && atomic_load(&engine->pins_due) &&
        !csc_store_is_damaged(engine->store))
        csc_sidecar_write_pins(engine);

    if (wait_for_threads(engine)) destroy(engine);
    else
    {
        /* threads that hang in an origin still refer to it: it is left to them, but not the database */
        csc_trace(engine, "closing while calls on an origin hang");
        if (engine->store) csc_store_detach(engine->store);
        leave_behind(engine);
    }
}

static csc_status open_engine(const struct csc_engine_config *config, struct csc_engine **ret)
{
    struct csc_engine *engine;
    csc_status status = create(config, &engine);

    *ret = NULL;
    if (!engine) return status;
    if (!csc_failed(status)) status = open_cache(engine);
    if (!csc_failed(status)) status = load_cache_id(engine);
    if (!csc_failed(status)) status = csc_room_init(engine);
    /* no number of an earlier run comes again: what that left behind may still be there */
    atomic_store(&engine->next_temp, (uint64_t)engine->clock->now(engine->clock) >> 10);
    if (!csc_failed(status)) status = csc_set_exclusions(engine, config->excluded, config->excluded_count);
    if (!csc_failed(status)) status = csc_admin_pins_load(engine);
    if (!csc_failed(status)) status = load_scopes(engine);
    if (!csc_failed(status)) status = recover(engine);
    if (!csc_failed(status)) status = csc_monitor_start(engine);
    /* the checks at the start do not find everything */
    if (status == CSC_E_CORRUPT && engine->store) csc_rebuild_mark(engine);
    if (csc_failed(status)) csc_engine_close(engine);
    else *ret = engine;
    return status;
}

csc_status csc_engine_open(const struct csc_engine_config *config, struct csc_engine **ret)
{
    csc_status status;

    free_left_behind();
    status = open_engine(config, ret);
    return status == CSC_E_CORRUPT ? open_engine(config, ret) : status;
}
