/*
 * Checking a large database beside the work
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Looking at every page of the database takes a second for two million items, and nobody should wait that long for a
 * start.  Where a power loss could have done damage, and where the database is small, it is checked before anything
 * else.  Otherwise a helper does it while clients may already ask; whatever changes something (operations, evictions, shares,
 * the second record) waits for the result.
 */

#include "engine.h"
#include "rebuild.h"
#include "sidecar.h"

static int is_closing(void *context)
{
    struct csc_engine *engine = context;
    int closing;

    pthread_mutex_lock(&engine->lock);
    closing = engine->closing;
    pthread_mutex_unlock(&engine->lock);
    return closing;
}

static void *check_main(void *context)
{
    struct csc_engine *engine = context;
    csc_status status = csc_store_check(engine->store, is_closing, engine);

    if (!csc_failed(status)) csc_trace(engine, "the database is in order");
    else if (status != CSC_E_CANCELLED) csc_trace(engine, "the check of the database failed: %08x", (unsigned)status);
    pthread_mutex_lock(&engine->lock);
    if (status == CSC_E_CORRUPT) engine->checking = CSC_CHECK_DAMAGED;
    else if (status != CSC_E_CANCELLED) engine->checking = CSC_CHECK_DONE;
    if (!csc_failed(status)) csc_sidecar_write_shares(engine);
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    if (!csc_failed(status)) csc_sidecar_pins_changed(engine);
    csc_helper_end(engine);
    return NULL;
}

csc_status csc_check_start(struct csc_engine *engine)
{
    return csc_helper_start(engine, check_main, engine);
}

csc_status csc_check_wait_locked(struct csc_engine *engine)
{
    while (engine->checking == CSC_CHECK_RUNNING && !engine->closing)
        pthread_cond_wait(&engine->changed, &engine->lock);
    if (engine->checking == CSC_CHECK_DONE) return CSC_OK;
    return engine->closing ? CSC_E_CANCELLED : CSC_E_CORRUPT;
}

csc_status csc_check_wait(struct csc_engine *engine)
{
    csc_status status;

    pthread_mutex_lock(&engine->lock);
    status = csc_check_wait_locked(engine);
    pthread_mutex_unlock(&engine->lock);
    return status;
}
