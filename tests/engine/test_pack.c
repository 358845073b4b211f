/*
 * Tests of the packing of records
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscpack.h"
#include "cscwire.h"
#include "test.h"

/* Packs, unpacks and compares; the packed size. */
static size_t round_trip(const uint8_t *records, size_t size)
{
    uint8_t *packed = malloc(csc_pack_bound(size)), *unpacked = malloc(size);
    size_t length = csc_pack(records, size, packed);

    CHECK(length <= csc_pack_bound(size));
    /* exactly its own memory, so that a sanitizer sees a step over its end */
    packed = realloc(packed, length);
    CHECK_INT(csc_unpack_size(packed, length), size);
    if (CHECK(csc_unpack(packed, length, unpacked))) CHECK(!memcmp(records, unpacked, size));
    free(packed);
    free(unpacked);
    return length;
}

/* Random records of random sizes; alike: how many of 100 bytes are as in the record before. */
static size_t make_random(uint8_t *records, size_t capacity, int alike)
{
    uint32_t length, before_length = 0;
    size_t at = 0, before = 0, i;

    while (capacity - at >= 8 && rand() % 20)
    {
        length = 8u * (1 + (uint32_t)rand() % (rand() % 4 ? 40 : 400));
        if (length > capacity - at) length = (uint32_t)(capacity - at) & ~7u;
        for (i = 4; i < length; i++)
            records[at + i] = rand() % 100 < alike ? (i < before_length ? records[before + i] : 0) : (uint8_t)rand();
        memcpy(records + at, &length, sizeof(length));
        before = at;
        before_length = length;
        at += length;
    }
    return at;
}

static void comes_back(void)
{
    static uint8_t records[40000];
    size_t size;
    int i;

    srand(1);
    for (i = 0; i < 2000; i++)
    {
        memset(records, 0, sizeof(records));
        if ((size = make_random(records, sizeof(records), i % 101))) round_trip(records, size);
    }
}

/* What it is for: the items of one directory. */
static void makes_items_small(void)
{
    enum { COUNT = 1000, SIZE = (sizeof(struct csc_wire_item) + 40 * 2 + 7) & ~7u };
    uint8_t *records = calloc(COUNT, SIZE);
    char name[40];
    int i, k;

    for (i = 0; i < COUNT; i++)
    {
        struct csc_wire_item *item = (struct csc_wire_item *)(records + (size_t)i * SIZE);

        item->size = SIZE;
        item->id = 1000u + (unsigned)i;
        item->flags = CSC_ITEM_HAS_LOCAL | CSC_ITEM_HAS_ORIGINAL;
        item->local_size = item->original_size = (unsigned)rand() % 100000;
        for (k = 0; k < CSC_TIME_COUNT; k++)
            item->local_times[k] = item->original_times[k] = 133000000000000000 + (uint64_t)rand() * 1000;
        item->path_length = (uint32_t)snprintf(name, sizeof(name), "\\\\server\\share\\folder\\file%05d.dat", i);
        for (k = 0; name[k]; k++) item->path[k] = (uint16_t)name[k];
    }
    CHECK(round_trip(records, (size_t)COUNT * SIZE) < (size_t)COUNT * SIZE / 2);
    free(records);
}

static void refuses_nonsense(void)
{
    static uint8_t records[4000], packed[8000], *copy, *unpacked;
    size_t size, length, total;
    int i, k, refused = 0;

    srand(2);
    for (i = 0; i < 5000; i++)
    {
        if (!(size = make_random(records, sizeof(records), 60))) continue;
        length = csc_pack(records, size, packed);
        if (i % 2) length = (size_t)rand() % length;
        for (k = rand() % 4; k && length; k--) packed[(size_t)rand() % length] = (uint8_t)rand();
        total = csc_unpack_size(packed, length);
        if (!total || total > 1 << 20) continue;
        /* exactly what may be touched */
        copy = malloc(length);
        memcpy(copy, packed, length);
        unpacked = malloc(total);
        if (!csc_unpack(copy, length, unpacked)) refused++;
        free(unpacked);
        free(copy);
    }
    CHECK(refused > 2000);
    CHECK(!csc_unpack((const uint8_t *)"\1\0\0", 3, records));
    CHECK(!csc_unpack((const uint8_t *)"\0\0\0\0", 4, records));
    CHECK(!csc_unpack((const uint8_t *)"\10\0\0\0\1\6", 6, records));          /* ends too early */
    CHECK(csc_unpack((const uint8_t *)"\10\0\0\0\1\7", 6, records));
    CHECK(!csc_unpack((const uint8_t *)"\10\0\0\0\1\7\0", 7, records));        /* something behind */
    CHECK(!csc_unpack((const uint8_t *)"\10\0\0\0\2\7\7", 7, records));        /* larger than the whole */
    CHECK(!csc_unpack((const uint8_t *)"\10\0\0\0\0\7", 6, records));          /* a record of nothing */
    CHECK(!csc_unpack((const uint8_t *)"\10\0\0\0\1\207a", 7, records));       /* a run that is not there */
}

int main(void)
{
    RUN(comes_back);
    RUN(makes_items_small);
    RUN(refuses_nonsense);
    return test_report();
}
