/*
 * Records that travel between the engine, the service and cscobj
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A blob is a run of records.  Every record starts with its own size in bytes
 * (a multiple of 8, tail included), so that a reader can step over what it does
 * not know.  All fields have fixed widths and natural alignment: the layout is
 * the same for 32-bit and 64-bit clients.  Strings are UTF-16, counted in code
 * units without the terminator, and always followed by one.
 */

#ifndef __CSCWIRE_H
#define __CSCWIRE_H

#include <stdint.h>

/* changed whenever a layout below changes; checked by ICscService::Connect */
#define CSC_WIRE_VERSION 5

/* ---- items ------------------------------------------------------------- */

#define CSC_ITEM_SPARSE               0x00000001u /* file: content not complete in the cache */
#define CSC_ITEM_ENCRYPTED            0x00000002u
#define CSC_ITEM_GHOST                0x00000004u /* name only, nothing usable offline */
#define CSC_ITEM_DIRTY                0x00000008u /* any of the five below */
#define CSC_ITEM_DELETED_OFFLINE      0x00000010u
#define CSC_ITEM_CREATED_OFFLINE      0x00000020u
#define CSC_ITEM_MODIFIED_DATA        0x00000040u
#define CSC_ITEM_MODIFIED_ATTRIBUTES  0x00000080u
#define CSC_ITEM_MODIFIED_TIME        0x00000100u
#define CSC_ITEM_MARKED_FOR_DELETION  0x00000200u
#define CSC_ITEM_SUSPENDED            0x00000400u
#define CSC_ITEM_SUSPENDED_ROOT       0x00000800u
#define CSC_ITEM_PARTLY_PINNED        0x00001000u /* container: not pinned, something below is */
#define CSC_ITEM_HAS_LOCAL            0x00002000u /* the local_* fields hold data */
#define CSC_ITEM_HAS_ORIGINAL         0x00004000u /* the original_* fields hold data */
#define CSC_ITEM_CONFLICT             0x00008000u /* an unresolved conflict is on record */

/* pin reasons; the same bits, shifted by CSC_PIN_INHERIT_SHIFT, say that new children get the reason */
#define CSC_PIN_USER          0x01u
#define CSC_PIN_USER_POLICY   0x02u
#define CSC_PIN_COMPUTER      0x04u
#define CSC_PIN_REDIRECTION   0x08u
#define CSC_PIN_REASONS       0x0fu
#define CSC_PIN_INHERIT_SHIFT 4

/* times are FILETIMEs (100 ns since 1601, UTC), in this order */
enum csc_wire_time
{
    CSC_TIME_CREATION,
    CSC_TIME_LAST_WRITE,
    CSC_TIME_CHANGE,
    CSC_TIME_LAST_ACCESS,
    CSC_TIME_COUNT
};

struct csc_wire_item
{
    uint32_t size;
    uint32_t type;                  /* OFFLINEFILES_ITEM_TYPE */
    uint64_t id;                    /* store id, 0 for servers and items not in the store yet */
    uint32_t flags;                 /* CSC_ITEM_* */
    uint32_t pin;                   /* CSC_PIN_* */
    uint32_t connect_state;         /* OFFLINEFILES_CONNECT_STATE */
    uint32_t offline_reason;        /* OFFLINEFILES_OFFLINE_REASON */
    uint32_t caching_mode;          /* OFFLINEFILES_CACHING_MODE of the share */
    uint32_t share_length;          /* code units of path that name \\server\share; 0 for servers */
    uint32_t local_attributes;      /* FILE_ATTRIBUTE_* */
    uint32_t original_attributes;
    uint64_t local_size;            /* bytes */
    uint64_t original_size;
    uint64_t local_times[CSC_TIME_COUNT];
    uint64_t original_times[CSC_TIME_COUNT];
    uint64_t dirty_bytes;           /* file: bytes not synchronized yet */
    uint32_t reserved;
    uint32_t path_length;
    uint16_t path[];                /* \\server\share\dir\file, real case, no trailing backslash */
};

/* ---- filters of a find or an enumeration ---------------------------------- */

/* What the client's IOfflineFilesItemFilter objects said, read once when the call was made (Q79). */
enum csc_filter_position
{
    CSC_FILTER_INCLUDE_FILE,
    CSC_FILTER_INCLUDE_DIRECTORY,
    CSC_FILTER_EXCLUDE_FILE,
    CSC_FILTER_EXCLUDE_DIRECTORY,
    CSC_FILTER_COUNT
};

/* the conditions that a filter has; without any it is no filter */
#define CSC_FILTER_FLAGS       0x1u
#define CSC_FILTER_TIME        0x2u
#define CSC_FILTER_PATTERN     0x4u
#define CSC_FILTER_TIME_OF_DAY 0x8u /* not a condition: the time of day counts, too */

#define CSC_FILTER_PATTERN_UNITS 260 /* terminator included */

struct csc_wire_filter
{
    uint64_t flags, mask;           /* OFFLINEFILES_ITEM_FILTER_FLAG_* */
    uint64_t time;                  /* FILETIME */
    uint32_t conditions;            /* CSC_FILTER_* */
    uint32_t time_type;             /* OFFLINEFILES_ITEM_TIME */
    uint32_t compare;               /* OFFLINEFILES_COMPARE */
    uint32_t reserved;
    uint16_t pattern[CSC_FILTER_PATTERN_UNITS];
};

/* All four; passed as one blob of exactly this size. */
struct csc_wire_filters
{
    struct csc_wire_filter at[CSC_FILTER_COUNT];
};

/* ---- shares (csccmd status, map) ---------------------------------------- */

struct csc_wire_share
{
    uint32_t size;
    uint32_t connect_state;
    uint32_t offline_reason;
    uint32_t caching_mode;
    uint64_t items;                 /* rows in the store, the share itself excluded */
    uint64_t pinned;                /* of these, pinned for any reason */
    uint64_t sparse;                /* files without complete content */
    uint64_t conflicts;
    uint64_t bytes;                 /* content held in the cache */
    uint64_t last_sync;             /* FILETIME, 0: never */
    uint32_t name_length;           /* \\server\share; text starts at strings[0] */
    uint32_t origin_length;         /* Unix path; text starts at strings[name_length + 1] */
    uint16_t strings[];
};

/* ---- conflicts (csccmd conflicts) ---------------------------------------- */

#define CSC_CONFLICT_HAS_LOCAL       0x1u /* a version of the cache is there */
#define CSC_CONFLICT_LOCAL_DIRECTORY 0x2u /* ... and is a directory */

struct csc_wire_conflict
{
    uint32_t size;
    uint32_t state;                 /* OFFLINEFILES_SYNC_STATE */
    uint64_t time;                  /* FILETIME: when it was detected */
    uint32_t flags;                 /* CSC_CONFLICT_* */
    uint32_t path_length;
    uint16_t path[];                /* \\server\share\dir\file */
};

/* ---- operations --------------------------------------------------------- */

enum csc_op_kind
{
    CSC_OP_SYNC,                    /* flags: OFFLINEFILES_SYNC_CONTROL_* */
    CSC_OP_DELETE,                  /* flags: OFFLINEFILES_DELETE_FLAG_* */
    CSC_OP_PIN,                     /* flags: OFFLINEFILES_PIN_CONTROL_* */
    CSC_OP_UNPIN,                   /* flags: OFFLINEFILES_PIN_CONTROL_* */
    CSC_OP_ONLINE,                  /* synchronize, swap, settle the scope of each path */
    CSC_OP_ADMIN_PIN,               /* what the lists of assigned files name; flags 0, no paths */
    CSC_OP_ADMIN_UNPIN,             /* what left them, the same; to be run before the other */
    CSC_OP_DELETE_NOTHING,          /* as CSC_OP_DELETE, of a user who has nothing in this cache: no path is found */
    CSC_OP_ENCRYPT,                 /* flags: OFFLINEFILES_ENCRYPTION_CONTROL_FLAGS; deep: encrypt, else decrypt; no paths */
    CSC_OP_KIND_COUNT
};

/* what the client wants to be asked about; without these bits the operation runs unasked */
#define CSC_OP_ASK_ITEMS     0x1u   /* ITEM_BEGIN and ITEM_RESULT events, each answered */
#define CSC_OP_ASK_CONFLICTS 0x2u   /* CONFLICT events, each answered */

enum csc_event_kind
{
    CSC_EVENT_ITEM_BEGIN = 1,       /* work on the item starts after the reply */
    CSC_EVENT_ITEM_RESULT,          /* the outcome in status is settled after the reply */
    CSC_EVENT_CONFLICT,             /* reply: resolution and new name */
    CSC_EVENT_END                   /* last event of an operation; status is its result; no reply */
};

/* The three states of an item. */
enum csc_copy { CSC_COPY_LOCAL, CSC_COPY_REMOTE, CSC_COPY_ORIGINAL, CSC_COPY_COUNT };
#define CSC_COPY_BIT(copy) (1u << (copy))

struct csc_wire_copy
{
    uint32_t attributes;            /* FILE_ATTRIBUTE_* */
    uint32_t reserved;
    uint64_t size;                  /* bytes; 0 for directories */
    uint64_t last_write;            /* FILETIMEs */
    uint64_t change;
};

/* What was known of an item that failed, as it was seen when it was decided about. */
struct csc_wire_error
{
    uint32_t size;
    int32_t  status;                /* HRESULT */
    uint32_t operation;             /* OFFLINEFILES_SYNC_OPERATION */
    uint32_t changes;               /* OFFLINEFILES_SYNC_ITEM_CHANGE_*, between local and remote */
    uint32_t looked;                /* CSC_COPY_BITs: which copies were looked for */
    uint32_t found;                 /* ... and found */
    struct csc_wire_copy copies[CSC_COPY_COUNT];
};

struct csc_wire_event
{
    uint32_t size;
    uint32_t kind;                  /* enum csc_event_kind */
    uint64_t token;                 /* repeated in the reply */
    int32_t  status;                /* HRESULT of ITEM_RESULT and END */
    uint32_t operation;             /* OFFLINEFILES_SYNC_OPERATION of ITEM_RESULT */
    uint32_t sync_state;            /* CONFLICT: OFFLINEFILES_SYNC_STATE */
    uint32_t state_known;           /* CONFLICT: OFFLINEFILES_SYNC_STATE_*_KNOWN */
    uint32_t change_details;        /* CONFLICT: OFFLINEFILES_CHANGES_* */
    uint32_t error_offset;          /* ITEM_RESULT that failed: where in this record its struct csc_wire_error is; else 0 */
    uint32_t reserved;
    uint32_t path_length;
    uint16_t path[];
};

/* counters of an operation at the time of a pull; not a record, handed out beside the blob */
struct csc_wire_totals
{
    uint64_t items_found;           /* grows until planned is set */
    uint64_t items_done;
    uint64_t items_failed;
    uint64_t bytes_found;           /* content to be transferred, as far as known */
    uint64_t bytes_done;
    uint64_t bytes_sent;            /* of these, what travelled to an origin; not what the origin had already, nor holes */
    uint32_t planned;               /* 1: items_found and bytes_found are final */
    uint32_t ended;                 /* 1: the END event was delivered */
};

struct csc_wire_reply
{
    uint32_t size;
    uint32_t response;              /* OFFLINEFILES_OP_RESPONSE, or OFFLINEFILES_SYNC_CONFLICT_RESOLVE for CONFLICT */
    uint64_t token;
    uint32_t more;                  /* so many questions with the tokens that follow get the same answer; 0 with a name */
    uint32_t name_length;           /* CONFLICT: new name, else 0 */
    uint16_t name[];
};

/* ---- published events ------------------------------------------------------ */

/* detail of ITEMMODIFIED */
#define CSC_NEWS_MODIFIED_DATA       0x1u
#define CSC_NEWS_MODIFIED_ATTRIBUTES 0x2u

struct csc_wire_news
{
    uint32_t size;
    uint32_t event;                 /* OFFLINEFILES_EVENTS */
    uint32_t item_type;             /* OFFLINEFILES_ITEM_TYPE, of events about an item */
    int32_t  status;                /* HRESULT of SYNCFILERESULT, SYNCEND, PREFETCHFILEEND */
    uint32_t detail;                /* SYNCCONFLICTREC*: OFFLINEFILES_SYNC_STATE; ITEMMODIFIED: CSC_NEWS_MODIFIED_*;
                                     * BACKGROUNDSYNC*: sync control flags */
    uint32_t reserved;
    uint64_t time;                  /* FILETIME, of SYNCCONFLICTREC* */
    uint8_t  sync_id[16];           /* SYNCBEGIN, SYNCFILERESULT, SYNCEND */
    uint32_t path_length;           /* \\server\share\...; text starts at strings[0] */
    uint32_t old_length;            /* ITEMRENAMED: the old one; text starts at strings[path_length + 1] */
    uint16_t strings[];
};

/* ---- the record of what was done (csccmd log) ------------------------------ */

#define CSC_LOG_ERRORS 0x1u         /* only what failed */

struct csc_wire_log
{
    uint32_t size;
    int32_t  status;                /* HRESULT of what was done */
    uint64_t id;                    /* grows; where the next call goes on */
    uint64_t time;                  /* FILETIME */
    uint32_t operation_length;      /* text starts at strings[0] */
    uint32_t path_length;           /* behind it and its terminator; 0: it concerns the cache as a whole */
    uint32_t reason_length;         /* behind that; plain words, in English */
    uint32_t reserved;
    uint16_t strings[];
};

/* ---- extraction (csccmd extract) ------------------------------------------ */

enum csc_extract_step
{
    CSC_EXTRACT_COPIED = 1,
    CSC_EXTRACT_PRESENT,            /* the same is in the target already */
    CSC_EXTRACT_FAILED,             /* why: status */
    CSC_EXTRACT_NOTICE              /* path is a text for the user, in English */
};

struct csc_wire_extract
{
    uint32_t size;
    uint32_t kind;                  /* enum csc_extract_step */
    int32_t  status;
    uint32_t path_length;           /* below the cache; text starts at strings[0] */
    uint64_t bytes;                 /* COPIED */
    uint32_t name_length;           /* below the target, 0: as path; text starts at strings[path_length + 1] */
    uint32_t reserved;
    uint16_t strings[];
};

/* limits that both ends enforce */
#define CSC_MAX_PATH_UNITS   32767u /* code units of a path */
#define CSC_MAX_PATHS        65536u /* paths of one call */
#define CSC_MAX_PATHS_UNITS  (32u * 1024 * 1024) /* code units of all paths of one call */
#define CSC_MAX_REPLY_BYTES  (4u * 1024 * 1024)
#define CSC_MAX_BLOB_BYTES   (8u * 1024 * 1024)
#define CSC_MAX_RETRIES      10     /* RETRY answers for one item, Q23 */

/* map and unmap */
#define CSC_UNMAP_DISCARD_CHANGES 0x1u /* unmap although local changes were not synchronized */
#define CSC_UNMAP_KEEP_LINK       0x2u /* leave the UNC link at the origin instead of what stood there before */

#endif /* __CSCWIRE_H */
