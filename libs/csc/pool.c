/*
 * The workers of a scope
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Threads are started when there is work for them, up to a limit that follows the origin (width.h).  One whose origin
 * call hangs does not count any more: another may take its place, and it leaves by itself when the call returns.
 */

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "scope.h"
#include "watch.h"

/* Tasks of one lane that run at a time: while one of them is at it, others do what does not need it. */
#define LANE 4
/* s that more workers than usual stay without a task: starting one costs more than keeping it for a while */
#define LINGER 2

struct csc_pool
{
    struct csc_engine *engine;
    unsigned timeout;                  /* ms */
    pthread_mutex_t lock;
    pthread_cond_t  work;              /* a task came, or closing */
    pthread_cond_t  left;              /* a worker ended or was abandoned */
    struct csc_task *head, **tail;
    unsigned queued;
    struct csc_width width;            /* threads that there may be */
    unsigned live, idle, running;      /* threads not abandoned; of these, waiting for a task, and with one */
    unsigned waking;                   /* of the idle, those that were told that there is a task */
    struct worker *workers;            /* those that are not abandoned */
    unsigned heavy;                    /* heavy tasks that they run */
    unsigned refs;                     /* all threads and the owner */
    int closing;
};

struct worker
{
    struct csc_watch watch;
    struct csc_pool *pool;
    struct csc_calls calls;            /* its own; what it has not told yet */
    int64_t told;                      /* monotonic ns */
    /* pool->lock */
    struct worker *prev, *next;
    struct csc_task *task;             /* what it runs */
    int heavy;
    const void *lane;
};

static _Thread_local struct csc_pool *current_pool;
static _Thread_local struct worker *current_worker;

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

/* -- which task is next; all with the lock -- */

static void list_worker(struct csc_pool *pool, struct worker *worker)
{
    worker->prev = NULL;
    if ((worker->next = pool->workers)) worker->next->prev = worker;
    pool->workers = worker;
    pool->live++;
}

static void unlist_worker(struct csc_pool *pool, struct worker *worker)
{
    if (worker->prev) worker->prev->next = worker->next;
    else pool->workers = worker->next;
    if (worker->next) worker->next->prev = worker->prev;
    pool->live--;
}

static int is_crowded(struct csc_pool *pool, const void *lane)
{
    struct worker *worker;
    unsigned count = 0;

    for (worker = pool->workers; worker && count < LANE; worker = worker->next)
        if (worker->lane == lane) count++;
    return count == LANE;
}

/* The first task, or where there are more workers than usual the first that does not get in the way of those that run.
 * One that has to wait is seen again by who runs what it waits for. */
static struct csc_task *next_task(struct csc_pool *pool)
{
    int wide = pool->live > pool->width.base;
    const void *crowded = NULL;
    struct csc_task *task, **link;

    if (pool->running >= pool->width.now) return NULL;
    for (link = &pool->head; (task = *link); link = &task->next)
    {
        if (!wide) return task;
        if (task->heavy && pool->heavy >= pool->width.base) continue;
        if (!task->lane) return task;
        if (task->lane == crowded) continue;
        if (!is_crowded(pool, task->lane)) return task;
        crowded = task->lane;
    }
    return NULL;
}

static void take_task(struct csc_pool *pool, struct worker *worker, struct csc_task *task)
{
    struct csc_task **link;

    for (link = &pool->head; *link != task; link = &(*link)->next) {}
    if (!(*link = task->next)) pool->tail = link;
    task->next = NULL;
    pool->queued--;
    pool->running++;
    worker->task = task;
    worker->lane = task->lane;
    if ((worker->heavy = task->heavy)) pool->heavy++;
}

static void leave_task(struct csc_pool *pool, struct worker *worker)
{
    if (worker->heavy) pool->heavy--;
    pool->running--;
    worker->heavy = 0;
    worker->lane = NULL;
    worker->task = NULL;
}

/* -- how many there are; all with the lock -- */

/* There may be more of them than before. */
static void start_workers(struct csc_pool *pool)
{
    unsigned wanted = pool->queued > pool->idle ? pool->queued - pool->idle : 0;

    if (pool->idle) pthread_cond_broadcast(&pool->work);
    /* a failure is no harm while others live */
    while (wanted-- && pool->live < pool->width.now) if (csc_failed(start_worker(pool))) break;
}

/* What the worker saw of the origin.  Called by itself. */
static void tell(struct csc_pool *pool, struct worker *worker)
{
    int64_t now = pool->engine->clock->monotonic(pool->engine->clock);
    unsigned before = pool->width.now;

    csc_width_tell(&pool->width, &worker->calls, now - worker->told - worker->calls.waited, pool->running >= before);
    worker->told = now;
    if (pool->head && pool->width.now > before) start_workers(pool);
}

/* One more idle worker is to come.  One at a time: who comes and finds that there is more to do than it can take wakes the
 * next, so that nobody is woken for what those at work will have done until then. */
static int should_wake(struct csc_pool *pool)
{
    if (!pool->idle || pool->waking || !pool->head) return 0;
    pool->waking++;
    return 1;
}

/* Waits for something to do.  0: it has been too long for one of more workers than usual. */
static int wait_for_task(struct csc_pool *pool)
{
    struct timespec until;
    int waited = 0;

    pool->idle++;
    if (pool->live > pool->width.base)
    {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += LINGER;
        waited = pthread_cond_timedwait(&pool->work, &pool->lock, &until);
    }
    else pthread_cond_wait(&pool->work, &pool->lock);
    pool->idle--;
    if (pool->waking) pool->waking--;
    return waited != ETIMEDOUT || pool->live <= pool->width.base;
}

static void worker_hung(struct csc_watch *watch)
{
    struct worker *worker = (struct worker *)((char *)watch - offsetof(struct worker, watch));
    struct csc_pool *pool = worker->pool;
    struct csc_task *task;

    pthread_mutex_lock(&pool->lock);
    task = worker->task;
    leave_task(pool, worker);
    unlist_worker(pool, worker);
    /* those that let the task wait for this one look again */
    if (pool->idle) pthread_cond_broadcast(&pool->work);
    else if (pool->head) start_worker(pool);
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
    int abandoned = 0, wake;

    current_pool = pool;
    current_worker = worker;
    csc_watch_register(engine, &worker->watch);

    pthread_mutex_lock(&pool->lock);
    for (;;)
    {
        while (!(task = next_task(pool)) && !(pool->closing && !pool->head) && wait_for_task(pool)) {}
        if (!task) break;
        take_task(pool, worker, task);
        wake = should_wake(pool);
        pthread_mutex_unlock(&pool->lock);
        if (wake) pthread_cond_signal(&pool->work);
        if (worker->watch.calls) worker->told = engine->clock->monotonic(engine->clock);

        task->run(task);

        abandoned = csc_watch_lost(engine);
        pthread_mutex_lock(&pool->lock);
        if (abandoned) break;
        if (worker->watch.calls) tell(pool, worker);
        leave_task(pool, worker);
    }
    if (!abandoned)
    {
        unlist_worker(pool, worker);
        if (pool->head) pthread_cond_broadcast(&pool->work);
    }
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
    if (csc_width_adapts(&pool->width)) worker->watch.calls = &worker->calls;
    pool->refs++;
    list_worker(pool, worker);
    if (!csc_failed(status = csc_thread_start(worker_main, worker))) return CSC_OK;
    pool->refs--;
    unlist_worker(pool, worker);
    free(worker);
    return status;
}

csc_status csc_pool_create(struct csc_scope *scope, unsigned threads, unsigned most, struct csc_pool **ret)
{
    struct csc_pool *pool = calloc(1, sizeof(*pool));
    csc_status status;

    if (!pool) return CSC_E_OUT_OF_MEMORY;
    pool->engine = scope->engine;
    pool->timeout = scope->engine->config.origin_timeout;
    csc_width_init(&pool->width, threads, most, (int64_t)pool->timeout * CSC_NS_PER_MS);
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
    int wake;

    task->next = NULL;
    pthread_mutex_lock(&pool->lock);
    *pool->tail = task;
    pool->tail = &task->next;
    pool->queued++;
    wake = should_wake(pool);
    if (!pool->idle || task != pool->head)
        if (pool->live < pool->width.now) start_worker(pool);   /* a failure is no harm while others live */
    pthread_mutex_unlock(&pool->lock);
    if (wake) pthread_cond_signal(&pool->work);
}

unsigned csc_pool_width(struct csc_pool *pool)
{
    unsigned now;

    pthread_mutex_lock(&pool->lock);
    now = pool->width.now;
    pthread_mutex_unlock(&pool->lock);
    return now;
}

unsigned csc_pool_share(struct csc_pool *pool, unsigned least, unsigned most)
{
    unsigned share;

    pthread_mutex_lock(&pool->lock);
    if (current_pool == pool && current_worker->watch.calls) tell(pool, current_worker);
    share = csc_width_share(&pool->width, least, most);
    pthread_mutex_unlock(&pool->lock);
    return share;
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
