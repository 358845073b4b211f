/*
 * What the engine does while nobody does anything: making downloads durable
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sim_world.h"

/* Long enough for a flush in any case. */
#define A_WHILE (100 * SIM_S)

static void count_call(struct sim *sim, void *context)
{
    (void)sim;
    ++*(unsigned *)context;
}

static void make_filled(struct world *world, uint64_t seed, unsigned *flushes)
{
    struct sim_config config = { .seed = seed, .preempt = 100 };
    struct sim_rule rule = { .calls = SIM_BIT(SIM_SYNC_ALL), .fault = SIM_FAULT_ACT, .act = count_call,
                             .context = flushes };

    make_world(world, &config);
    if (flushes) sim_add_rule(world->sim, &rule);
    CHECK_STATUS(set_up(world), CSC_OK);
}

/* Cuts the power; the server is away afterwards. */
static void lose_power(struct world *world)
{
    sim_crash(world->sim, SIM_POWER_LOSS);
    csc_engine_close(world->engine);
    world->engine = NULL;
    sim_set_presence(world->sim, world->origin, SIM_GONE);
    sim_restart(world->sim);
    CHECK_STATUS(open_engine(world), CSC_OK);
}

static void check_filled(struct world *world, int filled)
{
    CHECK_STRING(content(world, TREE "/a"), filled ? "one" : "(none)");
    CHECK_STRING(content(world, TREE "/b"), filled ? "two" : "(none)");
    CHECK_STRING(content(world, TREE "/d/c"), filled ? "three" : "(none)");
}

/* What was downloaded while the share is online survives a power loss when some time has passed. */
static void test_downloads_become_durable(void)
{
    struct world world;
    uint64_t seed;

    for (seed = 1; seed <= 20; seed++)
    {
        make_filled(&world, seed, NULL);
        sim_sleep(world.sim, A_WHILE);
        lose_power(&world);
        check_filled(&world, 1);
        end_world(&world);
        if (test_failures) break;
    }
    make_filled(&world, 100, NULL);
    lose_power(&world);
    check_filled(&world, 0);         /* nothing was flushed, so nothing is believed */
    end_world(&world);
}

static void test_one_flush_is_enough(void)
{
    unsigned flushes = 0;
    struct world world;

    make_filled(&world, 2, &flushes);
    sim_sleep(world.sim, A_WHILE);
    CHECK_INT(flushes, 1);
    sim_sleep(world.sim, 3600 * SIM_S);
    CHECK_INT(flushes, 1);
    put(&world, ORIGIN "/a", "newer");
    CHECK_STATUS(sync_share(&world), CSC_OK);
    sim_sleep(world.sim, A_WHILE);
    CHECK_INT(flushes, 2);
    end_world(&world);
}

/* Not while somebody works, and not right afterwards. */
static void test_a_flush_waits_for_quiet(void)
{
    unsigned flushes = 0, i;
    struct world world;

    make_filled(&world, 3, &flushes);
    for (i = 0; i < 30; i++)
    {
        sim_sleep(world.sim, 10 * SIM_S);
        CHECK_STATUS(sync_share(&world), CSC_OK);
    }
    CHECK_INT(flushes, 0);
    sim_sleep(world.sim, A_WHILE);
    CHECK_INT(flushes, 1);
    end_world(&world);
}

/* A disk that stands still: nobody waits for the flush, and it is not tried a second time meanwhile. */
static void test_a_flush_that_hangs_delays_nobody(void)
{
    struct sim_rule rule = { .calls = SIM_BIT(SIM_SYNC_ALL), .fault = SIM_FAULT_HANG };
    struct world world;
    int64_t before;
    int number;

    make_filled(&world, 4, NULL);
    number = sim_add_rule(world.sim, &rule);
    sim_sleep(world.sim, 600 * SIM_S);
    CHECK_INT(sim_rule_hits(world.sim, number), 1);
    put(&world, ORIGIN "/a", "newer");
    before = sim_monotonic(world.sim);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK(sim_monotonic(world.sim) - before < SIM_S);
    CHECK_STRING(content(&world, TREE "/a"), "newer");
    sim_clear_rules(world.sim);
    sim_release(world.sim);
    sim_sleep(world.sim, A_WHILE);
    lose_power(&world);
    CHECK_STRING(content(&world, TREE "/a"), "newer");
    end_world(&world);
}

int main(void)
{
    RUN(test_downloads_become_durable);
    RUN(test_one_flush_is_enough);
    RUN(test_a_flush_waits_for_quiet);
    RUN(test_a_flush_that_hangs_delays_nobody);
    return test_report();
}
