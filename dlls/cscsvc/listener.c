/*
 * Service for Offline Files: whether new clients still get in
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Wine's RPC listens on one instance of a named pipe.  A client that opens the pipe and is gone again before RPC asks for
 * a connection leaves that instance closing: RPC does not get it to listen, and does not replace it, so that nobody gets
 * in any more while those that are connected are served.  Such an instance only has to be disconnected, and RPC to look
 * at it again.  When that does not help, or RPC has stopped altogether, only a new process does.
 *
 * A program can do that again and again.  So a thread looks often, and ever more often the more there is to mend; who
 * waits for an instance gets one as soon as there is one.  RPC has a thread for each connection, too, and no end to them:
 * what one process has beyond a bound is disconnected.
 */

#include "cscsvc_private.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

/* From one look to the next, ms: as long as all is well, and right after something was mended. */
#define LOOK_INTERVAL       250
#define LOOK_INTERVAL_AFTER   5
/* Nobody listens for so long, ms, usually and right after something was mended: something is wrong.  A service that gets
 * new clients listens in between. */
#define PATIENCE            100
#define PATIENCE_AFTER       20
/* For so long nobody listened, ms, though it was mended so many times: this process can't change it. */
#define GIVE_UP            6000
#define MENDS                 3
/* How often that is told at most, ms. */
#define TELL_INTERVAL      5000
/* How long a stop waits for the thread, ms. */
#define STOP_TIMEOUT      10000
/* How long RPC may take to look at its endpoint, ms. */
#define RPC_TIMEOUT 5000

/* Handles are numbered from 4 in steps of 4, the lowest free number first; so many free ones in a row are the end. */
#define HANDLE_STEP    4
#define FREE_IN_A_ROW 4096

/* Connections of one process; each has two handles in the service.  A process with as many sinks of events as it may have,
 * and an operation on each of some threads, needs 100. */
#define MAX_PROCESS_CONNECTIONS  256
/* With fewer handles than this nobody can have too many; and how often they are counted when there are more, ms. */
#define FEW_HANDLES    (2 * MAX_PROCESS_CONNECTIONS)
#define COUNT_INTERVAL          1000
#define MAX_PROCESSES           1024

/* FILE_PIPE_LOCAL_INFORMATION */
#define PIPE_CONNECTED  3
#define PIPE_CLOSING    4
#define PIPE_SERVER     1

/* [MS-DCOM] §2.2.18: the signature, a standard reference, and where it has the identifier of the apartment */
#define OBJREF_SIGNATURE 0x574f454d
#define OBJREF_STANDARD           1
#define OXID_OFFSET              32

static WCHAR endpoint[40];              /* as RPC knows it */
static WCHAR pipe[64];                  /* the same as a path */
static BOOL known;
static HANDLE watcher, stop_watching, lost_event;

/* Whether an instance of the pipe listens, or does so within the time. */
static BOOL listens(DWORD patience)
{
    if (WaitNamedPipeW(pipe, patience)) return TRUE;
    /* no such pipe is told at once */
    if (GetLastError() != ERROR_SEM_TIMEOUT) Sleep(patience);
    return FALSE;
}

void listener_published(const void *objref, DWORD size)
{
    const BYTE *bytes = objref;
    DWORD head[2];
    UINT64 oxid;

    known = FALSE;
    if (size < OXID_OFFSET + sizeof(oxid)) return;
    memcpy(head, bytes, sizeof(head));
    if (head[0] != OBJREF_SIGNATURE || head[1] != OBJREF_STANDARD) return;
    memcpy(&oxid, bytes + OXID_OFFSET, sizeof(oxid));
    wsprintfW(endpoint, L"\\pipe\\OLE_%08x%08x", (UINT)(oxid >> 32), (UINT)oxid);
    lstrcpyW(pipe, L"\\\\.\\pipe\\lrpc\\");
    lstrcatW(pipe, endpoint);
    /* it is there even when somebody has kept others out already */
    known = WaitNamedPipeW(pipe, PATIENCE) || GetLastError() == ERROR_SEM_TIMEOUT;
    if (!known) WARN("another RPC than expected: %s does not listen, nobody watches it\n", debugstr_w(pipe));
}

/* What RPC's pipe can be asked for by a handle of this process, the caller's own: nobody else closes it.
 * Returns PIPE_*, 0: it is no instance of that pipe. */
static ULONG instance_state(HANDLE handle)
{
    union
    {
        FILE_PIPE_LOCAL_INFORMATION state;
        FILE_NAME_INFORMATION       name;
        BYTE                        bytes[sizeof(FILE_NAME_INFORMATION) + sizeof(pipe)];
    } info;
    UINT length = lstrlenW(endpoint), found;
    IO_STATUS_BLOCK io;
    ULONG state;

    if (GetFileType(handle) != FILE_TYPE_PIPE) return 0;
    if (NtQueryInformationFile(handle, &io, &info, sizeof(info.state), FilePipeLocalInformation)) return 0;
    if (info.state.NamedPipeEnd != PIPE_SERVER) return 0;
    state = info.state.NamedPipeState;
    if (NtQueryInformationFile(handle, &io, &info, sizeof(info), FileNameInformation)) return 0;
    found = info.name.FileNameLength / sizeof(WCHAR);
    return found >= length && !_wcsnicmp(info.name.FileName + found - length, endpoint, length) ? state : 0;
}

/* Calls back with a copy of each handle of this process that is an instance of RPC's pipe. */
static void for_each_instance(void (*found)(HANDLE instance, ULONG state, void *context), void *context)
{
    HANDLE self = GetCurrentProcess(), copy;
    ULONG_PTR number = 0, unused = 0;
    ULONG state;

    while (unused < FREE_IN_A_ROW)
    {
        number += HANDLE_STEP;
        /* the number may come to stand for something else at any moment, the copy does not */
        if (!DuplicateHandle(self, (HANDLE)number, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS))
        {
            unused++;
            continue;
        }
        unused = 0;
        if ((state = instance_state(copy))) found(copy, state, context);
        CloseHandle(copy);
    }
}

/* One whose client is gone: the one that RPC does not get to listen, or perhaps one whose thread has not noticed it yet,
 * which it does then. */
static void disconnect_closing(HANDLE instance, ULONG state, void *context)
{
    if (state == PIPE_CLOSING) DisconnectNamedPipe(instance);
}

/* ---- not more than a bound for one process ---- */

struct census
{
    unsigned int processes, disconnected;
    struct { ULONG pid, connections; } process[MAX_PROCESSES];
};

static void count_connection(HANDLE instance, ULONG state, void *context)
{
    struct census *census = context;
    unsigned int i;
    ULONG pid;

    if (state != PIPE_CONNECTED || !GetNamedPipeClientProcessId(instance, &pid)) return;
    for (i = 0; i < census->processes && census->process[i].pid != pid; i++) ;
    if (i == census->processes)
    {
        if (i == MAX_PROCESSES) return;
        census->processes++;
        census->process[i].pid = pid;
    }
    if (++census->process[i].connections <= MAX_PROCESS_CONNECTIONS) return;
    if (census->process[i].connections == MAX_PROCESS_CONNECTIONS + 1)
        WARN("process %#lx has more than %u connections\n", pid, MAX_PROCESS_CONNECTIONS);
    if (DisconnectNamedPipe(instance)) census->disconnected++;
}

/* A new handle gets the lowest free number: as many are in use, at least.  (Wine does not tell their number.) */
static BOOL has_many_handles(void)
{
    HANDLE probe = CreateEventW(NULL, FALSE, FALSE, NULL);
    BOOL many = !probe || (ULONG_PTR)probe / HANDLE_STEP > FEW_HANDLES;

    if (probe) CloseHandle(probe);
    return many;
}

/* TRUE: somebody had too many; meanwhile he may have more. */
static BOOL bound_connections(void)
{
    struct census *census;
    BOOL found;

    if (!has_many_handles() || !(census = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*census)))) return FALSE;
    for_each_instance(count_connection, census);
    if ((found = census->disconnected != 0)) WARN("%u connections ended\n", census->disconnected);
    HeapFree(GetProcessHeap(), 0, census);
    return found;
}

/* ---- mending ---- */

/* It has the endpoint already; so all it does is to have its thread look at it, or to start a thread when there is none. */
static DWORD WINAPI wake_rpc(void *arg)
{
    WCHAR protocol[] = L"ncalrpc";
    RPC_STATUS status = RpcServerUseProtseqEpW(protocol, RPC_C_PROTSEQ_MAX_REQS_DEFAULT, endpoint, NULL);

    if (status) WARN("the endpoint can't be used again: %ld\n", status);
    return status;
}

/* FALSE: RPC itself hangs. */
static BOOL mend(void)
{
    HANDLE thread;
    DWORD waited;

    for_each_instance(disconnect_closing, NULL);
    if (!(thread = CreateThread(NULL, 0, wake_rpc, NULL, 0, NULL))) return FALSE;
    waited = WaitForSingleObject(thread, RPC_TIMEOUT);
    CloseHandle(thread);
    return !waited;
}

/* One that goes while it connects can keep others out again and again. */
static void tell_mended(void)
{
    static ULONGLONG last;
    ULONGLONG now = GetTickCount64();

    if (last && now - last < TELL_INTERVAL) return;
    last = now;
    ERR("new clients were kept out by one that went while it connected; they get in again\n");
}

static DWORD WINAPI watch(void *arg)
{
    ULONGLONG silent_since = 0, counted = 0, now;
    DWORD pause = LOOK_INTERVAL;
    unsigned int mends = 0;

    while (WaitForSingleObject(stop_watching, pause) == WAIT_TIMEOUT)
    {
        now = GetTickCount64();
        if (now - counted >= COUNT_INTERVAL)
        {
            counted = bound_connections() ? 0 : now;
        }
        if (listens(pause == LOOK_INTERVAL ? PATIENCE : PATIENCE_AFTER))
        {
            if (mends) tell_mended();
            silent_since = mends = 0;
            pause = min(pause * 2, LOOK_INTERVAL);
            continue;
        }
        if (!silent_since) silent_since = now;
        pause = LOOK_INTERVAL_AFTER;
        if (mend() && (++mends < MENDS || GetTickCount64() - silent_since < GIVE_UP)) continue;
        if (listens(PATIENCE)) continue;
        ERR("no new client gets in, and this process can't change it: it ends, the next client starts another\n");
        SetEvent(lost_event);
        break;
    }
    return 0;
}

HRESULT listener_start(HANDLE lost)
{
    HRESULT hr = S_OK;

    if (!known) return S_OK;
    lost_event = lost;
    if (!(stop_watching = CreateEventW(NULL, TRUE, FALSE, NULL))) return HRESULT_FROM_WIN32(GetLastError());
    if ((watcher = CreateThread(NULL, 0, watch, NULL, 0, NULL))) return S_OK;
    hr = HRESULT_FROM_WIN32(GetLastError());
    CloseHandle(stop_watching);
    stop_watching = NULL;
    return hr;
}

void listener_stop(void)
{
    if (!watcher) return;
    SetEvent(stop_watching);
    if (WaitForSingleObject(watcher, STOP_TIMEOUT)) WARN("the thread is still busy\n");
    else CloseHandle(stop_watching);
    CloseHandle(watcher);
    watcher = stop_watching = NULL;
}
