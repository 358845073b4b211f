/*
 * All pairs of single operations on both sides
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>

#include "pairs.h"

#define MOST_STEPS 3

/* What happens on one side, SIDE standing for it. */
static const char *const file_operations[] =
{
    "",
    "SIDE write d/a 50/8 +1000000000\n",
    "SIDE write d/a 51/20\n",
    "SIDE save d/a 52/8 +1000000000\n",
    "SIDE keeptime d/a 53/8 +5000000000\n",
    "SIDE touch d/a +1000000000\n",
    "SIDE delete d/a\n",
    "SIDE rename d/a d/b\n",
    "SIDE rename d/a c\n",
    "SIDE rename d/other d/a\n",
    "SIDE swap d/a\n",
    "SIDE readonly d/a +1000000000\n",
    "SIDE case d/a\n",
    "SIDE write d/a 0/0 +1000000000\n",
    "SIDE write d/a 54/8 +1000000000\n",           /* the same as 55 of the other side, see equal() */
    "SIDE delete d/a\nSIDE write d/a 56/8 +1000000000\n",
};
static const char *const dir_operations[] =
{
    "",
    "SIDE delete d\n",
    "SIDE rename d f\n",
    "SIDE case d\n",
    "SIDE swap d 60/8\n",
    "SIDE write d/new 61/8\n",
    "SIDE write d/a 62/8 +1000000000\n",
    "SIDE mkdir d/e\n",
    "SIDE delete d/a\n",
    "SIDE mkdir d/e\nSIDE write d/e/a 63/8\n",
    "SIDE delete d\nSIDE mkdir d\nSIDE write d/a 64/8\n",
};
static const char *const absent_operations[] =
{
    "",
    "SIDE write x 70/8\n",
    "SIDE write x 71/30 +1000000000\n",
    "SIDE write x 0/0\n",
    "SIDE mkdir x\n",
    "SIDE mkdir x\nSIDE write x/a 72/8\n",
    "SIDE write x 73/8\nSIDE readonly x\n",
};

struct subject { const char *const *operations; int count; const char *before, *place, *other; };

#define COUNT(list) (int)(sizeof(list) / sizeof(list[0]))
#define BEFORE_FILE "origin mkdir d\norigin write d/a 1/8\norigin write d/other 2/8\n"

static const struct subject subjects[] =
{
    { file_operations, COUNT(file_operations), BEFORE_FILE, "d/a", "d/b" },
    { dir_operations, COUNT(dir_operations), BEFORE_FILE, "d/a", "d/new" },
    { absent_operations, COUNT(absent_operations), "", "x", "x/a" }
};

static const char *const policies[] = { "none", "keeplocal", "keepremote", "keeplatest", "keepall ask", "skip ask", "keeplocal ask" };

static const char *const worlds[] =
{
    "world gran=1 cachegran=1 preempt=0 seed=1 final=none sharedpower short\n",
    "world gran=2000000000 cachegran=1 preempt=0 seed=2 final=keeplatest untrusted noexchange sharedpower short\n",
    "world gran=1000000 cachegran=1000000 preempt=100 seed=3 final=keepremote nocase reuse writeback sharedpower anonymous\n",
    "world gran=100 cachegran=1 preempt=50 seed=4 final=keeplocal notypes order=2 fileflush writeback sharedpower\n"
};

static int pairs_of(const struct subject *subject)
{
    return subject->count * subject->count;
}

static int all_pairs_count(void)
{
    int count = 0, i;

    for (i = 0; i < COUNT(subjects); i++) count += pairs_of(&subjects[i]);
    return count;
}

uint64_t pair_count(int all)
{
    return (uint64_t)all_pairs_count() * COUNT(policies) * (all ? COUNT(worlds) : 1);
}

uint64_t pair_groups(int all)
{
    return (uint64_t)all_pairs_count() * (all ? COUNT(worlds) : 1);
}

unsigned pair_policies(void)
{
    return COUNT(policies);
}

uint64_t pair_number(uint64_t group, unsigned policy)
{
    return (group / all_pairs_count() * COUNT(policies) + policy) * all_pairs_count() + group % all_pairs_count();
}

int pair_crashes(uint64_t number)
{
    return number / all_pairs_count() % COUNT(policies) == 0;
}

/* Appends an operation of one side.  A content of its own for each side, except 54 and empty files. */
static char *append(char *text, const char *operation, const char *side)
{
    const char *p;

    while (*operation)
    {
        if (!strncmp(operation, "SIDE", 4))
        {
            text += sprintf(text, "%s", side);
            operation += 4;
        }
        else if (*operation == ' ' && operation[1] >= '5' && operation[1] <= '7' && (p = strchr(operation, '/')) == operation + 3
                 && strncmp(operation, " 54", 3) && !strcmp(side, "origin"))
        {
            text += sprintf(text, " 1%c%c", operation[1], operation[2]);
            operation += 3;
        }
        else *text++ = *operation++;
    }
    *text = 0;
    return text;
}

/* Pair number (below all_pairs_count) in a world, up to its operations. */
static char *begin(int pair, int world, char *text, const struct subject **subject, int *one_sided)
{
    int local, origin;

    for (*subject = subjects; pair >= pairs_of(*subject); (*subject)++) pair -= pairs_of(*subject);
    local = pair / (*subject)->count;
    origin = pair % (*subject)->count;
    *one_sided = !local || !origin;
    text += sprintf(text, "%s%spin . deep\noffline\n", worlds[world], (*subject)->before);
    text = append(text, (*subject)->operations[local], "local");
    return append(text, (*subject)->operations[origin], "origin");
}

int pair_generate(uint64_t number, int all, int crash, int at, struct history *history)
{
    const struct subject *subject;
    int policy, one_sided;
    char text[2048], *end;

    if (number >= pair_count(all)) return 0;
    policy = number / all_pairs_count() % COUNT(policies);
    end = begin(number % all_pairs_count(), number / all_pairs_count() / COUNT(policies), text, &subject, &one_sided);
    if (!all && policy && one_sided) return 0;       /* no conflict: the policy does not matter */
    if (crash >= 0) end += sprintf(end, "next %d crash %s\n", at, crash ? "power" : "kill");
    sprintf(end, "sync . both %s\n", policies[policy]);
    return history_parse(text, history, NULL);
}

/* -- and somebody's edit right before a call of the synchronization -- */

#define ANY_CALLS 120            /* those of the beginning are passed over: the roots are looked at */
#define ANY_FIRST 20
#define NEAR_CALLS 28
#define NEAR_WEIGHT 4

static const char *const edits[] = { "write %s 90/8", "save %s 91/9", "delete %s", "write %s 92/20", "readonly %s", "mkdir %s" };
static const char *const ends[] = { "", " then kill 1", " then kill 2", "" };
static const char *const runs[] = { "sync . both none", "sync . both keeplocal", "sync . both keepremote", "online" };
/* so many calls of each kind */
static const struct { const char *call; int count; } near[] =
{
    { "rename", 8 }, { "stat-file", 8 }, { "copy", 4 }, { "remove-file", 4 }, { "sync-dir", 4 }
};

uint64_t instant_count(void)
{
    return (uint64_t)all_pairs_count() * COUNT(worlds) * (ANY_CALLS + NEAR_WEIGHT * NEAR_CALLS) * 2 * COUNT(edits) * 2
           * COUNT(ends) * COUNT(runs);
}

/* Takes the next digit of a number of mixed base. */
static int digit(uint64_t *number, int base)
{
    int value = *number % base;

    *number /= base;
    return value;
}

int instant_generate(uint64_t number, struct history *history)
{
    uint64_t left = number % instant_count();
    int pair = digit(&left, all_pairs_count()), world = digit(&left, COUNT(worlds));
    int call = digit(&left, ANY_CALLS + NEAR_WEIGHT * NEAR_CALLS), origin = digit(&left, 2), edit = digit(&left, COUNT(edits));
    int other = digit(&left, 2), crash = digit(&left, COUNT(ends)), run = digit(&left, COUNT(runs)), one_sided, i = 0;
    const struct subject *subject;
    char text[2048], *end = begin(pair, world, text, &subject, &one_sided);

    if (call < ANY_CALLS) end += sprintf(end, "next %d ", ANY_FIRST + call);
    else
    {
        for (call = (call - ANY_CALLS) % NEAR_CALLS; call >= near[i].count; i++) call -= near[i].count;
        end += sprintf(end, "next %d at %s ", call, near[i].call);
    }
    end += sprintf(end, "%s ", origin ? "origin" : "local");
    end += sprintf(end, edits[edit], other ? subject->other : subject->place);
    sprintf(end, "%s\n%s\n", ends[crash], runs[run]);
    return history_parse(text, history, NULL);
}
