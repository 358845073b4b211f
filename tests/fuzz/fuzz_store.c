/*
 * The store, opened from a database that something damaged
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An input is a list of changes to a sound database: bytes at an offset, or where it ends.  It may be refused, or
 * opened; then all of it is read, and some of it written.
 */

#include "cscwire.h"
#include "fuzz_database.h"
#include "public.h"
#include "store.h"

static char folder[64];

/* -- a sound one -- */

static void put_item(struct csc_store *store, int64_t scope, int64_t parent, const char *name, uint32_t type,
                     uint32_t flags, int64_t *id)
{
    struct csc_item item = { .parent = parent, .scope = scope, .name = (char *)name, .type = type, .flags = flags,
                             .pin = CSC_PIN_USER };

    item.local.ino = (uint64_t)name[0];
    item.local.size = item.origin.size = 2000000;
    HOLDS(!csc_store_item_put(store, &item));
    free(item.key);
    if (id) *id = item.id;
}

static void make_sound(void)
{
    struct csc_scope_row row = { .server = "server", .share = "share", .origin = "/mnt/share" };
    struct csc_conflict conflict = { .path = "dir/b", .state = 12, .time = 1 };
    struct csc_store *store;
    int64_t dir, below;
    int added, i;

    HOLDS(!csc_store_open(database, csc_clock_posix(), &store));
    HOLDS(!csc_store_scope_put(store, &row));
    put_item(store, row.id, row.root_item, "dir", OFFLINEFILES_ITEM_TYPE_DIRECTORY, CSC_ROW_BASE, &dir);
    put_item(store, row.id, dir, "a", OFFLINEFILES_ITEM_TYPE_FILE, CSC_ROW_BASE | CSC_ROW_UNFLUSHED, NULL);
    put_item(store, row.id, dir, "b", OFFLINEFILES_ITEM_TYPE_FILE, CSC_ROW_BASE, NULL);
    put_item(store, row.id, dir, "sub", OFFLINEFILES_ITEM_TYPE_DIRECTORY, CSC_ROW_BASE, &below);
    for (i = 0; i < 20; i++)
    {
        char name[16];

        snprintf(name, sizeof(name), "file %d", i);
        put_item(store, row.id, below, name, OFFLINEFILES_ITEM_TYPE_FILE, i & 1 ? CSC_ROW_SPARSE : CSC_ROW_BASE, NULL);
    }
    conflict.scope = row.id;
    HOLDS(!csc_store_conflict_put(store, &conflict, &added));
    HOLDS(!csc_store_meta_set(store, "name", "value"));
    csc_store_close(store);

    read_sound();
}

static void at_exit(void)
{
    clean_up();
    rmdir(folder);
    free(sound);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc; (void)argv;
    snprintf(folder, sizeof(folder), "%s/csc-fuzz-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
    HOLDS(mkdtemp(folder));
    snprintf(database, sizeof(database), "%s/csc.db", folder);
    make_sound();
    atexit(at_exit);
    return 0;
}

/* -- reading all of it -- */

static void check_item(const struct csc_item *item)
{
    HOLDS(item->name && item->key);
    HOLDS(strlen(item->name) < 1u << 30 && strlen(item->key) < 1u << 30);
}

static void walk(struct csc_store *store, int64_t parent, int depth)
{
    struct csc_item_list list;
    struct csc_item item;
    size_t i;
    int pinned;

    if (depth > 8 || csc_store_children(store, parent, &list)) return;
    for (i = 0; i < list.count; i++)
    {
        check_item(&list.items[i]);
        if (!csc_store_item_find(store, parent, list.items[i].key, &item))
        {
            check_item(&item);
            csc_item_clear(&item);
        }
        csc_store_pinned_below(store, list.items[i].id, &pinned);
        if (i < 4) walk(store, list.items[i].id, depth + 1);
    }
    csc_item_list_free(&list);
}

static void read_all(struct csc_store *store)
{
    struct csc_scope_row *rows;
    struct csc_conflict *conflicts;
    struct csc_log_entry *log;
    struct csc_item_list list;
    struct csc_usage usage;
    size_t count, i;
    char *value;

    if (!csc_store_scopes(store, &rows, &count))
    {
        for (i = 0; i < count && i < 4; i++)
        {
            HOLDS(rows[i].server && rows[i].share && rows[i].origin);
            walk(store, rows[i].root_item, 0);
            csc_store_usage(store, rows[i].id, &usage);
            if (!csc_store_unflushed(store, rows[i].id, &list)) csc_item_list_free(&list);
            if (!csc_store_items_by_file(store, rows[i].id, 'a', &list)) csc_item_list_free(&list);
        }
        csc_scope_rows_free(rows, count);
    }
    if (!csc_store_conflicts(store, 0, &conflicts, &count))
    {
        for (i = 0; i < count; i++) HOLDS(conflicts[i].path);
        csc_conflicts_free(conflicts, count);
    }
    if (!csc_store_log_read(store, 0, 0, &log, &count)) csc_log_free(log, count);
    if (!csc_store_meta_get(store, "name", &value)) free(value);
}

static void write_some(struct csc_store *store)
{
    struct csc_conflict conflict = { .scope = 1, .path = "dir/x", .state = 12, .time = 2 };
    struct csc_item item;
    int added;

    if (!csc_store_item_get(store, 2, &item))
    {
        check_item(&item);
        csc_store_item_put(store, &item);
        csc_item_clear(&item);
    }
    if (!csc_store_item_get(store, 3, &item))
    {
        item.parent = 5;
        csc_store_item_move(store, &item, "dir/sub/a", CSC_PIN_USER, 1);
        csc_item_clear(&item);
    }
    csc_store_conflict_put(store, &conflict, &added);
    csc_store_log(store, "look", "dir", CSC_OK, NULL);
    csc_store_meta_set(store, "name", "other");
    csc_store_item_delete(store, 5);
    csc_store_flushed(store, 1, csc_store_flush_begin(store));
    csc_store_commit(store, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csc_store *store;

    write_damaged(data, size);
    if (csc_store_open(database, csc_clock_posix(), &store))
    {
        HOLDS(!store);
        return 0;
    }
    read_all(store);
    write_some(store);
    read_all(store);
    csc_store_close(store);
    return 0;
}
