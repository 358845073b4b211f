/*
 * Plays a history: the engine on a simulation, users, and the model that watches
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_TESTS_STAGE_H
#define CSC_TESTS_STAGE_H

#include "history.h"
#include "sim.h"

#define STAGE_TEXT 4096

struct stage_result
{
    int failed;
    char text[STAGE_TEXT];       /* what was wrong, a line each */
    int crashed;                 /* a crash that was asked for took place */
    unsigned char came[MAX_STEPS];   /* 1: what this step asks of the next one came to pass */
};

/* Once in a process, before it plays and forks. */
void stage_prepare(void);
/* Crashes at every change, each in a copy of the process. */
struct stage_branching
{
    /* Before a change (1: the first) of the last step.  course: equal when all that went before was.  1: this process, a copy,
     * crashes there; 0: it goes on. */
    int (*branch)(void *context, enum sim_crash kind, unsigned at, uint64_t course);
    /* The copy crashed; remains: equal when what is left and was told is.  Nothing was wrong so far. */
    void (*crashed)(void *context, uint64_t remains);
    void *context;
};

/* Runs it once.  verbose: tells on stdout what happens.  Ends the process with SIM_EXIT_STUCK when it is stuck. */
void stage_play(const struct history *history, int verbose, struct stage_result *result);
/* Returns in each copy, too. */
void stage_play_branching(const struct history *history, const struct stage_branching *branching, struct stage_result *result);

#endif
