/*
 * Tests of filters and name patterns
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <time.h>

#include "filter.h"
#include "path.h"
#include "public.h"
#include "test.h"

static uint16_t *utf16(const char *text, size_t *length)
{
    static uint16_t buffer[4][512];
    static unsigned next;
    uint16_t *units = buffer[next++ % 4];

    if (csc_failed(csc_utf16_from_utf8(text, units, 512, length))) FAIL("not UTF-8: %s", text);
    return units;
}

static int match(const char *pattern, const char *name)
{
    struct csc_pattern made;
    size_t length;
    const uint16_t *units = utf16(pattern, &length);

    if (!csc_pattern_make(units, length, &made)) return -1;
    units = utf16(name, &length);
    return csc_pattern_matches(&made, units, length);
}

static void patterns_match_as_in_findfirstfile(void)
{
    static const struct { const char *pattern, *matching, *other; } table[] =
    {
        /* names are separated by | */
        { "*.DOC", "a.doc|A.DOC|.doc|a.b.doc", "a.docx|doc|a.doc.bak" },
        { "ABC.*", "abc.txt|ABC.|abc|abc.a.b", "abcd|xabc.txt|ab.c" },
        { "AB?.??2", "abx.122|ABC.xy2", "abxy.122|abx.12|abx.123|abx.1222" },
        { "a?c", "abc|aBC", "ac|abbc|a.c" },
        { "a??", "abc|ab|a", "abcd|b" },
        { "?.txt", "a.txt|.txt", "ab.txt" },
        { "a.??", "a|a.|a.b|a.bc", "a.bcd|ab" },
        { "*", "anything|a.b|.x", "" },
        { "*.*", "anything|a.b|.x", "" },
        { "", "anything|a.b", "" },
        { "**", "anything|a.b", "" },
        { "*.", "readme|Makefile", "read.me|a.b.c" },
        { "re*.", "readme|re", "re.x|are" },
        { "readme.", "readme|README.", "readme.txt" },
        { "*.*.*", "a.b.c|a.b|a.|a", "" },
        { "*e*m*", "readme|em|e.m", "me|ra" },
        { "<.txt", "a.txt|a.b.txt", "a.txt.b" },
        { "<", "readme", "read.me" },
        { ">>>", "abc|ab|a", "abcd" },
        { "abc\"*", "abc|abc.x", "abcx" },
        { "abc\"", "abc|abc.", "abc.x" },
        { "exact name", "Exact Name", "exact name2|exact" },
        { "\xc3\xa4*", "\xc3\x84pfel|\xc3\xa4", "apfel" },
        { "dir\\*", "", "dir|dirx" },
        { "a*b*c*d", "abcd|aXbXcXd|abbccd", "abdc|abc" },
    };
    char list[200], *name;
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(*table); i++)
    {
        strcpy(list, table[i].matching);
        for (name = strtok(list, "|"); name; name = strtok(NULL, "|"))
            if (match(table[i].pattern, name) != 1) FAIL("'%s' does not match '%s'", table[i].pattern, name);
        strcpy(list, table[i].other);
        for (name = strtok(list, "|"); name; name = strtok(NULL, "|"))
            if (match(table[i].pattern, name) != 0) FAIL("'%s' matches '%s'", table[i].pattern, name);
    }
}

/* Checked against the plainest way to say what * and ? of one name without dots mean. */
static int simple_match(const char *pattern, const char *name)
{
    if (*pattern == '*') return simple_match(pattern + 1, name) || (*name && simple_match(pattern, name + 1));
    if (!*pattern) return !*name;
    return *name && *pattern == *name && simple_match(pattern + 1, name + 1);
}

static void random_patterns_agree_with_the_plain_definition(void)
{
    char pattern[12], name[16];
    unsigned seed = 4711, matched = 0;
    int i, j, length;

    for (i = 0; i < 20000; i++)
    {
        length = rand_r(&seed) % 7 + 1;
        for (j = 0; j < length; j++) pattern[j] = "ab*"[rand_r(&seed) % 3];
        pattern[length] = 0;
        length = rand_r(&seed) % 9 + 1;
        for (j = 0; j < length; j++) name[j] = "ab"[rand_r(&seed) % 2];
        name[length] = 0;
        if (match(pattern, name) != simple_match(pattern, name)) FAIL("'%s' and '%s'", pattern, name);
        matched += simple_match(pattern, name);
    }
    CHECK(matched > 1000 && matched < 19000);
}

static void no_pattern_takes_long(void)
{
    char pattern[300], name[256];
    clock_t start = clock();
    int i;

    for (i = 0; i < 256; i += 2) memcpy(pattern + i, "*a", 2);
    strcpy(pattern + 256, "b");
    memset(name, 'a', 255);
    name[255] = 0;
    for (i = 0; i < 50; i++) CHECK_INT(match(pattern, name), 0);
    CHECK((clock() - start) / CLOCKS_PER_SEC < 5);
    memset(pattern, 'a', 260);
    pattern[259] = 0;
    CHECK_INT(match(pattern, name), 0);
    pattern[259] = 'a';
    pattern[260] = 0;
    CHECK_INT(match(pattern, name), -1);
}

/* ---- filters ---- */

static struct csc_wire_item *item(const char *path, uint32_t type, uint32_t flags)
{
    static uint64_t storage[200];
    struct csc_wire_item *record = (struct csc_wire_item *)storage;
    size_t length;

    memset(storage, 0, sizeof(storage));
    record->size = sizeof(storage);
    record->type = type;
    record->flags = flags;
    record->connect_state = OFFLINEFILES_CONNECT_STATE_ONLINE;
    if (csc_failed(csc_utf16_from_utf8(path, record->path, 300, &length))) FAIL("path %s", path);
    record->path_length = (uint32_t)length;
    return record;
}

static struct csc_wire_item *file(uint32_t flags)
{
    return item("\\\\s\\x\\file.txt", OFFLINEFILES_ITEM_TYPE_FILE, flags);
}

static int passes(const struct csc_wire_filters *wire, const struct csc_wire_item *record)
{
    struct csc_filters filters;

    if (csc_failed(csc_filters_make(wire, &filters))) return -1;
    return csc_filters_pass(&filters, record);
}

static void set_pattern(struct csc_wire_filter *filter, const char *pattern)
{
    size_t length;

    filter->conditions |= CSC_FILTER_PATTERN;
    memset(filter->pattern, 0, sizeof(filter->pattern));
    csc_utf16_from_utf8(pattern, filter->pattern, CSC_FILTER_PATTERN_UNITS, &length);
}

static void set_flags(struct csc_wire_filter *filter, uint64_t mask, uint64_t flags)
{
    filter->conditions |= CSC_FILTER_FLAGS;
    filter->mask = mask;
    filter->flags = flags;
}

#define IS_FILE OFFLINEFILES_ITEM_FILTER_FLAG_FILE
#define IS_DIRTY OFFLINEFILES_ITEM_FILTER_FLAG_DIRTY

static void inclusion_and_exclusion_make_a_matrix(void)
{
    int include, exclude, kind;

    for (kind = 0; kind < 2; kind++)
    for (include = 0; include < 3; include++)      /* 0: none, 1: matches, 2: does not */
    for (exclude = 0; exclude < 3; exclude++)
    {
        struct csc_wire_filters wire = { 0 };
        struct csc_wire_item *record = item("\\\\s\\x\\y", kind ? OFFLINEFILES_ITEM_TYPE_DIRECTORY
                                                               : OFFLINEFILES_ITEM_TYPE_FILE, CSC_ITEM_DIRTY);

        if (include) set_flags(&wire.at[kind ? CSC_FILTER_INCLUDE_DIRECTORY : CSC_FILTER_INCLUDE_FILE], IS_DIRTY,
                               include == 1 ? IS_DIRTY : 0);
        if (exclude) set_flags(&wire.at[kind ? CSC_FILTER_EXCLUDE_DIRECTORY : CSC_FILTER_EXCLUDE_FILE], IS_DIRTY,
                               exclude == 1 ? IS_DIRTY : 0);
        CHECK_INT(passes(&wire, record), include != 2 && exclude != 1);
        /* an item of the other kind is no business of these */
        record->type = kind ? OFFLINEFILES_ITEM_TYPE_FILE : OFFLINEFILES_ITEM_TYPE_DIRECTORY;
        CHECK_INT(passes(&wire, record), 1);
    }
}

static void servers_and_shares_are_directories(void)
{
    struct csc_wire_filters wire = { 0 };

    set_flags(&wire.at[CSC_FILTER_EXCLUDE_DIRECTORY], OFFLINEFILES_ITEM_FILTER_FLAG_DIRECTORY,
              OFFLINEFILES_ITEM_FILTER_FLAG_DIRECTORY);
    CHECK_INT(passes(&wire, item("\\\\s", OFFLINEFILES_ITEM_TYPE_SERVER, 0)), 0);
    CHECK_INT(passes(&wire, item("\\\\s\\x", OFFLINEFILES_ITEM_TYPE_SHARE, 0)), 0);
    CHECK_INT(passes(&wire, item("\\\\s\\x\\d", OFFLINEFILES_ITEM_TYPE_DIRECTORY, 0)), 0);
    CHECK_INT(passes(&wire, file(0)), 1);
}

static void each_flag_has_its_condition(void)
{
    static const struct { uint64_t filter; uint32_t flags, pin, state; } table[] =
    {
        { OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED_DATA, CSC_ITEM_DIRTY | CSC_ITEM_MODIFIED_DATA, 0, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED_ATTRIBUTES, CSC_ITEM_MODIFIED_ATTRIBUTES, 0, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED, CSC_ITEM_MODIFIED_DATA, 0, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED, CSC_ITEM_MODIFIED_ATTRIBUTES, 0, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_CREATED, CSC_ITEM_CREATED_OFFLINE, 0, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_DELETED, CSC_ITEM_DELETED_OFFLINE, 0, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_DIRTY, CSC_ITEM_DIRTY, 0, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_SPARSE, CSC_ITEM_SPARSE, 0, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_GHOST, CSC_ITEM_GHOST, 0, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_SUSPENDED, CSC_ITEM_SUSPENDED, 0, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_USER, 0, CSC_PIN_USER, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_COMPUTER, 0, CSC_PIN_COMPUTER, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_PINNED, 0, CSC_PIN_USER, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_PINNED, 0, CSC_PIN_USER_POLICY, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_PINNED, 0, CSC_PIN_COMPUTER, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_PINNED, 0, CSC_PIN_REDIRECTION, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_OFFLINE, 0, 0, OFFLINEFILES_CONNECT_STATE_OFFLINE },
        { OFFLINEFILES_ITEM_FILTER_FLAG_ONLINE, 0, 0, OFFLINEFILES_CONNECT_STATE_ONLINE },
    };
    struct csc_wire_filters wire = { 0 };
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(*table); i++)
    {
        struct csc_wire_item *record = file(table[i].flags);

        record->pin = table[i].pin;
        record->connect_state = table[i].state;
        set_flags(&wire.at[0], table[i].filter, table[i].filter);
        CHECK_INT(passes(&wire, record), 1);
        set_flags(&wire.at[0], table[i].filter, 0);
        CHECK_INT(passes(&wire, record), 0);

        record->flags = record->pin = record->connect_state = 0;
        CHECK_INT(passes(&wire, record), 1);
        set_flags(&wire.at[0], table[i].filter, table[i].filter);
        CHECK_INT(passes(&wire, record), 0);
    }
    /* inherit bits are no pins */
    set_flags(&wire.at[0], OFFLINEFILES_ITEM_FILTER_FLAG_PINNED, OFFLINEFILES_ITEM_FILTER_FLAG_PINNED);
    file(0)->pin = CSC_PIN_USER << CSC_PIN_INHERIT_SHIFT;
    CHECK_INT(passes(&wire, file(0)), 0);
    /* several conditions: each must hold */
    set_flags(&wire.at[0], IS_FILE | IS_DIRTY | OFFLINEFILES_ITEM_FILTER_FLAG_CREATED, IS_FILE | IS_DIRTY);
    CHECK_INT(passes(&wire, file(CSC_ITEM_DIRTY)), 1);
    CHECK_INT(passes(&wire, file(CSC_ITEM_DIRTY | CSC_ITEM_CREATED_OFFLINE)), 0);
    CHECK_INT(passes(&wire, file(0)), 0);
    /* what the mask leaves out does not count */
    set_flags(&wire.at[0], IS_DIRTY, IS_DIRTY | OFFLINEFILES_ITEM_FILTER_FLAG_DELETED);
    CHECK_INT(passes(&wire, file(CSC_ITEM_DIRTY)), 1);
}

static void reserved_flags_are_not_looked_at(void)
{
    struct csc_wire_filters wire = { 0 };

    set_flags(&wire.at[0], 0x03fe0400, 0x03fe0400);
    CHECK_INT(passes(&wire, file(0)), 1);
    set_flags(&wire.at[0], 0x03fe0400 | IS_DIRTY, 0x03fe0400 | IS_DIRTY);
    CHECK_INT(passes(&wire, file(0)), 0);
    CHECK_INT(passes(&wire, file(CSC_ITEM_DIRTY)), 1);
    set_flags(&wire.at[0], 0x04000000, 0);
    CHECK_INT(passes(&wire, file(0)), -1);
    set_flags(&wire.at[0], 1ull << 40, 0);
    CHECK_INT(passes(&wire, file(0)), -1);
}

#define DAY 864000000000ull

static void times_are_compared(void)
{
    /* results for an item that is earlier, equal, later, by OFFLINEFILES_COMPARE */
    static const int expected[6][3] = { { 0, 1, 0 }, { 1, 0, 1 }, { 1, 0, 0 }, { 0, 0, 1 }, { 1, 1, 0 }, { 0, 1, 1 } };
    static const enum csc_wire_time index[] = { CSC_TIME_CREATION, CSC_TIME_LAST_ACCESS, CSC_TIME_LAST_WRITE };
    const uint64_t noon = 150000 * DAY + DAY / 2;
    uint32_t type, compare;
    int copy, exact, which;

    for (type = 0; type < 3; type++)
    for (compare = 0; compare < 6; compare++)
    for (copy = 0; copy < 2; copy++)
    for (exact = 0; exact < 2; exact++)
    for (which = 0; which < 3; which++)
    {
        struct csc_wire_filters wire = { 0 };
        struct csc_wire_item *record = file(copy ? CSC_ITEM_HAS_ORIGINAL : CSC_ITEM_HAS_LOCAL | CSC_ITEM_HAS_ORIGINAL);
        uint64_t *times = copy ? record->original_times : record->local_times;

        wire.at[0].conditions = CSC_FILTER_TIME | (exact ? CSC_FILTER_TIME_OF_DAY : 0);
        wire.at[0].time = noon;
        wire.at[0].time_type = type;
        wire.at[0].compare = compare;
        times[index[type]] = exact ? noon - 1 + (uint64_t)which : noon + (uint64_t)(which - 1) * DAY + 5;
        CHECK_INT(passes(&wire, record), expected[compare][which]);
        if (exact) continue;
        /* the whole day counts, in UTC */
        times[index[type]] = 150000 * DAY;
        CHECK_INT(passes(&wire, record), expected[compare][1]);
        times[index[type]] = 150001 * DAY - 1;
        CHECK_INT(passes(&wire, record), expected[compare][1]);
    }
}

static void what_has_no_time_matches_no_time(void)
{
    struct csc_wire_filters wire = { 0 };
    uint32_t compare;

    wire.at[CSC_FILTER_INCLUDE_DIRECTORY].conditions = CSC_FILTER_TIME | CSC_FILTER_TIME_OF_DAY;
    for (compare = 0; compare < 6; compare++)
    {
        wire.at[CSC_FILTER_INCLUDE_DIRECTORY].compare = compare;
        CHECK_INT(passes(&wire, item("\\\\s", OFFLINEFILES_ITEM_TYPE_SERVER, 0)), 0);
    }
    memset(&wire, 0, sizeof(wire));
    wire.at[CSC_FILTER_EXCLUDE_DIRECTORY].conditions = CSC_FILTER_TIME;
    CHECK_INT(passes(&wire, item("\\\\s", OFFLINEFILES_ITEM_TYPE_SERVER, 0)), 1);
}

static void all_conditions_of_a_filter_must_hold(void)
{
    struct csc_wire_filters wire = { 0 };
    struct csc_wire_item *record = file(CSC_ITEM_DIRTY | CSC_ITEM_HAS_LOCAL);

    record->local_times[CSC_TIME_LAST_WRITE] = 10 * DAY;
    set_pattern(&wire.at[0], "*.txt");
    set_flags(&wire.at[0], IS_DIRTY, IS_DIRTY);
    wire.at[0].conditions |= CSC_FILTER_TIME;
    wire.at[0].time = 10 * DAY;
    wire.at[0].time_type = OFFLINEFILES_ITEM_TIME_LASTWRITE;
    CHECK_INT(passes(&wire, record), 1);
    wire.at[0].time = 11 * DAY;
    CHECK_INT(passes(&wire, record), 0);
    wire.at[0].time = 10 * DAY;
    wire.at[0].flags = 0;
    CHECK_INT(passes(&wire, record), 0);
    wire.at[0].flags = IS_DIRTY;
    set_pattern(&wire.at[0], "*.doc");
    CHECK_INT(passes(&wire, record), 0);
    /* the last component counts, not the path */
    set_pattern(&wire.at[0], "\\\\s\\*");
    CHECK_INT(passes(&wire, record), 0);
}

static void a_filter_without_conditions_has_no_say(void)
{
    struct csc_wire_filters wire = { 0 };

    CHECK_INT(passes(&wire, file(0)), 1);
    wire.at[CSC_FILTER_EXCLUDE_FILE].conditions = CSC_FILTER_TIME_OF_DAY;
    set_flags(&wire.at[CSC_FILTER_EXCLUDE_FILE], 0, 0);
    CHECK_INT(passes(&wire, file(0)), 1);
    set_pattern(&wire.at[CSC_FILTER_INCLUDE_FILE], "*.*");
    CHECK_INT(passes(&wire, file(0)), 1);
}

static void nonsense_is_refused(void)
{
    struct csc_wire_filters wire;
    int position;

    for (position = 0; position < CSC_FILTER_COUNT; position++)
    {
        struct csc_wire_filter *filter = &wire.at[position];

        memset(&wire, 0, sizeof(wire));
        filter->conditions = 0x10;
        CHECK_INT(passes(&wire, file(0)), -1);
        filter->conditions = CSC_FILTER_TIME;
        filter->time_type = 3;
        CHECK_INT(passes(&wire, file(0)), -1);
        filter->time_type = 0;
        filter->compare = 6;
        CHECK_INT(passes(&wire, file(0)), -1);
        filter->conditions = CSC_FILTER_PATTERN;
        set_pattern(filter, "x");
        CHECK_INT(passes(&wire, file(0)), position == CSC_FILTER_INCLUDE_FILE ? 0 : -1);
        memset(filter->pattern, 'x', sizeof(filter->pattern));
        CHECK_INT(passes(&wire, file(0)), -1);
    }
}

int main(void)
{
    RUN(patterns_match_as_in_findfirstfile);
    RUN(random_patterns_agree_with_the_plain_definition);
    RUN(no_pattern_takes_long);
    RUN(inclusion_and_exclusion_make_a_matrix);
    RUN(servers_and_shares_are_directories);
    RUN(each_flag_has_its_condition);
    RUN(reserved_flags_are_not_looked_at);
    RUN(times_are_compared);
    RUN(what_has_no_time_matches_no_time);
    RUN(all_conditions_of_a_filter_must_hold);
    RUN(a_filter_without_conditions_has_no_say);
    RUN(nonsense_is_refused);
    return test_report();
}
