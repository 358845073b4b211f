/*
 * Slow links: the policy and the measurements in tables, the mode in simulated time
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sim_world.h"

#define MINUTES (60 * SIM_S)
#define SLOW    OFFLINEFILES_OFFLINE_REASON_CONNECTION_SLOW
#define OFFLINE OFFLINEFILES_CONNECT_STATE_OFFLINE
#define ONLINE  OFFLINEFILES_CONNECT_STATE_ONLINE

/* -- the policy -- */

static void test_parse(void)
{
    static const struct { const char *pattern, *text; csc_status status; uint64_t throughput; uint32_t latency; } cases[] =
    {
        { "*", "Throughput=1024, Latency=60", CSC_OK, 1024, 60 },
        { "*", "Latency=60,Throughput=1024", CSC_OK, 1024, 60 },
        { "*", "latency = 1", CSC_OK, 0, 1 },
        { "*", "Throughput=5", CSC_OK, 5, 0 },
        { "*", "", CSC_OK, 0, 35 },
        { "*", "Latency=99999999999", CSC_OK, 0, 0xffffffff },
        { "\\\\s\\*", "Latency=2", CSC_OK, 0, 2 },
        { "*", "Latency", CSC_E_INVALID_ARG, 0, 0 },
        { "*", "Latency=", CSC_E_INVALID_ARG, 0, 0 },
        { "*", "Latency=-1", CSC_E_INVALID_ARG, 0, 0 },
        { "*", "Latency=60ms", CSC_E_INVALID_ARG, 0, 0 },
        { "*", "Jitter=60", CSC_E_INVALID_ARG, 0, 0 },
        { "*", "Throughput=99999999999999999999999", CSC_E_INVALID_ARG, 0, 0 },
        { "C:\\x", "Latency=60", CSC_E_INVALID_ARG, 0, 0 },
        { "", "Latency=60", CSC_E_INVALID_ARG, 0, 0 },
    };
    struct csc_slow_rule rule;
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        csc_status status = csc_slow_rule_parse(cases[i].pattern, cases[i].text, &rule);

        if (!CHECK_STATUS(status, cases[i].status)) printf("  %s = %s\n", cases[i].pattern, cases[i].text);
        if (csc_failed(status)) continue;
        CHECK_INT(rule.throughput, cases[i].throughput);
        CHECK_INT(rule.latency, cases[i].latency);
        free(rule.pattern);
    }
}

static void test_patterns(void)
{
    static const struct { const char *pattern, *share; int matches; } cases[] =
    {
        { "*", "\\\\SERVER\\SHARE", 1 },
        { "\\\\server\\share", "\\\\SERVER\\SHARE", 1 },
        { "\\\\server\\share\\", "\\\\SERVER\\SHARE", 1 },
        { "\\\\server\\share\\*", "\\\\SERVER\\SHARE", 1 },
        { "\\\\server\\*", "\\\\SERVER\\SHARE", 1 },
        { "\\\\serv*\\share", "\\\\SERVER\\SHARE", 1 },
        { "\\\\*\\sha*e", "\\\\SERVER\\SHARE", 1 },
        { "\\\\server\\sh?re", "\\\\SERVER\\SHARE", 1 },
        { "\\\\server\\share", "\\\\SERVER\\SHARE2", 0 },
        { "\\\\server\\share2", "\\\\SERVER\\SHARE", 0 },
        { "\\\\serv*\\x", "\\\\SERVER\\SHARE", 0 },
        { "\\\\s*e", "\\\\SERVER\\SHARE", 0 },
        { "\\\\other\\*", "\\\\SERVER\\SHARE", 0 },
        { "\\\\server\\share\\folder", "\\\\SERVER\\SHARE", 0 },
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        struct csc_slow_rule rule;
        struct csc_slow_policy policy = { &rule, 1 };

        if (!CHECK_STATUS(csc_slow_rule_parse(cases[i].pattern, "", &rule), CSC_OK)) continue;
        if (!CHECK((csc_slow_rule_find(&policy, cases[i].share) != NULL) == cases[i].matches))
            printf("  %s, %s\n", cases[i].pattern, cases[i].share);
        free(rule.pattern);
    }
}

static void test_longest(void)
{
    struct csc_slow_rule rules[3];
    struct csc_slow_policy policy = { rules, 3 };
    size_t i;

    CHECK_STATUS(csc_slow_rule_parse("*", "Latency=10", &rules[0]), CSC_OK);
    CHECK_STATUS(csc_slow_rule_parse("\\\\server\\share", "Latency=20", &rules[1]), CSC_OK);
    CHECK_STATUS(csc_slow_rule_parse("\\\\server\\*", "Latency=30", &rules[2]), CSC_OK);
    CHECK_INT(csc_slow_rule_find(&policy, "\\\\SERVER\\SHARE")->latency, 20);
    CHECK_INT(csc_slow_rule_find(&policy, "\\\\SERVER\\OTHER")->latency, 30);
    CHECK_INT(csc_slow_rule_find(&policy, "\\\\ELSE\\SHARE")->latency, 10);
    for (i = 0; i < 3; i++) free(rules[i].pattern);
}

/* -- the measurements -- */

static void test_judge(void)
{
    static const struct
    {
        const char *what;
        struct csc_slow_rule rule;
        unsigned samples, latency[CSC_LINK_SAMPLES];    /* ms */
        uint64_t throughput;
        unsigned age;                                   /* minutes */
        int slow;
        enum csc_link_speed speed;
    }
    cases[] =
    {
        { "above", { NULL, 0, 50 }, 5, { 60, 60, 60, 60, 60 }, 0, 0, 0, CSC_LINK_SLOW },
        { "below", { NULL, 0, 50 }, 5, { 40, 40, 40, 40, 40 }, 0, 0, 0, CSC_LINK_FAST },
        { "just there", { NULL, 0, 50 }, 5, { 50, 50, 50, 50, 50 }, 0, 0, 0, CSC_LINK_FAST },
        { "two slow probes say nothing", { NULL, 0, 50 }, 5, { 10, 4000, 10, 4000, 10 }, 0, 0, 0, CSC_LINK_FAST },
        { "three do", { NULL, 0, 50 }, 5, { 10, 4000, 70, 4000, 10 }, 0, 0, 0, CSC_LINK_SLOW },
        { "too few", { NULL, 0, 50 }, 4, { 60, 60, 60, 60 }, 0, 0, 0, CSC_LINK_UNKNOWN },
        { "slow stays slow near the threshold", { NULL, 0, 50 }, 5, { 45, 45, 45, 45, 45 }, 0, 0, 1, CSC_LINK_SLOW },
        { "until it is clearly better", { NULL, 0, 50 }, 5, { 39, 39, 39, 39, 39 }, 0, 0, 1, CSC_LINK_FAST },
        { "always offline", { NULL, 0, 1 }, 0, { 0 }, 0, 0, 0, CSC_LINK_SLOW },
        { "always offline, and fast", { NULL, 0, 1 }, 5, { 0 }, 1000000, 0, 1, CSC_LINK_SLOW },
        { "throughput below", { NULL, 1000, 0 }, 0, { 0 }, 999, 0, 0, CSC_LINK_SLOW },
        { "throughput above", { NULL, 1000, 0 }, 0, { 0 }, 1000, 0, 0, CSC_LINK_FAST },
        { "throughput not known", { NULL, 1000, 0 }, 0, { 0 }, 0, 0, 0, CSC_LINK_FAST },
        { "slow stays slow near it, too", { NULL, 1000, 0 }, 0, { 0 }, 1100, 0, 1, CSC_LINK_SLOW },
        { "and then not", { NULL, 1000, 0 }, 0, { 0 }, 1200, 0, 1, CSC_LINK_FAST },
        { "measured long ago", { NULL, 1000, 0 }, 0, { 0 }, 10, 31, 1, CSC_LINK_FAST },
        { "either is enough", { NULL, 1000, 50 }, 5, { 60, 60, 60, 60, 60 }, 5000, 0, 0, CSC_LINK_SLOW },
        { "the other, too", { NULL, 1000, 50 }, 5, { 1, 1, 1, 1, 1 }, 500, 0, 0, CSC_LINK_SLOW },
        { "neither", { NULL, 1000, 50 }, 5, { 1, 1, 1, 1, 1 }, 5000, 0, 0, CSC_LINK_FAST },
    };
    const int64_t now = 100 * MINUTES;
    struct csc_link_quality none = { 0 };
    size_t i;
    unsigned n;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        struct csc_link_quality quality = { .throughput = cases[i].throughput,
                                            .throughput_time = now - cases[i].age * MINUTES };

        for (n = 0; n < cases[i].samples; n++) csc_link_sample(&quality, cases[i].latency[n] * SIM_MS);
        if (!CHECK_INT(csc_link_judge(&cases[i].rule, &quality, cases[i].slow, now), cases[i].speed))
            printf("  %s\n", cases[i].what);
    }
    CHECK_INT(csc_link_judge(NULL, &none, 1, now), CSC_LINK_FAST);
    for (n = 0; n < 1000; n++) csc_link_sample(&none, SIM_MS);
    CHECK(none.samples >= CSC_LINK_SAMPLES && none.samples <= 2 * CSC_LINK_SAMPLES);
}

/* -- the mode -- */

static void make(struct world *world, uint64_t seed)
{
    struct sim_config config = { .seed = seed };

    make_world(world, &config);
    CHECK_STATUS(set_up(world), CSC_OK);
    sim_sleep(world->sim, 20 * SIM_S);
}

static void set_policy(struct world *world, const char *pattern, const char *text)
{
    CHECK_STATUS(csc_set_slow_links(world->engine, &pattern, &text, pattern != NULL), CSC_OK);
}

static int slow_calls(struct world *world, int64_t delay)
{
    struct sim_rule rule = { .volume = world->origin, .calls = SIM_BIT(SIM_ROOT_ID) | SIM_BIT(SIM_OPEN_ROOT) |
                             SIM_BIT(SIM_LIST), .fault = SIM_FAULT_SLOW, .delay = delay };

    return sim_add_rule(world->sim, &rule);
}

static void check_state(struct world *world, uint32_t state, uint32_t reason)
{
    uint32_t got_state, got_reason;

    CHECK_STATUS(csc_connect_state(world->engine, SHARE, &got_state, &got_reason), CSC_OK);
    CHECK_INT(got_state, state);
    CHECK_INT(got_reason, reason);
}

#define check_online(world) check_state(world, ONLINE, OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE)

/* Slow, offline; nobody's latest work vanishes; better, online.
 * fact: con.statusslow or.slow */
static void test_there_and_back(void)
{
    struct world world;
    int rule;

    make(&world, 1);
    set_policy(&world, "\\\\server\\*", "Latency=50");
    sim_sleep(world.sim, MINUTES);
    check_online(&world);
    put(&world, THROUGH "/a", "saved just now");
    rule = slow_calls(&world, 100 * SIM_MS);
    sim_sleep(world.sim, MINUTES);
    check_state(&world, OFFLINE, SLOW);
    CHECK_STRING(content(&world, THROUGH "/a"), "saved just now");
    put(&world, THROUGH "/b", "changed in the cache");
    CHECK_STRING(content(&world, ORIGIN "/b"), "two");
    /* background synchronization: 120 minutes, late by up to 60 */
    put(&world, ORIGIN "/a", "changed on the server");
    sim_sleep(world.sim, 185 * MINUTES);
    check_state(&world, OFFLINE, SLOW);
    CHECK_STRING(content(&world, ORIGIN "/b"), "changed in the cache");
    CHECK_STRING(content(&world, THROUGH "/a"), "changed on the server");
    put(&world, THROUGH "/b", "changed again");
    sim_remove_rule(world.sim, rule);
    sim_sleep(world.sim, 3 * MINUTES);
    check_online(&world);
    CHECK_STRING(content(&world, ORIGIN "/b"), "changed again");
    end_world(&world);
}

static void test_without_a_policy(void)
{
    struct world world;

    make(&world, 2);
    set_policy(&world, "\\\\other\\*", "Latency=50");
    slow_calls(&world, 100 * SIM_MS);
    sim_sleep(world.sim, 10 * MINUTES);
    check_online(&world);
    /* the policy comes, and goes again */
    set_policy(&world, "*", "Latency=50");
    sim_sleep(world.sim, MINUTES);
    check_state(&world, OFFLINE, SLOW);
    set_policy(&world, NULL, NULL);
    sim_sleep(world.sim, 2 * MINUTES);
    check_online(&world);
    end_world(&world);
}

/* "Always Offline": however fast it is, and through a failure of the server. */
static void test_always_offline(void)
{
    struct world world;

    make(&world, 3);
    set_policy(&world, "*", "Latency=1");
    sim_sleep(world.sim, MINUTES);
    check_state(&world, OFFLINE, SLOW);
    sim_set_presence(world.sim, world.origin, SIM_GONE);
    sim_sleep(world.sim, MINUTES);
    check_state(&world, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR);
    put(&world, THROUGH "/a", "changed meanwhile");
    sim_set_presence(world.sim, world.origin, SIM_PRESENT);
    sim_sleep(world.sim, MINUTES);
    check_state(&world, OFFLINE, SLOW);
    CHECK_STRING(content(&world, ORIGIN "/a"), "changed meanwhile");
    /* a restart keeps it */
    csc_engine_close(world.engine);
    CHECK_STATUS(open_engine(&world), CSC_OK);
    check_state(&world, OFFLINE, SLOW);
    end_world(&world);
}

/* Work Online and Work Offline win. */
static void test_by_hand(void)
{
    struct world world;

    make(&world, 4);
    set_policy(&world, "*", "Latency=1");
    sim_sleep(world.sim, MINUTES);
    check_state(&world, OFFLINE, SLOW);
    CHECK_STATUS(go_online(&world), CSC_OK);
    sim_sleep(world.sim, 30 * MINUTES);
    check_online(&world);
    CHECK_STATUS(go_offline(&world), CSC_OK);
    sim_sleep(world.sim, 30 * MINUTES);
    check_state(&world, OFFLINE, OFFLINEFILES_OFFLINE_REASON_CONNECTION_FORCED);
    end_world(&world);
}

/* Not while a program has something open that has no copy in the cache. */
static void test_open_file(void)
{
    struct sim_handle *handle = NULL;
    struct world world;

    make(&world, 5);
    CHECK_STATUS(sim_run_op(world.engine, CSC_OP_UNPIN, OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER, 1, SHARE), CSC_OK);
    put(&world, ORIGIN "/uncached", "x");
    CHECK_STATUS(sim_open(world.sim, ORIGIN "/uncached", &handle), CSC_OK);
    set_policy(&world, "*", "Latency=1");
    sim_sleep(world.sim, 5 * MINUTES);
    check_online(&world);
    sim_handle_close(handle);
    sim_sleep(world.sim, 2 * MINUTES);
    check_state(&world, OFFLINE, SLOW);
    end_world(&world);
}

/* What transfers tell: a copy of two megabytes in two seconds is 8 Mbit/s. */
static void test_throughput(void)
{
    struct sim_rule rule = { .calls = SIM_BIT(SIM_COPY), .fault = SIM_FAULT_SLOW, .delay = SIM_S };
    struct world world;
    char *big = calloc(1, 2000000);

    make(&world, 6);
    rule.volume = world.origin;
    sim_add_rule(world.sim, &rule);
    memset(big, 'x', 2000000);
    set_policy(&world, "*", "Throughput=1000000");
    CHECK_STATUS(sim_write(world.sim, ORIGIN "/big", big, 2000000), CSC_OK);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    sim_sleep(world.sim, MINUTES);
    check_online(&world);
    set_policy(&world, "*", "Throughput=100000000");
    sim_sleep(world.sim, MINUTES);
    check_state(&world, OFFLINE, SLOW);
    /* nothing was measured for long: it is tried */
    sim_sleep(world.sim, 35 * MINUTES);
    check_online(&world);
    free(big);
    end_world(&world);
}

int main(void)
{
    RUN(test_parse);
    RUN(test_patterns);
    RUN(test_longest);
    RUN(test_judge);
    RUN(test_there_and_back);
    RUN(test_without_a_policy);
    RUN(test_always_offline);
    RUN(test_by_hand);
    RUN(test_open_file);
    RUN(test_throughput);
    return test_report();
}
