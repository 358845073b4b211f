/*
 * Service for Offline Files: what one client process can do
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscsvc_private.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

/* A pull never keeps a thread of the service longer than this, ms. */
#define MAX_PULL_TIMEOUT 1000

static inline struct session *impl_from_ICscSession(ICscSession *iface)
{
    return CONTAINING_RECORD(iface, struct session, ICscSession_iface);
}

BOOL session_try_addref(struct session *session)
{
    LONG refs = session->refs, before;

    while (refs)
    {
        if ((before = InterlockedCompareExchange(&session->refs, refs + 1, refs)) == refs) return TRUE;
        refs = before;
    }
    return FALSE;
}

void session_close(struct session *session)
{
    /* When the engine is gone, the stop of the service has closed everything before. */
    if (!engine_hold()) return;
    handles_close_all(&session->handles);
    engine_unhold();
}

static HRESULT WINAPI session_QueryInterface(ICscSession *iface, REFIID iid, void **out)
{
    if (!out) return E_POINTER;
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_ICscSession))
    {
        *out = iface;
        ICscSession_AddRef(iface);
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI session_AddRef(ICscSession *iface)
{
    struct session *session = impl_from_ICscSession(iface);

    return InterlockedIncrement(&session->refs);
}

static ULONG WINAPI session_Release(ICscSession *iface)
{
    struct session *session = impl_from_ICscSession(iface);
    ULONG refs = InterlockedDecrement(&session->refs);

    if (!refs)
    {
        TRACE("session of process %#lx ends\n", session->pid);
        session_close(session);
        sessions_remove(session);
        HeapFree(GetProcessHeap(), 0, session);
    }
    return refs;
}

static HRESULT WINAPI session_FindItem(ICscSession *iface, LPCWSTR path, DWORD query, DWORD filter_size,
                                       BYTE *filters, DWORD *size, BYTE **data)
{
    struct csc_unix_find_params params = { .query = query };
    struct csc_wire_filters copy;
    HRESULT hr;

    TRACE("%p, %s, %#lx, filters %lu\n", iface, debugstr_w(path), query, filter_size);

    if (!size || !data) return E_POINTER;
    *size = 0;
    *data = NULL;
    if (FAILED(hr = check_query(query))) return hr;
    if (FAILED(hr = wire_text(path, &params.path))) return hr;
    if (FAILED(hr = wire_filters(filters, filter_size, &copy, &params.filters))) return hr;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_FIND, &params);
    engine_leave();
    return wire_blob(hr, &params.record, size, data);
}

static HRESULT WINAPI session_EnumOpen(ICscSession *iface, LPCWSTR path, DWORD query, DWORD enum_flags,
                                       DWORD filter_size, BYTE *filters, ULONGLONG *handle)
{
    struct session *session = impl_from_ICscSession(iface);
    struct csc_unix_enum_open_params params = { .query = query, .flags = enum_flags };
    struct csc_wire_filters copy;
    HRESULT hr;

    TRACE("%p, %s, %#lx, %#lx, filters %lu\n", iface, debugstr_w(path), query, enum_flags, filter_size);

    if (!handle) return E_POINTER;
    *handle = 0;
    if (FAILED(hr = check_query(query))) return hr;
    if (path && FAILED(hr = wire_text(path, &params.path))) return hr;
    if (FAILED(hr = wire_filters(filters, filter_size, &copy, &params.filters))) return hr;
    if (FAILED(hr = handles_room(&session->handles, HANDLE_ENUM))) return hr;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_ENUM_OPEN, &params);
    if (SUCCEEDED(hr) && FAILED(hr = handles_add(&session->handles, HANDLE_ENUM, params.snapshot, params.bytes, handle)))
    {
        struct csc_unix_enum_close_params close_params = { .snapshot = params.snapshot };
        unix_call(CSC_UNIX_ENUM_CLOSE, &close_params);
    }
    engine_leave();
    return hr;
}

static HRESULT WINAPI session_EnumNext(ICscSession *iface, ULONGLONG handle, DWORD max_bytes, DWORD *size,
                                       BYTE **data)
{
    struct session *session = impl_from_ICscSession(iface);
    struct csc_unix_enum_next_params params = { 0 };
    struct handle_entry *entry;
    void *engine;
    HRESULT hr;

    TRACE("%p, %s, %lu\n", iface, wine_dbgstr_longlong(handle), max_bytes);

    if (!size || !data) return E_POINTER;
    *size = 0;
    *data = NULL;
    if (FAILED(hr = engine_enter(&engine))) return hr;
    if ((entry = handles_get(&session->handles, HANDLE_ENUM, handle)))
    {
        params.max_bytes = min(max_bytes, CSC_MAX_BLOB_BYTES);
        params.snapshot = entry->object;
        AcquireSRWLockExclusive(&entry->use);
        if (SUCCEEDED(hr = handle_may_grow(&session->handles, entry)))
        {
            hr = unix_call(CSC_UNIX_ENUM_NEXT, &params);
            handle_set_bytes(&session->handles, entry, params.bytes);
        }
        ReleaseSRWLockExclusive(&entry->use);
        handle_release(entry);
    }
    else hr = HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE);
    engine_leave();
    return wire_blob(hr, &params.records, size, data);
}

static HRESULT close_handle(struct session *session, enum handle_kind kind, ULONGLONG handle)
{
    void *engine;
    HRESULT hr;

    if (FAILED(hr = engine_enter(&engine))) return hr;
    hr = handles_close(&session->handles, kind, handle);
    engine_leave();
    return hr;
}

static HRESULT WINAPI session_EnumClose(ICscSession *iface, ULONGLONG handle)
{
    TRACE("%p, %s\n", iface, wine_dbgstr_longlong(handle));
    return close_handle(impl_from_ICscSession(iface), HANDLE_ENUM, handle);
}

static HRESULT WINAPI session_StartOperation(ICscSession *iface, const CSC_OPERATION *operation, DWORD count,
                                             LPCWSTR *paths, ULONGLONG *handle)
{
    struct session *session = impl_from_ICscSession(iface);
    struct csc_unix_op_start_params params = { 0 };
    struct csc_unix_text *texts = NULL;
    UINT64 units = 0;
    HRESULT hr;
    DWORD i;

    TRACE("%p, %p, %lu, %p\n", iface, operation, count, paths);

    if (!handle) return E_POINTER;
    *handle = 0;
    if (FAILED(hr = wire_check_operation(operation, count))) return hr;
    if (FAILED(hr = check_operation_rights(operation))) return hr;
    if (FAILED(hr = handles_room(&session->handles, HANDLE_OPERATION))) return hr;
    if (count)
    {
        if (!paths) return E_INVALIDARG;
        if (!(texts = HeapAlloc(GetProcessHeap(), 0, count * sizeof(*texts)))) return E_OUTOFMEMORY;
        for (i = 0; i < count; i++)
        {
            if (FAILED(hr = wire_text(paths[i], &texts[i]))) goto done;
            units += texts[i].length;
        }
        if (units > CSC_MAX_PATHS_UNITS)
        {
            hr = E_INVALIDARG;
            goto done;
        }
    }
    params.kind = operation->kind;
    params.flags = operation->flags;
    params.ask = operation->ask;
    params.deep = operation->deep != 0;
    params.count = count;
    params.paths = texts;
    memcpy(params.sync_id, &operation->sync_id, sizeof(params.sync_id));

    if (FAILED(hr = engine_enter(&params.engine))) goto done;
    hr = unix_call(CSC_UNIX_OP_START, &params);
    if (SUCCEEDED(hr) && FAILED(hr = handles_add(&session->handles, HANDLE_OPERATION, params.op, 0, handle)))
    {
        struct csc_unix_op_params close_params = { .op = params.op };
        unix_call(CSC_UNIX_OP_CLOSE, &close_params);
    }
    engine_leave();

done:
    HeapFree(GetProcessHeap(), 0, texts);
    return hr;
}

static void copy_totals(CSC_TOTALS *to, const struct csc_wire_totals *from)
{
    to->items_found = from->items_found;
    to->items_done = from->items_done;
    to->items_failed = from->items_failed;
    to->bytes_found = from->bytes_found;
    to->bytes_done = from->bytes_done;
    to->bytes_sent = from->bytes_sent;
    to->planned = from->planned;
    to->ended = from->ended;
}

static HRESULT WINAPI session_PullEvents(ICscSession *iface, ULONGLONG handle, DWORD timeout, DWORD reply_size,
                                         BYTE *replies, CSC_TOTALS *totals, DWORD *size, BYTE **data)
{
    struct session *session = impl_from_ICscSession(iface);
    struct csc_unix_op_pull_params params = { 0 };
    struct handle_entry *entry;
    void *engine;
    HRESULT hr;

    TRACE("%p, %s, %lu, %lu\n", iface, wine_dbgstr_longlong(handle), timeout, reply_size);

    if (!totals || !size || !data) return E_POINTER;
    memset(totals, 0, sizeof(*totals));
    *size = 0;
    *data = NULL;
    if (!wire_check_replies(replies, reply_size))
    {
        WARN("malformed replies from process %#lx\n", session->pid);
        return E_INVALIDARG;
    }
    if (FAILED(hr = engine_enter(&engine))) return hr;
    if (!(entry = handles_get(&session->handles, HANDLE_OPERATION, handle)))
        hr = HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE);
    else
    {
        /* Two pulls at once would race for the events. */
        if (TryAcquireSRWLockExclusive(&entry->use))
        {
            params.timeout = min(timeout, MAX_PULL_TIMEOUT);
            params.op = entry->object;
            params.replies = replies;
            params.reply_size = reply_size;
            hr = unix_call(CSC_UNIX_OP_PULL, &params);
            ReleaseSRWLockExclusive(&entry->use);
            copy_totals(totals, &params.totals);
        }
        else hr = HRESULT_FROM_WIN32(ERROR_BUSY);
        handle_release(entry);
    }
    engine_leave();
    return wire_blob(hr, &params.events, size, data);
}

static HRESULT WINAPI session_CancelOperation(ICscSession *iface, ULONGLONG handle)
{
    struct session *session = impl_from_ICscSession(iface);
    struct csc_unix_op_params params = { 0 };
    struct handle_entry *entry;
    void *engine;
    HRESULT hr;

    TRACE("%p, %s\n", iface, wine_dbgstr_longlong(handle));

    if (FAILED(hr = engine_enter(&engine))) return hr;
    if ((entry = handles_get(&session->handles, HANDLE_OPERATION, handle)))
    {
        params.op = entry->object;
        hr = unix_call(CSC_UNIX_OP_CANCEL, &params);
        handle_release(entry);
    }
    else hr = HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE);
    engine_leave();
    return hr;
}

static HRESULT WINAPI session_CloseOperation(ICscSession *iface, ULONGLONG handle)
{
    TRACE("%p, %s\n", iface, wine_dbgstr_longlong(handle));
    return close_handle(impl_from_ICscSession(iface), HANDLE_OPERATION, handle);
}

static HRESULT WINAPI session_GoOffline(ICscSession *iface, LPCWSTR path, BOOL force, BOOL *prevented)
{
    struct csc_unix_go_offline_params params = { .force = force != 0 };
    HRESULT hr;

    TRACE("%p, %s, %d\n", iface, debugstr_w(path), force);

    if (!prevented) return E_POINTER;
    *prevented = FALSE;
    if (FAILED(hr = wire_text(path, &params.path))) return hr;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_GO_OFFLINE, &params);
    engine_leave();
    *prevented = params.prevented != 0;
    return hr;
}

static HRESULT WINAPI session_GetConnectState(ICscSession *iface, LPCWSTR path, DWORD *state, DWORD *reason)
{
    struct csc_unix_connect_state_params params = { 0 };
    HRESULT hr;

    TRACE("%p, %s\n", iface, debugstr_w(path));

    if (!state || !reason) return E_POINTER;
    *state = *reason = 0;
    if (FAILED(hr = wire_text(path, &params.path))) return hr;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_CONNECT_STATE, &params);
    engine_leave();
    *state = params.state;
    *reason = params.reason;
    return hr;
}

static HRESULT WINAPI session_SuspendRoot(ICscSession *iface, LPCWSTR path, BOOL suspend)
{
    struct csc_unix_suspend_params params = { .suspend = suspend != 0 };
    HRESULT hr;

    TRACE("%p, %s, %d\n", iface, debugstr_w(path), suspend);

    if (FAILED(hr = wire_text(path, &params.path))) return hr;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_SUSPEND, &params);
    engine_leave();
    return hr;
}

static HRESULT WINAPI session_GetLocation(ICscSession *iface, LPWSTR *path)
{
    static const WCHAR folder[] = L"\\CSC";
    WCHAR windows[MAX_PATH];
    WCHAR *location;
    UINT length;

    TRACE("%p\n", iface);

    if (!path) return E_POINTER;
    *path = NULL;
    length = GetWindowsDirectoryW(windows, ARRAYSIZE(windows));
    if (!length || length >= ARRAYSIZE(windows)) return E_UNEXPECTED;
    if (!(location = CoTaskMemAlloc(length * sizeof(WCHAR) + sizeof(folder)))) return E_OUTOFMEMORY;
    memcpy(location, windows, length * sizeof(WCHAR));
    memcpy(location + length, folder, sizeof(folder));
    *path = location;
    return S_OK;
}

static HRESULT WINAPI session_GetDiskSpace(ICscSession *iface, ULONGLONG *volume_total, ULONGLONG *limit,
                                           ULONGLONG *used, ULONGLONG *unpinned_limit, ULONGLONG *unpinned_used)
{
    struct csc_unix_disk_space_params params = { 0 };
    HRESULT hr;

    TRACE("%p\n", iface);

    if (!volume_total || !limit || !used || !unpinned_limit || !unpinned_used) return E_POINTER;
    if (SUCCEEDED(hr = engine_enter(&params.engine)))
    {
        hr = hand_over_quota_policy(params.engine);
        if (SUCCEEDED(hr)) hr = unix_call(CSC_UNIX_DISK_SPACE, &params);
        engine_leave();
    }
    *volume_total = params.total;
    *limit = params.limit;
    *used = params.used;
    *unpinned_limit = params.unpinned_limit;
    *unpinned_used = params.unpinned_used;
    return hr;
}

static HRESULT WINAPI session_SetDiskSpaceLimits(ICscSession *iface, ULONGLONG limit, ULONGLONG unpinned_limit)
{
    struct csc_unix_set_disk_limits_params params = { .limit = limit, .unpinned_limit = unpinned_limit };
    HRESULT hr;

    TRACE("%p, %s, %s\n", iface, wine_dbgstr_longlong(limit), wine_dbgstr_longlong(unpinned_limit));

    if (FAILED(hr = check_administrator())) return hr;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = hand_over_quota_policy(params.engine);
    if (SUCCEEDED(hr)) hr = unix_call(CSC_UNIX_SET_DISK_LIMITS, &params);
    engine_leave();
    return hr;
}

static HRESULT WINAPI session_IsPathCacheable(ICscSession *iface, LPCWSTR path, BOOL *cacheable, DWORD *mode)
{
    struct csc_unix_is_cacheable_params params = { 0 };
    HRESULT hr;

    TRACE("%p, %s\n", iface, debugstr_w(path));

    if (!cacheable || !mode) return E_POINTER;
    *cacheable = FALSE;
    *mode = 0;
    if (FAILED(hr = wire_text(path, &params.path))) return hr;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_IS_CACHEABLE, &params);
    engine_leave();
    *cacheable = params.cacheable != 0;
    *mode = params.mode;
    return hr;
}

static HRESULT WINAPI session_MapShare(ICscSession *iface, LPCWSTR share, LPCWSTR origin, DWORD flags)
{
    struct csc_unix_map_params params = { .flags = flags };
    HRESULT hr;

    TRACE("%p, %s, %s, %#lx\n", iface, debugstr_w(share), debugstr_w(origin), flags);

    if (FAILED(hr = check_administrator())) return hr;
    if (FAILED(hr = wire_text(share, &params.share))) return hr;
    if (FAILED(hr = wire_text(origin, &params.origin))) return hr;
    /* The current directory of the service is nobody's business. */
    if (origin[0] != '/') return E_INVALIDARG;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_MAP, &params);
    engine_leave();
    return hr;
}

static HRESULT WINAPI session_UnmapShare(ICscSession *iface, LPCWSTR share, DWORD flags)
{
    struct csc_unix_map_params params = { .flags = flags };
    HRESULT hr;

    TRACE("%p, %s, %#lx\n", iface, debugstr_w(share), flags);

    if (FAILED(hr = check_administrator())) return hr;
    if (flags & ~(CSC_UNMAP_DISCARD_CHANGES | CSC_UNMAP_KEEP_LINK)) return E_INVALIDARG;
    if (FAILED(hr = wire_text(share, &params.share))) return hr;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_UNMAP, &params);
    engine_leave();
    return hr;
}

static HRESULT WINAPI session_GetShares(ICscSession *iface, DWORD *size, BYTE **data)
{
    struct csc_unix_shares_params params = { 0 };
    HRESULT hr;

    TRACE("%p\n", iface);

    if (!size || !data) return E_POINTER;
    *size = 0;
    *data = NULL;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_SHARES, &params);
    engine_leave();
    return wire_blob(hr, &params.records, size, data);
}

static HRESULT WINAPI session_GetConflicts(ICscSession *iface, LPCWSTR path, DWORD *size, BYTE **data)
{
    struct csc_unix_conflicts_params params = { 0 };
    HRESULT hr;

    TRACE("%p, %s\n", iface, debugstr_w(path));

    if (!size || !data) return E_POINTER;
    *size = 0;
    *data = NULL;
    if (path && FAILED(hr = wire_text(path, &params.path))) return hr;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_CONFLICTS, &params);
    engine_leave();
    return wire_blob(hr, &params.records, size, data);
}

static HRESULT WINAPI session_GetLog(ICscSession *iface, LPCWSTR path, ULONGLONG since, DWORD flags, ULONGLONG after,
                                     DWORD max_bytes, DWORD *size, BYTE **data)
{
    struct csc_unix_log_params params = { .since = since, .flags = flags, .after = after,
                                          .max_bytes = min(max_bytes, CSC_MAX_BLOB_BYTES) };
    HRESULT hr;

    TRACE("%p, %s, %#lx, max %lu\n", iface, debugstr_w(path), flags, max_bytes);

    if (!size || !data) return E_POINTER;
    *size = 0;
    *data = NULL;
    if (path && FAILED(hr = wire_text(path, &params.path))) return hr;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_LOG, &params);
    engine_leave();
    return wire_blob(hr, &params.records, size, data);
}

static HRESULT WINAPI session_Subscribe(ICscSession *iface, ULONGLONG events, DWORD match, LPCWSTR path,
                                        ULONGLONG *handle)
{
    TRACE("%p, %s, %lu, %s\n", iface, wine_dbgstr_longlong(events), match, debugstr_w(path));
    return news_subscribe(&impl_from_ICscSession(iface)->handles, events, match, path, handle);
}

static HRESULT WINAPI session_PullNews(ICscSession *iface, ULONGLONG handle, DWORD timeout, DWORD *size, BYTE **data)
{
    TRACE("%p, %s, %lu\n", iface, wine_dbgstr_longlong(handle), timeout);
    return news_pull(&impl_from_ICscSession(iface)->handles, handle, timeout, size, data);
}

static HRESULT WINAPI session_Unsubscribe(ICscSession *iface, ULONGLONG handle)
{
    TRACE("%p, %s\n", iface, wine_dbgstr_longlong(handle));
    return close_handle(impl_from_ICscSession(iface), HANDLE_SUBSCRIPTION, handle);
}

static HRESULT WINAPI session_ApplyPolicies(ICscSession *iface)
{
    void *engine;
    HRESULT hr;

    TRACE("%p\n", iface);

    if (FAILED(hr = engine_enter(&engine))) return hr;
    hr = hand_over_policies(engine);
    engine_leave();
    return hr;
}

static HRESULT WINAPI session_RenameItem(ICscSession *iface, LPCWSTR path, LPCWSTR new_path, BOOL later)
{
    struct csc_unix_rename_params params = { .later = later != 0 };
    HRESULT hr;

    TRACE("%p, %s, %s, %d\n", iface, debugstr_w(path), debugstr_w(new_path), later);

    if (later && FAILED(hr = check_administrator())) return hr;
    if (FAILED(hr = wire_text(path, &params.from))) return hr;
    if (FAILED(hr = wire_text(new_path, &params.to))) return hr;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_RENAME, &params);
    engine_leave();
    return hr;
}

static HRESULT WINAPI session_GetEncryptionStatus(ICscSession *iface, BOOL *encrypted, BOOL *partial)
{
    struct csc_unix_encryption_params params = { 0 };
    HRESULT hr;

    TRACE("%p\n", iface);

    if (!encrypted || !partial) return E_POINTER;
    *encrypted = *partial = FALSE;
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_ENCRYPTION, &params);
    engine_leave();
    *encrypted = params.encrypted != 0;
    *partial = params.partial != 0;
    return hr;
}

static const ICscSessionVtbl session_vtbl =
{
    session_QueryInterface,
    session_AddRef,
    session_Release,
    session_FindItem,
    session_EnumOpen,
    session_EnumNext,
    session_EnumClose,
    session_StartOperation,
    session_PullEvents,
    session_CancelOperation,
    session_CloseOperation,
    session_GoOffline,
    session_GetConnectState,
    session_SuspendRoot,
    session_GetLocation,
    session_GetDiskSpace,
    session_SetDiskSpaceLimits,
    session_IsPathCacheable,
    session_MapShare,
    session_UnmapShare,
    session_GetShares,
    session_GetConflicts,
    session_GetLog,
    session_Subscribe,
    session_PullNews,
    session_Unsubscribe,
    session_ApplyPolicies,
    session_RenameItem,
    session_GetEncryptionStatus
};

HRESULT session_create(DWORD pid, ICscSession **out)
{
    struct session *session = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*session));
    HRESULT hr;

    if (!session) return E_OUTOFMEMORY;
    session->ICscSession_iface.lpVtbl = (ICscSessionVtbl *)&session_vtbl;
    session->refs = 1;
    session->pid = pid;
    InitializeSRWLock(&session->handles.lock);
    if (FAILED(hr = sessions_add(session)))
    {
        HeapFree(GetProcessHeap(), 0, session);
        return hr;
    }
    *out = &session->ICscSession_iface;
    return S_OK;
}
