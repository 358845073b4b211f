/*
 * How many workers a share is worth
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test.h"
#include "width.h"

#define US ((int64_t)1000)
#define MS ((int64_t)1000000)

/* What a machine and a server can do: looks take `look`, each asks for `work` of the processors before the next one; the
 * server does `server` looks at once (0: any number), more have to queue up. */
struct world
{
    int64_t look, work;
    unsigned cores, server;
};

static int64_t look_takes(const struct world *world, unsigned workers)
{
    return world->server && workers > world->server ? world->look * workers / world->server : world->look;
}

/* Lets the workers run for a while; what they came to. */
static unsigned run(struct csc_width *width, const struct world *world, unsigned rounds)
{
    struct csc_calls calls = { 0 };
    unsigned i, now;
    int64_t work;

    while (rounds--)
    {
        now = width->now;
        /* processors that all want to use */
        work = world->work;
        if (work * now > (look_takes(world, now) + work) * world->cores)
            work = work * now / world->cores - look_takes(world, now);
        if (work < world->work) work = world->work;
        for (i = 0; i < now; i++)
        {
            csc_calls_add(&calls, CSC_CALL_LOOK, look_takes(world, now));
            csc_width_tell(width, &calls, work, 1);
        }
    }
    return width->now;
}

static struct csc_width fresh(void)
{
    struct csc_width width;

    csc_width_init(&width, 8, 64, 4000 * MS);
    return width;
}

static void test_local(void)
{
    struct world disk = { 10 * US, 50 * US, 2, 0 }, busy_disk = { 2 * MS, 5 * MS, 2, 0 };
    struct csc_width width = fresh();

    CHECK(width.now == 8);
    CHECK(run(&width, &disk, 100) == 8);
    width = fresh();
    CHECK(run(&width, &busy_disk, 100) <= 12);
}

/* Much of it waits for something, but not for the origin. */
static void test_local_beside_others(void)
{
    struct csc_calls calls = { 0 };
    struct csc_width width = fresh();
    unsigned i, n;

    for (i = 0; i < 100; i++)
    {
        for (n = 0; n < 11; n++) csc_calls_add(&calls, CSC_CALL_LOOK, 20 * US);
        csc_calls_add(&calls, CSC_CALL_LOOK, 10 * MS);
        csc_calls_add(&calls, CSC_CALL_OTHER, 3 * MS);
        csc_width_tell(&width, &calls, 600 * US, 1);
        CHECK(width.now == 8);
    }
}

static void test_distant(void)
{
    struct world far = { 5 * MS, 100 * US, 2, 0 };
    struct csc_width width = fresh();

    /* twice as many at a time, so that a server that cannot bear it shows in time */
    CHECK(run(&width, &far, 2) == 16);
    CHECK(run(&width, &far, 2) == 32);
    CHECK(run(&width, &far, 20) == 64);
    /* farther still: that is no strain */
    far.look = 50 * MS;
    run(&width, &far, 200);
    CHECK(width.now == 64);
    /* and near again */
    far.look = 20 * US;
    CHECK(run(&width, &far, 100) <= 10);
}

static void test_server_is_the_limit(void)
{
    struct world world = { 5 * MS, 100 * US, 2, 12 };
    struct csc_width width = fresh();
    unsigned i, most = 0, least = 64;

    run(&width, &world, 20);
    for (i = 0; i < 200; i++)
    {
        run(&width, &world, 1);
        if (width.now > most) most = width.now;
        if (width.now < least) least = width.now;
    }
    /* what it does at once is always asked of it, and not more than about twice that */
    CHECK(least >= 8);
    CHECK(most <= 32);
}

static void test_processor_is_the_limit(void)
{
    struct world world = { 5 * MS, 1 * MS, 1, 0 };
    struct csc_width width = fresh();

    run(&width, &world, 200);
    CHECK(width.now >= 8);
    CHECK(width.now <= 48);
}

static void test_a_call_that_takes_very_long(void)
{
    struct world far = { 5 * MS, 100 * US, 2, 0 };
    struct csc_calls calls = { 0 };
    struct csc_width width = fresh();
    unsigned i;

    run(&width, &far, 20);
    CHECK(width.now == 64);
    csc_calls_add(&calls, CSC_CALL_OTHER, 600 * MS);
    csc_width_tell(&width, &calls, 0, 1);
    run(&width, &far, 2);
    CHECK(width.now <= 32);
    /* a flush may */
    run(&width, &far, 20);
    for (i = 0; i < 200; i++)
    {
        csc_calls_add(&calls, CSC_CALL_FLUSH, 900 * MS);
        csc_width_tell(&width, &calls, 0, 1);
    }
    CHECK(width.now == 64);
}

static void test_what_is_not_used_does_not_grow(void)
{
    struct csc_calls calls = { 0 };
    struct csc_width width = fresh();
    unsigned i;

    for (i = 0; i < 1000; i++)
    {
        csc_calls_add(&calls, CSC_CALL_LOOK, 5 * MS);
        csc_width_tell(&width, &calls, 10 * US, 0);
    }
    CHECK(width.now == 8);
}

static void test_answers_from_memory_say_nothing(void)
{
    struct world far = { 5 * MS, 100 * US, 2, 0 };
    struct csc_calls calls = { 0 };
    struct csc_width width = fresh();
    unsigned i;

    for (i = 0; i < 100; i++)
    {
        csc_calls_add(&calls, CSC_CALL_LOOK, 2 * US);
        csc_calls_add(&calls, CSC_CALL_CHANGE, 5 * MS);
        csc_width_tell(&width, &calls, 10 * US, 1);
    }
    CHECK(width.now == 64);
    CHECK(run(&width, &far, 20) == 64);
}

static void test_fixed(void)
{
    struct world far = { 5 * MS, 100 * US, 2, 0 };
    struct csc_width width;

    csc_width_init(&width, 3, 0, 4000 * MS);
    CHECK(!csc_width_adapts(&width));
    CHECK(run(&width, &far, 100) == 3);
    CHECK(csc_width_share(&width, 4, 64) == 64);
    csc_width_init(&width, 0, 0, 4000 * MS);
    CHECK(width.now == 1);
}

static void test_share(void)
{
    struct world far = { 5 * MS, 100 * US, 2, 0 }, near = { 300 * US, 100 * US, 2, 0 };
    struct csc_calls calls = { 0 };
    struct csc_width width = fresh();

    CHECK(csc_width_share(&width, 4, 64) == 64);
    /* known from the first question */
    csc_calls_add(&calls, CSC_CALL_LOOK, 2 * MS);
    csc_width_tell(&width, &calls, 0, 0);
    CHECK(csc_width_share(&width, 4, 64) == 10);
    run(&width, &far, 20);
    CHECK(csc_width_share(&width, 4, 64) == 4);
    width = fresh();
    run(&width, &near, 20);
    CHECK(csc_width_share(&width, 4, 64) == 64);
}

int main(void)
{
    RUN(test_local);
    RUN(test_local_beside_others);
    RUN(test_distant);
    RUN(test_server_is_the_limit);
    RUN(test_processor_is_the_limit);
    RUN(test_a_call_that_takes_very_long);
    RUN(test_what_is_not_used_does_not_grow);
    RUN(test_answers_from_memory_say_nothing);
    RUN(test_fixed);
    RUN(test_share);
    return test_report();
}
