/*
 * Files agreed on in the tick of their last change: who changed them later, told by their content
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sim_world.h"

/* a second that is even for a clock of 2 s */
#define START (INT64_C(1800000000) * SIM_S)

static const struct sim_volume_config coarse = { .granularity = 2 * SIM_S, .untrusted_ctime = 1 };

static void count_call(struct sim *sim, void *context)
{
    (void)sim;
    ++*(unsigned *)context;
}

static void uncount_call(struct sim *sim, void *context)
{
    (void)sim;
    --*(unsigned *)context;
}

/* A world whose files were written right before they were cached.  reads: counts how often the copies of a are read;
 * copying is no reading. */
static void make_racy(struct world *world, uint64_t seed, const struct sim_volume_config *server, unsigned *reads)
{
    struct sim_config config = { .seed = seed, .preempt = 100, .start = START };
    struct sim_rule rule = { .calls = SIM_BIT(SIM_READ), .fault = SIM_FAULT_ACT, .act = count_call, .context = reads };
    struct sim_rule others = { .calls = SIM_BIT(SIM_READ), .fault = SIM_FAULT_ACT, .act = uncount_call, .context = reads };
    static const char *const records[] = { "shares.txt", "pins.txt" };
    size_t i;

    make_world_with(world, &config, server);
    rule.volume = others.volume = sim_disk(world->sim);
    if (reads) sim_add_rule(world->sim, &rule);
    for (i = 0; reads && i < sizeof(records) / sizeof(records[0]); i++)
    {
        others.name = records[i];        /* the second record is read before it is written */
        sim_add_rule(world->sim, &others);
    }
    put(world, ORIGIN "/empty", "");
    CHECK_STATUS(set_up(world), CSC_OK);
}

static void check_both(struct world *world, const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof(path), ORIGIN "/%s", name);
    CHECK_STRING(content(world, path), text);
    snprintf(path, sizeof(path), TREE "/%s", name);
    CHECK_STRING(content(world, path), text);
}

static void test_what_was_edited_here_is_sent(void)
{
    struct world world;

    make_racy(&world, 1, &coarse, NULL);
    CHECK_STATUS(go_offline(&world), CSC_OK);
    sim_sleep(world.sim, 10 * SIM_S);
    put(&world, THROUGH "/a", "uno");            /* the same size */
    put(&world, THROUGH "/b", "longer");
    put(&world, THROUGH "/empty", "not any more");
    CHECK_STATUS(go_online(&world), CSC_OK);
    CHECK_INT(count_conflicts(world.engine, 0), 0);
    check_both(&world, "a", "uno");
    check_both(&world, "b", "longer");
    check_both(&world, "empty", "not any more");
    end_world(&world);
}

/* Decided while the server's tick lasts: it is waited for. */
static void test_what_was_edited_at_once_is_sent(void)
{
    struct world world;

    make_racy(&world, 2, &coarse, NULL);
    CHECK_STATUS(go_offline(&world), CSC_OK);
    put(&world, THROUGH "/a", "uno");
    CHECK_STATUS(go_online(&world), CSC_OK);
    CHECK_INT(count_conflicts(world.engine, 0), 0);
    check_both(&world, "a", "uno");
    end_world(&world);
}

static void test_what_was_deleted_here_is_deleted_there(void)
{
    struct world world;

    make_racy(&world, 3, &coarse, NULL);
    CHECK_STATUS(go_offline(&world), CSC_OK);
    sim_sleep(world.sim, 10 * SIM_S);
    CHECK_STATUS(sim_remove(world.sim, THROUGH "/a"), CSC_OK);
    CHECK_STATUS(go_online(&world), CSC_OK);
    CHECK_INT(count_conflicts(world.engine, 0), 0);
    check_both(&world, "a", "(none)");
    end_world(&world);
}

/* An upload is agreed on in the tick of the edit, too. */
static void test_what_was_sent_and_edited_again_is_sent(void)
{
    struct world world;

    make_racy(&world, 4, &coarse, NULL);
    sim_sleep(world.sim, 10 * SIM_S);
    CHECK_STATUS(go_offline(&world), CSC_OK);
    put(&world, THROUGH "/a", "uno");
    CHECK_STATUS(go_online(&world), CSC_OK);
    check_both(&world, "a", "uno");
    CHECK_STATUS(go_offline(&world), CSC_OK);
    sim_sleep(world.sim, 10 * SIM_S);
    put(&world, THROUGH "/a", "once more");
    CHECK_STATUS(go_online(&world), CSC_OK);
    CHECK_INT(count_conflicts(world.engine, 0), 0);
    check_both(&world, "a", "once more");
    end_world(&world);
}

/* The same content came from both sides, and was compared. */
static void test_what_was_found_equal_and_edited_is_sent(void)
{
    struct world world;

    make_racy(&world, 5, &coarse, NULL);
    CHECK_STATUS(go_offline(&world), CSC_OK);
    sim_sleep(world.sim, 10 * SIM_S);
    put(&world, THROUGH "/a", "the same");
    sim_sleep(world.sim, SIM_S);
    put(&world, ORIGIN "/a", "the same");
    CHECK_STATUS(go_online(&world), CSC_OK);
    CHECK_STATUS(go_offline(&world), CSC_OK);
    sim_sleep(world.sim, 10 * SIM_S);
    put(&world, THROUGH "/a", "edited");
    CHECK_STATUS(go_online(&world), CSC_OK);
    CHECK_INT(count_conflicts(world.engine, 0), 0);
    check_both(&world, "a", "edited");
    end_world(&world);
}

/* A cache whose own clock is coarse. */
static void test_what_was_edited_there_is_fetched(void)
{
    struct sim_config config = { .seed = 6, .preempt = 100, .start = START, .disk = { .granularity = 2 * SIM_S } };
    struct world world;

    make_world(&world, &config);
    CHECK_STATUS(set_up(&world), CSC_OK);
    sim_sleep(world.sim, 10 * SIM_S);
    put(&world, ORIGIN "/a", "edited there");
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_INT(count_conflicts(world.engine, 0), 0);
    check_both(&world, "a", "edited there");
    CHECK_STATUS(sim_remove(world.sim, ORIGIN "/b"), CSC_OK);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    check_both(&world, "b", "(none)");
    end_world(&world);
}

/* What somebody wrote in the same tick, in the same size, is a change all the same: nothing may go over it. */
static void test_a_change_in_the_tick_is_seen(void)
{
    struct world world;

    make_racy(&world, 7, &coarse, NULL);
    CHECK(sim_now(world.sim) < START + 2 * SIM_S);
    put(&world, ORIGIN "/a", "uno");
    put(&world, ORIGIN "/b", "due");
    CHECK_STATUS(go_offline(&world), CSC_OK);
    sim_sleep(world.sim, 10 * SIM_S);
    put(&world, THROUGH "/a", "mio");
    CHECK_STATUS(sim_remove(world.sim, THROUGH "/b"), CSC_OK);
    CHECK_STATUS(go_online(&world), CSC_E_MORE_DATA);
    CHECK_INT(count_conflicts(world.engine, 0), 2);
    CHECK_STRING(content(&world, ORIGIN "/a"), "uno");
    CHECK_STRING(content(&world, TREE "/a"), "mio");
    CHECK_STRING(content(&world, ORIGIN "/b"), "due");
    end_world(&world);
}

/* Files that are old enough, or on a clock that can be waited for, are copied and not read. */
static void test_others_are_not_read(void)
{
    static const struct sim_volume_config fine = { .granularity = 20 * SIM_MS };
    unsigned reads = 0;
    struct world world;

    make_racy(&world, 8, &fine, &reads);
    CHECK_INT(reads, 0);
    sim_sleep(world.sim, SIM_S);
    put(&world, ORIGIN "/a", "newer");
    CHECK_STATUS(sync_share(&world), CSC_OK);
    check_both(&world, "a", "newer");
    CHECK_INT(reads, 0);
    end_world(&world);

    reads = 0;
    make_racy(&world, 9, &coarse, &reads);
    CHECK_INT(reads, 6);                         /* each once beside the server's, and once for its hashes */
    put(&world, ORIGIN "/a", "newer");
    sim_sleep(world.sim, 5 * SIM_S);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    check_both(&world, "a", "newer");
    /* b and d/c were compared with the server's once, and are old enough now, too */
    reads = 0;
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_INT(reads, 0);
    end_world(&world);
}

int main(void)
{
    RUN(test_what_was_edited_here_is_sent);
    RUN(test_what_was_edited_at_once_is_sent);
    RUN(test_what_was_deleted_here_is_deleted_there);
    RUN(test_what_was_sent_and_edited_again_is_sent);
    RUN(test_what_was_found_equal_and_edited_is_sent);
    RUN(test_what_was_edited_there_is_fetched);
    RUN(test_a_change_in_the_tick_is_seen);
    RUN(test_others_are_not_read);
    return test_report();
}
