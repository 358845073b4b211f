/*
 * Operations: a planner thread, a window of works in flight, the events for the client
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The planner (one thread per operation) finds out what is to be done and submits works (work.h). A work
 * goes through the window: BEGIN asked and answered, run on a worker of its scope, RESULT told and
 * answered, settled.  Workers never wait for a client, the planner waits when the window is full.
 *
 * Whoever holds a reference may look at an operation.  A planner or worker whose origin call hung is
 * abandoned: its operation ends without it, and it unwinds later without touching store or tree.
 */

#ifndef CSC_OP_H
#define CSC_OP_H

#include "engine.h"

#define CSC_OP_WINDOW 1024u     /* works in flight */
#define CSC_OP_ROOM   768u      /* once it is full, the planner goes on when so many are left */
/* Downloads whose announcements the planner makes durable together, while workers are busy with those before. */
#define CSC_ANNOUNCE_TOGETHER (CSC_OP_WINDOW / 4)

/* Works that wait for the client are found by their tokens. */
#define CSC_OP_TOKENS 512u

struct csc_work;
struct csc_link_note;
struct csc_wire_error;

struct csc_op
{
    struct csc_op *next;               /* (L) engine->ops */
    struct csc_engine *engine;
    atomic_uint refs;
    atomic_int  stopping;              /* why is in final, see csc_op_stop */

    /* the request; never changes */
    enum csc_op_kind kind;
    uint32_t flags, ask;
    int      deep, detached;
    enum csc_automatic automatic;
    uint8_t  sync_id[16];
    struct csc_path *paths;
    size_t   count;
    uint32_t *reasons;                 /* CSC_PIN_*, one for each path: an administrator assigned them; else NULL */

    pthread_mutex_t lock;              /* everything below */
    pthread_cond_t  wake;              /* for the planner: a work moved, or stopping */
    pthread_cond_t  pulled;            /* for pulls: an event came, or the end */
    pthread_cond_t  go;                /* for workers: not held any more, or stopping */
    int      held;                     /* nothing begins to run */
    int      started;                  /* the planner was started */
    int      planner_done;             /* ... and ended */
    int      ended;                    /* END is queued: nothing is added any more */
    int      end_delivered;
    int      announced;                /* SYNCBEGIN was told: SYNCEND follows */
    int      planner_lost;             /* ... was abandoned */
    int      retired;                  /* owns no scope and is in no list any more */
    unsigned running;                  /* tasks of it that are inside run(), the abandoned ones not counted */
    csc_status final;                  /* why it stops */
    csc_status end_status;             /* what END tells */
    csc_status failed;                 /* first item failure; CSC_OK: none */
    int      retry;                    /* an item failed in a way that may go better soon */
    struct csc_buffer events;          /* struct csc_wire_event records that wait to be pulled */
    unsigned urgent;                   /* of those, how many stand in the way of a work */
    int      pulling;                  /* a pull waits */
    int64_t  pull_patience;            /* ... which is to be woken when it need not wait so long any more, ns */
    int      planner_waits;            /* nothing comes from the planner before a work leaves */
    struct csc_work *works;            /* in flight */
    struct csc_link_note *links;       /* targets of shell links to be pinned, see link_pin.c */
    struct csc_work *dropped;          /* settled: their references are dropped without the lock */
    unsigned in_flight;
    unsigned asked;                    /* of these, how many wait for the client */
    struct csc_work *by_token[CSC_OP_TOKENS];    /* ... by their tokens */
    unsigned wake_at;                  /* the planner waits until at most so many are in flight */
    uint64_t next_token;               /* events are queued in the order of their tokens */
    uint64_t delivered;                /* token of the last event that the client has: what it may answer */
    struct csc_wire_totals totals;     /* items_*, planned */
    int64_t  heard;                    /* monotonic ns: the client's last sign of life (silence.h) */
    atomic_uint_fast64_t bytes_found, bytes_done, bytes_sent;
    atomic_uint_fast64_t left_out;     /* files that exclusion lists kept out of the cache */
    csc_status named_result;           /* outcome of the item that a path names */
    int      named_file;               /* it is a file, or could not be looked at: its outcome is the operation's */

    /* the planner's own */
    int      nothing_to_evict;         /* eviction could not make enough room */
    unsigned announced_files;          /* downloads that were announced since that was made durable here */
    atomic_uint evictions;             /* how often the planner evicted: rows that were read before may be old */
    struct csc_watch watch;
    struct csc_scope *scope;           /* under lock: where it works now, with a reference */
    struct csc_dir *temp;              /* temp_dir of the cache */
};

void csc_op_addref(struct csc_op *op);
void csc_op_release(struct csc_op *op);

/* Planner: waits on op->wake, which a work that leaves signals only when no more than so many are in flight then.  op->lock
 * held. */
void csc_op_wait(struct csc_op *op, unsigned in_flight);
/* Wakes a pull that waits, when there is something that is worth a call between processes.  op->lock held. */
void csc_op_poke_pull(struct csc_op *op);

/* Tells of the begin of a synchronization, once.  op->lock held. */
void csc_op_announce(struct csc_op *op);

/* Releases the works that were settled meanwhile.  op->lock not held; after everything that may settle. */
void csc_op_drop_works(struct csc_op *op);

/* Makes the operation end with status as soon as its planner and workers unwound; the first call counts. */
void csc_op_stop(struct csc_op *op, csc_status status);
/* The status that csc_op_stop gave; CSC_OK while running. */
csc_status csc_op_stop_status(struct csc_op *op);

/* Planner: becomes the owner of a scope, waiting for others.  CSC_E_CANCELLED when stopped meanwhile,
 * CSC_E_BAD_NETPATH when the scope was unmapped. */
csc_status csc_op_own_scope(struct csc_op *op, struct csc_scope *scope);
/* Ends the operation that owns the scope when it is one that gives way to a client's and was not stopped yet; other: also one
 * that the engine began for another reason (looking for late changes, going online, administrator's pins), which begins
 * anew later.  1: one was stopped; the scope is free when engine->changed says so.  Engine locked, but let go of meanwhile. */
int csc_op_push_aside(struct csc_scope *scope, int other);
void csc_op_disown_scope(struct csc_op *op, struct csc_scope *scope);

/* Planner: tells about an item on which nothing is run: BEGIN and RESULT when asked, counters, log.
 * named: a path of the request itself.  path: \\server\share\..., UTF-8. */
csc_status csc_op_report(struct csc_op *op, const char *path, uint32_t operation, csc_status result, int named);
/* The same with what was seen of the item; sight may be NULL. */
csc_status csc_op_report_seen(struct csc_op *op, const char *path, uint32_t operation, csc_status result, int named,
                              const struct csc_wire_error *sight);

/* Around what a worker does for an operation, in this order: begin (0: it stops, do nothing), the work, then,
 * unless csc_watch_lost() says that the worker was abandoned, end.  csc_op_task_hung is for csc_task.abandoned:
 * the scope fails, the operation ends with CSC_E_TIMEOUT. */
int  csc_op_task_begin(struct csc_op *op);
void csc_op_task_end(struct csc_op *op);
void csc_op_task_hung(struct csc_op *op, struct csc_scope *scope);

/* Planner: waits until nothing of the operation runs, and lets nothing begin until csc_op_unhold. */
void csc_op_hold(struct csc_op *op);
void csc_op_unhold(struct csc_op *op);

/* csc_op_stop for who holds op->lock; csc_op_stopped must follow when it is released. */
void csc_op_stop_locked(struct csc_op *op, csc_status status);
void csc_op_stopped(struct csc_op *op);

/* Closing the engine: stops all operations and waits until they ended or were abandoned. */
void csc_ops_shutdown(struct csc_engine *engine);

#endif
