/*
 * Item objects: kinds, interfaces, identity, paths, parents, refresh
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

/* The columns of the table below. */
enum
{
    SERVER,
    SHARE,
    DIRECTORY,
    FILE_ITEM,
    KIND_COUNT
};

/* Which item has which interface. Q: the number of the question if the documents leave it open. */
static const struct
{
    const IID *iid;
    const char *name;
    BOOL has[KIND_COUNT];
    int question;       /* 0: all of the row is documented */
    int open_kinds;     /* mask of the columns that are our decision */
}
table[] =
{
#define ROW(name, server, share, directory, file, question, open_kinds) \
    { &IID_##name, #name, { server, share, directory, file }, question, open_kinds }
    ROW(IOfflineFilesItem, TRUE, TRUE, TRUE, TRUE, 0, 0),
    ROW(IOfflineFilesServerItem, TRUE, FALSE, FALSE, FALSE, 0, 0),
    ROW(IOfflineFilesShareItem, FALSE, TRUE, FALSE, FALSE, 0, 0),
    ROW(IOfflineFilesDirectoryItem, FALSE, FALSE, TRUE, FALSE, 0, 0),
    ROW(IOfflineFilesFileItem, FALSE, FALSE, FALSE, TRUE, 0, 0),
    ROW(IOfflineFilesItemContainer, TRUE, TRUE, TRUE, FALSE, 0, 0),
    ROW(IOfflineFilesChangeInfo, FALSE, TRUE, TRUE, TRUE, 85, 1 << SERVER),
    ROW(IOfflineFilesConnectionInfo, FALSE, TRUE, TRUE, TRUE, 85, 1 << SERVER),
    ROW(IOfflineFilesPinInfo, FALSE, TRUE, TRUE, TRUE, 85, 1 << SERVER),
    ROW(IOfflineFilesPinInfo2, FALSE, TRUE, TRUE, TRUE, 85, 1 << SERVER),
    ROW(IOfflineFilesFileSysInfo, FALSE, FALSE, TRUE, TRUE, 86, 1 << SERVER | 1 << SHARE),
    ROW(IOfflineFilesGhostInfo, FALSE, TRUE, TRUE, TRUE, 86, 0xf),
    ROW(IOfflineFilesShareInfo, FALSE, TRUE, TRUE, TRUE, 86, 0xf),
    ROW(IOfflineFilesSuspendInfo, FALSE, TRUE, TRUE, TRUE, 85, 1 << SERVER),
    ROW(IOfflineFilesSuspend, FALSE, TRUE, TRUE, FALSE, 86, 1 << SERVER | 1 << FILE_ITEM),
    ROW(IOfflineFilesDirtyInfo, FALSE, TRUE, TRUE, TRUE, 86, 1 << SERVER | 1 << SHARE | 1 << DIRECTORY),
    ROW(IOfflineFilesTransparentCacheInfo, FALSE, TRUE, TRUE, TRUE, 86, 0xf),
    /* Interfaces of the caller and of the cache are on no item. */
    ROW(IOfflineFilesCache, FALSE, FALSE, FALSE, FALSE, 0, 0),
    ROW(IOfflineFilesProgress, FALSE, FALSE, FALSE, FALSE, 0, 0),
    ROW(IOfflineFilesItemFilter, FALSE, FALSE, FALSE, FALSE, 0, 0),
#undef ROW
};

static void check_interfaces(IOfflineFilesItem *item, int kind)
{
    fact("if.item if.container if.nofilecontainer if.change if.connection if.pin if.filesys if.shareinfo "
         "if.byquery item.onekind");
    IUnknown *identity, *iface, *same;
    unsigned int i, j;
    HRESULT hr;

    hr = IOfflineFilesItem_QueryInterface(item, &IID_IUnknown, (void **)&identity);
    ok(hr == S_OK, "IUnknown: %#lx\n", hr);
    if (hr != S_OK) return;
    for (i = 0; i < ARRAY_SIZE(table); i++)
    {
        BOOL decided = (table[i].open_kinds >> kind) & 1, good;

        iface = (IUnknown *)0xdeadbeef;
        hr = IOfflineFilesItem_QueryInterface(item, table[i].iid, (void **)&iface);
        good = table[i].has[kind] ? hr == S_OK : hr == E_NOINTERFACE && !iface;
        if (!decided || on_ours())
            ok(good, "%s: %#lx\n", table[i].name, hr);
        else if (!good)
            trace("Q%d: %s: %#lx\n", table[i].question, table[i].name, hr);
        if (hr != S_OK) continue;
        hr = IUnknown_QueryInterface(iface, &IID_IUnknown, (void **)&same);
        ok(hr == S_OK && same == identity, "%s has another identity\n", table[i].name);
        release(same);
        /* From each interface to each. */
        for (j = 0; j < ARRAY_SIZE(table); j++)
        {
            if (!table[j].has[kind] || ((table[j].open_kinds >> kind) & 1)) continue;
            hr = IUnknown_QueryInterface(iface, table[j].iid, (void **)&same);
            ok(hr == S_OK, "from %s to %s: %#lx\n", table[i].name, table[j].name, hr);
            if (hr == S_OK) release(same);
        }
        release(iface);
    }
    release(identity);
}

/* Checks an item of a kind; takes the parents along up to the server. */
static void check_item(const WCHAR *path, int kind)
{
    fact("item.type item.path item.parent item.noparent item.marked item.unc item.onekind");
    static const OFFLINEFILES_ITEM_TYPE types[] =
    {
        OFFLINEFILES_ITEM_TYPE_SERVER, OFFLINEFILES_ITEM_TYPE_SHARE, OFFLINEFILES_ITEM_TYPE_DIRECTORY,
        OFFLINEFILES_ITEM_TYPE_FILE
    };
    IOfflineFilesItem *item, *parent, *again;
    OFFLINEFILES_ITEM_TYPE type = 99;
    BOOL marked = 99;
    WCHAR *string;
    HRESULT hr;

    winetest_push_context("%ls", path);
    if (!(item = find_item(path)))
    {
        winetest_pop_context();
        return;
    }
    check_interfaces(item, kind);

    hr = IOfflineFilesItem_GetItemType(item, &type);
    ok(hr == S_OK && type == types[kind], "GetItemType: %#lx, %d\n", hr, type);
    hr = IOfflineFilesItem_GetPath(item, &string);
    ok(hr == S_OK, "GetPath: %#lx\n", hr);
    if (hr == S_OK)
    {
        ok(!lstrcmpiW(string, path), "GetPath: %ls\n", string);
        CoTaskMemFree(string);
    }
    hr = IOfflineFilesItem_IsMarkedForDeletion(item, &marked);
    ok(hr == S_OK && !marked, "IsMarkedForDeletion: %#lx, %d\n", hr, marked);
    hr = IOfflineFilesItem_Refresh(item, 0);
    ok(hr == S_OK, "Refresh: %#lx\n", hr);
    if (on_ours())
    {
        ok_ours(IOfflineFilesItem_GetItemType(item, NULL) == E_POINTER, Q8, "GetItemType\n");
        ok_ours(IOfflineFilesItem_GetPath(item, NULL) == E_POINTER, Q8, "GetPath\n");
        ok_ours(IOfflineFilesItem_GetParentItem(item, NULL) == E_POINTER, Q8, "GetParentItem\n");
        ok_ours(IOfflineFilesItem_IsMarkedForDeletion(item, NULL) == E_POINTER, Q8, "IsMarkedForDeletion\n");
    }

    again = find_item(path);
    ok_ours(again && again != item, Q6, "the same object is found twice\n");
    release(again);

    parent = (IOfflineFilesItem *)0xdeadbeef;
    hr = IOfflineFilesItem_GetParentItem(item, &parent);
    if (kind == SERVER)
    {
        ok(hr == E32(ERROR_NOT_SUPPORTED), "GetParentItem: %#lx\n", hr);
        ok_ours(!parent, Q8, "GetParentItem: got %p\n", parent);
    }
    else
    {
        ok(hr == S_OK, "GetParentItem: %#lx\n", hr);
        if (hr == S_OK)
        {
            size_t length = wcsrchr(path, '\\') - path;

            hr = IOfflineFilesItem_GetPath(parent, &string);
            ok(hr == S_OK, "GetPath of the parent: %#lx\n", hr);
            if (hr == S_OK)
            {
                ok(wcslen(string) == length && !_wcsnicmp(string, path, length), "the parent is %ls\n", string);
                CoTaskMemFree(string);
            }
            release(parent);
        }
    }
    ok(!IOfflineFilesItem_Release(item), "the item is still referenced\n");
    winetest_pop_context();
}

static void test_kinds(void)
{
    check_item(server_path(), SERVER);
    check_item(share_path(), SHARE);
    check_item(unc(NULL), DIRECTORY);
    check_item(unc(L"Folder"), DIRECTORY);
    check_item(unc(L"Folder\\Real Case.txt"), FILE_ITEM);
}

/* Q12 */
static void test_case(void)
{
    IOfflineFilesItem *item = find_item(unc(L"FOLDER\\real case.TXT"));
    WCHAR *path;

    if (!item) return;
    if (IOfflineFilesItem_GetPath(item, &path) == S_OK)
    {
        const WCHAR *tail = wcsstr(path, L"Folder\\Real Case.txt");

        ok_ours(tail != NULL && !wcscmp(tail, L"Folder\\Real Case.txt"), Q12, "GetPath: %ls\n", path);
        CoTaskMemFree(path);
    }
    release(item);
}

static void test_file(void)
{
    fact("file.filled file.encrypted");
    IOfflineFilesFileItem *file = find_interface(unc(L"Folder\\Real Case.txt"), &IID_IOfflineFilesFileItem);
    BOOL value;
    HRESULT hr;

    ok(file != NULL, "no file item\n");
    if (!file) return;
    value = 99;
    hr = IOfflineFilesFileItem_IsSparse(file, &value);
    ok(hr == S_OK && !value, "IsSparse of a filled file: %#lx, %d\n", hr, value);
    value = 99;
    hr = IOfflineFilesFileItem_IsEncrypted(file, &value);
    ok(hr == S_OK && !value, "IsEncrypted: %#lx, %d\n", hr, value);
    if (on_ours())
    {
        ok_ours(IOfflineFilesFileItem_IsSparse(file, NULL) == E_POINTER, Q8, "IsSparse\n");
        ok_ours(IOfflineFilesFileItem_IsEncrypted(file, NULL) == E_POINTER, Q8, "IsEncrypted\n");
    }
    release(file);
}

/* An item object is a snapshot; Refresh reads it again, and tells when the item is gone. */
static void test_refresh(void)
{
    fact("item.snapshot item.refresh");
    const WCHAR *path = unc(L"Folder\\refreshed.txt");
    IOfflineFilesPinInfo *pins;
    IOfflineFilesItem *item;
    BOOL user = 99, inherit;
    WCHAR *string;
    HRESULT hr;

    write_file(path, "refresh me");
    ok(pin(path, FALSE, PIN_USER_FILL, NULL) == S_OK, "Pin failed\n");
    if (!(item = find_item(path))) return;
    hr = IOfflineFilesItem_QueryInterface(item, &IID_IOfflineFilesPinInfo, (void **)&pins);
    ok(hr == S_OK, "no pin information: %#lx\n", hr);
    if (hr == S_OK)
    {
        hr = pin(path, FALSE, OFFLINEFILES_PIN_CONTROL_FLAG_FORALL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        hr = IOfflineFilesPinInfo_IsPinnedForComputer(pins, &user, &inherit);
        ok(hr == S_OK && !user, "not a snapshot: %#lx, %d\n", hr, user);
        hr = IOfflineFilesItem_Refresh(item, 0);
        ok(hr == S_OK, "Refresh: %#lx\n", hr);
        hr = IOfflineFilesPinInfo_IsPinnedForComputer(pins, &user, &inherit);
        ok(hr == S_OK && user, "not refreshed: %#lx, %d\n", hr, user);
        release(pins);
    }

    hr = delete_path(path, 0, NULL);
    ok(hr == S_OK, "DeleteItems: %#lx\n", hr);
    fact("item.refreshgone");
    hr = IOfflineFilesItem_Refresh(item, 0);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "Refresh: %#lx\n", hr);
    /* What the object holds stays readable. */
    hr = IOfflineFilesItem_GetPath(item, &string);
    ok(hr == S_OK, "GetPath: %#lx\n", hr);
    if (hr == S_OK) CoTaskMemFree(string);
    release(item);
}

static void test_ghost_and_share(void)
{
    fact("ghost.filled si.share si.mode si.dfs");
    const WCHAR *paths[] = { share_path(), unc(NULL), unc(L"Folder\\Real Case.txt") };
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(paths); i++)
    {
        IOfflineFilesGhostInfo *ghost = find_interface(paths[i], &IID_IOfflineFilesGhostInfo);
        IOfflineFilesShareInfo *info = find_interface(paths[i], &IID_IOfflineFilesShareInfo);
        BOOL value = 99;
        HRESULT hr;

        winetest_push_context("%ls", paths[i]);
        ok_ours(ghost != NULL, Q86, "no ghost information\n");
        if (ghost)
        {
            hr = IOfflineFilesGhostInfo_IsGhosted(ghost, &value);
            ok(hr == S_OK, "IsGhosted: %#lx\n", hr);
            if (i == 2) ok(!value, "a filled file is a ghost\n");
            if (on_ours()) ok_ours(IOfflineFilesGhostInfo_IsGhosted(ghost, NULL) == E_POINTER, Q8, "IsGhosted\n");
            release(ghost);
        }
        ok_ours(info != NULL, Q86, "no share information\n");
        if (info)
        {
            IOfflineFilesShareItem *item = NULL;
            OFFLINEFILES_CACHING_MODE mode = OFFLINEFILES_CACHING_MODE_NONE, same;
            BOOL cacheable;
            WCHAR *path;

            hr = IOfflineFilesShareInfo_GetShareItem(info, &item);
            ok(hr == S_OK && item, "GetShareItem: %#lx\n", hr);
            if (hr == S_OK)
            {
                hr = IOfflineFilesShareItem_GetPath(item, &path);
                ok(hr == S_OK, "GetPath: %#lx\n", hr);
                if (hr == S_OK)
                {
                    ok(!lstrcmpiW(path, share_path()), "the share is %ls\n", path);
                    CoTaskMemFree(path);
                }
                release(item);
            }
            hr = IOfflineFilesShareInfo_GetShareCachingMode(info, &mode);
            ok(hr == S_OK, "GetShareCachingMode: %#lx\n", hr);
            ok(mode >= OFFLINEFILES_CACHING_MODE_MANUAL && mode <= OFFLINEFILES_CACHING_MODE_AUTO_PROGANDDOC,
               "mode %d\n", mode);
            hr = IOfflineFilesCache_IsPathCacheable(unit_cache(), paths[i], &cacheable, &same);
            ok(hr == S_OK && mode == same, "%#lx: mode %d here, %d there\n", hr, mode, same);
            value = 99;
            hr = IOfflineFilesShareInfo_IsShareDfsJunction(info, &value);
            ok(hr == S_OK && !value, "IsShareDfsJunction: %#lx, %d\n", hr, value);
            if (on_ours())
            {
                ok_ours(IOfflineFilesShareInfo_GetShareItem(info, NULL) == E_POINTER, Q8, "GetShareItem\n");
                ok_ours(IOfflineFilesShareInfo_GetShareCachingMode(info, NULL) == E_POINTER, Q8, "mode\n");
                ok_ours(IOfflineFilesShareInfo_IsShareDfsJunction(info, NULL) == E_POINTER, Q8, "junction\n");
            }
            release(info);
        }
        winetest_pop_context();
    }
}

static void test_transparent(void)
{
    fact("tc.cached ver.seven");
    const WCHAR *paths[] = { share_path(), unc(NULL), unc(L"Folder\\Real Case.txt") };
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(paths); i++)
    {
        IOfflineFilesTransparentCacheInfo *info = find_interface(paths[i], &IID_IOfflineFilesTransparentCacheInfo);
        BOOL cached = 99;
        HRESULT hr;

        winetest_push_context("%ls", paths[i]);
        ok_ours(info != NULL, Q86, "no information about the transparent cache\n");
        if (info)
        {
            hr = IOfflineFilesTransparentCacheInfo_IsTransparentlyCached(info, &cached);
            ok(hr == S_OK, "IsTransparentlyCached: %#lx\n", hr);
            /* what is pinned can be used offline, too */
            if (i) ok(!cached, "a pinned item is cached transparently\n");
            if (on_ours())
                ok_ours(IOfflineFilesTransparentCacheInfo_IsTransparentlyCached(info, NULL) == E_POINTER, Q8, "NULL\n");
            release(info);
        }
        winetest_pop_context();
    }
}

START_TEST(items)
{
    CoInitialize(NULL);
    if (begin_unit(L"items"))
    {
        HRESULT hr;

        make_dir(unc(L"Folder"));
        write_file(unc(L"Folder\\Real Case.txt"), "Real Case");
        hr = pin(unc(L"Folder"), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (hr == S_OK)
        {
            test_kinds();
            test_case();
            test_file();
            test_refresh();
            test_ghost_and_share();
            test_transparent();
        }
        end_unit();
    }
    CoUninitialize();
}
