/*
 * Progress of one operation: begin, items, abort, counters, end
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <string.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

BOOL is_proxy(IUnknown *unk)
{
    IClientSecurity *security;

    /* Every standard proxy has this interface, locally; objects themselves don't. */
    if (!unk || FAILED(IUnknown_QueryInterface(unk, &IID_IClientSecurity, (void **)&security))) return FALSE;
    IClientSecurity_Release(security);
    return TRUE;
}

void progress_init(struct progress *progress, IOfflineFilesSimpleProgress *simple,
                   IOfflineFilesSyncProgress *sync)
{
    memset(progress, 0, sizeof(*progress));
    progress->last_open = &progress->open_items;
    progress->simple = simple;
    progress->sync = sync;
    progress->sink = simple ? (IOfflineFilesProgress *)simple : (IOfflineFilesProgress *)sync;
    if (!progress->sink) return;
    IOfflineFilesProgress_AddRef(progress->sink);
    progress->remote = is_proxy((IUnknown *)progress->sink);
}

/* A client that can't be reached has no say any more, and work that nobody can stop should not go on:
 * the operation is cancelled (Q28).  What a sink itself returns doesn't count [behaviour.md §2.1]. */
static void note_call(struct progress *progress, HRESULT hr)
{
    if (!progress->remote || SUCCEEDED(hr) || !is_disconnect(hr)) return;
    WARN("the sink cannot be reached, %#lx\n", hr);
    progress->lost = progress->cancelled = TRUE;
}

void progress_begin(struct progress *progress)
{
    BOOL abort = FALSE;

    progress->begun = TRUE;
    progress->last_query = GetTickCount64();
    if (!progress->sink) return;

    if (FAILED(IOfflineFilesProgress_QueryInterface(progress->sink, &IID_ICscProgressTotals,
                                                    (void **)&progress->totals_sink)))
        progress->totals_sink = NULL;
    note_call(progress, IOfflineFilesProgress_Begin(progress->sink, &abort));
    if (abort) progress->cancelled = TRUE;
}

void progress_query_abort(struct progress *progress, DWORD max_age)
{
    BOOL abort = FALSE;

    if (!progress->sink || progress->cancelled || GetTickCount64() - progress->last_query < max_age) return;
    note_call(progress, IOfflineFilesProgress_QueryAbort(progress->sink, &abort));
    if (abort) progress->cancelled = TRUE;
    progress->last_query = GetTickCount64();
}

static UINT32 hash_path(LPCWSTR path)
{
    UINT32 hash = 2166136261u;

    while (*path) hash = (hash ^ *path++) * 16777619u;
    return hash;
}

/* Without memory the item is only forgotten: it may lack its result after an abort. */
static void add_open_item(struct progress *progress, LPCWSTR path)
{
    size_t size = (wcslen(path) + 1) * sizeof(WCHAR);
    struct open_item *item;

    if ((item = progress->spare_items) && item->size >= size) progress->spare_items = item->next;
    else if (!(item = malloc(offsetof(struct open_item, path) + size))) return;
    else item->size = size;
    memcpy(item->path, path, size);
    item->hash = hash_path(path);
    item->next = NULL;
    *progress->last_open = item;
    progress->last_open = &item->next;
}

static BOOL remove_open_item(struct progress *progress, LPCWSTR path)
{
    UINT32 hash = hash_path(path);
    struct open_item **entry, *item;

    for (entry = &progress->open_items; (item = *entry); entry = &item->next)
    {
        if (item->hash != hash || wcscmp(item->path, path)) continue;
        if (!(*entry = item->next)) progress->last_open = entry;
        item->next = progress->spare_items;
        progress->spare_items = item;
        return TRUE;
    }
    return FALSE;
}

DWORD progress_item_begin(struct progress *progress, LPCWSTR path)
{
    OFFLINEFILES_OP_RESPONSE response = OFFLINEFILES_OP_CONTINUE;
    HRESULT hr;

    if (progress->cancelled) return OFFLINEFILES_OP_ABORT;
    if (!progress->sink) return OFFLINEFILES_OP_CONTINUE;
    add_open_item(progress, path);
    if (progress->simple) hr = IOfflineFilesSimpleProgress_ItemBegin(progress->simple, path, &response);
    else hr = IOfflineFilesSyncProgress_SyncItemBegin(progress->sync, path, &response);
    note_call(progress, hr);
    if (response == OFFLINEFILES_OP_ABORT) progress->cancelled = TRUE;
    /* Before the work there is nothing to be done again: RETRY is CONTINUE (Q23). */
    return progress->cancelled ? OFFLINEFILES_OP_ABORT : OFFLINEFILES_OP_CONTINUE;
}

/* error: what the service told; NULL: nothing.  A failure without it has its result only (Q27). */
static OFFLINEFILES_OP_RESPONSE tell_result(struct progress *progress, LPCWSTR path, HRESULT result,
                                            const struct csc_wire_error *error)
{
    struct csc_wire_error unknown = { .size = sizeof(unknown), .status = result,
                                      .operation = OFFLINEFILES_SYNC_OPERATION_PREPARE };
    OFFLINEFILES_OP_RESPONSE response = OFFLINEFILES_OP_CONTINUE;
    IOfflineFilesSyncErrorInfo *info = NULL;
    HRESULT hr;

    if (progress->lost) return OFFLINEFILES_OP_ABORT;
    if (progress->simple) hr = IOfflineFilesSimpleProgress_ItemResult(progress->simple, path, result, &response);
    else
    {
        if (FAILED(result) && FAILED(hr = error_info_create(error ? error : &unknown, &info)))
            WARN("no error information for %s: %#lx\n", debugstr_w(path), hr);
        hr = IOfflineFilesSyncProgress_SyncItemResult(progress->sync, path, result, info, &response);
        if (info) IOfflineFilesSyncErrorInfo_Release(info);
    }
    note_call(progress, hr);
    return response;
}

DWORD progress_item_result(struct progress *progress, const struct csc_wire_event *event)
{
    OFFLINEFILES_OP_RESPONSE response;
    BOOL open;

    if (!progress->sink) return OFFLINEFILES_OP_CONTINUE;
    open = remove_open_item(progress, event->path);
    if (progress->cancelled && !open) return OFFLINEFILES_OP_ABORT;
    response = tell_result(progress, event->path, event->status, wire_event_error(event));
    if (response == OFFLINEFILES_OP_ABORT) progress->cancelled = TRUE;
    if (progress->cancelled) return OFFLINEFILES_OP_ABORT;
    return response == OFFLINEFILES_OP_RETRY ? OFFLINEFILES_OP_RETRY : OFFLINEFILES_OP_CONTINUE;
}

void progress_report_totals(struct progress *progress, const CSC_TOTALS *totals)
{
    if (!memcmp(&progress->totals, totals, sizeof(*totals))) return;
    progress->totals = *totals;
    if (progress->totals_sink && !progress->lost)
        note_call(progress, ICscProgressTotals_Totals(progress->totals_sink, totals));
}

HRESULT progress_end(struct progress *progress, HRESULT result)
{
    struct open_item *item;

    /* Once the sink asked for an abort, that is the result, however far the work got (Q21, Q24). */
    if (progress->cancelled) result = HRESULT_FROM_WIN32(ERROR_CANCELLED);

    /* What was begun ends with the operation, if the service had no chance to tell. */
    while ((item = progress->open_items))
    {
        progress->open_items = item->next;
        tell_result(progress, item->path, FAILED(result) ? result : E_UNEXPECTED, NULL);
        free(item);
    }
    progress->last_open = &progress->open_items;
    while ((item = progress->spare_items))
    {
        progress->spare_items = item->next;
        free(item);
    }
    if (progress->begun && progress->sink && !progress->lost) IOfflineFilesProgress_End(progress->sink, result);
    progress->begun = FALSE;

    if (progress->totals_sink) ICscProgressTotals_Release(progress->totals_sink);
    if (progress->sink) IOfflineFilesProgress_Release(progress->sink);
    progress->totals_sink = NULL;
    progress->sink = NULL;
    return result;
}
