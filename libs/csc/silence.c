/*
 * Operations whose clients do not answer
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>

#include "log.h"
#include "scope.h"
#include "silence.h"
#include "work.h"

/* How long who comes back later counts as waiting: some turns of the monitor. */
#define WANTED_FOR (2 * CSC_NS_PER_S)

int csc_scope_free_for(struct csc_scope *scope, int64_t now)
{
    if (!scope->owner) return 1;
    scope->wanted = now;
    return 0;
}

/* Something waits for the client: an event that it has not taken, or a question.  op->lock held. */
static int waits_for_client(struct csc_op *op)
{
    if (op->detached || !op->started || op->ended || csc_op_stopping(op)) return 0;
    return op->events.size || op->asked;
}

void csc_op_heard(struct csc_op *op, int answered)
{
    if (answered || !waits_for_client(op)) op->heard = op->engine->clock->monotonic(op->engine->clock);
}

/* Whether the owner of a scope is to go.  engine->lock held. */
static int is_hung(struct csc_scope *scope, int64_t now)
{
    struct csc_engine *engine = scope->engine;
    struct csc_op *op = scope->owner;
    int wanted = scope->waiters || (scope->wanted && now - scope->wanted < WANTED_FOR), hung = 0;

    if (!op) return 0;
    pthread_mutex_lock(&op->lock);
    if (!waits_for_client(op)) op->heard = now;
    else hung = wanted && now - op->heard >= engine->config.answer_timeout * CSC_NS_PER_MS;
    pthread_mutex_unlock(&op->lock);
    return hung;
}

static void end(struct csc_scope *scope, struct csc_op *op)
{
    char reason[160];

    snprintf(reason, sizeof(reason), "Its program has not answered for %u s, and others want the share.",
             scope->engine->config.answer_timeout / 1000);
    csc_log_scope(scope, "end an operation", CSC_E_CANCELLED, reason);
    csc_op_stop(op, CSC_E_CANCELLED);
}

void csc_silence_tick(struct csc_engine *engine, int64_t now)
{
    struct csc_scope *scope;
    struct csc_op *op;

    do
    {
        pthread_mutex_lock(&engine->lock);
        for (scope = engine->scopes; scope && !is_hung(scope, now); scope = scope->next) ;
        op = scope ? scope->owner : NULL;
        if (op)
        {
            csc_op_addref(op);
            csc_scope_addref(scope);
        }
        pthread_mutex_unlock(&engine->lock);
        if (!op) return;
        end(scope, op);
        csc_scope_release(scope);
        csc_op_release(op);
    }
    while (1);
}
