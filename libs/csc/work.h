/*
 * Works: what an operation does to one item
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The life of a work: BEGIN asked, run on a worker, perhaps a CONFLICT asked and run again, RESULT told,
 * settled.  Steps that nobody asked for are left out.  RETRY starts over from BEGIN.
 */

#ifndef CSC_WORK_H
#define CSC_WORK_H

#include "op.h"
#include "public.h"
#include "sight.h"

/* What run() leaves behind instead of a result: the client is to be asked about a conflict first. */
#define CSC_WORK_ASKS CSC_FALSE
/* ... or: a quiet work found something to do; it is run again after the client heard of it. */
#define CSC_WORK_LOUD ((csc_status)2)

enum csc_work_state
{
    CSC_WORK_NEW,
    CSC_WORK_BEGIN,          /* waits for the answer to BEGIN */
    CSC_WORK_QUEUED,
    CSC_WORK_RUNNING,
    CSC_WORK_CONFLICT,       /* waits for a resolution */
    CSC_WORK_RESULT,         /* waits for the answer to RESULT */
    CSC_WORK_SETTLED
};

struct csc_work
{
    struct csc_task task;
    struct csc_work *prev, *next;      /* op->works */
    struct csc_op   *op;               /* with a reference */
    struct csc_scope *scope;           /* with a reference; may be NULL without run */
    atomic_uint refs;

    /* given by who makes it; never change.  NULL run: the result is there already. */
    csc_status (*run)(struct csc_work *work);        /* on a worker; CSC_WORK_ASKS after filling in the conflict */
    char *(*path)(struct csc_work *work);            /* \\server\share\..., malloc; NULL: out of memory */
    void (*settled)(struct csc_work *work);          /* op->lock held; may be NULL */
    void (*destroy)(struct csc_work *work);
    int named;                         /* a path of the request names this item */
    int quiet;                         /* the client does not hear of it, unless it fails */

    /* op->lock */
    enum csc_work_state state;
    uint64_t token;                    /* of the event that waits for an answer */
    struct csc_work *token_next;       /* op->by_token */
    unsigned retries;
    unsigned evictions;                /* of the operation, when the work was made */
    int begun;                         /* BEGIN was delivered */
    int counted;                       /* in items_found */
    int stale;                         /* run before: what was known about the item may be old */
    struct csc_wire_error sight;       /* what was seen when it was decided about, for a failure; size 0: nothing */

    /* written by run(), read when it returned */
    csc_status result;
    atomic_uint operation;             /* OFFLINEFILES_SYNC_OPERATION */
    const char *log;                   /* what was done, for the log; NULL: nothing worth a line */
    uint32_t conflict_state, conflict_known, conflict_changes;
    /* written by the answer to CONFLICT */
    int      resolved;                 /* the client was asked */
    uint32_t resolution;               /* OFFLINEFILES_SYNC_CONFLICT_RESOLVE */
    char    *new_name;                 /* KEEPALLCHANGES */
};

/* Fills in the head of a work with one reference. */
void csc_work_init(struct csc_work *work, struct csc_op *op, struct csc_scope *scope);
void csc_work_addref(struct csc_work *work);
void csc_work_release(struct csc_work *work);

/* Planner: hands the work in, waiting for room in the window; the caller's reference goes with it.
 * CSC_E_CANCELLED (the work is released): the operation stops. */
csc_status csc_work_submit(struct csc_work *work);
/* Worker: what is told if it fails from now on; op->lock not held. */
void csc_work_see(struct csc_work *work, const struct csc_wire_error *sight);
/* Planner: waits until no work is in flight. */
void csc_work_drain(struct csc_op *op);

/* -- for op.c, under op->lock -- */
/* An answer from the client.  CSC_E_INVALID_ARG: no such question, or not an answer to it. */
csc_status csc_work_answer(struct csc_op *op, const struct csc_wire_reply *reply, const uint16_t *name);
/* The operation stops: what waits for the client is finished. */
void csc_work_stop_waiting(struct csc_op *op);
/* An event was delivered. */
void csc_work_delivered(struct csc_op *op, const struct csc_wire_event *event);

/* -- event.c -- */
/* Queues an event; op->lock held.  work: what it is about, NULL for END; path may be NULL. */
csc_status csc_event_post(struct csc_op *op, uint32_t kind, uint64_t token, csc_status status, uint32_t operation,
                          const struct csc_work *work, const char *path);
/* Whether a work goes on after the answer. */
static inline int csc_event_is_urgent(uint32_t kind)
{
    return kind == CSC_EVENT_ITEM_BEGIN || kind == CSC_EVENT_CONFLICT;
}
/* Takes the event of a token out again. */
void csc_event_withdraw(struct csc_op *op, uint64_t token);

#endif
