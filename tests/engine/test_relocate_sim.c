/*
 * Renaming servers and shares in the cache, killed or without power at every change, those of the database among them
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sim_world.h"

static int is_there(struct world *world, const char *path)
{
    struct csc_buffer record = { 0 };
    csc_status status = csc_find(world->engine, path, 0, &record);

    csc_buffer_free(&record);
    return !csc_failed(status);
}

static const char *at(const char *base, const char *server, const char *share, const char *below)
{
    static char paths[2][256];
    static unsigned turn;
    char *path = paths[turn++ % 2];

    snprintf(path, 256, "%s/%s/%s%s", base, server, share, below);
    return path;
}

#define LINKS "/c/dosdevices/unc"
#define TREES "/c/windows/CSC/v2.0.6/namespace"

/* What a program finds by that name, or (there 0) does not find. */
static void check_name(struct world *world, const char *server, const char *share, int there)
{
    CHECK_STRING(content(world, at(LINKS, server, share, "/a")), there ? "one more" : "(none)");
    CHECK_STRING(content(world, at(LINKS, server, share, "/new")), there ? "new" : "(none)");
    CHECK_STRING(content(world, at(LINKS, server, share, "/b")), there ? "two" : "(none)");
    CHECK_STRING(content(world, at(LINKS, server, share, "/d/c")), "(none)");
    CHECK_STRING(content(world, at(TREES, server, share, "/a")), there ? "one more" : "(none)");
}

static void check_outcome(struct world *world, const char *server, const char *share, int must, unsigned *done)
{
    char name[64];
    int renamed;

    snprintf(name, sizeof(name), "\\\\%s\\%s", server, share);
    renamed = is_there(world, name);
    done[renamed]++;
    if (must) CHECK(renamed);
    CHECK_INT(is_there(world, SHARE), !renamed);
    check_name(world, server, share, renamed);
    check_name(world, "server", "share", !renamed);
    if (!renamed) snprintf(name, sizeof(name), "%s", SHARE);
    CHECK_STATUS(sim_run_op(world->engine, CSC_OP_ONLINE, 0, 1, name), CSC_OK);
    CHECK_STRING(content(world, ORIGIN "/a"), "one more");
    CHECK_STRING(content(world, ORIGIN "/new"), "new");
    CHECK_STRING(content(world, ORIGIN "/b"), "two more");
    CHECK_STRING(content(world, ORIGIN "/d/c"), "(none)");
}

static void rename_share(struct world *world)
{
    csc_rename_now(world->engine, SHARE, "\\\\new\\docs");
}

static void rename_server(struct world *world)
{
    csc_rename_now(world->engine, "\\\\server", "\\\\new");
}

/* A start that has a request to carry out. */
static void start(struct world *world)
{
    open_engine(world);
}

static void crash_everywhere(enum sim_crash kind, void (*operate)(struct world *world), int flush_file_only)
{
    const char *share = operate == rename_share ? "docs" : "share";
    unsigned nth = 0, done[2] = { 0 };
    struct world world;
    int crashed = 1;

    while (crashed && !test_failures)
    {
        struct sim_config config = { .seed = 5000 + ++nth, .preempt = 100 };

        config.disk.flush_file_only = flush_file_only;
        make_world(&world, &config);
        CHECK_STATUS(set_up_edited(&world), CSC_OK);
        if (operate == start)
        {
            CHECK_STATUS(csc_rename_later(world.engine, "\\\\server", "\\\\new"), CSC_OK);
            csc_engine_close(world.engine);
            world.engine = NULL;
        }
        sim_crash_at(world.sim, nth, kind);
        operate(&world);
        csc_engine_close(world.engine);
        world.engine = NULL;
        crashed = sim_crashed(world.sim);
        sim_restart(world.sim);
        if (CHECK_STATUS(open_engine(&world), CSC_OK)) check_outcome(&world, "new", share, operate == start, done);
        if (test_failures)
        {
            printf("  %s at change %u\n", kind == SIM_KILL ? "killed" : "power loss", nth);
            sim_print_tree(world.sim, LINKS, stdout);
            sim_print_tree(world.sim, TREES, stdout);
        }
        end_world(&world);
    }
    CHECK(nth > 15);
    CHECK(done[1] > 1 && (operate == start || done[0] > 1));
    printf("# %u crashes, %u times undone\n", nth, done[0]);
}

static void killed_at_each_change(void)
{
    crash_everywhere(SIM_KILL, rename_share, 0);
    crash_everywhere(SIM_KILL, rename_server, 0);
    crash_everywhere(SIM_KILL, start, 0);
}

static void power_lost_at_each_change(void)
{
    int flush_file_only;

    for (flush_file_only = 0; flush_file_only < 2; flush_file_only++)
    {
        crash_everywhere(SIM_POWER_LOSS, rename_share, flush_file_only);
        crash_everywhere(SIM_POWER_LOSS, rename_server, flush_file_only);
        crash_everywhere(SIM_POWER_LOSS, start, flush_file_only);
    }
}

int main(void)
{
    RUN(killed_at_each_change);
    RUN(power_lost_at_each_change);
    return test_report();
}
