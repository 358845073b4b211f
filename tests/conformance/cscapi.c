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

static void test_query(BOOL *was_active, BOOL *was_enabled)
{
    fact("feature.two capi.error capi.active capi.enabled capi.null capi.ex capi.available ver.capi8");
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
    BOOL active, enabled, available, reboot;
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
    error = pOfflineFilesQueryStatusEx(&active, &enabled, &available);
    ok(error == ERROR_SUCCESS && enabled && available, "error %lu, enabled %d, available %d\n", error, enabled,
       available);
    error = pOfflineFilesStart();
    ok(error == ERROR_SUCCESS, "error %lu\n", error);
    error = pOfflineFilesQueryStatus(&active, NULL);
    ok(error == ERROR_SUCCESS && active, "error %lu, active %d\n", error, active);
    error = pOfflineFilesStart();
    ok(error == ERROR_SUCCESS, "again: error %lu\n", error);
}

START_TEST(cscapi)
{
    BOOL active, enabled;
    DWORD error;

    if (!load_functions()) return;
    test_query(&active, &enabled);
    test_enable();
    if (enabled)
    {
        error = pOfflineFilesStart();
        ok(error == ERROR_SUCCESS, "error %lu\n", error);
        test_query(&active, &enabled);
        ok(active, "not active after the start\n");
    }
}
