/*
 * A first fill, in which files have their names before their rows
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fill_mark.c says why that is safe; here a share goes offline, the machine stops, or the database fails at each call of such
 * a fill.
 */

#include "sim_world.h"

#define FILES 5

static const char *const names[FILES] = { "a", "b", "c", "e", "d/f" };

static void server_path(char path[64], const char *base, int file)
{
    snprintf(path, 64, "%s/%s", base, names[file]);
}

static void make(struct world *world, uint64_t seed)
{
    struct sim_config config = { .seed = seed, .preempt = seed % 2 ? 400 : 50 };
    char path[64];
    int i;

    make_world(world, &config);
    sim_make_dir(world->sim, ORIGIN "/d");
    for (i = 0; i < FILES; i++)
    {
        server_path(path, ORIGIN, i);
        put(world, path, names[i]);
    }
    CHECK_STATUS(open_engine(world), CSC_OK);
    CHECK_STATUS(csc_map(world->engine, SHARE, ORIGIN, 0), CSC_OK);
}

static csc_status fill(struct world *world)
{
    return sim_run_op(world->engine, CSC_OP_PIN, PIN_ALL, 1, SHARE);
}

/* Files in the tree that no row tells of. */
static int unknown_files(struct world *world)
{
    struct csc_store *store = world->engine->store;
    int64_t root = world->engine->scopes->row.root_item;
    struct csc_item dir = { 0 }, item;
    char path[64];
    int i, count = 0, has_dir = !csc_failed(csc_store_item_find(store, root, "D", &dir));

    for (i = 0; i < FILES; i++)
    {
        int below = !strncmp(names[i], "d/", 2);
        char key[2] = { (char)(names[i][below ? 2 : 0] - 'a' + 'A') };

        server_path(path, TREE, i);
        if (!sim_exists(world->sim, path)) continue;
        if ((below && !has_dir) || csc_failed(csc_store_item_find(store, below ? dir.id : root, key, &item))) count++;
        else csc_item_clear(&item);
    }
    csc_item_clear(&dir);
    return count;
}

static int is_marked(struct world *world)
{
    char name[48], *value = NULL;

    snprintf(name, sizeof(name), CSC_META_FILLING "%lld", (long long)world->engine->scopes->row.id);
    csc_store_meta_get(world->engine->store, name, &value);
    free(value);
    return value != NULL;
}

static void crash(struct world *world, enum sim_crash kind)
{
    sim_crash(world->sim, kind);
    csc_engine_close(world->engine);
    world->engine = NULL;
    sim_restart(world->sim);
    CHECK_STATUS(open_engine(world), CSC_OK);
}

/* -- going offline -- */

struct leaving
{
    struct world *world;
    struct sim_thread *thread;
    int unknown;               /* files without a row when programs could work in the tree */
};

static void leave_main(void *context)
{
    struct leaving *leaving = context;

    CHECK_STATUS(csc_scope_take_offline(leaving->world->engine->scopes, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED), CSC_OK);
    leaving->unknown = unknown_files(leaving->world);
}

/* On a thread of its own: who places a file cannot wait for itself. */
static void leave(struct sim *sim, void *context)
{
    struct leaving *leaving = context;

    leaving->thread = sim_spawn(sim, "leaving", leave_main, leaving);
}

/* The share goes offline beside the nth call of the fill, the server deletes a file and changes another, and the machine stops.
 * lag: ns that it takes to look at a file of the cache, as at the one that has just got its name.  0: there was no such call. */
static int leave_at(uint64_t seed, unsigned nth, int64_t lag, enum sim_crash kind)
{
    const uint64_t calls = SIM_BIT(SIM_CREATE_FILE) | SIM_BIT(SIM_COPY) | SIM_BIT(SIM_SET_TIMES) | SIM_BIT(SIM_RENAME)
                           | SIM_BIT(SIM_STAT) | SIM_BIT(SIM_MAKE_DIR) | SIM_BIT(SIM_SET_NOTE);
    struct world world;
    struct leaving leaving = { .world = &world };
    struct sim_rule rule = { .calls = calls, .skip = nth - 1, .times = 1, .fault = SIM_FAULT_ACT, .act = leave, .context = &leaving };
    struct sim_rule slow = { .calls = SIM_BIT(SIM_STAT), .fault = SIM_FAULT_SLOW, .delay = lag };

    make(&world, seed);
    slow.volume = sim_disk(world.sim);
    sim_add_rule(world.sim, &rule);
    if (lag) sim_add_rule(world.sim, &slow);
    fill(&world);
    sim_clear_rules(world.sim);
    if (leaving.thread)
    {
        sim_join(world.sim, leaving.thread);
        if (leaving.unknown) FAIL("seed %d, call %u: %d files without a row when it was offline", (int)seed, nth, leaving.unknown);
        CHECK(!is_marked(&world));
        put(&world, THROUGH "/mine", "work of a day");
        sim_remove(world.sim, ORIGIN "/a");
        put(&world, ORIGIN "/b", "newer");
        crash(&world, kind);
        CHECK_STRING(content(&world, TREE "/mine"), "work of a day");
        CHECK_STATUS(go_online(&world), CSC_OK);
        CHECK_STATUS(sync_share(&world), CSC_OK);
        CHECK_STRING(content(&world, ORIGIN "/mine"), "work of a day");
        CHECK_STRING(content(&world, ORIGIN "/a"), "(none)");
        CHECK_STRING(content(&world, ORIGIN "/b"), "newer");
        CHECK_STRING(content(&world, ORIGIN "/d/f"), "d/f");
    }
    end_world(&world);
    return leaving.thread != NULL;
}

static void going_offline_beside_it(void)
{
    unsigned nth;
    uint64_t seed;

    for (seed = 1; seed <= 6 && !test_failures; seed++)
        for (nth = 1; leave_at(seed, nth, seed % 2 * SIM_S, seed % 3 ? SIM_KILL : SIM_POWER_LOSS) && !test_failures; nth++) {}
}

/* -- stopped -- */

/* 0: the fill came to its end before. */
static int stop_at(uint64_t seed, unsigned nth, enum sim_crash kind)
{
    struct world world;
    int crashed;

    make(&world, seed);
    sim_crash_at(world.sim, nth, kind);
    fill(&world);
    if ((crashed = sim_crashed(world.sim)))
    {
        csc_engine_close(world.engine);
        world.engine = NULL;
        sim_remove(world.sim, ORIGIN "/a");
        put(&world, ORIGIN "/b", "newer");
        sim_restart(world.sim);
        CHECK_STATUS(open_engine(&world), CSC_OK);
        CHECK_INT(unknown_files(&world), 0);
        CHECK(!is_marked(&world));
        fill(&world);
        CHECK_STATUS(sync_share(&world), CSC_OK);
        CHECK_STRING(content(&world, ORIGIN "/a"), "(none)");
        CHECK_STRING(content(&world, ORIGIN "/b"), "newer");
        CHECK_STRING(content(&world, TREE "/a"), "(none)");
        CHECK_STRING(content(&world, TREE "/b"), "newer");
        CHECK_STRING(content(&world, TREE "/d/f"), "d/f");
    }
    if (test_failures) printf("  seed %d, change %u\n", (int)seed, nth);
    end_world(&world);
    return crashed;
}

static void stopped_at_each_change(void)
{
    unsigned nth;

    for (nth = 1; stop_at(1, nth, SIM_KILL) && !test_failures; nth++) {}
    for (nth = 1; stop_at(2, nth, SIM_POWER_LOSS) && !test_failures; nth++) {}
}

/* -- rows that cannot be written -- */

/* 0: there was no such call. */
static int fail_at(uint64_t seed, unsigned nth, unsigned times, csc_status why)
{
    struct sim_rule rule = { .calls = SIM_BIT(SIM_DATABASE), .skip = nth - 1, .times = times, .fault = SIM_FAULT_ERROR, .status = why };
    /* long enough for rows to be committed in between */
    struct sim_rule slow = { .calls = SIM_BIT(SIM_COPY), .fault = SIM_FAULT_SLOW, .delay = 400 * SIM_MS };
    struct world world;
    unsigned hits;
    int rule_id, i;
    char path[64];

    make(&world, seed);
    sim_add_rule(world.sim, &slow);
    rule_id = sim_add_rule(world.sim, &rule);
    fill(&world);
    hits = sim_rule_hits(world.sim, rule_id);
    sim_clear_rules(world.sim);
    /* either the row is there, or the next operation looks for the file */
    if (unknown_files(&world) && !is_marked(&world)) FAIL("seed %d, call %u: a file without a row, and no mark", (int)seed, nth);
    CHECK_STATUS(fill(&world), CSC_OK);
    CHECK(!is_marked(&world));
    CHECK_INT(unknown_files(&world), 0);
    for (i = 0; i < FILES; i++)
    {
        server_path(path, TREE, i);
        CHECK_STRING(content(&world, path), names[i]);
    }
    if (test_failures) printf("  seed %d, call %u, %u times\n", (int)seed, nth, times);
    end_world(&world);
    return hits != 0;
}

static void rows_that_cannot_be_written(void)
{
    unsigned nth;

    for (nth = 1; fail_at(1, nth, 1, CSC_E_DISK_FULL) && !test_failures; nth++) {}
    for (nth = 1; fail_at(2, nth, 1, CSC_E_IO) && !test_failures; nth++) {}
    for (nth = 1; fail_at(3, nth, 20, CSC_E_DISK_FULL) && !test_failures; nth++) {}
}

/* What was forgotten at the end of a fill comes back when it cannot be committed: it must be gone before programs work in the
 * tree.  0: there was no such call. */
static int forgotten_in_vain(unsigned nth, unsigned *count)
{
    struct sim_rule rule = { .calls = SIM_BIT(SIM_DATABASE), .skip = nth - 1, .times = 1, .fault = SIM_FAULT_ERROR,
                             .status = CSC_E_DISK_FULL };
    struct world world;
    unsigned hits;
    int rule_id;

    make(&world, 1);
    rule_id = sim_add_rule(world.sim, &rule);
    fill(&world);
    hits = sim_rule_hits(world.sim, rule_id);
    sim_clear_rules(world.sim);
    if (is_marked(&world) && !world.engine->scopes->fill_marked) ++*count;
    CHECK_STATUS(go_offline(&world), CSC_OK);
    CHECK(!is_marked(&world));
    end_world(&world);
    return hits != 0;
}

static void a_mark_that_comes_back(void)
{
    unsigned nth, count = 0;

    for (nth = 1; forgotten_in_vain(nth, &count) && !test_failures; nth++) {}
    CHECK(count > 0);
}

static void make_row(struct sim *sim, void *context)
{
    struct world *world = context;
    struct csc_scope *scope = world->engine->scopes;
    char name[] = "b";
    struct csc_item item = { .parent = scope->row.root_item, .scope = scope->row.id, .type = OFFLINEFILES_ITEM_TYPE_FILE,
                             .name = name, .flags = CSC_ROW_SPARSE };

    (void)sim;
    CHECK_STATUS(csc_store_item_put(world->engine->store, &item), CSC_OK);
}

/* There is one already: what stood in the tree for a moment is gone. */
static void a_row_that_is_refused(void)
{
    struct world world;
    struct sim_rule rule = { .calls = SIM_BIT(SIM_OPEN_FILE), .name = "b", .times = 1, .fault = SIM_FAULT_ACT, .act = make_row,
                             .context = &world };

    make(&world, 1);
    sim_add_rule(world.sim, &rule);
    CHECK(csc_failed(fill(&world)));
    sim_clear_rules(world.sim);
    CHECK_STRING(content(&world, TREE "/b"), "(none)");
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_STRING(content(&world, TREE "/b"), "b");
    CHECK_STRING(content(&world, ORIGIN "/b"), "b");
    end_world(&world);
}

/* -- who looks meanwhile -- */

struct looking
{
    struct world *world;
    int busy, without_row, dirty;
};

static void look(struct sim *sim, void *context)
{
    struct looking *looking = context;
    struct csc_buffer record = { 0 };
    char path[64], *p;
    int i;

    (void)sim;
    if (looking->busy) return;
    looking->busy = 1;
    if (unknown_files(looking->world)) looking->without_row++;
    for (i = 0; i < FILES; i++)
    {
        snprintf(path, sizeof(path), SHARE "\\%s", names[i]);
        for (p = path; *p; p++) if (*p == '/') *p = '\\';
        record.size = 0;
        if (!csc_failed(csc_find(looking->world->engine, path, 0, &record))
            && ((struct csc_wire_item *)record.data)->flags & CSC_ITEM_DIRTY) looking->dirty++;
    }
    csc_buffer_free(&record);
    looking->busy = 0;
}

/* A file without a row is nobody's change. */
static void who_looks_sees_no_change(void)
{
    struct world world;
    struct looking looking = { .world = &world };
    struct sim_rule rule = { .calls = SIM_BIT(SIM_STAT), .fault = SIM_FAULT_ACT, .act = look, .context = &looking };

    make(&world, 2);
    rule.volume = sim_disk(world.sim);
    sim_add_rule(world.sim, &rule);
    CHECK_STATUS(fill(&world), CSC_OK);
    sim_clear_rules(world.sim);
    CHECK(looking.without_row > 0);
    CHECK_INT(looking.dirty, 0);
    end_world(&world);
}

/* -- what did not come -- */

/* It is known as wanted, pinned, and comes when it can. */
static void what_did_not_come_is_wanted(void)
{
    struct sim_rule refuse = { .calls = SIM_BIT(SIM_OPEN_FILE), .name = "b", .fault = SIM_FAULT_ERROR,
                               .status = CSC_E_ACCESS_DENIED };
    struct csc_item item;
    struct world world;

    make(&world, 1);
    sim_add_rule(world.sim, &refuse);
    CHECK(csc_failed(fill(&world)));
    sim_clear_rules(world.sim);
    CHECK(!is_marked(&world));
    if (CHECK_STATUS(csc_store_item_find(world.engine->store, world.engine->scopes->row.root_item, "B", &item), CSC_OK))
    {
        CHECK_INT(item.flags & (CSC_ROW_SPARSE | CSC_ROW_BASE | CSC_ROW_PLACING), CSC_ROW_SPARSE);
        CHECK(item.pin & CSC_PIN_REASONS);
        csc_item_clear(&item);
    }
    CHECK_STRING(content(&world, TREE "/a"), "a");
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_STRING(content(&world, TREE "/b"), "b");
    end_world(&world);
}

int main(void)
{
    RUN(going_offline_beside_it);
    RUN(stopped_at_each_change);
    RUN(rows_that_cannot_be_written);
    RUN(a_mark_that_comes_back);
    RUN(a_row_that_is_refused);
    RUN(who_looks_sees_no_change);
    RUN(what_did_not_come_is_wanted);
    return test_report();
}
