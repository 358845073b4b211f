/*
 * The simulation itself, and the engine in it
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "op.h"
#include "scope.h"
#include "sim.h"
#include "test.h"

#define SHARE "\\\\server\\share"
#define ORIGIN "/mnt/server"
#define THROUGH "/c/dosdevices/unc/server/share"
#define TREE "/c/windows/CSC/v2.0.6/namespace/server/share"
#define SYNC_BOTH (OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT | \
                   OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE)
#define PIN_ALL (OFFLINEFILES_PIN_CONTROL_FLAG_FILL | OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER)

/* -- a world with an engine -- */

struct world
{
    struct sim *sim;
    struct sim_volume *origin;
    struct csc_engine *engine;
};

static csc_status open_engine(struct world *world)
{
    struct csc_engine_config config;

    sim_engine_config(world->sim, &config);
    return csc_engine_open(&config, &world->engine);
}

static void make_world(struct world *world, const struct sim_config *config)
{
    struct sim_volume_config server = { .mount_point = ORIGIN, .granularity = SIM_MS, .volatile_only = 1 };

    memset(world, 0, sizeof(*world));
    world->sim = sim_create(config);
    world->origin = sim_mount(world->sim, &server);
}

static void end_world(struct world *world)
{
    csc_engine_close(world->engine);
    sim_destroy(world->sim);
}

static void put(struct world *world, const char *path, const char *text)
{
    CHECK_STATUS(sim_write(world->sim, path, text, strlen(text)), CSC_OK);
}

/* The content of a file; static, "(none)" when there is none. */
static const char *content(struct world *world, const char *path)
{
    static char text[256];
    void *data;
    size_t size;

    if (csc_failed(sim_read(world->sim, path, &data, &size))) return "(none)";
    snprintf(text, sizeof(text), "%s", (char *)data);
    free(data);
    return text;
}

/* A share with three files, all of them cached. */
static csc_status set_up(struct world *world)
{
    csc_status status;

    put(world, ORIGIN "/a", "one");
    put(world, ORIGIN "/b", "two");
    sim_make_dir(world->sim, ORIGIN "/d");
    put(world, ORIGIN "/d/c", "three");
    if (csc_failed(status = open_engine(world))) return status;
    if (csc_failed(status = csc_map(world->engine, SHARE, ORIGIN, 0))) return status;
    return sim_run_op(world->engine, CSC_OP_PIN, PIN_ALL, 1, SHARE);
}

static csc_status go_offline(struct world *world)
{
    int prevented;

    return csc_go_offline(world->engine, SHARE, 1, &prevented);
}

static csc_status sync_share(struct world *world)
{
    return sim_run_op(world->engine, CSC_OP_SYNC, SYNC_BOTH, 1, SHARE);
}

/* Offline, edits on both sides, online again. */
static csc_status use(struct world *world)
{
    struct sim *sim = world->sim;
    csc_status status;

    if (csc_failed(status = set_up(world))) return status;
    sim_sleep(sim, 3 * SIM_S);
    if (csc_failed(status = go_offline(world))) return status;
    sim_write(sim, THROUGH "/a", "one more", 8);
    sim_write(sim, THROUGH "/new", "new", 3);
    sim_remove(sim, THROUGH "/d/c");
    sim_write(sim, ORIGIN "/b", "two more", 8);
    sim_sleep(sim, 3 * SIM_S);
    return sim_run_op(world->engine, CSC_OP_ONLINE, 0, 1, SHARE);
}

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
    CHECK_STATUS(use(&world), CSC_OK);
    check_used(&world);
    csc_engine_close(world.engine);
    world.engine = NULL;
    CHECK_INT(sim_threads(world.sim), 0);
    end_world(&world);
}

/* The same seed gives the same run, another one another. */
static void test_same_seed_same_run(void)
{
    uint64_t hashes[3];
    struct world world;
    int i;

    for (i = 0; i < 3; i++)
    {
        struct sim_config config = { .seed = i < 2 ? 5 : 6, .preempt = 300 };

        make_world(&world, &config);
        CHECK_STATUS(use(&world), CSC_OK);
        hashes[i] = sim_hash(world.sim);
        end_world(&world);
    }
    CHECK(hashes[0] == hashes[1]);
    CHECK(hashes[0] != hashes[2]);
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
        CHECK_STATUS(set_up(&world), CSC_OK);
        sim_sleep(world.sim, 3 * SIM_S);
        CHECK_STATUS(go_offline(&world), CSC_OK);
        put(&world, THROUGH "/a", "one more");
        put(&world, THROUGH "/new", "new");
        sim_remove(world.sim, THROUGH "/d/c");
        put(&world, ORIGIN "/b", "two more");
        sim_sleep(world.sim, 3 * SIM_S);
        sim_crash_at(world.sim, nth, kind);
        sim_run_op(world.engine, CSC_OP_ONLINE, 0, 1, SHARE);
        csc_engine_close(world.engine);
        world.engine = NULL;
        crashed = sim_crashed(world.sim);
        sim_restart(world.sim);
        if (CHECK_STATUS(open_engine(&world), CSC_OK))
        {
            csc_status online = sim_run_op(world.engine, CSC_OP_ONLINE, 0, 1, SHARE), status = sync_share(&world);

            if (kind == SIM_KILL)
            {
                CHECK_STATUS(online, CSC_OK);
                CHECK_STATUS(status, CSC_OK);
                check_used(&world);
            }
            else
            {
                /* a download that was cut may look like an edit: a conflict, but nothing is lost */
                CHECK_STRING(content(&world, TREE "/a"), "one more");
                CHECK_STRING(content(&world, TREE "/new"), "new");
                CHECK_STRING(content(&world, ORIGIN "/b"), "two more");
            }
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

int main(void)
{
    RUN(test_engine_runs);
    RUN(test_same_seed_same_run);
    RUN(test_killed_everywhere);
    RUN(test_power_lost_everywhere);
    return test_report();
}
