/*
 * The store: what the cache knows, in one SQLite database
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * WAL mode, one connection, one owner per prefix (locked).  Changes go into one open transaction
 * (group commit) that csc_store_commit ends; csc_store_tick ends it when it is old or large.  A
 * crash loses at most the open transaction, and the protocol above makes that harmless: the
 * base moves last, so that lost rows only mean work done again.
 *
 * Every function locks the store itself and may be called from any thread.  No function waits for an
 * origin.  Strings in results are allocated with malloc and belong to the caller.
 */

#ifndef CSC_STORE_H
#define CSC_STORE_H

#include <stddef.h>
#include <stdint.h>
#include "fs.h"
#include "texts.h"

struct csc_store;

/* item.flags */
#define CSC_ROW_SPARSE     0x01u  /* file: no complete content in the cache; nothing at its place in the tree */
#define CSC_ROW_UNFLUSHED  0x02u  /* content or directory made since the last csc_fs.sync_all (see csc_store_flushed) */
#define CSC_ROW_BASE       0x04u  /* origin and local below hold an agreement ("original") */
#define CSC_ROW_MOUNT      0x08u  /* directory: on the origin another file system began here */
#define CSC_ROW_ENUMERATED 0x10u  /* directory: its children were listed completely at least once */
#define CSC_ROW_SUSPENDED  0x20u  /* root of a suspended tree */
#define CSC_ROW_EVICTED    0x40u  /* sparse file: its content was evicted, and comes back only when it is asked for */
#define CSC_ROW_PLACING    0x80u  /* a download is about to take its place: no flush says anything about it yet */

/* One side of the agreement. */
struct csc_base
{
    uint64_t size, ino;
    int64_t  mtime, ctime;
    uint32_t attributes;
    int64_t  recorded;       /* when, in the clock of csc_clock.now; racy when mtime is not clearly before */
    int64_t  btime, atime;   /* of the origin only, to be told; 0: not known */
};

struct csc_item
{
    int64_t  id;             /* 0: not stored yet */
    int64_t  parent;         /* item id of the container; 0 for a share's own row */
    int64_t  scope;
    char    *name;           /* real case, UTF-8 */
    char    *key;            /* csc_name_key(name) */
    uint32_t type;           /* OFFLINEFILES_ITEM_TYPE: 0 file, 1 directory, 2 share */
    uint32_t pin;            /* CSC_PIN_* of cscwire.h with inherit bits */
    uint32_t flags;          /* CSC_ROW_* */
    struct csc_base origin, local;
    int64_t  used;           /* last use, for eviction */
};

struct csc_item_list
{
    struct csc_item *items;  /* ordered by key (bytes) */
    size_t count;
    struct csc_texts texts;  /* their names and keys; empty: each item has its own */
};

struct csc_scope_row
{
    int64_t  id;
    char    *server, *share; /* real case */
    char    *origin;         /* absolute Unix path */
    struct csc_root_id root; /* recorded at map time, dev refreshed for anonymous devices */
    char    *link_before;    /* text of the UNC link before map; NULL: there was none */
    uint32_t offline;        /* 1: taken offline (the link should point at the cache) */
    uint32_t reason;         /* OFFLINEFILES_OFFLINE_REASON while offline */
    uint32_t caching_mode;   /* OFFLINEFILES_CACHING_MODE */
    int64_t  root_item;      /* id of the share's item row */
    int64_t  last_sync;      /* ns, 0: never */
};

struct csc_conflict
{
    int64_t  item;           /* item id, or 0 for an item without row: then scope and path tell */
    int64_t  scope;
    char    *path;           /* below the share, "/" separated */
    uint32_t state;          /* OFFLINEFILES_SYNC_STATE */
    int64_t  time;           /* detected, ns */
};

/* Opens or creates the database, brings its schema up to date (PRAGMA user_version) and checks its
 * integrity.  CSC_E_BUSY: another owner has it open; CSC_E_CORRUPT: damaged, or no database of ours;
 * CSC_E_PATH_NOT_FOUND: no such folder; CSC_E_NOT_SUPPORTED: made by a newer version of this program.  When it
 * fails the files stay as they were. */
csc_status csc_store_open(const char *path, struct csc_clock *clock, struct csc_store **store);
/* The same, but a database that it would take long to check is not checked: *unchecked is 1. */
csc_status csc_store_open_unchecked(const char *path, struct csc_clock *clock, struct csc_store **store, int *unchecked);
/* Checks it now: CSC_E_CORRUPT.  stop (NULL: never) is asked now and then, not 0 ends the check with CSC_E_CANCELLED.
 * Who uses the store meanwhile is hardly kept waiting. */
csc_status csc_store_check(struct csc_store *store, int (*stop)(void *context), void *context);
/* 1: the database was made, or was empty, when it was opened. */
int csc_store_is_new(const struct csc_store *store);
/* 1: SQLite has found the database damaged since; it has to be rebuilt (rebuild.c). */
int csc_store_is_damaged(struct csc_store *store);
void csc_store_close(struct csc_store *store);          /* commits */
/* Commits and lets the database go; the structure stays for threads that hang and cannot be waited
 * for: what they call afterwards fails with CSC_E_INVALID_HANDLE. */
void csc_store_detach(struct csc_store *store);

struct csc_news;
/* Tells news of each change of items, conflicts and the states of shares, as soon as it is committed; NULL: nobody
 * any more.  Costs nothing before and afterwards.  store_news.c */
csc_status csc_store_listen(struct csc_store *store, struct csc_news *news);

/* -- transactions -- */
/* Some errors, a full disk above all, make SQLite take back all that was not committed, also what other threads had changed
 * before and were told to be done.  csc_store_commit fails with that error when changes of the calling thread since its last
 * commit were among it.  durable: survives power loss when the call returns (checkpoint + flush). */
csc_status csc_store_commit(struct csc_store *store, int durable);
/* The calling thread begins something new: its next commit does not ask about what it changed before. */
void csc_store_forget_changes(struct csc_store *store);
/* As csc_store_commit, durable, for what several threads have changed: fails when anything was taken back since csc_store_losses
 * gave the number.  committed: 1 when nothing was, also where it fails because a power loss may still take it back. */
uint64_t csc_store_losses(struct csc_store *store);
csc_status csc_store_commit_since(struct csc_store *store, uint64_t losses, int *committed);
csc_status csc_store_tick(struct csc_store *store);     /* call a few times a second */
/* One change, to be asked about later and by any thread. */
struct csc_store_change { uint64_t number, losses; };
/* The last one of the calling thread. */
void csc_store_last_change(struct csc_store *store, struct csc_store_change *change);
/* CSC_OK: it was not taken back. */
csc_status csc_store_holds(struct csc_store *store, const struct csc_store_change *change);
/* The same, and makes all that was written so far durable, unless that was done since the change.  Those who ask at the same
 * time share a flush, and others write meanwhile. */
csc_status csc_store_reach(struct csc_store *store, const struct csc_store_change *change);

/* -- meta: small values by name; the store itself has "schema"; value NULL removes -- */
csc_status csc_store_meta_get(struct csc_store *store, const char *name, char **value);  /* CSC_E_NOT_FOUND */
csc_status csc_store_meta_set(struct csc_store *store, const char *name, const char *value);

/* -- scopes -- */
csc_status csc_store_scopes(struct csc_store *store, struct csc_scope_row **rows, size_t *count);
void csc_scope_rows_free(struct csc_scope_row *rows, size_t count);
/* Insert (id 0: also makes the share's item row, fills id and root_item; its key is SERVER/SHARE in upper
 * case) or update; an update leaves names, origin and the link before alone.  CSC_E_ALREADY_EXISTS: the share is there; CSC_E_NOT_FOUND: no row to update. */
csc_status csc_store_scope_put(struct csc_store *store, struct csc_scope_row *row);
/* Gives scopes other names and another link before, and their shares' items other names and keys, all or none; nothing else
 * of the rows counts.  Nobody is told: no event is.  CSC_E_ALREADY_EXISTS: another share has such a name. */
csc_status csc_store_scopes_rename(struct csc_store *store, const struct csc_scope_row *const *rows, size_t count);
/* The scope with all its items, conflicts. */
csc_status csc_store_scope_delete(struct csc_store *store, int64_t id);

/* -- items -- */
csc_status csc_store_item_get(struct csc_store *store, int64_t id, struct csc_item *item);
csc_status csc_store_item_find(struct csc_store *store, int64_t parent, const char *key, struct csc_item *item);
csc_status csc_store_children(struct csc_store *store, int64_t parent, struct csc_item_list *list);
/* Insert (id 0, fills id) or update by id; key is computed when NULL (item.key stays NULL).  CSC_E_EXISTS: the
 * parent has another item with this key; CSC_E_NOT_FOUND: no row to update.  Ids are not given twice while
 * the store is open.  Share rows (parent 0) are made by csc_store_scope_put and keep name and key. */
csc_status csc_store_item_put(struct csc_store *store, struct csc_item *item);
csc_status csc_store_item_set_pin(struct csc_store *store, int64_t id, uint32_t pin);
/* CSC_ROW_SUSPENDED, which csc_store_item_put of an existing row leaves as it is: operations that run meanwhile write
 * rows that they read before.  CSC_E_NOT_FOUND. */
csc_status csc_store_item_set_suspended(struct csc_store *store, int64_t id, int suspended);
/* Notes a use at a time; an earlier one changes nothing. */
csc_status csc_store_item_touch(struct csc_store *store, int64_t id, int64_t used);
/* At most limit complete files that are not pinned, least recently used first, behind the row with this time of use
 * and id (INT64_MIN, 0: from the beginning). */
csc_status csc_store_evictable(struct csc_store *store, int64_t used, int64_t id, unsigned limit,
                               struct csc_item_list *list);
/* Removes the row of a file whose content is evicted, or (keep) makes it sparse with CSC_ROW_EVICTED.  CSC_FALSE: it
 * is pinned, or gone. */
csc_status csc_store_item_evict(struct csc_store *store, int64_t id, int keep);
/* CSC_ROW_PLACING is taken back; a row that is gone is fine. */
csc_status csc_store_item_placed(struct csc_store *store, int64_t id);
/* The same for all rows, when nothing runs yet: what was under way when the last owner ended. */
csc_status csc_store_placed_all(struct csc_store *store);
/* Moves a row, which is given as it is to be (parent, name and key are new), with all rows below it and the
 * conflicts at and below its place.  path: the new place below the share, real case, "/" separated.  pin: bits that
 * the row and all rows below get (files without the inherit bits).  told: ITEMRENAMED is published.  CSC_E_EXISTS: another
 * row is there; CSC_E_INVALID_ARG: a share's own row, or no key. */
csc_status csc_store_item_move(struct csc_store *store, const struct csc_item *item, const char *path, uint32_t pin,
                               int told);
/* The rows of a scope whose content was agreed on in a local file or directory of this number. */
csc_status csc_store_items_by_file(struct csc_store *store, int64_t scope, uint64_t ino, struct csc_item_list *list);
/* The row, all rows below it and the conflicts at and below its place.  CSC_E_INVALID_ARG: a share's own row. */
csc_status csc_store_item_delete(struct csc_store *store, int64_t id);
/* 1 in *pinned when any row below (not the row itself) is pinned.  Costs as much as there are pins that are not
 * inherited, however many items there are. */
csc_status csc_store_pinned_below(struct csc_store *store, int64_t id, int *pinned);
/* All of which that is true, as far as they are not pinned themselves, in ascending order; free() the array. */
csc_status csc_store_above_pins(struct csc_store *store, int64_t **ids, size_t *count);
/* Items of a scope whose pin differs from what their container hands down, and suspended ones. */
struct csc_own_pin
{
    char    *path;           /* below the share, "/" separated; "" for the share's own row */
    uint32_t type, pin;
    uint32_t flags;          /* CSC_ROW_SUSPENDED or 0 */
};
csc_status csc_store_own_pins(struct csc_store *store, int64_t scope, struct csc_own_pin **list, size_t *count);
void csc_own_pins_free(struct csc_own_pin *list, size_t count);
void csc_item_clear(struct csc_item *item);              /* frees the strings */
void csc_item_list_free(struct csc_item_list *list);
/* Flushing content: csc_store_flush_begin, then csc_fs.sync_all, then csc_store_flushed with the number that the first
 * gave: it drops CSC_ROW_UNFLUSHED of a scope's rows that were put before; rows put since keep it. */
int64_t csc_store_flush_begin(struct csc_store *store);
csc_status csc_store_flushed(struct csc_store *store, int64_t scope, int64_t begun);
/* 1 in *any: the scope has rows that a flush would take the mark from. */
csc_status csc_store_wants_flush(struct csc_store *store, int64_t scope, int *any);
/* Rows with CSC_ROW_UNFLUSHED of a scope, for recovery. */
csc_status csc_store_unflushed(struct csc_store *store, int64_t scope, struct csc_item_list *list);

struct csc_usage
{
    uint64_t items, pinned, conflicts;
    uint64_t sparse;              /* files that lack their content; evicted ones do not want it */
    uint64_t bytes, bytes_unpinned;
};
/* scope 0: all. */
csc_status csc_store_usage(struct csc_store *store, int64_t scope, struct csc_usage *usage);

/* -- conflicts -- */
/* One record for each scope and path (in upper case).  *added: 1 new record, 0 updated; while the state is the same, the
 * time stays when it was detected. */
csc_status csc_store_conflict_put(struct csc_store *store, const struct csc_conflict *conflict, int *added);
csc_status csc_store_conflict_remove(struct csc_store *store, int64_t scope, const char *path); /* CSC_FALSE: none */
csc_status csc_store_conflict_find(struct csc_store *store, int64_t scope, const char *path, struct csc_conflict *conflict);
/* scope 0: all; ordered by scope and path. */
csc_status csc_store_conflicts(struct csc_store *store, int64_t scope, struct csc_conflict **list, size_t *count);
void csc_conflicts_free(struct csc_conflict *list, size_t count);

/* -- the record of what was done: the last CSC_LOG_ROWS rows -- */
#define CSC_LOG_ROWS 100000
/* path and reason may be NULL. */
csc_status csc_store_log(struct csc_store *store, const char *operation, const char *path, csc_status result,
                         const char *reason);
struct csc_log_entry { int64_t id, time; char *operation, *path, *reason; csc_status result; };
/* The newest entries, at most limit (0: all), not older than since (ns), oldest first. */
csc_status csc_store_log_read(struct csc_store *store, int64_t since, size_t limit, struct csc_log_entry **list, size_t *count);
/* The oldest entries after an id (0: the first), at most limit, not older than since; errors: only failures. */
csc_status csc_store_log_after(struct csc_store *store, int64_t after, int64_t since, int errors, size_t limit,
                               struct csc_log_entry **list, size_t *count);
void csc_log_free(struct csc_log_entry *list, size_t count);

#endif
