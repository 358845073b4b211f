/*
 * Starting threads of the engine's own
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "engine.h"

csc_status csc_thread_start(void *(*run)(void *), void *context)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int error;

    if (!(error = pthread_attr_init(&attributes)))
    {
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        error = pthread_create(&thread, &attributes, run, context);
        pthread_attr_destroy(&attributes);
    }
    return error ? csc_status_from_errno(error) : CSC_OK;
}

csc_status csc_helper_start(struct csc_engine *engine, void *(*run)(void *), void *context)
{
    csc_status status;

    pthread_mutex_lock(&engine->lock);
    engine->helpers++;
    pthread_mutex_unlock(&engine->lock);
    if (csc_failed(status = csc_thread_start(run, context))) csc_helper_end(engine);
    return status;
}

void csc_helper_end(struct csc_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    engine->helpers--;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
}
