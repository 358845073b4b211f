/*
 * A sink of published events: its filters, its subscription, the thread that serves it
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each sink has a subscription of its own in the service and a thread of its own here, so that one that hangs holds
 * up nobody else.  The thread pulls events and hands them, a batch at a time, to a relay in the apartment that the sink
 * came from; that calls the sink.  Nobody waits for anybody: a sink may unadvise itself in a callback.
 * [behaviour.md §2.23, §2.24]; Q5, Q100-Q102
 */

#include "cscobj_private.h"
#include "olectl.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <string.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

#define PULL_TIMEOUT   5000  /* ms */
#define RECONNECT_MIN   250  /* ms between attempts to reach a service that went away */
#define RECONNECT_MAX  8000

#define BIT(event) ((ULONGLONG)1 << OFFLINEFILES_EVENT_##event)

/* What came with each version of the interface; the first has all that is not named here. */
#define EVENTS_OF_2 (BIT(BACKGROUNDSYNCBEGIN) | BIT(BACKGROUNDSYNCEND) | BIT(ITEMRECONNECTBEGIN) | BIT(ITEMRECONNECTEND) | \
                     BIT(CACHEEVICTBEGIN) | BIT(CACHEEVICTEND) | BIT(POLICYCHANGEDETECTED) | \
                     BIT(PREFERENCECHANGEDETECTED) | BIT(SETTINGSCHANGESAPPLIED))
#define EVENTS_OF_3 (BIT(TRANSPARENTCACHEITEMNOTIFY) | BIT(PREFETCHFILEBEGIN) | BIT(PREFETCHFILEEND))
#define EVENTS_OF_4 (BIT(PREFETCHCLOSEHANDLEBEGIN) | BIT(PREFETCHCLOSEHANDLEEND))
#define EVENTS_OF_1 ((((ULONGLONG)1 << OFFLINEFILES_NUM_EVENTS) - 1) & ~(EVENTS_OF_2 | EVENTS_OF_3 | EVENTS_OF_4))

struct sink
{
    ICscNewsRelay ICscNewsRelay_iface;
    LONG refs;

    /* never change */
    ULONGLONG events;
    DWORD match;
    LPWSTR path;                    /* NULL: no path filter; CoTaskMemAlloc */
    DWORD apartment;                /* COINIT_* for the thread */
    BOOL remote;                    /* the sink is a proxy */
    HANDLE stop;                    /* set when it was unadvised */

    SRWLOCK lock;                   /* what follows */
    IOfflineFilesEvents4 *object;   /* in its newest version, which may be an older one; NULL: let go of */
    ULONGLONG handle;               /* of the subscription, in the session with this number; 0: none */
    LONG generation;
};

static inline struct sink *impl_from_ICscNewsRelay(ICscNewsRelay *iface)
{
    return CONTAINING_RECORD(iface, struct sink, ICscNewsRelay_iface);
}

/* ---- the relay: in the apartment of the sink ---- */

static HRESULT WINAPI relay_QueryInterface(ICscNewsRelay *iface, REFIID iid, void **obj)
{
    if (!obj) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_ICscNewsRelay))
    {
        ICscNewsRelay_AddRef(iface);
        *obj = iface;
        return S_OK;
    }
    *obj = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI relay_AddRef(ICscNewsRelay *iface)
{
    return InterlockedIncrement(&impl_from_ICscNewsRelay(iface)->refs);
}

static ULONG WINAPI relay_Release(ICscNewsRelay *iface)
{
    struct sink *sink = impl_from_ICscNewsRelay(iface);
    ULONG refs = InterlockedDecrement(&sink->refs);

    if (!refs)
    {
        CoTaskMemFree(sink->path);
        CloseHandle(sink->stop);
        free(sink);
        module_release();
    }
    return refs;
}

IUnknown *sink_object(struct sink *sink)
{
    IUnknown *object;

    AcquireSRWLockShared(&sink->lock);
    if ((object = (IUnknown *)sink->object)) IUnknown_AddRef(object);
    ReleaseSRWLockShared(&sink->lock);
    return object;
}

static BOOL is_advised(struct sink *sink)
{
    BOOL advised;

    AcquireSRWLockShared(&sink->lock);
    advised = sink->object != NULL;
    ReleaseSRWLockShared(&sink->lock);
    return advised;
}

static const WCHAR *old_path(const struct csc_wire_news *news)
{
    return (const WCHAR *)news->strings + news->path_length + 1;
}

/* Events that are reserved, or cannot arise here (docs/decisions.md), have no line. */
static HRESULT call_sink(IOfflineFilesEvents4 *object, const struct csc_wire_news *news)
{
    const WCHAR *path = (const WCHAR *)news->strings;
    FILETIME time = { (DWORD)news->time, (DWORD)(news->time >> 32) };
    const OFFLINEFILES_ITEM_TYPE type = news->item_type;
    const OFFLINEFILES_SYNC_STATE state = news->detail;
    GUID id;

    memcpy(&id, news->sync_id, sizeof(id));
    switch (news->event)
    {
    case OFFLINEFILES_EVENT_SYNCBEGIN: return IOfflineFilesEvents4_SyncBegin(object, &id);
    case OFFLINEFILES_EVENT_SYNCFILERESULT: return IOfflineFilesEvents4_SyncFileResult(object, &id, path, news->status);
    case OFFLINEFILES_EVENT_SYNCCONFLICTRECADDED: return IOfflineFilesEvents4_SyncConflictRecAdded(object, path, &time, state);
    case OFFLINEFILES_EVENT_SYNCCONFLICTRECUPDATED:
        return IOfflineFilesEvents4_SyncConflictRecUpdated(object, path, &time, state);
    case OFFLINEFILES_EVENT_SYNCCONFLICTRECREMOVED:
        return IOfflineFilesEvents4_SyncConflictRecRemoved(object, path, &time, state);
    case OFFLINEFILES_EVENT_SYNCEND: return IOfflineFilesEvents4_SyncEnd(object, &id, news->status);
    case OFFLINEFILES_EVENT_BACKGROUNDSYNCBEGIN: return IOfflineFilesEvents4_BackgroundSyncBegin(object, news->detail);
    case OFFLINEFILES_EVENT_BACKGROUNDSYNCEND: return IOfflineFilesEvents4_BackgroundSyncEnd(object, news->detail);
    case OFFLINEFILES_EVENT_NETTRANSPORTARRIVED: return IOfflineFilesEvents4_NetTransportArrived(object);
    case OFFLINEFILES_EVENT_NONETTRANSPORTS: return IOfflineFilesEvents4_NoNetTransports(object);
    case OFFLINEFILES_EVENT_ITEMDISCONNECTED: return IOfflineFilesEvents4_ItemDisconnected(object, path, type);
    case OFFLINEFILES_EVENT_ITEMRECONNECTED: return IOfflineFilesEvents4_ItemReconnected(object, path, type);
    case OFFLINEFILES_EVENT_ITEMAVAILABLEOFFLINE: return IOfflineFilesEvents4_ItemAvailableOffline(object, path, type);
    case OFFLINEFILES_EVENT_ITEMNOTAVAILABLEOFFLINE: return IOfflineFilesEvents4_ItemNotAvailableOffline(object, path, type);
    case OFFLINEFILES_EVENT_ITEMPINNED: return IOfflineFilesEvents4_ItemPinned(object, path, type);
    case OFFLINEFILES_EVENT_ITEMNOTPINNED: return IOfflineFilesEvents4_ItemNotPinned(object, path, type);
    case OFFLINEFILES_EVENT_ITEMMODIFIED:
        return IOfflineFilesEvents4_ItemModified(object, path, type, !!(news->detail & CSC_NEWS_MODIFIED_DATA),
                                                 !!(news->detail & CSC_NEWS_MODIFIED_ATTRIBUTES));
    case OFFLINEFILES_EVENT_ITEMADDEDTOCACHE: return IOfflineFilesEvents4_ItemAddedToCache(object, path, type);
    case OFFLINEFILES_EVENT_ITEMDELETEDFROMCACHE: return IOfflineFilesEvents4_ItemDeletedFromCache(object, path, type);
    case OFFLINEFILES_EVENT_ITEMRENAMED: return IOfflineFilesEvents4_ItemRenamed(object, old_path(news), path, type);
    case OFFLINEFILES_EVENT_DATALOST: return IOfflineFilesEvents4_DataLost(object);
    case OFFLINEFILES_EVENT_PING: return IOfflineFilesEvents4_Ping(object);
    case OFFLINEFILES_EVENT_ITEMRECONNECTBEGIN: return IOfflineFilesEvents4_ItemReconnectBegin(object);
    case OFFLINEFILES_EVENT_ITEMRECONNECTEND: return IOfflineFilesEvents4_ItemReconnectEnd(object);
    case OFFLINEFILES_EVENT_POLICYCHANGEDETECTED: return IOfflineFilesEvents4_PolicyChangeDetected(object);
    case OFFLINEFILES_EVENT_PREFERENCECHANGEDETECTED: return IOfflineFilesEvents4_PreferenceChangeDetected(object);
    case OFFLINEFILES_EVENT_SETTINGSCHANGESAPPLIED: return IOfflineFilesEvents4_SettingsChangesApplied(object);
    case OFFLINEFILES_EVENT_PREFETCHFILEBEGIN: return IOfflineFilesEvents4_PrefetchFileBegin(object, path);
    case OFFLINEFILES_EVENT_PREFETCHFILEEND: return IOfflineFilesEvents4_PrefetchFileEnd(object, path, news->status);
    default:
        WARN("event %u has no method\n", news->event);
        return S_OK;
    }
}

static HRESULT WINAPI relay_Deliver(ICscNewsRelay *iface, DWORD size, BYTE *data)
{
    struct sink *sink = impl_from_ICscNewsRelay(iface);
    const struct csc_wire_news *news;
    IOfflineFilesEvents4 *object;
    DWORD offset;
    HRESULT hr;

    for (offset = 0; offset < size; offset += news->size)
    {
        if (!(news = wire_news_at(data, size, offset))) return S_OK;
        /* It may have been unadvised by the last call. */
        if (!(object = (IOfflineFilesEvents4 *)sink_object(sink))) return S_FALSE;
        /* What the sink returns does not count [behaviour.md §2.23], only that it can be reached. */
        hr = call_sink(object, news);
        IOfflineFilesEvents4_Release(object);
        if (sink->remote && FAILED(hr) && is_disconnect(hr)) return hr;
    }
    return S_OK;
}

static HRESULT WINAPI relay_Drop(ICscNewsRelay *iface)
{
    struct sink *sink = impl_from_ICscNewsRelay(iface);
    IOfflineFilesEvents4 *object;

    AcquireSRWLockExclusive(&sink->lock);
    object = sink->object;
    sink->object = NULL;
    ReleaseSRWLockExclusive(&sink->lock);
    if (object) IOfflineFilesEvents4_Release(object);
    return S_OK;
}

static const ICscNewsRelayVtbl relay_vtbl =
{
    relay_QueryInterface,
    relay_AddRef,
    relay_Release,
    relay_Deliver,
    relay_Drop
};

/* ---- the subscription ---- */

static HRESULT subscribe(struct sink *sink, struct csc_link **link, ULONGLONG *handle)
{
    struct csc_call call = { 0 };
    HRESULT hr;

    *link = NULL;
    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = ICscSession_Subscribe(call.link->session, sink->events, sink->match, sink->path, handle);
    while (call_again(&call, hr));
    if (FAILED(hr)) call_end(&call);
    else *link = call.link;
    return hr;
}

/* In the apartment of the caller; the service may be gone. */
static void unsubscribe(LONG generation, ULONGLONG handle)
{
    struct csc_link *link;

    if (!handle || FAILED(link_acquire_generation(generation, &link))) return;
    ICscSession_Unsubscribe(link->session, handle);
    link_release(link);
}

/* Keeps a new subscription, unless the sink was unadvised meanwhile. */
static BOOL keep_subscription(struct sink *sink, struct csc_link *link, ULONGLONG handle)
{
    BOOL advised;

    AcquireSRWLockExclusive(&sink->lock);
    if ((advised = sink->object != NULL))
    {
        sink->handle = handle;
        sink->generation = link->generation;
    }
    ReleaseSRWLockExclusive(&sink->lock);
    return advised;
}

/* ---- the thread ---- */

/* Lives until the thread set ready. */
struct sink_start
{
    struct sink *sink;
    IStream *relay;         /* marshalled */
    HANDLE ready;
    HRESULT hr;             /* out: whether the thread took over */
};

/* What was missed while there was no subscription. */
static HRESULT tell_gap(ICscNewsRelay *relay)
{
    UINT64 buffer[(sizeof(struct csc_wire_news) + 2 * sizeof(WCHAR) + 7) / 8] = { 0 };
    struct csc_wire_news *news = (struct csc_wire_news *)buffer;

    news->size = sizeof(buffer);
    news->event = OFFLINEFILES_EVENT_DATALOST;
    return ICscNewsRelay_Deliver(relay, sizeof(buffer), (BYTE *)buffer);
}

/* Subscribes again after the service went away.  One that was stopped is not started again for this. */
static HRESULT resubscribe(struct sink *sink, ICscNewsRelay *relay, struct csc_link **link)
{
    ULONGLONG handle;
    HRESULT hr;

    if (service_is_stopped()) return HRESULT_FROM_WIN32(ERROR_SERVICE_NOT_ACTIVE);
    if (FAILED(hr = subscribe(sink, link, &handle))) return hr;
    TRACE("%p: subscribed again\n", sink);
    if (!keep_subscription(sink, *link, handle)) ICscSession_Unsubscribe((*link)->session, handle);
    else tell_gap(relay);
    return S_OK;
}

/* Whether a delivery failed because the sink, or its apartment, is not there any more. */
static BOOL is_gone(HRESULT hr)
{
    return FAILED(hr) && hr != RPC_E_SERVERCALL_RETRYLATER && hr != RPC_E_SERVERCALL_REJECTED &&
           hr != RPC_E_CALL_REJECTED && hr != E_OUTOFMEMORY;
}

/* Serves the sink until it is unadvised; FALSE: it is lost. */
static BOOL serve(struct sink *sink, ICscNewsRelay *relay, struct csc_link *link)
{
    DWORD pause = RECONNECT_MIN, size;
    HRESULT hr, delivered;
    BYTE *data;

    while (is_advised(sink))
    {
        if (!link)
        {
            if (SUCCEEDED(hr = resubscribe(sink, relay, &link)))
            {
                pause = RECONNECT_MIN;
                continue;
            }
            wait_in_apartment(sink->stop, pause);
            pause = min(pause * 2, RECONNECT_MAX);
            continue;
        }
        size = 0;
        data = NULL;
        hr = ICscSession_PullNews(link->session, sink->handle, PULL_TIMEOUT, &size, &data);
        if (SUCCEEDED(hr))
        {
            delivered = S_OK;
            if (size && wire_news_sound(data, size)) delivered = ICscNewsRelay_Deliver(relay, size, data);
            CoTaskMemFree(data);
            if (is_gone(delivered))
            {
                WARN("%p: the sink cannot be reached, %#lx\n", sink, delivered);
                link_release(link);
                return FALSE;
            }
            continue;
        }
        TRACE("%p: pulling gave %#lx\n", sink, hr);
        if (is_disconnect(hr)) link_forget(link, TRUE);
        link_release(link);
        link = NULL;
        if (hr == HRESULT_FROM_WIN32(ERROR_SEM_TIMEOUT)) return FALSE;
    }
    link_release(link);
    return TRUE;
}

static DWORD sink_thread(void *context)
{
    struct sink_start *start = context;
    struct sink *sink = start->sink;
    ICscNewsRelay *relay = NULL;
    struct csc_link *link;
    LONG generation;
    ULONGLONG handle;
    HRESULT hr, init;

    hr = init = CoInitializeEx(NULL, sink->apartment);
    if (SUCCEEDED(hr))
    {
        hr = CoGetInterfaceAndReleaseStream(start->relay, &IID_ICscNewsRelay, (void **)&relay);
        start->relay = NULL;
    }
    if (SUCCEEDED(hr)) InterlockedIncrement(&sink->refs);
    start->hr = hr;
    SetEvent(start->ready); /* start is gone from here on */

    if (SUCCEEDED(hr))
    {
        AcquireSRWLockShared(&sink->lock);
        generation = sink->generation;
        ReleaseSRWLockShared(&sink->lock);
        if (FAILED(link_acquire_generation(generation, &link))) link = NULL;
        if (!serve(sink, relay, link))
        {
            AcquireSRWLockShared(&sink->lock);
            generation = sink->generation;
            handle = sink->handle;
            ReleaseSRWLockShared(&sink->lock);
            unsubscribe(generation, handle);
            ICscNewsRelay_Drop(relay);
        }
        ICscNewsRelay_Release(relay);
        ICscNewsRelay_Release(&sink->ICscNewsRelay_iface);
    }
    if (SUCCEEDED(init)) CoUninitialize();
    return 0;
}

static HRESULT start_thread(struct sink *sink)
{
    struct sink_start start = { .sink = sink };
    HRESULT hr;

    if (!(start.ready = CreateEventW(NULL, TRUE, FALSE, NULL))) return HRESULT_FROM_WIN32(GetLastError());
    hr = CoMarshalInterThreadInterfaceInStream(&IID_ICscNewsRelay, (IUnknown *)&sink->ICscNewsRelay_iface, &start.relay);
    if (SUCCEEDED(hr) && SUCCEEDED(hr = module_start_thread(sink_thread, &start)))
    {
        wait_in_apartment(start.ready, INFINITE);
        hr = start.hr;
    }
    release_marshalled(start.relay);
    CloseHandle(start.ready);
    return hr;
}

/* ---- coming and going ---- */

/* The newest version that the object has, and the events that it knows. */
static HRESULT query_newest(IUnknown *unk, REFIID iid, IOfflineFilesEvents4 **object, ULONGLONG *events)
{
    static const struct { const IID *iid; ULONGLONG events; } versions[] =
    {
        { &IID_IOfflineFilesEvents4, EVENTS_OF_1 | EVENTS_OF_2 | EVENTS_OF_3 | EVENTS_OF_4 },
        { &IID_IOfflineFilesEvents3, EVENTS_OF_1 | EVENTS_OF_2 | EVENTS_OF_3 },
        { &IID_IOfflineFilesEvents2, EVENTS_OF_1 | EVENTS_OF_2 },
        { &IID_IOfflineFilesEvents, EVENTS_OF_1 }
    };
    unsigned int i;
    IUnknown *asked;

    *object = NULL;
    if (FAILED(IUnknown_QueryInterface(unk, iid, (void **)&asked)) || !asked) return CONNECT_E_CANNOTCONNECT;
    for (i = 0; i < ARRAYSIZE(versions) && !*object; i++)
    {
        *events = versions[i].events;
        if (IsEqualIID(iid, versions[i].iid))
        {
            *object = (IOfflineFilesEvents4 *)asked;
            return S_OK;
        }
        if (FAILED(IUnknown_QueryInterface(unk, versions[i].iid, (void **)object))) *object = NULL;
    }
    IUnknown_Release(asked);
    return *object ? S_OK : CONNECT_E_CANNOTCONNECT;
}

typedef HRESULT (STDMETHODCALLTYPE *get_events)(IOfflineFilesEventsFilter *filter, ULONG count, OFFLINEFILES_EVENTS *list,
                                                ULONG *got);

/* *has FALSE: there is no such list. */
static HRESULT read_list(IOfflineFilesEventsFilter *filter, get_events get, BOOL *has, ULONGLONG *events)
{
    OFFLINEFILES_EVENTS list[OFFLINEFILES_NUM_EVENTS] = { 0 };
    ULONG count = 0, i;
    HRESULT hr;

    *has = FALSE;
    *events = 0;
    if ((hr = get(filter, ARRAYSIZE(list), list, &count)) == E_NOTIMPL) return S_OK;
    if (FAILED(hr)) return hr;
    if (count > ARRAYSIZE(list)) return E_INVALIDARG;
    for (i = 0; i < count; i++)
        if ((ULONG)list[i] < OFFLINEFILES_NUM_EVENTS) *events |= (ULONGLONG)1 << list[i];
    *has = TRUE;
    return S_OK;
}

/* Asks the sink for its filters, once (Q102). */
static HRESULT read_event_filters(struct sink *sink)
{
    OFFLINEFILES_PATHFILTER_MATCH match = OFFLINEFILES_PATHFILTER_SELF;
    IOfflineFilesEventsFilter *filter;
    ULONGLONG included, excluded;
    BOOL has_included, has_excluded;
    LPWSTR path = NULL;
    HRESULT hr;

    if (FAILED(IOfflineFilesEvents4_QueryInterface(sink->object, &IID_IOfflineFilesEventsFilter, (void **)&filter)))
        return S_OK;
    hr = IOfflineFilesEventsFilter_GetPathFilter(filter, &path, &match);
    if (hr == E_NOTIMPL) hr = S_OK;
    else if (SUCCEEDED(hr))
    {
        if (!path || !path[0]) hr = E_INVALIDARG;
        sink->path = path;
        sink->match = match;
    }
    if (SUCCEEDED(hr)) hr = read_list(filter, filter->lpVtbl->GetIncludedEvents, &has_included, &included);
    if (SUCCEEDED(hr)) hr = read_list(filter, filter->lpVtbl->GetExcludedEvents, &has_excluded, &excluded);
    if (SUCCEEDED(hr))
    {
        if (has_included) sink->events &= included;
        if (has_excluded) sink->events &= ~excluded;
        TRACE("%p: events %s, path %s, match %lu\n", sink, wine_dbgstr_longlong(sink->events), debugstr_w(sink->path),
              sink->match);
    }
    IOfflineFilesEventsFilter_Release(filter);
    return hr;
}

HRESULT sink_create(IUnknown *unk, REFIID iid, struct sink **ret)
{
    struct csc_link *link;
    struct sink *sink;
    ULONGLONG handle;
    DWORD thread;
    HRESULT hr;

    *ret = NULL;
    if (!(sink = calloc(1, sizeof(*sink)))) return E_OUTOFMEMORY;
    if (!(sink->stop = CreateEventW(NULL, TRUE, FALSE, NULL)))
    {
        free(sink);
        return HRESULT_FROM_WIN32(GetLastError());
    }
    module_addref();
    sink->ICscNewsRelay_iface.lpVtbl = (ICscNewsRelayVtbl *)&relay_vtbl;
    sink->refs = 1;
    InitializeSRWLock(&sink->lock);
    sink->remote = is_proxy(unk);
    sink->apartment = COINIT_MULTITHREADED;
    if (SUCCEEDED(apartment_current(&thread)) && thread == GetCurrentThreadId())
        sink->apartment = COINIT_APARTMENTTHREADED;

    hr = query_newest(unk, iid, &sink->object, &sink->events);
    if (SUCCEEDED(hr)) hr = read_event_filters(sink);
    if (SUCCEEDED(hr))
    {
        hr = subscribe(sink, &link, &handle);
        if (hr == HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES)) hr = CONNECT_E_ADVISELIMIT;
    }
    if (SUCCEEDED(hr))
    {
        keep_subscription(sink, link, handle);
        hr = start_thread(sink);
        link_release(link);
    }
    if (FAILED(hr)) sink_unadvise(sink);
    else *ret = sink;
    return hr;
}

void sink_unadvise(struct sink *sink)
{
    ULONGLONG handle;
    LONG generation;

    ICscNewsRelay_Drop(&sink->ICscNewsRelay_iface);
    AcquireSRWLockExclusive(&sink->lock);
    handle = sink->handle;
    generation = sink->generation;
    sink->handle = 0;
    ReleaseSRWLockExclusive(&sink->lock);
    SetEvent(sink->stop);
    unsubscribe(generation, handle);
    ICscNewsRelay_Release(&sink->ICscNewsRelay_iface);
}
