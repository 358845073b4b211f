/*
 * Clients that come, work and are killed: the service must not keep anything of them
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CSCTEST_CLIENTS is how many (6 without it).
 */

#include "csctest.h"
#include <psapi.h>

#define AT_ONCE 3
#define WARM_UP 6

static const WCHAR path_variable[] = L"CSCTEST_KILLED_PATH", event_variable[] = L"CSCTEST_KILLED_EVENT";

/* --- a client, which never ends by itself */

static void enumerate(const WCHAR *path)
{
    IOfflineFilesItemContainer *container = find_interface(path, &IID_IOfflineFilesItemContainer);
    IEnumOfflineFilesItems *items;
    IOfflineFilesItem *item;
    ULONG fetched;

    if (!container) return;
    if (IOfflineFilesItemContainer_EnumItems(container, 0, &items) == S_OK)
    {
        while (IEnumOfflineFilesItems_Next(items, 1, &item, &fetched) == S_OK) release(item);
        release(items);
    }
    release(container);
}

static void hang_in_callback(struct sink *sink, const WCHAR *path)
{
    (void)sink;
    (void)path;
    Sleep(INFINITE);
}

/* Leaves a busy connection behind: operations under way, one of them in a callback that does not return, and two sinks of
 * events, one of which does not either. */
static void work(const WCHAR *path, const WCHAR *event_name)
{
    HANDLE event = OpenEventW(EVENT_MODIFY_STATE, FALSE, event_name);
    struct sink *first = sink_create(), *second = sink_create();
    IOfflineFilesCache *cache = NULL;
    IOfflineFilesItem *item;
    IConnectionPoint *point;
    DWORD cookie;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache,
                         (void **)&cache) != S_OK || !event)
        ExitProcess(1);
    if (IOfflineFilesCache_FindItem(cache, path, 0, &item) != S_OK) ExitProcess(2);
    if (advise_listener(cache, make_listener(path, FALSE), &point, &cookie) != S_OK ||
        advise_listener(cache, make_listener(NULL, TRUE), &point, &cookie) != S_OK)
        ExitProcess(4);
    first->on_begin = hang_in_callback;
    if (IOfflineFilesCache_Synchronize(cache, NULL, &path, 1, TRUE, SYNC_BOTH, NULL,
                                       &second->IOfflineFilesSyncProgress_iface, NULL) != S_OK ||
        IOfflineFilesCache_Pin(cache, NULL, &path, 1, TRUE, TRUE, PIN_USER_FILL,
                               &first->IOfflineFilesSyncProgress_iface) != S_OK)
        ExitProcess(3);
    SetEvent(event);
    for (;;) if (IOfflineFilesCache_FindItem(cache, path, 0, &item) == S_OK) release(item);
}

/* --- what the service holds */

static DWORD service_process(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = manager ? OpenServiceW(manager, L"CscService", SERVICE_QUERY_STATUS) : NULL;
    SERVICE_STATUS_PROCESS status;
    DWORD size, pid = 0;

    if (service && QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof(status), &size))
        pid = status.dwProcessId;
    if (service) CloseServiceHandle(service);
    if (manager) CloseServiceHandle(manager);
    return pid;
}

/* Memory of its own that a process has, in kB; 0: not known. */
static SIZE_T memory_of(DWORD pid)
{
    HANDLE process = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, pid);
    PROCESS_MEMORY_COUNTERS counters;
    SIZE_T kilobytes = 0;

    if (!process) return 0;
    if (K32GetProcessMemoryInfo(process, &counters, sizeof(counters))) kilobytes = counters.PagefileUsage / 1024;
    CloseHandle(process);
    return kilobytes;
}

/* --- many of them */

struct client
{
    HANDLE process, event;
};

static BOOL start_client(struct client *client, unsigned int number)
{
    WCHAR command[MAX_PATH + 16], self[MAX_PATH], name[64];
    PROCESS_INFORMATION process;
    STARTUPINFOW startup;

    _snwprintf(name, ARRAY_SIZE(name), L"csctest-killed-%lu-%u", GetCurrentProcessId(), number);
    client->event = CreateEventW(NULL, TRUE, FALSE, name);
    SetEnvironmentVariableW(event_variable, name);
    GetModuleFileNameW(NULL, self, MAX_PATH);
    _snwprintf(command, ARRAY_SIZE(command), L"\"%s\" killed", self);
    memset(&startup, 0, sizeof(startup));
    startup.cb = sizeof(startup);
    if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))
    {
        ok(0, "CreateProcess: error %lu\n", GetLastError());
        client->process = NULL;
        return FALSE;
    }
    CloseHandle(process.hThread);
    client->process = process.hProcess;
    return TRUE;
}

/* Waits until it works, lets it do so for a moment, and kills it. */
static void kill_client(struct client *client, unsigned int number)
{
    HANDLE handles[2] = { client->event, client->process };
    DWORD code = 0;

    if (client->process)
    {
        DWORD wait = WaitForMultipleObjects(2, handles, FALSE, 60000);

        if (wait != WAIT_OBJECT_0)
        {
            GetExitCodeProcess(client->process, &code);
            ok(0, "client %u does not work: wait %lu, exit code %lu\n", number, wait, code);
        }
        Sleep(number % 7 * 10);
        TerminateProcess(client->process, 1);
        WaitForSingleObject(client->process, 10000);
        CloseHandle(client->process);
    }
    CloseHandle(client->event);
}

static void run_clients(unsigned int count)
{
    struct client clients[AT_ONCE];
    unsigned int i, j, batch;

    for (i = 0; i < count; i += batch)
    {
        batch = count - i < AT_ONCE ? count - i : AT_ONCE;
        for (j = 0; j < batch; j++) start_client(&clients[j], i + j);
        for (j = 0; j < batch; j++) kill_client(&clients[j], i + j);
    }
}

static void test_service(void)
{
    unsigned int count = 6, handles, handles_after = 0, i;
    SIZE_T memory, memory_half = 0, memory_after;
    char kinds[1024];
    DWORD pid, start;
    WCHAR text[16];
    HRESULT hr;

    if (GetEnvironmentVariableW(L"CSCTEST_CLIENTS", text, ARRAY_SIZE(text))) count = _wtoi(text);
    SetEnvironmentVariableW(path_variable, unc(NULL));
    run_clients(WARM_UP);
    Sleep(1000);
    pid = service_process();
    ok(pid, "the service does not run\n");
    lstrcpynA(kinds, handle_kinds(pid, &handles), sizeof(kinds));
    memory = memory_of(pid);
    start = GetTickCount();
    run_clients(count - count / 2);
    pump(1000);
    memory_after = memory_of(pid);
    /* more threads of the service, with their stacks and heaps, are a step that comes once or twice; a leak goes on */
    for (i = 0; i < 3; i++)
    {
        memory_half = memory_after;
        run_clients(count / 2);
        pump(1000);
        memory_after = memory_of(pid);
        if (memory_after <= memory_half + 4096) break;
    }
    start = GetTickCount() - start;

    /* It notices the end of a process within moments. */
    for (i = 0; i < 100; i++)
    {
        handles_after = handle_count(pid);
        if (handles_after <= handles + 2) break;
        pump(100);
    }
    trace("%u clients in %lu ms: %u handles before, %u after; %lu kB before, %lu kB after half, %lu kB after\n", count, start,
          handles, handles_after, (unsigned long)memory, (unsigned long)memory_half, (unsigned long)memory_after);
    if (handles_after > handles) trace("handles before: %s; after: %s\n", kinds, handle_kinds(pid, &handles_after));
    ok(service_process() == pid, "the service is another process\n");
    if (!handles) skip("the handles of the service cannot be counted\n");
    else ok(handles_after <= handles + 10, "%u handles before, %u after %u clients\n", handles, handles_after, count);
    if (!memory) skip("the memory of the service cannot be measured\n");
    else
    {
        /* the most that it needed at once stays with it, however many came */
        ok(memory_after <= memory + 65536, "%lu kB before, %lu kB after %u clients\n", (unsigned long)memory,
           (unsigned long)memory_after, count);
        ok(memory_after <= memory_half + 4096, "%lu kB before, %lu kB after the last %u clients\n",
           (unsigned long)memory_half, (unsigned long)memory_after, count / 2);
    }
    hr = sync_path(unc(NULL), SYNC_BOTH, NULL);
    ok(hr == S_OK, "Synchronize after all that: %#lx\n", hr);
    enumerate(unc(NULL));
}

START_TEST(killed)
{
    WCHAR path[MAX_PATH], event_name[64];

    if (GetEnvironmentVariableW(event_variable, event_name, ARRAY_SIZE(event_name)) &&
        GetEnvironmentVariableW(path_variable, path, ARRAY_SIZE(path)))
        work(path, event_name);

    CoInitialize(NULL);
    if (begin_unit(L"killed"))
    {
        unsigned int i;
        HRESULT hr;

        for (i = 0; i < 20; i++) write_file(unc(format_path(L"file%u.txt", i)), "content");
        hr = pin(unc(NULL), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (hr == S_OK) test_service();
        end_unit();
    }
    CoUninitialize();
}
