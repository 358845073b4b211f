/*
 * The workers of a scope
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Threads are started when there is work for them, up to the limit.  One whose origin call hangs does not
 * count any more: another may take its place, and it leaves by itself when the call returns.
 */

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "watch.h"

struct csc_pool
{
    struct csc_engine *engine;
    unsigned timeout;                  /* ms */
    pthread_mutex_t lock;
    pthread_cond_t  work;              /* a task came, or closing */
    pthread_cond_t  left;              /* a worker ended or was abandoned */
    struct csc_task *head, **tail;
    unsigned limit;                    /* threads */
    unsigned live, idle;               /* threads not abandoned; of these, without a task */
    unsigned refs;                     /* all threads and the owner */
    int closing;
};

struct worker
{
    struct csc_watch watch;
    struct csc_pool *pool;
    struct csc_task *task;             /* under pool->lock: what it runs */
};

static _Thread_local struct csc_pool *current_pool;

/* Called with the lock, which is gone afterwards. */
static void release_locked(struct csc_pool *pool)
{
    int last = !--pool->refs;

    pthread_mutex_unlock(&pool->lock);
    if (!last) return;
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->left);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static csc_status start_worker(struct csc_pool *pool);

static void worker_hung(struct csc_watch *watch)
{
    struct worker *worker = (struct worker *)((char *)watch - offsetof(struct worker, watch));
    struct csc_pool *pool = worker->pool;
    struct csc_task *task;

    pthread_mutex_lock(&pool->lock);
    task = worker->task;
    worker->task = NULL;
    pool->live--;
    if (pool->head && !pool->idle) start_worker(pool);
    pthread_cond_broadcast(&pool->left);
    pthread_mutex_unlock(&pool->lock);

    if (task && task->abandoned) task->abandoned(task);
}

static void *worker_main(void *context)
{
    struct worker *worker = context;
    struct csc_pool *pool = worker->pool;
    struct csc_engine *engine = pool->engine;
    struct csc_task *task;
    int abandoned = 0;

    current_pool = pool;
    csc_watch_register(engine, &worker->watch);

    pthread_mutex_lock(&pool->lock);
    for (;;)
    {
        while (!pool->head && !pool->closing)
        {
            pool->idle++;
            pthread_cond_wait(&pool->work, &pool->lock);
            pool->idle--;
        }
        if (!pool->head) break;
        task = pool->head;
        if (!(pool->head = task->next)) pool->tail = &pool->head;
        task->next = NULL;
        worker->task = task;
        pthread_mutex_unlock(&pool->lock);

        task->run(task);

        abandoned = csc_watch_lost(engine);
        pthread_mutex_lock(&pool->lock);
        if (abandoned) break;
        worker->task = NULL;
    }
    if (!abandoned) pool->live--;
    pthread_cond_broadcast(&pool->left);
    pthread_mutex_unlock(&pool->lock);

    csc_watch_unregister(engine, &worker->watch);
    pthread_mutex_lock(&pool->lock);
    release_locked(pool);
    free(worker);
    return NULL;
}

/* Called with the lock. */
static csc_status start_worker(struct csc_pool *pool)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    csc_status status;

    if (!worker) return CSC_E_OUT_OF_MEMORY;
    worker->pool = pool;
    worker->watch.timeout = pool->timeout;
    worker->watch.hung = worker_hung;
    pool->refs++;
    pool->live++;
    if (!csc_failed(status = csc_thread_start(worker_main, worker))) return CSC_OK;
    pool->refs--;
    pool->live--;
    free(worker);
    return status;
}

csc_status csc_pool_create(struct csc_scope *scope, unsigned threads, struct csc_pool **ret)
{
    struct csc_pool *pool = calloc(1, sizeof(*pool));
    csc_status status;

    if (!pool) return CSC_E_OUT_OF_MEMORY;
    pool->engine = scope->engine;
    pool->timeout = scope->engine->config.origin_timeout;
    pool->limit = threads ? threads : 1;
    pool->tail = &pool->head;
    pool->refs = 1;
    if (pthread_mutex_init(&pool->lock, NULL))
    {
        free(pool);
        return CSC_E_OUT_OF_MEMORY;
    }
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->left, NULL);

    /* one thread from the start: later on there is nobody to tell that none could be made */
    pthread_mutex_lock(&pool->lock);
    status = start_worker(pool);
    if (csc_failed(status))
    {
        release_locked(pool);
        return status;
    }
    pthread_mutex_unlock(&pool->lock);
    *ret = pool;
    return CSC_OK;
}

void csc_pool_destroy(struct csc_pool *pool)
{
    struct timespec until;

    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = 1;
    pthread_cond_broadcast(&pool->work);
    /* the last reference to a scope may be dropped on one of its own workers, which cannot wait for itself */
    while (pool->live && current_pool != pool)
    {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 50000000;
        if (until.tv_nsec >= 1000000000) until.tv_nsec -= 1000000000, until.tv_sec++;
        pthread_cond_timedwait(&pool->left, &pool->lock, &until);
        pthread_mutex_unlock(&pool->lock);
        csc_watch_check(pool->engine);
        pthread_mutex_lock(&pool->lock);
    }
    release_locked(pool);
}

void csc_pool_submit(struct csc_pool *pool, struct csc_task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&pool->lock);
    *pool->tail = task;
    pool->tail = &task->next;
    if (pool->idle) pthread_cond_signal(&pool->work);
    if (!pool->idle || task != pool->head)
        if (pool->live < pool->limit) start_worker(pool);   /* a failure is no harm while others live */
    pthread_mutex_unlock(&pool->lock);
}

/* -- a single call on a thread of its own -- */

struct call
{
    struct csc_watch watch;
    struct csc_scope *scope;
    csc_status (*fn)(struct csc_scope *scope, void *context);
    void (*release)(void *context);
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t  done_cond;
    int done, refs;
    csc_status status;
};

static void call_release(struct call *call)
{
    int last;

    pthread_mutex_lock(&call->lock);
    last = !--call->refs;
    pthread_mutex_unlock(&call->lock);
    if (!last) return;
    if (call->release) call->release(call->context);
    csc_scope_release(call->scope);
    pthread_cond_destroy(&call->done_cond);
    pthread_mutex_destroy(&call->lock);
    free(call);
}

static void *call_main(void *context)
{
    struct call *call = context;
    csc_status status = CSC_E_TIMEOUT;
    int late;

    csc_watch_register(call->scope->engine, &call->watch);
    pthread_mutex_lock(&call->lock);
    late = call->refs == 1;
    pthread_mutex_unlock(&call->lock);

    if (!late) status = call->fn(call->scope, call->context);

    pthread_mutex_lock(&call->lock);
    call->status = status;
    call->done = 1;
    pthread_cond_signal(&call->done_cond);
    pthread_mutex_unlock(&call->lock);

    csc_watch_unregister(call->scope->engine, &call->watch);
    call_release(call);
    return NULL;
}

csc_status csc_scope_call(struct csc_scope *scope, csc_status (*fn)(struct csc_scope *scope, void *context),
                          void *context, void (*release)(void *context), unsigned timeout)
{
    struct call *call = calloc(1, sizeof(*call));
    pthread_condattr_t monotonic;
    struct timespec until;
    csc_status status;
    int done, waited = 0;

    if (!call)
    {
        if (release) release(context);
        return CSC_E_OUT_OF_MEMORY;
    }
    call->watch.timeout = timeout;
    call->fn = fn;
    call->context = context;
    call->release = release;
    call->refs = 2;
    call->scope = scope;
    csc_scope_addref(scope);
    pthread_mutex_init(&call->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&call->done_cond, &monotonic);
    pthread_condattr_destroy(&monotonic);

    if (csc_failed(status = csc_thread_start(call_main, call)))
    {
        call->refs = 1;
        call_release(call);
        return status;
    }

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout / 1000;
    until.tv_nsec += (long)(timeout % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) until.tv_nsec -= 1000000000, until.tv_sec++;
    pthread_mutex_lock(&call->lock);
    while (!call->done && waited != ETIMEDOUT) waited = pthread_cond_timedwait(&call->done_cond, &call->lock, &until);
    done = call->done;
    status = done ? call->status : CSC_E_TIMEOUT;
    pthread_mutex_unlock(&call->lock);
    if (!done) csc_watch_give_up(scope->engine, &call->watch);
    call_release(call);
    return status;
}
