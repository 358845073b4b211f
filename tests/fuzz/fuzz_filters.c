/*
 * Filters of a client: the blob of FindItem and EnumItems in the private RPC, from its bytes to what the engine finds
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The first byte of an input says whether the rest are the bytes of a blob (of any size, or cut and filled up to that of
 * one) or what its members are made of.
 */

#include "../engine/sync_fixture.h"
#include "filter.h"
#include "fuzz_windows.h"
#include "utf.h"

#include "../../dlls/cscsvc/wire.c"

static struct fixture world;
static struct csc_buffer items;         /* all that an enumeration without filters gives */
static unsigned item_count;

static void at_exit(void)
{
    csc_buffer_free(&items);
    fixture_destroy(&world);
}

/* Everything below the share; filters may be NULL. */
static csc_status enumerate(const struct csc_wire_filters *filters, struct csc_buffer *records)
{
    struct csc_enum *snapshot;
    csc_status status;

    status = csc_enum_open_filtered(world.engine, SHARE, 0, OFFLINEFILES_ENUM_FLAT, filters, &snapshot);
    if (csc_failed(status)) return status;
    while (!(status = csc_enum_next(snapshot, 4096, records))) {}
    csc_enum_close(snapshot);
    HOLDS(status == CSC_FALSE);
    return CSC_OK;
}

static const struct csc_wire_item *item_at(const struct csc_buffer *records, size_t *at)
{
    const struct csc_wire_item *item;

    if (*at >= records->size) return NULL;
    item = (const struct csc_wire_item *)(records->data + *at);
    *at += item->size;
    return item;
}

/* A share in many states: cached, pinned, changed and made and deleted offline, without content. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    size_t at = 0;

    (void)argc; (void)argv;
    world_make(&world);
    fixture_mkdir(world.origin, "dir");
    fixture_mkdir(world.origin, "dir/sub");
    origin_write(&world, "file", "content");
    origin_write(&world, "Report.DOC", "report");
    origin_write(&world, "dir/archive.tar.gz", "archive");
    origin_write(&world, "dir/sub/\xc3\xa4\xc3\x9f.txt", "text");
    origin_write(&world, "dir/gone", "gone");
    HOLDS(!pin_all(&world));
    origin_write(&world, "later", "later");
    HOLDS(!fixture_run(&world, CSC_OP_PIN, PIN_USER, 0, SHARE "\\later"));
    HOLDS(!go_offline(&world));
    change(tree_of(&world), "file", "changed", 5);
    change(tree_of(&world), "dir/new", "new", 6);
    HOLDS(!remove_at(tree_of(&world), "dir/gone"));
    HOLDS(!enumerate(NULL, &items));
    while (item_at(&items, &at)) item_count++;
    HOLDS(item_count >= 9);
    atexit(at_exit);
    return 0;
}

/* -- what must hold of patterns -- */

static int matches(const uint16_t *pattern, size_t length, const uint16_t *name, size_t name_length)
{
    struct csc_pattern made;
    int result;

    HOLDS(csc_pattern_make(pattern, length, &made));
    result = csc_pattern_matches(&made, name, name_length);
    HOLDS(result == 0 || result == 1);
    return result;
}

static void try_pattern(const uint16_t *pattern, size_t length, const uint16_t *name, size_t name_length)
{
    uint16_t longer[CSC_PATTERN_MAX + 1], other_case[512];
    int result = matches(pattern, length, name, name_length), plain = length != 0, equal = length == name_length;
    size_t i;

    for (i = 0; i < length; i++)
    {
        plain &= pattern[i] > 127 || !strchr("*?<>\"", (char)pattern[i]);
        equal = equal && csc_upcase(pattern[i]) == csc_upcase(name[i]);
    }
    if (plain && pattern[length - 1] != '.') HOLDS(result == equal);
    if (equal && plain) HOLDS(result);

    /* what a star can stand for is nothing, too */
    if (length < CSC_PATTERN_MAX)
    {
        memcpy(longer, pattern, length * sizeof(*longer));
        longer[length] = '*';
        if (result) HOLDS(matches(longer, length + 1, name, name_length));
    }
    HOLDS(name_length <= sizeof(other_case) / sizeof(other_case[0]));
    for (i = 0; i < name_length; i++) other_case[i] = (uint16_t)csc_upcase(name[i]);
    HOLDS(matches(pattern, length, other_case, name_length) == result);
}

/* -- and of filters -- */

static void try_filters(const struct csc_wire_filters *wire)
{
    struct csc_buffer records = { 0 }, record = { 0 };
    const struct csc_wire_item *item;
    struct csc_filters filters;
    struct csc_wire_filters fewer;
    csc_status made = csc_filters_make(wire, &filters), status;
    unsigned passed = 0, found = 0;
    size_t at, i;

    HOLDS(made == CSC_OK || made == CSC_E_INVALID_ARG);
    HOLDS(enumerate(wire, &records) == made);
    status = csc_find_filtered(world.engine, SHARE "\\dir\\new", 0, wire, &record);
    HOLDS(csc_failed(made) ? status == made : status == CSC_OK || status == CSC_E_NOT_FOUND);
    if (!csc_failed(made))
    {
        /* who passes four filters passes when one is taken away */
        fewer = *wire;
        fewer.at[wire->at[0].conditions & 3].conditions = 0;
        for (at = 0; (item = item_at(&items, &at));)
        {
            struct csc_filters less;

            if (!csc_filters_pass(&filters, item)) continue;
            passed++;
            HOLDS(!csc_filters_make(&fewer, &less));
            HOLDS(csc_filters_pass(&less, item));
        }
        for (at = 0; (item = item_at(&records, &at)); found++) HOLDS(csc_filters_pass(&filters, item));
        HOLDS(found == passed);
        if (wire->at[CSC_FILTER_INCLUDE_FILE].conditions & CSC_FILTER_PATTERN)
        {
            const uint16_t *pattern = wire->at[CSC_FILTER_INCLUDE_FILE].pattern;

            for (i = 0; i < CSC_PATTERN_MAX && pattern[i]; i++) {}
            for (at = 0; (item = item_at(&items, &at));)
                try_pattern(pattern, i, item->path + item->share_length, item->path_length - item->share_length);
            try_pattern(pattern, i, pattern, i);
        }
    }
    csc_buffer_free(&record);
    csc_buffer_free(&records);
}

/* As the service does it with what a client sent. */
static void try_blob(const uint8_t *data, size_t size)
{
    const struct csc_wire_filters *filters = (const void *)data;
    struct csc_wire_filters copy;
    uint8_t *unaligned;
    HRESULT hr;

    HOLDS((unaligned = malloc(size + 1)));
    if (size) memcpy(unaligned + 1, data, size);
    hr = wire_filters(size ? unaligned + 1 : NULL, (DWORD)size, &copy, &filters);
    HOLDS(hr == (size && size != sizeof(copy) ? E_INVALIDARG : S_OK));
    HOLDS(filters == (size && !hr ? &copy : NULL));
    if (filters) try_filters(filters);
    free(unaligned);
}

static uint64_t feed_long(struct feed *feed)
{
    uint64_t high = feed_number(feed, 4);

    return high << 32 | feed_number(feed, 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csc_wire_filters wire;
    struct feed feed = { data, size };
    uint32_t how = feed_number(&feed, 1);
    size_t i, units;
    int position;

    memset(&wire, 0, sizeof(wire));
    if (how % 4 == 0) try_blob(feed.data, feed.size);
    else if (how % 4 == 1)
    {
        if (feed.size) memcpy(&wire, feed.data, feed.size < sizeof(wire) ? feed.size : sizeof(wire));
        try_blob((const uint8_t *)&wire, sizeof(wire));
    }
    else
    {
        for (position = 0; position < CSC_FILTER_COUNT; position++)
        {
            struct csc_wire_filter *filter = &wire.at[position];

            filter->conditions = feed_number(&feed, 1) & 15;
            if (filter->conditions & CSC_FILTER_FLAGS)
            {
                filter->flags = feed_long(&feed);
                filter->mask = feed_long(&feed) & (how & 4 ? ~0ull : OFFLINEFILES_ITEM_FILTER_FLAGS);
            }
            if (filter->conditions & CSC_FILTER_TIME)
            {
                filter->time = feed_long(&feed);
                filter->time_type = feed_number(&feed, 1) & 3;
                filter->compare = feed_number(&feed, 1) & 7;
            }
            if (position != CSC_FILTER_INCLUDE_FILE && !(how & 8)) filter->conditions &= ~CSC_FILTER_PATTERN;
            if (!(filter->conditions & CSC_FILTER_PATTERN)) continue;
            units = feed_number(&feed, 1) + (how & 16 ? 8 : 0);
            if (units > CSC_FILTER_PATTERN_UNITS) units = CSC_FILTER_PATTERN_UNITS;
            for (i = 0; i < units; i++) filter->pattern[i] = (uint16_t)feed_number(&feed, how & 32 ? 2 : 1);
        }
        try_blob((const uint8_t *)&wire, sizeof(wire));
    }
    return 0;
}
