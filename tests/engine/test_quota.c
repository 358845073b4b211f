/*
 * How much the cache may take
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sync_fixture.h"
#include "quota.h"

#define MIB (1024ull * 1024)
#define GIB (1024ull * MIB)

static struct csc_quota decide(struct csc_quota_question q)
{
    struct csc_quota quota;

    csc_quota_decide(&q, &quota);
    return quota;
}

static void test_unconfigured(void)
{
    struct csc_quota quota = decide((struct csc_quota_question){ .volume = 400 * GIB });

    CHECK(quota.limit == 100 * GIB);
    CHECK(quota.unpinned_limit == 100 * GIB);
    CHECK(quota.target == 100 * GIB);
}

static void test_policy(void)
{
    struct csc_quota_question q = { .volume = 400 * GIB, .policy = { .limited = 1, .limit = 1000 } };

    CHECK(decide(q).limit == 1000 * MIB);
    CHECK(decide(q).unpinned_limit == 1000 * MIB);
    q.policy.unpinned_limited = 1;
    q.policy.unpinned_limit = 100;
    CHECK(decide(q).limit == 1000 * MIB);
    CHECK(decide(q).unpinned_limit == 100 * MIB);
    /* the auto-cache limit above the total one */
    q.policy.unpinned_limit = 2000;
    CHECK(decide(q).unpinned_limit == 1000 * MIB);
    /* a policy for one of the two leaves the other as it is */
    q.policy.limited = 0;
    CHECK(decide(q).limit == 100 * GIB);
    CHECK(decide(q).unpinned_limit == 2000 * MIB);
    /* it wins over what somebody chose */
    q.policy.limited = 1;
    q.chosen = 1;
    q.chosen_limit = 5 * GIB;
    q.chosen_unpinned_limit = 4 * GIB;
    CHECK(decide(q).limit == 1000 * MIB);
    CHECK(decide(q).unpinned_limit == 1000 * MIB);
    /* 0 is a limit like any other, and the largest value does not overflow */
    q.policy.limit = 0;
    CHECK(decide(q).limit == 0);
    CHECK(decide(q).unpinned_limit == 0);
    q.policy.limit = 0xffffffff;
    q.volume = ~0ull;
    CHECK(decide(q).limit == 100000000 * MIB);
}

static void test_larger_than_the_drive(void)
{
    struct csc_quota_question q = { .volume = 40 * GIB, .policy = { .limited = 1, .limit = 100000 } };

    CHECK(decide(q).limit == 40 * GIB);
    CHECK(decide(q).unpinned_limit == 40 * GIB);
    q.system_drive = 1;
    CHECK(decide(q).limit == 30 * GIB);
    CHECK(decide(q).unpinned_limit == 30 * GIB);
    q.policy.limit = 40 * 1024;             /* just the drive */
    CHECK(decide(q).limit == 40 * GIB);
    q.policy.limited = 0;
    q.chosen = 1;
    q.chosen_limit = 41 * GIB;
    q.chosen_unpinned_limit = 35 * GIB;
    CHECK(decide(q).limit == 30 * GIB);
    CHECK(decide(q).unpinned_limit == 30 * GIB);
}

static void test_below_what_is_used(void)
{
    struct csc_quota_question q = { .volume = 40 * GIB, .used = 3 * GIB, .policy = { .limited = 1, .limit = 1024 } };

    CHECK(decide(q).limit == 3 * GIB);
    CHECK(decide(q).target == GIB);
    CHECK(decide(q).unpinned_limit == GIB);
}

static void test_chosen(void)
{
    struct csc_quota_question q = { .volume = 40 * GIB, .chosen = 1, .chosen_limit = 2 * GIB,
                                    .chosen_unpinned_limit = GIB };

    CHECK(decide(q).limit == 2 * GIB);
    CHECK(decide(q).unpinned_limit == GIB);
    q.chosen_unpinned_limit = 5 * GIB;
    CHECK(decide(q).unpinned_limit == 2 * GIB);
}

struct space { uint64_t total, limit, used, unpinned_limit, unpinned_used; };

static struct space space_of(struct fixture *f)
{
    struct space s = { 0 };

    CHECK_STATUS(csc_disk_space(f->engine, &s.total, &s.limit, &s.used, &s.unpinned_limit, &s.unpinned_used), CSC_OK);
    return s;
}

static void write_sized(const char *base, const char *below, size_t size)
{
    char text[20001];

    memset(text, below[0], sizeof(text));
    text[size < 20000 ? size : 20000] = 0;
    fixture_write(base, below, text);
    fixture_touch(base, below, 1000000000);
}

/* What SetDiskSpaceLimits sets is told, and is there after a restart. */
static void test_limits_are_kept(void)
{
    struct fixture f;
    struct space s;

    world_make(&f);
    write_sized(f.origin, "a", 10000);
    write_sized(f.origin, "b", 5000);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    s = space_of(&f);
    CHECK(s.limit == s.total / 4);
    CHECK(s.unpinned_limit == s.limit);
    CHECK(s.used == 15000);
    CHECK(s.unpinned_used == 0);

    CHECK_STATUS(fixture_run(&f, CSC_OP_UNPIN, PIN_USER, 0, SHARE "\\b"), CSC_OK);
    CHECK_STATUS(csc_set_disk_limits(f.engine, 300000, 200000), CSC_OK);
    s = space_of(&f);
    CHECK(s.limit == 300000);
    CHECK(s.unpinned_limit == 200000);
    CHECK(s.unpinned_used == 5000);
    fixture_close(&f);
    CHECK_STATUS(fixture_open(&f), CSC_OK);
    s = space_of(&f);
    CHECK(s.limit == 300000);
    CHECK(s.unpinned_limit == 200000);
    /* Q63 */
    CHECK_STATUS(csc_set_disk_limits(f.engine, 1000, ~0ull), CSC_OK);
    s = space_of(&f);
    CHECK(s.limit == s.used);
    CHECK(s.unpinned_limit == 1000);
    CHECK_STATUS(csc_set_disk_limits(f.engine, ~0ull, ~0ull), CSC_OK);
    s = space_of(&f);
    CHECK(s.limit == s.total);
    fixture_destroy(&f);
}

static void test_policy_refuses_choices(void)
{
    struct csc_quota_policy policy = { .limited = 1, .limit = 7 }, none = { 0 };
    struct fixture f;

    world_make(&f);
    CHECK_STATUS(csc_set_disk_limits(f.engine, 300000, 200000), CSC_OK);
    csc_set_quota_policy(f.engine, &policy);
    CHECK(space_of(&f).limit == 7 * MIB);
    CHECK_STATUS(csc_set_disk_limits(f.engine, 1, 1), CSC_E_POLICY);
    csc_set_quota_policy(f.engine, &none);
    CHECK(space_of(&f).limit == 300000);
    fixture_destroy(&f);
}

/* A full cache refuses single files, not the operation; what is sent to the origin needs no room. */
static void test_full(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;

    world_make(&f);
    CHECK_STATUS(csc_set_disk_limits(f.engine, 12000, 12000), CSC_OK);
    write_sized(f.origin, "a", 10000);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    write_sized(f.origin, "b", 5000);
    write_sized(f.origin, "c", 1000);
    client.deep = 1;
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE), CSC_E_MORE_DATA);
    CHECK_STATUS(client_result(&client, SHARE "\\b"), CSC_E_DISK_FULL);
    CHECK_STATUS(client_result(&client, SHARE "\\c"), CSC_OK);
    CHECK(!fixture_exists(tree_of(&f), "b"));
    CHECK(is_clean(&f));
    CHECK((fixture_flags(&f, SHARE "\\b") & CSC_ITEM_SPARSE) != 0);
    CHECK(space_of(&f).used == 11000);

    /* a single file tells it as its own result */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\b"), CSC_E_DISK_FULL);

    /* a change that grows too much stays outside, the copy that is there stays as it was */
    write_sized(f.origin, "c", 4000);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\c"), CSC_E_DISK_FULL);
    CHECK(strlen(fixture_read(tree_of(&f), "c")) == 1000);
    /* one that shrinks makes room */
    write_sized(f.origin, "a", 2000);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\a"), CSC_OK);
    sleep(1);                        /* the cache is added up again at most once a second */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\c"), CSC_OK);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\b"), CSC_OK);

    /* full, and work made offline gets out */
    CHECK_STATUS(csc_set_disk_limits(f.engine, 0, 0), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    write_sized(tree_of(&f), "made offline", 3000);
    change(tree_of(&f), "a", "edited", 1);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK(fixture_exists(f.origin, "made offline"));
    CHECK_STRING(fixture_read(f.origin, "a"), "edited");
    client_free(&client);
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_unconfigured);
    RUN(test_policy);
    RUN(test_larger_than_the_drive);
    RUN(test_below_what_is_used);
    RUN(test_chosen);
    RUN(test_limits_are_kept);
    RUN(test_policy_refuses_choices);
    RUN(test_full);
    return test_report();
}
