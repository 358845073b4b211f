/*
 * Connection points of the cache object
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One point for each version of the events interface.  The points are parts of the container and keep the cache
 * object alive; its last release ends the connections.  [behaviour.md §1.7]; Q100
 */

#include "cscobj_private.h"
#include "olectl.h"
#include "wine/debug.h"

#include <stdlib.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

static const IID *const point_iids[CONNECTION_POINTS] =
{
    &IID_IOfflineFilesEvents, &IID_IOfflineFilesEvents2, &IID_IOfflineFilesEvents3, &IID_IOfflineFilesEvents4
};

/* ---- enumerators: both hold what they return ---- */

/* IEnumConnectionPoints and IEnumConnections differ in what their elements are only. */
struct snapshot
{
    IUnknown **objects;
    DWORD *cookies;         /* NULL: of connection points */
    ULONG count;
    LONG refs;
};

struct enumerator
{
    union
    {
        IEnumConnectionPoints IEnumConnectionPoints_iface;
        IEnumConnections IEnumConnections_iface;
    } u;
    LONG refs;
    struct snapshot *snapshot;
    ULONG next;
};

static void snapshot_release(struct snapshot *snapshot)
{
    ULONG i;

    if (InterlockedDecrement(&snapshot->refs)) return;
    for (i = 0; i < snapshot->count; i++) IUnknown_Release(snapshot->objects[i]);
    free(snapshot->objects);
    free(snapshot->cookies);
    free(snapshot);
}

static HRESULT snapshot_create(ULONG capacity, BOOL cookies, struct snapshot **ret)
{
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

    *ret = snapshot;
    if (!snapshot) return E_OUTOFMEMORY;
    snapshot->refs = 1;
    snapshot->objects = calloc(capacity ? capacity : 1, sizeof(*snapshot->objects));
    if (cookies) snapshot->cookies = calloc(capacity ? capacity : 1, sizeof(*snapshot->cookies));
    if (snapshot->objects && (snapshot->cookies || !cookies)) return S_OK;
    snapshot_release(snapshot);
    *ret = NULL;
    return E_OUTOFMEMORY;
}

static HRESULT enumerator_create(struct snapshot *snapshot, ULONG next, struct enumerator **ret);

static HRESULT enumerator_query(struct enumerator *enumerator, REFIID iid, void **obj)
{
    if (!obj) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) ||
        IsEqualIID(iid, enumerator->snapshot->cookies ? &IID_IEnumConnections : &IID_IEnumConnectionPoints))
    {
        InterlockedIncrement(&enumerator->refs);
        *obj = &enumerator->u;
        return S_OK;
    }
    *obj = NULL;
    return E_NOINTERFACE;
}

static ULONG enumerator_release(struct enumerator *enumerator)
{
    ULONG refs = InterlockedDecrement(&enumerator->refs);

    if (!refs)
    {
        snapshot_release(enumerator->snapshot);
        free(enumerator);
        module_release();
    }
    return refs;
}

/* How many of count elements there are from here on, which is moved behind them; *from: the first. */
static ULONG enumerator_advance(struct enumerator *enumerator, ULONG count, ULONG *from)
{
    ULONG left = enumerator->snapshot->count - enumerator->next;

    *from = enumerator->next;
    count = min(count, left);
    enumerator->next += count;
    return count;
}

static HRESULT enumerator_skip(struct enumerator *enumerator, ULONG count)
{
    ULONG from;

    return enumerator_advance(enumerator, count, &from) == count ? S_OK : S_FALSE;
}

static HRESULT enumerator_clone(struct enumerator *enumerator, void **ret)
{
    struct enumerator *clone;
    HRESULT hr;

    if (!ret) return E_POINTER;
    *ret = NULL;
    InterlockedIncrement(&enumerator->snapshot->refs);
    if (SUCCEEDED(hr = enumerator_create(enumerator->snapshot, enumerator->next, &clone))) *ret = &clone->u;
    return hr;
}

static HRESULT WINAPI points_QueryInterface(IEnumConnectionPoints *iface, REFIID iid, void **obj)
{
    return enumerator_query((struct enumerator *)iface, iid, obj);
}

static ULONG WINAPI points_AddRef(IEnumConnectionPoints *iface)
{
    return InterlockedIncrement(&((struct enumerator *)iface)->refs);
}

static ULONG WINAPI points_Release(IEnumConnectionPoints *iface)
{
    return enumerator_release((struct enumerator *)iface);
}

static HRESULT WINAPI points_Next(IEnumConnectionPoints *iface, ULONG count, IConnectionPoint **points, ULONG *fetched)
{
    struct enumerator *enumerator = (struct enumerator *)iface;
    ULONG got, from, i;

    if (fetched) *fetched = 0;
    if (!points || (!fetched && count != 1)) return E_POINTER;
    got = enumerator_advance(enumerator, count, &from);
    for (i = 0; i < got; i++)
    {
        points[i] = (IConnectionPoint *)enumerator->snapshot->objects[from + i];
        IConnectionPoint_AddRef(points[i]);
    }
    if (fetched) *fetched = got;
    return got == count ? S_OK : S_FALSE;
}

static HRESULT WINAPI points_Skip(IEnumConnectionPoints *iface, ULONG count)
{
    return enumerator_skip((struct enumerator *)iface, count);
}

static HRESULT WINAPI points_Reset(IEnumConnectionPoints *iface)
{
    ((struct enumerator *)iface)->next = 0;
    return S_OK;
}

static HRESULT WINAPI points_Clone(IEnumConnectionPoints *iface, IEnumConnectionPoints **ret)
{
    return enumerator_clone((struct enumerator *)iface, (void **)ret);
}

static const IEnumConnectionPointsVtbl points_vtbl =
{
    points_QueryInterface,
    points_AddRef,
    points_Release,
    points_Next,
    points_Skip,
    points_Reset,
    points_Clone
};

static HRESULT WINAPI connections_QueryInterface(IEnumConnections *iface, REFIID iid, void **obj)
{
    return enumerator_query((struct enumerator *)iface, iid, obj);
}

static ULONG WINAPI connections_AddRef(IEnumConnections *iface)
{
    return InterlockedIncrement(&((struct enumerator *)iface)->refs);
}

static ULONG WINAPI connections_Release(IEnumConnections *iface)
{
    return enumerator_release((struct enumerator *)iface);
}

static HRESULT WINAPI connections_Next(IEnumConnections *iface, ULONG count, CONNECTDATA *data, ULONG *fetched)
{
    struct enumerator *enumerator = (struct enumerator *)iface;
    ULONG got, from, i;

    if (fetched) *fetched = 0;
    if (!data || (!fetched && count != 1)) return E_POINTER;
    got = enumerator_advance(enumerator, count, &from);
    for (i = 0; i < got; i++)
    {
        data[i].pUnk = enumerator->snapshot->objects[from + i];
        data[i].dwCookie = enumerator->snapshot->cookies[from + i];
        IUnknown_AddRef(data[i].pUnk);
    }
    if (fetched) *fetched = got;
    return got == count ? S_OK : S_FALSE;
}

static HRESULT WINAPI connections_Skip(IEnumConnections *iface, ULONG count)
{
    return enumerator_skip((struct enumerator *)iface, count);
}

static HRESULT WINAPI connections_Reset(IEnumConnections *iface)
{
    ((struct enumerator *)iface)->next = 0;
    return S_OK;
}

static HRESULT WINAPI connections_Clone(IEnumConnections *iface, IEnumConnections **ret)
{
    return enumerator_clone((struct enumerator *)iface, (void **)ret);
}

static const IEnumConnectionsVtbl connections_vtbl =
{
    connections_QueryInterface,
    connections_AddRef,
    connections_Release,
    connections_Next,
    connections_Skip,
    connections_Reset,
    connections_Clone
};

/* Takes the snapshot over, also when it fails. */
static HRESULT enumerator_create(struct snapshot *snapshot, ULONG next, struct enumerator **ret)
{
    struct enumerator *enumerator = calloc(1, sizeof(*enumerator));

    *ret = enumerator;
    if (!enumerator)
    {
        snapshot_release(snapshot);
        return E_OUTOFMEMORY;
    }
    module_addref();
    if (snapshot->cookies) enumerator->u.IEnumConnections_iface.lpVtbl = (IEnumConnectionsVtbl *)&connections_vtbl;
    else enumerator->u.IEnumConnectionPoints_iface.lpVtbl = (IEnumConnectionPointsVtbl *)&points_vtbl;
    enumerator->refs = 1;
    enumerator->snapshot = snapshot;
    enumerator->next = next;
    return S_OK;
}

/* ---- connections ---- */

struct connection
{
    struct connection *next;
    struct connection_point *point;
    DWORD cookie;
    struct sink *sink;
};

/* Those whose sinks were lost are not counted any more.  Gives them to *lost.  Locked. */
static void take_lost(struct connections *connections, struct connection **lost)
{
    struct connection **link = &connections->first, *connection;
    IUnknown *object;

    while ((connection = *link))
    {
        if ((object = sink_object(connection->sink)))
        {
            IUnknown_Release(object);
            link = &connection->next;
            continue;
        }
        *link = connection->next;
        connection->next = *lost;
        *lost = connection;
    }
}

static void end_all(struct connection *connection)
{
    struct connection *next;

    for (; connection; connection = next)
    {
        next = connection->next;
        sink_unadvise(connection->sink);
        free(connection);
    }
}

static void forget_lost(struct connections *connections)
{
    struct connection *lost = NULL;

    AcquireSRWLockExclusive(&connections->lock);
    take_lost(connections, &lost);
    ReleaseSRWLockExclusive(&connections->lock);
    end_all(lost);
}

/* ---- a point ---- */

static inline struct connection_point *impl_from_IConnectionPoint(IConnectionPoint *iface)
{
    return CONTAINING_RECORD(iface, struct connection_point, IConnectionPoint_iface);
}

static HRESULT WINAPI point_QueryInterface(IConnectionPoint *iface, REFIID iid, void **obj)
{
    TRACE("%p, iid %s, obj %p\n", iface, debugstr_guid(iid), obj);

    if (!obj) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IConnectionPoint))
    {
        IConnectionPoint_AddRef(iface);
        *obj = iface;
        return S_OK;
    }
    *obj = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI point_AddRef(IConnectionPoint *iface)
{
    return IUnknown_AddRef(impl_from_IConnectionPoint(iface)->connections->outer);
}

static ULONG WINAPI point_Release(IConnectionPoint *iface)
{
    return IUnknown_Release(impl_from_IConnectionPoint(iface)->connections->outer);
}

static HRESULT WINAPI point_GetConnectionInterface(IConnectionPoint *iface, IID *iid)
{
    struct connection_point *point = impl_from_IConnectionPoint(iface);

    TRACE("%p, iid %p\n", iface, iid);

    if (!iid) return E_POINTER;
    *iid = *point_iids[point - point->connections->points];
    return S_OK;
}

static HRESULT WINAPI point_GetConnectionPointContainer(IConnectionPoint *iface, IConnectionPointContainer **container)
{
    struct connections *connections = impl_from_IConnectionPoint(iface)->connections;

    TRACE("%p, container %p\n", iface, container);

    if (!container) return E_POINTER;
    *container = &connections->IConnectionPointContainer_iface;
    IConnectionPointContainer_AddRef(*container);
    return S_OK;
}

static HRESULT WINAPI point_Advise(IConnectionPoint *iface, IUnknown *unk, DWORD *cookie)
{
    struct connection_point *point = impl_from_IConnectionPoint(iface);
    struct connections *connections = point->connections;
    struct connection *connection;
    HRESULT hr;

    TRACE("%p, unk %p, cookie %p\n", iface, unk, cookie);

    if (cookie) *cookie = 0;
    if (!unk || !cookie) return E_POINTER;
    forget_lost(connections);
    if (!(connection = calloc(1, sizeof(*connection)))) return E_OUTOFMEMORY;
    if (FAILED(hr = sink_create(unk, point_iids[point - connections->points], &connection->sink)))
    {
        free(connection);
        return hr;
    }
    connection->point = point;
    AcquireSRWLockExclusive(&connections->lock);
    connection->cookie = *cookie = ++connections->last_cookie;
    connection->next = connections->first;
    connections->first = connection;
    ReleaseSRWLockExclusive(&connections->lock);
    return S_OK;
}

static HRESULT WINAPI point_Unadvise(IConnectionPoint *iface, DWORD cookie)
{
    struct connection_point *point = impl_from_IConnectionPoint(iface);
    struct connections *connections = point->connections;
    struct connection **link, *connection;

    TRACE("%p, cookie %lu\n", iface, cookie);

    forget_lost(connections);
    AcquireSRWLockExclusive(&connections->lock);
    for (link = &connections->first; (connection = *link); link = &connection->next)
        if (connection->cookie == cookie && connection->point == point) break;
    if (connection) *link = connection->next;
    ReleaseSRWLockExclusive(&connections->lock);
    if (!connection) return CONNECT_E_NOCONNECTION;
    connection->next = NULL;
    end_all(connection);
    return S_OK;
}

static HRESULT WINAPI point_EnumConnections(IConnectionPoint *iface, IEnumConnections **ret)
{
    struct connection_point *point = impl_from_IConnectionPoint(iface);
    struct connections *connections = point->connections;
    struct connection *connection;
    struct enumerator *enumerator;
    struct snapshot *snapshot;
    ULONG count = 0, i;
    HRESULT hr;

    TRACE("%p, ret %p\n", iface, ret);

    if (!ret) return E_POINTER;
    *ret = NULL;
    forget_lost(connections);
    AcquireSRWLockShared(&connections->lock);
    for (connection = connections->first; connection; connection = connection->next)
        if (connection->point == point) count++;
    if (SUCCEEDED(hr = snapshot_create(count, TRUE, &snapshot)))
    {
        /* the list has the latest first */
        for (connection = connections->first; connection; connection = connection->next)
        {
            if (connection->point != point) continue;
            if (!(snapshot->objects[snapshot->count] = sink_object(connection->sink))) continue;
            snapshot->cookies[snapshot->count++] = connection->cookie;
        }
        for (i = 0; i < snapshot->count / 2; i++)
        {
            ULONG other = snapshot->count - 1 - i;
            IUnknown *object = snapshot->objects[i];
            DWORD cookie = snapshot->cookies[i];

            snapshot->objects[i] = snapshot->objects[other];
            snapshot->cookies[i] = snapshot->cookies[other];
            snapshot->objects[other] = object;
            snapshot->cookies[other] = cookie;
        }
    }
    ReleaseSRWLockShared(&connections->lock);
    if (SUCCEEDED(hr)) hr = enumerator_create(snapshot, 0, &enumerator);
    if (SUCCEEDED(hr)) *ret = &enumerator->u.IEnumConnections_iface;
    return hr;
}

static const IConnectionPointVtbl point_vtbl =
{
    point_QueryInterface,
    point_AddRef,
    point_Release,
    point_GetConnectionInterface,
    point_GetConnectionPointContainer,
    point_Advise,
    point_Unadvise,
    point_EnumConnections
};

/* ---- the container ---- */

static inline struct connections *impl_from_IConnectionPointContainer(IConnectionPointContainer *iface)
{
    return CONTAINING_RECORD(iface, struct connections, IConnectionPointContainer_iface);
}

static HRESULT WINAPI container_QueryInterface(IConnectionPointContainer *iface, REFIID iid, void **obj)
{
    return IUnknown_QueryInterface(impl_from_IConnectionPointContainer(iface)->outer, iid, obj);
}

static ULONG WINAPI container_AddRef(IConnectionPointContainer *iface)
{
    return IUnknown_AddRef(impl_from_IConnectionPointContainer(iface)->outer);
}

static ULONG WINAPI container_Release(IConnectionPointContainer *iface)
{
    return IUnknown_Release(impl_from_IConnectionPointContainer(iface)->outer);
}

static HRESULT WINAPI container_EnumConnectionPoints(IConnectionPointContainer *iface, IEnumConnectionPoints **ret)
{
    struct connections *connections = impl_from_IConnectionPointContainer(iface);
    struct enumerator *enumerator;
    struct snapshot *snapshot;
    ULONG i;
    HRESULT hr;

    TRACE("%p, ret %p\n", iface, ret);

    if (!ret) return E_POINTER;
    *ret = NULL;
    if (FAILED(hr = snapshot_create(CONNECTION_POINTS, FALSE, &snapshot))) return hr;
    for (i = 0; i < CONNECTION_POINTS; i++)
    {
        snapshot->objects[i] = (IUnknown *)&connections->points[i].IConnectionPoint_iface;
        IUnknown_AddRef(snapshot->objects[i]);
        snapshot->count++;
    }
    if (SUCCEEDED(hr = enumerator_create(snapshot, 0, &enumerator))) *ret = &enumerator->u.IEnumConnectionPoints_iface;
    return hr;
}

static HRESULT WINAPI container_FindConnectionPoint(IConnectionPointContainer *iface, REFIID iid, IConnectionPoint **point)
{
    struct connections *connections = impl_from_IConnectionPointContainer(iface);
    unsigned int i;

    TRACE("%p, iid %s, point %p\n", iface, debugstr_guid(iid), point);

    if (!point) return E_POINTER;
    *point = NULL;
    for (i = 0; i < CONNECTION_POINTS; i++)
    {
        if (!IsEqualIID(iid, point_iids[i])) continue;
        *point = &connections->points[i].IConnectionPoint_iface;
        IConnectionPoint_AddRef(*point);
        return S_OK;
    }
    return CONNECT_E_NOCONNECTION;
}

static const IConnectionPointContainerVtbl container_vtbl =
{
    container_QueryInterface,
    container_AddRef,
    container_Release,
    container_EnumConnectionPoints,
    container_FindConnectionPoint
};

void connections_init(struct connections *connections, IUnknown *outer)
{
    unsigned int i;

    connections->IConnectionPointContainer_iface.lpVtbl = (IConnectionPointContainerVtbl *)&container_vtbl;
    connections->outer = outer;
    connections->first = NULL;
    connections->last_cookie = 0;
    InitializeSRWLock(&connections->lock);
    for (i = 0; i < CONNECTION_POINTS; i++)
    {
        connections->points[i].IConnectionPoint_iface.lpVtbl = (IConnectionPointVtbl *)&point_vtbl;
        connections->points[i].connections = connections;
    }
}

void connections_end(struct connections *connections)
{
    end_all(connections->first);
    connections->first = NULL;
}
