/*
 * Slow-link mode
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A share whose link is slow goes offline, after it was synchronized: nobody's latest work may seem to vanish.  From
 * then on it is synchronized in the background, and comes back when the link is better.
 */

#include <stdlib.h>

#include "background.h"
#include "scope.h"

#define SLOW  OFFLINEFILES_OFFLINE_REASON_CONNECTION_SLOW
#define ERROR_REASON OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR
/* between two attempts to change the mode */
#define RETRY (60 * CSC_NS_PER_S)
/* so many failed probes in a row mean that the server of a slow link is gone */
#define LOST_AFTER 2

csc_status csc_set_slow_links(struct csc_engine *engine, const char *const *patterns, const char *const *parameters,
                              size_t count)
{
    struct csc_slow_policy policy = { calloc(count + 1, sizeof(*policy.rules)), 0 }, old;
    struct csc_slow_rule rule;
    struct csc_scope *scope;
    size_t i;

    if (!policy.rules) return CSC_E_OUT_OF_MEMORY;
    for (i = 0; i < count; i++)
    {
        if (!csc_slow_rule_parse(patterns[i], parameters[i], &rule)) policy.rules[policy.count++] = rule;
        else csc_trace(engine, "slow links: %s = %s is left out", patterns[i], parameters[i]);
    }
    pthread_mutex_lock(&engine->lock);
    old = engine->slow_links;
    engine->slow_links = policy;
    for (scope = engine->scopes; scope; scope = scope->next) scope->next_slow = 0;
    engine->monitor_wanted = 1;
    pthread_cond_signal(&engine->tick);
    pthread_mutex_unlock(&engine->lock);
    csc_slow_policy_free(&old);
    return CSC_OK;
}

/* Engine locked. */
static enum csc_link_speed speed_of(struct csc_scope *scope, const char *key, int64_t now)
{
    return csc_link_judge(csc_slow_rule_find(&scope->engine->slow_links, key), &scope->quality,
                          scope->row.offline && scope->row.reason == SLOW, now);
}

/* What the transfers since the last look tell. */
static void look_at_throughput(struct csc_scope *scope, int64_t now)
{
    uint64_t bits = csc_guard_throughput(scope->origin_fs);

    if (!bits) return;
    pthread_mutex_lock(&scope->engine->lock);
    scope->quality.throughput = bits;
    scope->quality.throughput_time = now;
    pthread_mutex_unlock(&scope->engine->lock);
}

void csc_slow_tick(struct csc_scope *scope, int64_t now)
{
    enum { STAY, GO_OFFLINE, COME_BACK, LOST, FOUND } change = STAY;
    struct csc_engine *engine = scope->engine;
    enum csc_link_speed speed;
    char *name, *key;

    look_at_throughput(scope, now);
    if (!(name = csc_scope_name(scope))) return;
    if (csc_name_key(name, &key)) key = NULL;
    free(name);
    if (!key) return;

    pthread_mutex_lock(&engine->lock);
    speed = speed_of(scope, key, now);
    if (speed == CSC_LINK_FAST) scope->slow_waived = 0;
    if (!scope->removed && !scope->owner && !scope->failure && !engine->closing)
    {
        if (!scope->row.offline)
        {
            if (speed == CSC_LINK_SLOW && scope->reachable && !scope->slow_waived && now >= scope->next_slow) change = GO_OFFLINE;
        }
        else if (scope->row.reason == SLOW)
        {
            if (!scope->reachable && scope->probe_failures >= LOST_AFTER) change = LOST;
            else if (speed == CSC_LINK_FAST && scope->reachable && now >= scope->next_slow) change = COME_BACK;
        }
        else if (scope->row.reason == ERROR_REASON && speed == CSC_LINK_SLOW && scope->reachable) change = FOUND;
    }
    if (change == GO_OFFLINE || change == COME_BACK) scope->next_slow = now + RETRY;
    /* what was changed while the server was away does not wait for a whole period */
    if (change == FOUND) scope->schedule.last = 0;
    pthread_mutex_unlock(&engine->lock);
    free(key);

    switch (change)
    {
    case STAY: return;
    case GO_OFFLINE: csc_scope_run_op(scope, CSC_OP_ONLINE, 0, CSC_AUTO_SLOW); return;
    case COME_BACK: csc_scope_run_op(scope, CSC_OP_ONLINE, 0, CSC_AUTO_NONE); return;
    case LOST: csc_scope_change_reason(scope, SLOW, ERROR_REASON); return;
    case FOUND: csc_scope_change_reason(scope, ERROR_REASON, SLOW); return;
    }
}

csc_status csc_slow_run(struct csc_op *op, struct csc_scope *scope)
{
    const uint32_t both = OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT |
                          OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE | OFFLINEFILES_SYNC_CONTROL_FLAG_SKIPSUSPENDEDDIRS;
    int cached, prevented;
    csc_status status;

    if (csc_scope_is_offline(scope)) return CSC_OK;
    /* an empty cache would help nobody */
    if (csc_failed(status = csc_scope_has_content(scope, &cached)) || !cached) return status;
    if (csc_failed(status = csc_sync_scope(op, scope, both, 0))) return status;
    if (csc_op_stopping(op)) return csc_op_stop_status(op);
    if (csc_failed(status = csc_scope_find_uncached(scope, &prevented)) || prevented) return status;
    if (csc_failed(status = csc_scope_take_offline(scope, SLOW))) return status;
    /* what programs saved on the server between the two */
    return csc_sync_scope(op, scope, both, 0);
}
