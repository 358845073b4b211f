/*
 * One call for all who want the same
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A flush makes durable what was done before it began, whoever asks for it.  Those who come while one is under way wait for
 * the next, which one of them does for all.
 */

#ifndef CSC_JOINT_H
#define CSC_JOINT_H

#include <pthread.h>
#include <stdint.h>

#include "csc.h"

struct csc_joint
{
    pthread_mutex_t lock;
    pthread_cond_t  ended;           /* a call */
    int             running;
    uint64_t        begun, done;     /* calls so far */
    uint64_t        failed;          /* the last one that failed; 0: none */
    csc_status      failure;         /* what it said */
};

#define CSC_JOINT_INIT { .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER }
void csc_joint_init(struct csc_joint *joint);
/* Nobody may be in csc_joint_call. */
void csc_joint_free(struct csc_joint *joint);

/* Returns after a call that began after this was entered, with what it said, or a later one that failed. */
csc_status csc_joint_call(struct csc_joint *joint, csc_status (*call)(void *context), void *context);

#endif
