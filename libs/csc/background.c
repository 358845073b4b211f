/*
 * Synchronization in the background
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * schedule.c says when; here the monitor starts what is due, and what any operation left undone brings the next
 * attempt forward.  Such an operation gives way: to programs by the flag BACKGROUND, to an operation of a client by ending
 * (csc_op_own_scope).
 */

#include <time.h>

#include "background.h"
#include "news.h"
#include "scope.h"
#include "silence.h"

#define BOTH (OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT)

/* Anything will do that differs from share to share and from time to time. */
static uint32_t draw(const struct csc_scope *scope, int64_t now)
{
    return (uint32_t)((((uint64_t)now ^ (uint64_t)scope->row.id << 40) * 0x9e3779b97f4a7c15u) >> 32);
}

void csc_background_init(struct csc_scope *scope)
{
    int64_t now = scope->engine->clock->now(scope->engine->clock);

    scope->schedule.last = scope->row.last_sync ? scope->row.last_sync : now;
    /* what is overdue does not begin in the very moment when programs start */
    scope->schedule.tried = now;
    scope->schedule.chance = draw(scope, now);
}

/* Engine locked. */
static enum csc_background_mode mode_of(const struct csc_scope *scope)
{
    if (scope->removed || scope->failure || !scope->reachable) return CSC_BACKGROUND_NEVER;
    if (!scope->row.offline) return CSC_BACKGROUND_ONLINE;
    switch (scope->row.reason)
    {
    case OFFLINEFILES_OFFLINE_REASON_CONNECTION_SLOW: return CSC_BACKGROUND_SLOW;
    case OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED: return CSC_BACKGROUND_FORCED;
    }
    return CSC_BACKGROUND_NEVER;
}

static int64_t utc_offset(int64_t now)
{
    time_t seconds = now / CSC_NS_PER_S;
    struct tm local;

    return localtime_r(&seconds, &local) ? local.tm_gmtoff * CSC_NS_PER_S : 0;
}

void csc_background_tick(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;
    int64_t now = engine->clock->now(engine->clock), offset = utc_offset(now);
    struct csc_usage usage;
    int due;

    pthread_mutex_lock(&engine->lock);
    due = !scope->automatic && !engine->closing &&
          csc_schedule_next(&scope->schedule, mode_of(scope), &engine->background,
                            (int64_t)engine->config.online_sync_interval * CSC_NS_PER_MS, now, offset) <= now &&
          csc_scope_free_for(scope, engine->clock->monotonic(engine->clock));
    if (due) scope->automatic = 1;
    pthread_mutex_unlock(&engine->lock);
    if (!due) return;

    if (!csc_failed(csc_store_usage(engine->store, scope->row.id, &usage)) && usage.items)
    {
        csc_news_tell(engine->news, OFFLINEFILES_EVENT_BACKGROUNDSYNCBEGIN, BOTH);                  /* Q105 */
        if (!csc_failed(csc_scope_run_op(scope, CSC_OP_SYNC, BOTH | OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE |
                                         OFFLINEFILES_SYNC_CONTROL_FLAG_SKIPSUSPENDEDDIRS |
                                         OFFLINEFILES_SYNC_CONTROL_FLAG_BACKGROUND, CSC_AUTO_SYNC)))
            return;
        csc_news_tell(engine->news, OFFLINEFILES_EVENT_BACKGROUNDSYNCEND, BOTH);
    }
    /* nothing in the cache, or no memory or thread to be had */
    pthread_mutex_lock(&engine->lock);
    scope->automatic = 0;
    scope->schedule.tried = now;
    pthread_mutex_unlock(&engine->lock);
}

/* Both directions of everything in the share. */
static int is_complete(const struct csc_op *op)
{
    if (op->kind == CSC_OP_ONLINE) return 1;
    return op->kind == CSC_OP_SYNC && (op->flags & BOTH) == BOTH && !op->paths[0].count;
}

void csc_background_ended(struct csc_op *op)
{
    struct csc_engine *engine = op->engine;
    struct csc_schedule *schedule;
    struct csc_scope *scope;
    csc_status status;
    int64_t now;
    int retry;

    if (op->automatic == CSC_AUTO_SYNC) csc_news_tell(engine->news, OFFLINEFILES_EVENT_BACKGROUNDSYNCEND, BOTH);
    pthread_mutex_lock(&op->lock);
    scope = op->scope;
    status = op->end_status;
    retry = op->retry;
    pthread_mutex_unlock(&op->lock);
    if (!scope)
    {
        /* it was cut off before it had the share */
        if (op->automatic != CSC_AUTO_SYNC || csc_failed(csc_scope_find(engine, &op->paths[0], &scope))) return;
    }
    else csc_scope_addref(scope);

    now = engine->clock->now(engine->clock);
    pthread_mutex_lock(&engine->lock);
    schedule = &scope->schedule;
    if (op->automatic == CSC_AUTO_SYNC) scope->automatic = 0;
    if (is_complete(op) && (!csc_failed(status) || status == CSC_E_MORE_DATA))
    {
        schedule->last = now;
        schedule->tried = 0;
        schedule->failures = retry ? schedule->failures + 1 : 0;
        schedule->chance = draw(scope, now);
    }
    else if (op->automatic == CSC_AUTO_SYNC)
    {
        schedule->tried = now;
        if (status != CSC_E_CANCELLED) schedule->failures++;
    }
    else if (retry && (op->kind == CSC_OP_SYNC || op->kind == CSC_OP_ONLINE) && op->automatic != CSC_AUTO_FILL)
    {
        /* what a client's call could not send or fetch is not left to the client */
        schedule->tried = now;
        if (!schedule->failures) schedule->failures = 1;
    }
    pthread_mutex_unlock(&engine->lock);
    csc_scope_release(scope);
}

void csc_set_background_policy(struct csc_engine *engine, const struct csc_background_policy *policy)
{
    struct csc_background_policy checked = *policy;

    csc_background_check(&checked);
    pthread_mutex_lock(&engine->lock);
    engine->background = checked;
    pthread_mutex_unlock(&engine->lock);
}
