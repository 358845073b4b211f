/*
 * Tests of a database that is damaged or gone: nothing that a user wrote gets lost
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "killing_fs.h"
#include "rebuild.h"
#include "sidecar.h"
#include "store_private.h"
#include "sync_fixture.h"

#define BASE "v2.0.6"

/* -- a share that was taken offline with a file changed and one made; the engine is closed -- */

static void make_changes(struct fixture *fixture)
{
    fixture_mkdir(fixture->origin, "dir");
    origin_write(fixture, "a", "aaa");
    origin_write(fixture, "dir/b", "old b");
    origin_write(fixture, "dir/other", "other");
    origin_write(fixture, "loose", "loose");
    CHECK_STATUS(csc_map(fixture->engine, SHARE, fixture->origin, 0), CSC_OK);
    CHECK_STATUS(fixture_run(fixture, CSC_OP_PIN, PIN_FILL, 1, SHARE "\\dir"), CSC_OK);
    CHECK_STATUS(fixture_run(fixture, CSC_OP_PIN, PIN_FILL, 0, SHARE "\\a"), CSC_OK);
    CHECK_STATUS(go_offline(fixture), CSC_OK);
    change(tree_of(fixture), "dir/b", "mine", 60);
    change(tree_of(fixture), "dir/new", "new", 60);
}

static void damaged_make(struct fixture *fixture)
{
    fixture_make(fixture);
    make_changes(fixture);
    fixture_close(fixture);
}

static char *cache_path(struct fixture *fixture, const char *below)
{
    static char path[2][1200];
    static unsigned turn;
    char name[256];

    snprintf(name, sizeof(name), BASE "/%s", below);
    return fixture_path(path[turn++ % 2], fixture->cache, name);
}

static long size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) ? -1 : (long)st.st_size;
}

/* How many entries of the cache folder begin with this; a log of changes counts with its database. */
static unsigned count_beginning(struct fixture *fixture, const char *head)
{
    struct dirent *entry;
    unsigned count = 0;
    DIR *dir = opendir(cache_path(fixture, ""));

    if (!dir) return 0;
    while ((entry = readdir(dir)))
        if (!strncmp(entry->d_name, head, strlen(head)) && !strstr(entry->d_name, "-wal")) count++;
    closedir(dir);
    return count;
}

/* What may never happen, whatever was damaged. */
static int nothing_lost(struct fixture *fixture)
{
    const char *tree = tree_of(fixture), *text;
    int before = test_failures;

    CHECK_STRING(fixture_read(tree, "dir/b"), "mine");
    CHECK_STRING(fixture_read(tree, "dir/new"), "new");
    CHECK_STRING(fixture_read(tree, "a"), "aaa");
    CHECK_STRING(fixture_read(tree, "dir/other"), "other");
    CHECK_STRING(fixture_read(fixture->origin, "a"), "aaa");
    CHECK_STRING(fixture_read(fixture->origin, "dir/other"), "other");
    CHECK_STRING(fixture_read(fixture->origin, "loose"), "loose");
    text = fixture_read(fixture->origin, "dir/b");
    CHECK(!strcmp(text, "old b") || !strcmp(text, "mine"));
    return test_failures == before;
}

/* The engine is open: online, synchronize, look. */
static void converges(struct fixture *fixture)
{
    csc_status status;

    nothing_lost(fixture);
    status = fixture_run(fixture, CSC_OP_ONLINE, 0, 0, SHARE);
    CHECK(!csc_failed(status) || status == CSC_E_MORE_DATA);
    status = sync_share(fixture, SYNC_BOTH);
    CHECK(!csc_failed(status) || status == CSC_E_MORE_DATA);
    nothing_lost(fixture);
    CHECK_STRING(fixture_read(fixture->origin, "dir/new"), "new");
}

static int log_tells(struct fixture *fixture, const char *operation, const char *words)
{
    struct csc_log_entry *list;
    size_t count, i;
    int found = 0;

    if (!CHECK_STATUS(csc_store_log_read(fixture->engine->store, 0, 0, &list, &count), CSC_OK)) return 0;
    for (i = 0; i < count; i++)
        if (!strcmp(list[i].operation, operation) && list[i].reason && strstr(list[i].reason, words)) found = 1;
    csc_log_free(list, count);
    return found;
}

/* After a rebuild of the world above: offline as before, all items there, the change is a conflict at last. */
static void is_rebuilt(struct fixture *fixture)
{
    uint32_t state = 9, reason = 9;

    CHECK_STATUS(csc_connect_state(fixture->engine, SHARE, &state, &reason), CSC_OK);
    CHECK_INT(state, OFFLINEFILES_CONNECT_STATE_OFFLINE);
    CHECK_INT(reason, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    CHECK_STRING(fixture_link(fixture, "server/share"), tree_of(fixture));
    CHECK(fixture_flags(fixture, SHARE "\\dir\\b") & CSC_ITEM_DIRTY);
    CHECK(log_tells(fixture, "rebuild", "The database of the cache was"));
    CHECK(!fixture_exists(cache_path(fixture, "csc.db.rebuild"), ""));
    converges(fixture);
    CHECK_STRING(fixture_read(fixture->origin, "dir/b"), "old b");
    CHECK_INT(conflict_count(fixture), 1);
    CHECK_INT(fixture_flags(fixture, SHARE "\\a") & CSC_ITEM_DIRTY, 0);
    CHECK_INT(fixture_flags(fixture, SHARE "\\dir\\other") & CSC_ITEM_DIRTY, 0);
    /* and somebody decides */
    CHECK_STATUS(fixture_run(fixture, CSC_OP_SYNC, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLOCAL, 0, SHARE), CSC_OK);
    CHECK_STRING(fixture_read(fixture->origin, "dir/b"), "mine");
    CHECK_INT(conflict_count(fixture), 0);
}

/* -- damages -- */

static void truncated(void)
{
    struct fixture fixture;
    long size, at;

    for (at = 0, size = 1; at < size; at += 4096)
    {
        damaged_make(&fixture);
        size = size_of(cache_path(&fixture, "csc.db"));
        if (truncate(cache_path(&fixture, "csc.db"), at)) perror("truncate");
        if (CHECK_STATUS(fixture_open(&fixture), CSC_OK))
        {
            is_rebuilt(&fixture);
            CHECK_INT(count_beginning(&fixture, "csc.db.corrupt-"), at ? 1 : 0);
        }
        fixture_destroy(&fixture);
        if (test_failures)
        {
            printf("  cut at %ld of %ld\n", at, size);
            return;
        }
    }
    printf("# %ld pages\n", size / 4096);
}

static void truncated_within_a_page(void)
{
    static const long places[] = { 1, 15, 100, 4095, 5000, 20000 };
    struct fixture fixture;
    size_t i;

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
    {
        damaged_make(&fixture);
        if (truncate(cache_path(&fixture, "csc.db"), places[i])) perror("truncate");
        if (CHECK_STATUS(fixture_open(&fixture), CSC_OK)) is_rebuilt(&fixture);
        fixture_destroy(&fixture);
    }
}

static void deleted(void)
{
    struct fixture fixture;

    damaged_make(&fixture);
    CHECK_INT(remove(cache_path(&fixture, "csc.db")), 0);
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK)) is_rebuilt(&fixture);
    fixture_destroy(&fixture);
}

static uint64_t random_state;

static unsigned next_random(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33);
}

/* Changes some bytes, of odd seeds only such as are not zero: free space hides most of the others. */
static void flip_bytes(const char *path, unsigned seed)
{
    int fd = open(path, O_RDWR), count, i;
    long size = size_of(path);
    unsigned char byte;
    unsigned tries = 0;

    random_state = seed * 7919u + 1;
    count = 1 + next_random() % 8;
    for (i = 0; i < count && tries++ < 100000;)
    {
        off_t at = next_random() % size;

        if (pread(fd, &byte, 1, at) != 1) break;
        if ((seed & 1) && !byte) continue;
        byte ^= seed & 2 ? 1u << next_random() % 8 : 1 + next_random() % 255;
        if (pwrite(fd, &byte, 1, at) != 1) break;
        i++;
    }
    close(fd);
}

static void random_bytes(void)
{
    unsigned seed, seeds = getenv("CSC_TEST_SEEDS") ? atoi(getenv("CSC_TEST_SEEDS")) : 200, rebuilt = 0;
    unsigned first = getenv("CSC_TEST_FIRST") ? atoi(getenv("CSC_TEST_FIRST")) : 0;
    struct fixture fixture;

    for (seed = first; seed < first + seeds && !test_failures; seed++)
    {
        damaged_make(&fixture);
        flip_bytes(cache_path(&fixture, "csc.db"), seed);
        if (CHECK_STATUS(fixture_open(&fixture), CSC_OK))
        {
            rebuilt += count_beginning(&fixture, "csc.db.corrupt-");
            nothing_lost(&fixture);
            fixture_run(&fixture, CSC_OP_ONLINE, 0, 0, SHARE);
            sync_share(&fixture, SYNC_BOTH);
            nothing_lost(&fixture);
        }
        fixture_destroy(&fixture);
        if (test_failures) printf("  seed %u\n", seed);
    }
    printf("# %u of %u were damaged so that it was noticed at the start\n", rebuilt, seeds);
}

static void copy_file(const char *from, const char *to)
{
    char command[4096];

    snprintf(command, sizeof(command), "cp '%s' '%s'", from, to);
    if (system(command)) printf("%s failed\n", command);
}

/* The log of changes that a killed service leaves, cut and spoilt: what is in the database itself counts. */
static void torn_log(void)
{
    char db[1200], wal[1200], kept_db[1200], kept_wal[1200];
    struct fixture fixture;
    unsigned round;
    long size = 0;

    for (round = 0; round < 24; round++)
    {
        fixture_make(&fixture);
        make_changes(&fixture);
        strcpy(db, cache_path(&fixture, "csc.db"));
        strcpy(wal, cache_path(&fixture, "csc.db-wal"));
        snprintf(kept_db, sizeof(kept_db), "%.500s/db", fixture.folder);
        snprintf(kept_wal, sizeof(kept_wal), "%.500s/wal", fixture.folder);
        CHECK_STATUS(fixture_run(&fixture, CSC_OP_PIN, PIN_USER, 0, SHARE "\\dir\\new"), CSC_OK);
        CHECK_STATUS(csc_store_commit(fixture.engine->store, 0), CSC_OK);
        copy_file(db, kept_db);
        copy_file(wal, kept_wal);
        fixture_close(&fixture);
        copy_file(kept_db, db);
        copy_file(kept_wal, wal);
        size = size_of(wal);
        CHECK(size > 0);
        if (!round) CHECK_INT(remove(wal), 0);
        else if (round < 12)
        {
            if (truncate(wal, size * round / 12)) perror(wal);
        }
        else flip_bytes(wal, round);
        if (CHECK_STATUS(fixture_open(&fixture), CSC_OK)) converges(&fixture);
        fixture_destroy(&fixture);
    }
}

static uint64_t sum_of(const char *path)
{
    uint64_t hash = 14695981039346656037u;
    FILE *file = fopen(path, "r");
    int c;

    if (!file) return 0;
    while ((c = getc(file)) != EOF) hash = (hash ^ (unsigned char)c) * 1099511628211u;
    fclose(file);
    return hash;
}

static int run_sql(const char *database, const char *sql)
{
    sqlite3 *db;
    int code = sqlite3_open(database, &db);

    if (code == SQLITE_OK) code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
    return code;
}

static void newer_version(void)
{
    char db[1200], shares[1200];
    struct fixture fixture;
    uint64_t before, shares_before;

    damaged_make(&fixture);
    strcpy(db, cache_path(&fixture, "csc.db"));
    strcpy(shares, cache_path(&fixture, CSC_SIDECAR_SHARES));
    CHECK_INT(run_sql(db, "PRAGMA user_version = 4711; UPDATE meta SET value = '4711' WHERE name = 'schema'"), SQLITE_OK);
    before = sum_of(db);
    shares_before = sum_of(shares);
    CHECK_STATUS(fixture_open(&fixture), CSC_E_NOT_SUPPORTED);
    CHECK(sum_of(db) == before);
    CHECK(sum_of(shares) == shares_before);
    CHECK_INT(count_beginning(&fixture, "csc.db.corrupt-"), 0);
    nothing_lost(&fixture);
    fixture_destroy(&fixture);

    /* in one place only it is damage, and no reason to leave the user alone with it */
    damaged_make(&fixture);
    CHECK_INT(run_sql(cache_path(&fixture, "csc.db"), "PRAGMA user_version = 4711"), SQLITE_OK);
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK)) is_rebuilt(&fixture);
    fixture_destroy(&fixture);
    damaged_make(&fixture);
    CHECK_INT(run_sql(cache_path(&fixture, "csc.db"), "PRAGMA user_version = 0"), SQLITE_OK);
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK)) is_rebuilt(&fixture);
    fixture_destroy(&fixture);
}

static void found_while_running(void)
{
    struct fixture fixture;
    char junk[4096];
    int64_t until;
    long size;
    int fd;

    fixture_make(&fixture);
    make_changes(&fixture);
    CHECK_STATUS(csc_store_commit(fixture.engine->store, 1), CSC_OK);
    size = size_of(cache_path(&fixture, "csc.db"));
    memset(junk, 0x5a, sizeof(junk));
    fd = open(cache_path(&fixture, "csc.db"), O_WRONLY);
    if (pwrite(fd, junk, sizeof(junk), size - 4096) != 4096 || pwrite(fd, junk, sizeof(junk), 8192) != 4096) perror("junk");
    close(fd);
    CHECK_INT(csc_engine_is_damaged(fixture.engine), 0);
    csc_store_lock(fixture.engine->store);
    sqlite3_db_release_memory(fixture.engine->store->db);
    csc_store_unlock(fixture.engine->store);

    /* whatever is read next: rows are all over the file */
    until = fixture_now() + 5000;
    while (!csc_engine_is_damaged(fixture.engine) && fixture_now() < until) sync_share(&fixture, SYNC_BOTH);
    CHECK_INT(csc_engine_is_damaged(fixture.engine), 1);
    while (size_of(cache_path(&fixture, "csc.db.rebuild")) < 0 && fixture_now() < until) usleep(20000);
    CHECK(size_of(cache_path(&fixture, "csc.db.rebuild")) >= 0);
    nothing_lost(&fixture);
    fixture_close(&fixture);
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK))
    {
        CHECK_INT(csc_engine_is_damaged(fixture.engine), 0);
        converges(&fixture);
    }
    fixture_destroy(&fixture);
}

/* Makes the database so large that it is checked beside the work. */
static void enlarge(struct fixture *fixture)
{
    CHECK_INT(run_sql(cache_path(fixture, "csc.db"),
                      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
                      "INSERT INTO log(time, operation, result, reason) SELECT i, 'test', 0, hex(zeroblob(2000)) FROM n"), SQLITE_OK);
    CHECK(size_of(cache_path(fixture, "csc.db")) > 9 << 20);
}

/* Something that nobody reads. */
static void damage_the_middle(struct fixture *fixture)
{
    long size = size_of(cache_path(fixture, "csc.db"));
    int fd = open(cache_path(fixture, "csc.db"), O_WRONLY);
    char junk[4096];

    memset(junk, 0x5a, sizeof(junk));
    if (pwrite(fd, junk, sizeof(junk), size / 8192 * 4096) != 4096) perror("junk");
    close(fd);
}

static void a_large_one_is_checked_meanwhile(void)
{
    struct fixture fixture;
    uint64_t pins, shares;
    int64_t until;

    damaged_make(&fixture);
    enlarge(&fixture);
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK))
    {
        CHECK_STATUS(csc_check_wait(fixture.engine), CSC_OK);
        CHECK_INT(csc_engine_is_damaged(fixture.engine), 0);
        converges(&fixture);
    }
    fixture_destroy(&fixture);

    damaged_make(&fixture);
    enlarge(&fixture);
    damage_the_middle(&fixture);
    pins = sum_of(cache_path(&fixture, CSC_SIDECAR_PINS));
    shares = sum_of(cache_path(&fixture, CSC_SIDECAR_SHARES));
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK))
    {
        /* who asks is answered; nothing is changed, and the second record stays as it was */
        CHECK(fixture_flags(&fixture, SHARE "\\dir\\b") & CSC_ITEM_DIRTY);
        CHECK_STATUS(fixture_run(&fixture, CSC_OP_ONLINE, 0, 0, SHARE), CSC_E_CORRUPT);
        CHECK_STATUS(csc_check_wait(fixture.engine), CSC_E_CORRUPT);
        CHECK_STATUS(csc_map(fixture.engine, "\\\\server\\other", fixture.origin, 0), CSC_E_CORRUPT);
        CHECK_STATUS(csc_unmap(fixture.engine, SHARE, CSC_UNMAP_DISCARD_CHANGES), CSC_E_CORRUPT);
        CHECK_STATUS(csc_suspend(fixture.engine, SHARE "\\dir", 1), CSC_E_CORRUPT);
        CHECK_STATUS(csc_rename_now(fixture.engine, SHARE "\\a", SHARE "\\z"), CSC_E_CORRUPT);
        CHECK_INT(csc_engine_is_damaged(fixture.engine), 1);
        until = fixture_now() + 5000;
        while (size_of(cache_path(&fixture, "csc.db.rebuild")) < 0 && fixture_now() < until) usleep(20000);
        CHECK(size_of(cache_path(&fixture, "csc.db.rebuild")) >= 0);
        CHECK(sum_of(cache_path(&fixture, CSC_SIDECAR_PINS)) == pins);
        CHECK(sum_of(cache_path(&fixture, CSC_SIDECAR_SHARES)) == shares);
        nothing_lost(&fixture);
        fixture_close(&fixture);
        if (CHECK_STATUS(fixture_open(&fixture), CSC_OK)) is_rebuilt(&fixture);
    }
    fixture_destroy(&fixture);

    /* after a power loss nobody is answered before it was checked */
    damaged_make(&fixture);
    enlarge(&fixture);
    damage_the_middle(&fixture);
    strcpy(fixture.boot_id, "another");
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK)) is_rebuilt(&fixture);
    fixture_destroy(&fixture);
}

/* -- what is remembered -- */

static const struct csc_wire_item *item_of(struct fixture *fixture, const char *path)
{
    const struct csc_wire_item *item = fixture_find(fixture, path);
    static const struct csc_wire_item none;

    return item ? item : &none;
}

static void pins_survive(void)
{
    const uint32_t user = CSC_PIN_USER, all = CSC_PIN_USER | CSC_PIN_USER << CSC_PIN_INHERIT_SHIFT;
    struct fixture fixture;

    fixture_make(&fixture);
    fixture_mkdir(fixture.origin, "deep/er");
    fixture_mkdir(fixture.origin, "plain");
    origin_write(&fixture, "deep/er/file", "1");
    origin_write(&fixture, "deep/except", "2");
    origin_write(&fixture, "plain/one", "3");
    origin_write(&fixture, "plain/two", "4");
    origin_write(&fixture, "plain/sparse", "5");
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK_STATUS(fixture_run(&fixture, CSC_OP_PIN, PIN_FILL, 1, SHARE "\\deep"), CSC_OK);
    CHECK_STATUS(fixture_run(&fixture, CSC_OP_UNPIN, PIN_USER, 0, SHARE "\\deep\\except"), CSC_OK);
    CHECK_STATUS(fixture_run(&fixture, CSC_OP_PIN, PIN_FILL, 0, SHARE "\\plain\\one"), CSC_OK);
    CHECK_STATUS(fixture_run(&fixture, CSC_OP_PIN, PIN_FILL | OFFLINEFILES_PIN_CONTROL_FLAG_FORALL, 0,
                             SHARE "\\plain\\two"), CSC_OK);
    CHECK_STATUS(fixture_run(&fixture, CSC_OP_UNPIN, PIN_USER | OFFLINEFILES_PIN_CONTROL_FLAG_FORALL, 0,
                             SHARE "\\plain\\two"), CSC_OK);
    CHECK_STATUS(go_offline(&fixture), CSC_OK);
    fixture_close(&fixture);
    CHECK_INT(truncate(cache_path(&fixture, "csc.db"), 4096), 0);
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK))
    {
        CHECK_INT(item_of(&fixture, SHARE)->pin, 0);
        CHECK_INT(item_of(&fixture, SHARE "\\deep")->pin, all);
        CHECK_INT(item_of(&fixture, SHARE "\\deep\\er")->pin, all);
        CHECK_INT(item_of(&fixture, SHARE "\\deep\\er\\file")->pin, user);
        CHECK_INT(item_of(&fixture, SHARE "\\deep\\except")->pin, 0);
        CHECK_INT(item_of(&fixture, SHARE "\\plain")->pin, 0);
        CHECK_INT(item_of(&fixture, SHARE "\\plain\\one")->pin, user);
        CHECK_INT(item_of(&fixture, SHARE "\\plain\\two")->pin, 0);
        /* a pinned directory gets its new files again */
        origin_write(&fixture, "deep/late", "6");
        CHECK_STATUS(fixture_run(&fixture, CSC_OP_ONLINE, 0, 0, SHARE), CSC_OK);
        CHECK_STRING(fixture_read(tree_of(&fixture), "deep/late"), "6");
        CHECK_INT(conflict_count(&fixture), 0);
        CHECK(!fixture_exists(tree_of(&fixture), "plain/sparse"));
    }
    fixture_destroy(&fixture);
}

/* The share itself pinned; and damage that is found again right after the rebuild. */
static void a_pinned_share_survives(void)
{
    const uint32_t all = CSC_PIN_USER | CSC_PIN_USER << CSC_PIN_INHERIT_SHIFT;
    struct fixture fixture;
    int round;

    world_make(&fixture);
    fixture_mkdir(fixture.origin, "dir");
    origin_write(&fixture, "dir/a", "aaa");
    CHECK_STATUS(pin_all(&fixture), CSC_OK);
    CHECK_STATUS(go_offline(&fixture), CSC_OK);
    fixture_close(&fixture);
    for (round = 0; round < 2; round++)
    {
        CHECK_INT(truncate(cache_path(&fixture, "csc.db"), 4096), 0);
        if (!CHECK_STATUS(fixture_open(&fixture), CSC_OK)) break;
        CHECK_INT(item_of(&fixture, SHARE)->pin, all);
        CHECK_INT(item_of(&fixture, SHARE "\\dir")->pin, all);
        CHECK_INT(item_of(&fixture, SHARE "\\dir\\a")->pin, CSC_PIN_USER);
        CHECK_INT(count_beginning(&fixture, "csc.db.corrupt-"), round + 1);
        fixture_close(&fixture);
    }
    fixture_destroy(&fixture);
}

/* The server's files cannot be read. */
static csc_status refuse_copy(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset, uint64_t size,
                              uint64_t *copied)
{
    (void)fs; (void)from; (void)to; (void)offset; (void)size;
    *copied = 0;
    return CSC_E_SHARING;
}

/* A pinned file whose content has not come yet is filled after all; a directory that is empty stays pinned. */
static void names_without_content_survive(void)
{
    struct fixture fixture;

    fixture_make(&fixture);
    fixture_close(&fixture);
    fixture.fs.copy = refuse_copy;
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    fixture_mkdir(fixture.origin, "one/two");
    origin_write(&fixture, "one/two/file", "later");
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK_STATUS(fixture_run(&fixture, CSC_OP_PIN, PIN_USER, 0, SHARE "\\one\\two\\file"), CSC_OK);
    CHECK_STATUS(go_offline(&fixture), CSC_OK);
    fixture_close(&fixture);
    fixture.fs.copy = csc_fs_posix()->copy;
    CHECK(!fixture_exists(tree_of(&fixture), "one/two/file"));
    CHECK_INT(truncate(cache_path(&fixture, "csc.db"), 4096), 0);
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK))
    {
        CHECK(fixture_flags(&fixture, SHARE "\\one\\two\\file") & CSC_ITEM_SPARSE);
        CHECK_INT(item_of(&fixture, SHARE "\\one\\two\\file")->pin, CSC_PIN_USER);
        CHECK_STATUS(fixture_run(&fixture, CSC_OP_ONLINE, 0, 0, SHARE), CSC_OK);
        CHECK_STRING(fixture_read(tree_of(&fixture), "one/two/file"), "later");
    }
    fixture_destroy(&fixture);
}

static void without_the_pins(void)
{
    struct fixture fixture;

    damaged_make(&fixture);
    CHECK_INT(truncate(cache_path(&fixture, "csc.db"), 4096), 0);
    CHECK_INT(truncate(cache_path(&fixture, CSC_SIDECAR_PINS), 20), 0);
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK))
    {
        CHECK_INT(item_of(&fixture, SHARE "\\dir")->pin, CSC_PIN_USER);
        CHECK_INT(item_of(&fixture, SHARE "\\dir\\other")->pin, CSC_PIN_USER);
        CHECK(log_tells(&fixture, "rebuild", "What was pinned is not known"));
        is_rebuilt(&fixture);
        /* nothing is fetched that nobody asked for */
        CHECK(!fixture_exists(tree_of(&fixture), "loose"));
    }
    fixture_destroy(&fixture);
}

static void without_the_shares(void)
{
    struct fixture fixture;
    struct csc_buffer records = { 0 };

    damaged_make(&fixture);
    CHECK_INT(truncate(cache_path(&fixture, "csc.db"), 4096), 0);
    flip_bytes(cache_path(&fixture, CSC_SIDECAR_SHARES), 1);
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK))
    {
        CHECK(log_tells(&fixture, "rebuild", "map the shares again"));
        CHECK_STATUS(csc_shares(fixture.engine, &records), CSC_OK);
        CHECK_INT(records.size, 0);
        csc_buffer_free(&records);
        /* programs go on with the cache */
        CHECK_STRING(fixture_link(&fixture, "server/share"), tree_of(&fixture));
        nothing_lost(&fixture);
        CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
        sync_share(&fixture, SYNC_BOTH);
        nothing_lost(&fixture);
        CHECK_STRING(fixture_read(fixture.origin, "dir/new"), "new");
        CHECK_INT(conflict_count(&fixture), 1);
        CHECK_STATUS(csc_unmap(fixture.engine, SHARE, CSC_UNMAP_DISCARD_CHANGES), CSC_OK);
        CHECK_STRING(fixture_link(&fixture, "server/share"), "(none)");
    }
    fixture_destroy(&fixture);
}

/* What an operation that was cut off had moved away may be the only copy of a change. */
static void leftovers_are_kept(void)
{
    struct fixture fixture;
    struct dirent *entry;
    char path[1200];
    DIR *dir;
    int found = 0;

    damaged_make(&fixture);
    fixture_write(cache_path(&fixture, "temp"), "r12ab.7", "moved away");
    fixture_write(cache_path(&fixture, "temp"), "d12ac.7", "half a download");
    CHECK_INT(truncate(cache_path(&fixture, "csc.db"), 4096), 0);
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK))
    {
        CHECK(is_clean(&fixture));
        CHECK_INT(count_beginning(&fixture, "rescued-"), 1);
        if ((dir = opendir(cache_path(&fixture, ""))))
        {
            while ((entry = readdir(dir)))
            {
                if (strncmp(entry->d_name, "rescued-", 8)) continue;
                strcpy(path, cache_path(&fixture, entry->d_name));
                CHECK_INT(count_in(path, NULL), 1);
                CHECK_STRING(fixture_read(path, "r12ab.7"), "moved away");
                found = 1;
            }
            closedir(dir);
        }
        CHECK(found);
        is_rebuilt(&fixture);
    }
    fixture_destroy(&fixture);
}

static void unmapped_shares_stay_away(void)
{
    struct fixture fixture;
    struct csc_buffer records = { 0 };

    world_make(&fixture);
    origin_write(&fixture, "a", "aaa");
    CHECK_STATUS(pin_all(&fixture), CSC_OK);
    CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_OK);
    fixture_close(&fixture);
    CHECK_INT(truncate(cache_path(&fixture, "csc.db"), 4096), 0);
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK))
    {
        CHECK_STATUS(csc_shares(fixture.engine, &records), CSC_OK);
        CHECK_INT(records.size, 0);
        CHECK_STRING(fixture_link(&fixture, "server/share"), "(none)");
        csc_buffer_free(&records);
    }
    fixture_destroy(&fixture);
}

/* What stood at the share's place before it was mapped comes back with unmap. */
static void the_link_before_is_remembered(void)
{
    struct fixture fixture;
    char path[1200];

    fixture_make(&fixture);
    origin_write(&fixture, "a", "aaa");
    fixture_mkdir(fixture.unc, "server");
    if (symlink("/somewhere/else", fixture_path(path, fixture.unc, "server/share"))) perror(path);
    CHECK_STATUS(csc_map(fixture.engine, SHARE, fixture.origin, 0), CSC_OK);
    CHECK_STATUS(pin_all(&fixture), CSC_OK);
    fixture_close(&fixture);
    CHECK_INT(truncate(cache_path(&fixture, "csc.db"), 4096), 0);
    if (CHECK_STATUS(fixture_open(&fixture), CSC_OK))
    {
        CHECK_STRING(fixture_link(&fixture, "server/share"), fixture.origin);
        CHECK_STATUS(sync_share(&fixture, SYNC_BOTH), CSC_OK);
        CHECK_STATUS(csc_unmap(fixture.engine, SHARE, 0), CSC_OK);
        CHECK_STRING(fixture_link(&fixture, "server/share"), "/somewhere/else");
    }
    fixture_destroy(&fixture);
}

/* -- a rebuild that is cut off -- */

static void killed_at_any_step(void)
{
    struct fixture fixture;
    int steps, died = 1;

    for (steps = 1; died && !test_failures; steps++)
    {
        pid_t child;
        int result;

        damaged_make(&fixture);
        fixture_write(cache_path(&fixture, "temp"), "r12ab.7", "moved away");
        CHECK_INT(truncate(cache_path(&fixture, "csc.db"), 8192), 0);
        fflush(stdout);
        if (!(child = fork()))
        {
            fixture.fs.make_dir = step_make_dir;
            fixture.fs.remove_dir = step_remove_dir;
            fixture.fs.remove_file = step_remove_file;
            fixture.fs.rename = step_rename;
            fixture.fs.create_file = step_create_file;
            die_after = steps % 2;
            atomic_store(&steps_left, (steps + 1) / 2);
            fixture_open(&fixture);
            _exit(7);
        }
        CHECK(waitpid(child, &result, 0) == child);
        died = WIFSIGNALED(result);
        if (CHECK_STATUS(fixture_open(&fixture), CSC_OK))
        {
            CHECK_INT(count_beginning(&fixture, "csc.db.corrupt-"), 1);
            CHECK(size_of(cache_path(&fixture, "csc.db.rebuild")) < 0);
            CHECK_INT(count_beginning(&fixture, "rescued-"), 1);
            is_rebuilt(&fixture);
        }
        fixture_destroy(&fixture);
    }
    printf("# %d steps\n", steps);
    CHECK(steps > 10);
}

/* -- the text -- */

static void text_round_trip(void)
{
    struct csc_sidecar_share share = { .row = { .server = (char *)"ser ver", .share = (char *)"tab\tnew\nline%",
        .origin = (char *)"/or%20igin/\xc3\xa9", .offline = 1, .reason = 2, .caching_mode = 3,
        .root = { 0xffffffffffffffffu, 17, 1, "fuse.sshfs", "" } }, .made_server = 1 };
    struct csc_sidecar_shares shares = { "0123abcd", &share, 1 }, back;
    struct csc_buffer text = { 0 };
    size_t i, accepted = 0;

    /* such a share cannot be, but the text can hold it */
    CHECK_STATUS(csc_sidecar_format_shares(&shares, &text), CSC_OK);
    CHECK_STATUS(csc_sidecar_parse_shares((char *)text.data, text.size, &back), CSC_E_CORRUPT);
    text.size = 0;
    share.row.share = (char *)"100% mine";
    CHECK_STATUS(csc_sidecar_format_shares(&shares, &text), CSC_OK);
    if (CHECK_STATUS(csc_sidecar_parse_shares((char *)text.data, text.size, &back), CSC_OK))
    {
        CHECK_STRING(back.cache_id, "0123abcd");
        if (CHECK_INT(back.count, 1))
        {
            CHECK_STRING(back.list[0].row.server, "ser ver");
            CHECK_STRING(back.list[0].row.share, "100% mine");
            CHECK_STRING(back.list[0].row.origin, "/or%20igin/\xc3\xa9");
            CHECK(!back.list[0].row.link_before);
            CHECK(!memcmp(&back.list[0].row.root, &share.row.root, sizeof(share.row.root)));
            CHECK_INT(back.list[0].row.offline, 1);
            CHECK_INT(back.list[0].row.reason, 2);
            CHECK_INT(back.list[0].row.caching_mode, 3);
            CHECK_INT(back.list[0].made_server, 1);
        }
        csc_sidecar_shares_free(&back);
    }
    for (i = 0; i < text.size; i++)
        if (!csc_sidecar_parse_shares((char *)text.data, i, &back)) accepted++;
    for (i = 0; i < text.size; i++)
    {
        text.data[i] ^= 1 << i % 8;
        if (!csc_sidecar_parse_shares((char *)text.data, text.size, &back)) accepted++;
        text.data[i] ^= 1 << i % 8;
    }
    CHECK_INT(accepted, 0);
    csc_buffer_free(&text);
}

int main(void)
{
    RUN(text_round_trip);
    RUN(deleted);
    RUN(truncated);
    RUN(truncated_within_a_page);
    RUN(torn_log);
    RUN(newer_version);
    RUN(found_while_running);
    RUN(a_large_one_is_checked_meanwhile);
    RUN(pins_survive);
    RUN(a_pinned_share_survives);
    RUN(names_without_content_survive);
    RUN(without_the_pins);
    RUN(without_the_shares);
    RUN(leftovers_are_kept);
    RUN(unmapped_shares_stay_away);
    RUN(the_link_before_is_remembered);
    RUN(killed_at_any_step);
    RUN(random_bytes);
    return test_report();
}
