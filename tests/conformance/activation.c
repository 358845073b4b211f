/*
 * Creating and using the cache object in apartments of both kinds
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

static const IID IID_unknown_to_all = {0x5d1f6a0c, 0x8f0e, 0x4f0e, {0x9a, 0x2b, 0x11, 0xc0, 0x3e, 0x77, 0x20, 0x5f}};

static HRESULT create(REFIID iid, void **out)
{
    *out = (void *)0xdeadbeef;
    return CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, iid, out);
}

static void check_works(IOfflineFilesCache *cache)
{
    WCHAR *path = NULL;
    HRESULT hr = IOfflineFilesCache_GetLocation(cache, &path);

    ok(hr == S_OK, "GetLocation: %#lx\n", hr);
    ok(path && path[0], "no path\n");
    CoTaskMemFree(path);
}

static void test_create(void)
{
    fact("ver.base ver.cache2 cache.create if.cache if.cache2 if.cachecontainer");
    static const IID *const iids[] =
    {
        &IID_IUnknown, &IID_IOfflineFilesCache, &IID_IOfflineFilesCache2, &IID_IOfflineFilesItemContainer
    };
    IUnknown *unknown, *identity, *other;
    unsigned int i, j;
    HRESULT hr;

    for (i = 0; i < ARRAY_SIZE(iids); i++)
    {
        hr = create(iids[i], (void **)&unknown);
        ok(hr == S_OK, "%u: %#lx\n", i, hr);
        if (hr != S_OK) continue;
        hr = IUnknown_QueryInterface(unknown, &IID_IUnknown, (void **)&identity);
        ok(hr == S_OK, "%u: %#lx\n", i, hr);
        for (j = 0; j < ARRAY_SIZE(iids); j++)
        {
            IUnknown *iface, *same;

            hr = IUnknown_QueryInterface(unknown, iids[j], (void **)&iface);
            ok(hr == S_OK, "%u to %u: %#lx\n", i, j, hr);
            if (hr != S_OK) continue;
            hr = IUnknown_QueryInterface(iface, &IID_IUnknown, (void **)&same);
            ok(hr == S_OK && same == identity, "%u to %u: another identity\n", i, j);
            release(same);
            hr = IUnknown_QueryInterface(iface, iids[i], (void **)&same);
            ok(hr == S_OK && same == unknown, "%u to %u and back: another pointer\n", i, j);
            release(same);
            release(iface);
        }
        other = (IUnknown *)0xdeadbeef;
        hr = IUnknown_QueryInterface(unknown, &IID_unknown_to_all, (void **)&other);
        ok(hr == E_NOINTERFACE && !other, "%u: %#lx, %p\n", i, hr, other);
        /* The cache object is no item. */
        hr = IUnknown_QueryInterface(unknown, &IID_IOfflineFilesItem, (void **)&other);
        ok(hr == E_NOINTERFACE && !other, "%u: %#lx, %p\n", i, hr, other);
        release(identity);
        ok(!IUnknown_Release(unknown), "%u: the object is still referenced\n", i);
    }

    hr = create(&IID_unknown_to_all, (void **)&unknown);
    ok(hr == E_NOINTERFACE && !unknown, "%#lx, %p\n", hr, unknown);

    hr = create(&IID_IUnknown, (void **)&unknown);
    ok(hr == S_OK, "%#lx\n", hr);
    if (hr != S_OK) return;
    other = (IUnknown *)0xdeadbeef;
    hr = CoCreateInstance(&CLSID_OfflineFilesCache, unknown, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&other);
    ok(hr == CLASS_E_NOAGGREGATION && !other, "%#lx, %p\n", hr, other);
    release(unknown);
}

static void test_class_object(void)
{
    HRESULT (WINAPI *get_class_object)(REFCLSID, REFIID, void **);
    HRESULT (WINAPI *can_unload_now)(void);
    HMODULE module = LoadLibraryW(L"cscobj.dll");
    IClassFactory *factory, *same;
    IOfflineFilesCache *cache;
    HRESULT hr;
    void *out;

    ok(module != NULL, "error %lu\n", GetLastError());
    if (!module) return;
    get_class_object = (void *)GetProcAddress(module, "DllGetClassObject");
    can_unload_now = (void *)GetProcAddress(module, "DllCanUnloadNow");
    ok(get_class_object && can_unload_now, "an export is missing\n");
    if (!get_class_object || !can_unload_now) return;

    out = (void *)0xdeadbeef;
    hr = get_class_object(&IID_unknown_to_all, &IID_IClassFactory, &out);
    ok(hr == CLASS_E_CLASSNOTAVAILABLE, "%#lx\n", hr);
    ok_ours(!out, Q8, "got %p\n", out);

    out = (void *)0xdeadbeef;
    hr = get_class_object(&CLSID_OfflineFilesCache, &IID_IOfflineFilesCache, &out);
    ok(hr == E_NOINTERFACE, "%#lx\n", hr);
    ok_ours(!out, Q8, "got %p\n", out);

    hr = get_class_object(&CLSID_OfflineFilesCache, &IID_IClassFactory, (void **)&factory);
    ok(hr == S_OK, "%#lx\n", hr);
    if (hr != S_OK) return;
    hr = IClassFactory_QueryInterface(factory, &IID_IUnknown, (void **)&same);
    ok(hr == S_OK, "%#lx\n", hr);
    release(same);
    hr = IClassFactory_QueryInterface(factory, &IID_IOfflineFilesCache, &out);
    ok(hr == E_NOINTERFACE && !out, "%#lx, %p\n", hr, out);

    hr = IClassFactory_CreateInstance(factory, NULL, &IID_IOfflineFilesCache, (void **)&cache);
    ok(hr == S_OK, "%#lx\n", hr);
    if (hr == S_OK)
    {
        check_works(cache);
        ok(can_unload_now() == S_FALSE, "the DLL can be unloaded while there is an object\n");
        release(cache);
    }
    hr = IClassFactory_LockServer(factory, TRUE);
    ok(hr == S_OK, "%#lx\n", hr);
    ok(can_unload_now() == S_FALSE, "the DLL can be unloaded while it is locked\n");
    hr = IClassFactory_LockServer(factory, FALSE);
    ok(hr == S_OK, "%#lx\n", hr);
    if (on_ours())
    {
        hr = IClassFactory_CreateInstance(factory, NULL, &IID_IOfflineFilesCache, NULL);
        ok_ours(hr == E_POINTER, Q8, "%#lx\n", hr);
    }
    release(factory);
}

static void test_not_initialized(void)
{
    IUnknown *unknown;
    HRESULT hr = create(&IID_IUnknown, (void **)&unknown);

    ok(hr == CO_E_NOTINITIALIZED, "%#lx\n", hr);
}

/* Two objects work at once and one after the other. */
static void test_two_objects(void)
{
    IOfflineFilesCache *first, *second;

    if (create(&IID_IOfflineFilesCache, (void **)&first) != S_OK) return;
    if (create(&IID_IOfflineFilesCache, (void **)&second) == S_OK)
    {
        check_works(second);
        check_works(first);
        release(second);
    }
    check_works(first);
    release(first);
}

static void in_apartment(DWORD kind, const char *name)
{
    HRESULT hr = CoInitializeEx(NULL, kind);

    winetest_push_context("%s", name);
    ok(hr == S_OK, "CoInitializeEx: %#lx\n", hr);
    test_create();
    test_two_objects();
    test_class_object();
    CoUninitialize();
    winetest_pop_context();
}

static DWORD WINAPI apartment_thread(void *arg)
{
    if (PtrToUlong(arg) == COINIT_MULTITHREADED)
        in_apartment(COINIT_MULTITHREADED, "multi-threaded apartment");
    else
        in_apartment(COINIT_APARTMENTTHREADED, "single-threaded apartment");
    return 0;
}

struct handover
{
    IStream *stream;
    DWORD kind;
};

/* Uses a pointer that was made in another apartment. */
static DWORD WINAPI handover_thread(void *arg)
{
    struct handover *handover = arg;
    IOfflineFilesCache *cache;
    HRESULT hr;

    CoInitializeEx(NULL, handover->kind);
    hr = CoGetInterfaceAndReleaseStream(handover->stream, &IID_IOfflineFilesCache, (void **)&cache);
    ok(hr == S_OK, "CoGetInterfaceAndReleaseStream: %#lx\n", hr);
    if (hr == S_OK)
    {
        check_works(cache);
        release(cache);
    }
    CoUninitialize();
    return 0;
}

static void test_handover(DWORD from, DWORD to)
{
    struct handover handover = { NULL, to };
    IOfflineFilesCache *cache;
    HANDLE thread;
    HRESULT hr;
    DWORD wait;

    CoInitializeEx(NULL, from);
    if (create(&IID_IOfflineFilesCache, (void **)&cache) == S_OK)
    {
        hr = CoMarshalInterThreadInterfaceInStream(&IID_IOfflineFilesCache, (IUnknown *)cache, &handover.stream);
        ok(hr == S_OK, "CoMarshalInterThreadInterfaceInStream: %#lx\n", hr);
        if (hr == S_OK)
        {
            thread = CreateThread(NULL, 0, handover_thread, &handover, 0, NULL);
            ok(thread != NULL, "CreateThread: error %lu\n", GetLastError());
            hr = CoWaitForMultipleHandles(0, 30000, 1, &thread, &wait);
            ok(hr == S_OK, "the other apartment does not get on: %#lx\n", hr);
            CloseHandle(thread);
        }
        release(cache);
    }
    CoUninitialize();
}

START_TEST(activation)
{
    static const DWORD kinds[] = { COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED };
    HANDLE threads[6];
    unsigned int i;

    test_not_initialized();
    in_apartment(COINIT_APARTMENTTHREADED, "single-threaded apartment");
    in_apartment(COINIT_MULTITHREADED, "multi-threaded apartment");

    for (i = 0; i < 4; i++) test_handover(kinds[i / 2], kinds[i % 2]);

    for (i = 0; i < ARRAY_SIZE(threads); i++)
    {
        threads[i] = CreateThread(NULL, 0, apartment_thread, ULongToPtr(kinds[i % 2]), 0, NULL);
        ok(threads[i] != NULL, "CreateThread: error %lu\n", GetLastError());
    }
    ok(WaitForMultipleObjects(ARRAY_SIZE(threads), threads, TRUE, 60000) == WAIT_OBJECT_0,
       "threads of several apartments do not end\n");
    for (i = 0; i < ARRAY_SIZE(threads); i++) CloseHandle(threads[i]);
}
