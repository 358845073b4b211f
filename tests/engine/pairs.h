/*
 * All pairs of single operations on both sides
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_TESTS_PAIRS_H
#define CSC_TESTS_PAIRS_H

#include "history.h"

/* Numbers below this: pair and conflict policy.  all: with several worlds, and every policy also for pairs
 * that cannot be a conflict. */
uint64_t pair_count(int all);
/* Groups of numbers that differ in the policy only, and the numbers in each. */
uint64_t pair_groups(int all);
unsigned pair_policies(void);
uint64_t pair_number(uint64_t group, unsigned policy);
/* crash: -1 none, else its kind (0 kill, 1 power loss), before change number at of the synchronization.
 * 0: number is over the end, or adds nothing. */
int pair_generate(uint64_t number, int all, int crash, int at, struct history *history);

/* Whether a pair is played with crashes when not all are. */
int pair_crashes(uint64_t number);

/* A pair, and in the middle of its synchronization one more edit by somebody, mostly right before a call that changes
 * names or looks at a file; sometimes with a kill right after it. */
uint64_t instant_count(void);
int instant_generate(uint64_t number, struct history *history);

#endif
