/*
 * The legacy functions of cscdll.dll, and what cscapi.dll has for indexers
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

static BOOL (WINAPI *pCSCIsCSCEnabled)(void);
static HANDLE (WINAPI *pCSCFindFirstFileW)(LPCWSTR, WIN32_FIND_DATAW *, LPDWORD, LPDWORD, LPDWORD, FILETIME *);
static BOOL (WINAPI *pCSCFindNextFileW)(HANDLE, WIN32_FIND_DATAW *, LPDWORD, LPDWORD, LPDWORD, FILETIME *);
static BOOL (WINAPI *pCSCFindClose)(HANDLE);

static BOOL load_functions(HMODULE module)
{
#define LOAD(name) \
    p##name = (void *)GetProcAddress(module, #name); \
    ok(p##name != NULL, #name " is not exported\n"); \
    if (!p##name) return FALSE
    LOAD(CSCIsCSCEnabled);
    LOAD(CSCFindFirstFileW);
    LOAD(CSCFindNextFileW);
    LOAD(CSCFindClose);
#undef LOAD
    return TRUE;
}

/* One file: its data, its pin, and no second one. */
static void test_file(void)
{
    fact("old.findfirst old.pincount old.hints old.findnext old.findclose");
    WIN32_FIND_DATAW data;
    DWORD status = 99, pins = 99, hints = 99;
    FILETIME original = { 1, 1 };
    WIN32_FILE_ATTRIBUTE_DATA file;
    HANDLE search;

    memset(&data, 0x55, sizeof(data));
    search = pCSCFindFirstFileW(unc(L"pinned.txt"), &data, &status, &pins, &hints, &original);
    ok(search != INVALID_HANDLE_VALUE, "error %lu\n", GetLastError());
    if (search == INVALID_HANDLE_VALUE) return;
    ok(!lstrcmpiW(data.cFileName, L"pinned.txt"), "name %ls\n", data.cFileName);
    ok(!data.nFileSizeHigh && data.nFileSizeLow == 6, "size %lu\n", data.nFileSizeLow);
    ok(!(data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY), "attributes %#lx\n", data.dwFileAttributes);
    ok_ours(!status, Q115, "status %#lx\n", status);
    ok(pins != 0 && pins != 99, "pin count %lu\n", pins);
    ok((hints & 0x1) && hints < 0x20, "hints %#lx\n", hints);
    ok(GetFileAttributesExW(unc(L"pinned.txt"), GetFileExInfoStandard, &file), "error %lu\n", GetLastError());
    ok(!CompareFileTime(&original, &file.ftLastWriteTime), "time %#lx\n", original.dwHighDateTime);
    SetLastError(0xdeadbeef);
    ok(!pCSCFindNextFileW(search, &data, NULL, NULL, NULL, NULL), "a second one: %ls\n", data.cFileName);
    ok_ours(GetLastError() == ERROR_NO_MORE_FILES, Q115, "error %lu\n", GetLastError());
    ok(pCSCFindClose(search), "error %lu\n", GetLastError());
}

/* What is in a directory, by pattern; without COM being entered. */
static DWORD WINAPI search_directory(void *arg)
{
    WIN32_FIND_DATAW data;
    unsigned int count = 0;
    HANDLE search;
    DWORD hints;

    search = pCSCFindFirstFileW(arg, &data, NULL, NULL, &hints, NULL);
    if (search == INVALID_HANDLE_VALUE) return 0;
    do count++;
    while (pCSCFindNextFileW(search, &data, NULL, NULL, &hints, NULL));
    pCSCFindClose(search);
    return count;
}

static DWORD search_count(const WCHAR *path)
{
    HANDLE thread = CreateThread(NULL, 0, search_directory, (void *)path, 0, NULL);
    DWORD count = 99;

    ok(!WaitForSingleObject(thread, 30000), "the search does not end\n");
    GetExitCodeThread(thread, &count);
    CloseHandle(thread);
    return count;
}

static void test_directory(void)
{
    WIN32_FIND_DATAW data;

    ok(search_count(unc(L"*")) == 3, "%lu found\n", search_count(unc(L"*")));
    ok_ours(search_count(unc(L"*.*")) == 3, Q115, "%lu found\n", search_count(unc(L"*.*")));
    ok_ours(search_count(unc(L"P*D.t?t")) == 1, Q115, "%lu found\n", search_count(unc(L"P*D.t?t")));
    ok_ours(search_count(unc(NULL)) == 1, Q115, "%lu found\n", search_count(unc(NULL)));
    ok(search_count(unc(L"none*")) == 0, "%lu found\n", search_count(unc(L"none*")));

    SetLastError(0xdeadbeef);
    ok(pCSCFindFirstFileW(unc(L"missing.txt"), &data, NULL, NULL, NULL, NULL) == INVALID_HANDLE_VALUE, "found\n");
    ok_ours(GetLastError() == ERROR_FILE_NOT_FOUND, Q115, "error %lu\n", GetLastError());
    SetLastError(0xdeadbeef);
    ok(pCSCFindFirstFileW(NULL, &data, NULL, NULL, NULL, NULL) == INVALID_HANDLE_VALUE, "found\n");
    ok_ours(GetLastError() == ERROR_INVALID_PARAMETER, Q115, "error %lu\n", GetLastError());
    if (!on_ours()) return;
    SetLastError(0xdeadbeef);
    ok(!pCSCFindClose((HANDLE)0x1234) && GetLastError() == ERROR_INVALID_HANDLE, "error %lu\n", GetLastError());
    ok(!pCSCFindNextFileW((HANDLE)0x1234, &data, NULL, NULL, NULL, NULL) && GetLastError() == ERROR_INVALID_HANDLE,
       "error %lu\n", GetLastError());
}

/* The others fail without harm. */
static void test_unpublished(HMODULE module)
{
    static const char *const names[] =
    {
        "CSCSetMaxSpace", "CSCDoEnableDisable", "CSCPinFileW", "CSCUnpinFileW", "CSCQueryFileStatusW", "CSCDeleteW",
        "CSCEnumForStatsW", "CSCIsServerOfflineW", "CSCTransitionServerOnlineW", "CSCEnumForStatsExW", "CSCDisconnectPath",
        "CSCIsPathOffline", "CSCTransitionPathOnline"
    };
    unsigned int i;

    if (!on_ours())
    {
        skip("not calling functions whose parameters are not known\n");
        return;
    }
    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        BOOL (CDECL *function)(void) = (void *)GetProcAddress(module, names[i]);

        ok(function != NULL, "%s is not exported\n", names[i]);
        if (!function) continue;
        SetLastError(0xdeadbeef);
        ok(!function() && GetLastError() == ERROR_CALL_NOT_IMPLEMENTED, "%s: error %lu\n", names[i], GetLastError());
    }
}

/* CscSearchApiGetInterface of cscapi.dll. */
#ifdef __i386__
#define METHOD __attribute__((thiscall))
#else
#define METHOD
#endif
struct search_api
{
    const struct
    {
        LONG  (METHOD *AddRef)(struct search_api *api);
        LONG  (METHOD *DelRef)(struct search_api *api);
        DWORD (METHOD *OpenIndexingHandle)(struct search_api *api, HANDLE *handle, const WCHAR *name, DWORD access,
                                           DWORD sharing, BOOL *is_directory);
    } *vtbl;
};

#define SEARCH_COOKIE 0x8fb92809
#define SEARCH_VERSION (1 << 16 | sizeof(struct search_api))

static void test_search_api(void)
{
    fact("capi.search");
    LONG (WINAPI *get_interface)(ULONG, ULONG, struct search_api **);
    struct search_api *api = (void *)0xdeadbeef;
    char text[16] = { 0 };
    BOOL directory = 99;
    DWORD error, got;
    HANDLE handle;
    LONG status;

    get_interface = (void *)GetProcAddress(LoadLibraryW(L"cscapi.dll"), "CscSearchApiGetInterface");
    ok(get_interface != NULL, "not exported\n");
    if (!get_interface) return;
    status = get_interface(SEARCH_VERSION, SEARCH_COOKIE + 1, &api);
    ok(status < 0, "another cookie: %#lx\n", status);
    status = get_interface(SEARCH_VERSION + 1, SEARCH_COOKIE, &api);
    ok(status < 0, "another version: %#lx\n", status);
    status = get_interface(SEARCH_VERSION, SEARCH_COOKIE, &api);
    ok(!status && api, "status %#lx\n", status);
    if (status || !api) return;
    if (!on_ours())
    {
        skip("not opening files as an indexer on Windows\n");
        return;
    }
    ok(api->vtbl->AddRef(api) > 0, "AddRef\n");
    error = api->vtbl->OpenIndexingHandle(api, &handle, unc(L"pinned.txt"), GENERIC_READ, FILE_SHARE_READ, &directory);
    ok(!error && !directory, "error %lu, directory %d\n", error, directory);
    if (!error)
    {
        ok(ReadFile(handle, text, sizeof(text) - 1, &got, NULL) && !strcmp(text, "pinned"), "text %s\n", text);
        CloseHandle(handle);
    }
    error = api->vtbl->OpenIndexingHandle(api, &handle, unc(L"dir"), GENERIC_READ, FILE_SHARE_READ, &directory);
    ok(!error && directory == TRUE, "error %lu, directory %d\n", error, directory);
    if (!error) CloseHandle(handle);
    error = api->vtbl->OpenIndexingHandle(api, &handle, unc(L"missing"), GENERIC_READ, FILE_SHARE_READ, NULL);
    ok(error == ERROR_FILE_NOT_FOUND, "error %lu\n", error);
    error = api->vtbl->OpenIndexingHandle(api, &handle, unc(L"pinned.txt"), GENERIC_WRITE, FILE_SHARE_READ, NULL);
    ok(error == ERROR_ACCESS_DENIED, "error %lu\n", error);
    error = api->vtbl->OpenIndexingHandle(api, &handle, unc(L"..\\..\\..\\..\\..\\csc.db"), GENERIC_READ, 7, NULL);
    ok(error == ERROR_BAD_PATHNAME && handle == INVALID_HANDLE_VALUE, "error %lu\n", error);
    error = api->vtbl->OpenIndexingHandle(api, &handle, L"C:\\windows", GENERIC_READ, 7, NULL);
    ok(error == ERROR_BAD_PATHNAME, "error %lu\n", error);
    ok(api->vtbl->DelRef(api) > 0, "DelRef\n");
}

START_TEST(legacy)
{
    HMODULE module = LoadLibraryW(L"cscdll.dll");

    if (!module)
    {
        ok(!on_ours(), "cscdll.dll is not there: error %lu\n", GetLastError());
        skip("there is no cscdll.dll\n");
        return;
    }
    if (!load_functions(module)) return;
    CoInitialize(NULL);
    if (begin_unit(L"legacy"))
    {
        fact("old.enabled");
        ok(pCSCIsCSCEnabled() == TRUE, "not enabled: error %lu\n", GetLastError());
        write_file(unc(L"pinned.txt"), "pinned");
        write_file(unc(L"other.txt"), "other one");
        make_dir(unc(L"dir"));
        ok(pin(unc(NULL), TRUE, PIN_USER_FILL, NULL) == S_OK, "Pin failed\n");
        test_file();
        test_directory();
        test_unpublished(module);
        test_search_api();
        end_unit();
    }
    CoUninitialize();
}
