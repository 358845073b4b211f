/*
 * Tests of the store
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "blocks.h"
#include "path.h"
#include "store_private.h"
#include "sums.h"
#include "test.h"

static char folder[512], database[600];

/* -- a clock that is set by hand -- */

static int64_t clock_time;

static int64_t read_time(struct csc_clock *clock)
{
    (void)clock;
    return clock_time;
}

static struct csc_clock test_clock = {read_time, read_time};

/* -- helpers -- */

/* The path of a database that is not there yet. */
static void use_new_database(void)
{
    static int number;

    snprintf(database, sizeof(database), "%s/store%d.db", folder, number++);
    clock_time = 1700000000000000000;
}

static struct csc_store *open_store(void)
{
    struct csc_store *store = NULL;

    if (!CHECK_STATUS(csc_store_open(database, &test_clock, &store), CSC_OK)) exit(1);
    return store;
}

/* A second connection cannot look into an open store: what another would find is told by its open. */
static csc_status run_sql(const char *sql)
{
    sqlite3 *db;
    int code;

    if ((code = sqlite3_open(database, &db)) == SQLITE_OK) code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
    return code;
}

static int64_t read_number(const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;
    sqlite3 *db;

    if (sqlite3_open(database, &db) == SQLITE_OK && !sqlite3_prepare_v2(db, sql, -1, &statement, NULL) &&
        sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

static int64_t add_scope(struct csc_store *store, const char *server, const char *share, int64_t *root_item)
{
    struct csc_scope_row row = {.server = (char *)server, .share = (char *)share, .origin = "/origin"};

    CHECK_STATUS(csc_store_scope_put(store, &row), CSC_OK);
    *root_item = row.root_item;
    return row.id;
}

static int64_t add_item(struct csc_store *store, int64_t scope, int64_t parent, const char *name, uint32_t type,
                        uint32_t flags, uint32_t pin)
{
    struct csc_item item = {.scope = scope, .parent = parent, .name = (char *)name, .type = type, .flags = flags,
                            .pin = pin, .local.size = 100};

    CHECK_STATUS(csc_store_item_put(store, &item), CSC_OK);
    return item.id;
}

static uint64_t count_items(struct csc_store *store, int64_t scope)
{
    struct csc_usage usage;

    CHECK_STATUS(csc_store_usage(store, scope, &usage), CSC_OK);
    return usage.items;
}

static size_t count_unflushed(struct csc_store *store, int64_t scope)
{
    struct csc_item_list list;
    size_t count;

    CHECK_STATUS(csc_store_unflushed(store, scope, &list), CSC_OK);
    count = list.count;
    csc_item_list_free(&list);
    return count;
}

/* -- rows -- */

static void keeps_items(void)
{
    struct csc_store *store;
    int64_t scope, root, id;
    struct csc_item item = {0}, got;
    char *key;

    use_new_database();
    store = open_store();
    scope = add_scope(store, "Server", "Share", &root);
    item.parent = root;
    item.scope = scope;
    item.name = "Straße É.txt";
    item.pin = 0x51;
    item.flags = CSC_ROW_BASE;
    item.origin = (struct csc_base){UINT64_MAX, UINT64_MAX - 1, -5, INT64_MIN, 0x21, INT64_MAX, 7, INT64_MIN + 1};
    item.local = (struct csc_base){1, 2, 3, 4, 0xffffffff, 6, 0, 0};
    item.used = 77;
    CHECK_STATUS(csc_store_item_put(store, &item), CSC_OK);
    CHECK(item.id > 0 && item.id != root && !item.key);
    id = item.id;

    /* an item of the same name in other case is another one's place */
    item.id = 0;
    item.name = "sTRAßE é.TXT";
    CHECK_STATUS(csc_store_item_put(store, &item), CSC_E_EXISTS);
    item.name = "STRASSE É.TXT";
    CHECK_STATUS(csc_store_item_put(store, &item), CSC_OK);
    csc_store_close(store);

    store = open_store();
    CHECK_STATUS(csc_name_key("strAße é.txt", &key), CSC_OK);
    CHECK_STATUS(csc_store_item_find(store, root, key, &got), CSC_OK);
    free(key);
    CHECK_INT(got.id, id);
    CHECK_INT(got.parent, root);
    CHECK_INT(got.scope, scope);
    CHECK_STRING(got.name, "Straße É.txt");
    CHECK_STRING(got.key, "STRAßE É.TXT");
    CHECK_INT(got.pin, 0x51);
    CHECK_INT(got.flags, CSC_ROW_BASE);
    CHECK(!memcmp(&got.origin, &item.origin, sizeof(got.origin)));
    CHECK(!memcmp(&got.local, &item.local, sizeof(got.local)));
    CHECK_INT(got.used, 77);

    /* renamed in case only, then elsewhere */
    free(got.name);
    got.name = strdup("STRAßE é.txt");
    CHECK_STATUS(csc_store_item_put(store, &got), CSC_OK);
    csc_item_clear(&got);
    CHECK_STATUS(csc_store_item_get(store, id, &got), CSC_OK);
    CHECK_STRING(got.name, "STRAßE é.txt");
    csc_item_clear(&got);

    CHECK_STATUS(csc_store_item_set_pin(store, id, 3), CSC_OK);
    CHECK_STATUS(csc_store_item_get(store, id, &got), CSC_OK);
    CHECK_INT(got.pin, 3);
    csc_item_clear(&got);

    CHECK_STATUS(csc_store_item_get(store, 9999, &got), CSC_E_NOT_FOUND);
    CHECK(!got.name && !got.id);
    CHECK_STATUS(csc_store_item_find(store, root, "NOTHING", &got), CSC_E_NOT_FOUND);
    CHECK_STATUS(csc_store_item_set_pin(store, 9999, 3), CSC_E_NOT_FOUND);
    item.id = 9999;
    item.name = "x";
    CHECK_STATUS(csc_store_item_put(store, &item), CSC_E_NOT_FOUND);
    item.id = 0;
    item.name = "\xff";
    CHECK_STATUS(csc_store_item_put(store, &item), CSC_E_INVALID_NAME);
    item.name = "x";
    item.parent = 0;
    CHECK_STATUS(csc_store_item_put(store, &item), CSC_E_INVALID_ARG);
    csc_store_close(store);
}

static void lists_children_by_key(void)
{
    static const char *const names[] = {"b", "A", "ä", "Z", "a1", "0", "日"};
    static const char *const ordered[] = {"0", "A", "a1", "b", "Z", "ä", "日"};
    struct csc_item_list list;
    struct csc_store *store;
    int64_t scope, root;
    size_t i;

    use_new_database();
    store = open_store();
    scope = add_scope(store, "s", "a", &root);
    for (i = 0; i < 7; i++) add_item(store, scope, root, names[i], 0, 0, 0);
    CHECK_STATUS(csc_store_children(store, root, &list), CSC_OK);
    if (CHECK_INT(list.count, 7))
        for (i = 0; i < 7; i++) CHECK_STRING(list.items[i].name, ordered[i]);
    csc_item_list_free(&list);
    CHECK_STATUS(csc_store_children(store, 9999, &list), CSC_OK);
    CHECK(!list.count && !list.items);
    csc_store_close(store);
}

static void keeps_scopes(void)
{
    struct csc_scope_row row = {.server = "Server", .share = "Share", .origin = "/mnt/nas", .offline = 1, .reason = 2,
                                .caching_mode = 3, .last_sync = 4};
    struct csc_scope_row *rows, again;
    struct csc_store *store;
    struct csc_item item;
    int64_t other_root;
    size_t count;

    use_new_database();
    store = open_store();
    row.root = (struct csc_root_id){.dev = UINT64_MAX, .ino = 5, .anonymous = 1, .fs_type = "fuse.x", .source = "//a/b"};
    CHECK_STATUS(csc_store_scope_put(store, &row), CSC_OK);
    CHECK(row.id && row.root_item);
    again = row;
    again.id = 0;
    again.server = "SERVER";
    again.share = "shARE";
    CHECK_STATUS(csc_store_scope_put(store, &again), CSC_E_ALREADY_EXISTS);
    CHECK_INT(again.id, 0);
    add_scope(store, "Server2", "Share", &other_root);
    CHECK_STATUS(csc_store_item_get(store, row.root_item, &item), CSC_OK);
    CHECK_INT(item.type, 2);
    CHECK_INT(item.parent, 0);
    CHECK_INT(item.scope, row.id);
    CHECK_STRING(item.name, "Share");
    CHECK_STRING(item.key, "SERVER/SHARE");

    /* the share's row can be changed, and keeps its key */
    item.pin = 0x11;
    free(item.key);
    item.key = NULL;
    CHECK_STATUS(csc_store_item_put(store, &item), CSC_OK);
    csc_item_clear(&item);
    CHECK_STATUS(csc_store_item_get(store, row.root_item, &item), CSC_OK);
    CHECK_INT(item.pin, 0x11);
    CHECK_STRING(item.key, "SERVER/SHARE");
    csc_item_clear(&item);
    CHECK_STATUS(csc_store_item_delete(store, row.root_item), CSC_E_INVALID_ARG);

    /* a state that is put leaves names alone: it may be older than those */
    row.root.dev = 9;
    row.server = "Other";
    row.link_before = "/before";
    CHECK_STATUS(csc_store_scope_put(store, &row), CSC_OK);
    row.server = "Server";
    row.link_before = NULL;
    csc_store_close(store);
    store = open_store();
    CHECK_STATUS(csc_store_scopes(store, &rows, &count), CSC_OK);
    if (CHECK_INT(count, 2))
    {
        CHECK_INT(rows[0].id, row.id);
        CHECK_STRING(rows[0].server, "Server");
        CHECK_STRING(rows[0].share, "Share");
        CHECK_STRING(rows[0].origin, "/mnt/nas");
        CHECK(!rows[0].link_before);
        CHECK(csc_root_id_equal(&rows[0].root, &row.root) && rows[0].root.dev == 9);
        CHECK_STRING(rows[0].root.source, "//a/b");
        CHECK_INT(rows[0].offline, 1);
        CHECK_INT(rows[0].reason, 2);
        CHECK_INT(rows[0].caching_mode, 3);
        CHECK_INT(rows[0].last_sync, 4);
        CHECK_INT(rows[0].root_item, row.root_item);
        CHECK(!rows[1].link_before);
        CHECK_INT(rows[1].root_item, other_root);
    }
    csc_scope_rows_free(rows, count);
    row.id = 999;
    CHECK_STATUS(csc_store_scope_put(store, &row), CSC_E_NOT_FOUND);
    csc_store_close(store);
}

static void renames_scopes(void)
{
    struct csc_scope_row *rows, one, two;
    const struct csc_scope_row *both[2] = { &one, &two };
    struct csc_store *store;
    struct csc_item item;
    int64_t root;
    size_t count;

    use_new_database();
    store = open_store();
    add_scope(store, "old", "a", &root);
    add_scope(store, "old", "b", &root);
    add_scope(store, "other", "b", &root);
    CHECK_STATUS(csc_store_scopes(store, &rows, &count), CSC_OK);
    one = rows[0];
    two = rows[1];
    one.server = two.server = "other";
    one.share = "Aa";
    one.link_before = "/before";
    one.offline = two.offline = 1;
    /* the second cannot be, so the first is not */
    CHECK_STATUS(csc_store_scopes_rename(store, both, 2), CSC_E_ALREADY_EXISTS);
    csc_scope_rows_free(rows, count);
    CHECK_STATUS(csc_store_scopes(store, &rows, &count), CSC_OK);
    if (CHECK_INT(count, 3)) CHECK_STRING(rows[0].server, "old");
    one.server = two.server = "new";
    two.share = "b";
    CHECK_STATUS(csc_store_scopes_rename(store, both, 2), CSC_OK);
    csc_scope_rows_free(rows, count);
    CHECK_STATUS(csc_store_scopes(store, &rows, &count), CSC_OK);
    if (CHECK_INT(count, 3))
    {
        CHECK_STRING(rows[0].server, "new");
        CHECK_STRING(rows[0].share, "Aa");
        CHECK_STRING(rows[0].link_before, "/before");
        CHECK_STRING(rows[1].server, "new");
        CHECK(!rows[0].offline);
        CHECK_STATUS(csc_store_item_get(store, rows[0].root_item, &item), CSC_OK);
        CHECK_STRING(item.name, "Aa");
        CHECK_STRING(item.key, "NEW/AA");
        csc_item_clear(&item);
    }
    csc_scope_rows_free(rows, count);
    one.id = 999;
    CHECK_STATUS(csc_store_scopes_rename(store, both, 2), CSC_E_NOT_FOUND);
    csc_store_close(store);
}

static void deletes_scopes(void)
{
    struct csc_conflict conflict = {.path = "x"}, *list;
    int64_t scope1, scope2, root1, root2;
    struct csc_scope_row *rows;
    struct csc_store *store;
    size_t count;
    int added;

    use_new_database();
    store = open_store();
    scope1 = add_scope(store, "s", "one", &root1);
    scope2 = add_scope(store, "s", "two", &root2);
    add_item(store, scope1, add_item(store, scope1, root1, "d", 1, 0, 0), "f", 0, 0, 0);
    add_item(store, scope2, root2, "f", 0, 0, 0);
    conflict.scope = scope1;
    CHECK_STATUS(csc_store_conflict_put(store, &conflict, &added), CSC_OK);
    conflict.scope = scope2;
    CHECK_STATUS(csc_store_conflict_put(store, &conflict, &added), CSC_OK);
    CHECK_STATUS(csc_store_scope_delete(store, scope1), CSC_OK);
    CHECK_STATUS(csc_store_scope_delete(store, scope1), CSC_E_NOT_FOUND);
    CHECK_INT(count_items(store, 0), 1);
    CHECK_INT(count_items(store, scope2), 1);
    CHECK_STATUS(csc_store_conflicts(store, 0, &list, &count), CSC_OK);
    CHECK_INT(count, 1);
    csc_conflicts_free(list, count);
    CHECK_STATUS(csc_store_scopes(store, &rows, &count), CSC_OK);
    CHECK_INT(count, 1);
    csc_scope_rows_free(rows, count);
    CHECK(add_scope(store, "s", "one", &root1) > scope2);      /* an id is never given again */
    csc_store_close(store);
}

static void keeps_meta_values(void)
{
    struct csc_store *store;
    char *value;

    use_new_database();
    store = open_store();
    CHECK_STATUS(csc_store_meta_get(store, "a", &value), CSC_E_NOT_FOUND);
    CHECK(!value);
    CHECK_STATUS(csc_store_meta_set(store, "a", "1"), CSC_OK);
    CHECK_STATUS(csc_store_meta_set(store, "a", "'; DROP TABLE meta; --"), CSC_OK);
    csc_store_close(store);
    store = open_store();
    CHECK_STATUS(csc_store_meta_get(store, "a", &value), CSC_OK);
    CHECK_STRING(value, "'; DROP TABLE meta; --");
    free(value);
    CHECK_STATUS(csc_store_meta_set(store, "a", NULL), CSC_OK);
    CHECK_STATUS(csc_store_meta_get(store, "a", &value), CSC_E_NOT_FOUND);
    csc_store_close(store);
}

/* -- trees -- */

static void deletes_subtrees(void)
{
    static const char *const paths[] = {"Dir/Sub/gone.txt", "dir", "dir/x", "Dir2", "dir/", "dir0", "other"};
    static const int stays[] = {0, 0, 0, 1, 0, 1, 1};
    int64_t scope, root, dir, sub, deep, dir2;
    struct csc_conflict conflict = {0};
    struct csc_store *store;
    struct csc_item item;
    size_t i;
    int added;

    use_new_database();
    store = open_store();
    scope = add_scope(store, "s", "a", &root);
    dir = add_item(store, scope, root, "Dir", 1, 0, 0);
    sub = add_item(store, scope, dir, "Sub", 1, 0, 0);
    deep = add_item(store, scope, sub, "deep", 0, 0, 0);
    add_item(store, scope, dir, "file", 0, 0, 0);
    dir2 = add_item(store, scope, root, "Dir2", 1, 0, 0);
    add_item(store, scope, dir2, "file", 0, 0, 0);
    conflict.scope = scope;
    for (i = 0; i < 7; i++)
    {
        conflict.path = (char *)paths[i];
        CHECK_STATUS(csc_store_conflict_put(store, &conflict, &added), CSC_OK);
        CHECK_INT(added, 1);
    }
    /* told by its item although its path is elsewhere */
    conflict.path = "elsewhere";
    conflict.item = deep;
    CHECK_STATUS(csc_store_conflict_put(store, &conflict, &added), CSC_OK);

    CHECK_STATUS(csc_store_item_delete(store, dir), CSC_OK);
    CHECK_INT(count_items(store, scope), 2);
    CHECK_STATUS(csc_store_item_get(store, deep, &item), CSC_E_NOT_FOUND);
    for (i = 0; i < 7; i++)
    {
        csc_status status = csc_store_conflict_find(store, scope, paths[i], &conflict);

        CHECK_STATUS(status, stays[i] ? CSC_OK : CSC_E_NOT_FOUND);
        free(conflict.path);
    }
    CHECK_STATUS(csc_store_conflict_find(store, scope, "elsewhere", &conflict), CSC_E_NOT_FOUND);
    CHECK_STATUS(csc_store_item_delete(store, dir), CSC_E_NOT_FOUND);
    CHECK(add_item(store, scope, root, "new", 0, 0, 0) > dir2);
    csc_store_close(store);
}

static void finds_pins_below(void)
{
    int64_t scope, root, dir, sub, file;
    struct csc_store *store;
    int pinned;

    use_new_database();
    store = open_store();
    scope = add_scope(store, "s", "a", &root);
    dir = add_item(store, scope, root, "d", 1, 0, 1);
    sub = add_item(store, scope, dir, "s", 1, 0, 0x10);     /* inherits, is not pinned itself */
    file = add_item(store, scope, sub, "f", 0, 0, 0);
    CHECK_STATUS(csc_store_pinned_below(store, root, &pinned), CSC_OK);
    CHECK_INT(pinned, 1);
    CHECK_STATUS(csc_store_pinned_below(store, dir, &pinned), CSC_OK);
    CHECK_INT(pinned, 0);
    CHECK_STATUS(csc_store_item_set_pin(store, file, 8), CSC_OK);
    CHECK_STATUS(csc_store_pinned_below(store, dir, &pinned), CSC_OK);
    CHECK_INT(pinned, 1);
    CHECK_STATUS(csc_store_pinned_below(store, file, &pinned), CSC_OK);
    CHECK_INT(pinned, 0);

    /* a circle, which only damage can make, ends all the same */
    csc_store_close(store);
    CHECK_INT(run_sql("UPDATE item SET pin = 0; UPDATE item SET parent = 4 WHERE id = 2"), SQLITE_OK);
    store = open_store();
    CHECK_STATUS(csc_store_pinned_below(store, dir, &pinned), CSC_OK);
    CHECK_INT(pinned, 0);
    CHECK_STATUS(csc_store_item_delete(store, dir), CSC_OK);
    CHECK_INT(count_items(store, 0), 0);
    csc_store_close(store);
}

static void sums_usage(void)
{
    int64_t scope, root, scope2, root2, dir;
    struct csc_conflict conflict = {.path = "f1"};
    struct csc_store *store;
    struct csc_usage usage;
    int added;

    use_new_database();
    store = open_store();
    CHECK_STATUS(csc_store_usage(store, 0, &usage), CSC_OK);
    CHECK_INT(usage.items, 0);
    scope = add_scope(store, "s", "a", &root);
    scope2 = add_scope(store, "s", "b", &root2);
    dir = add_item(store, scope, root, "d", 1, CSC_ROW_SPARSE, 1);     /* a directory has no bytes */
    add_item(store, scope, dir, "f1", 0, 0, 1);
    add_item(store, scope, dir, "f2", 0, 0, 0x10);
    add_item(store, scope, dir, "f3", 0, CSC_ROW_SPARSE, 4);
    add_item(store, scope2, root2, "f4", 0, 0, 0);
    conflict.scope = scope;
    CHECK_STATUS(csc_store_conflict_put(store, &conflict, &added), CSC_OK);
    CHECK_STATUS(csc_store_usage(store, scope, &usage), CSC_OK);
    CHECK_INT(usage.items, 4);
    CHECK_INT(usage.pinned, 3);
    CHECK_INT(usage.sparse, 1);
    CHECK_INT(usage.conflicts, 1);
    CHECK_INT(usage.bytes, 200);
    CHECK_INT(usage.bytes_unpinned, 100);
    CHECK_STATUS(csc_store_usage(store, 0, &usage), CSC_OK);
    CHECK_INT(usage.items, 5);
    CHECK_INT(usage.bytes, 300);
    csc_store_close(store);
}

/* Whether anything below an item is pinned, found by looking at everything below it. */
static int is_pinned_below(struct csc_store *store, int64_t id)
{
    sqlite3_stmt *statement = NULL;
    int pinned = -1;

    if (!sqlite3_prepare_v2(store->db, "WITH RECURSIVE below(id, pin) AS (SELECT id, pin FROM item WHERE parent = ?1 UNION "
                            "SELECT item.id, item.pin FROM item JOIN below ON item.parent = below.id) "
                            "SELECT count(*) FROM below WHERE (pin & 15) <> 0", -1, &statement, NULL)
        && !sqlite3_bind_int64(statement, 1, id) && sqlite3_step(statement) == SQLITE_ROW)
        pinned = sqlite3_column_int(statement, 0) != 0;
    sqlite3_finalize(statement);
    return pinned;
}

#define RANDOM_ITEMS 60

/* One change by chance to one of ids, which are given in the order in which they were made. */
static void change_something(struct csc_store *store, int64_t scope, int64_t *ids, size_t *count)
{
    static const uint32_t pins[] = { 0, 0, 1, 2, 0x10, 0x11, 0x33, 3 };
    size_t chosen = (size_t)rand() % *count, other = (size_t)rand() % *count;
    uint32_t pin = pins[rand() % 8];
    struct csc_item item;
    char name[16];

    if (*count < RANDOM_ITEMS && rand() % 3 == 0)
    {
        snprintf(name, sizeof(name), "n%d", rand());
        if (csc_store_item_get(store, ids[chosen], &item)) return;
        if (item.type != 0)
            ids[(*count)++] = add_item(store, scope, ids[chosen], name, (uint32_t)rand() % 2, (uint32_t)rand() % 128 & ~2u, pin);
        csc_item_clear(&item);
        return;
    }
    if (csc_store_item_get(store, ids[chosen], &item)) return;
    switch (rand() % 7)
    {
    case 0:
        CHECK_STATUS(csc_store_item_set_pin(store, item.id, pin), CSC_OK);
        break;
    case 1:
        CHECK_STATUS(csc_store_item_set_suspended(store, item.id, rand() % 2), CSC_OK);
        break;
    case 2:
        item.flags = (uint32_t)rand() % 128 & ~2u;
        item.local.size = (uint64_t)rand() % 1000;
        item.pin = pin;
        if (chosen && rand() % 8 == 0) item.type = !item.type;
        CHECK_STATUS(csc_store_item_put(store, &item), CSC_OK);
        break;
    case 3:
        if (item.type == 0) csc_store_item_evict(store, item.id, rand() % 2);      /* files only */
        break;
    case 4:
        if (chosen && rand() % 6 == 0) CHECK_STATUS(csc_store_item_delete(store, item.id), CSC_OK);
        break;
    case 5:
        /* never into itself: what was made earlier is never below what was made later, as long as that holds */
        if (!chosen || other >= chosen) break;
        item.parent = ids[other];
        CHECK_STATUS(csc_store_item_move(store, &item, "x", rand() % 2 ? pin : 0, 1), CSC_OK);
        break;
    case 6:
        /* taken back as a whole */
        if (!chosen) break;
        csc_item_clear(&item);
        if (csc_store_item_get(store, ids[other], &item) || !other) break;
        item.pin = pin;
        if (!csc_store_write_begin_all(store))
        {
            csc_item_update(store, &item, item.key);
            csc_store_write_end_all(store, CSC_E_CANCELLED);
        }
        break;
    }
    csc_item_clear(&item);
}

static void keeps_sums(void)
{
    int64_t scope, scope2, root2, ids[RANDOM_ITEMS + 1];
    struct csc_store *store;
    int seed, step, pinned;
    size_t count, i, k;

    for (seed = 0; seed < (test_under_valgrind() ? 4 : 40); seed++)
    {
        srand((unsigned)seed);
        use_new_database();
        store = open_store();
        scope = add_scope(store, "s", "a", &ids[0]);
        scope2 = add_scope(store, "s", "b", &root2);
        add_item(store, scope2, root2, "f", 0, 0, 1);
        for (count = 1, step = 0; step < 200; step++)
        {
            int64_t *above = NULL;
            size_t above_count = 0;

            change_something(store, scope, ids, &count);
            if (!CHECK_INT(sums_differ(store->db), 0)) printf("seed %d, step %d\n", seed, step);
            if (step % 10) continue;
            CHECK_STATUS(csc_store_above_pins(store, &above, &above_count), CSC_OK);
            for (i = 0; i < count; i++)
            {
                struct csc_item item;

                if (csc_store_item_get(store, ids[i], &item)) continue;
                CHECK_STATUS(csc_store_pinned_below(store, ids[i], &pinned), CSC_OK);
                if (!CHECK_INT(pinned, is_pinned_below(store, ids[i]))) printf("seed %d, step %d\n", seed, step);
                for (k = 0; k < above_count && above[k] < ids[i]; k++) {}
                if (!(item.pin & 15)) CHECK_INT(k < above_count && above[k] == ids[i], pinned);
                csc_item_clear(&item);
            }
            free(above);
        }
        CHECK_STATUS(csc_store_scope_delete(store, scope2), CSC_OK);
        CHECK_INT(sums_differ(store->db), 0);
        csc_store_close(store);
    }
}

/* -- flushing -- */

static void clears_only_what_was_flushed(void)
{
    int64_t scope, root, scope2, root2, before, during, begun, later;
    int any;
    struct csc_store *store;
    struct csc_item item;

    use_new_database();
    store = open_store();
    scope = add_scope(store, "s", "a", &root);
    scope2 = add_scope(store, "s", "b", &root2);
    CHECK_STATUS(csc_store_wants_flush(store, scope, &any), CSC_OK);
    CHECK_INT(any, 0);

    before = add_item(store, scope, root, "before", 0, CSC_ROW_UNFLUSHED | CSC_ROW_BASE, 0);
    add_item(store, scope2, root2, "other", 0, CSC_ROW_UNFLUSHED, 0);
    begun = csc_store_flush_begin(store);
    during = add_item(store, scope, root, "during", 0, CSC_ROW_UNFLUSHED, 0);
    CHECK_STATUS(csc_store_flushed(store, scope, begun), CSC_OK);
    CHECK_STATUS(csc_store_item_get(store, before, &item), CSC_OK);
    CHECK_INT(item.flags, CSC_ROW_BASE);
    csc_item_clear(&item);
    CHECK_STATUS(csc_store_item_get(store, during, &item), CSC_OK);
    CHECK_INT(item.flags, CSC_ROW_UNFLUSHED);
    csc_item_clear(&item);
    CHECK_INT(count_unflushed(store, scope), 1);
    CHECK_INT(count_unflushed(store, scope2), 1);

    /* the flush of another scope says nothing of it */
    begun = csc_store_flush_begin(store);
    CHECK_STATUS(csc_store_flushed(store, scope2, begun), CSC_OK);
    CHECK_INT(count_unflushed(store, scope2), 0);
    CHECK_INT(count_unflushed(store, scope), 1);
    CHECK_STATUS(csc_store_wants_flush(store, scope, &any), CSC_OK);
    CHECK_INT(any, 1);

    /* nor does one that began later of what an earlier one covers */
    begun = csc_store_flush_begin(store);
    add_item(store, scope2, root2, "between", 0, CSC_ROW_UNFLUSHED, 0);
    later = csc_store_flush_begin(store);
    CHECK_STATUS(csc_store_flushed(store, scope2, begun), CSC_OK);
    CHECK_INT(count_unflushed(store, scope2), 1);
    CHECK_STATUS(csc_store_flushed(store, scope2, later), CSC_OK);
    CHECK_INT(count_unflushed(store, scope2), 0);

    /* content made anew after begin */
    begun = csc_store_flush_begin(store);
    CHECK_STATUS(csc_store_item_get(store, during, &item), CSC_OK);
    CHECK_STATUS(csc_store_item_put(store, &item), CSC_OK);
    csc_item_clear(&item);
    CHECK_STATUS(csc_store_flushed(store, scope, begun), CSC_OK);
    CHECK_INT(count_unflushed(store, scope), 1);

    /* the stamps survive: after opening again nothing is taken for flushed that is not */
    csc_store_close(store);
    store = open_store();
    CHECK_INT(count_unflushed(store, scope), 1);
    begun = csc_store_flush_begin(store);
    add_item(store, scope, root, "later", 0, CSC_ROW_UNFLUSHED, 0);
    CHECK_STATUS(csc_store_flushed(store, scope, begun), CSC_OK);
    CHECK_INT(count_unflushed(store, scope), 1);
    begun = csc_store_flush_begin(store);
    CHECK_STATUS(csc_store_flushed(store, scope, begun), CSC_OK);
    CHECK_INT(count_unflushed(store, scope), 0);
    csc_store_close(store);
}

/* -- conflicts and the record -- */

static void keeps_conflicts(void)
{
    struct csc_conflict conflict = {.item = 7, .path = "Dir/Ärger.txt", .state = 5, .time = 11}, got, *list;
    struct csc_store *store;
    size_t count;
    int added;

    use_new_database();
    store = open_store();
    conflict.scope = 2;
    CHECK_STATUS(csc_store_conflict_put(store, &conflict, &added), CSC_OK);
    CHECK_INT(added, 1);
    conflict.path = "DIR/ärger.txt";
    conflict.state = 6;
    CHECK_STATUS(csc_store_conflict_put(store, &conflict, &added), CSC_OK);
    CHECK_INT(added, 0);
    conflict.scope = 1;
    CHECK_STATUS(csc_store_conflict_put(store, &conflict, &added), CSC_OK);
    CHECK_INT(added, 1);
    CHECK_STATUS(csc_store_conflict_find(store, 2, "dir/ÄRGER.TXT", &got), CSC_OK);
    CHECK_STRING(got.path, "DIR/ärger.txt");
    CHECK_INT(got.state, 6);
    CHECK_INT(got.item, 7);
    CHECK_INT(got.scope, 2);
    CHECK_INT(got.time, 11);
    free(got.path);
    CHECK_STATUS(csc_store_conflicts(store, 0, &list, &count), CSC_OK);
    if (CHECK_INT(count, 2)) CHECK(list[0].scope == 1 && list[1].scope == 2);
    csc_conflicts_free(list, count);
    CHECK_STATUS(csc_store_conflicts(store, 2, &list, &count), CSC_OK);
    CHECK_INT(count, 1);
    csc_conflicts_free(list, count);
    CHECK_STATUS(csc_store_conflict_remove(store, 2, "dir/ärger.TXT"), CSC_OK);
    CHECK_STATUS(csc_store_conflict_remove(store, 2, "dir/ärger.TXT"), CSC_FALSE);
    CHECK_STATUS(csc_store_conflict_find(store, 2, "dir/ärger.TXT", &got), CSC_E_NOT_FOUND);
    CHECK(!got.path);
    csc_store_close(store);
}

static void bounds_the_record(void)
{
    struct csc_log_entry *list;
    struct csc_store *store;
    char path[32];
    size_t count;
    int i;

    use_new_database();
    store = open_store();
    for (i = 0; i < CSC_LOG_ROWS + 500; i++)
    {
        snprintf(path, sizeof(path), "path %d", i);
        clock_time++;
        CHECK_STATUS(csc_store_log(store, "sync", i ? path : NULL, i % 2 ? CSC_E_SHARING : CSC_OK, i % 3 ? "why" : NULL),
                     CSC_OK);
    }
    CHECK_STATUS(csc_store_log_read(store, 0, 0, &list, &count), CSC_OK);
    if (CHECK_INT(count, CSC_LOG_ROWS))
    {
        CHECK_STRING(list[0].path, "path 500");
        CHECK_STRING(list[CSC_LOG_ROWS - 1].path, "path 100499");
        CHECK_STATUS(list[CSC_LOG_ROWS - 1].result, CSC_E_SHARING);
        CHECK_STRING(list[CSC_LOG_ROWS - 1].operation, "sync");
        CHECK(!list[CSC_LOG_ROWS - 1 - 100499 % 3].reason);
    }
    csc_log_free(list, count);
    CHECK_STATUS(csc_store_log_read(store, 0, 3, &list, &count), CSC_OK);
    if (CHECK_INT(count, 3)) CHECK_STRING(list[0].path, "path 100497");
    csc_log_free(list, count);
    CHECK_STATUS(csc_store_log_read(store, clock_time - 1, 0, &list, &count), CSC_OK);
    CHECK_INT(count, 2);
    csc_log_free(list, count);
    CHECK_STATUS(csc_store_log(store, NULL, "x", CSC_OK, NULL), CSC_E_INVALID_ARG);
    csc_store_close(store);
    CHECK_INT(read_number("SELECT count(*) FROM log"), CSC_LOG_ROWS);
}

/* -- transactions and crashes -- */

/* what the killed ones had open: lost, but not leaked */
static struct csc_store *volatile left_open;

/* Does the work in a child that is killed where it stands, with all of its open files. */
static void run_and_kill(void (*work)(void))
{
    int result;
    pid_t pid;

    fflush(stdout);
    if (!(pid = fork()))
    {
        work();
        fflush(stdout);
        kill(getpid(), SIGKILL);
    }
    CHECK(waitpid(pid, &result, 0) == pid && WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL);
}

static void work_commit(void)
{
    struct csc_store *store = left_open = open_store();

    csc_store_meta_set(store, "first", "1");
    if (csc_store_commit(store, 0)) _exit(1);
    csc_store_meta_set(store, "second", "1");
    if (csc_store_commit(store, 1)) _exit(1);
    csc_store_meta_set(store, "lost", "1");
}

static void work_tick(void)
{
    struct csc_store *store = left_open = open_store();

    csc_store_meta_set(store, "old", "1");
    clock_time += 301000000;
    if (csc_store_tick(store)) _exit(1);
    csc_store_meta_set(store, "young", "1");
    clock_time += 200000000;
    if (csc_store_tick(store)) _exit(1);
}

static void work_many(void)
{
    struct csc_store *store = left_open = open_store();
    int i;

    for (i = 0; i < 2001; i++) csc_store_meta_set(store, "many", "1");
    csc_store_meta_set(store, "after many", "1");
}

static int has_meta(struct csc_store *store, const char *name)
{
    char *value;
    csc_status status = csc_store_meta_get(store, name, &value);

    free(value);
    return !status;
}

static void commits_in_groups(void)
{
    struct csc_store *store;

    use_new_database();
    run_and_kill(work_commit);
    run_and_kill(work_tick);
    run_and_kill(work_many);
    store = open_store();
    CHECK(has_meta(store, "first"));
    CHECK(has_meta(store, "second"));
    CHECK(!has_meta(store, "lost"));
    CHECK(has_meta(store, "old"));
    CHECK(!has_meta(store, "young"));
    CHECK(has_meta(store, "many"));
    CHECK(!has_meta(store, "after many"));
    CHECK_STATUS(csc_store_commit(store, 0), CSC_OK);       /* nothing to do */
    CHECK_STATUS(csc_store_commit(store, 1), CSC_OK);
    CHECK_STATUS(csc_store_tick(store), CSC_OK);
    csc_store_close(store);
}

static void durable_reaches_the_file(void)
{
    struct csc_store *store;
    char path[700];
    struct stat st;

    use_new_database();
    store = open_store();
    snprintf(path, sizeof(path), "%s-wal", database);
    csc_store_meta_set(store, "a", "1");
    CHECK_STATUS(csc_store_commit(store, 0), CSC_OK);
    CHECK(!stat(path, &st) && st.st_size > 0);
    CHECK_STATUS(csc_store_commit(store, 1), CSC_OK);
    CHECK(!stat(path, &st) && st.st_size == 0);             /* all of it is in the database now */
    csc_store_close(store);
}

/* A system layer of SQLite that counts the flushes of logs, and lets them fail. */
static int log_flushes, flushes_to_fail;
static sqlite3_io_methods log_methods;
static const sqlite3_io_methods *real_methods;
static int (*real_open)(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *given);

static int count_flush(sqlite3_file *file, int flags)
{
    log_flushes++;
    if (flushes_to_fail && flushes_to_fail--) return SQLITE_IOERR_FSYNC;
    return real_methods->xSync(file, flags);
}

static int open_counting(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *given)
{
    int code = real_open(vfs, name, file, flags, given);

    if (code != SQLITE_OK || !(flags & SQLITE_OPEN_WAL)) return code;
    log_methods = *(real_methods = file->pMethods);
    log_methods.xSync = count_flush;
    file->pMethods = &log_methods;
    return code;
}

static void reaching_flushes_the_log(void)
{
    sqlite3_vfs *before = sqlite3_vfs_find(NULL), counting = *before;
    struct csc_store_change change;
    struct csc_store *store;
    char path[700];
    struct stat st;
    int flushes;

    use_new_database();
    real_open = before->xOpen;
    counting.xOpen = open_counting;
    counting.zName = "counting";
    CHECK_INT(sqlite3_vfs_register(&counting, 1), SQLITE_OK);
    store = open_store();
    snprintf(path, sizeof(path), "%s-wal", database);
    csc_store_meta_set(store, "a", "1");
    CHECK_STATUS(csc_store_commit(store, 0), CSC_OK);
    csc_store_meta_set(store, "b", "1");
    CHECK_STATUS(csc_store_commit(store, 0), CSC_OK);
    flushes = log_flushes;                                  /* the log's head, when it was begun anew */
    csc_store_last_change(store, &change);
    CHECK_STATUS(csc_store_reach(store, &change), CSC_OK);
    CHECK_INT(log_flushes, ++flushes);
    csc_store_meta_set(store, "c", "1");
    CHECK_STATUS(csc_store_reach(store, &change), CSC_OK);  /* that was reached before */
    CHECK_INT(log_flushes, flushes);

    /* a disk that failed once may call the same pages written the next time: they are written again, elsewhere */
    flushes_to_fail = 1;
    csc_store_last_change(store, &change);
    CHECK_STATUS(csc_store_reach(store, &change), CSC_E_IO);
    CHECK(!stat(path, &st) && st.st_size > 0);
    CHECK_STATUS(csc_store_reach(store, &change), CSC_OK);
    CHECK(!stat(path, &st) && st.st_size == 0);             /* all of it is in the database now */

    csc_store_close(store);
    sqlite3_vfs_unregister(&counting);
    sqlite3_vfs_register(before, 1);
}

/* Adds items until it is killed: each item, then their number in meta, so that what survives must be
 * a beginning of that. */
static void add_until_killed(int ready)
{
    struct csc_store *store;
    int64_t root, number;
    struct csc_item item;
    char *value, text[32];
    csc_status status;
    int i = 0;

    if (csc_store_open(database, csc_clock_posix(), &store)) _exit(2);
    if (csc_store_meta_get(store, "root", &value)) _exit(3);
    root = atoll(value);
    free(value);
    number = csc_store_meta_get(store, "number", &value) ? 0 : atoll(value);
    free(value);
    if (write(ready, "x", 1) != 1) _exit(4);
    for (;;)
    {
        snprintf(text, sizeof(text), "Item %lld", (long long)number);
        item = (struct csc_item){.parent = root, .scope = 1, .name = text, .flags = CSC_ROW_UNFLUSHED};
        status = csc_store_item_put(store, &item);
        /* the last crash may have left one item more than the number says */
        if (status && (status != CSC_E_EXISTS || i)) _exit(5);
        snprintf(text, sizeof(text), "%lld", (long long)++number);
        if (csc_store_meta_set(store, "number", text)) _exit(6);
        if (++i % 50 == 0 && csc_store_commit(store, i % 500 == 0)) _exit(7);
        if (i % 7 == 0) csc_store_tick(store);
    }
}

static void survives_kills(void)
{
    int64_t root, before = 0;
    struct csc_store *store;
    char text[32];
    int round;

    use_new_database();
    store = open_store();
    add_scope(store, "s", "a", &root);
    snprintf(text, sizeof(text), "%lld", (long long)root);
    csc_store_meta_set(store, "root", text);
    csc_store_close(store);

    for (round = 0; round < 25; round++)
    {
        int ready[2], result;
        int64_t items, number;
        pid_t pid;
        char c, *value;

        if (!CHECK(!pipe(ready))) return;
        fflush(stdout);
        if (!(pid = fork())) add_until_killed(ready[1]);
        close(ready[1]);
        if (read(ready[0], &c, 1) != 1) FAIL("the writer did not come up");
        close(ready[0]);
        usleep(((useconds_t)(round * 997 % 13) * 3000 + 500) * (test_under_valgrind() ? 20 : 1));
        kill(pid, SIGKILL);
        CHECK(waitpid(pid, &result, 0) == pid && WIFSIGNALED(result));

        /* opening checks the integrity, as the end was not clean */
        store = open_store();
        items = (int64_t)count_items(store, 0);
        number = csc_store_meta_get(store, "number", &value) ? 0 : atoll(value);
        free(value);
        if (items != number && items != number + 1)
            FAIL("round %d: %lld items, but the number is %lld", round, (long long)items, (long long)number);
        CHECK_INT(count_unflushed(store, 1), items);
        CHECK(items >= before);
        before = items;
        csc_store_close(store);
    }
    CHECK(before > 0);
    CHECK_INT(read_number("SELECT count(*) FROM (SELECT 1 FROM pragma_integrity_check WHERE integrity_check <> 'ok')"), 0);
}

/* -- owners, versions, damage -- */

/* large: the database was checked beside the work, which reads the locked file a second time. */
static void admit_one_owner(int large)
{
    struct csc_store *store = NULL, *second = (struct csc_store *)1;
    int unchecked = 0;
    struct timespec from, to;
    int go[2], result;
    pid_t pid;
    char c;

    use_new_database();
    if (!CHECK(!pipe(go))) return;
    fflush(stdout);
    /* the other process starts before the store is open and shares nothing with this one */
    if (!(pid = fork()))
    {
        int right;

        if (read(go[0], &c, 1) != 1) _exit(1);
        clock_gettime(CLOCK_MONOTONIC, &from);
        right = csc_store_open(database, &test_clock, &second) == CSC_E_BUSY && !second;
        clock_gettime(CLOCK_MONOTONIC, &to);
        if (to.tv_sec - from.tv_sec > 3) right = 0;
        _exit(right ? 42 : 2);
    }
    store = open_store();
    if (large)
    {
        csc_store_close(store);
        CHECK_INT(run_sql("INSERT INTO log(time, operation, result, reason) VALUES(1, 'test', 0, hex(zeroblob(6000000)))"), SQLITE_OK);
        CHECK_STATUS(csc_store_open_unchecked(database, &test_clock, &store, &unchecked), CSC_OK);
        CHECK_INT(unchecked, 1);
        CHECK_STATUS(csc_store_check(store, NULL, NULL), CSC_OK);
    }
    CHECK(write(go[1], "x", 1) == 1);
    CHECK(waitpid(pid, &result, 0) == pid && WIFEXITED(result));
    CHECK_INT(WEXITSTATUS(result), 42);
    CHECK_STATUS(csc_store_open(database, &test_clock, &second), CSC_E_BUSY);
    CHECK_STATUS(csc_store_meta_set(store, "a", "1"), CSC_OK);
    CHECK_STATUS(csc_store_commit(store, 1), CSC_OK);
    csc_store_close(store);
    csc_store_close(open_store());
    close(go[0]);
    close(go[1]);
}

static void admits_one_owner(void)
{
    admit_one_owner(0);
}

static void admits_one_owner_after_a_check(void)
{
    admit_one_owner(1);
}

static void migrates(void)
{
    struct csc_store *store;
    char restore[64];
    int64_t version;
    FILE *file;

    /* an empty file is an empty database */
    use_new_database();
    if (!(file = fopen(database, "w")) || fclose(file)) FAIL("cannot make a file");
    store = open_store();
    csc_store_meta_set(store, "a", "1");
    csc_store_close(store);
    version = read_number("PRAGMA user_version");
    CHECK(version > 1);

    /* of a newer version nothing is touched; one place alone does not make it newer */
    CHECK_INT(run_sql("PRAGMA user_version = 99"), SQLITE_OK);
    CHECK_STATUS(csc_store_open(database, &test_clock, &store), CSC_E_CORRUPT);
    CHECK_INT(run_sql("UPDATE meta SET value = '99' WHERE name = 'schema'"), SQLITE_OK);
    CHECK_STATUS(csc_store_open(database, &test_clock, &store), CSC_E_NOT_SUPPORTED);
    CHECK(!store);
    CHECK_INT(read_number("PRAGMA user_version"), 99);
    CHECK_INT(read_number("SELECT value FROM meta WHERE name = 'a'"), 1);
    CHECK_INT(run_sql("PRAGMA user_version = -1"), SQLITE_OK);
    CHECK_STATUS(csc_store_open(database, &test_clock, &store), CSC_E_CORRUPT);
    snprintf(restore, sizeof(restore), "PRAGMA user_version = %d", (int)version);
    CHECK_INT(run_sql(restore), SQLITE_OK);
    csc_store_close(open_store());

    /* a step that fails leaves nothing half done */
    use_new_database();
    CHECK_INT(run_sql("CREATE TABLE conflict(x)"), SQLITE_OK);
    CHECK(csc_failed(csc_store_open(database, &test_clock, &store)));
    CHECK_INT(read_number("PRAGMA user_version"), 0);
    CHECK_INT(read_number("SELECT count(*) FROM sqlite_schema WHERE name = 'item'"), 0);
}

/* A store of the first version that was given away, with a row in it. */
static const char version_1[] =
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
    "INSERT INTO scope VALUES(1, 'server', 'share', '/origin', 1, 2, 0, 'ext4', '/dev/x', NULL, 0, 0, 0, 1, 0);"
    "INSERT INTO item VALUES(1, 0, 1, 'share', 'SERVER/SHARE', 2, 0, 4, 0,0,0,0,0,0, 0,0,0,0,0,0, 0, 0);"
    "INSERT INTO item VALUES(2, 1, 1, 'Large', 'LARGE', 0, 1, 4, 2000000,5,6,7,32,8, 2000000,9,10,11,32,12, 13, 0);"
    "PRAGMA user_version = 1;";

static void upgrades_the_first_version(void)
{
    struct csc_store *store;
    struct csc_item item;

    use_new_database();
    CHECK_INT(run_sql(version_1), SQLITE_OK);
    store = open_store();
    if (CHECK_STATUS(csc_store_item_find(store, 1, "LARGE", &item), CSC_OK))
    {
        CHECK_STRING(item.name, "Large");
        CHECK_INT(item.origin.mtime, 6);
        CHECK_INT(item.origin.recorded, 8);
        CHECK_INT(item.origin.btime, 0);
        CHECK_INT(item.local.size, 2000000);
        CHECK_INT(item.local.recorded, 12);
        CHECK_INT(item.used, 13);
        item.origin.atime = 14;
        CHECK_STATUS(csc_store_item_put(store, &item), CSC_OK);
        csc_item_clear(&item);
    }
    CHECK_STATUS(csc_store_blocks_wanted(store, 1, 0, &item), CSC_OK);
    CHECK_INT(item.id, 2);
    CHECK_INT(item.origin.atime, 14);
    csc_item_clear(&item);
    csc_store_close(store);
    CHECK_INT(read_number("SELECT count(*) FROM sqlite_schema WHERE name = 'item_unpinned'"), 1);
    CHECK_INT(read_number("SELECT bytes FROM usage WHERE scope = 1 AND items = 1 AND pinned = 1"), 2000000);
    CHECK_INT(read_number("SELECT item FROM own_pin"), 2);
}

static void notices_damage(void)
{
    struct csc_store *store;
    int64_t scope, root;
    char name[64], junk[4096];
    FILE *file;
    int i;

    use_new_database();
    if (!(file = fopen(database, "w"))) FAIL("cannot make a file");
    memset(junk, 'x', sizeof(junk));
    fwrite(junk, 1, sizeof(junk), file);
    fclose(file);
    CHECK_STATUS(csc_store_open(database, &test_clock, &store), CSC_E_CORRUPT);
    CHECK(!store);

    use_new_database();
    store = open_store();
    scope = add_scope(store, "s", "a", &root);
    for (i = 0; i < 3000; i++)
    {
        snprintf(name, sizeof(name), "a name of some length %d", i);
        add_item(store, scope, root, name, 0, 0, 0);
    }
    csc_store_close(store);
    /* as if the service had been killed, and a page of an index had been lost */
    CHECK_INT(run_sql("UPDATE meta SET value = '0' WHERE name = 'clean'; PRAGMA wal_checkpoint(TRUNCATE)"), SQLITE_OK);
    CHECK_INT(run_sql("PRAGMA journal_mode = DELETE"), SQLITE_OK);
    if (!(file = fopen(database, "r+"))) FAIL("cannot open the file");
    else
    {
        for (i = 20; i < 60; i++)
        {
            fseek(file, i * 4096L, SEEK_SET);
            fwrite(junk, 1, sizeof(junk), file);
        }
        fclose(file);
    }
    CHECK_STATUS(csc_store_open(database, &test_clock, &store), CSC_E_CORRUPT);
}

static void reports_bad_places(void)
{
    struct csc_store *store;

    snprintf(database, sizeof(database), "%s/missing/store.db", folder);
    CHECK_STATUS(csc_store_open(database, &test_clock, &store), CSC_E_PATH_NOT_FOUND);
    CHECK(csc_failed(csc_store_open(folder, &test_clock, &store)));
    CHECK_STATUS(csc_store_open("", &test_clock, &store), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_store_open(NULL, &test_clock, &store), CSC_E_INVALID_ARG);
    csc_store_close(NULL);
}

/* A full disk: files may not grow beyond a limit.  0 right. */
static int fill_disk(void)
{
    struct rlimit limit = {300000, RLIM_INFINITY};
    struct csc_store *store;
    int64_t scope, root;
    char name[300];
    csc_status status;
    int i;

    signal(SIGXFSZ, SIG_IGN);
    store = open_store();
    scope = add_scope(store, "s", "a", &root);
    if (csc_store_commit(store, 1)) return 1;
    if (setrlimit(RLIMIT_FSIZE, &limit)) return 77;
    memset(name, 'n', sizeof(name));
    for (i = 0, status = CSC_OK; i < 20000 && !status; i++)
    {
        struct csc_item item = {.parent = root, .scope = scope, .name = name};

        snprintf(name + 200, 100, "%d", i);
        status = csc_store_item_put(store, &item);
        if (!status && i % 100 == 0) status = csc_store_commit(store, 1);
    }
    if (status != CSC_E_DISK_FULL)
    {
        printf("a full disk gives %#x after %d items\n", (unsigned)status, i);
        fflush(stdout);
        return 2;
    }
    /* with room again everything works */
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    if (csc_store_meta_set(store, "after", "1") || csc_store_commit(store, 1)) return 3;
    csc_store_close(store);
    store = open_store();
    if (!has_meta(store, "after") || !count_items(store, scope)) return 4;
    csc_store_close(store);
    return test_failures ? 5 : 0;
}

static void survives_a_full_disk(void)
{
    int result;
    pid_t pid;

    use_new_database();
    fflush(stdout);
    if (!(pid = fork())) _exit(fill_disk());
    CHECK(waitpid(pid, &result, 0) == pid && WIFEXITED(result));
    if (WEXITSTATUS(result) == 77) test_skip("the size of files cannot be limited here");
    else CHECK_INT(WEXITSTATUS(result), 0);
}

/* -- threads -- */

static struct csc_store *shared;
static int64_t shared_scope, shared_root;

static void *work_in_thread(void *argument)
{
    char name[64];
    intptr_t failures = 0;
    int i;

    for (i = 0; i < 300; i++)
    {
        struct csc_item item = {.parent = shared_root, .scope = shared_scope, .name = name}, got;

        snprintf(name, sizeof(name), "thread %d item %d", *(int *)argument, i);
        if (csc_store_item_put(shared, &item)) failures++;
        if (csc_store_item_get(shared, item.id, &got)) failures++;
        else if (strcmp(got.name, name)) failures++;
        csc_item_clear(&got);
        if (i % 3 == 0 && csc_store_item_delete(shared, item.id)) failures++;
        if (i % 10 == 0 && csc_store_commit(shared, i % 100 == 0)) failures++;
        if (csc_store_tick(shared)) failures++;
    }
    return (void *)failures;
}

static void works_with_threads(void)
{
    pthread_t threads[4];
    int numbers[4], i;
    void *failures;

    use_new_database();
    shared = open_store();
    shared_scope = add_scope(shared, "s", "a", &shared_root);
    for (i = 0; i < 4; i++)
    {
        numbers[i] = i;
        if (!CHECK(!pthread_create(&threads[i], NULL, work_in_thread, &numbers[i]))) exit(1);
    }
    for (i = 0; i < 4; i++)
    {
        pthread_join(threads[i], &failures);
        CHECK_INT((intptr_t)failures, 0);
    }
    CHECK_INT(count_items(shared, shared_scope), 800);
    csc_store_close(shared);
}

int main(void)
{
    test_make_folder(folder);
    RUN(keeps_items);
    RUN(lists_children_by_key);
    RUN(keeps_scopes);
    RUN(renames_scopes);
    RUN(deletes_scopes);
    RUN(keeps_meta_values);
    RUN(deletes_subtrees);
    RUN(finds_pins_below);
    RUN(sums_usage);
    RUN(keeps_sums);
    RUN(clears_only_what_was_flushed);
    RUN(keeps_conflicts);
    RUN(bounds_the_record);
    RUN(commits_in_groups);
    RUN(durable_reaches_the_file);
    RUN(reaching_flushes_the_log);
    RUN(survives_kills);
    RUN(admits_one_owner);
    RUN(admits_one_owner_after_a_check);
    RUN(migrates);
    RUN(upgrades_the_first_version);
    RUN(notices_damage);
    RUN(reports_bad_places);
    RUN(survives_a_full_disk);
    RUN(works_with_threads);
    test_remove_folder(folder);
    return test_report();
}
