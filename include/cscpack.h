/*
 * Packing runs of records that are much alike, for the way between processes
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Wine sends a call's data in fragments of some 5,800 bytes, each of which costs several requests to wineserver: what an
 * enumeration takes is mostly that.  The records of one directory differ in a few bytes, so each is told as what is new
 * against the one before.
 *
 * Packed: 4 bytes, little-endian, size of the records together.  For each record: its size / 8 as a number of 7 bits a
 * byte, lowest first, the top bit set in all but the last; then runs.  A run begins with a byte n: below 0x80, the next n + 1
 * bytes are those at the same place in the record before (zeros in the first record and behind the end); otherwise
 * n - 0x7f bytes follow.
 */

#ifndef __CSCPACK_H
#define __CSCPACK_H

#include <stdint.h>
#include <string.h>

#define CSC_PACK_RUN 128u

/* The most that size bytes of records (each at least 8) can take when packed. */
static inline size_t csc_pack_bound(size_t size)
{
    return 4 + size + size / 64 + size / 8 * 2 + 16;
}

/* How many bytes from the place at on are the same in both, at most limit. */
static inline size_t csc_pack_same(const uint8_t *record, const uint8_t *before, size_t limit)
{
    size_t count = 0;

    while (limit - count >= 8 && !memcmp(record + count, before + count, 8)) count += 8;
    while (count < limit && record[count] == before[count]) count++;
    return count;
}

/* memcpy for what is mostly a few bytes, where its call, or what compilers make of it, takes longer than the copying. */
static inline void csc_pack_copy(uint8_t *to, const uint8_t *from, size_t size)
{
    for (; size >= 8; to += 8, from += 8, size -= 8) memcpy(to, from, 8);
    while (size--) *to++ = *from++;
}

/* Packs sound records: each begins with its size (a multiple of 8, not 0, at most what is left).  packed has room for
 * csc_pack_bound(size).  The size of the packed. */
static inline size_t csc_pack(const uint8_t *records, size_t size, uint8_t *packed)
{
    static const uint8_t zeros[CSC_PACK_RUN];
    uint32_t length, before_length = 0, number, total = (uint32_t)size;
    const uint8_t *before = zeros;
    uint8_t *out = packed;
    size_t at;
    int i;

    for (i = 0; i < 4; i++) *out++ = (uint8_t)(total >> (8 * i));
    for (at = 0; at < size; at += length)
    {
        const uint8_t *record = records + at;
        uint32_t done = 0;

        memcpy(&length, record, sizeof(length));
        for (number = length / 8; number >= 0x80; number >>= 7) *out++ = (uint8_t)(number | 0x80);
        *out++ = (uint8_t)number;
        while (done < length)
        {
            uint32_t limit = length - done < CSC_PACK_RUN ? length - done : CSC_PACK_RUN, run;
            const uint8_t *guess = done < before_length ? before + done : zeros;

            if (done < before_length && limit > before_length - done) limit = before_length - done;
            if ((run = (uint32_t)csc_pack_same(record + done, guess, limit)))
            {
                *out++ = (uint8_t)(run - 1);
                done += run;
                continue;
            }
            /* a single byte that is the same is not worth ending a run for */
            for (run = 1; run < limit; run++)
                if (record[done + run] == guess[run] && (run + 1 == limit || record[done + run + 1] == guess[run + 1])) break;
            *out++ = (uint8_t)(run + 0x7f);
            csc_pack_copy(out, record + done, run);
            out += run;
            done += run;
        }
        before = record;
        before_length = length;
    }
    return (size_t)(out - packed);
}

/* The size of what was packed; 0: nothing sound. */
static inline size_t csc_unpack_size(const uint8_t *packed, size_t size)
{
    if (size < 4) return 0;
    return packed[0] | (size_t)packed[1] << 8 | (size_t)packed[2] << 16 | (size_t)packed[3] << 24;
}

/* Fills exactly csc_unpack_size bytes.  Whatever the input is, nothing is read or written outside; 0: it is not sound.
 * The records themselves are to be checked afterwards. */
static inline int csc_unpack(const uint8_t *packed, size_t size, uint8_t *records)
{
    size_t total = csc_unpack_size(packed, size), in = 4, at = 0, before = 0, before_length = 0;

    while (at < total)
    {
        size_t length = 0, done = 0;
        unsigned shift = 0;

        do
        {
            if (in == size || shift > 21) return 0;
            length |= (size_t)(packed[in] & 0x7f) << shift;
            shift += 7;
        }
        while (packed[in++] & 0x80);
        length *= 8;
        if (!length || length > total - at) return 0;
        while (done < length)
        {
            size_t run;

            if (in == size) return 0;
            if (packed[in] < 0x80)
            {
                size_t known = 0;

                run = packed[in++] + 1u;
                if (run > length - done) return 0;
                if (done < before_length) known = before_length - done < run ? before_length - done : run;
                csc_pack_copy(records + at + done, records + before + done, known);
                if (known < run) memset(records + at + done + known, 0, run - known);
            }
            else
            {
                run = packed[in++] - 0x7fu;
                if (run > length - done || run > size - in) return 0;
                csc_pack_copy(records + at + done, packed + in, run);
                in += run;
            }
            done += run;
        }
        before = at;
        before_length = length;
        at += length;
    }
    return total && in == size;
}

#endif /* __CSCPACK_H */
