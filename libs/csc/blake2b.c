/*
 * BLAKE2b (RFC 7693)
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdint.h>
#include <string.h>

#include "blake2b.h"

#define BLOCK 128

static const uint64_t start_values[8] =
{
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179
};

/* the order in which the rounds take the words of a block; rounds 10 and 11 are as 0 and 1 */
static const unsigned char order[10][16] =
{
    {  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15 },
    { 14, 10,  4,  8,  9, 15, 13,  6,  1, 12,  0,  2, 11,  7,  5,  3 },
    { 11,  8, 12,  0,  5,  2, 15, 13, 10, 14,  3,  6,  7,  1,  9,  4 },
    {  7,  9,  3,  1, 13, 12, 11, 14,  2,  6,  5, 10,  4,  0, 15,  8 },
    {  9,  0,  5,  7,  2,  4, 10, 15, 14,  1, 11, 12,  6,  8,  3, 13 },
    {  2, 12,  6, 10,  0, 11,  8,  3,  4, 13,  7,  5, 15, 14,  1,  9 },
    { 12,  5,  1, 15, 14, 13,  4, 10,  0,  7,  6,  3,  9,  2,  8, 11 },
    { 13, 11,  7, 14, 12,  1,  3,  9,  5,  0, 15,  4,  8,  6,  2, 10 },
    {  6, 15, 14,  9, 11,  3,  0,  8, 12,  2, 13,  7,  1,  4, 10,  5 },
    { 10,  2,  8,  4,  7,  6,  1,  5, 15, 11,  9, 14,  3, 12, 13,  0 }
};

static inline uint64_t rotate(uint64_t word, int count)
{
    return word >> count | word << (64 - count);
}

static inline uint64_t load(const unsigned char *bytes)
{
    return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 | (uint64_t)bytes[3] << 24 |
           (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 | (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

#define MIX(a, b, c, d, x, y) do { \
        v[a] += v[b] + (x); v[d] = rotate(v[d] ^ v[a], 32); \
        v[c] += v[d];       v[b] = rotate(v[b] ^ v[c], 24); \
        v[a] += v[b] + (y); v[d] = rotate(v[d] ^ v[a], 16); \
        v[c] += v[d];       v[b] = rotate(v[b] ^ v[c], 63); \
    } while (0)

#define WORD(r, n) m[order[r][n]]

#define ROUND(r) do { \
        MIX(0, 4,  8, 12, WORD(r, 0),  WORD(r, 1)); \
        MIX(1, 5,  9, 13, WORD(r, 2),  WORD(r, 3)); \
        MIX(2, 6, 10, 14, WORD(r, 4),  WORD(r, 5)); \
        MIX(3, 7, 11, 15, WORD(r, 6),  WORD(r, 7)); \
        MIX(0, 5, 10, 15, WORD(r, 8),  WORD(r, 9)); \
        MIX(1, 6, 11, 12, WORD(r, 10), WORD(r, 11)); \
        MIX(2, 7,  8, 13, WORD(r, 12), WORD(r, 13)); \
        MIX(3, 4,  9, 14, WORD(r, 14), WORD(r, 15)); \
    } while (0)

/* total: bytes up to and with this block; fewer than 2^64 in all. */
static void compress(uint64_t state[8], const unsigned char *block, uint64_t total, int last)
{
    uint64_t v[16], m[16];
    int i;

    for (i = 0; i < 16; i++) m[i] = load(block + 8 * i);
    for (i = 0; i < 8; i++)
    {
        v[i] = state[i];
        v[i + 8] = start_values[i];
    }
    v[12] ^= total;
    if (last) v[14] = ~v[14];
    /* written out: with the order known the compiler needs no look at it */
    ROUND(0); ROUND(1); ROUND(2); ROUND(3); ROUND(4); ROUND(5); ROUND(6); ROUND(7); ROUND(8); ROUND(9); ROUND(0); ROUND(1);
    for (i = 0; i < 8; i++) state[i] ^= v[i] ^ v[i + 8];
}

void csc_blake2b(const void *data, size_t size, unsigned char *hash, size_t length)
{
    const unsigned char *bytes = data;
    unsigned char last[BLOCK] = { 0 };
    uint64_t state[8], total = 0;
    size_t i;

    memcpy(state, start_values, sizeof(state));
    state[0] ^= 0x01010000u | length;
    while (size - total > BLOCK)
    {
        total += BLOCK;
        compress(state, bytes + total - BLOCK, total, 0);
    }
    if (size) memcpy(last, bytes + total, size - total);
    compress(state, last, size, 1);
    for (i = 0; i < length; i++) hash[i] = (unsigned char)(state[i / 8] >> 8 * (i % 8));
}
