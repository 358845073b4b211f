/*
 * Making downloaded content durable
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A flush of the volume may take long; it runs on a thread of its own.  Somebody who takes a share offline waits for it.
 * Otherwise nobody does, and a flush comes when no operation has run for so long that the system has written nearly
 * everything by itself: then it has little to do, and takes the disk from nobody.
 */

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "scope.h"

#define QUIET       (30 * CSC_NS_PER_S)      /* as long as Linux keeps what was written in memory, when left alone */
#define FLUSH_EVERY (60 * CSC_NS_PER_S)

struct flush
{
    struct csc_scope *scope;
    pthread_mutex_t lock;
    pthread_cond_t  done_cond;
    int done, refs;
    csc_status status;
};

static void flush_release(struct flush *flush)
{
    int last;

    pthread_mutex_lock(&flush->lock);
    last = !--flush->refs;
    pthread_mutex_unlock(&flush->lock);
    if (!last) return;
    csc_scope_release(flush->scope);
    pthread_cond_destroy(&flush->done_cond);
    pthread_mutex_destroy(&flush->lock);
    free(flush);
}

/* Flushes the content of these scopes. */
static csc_status flush_now(struct csc_engine *engine, struct csc_scope *const *scopes, size_t count)
{
    int64_t begun = csc_store_flush_begin(engine->store);
    struct csc_dir *dir;
    csc_status status;
    size_t i;

    if (csc_failed(status = engine->fs->open_root(engine->fs, engine->namespace_dir, &dir))) return status;
    status = engine->fs->sync_all(engine->fs, dir);
    engine->fs->close_dir(engine->fs, dir);
    /* what could not be checked keeps its mark: it may be damaged, flushed or not */
    for (i = 0; i < count && !csc_failed(status); i++)
    {
        if (scopes[i]->unchecked || csc_failed(status = csc_store_flushed(engine->store, scopes[i]->row.id, begun))) continue;
        pthread_mutex_lock(&engine->lock);
        if (scopes[i]->unflushed && !scopes[i]->leaving) status = csc_scope_set_unflushed(scopes[i], 0);
        pthread_mutex_unlock(&engine->lock);
    }
    return status;
}

static void *flush_main(void *context)
{
    struct flush *flush = context;
    struct csc_engine *engine = flush->scope->engine;
    csc_status status = flush_now(engine, &flush->scope, 1);

    pthread_mutex_lock(&flush->lock);
    flush->status = status;
    flush->done = 1;
    pthread_cond_signal(&flush->done_cond);
    pthread_mutex_unlock(&flush->lock);
    flush_release(flush);
    csc_helper_end(engine);
    return NULL;
}

csc_status csc_scope_flush(struct csc_scope *scope, unsigned limit)
{
    struct csc_engine *engine = scope->engine;
    pthread_condattr_t monotonic;
    struct timespec until;
    struct flush *flush;
    csc_status status;
    int needed, working, waited = 0;

    if (csc_failed(status = csc_store_wants_flush(engine->store, scope->row.id, &needed))) return status;
    /* what is just coming into the cache is in no row yet */
    pthread_mutex_lock(&engine->lock);
    working = scope->leaving && scope->owner;
    pthread_mutex_unlock(&engine->lock);
    if (!needed && !working) return CSC_OK;
    if (!(flush = calloc(1, sizeof(*flush)))) return CSC_E_OUT_OF_MEMORY;
    csc_scope_addref(scope);
    flush->scope = scope;
    flush->refs = 2;
    pthread_mutex_init(&flush->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&flush->done_cond, &monotonic);
    pthread_condattr_destroy(&monotonic);

    if (csc_failed(status = csc_helper_start(engine, flush_main, flush)))
    {
        flush->refs = 1;
        flush_release(flush);
        return status;
    }

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += limit / 1000;
    until.tv_nsec += (long)(limit % 1000) * CSC_NS_PER_MS;
    if (until.tv_nsec >= CSC_NS_PER_S) until.tv_nsec -= CSC_NS_PER_S, until.tv_sec++;
    pthread_mutex_lock(&flush->lock);
    while (!flush->done && waited != ETIMEDOUT) waited = pthread_cond_timedwait(&flush->done_cond, &flush->lock, &until);
    status = flush->done ? flush->status : CSC_E_TIMEOUT;
    pthread_mutex_unlock(&flush->lock);
    flush_release(flush);
    return status;
}

/* -- while nobody waits -- */

struct quiet_flush
{
    struct csc_engine *engine;
    struct csc_scope **scopes;       /* each with a reference */
    size_t count;
};

static void quiet_free(struct quiet_flush *quiet)
{
    while (quiet->count) csc_scope_release(quiet->scopes[--quiet->count]);
    free(quiet->scopes);
    free(quiet);
}

/* Nobody does anything, or has done lately. */
static int is_quiet(struct csc_engine *engine)
{
    int64_t now = engine->clock->monotonic(engine->clock);
    int quiet;

    pthread_mutex_lock(&engine->lock);
    quiet = !engine->ops && !engine->closing && now - engine->worked >= QUIET;
    pthread_mutex_unlock(&engine->lock);
    return quiet;
}

static void *quiet_main(void *context)
{
    struct quiet_flush *quiet = context;
    struct csc_engine *engine = quiet->engine;
    csc_status status = flush_now(engine, quiet->scopes, quiet->count);

    /* the store holds up whoever wants it meanwhile; without this, a power loss only costs fetching again */
    if (!csc_failed(status) && is_quiet(engine)) status = csc_store_commit(engine->store, 1);
    if (csc_failed(status)) csc_trace(engine, "cannot flush in the background: %08x", (unsigned)status);
    quiet_free(quiet);
    pthread_mutex_lock(&engine->lock);
    engine->flushing = 0;
    pthread_mutex_unlock(&engine->lock);
    csc_helper_end(engine);
    return NULL;
}

void csc_flush_tick(struct csc_engine *engine, int64_t now)
{
    struct quiet_flush *quiet;
    size_t count = 0, i;
    int due, wanted;

    if (!is_quiet(engine)) return;
    pthread_mutex_lock(&engine->lock);
    due = now >= engine->next_flush && !engine->flushing;
    if (due) engine->next_flush = now + FLUSH_EVERY;
    pthread_mutex_unlock(&engine->lock);
    if (!due || !(quiet = calloc(1, sizeof(*quiet)))) return;

    quiet->engine = engine;
    if (!csc_failed(csc_scopes_of_server(engine, NULL, &quiet->scopes, &count)))
        for (i = 0; i < count; i++)
        {
            if (!csc_failed(csc_store_wants_flush(engine->store, quiet->scopes[i]->row.id, &wanted)) && wanted)
                quiet->scopes[quiet->count++] = quiet->scopes[i];
            else csc_scope_release(quiet->scopes[i]);
        }
    if (quiet->count)
    {
        pthread_mutex_lock(&engine->lock);
        engine->flushing = 1;
        pthread_mutex_unlock(&engine->lock);
        if (!csc_failed(csc_helper_start(engine, quiet_main, quiet))) return;
        pthread_mutex_lock(&engine->lock);
        engine->flushing = 0;
        pthread_mutex_unlock(&engine->lock);
    }
    quiet_free(quiet);
}
