/*
 * How many calls leave the process: what makes the API slow or fast, told without a clock
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A channel hook sees each call of COM that leaves an apartment. The limits are our own, a little above what is needed
 * now; whoever makes something cheaper lowers them. Elsewhere the numbers are only told.
 */

#include "csctest.h"

#define FOLDERS 10
#define FILES   100           /* in each */
#define ITEMS   (FOLDERS * FILES)

static LONG calls;

/* --- the hook; never freed: it cannot be revoked */

static HRESULT WINAPI hook_QueryInterface(IChannelHook *iface, REFIID iid, void **object)
{
    *object = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IChannelHook)) return E_NOINTERFACE;
    *object = iface;
    return S_OK;
}

static ULONG WINAPI hook_AddRef(IChannelHook *iface)
{
    return 2;
}

static ULONG WINAPI hook_Release(IChannelHook *iface)
{
    return 1;
}

static void WINAPI hook_ClientGetSize(IChannelHook *iface, REFGUID extent, REFIID iid, ULONG *size)
{
    InterlockedIncrement(&calls);
    *size = 0;
}

static void WINAPI hook_ClientFillBuffer(IChannelHook *iface, REFGUID extent, REFIID iid, ULONG *size, void *data)
{
    *size = 0;
}

static void WINAPI hook_ClientNotify(IChannelHook *iface, REFGUID extent, REFIID iid, ULONG size, void *data,
                                     DWORD representation, HRESULT fault)
{
}

static void WINAPI hook_ServerNotify(IChannelHook *iface, REFGUID extent, REFIID iid, ULONG size, void *data,
                                     DWORD representation)
{
}

static void WINAPI hook_ServerGetSize(IChannelHook *iface, REFGUID extent, REFIID iid, HRESULT fault, ULONG *size)
{
    *size = 0;
}

static void WINAPI hook_ServerFillBuffer(IChannelHook *iface, REFGUID extent, REFIID iid, ULONG *size, void *data,
                                         HRESULT fault)
{
    *size = 0;
}

static IChannelHookVtbl hook_vtbl =
{
    hook_QueryInterface,
    hook_AddRef,
    hook_Release,
    hook_ClientGetSize,
    hook_ClientFillBuffer,
    hook_ClientNotify,
    hook_ServerNotify,
    hook_ServerGetSize,
    hook_ServerFillBuffer
};

static IChannelHook hook = { &hook_vtbl };
static const GUID hook_id = { 0x3d3a7a52, 0x5c0b, 0x4e0e, { 0x9a, 0x6e, 0x41, 0x0b, 0x7c, 0x55, 0x28, 0x13 } };

/* --- */

/* The calls since the last time must be at most limit, and at least one: else they were not seen. */
static void check_calls(const char *what, LONG limit)
{
    LONG count = InterlockedExchange(&calls, 0);

    trace("%s: %ld calls\n", what, count);
    if (!on_ours()) return;
    ok(count <= limit, "%s: %ld calls, at most %ld\n", what, count, limit);
    ok(count > 0, "%s: no calls were seen\n", what);
}

static void make_tree(void)
{
    unsigned int i, n;

    make_dir(unc(L"tree"));
    for (i = 0; i < FOLDERS; i++)
    {
        make_dir(unc(format_path(L"tree\\d%u", i)));
        for (n = 0; n < FILES; n++) write_file(unc(format_path(L"tree\\d%u\\f%03u.txt", i, n)), "a small file");
    }
}

static void test_find(void)
{
    IOfflineFilesFileItem *file;
    IOfflineFilesItem *item;
    IOfflineFilesPinInfo *pin_info;
    OFFLINEFILES_ITEM_TYPE type;
    BOOL value;
    WCHAR *path;

    if (!(item = find_item(unc(L"tree\\d3\\f007.txt")))) return;
    check_calls("FindItem", 1);
    /* what is asked of the item is in the snapshot */
    if (IOfflineFilesItem_GetPath(item, &path) == S_OK) CoTaskMemFree(path);
    IOfflineFilesItem_GetItemType(item, &type);
    if (IOfflineFilesItem_QueryInterface(item, &IID_IOfflineFilesFileItem, (void **)&file) == S_OK)
    {
        IOfflineFilesFileItem_IsSparse(file, &value);
        release(file);
    }
    if (IOfflineFilesItem_QueryInterface(item, &IID_IOfflineFilesPinInfo, (void **)&pin_info) == S_OK)
    {
        IOfflineFilesPinInfo_IsPinned(pin_info, &value);
        release(pin_info);
    }
    release(item);
    if (on_ours()) ok(!calls, "%ld calls for what FindItem has brought\n", calls);
}

static void test_enum(void)
{
    IOfflineFilesItemContainer *container = find_interface(unc(L"tree"), &IID_IOfflineFilesItemContainer);
    IEnumOfflineFilesItems *items;
    IOfflineFilesItem *item;
    unsigned int count = 0;
    ULONG fetched;
    WCHAR *path;
    HRESULT hr;

    ok(container != NULL, "no container\n");
    if (!container) return;
    calls = 0;
    hr = IOfflineFilesItemContainer_EnumItemsEx(container, NULL, NULL, NULL, NULL, OFFLINEFILES_ENUM_FLAT, 0, &items);
    ok(hr == S_OK, "EnumItemsEx: %#lx\n", hr);
    release(container);
    if (hr != S_OK) return;
    while (IEnumOfflineFilesItems_Next(items, 1, &item, &fetched) == S_OK)
    {
        if (IOfflineFilesItem_GetPath(item, &path) == S_OK) CoTaskMemFree(path);
        release(item);
        count++;
    }
    release(items);
    ok(count == ITEMS + FOLDERS, "%u items\n", count);
    check_calls("a flat enumeration of 1,010 items", 5);
}

START_TEST(calls)
{
    struct sink *sink;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    hr = CoRegisterChannelHook(&hook_id, &hook);
    ok(hr == S_OK, "CoRegisterChannelHook: %#lx\n", hr);
    if (begin_unit(L"calls"))
    {
        sink = sink_create();
        make_tree();
        calls = 0;
        hr = pin(unc(L"tree"), TRUE, PIN_USER_FILL, sink);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        check_calls("a fill of 1,000 files", 80);
        test_find();
        test_enum();
        sink_reset(sink);
        calls = 0;
        hr = sync_path(unc(L"tree"), SYNC_BOTH, sink);
        ok(hr == S_OK, "Synchronize: %#lx\n", hr);
        check_calls("a synchronization of 1,000 files, nothing changed", 6);
        sink_free(sink);
        end_unit();
    }
    CoUninitialize();
}
