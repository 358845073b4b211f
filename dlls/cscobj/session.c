/*
 * The session with the service, one per process, seen from every apartment
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <string.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

/* A proxy may be used in its own apartment only and dies with it.  So the session is kept as an OBJREF
 * (table marshalled: it can be unmarshalled any number of times, and it refers to the service itself,
 * not to the apartment that connected), and each apartment gets a proxy of its own, the link.  Objects
 * keep the link of the apartment that they live in, the list below only finds it again.  No lock is
 * held during a COM call: in a single-threaded apartment other calls may come in meanwhile. */

#define MAX_SESSION_OBJREF 2048
#define MAX_ATTEMPTS 3

static SRWLOCK session_lock = SRWLOCK_INIT;
static BYTE session_objref[MAX_SESSION_OBJREF];
static DWORD session_objref_size;       /* 0: not connected */
static LONG session_generation;         /* counts sessions; that of the current one */
static struct csc_link *links;

/* Enters a new link into the list; consumes session. */
static HRESULT link_create(DWORD thread, LONG generation, ICscSession *session, struct csc_link **ret)
{
    struct csc_link *link;
    HRESULT hr;

    if (!(link = malloc(sizeof(*link)))) hr = E_OUTOFMEMORY;
    else hr = apartment_watch(thread, &link->watch);
    if (FAILED(hr))
    {
        ICscSession_Release(session);
        free(link);
        return hr;
    }
    link->session = session;
    link->refs = 1;
    link->thread = thread;

    AcquireSRWLockExclusive(&session_lock);
    link->generation = generation == session_generation ? generation : 0;
    link->next = links;
    links = link;
    ReleaseSRWLockExclusive(&session_lock);

    *ret = link;
    return S_OK;
}

struct csc_link *link_addref(struct csc_link *link)
{
    if (link) InterlockedIncrement(&link->refs);
    return link;
}

void link_release(struct csc_link *link)
{
    struct csc_link **entry;
    LONG refs;

    if (!link) return;

    AcquireSRWLockExclusive(&session_lock);
    if (!(refs = InterlockedDecrement(&link->refs)))
    {
        for (entry = &links; *entry != link; entry = &(*entry)->next) ;
        *entry = link->next;
    }
    ReleaseSRWLockExclusive(&session_lock);

    if (!refs)
    {
        ICscSession_Release(link->session);
        apartment_unwatch(link->watch);
        free(link);
    }
}

void links_forget_apartment(DWORD thread)
{
    struct csc_link *link;

    AcquireSRWLockExclusive(&session_lock);
    for (link = links; link; link = link->next)
        if (link->thread == thread) link->generation = 0;
    ReleaseSRWLockExclusive(&session_lock);
}

void link_forget(struct csc_link *link, BOOL whole)
{
    AcquireSRWLockExclusive(&session_lock);
    if (whole && link->generation && link->generation == session_generation)
        session_objref_size = 0;
    link->generation = 0;
    ReleaseSRWLockExclusive(&session_lock);
}

void session_close(void)
{
    /* CoReleaseMarshalData of the reference in the OBJREF would be in order, but Wine can do that only
     * for objects of this process and complains.  The service drops the session with the process. */
    AcquireSRWLockExclusive(&session_lock);
    session_objref_size = 0;
    ReleaseSRWLockExclusive(&session_lock);
}

/* Finds the link of an apartment, or else the OBJREF of the session. */
static struct csc_link *find_link(DWORD thread, BYTE *objref, DWORD *size, LONG *generation)
{
    struct csc_link *link;

    AcquireSRWLockExclusive(&session_lock);
    *size = session_objref_size;
    *generation = session_generation;
    for (link = links; link; link = link->next)
        if (*size && link->thread == thread && link->generation == *generation) break;
    if (link) InterlockedIncrement(&link->refs);
    else memcpy(objref, session_objref, *size);
    ReleaseSRWLockExclusive(&session_lock);
    return link;
}

static HRESULT marshal_session(ICscSession *session, BYTE *objref, DWORD *size)
{
    LARGE_INTEGER start = {{ 0 }};
    IStream *stream;
    ULONG read = 0;
    HRESULT hr;

    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &stream))) return hr;
    hr = CoMarshalInterface(stream, &IID_ICscSession, (IUnknown *)session, MSHCTX_INPROC, NULL,
                            MSHLFLAGS_TABLESTRONG);
    if (SUCCEEDED(hr)) hr = IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    if (SUCCEEDED(hr)) hr = IStream_Read(stream, objref, MAX_SESSION_OBJREF, &read);
    IStream_Release(stream);
    if (SUCCEEDED(hr) && (!read || read == MAX_SESSION_OBJREF)) hr = E_UNEXPECTED;
    *size = read;
    return SUCCEEDED(hr) ? S_OK : hr;
}

static HRESULT unmarshal_session(const BYTE *objref, DWORD size, ICscSession **session)
{
    IStream *stream;
    HRESULT hr;

    if (FAILED(hr = stream_from_bytes(objref, size, &stream))) return hr;
    hr = CoUnmarshalInterface(stream, &IID_ICscSession, (void **)session);
    IStream_Release(stream);
    return hr;
}

HRESULT link_acquire(struct csc_link **ret)
{
    BYTE objref[MAX_SESSION_OBJREF];
    ULONGLONG busy = 0;
    ICscSession *session;
    LONG generation;
    DWORD thread, size;
    BOOL first;
    HRESULT hr;

    *ret = NULL;
    if (FAILED(hr = apartment_current(&thread))) return hr;
    for (;;)
    {
        if ((*ret = find_link(thread, objref, &size, &generation))) return S_OK;
        if (size)
        {
            if (SUCCEEDED(hr = unmarshal_session(objref, size, &session)))
                return link_create(thread, generation, session, ret);
            if (is_busy(hr) && busy_wait(&busy)) continue;
            TRACE("the session is lost, %#lx\n", hr);
            if (!is_disconnect(hr)) return hr;
            AcquireSRWLockExclusive(&session_lock);
            if (generation == session_generation) session_objref_size = 0;
            ReleaseSRWLockExclusive(&session_lock);
        }

        if (FAILED(hr = service_connect(&session))) return hr;
        if (FAILED(hr = marshal_session(session, objref, &size)))
        {
            ICscSession_Release(session);
            return hr;
        }

        /* When threads connect at the same time, all take the session of the first. */
        AcquireSRWLockExclusive(&session_lock);
        if ((first = !session_objref_size))
        {
            memcpy(session_objref, objref, size);
            session_objref_size = size;
            generation = ++session_generation;
        }
        ReleaseSRWLockExclusive(&session_lock);
        if (first) return link_create(thread, generation, session, ret);
        ICscSession_Release(session);
    }
}

HRESULT link_acquire_generation(LONG generation, struct csc_link **ret)
{
    HRESULT hr;

    if (FAILED(hr = link_acquire(ret))) return hr;
    if ((*ret)->generation == generation) return S_OK;
    link_release(*ret);
    *ret = NULL;
    return RPC_E_DISCONNECTED;
}

HRESULT call_begin(struct csc_call *call)
{
    return link_acquire(&call->link);
}

BOOL call_again(struct csc_call *call, HRESULT hr)
{
    if (!call->link) return FALSE;
    if (is_busy(hr))
    {
        if (!busy_wait(&call->busy_since)) return FALSE;
        call_end(call);
        return TRUE;
    }
    if (!is_disconnect(hr)) return FALSE;

    WARN("the service does not answer, %#lx\n", hr);
    /* At first it may be only that this apartment was left and entered again since the proxy was made;
     * but a call that failed half way has reached the service, and should not kill it a third time. */
    call->attempts++;
    if (hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED)) call->attempts = max(call->attempts + 1, MAX_ATTEMPTS - 1);
    link_forget(call->link, call->attempts > 1);
    if (call->attempts >= MAX_ATTEMPTS) return FALSE;
    call_end(call);
    return TRUE;
}

void call_end(struct csc_call *call)
{
    link_release(call->link);
    call->link = NULL;
}
