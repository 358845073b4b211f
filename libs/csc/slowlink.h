/*
 * Slow links: the policy, and what counts as slow
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * slowlink.c is pure; slow.c carries it out.  [behaviour.md §6.2, A.3]; docs/decisions.md, "The service's own work"
 */

#ifndef CSC_SLOWLINK_H
#define CSC_SLOWLINK_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* One row of SlowLinkParams. */
struct csc_slow_rule
{
    char    *pattern;              /* csc_name_key of \\server\share, with * and ?; "*": all */
    uint64_t throughput;           /* bits a second; 0: not looked at */
    uint32_t latency;              /* ms; 0: not looked at, 1: always offline */
};

struct csc_slow_policy
{
    struct csc_slow_rule *rules;
    size_t count;
};

/* Reads a row: a pattern and "Throughput=<n>, Latency=<n>" with either part left out; with neither, a latency of 35 ms.
 * CSC_E_INVALID_ARG: something else stands there.  The pattern is allocated. */
csc_status csc_slow_rule_parse(const char *pattern, const char *parameters, struct csc_slow_rule *rule);
void csc_slow_policy_free(struct csc_slow_policy *policy);
/* The rule for a share (key: csc_name_key of \\server\share): of those that match, the one with the longest pattern.
 * NULL: none. */
const struct csc_slow_rule *csc_slow_rule_find(const struct csc_slow_policy *policy, const char *key);

#define CSC_LINK_SAMPLES 5u        /* so many probes are looked at together: one that was slow says nothing */

/* What was measured of a link. */
struct csc_link_quality
{
    int64_t  latency[CSC_LINK_SAMPLES];      /* ns, the latest ones in a ring */
    unsigned samples;                        /* so many in all */
    uint64_t throughput;                     /* bits a second, of the latest transfers; 0: not known */
    int64_t  throughput_time;                /* monotonic ns */
};

enum csc_link_speed { CSC_LINK_UNKNOWN, CSC_LINK_FAST, CSC_LINK_SLOW };

void csc_link_sample(struct csc_link_quality *quality, int64_t latency);
/* rule NULL: no link is slow.  slow: it counts as slow now, and has to be better than the thresholds by a fifth to
 * be fast again.  A throughput that was measured more than half an hour ago says nothing. */
enum csc_link_speed csc_link_judge(const struct csc_slow_rule *rule, const struct csc_link_quality *quality, int slow,
                                   int64_t now);

#endif
