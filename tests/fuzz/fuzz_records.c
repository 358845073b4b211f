/*
 * Records of the private RPC: what cscobj.dll makes of the service's, and the service of a client's
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The two files of the DLLs that look at bytes of others are compiled here as they are.
 */

#include "cscpack.h"
#include "fuzz.h"
#include "fuzz_windows.h"

const struct csc_wire_error *wire_event_error(const struct csc_wire_event *event);

#include "../../dlls/cscobj/wire.c"
#include "../../dlls/cscsvc/wire.c"

/* -- the target -- */

/* Reads what a sound record says is there. */
static uint64_t read_text(const uint16_t *text, uint32_t length)
{
    uint64_t sum = 0;
    uint32_t i;

    for (i = 0; i <= length; i++) sum += text[i];
    HOLDS(!text[length]);
    return sum;
}

static void try_items(const BYTE *data, DWORD size)
{
    const struct csc_wire_item *item;
    DWORD offset;

    if (!wire_items_sound(data, size)) return;
    for (offset = 0; offset < size; offset += item->size)
    {
        HOLDS((item = wire_item_at(data, size, offset)));
        HOLDS(item->size && item->share_length <= item->path_length);
        read_text(item->path, item->path_length);
    }
    HOLDS(offset == size);
}

static void try_events(const BYTE *data, DWORD size)
{
    const struct csc_wire_event *event;
    DWORD offset;

    if (!wire_events_sound(data, size)) return;
    for (offset = 0; offset < size; offset += event->size)
    {
        HOLDS((event = wire_event_at(data, size, offset)));
        HOLDS(event->size);
        read_text(event->path, event->path_length);
        if (wire_event_error(event)) HOLDS(wire_event_error(event)->size == sizeof(struct csc_wire_error));
    }
    HOLDS(offset == size);
}

static void try_news(const BYTE *data, DWORD size)
{
    const struct csc_wire_news *news;
    DWORD offset;

    if (!wire_news_sound(data, size)) return;
    for (offset = 0; offset < size; offset += news->size)
    {
        HOLDS((news = wire_news_at(data, size, offset)));
        HOLDS(news->size);
        read_text(news->strings, news->path_length);
        read_text(news->strings + news->path_length + 1, news->old_length);
    }
    HOLDS(offset == size);
}

static void try_replies(const BYTE *data, DWORD size)
{
    const struct csc_wire_reply *reply;
    DWORD offset;

    if (!wire_check_replies(data, size)) return;
    for (offset = 0; offset < size; offset += reply->size)
    {
        reply = (const struct csc_wire_reply *)(data + offset);
        HOLDS(reply->size);
        if (reply->name_length) read_text(reply->name, reply->name_length);
        HOLDS(!reply->name_length || !reply->more);
    }
    HOLDS(offset == size);
}

/* Enumerations and events come packed; what comes out of nonsense must be as harmless as any other records. */
static void try_packed(const BYTE *data, DWORD size)
{
    BYTE *records, *packed;
    size_t again;
    DWORD total;

    /* small ones, so that a run tries many */
    if (csc_unpack_size(data, size) > 1 << 20 || wire_unpack(data, size, &records, &total)) return;
    HOLDS(total == csc_unpack_size(data, size));
    try_items(records, total);
    try_events(records, total);
    if (wire_items_sound(records, total))
    {
        HOLDS((packed = malloc(csc_pack_bound(total))));
        again = csc_pack(records, total, packed);
        HOLDS(again <= csc_pack_bound(total) && csc_unpack_size(packed, again) == total);
        free(packed);
    }
    free(records);
}

/* What a client writes, the service takes. */
static void try_own(const BYTE *data, DWORD size)
{
    struct wire_replies replies = { 0 };
    WCHAR *name;
    DWORD i;

    HOLDS((name = calloc(size / 2 + 1, sizeof(*name))));
    memcpy(name, data, size / 2 * 2);
    for (i = 0; i < 3; i++) HOLDS(!wire_add_reply(&replies, i, 0, i ? name : NULL));
    i = replies.size;
    HOLDS(!wire_add_reply(&replies, 7, 0, NULL) && replies.size > i);
    i = replies.size;
    HOLDS(!wire_add_reply(&replies, 8, 0, NULL) && !wire_add_reply(&replies, 9, 0, NULL) && replies.size == i);
    HOLDS(((struct csc_wire_reply *)(replies.data + replies.last))->more == 2);
    HOLDS(!wire_add_reply(&replies, 10, 1, NULL) && !wire_add_reply(&replies, 12, 1, NULL) && replies.size > i + 24);
    HOLDS(wire_check_replies(replies.data, replies.size) || wide_length(name, SIZE_MAX) > CSC_MAX_PATH_UNITS);
    free(replies.data);
    free(name);
}

static void try_call(const BYTE *data, DWORD size)
{
    struct csc_unix_blob blob = { 0 };
    struct csc_unix_text text;
    CSC_OPERATION operation = { 0 };
    DWORD got;
    BYTE *out;

    if (size >= 16)
    {
        memcpy(&operation, data, 16);
        if (!wire_check_operation(&operation, (DWORD)data[15])) HOLDS(operation.kind < CSC_OP_KIND_COUNT);
        HOLDS((blob.data = malloc(size)));
        memcpy(blob.data, data, size);
        blob.size = size;
        HOLDS(wire_blob(S_OK, &blob, &got, &out) == S_OK && got == size && !memcmp(out, data, size));
        free(out);
    }
    if (size >= 2 && !data[size - 1] && !data[size - 2] && !(size % 2))
        if (!wire_text((const WCHAR *)data, &text)) HOLDS(text.length < size / 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    BYTE *copy;

    if (size > 1 << 20) return 0;
    /* exactly as large, and aligned as RPC does it */
    HOLDS((copy = malloc(size ? size : 1)));
    if (size) memcpy(copy, data, size);
    try_items(copy, (DWORD)size);
    try_packed(copy, (DWORD)size);
    try_events(copy, (DWORD)size);
    try_news(copy, (DWORD)size);
    try_replies(copy, (DWORD)size);
    try_own(copy, (DWORD)size);
    try_call(copy, (DWORD)size);
    free(copy);
    return 0;
}
