/*
 * Service for Offline Files: all sessions, and the death of the processes they belong to
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Wine's DCOM never notices that a client died, so its objects would stay for ever.  Each session
 * therefore waits on a handle of its client; one thread, the reaper, clears up after the dead.
 */

#include "cscsvc_private.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

#define MAX_SESSIONS 1024
/* Of one process; cscobj.dll takes one, and another one after it lost that. */
#define MAX_PROCESS_SESSIONS 16

/* A proxy that was on its way to a client when it died holds its session once more; such ones are
 * disconnected again after this time, ms. */
#define REAP_AGAIN 5000

static SRWLOCK sessions_lock = SRWLOCK_INIT;
static struct session *sessions;
static ULONG session_count;
static ULONGLONG last_id;

static HANDLE reaper, reaper_event;
static BOOL reaper_stop;

/* On a thread of the pool.  The session may be gone already, its id never comes back. */
static void CALLBACK client_died(void *context, BOOLEAN timeout)
{
    ULONGLONG id = (ULONG_PTR)context;
    struct session *session;

    AcquireSRWLockExclusive(&sessions_lock);
    for (session = sessions; session; session = session->next)
        if (session->id == id) session->dead = TRUE;
    ReleaseSRWLockExclusive(&sessions_lock);
    SetEvent(reaper_event);
}

/* The first dead session after the one with the given id, with a reference. */
static struct session *next_dead(ULONGLONG after)
{
    struct session *session, *found = NULL;

    AcquireSRWLockShared(&sessions_lock);
    for (session = sessions; session; session = session->next)
        if (session->dead && session->id > after && (!found || session->id < found->id)) found = session;
    if (found && !session_try_addref(found)) found = NULL;
    ReleaseSRWLockShared(&sessions_lock);
    return found;
}

static BOOL any_dead(void)
{
    struct session *session;

    AcquireSRWLockShared(&sessions_lock);
    for (session = sessions; session && !session->dead; session = session->next) ;
    ReleaseSRWLockShared(&sessions_lock);
    return session != NULL;
}

static void reap(void)
{
    struct session *session;
    ULONGLONG id = 0;

    while ((session = next_dead(id)))
    {
        id = session->id;
        TRACE("process %#lx died, its session ends\n", session->pid);
        session_close(session);
        /* Drops what the client's proxies held. */
        CoDisconnectObject((IUnknown *)&session->ICscSession_iface, 0);
        ICscSession_Release(&session->ICscSession_iface);
    }
}

static DWORD WINAPI reaper_proc(void *arg)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);

    if (FAILED(hr))
    {
        ERR("no apartment: %#lx\n", hr);
        return 1;
    }
    while (!reaper_stop)
    {
        reap();
        WaitForSingleObject(reaper_event, any_dead() ? REAP_AGAIN : INFINITE);
    }
    CoUninitialize();
    return 0;
}

HRESULT sessions_start(void)
{
    reaper_stop = FALSE;
    if (!(reaper_event = CreateEventW(NULL, FALSE, FALSE, NULL)))
        return HRESULT_FROM_WIN32(GetLastError());
    if (!(reaper = CreateThread(NULL, 0, reaper_proc, NULL, 0, NULL)))
    {
        HRESULT hr = HRESULT_FROM_WIN32(GetLastError());
        CloseHandle(reaper_event);
        reaper_event = NULL;
        return hr;
    }
    return S_OK;
}

/* The event stays: a wait that is just ending may still set it. */
void sessions_stop(void)
{
    if (!reaper) return;
    reaper_stop = TRUE;
    SetEvent(reaper_event);
    if (WaitForSingleObject(reaper, 5000)) WARN("the reaper is still busy\n");
    CloseHandle(reaper);
    reaper = NULL;
}

HRESULT sessions_add(struct session *session)
{
    struct session *other;
    ULONG same = 0;
    HRESULT hr = S_OK;

    if (!(session->process = OpenProcess(SYNCHRONIZE, FALSE, session->pid)))
    {
        WARN("process %#lx can't be opened: %lu\n", session->pid, GetLastError());
        return E_INVALIDARG;
    }

    AcquireSRWLockExclusive(&sessions_lock);
    for (other = sessions; other; other = other->next)
        if (other->pid == session->pid && !other->dead) same++;
    if (session_count >= MAX_SESSIONS || same >= MAX_PROCESS_SESSIONS) hr = HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES);
    else
    {
        session->id = ++last_id;
        session->prev = NULL;
        session->next = sessions;
        if (sessions) sessions->prev = session;
        sessions = session;
        session_count++;
    }
    ReleaseSRWLockExclusive(&sessions_lock);
    if (FAILED(hr))
    {
        CloseHandle(session->process);
        return hr;
    }

    if (!RegisterWaitForSingleObject(&session->wait, session->process, client_died,
                                     (void *)(ULONG_PTR)session->id, INFINITE, WT_EXECUTEONLYONCE))
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        session->wait = NULL;
        sessions_remove(session);
    }
    return hr;
}

void sessions_remove(struct session *session)
{
    AcquireSRWLockExclusive(&sessions_lock);
    if (session->prev) session->prev->next = session->next;
    else sessions = session->next;
    if (session->next) session->next->prev = session->prev;
    session_count--;
    ReleaseSRWLockExclusive(&sessions_lock);

    /* Waits for the callback, which takes the lock but never gets here. */
    if (session->wait) UnregisterWaitEx(session->wait, INVALID_HANDLE_VALUE);
    CloseHandle(session->process);
}

void sessions_cancel_all(void)
{
    struct session *session;

    AcquireSRWLockShared(&sessions_lock);
    for (session = sessions; session; session = session->next) handles_cancel_all(&session->handles);
    ReleaseSRWLockShared(&sessions_lock);
}

void sessions_close_all(void)
{
    struct session *session;

    /* One after the other, because the last reference of one may go, and then it needs the lock. */
    for (;;)
    {
        AcquireSRWLockShared(&sessions_lock);
        for (session = sessions; session; session = session->next)
            if (!session->handles.closed && session_try_addref(session)) break;
        ReleaseSRWLockShared(&sessions_lock);
        if (!session) return;
        session_close(session);
        ICscSession_Release(&session->ICscSession_iface);
    }
}
