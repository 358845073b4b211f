/*
 * Filters of FindItemEx and EnumItemsEx
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

/* --- a filter that says what the test wants, and counts */

struct filter
{
    IOfflineFilesItemFilter IOfflineFilesItemFilter_iface;
    LONG refs;
    HRESULT flags_hr, time_hr, pattern_hr;    /* what the methods return */
    ULONGLONG flags, mask;
    FILETIME time;
    BOOL time_of_day;
    OFFLINEFILES_ITEM_TIME type;
    OFFLINEFILES_COMPARE compare;
    const WCHAR *pattern;                     /* NULL: fills the whole buffer, without an end */
    unsigned int flag_calls, time_calls, pattern_calls;
    ULONG pattern_size;
    DWORD thread;
};

static struct filter *impl_from_IOfflineFilesItemFilter(IOfflineFilesItemFilter *iface)
{
    return CONTAINING_RECORD(iface, struct filter, IOfflineFilesItemFilter_iface);
}

static HRESULT WINAPI filter_QueryInterface(IOfflineFilesItemFilter *iface, REFIID iid, void **out)
{
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IOfflineFilesItemFilter))
    {
        IOfflineFilesItemFilter_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI filter_AddRef(IOfflineFilesItemFilter *iface)
{
    return InterlockedIncrement(&impl_from_IOfflineFilesItemFilter(iface)->refs);
}

static ULONG WINAPI filter_Release(IOfflineFilesItemFilter *iface)
{
    return InterlockedDecrement(&impl_from_IOfflineFilesItemFilter(iface)->refs);
}

static HRESULT WINAPI filter_GetFilterFlags(IOfflineFilesItemFilter *iface, ULONGLONG *flags, ULONGLONG *mask)
{
    struct filter *filter = impl_from_IOfflineFilesItemFilter(iface);

    filter->flag_calls++;
    filter->thread = GetCurrentThreadId();
    if (filter->flags_hr == S_OK)
    {
        *flags = filter->flags;
        *mask = filter->mask;
    }
    return filter->flags_hr;
}

static HRESULT WINAPI filter_GetTimeFilter(IOfflineFilesItemFilter *iface, FILETIME *time, BOOL *time_of_day,
                                           OFFLINEFILES_ITEM_TIME *type, OFFLINEFILES_COMPARE *compare)
{
    struct filter *filter = impl_from_IOfflineFilesItemFilter(iface);

    filter->time_calls++;
    if (filter->time_hr == S_OK)
    {
        *time = filter->time;
        *time_of_day = filter->time_of_day;
        *type = filter->type;
        *compare = filter->compare;
    }
    return filter->time_hr;
}

static HRESULT WINAPI filter_GetPatternFilter(IOfflineFilesItemFilter *iface, LPWSTR pattern, ULONG size)
{
    struct filter *filter = impl_from_IOfflineFilesItemFilter(iface);
    ULONG i;

    filter->pattern_calls++;
    filter->pattern_size = size;
    if (filter->pattern_hr != S_OK) return filter->pattern_hr;
    if (filter->pattern) lstrcpynW(pattern, filter->pattern, size);
    else for (i = 0; i < size; i++) pattern[i] = 'x';
    return S_OK;
}

static const IOfflineFilesItemFilterVtbl filter_vtbl =
{
    filter_QueryInterface,
    filter_AddRef,
    filter_Release,
    filter_GetFilterFlags,
    filter_GetTimeFilter,
    filter_GetPatternFilter
};

/* A filter that supports nothing. */
static void filter_init(struct filter *filter)
{
    memset(filter, 0, sizeof(*filter));
    filter->IOfflineFilesItemFilter_iface.lpVtbl = (IOfflineFilesItemFilterVtbl *)&filter_vtbl;
    filter->refs = 1;
    filter->flags_hr = filter->time_hr = filter->pattern_hr = E_NOTIMPL;
}

static void set_flags(struct filter *filter, ULONGLONG mask, ULONGLONG flags)
{
    filter->flags_hr = S_OK;
    filter->mask = mask;
    filter->flags = flags;
}

static void set_pattern(struct filter *filter, const WCHAR *pattern)
{
    filter->pattern_hr = S_OK;
    filter->pattern = pattern;
}

static void set_time(struct filter *filter, const FILETIME *time, BOOL time_of_day, OFFLINEFILES_ITEM_TIME type,
                     OFFLINEFILES_COMPARE compare)
{
    filter->time_hr = S_OK;
    filter->time = *time;
    filter->time_of_day = time_of_day;
    filter->type = type;
    filter->compare = compare;
}

static IOfflineFilesItemFilter *iface(struct filter *filter)
{
    return filter ? &filter->IOfflineFilesItemFilter_iface : NULL;
}

/* --- the tree, a bit for each item */

static const struct
{
    const WCHAR *name;
    BOOL directory;
}
tree[] =
{
    { L"a.txt", FALSE }, { L"b.doc", FALSE }, { L"Sub", TRUE }, { L"Sub\\c.txt", FALSE }, { L"Sub\\noext", FALSE },
    { L"Sub\\Deep", TRUE }, { L"Sub\\Deep\\d.tar.txt", FALSE }
};

#define A      0x01u
#define B      0x02u
#define SUB    0x04u
#define C      0x08u
#define NOEXT  0x10u
#define DEEP   0x20u
#define D      0x40u
#define ALL    0x7fu
#define FILES  (A | B | C | NOEXT | D)
#define FAILED_CALL 0x80000000u

static HRESULT enum_ex(const WCHAR *path, struct filter *include_file, struct filter *include_dir,
                       struct filter *exclude_file, struct filter *exclude_dir, DWORD flags,
                       IEnumOfflineFilesItems **items)
{
    IOfflineFilesItemContainer *container = find_interface(path, &IID_IOfflineFilesItemContainer);
    HRESULT hr;

    *items = (IEnumOfflineFilesItems *)0xdeadbeef;
    ok(container != NULL, "%ls is no container\n", path);
    if (!container) return E_FAIL;
    hr = IOfflineFilesItemContainer_EnumItemsEx(container, iface(include_file), iface(include_dir),
                                                iface(exclude_file), iface(exclude_dir), flags, 0, items);
    release(container);
    return hr;
}

/* Bits of what an enumeration of the tree gives; checks that each comes once, containers before their content. */
static unsigned int listing_(int line, struct filter *include_file, struct filter *include_dir,
                             struct filter *exclude_file, struct filter *exclude_dir, DWORD flags)
{
    IEnumOfflineFilesItems *items;
    IOfflineFilesItem *item;
    unsigned int seen = 0, i;
    ULONG fetched;
    WCHAR *path;
    HRESULT hr;

    hr = enum_ex(unc(L"tree"), include_file, include_dir, exclude_file, exclude_dir, flags, &items);
    ok_(__FILE__, line)(hr == S_OK, "EnumItemsEx: %#lx\n", hr);
    if (hr != S_OK) return FAILED_CALL;
    while (IEnumOfflineFilesItems_Next(items, 1, &item, &fetched) == S_OK)
    {
        hr = IOfflineFilesItem_GetPath(item, &path);
        ok_(__FILE__, line)(hr == S_OK, "GetPath: %#lx\n", hr);
        if (hr == S_OK)
        {
            for (i = 0; i < ARRAY_SIZE(tree); i++)
                if (!lstrcmpiW(path, unc(format_path(L"tree\\%s", tree[i].name)))) break;
            ok_(__FILE__, line)(i < ARRAY_SIZE(tree) && !(seen & (1u << i)), "%ls is twice or not ours\n", path);
            if (i == 2) ok_(__FILE__, line)(!(seen & (C | NOEXT | DEEP | D)), "Sub comes after its content\n");
            if (i == 5) ok_(__FILE__, line)(!(seen & D), "Deep comes after its content\n");
            if (i < ARRAY_SIZE(tree)) seen |= 1u << i;
            CoTaskMemFree(path);
        }
        release(item);
    }
    ok_(__FILE__, line)(!IEnumOfflineFilesItems_Release(items), "the enumerator is still referenced\n");
    return seen;
}
#define listing(include_file, include_dir, exclude_file, exclude_dir, flags) \
    listing_(__LINE__, include_file, include_dir, exclude_file, exclude_dir, flags)

#define check_listing(expected, include_file, include_dir, exclude_file, exclude_dir, flags) \
    do { \
        unsigned int got_ = listing(include_file, include_dir, exclude_file, exclude_dir, flags); \
        ok(got_ == (expected), "got %#x, expected %#x\n", got_, (unsigned int)(expected)); \
    } while (0)

/* The same for what the documents leave open. */
#define check_listing_ours(question, expected, include_file, include_dir, exclude_file, exclude_dir, flags) \
    do { \
        unsigned int got_ = listing(include_file, include_dir, exclude_file, exclude_dir, flags); \
        ok_ours(got_ == (expected), question, "got %#x, expected %#x\n", got_, (unsigned int)(expected)); \
    } while (0)

/* [2.8] flags of the enumeration */
static void test_enum_flags(void)
{
    fact("filter.null cont.flat cont.filesonly cont.filesonlyflat enum.flat enum.preorder");
    IEnumOfflineFilesItems *items;
    unsigned int i;
    HRESULT hr;

    check_listing(A | B | SUB, NULL, NULL, NULL, NULL, 0);
    check_listing(ALL, NULL, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT);
    check_listing(FILES, NULL, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY);
    check_listing(A | B | SUB, NULL, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT_FILESONLY);
    for (i = 2; i < 32; i++)
    {
        hr = enum_ex(unc(L"tree"), NULL, NULL, NULL, NULL, 1u << i, &items);
        ok_ours(hr == E_INVALIDARG && !items, Q9, "flags %#x: %#lx, %p\n", 1u << i, hr, items);
        if (hr == S_OK) release(items);
    }
}

/* [2.9] patterns: only inclusion filters of files are asked */
static void test_patterns(void)
{
    fact("flt.pattern mem.pattern");
    static const struct { const WCHAR *pattern; unsigned int matching; } patterns[] =
    {
        { L"*.txt", A | C | D }, { L"*.TXT", A | C | D }, { L"A.*", A }, { L"?.doc", B }, { L"*", FILES }, { L"d.*", D },
        { L"*tar*", D }, { L"c.tx?", C }, { L"a.txt", A }, { L"a", 0 }, { L"*.none", 0 },
    };
    static const struct { const WCHAR *pattern; unsigned int matching; } open_patterns[] =
    {
        { L"*.*", FILES }, { L"*.", NOEXT }, { L"noext.*", NOEXT }, { L"<.txt", A | C | D }, { L">.txt", A | C },
        { L"noext\"*", NOEXT }, { L"", FILES }, { L"tree\\*", 0 }, { L"c.txt??", C }
    };
    struct filter filter;
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(patterns); i++)
    {
        winetest_push_context("%ls", patterns[i].pattern);
        filter_init(&filter);
        set_pattern(&filter, patterns[i].pattern);
        check_listing(patterns[i].matching | SUB | DEEP, &filter, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT);
        ok(filter.pattern_calls == 1, "%u calls\n", filter.pattern_calls);
        ok(filter.pattern_size == MAX_PATH, "a buffer of %lu characters\n", filter.pattern_size);
        check_listing(patterns[i].matching, &filter, NULL, NULL, NULL,
                      OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY);
        winetest_pop_context();
    }
    for (i = 0; i < ARRAY_SIZE(open_patterns); i++)
    {
        winetest_push_context("%ls", open_patterns[i].pattern);
        filter_init(&filter);
        set_pattern(&filter, open_patterns[i].pattern);
        check_listing_ours(Q81, open_patterns[i].matching | SUB | DEEP, &filter, NULL, NULL, NULL,
                           OFFLINEFILES_ENUM_FLAT);
        winetest_pop_context();
    }

    fact("flt.patternfor");
    /* in the three other places nobody asks for it */
    filter_init(&filter);
    set_pattern(&filter, L"*.txt");
    check_listing(ALL, NULL, &filter, NULL, NULL, OFFLINEFILES_ENUM_FLAT);
    check_listing(ALL, NULL, NULL, &filter, NULL, OFFLINEFILES_ENUM_FLAT);
    check_listing(ALL, NULL, NULL, NULL, &filter, OFFLINEFILES_ENUM_FLAT);
    ok_ours(!filter.pattern_calls, Q80, "%u calls of GetPatternFilter\n", filter.pattern_calls);
    ok(filter.flag_calls == 3 && filter.time_calls == 3, "%u and %u calls\n", filter.flag_calls, filter.time_calls);
}

/* [1.6] the matrix, for files and for directories */
static void test_matrix(void)
{
    fact("filter.four filter.included filter.excluded filter.unmatched ff.kind flt.anyplace");
    const ULONGLONG is_file = OFFLINEFILES_ITEM_FILTER_FLAG_FILE, is_dir = OFFLINEFILES_ITEM_FILTER_FLAG_DIRECTORY;
    struct filter yes_file, no_file, yes_dir, no_dir;

    filter_init(&yes_file);
    set_flags(&yes_file, is_file, is_file);
    filter_init(&no_file);
    set_flags(&no_file, is_file, 0);
    filter_init(&yes_dir);
    set_flags(&yes_dir, is_dir, is_dir);
    filter_init(&no_dir);
    set_flags(&no_dir, is_dir, 0);

    check_listing(ALL, &yes_file, NULL, &no_file, NULL, OFFLINEFILES_ENUM_FLAT);
    check_listing(SUB | DEEP, &yes_file, NULL, &yes_file, NULL, OFFLINEFILES_ENUM_FLAT);
    check_listing(SUB | DEEP, &no_file, NULL, &no_file, NULL, OFFLINEFILES_ENUM_FLAT);
    check_listing(SUB | DEEP, &no_file, NULL, &yes_file, NULL, OFFLINEFILES_ENUM_FLAT);
    check_listing(ALL, NULL, &yes_dir, NULL, &no_dir, OFFLINEFILES_ENUM_FLAT);
    check_listing_ours(Q75, FILES, NULL, &yes_dir, NULL, &yes_dir, OFFLINEFILES_ENUM_FLAT);
    check_listing_ours(Q75, FILES, NULL, &no_dir, NULL, &no_dir, OFFLINEFILES_ENUM_FLAT);
    check_listing_ours(Q75, FILES, NULL, &no_dir, NULL, &yes_dir, OFFLINEFILES_ENUM_FLAT);
    check_listing(0, &no_file, &no_dir, NULL, NULL, OFFLINEFILES_ENUM_FLAT);
    /* one after the other, and not flat */
    check_listing(A | B, NULL, NULL, NULL, &yes_dir, 0);
    check_listing(SUB, NULL, NULL, &yes_file, NULL, 0);
    /* the same object in all places */
    check_listing(0, &yes_file, &yes_file, &yes_file, &yes_file, OFFLINEFILES_ENUM_FLAT);
    ok(yes_file.refs == 1 && no_file.refs == 1 && yes_dir.refs == 1 && no_dir.refs == 1, "filters are kept\n");
}

/* [3.16] what flags can say of items that are in sync */
static void test_flags(void)
{
    fact("flt.flags flt.unmasked ff.pinned ff.sparse ff.ghost ff.suspended ff.online");
    static const struct { ULONGLONG mask, flags; unsigned int files; } cases[] =
    {
        { OFFLINEFILES_ITEM_FILTER_FLAG_PINNED, OFFLINEFILES_ITEM_FILTER_FLAG_PINNED, FILES },
        { OFFLINEFILES_ITEM_FILTER_FLAG_PINNED, 0, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_USER, OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_USER, FILES },
        { OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_COMPUTER, OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_COMPUTER, B },
        { OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_COMPUTER, 0, FILES & ~B },
        { OFFLINEFILES_ITEM_FILTER_FLAG_PINNED | OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_COMPUTER,
          OFFLINEFILES_ITEM_FILTER_FLAG_PINNED, FILES & ~B },
        { OFFLINEFILES_ITEM_FILTER_FLAG_SPARSE, 0, FILES },
        { OFFLINEFILES_ITEM_FILTER_FLAG_GHOST, 0, FILES },
        { OFFLINEFILES_ITEM_FILTER_FLAG_DIRTY, 0, FILES },
        { OFFLINEFILES_ITEM_FILTER_FLAG_DIRTY, OFFLINEFILES_ITEM_FILTER_FLAG_DIRTY, 0 },
        { OFFLINEFILES_ITEM_FILTER_FLAG_SUSPENDED, 0, FILES },
        { OFFLINEFILES_ITEM_FILTER_FLAG_ONLINE, OFFLINEFILES_ITEM_FILTER_FLAG_ONLINE, FILES },
        { OFFLINEFILES_ITEM_FILTER_FLAG_OFFLINE, OFFLINEFILES_ITEM_FILTER_FLAG_OFFLINE, 0 },
        { 0, ~(ULONGLONG)0, FILES },
    };
    struct filter filter;
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(cases); i++)
    {
        winetest_push_context("mask %#x", (unsigned int)cases[i].mask);
        filter_init(&filter);
        set_flags(&filter, cases[i].mask, cases[i].flags);
        check_listing(cases[i].files | SUB | DEEP, &filter, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT);
        winetest_pop_context();
    }

    fact("res.filterflags");
    /* reserved bits; bits that do not exist */
    filter_init(&filter);
    set_flags(&filter, OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_OTHERS | OFFLINEFILES_ITEM_FILTER_FLAG_USER_WRITE |
              OFFLINEFILES_ITEM_FILTER_FLAG_GUEST_ANYACCESS, OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_OTHERS);
    check_listing_ours(Q78, ALL, &filter, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT);
    if (on_ours())
    {
        IEnumOfflineFilesItems *items;
        HRESULT hr;

        set_flags(&filter, (ULONGLONG)1 << 26, 0);
        hr = enum_ex(unc(L"tree"), &filter, NULL, NULL, NULL, 0, &items);
        ok_ours(hr == E_INVALIDARG && !items, Q78, "EnumItemsEx: %#lx, %p\n", hr, items);
        set_flags(&filter, (ULONGLONG)1 << 63, 0);
        hr = enum_ex(unc(L"tree"), NULL, NULL, NULL, &filter, 0, &items);
        ok_ours(hr == E_INVALIDARG && !items, Q78, "EnumItemsEx: %#lx, %p\n", hr, items);
    }
}

/* [2.9] time; a.txt was written at noon of 2001-03-04, UTC */
static const SYSTEMTIME a_written = { 2001, 3, 0, 4, 12, 0, 0, 0 };

static void test_times(void)
{
    fact("flt.time cop.less flt.timeofday");
    static const unsigned int smaller[] = { 0, A, A, 0, A, 0 };   /* by comparison, for a.txt being smaller ... */
    static const unsigned int equal[] = { A, 0, 0, 0, A, A };
    static const unsigned int larger[] = { 0, A, 0, A, 0, A };
    struct filter filter;
    ULARGE_INTEGER exact, at;
    OFFLINEFILES_COMPARE compare;
    FILETIME time;

    SystemTimeToFileTime(&a_written, &time);
    exact.LowPart = time.dwLowDateTime;
    exact.HighPart = time.dwHighDateTime;
    for (compare = OFFLINEFILES_COMPARE_EQ; compare <= OFFLINEFILES_COMPARE_GTE; compare++)
    {
        static const struct { LONGLONG offset; BOOL time_of_day; int relation; } cases[] =
        {
            { 0, TRUE, 0 }, { 10000000, TRUE, -1 }, { -10000000, TRUE, 1 },
            /* by day: any time of it is the same */
            { 0, FALSE, 0 }, { -(LONGLONG)12 * 3600 * 10000000, FALSE, 0 },
            { (LONGLONG)12 * 3600 * 10000000 - 1, FALSE, 0 }, { (LONGLONG)24 * 3600 * 10000000, FALSE, -1 },
            { -(LONGLONG)24 * 3600 * 10000000, FALSE, 1 },
        };
        unsigned int i, expected;

        for (i = 0; i < ARRAY_SIZE(cases); i++)
        {
            winetest_push_context("compare %d, case %u", compare, i);
            at.QuadPart = exact.QuadPart + cases[i].offset;
            time.dwLowDateTime = at.LowPart;
            time.dwHighDateTime = at.HighPart;
            filter_init(&filter);
            set_pattern(&filter, L"a.txt");
            set_time(&filter, &time, cases[i].time_of_day, OFFLINEFILES_ITEM_TIME_LASTWRITE, compare);
            expected = (cases[i].relation < 0 ? smaller : cases[i].relation ? larger : equal)[compare];
            if (cases[i].time_of_day || !cases[i].offset)
                check_listing(expected, &filter, NULL, NULL, NULL,
                              OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY);
            else
                check_listing_ours(Q82, expected, &filter, NULL, NULL, NULL,
                                   OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY);
            winetest_pop_context();
        }
    }

    fact("flt.timetype flt.anyplace");
    /* all have a time of creation after that of a.txt's last change, directories, too */
    filter_init(&filter);
    SystemTimeToFileTime(&a_written, &time);
    set_time(&filter, &time, FALSE, OFFLINEFILES_ITEM_TIME_LASTWRITE, OFFLINEFILES_COMPARE_GT);
    check_listing(ALL & ~A, &filter, &filter, NULL, NULL, OFFLINEFILES_ENUM_FLAT);
    check_listing(A, NULL, NULL, &filter, &filter, OFFLINEFILES_ENUM_FLAT);
    filter_init(&filter);
    time.dwLowDateTime = time.dwHighDateTime = 0;
    set_time(&filter, &time, TRUE, OFFLINEFILES_ITEM_TIME_CREATION, OFFLINEFILES_COMPARE_GT);
    check_listing(ALL, &filter, &filter, NULL, NULL, OFFLINEFILES_ENUM_FLAT);
    set_time(&filter, &time, TRUE, OFFLINEFILES_ITEM_TIME_LASTACCESS, OFFLINEFILES_COMPARE_LTE);
    check_listing(0, &filter, &filter, NULL, NULL, OFFLINEFILES_ENUM_FLAT);
}

/* [2.9] an error of a filter's method; values that make no sense */
static void test_errors(void)
{
    fact("flt.error cont.filtererror");
    static const HRESULT errors[] = { E_FAIL, E_OUTOFMEMORY, E_UNEXPECTED, E32(ERROR_NOT_SUPPORTED) };
    IOfflineFilesItem *item;
    IEnumOfflineFilesItems *items;
    struct filter filter, *at[4];
    unsigned int i, position, method;
    HRESULT hr;

    for (position = 0; position < 4; position++)
    {
        memset(at, 0, sizeof(at));
        at[position] = &filter;
        for (method = 0; method < 3; method++)
        {
            /* nobody calls GetPatternFilter in other places */
            if (method == 2 && position) continue;
            for (i = 0; i < ARRAY_SIZE(errors); i++)
            {
                winetest_push_context("position %u, method %u, error %#lx", position, method, errors[i]);
                filter_init(&filter);
                *(method == 0 ? &filter.flags_hr : method == 1 ? &filter.time_hr : &filter.pattern_hr) = errors[i];
                hr = enum_ex(unc(L"tree"), at[0], at[1], at[2], at[3], OFFLINEFILES_ENUM_FLAT, &items);
                ok(FAILED(hr), "EnumItemsEx: %#lx\n", hr);
                ok_ours(hr == errors[i] && !items, Q79, "EnumItemsEx: %#lx, %p\n", hr, items);
                if (SUCCEEDED(hr)) release(items);
                item = (IOfflineFilesItem *)0xdeadbeef;
                hr = IOfflineFilesCache_FindItemEx(unit_cache(), unc(L"tree\\a.txt"), iface(at[0]), iface(at[1]),
                                                   iface(at[2]), iface(at[3]), 0, &item);
                ok_ours(hr == errors[i] && !item, Q79, "FindItemEx: %#lx, %p\n", hr, item);
                if (SUCCEEDED(hr)) release(item);
                winetest_pop_context();
            }
        }
    }
    if (!on_ours()) return;
    filter_init(&filter);
    set_pattern(&filter, NULL);
    hr = enum_ex(unc(L"tree"), &filter, NULL, NULL, NULL, 0, &items);
    ok_ours(hr == E_INVALIDARG && !items, Q81, "a pattern without an end: %#lx, %p\n", hr, items);
    filter_init(&filter);
    set_time(&filter, &(FILETIME){ 0 }, TRUE, 3, OFFLINEFILES_COMPARE_EQ);
    hr = enum_ex(unc(L"tree"), &filter, NULL, NULL, NULL, 0, &items);
    ok_ours(hr == E_INVALIDARG && !items, Q9, "kind of time 3: %#lx, %p\n", hr, items);
    set_time(&filter, &(FILETIME){ 0 }, TRUE, OFFLINEFILES_ITEM_TIME_CREATION, 6);
    hr = enum_ex(unc(L"tree"), NULL, NULL, NULL, &filter, 0, &items);
    ok_ours(hr == E_INVALIDARG && !items, Q9, "comparison 6: %#lx, %p\n", hr, items);
}

/* When the methods are called, and on which thread; a filter without conditions. */
static void test_calls(void)
{
    fact("filter.kinds");
    IEnumOfflineFilesItems *items;
    IOfflineFilesItem *item;
    struct filter filter;
    ULONG fetched;
    HRESULT hr;

    filter_init(&filter);
    set_pattern(&filter, L"*.txt");
    hr = enum_ex(unc(L"tree"), &filter, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY,
                 &items);
    ok(hr == S_OK, "EnumItemsEx: %#lx\n", hr);
    if (hr != S_OK) return;
    ok_ours(filter.thread == GetCurrentThreadId(), Q5, "asked on thread %#lx\n", filter.thread);
    ok_ours(filter.flag_calls == 1 && filter.time_calls == 1 && filter.pattern_calls == 1, Q79, "%u, %u, %u calls\n",
            filter.flag_calls, filter.time_calls, filter.pattern_calls);
    ok_ours(filter.refs == 1, Q79, "the enumerator keeps the filter\n");
    /* too late to change one's mind */
    set_pattern(&filter, L"*.doc");
    hr = IEnumOfflineFilesItems_Next(items, 1, &item, &fetched);
    ok(hr == S_OK, "Next: %#lx\n", hr);
    if (hr == S_OK) release(item);
    hr = IEnumOfflineFilesItems_Reset(items);
    ok(hr == S_OK, "Reset: %#lx\n", hr);
    hr = IEnumOfflineFilesItems_Skip(items, 3);
    ok_ours(hr == S_OK, Q79, "Skip: %#lx\n", hr);
    hr = IEnumOfflineFilesItems_Skip(items, 1);
    ok_ours(hr == S_FALSE, Q79, "Skip: %#lx\n", hr);
    release(items);

    fact("flt.notimpl filter.kinds");
    filter_init(&filter);
    check_listing_ours(Q74, ALL, &filter, &filter, NULL, NULL, OFFLINEFILES_ENUM_FLAT);
    check_listing_ours(Q74, ALL, NULL, NULL, &filter, &filter, OFFLINEFILES_ENUM_FLAT);

    /* all of one filter's conditions must hold */
    filter_init(&filter);
    set_pattern(&filter, L"*.txt");
    set_flags(&filter, OFFLINEFILES_ITEM_FILTER_FLAG_PINNED, 0);
    check_listing_ours(Q74, SUB | DEEP, &filter, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT);
}

/* [2.8] on all containers */
static void test_containers(void)
{
    fact("filter.directory");
    IOfflineFilesItemContainer *container;
    IEnumOfflineFilesItems *items;
    struct filter files, none;
    HRESULT hr;

    filter_init(&files);
    set_pattern(&files, L"d.tar.txt");
    filter_init(&none);
    set_flags(&none, OFFLINEFILES_ITEM_FILTER_FLAG_DIRECTORY, 0);

    hr = enum_ex(server_path(), NULL, &none, NULL, NULL, 0, &items);
    ok(hr == S_OK, "EnumItemsEx of the server: %#lx\n", hr);
    if (hr == S_OK)
    {
        ok_ours(IEnumOfflineFilesItems_Skip(items, 1) == S_FALSE, Q77, "a share passes\n");
        release(items);
    }
    hr = enum_ex(share_path(), &files, &none, NULL, NULL, OFFLINEFILES_ENUM_FLAT, &items);
    ok(hr == S_OK, "EnumItemsEx of the share: %#lx\n", hr);
    if (hr == S_OK)
    {
        ok_ours(IEnumOfflineFilesItems_Skip(items, 1) == S_OK, Q75, "nothing found below what is left out\n");
        release(items);
    }
    hr = IOfflineFilesCache_QueryInterface(unit_cache(), &IID_IOfflineFilesItemContainer, (void **)&container);
    ok(hr == S_OK, "the cache is no container: %#lx\n", hr);
    if (hr != S_OK) return;
    hr = IOfflineFilesItemContainer_EnumItemsEx(container, NULL, iface(&none), NULL, NULL, 0, 0, &items);
    ok(hr == S_OK, "EnumItemsEx of the cache: %#lx\n", hr);
    if (hr == S_OK)
    {
        ok_ours(IEnumOfflineFilesItems_Skip(items, 1) == S_FALSE, Q77, "a server passes\n");
        release(items);
    }
    if (on_ours())
    {
        hr = IOfflineFilesItemContainer_EnumItemsEx(container, iface(&files), NULL, NULL, NULL, 0, 0, NULL);
        ok_ours(hr == E_POINTER, Q8, "EnumItemsEx: %#lx\n", hr);
    }
    release(container);
}

static void check_find_(int line, HRESULT expected, const WCHAR *path, struct filter *include_file,
                        struct filter *include_dir, struct filter *exclude_file, struct filter *exclude_dir)
{
    IOfflineFilesItem *item = (IOfflineFilesItem *)0xdeadbeef;
    HRESULT hr = IOfflineFilesCache_FindItemEx(unit_cache(), path, iface(include_file), iface(include_dir),
                                               iface(exclude_file), iface(exclude_dir), 0, &item);

    ok_(__FILE__, line)(hr == expected, "FindItemEx %ls: %#lx\n", path, hr);
    if (hr == S_OK) release(item);
    else if (on_ours()) ok_(__FILE__, line)(!item, "FindItemEx %ls: %p\n", path, item);
}
#define check_find(expected, path, include_file, include_dir, exclude_file, exclude_dir) \
    check_find_(__LINE__, expected, path, include_file, include_dir, exclude_file, exclude_dir)

/* [2.2.9] */
static void test_find(void)
{
    fact("find.ex find.exnull find.exmissing filter.null");
    const HRESULT not_found = E32(ERROR_FILE_NOT_FOUND);
    struct filter pinned, unpinned, pattern, none;

    filter_init(&pinned);
    set_flags(&pinned, OFFLINEFILES_ITEM_FILTER_FLAG_PINNED, OFFLINEFILES_ITEM_FILTER_FLAG_PINNED);
    filter_init(&unpinned);
    set_flags(&unpinned, OFFLINEFILES_ITEM_FILTER_FLAG_PINNED, 0);
    filter_init(&pattern);
    set_pattern(&pattern, L"*.doc");
    filter_init(&none);

    check_find(S_OK, unc(L"tree\\a.txt"), NULL, NULL, NULL, NULL);
    check_find(S_OK, unc(L"tree\\a.txt"), &pinned, &unpinned, &unpinned, &pinned);
    check_find(not_found, unc(L"tree\\a.txt"), &unpinned, NULL, NULL, NULL);
    check_find(not_found, unc(L"tree\\a.txt"), NULL, NULL, &pinned, NULL);
    check_find(not_found, unc(L"tree\\a.txt"), &pinned, NULL, &pinned, NULL);
    check_find(S_OK, unc(L"tree\\Sub"), &unpinned, &pinned, &pinned, &unpinned);
    check_find(not_found, unc(L"tree\\Sub"), NULL, &unpinned, NULL, NULL);
    check_find(not_found, unc(L"tree\\Sub"), NULL, NULL, NULL, &pinned);
    check_find(not_found, server_path(), NULL, &pinned, NULL, NULL);
    check_find(not_found, unc(L"tree\\a.txt"), &pattern, NULL, NULL, NULL);
    check_find(S_OK, unc(L"tree\\b.doc"), &pattern, NULL, NULL, NULL);
    check_find(S_OK, unc(L"tree\\Sub"), &pattern, NULL, NULL, NULL);
    check_find(not_found, unc(L"tree\\missing"), &none, &none, &none, &none);
    if (on_ours()) check_find(S_OK, unc(L"tree\\a.txt"), &none, &none, &none, &none);
}

/* [3.16] a suspended tree */
static void test_suspended(void)
{
    fact("ff.suspended");
    IOfflineFilesSuspend *root = find_interface(unc(L"tree\\Sub"), &IID_IOfflineFilesSuspend);
    struct filter filter;
    HRESULT hr;

    ok(root != NULL, "no IOfflineFilesSuspend\n");
    if (!root) return;
    hr = IOfflineFilesSuspend_SuspendRoot(root, TRUE);
    ok(hr == S_OK, "SuspendRoot: %#lx\n", hr);
    filter_init(&filter);
    set_flags(&filter, OFFLINEFILES_ITEM_FILTER_FLAG_SUSPENDED, OFFLINEFILES_ITEM_FILTER_FLAG_SUSPENDED);
    check_listing(SUB | C | NOEXT | DEEP | D, &filter, &filter, NULL, NULL, OFFLINEFILES_ENUM_FLAT);
    set_flags(&filter, OFFLINEFILES_ITEM_FILTER_FLAG_SUSPENDED, 0);
    check_listing(A | B, &filter, &filter, NULL, NULL, OFFLINEFILES_ENUM_FLAT);
    hr = IOfflineFilesSuspend_SuspendRoot(root, FALSE);
    ok(hr == S_OK, "SuspendRoot: %#lx\n", hr);
    release(root);
}

/* [2.9] what was done offline */
static void test_offline(void)
{
    fact("ff.modified ff.created ff.online");
    struct filter filter;

    if (!go_offline())
    {
        ok(0, "the share does not go offline\n");
        return;
    }
    write_file(unc(L"tree\\Sub\\c.txt"), "changed offline");
    DeleteFileW(unc(L"tree\\Sub\\noext"));
    filter_init(&filter);
    set_flags(&filter, OFFLINEFILES_ITEM_FILTER_FLAG_DIRTY, OFFLINEFILES_ITEM_FILTER_FLAG_DIRTY);
    check_listing(C | NOEXT, &filter, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY);
    set_flags(&filter, OFFLINEFILES_ITEM_FILTER_FLAG_DELETED, OFFLINEFILES_ITEM_FILTER_FLAG_DELETED);
    check_listing_ours(Q72, NOEXT, &filter, NULL, NULL, NULL,
                       OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY);
    set_flags(&filter, OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED, OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED);
    check_listing(C, &filter, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY);
    set_flags(&filter, OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED_DATA, OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED_DATA);
    check_listing(C, &filter, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY);
    set_flags(&filter, OFFLINEFILES_ITEM_FILTER_FLAG_CREATED, OFFLINEFILES_ITEM_FILTER_FLAG_CREATED);
    check_listing(0, &filter, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY);
    set_flags(&filter, OFFLINEFILES_ITEM_FILTER_FLAG_OFFLINE | OFFLINEFILES_ITEM_FILTER_FLAG_ONLINE,
              OFFLINEFILES_ITEM_FILTER_FLAG_OFFLINE);
    check_listing(FILES, &filter, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY);
    ok(go_online(), "the share does not go online\n");
}

/* The time of the last change of a.txt. */
static BOOL set_written(const WCHAR *path)
{
    HANDLE file = CreateFileW(path, FILE_WRITE_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0,
                              NULL);
    FILETIME time;
    BOOL done;

    if (file == INVALID_HANDLE_VALUE) return FALSE;
    SystemTimeToFileTime(&a_written, &time);
    done = SetFileTime(file, NULL, NULL, &time);
    CloseHandle(file);
    return done;
}

START_TEST(filter)
{
    CoInitialize(NULL);
    if (begin_unit(L"filter"))
    {
        unsigned int i;
        HRESULT hr;

        make_dir(unc(L"tree"));
        for (i = 0; i < ARRAY_SIZE(tree); i++)
        {
            const WCHAR *path = unc(format_path(L"tree\\%s", tree[i].name));

            if (tree[i].directory) make_dir(path);
            else write_file(path, "content");
        }
        ok(set_written(unc(L"tree\\a.txt")), "SetFileTime: error %lu\n", GetLastError());
        hr = pin(unc(L"tree"), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (hr == S_OK) hr = pin(unc(L"tree\\b.doc"), FALSE, OFFLINEFILES_PIN_CONTROL_FLAG_FORALL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (hr == S_OK)
        {
            test_enum_flags();
            test_patterns();
            test_matrix();
            test_flags();
            test_times();
            test_errors();
            test_calls();
            test_containers();
            test_find();
            test_suspended();
            test_offline();
        }
        end_unit();
    }
    CoUninitialize();
}
