/*
 * Making downloaded content durable
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A flush of the volume may take long; it runs on a thread of its own.
 */

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "scope.h"

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

static csc_status flush_now(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;
    struct csc_dir *dir;
    csc_status status;

    if (csc_failed(status = csc_store_flush_begin(engine->store, scope->row.id))) return status;
    if (csc_failed(status = engine->fs->open_root(engine->fs, engine->namespace_dir, &dir))) return status;
    status = engine->fs->sync_all(engine->fs, dir);
    engine->fs->close_dir(engine->fs, dir);
    /* what could not be checked keeps its mark: it may be damaged, flushed or not */
    if (csc_failed(status) || scope->unchecked) return status;
    return csc_store_flushed(engine->store, scope->row.id);
}

static void *flush_main(void *context)
{
    struct flush *flush = context;
    struct csc_engine *engine = flush->scope->engine;
    csc_status status = flush_now(flush->scope);

    pthread_mutex_lock(&flush->lock);
    flush->status = status;
    flush->done = 1;
    pthread_cond_signal(&flush->done_cond);
    pthread_mutex_unlock(&flush->lock);
    flush_release(flush);
    csc_helper_end(engine);
    return NULL;
}

/* Whether any row waits for a flush. */
static csc_status is_needed(struct csc_scope *scope, int *needed)
{
    struct csc_item_list rows;
    csc_status status = csc_store_unflushed(scope->engine->store, scope->row.id, &rows);

    *needed = 0;
    if (csc_failed(status)) return status;
    *needed = rows.count != 0;
    csc_item_list_free(&rows);
    return CSC_OK;
}

csc_status csc_scope_flush(struct csc_scope *scope, unsigned limit)
{
    struct csc_engine *engine = scope->engine;
    pthread_condattr_t monotonic;
    struct timespec until;
    struct flush *flush;
    csc_status status;
    int needed, waited = 0;

    if (csc_failed(status = is_needed(scope, &needed)) || !needed) return status;
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
