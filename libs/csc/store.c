/*
 * The store: opening, closing, transactions
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counters.h"
#include "news.h"
#include "store_private.h"

/* group commit */
#define MAX_CHANGES 2000
#define MAX_AGE     ((int64_t)300 * 1000000)

/* A killed owner's lock is gone with it: waiting longer for another owner is in vain. */
#define BUSY_TIMEOUT 200   /* ms */

/* Looks at a lock that is taken before a thread sleeps for it: some 40 us, several times as long as a row takes.  Sleeping and
 * being woken costs more than that row, above all in a virtual machine. */
#define SPINS 1000

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static void set_locked(struct csc_store *store, int locked)
{
    atomic_store_explicit(&store->locked, locked, memory_order_relaxed);
}

void csc_store_lock(struct csc_store *store)
{
    unsigned spins;

    for (spins = 0; spins < store->spins && atomic_load_explicit(&store->locked, memory_order_relaxed); spins++) relax();
    pthread_mutex_lock(&store->lock);
    set_locked(store, 1);
}

void csc_store_unlock(struct csc_store *store)
{
    set_locked(store, 0);
    pthread_mutex_unlock(&store->lock);
}

/* -- transactions -- */

/* The changes of a thread that it has not asked to be committed yet. */
static _Thread_local struct
{
    struct csc_store *store;             /* NULL: none */
    uint64_t last;                       /* number of the last one */
    uint64_t losses, last_losses;        /* csc_store.losses when the first, the last was made */
} mine;

static int is_open(struct csc_store *store)
{
    return store->db && !sqlite3_get_autocommit(store->db);
}

/* Some errors, a full disk above all, make SQLite take the whole transaction back by itself: with the change that failed
 * go all before it that were told to be done. */
void csc_store_notice_loss(struct csc_store *store, csc_status why)
{
    if (!store->transaction || is_open(store)) return;
    store->transaction = 0;
    store->loss_from = store->committed + 1;
    store->loss_status = csc_failed(why) ? why : CSC_E_FAIL;
    store->losses++;
}

/* Whether a change was lost, which was made when there had been so many losses. */
static int is_lost(const struct csc_store *store, uint64_t change, uint64_t losses)
{
    return store->losses != losses && (store->losses > losses + 1 || change >= store->loss_from);
}

static void note_change(struct csc_store *store)
{
    if (mine.store != store || (mine.last <= store->committed && !is_lost(store, mine.last, mine.losses)))
    {
        mine.store = store;
        mine.losses = store->losses;
    }
    mine.last = store->writes;
    mine.last_losses = store->losses;
}

static csc_status begin(struct csc_store *store)
{
    csc_status status;

    if (is_open(store)) return CSC_OK;
    csc_store_notice_loss(store, CSC_E_FAIL);
    if ((status = csc_sql_run(store, CSC_SQL_BEGIN))) return status;
    store->transaction = 1;
    store->begun = store->clock->monotonic(store->clock);
    store->changes = 0;
    if (store->news) csc_news_begin(store->news);
    return CSC_OK;
}

csc_status csc_store_commit_locked(struct csc_store *store)
{
    csc_status status = CSC_OK;

    if (is_open(store))
    {
        csc_count(CSC_COUNT_COMMITS);
        if (!(status = csc_sql_run(store, CSC_SQL_COMMIT)))
        {
            store->transaction = 0;
            store->committed = store->writes;
        }
    }
    csc_store_notice_loss(store, status);
    /* some errors make SQLite take the whole transaction back by itself */
    if (store->news && status && !is_open(store)) csc_news_take_back(store->news, 0);
    if (store->news && !is_open(store)) csc_news_commit(store->news);
    return status;
}

/* All is committed.  Into the database itself: even a log that gets lost or spoilt takes nothing of it. */
static csc_status make_durable(struct csc_store *store)
{
    csc_status status;

    csc_count(CSC_COUNT_DURABLE);
    status = csc_sql_status(store->db, sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
    if (status == CSC_E_CORRUPT) atomic_store(&store->damaged, 1);
    if (!status)
    {
        store->durable = store->writes;
        store->log_doubtful = 0;
    }
    return status;
}

/* The log, while SQLite has it open; else NULL. */
static sqlite3_file *open_log(struct csc_store *store)
{
    sqlite3_file *log = NULL;

    if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK) return NULL;
    return log && log->pMethods ? log : NULL;
}

/* All is committed.  Flushes the log alone, which is a third of the work: a power loss leaves what is in it.  The lock is
 * given up meanwhile, so that others go on writing: that joins the next flush. */
static csc_status flush_log(struct csc_store *store)
{
    sqlite3_file *log = open_log(store);
    uint64_t reached = store->writes;
    int code;

    if (!log || store->log_doubtful) return make_durable(store);
    csc_count(CSC_COUNT_DURABLE);
    store->flushing = 1;
    csc_store_unlock(store);
    code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
    csc_store_lock(store);
    store->flushing = 0;
    pthread_cond_broadcast(&store->flushed);
    if (code != SQLITE_OK)
    {
        /* what was not written may count as written the next time: only writing it again helps */
        store->log_doubtful = 1;
        return csc_sql_status(store->db, code);
    }
    if (store->durable < reached) store->durable = reached;
    return CSC_OK;
}

static void wait_for_flush(struct csc_store *store)
{
    while (store->flushing)
    {
        set_locked(store, 0);
        pthread_cond_wait(&store->flushed, &store->lock);
        set_locked(store, 1);
    }
}

csc_status csc_store_write_begin(struct csc_store *store)
{
    csc_status status;

    csc_store_lock(store);
    if ((status = begin(store))) csc_store_unlock(store);
    else if (store->news) csc_store_news_begin(store);
    return status;
}

csc_status csc_store_write_end(struct csc_store *store, csc_status status)
{
    store->writes++;
    csc_store_notice_loss(store, status);
    if (!csc_failed(status)) note_change(store);
    if (store->news) csc_store_news_end(store, csc_failed(status));
    if (is_open(store) && ++store->changes > MAX_CHANGES && !csc_failed(status))
    {
        csc_status committed = csc_store_commit_locked(store);

        if (committed) status = committed;
    }
    csc_store_unlock(store);
    return status;
}

csc_status csc_store_write_begin_all(struct csc_store *store)
{
    csc_status status;

    if ((status = csc_store_write_begin(store))) return status;
    if ((status = csc_sql_run(store, CSC_SQL_SAVEPOINT))) csc_store_unlock(store);
    return status;
}

csc_status csc_store_write_end_all(struct csc_store *store, csc_status status)
{
    /* some errors make SQLite take the whole transaction back by itself */
    if (is_open(store))
    {
        csc_status released;

        if (csc_failed(status)) csc_sql_run(store, CSC_SQL_ROLLBACK_TO);
        released = csc_sql_run(store, CSC_SQL_RELEASE);
        if (!csc_failed(status) && released) status = released;
    }
    return csc_store_write_end(store, status);
}

static csc_status commit(struct csc_store *store, int durable)
{
    csc_status status;

    if (durable) wait_for_flush(store);
    status = store->db ? csc_store_commit_locked(store) : CSC_E_INVALID_HANDLE;
    if (!status && durable)
    {
        status = make_durable(store);
        /* on a full disk the log has its room already */
        if (status == CSC_E_DISK_FULL) status = flush_log(store);
    }
    /* what the caller had changed before may be gone with somebody else's failure */
    if (mine.store == store)
    {
        if (!status && is_lost(store, mine.last, mine.losses)) status = store->loss_status;
        mine.store = NULL;
    }
    return status;
}

csc_status csc_store_commit(struct csc_store *store, int durable)
{
    csc_status status;

    csc_store_lock(store);
    status = commit(store, durable);
    csc_store_unlock(store);
    return status;
}

void csc_store_forget_changes(struct csc_store *store)
{
    if (mine.store == store) mine.store = NULL;
}

uint64_t csc_store_losses(struct csc_store *store)
{
    uint64_t losses;

    csc_store_lock(store);
    csc_store_notice_loss(store, CSC_E_FAIL);
    losses = store->losses;
    csc_store_unlock(store);
    return losses;
}

csc_status csc_store_commit_since(struct csc_store *store, uint64_t losses, int *committed)
{
    csc_status status;
    uint64_t last;

    csc_store_lock(store);
    last = store->writes;
    status = commit(store, 1);
    *committed = store->losses == losses && store->committed >= last;
    if (!status && store->losses != losses) status = store->loss_status;
    csc_store_unlock(store);
    return status;
}

void csc_store_last_change(struct csc_store *store, struct csc_store_change *change)
{
    if (mine.store == store)
    {
        change->number = mine.last;
        change->losses = mine.last_losses;
        return;
    }
    csc_store_lock(store);
    change->number = store->writes;
    change->losses = store->losses;
    csc_store_unlock(store);
}

csc_status csc_store_holds(struct csc_store *store, const struct csc_store_change *change)
{
    csc_status status;

    /* asked for each file: those who write rows are not kept waiting */
    if (store->losses == change->losses) return CSC_OK;
    csc_store_lock(store);
    csc_store_notice_loss(store, CSC_E_FAIL);
    status = is_lost(store, change->number, change->losses) ? store->loss_status : CSC_OK;
    csc_store_unlock(store);
    return status;
}

csc_status csc_store_reach(struct csc_store *store, const struct csc_store_change *change)
{
    csc_status status = CSC_OK;

    csc_store_lock(store);
    csc_store_notice_loss(store, CSC_E_FAIL);
    if (is_lost(store, change->number, change->losses)) status = store->loss_status;
    while (!status && store->durable < change->number)
    {
        if (store->flushing)
        {
            wait_for_flush(store);
            if (is_lost(store, change->number, change->losses)) status = store->loss_status;
            continue;
        }
        status = store->db ? csc_store_commit_locked(store) : CSC_E_INVALID_HANDLE;
        if (!status && is_lost(store, change->number, change->losses)) status = store->loss_status;
        if (!status) status = flush_log(store);
    }
    csc_store_unlock(store);
    return status;
}

csc_status csc_store_tick(struct csc_store *store)
{
    csc_status status = CSC_OK;

    csc_store_lock(store);
    if (is_open(store) && (store->changes > MAX_CHANGES ||
                           store->clock->monotonic(store->clock) - store->begun > MAX_AGE))
        status = csc_store_commit_locked(store);
    csc_store_unlock(store);
    return status;
}

/* -- opening and closing -- */

static csc_status run(sqlite3 *db, const char *sql)
{
    return csc_sql_status(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* Whether a statement's only answer is the given text. */
static csc_status answers(sqlite3 *db, const char *sql, const char *expected, int *matches)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    *matches = 0;
    if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW)
    {
        const char *text = (const char *)sqlite3_column_text(statement, 0);

        *matches = text && !strcmp(text, expected);
    }
    sqlite3_finalize(statement);
    return csc_sql_status(db, code);
}

static csc_status set_up(sqlite3 *db)
{
    csc_status status;
    int matches;

    if ((status = csc_sql_status(db, sqlite3_busy_timeout(db, BUSY_TIMEOUT)))) return status;
    /* EXCLUSIVE before WAL: the lock then stays with the connection and there is no shared memory */
    if ((status = run(db, "PRAGMA locking_mode = EXCLUSIVE"))) return status;
    if ((status = answers(db, "PRAGMA journal_mode = WAL", "wal", &matches))) return status;
    if (!matches) return CSC_E_NOT_SUPPORTED;
    /* no memory mapping: an error of the disk, or a file that is cut short, would be a signal that kills */
    return run(db, "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY;"
                   "PRAGMA cache_size = -16384; PRAGMA mmap_size = 0; PRAGMA journal_size_limit = 16777216");
}

/* Takes half a second for a million items, with the database in memory.  A disk that fails to read tells as one more fault of
 * the content: only what is there again at the next look is damage. */
static csc_status check_content(struct csc_store *store)
{
    csc_status status;
    int matches, tries;

    for (tries = 0; tries < 2; tries++)
    {
        status = answers(store->db, "PRAGMA quick_check(1)", "ok", &matches);
        if (status || matches) return status;
    }
    return CSC_E_CORRUPT;
}

/* What went wrong while opening, when it was not the system: the file is not a database of ours any more. */
static csc_status judge_failure(csc_status status)
{
    switch (status)
    {
    case CSC_E_FAIL:            /* no such table or column */
    case CSC_E_EXISTS:          /* a constraint */
    case CSC_E_INVALID_ARG:     /* too large */
        return CSC_E_CORRUPT;
    }
    return status;
}

static csc_status read_number(struct csc_store *store, enum csc_sql sql, int64_t *number)
{
    struct csc_query query;

    csc_query_open(&query, store, sql);
    if (csc_query_step(&query)) *number = csc_query_column(&query, 0);
    return csc_query_close(&query);
}

static void close_database(struct csc_store *store)
{
    size_t i;

    for (i = 0; i < CSC_SQL_COUNT; i++)
    {
        sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
    sqlite3_close(store->db);
    store->db = NULL;
}

/* Closes without touching the files. */
static void abandon_database(struct csc_store *store)
{
    if (store->db) sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    close_database(store);
}

static void free_store(struct csc_store *store)
{
    close_database(store);
    pthread_cond_destroy(&store->flushed);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

/* A database of this many bytes is checked in some hundredths of a second. */
#define LARGE (8 << 20)

static csc_status check_unless_large(struct csc_store *store, int *unchecked)
{
    csc_status status;
    int64_t pages = 0;

    if (unchecked)
    {
        if ((status = read_number(store, CSC_SQL_PAGES, &pages))) return status;
        if ((*unchecked = pages > LARGE / 4096)) return CSC_OK;
    }
    return check_content(store);
}

/* A second connection that reads the file as it is.  It takes no locks and must not see the changes of the first one: what
 * it finds wrong may be a page that was being written. */
static csc_status open_reader(struct csc_store *store, sqlite3 **reader)
{
    const char *path = sqlite3_db_filename(store->db, "main");
    char *uri = malloc(3 * strlen(path) + sizeof("file:?immutable=1")), *p;
    csc_status status;

    *reader = NULL;
    if (!uri) return CSC_E_OUT_OF_MEMORY;
    for (p = uri + sprintf(uri, "file:"); *path; path++)
        if (strchr("%?#", *path)) p += sprintf(p, "%%%02X", (unsigned char)*path);
        else *p++ = *path;
    strcpy(p, "?immutable=1");
    status = csc_sql_status(*reader, sqlite3_open_v2(uri, reader, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI |
                                                     SQLITE_OPEN_NOMUTEX, NULL));
    free(uri);
    if (!status) status = run(*reader, "PRAGMA cache_size = -1024; PRAGMA mmap_size = 0");
    return status;
}

csc_status csc_store_check(struct csc_store *store, int (*stop)(void *context), void *context)
{
    csc_status status = CSC_E_INVALID_HANDLE;
    sqlite3 *reader = NULL;
    int matches = 0;

    csc_store_lock(store);
    if (store->db) status = open_reader(store, &reader);
    csc_store_unlock(store);
    if (!status)
    {
        if (stop) sqlite3_progress_handler(reader, 10000, stop, context);
        status = answers(reader, "PRAGMA quick_check(1)", "ok", &matches);
    }
    sqlite3_close(reader);
    if (!status && matches) return CSC_OK;
    if (stop && stop(context)) return CSC_E_CANCELLED;

    csc_store_lock(store);
    status = store->db ? check_content(store) : CSC_E_INVALID_HANDLE;
    if (status == CSC_E_CORRUPT) atomic_store(&store->damaged, 1);
    csc_store_unlock(store);
    return status;
}

/* SQLite adds up all memory that it uses, with a lock, at each allocation; nobody asks for it.  Fails when it runs already. */
static void prepare_sqlite(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

csc_status csc_store_open(const char *path, struct csc_clock *clock, struct csc_store **result)
{
    return csc_store_open_unchecked(path, clock, result, NULL);
}

csc_status csc_store_open_unchecked(const char *path, struct csc_clock *clock, struct csc_store **result, int *unchecked)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct csc_store *store;
    csc_status status;
    int code;

    *result = NULL;
    pthread_once(&once, prepare_sqlite);
    if (!path || !*path) return CSC_E_INVALID_ARG;
    if (!(store = calloc(1, sizeof(*store)))) return CSC_E_OUT_OF_MEMORY;
    if (pthread_mutex_init(&store->lock, NULL))
    {
        free(store);
        return CSC_E_OUT_OF_MEMORY;
    }
    pthread_cond_init(&store->flushed, NULL);
    store->clock = clock;
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1) store->spins = SPINS;
    /* our own lock makes SQLite's superfluous */
    code = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code) status = store->db ? csc_sql_status(store->db, code) : CSC_E_OUT_OF_MEMORY;
    else if (!(status = set_up(store->db)) && !(status = csc_schema_update(store->db, &store->created)) &&
             !(status = csc_sql_prepare_all(store)) && !(status = check_unless_large(store, unchecked)) &&
             !(status = read_number(store, CSC_SQL_ITEM_MAX, &store->next_item)) &&
             !(status = read_number(store, CSC_SQL_FLUSH_MAX, &store->generation)))
    {
        store->next_item++;
        store->generation++;
        *result = store;
        return CSC_OK;
    }
    abandon_database(store);
    free_store(store);
    return judge_failure(status);
}

int csc_store_is_new(const struct csc_store *store)
{
    return store->created;
}

int csc_store_is_damaged(struct csc_store *store)
{
    return atomic_load(&store->damaged);
}

void csc_store_detach(struct csc_store *store)
{
    csc_store_lock(store);
    wait_for_flush(store);
    if (store->db && !csc_store_commit_locked(store)) make_durable(store);
    close_database(store);
    csc_store_unlock(store);
}

void csc_store_close(struct csc_store *store)
{
    if (!store) return;
    csc_store_detach(store);
    free_store(store);
}
