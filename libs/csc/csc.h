/*
 * The engine's public interface
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One engine owns one cache.  All paths are UNC paths in UTF-8 (path.h tells the accepted forms);
 * Unix paths are absolute.  Every function may be called from any thread and answers within a time limit,
 * whatever an origin does.  Buffers get records of cscwire.h and are freed by the caller.
 */

#ifndef CSC_H
#define CSC_H

#include "buffer.h"
#include "fs.h"
#include "quota.h"
#include "schedule.h"
#include "cscwire.h"

struct csc_engine;
struct csc_enum;
struct csc_op;
struct csc_subscription;

struct csc_engine_config
{
    struct csc_fs    *fs;
    struct csc_clock *clock;
    const char *cache_dir;         /* .../windows/CSC; made when missing */
    const char *unc_dir;           /* .../dosdevices/unc */
    unsigned    workers;           /* threads per scope; 0: by number of cores, and more for a distant origin */
    unsigned    most_workers;      /* that a distant origin may have; 0: the workers, where they are given, else 64 */
    unsigned    origin_timeout;    /* ms after which an origin call counts as hung; 0: 4000 */
    unsigned    probe_interval;    /* ms between probes of an origin; 0: 3000 */
    unsigned    ping_interval;     /* ms between two PINGs to a subscriber; 0: 60000 */
    unsigned    answer_timeout;    /* ms after which a client that does not answer its operation's questions counts as
                                    * hung when others want the share; 0: 60000 */
    unsigned    online_sync_interval; /* ms between background synchronizations of an online share; 0: none, nor retries */
    int         system_drive;      /* the volume of the cache is the one that holds the system */
    struct csc_quota_policy quota_policy;
    const char *const *excluded;   /* as csc_set_exclusions takes them, in force from the beginning; read while opening */
    size_t      excluded_count;
    /* a line for the debug channel; may be NULL; called from any native thread */
    void (*trace)(const char *text);
};

/* Opens the store, recovers from a crash, sets every UNC link as the store says, starts the monitor.
 * CSC_E_BUSY: another process owns the cache. */
csc_status csc_engine_open(const struct csc_engine_config *config, struct csc_engine **engine);
/* Cancels operations, commits; hung threads are abandoned.  Links stay as they are. */
void csc_engine_close(struct csc_engine *engine);

/* 1: the database was found damaged since it was opened.  Closing and opening makes it anew. */
int csc_engine_is_damaged(struct csc_engine *engine);

/* -- shares -- */
/* Makes origin (an existing directory) the origin of \\server\share and points the UNC link at it.
 * CSC_E_ALREADY_EXISTS: mapped to another origin; CSC_E_PATH_NOT_FOUND, CSC_E_DIRECTORY: bad origin;
 * CSC_E_EXISTS: a real directory stands where the link belongs; mapping again to the same origin: CSC_OK. */
csc_status csc_map(struct csc_engine *engine, const char *share, const char *origin, uint32_t flags);
/* flags: CSC_UNMAP_*.  CSC_E_BUSY: unsynchronized changes; CSC_E_BAD_NETPATH: not mapped. */
csc_status csc_unmap(struct csc_engine *engine, const char *share, uint32_t flags);
csc_status csc_shares(struct csc_engine *engine, struct csc_buffer *records);       /* struct csc_wire_share */

/* -- items: struct csc_wire_item -- */
csc_status csc_find(struct csc_engine *engine, const char *path, uint32_t query, struct csc_buffer *record);
/* The same with filters (NULL: none); an item that does not pass is not found (Q66). */
csc_status csc_find_filtered(struct csc_engine *engine, const char *path, uint32_t query,
                             const struct csc_wire_filters *filters, struct csc_buffer *record);
/* path NULL: servers.  enum_flags: OFFLINEFILES_ENUM_*.  A snapshot of the directory; a flat one reads those below as it
 * gets to them (Q71).  It holds nothing open between two calls.  Close it before the engine. */
csc_status csc_enum_open(struct csc_engine *engine, const char *path, uint32_t query, uint32_t enum_flags,
                         struct csc_enum **snapshot);
/* The same with filters (NULL: none).  What does not pass is left out, what is below it is not (Q75).
 * CSC_E_INVALID_ARG: filters that make no sense, see filter.h. */
csc_status csc_enum_open_filtered(struct csc_engine *engine, const char *path, uint32_t query, uint32_t enum_flags,
                                  const struct csc_wire_filters *filters, struct csc_enum **snapshot);
/* At most max_bytes (at least one record); CSC_FALSE and nothing at the end.  A failure stays. */
csc_status csc_enum_next(struct csc_enum *snapshot, size_t max_bytes, struct csc_buffer *records);
void csc_enum_close(struct csc_enum *snapshot);
size_t csc_enum_bytes(const struct csc_enum *snapshot);     /* what it takes now */

/* The conflicts on record at a path and below it, NULL: all, as struct csc_wire_conflict.  Looks at cache and store
 * only.  CSC_E_BAD_NETPATH: the share (or any of the server's) is not mapped. */
csc_status csc_conflicts(struct csc_engine *engine, const char *path, struct csc_buffer *records);

/* -- operations -- */
struct csc_op_request
{
    enum csc_op_kind kind;
    uint32_t flags;                /* public flags of the kind */
    uint32_t ask;                  /* CSC_OP_ASK_* */
    int      deep;
    uint8_t  sync_id[16];
    const char *const *paths;
    size_t   count;
};
/* Checks the arguments (CSC_E_INVALID_ARG, CSC_E_BAD_PATH); the operation runs from the first pull on. */
csc_status csc_op_start(struct csc_engine *engine, const struct csc_op_request *request, struct csc_op **op);
/* replies: struct csc_wire_reply records.  Waits up to timeout ms for events (struct csc_wire_event). */
csc_status csc_op_pull(struct csc_op *op, uint32_t timeout, const void *replies, size_t reply_size,
                       struct csc_wire_totals *totals, struct csc_buffer *events);
void csc_op_cancel(struct csc_op *op);
void csc_op_close(struct csc_op *op);     /* cancels when not ended; op is gone afterwards */

/* -- connection -- */
csc_status csc_go_offline(struct csc_engine *engine, const char *path, int force, int *prevented);
csc_status csc_connect_state(struct csc_engine *engine, const char *path, uint32_t *state, uint32_t *reason);
/* going online is the operation CSC_OP_ONLINE */

/* -- suspension: suspend.c -- */
/* Suspends the tree below a share or directory of the cache, or releases what was suspended here; durable.
 * Suspended items are offline and left out of automatic synchronization.  CSC_E_NOT_FOUND: not in the cache;
 * CSC_E_DIRECTORY: a file; CSC_E_BAD_PATH: a server; CSC_E_INVALID_STATE: a directory made offline, which nothing is
 * recorded of yet, or a release of what an ancestor suspends.  [behaviour.md §2.18]; Q99 */
csc_status csc_suspend(struct csc_engine *engine, const char *path, int suspend);

/* -- published events: subscribe.c -- */
/* events: bit n for OFFLINEFILES_EVENT n; match, path: a path filter, path NULL: none.  PING and DATALOST come always.
 * What is committed from now on is queued for the subscriber.  CSC_E_INVALID_ARG, CSC_E_BAD_PATH: the filter;
 * CSC_E_NO_RESOURCES: too many subscriptions. */
csc_status csc_subscribe(struct csc_engine *engine, uint64_t events, uint32_t match, const char *path,
                         struct csc_subscription **subscription);
/* Waits up to timeout ms for struct csc_wire_news records, oldest first.  CSC_E_CANCELLED: csc_subscription_cancel, or
 * the engine closes; CSC_E_TIMEOUT: the subscriber did not come back for too long and was removed. */
csc_status csc_news_pull(struct csc_subscription *subscription, uint32_t timeout, struct csc_buffer *records);
/* Ends what waits in csc_news_pull, and each later one. */
void csc_subscription_cancel(struct csc_subscription *subscription);
/* Nobody may be inside csc_news_pull any more.  May be called after csc_engine_close. */
void csc_unsubscribe(struct csc_subscription *subscription);
/* Tells what happened outside of the engine: BACKGROUNDSYNCBEGIN and -END (flags: sync control flags),
 * POLICYCHANGEDETECTED, PREFERENCECHANGEDETECTED, SETTINGSCHANGESAPPLIED; others: CSC_E_INVALID_ARG. */
csc_status csc_publish(struct csc_engine *engine, uint32_t event, uint32_t flags);

/* -- renaming in the cache: relocate.c -- */
/* Renames in the cache: a file or directory within its share, a share, or a server with all its shares; the origin is not
 * touched, and a share keeps the one it has.  now: at once; later: at the next csc_engine_open, recorded durably.  CSC_E_NOT_FOUND: not in the cache; CSC_E_PATH_NOT_FOUND: no such
 * directory to move into; CSC_E_ALREADY_EXISTS: the new path is in the cache, or (shares) what stands at its link leads
 * elsewhere; CSC_E_NOT_SAME_DEVICE: in another share; CSC_E_INVALID_ARG: into itself, or the paths are of different kinds;
 * CSC_E_INVALID_STATE: into a directory made offline; now alone: CSC_E_SHARING: it, or something below it, is open;
 * CSC_E_BUSY: an operation of a client works in the share; CSC_E_CANCELLED: the engine closes.
 * [behaviour.md §2.2.10, §2.3.1]; Q60, Q62 */
csc_status csc_rename_now(struct csc_engine *engine, const char *from, const char *to);
csc_status csc_rename_later(struct csc_engine *engine, const char *from, const char *to);

/* -- the record of what was done -- */
struct csc_log_query
{
    uint64_t since;                /* FILETIME; 0: everything */
    uint64_t after;                /* id of the last record that was read, 0: none */
    uint32_t flags;                /* CSC_LOG_* */
    const char *path;              /* an item and everything below it; NULL: all */
};
/* struct csc_wire_log, oldest first, at most max_bytes (at least one record); CSC_FALSE and nothing at the end. */
csc_status csc_log_read(struct csc_engine *engine, const struct csc_log_query *query, size_t max_bytes,
                        struct csc_buffer *records);

/* -- slow links: slow.c -- */
/* The rows of SlowLinkParams; none: no share goes offline because its link is slow.  What makes no sense is left out. */
csc_status csc_set_slow_links(struct csc_engine *engine, const char *const *patterns, const char *const *parameters,
                              size_t count);

/* -- exclusion lists: exclude.c -- */
/* Patterns of names of files that are not to come into the cache, as FindFirstFile reads them, from all lists; none:
 * every file may.  In force at once, also for operations that run.  What is cached already stays, and is synchronized
 * both ways; what is only a name without content keeps its pin and gets none.  A pattern that is none (empty, too long)
 * is left out.  CSC_E_OUT_OF_MEMORY: the former ones stay in force.  Q18 */
csc_status csc_set_exclusions(struct csc_engine *engine, const char *const *patterns, size_t count);

/* -- files assigned by an administrator: adminpin.c -- */
/* The lists AssignedOfflineFolders of the machine and of the user, as they stand there; what is no path of a share is
 * noted in the record and left out.  Carried out by and by, and again while something fails; CSC_OP_ADMIN_UNPIN and
 * CSC_OP_ADMIN_PIN do it now.  economical: what is pinned already is left to later synchronizations; otherwise the shares
 * are synchronized after the first call.  Until the first call no pin is taken away. */
csc_status csc_set_admin_pins(struct csc_engine *engine, const char *const *machine, size_t machine_count,
                              const char *const *user, size_t user_count, int economical);

/* -- background synchronization: background.c -- */
/* The policy; numbers out of range are brought back to their defaults.  In effect at once.  Without a call:
 * csc_background_defaults. */
void csc_set_background_policy(struct csc_engine *engine, const struct csc_background_policy *policy);

/* -- the cache -- */
csc_status csc_disk_space(struct csc_engine *engine, uint64_t *total, uint64_t *limit, uint64_t *used,
                          uint64_t *unpinned_limit, uint64_t *unpinned_used);
/* Limits in bytes, for all content and for what is not pinned; kept in the store.  They take effect within the rules of
 * quota.h: what is too much is lowered, nothing fails because of its value.  CSC_E_POLICY: a policy sets them. */
csc_status csc_set_disk_limits(struct csc_engine *engine, uint64_t limit, uint64_t unpinned_limit);
void csc_set_quota_policy(struct csc_engine *engine, const struct csc_quota_policy *policy);
/* encrypted: the content of the cache is, all of it, and what gets into it will be; partial: some is, some is not.
 * [behaviour.md §2.2.6]; Q59 */
csc_status csc_encryption_status(struct csc_engine *engine, int *encrypted, int *partial);
/* cacheable: the share is (or can be) mapped and the path can be an item; a name on an exclusion list can only when it is
 * cached already or a directory there (Q92).  mode: OFFLINEFILES_CACHING_MODE. */
csc_status csc_is_cacheable(struct csc_engine *engine, const char *path, int *cacheable, uint32_t *mode);

#endif
