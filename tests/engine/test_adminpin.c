/*
 * Files and folders that an administrator assigned, in simulated time
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "adminpin.h"
#include "sim_world.h"

#define MACHINE CSC_PIN_COMPUTER
#define USER    CSC_PIN_USER_POLICY
#define DEEP(reason) ((reason) | (reason) << CSC_PIN_INHERIT_SHIFT)

/* -- the decision -- */

static void test_what_goes(void)
{
    struct csc_admin_pin wanted_pins[] =
    {
        { (char *)"", (char *)"\\\\S\\SHARE\\DOCS", MACHINE },
        { (char *)"", (char *)"\\\\S\\SHARE\\A", USER },
    };
    struct csc_admin_list wanted = { wanted_pins, 2 };
    static const struct { const char *key; uint32_t reason; int goes; } cases[] =
    {
        { "\\\\S\\SHARE\\DOCS", MACHINE, 0 },
        { "\\\\S\\SHARE\\DOCS", USER, 1 },
        { "\\\\S\\SHARE\\DOCS\\DEEP\\FILE", MACHINE, 0 },
        { "\\\\S\\SHARE\\DOCS\\DEEP\\FILE", USER, 1 },
        { "\\\\S\\SHARE\\DOCS2", MACHINE, 1 },
        { "\\\\S\\SHARE", MACHINE, 1 },
        { "\\\\S\\SHARE\\A", USER, 0 },
        { "\\\\S\\SHARE\\A", MACHINE, 1 },
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        struct csc_admin_pin pin = { (char *)"", (char *)cases[i].key, cases[i].reason };

        if (!CHECK_INT(csc_admin_pin_goes(&pin, &wanted), cases[i].goes)) printf("  %s\n", cases[i].key);
    }
}

/* -- the engine -- */

/* A share of which nothing is pinned, with a, b, d/c, d/e/f. */
static void make(struct world *world, uint64_t seed)
{
    struct sim_config config = { .seed = seed };

    make_world(world, &config);
    put(world, ORIGIN "/a", "one");
    put(world, ORIGIN "/b", "two");
    sim_make_dir(world->sim, ORIGIN "/d");
    put(world, ORIGIN "/d/c", "three");
    sim_make_dir(world->sim, ORIGIN "/d/e");
    put(world, ORIGIN "/d/e/f", "four");
    CHECK_STATUS(open_engine(world), CSC_OK);
    CHECK_STATUS(csc_map(world->engine, SHARE, ORIGIN, 0), CSC_OK);
    sim_sleep(world->sim, 5 * SIM_S);
}

static void assign(struct world *world, const char *machine, const char *user, int economical)
{
    CHECK_STATUS(csc_set_admin_pins(world->engine, &machine, machine != NULL, &user, user != NULL, economical), CSC_OK);
}

/* Pin bits of an item; -1: not in the cache. */
static int pin_of(struct world *world, const char *path)
{
    struct csc_buffer record = { 0 };
    int pin = -1;

    if (!csc_failed(csc_find(world->engine, path, 0, &record))) pin = ((struct csc_wire_item *)record.data)->pin;
    csc_buffer_free(&record);
    return pin;
}

static csc_status run(struct world *world, enum csc_op_kind kind, struct csc_wire_totals *totals)
{
    struct csc_op_request request = { .kind = kind };

    return run_request(world->engine, &request, totals);
}

static void test_by_itself(void)
{
    struct world world;

    make(&world, 1);
    assign(&world, SHARE "\\d", SHARE "\\A", 1);
    sim_sleep(world.sim, 3 * SIM_S);
    CHECK_INT(pin_of(&world, SHARE "\\d"), DEEP(MACHINE));
    CHECK_INT(pin_of(&world, SHARE "\\d\\e\\f"), MACHINE);
    CHECK_INT(pin_of(&world, SHARE "\\a"), USER);
    CHECK_INT(pin_of(&world, SHARE "\\b"), -1);
    /* their content comes in the background */
    sim_sleep(world.sim, 10 * SIM_S);
    CHECK_STRING(content(&world, TREE "/d/e/f"), "four");
    CHECK_STRING(content(&world, TREE "/a"), "one");

    /* a pin of the user's own on the same file stays when the policy goes */
    CHECK_STATUS(sim_run_op(world.engine, CSC_OP_PIN, OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER, 0, SHARE "\\a"), CSC_OK);
    CHECK_INT(pin_of(&world, SHARE "\\a"), USER | CSC_PIN_USER);
    assign(&world, NULL, NULL, 1);
    sim_sleep(world.sim, 3 * SIM_S);
    CHECK_INT(pin_of(&world, SHARE "\\d"), 0);
    CHECK_INT(pin_of(&world, SHARE "\\d\\e\\f"), 0);
    CHECK_INT(pin_of(&world, SHARE "\\a"), CSC_PIN_USER);
    CHECK_STRING(content(&world, TREE "/d/e/f"), "four");
    end_world(&world);
}

/* What an entry pinned keeps its pin under a new name until the list is applied again, which names another path. */
static void test_renamed(void)
{
    struct world world;

    make(&world, 3);
    assign(&world, SHARE "\\d", SHARE "\\a", 1);
    sim_sleep(world.sim, 5 * SIM_S);
    CHECK_STATUS(csc_rename_now(world.engine, SHARE "\\d", SHARE "\\moved"), CSC_OK);
    CHECK_INT(pin_of(&world, SHARE "\\moved\\e\\f"), MACHINE);
    csc_engine_close(world.engine);
    CHECK_STATUS(open_engine(&world), CSC_OK);
    assign(&world, NULL, SHARE "\\a", 1);
    sim_sleep(world.sim, 5 * SIM_S);
    CHECK_INT(pin_of(&world, SHARE "\\moved"), 0);
    CHECK_INT(pin_of(&world, SHARE "\\moved\\e\\f"), 0);
    CHECK_INT(pin_of(&world, SHARE "\\a"), USER);
    end_world(&world);
}

/* What left a list while the service did not run loses its pin at the next start; without a list nothing does. */
static void test_remembered(void)
{
    struct world world;

    make(&world, 2);
    assign(&world, SHARE "\\d", SHARE "\\a", 1);
    sim_sleep(world.sim, 5 * SIM_S);
    csc_engine_close(world.engine);
    CHECK_STATUS(open_engine(&world), CSC_OK);
    sim_sleep(world.sim, 5 * SIM_S);
    CHECK_INT(pin_of(&world, SHARE "\\d\\c"), MACHINE);
    assign(&world, NULL, SHARE "\\a", 1);
    sim_sleep(world.sim, 5 * SIM_S);
    CHECK_INT(pin_of(&world, SHARE "\\d\\c"), 0);
    CHECK_INT(pin_of(&world, SHARE "\\a"), USER);
    end_world(&world);
}

/* An assigned file below an assigned folder: whichever goes, what stays on the list stays pinned. */
static void test_nested(void)
{
    const char *both[] = { SHARE "\\d", SHARE "\\d\\e" };
    struct world world;

    make(&world, 3);
    CHECK_STATUS(csc_set_admin_pins(world.engine, both, 2, NULL, 0, 1), CSC_OK);
    sim_sleep(world.sim, 5 * SIM_S);
    assign(&world, SHARE "\\d", NULL, 1);
    sim_sleep(world.sim, 5 * SIM_S);
    CHECK_INT(pin_of(&world, SHARE "\\d\\e\\f"), MACHINE);
    CHECK_STATUS(csc_set_admin_pins(world.engine, both, 2, NULL, 0, 1), CSC_OK);
    sim_sleep(world.sim, 5 * SIM_S);
    assign(&world, SHARE "\\d\\e", NULL, 1);
    sim_sleep(world.sim, 5 * SIM_S);
    CHECK_INT(pin_of(&world, SHARE "\\d"), 0);
    CHECK_INT(pin_of(&world, SHARE "\\d\\c"), 0);
    CHECK_INT(pin_of(&world, SHARE "\\d\\e"), DEEP(MACHINE));
    CHECK_INT(pin_of(&world, SHARE "\\d\\e\\f"), MACHINE);
    end_world(&world);
}

/* A server that is away, or a file that is not there yet: tried again. */
static void test_tried_again(void)
{
    struct world world;

    make(&world, 4);
    sim_set_presence(world.sim, world.origin, SIM_GONE);
    sim_sleep(world.sim, 10 * SIM_S);
    assign(&world, SHARE "\\d", SHARE "\\later", 1);
    sim_sleep(world.sim, 30 * SIM_S);
    CHECK_INT(pin_of(&world, SHARE "\\d"), -1);
    sim_set_presence(world.sim, world.origin, SIM_PRESENT);
    sim_sleep(world.sim, 120 * SIM_S);
    CHECK_INT(pin_of(&world, SHARE "\\d\\c"), MACHINE);
    CHECK_INT(pin_of(&world, SHARE "\\later"), -1);
    put(&world, ORIGIN "/later", "here");
    sim_sleep(world.sim, 20 * 60 * SIM_S);
    CHECK_INT(pin_of(&world, SHARE "\\later"), USER);
    CHECK_STRING(content(&world, TREE "/later"), "here");
    end_world(&world);
}

/* What ProcessAdminPinPolicy does: both phases, asked for by a client. */
static void test_by_a_client(void)
{
    struct csc_op_request with_paths = { .kind = CSC_OP_ADMIN_PIN, .count = 1 };
    struct csc_wire_totals totals;
    const char *path = SHARE;
    struct world world;
    struct csc_op *op;

    make(&world, 5);
    CHECK_STATUS(run(&world, CSC_OP_ADMIN_UNPIN, &totals), CSC_OK);
    CHECK_STATUS(run(&world, CSC_OP_ADMIN_PIN, &totals), CSC_OK);
    CHECK_INT(totals.items_done, 0);
    assign(&world, SHARE "\\d", NULL, 1);
    CHECK_STATUS(run(&world, CSC_OP_ADMIN_UNPIN, &totals), CSC_OK);
    CHECK_STATUS(run(&world, CSC_OP_ADMIN_PIN, &totals), CSC_OK);
    CHECK_INT(pin_of(&world, SHARE "\\d\\e\\f"), MACHINE);
    /* economical: what is pinned is passed over */
    CHECK_STATUS(run(&world, CSC_OP_ADMIN_PIN, &totals), CSC_OK);
    CHECK_INT(totals.items_done, 0);
    assign(&world, SHARE "\\b", NULL, 1);
    CHECK_STATUS(run(&world, CSC_OP_ADMIN_UNPIN, &totals), CSC_OK);
    CHECK_INT(pin_of(&world, SHARE "\\d\\e\\f"), 0);
    CHECK_STATUS(run(&world, CSC_OP_ADMIN_PIN, &totals), CSC_OK);
    CHECK_INT(pin_of(&world, SHARE "\\b"), MACHINE);
    assign(&world, SHARE "\\none", NULL, 1);
    CHECK_STATUS(run(&world, CSC_OP_ADMIN_PIN, &totals), CSC_E_NOT_FOUND);
    CHECK_INT(totals.items_failed, 1);

    with_paths.paths = &path;
    CHECK_STATUS(csc_op_start(world.engine, &with_paths, &op), CSC_E_INVALID_ARG);
    with_paths.kind = CSC_OP_KIND_COUNT;
    CHECK_STATUS(csc_op_start(world.engine, &with_paths, &op), CSC_E_INVALID_ARG);
    end_world(&world);
}

/* Entries that make no sense harm nobody; a share that is not mapped is no reason to stop. */
static void test_nonsense(void)
{
    const char *list[] = { "", "C:\\windows", "\\\\server", "\\\\other\\share\\x", "\\\\server\\share\\..\\x", SHARE "\\b", SHARE "\\B" };
    struct world world;

    make(&world, 6);
    CHECK_STATUS(csc_set_admin_pins(world.engine, list, 7, list, 7, 1), CSC_OK);
    sim_sleep(world.sim, 10 * SIM_S);
    CHECK_INT(pin_of(&world, SHARE "\\b"), MACHINE | USER);
    assign(&world, NULL, NULL, 1);
    sim_sleep(world.sim, 3 * SIM_S);
    CHECK_INT(pin_of(&world, SHARE "\\b"), 0);
    end_world(&world);
}

/* Not economical: what changed on the server comes in after the start. */
static void test_not_economical(void)
{
    int economical;

    for (economical = 0; economical < 2; economical++)
    {
        struct world world;

        make(&world, 7);
        world.online_sync_interval = 24 * 60 * 60 * 1000;
        assign(&world, SHARE "\\d", NULL, economical);
        sim_sleep(world.sim, 20 * SIM_S);
        CHECK_STATUS(sync_share(&world), CSC_OK);
        csc_engine_close(world.engine);
        put(&world, ORIGIN "/d/c", "newer");
        CHECK_STATUS(open_engine(&world), CSC_OK);
        assign(&world, SHARE "\\d", NULL, economical);
        sim_sleep(world.sim, 5 * 60 * SIM_S);
        CHECK_STRING(content(&world, TREE "/d/c"), economical ? "three" : "newer");
        end_world(&world);
    }
}

int main(void)
{
    RUN(test_what_goes);
    RUN(test_by_itself);
    RUN(test_remembered);
    RUN(test_renamed);
    RUN(test_nested);
    RUN(test_tried_again);
    RUN(test_by_a_client);
    RUN(test_nonsense);
    RUN(test_not_economical);
    return test_report();
}
