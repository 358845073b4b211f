/*
 * What fuzz targets share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_TESTS_FUZZ_H
#define CSC_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* What must hold, whatever the input is. */
#define HOLDS(condition) do { \
        if (!(condition)) \
        { \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort(); \
        } \
    } while (0)

/* Takes pieces off the front of an input. */
struct feed
{
    const uint8_t *data;
    size_t size;
};

static inline uint32_t feed_number(struct feed *feed, size_t bytes)
{
    uint32_t number = 0;

    while (bytes-- && feed->size)
    {
        number = number << 8 | *feed->data++;
        feed->size--;
    }
    return number;
}

static inline const uint8_t *feed_bytes(struct feed *feed, size_t *size)
{
    const uint8_t *data = feed->data;

    if (*size > feed->size) *size = feed->size;
    feed->data += *size;
    feed->size -= *size;
    return data;
}

/* The rest as text; malloc. */
static inline char *feed_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    HOLDS(text);
    if (size) memcpy(text, data, size);
    text[size] = 0;
    return text;
}

#endif
