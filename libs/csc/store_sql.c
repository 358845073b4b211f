/*
 * The store: its statements
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "store_private.h"

#define ITEM_COLUMNS "id, parent, scope, name, key, type, pin, flags, " \
    "o_size, o_ino, o_mtime, o_ctime, o_attributes, o_recorded, " \
    "l_size, l_ino, l_mtime, l_ctime, l_attributes, l_recorded, used, o_btime, o_atime"

/* A row and everything below it.  UNION, not UNION ALL: even a circle in a damaged store comes to an end. */
#define SUBTREE "WITH RECURSIVE below(id) AS (SELECT ?1 UNION " \
    "SELECT item.id FROM item JOIN below ON item.parent = below.id) "

/* Everything that is above something pinned, as far as that does not follow from its own pin. */
#define ABOVE_PINS "WITH RECURSIVE up(id) AS (" \
    "SELECT CASE (item.pin & 15) WHEN 0 THEN item.id ELSE item.parent END FROM own_pin CROSS JOIN item ON item.id = own_pin.item " \
    "WHERE (item.pin & 15) <> 0 OR ((item.pin & 240) <> 0 AND " \
    "EXISTS(SELECT 1 FROM item AS below WHERE below.parent = item.id AND (below.pin & 15) <> 0)) " \
    "UNION SELECT item.parent FROM up CROSS JOIN item ON item.id = up.id WHERE item.parent <> 0) "

const char *const csc_sql_text[CSC_SQL_COUNT] =
{
    [CSC_SQL_BEGIN] = "BEGIN",
    [CSC_SQL_COMMIT] = "COMMIT",
    [CSC_SQL_SAVEPOINT] = "SAVEPOINT step",
    [CSC_SQL_RELEASE] = "RELEASE step",
    [CSC_SQL_ROLLBACK_TO] = "ROLLBACK TO step",

    [CSC_SQL_META_GET] = "SELECT value FROM meta WHERE name = ?1",
    [CSC_SQL_META_SET] = "INSERT OR REPLACE INTO meta(name, value) VALUES(?1, ?2)",
    [CSC_SQL_META_REMOVE] = "DELETE FROM meta WHERE name = ?1",

    [CSC_SQL_SCOPES] =
        "SELECT id, server, share, origin, dev, ino, anonymous, fs_type, source, link_before, offline, reason, "
        "caching_mode, root_item, last_sync FROM scope ORDER BY id",
    [CSC_SQL_SCOPE_INSERT] =
        "INSERT INTO scope(server, share, origin, dev, ino, anonymous, fs_type, source, link_before, offline, "
        "reason, caching_mode, root_item, last_sync) "
        "VALUES(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    [CSC_SQL_SCOPE_UPDATE] =
        "UPDATE scope SET dev = ?5, ino = ?6, anonymous = ?7, fs_type = ?8, source = ?9, offline = ?11, reason = ?12, "
        "caching_mode = ?13, root_item = ?14, last_sync = ?15 WHERE id = ?1",
    [CSC_SQL_SCOPE_RENAME] = "UPDATE scope SET server = ?2, share = ?3, link_before = ?4 WHERE id = ?1",
    [CSC_SQL_SHARE_RENAME] = "UPDATE item SET name = ?2, key = ?3 WHERE id = ?1 AND parent = 0",
    [CSC_SQL_SCOPE_DELETE] = "DELETE FROM scope WHERE id = ?1",
    [CSC_SQL_SCOPE_DELETE_ITEMS] = "DELETE FROM item WHERE scope = ?1",
    [CSC_SQL_SCOPE_DELETE_CONFLICTS] = "DELETE FROM conflict WHERE scope = ?1",

    [CSC_SQL_ITEM_GET] = "SELECT " ITEM_COLUMNS " FROM item WHERE id = ?1",
    [CSC_SQL_ITEM_FIND] = "SELECT " ITEM_COLUMNS " FROM item WHERE parent = ?1 AND key = ?2",
    [CSC_SQL_ITEM_CHILDREN] = "SELECT " ITEM_COLUMNS " FROM item WHERE parent = ?1 ORDER BY key",
    [CSC_SQL_ITEM_INSERT] =
        "INSERT INTO item(" ITEM_COLUMNS ", flush) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
        "?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?23, ?24, ?22)",
    /* a share's own row (parent 0) keeps the name and key that csc_store_scope_put gave it; 32 is
     * CSC_ROW_SUSPENDED, which only CSC_SQL_ITEM_SET_SUSPENDED changes */
    [CSC_SQL_ITEM_UPDATE] =
        "UPDATE item SET parent = ?2, scope = ?3, name = CASE ?2 WHEN 0 THEN name ELSE ?4 END, "
        "key = CASE ?2 WHEN 0 THEN key ELSE ?5 END, type = ?6, pin = ?7, flags = (?8 & ~32) | (flags & 32), o_size = ?9, o_ino = ?10, "
        "o_mtime = ?11, o_ctime = ?12, o_attributes = ?13, o_recorded = ?14, l_size = ?15, l_ino = ?16, "
        "l_mtime = ?17, l_ctime = ?18, l_attributes = ?19, l_recorded = ?20, used = ?21, flush = ?22, "
        "o_btime = ?23, o_atime = ?24 WHERE id = ?1",
    [CSC_SQL_ITEM_SET_PIN] = "UPDATE item SET pin = ?2 WHERE id = ?1",
    [CSC_SQL_ITEM_SET_SUSPENDED] = "UPDATE item SET flags = (flags & ~32) | (?2 * 32) WHERE id = ?1",
    [CSC_SQL_ITEM_TOUCH] = "UPDATE item SET used = max(used, ?2) WHERE id = ?1",
    [CSC_SQL_ITEM_EVICT] = "DELETE FROM item WHERE id = ?1 AND (pin & 15) = 0",
    /* CSC_ROW_SPARSE and CSC_ROW_EVICTED come, CSC_ROW_UNFLUSHED goes */
    [CSC_SQL_ITEM_EVICT_KEEPING] =
        "UPDATE item SET flags = (flags | 65) & ~2 WHERE id = ?1 AND (pin & 15) = 0",
    /* the condition is that of the index item_unpinned */
    [CSC_SQL_EVICTABLE] =
        "SELECT " ITEM_COLUMNS " FROM item WHERE type = 0 AND (flags & 1) = 0 AND (pin & 15) = 0 "
        "AND (used > ?1 OR (used = ?1 AND id > ?2)) AND used >= ?1 ORDER BY used, id LIMIT ?3",
    /* the literal 128 is CSC_ROW_PLACING, which comes with CSC_ROW_UNFLUSHED */
    [CSC_SQL_ITEM_PLACED] = "UPDATE item SET flags = flags & ~128 WHERE id = ?1",
    [CSC_SQL_PLACED_ALL] = "UPDATE item SET flags = flags & ~128 WHERE (flags & 2) <> 0 AND (flags & 128) <> 0",
    /* from the row up to the share */
    [CSC_SQL_ITEM_PLACE] =
        "WITH RECURSIVE up(id, parent, scope, key, depth) AS ("
        "SELECT id, parent, scope, key, 0 FROM item WHERE id = ?1 UNION ALL "
        "SELECT item.id, item.parent, item.scope, item.key, depth + 1 FROM item JOIN up ON item.id = up.parent "
        "WHERE depth < 32767) SELECT parent, scope, key FROM up ORDER BY depth",
    [CSC_SQL_ITEM_NEEDS_PLACE] =
        "SELECT parent, EXISTS(SELECT 1 FROM conflict WHERE conflict.scope = item.scope) FROM item WHERE id = ?1",
    [CSC_SQL_ITEM_DELETE] = SUBTREE "DELETE FROM item WHERE id IN (SELECT id FROM below)",
    [CSC_SQL_ITEM_DELETE_CONFLICTS] = SUBTREE
        "DELETE FROM conflict WHERE item <> 0 AND item IN (SELECT id FROM below)",
    [CSC_SQL_PAGES] = "PRAGMA page_count",
    [CSC_SQL_ITEM_MAX] = "SELECT coalesce(max(id), 0) FROM item",
    [CSC_SQL_BLOCKS_GET] =
        "SELECT block, hashes FROM blocks WHERE item = ?1 AND size = ?2 AND mtime = ?3 AND ino = ?4 AND recorded = ?5",
    [CSC_SQL_BLOCKS_PUT] =
        "INSERT OR REPLACE INTO blocks(item, size, mtime, ino, recorded, block, hashes) "
        "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS(SELECT 1 FROM item WHERE id = ?1)",
    /* 1048576 is CSC_LARGE and 5 CSC_ROW_BASE with CSC_ROW_SPARSE: the index item_large serves only this very expression */
    [CSC_SQL_BLOCKS_WANTED] =
        "SELECT " ITEM_COLUMNS " FROM item WHERE scope = ?1 AND id > ?2 AND type = 0 AND l_size > 1048576 "
        "AND (flags & 5) = 4 AND NOT EXISTS(SELECT 1 FROM blocks WHERE item = item.id AND size = l_size AND "
        "mtime = l_mtime AND ino = l_ino AND recorded = l_recorded) ORDER BY id LIMIT 1",
    /* the literal mask is CSC_ROW_SPARSE | CSC_ROW_BASE, as in the index item_file */
    [CSC_SQL_ITEM_BY_FILE] = "SELECT " ITEM_COLUMNS " FROM item WHERE scope = ?1 AND l_ino = ?2 AND (flags & 5) = 4 "
        "ORDER BY id",
    [CSC_SQL_ITEM_PIN_SUBTREE] = SUBTREE
        "UPDATE item SET pin = pin | CASE type WHEN 0 THEN ?3 ELSE ?2 END WHERE id IN (SELECT id FROM below)",
    /* Whatever is pinned below an item that is not pinned itself comes from an own pin below it, or from one that only
     * hands down.  An item that hands down may have what it handed down right below it. */
    [CSC_SQL_PINNED_BELOW] = ABOVE_PINS
        "SELECT 1 WHERE EXISTS(SELECT 1 FROM up WHERE id = ?1) OR ((SELECT pin FROM item WHERE id = ?1) <> 0 AND "
        "EXISTS(SELECT 1 FROM item WHERE parent = ?1 AND (pin & 15) <> 0))",
    [CSC_SQL_ABOVE_PINS] = ABOVE_PINS "SELECT id FROM up ORDER BY id",
    [CSC_SQL_OWN_PINS] =
        "SELECT item.id, item.type, item.pin, item.flags & 32 FROM own_pin CROSS JOIN item ON item.id = own_pin.item "
        "WHERE item.scope = ?1",
    /* below the share; no row for a share itself */
    [CSC_SQL_ITEM_PATH] =
        "WITH RECURSIVE up(parent, path, depth) AS ("
        "SELECT parent, name, 0 FROM item WHERE id = ?1 AND parent <> 0 UNION ALL "
        "SELECT item.parent, item.name || '/' || path, depth + 1 FROM item JOIN up ON item.id = up.parent "
        "WHERE item.parent <> 0 AND depth < 32767) SELECT path FROM up ORDER BY depth DESC LIMIT 1",
    /* the literal 2 is CSC_ROW_UNFLUSHED: the index item_unflushed serves only this very expression */
    [CSC_SQL_FLUSHED] =
        "UPDATE item SET flags = flags & ~2, flush = 0 WHERE scope = ?1 AND (flags & 2) <> 0 AND flush < ?2 "
        "AND (flags & 128) = 0",
    [CSC_SQL_UNFLUSHED] = "SELECT " ITEM_COLUMNS " FROM item WHERE scope = ?1 AND (flags & 2) <> 0 "
        "ORDER BY key",
    [CSC_SQL_WANTS_FLUSH] = "SELECT 1 FROM item WHERE scope = ?1 AND (flags & 2) <> 0 AND (flags & 128) = 0 LIMIT 1",
    [CSC_SQL_FLUSH_MAX] = "SELECT coalesce(max(flush), 0) FROM item WHERE (flags & 2) <> 0",
    [CSC_SQL_USAGE] =
        "SELECT coalesce(sum(items), 0), coalesce(sum(pinned), 0), coalesce(sum(sparse), 0), coalesce(sum(bytes), 0), "
        "coalesce(sum(bytes_unpinned), 0) FROM usage WHERE ?1 = 0 OR scope = ?1",
    [CSC_SQL_USAGE_CONFLICTS] = "SELECT count(*) FROM conflict WHERE ?1 = 0 OR scope = ?1",

    [CSC_SQL_CONFLICT_PUT] =
        "INSERT OR REPLACE INTO conflict(scope, key, path, item, state, time) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [CSC_SQL_CONFLICT_REMOVE] = "DELETE FROM conflict WHERE scope = ?1 AND key = ?2",
    /* ?3 and ?4: the key with the separator, and with the character that follows it */
    [CSC_SQL_CONFLICT_REMOVE_BELOW] =
        "DELETE FROM conflict WHERE scope = ?1 AND (key = ?2 OR (key >= ?3 AND key < ?4))",
    /* '0' is the character behind the separator; key and path have as many characters */
    [CSC_SQL_CONFLICT_MOVE] =
        "UPDATE OR REPLACE conflict SET key = ?3 || substr(key, length(?2) + 1), "
        "path = ?4 || substr(path, length(?2) + 1) "
        "WHERE scope = ?1 AND (key = ?2 OR (key >= ?2 || '/' AND key < ?2 || '0'))",
    [CSC_SQL_CONFLICT_FIND] =
        "SELECT item, scope, path, state, time FROM conflict WHERE scope = ?1 AND key = ?2",
    [CSC_SQL_CONFLICTS] =
        "SELECT item, scope, path, state, time FROM conflict WHERE ?1 = 0 OR scope = ?1 ORDER BY scope, key",

    [CSC_SQL_LOG_ADD] = "INSERT INTO log(time, operation, path, result, reason) VALUES(?1, ?2, ?3, ?4, ?5)",
    [CSC_SQL_LOG_TRIM] = "DELETE FROM log WHERE id <= ?1",
    [CSC_SQL_LOG_READ] =
        "SELECT id, time, operation, path, result, reason FROM ("
        "SELECT * FROM log WHERE time >= ?1 ORDER BY id DESC LIMIT ?2) ORDER BY id",
    [CSC_SQL_LOG_AFTER] =
        "SELECT id, time, operation, path, result, reason FROM log WHERE id > ?1 AND time >= ?2 "
        "AND (?3 = 0 OR result < 0) ORDER BY id LIMIT ?4",

    [CSC_SQL_NEWS_ROW] = "SELECT parent, name, flags FROM item WHERE id = ?1",
    [CSC_SQL_NEWS_SHARE] = "SELECT server, share FROM scope WHERE id = ?1",
};

/* errno of the call that failed.  Of writing to the log at the end of a transaction only the file knows it. */
static int system_error(sqlite3 *db)
{
    sqlite3_file *log = NULL;
    int error = sqlite3_system_errno(db);

    if (error || sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || !log || !log->pMethods)
        return error;
    return log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error) == SQLITE_OK ? error : 0;
}

csc_status csc_sql_status(sqlite3 *db, int code)
{
    csc_status status;

    switch (code & 0xff)
    {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return CSC_OK;
    case SQLITE_NOMEM:
        return CSC_E_OUT_OF_MEMORY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return CSC_E_BUSY;
    case SQLITE_FULL:
        return CSC_E_DISK_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return CSC_E_CORRUPT;
    case SQLITE_READONLY:
        return CSC_E_WRITE_PROTECT;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return CSC_E_ACCESS_DENIED;
    case SQLITE_CONSTRAINT:
        return CSC_E_EXISTS;
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
        return CSC_E_INVALID_ARG;
    case SQLITE_IOERR:
        /* a full disk shows as this, too */
        status = csc_status_from_errno(system_error(db));
        return status == CSC_E_DISK_FULL || status == CSC_E_OUT_OF_MEMORY ? status : CSC_E_IO;
    case SQLITE_CANTOPEN:
        status = csc_status_from_errno(sqlite3_system_errno(db));
        if (status == CSC_E_NOT_FOUND) return CSC_E_PATH_NOT_FOUND;
        return status ? status : CSC_E_IO;
    default:
        return CSC_E_FAIL;
    }
}

static void fail(struct csc_query *query, int code)
{
    query->status = csc_sql_status(query->store->db, code);
    if (query->status == CSC_E_CORRUPT) atomic_store(&query->store->damaged, 1);
}

void csc_query_damaged(struct csc_query *query)
{
    query->status = CSC_E_CORRUPT;
    atomic_store(&query->store->damaged, 1);
}

void csc_query_open(struct csc_query *query, struct csc_store *store, enum csc_sql sql)
{
    sqlite3_stmt **kept = &store->statements[sql];
    int code;

    query->store = store;
    query->status = store->db ? CSC_OK : CSC_E_INVALID_HANDLE;
    if (!query->status && !*kept && (code = sqlite3_prepare_v3(store->db, csc_sql_text[sql], -1, SQLITE_PREPARE_PERSISTENT, kept, NULL)))
        fail(query, code);
    query->statement = *kept;
    csc_count(CSC_COUNT_STATEMENTS);
}

static void check(struct csc_query *query, int code)
{
    if (code != SQLITE_OK) fail(query, code);
}

void csc_query_int(struct csc_query *query, int index, int64_t value)
{
    if (!query->status) check(query, sqlite3_bind_int64(query->statement, index, value));
}

void csc_query_text(struct csc_query *query, int index, const char *text)
{
    if (!query->status) check(query, sqlite3_bind_text(query->statement, index, text, -1, SQLITE_STATIC));
}

void csc_query_blob(struct csc_query *query, int index, const void *data, size_t size)
{
    if (!query->status) check(query, sqlite3_bind_blob64(query->statement, index, data, size, SQLITE_STATIC));
}

int csc_query_step(struct csc_query *query)
{
    int code;

    if (query->status) return 0;
    code = sqlite3_step(query->statement);
    if (code == SQLITE_ROW) return 1;
    if (code != SQLITE_DONE) fail(query, code);
    return 0;
}

int64_t csc_query_column(struct csc_query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

char *csc_query_column_text(struct csc_query *query, int column)
{
    return csc_query_column_text_in(query, column, NULL);
}

char *csc_query_column_text_in(struct csc_query *query, int column, struct csc_texts *texts)
{
    const char *text;
    char *copy = NULL;

    if (query->status || sqlite3_column_type(query->statement, column) == SQLITE_NULL) return NULL;
    if ((text = (const char *)sqlite3_column_text(query->statement, column)))
        copy = texts ? csc_texts_add(texts, text) : strdup(text);
    if (!copy) query->status = CSC_E_OUT_OF_MEMORY;
    return copy;
}

void *csc_query_column_blob(struct csc_query *query, int column, size_t *size)
{
    const void *data;
    void *copy = NULL;

    *size = 0;
    if (query->status || !(data = sqlite3_column_blob(query->statement, column))) return NULL;
    *size = (size_t)sqlite3_column_bytes(query->statement, column);
    if ((copy = malloc(*size))) memcpy(copy, data, *size);
    else query->status = CSC_E_OUT_OF_MEMORY;
    return copy;
}

csc_status csc_query_close(struct csc_query *query)
{
    if (query->statement)
    {
        sqlite3_reset(query->statement);
        sqlite3_clear_bindings(query->statement);
    }
    query->statement = NULL;
    if (query->status) csc_store_notice_loss(query->store, query->status);
    return query->status;
}

csc_status csc_query_run(struct csc_query *query, int *changed)
{
    while (csc_query_step(query)) { }
    if (changed) *changed = query->status ? 0 : sqlite3_changes(query->store->db);
    return csc_query_close(query);
}

csc_status csc_sql_run(struct csc_store *store, enum csc_sql sql)
{
    struct csc_query query;

    csc_query_open(&query, store, sql);
    return csc_query_run(&query, NULL);
}

csc_status csc_sql_prepare_all(struct csc_store *store)
{
    struct csc_query query;
    csc_status status;
    int sql;

    for (sql = 0; sql < CSC_SQL_COUNT; sql++)
    {
        csc_query_open(&query, store, sql);
        if ((status = csc_query_close(&query))) return status;
    }
    return CSC_OK;
}
