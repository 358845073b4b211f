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
 */

#include "cscsvc_private.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

/* How many times in a row nobody may listen, each time for so long (ms): a busy service listens in between. */
#define LOOKS          3
#define LOOK_TIME   1000
#define MENDS          3
/* How long RPC may take to look at its endpoint, ms. */
#define RPC_TIMEOUT 5000

/* Handles are numbered from 4 in steps of 4, the lowest free number first; so many free ones in a row are the end. */
#define HANDLE_STEP    4
#define FREE_IN_A_ROW 4096

/* FILE_PIPE_LOCAL_INFORMATION */
#define PIPE_CLOSING    4
#define PIPE_SERVER     1

/* [MS-DCOM] §2.2.18: the signature, a standard reference, and where it has the identifier of the apartment */
#define OBJREF_SIGNATURE 0x574f454d
#define OBJREF_STANDARD           1
#define OXID_OFFSET              32

static WCHAR endpoint[40];              /* as RPC knows it */
static WCHAR pipe[64];                  /* the same as a path */
static BOOL watching;

/* Whether an instance of the pipe listened within the time. */
static BOOL listens(void)
{
    return WaitNamedPipeW(pipe, LOOK_TIME);
}

void listener_published(const void *objref, DWORD size)
{
    const BYTE *bytes = objref;
    DWORD head[2];
    UINT64 oxid;

    watching = FALSE;
    if (size < OXID_OFFSET + sizeof(oxid)) return;
    memcpy(head, bytes, sizeof(head));
    if (head[0] != OBJREF_SIGNATURE || head[1] != OBJREF_STANDARD) return;
    memcpy(&oxid, bytes + OXID_OFFSET, sizeof(oxid));
    wsprintfW(endpoint, L"\\pipe\\OLE_%08x%08x", (UINT)(oxid >> 32), (UINT)oxid);
    lstrcpyW(pipe, L"\\\\.\\pipe\\lrpc\\");
    lstrcatW(pipe, endpoint);
    /* it is there even when somebody has kept others out already */
    watching = listens() || GetLastError() == ERROR_SEM_TIMEOUT;
    if (!watching) WARN("another RPC than expected: %s does not listen, nobody watches it\n", debugstr_w(pipe));
}

/* The handle is one of this process, and its own: nobody else closes it. */
static BOOL is_closing_instance(HANDLE handle)
{
    union
    {
        FILE_PIPE_LOCAL_INFORMATION state;
        FILE_NAME_INFORMATION       name;
        BYTE                        bytes[sizeof(FILE_NAME_INFORMATION) + sizeof(pipe)];
    } info;
    UINT length = lstrlenW(endpoint), found;
    IO_STATUS_BLOCK io;

    if (GetFileType(handle) != FILE_TYPE_PIPE) return FALSE;
    if (NtQueryInformationFile(handle, &io, &info, sizeof(info.state), FilePipeLocalInformation)) return FALSE;
    if (info.state.NamedPipeEnd != PIPE_SERVER || info.state.NamedPipeState != PIPE_CLOSING) return FALSE;
    if (NtQueryInformationFile(handle, &io, &info, sizeof(info), FileNameInformation)) return FALSE;
    found = info.name.FileNameLength / sizeof(WCHAR);
    return found >= length && !_wcsnicmp(info.name.FileName + found - length, endpoint, length);
}

/* Disconnects the instances whose clients are gone: the one that RPC does not get to listen, and perhaps some whose threads
 * have not noticed it yet, which they do then. */
static void disconnect_closing_instances(void)
{
    HANDLE self = GetCurrentProcess(), copy;
    ULONG_PTR number = 0, unused = 0;

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
        if (is_closing_instance(copy))
        {
            TRACE("disconnecting %p\n", (void *)number);
            DisconnectNamedPipe(copy);
        }
        CloseHandle(copy);
    }
}

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

    disconnect_closing_instances();
    if (!(thread = CreateThread(NULL, 0, wake_rpc, NULL, 0, NULL))) return FALSE;
    waited = WaitForSingleObject(thread, RPC_TIMEOUT);
    CloseHandle(thread);
    return !waited;
}

BOOL listener_keep(void)
{
    unsigned int i;

    if (!watching) return TRUE;
    for (i = 0; i < LOOKS; i++)
    {
        if (listens()) return TRUE;
        /* no such pipe is told at once */
        if (GetLastError() != ERROR_SEM_TIMEOUT) Sleep(LOOK_TIME);
    }
    for (i = 0; i < MENDS && mend(); i++)
        if (listens())
        {
            ERR("new clients were kept out by one that went while it connected; they get in again\n");
            return TRUE;
        }
    ERR("no new client gets in, and this process can't change it: it ends, the next client starts another\n");
    return FALSE;
}
