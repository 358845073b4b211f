/*
 * Operations
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "adminpin.h"
#include "background.h"
#include "link_target.h"
#include "log.h"
#include "news.h"
#include "plan.h"
#include "sidecar.h"
#include "silence.h"
#include "watch.h"
#include "work.h"

/* bytes of events that one pull hands out, as far as whole records allow */
#define PULL_BYTES (256u * 1024)
/* A pull is a call between processes: it waits for more events than the first, */
#define PULL_ENOUGH (96u * 1024)         /* ... but not for more bytes of them */
#define PULL_LINGER (10 * 1000000LL)     /* ... ns, while the workers have enough to do without the client */
#define PULL_SOON   (1 * 1000000LL)      /* ... ns, while the planner finds more for them */
#define PULL_BUSY   128u                 /* works under way that are enough: more than are done during a call */

void csc_op_addref(struct csc_op *op)
{
    atomic_fetch_add(&op->refs, 1);
}

void csc_op_release(struct csc_op *op)
{
    size_t i;

    if (atomic_fetch_sub(&op->refs, 1) != 1) return;
    csc_buffer_free(&op->events);
    for (i = 0; i < op->count; i++) csc_path_free(&op->paths[i]);
    free(op->paths);
    free(op->reasons);
    csc_links_free(op);
    if (op->temp) op->engine->fs->close_dir(op->engine->fs, op->temp);
    if (op->scope) csc_scope_release(op->scope);
    pthread_cond_destroy(&op->wake);
    pthread_cond_destroy(&op->pulled);
    pthread_cond_destroy(&op->go);
    pthread_mutex_destroy(&op->lock);
    free(op);
}

void csc_op_drop_works(struct csc_op *op)
{
    struct csc_work *work, *next;

    pthread_mutex_lock(&op->lock);
    work = op->dropped;
    op->dropped = NULL;
    pthread_mutex_unlock(&op->lock);
    for (; work; work = next)
    {
        next = work->next;
        csc_work_release(work);
    }
}

int csc_op_stopping(struct csc_op *op)
{
    return atomic_load(&op->stopping);
}

void csc_op_stop_locked(struct csc_op *op, csc_status status)
{
    if (csc_op_stopping(op)) return;
    op->final = status;
    atomic_store(&op->stopping, 1);
    csc_work_stop_waiting(op);
    pthread_cond_broadcast(&op->wake);
    pthread_cond_broadcast(&op->go);
}

void csc_op_stopped(struct csc_op *op)
{
    csc_op_drop_works(op);
    pthread_mutex_lock(&op->engine->lock);
    pthread_cond_broadcast(&op->engine->changed);    /* it may wait for a scope */
    pthread_mutex_unlock(&op->engine->lock);
}

void csc_op_stop(struct csc_op *op, csc_status status)
{
    pthread_mutex_lock(&op->lock);
    csc_op_stop_locked(op, status);
    pthread_mutex_unlock(&op->lock);
    csc_op_stopped(op);
}

csc_status csc_op_stop_status(struct csc_op *op)
{
    csc_status status;

    pthread_mutex_lock(&op->lock);
    status = csc_op_stopping(op) ? op->final : CSC_OK;
    pthread_mutex_unlock(&op->lock);
    return status;
}

void csc_op_wait(struct csc_op *op, unsigned in_flight)
{
    op->wake_at = in_flight;
    op->planner_waits = 1;
    csc_op_poke_pull(op);
    pthread_cond_wait(&op->wake, &op->lock);
    op->planner_waits = 0;
    op->wake_at = 0;
}

/* How long a pull waits for more when it has a first event, ns. */
static int64_t patience(const struct csc_op *op)
{
    unsigned under_way;

    if (op->ended || atomic_load(&op->stopping) || op->events.size >= PULL_ENOUGH) return 0;
    under_way = op->in_flight - op->asked;
    if (under_way >= PULL_BUSY) return PULL_LINGER;
    if (!op->planner_waits) return PULL_SOON;
    /* the last results: nobody goes on because of an answer, until all of them are there */
    return !op->wake_at && under_way && !op->urgent ? PULL_LINGER : 0;
}

void csc_op_poke_pull(struct csc_op *op)
{
    if (!op->pulling || !(op->events.size || op->ended) || patience(op) >= op->pull_patience) return;
    op->pull_patience = 0;               /* once is enough */
    pthread_cond_broadcast(&op->pulled);
}

/* -- the end -- */

/* op->lock held. */
static csc_status outcome(struct csc_op *op)
{
    if (csc_op_stopping(op)) return op->final;
    if (op->count == 1 && op->named_file) return op->named_result;
    return op->failed ? CSC_E_MORE_DATA : CSC_OK;
}

/* Whether it is a synchronization for the published events: what is only removed from the cache is none. */
static int is_sync(const struct csc_op *op)
{
    return op->kind != CSC_OP_DELETE && op->kind != CSC_OP_DELETE_NOTHING;
}

static void tell_sync(struct csc_op *op, uint32_t event)
{
    struct csc_news_event told = { .event = event, .sync_id = op->sync_id };

    if (event == OFFLINEFILES_EVENT_SYNCEND) told.status = op->end_status;
    csc_news_post(op->engine->news, &told);
}

void csc_op_announce(struct csc_op *op)
{
    if (op->announced || !is_sync(op)) return;
    op->announced = 1;
    tell_sync(op, OFFLINEFILES_EVENT_SYNCBEGIN);
}

/* Queues END.  op->lock held. */
static void end_locked(struct csc_op *op)
{
    if (op->ended) return;
    op->totals.planned = 1;
    op->end_status = outcome(op);
    op->ended = 1;
    if (op->announced) tell_sync(op, OFFLINEFILES_EVENT_SYNCEND);
    if (op->automatic == CSC_AUTO_SYNC && op->started)
        csc_news_tell(op->engine->news, OFFLINEFILES_EVENT_BACKGROUNDSYNCEND, op->flags);
    /* without memory for the event, pull makes END up from ended */
    if (csc_failed(csc_event_post(op, CSC_EVENT_END, 0, op->end_status, 0, NULL, NULL)))
        pthread_cond_broadcast(&op->pulled);
}

/* Gives up scopes and the place in the list as soon as nothing of the operation runs any more. */
static void retire_when_idle(struct csc_op *op)
{
    struct csc_engine *engine = op->engine;
    struct csc_scope *scope;
    struct csc_op **link;
    int retire;

    pthread_mutex_lock(&engine->lock);
    pthread_mutex_lock(&op->lock);
    retire = op->ended && !op->retired && !op->running && (!op->started || op->planner_done || op->planner_lost);
    if (retire) op->retired = 1;
    pthread_mutex_unlock(&op->lock);
    if (retire)
    {
        for (scope = engine->scopes; scope; scope = scope->next)
            if (scope->owner == op)
            {
                scope->owner = NULL;
                scope->blocks_wanted = 1;
            }
        for (link = &engine->ops; *link; link = &(*link)->next)
        {
            if (*link != op) continue;
            *link = op->next;
            break;
        }
        engine->worked = engine->clock->monotonic(engine->clock);
        pthread_cond_broadcast(&engine->changed);
    }
    pthread_mutex_unlock(&engine->lock);
    if (!retire) return;
    csc_background_ended(op);
    csc_admin_pins_ended(op);
    csc_op_release(op);                    /* the list's */
}

void csc_op_abandon(struct csc_op *op, csc_status status)
{
    pthread_mutex_lock(&op->lock);
    csc_op_stop_locked(op, status);
    end_locked(op);
    pthread_mutex_unlock(&op->lock);
    csc_op_stopped(op);
    retire_when_idle(op);
}

int csc_op_task_begin(struct csc_op *op)
{
    int begun;

    pthread_mutex_lock(&op->lock);
    while (op->held && !csc_op_stopping(op)) pthread_cond_wait(&op->go, &op->lock);
    begun = !csc_op_stopping(op);
    if (begun) op->running++;
    pthread_mutex_unlock(&op->lock);
    return begun;
}

void csc_op_hold(struct csc_op *op)
{
    pthread_mutex_lock(&op->lock);
    op->held = 1;
    while (op->running) pthread_cond_wait(&op->wake, &op->lock);
    pthread_mutex_unlock(&op->lock);
}

void csc_op_unhold(struct csc_op *op)
{
    pthread_mutex_lock(&op->lock);
    op->held = 0;
    pthread_cond_broadcast(&op->go);
    pthread_mutex_unlock(&op->lock);
}

void csc_op_task_end(struct csc_op *op)
{
    int last;

    pthread_mutex_lock(&op->lock);
    last = !--op->running;
    if (last) pthread_cond_broadcast(&op->wake);
    pthread_mutex_unlock(&op->lock);
    if (last) retire_when_idle(op);
}

void csc_op_task_hung(struct csc_op *op, struct csc_scope *scope)
{
    pthread_mutex_lock(&op->lock);
    csc_op_stop_locked(op, CSC_E_TIMEOUT);
    op->running--;
    pthread_cond_broadcast(&op->wake);
    pthread_mutex_unlock(&op->lock);
    csc_op_abandon(op, CSC_E_TIMEOUT);
    csc_scope_fail(scope, CSC_E_TIMEOUT);
}

/* -- scopes -- */

int csc_op_push_aside(struct csc_scope *scope, int other)
{
    struct csc_engine *engine = scope->engine;
    struct csc_op *owner = scope->owner;

    if (!owner || !(owner->automatic || (other && owner->detached)) || csc_op_stopping(owner)) return 0;
    csc_op_addref(owner);
    pthread_mutex_unlock(&engine->lock);
    csc_op_stop(owner, CSC_E_CANCELLED);
    csc_op_release(owner);
    pthread_mutex_lock(&engine->lock);
    return 1;
}

csc_status csc_op_own_scope(struct csc_op *op, struct csc_scope *scope)
{
    struct csc_engine *engine = op->engine;
    csc_status status = CSC_OK;
    struct csc_scope *before;

    pthread_mutex_lock(&engine->lock);
    while (engine->checking == CSC_CHECK_RUNNING && !csc_op_stopping(op)) pthread_cond_wait(&engine->changed, &engine->lock);
    scope->waiters++;
    while ((scope->owner || scope->evicting || scope->renaming) && !scope->removed && !csc_op_stopping(op))
    {
        /* a client does not wait for what the engine does by itself: that begins anew later */
        if (op->detached || !csc_op_push_aside(scope, 0)) pthread_cond_wait(&engine->changed, &engine->lock);
    }
    scope->waiters--;
    if (csc_op_stopping(op)) status = CSC_E_CANCELLED;
    else if (scope->removed) status = CSC_E_BAD_NETPATH;
    else if (engine->checking != CSC_CHECK_DONE) status = CSC_E_CORRUPT;
    else scope->owner = op;
    pthread_mutex_unlock(&engine->lock);
    if (status) return status;

    csc_scope_addref(scope);
    pthread_mutex_lock(&op->lock);
    before = op->scope;
    op->scope = scope;
    pthread_mutex_unlock(&op->lock);
    if (before) csc_scope_release(before);
    return CSC_OK;
}

void csc_op_disown_scope(struct csc_op *op, struct csc_scope *scope)
{
    struct csc_engine *engine = op->engine;

    pthread_mutex_lock(&engine->lock);
    if (scope->owner == op) scope->owner = NULL;
    scope->blocks_wanted = 1;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
}

/* -- reports -- */

struct report
{
    struct csc_work work;
    char *path;
};

static char *report_path(struct csc_work *work)
{
    return strdup(((struct report *)work)->path);
}

static void report_destroy(struct csc_work *work)
{
    struct report *report = (struct report *)work;

    free(report->path);
    free(report);
}

csc_status csc_op_report(struct csc_op *op, const char *path, uint32_t operation, csc_status result, int named)
{
    return csc_op_report_seen(op, path, operation, result, named, NULL);
}

csc_status csc_op_report_seen(struct csc_op *op, const char *path, uint32_t operation, csc_status result, int named,
                              const struct csc_wire_error *sight)
{
    struct report *report = calloc(1, sizeof(*report));

    if (!report || !(report->path = strdup(path)))
    {
        free(report);
        return CSC_E_OUT_OF_MEMORY;
    }
    csc_work_init(&report->work, op, NULL);
    report->work.path = report_path;
    report->work.destroy = report_destroy;
    report->work.named = named;
    report->work.result = result;
    if (sight) report->work.sight = *sight;
    atomic_store(&report->work.operation, operation);
    csc_log_item(op->engine, NULL, path, result);
    return csc_work_submit(&report->work);
}

/* -- the planner -- */

static void planner_hung(struct csc_watch *watch)
{
    struct csc_op *op = (struct csc_op *)((char *)watch - offsetof(struct csc_op, watch));
    struct csc_scope *scope;

    pthread_mutex_lock(&op->lock);
    op->planner_lost = 1;
    if ((scope = op->scope)) csc_scope_addref(scope);
    pthread_mutex_unlock(&op->lock);
    csc_op_abandon(op, CSC_E_TIMEOUT);
    if (!scope) return;
    csc_scope_fail(scope, CSC_E_TIMEOUT);
    csc_scope_release(scope);
}

/* What END calls done has to be there also when the process is killed right after it.  Pins are what somebody wants, and
 * nothing else tells of them: a power loss must not take them back, either. */
static csc_status commit_outcome(struct csc_op *op)
{
    struct csc_store *store = op->engine->store;
    struct csc_store_change last;
    csc_status status;

    if (csc_failed(status = csc_store_commit(store, 0)) || (op->kind != CSC_OP_PIN && op->kind != CSC_OP_UNPIN)) return status;
    csc_store_last_change(store, &last);
    return csc_store_reach(store, &last);
}

static void *planner_main(void *context)
{
    struct csc_op *op = context;
    struct csc_engine *engine = op->engine;
    csc_status status;

    csc_watch_register(engine, &op->watch);
    if (op->automatic == CSC_AUTO_SYNC) csc_news_tell(engine->news, OFFLINEFILES_EVENT_BACKGROUNDSYNCBEGIN, op->flags);
    /* the engine's own mostly find nothing to do: only those that find something are told of */
    if (!op->detached)
    {
        pthread_mutex_lock(&op->lock);
        csc_op_announce(op);
        pthread_mutex_unlock(&op->lock);
    }
    /* a fill may take hours: what it pins first is worth knowing before its end */
    if (op->kind == CSC_OP_PIN) csc_sidecar_pins_changed(engine);
    status = csc_plan(op);
    if (!csc_watch_lost(engine))
    {
        if (csc_failed(status)) csc_op_stop(op, status);
        csc_work_drain(op);
        csc_op_drop_works(op);
        pthread_mutex_lock(&op->lock);
        while (op->running) pthread_cond_wait(&op->wake, &op->lock);
        pthread_mutex_unlock(&op->lock);
        pthread_mutex_lock(&op->lock);
        status = outcome(op);
        pthread_mutex_unlock(&op->lock);
        if (engine->store) csc_log_operation(op, status);
        if (engine->store && csc_failed(status = commit_outcome(op))) csc_op_stop(op, status);
        pthread_mutex_lock(&op->lock);
        if (op->totals.items_done || (op->kind != CSC_OP_SYNC && op->kind != CSC_OP_ONLINE))
            csc_sidecar_pins_changed(engine);
        op->planner_done = 1;
        end_locked(op);
        pthread_mutex_unlock(&op->lock);
        retire_when_idle(op);
    }
    csc_watch_unregister(engine, &op->watch);
    csc_op_release(op);
    return NULL;
}

/* op->lock held. */
static void start_planner(struct csc_op *op)
{
    csc_status status;

    csc_op_addref(op);
    op->started = 1;
    if (!csc_failed(status = csc_thread_start(planner_main, op))) return;
    op->started = 0;
    csc_op_stop_locked(op, status);
    end_locked(op);
    atomic_fetch_sub(&op->refs, 1);      /* never the last: the caller has one */
}

/* -- for clients -- */

static csc_status check_request(const struct csc_op_request *request)
{
    uint32_t flags = request->flags, known;

    if ((unsigned)request->kind >= CSC_OP_KIND_COUNT) return CSC_E_INVALID_ARG;
    if (request->kind == CSC_OP_ADMIN_PIN || request->kind == CSC_OP_ADMIN_UNPIN || request->kind == CSC_OP_ENCRYPT)
    {
        if (request->count) return CSC_E_INVALID_ARG;
    }
    else if (!request->paths || !request->count || request->count > CSC_MAX_PATHS) return CSC_E_INVALID_ARG;
    if (request->ask & ~(uint32_t)(CSC_OP_ASK_ITEMS | CSC_OP_ASK_CONFLICTS)) return CSC_E_INVALID_ARG;

    switch (request->kind)
    {
    case CSC_OP_SYNC:
        if ((flags & OFFLINEFILES_SYNC_CONTROL_CR_MASK) > OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST)
            return CSC_E_INVALID_ARG;                                                               /* Q37 */
        if (!(flags & (OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE | OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN |
                       OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT)))
            return CSC_E_INVALID_ARG;                                                               /* Q31 */
        known = OFFLINEFILES_SYNC_CONTROL_FLAGS | OFFLINEFILES_SYNC_CONTROL_CR_MASK;
        break;
    case CSC_OP_PIN:
    case CSC_OP_UNPIN:
        if (!(flags & OFFLINEFILES_PIN_CONTROL_FLAG_REASONS)) return CSC_E_INVALID_ARG;             /* Q46 */
        known = OFFLINEFILES_PIN_CONTROL_FLAGS;
        break;
    case CSC_OP_DELETE:
    case CSC_OP_DELETE_NOTHING:
        known = OFFLINEFILES_DELETE_FLAGS;
        break;
    case CSC_OP_ENCRYPT:
        known = OFFLINEFILES_ENCRYPTION_CONTROL_FLAGS;
        break;
    default:
        known = 0;
        break;
    }
    return flags & ~known ? CSC_E_INVALID_ARG : CSC_OK;                                             /* Q9 */
}

static csc_status create_op(struct csc_engine *engine, const struct csc_op_request *request, int detached,
                            enum csc_automatic automatic, struct csc_op **ret)
{
    pthread_condattr_t monotonic;
    csc_status status;
    struct csc_op *op;

    if (csc_failed(status = check_request(request))) return status;
    if (!(op = calloc(1, sizeof(*op)))) return CSC_E_OUT_OF_MEMORY;
    atomic_store(&op->refs, 1);
    op->engine = engine;
    op->kind = request->kind;
    op->flags = request->flags;
    op->ask = detached ? 0 : request->ask;
    op->deep = request->deep;
    op->detached = detached;
    op->automatic = automatic;
    memcpy(op->sync_id, request->sync_id, sizeof(op->sync_id));
    op->watch.timeout = engine->config.origin_timeout;
    op->watch.hung = planner_hung;
    pthread_mutex_init(&op->lock, NULL);
    pthread_cond_init(&op->wake, NULL);
    pthread_cond_init(&op->go, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&op->pulled, &monotonic);
    pthread_condattr_destroy(&monotonic);

    if (op->kind == CSC_OP_ADMIN_PIN || op->kind == CSC_OP_ADMIN_UNPIN)
    {
        status = csc_admin_pins_paths(engine, op->kind, &op->paths, &op->reasons, &op->count);
        op->kind = op->kind == CSC_OP_ADMIN_PIN ? CSC_OP_PIN : CSC_OP_UNPIN;
        op->deep = 1;
    }
    else if (!(op->paths = calloc(request->count + 1, sizeof(*op->paths)))) status = CSC_E_OUT_OF_MEMORY;
    while (!csc_failed(status) && op->count < request->count)
    {
        struct csc_path *path = &op->paths[op->count];

        if (csc_failed(status = csc_path_parse(request->paths[op->count], path))) break;
        op->count++;
        if (!path->share && op->kind != CSC_OP_SYNC && op->kind != CSC_OP_DELETE
            && op->kind != CSC_OP_DELETE_NOTHING) status = CSC_E_BAD_PATH; /* Q49 */
    }
    if (csc_failed(status))
    {
        csc_op_release(op);
        return status;
    }

    pthread_mutex_lock(&engine->lock);
    if (engine->closing) status = CSC_E_CANCELLED;
    else
    {
        csc_op_addref(op);
        op->next = engine->ops;
        engine->ops = op;
    }
    pthread_mutex_unlock(&engine->lock);
    if (csc_failed(status))
    {
        csc_op_release(op);
        return status;
    }
    *ret = op;
    return CSC_OK;
}

csc_status csc_op_start(struct csc_engine *engine, const struct csc_op_request *request, struct csc_op **op)
{
    *op = NULL;
    return create_op(engine, request, 0, CSC_AUTO_NONE, op);
}

csc_status csc_op_run_detached(struct csc_engine *engine, const struct csc_op_request *request,
                               enum csc_automatic automatic)
{
    csc_status status;
    struct csc_op *op;

    if (csc_failed(status = create_op(engine, request, 1, automatic, &op))) return status;
    pthread_mutex_lock(&op->lock);
    start_planner(op);
    if (op->ended) status = op->final;
    pthread_mutex_unlock(&op->lock);
    retire_when_idle(op);
    csc_op_release(op);
    return status;
}

static csc_status take_replies(struct csc_op *op, const unsigned char *data, size_t size)
{
    csc_status status, result = CSC_OK;
    struct csc_wire_reply reply;
    uint16_t *name = NULL;

    while (size)
    {
        if (size < sizeof(reply)) return CSC_E_INVALID_ARG;
        memcpy(&reply, data, sizeof(reply));
        if (reply.size < sizeof(reply) || reply.size > size || reply.size % 8) return CSC_E_INVALID_ARG;
        if (reply.name_length > (reply.size - sizeof(reply)) / sizeof(*name)) return CSC_E_INVALID_ARG;
        if (reply.name_length)
        {
            if (reply.more) return CSC_E_INVALID_ARG;
            if (!(name = malloc(reply.name_length * sizeof(*name)))) return CSC_E_OUT_OF_MEMORY;
            memcpy(name, data + sizeof(reply), reply.name_length * sizeof(*name));
        }
        status = csc_work_answer(op, &reply, name);
        /* a run ends with the first question that there is not: what a client claims is no number of turns to make */
        for (; reply.more && !csc_failed(status) && !csc_op_stopping(op); reply.more--)
        {
            reply.token++;
            status = csc_work_answer(op, &reply, NULL);
        }
        free(name);
        name = NULL;
        if (!result) result = status;
        data += reply.size;
        size -= reply.size;
    }
    return result;
}

/* How many bytes of the events one pull takes.  op->lock held. */
static size_t pull_size(const struct csc_op *op)
{
    uint32_t size;
    size_t end = 0;

    if (op->events.size <= PULL_BYTES) return op->events.size;
    do
    {
        memcpy(&size, op->events.data + end, sizeof(size));
        if (end && end + size > PULL_BYTES) break;
        end += size;
    }
    while (end < op->events.size);
    return end;
}

/* Events are in the hands of the client.  op->lock held. */
static void delivered(struct csc_op *op, const unsigned char *events, size_t size)
{
    const struct csc_wire_event *event;
    size_t at;

    for (at = 0; at < size; at += event->size)
    {
        event = (const struct csc_wire_event *)(events + at);
        if (event->kind == CSC_EVENT_END) op->end_delivered = 1;
        else csc_work_delivered(op, event);
    }
}

/* op->lock held. */
static csc_status hand_out(struct csc_op *op, struct csc_buffer *events)
{
    size_t size = pull_size(op), before = events->size;
    void *place;

    if (size && !before && size == op->events.size)     /* mostly: as they stand */
    {
        csc_buffer_free(events);
        *events = op->events;
        memset(&op->events, 0, sizeof(op->events));
    }
    else if (size)
    {
        if (!(place = csc_buffer_add(events, size))) return CSC_E_OUT_OF_MEMORY;
        memcpy(place, op->events.data, size);
        op->events.size -= size;
        memmove(op->events.data, op->events.data + size, op->events.size);
    }
    if (size) delivered(op, events->data + before, size);
    if (!op->events.size && op->ended && !op->end_delivered)     /* there was no memory for the event */
    {
        if (events->size) return CSC_OK;                         /* the next pull */
        if (csc_failed(csc_event_post(op, CSC_EVENT_END, 0, op->end_status, 0, NULL, NULL))) return CSC_E_OUT_OF_MEMORY;
        return hand_out(op, events);
    }
    return CSC_OK;
}

static int64_t now_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* until: CLOCK_MONOTONIC, ns.  op->lock held. */
static void wait_for_events(struct csc_op *op, int64_t until)
{
    int64_t first = 0, end, wait;
    struct timespec time;
    int waited = 0;

    op->pulling++;
    do
    {
        end = until;
        wait = INT64_MAX;
        if (op->events.size || op->ended)
        {
            if (!(wait = patience(op))) break;
            if (!first) first = now_ns();
            if (end > first + wait) end = first + wait;
        }
        /* of two that pull, the one that is woken for more */
        if (op->pulling == 1 || wait > op->pull_patience) op->pull_patience = wait;
        time.tv_sec = end / 1000000000;
        time.tv_nsec = end % 1000000000;
        waited = pthread_cond_timedwait(&op->pulled, &op->lock, &time);
    }
    while (waited != ETIMEDOUT);
    op->pulling--;
}

csc_status csc_op_pull(struct csc_op *op, uint32_t timeout, const void *replies, size_t reply_size,
                       struct csc_wire_totals *totals, struct csc_buffer *events)
{
    csc_status status = CSC_OK, bad_reply = CSC_OK;
    int64_t until;
    int stopping;

    if (reply_size > CSC_MAX_REPLY_BYTES || (reply_size && !replies)) return CSC_E_INVALID_ARG;
    until = now_ns() + (int64_t)timeout * 1000000;

    csc_op_addref(op);
    pthread_mutex_lock(&op->lock);
    stopping = csc_op_stopping(op);
    if (!op->started && !op->ended) start_planner(op);
    if (reply_size) bad_reply = take_replies(op, replies, reply_size);
    if (!stopping && csc_op_stopping(op))
    {
        pthread_mutex_unlock(&op->lock);
        csc_op_stopped(op);
        pthread_mutex_lock(&op->lock);
    }
    if (!csc_failed(bad_reply)) csc_op_heard(op, reply_size != 0);
    if (!csc_failed(bad_reply)) wait_for_events(op, until);
    if (!csc_failed(bad_reply)) status = hand_out(op, events);
    csc_op_heard(op, events->size != 0);
    if (totals)
    {
        *totals = op->totals;
        totals->bytes_done = atomic_load(&op->bytes_done);
        totals->bytes_found = atomic_load(&op->bytes_found);
        totals->bytes_sent = atomic_load(&op->bytes_sent);
        if (totals->bytes_found < totals->bytes_done) totals->bytes_found = totals->bytes_done;
        totals->ended = op->end_delivered;
    }
    pthread_mutex_unlock(&op->lock);
    csc_op_drop_works(op);
    retire_when_idle(op);
    csc_op_release(op);
    return csc_failed(bad_reply) ? bad_reply : status;
}

void csc_op_cancel(struct csc_op *op)
{
    csc_op_addref(op);
    pthread_mutex_lock(&op->lock);
    csc_op_stop_locked(op, CSC_E_CANCELLED);
    if (!op->started) end_locked(op);
    pthread_mutex_unlock(&op->lock);
    csc_op_stopped(op);
    retire_when_idle(op);
    csc_op_release(op);
}

void csc_op_close(struct csc_op *op)
{
    if (!op) return;
    csc_op_cancel(op);
    csc_op_release(op);
}

void csc_ops_shutdown(struct csc_engine *engine)
{
    struct csc_op *op;

    for (;;)
    {
        pthread_mutex_lock(&engine->lock);
        for (op = engine->ops; op; op = op->next)
            if (!csc_op_stopping(op)) break;
        if (op) csc_op_addref(op);
        pthread_mutex_unlock(&engine->lock);
        if (!op) break;
        csc_op_cancel(op);
        csc_op_release(op);
    }

    for (;;)
    {
        static const struct timespec pause = { 0, 10000000 };
        int busy;

        pthread_mutex_lock(&engine->lock);
        busy = engine->ops != NULL;
        pthread_mutex_unlock(&engine->lock);
        if (!busy) return;
        csc_watch_check(engine);
        nanosleep(&pause, NULL);
    }
}
