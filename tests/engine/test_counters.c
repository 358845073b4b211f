/*
 * What work costs, in system calls and statements of the database
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Counts do not depend on the machine, so that they can be held against limits.  CSC_COUNTERS=1 prints all of them.
 */

#include "counters.h"
#include "sync_fixture.h"

#define FOLDERS 10
#define FILES   100          /* in each */

/* What an operation took, divided by how many it was about. */
struct cost
{
    double each[CSC_COUNTERS], system_calls;
};

static struct cost cost_of(struct fixture *f, struct client *client, const char *what, enum csc_op_kind kind,
                           uint32_t flags, unsigned items)
{
    uint64_t before[CSC_COUNTERS], after[CSC_COUNTERS];
    struct cost cost;
    int i;

    csc_counters_read(before);
    CHECK_STATUS(client_one(f, client, kind, flags, SHARE), CSC_OK);
    csc_counters_read(after);
    cost.system_calls = (double)(csc_counters_system_calls(after) - csc_counters_system_calls(before)) / items;
    for (i = 0; i < CSC_COUNTERS; i++) cost.each[i] = (double)(after[i] - before[i]) / items;
    if (getenv("CSC_COUNTERS"))
    {
        printf("# %s, each of %u: %.3f system calls\n", what, items, cost.system_calls);
        for (i = 0; i < CSC_COUNTERS; i++)
            if (after[i] != before[i]) printf("#   %-18s %8.3f\n", csc_counter_name(i), cost.each[i]);
    }
    return cost;
}

static void check_below(const char *what, double got, double limit)
{
    if (got > limit) FAIL("%s: %.3f each, more than %.3f", what, got, limit);
}

static void make_files(const char *base)
{
    char name[64];
    int i, n;

    for (i = 0; i < FOLDERS; i++)
    {
        snprintf(name, sizeof(name), "d%d", i);
        fixture_mkdir(base, name);
        for (n = 0; n < FILES; n++)
        {
            snprintf(name, sizeof(name), "d%d/f%03d.txt", i, n);
            fixture_write(base, name, "the content of a small file");
            /* a file just made is racy */
            fixture_touch(base, name, 1000000000);
        }
    }
}

/* Beginning an operation, and each directory, cost something, too. */
#define SLACK 0.4

static void fill_of_small_files(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = 1 };
    struct fixture f;
    struct cost cost;

    world_make(&f);
    make_files(f.origin);
    cost = cost_of(&f, &client, "fill", CSC_OP_PIN, PIN_FILL, FOLDERS * FILES);
    CHECK_INT(fixture_exists(tree_of(&f), "d9/f099.txt"), 1);
    check_below("system calls", cost.system_calls, 15 + SLACK);
    check_below("calls on the origin", cost.each[CSC_COUNT_ORIGIN], 7 + SLACK);
    /* under the mark of a first fill a file is told of once */
    check_below("statements", cost.each[CSC_COUNT_STATEMENTS], 1 + SLACK / 2);
    /* the mark of a first fill, and the pins at the end */
    check_below("durable commits", cost.each[CSC_COUNT_DURABLE], 0.004);

    cost = cost_of(&f, &client, "nothing to do", CSC_OP_SYNC, SYNC_BOTH, FOLDERS * FILES);
    check_below("system calls", cost.system_calls, 2 + SLACK);
    check_below("calls on the origin", cost.each[CSC_COUNT_ORIGIN], 1 + SLACK);
    check_below("statements", cost.each[CSC_COUNT_STATEMENTS], SLACK);
    client_free(&client);
    fixture_destroy(&f);
}

static void upload_of_new_files(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = 1 };
    struct fixture f;
    struct cost cost;

    world_make(&f);
    make_files(tree_of(&f));
    cost = cost_of(&f, &client, "upload", CSC_OP_SYNC, SYNC_BOTH, FOLDERS * FILES);
    CHECK_INT(fixture_exists(f.origin, "d9/f099.txt"), 1);
    check_below("system calls", cost.system_calls, 20 + SLACK);
    check_below("calls on the origin", cost.each[CSC_COUNT_ORIGIN], 11 + SLACK);
    check_below("statements", cost.each[CSC_COUNT_STATEMENTS], 3 + SLACK);
    client_free(&client);
    fixture_destroy(&f);
}

/* Statements since the last reading, divided by how often. */
static double statements_since(uint64_t counters[CSC_COUNTERS], unsigned times)
{
    uint64_t before = counters[CSC_COUNT_STATEMENTS];

    csc_counters_read(counters);
    return (double)(counters[CSC_COUNT_STATEMENTS] - before) / times;
}

static void find_and_enumeration(void)
{
    struct client client = { .deep = 1 };
    uint64_t counters[CSC_COUNTERS];
    struct csc_buffer records = { 0 };
    struct csc_enum *snapshot;
    struct fixture f;
    double found, listed;
    char path[64];
    int i;

    world_make(&f);
    make_files(f.origin);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE), CSC_OK);

    csc_counters_read(counters);
    for (i = 0; i < 100; i++)
    {
        snprintf(path, sizeof(path), SHARE "\\d%d\\f%03d.txt", i % FOLDERS, i);
        records.size = 0;
        CHECK_STATUS(csc_find(f.engine, path, 0, &records), CSC_OK);
    }
    found = statements_since(counters, 100);
    CHECK_STATUS(csc_enum_open(f.engine, SHARE, 0, OFFLINEFILES_ENUM_FLAT, &snapshot), CSC_OK);
    records.size = 0;
    CHECK_STATUS(csc_enum_next(snapshot, 10000000, &records), CSC_OK);
    csc_enum_close(snapshot);
    listed = statements_since(counters, FOLDERS * FILES);
    CHECK(records.size > FOLDERS * FILES * sizeof(struct csc_wire_item));
    if (getenv("CSC_COUNTERS"))
        printf("# statements: %.3f for each FindItem, %.3f for each item of an enumeration\n", found, listed);
    check_below("statements of FindItem", found, 4 + SLACK);
    check_below("statements of an enumeration", listed, 0.05);
    csc_buffer_free(&records);
    client_free(&client);
    fixture_destroy(&f);
}

int main(void)
{
    RUN(fill_of_small_files);
    RUN(upload_of_new_files);
    RUN(find_and_enumeration);
    return test_report();
}
