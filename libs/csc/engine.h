/*
 * Inside the engine: what its parts share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Threads: callers of csc.h; one planner per operation; the workers of each scope; one prober
 * per scope; the monitor.  Origins are touched only by planners, workers and probers,
 * through scope->origin_fs, whose calls the monitor watches: one that hangs is abandoned.
 *
 * Locks, in this order: engine->lock, op->lock, the store's own.  None is held across a call
 * on an origin or a wait for a client.
 */

#ifndef CSC_ENGINE_H
#define CSC_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>

#include "csc.h"
#include "path.h"
#include "pattern.h"
#include "slowlink.h"
#include "store.h"

struct csc_news;
/* What the engine starts from time to time by itself, and ends when a client's operation wants the share. */
enum csc_automatic { CSC_AUTO_NONE, CSC_AUTO_SYNC, CSC_AUTO_FILL, CSC_AUTO_SLOW };

struct csc_pool;
struct csc_watch;

/* Whether the database was found to be sound (check.c). */
enum csc_checking { CSC_CHECK_DONE, CSC_CHECK_RUNNING, CSC_CHECK_DAMAGED };

/* What an administrator assigned (adminpin.c). */
struct csc_admin
{
    struct csc_admin_list { struct csc_admin_pin *pins; size_t count; } wanted, applied;
    enum { CSC_ADMIN_IDLE, CSC_ADMIN_RUNNING, CSC_ADMIN_PIN_NEXT } phase;
    int known;                         /* the policy was told */
    int due, failed;
    int economical, full;              /* full: the shares are to be synchronized after the pins */
    int64_t next, pause;               /* monotonic ns; ns until the next attempt */
};

/* How much the cache takes and may take (room.c). */
struct csc_room
{
    pthread_mutex_t lock;              /* the last in the order of locks, but for the store's */
    struct csc_quota_policy policy;
    int      chosen;                   /* SetDiskSpaceLimits: */
    uint64_t chosen_limit, chosen_unpinned_limit;
    uint64_t stored;                   /* bytes of content, as far as rows told when they were added up last */
    uint64_t reserved;                 /* by who brings in content now */
    uint64_t limit;
    uint64_t refused;                  /* the most that was asked for in vain since an eviction looked */
    int64_t  summed;                   /* monotonic ns; 0: never */
    unsigned sums;                     /* how often */
    int      too_much;                 /* stored may count some rows twice */
};

/* Which files do not come into the cache (exclude.c). */
struct csc_exclusions
{
    struct csc_pattern *patterns;
    size_t count;
};

struct csc_engine
{
    struct csc_engine_config config;   /* numbers resolved, strings owned */
    struct csc_fs    *fs;              /* cache side and links */
    struct csc_clock *clock;
    struct csc_store *store;
    char *base_dir;                    /* <cache_dir>/v2.0.6 */
    char *namespace_dir;               /* <cache_dir>/v2.0.6/namespace */
    char *temp_dir;                    /* <cache_dir>/v2.0.6/temp */
    char  cache_id[9];                 /* 8 hex digits, made once, kept in the store */
    atomic_uint_fast64_t next_temp;    /* numbers temporary names; begins higher at each start */

    pthread_mutex_t lock;              /* the lists, and everything marked (L) */
    pthread_cond_t  changed;           /* a scope's state or owner changed, or closing; monotonic clock */
    struct csc_scope *scopes;          /* (L) */
    struct csc_op    *ops;             /* (L) not ended yet */
    struct csc_watch *watches;         /* (L) threads that may be inside an origin call */
    unsigned stuck;                    /* (L) abandoned threads still inside one: while there are any, close
                                        * must leave this structure, the scopes and the store's memory alone */
    int closing;                       /* (L) */
    enum csc_checking checking;        /* (L) while it is not done nothing is changed that could be put off */
    unsigned live_scopes;              /* (L) made and not freed yet: threads that are stuck hold references */
    unsigned helpers;                  /* (L) threads of the engine's own that look at cache or store */
    struct csc_room room;
    struct csc_news *news;             /* published events (news.h) */
    unsigned reconnecting;             /* (L) automatic attempts to go online that run */
    unsigned transports;               /* monitor: networks that were there when it looked last */
    int64_t next_transports;           /* monitor: monotonic ns, when it looks again; 0: it has not looked yet */
    struct csc_background_policy background;      /* (L) */
    struct csc_admin admin;            /* (L) */
    struct csc_slow_policy slow_links; /* (L) */
    pthread_mutex_t exclude_lock;      /* nothing is waited for and no other lock taken while it is held */
    struct csc_exclusions exclusions;  /* exclude_lock */
    atomic_int excludes;               /* there are any */
    pthread_mutex_t evict_lock;        /* one eviction at a time; taken before lock */
    atomic_int evict_wanted;           /* before its time */
    int64_t next_evict;                /* (L) monotonic ns */
    int evicting;                      /* (L) a helper looks at the limits */
    int64_t worked;                    /* (L) monotonic ns: when an operation ended last */
    int64_t next_flush;                /* (L) monotonic ns */
    int flushing;                      /* (L) a helper makes content durable that nobody waits for */
    int64_t  granularity;              /* of times on the cache's volume, ns, and whether its ctime can be relied on */
    int      trusted_ctime;            /* (see csc_fs.time_quality); never change */
    pthread_mutex_t map_lock;          /* one map or unmap at a time; taken before lock */
    pthread_cond_t  tick;              /* the monitor is wanted before its time; monotonic clock */
    int monitor_wanted, monitor_stop;  /* (L) */
    int monitor_started;
    pthread_t monitor;
    int shares_stale;                  /* (L) shares.txt could not be written (sidecar.h) */
    int64_t sidecar_pause;             /* monitor: ns until the next try to write it or pins.txt, after a failure */
    int64_t next_shares;               /* monitor: monotonic ns */
    atomic_int_fast64_t pins_due;      /* when pins.txt is to be written, monotonic ns; 0: it is up to date */
    struct csc_rebuild *rebuild;       /* rebuild.c, while the engine opens */
    int damage_noted;                  /* monitor: the next start knows that the database is damaged */
    struct csc_engine *next_left;      /* engine.c: closed while threads hung */
};

/* A mapped share. */
struct csc_scope
{
    struct csc_scope *next;            /* (L) */
    struct csc_engine *engine;
    atomic_uint refs;
    struct csc_scope_row row;          /* strings never change; offline, reason, last_sync, root: (L) */
    char *server_key, *share_key;      /* csc_name_key of the names */
    char *cache_path;                  /* <namespace_dir>/<server>/<share> */
    char *link_path;                   /* <unc_dir>/<server>/<share>, in the case of the row */
    struct csc_fs   *origin_fs;        /* the guard over engine->fs */
    struct csc_pool *pool;
    struct csc_op   *owner;            /* (L) one changing operation at a time; others wait on changed */
    unsigned waiters;                  /* (L) who waits until it has no owner */
    int64_t wanted;                    /* (L) monotonic ns: when somebody found it owned and will come back; 0: never */
    int evicting;                      /* (L) an eviction keeps operations out for a moment */
    int renaming;                      /* (L) a rename in the cache does the same */
    int removed;                       /* (L) unmapped: operations stop */
    int fill_wanted;                   /* (L) sparse files wait for the background fill */
    int settle_wanted;                 /* (L) went online: look again for late local changes */
    int probe_now;                     /* (L) an origin call failed: probe at once */
    int64_t next_probe, next_fill, next_settle;   /* (L) monotonic ns */
    uint64_t fill_left;                /* (L) files without content when a background fill began last */
    int64_t fill_pause;                /* (L) ns until the next one */
    struct csc_schedule schedule;      /* (L) of background synchronization */
    struct csc_link_quality quality;   /* (L) */
    int slow_waived;                   /* (L) a client took it online although its link is slow */
    int64_t next_slow;                 /* (L) monotonic ns: when the mode may be changed again */
    int automatic;                     /* (L) a CSC_AUTO_SYNC was started and is not over */
    int64_t going_online;              /* (L) when an automatic CSC_OP_ONLINE was started; 0: none runs */
    int settle_pass;                   /* (L) how many looks for late changes there were */
    int listed;                        /* (L) in engine->scopes */
    int64_t next_online, next_store;   /* (L) monotonic ns */
    csc_status failure;                /* (L) why csc_scope_fail works on it just now; CSC_OK: it does not */
    int blocks_wanted;                 /* (L) large files may lack the list of their blocks (blocks.c) */
    int listing_blocks;                /* (L) a worker makes such lists */
    int state_due;                     /* (L) offline, and the store could not be told: its disk is full */
    int reachable;                     /* (L) the last probe since the last failure found the origin */
    unsigned probe_failures;           /* (L) in a row */
    unsigned lost_probers;             /* (L) probes that hang and were given up */
    unsigned leaving;                  /* (L) threads that are about to take it offline */
    int unchecked;                     /* a power loss may have damaged files that could not be looked at: recover.c */
    int doubtful;                      /* ... while it was online; it may have gone offline since */
    atomic_int strays;                 /* what belongs into its tree may be in the temporary directory: recover.c */
    atomic_int damaged;                /* how many of its files are kept aside until they were compared: damaged.c */
    int fill_marked;                   /* (L) the store holds the mark of a first fill: fill_mark.c */
    atomic_int filling;                /* (L to write) ... durably, and downloads rely on it: then nobody else writes there */
    atomic_uint placing;               /* files that have their name, or are about to get it, and no row yet */
    atomic_int fill_remains;           /* one of them could neither get its row nor be removed: the mark stays */
    int fill_forgotten;                /* (L) ... was told to forget it, and may lose that */
    uint64_t fill_losses;              /* (L) csc_store_losses when it began, or was forgotten */
    int unflushed;                     /* (L) it went offline before all content was on the disk */
    struct csc_prober *prober;         /* (L) the running probe, if any */
};

/* -- scope.c -- */
/* Finds the scope of a parsed path by case-insensitive server and share; adds a reference.  CSC_E_BAD_NETPATH. */
csc_status csc_scope_find(struct csc_engine *engine, const struct csc_path *path, struct csc_scope **scope);
/* As csc_scope_find, but a share that is not mapped while a UNC link for it exists gets mapped to the
 * link's target first (a user who pins \\server\share need not know about map). */
csc_status csc_scope_find_or_adopt(struct csc_engine *engine, const struct csc_path *path, struct csc_scope **scope);
void csc_scope_addref(struct csc_scope *scope);
void csc_scope_release(struct csc_scope *scope);
/* All scopes of a server (NULL: all), each with a reference, ordered by name; free() the array. */
csc_status csc_scopes_of_server(struct csc_engine *engine, const char *server, struct csc_scope ***scopes, size_t *count);
/* Is the origin reachable and still the one that was mapped?  Call on a planner, worker or prober only.
 * CSC_OK, or CSC_E_BAD_NETPATH and the like.  Invariant 3: before and after believing a deletion. */
csc_status csc_scope_check_root(struct csc_scope *scope);
int csc_scope_is_offline(struct csc_scope *scope);
/* 1: programs may be writing into the cache: offline, or about to be, or online again while late changes of theirs are looked
 * for.  What came into the cache without a flush before this is flushed before they do; so who asks after it came there, and
 * flushes it then, leaves nothing unflushed among their changes. */
int csc_scope_has_writers(struct csc_scope *scope);
/* Something on the origin failed in a way that may mean that it is gone: probe soon. */
void csc_scope_suspect(struct csc_scope *scope);
/* The origin hung or vanished: offline with CONNECTION_ERROR (if anything is cached), link swapped.  Done on a
 * thread of its own, because it flushes first: the monitor, which calls this, has other shares to look at. */
void csc_scope_fail(struct csc_scope *scope, csc_status why);

/* -- transition.c -- */
/* Body of CSC_OP_ONLINE for one scope, on the planner: probe, synchronize both ways, swap the link, settle. */
csc_status csc_online_run(struct csc_op *op, struct csc_scope *scope);

/* -- thread.c -- */
/* Starts a thread that nobody joins. */
csc_status csc_thread_start(void *(*run)(void *), void *context);
/* As csc_thread_start for one that looks at cache or store: it is counted (engine->helpers), and closing
 * waits for it a while.  The last thing that run does is csc_helper_end. */
csc_status csc_helper_start(struct csc_engine *engine, void *(*run)(void *), void *context);
void csc_helper_end(struct csc_engine *engine);

/* -- check.c -- */
/* Checks the database on a helper; engine->checking tells how that stands. */
csc_status csc_check_start(struct csc_engine *engine);
/* Waits for the end of it.  CSC_E_CORRUPT: damaged; CSC_E_CANCELLED: the engine closes.  _locked: (L) held. */
csc_status csc_check_wait(struct csc_engine *engine);
csc_status csc_check_wait_locked(struct csc_engine *engine);

/* -- trace.c -- */
void csc_trace(struct csc_engine *engine, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* -- pool.c: the workers of a scope, and the watch over origin calls -- */

struct csc_task
{
    struct csc_task *next;
    void (*run)(struct csc_task *task);        /* on a worker; frees itself */
    /* the worker that runs it hung and was abandoned: called once by the monitor while run() is still stuck */
    void (*abandoned)(struct csc_task *task);
    /* Where there are more workers than usual: moves much content, so that its calls take long the more of it is moved at
     * once; and what such tasks share that lets only one of them at it at a time (a directory of the origin whose
     * names change), NULL: nothing. */
    int heavy;
    const void *lane;
};

/* threads: at least; where most is more, as many as a distant origin is worth (width.h). */
csc_status csc_pool_create(struct csc_scope *scope, unsigned threads, unsigned most, struct csc_pool **pool);
void csc_pool_destroy(struct csc_pool *pool);  /* abandons what hangs */
void csc_pool_submit(struct csc_pool *pool, struct csc_task *task);
/* Workers that there may be now. */
unsigned csc_pool_width(struct csc_pool *pool);
/* See csc_width_share. */
unsigned csc_pool_share(struct csc_pool *pool, unsigned least, unsigned most);

/* Runs fn on a thread that may be abandoned, and waits at most timeout ms: CSC_E_TIMEOUT otherwise.
 * context must stay valid until fn returned: it is released with release(context) by whoever is last. */
csc_status csc_scope_call(struct csc_scope *scope, csc_status (*fn)(struct csc_scope *scope, void *context),
                          void *context, void (*release)(void *context), unsigned timeout);

/* A thread that makes origin calls registers a watch (pool workers, planners, probers do). */
struct csc_watch
{
    struct csc_watch *prev, *next;             /* (L) of the engine */
    atomic_int_fast64_t since;                 /* monotonic ns of the origin call it is in, 0: none */
    atomic_int abandoned;                      /* the call hung: its thread must unwind without changing anything;
                                                * 1 while hung() runs, 2 afterwards */
    unsigned timeout;                          /* ms */
    struct csc_calls *calls;                   /* of the thread itself: what its calls took; NULL: not wanted */
    int64_t entered;                           /* ... and when it went into the one it is in */
    void (*hung)(struct csc_watch *watch);     /* called once by the monitor */
};
void csc_watch_register(struct csc_engine *engine, struct csc_watch *watch);     /* for the calling thread */
void csc_watch_unregister(struct csc_engine *engine, struct csc_watch *watch);
/* Monitor: abandon what hangs.  Called a few times a second. */
void csc_watch_check(struct csc_engine *engine);

/* -- guard.c -- */
/* Wraps a file system: each call is noted in the watch of the calling thread, refused before and
 * failed after with CSC_E_CANCELLED when that watch was abandoned. */
struct csc_fs *csc_guard_create(struct csc_engine *engine, struct csc_fs *base);
void csc_guard_destroy(struct csc_fs *guard);
/* Bits a second of the transfers since the last call, as far as they were large enough to tell; 0: they were not. */
uint64_t csc_guard_throughput(struct csc_fs *guard);

/* -- op.c -- */
/* Starts an operation of the engine's own, without a client: runs at once, closes itself.  The
 * paths of the request are copied. */
csc_status csc_op_run_detached(struct csc_engine *engine, const struct csc_op_request *request,
                               enum csc_automatic automatic);
/* 1: cancelled, failed or abandoned: planners and workers unwind. */
int csc_op_stopping(struct csc_op *op);
/* Monitor/close: ends an operation that cannot end by itself. */
void csc_op_abandon(struct csc_op *op, csc_status status);

/* -- sync.c -- */
/* Synchronizes a whole scope (on a planner that owns it).  flags: OFFLINEFILES_SYNC_CONTROL_*.
 * settle: only what changed locally is looked at and sent. */
csc_status csc_sync_scope(struct csc_op *op, struct csc_scope *scope, uint32_t flags, int settle);

/* -- compare.c: pure -- */
enum csc_difference
{
    CSC_SAME,            /* as recorded, for certain */
    CSC_CHANGED,
    CSC_UNSURE           /* the times prove nothing (racy, or only ctime or ino moved): compare content */
};
/* 1: what was written at mtime and looked at then may have been written again without its time moving. */
int csc_is_racy(int64_t mtime, int64_t looked, int64_t granularity);
/* One side now against what was recorded of it. */
enum csc_difference csc_compare_side(const struct csc_base *base, uint32_t type, const struct csc_stat *now,
                                     int64_t granularity, int trusted_ctime);

/* -- record.c -- */
/* Appends one struct csc_wire_item for a row (NULL: exists only locally) and its place in the cache tree
 * (NULL: not looked at).  path: \\server\share\... in real case. */
struct csc_item_view
{
    const struct csc_item *item;
    const struct csc_stat *local;        /* type NONE: missing in the tree */
    const char *path;
    const char *name_share;              /* \\server\share */
    uint32_t connect_state, offline_reason, caching_mode;
    uint32_t flags;                      /* CSC_ITEM_* found out by the caller (suspended, conflict, partly pinned) */
};
csc_status csc_record_item(struct csc_buffer *buffer, const struct csc_item_view *view);

#endif
