/*
 * What passes between the two halves of cscsvc: the PE module and the native library
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Both halves are compiled from this header, so it uses types of fixed width only.  Pointers are
 * shared: both halves live in one address space.  Strings with a length are UTF-16 as clients sent
 * them; the native half turns them into the engine's UTF-8.
 */

#ifndef __CSCSVC_UNIXLIB_H
#define __CSCSVC_UNIXLIB_H

#include <stdint.h>
#include "cscwire.h"

/* Raised with every change below: a PE module must not talk to the library of another build. */
#define CSC_UNIX_VERSION 6

enum csc_unix_call
{
    CSC_UNIX_VERSION_CHECK,
    CSC_UNIX_OPEN,
    CSC_UNIX_CLOSE,
    CSC_UNIX_FREE,
    CSC_UNIX_FIND,
    CSC_UNIX_ENUM_OPEN,
    CSC_UNIX_ENUM_NEXT,
    CSC_UNIX_ENUM_CLOSE,
    CSC_UNIX_OP_START,
    CSC_UNIX_OP_PULL,
    CSC_UNIX_OP_CANCEL,
    CSC_UNIX_OP_CLOSE,
    CSC_UNIX_GO_OFFLINE,
    CSC_UNIX_CONNECT_STATE,
    CSC_UNIX_SUSPEND,
    CSC_UNIX_DISK_SPACE,
    CSC_UNIX_SET_DISK_LIMITS,
    CSC_UNIX_SET_QUOTA_POLICY,
    CSC_UNIX_SET_BACKGROUND_POLICY,
    CSC_UNIX_SET_ADMIN_PINS,
    CSC_UNIX_SET_SLOW_LINKS,
    CSC_UNIX_SET_EXCLUSIONS,
    CSC_UNIX_IS_CACHEABLE,
    CSC_UNIX_MAP,
    CSC_UNIX_UNMAP,
    CSC_UNIX_SHARES,
    CSC_UNIX_CONFLICTS,
    CSC_UNIX_LOG,
    CSC_UNIX_RENAME,
    CSC_UNIX_ENCRYPTION,
    CSC_UNIX_IS_DAMAGED,
    CSC_UNIX_SUBSCRIBE,
    CSC_UNIX_NEWS_PULL,
    CSC_UNIX_NEWS_CANCEL,
    CSC_UNIX_UNSUBSCRIBE,
    CSC_UNIX_PUBLISH,
    CSC_UNIX_EXTRACT_OPEN,
    CSC_UNIX_EXTRACT_PULL,
    CSC_UNIX_EXTRACT_CLOSE,
    CSC_UNIX_CALL_COUNT
};

/* UTF-16 text of a caller, length in code units. */
struct csc_unix_text
{
    const uint16_t *units;
    uint32_t length;
};

/* Memory of the engine, given back with CSC_UNIX_FREE. */
struct csc_unix_blob
{
    void    *data;
    uint64_t size;
};

/* In every structure, status is a csc_status, the result of the call. */

struct csc_unix_version_params
{
    int32_t  status;
    uint32_t version;              /* in: CSC_UNIX_VERSION, out: that of the library */
};

/* Policy values for the size of the cache, in MiB. */
struct csc_unix_quota_policy
{
    uint32_t limited, unpinned_limited;      /* 1: the value is set */
    uint32_t limit, unpinned_limit;
};

struct csc_unix_open_params
{
    int32_t  status;
    uint32_t workers;              /* 0: default, as the four below */
    uint32_t origin_timeout;       /* ms */
    uint32_t probe_interval;       /* ms */
    uint32_t ping_interval;        /* ms */
    uint32_t answer_timeout;       /* ms */
    uint32_t online_sync_interval; /* ms; 0: none */
    uint32_t system_drive;         /* 1: C:\windows is on the drive that Windows counts as the system's */
    struct csc_unix_quota_policy quota_policy;
    uint32_t excluded_count;
    const struct csc_unix_text *excluded;    /* patterns of all exclusion lists */
    uint32_t trace;                /* 1: print the engine's lines on the debug channel */
    const char *windows_dir;       /* Unix path of C:\windows */
    const char *drive_c;           /* Unix path of C:\ inside dosdevices */
    void    *engine;               /* out */
};

struct csc_unix_close_params       { int32_t status; void *engine; };
struct csc_unix_free_params        { int32_t status; void *data; };

struct csc_unix_find_params
{
    int32_t  status;
    uint32_t query;
    void    *engine;
    struct csc_unix_text path;
    const struct csc_wire_filters *filters;   /* NULL: none */
    struct csc_unix_blob record;   /* out */
};

struct csc_unix_enum_open_params
{
    int32_t  status;
    uint32_t query, flags;
    void    *engine;
    struct csc_unix_text path;     /* units NULL: the servers */
    const struct csc_wire_filters *filters;   /* NULL: none */
    void    *snapshot;             /* out */
    uint64_t bytes;                /* out: memory that it takes */
};

struct csc_unix_enum_next_params
{
    int32_t  status;
    uint32_t max_bytes;
    void    *snapshot;
    struct csc_unix_blob records;  /* out: packed (cscpack.h) */
    uint64_t bytes;                /* out: memory that the enumeration takes now */
};

struct csc_unix_enum_close_params  { int32_t status; void *snapshot; };

struct csc_unix_op_start_params
{
    int32_t  status;
    uint32_t kind, flags, ask, deep, count;
    uint8_t  sync_id[16];
    void    *engine;
    const struct csc_unix_text *paths;
    void    *op;                   /* out */
};

struct csc_unix_op_pull_params
{
    int32_t  status;
    uint32_t timeout;              /* ms */
    void    *op;
    const void *replies;           /* of any alignment */
    uint64_t reply_size;
    struct csc_wire_totals totals; /* out */
    struct csc_unix_blob events;   /* out */
};

struct csc_unix_op_params          { int32_t status; void *op; };   /* cancel, close */

struct csc_unix_go_offline_params
{
    int32_t  status;
    int32_t  force;
    void    *engine;
    struct csc_unix_text path;
    int32_t  prevented;            /* out */
};

struct csc_unix_connect_state_params
{
    int32_t  status;
    uint32_t state, reason;        /* out */
    void    *engine;
    struct csc_unix_text path;
};

struct csc_unix_suspend_params
{
    int32_t  status;
    int32_t  suspend;
    void    *engine;
    struct csc_unix_text path;
};

struct csc_unix_disk_space_params
{
    int32_t  status;
    void    *engine;
    uint64_t total, limit, used, unpinned_limit, unpinned_used;   /* out */
};

struct csc_unix_set_disk_limits_params
{
    int32_t  status;
    void    *engine;
    uint64_t limit, unpinned_limit;
};

struct csc_unix_set_quota_policy_params
{
    int32_t  status;
    void    *engine;
    struct csc_unix_quota_policy policy;
};

/* The policy "Configure Background Sync", as it stands in the registry. */
struct csc_unix_set_background_policy_params
{
    int32_t  status;
    uint32_t configured;           /* 0: none, the rest is not looked at */
    uint32_t period, variance, ignore_blockout_after, blockout_start, blockout_duration, forced_offline;
    void    *engine;
};

/* The lists AssignedOfflineFolders. */
struct csc_unix_set_admin_pins_params
{
    int32_t  status;
    uint32_t economical;
    uint32_t machine_count, user_count;
    const struct csc_unix_text *paths;       /* those of the machine first */
    void    *engine;
};

/* The patterns of all exclusion lists. */
struct csc_unix_set_exclusions_params
{
    int32_t  status;
    uint32_t count;
    const struct csc_unix_text *patterns;
    void    *engine;
};

/* The rows of SlowLinkParams. */
struct csc_unix_set_slow_links_params
{
    int32_t  status;
    uint32_t count;
    const struct csc_unix_text *patterns, *parameters;
    void    *engine;
};

struct csc_unix_is_cacheable_params
{
    int32_t  status;
    int32_t  cacheable;            /* out */
    uint32_t mode;                 /* out */
    void    *engine;
    struct csc_unix_text path;
};

struct csc_unix_map_params
{
    int32_t  status;
    uint32_t flags;
    void    *engine;
    struct csc_unix_text share;
    struct csc_unix_text origin;   /* unused by unmap */
};

struct csc_unix_shares_params
{
    int32_t  status;
    void    *engine;
    struct csc_unix_blob records;  /* out */
};

struct csc_unix_conflicts_params
{
    int32_t  status;
    void    *engine;
    struct csc_unix_text path;     /* units NULL: all */
    struct csc_unix_blob records;  /* out */
};

struct csc_unix_log_params
{
    int32_t  status;
    uint32_t flags, max_bytes;
    uint64_t since, after;
    void    *engine;
    struct csc_unix_text path;     /* units NULL: everything */
    struct csc_unix_blob records;  /* out */
};

struct csc_unix_rename_params
{
    int32_t  status;
    int32_t  later;                /* 1: at the next start */
    void    *engine;
    struct csc_unix_text from, to;
};

struct csc_unix_encryption_params
{
    int32_t  status;
    int32_t  encrypted, partial;   /* out */
    void    *engine;
};

struct csc_unix_is_damaged_params  { int32_t status; int32_t damaged; void *engine; };

struct csc_unix_subscribe_params
{
    int32_t  status;
    uint32_t match;
    uint64_t events;
    void    *engine;
    struct csc_unix_text path;     /* units NULL: any */
    void    *subscription;         /* out */
};

struct csc_unix_news_pull_params
{
    int32_t  status;
    uint32_t timeout;              /* ms */
    void    *subscription;
    struct csc_unix_blob records;  /* out */
};

struct csc_unix_subscription_params { int32_t status; void *subscription; };   /* cancel, unsubscribe */

struct csc_unix_publish_params
{
    int32_t  status;
    uint32_t event, flags;
    void    *engine;
};

/* Extraction needs no engine and no service: programs may call it in their own process. */
struct csc_unix_extract_open_params
{
    int32_t  status;
    int32_t  only_modified;
    struct csc_unix_text cache, target;   /* Unix paths */
    void    *extract;              /* out */
};

struct csc_unix_extract_pull_params
{
    int32_t  status;               /* CSC_FALSE: the end */
    void    *extract;
    struct csc_unix_blob records;  /* out: struct csc_wire_extract */
};

struct csc_unix_extract_close_params { int32_t status; void *extract; };

#endif /* __CSCSVC_UNIXLIB_H */
