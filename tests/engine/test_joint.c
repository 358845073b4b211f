/*
 * One call for all who want the same
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdatomic.h>
#include <unistd.h>

#include "joint.h"
#include "test.h"

#define THREADS 8
#define ROUNDS  200

static struct world
{
    struct csc_joint joint;
    atomic_uint written, durable, calls, inside, too_early, crowded;
    int fails;
} world;

/* Makes durable what was written before it began. */
static csc_status flush(void *context)
{
    unsigned written = atomic_load(&world.written);

    CHECK(context == &world);
    if (atomic_fetch_add(&world.inside, 1)) atomic_fetch_add(&world.crowded, 1);
    usleep(50);
    atomic_store(&world.durable, written);
    atomic_fetch_add(&world.calls, 1);
    atomic_fetch_sub(&world.inside, 1);
    return world.fails ? CSC_E_DISK_FULL : CSC_OK;
}

static void *writes(void *context)
{
    unsigned i, mine;

    for (i = 0; i < ROUNDS; i++)
    {
        mine = atomic_fetch_add(&world.written, 1) + 1;
        if (csc_joint_call(&world.joint, flush, context)) return context;
        if (atomic_load(&world.durable) < mine) atomic_fetch_add(&world.too_early, 1);
    }
    return NULL;
}

static void waits_for_what_was_done_before(void)
{
    pthread_t threads[THREADS];
    void *failed;
    int i;

    csc_joint_init(&world.joint);
    for (i = 0; i < THREADS; i++) CHECK(!pthread_create(&threads[i], NULL, writes, &world));
    for (i = 0; i < THREADS; i++)
    {
        CHECK(!pthread_join(threads[i], &failed));
        CHECK(!failed);
    }
    CHECK_INT(atomic_load(&world.too_early), 0);
    CHECK_INT(atomic_load(&world.crowded), 0);
    /* several at a time had one call */
    CHECK(atomic_load(&world.calls) < THREADS * ROUNDS * 3 / 4);
    csc_joint_free(&world.joint);
}

static void tells_a_failure_to_those_it_concerns(void)
{
    csc_joint_init(&world.joint);
    world.fails = 1;
    CHECK_STATUS(csc_joint_call(&world.joint, flush, &world), CSC_E_DISK_FULL);
    world.fails = 0;
    CHECK_STATUS(csc_joint_call(&world.joint, flush, &world), CSC_OK);
    csc_joint_free(&world.joint);
}

int main(void)
{
    RUN(waits_for_what_was_done_before);
    RUN(tells_a_failure_to_those_it_concerns);
    return test_report();
}
