/*
 * Plays a history: the engine on a simulation, users, and the model that watches
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_TESTS_STAGE_H
#define CSC_TESTS_STAGE_H

#include "history.h"

#define STAGE_TEXT 4096

struct stage_result
{
    int failed;
    char text[STAGE_TEXT];       /* what was wrong, a line each */
    int crashed;                 /* a crash that was asked for took place */
};

/* Once in a process, before it plays and forks. */
void stage_prepare(void);
/* Runs it once.  verbose: tells on stdout what happens.  Ends the process with SIM_EXIT_STUCK when it is stuck. */
void stage_play(const struct history *history, int verbose, struct stage_result *result);

#endif
