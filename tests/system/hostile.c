/*
 * A client that means harm: speaks the private interface of the service by itself
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *   hostile fuzz SEED SECONDS      calls every method with malformed arguments, from several threads
 *   hostile flood                  opens as much as it gets; prints how much of each
 *   hostile pid PID                says that it is another process
 *   hostile lock-out SECONDS       opens the service's pipe and is gone again, without end
 *   hostile hold SECONDS           opens the service's pipe as often as it can half of the time, and keeps all of them
 *   hostile break                  closes the pipe on which the service listens, inside of it
 *   hostile suspend                stops the thread of the service that listens, for good
 *   hostile unprivileged           runs itself with a token without administrators: asks for what they alone may do
 *
 * Prints what went wrong; exit code 0: nothing.  What it may change is \\server\hostile only.
 */

#define COBJMACROS
#define INITGUID
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>
#include <winternl.h>
#include <tlhelp32.h>
#include <objbase.h>
#include "cscsvc.h"
#include "cscwire.h"
#include "cscguids.h"

#define THREADS 4
#define HELD 16
#define E32(error) ((HRESULT)HRESULT_FROM_WIN32(error))

static unsigned int failures;

static void failed(const char *what, HRESULT hr)
{
    printf("failed: %s: %#lx\n", what, hr);
    failures++;
}

/* -- the way in -- */

static HRESULT unmarshal_service(ICscService **service)
{
    LARGE_INTEGER start = { .QuadPart = 0 };
    BYTE data[1024];
    DWORD size = sizeof(data);
    IStream *stream;
    LSTATUS status;
    HRESULT hr;

    status = RegGetValueW(HKEY_LOCAL_MACHINE, CSC_SESSION_KEY, CSC_SESSION_VALUE, RRF_RT_REG_BINARY | RRF_SUBKEY_WOW6464KEY,
                          NULL, data, &size);
    if (status) return E32(status);
    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &stream))) return hr;
    IStream_Write(stream, data, size, NULL);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    hr = CoUnmarshalInterface(stream, &IID_ICscService, (void **)service);
    IStream_Release(stream);
    return hr;
}

static HRESULT connect_session(ICscSession **session)
{
    ICscService *service;
    HRESULT hr;

    if (FAILED(hr = unmarshal_service(&service))) return hr;
    hr = ICscService_Connect(service, CSC_WIRE_VERSION, GetCurrentProcessId(), session);
    ICscService_Release(service);
    return hr;
}

/* -- malformed things -- */

static unsigned int next_random(unsigned int *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

#define R(n) (next_random(seed) % (n))

static const WCHAR *random_path(unsigned int *seed, WCHAR *buffer, unsigned int room)
{
    static const WCHAR *const paths[] =
    {
        L"\\\\server\\hostile", L"\\\\server\\hostile\\dir", L"\\\\server\\hostile\\dir\\file", L"\\\\server\\hostile\\none",
        L"\\\\server\\hostile\\..\\..\\..\\..\\sentinel", L"\\\\server\\hostile\\dir/../../../sentinel",
        L"\\\\server\\..\\..\\sentinel", L"\\\\..\\..\\sentinel", L"\\\\server\\hostile\\.", L"\\\\server\\hostile\\...",
        L"\\\\?\\UNC\\server\\hostile\\..\\mine", L"\\\\?\\C:\\windows", L"C:\\windows\\CSC", L"", L"\\", L"\\\\", L"\\\\\\",
        L"\\\\server\\", L"\\\\server\\hostile\\a:b", L"\\\\server\\hostile\\con", L"\\\\server\\hostile\\*",
        L"\\\\server\\hostile\\a\x01" L"b", L"\\\\server\\hostile\\\xd800", L"\\\\server\\hostile\\\xdc00\xd800",
        L"\\\\server\\hostile\\dir\\", L"//server/hostile/dir", L"\\\\server\\hostile\\~csc", L"relative", L"/etc/passwd"
    };
    unsigned int i, length;

    switch (R(8))
    {
    case 0:
        length = R(room - 1);
        for (i = 0; i < length; i++) buffer[i] = R(4) ? 'a' + R(26) : 1 + R(0xfffe);
        buffer[length] = 0;
        return buffer;
    case 1:
        lstrcpyW(buffer, L"\\\\server\\hostile");
        for (i = lstrlenW(buffer); i + 3 < room; i += 2) { buffer[i] = '\\'; buffer[i + 1] = R(3) ? 'd' : '.'; }
        buffer[i] = 0;
        return buffer;
    default:
        return paths[R(ARRAYSIZE(paths))];
    }
}

static DWORD random_flags(unsigned int *seed)
{
    switch (R(4))
    {
    case 0: return 0;
    case 1: return 1u << R(32);
    case 2: return R(0x100000);
    default: return next_random(seed) << 8 | R(256);
    }
}

static ULONGLONG random_handle(unsigned int *seed, const ULONGLONG *held)
{
    ULONGLONG handle = held[R(HELD)];

    switch (R(6))
    {
    case 0: return (ULONGLONG)next_random(seed) << 32 | next_random(seed);
    case 1: return handle + ((ULONGLONG)1 << 32);
    case 2: return handle ^ (1 + R(64));
    default: return handle;
    }
}

/* Answers, nearly right or not at all. */
static DWORD random_replies(unsigned int *seed, BYTE *data, DWORD room)
{
    DWORD size = 0, i;

    while (R(4) && size + 64 <= room)
    {
        struct csc_wire_reply reply = { .size = 32, .response = R(10), .token = R(300), .name_length = R(3) ? 0 : R(8) };

        memset(data + size, R(2) ? 0 : 'x', 64);
        if (!R(6)) reply.size = next_random(seed);
        if (!R(8)) reply.name_length = next_random(seed);
        if (!R(3)) reply.more = R(2) ? R(8) : next_random(seed);
        if (!R(8)) reply.size = 0;
        memcpy(data + size, &reply, sizeof(reply));
        size += 32;
    }
    if (!R(3)) for (i = 0; i < 1 + R(64); i++) data[R(room)] = R(256);
    return R(5) ? size : R(room);
}

/* -- one thread -- */

struct worker
{
    unsigned int seed;
    DWORD until, calls;
    BOOL lost;              /* the service went away: that must not happen */
};

static void call_something(ICscSession *session, unsigned int *seed, ULONGLONG *held, HRESULT *result)
{
    static WCHAR buffers[THREADS][2][40000];
    static LONG counter;
    static __thread unsigned int mine;
    WCHAR *buffer, *second;
    BYTE replies[512], *data = NULL;
    DWORD size = 0, a, b;
    ULONGLONG sizes[5], handle = 0;
    CSC_TOTALS totals;
    WCHAR *text = NULL;
    BOOL flag, other_flag;
    HRESULT hr;

    if (!mine) mine = InterlockedIncrement(&counter);
    buffer = buffers[(mine - 1) % THREADS][0];
    second = buffers[(mine - 1) % THREADS][1];
    switch (R(19))
    {
    case 0: case 1:
        hr = ICscSession_FindItem(session, random_path(seed, buffer, R(3) ? 300 : 39000), random_flags(seed),
                                  R(2) ? 0 : R(sizeof(replies)), replies, &size, &data);
        break;
    case 2:
        hr = ICscSession_EnumOpen(session, R(6) ? random_path(seed, buffer, 300) : NULL, R(2) ? 0 : random_flags(seed),
                                  R(4), 0, NULL, &handle);
        if (SUCCEEDED(hr)) held[R(HELD)] = handle;
        break;
    case 3:
        hr = ICscSession_EnumNext(session, random_handle(seed, held), R(2) ? 0 : random_flags(seed), &size, &data);
        break;
    case 4:
        hr = ICscSession_EnumClose(session, random_handle(seed, held));
        break;
    case 5: case 6:
    {
        CSC_OPERATION operation = { .kind = R(8), .flags = random_flags(seed), .ask = R(8), .deep = R(3) };
        const WCHAR *paths[40];
        DWORD count = R(40);

        if (R(2)) operation.flags = R(2) ? 3 : 0x10;
        for (a = 0; a < count; a++) paths[a] = R(20) ? random_path(seed, buffer, 300) : NULL;
        hr = ICscSession_StartOperation(session, &operation, count, paths, &handle);
        if (SUCCEEDED(hr)) held[R(HELD)] = handle;
        break;
    }
    case 7: case 8: case 9:
        a = random_replies(seed, replies, sizeof(replies));
        hr = ICscSession_PullEvents(session, random_handle(seed, held), R(50) ? R(10) : INFINITE, a, replies, &totals, &size,
                                    &data);
        break;
    case 10:
        hr = ICscSession_CancelOperation(session, random_handle(seed, held));
        break;
    case 11:
        hr = ICscSession_CloseOperation(session, random_handle(seed, held));
        break;
    case 12:
        hr = R(2) ? ICscSession_GoOffline(session, random_path(seed, buffer, 300), R(3), &flag)
                  : ICscSession_SuspendRoot(session, random_path(seed, buffer, 300), R(3));
        break;
    case 13:
        hr = ICscSession_GetConnectState(session, random_path(seed, buffer, 39000), &a, &b);
        break;
    case 14:
        hr = R(2) ? ICscSession_GetLocation(session, &text)
                  : ICscSession_GetDiskSpace(session, &sizes[0], &sizes[1], &sizes[2], &sizes[3], &sizes[4]);
        CoTaskMemFree(text);
        break;
    case 15:
        hr = ICscSession_IsPathCacheable(session, random_path(seed, buffer, 39000), &flag, &a);
        break;
    case 16:
        /* nothing that could be mapped */
        random_path(seed, second, 300);
        hr = R(2) ? ICscSession_MapShare(session, R(2) ? L"\\\\server\\hostile\\dir" : L"\\\\..\\..", L"/tmp", R(3))
                  : ICscSession_MapShare(session, L"\\\\server\\new", R(2) ? L"/no/such/place" : L"/proc/../etc", R(3));
        if (SUCCEEDED(hr)) failed("MapShare", hr);
        if (SUCCEEDED(ICscSession_UnmapShare(session, L"\\\\server\\..\\mine", R(8)))) failed("UnmapShare", hr);
        break;
    case 17:
        hr = R(2) ? ICscSession_GetShares(session, &size, &data)
                  : ICscSession_GetConflicts(session, R(4) ? random_path(seed, buffer, 300) : NULL, &size, &data);
        if (SUCCEEDED(hr) && !R(2))
        {
            CoTaskMemFree(data);
            data = NULL;
            hr = ICscSession_GetLog(session, R(4) ? random_path(seed, buffer, 300) : NULL, R(2) ? ~(ULONGLONG)0 : R(1000),
                                    random_flags(seed), R(1000), random_flags(seed), &size, &data);
        }
        break;
    default:
        if (!R(4))
        {
            if (!R(3)) hr = ICscSession_ApplyPolicies(session);
            else if (R(2)) hr = ICscSession_GetEncryptionStatus(session, &flag, &other_flag);
            else
                hr = ICscSession_RenameItem(session, random_path(seed, buffer, 40000), random_path(seed, second, 40000),
                                            random_flags(seed));
        }
        else if (!R(3))
        {
            hr = ICscSession_Subscribe(session, next_random(seed), random_flags(seed),
                                       R(2) ? random_path(seed, buffer, 300) : NULL, &handle);
            if (SUCCEEDED(hr)) held[R(HELD)] = handle;
        }
        else if (R(2)) hr = ICscSession_PullNews(session, random_handle(seed, held), R(10), &size, &data);
        else hr = ICscSession_Unsubscribe(session, random_handle(seed, held));
        break;
    }
    CoTaskMemFree(data);
    *result = hr;
}

static BOOL is_gone(HRESULT hr)
{
    return hr == E32(RPC_S_SERVER_UNAVAILABLE) || hr == E32(RPC_S_CALL_FAILED) || hr == E32(RPC_S_CALL_FAILED_DNE)
           || hr == RPC_E_DISCONNECTED || hr == RPC_E_SERVERFAULT;
}

static DWORD WINAPI fuzz_thread(void *arg)
{
    struct worker *worker = arg;
    unsigned int *seed = &worker->seed;
    ULONGLONG held[HELD] = { 0 };
    ICscSession *session = NULL;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    while ((LONG)(worker->until - GetTickCount()) > 0)
    {
        if (!session && FAILED(hr = connect_session(&session)))
        {
            failed("Connect", hr);
            worker->lost = TRUE;
            break;
        }
        call_something(session, seed, held, &hr);
        worker->calls++;
        if (is_gone(hr))
        {
            failed("the service is gone", hr);
            worker->lost = TRUE;
            break;
        }
        if (!R(500))
        {
            ICscSession_Release(session);
            session = NULL;
        }
    }
    if (session) ICscSession_Release(session);
    CoUninitialize();
    return 0;
}

static void fuzz(unsigned int seed, unsigned int seconds)
{
    struct worker workers[THREADS];
    HANDLE threads[THREADS];
    DWORD calls = 0;
    int i;

    for (i = 0; i < THREADS; i++)
    {
        workers[i] = (struct worker){ .seed = seed * 1000 + i, .until = GetTickCount() + seconds * 1000 };
        threads[i] = CreateThread(NULL, 0, fuzz_thread, &workers[i], 0, NULL);
    }
    for (i = 0; i < THREADS; i++)
    {
        if (WaitForSingleObject(threads[i], (seconds + 60) * 1000)) failed("a call does not return", E_FAIL);
        calls += workers[i].calls;
    }
    printf("%lu calls\n", calls);
}

/* -- taking all there is -- */

static void flood(void)
{
    static ICscSession *sessions[64];
    static ULONGLONG handles[5000];
    const CSC_OPERATION operation = { .kind = CSC_OP_SYNC, .flags = 0x3 };
    const WCHAR *path = L"\\\\server\\hostile";
    const HRESULT full = E32(ERROR_NO_SYSTEM_RESOURCES);
    unsigned int count, i;
    HRESULT hr = S_OK;

    for (count = 0; count < ARRAYSIZE(sessions) && SUCCEEDED(hr = connect_session(&sessions[count])); count++) ;
    printf("%u sessions\n", count);
    if (hr != full) failed("too many sessions", hr);
    if (!count) return;
    for (i = 1; i < count; i++) ICscSession_Release(sessions[i]);

    for (count = 0; count < ARRAYSIZE(handles); count++)
        if (FAILED(hr = ICscSession_StartOperation(sessions[0], &operation, 1, &path, &handles[count]))) break;
    printf("%u operations\n", count);
    if (hr != full) failed("too many operations", hr);
    for (i = 0; i < count; i++)
        if (FAILED(hr = ICscSession_CloseOperation(sessions[0], handles[i]))) failed("CloseOperation", hr);

    for (count = 0; count < ARRAYSIZE(handles); count++)
        if (FAILED(hr = ICscSession_EnumOpen(sessions[0], NULL, 0, 0, 0, NULL, &handles[count]))) break;
    printf("%u enumerations\n", count);
    if (hr != full) failed("too many enumerations", hr);
    for (i = 0; i < count; i++)
        if (FAILED(hr = ICscSession_EnumClose(sessions[0], handles[i]))) failed("EnumClose", hr);
    /* and there is room again */
    if (FAILED(hr = ICscSession_EnumOpen(sessions[0], NULL, 0, 0, 0, NULL, &handles[0]))) failed("EnumOpen afterwards", hr);
    ICscSession_Release(sessions[0]);
}

/* -- keeping others out -- */

static WCHAR way_in[64];
static DWORD server;            /* the process there */

/* Where Wine's RPC listens for an object: it follows from the identifier of its apartment in the reference. */
static BOOL find_way_in(void)
{
    BYTE data[1024];
    DWORD size = sizeof(data);
    ULONGLONG oxid;

    if (RegGetValueW(HKEY_LOCAL_MACHINE, CSC_SESSION_KEY, CSC_SESSION_VALUE, RRF_RT_REG_BINARY | RRF_SUBKEY_WOW6464KEY,
                     NULL, data, &size) || size < 40)
        return FALSE;
    memcpy(&oxid, data + 32, sizeof(oxid));
    wsprintfW(way_in, L"\\\\.\\pipe\\lrpc\\\\pipe\\OLE_%08x%08x", (UINT)(oxid >> 32), (UINT)oxid);
    server = oxid >> 32;
    return WaitNamedPipeW(way_in, 5000);
}

static LONG connections;
static BOOL hold;

/* What is left of a client that is killed in the instant in which it connects; or of one that does nothing more. */
static DWORD WINAPI connect_and_go(void *until)
{
    HANDLE pipe;

    while ((LONG)(*(DWORD *)until - GetTickCount()) > 0)
    {
        pipe = CreateFileW(way_in, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
        if (pipe == INVALID_HANDLE_VALUE)
        {
            WaitNamedPipeW(way_in, 50);
            continue;
        }
        if (!hold) CloseHandle(pipe);
        if (InterlockedIncrement(&connections) >= 2000 && hold) break;
    }
    return 0;
}

static void lock_out(DWORD seconds)
{
    DWORD end = GetTickCount() + seconds * 1000, until = hold ? end - seconds * 500 : end;
    HANDLE threads[THREADS];
    int i;

    if (!find_way_in())
    {
        printf("this Wine has another way in\n");
        return;
    }
    for (i = 0; i < THREADS; i++) threads[i] = CreateThread(NULL, 0, connect_and_go, &until, 0, NULL);
    WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE);
    while ((LONG)(end - GetTickCount()) > 0) Sleep(100);
    printf("%ld connections\n", connections);
}

/* Closes in the service what is its pipe and waits for a client: nothing that is left could be mended. */
static void break_way_in(void)
{
    FILE_PIPE_LOCAL_INFORMATION info;
    ULONG_PTR number;
    IO_STATUS_BLOCK io;
    HANDLE process, copy, self = GetCurrentProcess();
    unsigned int closed = 0;

    if (!find_way_in() || !(process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, server)))
    {
        printf("this Wine has another way in\n");
        return;
    }
    for (number = 4; number < 0x4000; number += 4)
    {
        if (!DuplicateHandle(process, (HANDLE)number, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS)) continue;
        if (GetFileType(copy) == FILE_TYPE_PIPE &&
            !NtQueryInformationFile(copy, &io, &info, sizeof(info), FilePipeLocalInformation) &&
            info.NamedPipeEnd == 1 && info.NamedPipeState == 2)
        {
            CloseHandle(copy);
            if (!DuplicateHandle(process, (HANDLE)number, self, &copy, 0, FALSE,
                                 DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE))
                continue;
            closed++;
        }
        CloseHandle(copy);
    }
    printf("%s, %u pipes closed\n", closed ? "nobody gets in" : "others get in", closed);
}

/* Nothing inside the service mends that. */
static void suspend_listener(void)
{
    HRESULT (WINAPI *get_description)(HANDLE, WCHAR **);
    THREADENTRY32 entry = { .dwSize = sizeof(entry) };
    HANDLE snapshot, thread, pipe;
    unsigned int suspended = 0;
    WCHAR *name;

    get_description = (void *)GetProcAddress(LoadLibraryW(L"kernelbase.dll"), "GetThreadDescription");
    snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    if (!find_way_in() || !get_description || snapshot == INVALID_HANDLE_VALUE || !Thread32First(snapshot, &entry))
    {
        printf("this Wine has another way in\n");
        return;
    }
    do
    {
        if (entry.th32OwnerProcessID != server || !(thread = OpenThread(THREAD_ALL_ACCESS, FALSE, entry.th32ThreadID)))
            continue;
        if (SUCCEEDED(get_description(thread, &name)))
        {
            if (!lstrcmpW(name, L"wine_rpcrt4_server") && SuspendThread(thread) != (DWORD)-1) suspended++;
            LocalFree(name);
        }
        CloseHandle(thread);
    }
    while (Thread32Next(snapshot, &entry));
    /* takes what is there; there is no other one after that */
    pipe = CreateFileW(way_in, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    printf("%s, %u threads suspended\n", WaitNamedPipeW(way_in, 500) ? "others get in" : "nobody gets in", suspended);
    if (pipe != INVALID_HANDLE_VALUE) CloseHandle(pipe);
}

/* -- being somebody else -- */

static void claim_pid(DWORD pid)
{
    ICscSession *session = NULL;
    ICscService *service;
    HRESULT hr;

    if (FAILED(hr = unmarshal_service(&service)))
    {
        failed("the way to the service", hr);
        return;
    }
    hr = ICscService_Connect(service, CSC_WIRE_VERSION, pid, &session);
    if (hr != E_ACCESSDENIED || session) failed("Connect as another process", hr);
    ICscService_Release(service);
}

static void expect_denied(const char *what, HRESULT hr)
{
    if (hr != E_ACCESSDENIED) failed(what, hr);
}

static void without_rights(void)
{
    CSC_OPERATION operation = { .kind = CSC_OP_DELETE, .flags = 0x80000000 };
    const WCHAR *path = L"\\\\server\\hostile";
    DWORD (WINAPI *enable)(BOOL, BOOL *);
    ULONGLONG handle;
    ICscSession *session;
    BYTE *data = NULL;
    HKEY key;
    DWORD size = 0, error;
    LSTATUS status;
    BOOL reboot;
    HRESULT hr;

    if (FAILED(hr = connect_session(&session)))
    {
        failed("Connect", hr);
        return;
    }
    hr = ICscSession_FindItem(session, path, 0, 0, NULL, &size, &data);
    if (FAILED(hr)) failed("FindItem", hr);
    CoTaskMemFree(data);
    data = NULL;
    expect_denied("FindItem with ADMIN", ICscSession_FindItem(session, path, 0x80000000, 0, NULL, &size, &data));
    expect_denied("EnumOpen with ADMIN", ICscSession_EnumOpen(session, NULL, 0x80000000, 0, 0, NULL, &handle));
    expect_denied("deletion with ADMIN", ICscSession_StartOperation(session, &operation, 1, &path, &handle));
    expect_denied("SetDiskSpaceLimits", ICscSession_SetDiskSpaceLimits(session, 1, 1));
    expect_denied("MapShare", ICscSession_MapShare(session, L"\\\\server\\new", L"/tmp", 0));
    expect_denied("UnmapShare", ICscSession_UnmapShare(session, path, CSC_UNMAP_DISCARD_CHANGES));
    expect_denied("RenameItem at the next start", ICscSession_RenameItem(session, L"\\\\server\\hostile\\dir",
                                                                         L"\\\\server\\hostile\\other", TRUE));
    /* what asks for none: it fails because there is nothing */
    hr = ICscSession_RenameItem(session, L"\\\\server\\hostile\\none", L"\\\\server\\hostile\\other", FALSE);
    if (SUCCEEDED(hr) || hr == E_ACCESSDENIED) failed("RenameItem", hr);
    if (FAILED(hr = ICscSession_ApplyPolicies(session))) failed("ApplyPolicies", hr);
    ICscSession_Release(session);

    enable = (void *)GetProcAddress(LoadLibraryW(L"cscapi.dll"), "OfflineFilesEnable");
    if (!enable) failed("OfflineFilesEnable is not there", E_FAIL);
    else if ((error = enable(FALSE, &reboot)) != ERROR_ACCESS_DENIED) failed("OfflineFilesEnable", error);

    /* the way to the service can be read, not replaced */
    status = RegOpenKeyExW(HKEY_LOCAL_MACHINE, CSC_SESSION_KEY, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, &key);
    if (!status) RegCloseKey(key);
    printf("the reference to the service %s by everybody\n", status ? "cannot be replaced" : "can be replaced");
}

/* Runs "hostile unprivileged child" with the administrators' group for denials only. */
static void run_restricted(void)
{
    SID_IDENTIFIER_AUTHORITY authority = { SECURITY_NT_AUTHORITY };
    STARTUPINFOW startup = { .cb = sizeof(startup) };
    WCHAR command[MAX_PATH + 64], self[MAX_PATH];
    PROCESS_INFORMATION process;
    SID_AND_ATTRIBUTES admins = { 0 };
    HANDLE token, restricted;
    DWORD code = 99;

    AllocateAndInitializeSid(&authority, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0,
                             &admins.Sid);
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token) ||
        !CreateRestrictedToken(token, 0, 1, &admins, 0, NULL, 0, NULL, &restricted))
    {
        failed("CreateRestrictedToken", E32(GetLastError()));
        return;
    }
    GetModuleFileNameW(NULL, self, MAX_PATH);
    wsprintfW(command, L"\"%s\" unprivileged child", self);
    if (!CreateProcessAsUserW(restricted, NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
    {
        failed("CreateProcessAsUser", E32(GetLastError()));
        return;
    }
    if (WaitForSingleObject(process.hProcess, 60000)) failed("the other process does not end", E_FAIL);
    GetExitCodeProcess(process.hProcess, &code);
    if (code) failed("the other process", code);
}

int main(int argc, char **argv)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (argc == 4 && !strcmp(argv[1], "fuzz")) fuzz(atoi(argv[2]), atoi(argv[3]));
    else if (argc == 2 && !strcmp(argv[1], "flood")) flood();
    else if (argc == 3 && !strcmp(argv[1], "pid")) claim_pid(strtoul(argv[2], NULL, 0));
    else if (argc == 3 && !strcmp(argv[1], "lock-out")) lock_out(atoi(argv[2]));
    else if (argc == 3 && !strcmp(argv[1], "hold"))
    {
        hold = TRUE;
        lock_out(atoi(argv[2]));
    }
    else if (argc == 2 && !strcmp(argv[1], "break")) break_way_in();
    else if (argc == 2 && !strcmp(argv[1], "suspend")) suspend_listener();
    else if (argc == 2 && !strcmp(argv[1], "unprivileged")) run_restricted();
    else if (argc == 3 && !strcmp(argv[1], "unprivileged")) without_rights();
    else failed("no such command", E_INVALIDARG);
    CoUninitialize();
    return failures ? 1 : 0;
}
