/*
 * Synchronization in the background, in simulated time
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sim_world.h"

#define MINUTES (60 * SIM_S)
#define OFFLINE OFFLINEFILES_CONNECT_STATE_OFFLINE
#define ONLINE  OFFLINEFILES_CONNECT_STATE_ONLINE

static void make(struct world *world, uint64_t seed, unsigned minutes)
{
    struct sim_config config = { .seed = seed };

    make_world(world, &config);
    world->online_sync_interval = minutes * 60 * 1000;
    CHECK_STATUS(set_up(world), CSC_OK);
    CHECK_STATUS(sync_share(world), CSC_OK);
    /* until the first probe has found the server */
    sim_sleep(world->sim, 10 * SIM_S);
}

static void check_state(struct world *world, uint32_t state, uint32_t reason)
{
    uint32_t got_state, got_reason;

    CHECK_STATUS(csc_connect_state(world->engine, SHARE, &got_state, &got_reason), CSC_OK);
    CHECK_INT(got_state, state);
    CHECK_INT(got_reason, reason);
}

/* What others change on the server comes into the cache of an online share. */
static void test_online(void)
{
    struct world world;

    make(&world, 1, 10);
    put(&world, ORIGIN "/a", "newer");
    put(&world, ORIGIN "/d/new", "made by others");
    sim_sleep(world.sim, 9 * MINUTES);
    CHECK_STRING(content(&world, TREE "/a"), "one");
    sim_sleep(world.sim, 2 * MINUTES);
    CHECK_STRING(content(&world, TREE "/a"), "newer");
    CHECK_STRING(content(&world, TREE "/d/new"), "made by others");
    check_state(&world, ONLINE, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE);
    /* and again */
    put(&world, ORIGIN "/a", "newest");
    sim_sleep(world.sim, 12 * MINUTES);
    CHECK_STRING(content(&world, TREE "/a"), "newest");
    end_world(&world);
}

static void test_switched_off(void)
{
    struct world world;

    make(&world, 2, 0);
    put(&world, ORIGIN "/a", "newer");
    sim_sleep(world.sim, 600 * MINUTES);
    CHECK_STRING(content(&world, TREE "/a"), "one");
    end_world(&world);
}

/* A synchronization by a client counts: the next one is due a whole period later. */
static void test_client_resets(void)
{
    struct world world;

    make(&world, 3, 10);
    sim_sleep(world.sim, 8 * MINUTES);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    put(&world, ORIGIN "/a", "newer");
    sim_sleep(world.sim, 8 * MINUTES);
    CHECK_STRING(content(&world, TREE "/a"), "one");
    sim_sleep(world.sim, 3 * MINUTES);
    CHECK_STRING(content(&world, TREE "/a"), "newer");
    end_world(&world);
}

/* What a program has open is left alone and comes later. */
static void test_gives_way_to_programs(void)
{
    struct sim_handle *handle = NULL;
    struct world world;

    make(&world, 4, 10);
    put(&world, ORIGIN "/a", "newer");
    put(&world, ORIGIN "/b", "newer, too");
    CHECK_STATUS(sim_open(world.sim, ORIGIN "/a", &handle), CSC_OK);
    sim_sleep(world.sim, 11 * MINUTES);
    CHECK_STRING(content(&world, TREE "/a"), "one");
    CHECK_STRING(content(&world, TREE "/b"), "newer, too");
    sim_handle_close(handle);
    /* not only after another period */
    sim_sleep(world.sim, 3 * MINUTES);
    CHECK_STRING(content(&world, TREE "/a"), "newer");
    end_world(&world);
}

/* An upload that failed, and whose share is online all the same, is tried again by itself. */
static void retry(uint64_t seed, unsigned period, const char *expected)
{
    struct sim_rule rule = { .calls = SIM_BIT(SIM_CREATE_FILE), .fault = SIM_FAULT_ERROR, .status = CSC_E_ACCESS_DENIED };
    struct world world;

    make(&world, seed, period);
    rule.volume = world.origin;
    CHECK_STATUS(go_offline(&world), CSC_OK);
    sim_sleep(world.sim, 5 * SIM_S);
    put(&world, THROUGH "/a", "mine");
    sim_add_rule(world.sim, &rule);
    CHECK_STATUS(go_online(&world), CSC_E_MORE_DATA);
    /* past the looks for late changes */
    sim_sleep(world.sim, 45 * SIM_S);
    check_state(&world, ONLINE, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE);
    sim_clear_rules(world.sim);
    CHECK_STRING(content(&world, ORIGIN "/a"), "one");
    sim_sleep(world.sim, 3 * MINUTES);
    CHECK_STRING(content(&world, ORIGIN "/a"), expected);
    end_world(&world);
}

static void test_retries(void)
{
    retry(5, 600, "mine");
    retry(5, 0, "one");
}

static void test_forced_offline(void)
{
    struct csc_background_policy policy = { .period = 10, .forced_offline = 1 };
    struct world world;

    make(&world, 6, 10);
    CHECK_STATUS(go_offline(&world), CSC_OK);
    put(&world, ORIGIN "/a", "newer");
    put(&world, THROUGH "/b", "mine");
    sim_sleep(world.sim, 300 * MINUTES);
    CHECK_STRING(content(&world, TREE "/a"), "one");

    csc_set_background_policy(world.engine, &policy);
    sim_sleep(world.sim, MINUTES);
    CHECK_STRING(content(&world, TREE "/a"), "newer");
    CHECK_STRING(content(&world, ORIGIN "/b"), "mine");
    check_state(&world, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);

    /* not in a window, which here is the whole day */
    policy.blockout_duration = 1440;
    csc_set_background_policy(world.engine, &policy);
    put(&world, ORIGIN "/a", "newest");
    sim_sleep(world.sim, 300 * MINUTES);
    CHECK_STRING(content(&world, TREE "/a"), "newer");
    /* unless it was too long ago */
    policy.ignore_blockout_after = 60;
    csc_set_background_policy(world.engine, &policy);
    sim_sleep(world.sim, MINUTES);
    CHECK_STRING(content(&world, TREE "/a"), "newest");
    end_world(&world);
}

/* While the server is away nothing is tried; then it happens as when it comes back. */
static void test_unreachable(void)
{
    struct world world;

    make(&world, 7, 10);
    put(&world, ORIGIN "/a", "newer");
    sim_set_presence(world.sim, world.origin, SIM_GONE);
    sim_sleep(world.sim, 30 * MINUTES);
    check_state(&world, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR);
    CHECK_STRING(content(&world, TREE "/a"), "one");
    sim_set_presence(world.sim, world.origin, SIM_PRESENT);
    sim_sleep(world.sim, 1 * MINUTES);
    check_state(&world, ONLINE, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE);
    CHECK_STRING(content(&world, TREE "/a"), "newer");
    end_world(&world);
}

/* A client does not wait for what the engine does by itself, and that goes on afterwards. */
static void test_gives_way_to_clients(void)
{
    struct sim_rule rule = { .calls = SIM_BIT(SIM_COPY), .fault = SIM_FAULT_SLOW, .delay = 3 * SIM_S };
    struct world world;
    int64_t before;
    char path[64];
    unsigned i;

    make(&world, 8, 10);
    for (i = 0; i < 100; i++)
    {
        snprintf(path, sizeof(path), ORIGIN "/f%u", i);
        put(&world, path, "others'");
    }
    rule.volume = world.origin;
    sim_add_rule(world.sim, &rule);
    sim_sleep(world.sim, 10 * MINUTES);
    CHECK_STRING(content(&world, TREE "/f99"), "(none)");     /* two minutes and a half are not over */
    before = sim_monotonic(world.sim);
    CHECK_STATUS(sim_run_op(world.engine, CSC_OP_UNPIN, OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER, 0, SHARE "\\b"), CSC_OK);
    CHECK(sim_monotonic(world.sim) - before < 10 * SIM_S);
    CHECK_STRING(content(&world, TREE "/f99"), "(none)");
    sim_sleep(world.sim, 4 * MINUTES);
    CHECK_STRING(content(&world, TREE "/f99"), "others'");
    end_world(&world);
}

/* A synchronization that was overdue when the session ended begins soon after the next start. */
static void test_after_restart(void)
{
    struct world world;

    make(&world, 9, 10);
    csc_engine_close(world.engine);
    put(&world, ORIGIN "/a", "newer");
    sim_sleep(world.sim, 300 * MINUTES);
    CHECK_STATUS(open_engine(&world), CSC_OK);
    sim_sleep(world.sim, 20 * SIM_S);
    CHECK_STRING(content(&world, TREE "/a"), "one");
    sim_sleep(world.sim, 2 * MINUTES);
    CHECK_STRING(content(&world, TREE "/a"), "newer");
    end_world(&world);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    RUN(test_online);
    RUN(test_switched_off);
    RUN(test_client_resets);
    RUN(test_gives_way_to_programs);
    RUN(test_retries);
    RUN(test_forced_offline);
    RUN(test_unreachable);
    RUN(test_gives_way_to_clients);
    RUN(test_after_restart);
    return test_report();
}
