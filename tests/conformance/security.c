/*
 * What administrators alone may do, asked for by somebody who is none
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The test runs itself with a restricted token, in which the administrators' group only counts for denials; and asks
 * on a thread that impersonates with such a token.
 */

#include "csctest.h"

/* A token like the process' own without administrators; NULL: it cannot be made. */
static HANDLE restricted_token(void)
{
    SID_IDENTIFIER_AUTHORITY authority = { SECURITY_NT_AUTHORITY };
    SID_AND_ATTRIBUTES admins = { 0 };
    HANDLE token, restricted = NULL;

    if (!AllocateAndInitializeSid(&authority, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0,
                                  &admins.Sid))
        return NULL;
    if (OpenProcessToken(GetCurrentProcess(), TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY | TOKEN_QUERY, &token))
    {
        if (!CreateRestrictedToken(token, 0, 1, &admins, 0, NULL, 0, NULL, &restricted)) restricted = NULL;
        CloseHandle(token);
    }
    FreeSid(admins.Sid);
    return restricted;
}

static BOOL is_administrator(void)
{
    SID_IDENTIFIER_AUTHORITY authority = { SECURITY_NT_AUTHORITY };
    BOOL member = FALSE;
    PSID sid;

    if (!AllocateAndInitializeSid(&authority, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0,
                                  &sid))
        return FALSE;
    if (!CheckTokenMembership(NULL, sid, &member)) member = FALSE;
    FreeSid(sid);
    return member;
}

#define check_query(call) check_query_(__LINE__, call, #call)
static void check_query_(int line, HRESULT hr, const char *call)
{
    ok_(__FILE__, line)(FAILED(hr), "%s: %#lx\n", call, hr);
    ok_ours(hr == E_ACCESSDENIED, Q16, "line %d: %s: %#lx\n", line, call, hr);
}

/* Whatever takes query flags refuses ADMIN. */
static void check_items(IOfflineFilesCache *cache, const WCHAR *path)
{
    const DWORD admin = OFFLINEFILES_ITEM_QUERY_ADMIN;
    IOfflineFilesItemContainer *container;
    IEnumOfflineFilesItems *items;
    IOfflineFilesItem *item;

    check_query(IOfflineFilesCache_FindItemEx(cache, path, NULL, NULL, NULL, NULL, admin, &item));
    if (IOfflineFilesCache_QueryInterface(cache, &IID_IOfflineFilesItemContainer, (void **)&container) == S_OK)
    {
        check_query(IOfflineFilesItemContainer_EnumItems(container, admin, &items));
        check_query(IOfflineFilesItemContainer_EnumItemsEx(container, NULL, NULL, NULL, NULL, 0, admin, &items));
        release(container);
    }
    if (IOfflineFilesCache_FindItem(cache, path, 0, &item) != S_OK) return;
    check_query(IOfflineFilesItem_Refresh(item, admin));
    if (IOfflineFilesItem_QueryInterface(item, &IID_IOfflineFilesItemContainer, (void **)&container) == S_OK)
    {
        check_query(IOfflineFilesItemContainer_EnumItems(container, admin, &items));
        check_query(IOfflineFilesItemContainer_EnumItemsEx(container, NULL, NULL, NULL, NULL, 0, admin, &items));
        release(container);
    }
    release(item);
}

/* The preferences of the machine are not his, his own are; anybody may have a look. */
static void check_setting(IOfflineFilesCache *cache)
{
    IOfflineFilesSetting *setting;
    BOOL by_policy;
    VARIANT value;
    HRESULT hr;

    hr = IOfflineFilesCache_GetSettingObject(cache, OFFLINEFILES_SETTING_PinLinkTargets, &setting);
    ok(hr == S_OK, "GetSettingObject: %#lx\n", hr);
    if (hr != S_OK) return;
    hr = IOfflineFilesSetting_GetValue(setting, &value, &by_policy);
    ok(hr == S_OK, "GetValue: %#lx\n", hr);
    VariantClear(&value);
    V_VT(&value) = VT_UI4;
    V_UI4(&value) = OFFLINEFILES_PINLINKTARGETS_EXPLICIT;
    hr = IOfflineFilesSetting_SetPreference(setting, &value, OFFLINEFILES_SETTING_SCOPE_COMPUTER);
    ok(hr == E_ACCESSDENIED, "SetPreference: %#lx\n", hr);
    hr = IOfflineFilesSetting_DeletePreference(setting, OFFLINEFILES_SETTING_SCOPE_COMPUTER);
    ok(hr == E_ACCESSDENIED, "DeletePreference: %#lx\n", hr);
    hr = IOfflineFilesSetting_GetPreference(setting, &value, OFFLINEFILES_SETTING_SCOPE_USER);
    if (hr == S_OK) VariantClear(&value);
    else
    {
        V_VT(&value) = VT_UI4;
        V_UI4(&value) = OFFLINEFILES_PINLINKTARGETS_EXPLICIT;
        hr = IOfflineFilesSetting_SetPreference(setting, &value, OFFLINEFILES_SETTING_SCOPE_USER);
        ok_ours(hr == S_OK, Q16, "SetPreference of the user: %#lx\n", hr);
        hr = IOfflineFilesSetting_DeletePreference(setting, OFFLINEFILES_SETTING_SCOPE_USER);
        ok_ours(hr == S_OK, Q16, "DeletePreference of the user: %#lx\n", hr);
    }
    release(setting);
}

/* Each of these has to fail, and what needs no administrator has not. */
static void check_denied(const WCHAR *path)
{
    fact("sec.deleteadmin sec.queryadmin sec.limits sec.enable sec.deleteforuser sec.rename sec.renameex sec.setting "
         "sec.getsetting");
    fact("del.admin find.admin capi.admin");
    IOfflineFilesCache2 *cache2 = NULL;
    DWORD (WINAPI *enable)(BOOL, BOOL *);
    IOfflineFilesItem *item = NULL;
    WCHAR missing[MAX_PATH], new_path[MAX_PATH];
    IOfflineFilesCache *cache;
    DWORD error;
    BOOL reboot;
    HRESULT hr;

    ok(!is_administrator(), "the token is still an administrator's\n");
    hr = CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache, (void **)&cache);
    ok(hr == S_OK, "CoCreateInstance: %#lx\n", hr);
    if (hr != S_OK) return;

    hr = IOfflineFilesCache_FindItem(cache, path, 0, &item);
    ok(hr == S_OK && item, "FindItem: %#lx\n", hr);
    if (item) release(item);
    item = NULL;
    hr = IOfflineFilesCache_FindItem(cache, path, OFFLINEFILES_ITEM_QUERY_ADMIN, &item);
    ok(FAILED(hr), "FindItem with ADMIN: %#lx\n", hr);
    ok_ours(hr == E_ACCESSDENIED && !item, Q16, "FindItem with ADMIN: %#lx\n", hr);
    hr = IOfflineFilesCache_DeleteItems(cache, &path, 1, OFFLINEFILES_DELETE_FLAG_ADMIN, FALSE, NULL);
    ok(FAILED(hr), "DeleteItems with ADMIN: %#lx\n", hr);
    ok_ours(hr == E_ACCESSDENIED, Q16, "DeleteItems with ADMIN: %#lx\n", hr);
    hr = IOfflineFilesCache_SetDiskSpaceLimits(cache, 1 << 30, 1 << 30);
    ok(FAILED(hr), "SetDiskSpaceLimits: %#lx\n", hr);
    ok_ours(hr == E_ACCESSDENIED, Q16, "SetDiskSpaceLimits: %#lx\n", hr);
    hr = IOfflineFilesCache_DeleteItemsForUser(cache, L"S-1-5-32-545", &path, 1, 0, FALSE, NULL);
    ok(FAILED(hr), "DeleteItemsForUser: %#lx\n", hr);
    ok_ours(hr == E_ACCESSDENIED, Q16, "DeleteItemsForUser: %#lx\n", hr);
    swprintf(missing, ARRAYSIZE(missing), L"%ls\\nothing.txt", path);
    swprintf(new_path, ARRAYSIZE(new_path), L"%ls\\something.txt", path);
    hr = IOfflineFilesCache_RenameItem(cache, missing, new_path, FALSE);
    ok(FAILED(hr), "RenameItem: %#lx\n", hr);
    ok_ours(hr == E_ACCESSDENIED, Q16, "RenameItem: %#lx\n", hr);
    if (IOfflineFilesCache_QueryInterface(cache, &IID_IOfflineFilesCache2, (void **)&cache2) == S_OK)
    {
        /* it fails because there is nothing */
        hr = IOfflineFilesCache2_RenameItemEx(cache2, missing, new_path, FALSE);
        ok(FAILED(hr) && hr != E_ACCESSDENIED, "RenameItemEx: %#lx\n", hr);
        IOfflineFilesCache2_Release(cache2);
    }
    check_items(cache, path);
    check_setting(cache);
    IOfflineFilesCache_Release(cache);

    enable = (void *)GetProcAddress(LoadLibraryW(L"cscapi.dll"), "OfflineFilesEnable");
    ok(enable != NULL, "OfflineFilesEnable is not exported\n");
    if (!enable) return;
    reboot = 99;
    error = enable(TRUE, &reboot);
    ok(error != ERROR_SUCCESS, "OfflineFilesEnable succeeded\n");
    ok_ours(error == ERROR_ACCESS_DENIED && reboot == 99, Q111, "OfflineFilesEnable: error %lu\n", error);
}

static void test_process(HANDLE token)
{
    STARTUPINFOW startup = { .cb = sizeof(startup) };
    WCHAR self[MAX_PATH], command[2 * MAX_PATH];
    PROCESS_INFORMATION process;

    GetModuleFileNameW(NULL, self, ARRAYSIZE(self));
    swprintf(command, ARRAYSIZE(command), L"\"%ls\" security %ls restricted", self, share_path());
    if (!CreateProcessAsUserW(token, NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
    {
        skip("no process with a restricted token: error %lu\n", GetLastError());
        return;
    }
    wait_child_process(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
}

static void test_thread(HANDLE token)
{
    HANDLE impersonation;

    if (!DuplicateToken(token, SecurityImpersonation, &impersonation))
    {
        skip("no token to impersonate with: error %lu\n", GetLastError());
        return;
    }
    ok(SetThreadToken(NULL, impersonation), "error %lu\n", GetLastError());
    if (!is_administrator()) check_denied(share_path());
    else skip("impersonation has no effect\n");
    ok(SetThreadToken(NULL, NULL), "error %lu\n", GetLastError());
    CloseHandle(impersonation);
}

START_TEST(security)
{
    HANDLE token;
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    CoInitialize(NULL);
    if (argc >= 4 && !strcmp(argv[3], "restricted"))
    {
        WCHAR path[300];

        MultiByteToWideChar(CP_ACP, 0, argv[2], -1, path, ARRAYSIZE(path));
        check_denied(path);
    }
    else if (begin_unit(L"security"))
    {
        write_file(unc(L"file.txt"), "file");
        ok(pin(unc(NULL), TRUE, PIN_USER_FILL, NULL) == S_OK, "Pin failed\n");
        if (!is_administrator()) check_denied(share_path());
        else if (!(token = restricted_token())) skip("no restricted token: error %lu\n", GetLastError());
        else
        {
            test_process(token);
            test_thread(token);
            CloseHandle(token);
        }
        end_unit();
    }
    CoUninitialize();
}
