/*
 * EnumItemsEx and FindItemEx without filters: flat enumerations and their order
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

#define MAX_ITEMS 64

static const WCHAR *const tree[] = { L"tree", L"tree\\a", L"tree\\a\\one", L"tree\\a\\two", L"tree\\b", L"tree\\b\\c",
                                     L"tree\\b\\c\\three", L"tree\\four" };

static BOOL is_file(unsigned int i)
{
    return i == 2 || i == 3 || i == 6 || i == 7;
}

struct list
{
    unsigned int count;
    OFFLINEFILES_ITEM_TYPE types[MAX_ITEMS];
    WCHAR paths[MAX_ITEMS][300];
};

/* All of an enumeration; the paths of the containers and files in their order. */
static HRESULT read_list(IOfflineFilesItemContainer *container, DWORD enum_flags, DWORD query_flags, struct list *list)
{
    IEnumOfflineFilesItems *items;
    IOfflineFilesItem *item;
    ULONG fetched;
    WCHAR *path;
    HRESULT hr;

    list->count = 0;
    hr = IOfflineFilesItemContainer_EnumItemsEx(container, NULL, NULL, NULL, NULL, enum_flags, query_flags, &items);
    if (hr != S_OK) return hr;
    while (list->count < MAX_ITEMS && IEnumOfflineFilesItems_Next(items, 1, &item, &fetched) == S_OK)
    {
        hr = IOfflineFilesItem_GetPath(item, &path);
        ok(hr == S_OK, "GetPath: %#lx\n", hr);
        if (hr == S_OK)
        {
            lstrcpynW(list->paths[list->count], path, 300);
            CoTaskMemFree(path);
        }
        hr = IOfflineFilesItem_GetItemType(item, &list->types[list->count]);
        ok(hr == S_OK, "GetItemType: %#lx\n", hr);
        list->count++;
        release(item);
    }
    release(items);
    return S_OK;
}

static int position(const struct list *list, const WCHAR *path)
{
    unsigned int i;

    for (i = 0; i < list->count; i++) if (!lstrcmpiW(list->paths[i], path)) return i;
    return -1;
}

static void test_tree(void)
{
    IOfflineFilesItemContainer *container = find_interface(unc(L"tree"), &IID_IOfflineFilesItemContainer);
    struct list *list = malloc(sizeof(*list));
    unsigned int i;
    HRESULT hr;

    ok(container && list, "no container\n");
    if (!container || !list) return;
    {
        fact("enum.flat cont.flat filter.null");
        hr = read_list(container, OFFLINEFILES_ENUM_FLAT, 0, list);
        ok(hr == S_OK && list->count == ARRAY_SIZE(tree) - 1, "%#lx, %u items\n", hr, list->count);
        for (i = 1; i < ARRAY_SIZE(tree); i++)
        {
            int at = position(list, unc(tree[i]));

            ok(at >= 0, "%ls is not there\n", tree[i]);
            if (at >= 0)
                ok(list->types[at] == (is_file(i) ? OFFLINEFILES_ITEM_TYPE_FILE : OFFLINEFILES_ITEM_TYPE_DIRECTORY),
                   "%ls has type %d\n", tree[i], list->types[at]);
        }
    }
    {
        fact("enum.preorder");
        for (i = 0; i < list->count; i++)
        {
            WCHAR *end, parent[300];
            unsigned int j;

            lstrcpynW(parent, list->paths[i], 300);
            if ((end = wcsrchr(parent, '\\'))) *end = 0;
            if (!lstrcmpiW(parent, unc(L"tree"))) continue;
            /* nothing but what is in the container stands between it and its content */
            ok(position(list, parent) >= 0 && position(list, parent) < (int)i, "%ls comes before its container\n",
               list->paths[i]);
            for (j = position(list, parent) + 1; j < i; j++)
                ok(!_wcsnicmp(list->paths[j], parent, wcslen(parent)), "%ls stands in %ls\n", list->paths[j], parent);
        }
    }
    {
        fact("cont.filesonly");
        hr = read_list(container, OFFLINEFILES_ENUM_FLAT | OFFLINEFILES_ENUM_FLAT_FILESONLY, 0, list);
        ok(hr == S_OK && list->count == 4, "%#lx, %u items\n", hr, list->count);
        for (i = 0; i < list->count; i++)
            ok(list->types[i] == OFFLINEFILES_ITEM_TYPE_FILE, "%ls has type %d\n", list->paths[i], list->types[i]);
    }
    {
        fact("cont.filesonlyflat cont.flat filter.null");
        for (i = 0; i < 2; i++)
        {
            hr = read_list(container, i ? OFFLINEFILES_ENUM_FLAT_FILESONLY : 0, 0, list);
            ok(hr == S_OK && list->count == 3, "%#lx, %u items\n", hr, list->count);
            ok(position(list, unc(L"tree\\a")) >= 0 && position(list, unc(L"tree\\b")) >= 0 &&
               position(list, unc(L"tree\\four")) >= 0, "a child is missing\n");
        }
    }
    {
        fact("cont.query");
        hr = read_list(container, 0, OFFLINEFILES_ITEM_QUERY_CONNECTIONSTATE |
                       OFFLINEFILES_ITEM_QUERY_LOCALDIRTYBYTECOUNT, list);
        ok(hr == S_OK && list->count == 3, "%#lx, %u items\n", hr, list->count);
    }
    hr = read_list(container, 0x4, 0, list);
    ok_ours(hr == E_INVALIDARG, Q9, "unknown flag: %#lx\n", hr);
    release(container);
    free(list);
}

/* As the published sample does it: from the cache object down, one by one. Returns how many of the tree were met. */
static unsigned int walk(IUnknown *parent, unsigned int depth)
{
    IOfflineFilesItemContainer *container;
    IEnumOfflineFilesItems *items;
    IOfflineFilesItem *item;
    unsigned int met = 0, i;
    ULONG fetched;
    WCHAR *path;
    HRESULT hr;

    if (depth > 20 || FAILED(IUnknown_QueryInterface(parent, &IID_IOfflineFilesItemContainer, (void **)&container)))
        return 0;
    hr = IOfflineFilesItemContainer_EnumItems(container, 0, &items);
    ok(hr == S_OK, "EnumItems: %#lx\n", hr);
    if (hr == S_OK)
    {
        while (IEnumOfflineFilesItems_Next(items, 1, &item, &fetched) == S_OK)
        {
            if (IOfflineFilesItem_GetPath(item, &path) == S_OK)
            {
                for (i = 0; i < ARRAY_SIZE(tree); i++) met += !lstrcmpiW(path, unc(tree[i]));
                /* other shares of a real machine may be large */
                if (!_wcsnicmp(path, unc(NULL), wcslen(path)) || !_wcsnicmp(path, unc(NULL), wcslen(unc(NULL))))
                    met += walk((IUnknown *)item, depth + 1);
                CoTaskMemFree(path);
            }
            release(item);
        }
        release(items);
    }
    release(container);
    return met;
}

static void test_sample(void)
{
    fact("cont.sample item.tree enum.servers");
    unsigned int met = walk((IUnknown *)unit_cache(), 0);

    ok(met == ARRAY_SIZE(tree), "met %u of %u items\n", met, (unsigned int)ARRAY_SIZE(tree));
}

static void test_find(void)
{
    IOfflineFilesItem *item;
    WCHAR *path;
    HRESULT hr;

    {
        fact("find.exnull filter.null");
        hr = IOfflineFilesCache_FindItemEx(unit_cache(), unc(L"tree\\four"), NULL, NULL, NULL, NULL, 0, &item);
        ok(hr == S_OK, "FindItemEx: %#lx\n", hr);
        if (hr == S_OK)
        {
            hr = IOfflineFilesItem_GetPath(item, &path);
            ok(hr == S_OK && !lstrcmpiW(path, unc(L"tree\\four")), "GetPath: %#lx\n", hr);
            if (hr == S_OK) CoTaskMemFree(path);
            release(item);
        }
    }
    {
        fact("find.exmissing find.exnull");
        hr = IOfflineFilesCache_FindItemEx(unit_cache(), unc(L"tree\\five"), NULL, NULL, NULL, NULL, 0, &item);
        ok(hr == E32(ERROR_FILE_NOT_FOUND), "FindItemEx: %#lx\n", hr);
    }
}

START_TEST(flat)
{
    unsigned int i;
    HRESULT hr;

    CoInitialize(NULL);
    if (begin_unit(L"flat"))
    {
        for (i = 0; i < ARRAY_SIZE(tree); i++)
        {
            if (is_file(i)) write_file(unc(tree[i]), "file");
            else make_dir(unc(tree[i]));
        }
        hr = pin(unc(L"tree"), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (hr == S_OK)
        {
            test_tree();
            test_sample();
            test_find();
        }
        end_unit();
    }
    CoUninitialize();
}
