/*
 * The store: its tables, and the way from older ones to them
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>

#include "store_private.h"

static csc_status run(sqlite3 *db, const char *sql)
{
    return csc_sql_status(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* Times in ns, o_ and l_: the base of origin and local.  item.key is compared as bytes. */
static csc_status make_version_1(sqlite3 *db)
{
    return run(db,
        "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE scope("
        "  id INTEGER PRIMARY KEY AUTOINCREMENT, server TEXT NOT NULL, share TEXT NOT NULL, origin TEXT NOT NULL,"
        "  dev INTEGER NOT NULL, ino INTEGER NOT NULL, anonymous INTEGER NOT NULL, fs_type TEXT NOT NULL,"
        "  source TEXT NOT NULL, link_before TEXT, offline INTEGER NOT NULL, reason INTEGER NOT NULL,"
        "  caching_mode INTEGER NOT NULL, root_item INTEGER NOT NULL, last_sync INTEGER NOT NULL);"
        "CREATE TABLE item("
        "  id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, scope INTEGER NOT NULL,"
        "  name TEXT NOT NULL, key TEXT NOT NULL COLLATE BINARY, type INTEGER NOT NULL, pin INTEGER NOT NULL,"
        "  flags INTEGER NOT NULL,"
        "  o_size INTEGER NOT NULL, o_ino INTEGER NOT NULL, o_mtime INTEGER NOT NULL, o_ctime INTEGER NOT NULL,"
        "  o_attributes INTEGER NOT NULL, o_recorded INTEGER NOT NULL,"
        "  l_size INTEGER NOT NULL, l_ino INTEGER NOT NULL, l_mtime INTEGER NOT NULL, l_ctime INTEGER NOT NULL,"
        "  l_attributes INTEGER NOT NULL, l_recorded INTEGER NOT NULL,"
        "  used INTEGER NOT NULL, flush INTEGER NOT NULL,"
        "  UNIQUE(parent, key));"
        "CREATE INDEX item_unflushed ON item(scope, flush) WHERE (flags & 2) <> 0;"
        "CREATE TABLE conflict("
        "  scope INTEGER NOT NULL, key TEXT NOT NULL COLLATE BINARY, path TEXT NOT NULL, item INTEGER NOT NULL,"
        "  state INTEGER NOT NULL, time INTEGER NOT NULL, PRIMARY KEY(scope, key)) WITHOUT ROWID;"
        "CREATE INDEX conflict_item ON conflict(item);"
        "CREATE TABLE log("
        "  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, operation TEXT NOT NULL, path TEXT,"
        "  result INTEGER NOT NULL, reason TEXT);"
        "PRAGMA user_version = 1;");
}

/* The blocks of large files (store_blocks.c).  size .. recorded: the base of the cache's copy that they are of. */
static csc_status make_blocks(sqlite3 *db)
{
    return run(db,
        "CREATE TABLE blocks("
        "  item INTEGER PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, ino INTEGER NOT NULL,"
        "  recorded INTEGER NOT NULL, block INTEGER NOT NULL, hashes BLOB NOT NULL);"
        "CREATE TRIGGER item_blocks AFTER DELETE ON item BEGIN DELETE FROM blocks WHERE item = OLD.id; END;"
        "CREATE INDEX item_large ON item(scope, id) WHERE type = 0 AND l_size > 1048576;"
        "PRAGMA user_version = 2;");
}

/* Candidates for eviction by their last use. */
static csc_status make_unpinned(sqlite3 *db)
{
    return run(db,
        "CREATE INDEX item_unpinned ON item(used) WHERE type = 0 AND (flags & 1) = 0 AND (pin & 15) = 0;"
        "PRAGMA user_version = 3;");
}

/* Creation and access time of the origin's copy. */
static csc_status add_times(sqlite3 *db)
{
    return run(db,
        "ALTER TABLE item ADD COLUMN o_btime INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE item ADD COLUMN o_atime INTEGER NOT NULL DEFAULT 0;"
        "PRAGMA user_version = 4;");
}

/* To find a file or directory of the cache by its identity, wherever it stands now. */
static csc_status make_item_file(sqlite3 *db)
{
    return run(db,
        "CREATE INDEX item_file ON item(scope, l_ino) WHERE (flags & 5) = 4;"
        "PRAGMA user_version = 5;");
}

/* What is asked for all the time, of any number of items, is kept up to date with each change: sums (store_usage.c), and
 * the items whose pin is not what their container hands down, or that are suspended (store_pins.c).  There are few of them,
 * and all other pins follow from theirs.  The literals: type 0 file and 2 share; pin 15 reasons, 240 the inherit bits;
 * flags 1 CSC_ROW_SPARSE, 64 CSC_ROW_EVICTED, 32 CSC_ROW_SUSPENDED. */
#define IS_ITEM(row)  "(" row ".type <> 2)"
#define IS_PINNED(row) "(" row ".type <> 2 AND (" row ".pin & 15) <> 0)"
#define IS_SPARSE(row) "(" row ".type = 0 AND (" row ".flags & 1) <> 0 AND ((" row ".flags & 64) = 0 OR (" row ".pin & 15) <> 0))"
#define BYTES(row) "(" row ".l_size * (" row ".type = 0 AND (" row ".flags & 1) = 0))"
#define UNPINNED_BYTES(row) "(" row ".l_size * (" row ".type = 0 AND (" row ".flags & 1) = 0 AND (" row ".pin & 15) = 0))"
#define ADD_UP(sign, row) \
    "UPDATE usage SET items = items " sign IS_ITEM(row) ", pinned = pinned " sign IS_PINNED(row) \
    ", sparse = sparse " sign IS_SPARSE(row) ", bytes = bytes " sign BYTES(row) \
    ", bytes_unpinned = bytes_unpinned " sign UNPINNED_BYTES(row) " WHERE scope = " row ".scope; "
#define DIFFERENCE(what) " - " what("OLD") " + " what("NEW")
/* files get the reasons, directories the inherit bits, too (csc_pin_inherited) */
#define IS_OWN_PIN(row) "((" row ".flags & 32) <> 0 OR " row ".pin <> " \
    "((coalesce((SELECT above.pin FROM item AS above WHERE above.id = " row ".parent), 0) >> 4) & 15) * " \
    "CASE " row ".type WHEN 0 THEN 1 ELSE 17 END)"

static csc_status make_sums(sqlite3 *db)
{
    return run(db,
        "CREATE TABLE usage("
        "  scope INTEGER PRIMARY KEY, items INTEGER NOT NULL DEFAULT 0, pinned INTEGER NOT NULL DEFAULT 0,"
        "  sparse INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,"
        "  bytes_unpinned INTEGER NOT NULL DEFAULT 0);"
        "INSERT INTO usage SELECT scope.id, count(item.id), coalesce(sum(" IS_PINNED("item") "), 0),"
        "  coalesce(sum(" IS_SPARSE("item") "), 0), coalesce(sum(" BYTES("item") "), 0),"
        "  coalesce(sum(" UNPINNED_BYTES("item") "), 0)"
        "  FROM scope LEFT JOIN item ON item.scope = scope.id AND item.type <> 2 GROUP BY scope.id;"
        "CREATE TABLE own_pin(item INTEGER PRIMARY KEY);"
        "INSERT INTO own_pin SELECT id FROM item WHERE " IS_OWN_PIN("item") ";"

        "CREATE TRIGGER scope_new AFTER INSERT ON scope BEGIN INSERT INTO usage(scope) VALUES(NEW.id); END;"
        "CREATE TRIGGER scope_gone AFTER DELETE ON scope BEGIN DELETE FROM usage WHERE scope = OLD.id; END;"
        "CREATE TRIGGER usage_new AFTER INSERT ON item WHEN NEW.type <> 2 BEGIN " ADD_UP("+", "NEW") "END;"
        "CREATE TRIGGER usage_gone AFTER DELETE ON item WHEN OLD.type <> 2 BEGIN " ADD_UP("-", "OLD") "END;"
        /* a row stays in its share */
        "CREATE TRIGGER usage_changed AFTER UPDATE OF type, pin, flags, l_size ON item "
        "  WHEN OLD.pin <> NEW.pin OR (OLD.flags & 65) <> (NEW.flags & 65) OR OLD.l_size <> NEW.l_size OR "
        "  OLD.type <> NEW.type BEGIN "
        "  UPDATE usage SET items = items" DIFFERENCE(IS_ITEM) ", pinned = pinned" DIFFERENCE(IS_PINNED)
        ", sparse = sparse" DIFFERENCE(IS_SPARSE) ", bytes = bytes" DIFFERENCE(BYTES)
        ", bytes_unpinned = bytes_unpinned" DIFFERENCE(UNPINNED_BYTES) " WHERE scope = NEW.scope; END;"

        "CREATE TRIGGER own_pin_new AFTER INSERT ON item WHEN " IS_OWN_PIN("NEW") " BEGIN "
        "  INSERT OR IGNORE INTO own_pin VALUES(NEW.id); END;"
        "CREATE TRIGGER own_pin_gone AFTER DELETE ON item BEGIN DELETE FROM own_pin WHERE item = OLD.id; END;"
        "CREATE TRIGGER own_pin_changed AFTER UPDATE OF pin, flags, type, parent ON item "
        "  WHEN OLD.pin <> NEW.pin OR (OLD.flags & 32) <> (NEW.flags & 32) OR OLD.type <> NEW.type OR "
        "  OLD.parent <> NEW.parent BEGIN "
        "  DELETE FROM own_pin WHERE item = NEW.id;"
        "  INSERT INTO own_pin SELECT NEW.id WHERE " IS_OWN_PIN("NEW") "; END;"
        "CREATE TRIGGER own_pin_handed AFTER UPDATE OF pin ON item WHEN (OLD.pin & 240) <> (NEW.pin & 240) BEGIN "
        "  DELETE FROM own_pin WHERE item IN (SELECT id FROM item WHERE parent = NEW.id);"
        "  INSERT INTO own_pin SELECT below.id FROM item AS below WHERE below.parent = NEW.id AND " IS_OWN_PIN("below") ";"
        "  END;"
        "PRAGMA user_version = 6;");
}

/* Step n leads from version n to n + 1 and sets user_version itself.  Steps are only ever added. */
static csc_status (*const steps[])(sqlite3 *db) =
{
    make_version_1,
    make_blocks,
    make_unpinned,
    add_times,
    make_item_file,
    make_sums,
};

#define VERSION ((int)(sizeof(steps) / sizeof(steps[0])))

static csc_status read_version(sqlite3 *db, int *version)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL);

    *version = 0;
    if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW)
        *version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return csc_sql_status(db, code);
}

/* The version is noted twice: one that is larger than ours in one place only is damage. */
static csc_status note_version(sqlite3 *db, int version)
{
    char sql[96];

    snprintf(sql, sizeof(sql), "INSERT OR REPLACE INTO meta(name, value) VALUES('schema', '%d')", version);
    return run(db, sql);
}

/* Whether a version that this program does not know is really meant. */
static int is_newer(sqlite3 *db)
{
    sqlite3_stmt *statement;
    int newer = 1;

    if (sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE name = 'schema'", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        newer = sqlite3_column_int(statement, 0) > VERSION;
    sqlite3_finalize(statement);
    return newer;
}

csc_status csc_schema_update(sqlite3 *db, int *created)
{
    csc_status status;
    int version;

    *created = 0;
    if ((status = run(db, "BEGIN EXCLUSIVE"))) return status;
    if ((status = read_version(db, &version))) goto failed;
    if (version < 0 || version > VERSION)
    {
        status = version > 0 && is_newer(db) ? CSC_E_NOT_SUPPORTED : CSC_E_CORRUPT;
        goto failed;
    }
    *created = !version;
    if (version < VERSION)
    {
        for (; version < VERSION; version++)
            if ((status = steps[version](db))) goto failed;
        if ((status = note_version(db, VERSION))) goto failed;
    }
    if ((status = run(db, "COMMIT"))) goto failed;
    return CSC_OK;

failed:
    if (!sqlite3_get_autocommit(db)) run(db, "ROLLBACK");
    return status;
}
