/*
 * The watch over origin calls
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A thread notes the time in its watch before an origin call and clears it after.  The monitor claims a
 * watch by exchanging that time for CLAIMED: either the thread left the call first and is not
 * abandoned, or it learns that it was when it leaves.  A thread outside of origin calls is never abandoned
 * by the monitor, so what it does between two calls is not disturbed.
 */

#include <time.h>

#include "watch.h"

#define CLAIMED (-1)

static _Thread_local struct csc_watch *current;

struct csc_watch *csc_watch_current(void)
{
    return current;
}

void csc_watch_register(struct csc_engine *engine, struct csc_watch *watch)
{
    atomic_store(&watch->since, 0);
    atomic_store(&watch->abandoned, 0);

    pthread_mutex_lock(&engine->lock);
    watch->prev = NULL;
    watch->next = engine->watches;
    if (watch->next) watch->next->prev = watch;
    engine->watches = watch;
    pthread_mutex_unlock(&engine->lock);

    current = watch;
}

void csc_watch_unregister(struct csc_engine *engine, struct csc_watch *watch)
{
    csc_watch_lost(engine);
    current = NULL;

    pthread_mutex_lock(&engine->lock);
    if (atomic_load(&watch->abandoned)) engine->stuck--;
    if (watch->prev) watch->prev->next = watch->next;
    else engine->watches = watch->next;
    if (watch->next) watch->next->prev = watch->prev;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
}

int csc_watch_enter(struct csc_watch *watch, int64_t now, int64_t extra)
{
    int_fast64_t outside = 0;

    if (atomic_load(&watch->abandoned)) return 0;
    watch->entered = now;
    if (now + extra <= 0) extra = 1 - now;
    return atomic_compare_exchange_strong(&watch->since, &outside, now + extra);
}

int csc_watch_progress(struct csc_watch *watch, int64_t now)
{
    int_fast64_t since = atomic_load(&watch->since);

    if (since == CLAIMED) return 0;
    return atomic_compare_exchange_strong(&watch->since, &since, now > 0 ? now : 1);
}

int csc_watch_leave(struct csc_watch *watch)
{
    int_fast64_t since = atomic_load(&watch->since);

    return since != CLAIMED && atomic_compare_exchange_strong(&watch->since, &since, 0);
}

int csc_watch_lost(struct csc_engine *engine)
{
    struct csc_watch *watch = current;

    if (!watch) return 0;
    if (atomic_load(&watch->since) != CLAIMED && !atomic_load(&watch->abandoned)) return 0;
    pthread_mutex_lock(&engine->lock);
    while (atomic_load(&watch->abandoned) != 2) pthread_cond_wait(&engine->changed, &engine->lock);
    pthread_mutex_unlock(&engine->lock);
    return 1;
}

void csc_watch_give_up(struct csc_engine *engine, struct csc_watch *watch)
{
    struct csc_watch *registered;

    pthread_mutex_lock(&engine->lock);
    for (registered = engine->watches; registered; registered = registered->next)
        if (registered == watch) break;
    if (registered && !atomic_load(&watch->abandoned))
    {
        atomic_store(&watch->since, CLAIMED);
        atomic_store(&watch->abandoned, 2);
        engine->stuck++;
    }
    pthread_mutex_unlock(&engine->lock);
}

/* The first watch whose call takes too long, claimed; NULL when there is none. */
static struct csc_watch *claim_hung(struct csc_engine *engine, int64_t now)
{
    struct csc_watch *watch;
    int_fast64_t since;

    for (watch = engine->watches; watch; watch = watch->next)
    {
        since = atomic_load(&watch->since);
        if (since <= 0 || atomic_load(&watch->abandoned)) continue;
        if (now - since <= (int64_t)watch->timeout * 1000000) continue;
        if (atomic_compare_exchange_strong(&watch->since, &since, CLAIMED)) return watch;
    }
    return NULL;
}

void csc_watch_check(struct csc_engine *engine)
{
    int64_t now = engine->clock->monotonic(engine->clock);
    struct csc_watch *watch;

    pthread_mutex_lock(&engine->lock);
    while ((watch = claim_hung(engine, now)))
    {
        atomic_store(&watch->abandoned, 1);
        engine->stuck++;
        pthread_mutex_unlock(&engine->lock);

        if (watch->hung) watch->hung(watch);

        pthread_mutex_lock(&engine->lock);
        atomic_store(&watch->abandoned, 2);       /* from here on its thread may free it */
        pthread_cond_broadcast(&engine->changed);
    }
    pthread_mutex_unlock(&engine->lock);
}

void csc_watch_drain(struct csc_engine *engine)
{
    static const struct timespec pause = { 0, 10000000 };
    struct csc_watch *watch;

    for (;;)
    {
        csc_watch_check(engine);

        pthread_mutex_lock(&engine->lock);
        for (watch = engine->watches; watch; watch = watch->next)
            if (!atomic_load(&watch->abandoned)) break;
        pthread_mutex_unlock(&engine->lock);
        if (!watch) return;
        nanosleep(&pause, NULL);
    }
}
