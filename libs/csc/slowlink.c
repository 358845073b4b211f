/*
 * Slow links: the policy, and what counts as slow
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "path.h"
#include "slowlink.h"
#include "units.h"

#define MS              CSC_NS_PER_MS
#define DEFAULT_LATENCY 35                  /* Windows 8 */
#define ALWAYS_OFFLINE  1
#define MEASURE_HOLDS   (30 * 60 * 1000 * MS)

/* -- the policy -- */

/* name "=" digits, between any spaces.  Moves *text behind it. */
static int parse_number(const char **text, const char *name, uint64_t *number)
{
    const char *p = *text;
    size_t length = strlen(name);
    uint64_t value = 0;

    if (strncasecmp(p, name, length)) return 0;
    p += length;
    p += strspn(p, " \t");
    if (*p++ != '=') return 0;
    p += strspn(p, " \t");
    if (*p < '0' || *p > '9') return 0;
    for (; *p >= '0' && *p <= '9'; p++)
    {
        if (value > (UINT64_MAX - 9) / 10) return 0;
        value = value * 10 + (uint64_t)(*p - '0');
    }
    *number = value;
    *text = p;
    return 1;
}

csc_status csc_slow_rule_parse(const char *pattern, const char *parameters, struct csc_slow_rule *rule)
{
    uint64_t throughput = 0, latency = 0;
    const char *p = parameters;
    size_t length;

    memset(rule, 0, sizeof(*rule));
    while (*(p += strspn(p, " \t,;")))
        if (!parse_number(&p, "Throughput", &throughput) && !parse_number(&p, "Latency", &latency)) return CSC_E_INVALID_ARG;
    if (!throughput && !latency) latency = DEFAULT_LATENCY;
    rule->throughput = throughput;
    rule->latency = latency > UINT32_MAX ? UINT32_MAX : (uint32_t)latency;

    if (strcmp(pattern, "*") && strncmp(pattern, "\\\\", 2)) return CSC_E_INVALID_ARG;
    if (csc_name_key(pattern, &rule->pattern)) return CSC_E_INVALID_ARG;
    /* a share changes its mode as a whole: what is below it means the share */
    length = strlen(rule->pattern);
    while (length > 2 && rule->pattern[length - 1] == '\\') rule->pattern[--length] = 0;
    return CSC_OK;
}

void csc_slow_policy_free(struct csc_slow_policy *policy)
{
    size_t i;

    for (i = 0; i < policy->count; i++) free(policy->rules[i].pattern);
    free(policy->rules);
    policy->rules = NULL;
    policy->count = 0;
}

/* A star stands for anything within a component, and as the last one for all that follows. */
static int matches(const char *pattern, const char *name)
{
    const char *star = NULL, *retry = NULL;

    for (;;)
    {
        if (*pattern == '*')
        {
            if (!pattern[1]) return 1;
            star = ++pattern;
            retry = name;
        }
        else if (!*name) return !*pattern || !strcmp(pattern, "\\*");
        else if (*pattern == *name || (*pattern == '?' && *name != '\\'))
        {
            pattern++;
            name++;
        }
        else if (star && *retry && *retry != '\\')
        {
            pattern = star;
            name = ++retry;
        }
        else return 0;
    }
}

const struct csc_slow_rule *csc_slow_rule_find(const struct csc_slow_policy *policy, const char *key)
{
    const struct csc_slow_rule *best = NULL;
    size_t i;

    for (i = 0; i < policy->count; i++)
        if (matches(policy->rules[i].pattern, key) && (!best || strlen(policy->rules[i].pattern) > strlen(best->pattern)))
            best = &policy->rules[i];
    return best;
}

/* -- the measurements -- */

void csc_link_sample(struct csc_link_quality *quality, int64_t latency)
{
    quality->latency[quality->samples++ % CSC_LINK_SAMPLES] = latency;
    /* it only has to stay above the size of the ring */
    if (quality->samples == 2 * CSC_LINK_SAMPLES) quality->samples = CSC_LINK_SAMPLES;
}

static int64_t median(const struct csc_link_quality *quality)
{
    int64_t sorted[CSC_LINK_SAMPLES], value;
    unsigned i, j;

    for (i = 0; i < CSC_LINK_SAMPLES; i++)
    {
        value = quality->latency[i];
        for (j = i; j && sorted[j - 1] > value; j--) sorted[j] = sorted[j - 1];
        sorted[j] = value;
    }
    return sorted[CSC_LINK_SAMPLES / 2];
}

enum csc_link_speed csc_link_judge(const struct csc_slow_rule *rule, const struct csc_link_quality *quality, int slow,
                                   int64_t now)
{
    int64_t latency;

    if (!rule) return CSC_LINK_FAST;
    if (rule->latency == ALWAYS_OFFLINE) return CSC_LINK_SLOW;
    if (rule->throughput && quality->throughput && now - quality->throughput_time < MEASURE_HOLDS &&
        quality->throughput < (slow ? rule->throughput + rule->throughput / 5 : rule->throughput))
        return CSC_LINK_SLOW;
    if (!rule->latency) return CSC_LINK_FAST;
    if (quality->samples < CSC_LINK_SAMPLES) return CSC_LINK_UNKNOWN;
    latency = rule->latency * MS;
    return median(quality) > (slow ? latency - latency / 5 : latency) ? CSC_LINK_SLOW : CSC_LINK_FAST;
}
