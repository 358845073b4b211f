/*
 * One call for all who want the same
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "joint.h"

void csc_joint_init(struct csc_joint *joint)
{
    pthread_mutex_init(&joint->lock, NULL);
    pthread_cond_init(&joint->ended, NULL);
    joint->running = 0;
    joint->begun = joint->done = joint->failed = 0;
    joint->failure = CSC_OK;
}

void csc_joint_free(struct csc_joint *joint)
{
    pthread_cond_destroy(&joint->ended);
    pthread_mutex_destroy(&joint->lock);
}

csc_status csc_joint_call(struct csc_joint *joint, csc_status (*call)(void *context), void *context)
{
    csc_status status;
    uint64_t wanted;

    pthread_mutex_lock(&joint->lock);
    wanted = joint->begun + 1;       /* one that is under way may have begun too early */
    while (joint->done < wanted)
    {
        if (joint->running)
        {
            pthread_cond_wait(&joint->ended, &joint->lock);
            continue;
        }
        joint->running = 1;
        joint->begun++;
        pthread_mutex_unlock(&joint->lock);
        status = call(context);
        pthread_mutex_lock(&joint->lock);
        joint->running = 0;
        joint->done = joint->begun;
        if (csc_failed(status))
        {
            joint->failed = joint->done;
            joint->failure = status;
        }
        pthread_cond_broadcast(&joint->ended);
    }
    status = joint->failed >= wanted ? joint->failure : CSC_OK;
    pthread_mutex_unlock(&joint->lock);
    return status;
}
