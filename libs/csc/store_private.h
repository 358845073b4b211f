/*
 * What the files of the store share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_STORE_PRIVATE_H
#define CSC_STORE_PRIVATE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "store.h"

/* Every statement that is kept prepared; its text is in store_sql.c. */
enum csc_sql
{
    CSC_SQL_BEGIN,
    CSC_SQL_COMMIT,
    CSC_SQL_SAVEPOINT,
    CSC_SQL_RELEASE,
    CSC_SQL_ROLLBACK_TO,
    CSC_SQL_META_GET,
    CSC_SQL_META_SET,
    CSC_SQL_META_REMOVE,
    CSC_SQL_SCOPES,
    CSC_SQL_SCOPE_INSERT,
    CSC_SQL_SCOPE_UPDATE, CSC_SQL_SCOPE_RENAME, CSC_SQL_SHARE_RENAME,
    CSC_SQL_SCOPE_DELETE,
    CSC_SQL_SCOPE_DELETE_ITEMS,
    CSC_SQL_SCOPE_DELETE_CONFLICTS,
    CSC_SQL_ITEM_GET,
    CSC_SQL_ITEM_FIND,
    CSC_SQL_ITEM_CHILDREN,
    CSC_SQL_ITEM_INSERT,
    CSC_SQL_ITEM_UPDATE,
    CSC_SQL_ITEM_SET_PIN,
    CSC_SQL_ITEM_SET_SUSPENDED,
    CSC_SQL_ITEM_TOUCH,
    CSC_SQL_ITEM_EVICT,
    CSC_SQL_ITEM_EVICT_KEEPING,
    CSC_SQL_EVICTABLE,
    CSC_SQL_ITEM_PLACED,
    CSC_SQL_PLACED_ALL,
    CSC_SQL_ITEM_PLACE,
    CSC_SQL_ITEM_NEEDS_PLACE,
    CSC_SQL_ITEM_DELETE,
    CSC_SQL_ITEM_DELETE_CONFLICTS,
    CSC_SQL_ITEM_MAX,
    CSC_SQL_PAGES,
    CSC_SQL_BLOCKS_GET,
    CSC_SQL_BLOCKS_PUT,
    CSC_SQL_BLOCKS_WANTED,
    CSC_SQL_ITEM_BY_FILE,
    CSC_SQL_ITEM_PIN_SUBTREE,
    CSC_SQL_PINNED_BELOW,
    CSC_SQL_ABOVE_PINS,
    CSC_SQL_OWN_PINS,
    CSC_SQL_ITEM_PATH,
    CSC_SQL_FLUSHED,
    CSC_SQL_UNFLUSHED,
    CSC_SQL_WANTS_FLUSH,
    CSC_SQL_FLUSH_MAX,
    CSC_SQL_USAGE,
    CSC_SQL_USAGE_CONFLICTS,
    CSC_SQL_CONFLICT_PUT,
    CSC_SQL_CONFLICT_REMOVE,
    CSC_SQL_CONFLICT_REMOVE_BELOW,
    CSC_SQL_CONFLICT_MOVE,
    CSC_SQL_CONFLICT_FIND,
    CSC_SQL_CONFLICTS,
    CSC_SQL_LOG_ADD,
    CSC_SQL_LOG_TRIM,
    CSC_SQL_LOG_READ,
    CSC_SQL_LOG_AFTER,
    CSC_SQL_NEWS_ROW,
    CSC_SQL_NEWS_SHARE,
    CSC_SQL_COUNT
};

extern const char *const csc_sql_text[CSC_SQL_COUNT];

/* A container whose row is gone while those below it are just being removed. */
struct csc_gone
{
    int64_t id, parent;
    char *name;
};

struct csc_store
{
    sqlite3          *db;
    struct csc_clock *clock;
    pthread_mutex_t   lock;
    atomic_int        locked;        /* a hint for those who wait for it */
    unsigned          spins;         /* how often they look at that; 0: one processor only */
    sqlite3_stmt     *statements[CSC_SQL_COUNT];
    int64_t           begun;         /* start of the open transaction, csc_clock.monotonic */
    unsigned          changes;       /* rows changed in it */
    uint64_t          writes, durable;   /* changes so far; of these, on disk for certain */
    int               flushing;      /* somebody flushes the log, without the lock */
    pthread_cond_t    flushed;       /* ... and is through */
    int               log_doubtful;  /* a flush of it failed */
    int               transaction;   /* one was begun, and nobody has noticed its end yet */
    uint64_t          committed;     /* of the changes, when it was committed last */
    atomic_uint_fast64_t losses;     /* how often SQLite took a transaction back by itself; grows with the lock only */
    uint64_t          loss_from;     /* the last time: the first change that went with it */
    csc_status        loss_status;   /* ... and why */
    int64_t           next_item;     /* ids are not given twice while the store is open */
    int               created;       /* the database was empty */
    atomic_int        damaged;       /* SQLite found the database damaged */
    int64_t           generation;    /* stamp of rows that are marked CSC_ROW_UNFLUSHED now */
    struct csc_news  *news;          /* who is told of changes, or NULL */
    int               renames_untold;/* whoever renames does not want it told */
    uint64_t          news_mark;     /* what was told before the change under way */
    struct csc_gone  *gone;          /* containers that the change under way removed, by id */
    size_t            gone_count, gone_capacity;
};

/* -- store_sql.c: running statements; the store is locked -- */

/* The status for what SQLite answered last. */
csc_status csc_sql_status(sqlite3 *db, int code);

/* A statement in use.  The first failure stays in status and makes the other calls do nothing. */
struct csc_query
{
    struct csc_store *store;
    sqlite3_stmt     *statement;
    csc_status        status;
};

void csc_query_open(struct csc_query *query, struct csc_store *store, enum csc_sql sql);
void csc_query_int(struct csc_query *query, int index, int64_t value);
/* text may be NULL and must stay until csc_query_close. */
void csc_query_text(struct csc_query *query, int index, const char *text);
/* data must stay until csc_query_close. */
void csc_query_blob(struct csc_query *query, int index, const void *data, size_t size);
/* 1: there is a row; 0: the end, or failed (status). */
int csc_query_step(struct csc_query *query);
int64_t csc_query_column(struct csc_query *query, int column);
/* malloc; NULL for NULL. */
char *csc_query_column_text(struct csc_query *query, int column);
/* The same as one of these texts; NULL: malloc. */
char *csc_query_column_text_in(struct csc_query *query, int column, struct csc_texts *texts);
/* malloc; NULL for NULL and an empty one. */
void *csc_query_column_blob(struct csc_query *query, int column, size_t *size);
csc_status csc_query_close(struct csc_query *query);
/* What was read cannot be right: CSC_E_CORRUPT. */
void csc_query_damaged(struct csc_query *query);
/* Steps to the end and closes; changed (may be NULL): rows that were changed. */
csc_status csc_query_run(struct csc_query *query, int *changed);
csc_status csc_sql_run(struct csc_store *store, enum csc_sql sql);
/* Prepares every statement: CSC_E_FAIL when tables and columns are not what they expect. */
csc_status csc_sql_prepare_all(struct csc_store *store);

/* -- store.c: transactions -- */

void csc_store_lock(struct csc_store *store);
void csc_store_unlock(struct csc_store *store);
/* Something failed: counts the open transaction as lost when it is open no more. */
void csc_store_notice_loss(struct csc_store *store, csc_status why);
/* Locks and makes sure that a transaction is open.  Fails unlocked. */
csc_status csc_store_write_begin(struct csc_store *store);
/* Like csc_store_write_begin, for functions of several statements: a failure takes all of them back. */
csc_status csc_store_write_begin_all(struct csc_store *store);
/* Ends the open transaction, if there is one. */
csc_status csc_store_commit_locked(struct csc_store *store);
/* Ends either: counts, ends a transaction that has become large, unlocks.  Returns status, or what went
 * wrong here. */
csc_status csc_store_write_end(struct csc_store *store, csc_status status);
csc_status csc_store_write_end_all(struct csc_store *store, csc_status status);

/* -- store_news.c: with the store locked -- */
/* A change begins, and ended; failed: it was taken back. */
void csc_store_news_begin(struct csc_store *store);
void csc_store_news_end(struct csc_store *store, int failed);

/* -- store_schema.c -- */

/* Brings the schema up to date; *created: the database was empty. */
csc_status csc_schema_update(sqlite3 *db, int *created);

/* -- store_meta.c: with the store locked -- */
csc_status csc_meta_get(struct csc_store *store, const char *name, char **value);
csc_status csc_meta_set(struct csc_store *store, const char *name, const char *value);

/* -- store_item.c: with the store locked -- */
/* Takes the only row (ITEM_COLUMNS) and closes the query.  CSC_E_NOT_FOUND. */
csc_status csc_item_take(struct csc_query *query, struct csc_item *item);

/* -- store_item.c: with the store locked and a transaction open -- */
csc_status csc_item_insert(struct csc_store *store, struct csc_item *item, const char *key);
csc_status csc_item_update(struct csc_store *store, const struct csc_item *item, const char *key);
/* Scope and key path (below the share, malloc) of a row.  A share's own row: CSC_E_INVALID_ARG. */
csc_status csc_item_find_place(struct csc_store *store, int64_t id, int64_t *scope, char **path);
/* Takes all rows of item columns and closes the query. */
csc_status csc_item_take_list(struct csc_query *query, struct csc_item_list *list);

#endif
