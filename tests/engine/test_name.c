/*
 * Tests of names and their keys
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "path.h"
#include "test.h"

static void check_key(const char *name, const char *expected)
{
    char *key = NULL;

    CHECK_STATUS(csc_name_key(name, &key), CSC_OK);
    CHECK_STRING(key, expected);
    free(key);
}

static void keys_fold_case(void)
{
    check_key("", "");
    check_key("Report 1.docx", "REPORT 1.DOCX");
    check_key("zZ{|}~@[`", "ZZ{|}~@[`");
    check_key("Grün éàçñøåÿ", "GRÜN ÉÀÇÑØÅŸ");
    check_key("привет", "ПРИВЕТ");
    check_key("日本語", "日本語");
}

/* Simple mappings only: one code point stays one code point. */
static void keys_use_simple_mappings(void)
{
    check_key("Straße", "STRAßE");              /* no simple upper case */
    check_key("ẞ", "ẞ");
    check_key("ıi", "II");                      /* dotless i */
    check_key("İ", "İ");
    check_key("ſs", "SS");                      /* long s */
    check_key("Σσς", "ΣΣΣ");                    /* final sigma */
    check_key("ŉ", "ŉ");                        /* would become two */
    check_key("ﬁ", "ﬁ");
    check_key("ǆ ǅ Ǆ", "Ǆ Ǆ Ǆ");                /* title case, too */
    check_key("ᾳ", "ᾼ");
    check_key("µ", "Μ");                        /* micro sign: Greek capital */
    check_key("ÿ", "Ÿ");
}

static void keys_change_length(void)
{
    check_key("ɐ", "Ɐ");                        /* two bytes become three */
    check_key("ⱥ", "Ⱥ");                        /* three become two */
    check_key("ɐɐɐɐɐɐɐɐɐɐ", "ⱯⱯⱯⱯⱯⱯⱯⱯⱯⱯ");
    check_key("K", "K");                        /* Kelvin sign is a capital already */
}

static void keys_beyond_the_basic_plane(void)
{
    check_key("𐐨𐑏", "𐐀𐐧");                      /* Deseret */
    check_key("𞤢", "𞤀");                        /* Adlam, the last letters with case */
    check_key("\xf0\x9f\x92\xbe", "\xf0\x9f\x92\xbe");
    check_key("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf");
}

/* No normalization: Windows keeps composed and decomposed names apart. */
static void keys_keep_combining_marks(void)
{
    char *composed = NULL, *decomposed = NULL;

    CHECK_STATUS(csc_name_key("\xc3\xa9", &composed), CSC_OK);
    CHECK_STATUS(csc_name_key("e\xcc\x81", &decomposed), CSC_OK);
    CHECK_STRING(composed, "\xc3\x89");
    CHECK_STRING(decomposed, "E\xcc\x81");
    check_key("\xcd\x85", "\xce\x99");           /* combining iota below has a capital */
    free(composed);
    free(decomposed);
}

static void keys_are_stable(void)
{
    static const char *const names[] = {"Straße", "ǆ", "ıſς", "ɐⱥ", "𐐨", "Ἀᾳ"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        char *once = NULL, *twice = NULL;

        CHECK_STATUS(csc_name_key(names[i], &once), CSC_OK);
        CHECK_STATUS(csc_name_key(once, &twice), CSC_OK);
        CHECK_STRING(twice, once);
        free(once);
        free(twice);
    }
}

static void keys_refuse_bad_utf8(void)
{
    char *key = (char *)1;

    CHECK_STATUS(csc_name_key("a\xff", &key), CSC_E_INVALID_NAME);
    CHECK(!key);
}

static void repeat(char *target, const char *text, int count)
{
    *target = 0;
    while (count--) target = stpcpy(target, text);
}

static void checks_names(void)
{
    static const char *const good[] =
    {
        "a", "report.docx", "...", " ", "a ", "a.", ".a", "a b", "CON", "nul.txt", "é", "\x7f", "\xc2\x80",
        "\xf0\x9f\x92\xbe", "~$x", "%41", "a;b", "#", "'"
    };
    static const char *const bad[] =
    {
        "", ".", "..", "a/b", "a\\b", "/", "\\", "a:b", "*", "a?", "\"", "<", ">", "|", "\x01", "a\n", "\x1f", "\t",
        "\xff", "a\xc3", "\xed\xa0\x80"
    };
    char text[2048];
    size_t i;

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (csc_name_check(good[i])) FAIL("'%s' is refused", good[i]);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (csc_name_check(bad[i]) != CSC_E_INVALID_NAME) FAIL("'%s' is let through", bad[i]);

    /* the limit counts UTF-16 units, not bytes */
    repeat(text, "x", 255);
    CHECK_STATUS(csc_name_check(text), CSC_OK);
    repeat(text, "x", 256);
    CHECK_STATUS(csc_name_check(text), CSC_E_NAME_TOO_LONG);
    repeat(text, "日", 255);
    CHECK_STATUS(csc_name_check(text), CSC_OK);
    repeat(text, "日", 256);
    CHECK_STATUS(csc_name_check(text), CSC_E_NAME_TOO_LONG);
    repeat(text, "\xf0\x9f\x92\xbe", 127);
    CHECK_STATUS(csc_name_check(text), CSC_OK);
    repeat(text, "\xf0\x9f\x92\xbe", 128);
    CHECK_STATUS(csc_name_check(text), CSC_E_NAME_TOO_LONG);
}

static void knows_temporary_names(void)
{
    CHECK(csc_name_is_temporary(".~csc-ab12-0.tmp", "ab12"));
    CHECK(csc_name_is_temporary(".~csc-ab12-123f.tmp", "ab12"));
    CHECK(csc_name_is_temporary(".~csc-other-1.tmp", NULL));
    CHECK(!csc_name_is_temporary(".~csc-other-1.tmp", "ab12"));
    CHECK(!csc_name_is_temporary(".~csc-ab123-1.tmp", "ab12"));
    CHECK(!csc_name_is_temporary(".~csc-ab12-.tmp", "ab12"));
    CHECK(!csc_name_is_temporary(".~csc-ab12-1", "ab12"));
    CHECK(!csc_name_is_temporary(".~csc-ab12-1.tmp2", "ab12"));
    CHECK(!csc_name_is_temporary(".~csc-ab12-1x.tmp", "ab12"));
    CHECK(!csc_name_is_temporary(".~csc--1.tmp", NULL));
    CHECK(!csc_name_is_temporary(".~csc-ab12", "ab12"));
    CHECK(!csc_name_is_temporary(".~csc-", NULL));
    CHECK(!csc_name_is_temporary("report.tmp", NULL));
    CHECK(!csc_name_is_temporary("", NULL));
}

int main(void)
{
    RUN(keys_fold_case);
    RUN(keys_use_simple_mappings);
    RUN(keys_change_length);
    RUN(keys_beyond_the_basic_plane);
    RUN(keys_keep_combining_marks);
    RUN(keys_are_stable);
    RUN(keys_refuse_bad_utf8);
    RUN(checks_names);
    RUN(knows_temporary_names);
    return test_report();
}
