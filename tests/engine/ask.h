/*
 * What tests ask an engine, with real files or in the simulation
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_TESTS_ASK_H
#define CSC_TESTS_ASK_H

#include "op.h"
#include "store.h"
#include "test.h"

/* Runs an operation to its end, unasked.  Its result. */
static inline csc_status run_request(struct csc_engine *engine, const struct csc_op_request *request,
                                     struct csc_wire_totals *totals)
{
    struct csc_buffer events = { 0 };
    csc_status status, result = CSC_E_FAIL;
    struct csc_op *op;
    size_t at;

    memset(totals, 0, sizeof(*totals));
    if (csc_failed(status = csc_op_start(engine, request, &op))) return status;
    while (!totals->ended && !csc_failed(status))
    {
        events.size = 0;
        status = csc_op_pull(op, 1000, NULL, 0, totals, &events);
        for (at = 0; !csc_failed(status) && at < events.size;)
        {
            const struct csc_wire_event *event = (const struct csc_wire_event *)(events.data + at);

            if (event->kind == CSC_EVENT_END) result = event->status;
            at += event->size;
        }
    }
    csc_buffer_free(&events);
    csc_op_close(op);
    return csc_failed(status) ? status : result;
}

/* scope 0: of all shares. */
static inline size_t count_conflicts(struct csc_engine *engine, int64_t scope)
{
    struct csc_conflict *list = NULL;
    size_t count = 0;

    CHECK_STATUS(csc_store_conflicts(engine->store, scope, &list, &count), CSC_OK);
    csc_conflicts_free(list, count);
    return count;
}

#endif
