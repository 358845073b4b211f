/*
 * The record of what was done: its lines, and reading it
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A line is worth: the end of each operation, each item that failed or is in conflict, each change of an origin,
 * what a synchronization removed or replaced in the cache; transitions, recoveries, mappings.  Not worth one are
 * items that were only filled or found equal: the line of their operation counts them.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "op.h"
#include "scope.h"
#include "work.h"

/* entries that are looked at in one go */
#define PAGE 500

/* -- writing -- */

/* Why something was done to an item, by the name of what was done. */
static const char *reason_of(const char *operation)
{
    static const char *const reasons[][2] =
    {
        { "upload", "It was changed in the cache." },
        { "update the cache", "It was changed on the origin." },
        { "make on the origin", "It was made in the cache." },
        { "delete in the cache", "It was deleted on the origin." },
        { "delete on the origin", "It was deleted in the cache." },
        { "attributes to the origin", "Its attributes were changed in the cache." },
        { "replace in the cache", "Something else stands at its place on the origin." },
        { "replace on the origin", "Something else stands at its place in the cache." },
        { "keep both", "It was changed on both sides; the copies have two names now." },
        { "leave out", "It was deleted in the cache, and an exclusion list names it: the origin keeps it alone." },
        { "remove from the cache", "Somebody asked for it." },
    };
    size_t i;

    for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (!strcmp(reasons[i][0], operation)) return reasons[i][1];
    return NULL;
}

void csc_log_item(struct csc_engine *engine, const char *operation, const char *path, csc_status status)
{
    if (status == CSC_E_CANCELLED) return;
    if (!operation)
    {
        if (!csc_failed(status)) return;
        operation = "look";
    }
    csc_store_log(engine->store, operation, path, status, csc_failed(status) ? csc_status_text(status)
                  : reason_of(operation));
}

void csc_log_operation(struct csc_op *op, csc_status status)
{
    static const char *const names[] =
    {
        [CSC_OP_SYNC] = "synchronize", [CSC_OP_DELETE] = "remove from the cache", [CSC_OP_PIN] = "pin",
        [CSC_OP_UNPIN] = "unpin", [CSC_OP_ONLINE] = "go online",
        [CSC_OP_DELETE_NOTHING] = "remove from the cache", [CSC_OP_ENCRYPT] = "encrypt"
    };
    uint64_t done, failed, bytes = atomic_load(&op->bytes_done);
    const char *name = (size_t)op->kind < sizeof(names) / sizeof(names[0]) ? names[op->kind] : "operation";
    uint64_t left_out = atomic_load(&op->left_out);
    char text[320], more[48] = "", left[64] = "", *path = NULL;

    pthread_mutex_lock(&op->lock);
    done = op->totals.items_done;
    failed = op->totals.items_failed;
    pthread_mutex_unlock(&op->lock);
    /* what the engine does by itself from time to time, when there was nothing to do */
    if (op->detached && !done && !failed && (!csc_failed(status) || (op->automatic && status == CSC_E_CANCELLED))) return;

    if (op->count) path = csc_path_text(&op->paths[0]);
    if (op->automatic == CSC_AUTO_SLOW) name = "go offline, slow link";
    if (op->count > 1) snprintf(more, sizeof(more), " (and %zu other paths)", op->count - 1);
    if (left_out) snprintf(left, sizeof(left), ", %" PRIu64 " left out by exclusion lists", left_out);
    snprintf(text, sizeof(text), "%" PRIu64 " items, %" PRIu64 " failed, %" PRIu64 " bytes%s%s%s.%s%s", done, failed, bytes,
             left, more, op->detached ? ", in the background" : "", csc_failed(status) ? " " : "",
             csc_failed(status) ? csc_status_text(status) : "");
    csc_store_log(op->engine->store, name, path, status, text);
    free(path);
}

void csc_log_scope(struct csc_scope *scope, const char *operation, csc_status status, const char *reason)
{
    char *name = csc_scope_name(scope), text[1024];

    snprintf(text, sizeof(text), "%s%s%s", reason ? reason : "", reason && csc_failed(status) ? " " : "",
             csc_failed(status) ? csc_status_text(status) : "");
    csc_store_log(scope->engine->store, operation, name, status, *text ? text : NULL);
    free(name);
}

/* -- reading -- */

/* Whether an entry concerns the item with this key, or what is below it. */
static int concerns(const struct csc_log_entry *entry, const char *key)
{
    size_t length = strlen(key);
    char *own;
    int does;

    if (!entry->path || csc_failed(csc_name_key(entry->path, &own))) return 0;
    does = !strncmp(own, key, length) && (!own[length] || own[length] == '\\');
    free(own);
    return does;
}

static csc_status put_text(const char *text, size_t length, uint16_t **place)
{
    size_t written;
    csc_status status = csc_utf16_from_utf8(text, *place, length + 1, &written);

    *place += length + 1;
    return status;
}

static csc_status add_entry(const struct csc_log_entry *entry, struct csc_buffer *records)
{
    const char *path = entry->path ? entry->path : "", *reason = entry->reason ? entry->reason : "";
    long operation_length = csc_utf16_length(entry->operation), path_length = csc_utf16_length(path),
         reason_length = csc_utf16_length(reason);
    struct csc_wire_log *record;
    csc_status status;
    uint16_t *place;
    size_t size;

    /* paths that are no UTF-8 are no paths of ours */
    if (path_length < 0) path = "", path_length = 0;
    if (reason_length < 0) reason = "", reason_length = 0;
    if (operation_length < 0) return CSC_OK;
    size = (sizeof(*record) + (operation_length + path_length + reason_length + 3) * sizeof(uint16_t) + 7) & ~(size_t)7;
    if (!(record = csc_buffer_add(records, size))) return CSC_E_OUT_OF_MEMORY;
    memset(record, 0, size);
    record->size = (uint32_t)size;
    record->status = entry->result;
    record->id = (uint64_t)entry->id;
    record->time = csc_filetime_from_ns(entry->time);
    record->operation_length = (uint32_t)operation_length;
    record->path_length = (uint32_t)path_length;
    record->reason_length = (uint32_t)reason_length;
    place = record->strings;
    status = put_text(entry->operation, operation_length, &place);
    if (!csc_failed(status)) status = put_text(path, path_length, &place);
    if (!csc_failed(status)) status = put_text(reason, reason_length, &place);
    return status;
}

csc_status csc_log_read(struct csc_engine *engine, const struct csc_log_query *query, size_t max_bytes,
                        struct csc_buffer *records)
{
    int64_t after = (int64_t)query->after, since = query->since ? csc_ns_from_filetime(query->since) : 0;
    struct csc_log_entry *list;
    csc_status status = CSC_OK;
    char *path = NULL, *key = NULL;
    struct csc_path parsed;
    size_t count, i;

    if (query->flags & ~CSC_LOG_ERRORS) return CSC_E_INVALID_ARG;
    if (query->path)
    {
        if (csc_failed(status = csc_path_parse(query->path, &parsed))) return status;
        path = csc_path_text(&parsed);
        csc_path_free(&parsed);
        status = path ? csc_name_key(path, &key) : CSC_E_OUT_OF_MEMORY;
        free(path);
        if (csc_failed(status)) return status;
    }
    do
    {
        status = csc_store_log_after(engine->store, after, since, query->flags & CSC_LOG_ERRORS, PAGE, &list, &count);
        if (csc_failed(status)) break;
        for (i = 0; i < count && !csc_failed(status) && (!records->size || records->size < max_bytes); i++)
        {
            size_t before = records->size;

            after = list[i].id;
            if (key && !concerns(&list[i], key)) continue;
            status = add_entry(&list[i], records);
            if (before && records->size > max_bytes)
            {
                records->size = before;
                i = count;
                break;
            }
        }
        csc_log_free(list, count);
    }
    while (!csc_failed(status) && count == PAGE && i == PAGE && (!records->size || records->size < max_bytes));
    free(key);
    if (csc_failed(status)) return status;
    return records->size ? CSC_OK : CSC_FALSE;
}
