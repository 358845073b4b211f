/*
 * Records that travel between cscobj.dll and the service
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"

#include <stdlib.h>
#include <string.h>

#include "cscpack.h"

/* Checks what all records have in common; fixed: offset of the text at its end. */
static BOOL record_sound(const BYTE *data, DWORD size, DWORD offset, DWORD fixed)
{
    DWORD record;

    if (offset > size || size - offset < fixed + sizeof(WCHAR)) return FALSE;
    memcpy(&record, data + offset, sizeof(record));
    return record >= fixed + sizeof(WCHAR) && record <= size - offset && !(record % 8);
}

/* Checks the text at the end of a record. */
static BOOL text_sound(const UINT16 *text, UINT32 length, UINT32 record, UINT32 fixed)
{
    if (length > CSC_MAX_PATH_UNITS || fixed + (length + 1) * sizeof(WCHAR) > record) return FALSE;
    return !text[length];
}

HRESULT wire_unpack(const BYTE *packed, DWORD size, BYTE **records, DWORD *total)
{
    size_t unpacked = packed ? csc_unpack_size(packed, size) : 0;

    *records = NULL;
    if (!unpacked || unpacked > CSC_MAX_BLOB_BYTES) return E_UNEXPECTED;
    if (!(*records = malloc(unpacked))) return E_OUTOFMEMORY;
    *total = unpacked;
    if (csc_unpack(packed, size, *records)) return S_OK;
    free(*records);
    *records = NULL;
    return E_UNEXPECTED;
}

const struct csc_wire_item *wire_item_at(const BYTE *data, DWORD size, DWORD offset)
{
    const struct csc_wire_item *item = (const struct csc_wire_item *)(data + offset);
    const DWORD fixed = offsetof(struct csc_wire_item, path);

    if (!record_sound(data, size, offset, fixed)) return NULL;
    if (!text_sound(item->path, item->path_length, item->size, fixed)) return NULL;
    if (item->type > OFFLINEFILES_ITEM_TYPE_SERVER || item->share_length > item->path_length) return NULL;
    return item;
}

BOOL wire_error_sound(const struct csc_wire_error *error)
{
    return error->size == sizeof(*error) && error->operation <= OFFLINEFILES_SYNC_OPERATION_PREPARE;
}

const struct csc_wire_event *wire_event_at(const BYTE *data, DWORD size, DWORD offset)
{
    const struct csc_wire_event *event = (const struct csc_wire_event *)(data + offset);
    const DWORD fixed = offsetof(struct csc_wire_event, path);

    if (!record_sound(data, size, offset, fixed)) return NULL;
    if (!text_sound(event->path, event->path_length, event->size, fixed)) return NULL;
    if (event->error_offset)
    {
        const struct csc_wire_error *error;

        if (event->error_offset % 8 || event->error_offset < fixed || event->error_offset > event->size ||
            event->size - event->error_offset < sizeof(*error)) return NULL;
        error = wire_event_error(event);
        if (!wire_error_sound(error)) return NULL;
    }
    return event;
}

const struct csc_wire_error *wire_event_error(const struct csc_wire_event *event)
{
    return event->error_offset ? (const struct csc_wire_error *)((const BYTE *)event + event->error_offset) : NULL;
}

const struct csc_wire_news *wire_news_at(const BYTE *data, DWORD size, DWORD offset)
{
    const struct csc_wire_news *news = (const struct csc_wire_news *)(data + offset);
    const DWORD fixed = offsetof(struct csc_wire_news, strings);

    if (!record_sound(data, size, offset, fixed)) return NULL;
    if (!text_sound(news->strings, news->path_length, news->size, fixed)) return NULL;
    if (!text_sound(news->strings + news->path_length + 1, news->old_length, news->size,
                    fixed + (news->path_length + 1) * sizeof(WCHAR)))
        return NULL;
    return news;
}

BOOL wire_items_sound(const BYTE *data, DWORD size)
{
    const struct csc_wire_item *item;
    DWORD offset;

    for (offset = 0; offset < size; offset += item->size)
        if (!(item = wire_item_at(data, size, offset))) return FALSE;
    return TRUE;
}

BOOL wire_events_sound(const BYTE *data, DWORD size)
{
    const struct csc_wire_event *event;
    DWORD offset;

    for (offset = 0; offset < size; offset += event->size)
        if (!(event = wire_event_at(data, size, offset))) return FALSE;
    return TRUE;
}

BOOL wire_news_sound(const BYTE *data, DWORD size)
{
    const struct csc_wire_news *news;
    DWORD offset;

    for (offset = 0; offset < size; offset += news->size)
        if (!(news = wire_news_at(data, size, offset))) return FALSE;
    return TRUE;
}

HRESULT wire_add_reply(struct wire_replies *replies, UINT64 token, DWORD response, const WCHAR *name)
{
    size_t length = name ? wcslen(name) : 0;
    size_t size = (offsetof(struct csc_wire_reply, name) + (length + 1) * sizeof(WCHAR) + 7) & ~(size_t)7;
    struct csc_wire_reply *reply;

    if (replies->size && !length)
    {
        reply = (struct csc_wire_reply *)(replies->data + replies->last);
        if (!reply->name_length && reply->response == response && reply->token + reply->more + 1 == token &&
            reply->more < ~0u)
        {
            reply->more++;
            return S_OK;
        }
    }
    if (replies->capacity - replies->size < size)
    {
        size_t capacity = max(2 * (size_t)replies->capacity, replies->size + max(size, 4096));
        BYTE *data;

        if (!(data = realloc(replies->data, capacity))) return E_OUTOFMEMORY;
        replies->data = data;
        replies->capacity = capacity;
    }
    reply = (struct csc_wire_reply *)(replies->data + replies->size);
    memset(reply, 0, size);
    reply->size = size;
    reply->response = response;
    reply->token = token;
    reply->name_length = length;
    if (length) memcpy(reply->name, name, length * sizeof(WCHAR));
    replies->last = replies->size;
    replies->size += size;
    return S_OK;
}
