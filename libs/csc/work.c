/*
 * The window of works in flight
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "news.h"
#include "watch.h"
#include "work.h"

static struct csc_work *work_from_task(struct csc_task *task)
{
    return (struct csc_work *)((char *)task - offsetof(struct csc_work, task));
}

static int asks_items(const struct csc_op *op)
{
    return (op->ask & CSC_OP_ASK_ITEMS) != 0;
}

void csc_work_addref(struct csc_work *work)
{
    atomic_fetch_add(&work->refs, 1);
}

void csc_work_release(struct csc_work *work)
{
    struct csc_scope *scope;
    struct csc_op *op;

    if (atomic_fetch_sub(&work->refs, 1) != 1) return;
    scope = work->scope;
    op = work->op;
    free(work->new_name);
    work->destroy(work);
    if (scope) csc_scope_release(scope);
    csc_op_release(op);
}

static void post(struct csc_work *work, uint32_t kind)
{
    char *path = work->path(work);
    csc_status status = CSC_E_OUT_OF_MEMORY;

    if (path)
        status = csc_event_post(work->op, kind, work->token, kind == CSC_EVENT_ITEM_RESULT ? work->result : CSC_OK,
                                atomic_load(&work->operation), work, path);
    free(path);
    if (csc_failed(status)) csc_op_stop_locked(work->op, status);
}

/* Posts an event whose answer nobody waits for. */
static void tell(struct csc_work *work, uint32_t kind)
{
    work->token = ++work->op->next_token;
    post(work, kind);
}

/* Posts an event and waits for its answer.  When it cannot be posted the operation stops, and the work with it. */
static void ask(struct csc_work *work, uint32_t kind, enum csc_work_state state)
{
    struct csc_op *op = work->op;
    struct csc_work **head;

    work->token = ++op->next_token;
    work->state = state;
    head = &op->by_token[work->token % CSC_OP_TOKENS];
    work->token_next = *head;
    *head = work;
    op->asked++;
    post(work, kind);
}

/* It does not wait for an answer any more. */
static void end_asking(struct csc_work *work)
{
    struct csc_work **link = &work->op->by_token[work->token % CSC_OP_TOKENS];

    while (*link != work) link = &(*link)->token_next;
    *link = work->token_next;
    work->op->asked--;
}

/* Out of the window; drops its reference.  op->lock held, so nobody's last one may be dropped here: the
 * operation's stays with who holds the lock. */
static void leave_window(struct csc_work *work)
{
    struct csc_op *op = work->op;

    if (work->prev) work->prev->next = work->next;
    else op->works = work->next;
    if (work->next) work->next->prev = work->prev;
    work->prev = NULL;
    work->next = op->dropped;
    op->dropped = work;
    op->in_flight--;
    work->state = CSC_WORK_SETTLED;
    if (op->in_flight <= op->wake_at) pthread_cond_broadcast(&op->wake);
    csc_op_poke_pull(op);
}

/* op->lock held. */
static void tell_result(struct csc_work *work)
{
    struct csc_op *op = work->op;
    struct csc_news_event told = { .event = OFFLINEFILES_EVENT_SYNCFILERESULT, .status = work->result, .sync_id = op->sync_id };
    char *path;

    if (!op->announced || !csc_news_wanted(op->engine->news) || !(path = work->path(work))) return;
    told.path = path;
    csc_news_post(op->engine->news, &told);
    free(path);
}

static void settle(struct csc_work *work)
{
    struct csc_op *op = work->op;

    if (work->counted && !op->ended) tell_result(work);

    if (work->counted) op->totals.items_done++;
    if (csc_failed(work->result))
    {
        op->totals.items_failed++;
        if (!op->failed) op->failed = work->result;
        if (csc_schedule_is_worth_retry(work->result)) op->retry = 1;
    }
    if (work->named) op->named_result = work->result;
    if (work->settled) work->settled(work);
    leave_window(work);
}

static void begin(struct csc_work *work);

/* The outcome stands in work->result. */
static void finish(struct csc_work *work)
{
    struct csc_op *op = work->op;

    if (asks_items(op) && !op->ended && (work->begun || !work->quiet))
    {
        if (!csc_op_stopping(op))
        {
            ask(work, CSC_EVENT_ITEM_RESULT, CSC_WORK_RESULT);
            return;
        }
        tell(work, CSC_EVENT_ITEM_RESULT);
    }
    settle(work);
}

static void hung(struct csc_task *task)
{
    struct csc_work *work = work_from_task(task);
    struct csc_op *op = work->op;
    struct csc_scope *scope = work->scope;

    csc_op_addref(op);
    csc_scope_addref(scope);
    pthread_mutex_lock(&op->lock);
    csc_op_stop_locked(op, CSC_E_TIMEOUT);       /* before the planner finds that nothing is in flight */
    work->result = CSC_E_TIMEOUT;
    if (asks_items(op) && !op->ended && work->begun) tell(work, CSC_EVENT_ITEM_RESULT);
    settle(work);
    pthread_mutex_unlock(&op->lock);

    csc_op_task_hung(op, scope);
    csc_op_drop_works(op);
    csc_scope_release(scope);
    csc_op_release(op);
}

static void log_outcome(struct csc_work *work, csc_status status)
{
    char *path;

    if (!work->log && !csc_failed(status)) return;
    if (status == CSC_E_CANCELLED) return;
    if (!(path = work->path(work))) return;
    csc_log_item(work->op->engine, work->log, path, status);
    free(path);
}

static void run(struct csc_task *task)
{
    struct csc_work *work = work_from_task(task);
    struct csc_op *op = work->op;
    csc_status status = CSC_E_CANCELLED;
    int begun, dropped;

    csc_op_addref(op);
    if ((begun = csc_op_task_begin(op)))
    {
        csc_store_forget_changes(op->engine->store);
        if (work->evictions != atomic_load(&op->evictions)) work->stale = 1;
        status = work->run(work);
        if (csc_watch_lost(op->engine))
        {
            csc_work_release(work);
            csc_op_release(op);
            return;
        }
        if (status != CSC_WORK_ASKS && status != CSC_WORK_LOUD) log_outcome(work, status);
    }

    pthread_mutex_lock(&op->lock);
    if (status != CSC_WORK_LOUD) work->stale = 1;
    if (csc_op_stopping(op) && (status == CSC_WORK_ASKS || status == CSC_WORK_LOUD)) status = CSC_E_CANCELLED;
    if (work->quiet && !work->begun && (status == CSC_WORK_LOUD || (csc_failed(status) && asks_items(op)))
        && !csc_op_stopping(op))
    {
        work->quiet = 0;
        begin(work);
    }
    else if (status == CSC_WORK_ASKS)
        ask(work, CSC_EVENT_CONFLICT, CSC_WORK_CONFLICT);
    else
    {
        work->result = status == CSC_WORK_LOUD ? CSC_E_FAIL : status;
        finish(work);
    }
    dropped = op->dropped != NULL;
    pthread_mutex_unlock(&op->lock);

    csc_work_release(work);
    if (begun) csc_op_task_end(op);
    if (dropped) csc_op_drop_works(op);
    csc_op_release(op);
}

/* Sends the work to the pool. */
static void queue(struct csc_work *work)
{
    if (!work->run)
    {
        finish(work);
        return;
    }
    work->state = CSC_WORK_QUEUED;
    csc_work_addref(work);
    csc_pool_submit(work->scope->pool, &work->task);
}

static void begin(struct csc_work *work)
{
    if (!work->quiet && !work->counted)
    {
        work->counted = 1;
        work->op->totals.items_found++;
        csc_op_announce(work->op);
    }
    if (!asks_items(work->op) || work->quiet)
    {
        queue(work);
        return;
    }
    work->begun = 0;
    ask(work, CSC_EVENT_ITEM_BEGIN, CSC_WORK_BEGIN);
}

void csc_work_init(struct csc_work *work, struct csc_op *op, struct csc_scope *scope)
{
    work->task.run = run;
    work->task.abandoned = hung;
    atomic_store(&work->refs, 1);
    atomic_store(&work->operation, OFFLINEFILES_SYNC_OPERATION_PREPARE);
    work->op = op;
    csc_op_addref(op);
    work->evictions = atomic_load(&op->evictions);
    work->scope = scope;
    if (scope) csc_scope_addref(scope);
}

void csc_work_see(struct csc_work *work, const struct csc_wire_error *sight)
{
    pthread_mutex_lock(&work->op->lock);
    work->sight = *sight;
    pthread_mutex_unlock(&work->op->lock);
}

csc_status csc_work_submit(struct csc_work *work)
{
    struct csc_op *op = work->op;
    int dropped;

    pthread_mutex_lock(&op->lock);
    if (op->in_flight >= CSC_OP_WINDOW)
        while (op->in_flight > CSC_OP_ROOM && !csc_op_stopping(op)) csc_op_wait(op, CSC_OP_ROOM);
    if (csc_op_stopping(op))
    {
        pthread_mutex_unlock(&op->lock);
        csc_work_release(work);
        return CSC_E_CANCELLED;
    }
    op->in_flight++;
    work->prev = NULL;
    work->next = op->works;
    if (work->next) work->next->prev = work;
    op->works = work;
    begin(work);
    dropped = op->dropped != NULL;
    pthread_mutex_unlock(&op->lock);
    if (dropped) csc_op_drop_works(op);
    return CSC_OK;
}

void csc_work_drain(struct csc_op *op)
{
    pthread_mutex_lock(&op->lock);
    while (op->in_flight) csc_op_wait(op, 0);
    pthread_mutex_unlock(&op->lock);
}

static struct csc_work *find_asking(struct csc_op *op, uint64_t token)
{
    struct csc_work *work = op->by_token[token % CSC_OP_TOKENS];

    while (work && work->token != token) work = work->token_next;
    return work;
}

static csc_status answer_conflict(struct csc_work *work, const struct csc_wire_reply *reply, const uint16_t *name)
{
    if (reply->response == OFFLINEFILES_SYNC_CONFLICT_ABORT)
    {
        csc_op_stop_locked(work->op, CSC_E_CANCELLED);
        return CSC_OK;
    }
    free(work->new_name);
    work->new_name = NULL;
    if (reply->name_length && csc_utf8_from_utf16(name, reply->name_length, &work->new_name) == CSC_E_OUT_OF_MEMORY)
        return CSC_E_OUT_OF_MEMORY;
    end_asking(work);
    work->resolved = 1;
    /* an answer that is none leaves both copies alone (Q35) */
    work->resolution = reply->response < OFFLINEFILES_SYNC_CONFLICT_RESOLVE_NUMCODES ? reply->response
                                                                                    : OFFLINEFILES_SYNC_CONFLICT_RESOLVE_LOG;
    queue(work);
    return CSC_OK;
}

csc_status csc_work_answer(struct csc_op *op, const struct csc_wire_reply *reply, const uint16_t *name)
{
    struct csc_work *work = reply->token <= op->delivered ? find_asking(op, reply->token) : NULL;

    /* answers to what was settled by stopping meanwhile are no mistake of the client */
    if (!work) return csc_op_stopping(op) ? CSC_OK : CSC_E_INVALID_ARG;
    if (work->state == CSC_WORK_CONFLICT) return answer_conflict(work, reply, name);
    if (reply->response > OFFLINEFILES_OP_ABORT) return CSC_E_INVALID_ARG;

    if (work->state == CSC_WORK_BEGIN)
    {
        work->begun = 1;
        if (reply->response == OFFLINEFILES_OP_ABORT)
        {
            csc_op_stop_locked(op, CSC_E_CANCELLED);
            return CSC_OK;
        }
        end_asking(work);
        queue(work);
        return CSC_OK;
    }
    end_asking(work);
    if (reply->response == OFFLINEFILES_OP_RETRY && work->retries < CSC_MAX_RETRIES)
    {
        work->retries++;
        work->resolved = 0;
        begin(work);
    }
    else
    {
        settle(work);
        if (reply->response == OFFLINEFILES_OP_ABORT) csc_op_stop_locked(op, CSC_E_CANCELLED);
    }
    return CSC_OK;
}

void csc_work_delivered(struct csc_op *op, const struct csc_wire_event *event)
{
    struct csc_work *work;

    op->delivered = event->token;
    if (csc_event_is_urgent(event->kind)) op->urgent--;
    if (event->kind == CSC_EVENT_ITEM_BEGIN && (work = find_asking(op, event->token))) work->begun = 1;
}

void csc_work_stop_waiting(struct csc_op *op)
{
    struct csc_work *work, *next;

    for (work = op->works; work; work = next)
    {
        next = work->next;
        switch (work->state)
        {
        case CSC_WORK_CONFLICT:
            csc_event_withdraw(op, work->token);
            /* fall through */
        case CSC_WORK_BEGIN:
            end_asking(work);
            work->result = CSC_E_CANCELLED;
            if (work->begun && !op->ended && asks_items(op)) tell(work, CSC_EVENT_ITEM_RESULT);
            else if (!work->begun) csc_event_withdraw(op, work->token);
            settle(work);
            break;
        case CSC_WORK_RESULT:
            end_asking(work);
            settle(work);
            break;
        default:
            break;
        }
    }
}
