/*
 * Enumerators of items
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

#define CHILDREN 5

static IEnumOfflineFilesItems *enumerate(const WCHAR *path)
{
    IOfflineFilesItemContainer *container = find_interface(path, &IID_IOfflineFilesItemContainer);
    IEnumOfflineFilesItems *items = NULL;
    HRESULT hr;

    ok(container != NULL, "%ls is no container\n", path);
    if (!container) return NULL;
    hr = IOfflineFilesItemContainer_EnumItems(container, 0, &items);
    ok(hr == S_OK, "EnumItems of %ls: %#lx\n", path, hr);
    release(container);
    return hr == S_OK ? items : NULL;
}

/* Bit of a child of the test folder by its path, 0 if it is none. */
static unsigned int child_bit(const WCHAR *path)
{
    static const WCHAR *const names[CHILDREN] = { L"a.txt", L"b.txt", L"c.txt", L"Sub", L"Umlaut \u00c4\u00d6.txt" };
    unsigned int i;

    for (i = 0; i < CHILDREN; i++)
    {
        if (!wcscmp(path, unc(format_path(L"tree\\%s", names[i])))) return 1 << i;
    }
    return 0;
}

static unsigned int item_bit(IOfflineFilesItem *item)
{
    unsigned int bit;
    WCHAR *path;
    HRESULT hr = IOfflineFilesItem_GetPath(item, &path);

    ok(hr == S_OK, "GetPath: %#lx\n", hr);
    if (hr != S_OK) return 0;
    bit = child_bit(path);
    ok(bit, "unexpected item %ls\n", path);
    CoTaskMemFree(path);
    return bit;
}

static void test_next(void)
{
    fact("next.exact next.fewer enumr.reset");
    IEnumOfflineFilesItems *items = enumerate(unc(L"tree")), *same;
    IOfflineFilesItem *got[CHILDREN + 3];
    unsigned int seen = 0, i;
    ULONG fetched;
    HRESULT hr;

    if (!items) return;
    /* one by one */
    for (i = 0; i < CHILDREN; i++)
    {
        fetched = 99;
        hr = IEnumOfflineFilesItems_Next(items, 1, got, &fetched);
        ok(hr == S_OK && fetched == 1, "%u: %#lx, %lu\n", i, hr, fetched);
        if (hr != S_OK) break;
        ok(!(seen & item_bit(got[0])), "an item came twice\n");
        seen |= item_bit(got[0]);
        release(got[0]);
    }
    ok(seen == (1 << CHILDREN) - 1, "got only %#x\n", seen);
    fetched = 99;
    hr = IEnumOfflineFilesItems_Next(items, 1, got, &fetched);
    ok(hr == S_FALSE && !fetched, "at the end: %#lx, %lu\n", hr, fetched);

    /* all at once, then more than there are */
    for (i = 0; i < 2; i++)
    {
        ULONG j, asked = i ? ARRAY_SIZE(got) : CHILDREN;

        hr = IEnumOfflineFilesItems_Reset(items);
        ok(hr == S_OK, "Reset: %#lx\n", hr);
        fetched = 99;
        hr = IEnumOfflineFilesItems_Next(items, asked, got, &fetched);
        ok(hr == (i ? S_FALSE : S_OK) && fetched == CHILDREN, "%lu asked: %#lx, %lu\n", asked, hr, fetched);
        for (j = 0, seen = 0; j < fetched && j < CHILDREN; j++)
        {
            seen |= item_bit(got[j]);
            release(got[j]);
        }
        ok(seen == (1 << CHILDREN) - 1, "got only %#x\n", seen);
    }

    if (on_ours())
    {
        IEnumOfflineFilesItems_Reset(items);
        hr = IEnumOfflineFilesItems_Next(items, 1, got, NULL);
        ok_ours(hr == S_OK, Q73, "one without a count: %#lx\n", hr);
        if (hr == S_OK) release(got[0]);
        hr = IEnumOfflineFilesItems_Next(items, 2, got, NULL);
        ok_ours(hr == E_POINTER, Q73, "two without a count: %#lx\n", hr);
        fetched = 99;
        hr = IEnumOfflineFilesItems_Next(items, 0, got, &fetched);
        ok_ours(hr == S_OK && !fetched, Q73, "none: %#lx, %lu\n", hr, fetched);
        hr = IEnumOfflineFilesItems_Next(items, 1, NULL, &fetched);
        ok_ours(hr == E_POINTER, Q8, "nowhere: %#lx\n", hr);
        hr = IEnumOfflineFilesItems_Clone(items, NULL);
        ok_ours(hr == E_POINTER, Q8, "Clone: %#lx\n", hr);
    }
    hr = IEnumOfflineFilesItems_QueryInterface(items, &IID_IUnknown, (void **)&same);
    ok(hr == S_OK, "IUnknown: %#lx\n", hr);
    release(same);
    hr = IEnumOfflineFilesItems_QueryInterface(items, &IID_IOfflineFilesItem, (void **)&same);
    ok(hr == E_NOINTERFACE && !same, "IOfflineFilesItem: %#lx\n", hr);
    ok(!IEnumOfflineFilesItems_Release(items), "the enumerator is still referenced\n");
}

static void test_skip_clone(void)
{
    fact("skip.all skip.fewer enumr.clone enumr.reset");
    IEnumOfflineFilesItems *items = enumerate(unc(L"tree")), *copy;
    IOfflineFilesItem *first[2], *second[2];
    ULONG fetched, i;
    HRESULT hr;

    if (!items) return;
    hr = IEnumOfflineFilesItems_Skip(items, 0);
    ok(hr == S_OK, "Skip 0: %#lx\n", hr);
    hr = IEnumOfflineFilesItems_Skip(items, 2);
    ok(hr == S_OK, "Skip 2: %#lx\n", hr);
    hr = IEnumOfflineFilesItems_Clone(items, &copy);
    ok(hr == S_OK, "Clone: %#lx\n", hr);
    if (hr == S_OK)
    {
        /* the copy goes on where the original was, and each has a position of its own */
        hr = IEnumOfflineFilesItems_Next(items, 2, first, &fetched);
        ok(hr == S_OK && fetched == 2, "%#lx, %lu\n", hr, fetched);
        hr = IEnumOfflineFilesItems_Next(copy, 2, second, &fetched);
        ok(hr == S_OK && fetched == 2, "%#lx, %lu\n", hr, fetched);
        if (hr == S_OK)
        {
            for (i = 0; i < 2; i++)
            {
                ok(item_bit(first[i]) == item_bit(second[i]), "item %lu differs\n", i);
                release(first[i]);
                release(second[i]);
            }
        }
        hr = IEnumOfflineFilesItems_Reset(copy);
        ok(hr == S_OK, "Reset: %#lx\n", hr);
        hr = IEnumOfflineFilesItems_Skip(copy, CHILDREN);
        ok(hr == S_OK, "Skip all: %#lx\n", hr);
        hr = IEnumOfflineFilesItems_Skip(copy, 1);
        ok(hr == S_FALSE, "Skip at the end: %#lx\n", hr);
        release(items);
        /* the copy lives on its own */
        hr = IEnumOfflineFilesItems_Reset(copy);
        ok(hr == S_OK, "Reset: %#lx\n", hr);
        hr = IEnumOfflineFilesItems_Skip(copy, CHILDREN + 1);
        ok(hr == S_FALSE, "Skip too many: %#lx\n", hr);
        hr = IEnumOfflineFilesItems_Next(copy, 1, first, &fetched);
        ok(hr == S_FALSE && !fetched, "%#lx, %lu\n", hr, fetched);
        release(copy);
    }
    else
        release(items);
}

/* The enumerator is a snapshot: what is deleted meanwhile does not disturb it. */
static void test_snapshot(void)
{
    IEnumOfflineFilesItems *items = enumerate(unc(L"tree\\Sub"));
    IOfflineFilesItem *got[4];
    ULONG fetched = 0, i;
    HRESULT hr;

    if (!items) return;
    ok(delete_path(unc(L"tree\\Sub\\below.txt"), 0, NULL) == S_OK, "DeleteItems failed\n");
    hr = IEnumOfflineFilesItems_Next(items, 4, got, &fetched);
    ok(hr == S_FALSE, "%#lx\n", hr);
    ok_ours(fetched == 1, Q71, "%lu items\n", fetched);
    for (i = 0; i < fetched && i < 4; i++) release(got[i]);
    release(items);
    ok(pin(unc(L"tree\\Sub"), TRUE, PIN_USER_FILL, NULL) == S_OK, "Pin failed\n");
}

/* TRUE if an enumeration has an item of this path and type. */
static BOOL contains(IEnumOfflineFilesItems *items, const WCHAR *path, OFFLINEFILES_ITEM_TYPE type)
{
    IOfflineFilesItem *item;
    OFFLINEFILES_ITEM_TYPE actual;
    BOOL found = FALSE;
    ULONG fetched;
    WCHAR *name;

    while (IEnumOfflineFilesItems_Next(items, 1, &item, &fetched) == S_OK)
    {
        if (IOfflineFilesItem_GetPath(item, &name) == S_OK)
        {
            if (!lstrcmpiW(name, path) && IOfflineFilesItem_GetItemType(item, &actual) == S_OK && actual == type)
                found = TRUE;
            CoTaskMemFree(name);
        }
        release(item);
    }
    return found;
}

/* From the cache object down. */
static void test_levels(void)
{
    fact("item.tree enum.servers cont.children enum.hierarchy cont.query");
    IOfflineFilesItemContainer *container;
    IEnumOfflineFilesItems *items = NULL;
    unsigned int i;
    HRESULT hr;

    hr = IOfflineFilesCache_QueryInterface(unit_cache(), &IID_IOfflineFilesItemContainer, (void **)&container);
    ok(hr == S_OK, "the cache is no container: %#lx\n", hr);
    if (hr != S_OK) return;
    hr = IOfflineFilesItemContainer_EnumItems(container, 0, &items);
    ok(hr == S_OK, "EnumItems: %#lx\n", hr);
    if (hr == S_OK)
    {
        ok(contains(items, server_path(), OFFLINEFILES_ITEM_TYPE_SERVER), "the server is not in the cache\n");
        release(items);
    }
    for (i = 0; i < 31; i++)
    {
        if ((1u << i) & OFFLINEFILES_ITEM_QUERY_FLAGS) continue;
        items = (IEnumOfflineFilesItems *)0xdeadbeef;
        hr = IOfflineFilesItemContainer_EnumItems(container, 1u << i, &items);
        ok_ours(hr == E_INVALIDARG && !items, Q9, "flags %#x: %#lx, %p\n", 1u << i, hr, items);
    }
    hr = IOfflineFilesItemContainer_EnumItems(container, OFFLINEFILES_ITEM_QUERY_CONNECTIONSTATE |
                                              OFFLINEFILES_ITEM_QUERY_LOCALDIRTYBYTECOUNT, &items);
    ok(hr == S_OK, "EnumItems: %#lx\n", hr);
    if (hr == S_OK) release(items);
    if (on_ours())
        ok_ours(IOfflineFilesItemContainer_EnumItems(container, 0, NULL) == E_POINTER, Q8, "EnumItems\n");
    release(container);

    if ((items = enumerate(server_path())))
    {
        ok(contains(items, share_path(), OFFLINEFILES_ITEM_TYPE_SHARE), "the share is not in the server\n");
        release(items);
    }
    if ((items = enumerate(share_path())))
    {
        ok(contains(items, unc(NULL), OFFLINEFILES_ITEM_TYPE_DIRECTORY), "the folder is not in the share\n");
        release(items);
    }
    if ((items = enumerate(unc(L"tree\\Sub"))))
    {
        ok(contains(items, unc(L"tree\\Sub\\below.txt"), OFFLINEFILES_ITEM_TYPE_FILE), "the file is not there\n");
        release(items);
    }
}

START_TEST(enum)
{
    CoInitialize(NULL);
    if (begin_unit(L"enum"))
    {
        HRESULT hr;

        make_dir(unc(L"tree"));
        make_dir(unc(L"tree\\Sub"));
        write_file(unc(L"tree\\a.txt"), "a");
        write_file(unc(L"tree\\b.txt"), "b");
        write_file(unc(L"tree\\c.txt"), "c");
        write_file(unc(L"tree\\Umlaut \u00c4\u00d6.txt"), "Umlaut");
        write_file(unc(L"tree\\Sub\\below.txt"), "below");
        hr = pin(unc(L"tree"), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (hr == S_OK)
        {
            test_next();
            test_skip_clone();
            test_snapshot();
            test_levels();
        }
        end_unit();
    }
    CoUninitialize();
}
