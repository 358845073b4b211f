/*
 * The engine in the simulation: crashes, edits and faults at every call, several clients
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where there are too many cases each run takes a part of them; CSC_TEST_ALL in the environment takes them all.
 */

#include "sim_world.h"

static void check_used(struct world *world)
{
    static const char *const sides[] = { ORIGIN, TREE };
    char path[256];
    size_t i;

    for (i = 0; i < 2; i++)
    {
        snprintf(path, sizeof(path), "%s/a", sides[i]);
        CHECK_STRING(content(world, path), "one more");
        snprintf(path, sizeof(path), "%s/b", sides[i]);
        CHECK_STRING(content(world, path), "two more");
        snprintf(path, sizeof(path), "%s/new", sides[i]);
        CHECK_STRING(content(world, path), "new");
        snprintf(path, sizeof(path), "%s/d/c", sides[i]);
        CHECK_STRING(content(world, path), "(none)");
    }
}

static void test_engine_runs(void)
{
    struct sim_config config = { .seed = 1, .preempt = 100 };
    struct world world;

    make_world(&world, &config);
    CHECK_STATUS(set_up_edited(&world), CSC_OK);
    CHECK_STATUS(go_online(&world), CSC_OK);
    check_used(&world);
    csc_engine_close(world.engine);
    world.engine = NULL;
    sim_sleep(world.sim, SIM_MS);        /* detached ones that have told that they are done, and only return */
    CHECK_INT(sim_threads(world.sim), 0);
    end_world(&world);
}

/* A fill is killed anywhere; then files that it had placed are deleted on the server.  again: the fill is repeated before,
 * and nothing else runs in between. */
static void kill_fill_then_delete(uint64_t seed, int again)
{
    struct world world;
    unsigned nth = 0;
    int crashed = 1;

    while (crashed && !test_failures)
    {
        struct sim_config config = { .seed = seed + ++nth, .preempt = 100 };

        make_world(&world, &config);
        CHECK_STATUS(set_up(&world), CSC_OK);
        CHECK_STATUS(sim_run_op(world.engine, CSC_OP_DELETE, 0, 1, SHARE), CSC_OK);
        sim_sleep(world.sim, 5 * SIM_S);
        sim_crash_at(world.sim, nth, SIM_KILL);
        sim_run_op(world.engine, CSC_OP_PIN, PIN_ALL, 1, SHARE);
        csc_engine_close(world.engine);
        world.engine = NULL;
        crashed = sim_crashed(world.sim);
        sim_restart(world.sim);
        if (CHECK_STATUS(open_engine(&world), CSC_OK))
        {
            if (again) CHECK_STATUS(sim_run_op(world.engine, CSC_OP_PIN, PIN_ALL, 1, SHARE), CSC_OK);
            CHECK_STATUS(sim_remove(world.sim, ORIGIN "/a"), CSC_OK);
            CHECK_STATUS(sim_remove(world.sim, ORIGIN "/d/c"), CSC_OK);
            CHECK_STATUS(sync_share(&world), CSC_OK);
            CHECK_STRING(content(&world, ORIGIN "/a"), "(none)");
            CHECK_STRING(content(&world, ORIGIN "/b"), "two");
            CHECK_STRING(content(&world, ORIGIN "/d/c"), "(none)");
            CHECK_STRING(content(&world, TREE "/a"), "(none)");
            CHECK_STRING(content(&world, TREE "/d/c"), "(none)");
        }
        if (test_failures) printf("  seed %llu, killed at change %u, again %d\n", (unsigned long long)seed, nth, again);
        end_world(&world);
    }
    CHECK(nth > 10);
}

/* They were taken for new ones of a user, and came back. */
static void test_killed_fill_brings_no_deleted_file_back(void)
{
    uint64_t seed;

    for (seed = 30000; seed < 34000; seed += 1000)
    {
        kill_fill_then_delete(seed, 0);
        kill_fill_then_delete(seed, 1);
    }
}

/* Cut anywhere, the same edits are on both sides after the next synchronization. */
static void crash_everywhere(enum sim_crash kind, const struct sim_config *base)
{
    struct world world;
    unsigned nth = 0;
    int crashed = 1;

    while (crashed && !test_failures)
    {
        struct sim_config config = *base;

        config.seed = base->seed + ++nth;
        make_world(&world, &config);
        CHECK_STATUS(set_up_edited(&world), CSC_OK);
        sim_crash_at(world.sim, nth, kind);
        go_online(&world);
        csc_engine_close(world.engine);
        world.engine = NULL;
        crashed = sim_crashed(world.sim);
        sim_restart(world.sim);
        if (CHECK_STATUS(open_engine(&world), CSC_OK))
        {
            csc_status online = go_online(&world), status = sync_share(&world);

            CHECK_STATUS(online, CSC_OK);
            CHECK_STATUS(status, CSC_OK);
            check_used(&world);
        }
        if (test_failures)
        {
            printf("  %s at change %u\n", kind == SIM_KILL ? "killed" : "power loss", nth);
            sim_print_tree(world.sim, ORIGIN, stdout);
            sim_print_tree(world.sim, TREE, stdout);
        }
        end_world(&world);
    }
    CHECK(nth > 20);
}

static void test_killed_everywhere(void)
{
    struct sim_config config = { .seed = 1000, .preempt = 100 };

    crash_everywhere(SIM_KILL, &config);
}

static void test_power_lost_everywhere(void)
{
    struct sim_config config = { .seed = 2000, .preempt = 100 };

    crash_everywhere(SIM_POWER_LOSS, &config);
    config.seed = 3000;
    config.disk.flush_file_only = 1;
    crash_everywhere(SIM_POWER_LOSS, &config);
}

/* A power loss in or after a synchronization in which calls take so long that the store commits meanwhile.  The share
 * is offline before and goes online, or is online.  Then all is as on the server, which changed alone. */
static void lose_power(uint64_t seed, int offline, void (*edit)(struct world *world), void (*check)(struct world *world))
{
    struct world world;
    unsigned nth = 0, i;
    int crashed = 1;
    char path[64];

    while (crashed && !test_failures)
    {
        struct sim_config config = { .seed = seed + ++nth, .preempt = 50, .call_cost = 36 * SIM_MS };

        make_world(&world, &config);
        for (i = 0; i < 6; i++)
        {
            snprintf(path, sizeof(path), ORIGIN "/f%u", i);
            put(&world, path, "old");
        }
        CHECK_STATUS(set_up(&world), CSC_OK);
        sim_sleep(world.sim, 40 * SIM_S);
        if (offline) CHECK_STATUS(go_offline(&world), CSC_OK);
        sim_sleep(world.sim, 3 * SIM_S);
        edit(&world);
        sim_sleep(world.sim, 3 * SIM_S);
        sim_crash_at(world.sim, nth, SIM_POWER_LOSS);
        if (offline) go_online(&world);
        else sync_share(&world);
        crashed = sim_crashed(world.sim);
        sim_crash(world.sim, SIM_POWER_LOSS);
        csc_engine_close(world.engine);
        world.engine = NULL;
        sim_restart(world.sim);
        if (CHECK_STATUS(open_engine(&world), CSC_OK))
        {
            CHECK_STATUS(go_online(&world), CSC_OK);
            CHECK_STATUS(sync_share(&world), CSC_OK);
            check(&world);
        }
        if (test_failures) printf("  seed %llu, offline %d, change %u\n", (unsigned long long)seed, offline, nth);
        end_world(&world);
    }
}

static void edit_files(struct world *world)
{
    char path[64], text[64];
    unsigned i;

    for (i = 0; i < 9; i++)
    {
        snprintf(path, sizeof(path), ORIGIN "/f%u", i);
        snprintf(text, sizeof(text), "newer version %u", i);
        put(world, path, text);
    }
}

static void check_edited(struct world *world)
{
    char path[256], text[64];
    unsigned i;

    for (i = 0; i < 9; i++)
    {
        snprintf(text, sizeof(text), "newer version %u", i);
        snprintf(path, sizeof(path), ORIGIN "/f%u", i);
        CHECK_STRING(content(world, path), text);
        snprintf(path, sizeof(path), TREE "/f%u", i);
        CHECK_STRING(content(world, path), text);
    }
}

static void remove_files(struct world *world)
{
    char path[64];
    unsigned i;

    for (i = 0; i < 4; i++)
    {
        snprintf(path, sizeof(path), ORIGIN "/f%u", i);
        CHECK_STATUS(sim_remove(world->sim, path), CSC_OK);
    }
}

static void check_removed(struct world *world)
{
    char path[256];
    unsigned i;

    for (i = 0; i < 6; i++)
    {
        snprintf(path, sizeof(path), ORIGIN "/f%u", i);
        CHECK_STRING(content(world, path), i < 4 ? "(none)" : "old");
        snprintf(path, sizeof(path), TREE "/f%u", i);
        CHECK_STRING(content(world, path), i < 4 ? "(none)" : "old");
    }
}

/* The cached version of before the power loss went over the server's newer one. */
static void test_power_loss_brings_no_old_version_back(void)
{
    lose_power(4000, 1, edit_files, check_edited);
    lose_power(5000, 1, edit_files, check_edited);
}

/* A file half of which had arrived was taken for a user's change. */
static void test_power_loss_makes_no_conflict(void)
{
    lose_power(6000, 0, edit_files, check_edited);
    lose_power(7000, 0, edit_files, check_edited);
}

/* A file that was deleted on the server came back from the cache. */
static void test_power_loss_brings_no_deleted_file_back(void)
{
    uint64_t seed;

    for (seed = 8000; seed < 16000; seed += 1000) lose_power(seed, 0, remove_files, check_removed);
    for (seed = 16000; seed < 20000; seed += 1000) lose_power(seed, 1, remove_files, check_removed);
}

/* As a program flushes what it saved. */
static void flush_cache(struct world *world)
{
    struct csc_fs *fs = world->engine->fs;
    struct csc_dir *dir;

    if (!CHECK_STATUS(fs->open_root(fs, TREE, &dir), CSC_OK)) return;
    CHECK_STATUS(fs->sync_all(fs, dir), CSC_OK);
    fs->close_dir(fs, dir);
}

static int is_whole_or_gone(struct world *world, const char *path, const char *whole)
{
    const char *there = content(world, path);

    return !strcmp(there, whole) || !strcmp(there, "(none)");
}

/* A world whose share went offline while the flush of what it just downloaded hung. */
static void go_offline_unflushed(struct world *world, uint64_t seed)
{
    struct sim_config config = { .seed = seed, .preempt = 100 };
    struct sim_rule hang = { .calls = SIM_BIT(SIM_SYNC_ALL), .fault = SIM_FAULT_HANG, .times = 1 };

    make_world(world, &config);
    CHECK_STATUS(set_up(world), CSC_OK);
    sim_add_rule(world->sim, &hang);
    CHECK_STATUS(go_offline(world), CSC_OK);
}

/* Everything is healthy again when the machine starts. */
static void restart_without_power(struct world *world)
{
    sim_crash(world->sim, SIM_POWER_LOSS);
    csc_engine_close(world->engine);
    world->engine = NULL;
    sim_clear_rules(world->sim);
    sim_restart(world->sim);
}

/* A share goes offline while the flush of what it just downloaded hangs, and the power goes: half files are nobody's change,
 * and nobody reads them while the server is away; but what somebody changed and flushed stays. */
static void test_power_loss_while_the_flush_hangs(void)
{
    uint64_t seed;

    for (seed = 21000; seed < 21040 && !test_failures; seed++)
    {
        struct world world;

        go_offline_unflushed(&world, seed);
        if (seed & 1) put(&world, THROUGH "/new", "new");
        if (seed & 2)
        {
            put(&world, THROUGH "/b", "edited");
            flush_cache(&world);
        }
        restart_without_power(&world);
        if (CHECK_STATUS(open_engine(&world), CSC_OK))
        {
            CHECK(is_whole_or_gone(&world, TREE "/a", "one"));
            CHECK(is_whole_or_gone(&world, TREE "/d/c", "three"));
            if (seed & 2) CHECK_STRING(content(&world, TREE "/b"), "edited");
            else CHECK(is_whole_or_gone(&world, TREE "/b", "two"));
            go_online(&world);
            sync_share(&world);
            CHECK_STRING(content(&world, ORIGIN "/a"), "one");
            CHECK_STRING(content(&world, TREE "/a"), "one");
            if (seed & 2) CHECK_STRING(content(&world, TREE "/b"), "edited");
            else CHECK_STRING(content(&world, ORIGIN "/b"), "two");
            CHECK_STRING(content(&world, ORIGIN "/d/c"), "three");
        }
        if (test_failures) printf("  seed %llu\n", (unsigned long long)seed);
        end_world(&world);
    }
}

/* As above, and a program wrote over a file and flushed its data only: its times tell nothing. */
static void test_power_loss_after_data_alone_was_flushed(void)
{
    uint64_t seed;

    for (seed = 22000; seed < 22010 && !test_failures; seed++)
    {
        struct world world;

        go_offline_unflushed(&world, seed);
        CHECK_STATUS(sim_overwrite(world.sim, TREE "/b", "TWO", 3), CSC_OK);
        flush_cache(&world);
        restart_without_power(&world);
        if (CHECK_STATUS(open_engine(&world), CSC_OK))
        {
            CHECK_STRING(content(&world, TREE "/b"), "TWO");
            CHECK_STRING(content(&world, TREE "/a"), "one");
            if (seed & 1) put(&world, ORIGIN "/b", "2");
            go_online(&world);
            sync_share(&world);
            CHECK_STRING(content(&world, TREE "/b"), "TWO");
            CHECK_STRING(content(&world, ORIGIN "/b"), seed & 1 ? "2" : "TWO");
            CHECK_STRING(content(&world, TREE "/a"), "one");
            CHECK_STRING(content(&world, ORIGIN "/a"), "one");
            CHECK_INT(count_conflicts(world.engine, 0), seed & 1);
        }
        if (test_failures) printf("  seed %llu\n", (unsigned long long)seed);
        end_world(&world);
    }
}

struct kept { size_t count, size; char text[64]; };

static void find_kept(void *context, const struct sim_entry *entry)
{
    struct kept *kept = context;

    if (!strstr(entry->path, " (kept ")) return;
    kept->count++;
    kept->size = entry->size < sizeof(kept->text) ? entry->size : sizeof(kept->text);
    memcpy(kept->text, entry->data, kept->size);
}

/* Exactly one copy that shows on a side, with this content; NULL: none. */
static void check_copies(struct world *world, const char *root, const char *text, size_t size)
{
    struct kept kept = { 0 };

    sim_walk(world->sim, root, find_kept, &kept);
    CHECK_INT(kept.count, text != NULL);
    if (text) CHECK(kept.size == size && !memcmp(kept.text, text, size));
}

/* As above with a zero in it: nothing but the server's version tells it from the damage of a power loss, and what is not
 * damage stays, whatever became of the server's. */
static void test_power_loss_after_data_with_zeros_was_flushed(void)
{
    static const char zeros[] = { 'T', 0, 'O' };
    uint64_t seed;

    for (seed = 23000; seed < 23012 && !test_failures; seed++)
    {
        struct world world;
        int what = seed % 6;

        go_offline_unflushed(&world, seed);
        CHECK_STATUS(sim_overwrite(world.sim, TREE "/b", zeros, 3), CSC_OK);
        flush_cache(&world);
        restart_without_power(&world);
        if (CHECK_STATUS(open_engine(&world), CSC_OK))
        {
            CHECK_STRING(content(&world, TREE "/b"), "(none)");
            CHECK_STRING(content(&world, TREE "/a"), "one");
            if (what == 1) put(&world, ORIGIN "/b", "other");
            if (what == 2) CHECK_STATUS(sim_remove(world.sim, ORIGIN "/b"), CSC_OK);
            if (what == 3)
            {
                CHECK_STATUS(csc_unmap(world.engine, SHARE, 0), CSC_E_BUSY);
                CHECK_STATUS(sim_run_op(world.engine, CSC_OP_DELETE, 0, 1, SHARE "\\b"), CSC_E_BUSY);
            }
            if (what == 4) restart_without_power(&world);
            if (what == 4) CHECK_STATUS(open_engine(&world), CSC_OK);
            if (what == 5)
            {
                CHECK_STATUS(csc_rename_now(world.engine, SHARE, "\\\\new\\docs"), CSC_OK);
                CHECK_STATUS(sim_run_op(world.engine, CSC_OP_ONLINE, 0, 1, "\\\\new\\docs"), CSC_OK);
                CHECK_STATUS(csc_rename_now(world.engine, "\\\\new\\docs", SHARE), CSC_OK);
            }
            go_online(&world);
            sync_share(&world);
            sync_share(&world);
            CHECK_STRING(content(&world, TREE "/b"), what == 1 ? "other" : what == 2 ? "(none)" : "two");
            CHECK_STRING(content(&world, ORIGIN "/b"), what == 1 ? "other" : what == 2 ? "(none)" : "two");
            check_copies(&world, TREE, zeros, 3);
            check_copies(&world, ORIGIN, zeros, 3);
            CHECK_INT(count_conflicts(world.engine, 0), 0);
        }
        if (test_failures) printf("  seed %llu\n", (unsigned long long)seed);
        end_world(&world);
    }
}

static void count_aside(void *context, const struct sim_entry *entry)
{
    *(int *)context += *entry->path == 'z';
}

static int is_aside(struct world *world)
{
    int count = 0;

    sim_walk(world->sim, "/c/windows/CSC/v2.0.6/temp", count_aside, &count);
    return count;
}

/* ... until somebody gives changes up. */
static void test_giving_up_what_is_kept_aside(void)
{
    static const char zeros[] = { 'T', 0, 'O' };
    uint64_t seed;

    for (seed = 25000; seed < 25002; seed++)
    {
        struct world world;

        go_offline_unflushed(&world, seed);
        CHECK_STATUS(sim_overwrite(world.sim, TREE "/b", zeros, 3), CSC_OK);
        flush_cache(&world);
        restart_without_power(&world);
        if (CHECK_STATUS(open_engine(&world), CSC_OK))
        {
            CHECK_INT(is_aside(&world), 1);
            if (seed & 1) CHECK_STATUS(csc_unmap(world.engine, SHARE, CSC_UNMAP_DISCARD_CHANGES), CSC_OK);
            else
            {
                CHECK_STATUS(sim_run_op(world.engine, CSC_OP_DELETE, OFFLINEFILES_DELETE_FLAG_DELMODIFIED, 1, SHARE "\\b"), CSC_OK);
                go_online(&world);
                sync_share(&world);
                check_copies(&world, TREE, NULL, 0);
                check_copies(&world, ORIGIN, NULL, 0);
            }
            CHECK_INT(is_aside(&world), 0);
        }
        end_world(&world);
    }
}

/* What is damage goes: whole blocks of zeros, and a missing end; a part of a block is not. */
static void test_damage_makes_no_copy(void)
{
    static char whole[20000], now[20000];
    uint64_t seed;

    memset(whole, 'w', sizeof(whole));
    for (seed = 24000; seed < 24006 && !test_failures; seed++)
    {
        struct sim_config config = { .seed = seed, .preempt = 100 };
        struct sim_rule hang = { .calls = SIM_BIT(SIM_SYNC_ALL), .fault = SIM_FAULT_HANG, .times = 1 };
        int is_change = seed % 3 == 2;
        struct world world;
        struct csc_stat stat;

        make_world(&world, &config);
        CHECK_STATUS(sim_write(world.sim, ORIGIN "/large", whole, sizeof(whole)), CSC_OK);
        CHECK_STATUS(set_up(&world), CSC_OK);
        sim_add_rule(world.sim, &hang);
        CHECK_STATUS(go_offline(&world), CSC_OK);
        memcpy(now, whole, sizeof(now));
        if (seed % 3) memset(now + 4096, 0, 8192 + is_change);
        else memset(now + 12288, 0, sizeof(now) - 12288);
        CHECK_STATUS(sim_overwrite(world.sim, TREE "/large", now, sizeof(now)), CSC_OK);
        flush_cache(&world);
        restart_without_power(&world);
        if (CHECK_STATUS(open_engine(&world), CSC_OK))
        {
            CHECK_STATUS(sim_stat(world.sim, TREE "/large", &stat), CSC_E_NOT_FOUND);
            go_online(&world);
            sync_share(&world);
            if (CHECK_STATUS(sim_stat(world.sim, TREE "/large", &stat), CSC_OK)) CHECK_INT(stat.size, sizeof(whole));
            if (!is_change) check_copies(&world, TREE, NULL, 0);
            else
            {
                struct kept kept = { 0 };

                sim_walk(world.sim, ORIGIN, find_kept, &kept);
                CHECK_INT(kept.count, 1);
            }
        }
        if (test_failures) printf("  seed %llu\n", (unsigned long long)seed);
        end_world(&world);
    }
}

/* -- faults -- */

/* For a rule. */
static void edit_b(struct sim *sim, void *context)
{
    sim_write(sim, ORIGIN "/b", context, strlen(context));
}

/* A fault in the middle fails an item, not the rest; a foreign edit in the middle is seen. */
static void test_faults(void)
{
    struct sim_config config = { .seed = 3, .preempt = 100 };
    struct sim_rule full = { .calls = SIM_BIT(SIM_CREATE_FILE) | SIM_BIT(SIM_COPY) | SIM_BIT(SIM_WRITE), .times = 1,
                             .fault = SIM_FAULT_ERROR, .status = CSC_E_ACCESS_DENIED };
    struct sim_rule edit = { .calls = SIM_BIT(SIM_COPY), .times = 1, .fault = SIM_FAULT_ACT, .act = edit_b,
                             .context = "edited meanwhile" };
    struct world world;
    int number;

    make_world(&world, &config);
    CHECK_STATUS(set_up(&world), CSC_OK);
    put(&world, ORIGIN "/a", "first");
    put(&world, ORIGIN "/b", "second");
    full.volume = world.origin;
    number = sim_add_rule(world.sim, &full);
    CHECK_STATUS(sync_share(&world), CSC_E_MORE_DATA);
    CHECK_INT(sim_rule_hits(world.sim, number), 1);
    CHECK(!strcmp(content(&world, TREE "/a"), "first") + !strcmp(content(&world, TREE "/b"), "second") == 1);
    sim_clear_rules(world.sim);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_STRING(content(&world, TREE "/a"), "first");
    CHECK_STRING(content(&world, TREE "/b"), "second");

    sim_sleep(world.sim, SIM_S);
    put(&world, ORIGIN "/a", "once more");
    edit.volume = world.origin;
    sim_add_rule(world.sim, &edit);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_STRING(content(&world, TREE "/b"), "edited meanwhile");
    end_world(&world);
}

/* A call that hangs takes the share offline in time, and nothing is left when it comes back. */
static void test_hung_calls(void)
{
    struct sim_config config = { .seed = 4, .preempt = 100 };
    struct sim_rule hang = { .calls = SIM_BIT(SIM_COPY), .times = 1, .fault = SIM_FAULT_HANG, .status = CSC_E_IO };
    struct world world;
    int64_t before;

    make_world(&world, &config);
    CHECK_STATUS(set_up(&world), CSC_OK);
    put(&world, ORIGIN "/a", "other");
    hang.volume = world.origin;
    sim_add_rule(world.sim, &hang);
    before = sim_monotonic(world.sim);
    CHECK_STATUS(sync_share(&world), CSC_E_TIMEOUT);
    CHECK(sim_monotonic(world.sim) - before < 6 * SIM_S);
    CHECK(sim_wait_state(world.sim, world.engine, SHARE, OFFLINEFILES_CONNECT_STATE_OFFLINE, SIM_S));
    csc_engine_close(world.engine);
    CHECK(sim_threads(world.sim) > 0);
    sim_release(world.sim);
    sim_sleep(world.sim, SIM_S);
    CHECK_INT(sim_threads(world.sim), 0);
    sim_clear_rules(world.sim);
    sim_restart(world.sim);
    CHECK_STATUS(open_engine(&world), CSC_OK);
    CHECK(sim_wait_state(world.sim, world.engine, SHARE, OFFLINEFILES_CONNECT_STATE_ONLINE, 60 * SIM_S));
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_STRING(content(&world, TREE "/a"), "other");
    end_world(&world);
}

/* A server that is away, hangs or shows an empty directory: offline in time, nothing deleted, back by itself. */
static void test_server_away(void)
{
    static const enum sim_presence ways[] = { SIM_UNMOUNTED, SIM_EMPTIED, SIM_GONE, SIM_HUNG };
    size_t i;

    for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
    {
        struct sim_config config = { .seed = 10 + i, .preempt = 100 };
        struct world world;

        make_world(&world, &config);
        CHECK_STATUS(set_up(&world), CSC_OK);
        sim_set_presence(world.sim, world.origin, ways[i]);
        if (ways[i] != SIM_EMPTIED)
            CHECK(sim_wait_state(world.sim, world.engine, SHARE, OFFLINEFILES_CONNECT_STATE_OFFLINE, 10 * SIM_S));
        CHECK(csc_failed(sync_share(&world)));
        CHECK_STRING(content(&world, TREE "/a"), "one");
        CHECK_STRING(content(&world, TREE "/d/c"), "three");
        sim_set_presence(world.sim, world.origin, SIM_PRESENT);
        CHECK(sim_wait_state(world.sim, world.engine, SHARE, OFFLINEFILES_CONNECT_STATE_ONLINE, 120 * SIM_S));
        CHECK_STATUS(sync_share(&world), CSC_OK);
        CHECK_STRING(content(&world, ORIGIN "/a"), "one");
        CHECK_STRING(content(&world, TREE "/d/c"), "three");
        end_world(&world);
    }
}

/* -- somebody's edit in the middle of a synchronization, before each of its calls -- */

enum edit { EDIT_WRITE, EDIT_SAVE, EDIT_REMOVE, EDIT_APPEND, EDITS };
static const char *const edit_names[] = { "writes", "saves", "removes", "appends to" };

struct meanwhile
{
    enum edit edit;
    const char *path;
    int done;                /* it took place */
    char content[32];        /* what the file held then */
};

static void edit_meanwhile(struct sim *sim, void *context)
{
    struct meanwhile *edit = context;
    csc_status status = CSC_E_FAIL;
    void *data;
    size_t size;

    if (!csc_failed(sim_read(sim, edit->path, &data, &size)))
    {
        snprintf(edit->content, sizeof(edit->content), "%s", (char *)data);
        free(data);
    }
    switch (edit->edit)
    {
    case EDIT_WRITE: status = sim_write(sim, edit->path, "meanwhile", 9); break;
    case EDIT_SAVE: status = sim_save(sim, edit->path, "meanwhile", 9); break;
    case EDIT_REMOVE: status = sim_remove(sim, edit->path); break;
    default: status = sim_append(sim, edit->path, "meanwhile", 9); break;
    }
    edit->done = !csc_failed(status);
}

struct search
{
    const char *content;
    int found;
};

static void look_for(void *context, const struct sim_entry *entry)
{
    struct search *search = context;
    size_t length = strlen(search->content);

    if (entry->stat.type != CSC_TYPE_FILE || entry->size < length) return;
    if (!memcmp((const char *)entry->data + entry->size - length, search->content, length)) search->found = 1;
}

/* Whether some file on either side holds it (at its end). */
static int is_somewhere(struct world *world, const char *text)
{
    struct search search = { .content = text };

    sim_walk(world->sim, ORIGIN, look_for, &search);
    sim_walk(world->sim, TREE, look_for, &search);
    return search.found;
}

/* What was written to the file of a name is somewhere, or the edit was made to the very file that held it. */
static void check_one(struct world *world, const struct meanwhile *edit, const char *name, const char *text)
{
    int same_name = !strcmp(strrchr(edit->path, '/') + 1, name);

    if (edit->done && same_name && !strcmp(edit->content, text)) return;
    if (!is_somewhere(world, text)) FAIL("'%s' is lost", text);
}

static void check_kept(struct world *world, const struct meanwhile *edit)
{
    check_one(world, edit, "a", "one more");
    check_one(world, edit, "b", "two more");
    check_one(world, edit, "new", "new");
    if (edit->done && edit->edit != EDIT_REMOVE && !is_somewhere(world, "meanwhile")) FAIL("what was written meanwhile is lost");
}

/* 0: the synchronization had no such call. */
static int edit_before_call(unsigned variant, unsigned nth, enum edit kind, const char *path)
{
    struct sim_volume_config server = { .no_exchange = !!(variant & 2), .granularity = variant & 4 ? 2 * SIM_S : SIM_MS,
                                        .untrusted_ctime = !!(variant & 4), .reuse_inodes = !!(variant & 8) };
    struct sim_config config = { .seed = nth, .preempt = variant & 1 ? 300 : 0,
                                 .disk = { .no_exchange = !!(variant & 2), .granularity = variant & 8 ? 10 * SIM_MS : 1,
                                           .told_granularity = 20 * SIM_MS, .reuse_inodes = !!(variant & 8) } };
    struct meanwhile edit = { .edit = kind, .path = path };
    struct sim_rule rule = { .skip = nth - 1, .times = 1, .fault = SIM_FAULT_ACT, .act = edit_meanwhile, .context = &edit };
    struct world world;
    int number, hits;

    make_world_with(&world, &config, &server);
    CHECK_STATUS(set_up_edited(&world), CSC_OK);
    number = sim_add_rule(world.sim, &rule);
    if (variant & 16) go_online(&world);
    else sync_share(&world);
    hits = (int)sim_rule_hits(world.sim, number);
    sim_clear_rules(world.sim);
    sim_sleep(world.sim, 5 * SIM_S);
    /* whether it is a conflict now or not */
    sync_share(&world);
    sim_sleep(world.sim, 5 * SIM_S);
    sync_share(&world);
    check_kept(&world, &edit);
    if (test_failures) printf("  variant %u: somebody %s %s before call %u\n", variant, edit_names[kind], path, nth);
    end_world(&world);
    return hits;
}

/* Part of many cases: whether this one's turn is now. */
static int is_chosen(unsigned number, unsigned of)
{
#if defined(__SANITIZE_ADDRESS__)
    of *= 4;
#endif
    return getenv("CSC_TEST_ALL") || number % of == 0;
}

/* What anybody writes at any moment of a synchronization is somewhere afterwards. */
static void test_edits_meanwhile(void)
{
    static const char *const paths[] = { ORIGIN "/a", ORIGIN "/b", ORIGIN "/new", ORIGIN "/d/c", TREE "/a", TREE "/b",
                                         TREE "/new", TREE "/d/c" };
    unsigned variant, nth, kind, p, number = 0;

    for (variant = 0; variant < 32; variant++)
        for (kind = 0; kind < EDITS; kind++)
            for (p = 0; p < sizeof(paths) / sizeof(paths[0]); p++)
                for (nth = 1; nth < 250 && !test_failures; nth++)
                    if (is_chosen(++number, 331) && !edit_before_call(variant, nth, kind, paths[p])) break;
}

/* -- a fault in each call of a synchronization -- */

struct kind_of_fault
{
    const char *name;
    enum sim_fault fault;
    csc_status status;
};

static const struct kind_of_fault fault_kinds[] =
{
    { "error", SIM_FAULT_ERROR, CSC_E_IO },
    { "access denied", SIM_FAULT_ERROR, CSC_E_ACCESS_DENIED },
    { "disk full", SIM_FAULT_ERROR, CSC_E_DISK_FULL },
    { "not connected", SIM_FAULT_ERROR, CSC_E_BAD_NETPATH },
    { "lost reply", SIM_FAULT_LATE, CSC_E_NET_IO },
    { "part", SIM_FAULT_PART, CSC_E_NET_IO },
    { "hang, then error", SIM_FAULT_HANG, CSC_E_NET_IO },
    { "hang, then goes on", SIM_FAULT_HANG, CSC_OK },
};
#define FAULT_KINDS (sizeof(fault_kinds) / sizeof(fault_kinds[0]))

/* 0: there was no such call. */
static int fault_in_call(unsigned variant, unsigned nth, const struct kind_of_fault *kind)
{
    struct sim_volume_config server = { .granularity = SIM_MS, .no_exchange = !!(variant & 1) };
    struct sim_config config = { .seed = nth, .preempt = 100, .disk = { .no_exchange = !!(variant & 1) } };
    struct sim_rule rule = { .skip = nth - 1, .times = 1, .fault = kind->fault, .status = kind->status };
    csc_status status = CSC_E_FAIL;
    struct world world;
    int number, hits, tries;

    make_world_with(&world, &config, &server);
    CHECK_STATUS(set_up_edited(&world), CSC_OK);
    rule.volume = world.origin;
    number = sim_add_rule(world.sim, &rule);
    if (variant & 2) go_online(&world);
    else sync_share(&world);
    sim_sleep(world.sim, 2 * SIM_S);
    hits = (int)sim_rule_hits(world.sim, number);
    sim_clear_rules(world.sim);
    sim_release(world.sim);
    for (tries = 0; tries < 4 && status; tries++)
    {
        sim_sleep(world.sim, 60 * SIM_S);
        status = sync_share(&world);
    }
    CHECK_STATUS(status, CSC_OK);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    check_used(&world);
    if (test_failures) printf("  variant %u: %s in call %u\n", variant, kind->name, nth);
    end_world(&world);
    return hits;
}

/* Whatever call on the server fails or hangs, once all works again the edits are on both sides, without a conflict. */
static void test_fault_in_each_call(void)
{
    unsigned variant, k, nth, number = 0;

    for (variant = 0; variant < 4; variant++)
        for (k = 0; k < FAULT_KINDS; k++)
            for (nth = 1; nth < 250 && !test_failures; nth++)
                if (is_chosen(++number, 23) && !fault_in_call(variant, nth, &fault_kinds[k])) break;
}

/* -- several clients at once, a server that comes and goes -- */

#define CLIENTS     4
#define CLIENT_JOBS 12

struct client
{
    struct world *world;
    uint64_t random;
    int ended;
};

static unsigned client_pick(struct client *client, unsigned limit)
{
    client->random = client->random * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(client->random >> 33) % limit;
}

/* Starts an operation, pulls a few times, cancels it. */
static void run_and_cancel(struct client *client, enum csc_op_kind kind, uint32_t flags)
{
    const char *path = SHARE;
    struct csc_op_request request = { .kind = kind, .flags = flags, .deep = 1, .paths = &path, .count = 1 };
    struct csc_wire_totals totals = { 0 };
    struct csc_buffer events = { 0 };
    unsigned pulls = client_pick(client, 4);
    struct csc_op *op;

    if (csc_failed(csc_op_start(client->world->engine, &request, &op))) return;
    while (pulls-- && !totals.ended)
    {
        events.size = 0;
        csc_op_pull(op, client_pick(client, 300), NULL, 0, &totals, &events);
    }
    csc_op_cancel(op);
    csc_op_close(op);
    csc_buffer_free(&events);
}

static void look_around(struct client *client)
{
    struct csc_engine *engine = client->world->engine;
    struct csc_buffer records = { 0 };
    uint64_t space[5];
    struct csc_enum *snapshot;

    csc_find(engine, SHARE "\\a", 0, &records);
    records.size = 0;
    csc_shares(engine, &records);
    csc_disk_space(engine, &space[0], &space[1], &space[2], &space[3], &space[4]);
    if (!csc_failed(csc_enum_open(engine, SHARE, 0, 0, &snapshot)))
    {
        do records.size = 0;
        while (csc_enum_next(snapshot, 1000, &records) == CSC_OK);
        csc_enum_close(snapshot);
    }
    csc_buffer_free(&records);
}

static void client_main(void *context)
{
    static const char *const edited[] = { THROUGH "/a", THROUGH "/new", THROUGH "/d/c", ORIGIN "/b", ORIGIN "/d/x" };
    struct client *client = context;
    struct world *world = client->world;
    int job, prevented;
    int64_t start;

    for (job = 0; job < CLIENT_JOBS; job++)
    {
        start = sim_monotonic(world->sim);
        switch (client_pick(client, 9))
        {
        case 0: case 1: sync_share(world); break;
        case 2: go_online(world); break;
        case 3: csc_go_offline(world->engine, SHARE, 1, &prevented); break;
        case 4: sim_run_op(world->engine, CSC_OP_PIN, PIN_ALL, 1, SHARE "\\d"); break;
        case 5: run_and_cancel(client, CSC_OP_SYNC, SYNC_BOTH); break;
        case 6: run_and_cancel(client, CSC_OP_ONLINE, 0); break;
        case 7:
            look_around(client);
            if (sim_monotonic(world->sim) - start > SIM_S) FAIL("looking around took %lld ms",
                                                               (long long)((sim_monotonic(world->sim) - start) / SIM_MS));
            break;
        default: sim_write(world->sim, edited[client_pick(client, 5)], "edited", 6); break;
        }
        start = sim_monotonic(world->sim) - start;
        if (start > 120 * SIM_S) FAIL("a call took %lld s", (long long)(start / SIM_S));
        sim_sleep(world->sim, client_pick(client, 2000) * SIM_MS);
    }
    client->ended = 1;
}

static void weather_main(void *context)
{
    struct client *client = context;
    struct world *world = client->world;
    int i;

    for (i = 0; i < 10; i++)
    {
        sim_sleep(world->sim, client_pick(client, 8000) * SIM_MS);
        sim_set_presence(world->sim, world->origin, client_pick(client, 2) ? SIM_PRESENT : client_pick(client, SIM_HUNG + 1));
    }
    sim_set_presence(world->sim, world->origin, SIM_PRESENT);
}

static void run_clients(uint64_t seed)
{
    struct sim_config config = { .seed = seed, .preempt = 50 + seed % 4 * 200, .call_cost = seed % 3 ? 0 : 5 * SIM_MS };
    struct sim_thread *threads[CLIENTS], *weather;
    struct client clients[CLIENTS + 1];
    struct world world;
    csc_status status = CSC_OK;
    unsigned i;

    make_world(&world, &config);
    CHECK_STATUS(set_up(&world), CSC_OK);
    for (i = 0; i <= CLIENTS; i++) clients[i] = (struct client){ .world = &world, .random = seed * 31 + i };
    weather = sim_spawn(world.sim, "weather", weather_main, &clients[CLIENTS]);
    for (i = 0; i < CLIENTS; i++) threads[i] = sim_spawn(world.sim, "client", client_main, &clients[i]);
    for (i = 0; i < CLIENTS; i++) sim_join(world.sim, threads[i]);
    sim_join(world.sim, weather);
    sim_sleep(world.sim, 120 * SIM_S);
    status = go_online(&world);
    CHECK_STATUS(status, CSC_OK);
    status = sync_share(&world);
    if (status != CSC_OK && status != CSC_E_MORE_DATA) CHECK_STATUS(status, CSC_OK);
    csc_engine_close(world.engine);
    world.engine = NULL;
    sim_sleep(world.sim, SIM_MS);        /* threads that let go of everything may not have returned yet */
    CHECK_INT(sim_threads(world.sim), 0);
    if (test_failures) printf("  seed %llu\n", (unsigned long long)seed);
    end_world(&world);
}


/* -- a server that goes away at some call -- */

struct going
{
    struct world *world;
    enum sim_presence presence;
};

static void go_away(struct sim *sim, void *context)
{
    struct going *going = context;

    sim_set_presence(sim, going->world->origin, going->presence);
}

/* empty: nothing is on the server, so that its empty mount point looks the same. */
static int away_at_call(enum sim_presence presence, unsigned nth, int empty)
{
    struct sim_config config = { .seed = nth, .preempt = 100 };
    struct world world;
    struct going going = { .world = &world, .presence = presence };
    struct sim_rule rule = { .skip = nth - 1, .times = 1, .fault = SIM_FAULT_ACT, .act = go_away, .context = &going };
    csc_status status = CSC_E_FAIL;
    int number, hits, tries;

    make_world(&world, &config);
    if (empty)
    {
        CHECK_STATUS(open_engine(&world), CSC_OK);
        CHECK_STATUS(csc_map(world.engine, SHARE, ORIGIN, 0), CSC_OK);
        CHECK_STATUS(go_offline(&world), CSC_OK);
        put(&world, THROUGH "/new", "new");
    }
    else CHECK_STATUS(set_up_edited(&world), CSC_OK);
    number = sim_add_rule(world.sim, &rule);
    sync_share(&world);
    hits = (int)sim_rule_hits(world.sim, number);
    sim_clear_rules(world.sim);
    sim_set_presence(world.sim, world.origin, SIM_PRESENT);
    for (tries = 0; tries < 4 && status; tries++)
    {
        sim_sleep(world.sim, 60 * SIM_S);
        status = sync_share(&world);
    }
    CHECK_STATUS(status, CSC_OK);
    if (empty)
    {
        CHECK_STRING(content(&world, ORIGIN "/new"), "new");
        CHECK_STRING(content(&world, TREE "/new"), "new");
    }
    else check_used(&world);
    if (test_failures) printf("  presence %d from call %u on\n", presence, nth);
    end_world(&world);
    return hits;
}

/* A file went into the empty directory of a mount point, was taken for sent, and then for deleted on the server. */
static void test_server_goes_at_any_call(void)
{
    enum sim_presence presence;
    unsigned nth;

    for (presence = SIM_UNMOUNTED; presence <= SIM_HUNG; presence++)
    {
        for (nth = 1; nth < 250 && !test_failures && away_at_call(presence, nth, 0); nth++) {}
        for (nth = 1; nth < 250 && !test_failures && away_at_call(presence, nth, 1); nth++) {}
    }
}

static void test_many_clients(void)
{
    uint64_t seed, runs = getenv("CSC_TEST_ALL") ? 5000 : 60;

    for (seed = 1; seed <= runs && !test_failures; seed++) run_clients(seed);
}

/* A file is deleted on the server and leaves the cache; then it is there again, made anew or put back as it was (some
 * servers' ctime does not tell that), and the power fails.  The row alone came back, said that the file was deleted in the
 * cache, and the next synchronization deleted what was put back. */
static void lose_power_after_deletion(uint64_t seed, int untrusted, int restore, unsigned nth)
{
    struct sim_config config = { .seed = seed, .preempt = 100 };
    struct sim_volume_config volume = { .granularity = SIM_MS, .untrusted_ctime = untrusted };
    const char *expected = restore ? "one" : "made again";
    struct world world;

    make_world_with(&world, &config, &volume);
    CHECK_STATUS(set_up(&world), CSC_OK);
    CHECK_STATUS(sim_make_dir(world.sim, ORIGIN "/trash"), CSC_OK);
    sim_sleep(world.sim, 120 * SIM_S);
    if (restore) CHECK_STATUS(sim_rename(world.sim, ORIGIN "/a", ORIGIN "/trash/a"), CSC_OK);
    else CHECK_STATUS(sim_remove(world.sim, ORIGIN "/a"), CSC_OK);
    if (nth) sim_crash_at(world.sim, nth, SIM_POWER_LOSS);
    sim_run_op(world.engine, CSC_OP_SYNC, SYNC_BOTH, 1, SHARE "\\a");
    sim_sleep(world.sim, (int64_t)(seed % 7) * SIM_S);
    if (restore) CHECK_STATUS(sim_rename(world.sim, ORIGIN "/trash/a", ORIGIN "/a"), CSC_OK);
    else put(&world, ORIGIN "/a", expected);
    if (!sim_crashed(world.sim)) sim_crash(world.sim, SIM_POWER_LOSS);
    csc_engine_close(world.engine);
    world.engine = NULL;
    sim_restart(world.sim);
    if (CHECK_STATUS(open_engine(&world), CSC_OK))
    {
        CHECK_STATUS(sync_share(&world), CSC_OK);
        CHECK_STRING(content(&world, ORIGIN "/a"), expected);
        CHECK_STRING(content(&world, TREE "/a"), expected);
        CHECK_INT(count_conflicts(world.engine, 0), 0);
    }
    if (test_failures)
        printf("  seed %llu, untrusted %d, restored %d, change %u\n", (unsigned long long)seed, untrusted, restore, nth);
    end_world(&world);
}

/* The same of a directory: offline, one of this name is made again, and was deleted; online, a file takes the name, and a conflict
 * with the directory was told, which recovery had made from the row. */
static void lose_power_after_directory(uint64_t seed, int offline, unsigned nth)
{
    struct sim_config config = { .seed = seed, .preempt = 100 };
    struct csc_stat stat;
    struct world world;

    make_world(&world, &config);
    CHECK_STATUS(sim_make_dir(world.sim, ORIGIN "/new"), CSC_OK);
    CHECK_STATUS(set_up(&world), CSC_OK);
    if (offline) CHECK_STATUS(go_offline(&world), CSC_OK);
    CHECK_STATUS(sim_remove_tree(world.sim, ORIGIN "/new"), CSC_OK);
    if (nth) sim_crash_at(world.sim, nth, SIM_POWER_LOSS);
    sim_run_op(world.engine, CSC_OP_SYNC, SYNC_BOTH, 1, SHARE "\\new");
    if (offline) CHECK_STATUS(sim_make_dir(world.sim, ORIGIN "/new"), CSC_OK);
    else put(&world, ORIGIN "/new", "a file now");
    if (!sim_crashed(world.sim)) sim_crash(world.sim, SIM_POWER_LOSS);
    csc_engine_close(world.engine);
    world.engine = NULL;
    sim_restart(world.sim);
    if (CHECK_STATUS(open_engine(&world), CSC_OK))
    {
        /* a crash before it was removed leaves a file against a directory */
        csc_status status = sync_share(&world);

        CHECK_STATUS(sim_lstat(world.sim, ORIGIN "/new", &stat), CSC_OK);
        CHECK_STATUS(sim_lstat(world.sim, TREE "/new", &stat), CSC_OK);
        if (!nth || offline)
        {
            CHECK_STATUS(status, CSC_OK);
            CHECK_INT(count_conflicts(world.engine, 0), 0);
        }
        if (!nth && !offline) CHECK_STRING(content(&world, TREE "/new"), "a file now");
    }
    if (test_failures) printf("  seed %llu, offline %d, change %u\n", (unsigned long long)seed, offline, nth);
    end_world(&world);
}

static void test_power_loss_after_a_deletion(void)
{
    unsigned nth, i;

    for (nth = 0; nth < 40 && !test_failures; nth++) lose_power_after_directory(41000 + nth, nth & 1, nth / 2);
    for (i = 0; i < 4; i++)
        for (nth = 0; nth < 40 && !test_failures; nth++) lose_power_after_deletion(40000 + nth, i & 1, i >> 1, nth);
}

/* A newer version comes into the cache, the service is killed anywhere in that, and the file is deleted on the server: it goes
 * from the cache, too, and is no conflict.  Only a note that the file carries tells that nobody changed it. */
static void test_killed_update_of_a_file_that_is_deleted_then(void)
{
    struct world world;
    unsigned nth = 0;
    int crashed = 1;

    while (crashed && !test_failures)
    {
        struct sim_config config = { .seed = 50000 + ++nth, .preempt = 100 };

        make_world(&world, &config);
        CHECK_STATUS(set_up(&world), CSC_OK);
        sim_sleep(world.sim, 40 * SIM_S);
        put(&world, ORIGIN "/a", "one, newer");
        put(&world, ORIGIN "/b", "two, newer");
        sim_crash_at(world.sim, nth, SIM_KILL);
        sync_share(&world);
        csc_engine_close(world.engine);
        world.engine = NULL;
        crashed = sim_crashed(world.sim);
        sim_restart(world.sim);
        if (CHECK_STATUS(open_engine(&world), CSC_OK))
        {
            CHECK_STATUS(sim_remove(world.sim, ORIGIN "/a"), CSC_OK);
            CHECK_STATUS(sync_share(&world), CSC_OK);
            CHECK_STRING(content(&world, ORIGIN "/a"), "(none)");
            CHECK_STRING(content(&world, TREE "/a"), "(none)");
            CHECK_STRING(content(&world, ORIGIN "/b"), "two, newer");
            CHECK_STRING(content(&world, TREE "/b"), "two, newer");
            CHECK_INT(count_conflicts(world.engine, 0), 0);
        }
        if (test_failures) printf("  killed at change %u\n", nth);
        end_world(&world);
    }
    CHECK(nth > 10);
}

/* A small file is renamed and changed here, and its synchronization is cut after the rename on the server: what it holds there
 * tells that nobody else changed it.  theirs: somebody does, as long, and sets the old time again. */
static void cut_renamed_and_changed(enum sim_crash kind, int theirs)
{
    struct world world;
    unsigned nth = 0;
    int crashed = 1;

    while (crashed && !test_failures)
    {
        struct sim_config config = { .seed = 60000 + ++nth, .preempt = 100 };
        struct csc_stat stat;
        int edited = 0;

        make_world(&world, &config);
        CHECK_STATUS(set_up(&world), CSC_OK);
        CHECK_STATUS(go_offline(&world), CSC_OK);
        sim_sleep(world.sim, 40 * SIM_S);
        CHECK_STATUS(sim_rename(world.sim, THROUGH "/a", THROUGH "/z"), CSC_OK);
        put(&world, THROUGH "/z", "edited");
        sim_crash_at(world.sim, nth, kind);
        sync_share(&world);
        csc_engine_close(world.engine);
        world.engine = NULL;
        crashed = sim_crashed(world.sim);
        sim_restart(world.sim);
        sim_sleep(world.sim, 5 * SIM_S);
        if (theirs && !strcmp(content(&world, ORIGIN "/z"), "one") && !csc_failed(sim_lstat(world.sim, ORIGIN "/z", &stat)))
            edited = !csc_failed(sim_write_at(world.sim, ORIGIN "/z", "uno", 3, stat.mtime));
        if (CHECK_STATUS(open_engine(&world), CSC_OK))
        {
            CHECK_STATUS(sync_share(&world), edited ? CSC_E_MORE_DATA : CSC_OK);
            CHECK_STRING(content(&world, TREE "/z"), "edited");
            CHECK_STRING(content(&world, ORIGIN "/z"), edited ? "uno" : "edited");
            CHECK_STRING(content(&world, ORIGIN "/a"), "(none)");
            CHECK_INT(count_conflicts(world.engine, 0), edited);
        }
        if (test_failures) printf("  cut at change %u\n", nth);
        end_world(&world);
    }
    CHECK(nth > 10);
}

static void test_cut_rename_of_what_was_changed(void)
{
    cut_renamed_and_changed(SIM_KILL, 0);
    cut_renamed_and_changed(SIM_POWER_LOSS, 0);
    cut_renamed_and_changed(SIM_KILL, 1);
}

/* Everything is removed from the cache, so slowly that the store commits meanwhile, and its disk is full for one or two calls: rows
 * that come back with the failed commit must not say that their files were deleted. */
static int forget_on_a_full_disk(unsigned nth, unsigned times, uint64_t seed)
{
    struct sim_config config = { .seed = seed, .preempt = 100, .call_cost = 36 * SIM_MS };
    struct sim_rule full = { .calls = SIM_BIT(SIM_DATABASE), .skip = nth, .times = times, .fault = SIM_FAULT_ERROR,
                             .status = CSC_E_DISK_FULL };
    struct world world;
    char path[64];
    unsigned i;
    int hits;

    make_world(&world, &config);
    for (i = 0; i < 6; i++)
    {
        snprintf(path, sizeof(path), ORIGIN "/f%u", i);
        put(&world, path, "here");
    }
    CHECK_STATUS(set_up(&world), CSC_OK);
    sim_sleep(world.sim, 120 * SIM_S);
    full.volume = sim_disk(world.sim);
    i = sim_add_rule(world.sim, &full);
    sim_run_op(world.engine, CSC_OP_DELETE, 0, 1, SHARE);
    hits = (int)sim_rule_hits(world.sim, i);
    sim_clear_rules(world.sim);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    for (i = 0; i < 6; i++)
    {
        snprintf(path, sizeof(path), ORIGIN "/f%u", i);
        CHECK_STRING(content(&world, path), "here");
    }
    if (test_failures) printf("  %u times after %u calls, seed %llu\n", times, nth, (unsigned long long)seed);
    end_world(&world);
    return hits;
}

static void test_forgetting_on_a_full_disk(void)
{
    unsigned nth, times;

    for (times = 1; times <= 2; times++)
        for (nth = 0; nth < 300 && !test_failures && forget_on_a_full_disk(nth, times, 60000 + nth); nth++) {}
}

int main(void)
{
    RUN(test_engine_runs);
    RUN(test_killed_everywhere);
    RUN(test_killed_fill_brings_no_deleted_file_back);
    RUN(test_power_lost_everywhere);
    RUN(test_power_loss_brings_no_old_version_back);
    RUN(test_power_loss_makes_no_conflict);
    RUN(test_power_loss_brings_no_deleted_file_back);
    RUN(test_power_loss_after_a_deletion);
    RUN(test_power_loss_while_the_flush_hangs);
    RUN(test_power_loss_after_data_alone_was_flushed);
    RUN(test_power_loss_after_data_with_zeros_was_flushed);
    RUN(test_giving_up_what_is_kept_aside);
    RUN(test_damage_makes_no_copy);
    RUN(test_faults);
    RUN(test_hung_calls);
    RUN(test_server_away);
    RUN(test_edits_meanwhile);
    RUN(test_fault_in_each_call);
    RUN(test_server_goes_at_any_call);
    RUN(test_many_clients);
    RUN(test_killed_update_of_a_file_that_is_deleted_then);
    RUN(test_cut_rename_of_what_was_changed);
    RUN(test_forgetting_on_a_full_disk);
    return test_report();
}
