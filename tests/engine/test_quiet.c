/*
 * What the engine does while nobody does anything: making downloads durable, trying again what failed
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

/* shares.txt cannot be written: it is tried again ever more rarely, and written when it can be. */
static void test_a_full_disk_is_asked_rarely(void)
{
    struct sim_rule full = { .calls = SIM_BIT(SIM_CREATE_FILE), .name = "shares.txt.new", .fault = SIM_FAULT_ERROR,
                             .status = CSC_E_DISK_FULL };
    struct csc_stat stat;
    struct world world;
    int64_t before;
    int number;

    make_filled(&world, 5, NULL);
    number = sim_add_rule(world.sim, &full);
    go_offline(&world);
    sim_sleep(world.sim, 10 * SIM_S);
    CHECK(sim_rule_hits(world.sim, number) > 2);
    sim_sleep(world.sim, 600 * SIM_S);
    CHECK(sim_rule_hits(world.sim, number) < 25);
    sim_clear_rules(world.sim);
    before = sim_now(world.sim);
    sim_sleep(world.sim, A_WHILE);
    if (CHECK_STATUS(sim_lstat(world.sim, "/c/windows/CSC/v2.0.6/shares.txt", &stat), CSC_OK)) CHECK(stat.mtime > before);
    end_world(&world);
}

static int comes_online(struct world *world, int64_t limit)
{
    return sim_wait_state(world->sim, world->engine, SHARE, OFFLINEFILES_CONNECT_STATE_ONLINE, limit);
}

/* The origin is there all the time. */
static void test_a_suspended_share_stays_offline(void)
{
    struct world world;

    make_filled(&world, 6, NULL);
    CHECK_STATUS(csc_suspend(world.engine, SHARE, 1), CSC_OK);
    CHECK(!comes_online(&world, 600 * SIM_S));
    csc_engine_close(world.engine);
    sim_restart(world.sim);
    CHECK_STATUS(open_engine(&world), CSC_OK);
    CHECK(!comes_online(&world, 600 * SIM_S));
    CHECK_STATUS(csc_suspend(world.engine, SHARE, 0), CSC_OK);
    CHECK(comes_online(&world, 60 * SIM_S));

    /* taken offline by hand it stays so when it is released */
    CHECK_STATUS(go_offline(&world), CSC_OK);
    CHECK_STATUS(csc_suspend(world.engine, SHARE, 1), CSC_OK);
    CHECK_STATUS(csc_suspend(world.engine, SHARE, 0), CSC_OK);
    CHECK(!comes_online(&world, 600 * SIM_S));
    CHECK_STATUS(go_online(&world), CSC_OK);

    /* after an error it comes back, but not before */
    sim_set_presence(world.sim, world.origin, SIM_GONE);
    CHECK(sim_wait_state(world.sim, world.engine, SHARE, OFFLINEFILES_CONNECT_STATE_OFFLINE, 20 * SIM_S));
    CHECK_STATUS(csc_suspend(world.engine, SHARE, 1), CSC_OK);
    sim_set_presence(world.sim, world.origin, SIM_PRESENT);
    CHECK(!comes_online(&world, 600 * SIM_S));
    CHECK_STATUS(csc_suspend(world.engine, SHARE, 0), CSC_OK);
    CHECK(comes_online(&world, 60 * SIM_S));
    end_world(&world);
}

/* -- what comes into the cache in the moment in which the share goes offline -- */

struct leaving
{
    struct world *world;
    int left;
};

static void leave(struct sim *sim, void *context)
{
    struct leaving *leaving = context;
    struct csc_engine *engine = leaving->world->engine;

    (void)sim;
    leaving->left = 1;
    CHECK_STATUS(csc_scope_take_offline(engine->scopes, OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR), CSC_OK);
}

/* Goes offline before the nth call of a synchronization, and loses the power after it.  0: there was no such call. */
static int leave_at(uint64_t seed, unsigned nth)
{
    const uint64_t calls = SIM_BIT(SIM_CREATE_FILE) | SIM_BIT(SIM_COPY) | SIM_BIT(SIM_SET_TIMES) | SIM_BIT(SIM_RENAME)
                           | SIM_BIT(SIM_STAT) | SIM_BIT(SIM_MAKE_DIR) | SIM_BIT(SIM_SYNC_DIR);
    struct world world;
    struct leaving leaving = { .world = &world };
    struct sim_rule rule = { .calls = calls, .skip = nth - 1, .times = 1, .fault = SIM_FAULT_ACT, .act = leave, .context = &leaving };

    make_filled(&world, seed, NULL);
    sim_sleep(world.sim, A_WHILE);
    put(&world, ORIGIN "/a", "one, changed on the server");
    put(&world, ORIGIN "/b", "2");
    sim_make_dir(world.sim, ORIGIN "/n");
    put(&world, ORIGIN "/n/e", "new on the server");
    sim_add_rule(world.sim, &rule);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    sim_clear_rules(world.sim);

    sim_crash(world.sim, SIM_POWER_LOSS);
    csc_engine_close(world.engine);
    sim_restart(world.sim);
    CHECK_STATUS(open_engine(&world), CSC_OK);
    CHECK_STATUS(go_online(&world), CSC_OK);
    CHECK_STATUS(sync_share(&world), CSC_OK);       /* also when it never left */
    CHECK_STRING(content(&world, ORIGIN "/a"), "one, changed on the server");
    CHECK_STRING(content(&world, ORIGIN "/b"), "2");
    CHECK_STRING(content(&world, ORIGIN "/n/e"), "new on the server");
    CHECK_STRING(content(&world, TREE "/a"), "one, changed on the server");
    CHECK_STRING(content(&world, TREE "/b"), "2");
    end_world(&world);
    return leaving.left;
}

/* What was not flushed must not count as what programs changed while the share is offline. */
static void test_going_offline_beside_downloads(void)
{
    uint64_t seed;
    unsigned nth;

    for (seed = 1; seed <= 5 && !test_failures; seed++)
        for (nth = 1; leave_at(seed, nth) && !test_failures; nth++) {}
}

int main(void)
{
    RUN(test_downloads_become_durable);
    RUN(test_going_offline_beside_downloads);
    RUN(test_one_flush_is_enough);
    RUN(test_a_flush_waits_for_quiet);
    RUN(test_a_flush_that_hangs_delays_nobody);
    RUN(test_a_full_disk_is_asked_rarely);
    RUN(test_a_suspended_share_stays_offline);
    return test_report();
}
