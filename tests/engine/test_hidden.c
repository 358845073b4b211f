/*
 * HIDDEN and SYSTEM on both sides
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sim_world.h"

#define BOTH (CSC_ATTR_HIDDEN | CSC_ATTR_SYSTEM)

static void count_call(struct sim *sim, void *context)
{
    (void)sim;
    ++*(unsigned *)context;
}

static void count_calls(struct world *world, struct sim_volume *volume, uint64_t calls, unsigned *count)
{
    struct sim_rule rule = { .volume = volume, .calls = calls, .fault = SIM_FAULT_ACT, .act = count_call, .context = count };

    sim_add_rule(world->sim, &rule);
}

static void make_keeping(struct world *world, uint64_t seed)
{
    static const struct sim_volume_config server = { .granularity = SIM_MS, .keeps_hidden = 1 };
    struct sim_config config = { .seed = seed, .preempt = 100, .disk = { .keeps_hidden = 1 } };

    make_world_with(world, &config, &server);
}

static uint32_t bits(struct world *world, const char *path)
{
    struct csc_stat stat;

    return csc_failed(sim_lstat(world->sim, path, &stat)) ? 0xffff : stat.attributes & CSC_ATTR_SETTABLE;
}

static void give(struct world *world, const char *path, uint32_t attributes)
{
    CHECK_STATUS(sim_set_attributes(world->sim, path, attributes), CSC_OK);
}

static void check_bits(struct world *world, const char *name, uint32_t attributes)
{
    char path[256];

    snprintf(path, sizeof(path), ORIGIN "/%s", name);
    CHECK_INT(bits(world, path), attributes);
    snprintf(path, sizeof(path), TREE "/%s", name);
    CHECK_INT(bits(world, path), attributes);
}

static void test_they_come_with_a_download(void)
{
    struct world world;

    make_keeping(&world, 1);
    put(&world, ORIGIN "/h", "hidden");
    give(&world, ORIGIN "/h", CSC_ATTR_HIDDEN);
    put(&world, ORIGIN "/all", "all");
    give(&world, ORIGIN "/all", BOTH | CSC_ATTR_READONLY);
    sim_make_dir(world.sim, ORIGIN "/dir");
    give(&world, ORIGIN "/dir", BOTH);
    CHECK_STATUS(set_up(&world), CSC_OK);
    check_bits(&world, "h", CSC_ATTR_HIDDEN);
    check_bits(&world, "all", BOTH | CSC_ATTR_READONLY);
    check_bits(&world, "dir", BOTH);
    check_bits(&world, "a", 0);
    /* and with a newer version */
    sim_sleep(world.sim, SIM_S);
    put(&world, ORIGIN "/h", "hidden, newer");
    give(&world, ORIGIN "/h", CSC_ATTR_SYSTEM);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_STRING(content(&world, TREE "/h"), "hidden, newer");
    check_bits(&world, "h", CSC_ATTR_SYSTEM);
    end_world(&world);
}

static void test_they_go_with_an_upload(void)
{
    struct world world;

    make_keeping(&world, 2);
    CHECK_STATUS(set_up(&world), CSC_OK);
    CHECK_STATUS(go_offline(&world), CSC_OK);
    put(&world, THROUGH "/new", "new");
    give(&world, THROUGH "/new", CSC_ATTR_HIDDEN);
    put(&world, THROUGH "/a", "one more");
    give(&world, THROUGH "/a", CSC_ATTR_SYSTEM);
    sim_make_dir(world.sim, THROUGH "/dir");
    give(&world, THROUGH "/dir", CSC_ATTR_HIDDEN);
    CHECK_STATUS(go_online(&world), CSC_OK);
    check_bits(&world, "new", CSC_ATTR_HIDDEN);
    check_bits(&world, "a", CSC_ATTR_SYSTEM);
    check_bits(&world, "dir", CSC_ATTR_HIDDEN);
    CHECK_STRING(content(&world, ORIGIN "/a"), "one more");
    end_world(&world);
}

/* A change of them alone moves no content. */
static void test_a_change_travels_alone(void)
{
    struct world world;
    unsigned copies = 0;

    make_keeping(&world, 3);
    CHECK_STATUS(set_up(&world), CSC_OK);
    sim_sleep(world.sim, SIM_S);
    count_calls(&world, NULL, SIM_BIT(SIM_COPY), &copies);
    give(&world, ORIGIN "/a", CSC_ATTR_HIDDEN);
    give(&world, ORIGIN "/d", BOTH);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    check_bits(&world, "a", CSC_ATTR_HIDDEN);
    check_bits(&world, "d", BOTH);

    CHECK_STATUS(go_offline(&world), CSC_OK);
    give(&world, THROUGH "/a", CSC_ATTR_SYSTEM);
    give(&world, THROUGH "/b", BOTH);
    give(&world, THROUGH "/d", 0);
    CHECK_STATUS(go_online(&world), CSC_OK);
    check_bits(&world, "a", CSC_ATTR_SYSTEM);
    check_bits(&world, "b", BOTH);
    check_bits(&world, "d", 0);
    CHECK_INT(copies, 0);
    CHECK_INT(count_conflicts(world.engine, 0), 0);
    end_world(&world);
}

static void test_two_changes_are_a_conflict(void)
{
    struct world world;

    make_keeping(&world, 4);
    CHECK_STATUS(set_up(&world), CSC_OK);
    CHECK_STATUS(go_offline(&world), CSC_OK);
    give(&world, THROUGH "/a", CSC_ATTR_HIDDEN);
    give(&world, ORIGIN "/a", CSC_ATTR_SYSTEM);
    give(&world, THROUGH "/b", CSC_ATTR_HIDDEN);
    give(&world, ORIGIN "/b", CSC_ATTR_HIDDEN);
    CHECK_STATUS(go_online(&world), CSC_E_MORE_DATA);
    CHECK_INT(count_conflicts(world.engine, 0), 1);
    CHECK_INT(bits(&world, TREE "/a"), CSC_ATTR_HIDDEN);
    CHECK_INT(bits(&world, ORIGIN "/a"), CSC_ATTR_SYSTEM);
    check_bits(&world, "b", CSC_ATTR_HIDDEN);
    end_world(&world);
}

/* A server that cannot keep them: they stay in the cache, and nothing is tried again and again. */
static void test_one_side_cannot_keep_them(void)
{
    struct sim_config config = { .seed = 5, .preempt = 100, .disk = { .keeps_hidden = 1 } };
    struct world world;
    unsigned changes = 0;

    make_world(&world, &config);
    CHECK_STATUS(set_up(&world), CSC_OK);
    CHECK_STATUS(go_offline(&world), CSC_OK);
    give(&world, THROUGH "/a", CSC_ATTR_HIDDEN);
    give(&world, THROUGH "/d", CSC_ATTR_HIDDEN);
    CHECK_STATUS(go_online(&world), CSC_OK);
    CHECK_INT(count_conflicts(world.engine, 0), 0);
    CHECK_INT(bits(&world, TREE "/a"), CSC_ATTR_HIDDEN);
    CHECK_INT(bits(&world, TREE "/d"), CSC_ATTR_HIDDEN);
    CHECK_INT(bits(&world, ORIGIN "/a"), 0);
    /* READONLY, which both keep, leaves them alone */
    sim_sleep(world.sim, SIM_S);
    give(&world, ORIGIN "/a", CSC_ATTR_READONLY);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_INT(bits(&world, TREE "/a"), CSC_ATTR_HIDDEN | CSC_ATTR_READONLY);
    count_calls(&world, NULL, SIM_BIT(SIM_SET_ATTRIBUTES) | SIM_BIT(SIM_SET_FILE_ATTRIBUTES) | SIM_BIT(SIM_COPY), &changes);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_INT(changes, 0);
    end_world(&world);
}

/* A synchronization that finds nothing looks at directories only. */
static void test_unchanged_files_are_not_looked_at(void)
{
    struct world world;
    unsigned looks = 0, few;
    char path[64];
    unsigned i;

    make_keeping(&world, 6);
    CHECK_STATUS(set_up(&world), CSC_OK);
    sim_sleep(world.sim, SIM_S);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    count_calls(&world, NULL, SIM_BIT(SIM_SEE), &looks);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK(looks > 0);
    few = looks;
    for (i = 0; i < 100; i++)
    {
        snprintf(path, sizeof(path), ORIGIN "/f%u", i);
        put(&world, path, "x");
    }
    CHECK_STATUS(sync_share(&world), CSC_OK);
    looks = 0;
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_INT(looks, few);
    end_world(&world);
}

int main(void)
{
    RUN(test_they_come_with_a_download);
    RUN(test_they_go_with_an_upload);
    RUN(test_a_change_travels_alone);
    RUN(test_two_changes_are_a_conflict);
    RUN(test_one_side_cannot_keep_them);
    RUN(test_unchanged_files_are_not_looked_at);
    return test_report();
}
