/*
 * A distant server in the simulation: many workers at once, and all that must hold with them
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sim_world.h"

#define FILES 120
#define MOST  32

/* A server, each of whose calls takes 5 ms, with files in three directories. */
static void make_distant(struct world *world, uint64_t seed, unsigned most_workers)
{
    struct sim_config config = { .seed = seed, .preempt = 50 };
    struct sim_rule slow = { .fault = SIM_FAULT_SLOW, .delay = 5 * SIM_MS };
    char path[64], text[32];
    unsigned i;

    make_world(world, &config);
    world->most_workers = most_workers;
    for (i = 0; i < FILES; i++)
    {
        snprintf(path, sizeof(path), ORIGIN "/d%u", i % 3);
        sim_make_dir(world->sim, path);
        snprintf(path, sizeof(path), ORIGIN "/d%u/f%u", i % 3, i);
        snprintf(text, sizeof(text), "content %u", i);
        put(world, path, text);
    }
    sim_sleep(world->sim, 10 * SIM_S);
    CHECK_STATUS(open_engine(world), CSC_OK);
    slow.volume = world->origin;
    sim_add_rule(world->sim, &slow);
    CHECK_STATUS(csc_map(world->engine, SHARE, ORIGIN, 0), CSC_OK);
}

static void check_tree(struct world *world, const char *root, unsigned count, const char *what)
{
    char path[128], text[32];
    unsigned i;

    for (i = 0; i < count; i++)
    {
        snprintf(path, sizeof(path), "%s/d%u/f%u", root, i % 3, i);
        snprintf(text, sizeof(text), "%s %u", what, i);
        CHECK_STRING(content(world, path), text);
    }
}

/* Every file is changed in the cache, and there are new ones. */
static void edit_all(struct world *world, unsigned count)
{
    char path[128], text[32];
    unsigned i;

    for (i = 0; i < count; i++)
    {
        snprintf(path, sizeof(path), THROUGH "/d%u/f%u", i % 3, i);
        snprintf(text, sizeof(text), "edited %u", i);
        put(world, path, text);
    }
}

/* ns of a fill, of a look at what did not change, and of sending everything */
static uint64_t run_all(uint64_t seed, unsigned most_workers, int64_t took[3])
{
    struct world world;
    uint64_t hash;
    int64_t before;

    make_distant(&world, seed, most_workers);
    before = sim_monotonic(world.sim);
    CHECK_STATUS(sim_run_op(world.engine, CSC_OP_PIN, PIN_ALL, 1, SHARE), CSC_OK);
    took[0] = sim_monotonic(world.sim) - before;
    check_tree(&world, TREE, FILES, "content");

    before = sim_monotonic(world.sim);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    took[1] = sim_monotonic(world.sim) - before;

    CHECK_STATUS(go_offline(&world), CSC_OK);
    edit_all(&world, FILES + 10);
    sim_sleep(world.sim, 10 * SIM_S);
    before = sim_monotonic(world.sim);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    took[2] = sim_monotonic(world.sim) - before;
    check_tree(&world, ORIGIN, FILES + 10, "edited");

    csc_engine_close(world.engine);
    world.engine = NULL;
    sim_sleep(world.sim, SIM_MS);
    CHECK_INT(sim_threads(world.sim), 0);
    hash = sim_hash(world.sim);
    end_world(&world);
    return hash;
}

static void test_waiting_is_shared(void)
{
    int64_t two[3], many[3];
    unsigned i;

    run_all(1, 0, two);
    run_all(1, MOST, many);
    for (i = 0; i < 3; i++)
        if (!CHECK(many[i] * 4 < two[i])) printf("  %u: %lld ms, with two workers %lld ms\n", i, (long long)(many[i] / SIM_MS),
                                                 (long long)(two[i] / SIM_MS));
}

static void test_same_seed_same_run(void)
{
    int64_t took[3];
    uint64_t first = run_all(7, MOST, took);

    CHECK(run_all(7, MOST, took) == first);
    CHECK(run_all(8, MOST, took) != first);
}

/* A fill and an upload are cut anywhere; the next synchronization brings both sides together. */
static void cut(uint64_t seed, enum sim_crash kind, unsigned nth, int *crashed)
{
    struct world world;

    make_distant(&world, seed, MOST);
    if (nth % 2)
    {
        CHECK_STATUS(sim_run_op(world.engine, CSC_OP_PIN, PIN_ALL, 1, SHARE), CSC_OK);
        CHECK_STATUS(go_offline(&world), CSC_OK);
        edit_all(&world, FILES);
        sim_sleep(world.sim, 10 * SIM_S);
        sim_crash_at(world.sim, nth, kind);
        sync_share(&world);
    }
    else
    {
        sim_crash_at(world.sim, nth, kind);
        sim_run_op(world.engine, CSC_OP_PIN, PIN_ALL, 1, SHARE);
    }
    csc_engine_close(world.engine);
    world.engine = NULL;
    *crashed = sim_crashed(world.sim);
    sim_clear_rules(world.sim);
    sim_restart(world.sim);
    CHECK_STATUS(open_engine(&world), CSC_OK);
    if (!(nth % 2)) CHECK_STATUS(sim_run_op(world.engine, CSC_OP_PIN, PIN_ALL, 1, SHARE), CSC_OK);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    check_tree(&world, ORIGIN, FILES, nth % 2 ? "edited" : "content");
    check_tree(&world, TREE, FILES, nth % 2 ? "edited" : "content");
    if (test_failures) printf("  %s at change %u\n", kind == SIM_KILL ? "killed" : "power loss", nth);
    end_world(&world);
}

static void test_cut(void)
{
    int fill = 1, upload = 1, kind;
    unsigned nth;

    for (nth = 1; (fill || upload) && !test_failures; nth += 37)
        for (kind = SIM_KILL; kind <= SIM_POWER_LOSS && !test_failures; kind++)
            cut(100 + nth, kind, nth, nth % 2 ? &upload : &fill);
    CHECK(nth > 500);
}

/* All that wait hang at once: offline in time, and every thread comes back. */
static void test_all_hang(void)
{
    struct sim_rule hang = { .calls = SIM_BIT(SIM_COPY), .fault = SIM_FAULT_HANG, .status = CSC_E_IO };
    struct world world;
    int64_t before;

    make_distant(&world, 3, MOST);
    put(&world, ORIGIN "/first", "in the cache before");
    CHECK_STATUS(sim_run_op(world.engine, CSC_OP_PIN, PIN_ALL, 0, SHARE "\\first"), CSC_OK);
    hang.volume = world.origin;
    sim_add_rule(world.sim, &hang);
    before = sim_monotonic(world.sim);
    CHECK_STATUS(sim_run_op(world.engine, CSC_OP_PIN, PIN_ALL, 1, SHARE), CSC_E_TIMEOUT);
    CHECK(sim_monotonic(world.sim) - before < 6 * SIM_S);
    CHECK(sim_wait_state(world.sim, world.engine, SHARE, OFFLINEFILES_CONNECT_STATE_OFFLINE, SIM_S));
    csc_engine_close(world.engine);
    world.engine = NULL;
    CHECK(sim_threads(world.sim) > 2);
    sim_clear_rules(world.sim);
    sim_release(world.sim);
    sim_sleep(world.sim, SIM_S);
    CHECK_INT(sim_threads(world.sim), 0);
    sim_restart(world.sim);
    CHECK_STATUS(open_engine(&world), CSC_OK);
    CHECK(sim_wait_state(world.sim, world.engine, SHARE, OFFLINEFILES_CONNECT_STATE_ONLINE, 60 * SIM_S));
    CHECK_STATUS(sim_run_op(world.engine, CSC_OP_PIN, PIN_ALL, 1, SHARE), CSC_OK);
    check_tree(&world, TREE, FILES, "content");
    end_world(&world);
}

static void cancel_soon(void *context)
{
    struct world *world = context;
    struct csc_op *op;

    sim_sleep(world->sim, 150 * SIM_MS);
    pthread_mutex_lock(&world->engine->lock);
    for (op = world->engine->ops; op && op->kind != CSC_OP_PIN; op = op->next) {}
    if (op) csc_op_addref(op);
    pthread_mutex_unlock(&world->engine->lock);
    if (!CHECK(op != NULL)) return;
    csc_op_stop(op, CSC_E_CANCELLED);
    csc_op_release(op);
}

static void test_cancelled(void)
{
    struct sim_thread *thread;
    struct world world;
    int64_t before;

    make_distant(&world, 4, MOST);
    before = sim_monotonic(world.sim);
    thread = sim_spawn(world.sim, "canceller", cancel_soon, &world);
    CHECK_STATUS(sim_run_op(world.engine, CSC_OP_PIN, PIN_ALL, 1, SHARE), CSC_E_CANCELLED);
    sim_join(world.sim, thread);
    CHECK(sim_monotonic(world.sim) - before < 300 * SIM_MS);
    CHECK_STATUS(sim_run_op(world.engine, CSC_OP_PIN, PIN_ALL, 1, SHARE), CSC_OK);
    check_tree(&world, TREE, FILES, "content");
    end_world(&world);
}

int main(void)
{
    RUN(test_waiting_is_shared);
    RUN(test_same_seed_same_run);
    RUN(test_cut);
    RUN(test_all_hang);
    RUN(test_cancelled);
    return test_report();
}
