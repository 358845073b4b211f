/*
 * The events of an operation
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "work.h"

/* A name that is not UTF-8 has no UTF-16 form: what is not ASCII is shown as '?'. */
static char *readable(const char *path)
{
    char *copy = strdup(path), *c;

    for (c = copy; c && *c; c++) if (*c & 0x80) *c = '?';
    return copy;
}

csc_status csc_event_post(struct csc_op *op, uint32_t kind, uint64_t token, csc_status status, uint32_t operation,
                          const struct csc_work *work, const char *path)
{
    int has_error = kind == CSC_EVENT_ITEM_RESULT && csc_failed(status);
    size_t size, length = 0, error_offset;
    struct csc_wire_event *wire;
    struct csc_event *event;
    char *copy = NULL;
    long units = 0;

    if (path && (units = csc_utf16_length(path)) < 0)
    {
        if (!(path = copy = readable(path))) return CSC_E_OUT_OF_MEMORY;
        units = csc_utf16_length(path);
    }
    if (units < 0 || (unsigned long)units > CSC_MAX_PATH_UNITS) units = 0;   /* no such path can be named */
    size = error_offset = (sizeof(*wire) + ((size_t)units + 1) * sizeof(uint16_t) + 7) & ~(size_t)7;
    if (has_error) size += sizeof(struct csc_wire_error);
    if (!(event = calloc(1, sizeof(*event))) || !(wire = csc_buffer_add(&event->record, size)))
    {
        free(event);
        free(copy);
        return CSC_E_OUT_OF_MEMORY;
    }
    memset(wire, 0, size);
    wire->size = size;
    wire->kind = kind;
    wire->token = token;
    wire->status = status;
    wire->operation = operation;
    if (kind == CSC_EVENT_CONFLICT)
    {
        wire->sync_state = work->conflict_state;
        wire->state_known = work->conflict_known;
        wire->change_details = work->conflict_changes;
    }
    if (has_error)
    {
        struct csc_wire_error error = work->sight;

        error.size = sizeof(error);
        error.status = status;
        error.operation = operation;
        memcpy((char *)wire + error_offset, &error, sizeof(error));
        wire->error_offset = error_offset;
    }
    if (units && !csc_failed(csc_utf16_from_utf8(path, wire->path, (size_t)units + 1, &length)))
        wire->path_length = length;
    free(copy);

    *op->events_tail = event;
    op->events_tail = &event->next;
    op->event_bytes += event->record.size;
    csc_op_poke_pull(op);
    return CSC_OK;
}

void csc_event_withdraw(struct csc_op *op, uint64_t token)
{
    struct csc_event **link, *event;

    for (link = &op->events; (event = *link); link = &event->next)
    {
        if (((struct csc_wire_event *)event->record.data)->token != token) continue;
        if (!(*link = event->next)) op->events_tail = link;
        op->event_bytes -= event->record.size;
        csc_buffer_free(&event->record);
        free(event);
        return;
    }
}
