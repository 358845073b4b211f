/*
 * Disk space: GetDiskSpaceInformation and SetDiskSpaceLimits
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

struct space
{
    ULONGLONG total, limit, used, unpinned_limit, unpinned_used;
};

#define read_space(space) read_space_(__LINE__, space)
static void read_space_(int line, struct space *space)
{
    HRESULT hr;

    memset(space, 0x55, sizeof(*space));
    hr = IOfflineFilesCache_GetDiskSpaceInformation(unit_cache(), &space->total, &space->limit, &space->used,
                                                    &space->unpinned_limit, &space->unpinned_used);
    ok_(__FILE__, line)(hr == S_OK, "GetDiskSpaceInformation: %#lx\n", hr);
    ok_(__FILE__, line)(space->limit <= space->total, "the limit is larger than the drive\n");
    ok_(__FILE__, line)(space->used <= space->limit, "more is used than the limit\n");
    ok_(__FILE__, line)(space->unpinned_used <= space->used, "what is not pinned is more than all\n");
    ok_(__FILE__, line)(space->unpinned_limit <= space->limit, "the limit of what is not pinned is the larger one\n");
}

/* What the cache takes follows what is in it. */
static void test_used(void)
{
    fact("space.used space.unpinned");
    struct space before, pinned, unpinned;
    HRESULT hr;

    read_space(&before);
    write_file(unc(L"used"), "twenty-four bytes are in");
    hr = pin(unc(L"used"), FALSE, PIN_USER_FILL, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    read_space(&pinned);
    ok(pinned.used >= before.used + 24, "used %s, before %s\n", wine_dbgstr_longlong(pinned.used), wine_dbgstr_longlong(before.used));
    ok(pinned.unpinned_used == before.unpinned_used, "not pinned: %s, before %s\n", wine_dbgstr_longlong(pinned.unpinned_used),
       wine_dbgstr_longlong(before.unpinned_used));
    hr = unpin(unc(L"used"), FALSE, PIN_USER, NULL);
    ok(hr == S_OK, "Unpin: %#lx\n", hr);
    read_space(&unpinned);
    ok_ours(unpinned.used == pinned.used, Q52, "used %s, before %s\n", wine_dbgstr_longlong(unpinned.used), wine_dbgstr_longlong(pinned.used));
    ok_ours(unpinned.unpinned_used == before.unpinned_used + 24, Q52, "not pinned: %s, before %s\n",
            wine_dbgstr_longlong(unpinned.unpinned_used), wine_dbgstr_longlong(before.unpinned_used));
}

static void test_limits(void)
{
    fact("space.set space.limit space.unpinnedlimit");
    struct space before, now;
    ULONGLONG mine;
    HRESULT hr;

    read_space(&before);
    mine = before.used + 0x100000;
    if (mine + 0x100000 > before.total)
    {
        skip("the drive is too small\n");
        return;
    }
    hr = IOfflineFilesCache_SetDiskSpaceLimits(unit_cache(), mine, 0x80000);
    if (hr == E_ACCESSDENIED)
    {
        skip("not an administrator\n");
        return;
    }
    ok(hr == S_OK, "SetDiskSpaceLimits: %#lx\n", hr);
    read_space(&now);
    ok_ours(now.limit == mine, Q63, "limit %s, not %s\n", wine_dbgstr_longlong(now.limit), wine_dbgstr_longlong(mine));
    ok_ours(now.unpinned_limit == 0x80000, Q63, "limit of what is not pinned %s\n", wine_dbgstr_longlong(now.unpinned_limit));

    /* what makes no sense is put right, not refused */
    hr = IOfflineFilesCache_SetDiskSpaceLimits(unit_cache(), mine, mine * 2);
    ok_ours(hr == S_OK, Q63, "unpinned over all: %#lx\n", hr);
    read_space(&now);
    ok_ours(now.unpinned_limit == mine, Q63, "limit of what is not pinned %s\n", wine_dbgstr_longlong(now.unpinned_limit));
    hr = IOfflineFilesCache_SetDiskSpaceLimits(unit_cache(), before.total * 2, before.total * 2);
    ok_ours(hr == S_OK, Q63, "over the drive: %#lx\n", hr);
    read_space(&now);
    ok_ours(now.limit == before.total / 4 * 3, Q63, "limit %s of %s\n", wine_dbgstr_longlong(now.limit), wine_dbgstr_longlong(before.total));

    hr = IOfflineFilesCache_SetDiskSpaceLimits(unit_cache(), before.limit, before.unpinned_limit);
    ok(hr == S_OK, "SetDiskSpaceLimits: %#lx\n", hr);
    read_space(&now);
    ok(now.limit == before.limit, "limit %s, before %s\n", wine_dbgstr_longlong(now.limit), wine_dbgstr_longlong(before.limit));
}

/* A full cache: the file is pinned, its content has to wait. */
static void test_full(void)
{
    struct sink *sink = sink_create();
    struct space before, now;
    HRESULT hr;

    read_space(&before);
    write_file(unc(L"too much"), "there is no room for these words");
    hr = IOfflineFilesCache_SetDiskSpaceLimits(unit_cache(), 0, 0);
    if (SUCCEEDED(hr))
    {
        read_space(&now);
        ok_ours(now.limit == now.used, Q63, "limit %s, used %s\n", wine_dbgstr_longlong(now.limit), wine_dbgstr_longlong(now.used));
        hr = pin(unc(L"too much"), FALSE, PIN_USER_FILL, sink);
        ok_ours(hr == E32(ERROR_DISK_FULL), Q52, "Pin: %#lx\n", hr);
        ok_ours(sink_result(sink, unc(L"too much")) == E32(ERROR_DISK_FULL), Q52, "%#lx\n",
                sink_result(sink, unc(L"too much")));
        hr = IOfflineFilesCache_SetDiskSpaceLimits(unit_cache(), before.limit, before.unpinned_limit);
        ok(hr == S_OK, "SetDiskSpaceLimits: %#lx\n", hr);
        sink_reset(sink);
        hr = pin(unc(L"too much"), FALSE, PIN_USER_FILL, sink);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
    }
    else skip("the limits cannot be set: %#lx\n", hr);
    sink_free(sink);
}

START_TEST(quota)
{
    CoInitialize(NULL);
    if (begin_unit(L"quota"))
    {
        test_used();
        test_limits();
        test_full();
        end_unit();
    }
    CoUninitialize();
}
