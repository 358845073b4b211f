/*
 * The functions of cscapi.dll
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"
#include "cscapi.h"

static DWORD (WINAPI *pOfflineFilesEnable)(BOOL, BOOL *);
static DWORD (WINAPI *pOfflineFilesStart)(void);
static DWORD (WINAPI *pOfflineFilesQueryStatus)(BOOL *, BOOL *);
static DWORD (WINAPI *pOfflineFilesQueryStatusEx)(BOOL *, BOOL *, BOOL *);

/* The declarations of cscapi.h must fit what the DLL exports. */
static BOOL load_functions(void)
{
    HMODULE module = LoadLibraryW(L"cscapi.dll");

    ok(module != NULL, "cannot load cscapi.dll: error %lu\n", GetLastError());
    if (!module) return FALSE;
#define LOAD(name) \
    _Static_assert(__builtin_types_compatible_p(__typeof__(p##name), __typeof__(&name)), #name); \
    p##name = (void *)GetProcAddress(module, #name); \
    ok(p##name != NULL, #name " is not exported\n"); \
    if (!p##name) return FALSE
    LOAD(OfflineFilesEnable);
    LOAD(OfflineFilesStart);
    LOAD(OfflineFilesQueryStatus);
    LOAD(OfflineFilesQueryStatusEx);
#undef LOAD
    return TRUE;
}

/* Enabled and available: it starts without a restart. */
static void check_starts(void)
{
    BOOL active, enabled, available;
    DWORD error;

    error = pOfflineFilesQueryStatusEx(&active, &enabled, &available);
    ok(error == ERROR_SUCCESS && enabled && available, "error %lu, enabled %d, available %d\n", error, enabled, available);
    error = pOfflineFilesStart();
    ok(error == ERROR_SUCCESS, "error %lu\n", error);
    error = pOfflineFilesQueryStatus(&active, NULL);
    ok(error == ERROR_SUCCESS && active, "error %lu, active %d\n", error, active);
}

static void test_query(BOOL *was_active, BOOL *was_enabled)
{
    fact("feature.two feature.capi capi.error capi.active capi.enabled capi.null capi.ex capi.available ver.capi8");
    BOOL active = 99, enabled = 99, available = 99, active2 = 99, enabled2 = 99;
    unsigned int i;
    DWORD error;

    /* The service may be about to start with the machine; wait until the state stays. */
    for (i = 0; i < 20; i++)
    {
        if (pOfflineFilesQueryStatus(&active, NULL) != ERROR_SUCCESS || active == active2) break;
        active2 = active;
        Sleep(1000);
    }
    active = active2 = 99;
    error = pOfflineFilesQueryStatus(&active, &enabled);
    ok(error == ERROR_SUCCESS, "error %lu\n", error);
    ok(active != 99 && enabled != 99, "active %d, enabled %d\n", active, enabled);
    error = pOfflineFilesQueryStatusEx(&active2, &enabled2, &available);
    ok(error == ERROR_SUCCESS, "error %lu\n", error);
    ok(active2 == active && enabled2 == enabled, "active %d and %d, enabled %d and %d\n", active, active2, enabled,
       enabled2);
    ok(available != 99, "available %d\n", available);
    if (active) ok(enabled, "active without being enabled\n");

    /* each output may be left out */
    active2 = enabled2 = 99;
    error = pOfflineFilesQueryStatus(NULL, NULL);
    ok(error == ERROR_SUCCESS, "error %lu\n", error);
    error = pOfflineFilesQueryStatus(&active2, NULL);
    ok(error == ERROR_SUCCESS && active2 == active, "error %lu, active %d\n", error, active2);
    error = pOfflineFilesQueryStatus(NULL, &enabled2);
    ok(error == ERROR_SUCCESS && enabled2 == enabled, "error %lu, enabled %d\n", error, enabled2);
    error = pOfflineFilesQueryStatusEx(NULL, NULL, NULL);
    ok(error == ERROR_SUCCESS, "error %lu\n", error);
    available = 99;
    error = pOfflineFilesQueryStatusEx(NULL, NULL, &available);
    ok(error == ERROR_SUCCESS && available != 99, "error %lu, available %d\n", error, available);
    *was_active = active;
    *was_enabled = enabled;
}

/* Disabling a machine's feature is for machines that are ours. */
static void test_enable(void)
{
    BOOL enabled, reboot;
    DWORD error;

    if (!on_ours())
    {
        skip("not changing the state of the feature on Windows\n");
        return;
    }
    error = pOfflineFilesStart();
    ok(error == ERROR_SUCCESS, "error %lu\n", error);
    reboot = 99;
    fact("capi.enable feature.disablerestart capi.restart");
    error = pOfflineFilesEnable(FALSE, &reboot);
    ok(error == ERROR_SUCCESS, "error %lu\n", error);
    ok(reboot == TRUE, "disabling what runs needs no restart: %d\n", reboot);
    error = pOfflineFilesQueryStatus(NULL, &enabled);
    ok(error == ERROR_SUCCESS && !enabled, "error %lu, enabled %d\n", error, enabled);
    reboot = 99;
    error = pOfflineFilesEnable(FALSE, &reboot);
    ok_ours(error == ERROR_SUCCESS, Q111, "again: error %lu\n", error);

    fact("capi.enable feature.enablerestart capi.restart");
    reboot = 99;
    error = pOfflineFilesEnable(TRUE, &reboot);
    ok(error == ERROR_SUCCESS && reboot != 99, "error %lu, restart %d\n", error, reboot);
    error = pOfflineFilesQueryStatus(NULL, &enabled);
    ok(error == ERROR_SUCCESS && enabled, "error %lu, enabled %d\n", error, enabled);
    reboot = 99;
    error = pOfflineFilesEnable(TRUE, &reboot);
    ok_ours(error == ERROR_SUCCESS, Q111, "again: error %lu\n", error);
    error = pOfflineFilesEnable(TRUE, NULL);
    ok_ours(error == ERROR_INVALID_PARAMETER, Q8, "no output: error %lu\n", error);

    /* enabled and available: it starts without a restart */
    fact("capi.startable capi.start capi.available feature.active");
    check_starts();
    error = pOfflineFilesStart();
    ok(error == ERROR_SUCCESS, "again: error %lu\n", error);
}

static SC_HANDLE open_service(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = manager ? OpenServiceW(manager, L"CscService", SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG) : NULL;

    ok(service != NULL, "cannot open the service: error %lu\n", GetLastError());
    if (manager) CloseServiceHandle(manager);
    return service;
}

static DWORD start_type(SC_HANDLE service)
{
    char buffer[8192];
    QUERY_SERVICE_CONFIGW *config = (QUERY_SERVICE_CONFIGW *)buffer;
    DWORD needed;

    if (QueryServiceConfigW(service, config, sizeof(buffer), &needed)) return config->dwStartType;
    ok(0, "QueryServiceConfig: error %lu\n", GetLastError());
    return ~0u;
}

/* What the functions tell is how the service is configured and whether it runs. */
static void test_service_state(void)
{
    SC_HANDLE service = open_service();
    BOOL active = 99, enabled = 99, reboot;
    SERVICE_STATUS status;
    DWORD error;

    if (!service) return;
    {
        fact("feature.active capi.active");
        error = pOfflineFilesQueryStatus(&active, &enabled);
        ok(error == ERROR_SUCCESS, "error %lu\n", error);
        ok(QueryServiceStatus(service, &status), "QueryServiceStatus: error %lu\n", GetLastError());
        ok(!active == (status.dwCurrentState != SERVICE_RUNNING), "active %d, the service has state %lu\n", active,
           status.dwCurrentState);
    }
    {
        fact("feature.enabled capi.enabled");
        ok(!enabled == (start_type(service) != SERVICE_AUTO_START), "enabled %d, start type %lu\n", enabled,
           start_type(service));
        if (on_ours())
        {
            fact("feature.enabled capi.enabled capi.enable");
            error = pOfflineFilesEnable(FALSE, &reboot);
            ok(error == ERROR_SUCCESS, "error %lu\n", error);
            ok(start_type(service) == SERVICE_DISABLED, "start type %lu\n", start_type(service));
            error = pOfflineFilesEnable(TRUE, &reboot);
            ok(error == ERROR_SUCCESS, "error %lu\n", error);
            ok(start_type(service) == SERVICE_AUTO_START, "start type %lu\n", start_type(service));
        }
        else skip("not changing the state of the feature on Windows\n");
    }
    CloseServiceHandle(service);
}

/* Stopped and disabled, the feature is not available; enabled again, it starts. */
static void test_unavailable(void)
{
    BOOL active, enabled, available, reboot;
    SC_HANDLE manager, service;
    SERVICE_STATUS status;
    unsigned int i;
    DWORD error;

    fact("capi.unavailable capi.available feature.two feature.capi");
    if (!on_ours())
    {
        skip("not changing the state of the feature on Windows\n");
        return;
    }
    manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    service = manager ? OpenServiceW(manager, L"CscService", SERVICE_STOP | SERVICE_QUERY_STATUS) : NULL;
    if (manager) CloseServiceHandle(manager);
    error = pOfflineFilesEnable(FALSE, &reboot);
    ok(error == ERROR_SUCCESS, "error %lu\n", error);
    error = pOfflineFilesQueryStatus(&active, &enabled);
    ok(error == ERROR_SUCCESS && active && !enabled, "error %lu, active %d, enabled %d\n", error, active, enabled);
    if (service && ControlService(service, SERVICE_CONTROL_STOP, &status))
    {
        for (i = 0; i < 300 && QueryServiceStatus(service, &status) && status.dwCurrentState != SERVICE_STOPPED; i++)
            Sleep(100);
        ok(status.dwCurrentState == SERVICE_STOPPED, "the service does not stop\n");
        error = pOfflineFilesQueryStatusEx(&active, &enabled, &available);
        ok(error == ERROR_SUCCESS && !active && !enabled && !available, "error %lu, active %d, enabled %d, available %d\n",
           error, active, enabled, available);
        error = pOfflineFilesStart();
        ok(error == ERROR_NOT_SUPPORTED, "error %lu\n", error);
        error = pOfflineFilesEnable(TRUE, &reboot);
        ok(error == ERROR_SUCCESS, "error %lu\n", error);
        {
            fact("capi.startable capi.start");
            check_starts();
        }
    }
    else
    {
        skip("the service cannot be stopped: error %lu\n", GetLastError());
        pOfflineFilesEnable(TRUE, &reboot);
    }
    if (service) CloseServiceHandle(service);
}

/* With the machine's policy against it the feature cannot be enabled. */
static void test_policy(void)
{
    static const WCHAR path[] = L"Software\\Policies\\Microsoft\\Windows\\NetCache";
    fact("feature.policy");
    DWORD error, value = 0;
    BOOL reboot, enabled;
    HKEY key;

    if (!on_ours())
    {
        skip("not setting policies on Windows\n");
        return;
    }
    if ((error = RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL)))
    {
        skip("the policy cannot be set: error %lu\n", error);
        return;
    }
    error = RegSetValueExW(key, L"Enabled", 0, REG_DWORD, (BYTE *)&value, sizeof(value));
    ok(!error, "RegSetValueEx: error %lu\n", error);
    error = pOfflineFilesEnable(TRUE, &reboot);
    ok_ours(error == ERROR_ACCESS_DISABLED_BY_POLICY, Q111, "against the policy: error %lu\n", error);
    error = pOfflineFilesQueryStatus(NULL, &enabled);
    ok(error == ERROR_SUCCESS && !enabled, "error %lu, enabled %d against the policy\n", error, enabled);
    error = RegDeleteValueW(key, L"Enabled");
    ok(!error, "RegDeleteValue: error %lu\n", error);
    RegCloseKey(key);
    error = pOfflineFilesEnable(TRUE, &reboot);
    ok(error == ERROR_SUCCESS, "error %lu\n", error);
    error = pOfflineFilesQueryStatus(NULL, &enabled);
    ok(error == ERROR_SUCCESS && enabled, "error %lu, enabled %d\n", error, enabled);
}

static void test_exports(void)
{
    static const char *const names[] =
        { "CscNetApiGetInterface", "CscSearchApiGetInterface", "OfflineFilesGetShareCachingMode" };
    fact("capi.exports");
    HMODULE module = GetModuleHandleW(L"cscapi.dll");
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(names); i++) ok(GetProcAddress(module, names[i]) != NULL, "no %s\n", names[i]);
}

/* Once the feature is active the COM interfaces work. */
static void test_com(void)
{
    fact("feature.com");
    IOfflineFilesCache *cache;
    WCHAR *location;
    HRESULT hr;

    CoInitialize(NULL);
    hr = CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache, (void **)&cache);
    ok(hr == S_OK, "CoCreateInstance: %#lx\n", hr);
    if (hr == S_OK)
    {
        hr = IOfflineFilesCache_GetLocation(cache, &location);
        ok(hr == S_OK, "GetLocation: %#lx\n", hr);
        if (hr == S_OK) CoTaskMemFree(location);
        release(cache);
    }
    CoUninitialize();
}

START_TEST(cscapi)
{
    BOOL active, enabled;
    DWORD error;

    if (!load_functions()) return;
    test_exports();
    test_query(&active, &enabled);
    test_enable();
    test_service_state();
    test_policy();
    test_unavailable();
    if (enabled)
    {
        error = pOfflineFilesStart();
        ok(error == ERROR_SUCCESS, "error %lu\n", error);
        test_query(&active, &enabled);
        ok(active, "not active after the start\n");
        test_com();
    }
}
