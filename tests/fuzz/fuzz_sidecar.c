/*
 * The second record, from files that something damaged
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "buffer.h"
#include "fuzz.h"
#include "sidecar.h"

static void try_shares(const char *text, size_t size)
{
    struct csc_sidecar_shares shares, again;
    struct csc_buffer out = { 0 };

    if (csc_sidecar_parse_shares(text, size, &shares)) return;
    /* what was believed can be written and is believed again */
    HOLDS(!csc_sidecar_format_shares(&shares, &out));
    HOLDS(!csc_sidecar_parse_shares((const char *)out.data, out.size, &again));
    HOLDS(again.count == shares.count);
    csc_sidecar_shares_free(&again);
    csc_sidecar_shares_free(&shares);
    csc_buffer_free(&out);
}

static void try_pins(const char *text, size_t size)
{
    struct csc_sidecar_pins pins, again;
    struct csc_buffer out = { 0 };

    if (csc_sidecar_parse_pins(text, size, &pins)) return;
    HOLDS(!csc_sidecar_format_pins(&pins, &out));
    HOLDS(!csc_sidecar_parse_pins((const char *)out.data, out.size, &again));
    HOLDS(again.count == pins.count);
    csc_sidecar_pins_free(&again);
    csc_sidecar_pins_free(&pins);
    csc_buffer_free(&out);
}

/* Most inputs with the sum that they need to be looked at any closer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const heads[] = { "csc-shares\t1\ncache\t0123abcd\n", "csc-pins\t1\n" };
    uint64_t hash = 14695981039346656037u;
    size_t head, length, i;
    char *text;
    int kind;

    if (!size) return 0;
    kind = *data & 3;
    data++;
    size--;
    if (kind > 1)
    {
        text = feed_text(data, size);
        if (kind == 2) try_shares(text, size);
        else try_pins(text, size);
        free(text);
        return 0;
    }
    head = strlen(heads[kind]);
    HOLDS((text = malloc(head + size + 32)));
    memcpy(text, heads[kind], head);
    if (size) memcpy(text + head, data, size);
    length = head + size;
    for (i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
    length += (size_t)sprintf(text + length, "end\t%016llx\n", (unsigned long long)hash);
    if (kind) try_pins(text, length);
    else try_shares(text, length);
    free(text);
    return 0;
}
