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

/* Puts the path of an event behind it, where there is room for as many units as the path has bytes.  An empty one: no such
 * path can be named. */
static csc_status put_path(struct csc_wire_event *wire, const char *path, size_t bytes)
{
    csc_status status;
    size_t length;
    char *copy;

    if (csc_failed(status = csc_utf16_from_utf8(path, wire->path, bytes + 1, &length)))
    {
        if (!(copy = readable(path))) return CSC_E_OUT_OF_MEMORY;
        status = csc_utf16_from_utf8(copy, wire->path, bytes + 1, &length);
        free(copy);
        if (csc_failed(status)) return status;
    }
    if (length > CSC_MAX_PATH_UNITS) length = 0;
    wire->path[length] = 0;
    wire->path_length = (uint32_t)length;
    return CSC_OK;
}

csc_status csc_event_post(struct csc_op *op, uint32_t kind, uint64_t token, csc_status status, uint32_t operation,
                          const struct csc_work *work, const char *path)
{
    int has_error = kind == CSC_EVENT_ITEM_RESULT && csc_failed(status);
    size_t bytes = path ? strlen(path) : 0, before = op->events.size, used, size;
    struct csc_wire_event *wire;

    /* as much as it can take at most; what it does not take is given back */
    size = ((sizeof(*wire) + (bytes + 1) * sizeof(uint16_t) + 7) & ~(size_t)7) + (has_error ? sizeof(struct csc_wire_error) : 0);
    if (!(wire = csc_buffer_add(&op->events, size))) return CSC_E_OUT_OF_MEMORY;
    memset(wire, 0, sizeof(*wire));
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
    if (csc_failed(put_path(wire, path ? path : "", bytes)))
    {
        op->events.size = before;
        return CSC_E_OUT_OF_MEMORY;
    }
    used = sizeof(*wire) + (wire->path_length + 1) * sizeof(uint16_t);
    size = (used + 7) & ~(size_t)7;
    memset((char *)wire + used, 0, size - used);
    if (has_error)
    {
        struct csc_wire_error error = work->sight;

        error.size = sizeof(error);
        error.status = status;
        error.operation = operation;
        memcpy((char *)wire + size, &error, sizeof(error));
        wire->error_offset = (uint32_t)size;
        size += sizeof(error);
    }
    wire->size = (uint32_t)size;
    op->events.size = before + size;
    if (csc_event_is_urgent(kind)) op->urgent++;
    csc_op_poke_pull(op);
    return CSC_OK;
}

void csc_event_withdraw(struct csc_op *op, uint64_t token)
{
    const struct csc_wire_event *event;
    size_t at, next;

    for (at = 0; at < op->events.size; at = next)
    {
        event = (const struct csc_wire_event *)(op->events.data + at);
        next = at + event->size;
        if (event->token != token) continue;
        if (csc_event_is_urgent(event->kind)) op->urgent--;
        memmove(op->events.data + at, op->events.data + next, op->events.size - next);
        op->events.size -= next - at;
        return;
    }
}
