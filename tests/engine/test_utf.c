/*
 * Tests of UTF-8 and UTF-16
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "path.h"
#include "test.h"

static const struct
{
    const char *utf8;
    long units;
    uint16_t utf16[4];
} valid[] =
{
    {"", 0, {0}},
    {"a", 1, {'a'}},
    {"\x7f", 1, {0x7f}},
    {"\xc2\x80", 1, {0x80}},
    {"\xdf\xbf", 1, {0x7ff}},
    {"\xe0\xa0\x80", 1, {0x800}},
    {"\xed\x9f\xbf", 1, {0xd7ff}},
    {"\xee\x80\x80", 1, {0xe000}},
    {"\xef\xbf\xbf", 1, {0xffff}},
    {"\xf0\x90\x80\x80", 2, {0xd800, 0xdc00}},
    {"\xf4\x8f\xbf\xbf", 2, {0xdbff, 0xdfff}},
    {"a\xf0\x9f\x92\xbe" "b", 4, {'a', 0xd83d, 0xdcbe, 'b'}},
};

static void converts_both_ways(void)
{
    size_t i, j, length;

    for (i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
    {
        uint16_t buffer[8];
        char *back = NULL;

        CHECK_INT(csc_utf16_length(valid[i].utf8), valid[i].units);
        memset(buffer, 0xaa, sizeof(buffer));
        CHECK_STATUS(csc_utf16_from_utf8(valid[i].utf8, buffer, (size_t)valid[i].units + 1, &length), CSC_OK);
        CHECK_INT(length, valid[i].units);
        for (j = 0; j < length; j++) CHECK_INT(buffer[j], valid[i].utf16[j]);
        CHECK_INT(buffer[length], 0);
        CHECK_INT(buffer[length + 1], 0xaaaa);
        CHECK_STATUS(csc_utf8_from_utf16(valid[i].utf16, length, &back), CSC_OK);
        CHECK_STRING(back, valid[i].utf8);
        free(back);
    }
}

static void every_code_point_survives(void)
{
    uint32_t code;
    int wrong = 0;

    for (code = 1; code <= 0x10ffff; code++)
    {
        uint16_t units[2], again[3];
        size_t count = 0, length;
        char *text;

        if (code >= 0xd800 && code <= 0xdfff) continue;
        if (code < 0x10000) units[count++] = (uint16_t)code;
        else
        {
            units[count++] = (uint16_t)(0xd800 | (code - 0x10000) >> 10);
            units[count++] = (uint16_t)(0xdc00 | (code & 0x3ff));
        }
        if (csc_utf8_from_utf16(units, count, &text)) wrong++;
        else
        {
            if (csc_utf16_from_utf8(text, again, 3, &length) || length != count ||
                memcmp(units, again, count * sizeof(*units)))
                wrong++;
            free(text);
        }
    }
    CHECK_INT(wrong, 0);
}

static void refuses_bad_utf8(void)
{
    static const char *const bad[] =
    {
        "\x80", "\xbf", "\xc0\x80", "\xc1\xbf",                /* lone following byte, overlong */
        "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80", "\xed\xbf\xbf",                        /* surrogates */
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "\xfe",
        "\xc3", "\xe2\x82", "\xf0\x9f\x92", "a\xc3", "\xc3(", "\xe2\x82(", "\xf0\x9f\x92("
    };
    uint16_t buffer[8];
    size_t i, length;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        /* a copy of the exact size lets the sanitizer see a read behind the end */
        char *copy = strdup(bad[i]);

        CHECK_INT(csc_utf16_length(copy), -1);
        CHECK_STATUS(csc_utf16_from_utf8(copy, buffer, 8, &length), CSC_E_INVALID_NAME);
        free(copy);
    }
}

static void refuses_bad_utf16(void)
{
    static const uint16_t bad[][3] =
    {
        {0xd800, 'a', 'b'}, {'a', 'b', 0xd800}, {0xdc00, 'a', 'b'}, {0xdc00, 0xd800, 'a'},
        {0xd800, 0xd800, 0xdc00}, {'a', 0, 'b'}
    };
    char *text;
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        text = (char *)1;
        CHECK_STATUS(csc_utf8_from_utf16(bad[i], 3, &text), CSC_E_INVALID_NAME);
        CHECK(!text);
    }
}

static void respects_capacity(void)
{
    uint16_t buffer[4] = {0, 0, 0, 0x5555};
    size_t length;

    CHECK_STATUS(csc_utf16_from_utf8("abc", buffer, 3, &length), CSC_E_MORE_DATA);
    CHECK_STATUS(csc_utf16_from_utf8("a\xf0\x9f\x92\xbe", buffer, 3, &length), CSC_E_MORE_DATA);
    CHECK_INT(buffer[3], 0x5555);
    CHECK_STATUS(csc_utf16_from_utf8("", buffer, 0, &length), CSC_E_MORE_DATA);
    CHECK_STATUS(csc_utf16_from_utf8("abc", buffer, 4, &length), CSC_OK);
}

int main(void)
{
    RUN(converts_both_ways);
    RUN(every_code_point_survives);
    RUN(refuses_bad_utf8);
    RUN(refuses_bad_utf16);
    RUN(respects_capacity);
    return test_report();
}
