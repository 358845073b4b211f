/*
 * Tests of enumerating items
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <dirent.h>

#include "fixture.h"

#define SHARE "\\\\server\\share"

static void make(struct fixture *fixture)
{
    fixture_make(fixture);
    CHECK_STATUS(csc_map(fixture->engine, SHARE, fixture->origin, 0), CSC_OK);
}

/* for the next enumerations; NULL: none */
static const struct csc_wire_filters *filters;

/* All records in one buffer, fetched in pieces. */
static csc_status fetch(struct fixture *fixture, const char *path, uint32_t flags, size_t piece, struct csc_buffer *all)
{
    struct csc_buffer records = { 0 };
    struct csc_enum *snapshot;
    csc_status status;
    void *copy;

    all->size = 0;
    if (filters) status = csc_enum_open_filtered(fixture->engine, path, 0, flags, filters, &snapshot);
    else status = csc_enum_open(fixture->engine, path, 0, flags, &snapshot);
    if (csc_failed(status))
    {
        CHECK(!snapshot);
        return status;
    }
    while ((status = csc_enum_next(snapshot, piece, &records)) == CSC_OK)
    {
        CHECK(records.size != 0);
        if (records.size > piece) CHECK_INT(((struct csc_wire_item *)records.data)->size, records.size);
        if (!(copy = csc_buffer_add(all, records.size))) abort();
        memcpy(copy, records.data, records.size);
        records.size = 0;
    }
    CHECK_STATUS(status, CSC_FALSE);
    CHECK_INT(records.size, 0);
    CHECK_STATUS(csc_enum_next(snapshot, piece, &records), CSC_FALSE);
    csc_buffer_free(&records);
    csc_enum_close(snapshot);
    return CSC_OK;
}

/* "path flags;" of each record, without what all have in common. */
static const char *list(struct fixture *fixture, const char *path, uint32_t flags, size_t piece)
{
    static char text[8192];
    struct csc_buffer all = { 0 };
    csc_status status = fetch(fixture, path, flags, piece, &all);
    size_t at, used = 0;

    text[0] = 0;
    if (csc_failed(status)) snprintf(text, sizeof(text), "%08x", (unsigned)status);
    for (at = 0; at < all.size;)
    {
        const struct csc_wire_item *item = (const struct csc_wire_item *)(all.data + at);
        uint32_t shown = item->flags & ~(CSC_ITEM_HAS_LOCAL | CSC_ITEM_HAS_ORIGINAL);

        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", fixture_text(item->path, item->path_length));
        if (shown) used += (size_t)snprintf(text + used, sizeof(text) - used, " %x", shown);
        used += (size_t)snprintf(text + used, sizeof(text) - used, ";");
        at += item->size;
    }
    csc_buffer_free(&all);
    return text;
}

#define CREATED "28"
#define DELETED "18"

static void rows_and_tree_are_merged_in_order(void)
{
    struct fixture fixture;
    int64_t dir, sub;
    char tree[1200], path[1200];

    make(&fixture);
    fixture_tree(&fixture, tree);
    dir = fixture_cached_dir(&fixture, 0, "b dir", 0, "b dir");
    sub = fixture_cached_dir(&fixture, dir, "Sub", 0, "b dir/Sub");
    fixture_cached_file(&fixture, 0, "a", 0, "a", "text");
    fixture_cached_file(&fixture, 0, "C", 0, "C", "text");
    fixture_cached_file(&fixture, 0, "gone", 0, "gone", "text");
    fixture_cached_file(&fixture, sub, "deep", 0, "b dir/Sub/deep", "text");
    fixture_row(&fixture, dir, "sparse", OFFLINEFILES_ITEM_TYPE_FILE, 0, CSC_ROW_SPARSE, NULL);
    unlink(fixture_path(path, tree, "gone"));
    fixture_write(tree, "B new", "x");
    fixture_mkdir(tree, "d new");
    fixture_write(tree, "d new/inside", "x");
    fixture_write(tree, "b dir/z", "x");
    /* no items */
    fixture_write(tree, "a:b", "x");
    if (symlink("/etc", fixture_path(path, tree, "link"))) perror(path);

    CHECK_STRING(list(&fixture, SHARE, 0, 1000000),
                 SHARE "\\a;" SHARE "\\b dir;" SHARE "\\B new " CREATED ";" SHARE "\\C;" SHARE "\\d new " CREATED ";"
                 SHARE "\\gone " DELETED ";");
    CHECK_STRING(list(&fixture, SHARE, OFFLINEFILES_ENUM_FLAT, 1),
                 SHARE "\\a;" SHARE "\\b dir;" SHARE "\\b dir\\sparse 5;" SHARE "\\b dir\\Sub;"
                 SHARE "\\b dir\\Sub\\deep;" SHARE "\\b dir\\z " CREATED ";" SHARE "\\B new " CREATED ";"
                 SHARE "\\C;" SHARE "\\d new " CREATED ";" SHARE "\\d new\\inside " CREATED ";"
                 SHARE "\\gone " DELETED ";");
    CHECK_STRING(list(&fixture, SHARE "\\B DIR", OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY, 500),
                 SHARE "\\b dir\\sparse 5;" SHARE "\\b dir\\Sub\\deep;" SHARE "\\b dir\\z " CREATED ";");
    /* FILESONLY means nothing without FLAT */
    CHECK_STRING(list(&fixture, SHARE "\\b dir", OFFLINEFILES_ENUM_FLAT_FILESONLY, 500),
                 SHARE "\\b dir\\sparse 5;" SHARE "\\b dir\\Sub;" SHARE "\\b dir\\z " CREATED ";");
    CHECK_STRING(list(&fixture, SHARE "\\d new", 0, 500), SHARE "\\d new\\inside " CREATED ";");
    fixture_destroy(&fixture);
}

static void a_deleted_directory_shows_what_was_in_it(void)
{
    struct fixture fixture;
    int64_t dir;
    char tree[1200], path[1200];

    make(&fixture);
    fixture_tree(&fixture, tree);
    fixture_cached_file(&fixture, 0, "stays", 0, "stays", "text");
    dir = fixture_cached_dir(&fixture, 0, "dir", 0, "dir");
    fixture_cached_file(&fixture, dir, "file", 0, "dir/file", "text");
    unlink(fixture_path(path, tree, "dir/file"));
    rmdir(fixture_path(path, tree, "dir"));
    /* something else of the same name */
    fixture_write(tree, "dir", "now a file");
    CHECK_STRING(list(&fixture, SHARE, OFFLINEFILES_ENUM_FLAT, 500),
                 SHARE "\\dir 48;" SHARE "\\dir\\file " DELETED ";" SHARE "\\stays;");
    fixture_destroy(&fixture);
}

static void servers_and_shares(void)
{
    struct fixture fixture;

    make(&fixture);
    CHECK_STATUS(csc_map(fixture.engine, "\\\\server\\Alpha", fixture.origin, 0), CSC_OK);
    CHECK_STATUS(csc_map(fixture.engine, "\\\\Nas\\docs", fixture.origin, 0), CSC_OK);
    fixture_cached_file(&fixture, 0, "file", 0, "file", "text");
    CHECK_STRING(list(&fixture, NULL, 0, 500), "\\\\Nas;\\\\server;");
    CHECK_STRING(list(&fixture, "\\\\SERVER", 0, 500), "\\\\server\\Alpha;" SHARE ";");
    CHECK_STRING(list(&fixture, NULL, OFFLINEFILES_ENUM_FLAT, 500),
                 "\\\\Nas;\\\\Nas\\docs;\\\\server;\\\\server\\Alpha;" SHARE ";" SHARE "\\file;");
    CHECK_STRING(list(&fixture, NULL, OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY, 500), SHARE "\\file;");
    CHECK_STRING(list(&fixture, "\\\\server", OFFLINEFILES_ENUM_FLAT, 500),
                 "\\\\server\\Alpha;" SHARE ";" SHARE "\\file;");
    CHECK_STRING(list(&fixture, "\\\\none", 0, 500), "80070002");
    CHECK_STRING(list(&fixture, "\\\\server\\none", 0, 500), "80070002");
    CHECK_STRING(list(&fixture, SHARE "\\none", 0, 500), "80070002");
    CHECK_STRING(list(&fixture, SHARE "\\file", 0, 500), "8007010b");
    CHECK_STRING(list(&fixture, "x:\\", 0, 500), "800700a1");
    CHECK_STRING(list(&fixture, "", 0, 500), "80070057");
    CHECK_STRING(list(&fixture, SHARE, 4, 500), "80070057");
    fixture_destroy(&fixture);
}

static void pins_and_conflicts_show(void)
{
    struct csc_conflict conflict = { .path = "p/u/new", .state = OFFLINEFILES_SYNC_STATE_FileCreatedOnClient_FileOnServer };
    struct fixture fixture;
    struct csc_scope *scope;
    int64_t p, u, q;
    char tree[1200];
    int added;

    make(&fixture);
    fixture_tree(&fixture, tree);
    p = fixture_cached_dir(&fixture, 0, "p", 0, "p");
    u = fixture_cached_dir(&fixture, p, "u", 0, "p/u");
    q = fixture_cached_dir(&fixture, 0, "q", CSC_PIN_USER, "q");
    fixture_cached_dir(&fixture, 0, "r", 0, "r");
    fixture_cached_file(&fixture, u, "pinned", CSC_PIN_USER, "p/u/pinned", "text");
    fixture_cached_file(&fixture, q, "pinned", CSC_PIN_USER, "q/pinned", "text");
    fixture_write(tree, "p/u/new", "x");
    scope = fixture_scope(&fixture, SHARE);
    conflict.scope = scope->row.id;
    csc_scope_release(scope);
    CHECK_STATUS(csc_store_conflict_put(fixture.engine->store, &conflict, &added), CSC_OK);

    CHECK_STRING(list(&fixture, "\\\\server", OFFLINEFILES_ENUM_FLAT, 500),
                 SHARE " 1000;" SHARE "\\p 1000;" SHARE "\\p\\u 1000;" SHARE "\\p\\u\\new 8028;" SHARE "\\p\\u\\pinned;"
                 SHARE "\\q;" SHARE "\\q\\pinned;" SHARE "\\r;");
    CHECK_STRING(list(&fixture, "\\\\server", 0, 500), SHARE " 1000;");
    CHECK_STRING(list(&fixture, SHARE, 0, 500), SHARE "\\p 1000;" SHARE "\\q;" SHARE "\\r;");
    fixture_destroy(&fixture);
}

static void set_filters(struct csc_wire_filters *wire, const char *pattern)
{
    size_t length;

    memset(wire, 0, sizeof(*wire));
    wire->at[CSC_FILTER_INCLUDE_FILE].conditions = CSC_FILTER_PATTERN;
    CHECK_STATUS(csc_utf16_from_utf8(pattern, wire->at[CSC_FILTER_INCLUDE_FILE].pattern, CSC_FILTER_PATTERN_UNITS,
                                     &length), CSC_OK);
    filters = wire;
}

/* The filters have tests of their own (test_filter.c); here: what is done with those that do not pass. */
static void filters_leave_items_out(void)
{
    struct csc_wire_filters wire;
    struct fixture fixture;
    int64_t dir, sub;
    char tree[1200];

    make(&fixture);
    fixture_tree(&fixture, tree);
    dir = fixture_cached_dir(&fixture, 0, "dir", 0, "dir");
    sub = fixture_cached_dir(&fixture, dir, "sub", 0, "dir/sub");
    fixture_cached_file(&fixture, 0, "a.txt", 0, "a.txt", "text");
    fixture_cached_file(&fixture, dir, "b.doc", 0, "dir/b.doc", "text");
    fixture_cached_file(&fixture, sub, "c.txt", CSC_PIN_USER, "dir/sub/c.txt", "text");
    set_filters(&wire, "*.txt");
    CHECK_STRING(list(&fixture, SHARE, OFFLINEFILES_ENUM_FLAT, 500),
                 SHARE "\\a.txt;" SHARE "\\dir 1000;" SHARE "\\dir\\sub 1000;" SHARE "\\dir\\sub\\c.txt;");
    CHECK_STRING(list(&fixture, SHARE "\\dir", 0, 500), SHARE "\\dir\\sub 1000;");

    /* a directory that is left out hides nothing that is below it */
    wire.at[CSC_FILTER_EXCLUDE_DIRECTORY].conditions = CSC_FILTER_FLAGS;
    wire.at[CSC_FILTER_EXCLUDE_DIRECTORY].mask = OFFLINEFILES_ITEM_FILTER_FLAG_PINNED;
    CHECK_STRING(list(&fixture, NULL, OFFLINEFILES_ENUM_FLAT, 500), SHARE "\\a.txt;" SHARE "\\dir\\sub\\c.txt;");
    CHECK_STRING(list(&fixture, NULL, 0, 500), "");
    CHECK_STRING(list(&fixture, "\\\\server", 0, 500), "");

    /* what is left out counts for its containers all the same */
    memset(&wire, 0, sizeof(wire));
    wire.at[CSC_FILTER_INCLUDE_FILE].conditions = CSC_FILTER_FLAGS;
    wire.at[CSC_FILTER_INCLUDE_FILE].mask = OFFLINEFILES_ITEM_FILTER_FLAG_FILE;
    CHECK_STRING(list(&fixture, "\\\\server", OFFLINEFILES_ENUM_FLAT, 500),
                 SHARE " 1000;" SHARE "\\dir 1000;" SHARE "\\dir\\sub 1000;");
    CHECK_STRING(list(&fixture, SHARE, OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY, 500), "");

    wire.at[CSC_FILTER_INCLUDE_FILE].conditions = 1u << 31;
    CHECK_STRING(list(&fixture, SHARE, 0, 500), "80070057");
    filters = NULL;
    fixture_destroy(&fixture);
}

static void an_enumeration_is_a_snapshot(void)
{
    struct csc_buffer records = { 0 };
    struct csc_enum *snapshot;
    struct fixture fixture;
    int64_t first;
    char tree[1200], path[1200];

    make(&fixture);
    fixture_tree(&fixture, tree);
    first = fixture_cached_file(&fixture, 0, "a", 0, "a", "text");
    fixture_cached_file(&fixture, 0, "b", 0, "b", "text");
    CHECK_STATUS(csc_enum_open(fixture.engine, SHARE, 0, 0, &snapshot), CSC_OK);
    CHECK_STATUS(csc_store_item_delete(fixture.engine->store, first), CSC_OK);
    unlink(fixture_path(path, tree, "a"));
    fixture_write(tree, "c", "x");
    CHECK_STATUS(csc_enum_next(snapshot, 1000000, &records), CSC_OK);
    CHECK_INT(records.size, 2 * ((struct csc_wire_item *)records.data)->size);
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, CSC_UNMAP_DISCARD_CHANGES), CSC_OK);
    CHECK_STATUS(csc_enum_next(snapshot, 1000000, &records), CSC_FALSE);
    csc_enum_close(snapshot);
    csc_buffer_free(&records);
    fixture_destroy(&fixture);
}

/* How many descriptors this process has open. */
static int open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = -3;              /* that of the directory, . and .. */

    while (readdir(dir)) count++;
    closedir(dir);
    return count;
}

/* Paths of the next records, one piece of at least one record. */
static const char *next_piece(struct csc_enum *items, size_t piece)
{
    static char text[4096];
    struct csc_buffer records = { 0 };
    csc_status status = csc_enum_next(items, piece, &records);
    size_t at, used = 0;

    snprintf(text, sizeof(text), status == CSC_FALSE ? "end" : "%08x", (unsigned)status);
    for (at = 0; at < records.size;)
    {
        const struct csc_wire_item *item = (const struct csc_wire_item *)(records.data + at);
        uint32_t shown = item->flags & (CSC_ITEM_DIRTY | CSC_ITEM_DELETED_OFFLINE | CSC_ITEM_CREATED_OFFLINE);

        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s;",
                                 fixture_text(item->path, item->path_length) + sizeof(SHARE), shown ? " changed" : "");
        at += item->size;
    }
    csc_buffer_free(&records);
    return text;
}

static int64_t two_levels(struct fixture *fixture, const char *name)
{
    int64_t dir = fixture_cached_dir(fixture, 0, name, 0, name), sub;
    char below[64];

    snprintf(below, sizeof(below), "%s/sub", name);
    sub = fixture_cached_dir(fixture, dir, "sub", 0, below);
    snprintf(below, sizeof(below), "%s/sub/1", name);
    fixture_cached_file(fixture, sub, "1", 0, below, "text");
    snprintf(below, sizeof(below), "%s/z", name);
    fixture_cached_file(fixture, dir, "z", 0, below, "text");
    return dir;
}

/* Between two pieces nothing is open, and whatever happens to the tree meanwhile does no harm. */
static void a_flat_enumeration_goes_on_where_it_was(void)
{
    struct csc_enum *items;
    struct fixture fixture;
    int descriptors;
    int64_t c;
    char tree[1200], path[1200], other[1300];

    make(&fixture);
    fixture_tree(&fixture, tree);
    two_levels(&fixture, "a");
    two_levels(&fixture, "b");
    c = two_levels(&fixture, "c");
    two_levels(&fixture, "d");
    descriptors = open_descriptors();
    CHECK_STATUS(csc_enum_open(fixture.engine, SHARE, 0, OFFLINEFILES_ENUM_FLAT, &items), CSC_OK);
    CHECK_INT(open_descriptors(), descriptors);
    CHECK_STRING(next_piece(items, 1), "a;");
    CHECK_STRING(next_piece(items, 1), "a\\sub;");
    CHECK_INT(open_descriptors(), descriptors);
    CHECK_STRING(next_piece(items, 1), "a\\sub\\1;");
    /* where it is: what was not reached comes as it is then */
    fixture_write(tree, "b/sub/0", "x");
    unlink(fixture_path(path, tree, "b/z"));
    fixture_write(tree, "a/y", "x");
    CHECK_STRING(next_piece(items, 1), "a\\z;");
    CHECK_STRING(next_piece(items, 1), "b;");
    CHECK_STRING(next_piece(items, 1), "b\\sub;");
    CHECK_STRING(next_piece(items, 1), "b\\sub\\0 changed;");
    /* gone with its row */
    CHECK_STATUS(csc_store_item_delete(fixture.engine->store, c), CSC_OK);
    unlink(fixture_path(path, tree, "c/sub/1"));
    unlink(fixture_path(path, tree, "c/z"));
    rmdir(fixture_path(path, tree, "c/sub"));
    rmdir(fixture_path(path, tree, "c"));
    CHECK_STRING(next_piece(items, 1), "b\\sub\\1;");
    CHECK_STRING(next_piece(items, 1), "b\\z changed;");
    CHECK_STRING(next_piece(items, 1), "c;");
    CHECK_STRING(next_piece(items, 1), "d;");
    /* the directory it is in under another name */
    CHECK_INT(rename(fixture_path(path, tree, "d"), fixture_path(other, tree, "e")), 0);
    CHECK_STRING(next_piece(items, 1000000), "d\\sub changed;d\\sub\\1 changed;d\\z changed;");
    CHECK_STRING(next_piece(items, 1), "end");
    CHECK_STRING(next_piece(items, 1), "end");
    CHECK_INT(open_descriptors(), descriptors);
    csc_enum_close(items);

    /* the cache as a whole is away: nobody deleted anything */
    CHECK_STATUS(csc_enum_open(fixture.engine, SHARE "\\a", 0, OFFLINEFILES_ENUM_FLAT, &items), CSC_OK);
    snprintf(other, sizeof(other), "%s.away", tree);
    CHECK_INT(rename(tree, other), 0);
    CHECK_STRING(next_piece(items, 1000000), "a\\sub;a\\sub\\1;a\\y changed;a\\z;");
    CHECK_INT(rename(other, tree), 0);
    csc_enum_close(items);

    /* unmapped: what was read comes, the rest is not there any more; also when the name is in use again */
    CHECK_STATUS(csc_enum_open(fixture.engine, SHARE, 0, OFFLINEFILES_ENUM_FLAT, &items), CSC_OK);
    CHECK_STRING(next_piece(items, 1), "a;");
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, CSC_UNMAP_DISCARD_CHANGES), CSC_OK);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    two_levels(&fixture, "a");
    CHECK_STRING(next_piece(items, 1000000), "b;d changed;e changed;");
    CHECK_STRING(next_piece(items, 1), "end");
    csc_enum_close(items);
    CHECK_INT(open_descriptors(), descriptors);
    fixture_destroy(&fixture);
}

/* Only what the directory needs that it is in; many of them make no difference. */
static void a_flat_enumeration_stays_small(void)
{
    struct csc_buffer records = { 0 };
    struct csc_enum *items;
    struct fixture fixture;
    size_t most = 0, count = 0, at;
    char tree[1200], name[64];
    int64_t dir;
    int d, f;

    make(&fixture);
    fixture_tree(&fixture, tree);
    for (d = 0; d < 40; d++)
    {
        snprintf(name, sizeof(name), "dir%02d", d);
        dir = fixture_row(&fixture, 0, name, OFFLINEFILES_ITEM_TYPE_DIRECTORY, 0, 0, NULL);
        for (f = 0; f < 50; f++)
        {
            snprintf(name, sizeof(name), "file%02d", f);
            fixture_row(&fixture, dir, name, OFFLINEFILES_ITEM_TYPE_FILE, 0, CSC_ROW_SPARSE, NULL);
        }
    }
    CHECK_STATUS(csc_enum_open(fixture.engine, SHARE, 0, OFFLINEFILES_ENUM_FLAT, &items), CSC_OK);
    while (csc_enum_next(items, 4096, &records) == CSC_OK)
    {
        CHECK(records.size <= 4096);
        for (at = 0; at < records.size; at += ((struct csc_wire_item *)(records.data + at))->size) count++;
        records.size = 0;
        if (csc_enum_bytes(items) > most) most = csc_enum_bytes(items);
    }
    CHECK_INT(count, 40 * 51);
    CHECK(most > 50 * sizeof(struct csc_item));
    CHECK(most < 90 * (sizeof(struct csc_item) + sizeof(struct csc_entry)) + 3 * 4096 + 4000);
    csc_enum_close(items);
    csc_buffer_free(&records);
    fixture_destroy(&fixture);
}

static void deep_trees_do_not_use_up_descriptors(void)
{
    struct csc_buffer all = { 0 };
    struct fixture fixture;
    int64_t parent = 0;
    int fd, below, i;
    size_t at, count = 0;
    char tree[1200];

    make(&fixture);
    fd = open(fixture_tree(&fixture, tree), O_RDONLY | O_DIRECTORY);
    for (i = 0; i < 400; i++)
    {
        parent = fixture_row(&fixture, parent, "d", OFFLINEFILES_ITEM_TYPE_DIRECTORY, 0,
                             CSC_ROW_BASE | CSC_ROW_ENUMERATED, NULL);
        if (mkdirat(fd, "d", 0777)) perror("d");
        below = openat(fd, "d", O_RDONLY | O_DIRECTORY);
        close(fd);
        fd = below;
    }
    CHECK_INT(mkdirat(fd, "created", 0777), 0);
    close(fd);
    CHECK_STATUS(fetch(&fixture, SHARE, OFFLINEFILES_ENUM_FLAT, 100000, &all), CSC_OK);
    for (at = 0; at < all.size; at += ((struct csc_wire_item *)(all.data + at))->size)
    {
        const struct csc_wire_item *item = (const struct csc_wire_item *)(all.data + at);

        count++;
        if (count == 400) CHECK(item->flags & CSC_ITEM_HAS_LOCAL);
        if (count == 401) CHECK(item->flags & CSC_ITEM_CREATED_OFFLINE);
    }
    CHECK_INT(count, 401);
    csc_buffer_free(&all);
    fixture_destroy(&fixture);
}

/* Checks the count; prints the time, which benchmarks judge. */
static void many_items(void)
{
    const int directories = test_under_valgrind() ? 10 : 100, files = 1000;
    struct csc_item item = { .type = OFFLINEFILES_ITEM_TYPE_FILE, .flags = CSC_ROW_BASE };
    struct csc_buffer all = { 0 };
    struct fixture fixture;
    struct csc_scope *scope;
    int64_t start, dir;
    char tree[1200], name[40], below[80];
    size_t at, count = 0, dirty = 0, filtered = 0;
    struct csc_wire_filters wire;
    int d, f, fd, dir_fd;

    make(&fixture);
    fixture_tree(&fixture, tree);
    scope = fixture_scope(&fixture, SHARE);
    item.scope = scope->row.id;
    csc_scope_release(scope);
    for (d = 0; d < directories; d++)
    {
        snprintf(name, sizeof(name), "directory %03d", d);
        dir = fixture_cached_dir(&fixture, 0, name, 0, name);
        dir_fd = open(fixture_path((char[1200]){ 0 }, tree, name), O_RDONLY | O_DIRECTORY);
        for (f = 0; f < files; f++)
        {
            struct timespec times[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
            struct stat st;

            snprintf(below, sizeof(below), "some file name %05d.txt", f);
            fd = openat(dir_fd, below, O_WRONLY | O_CREAT, 0666);
            futimens(fd, times);
            if (fstat(fd, &st)) perror(below);
            close(fd);
            item.id = 0;
            item.parent = dir;
            item.name = below;
            item.key = NULL;
            item.local.size = 0;
            item.local.ino = st.st_ino;
            item.local.mtime = 1000000000LL * 1000000000;
            item.local.ctime = st.st_ctim.tv_sec * 1000000000LL + st.st_ctim.tv_nsec;
            item.local.attributes = CSC_ATTR_ARCHIVE;
            item.local.recorded = item.local.ctime + 1000000000;
            if (csc_failed(csc_store_item_put(fixture.engine->store, &item))) FAIL("no row for %s", below);
            free(item.key);
        }
        close(dir_fd);
    }
    start = fixture_now();
    CHECK_STATUS(fetch(&fixture, SHARE, OFFLINEFILES_ENUM_FLAT, 1 << 20, &all), CSC_OK);
    printf("# %d items enumerated in %lld ms\n", directories * (files + 1), (long long)(fixture_now() - start));
    set_filters(&wire, "*name 000*7.t?t");
    CHECK_STRING(list(&fixture, SHARE "\\directory 007", 0, 1 << 20),
                 SHARE "\\directory 007\\some file name 00007.txt;" SHARE "\\directory 007\\some file name 00017.txt;"
                 SHARE "\\directory 007\\some file name 00027.txt;" SHARE "\\directory 007\\some file name 00037.txt;"
                 SHARE "\\directory 007\\some file name 00047.txt;" SHARE "\\directory 007\\some file name 00057.txt;"
                 SHARE "\\directory 007\\some file name 00067.txt;" SHARE "\\directory 007\\some file name 00077.txt;"
                 SHARE "\\directory 007\\some file name 00087.txt;" SHARE "\\directory 007\\some file name 00097.txt;");
    start = fixture_now();
    CHECK_STATUS(fetch(&fixture, SHARE, OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY, 1 << 20, &all), CSC_OK);
    printf("# the same, filtered, in %lld ms\n", (long long)(fixture_now() - start));
    for (at = 0; at < all.size; at += ((struct csc_wire_item *)(all.data + at))->size) filtered++;
    CHECK_INT(filtered, directories * 10);
    filters = NULL;
    CHECK_STATUS(fetch(&fixture, SHARE, OFFLINEFILES_ENUM_FLAT, 1 << 20, &all), CSC_OK);
    for (at = 0; at < all.size; at += ((struct csc_wire_item *)(all.data + at))->size)
    {
        count++;
        if (((struct csc_wire_item *)(all.data + at))->flags & CSC_ITEM_DIRTY) dirty++;
    }
    CHECK_INT(count, directories * (files + 1));
    CHECK_INT(dirty, 0);
    csc_buffer_free(&all);
    fixture_destroy(&fixture);
}

int main(void)
{
    RUN(rows_and_tree_are_merged_in_order);
    RUN(a_deleted_directory_shows_what_was_in_it);
    RUN(servers_and_shares);
    RUN(pins_and_conflicts_show);
    RUN(filters_leave_items_out);
    RUN(an_enumeration_is_a_snapshot);
    RUN(a_flat_enumeration_goes_on_where_it_was);
    RUN(a_flat_enumeration_stays_small);
    RUN(deep_trees_do_not_use_up_descriptors);
    RUN(many_items);
    return test_report();
}
