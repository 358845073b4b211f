/*
 * Progress of one operation: begin, items, abort, counters, end
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "wine/debug.h"

#include <string.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

void progress_init(struct progress *progress, IOfflineFilesSimpleProgress *simple,
                   IOfflineFilesSyncProgress *sync)
{
    memset(progress, 0, sizeof(*progress));
    progress->simple = simple;
    progress->sync = sync;
    progress->sink = simple ? (IOfflineFilesProgress *)simple : (IOfflineFilesProgress *)sync;
    if (progress->sink) IOfflineFilesProgress_AddRef(progress->sink);
}

void progress_drop(struct progress *progress)
{
    if (progress->totals_sink) ICscProgressTotals_Release(progress->totals_sink);
    if (progress->sink) IOfflineFilesProgress_Release(progress->sink);
    progress->totals_sink = NULL;
    progress->sink = NULL;
    progress->simple = NULL;
    progress->sync = NULL;
}

/* A client that can't be reached has no say any more, and work that nobody can stop should not go on:
 * the operation is cancelled.  What a sink itself returns doesn't count [behaviour.md §2.1]. */
void progress_note_call(struct progress *progress, HRESULT hr)
{
    if (SUCCEEDED(hr) || !is_disconnect(hr)) return;
    WARN("the sink cannot be reached, %#lx\n", hr);
    progress->cancelled = TRUE;
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
    progress_note_call(progress, IOfflineFilesProgress_Begin(progress->sink, &abort));
    if (abort) progress->cancelled = TRUE;
}

void progress_query_abort(struct progress *progress, DWORD max_age)
{
    BOOL abort = FALSE;

    if (!progress->sink || progress->cancelled || GetTickCount64() - progress->last_query < max_age) return;
    progress_note_call(progress, IOfflineFilesProgress_QueryAbort(progress->sink, &abort));
    if (abort) progress->cancelled = TRUE;
    progress->last_query = GetTickCount64();
}

/* What is neither RETRY nor ABORT lets the work go on. */
static DWORD take_response(struct progress *progress, HRESULT hr, OFFLINEFILES_OP_RESPONSE response)
{
    progress_note_call(progress, hr);
    if (response == OFFLINEFILES_OP_ABORT) progress->cancelled = TRUE;
    if (progress->cancelled) return OFFLINEFILES_OP_ABORT;
    return response == OFFLINEFILES_OP_RETRY ? OFFLINEFILES_OP_RETRY : OFFLINEFILES_OP_CONTINUE;
}

DWORD progress_item_begin(struct progress *progress, LPCWSTR path)
{
    OFFLINEFILES_OP_RESPONSE response = OFFLINEFILES_OP_CONTINUE;
    HRESULT hr = S_OK;

    if (progress->cancelled) return OFFLINEFILES_OP_ABORT; /* no item is told of after an abort (Q24) */
    if (progress->simple) hr = IOfflineFilesSimpleProgress_ItemBegin(progress->simple, path, &response);
    else if (progress->sync) hr = IOfflineFilesSyncProgress_SyncItemBegin(progress->sync, path, &response);
    /* Before the work there is nothing to be done again (Q23). */
    if (response == OFFLINEFILES_OP_RETRY) response = OFFLINEFILES_OP_CONTINUE;
    return take_response(progress, hr, response);
}

DWORD progress_item_result(struct progress *progress, LPCWSTR path, HRESULT result)
{
    OFFLINEFILES_OP_RESPONSE response = OFFLINEFILES_OP_CONTINUE;
    HRESULT hr = S_OK;

    if (progress->cancelled) return OFFLINEFILES_OP_ABORT;
    if (progress->simple) hr = IOfflineFilesSimpleProgress_ItemResult(progress->simple, path, result, &response);
    /* No error information yet: the records don't carry it (Q27). */
    else if (progress->sync)
        hr = IOfflineFilesSyncProgress_SyncItemResult(progress->sync, path, result, NULL, &response);
    return take_response(progress, hr, response);
}

void progress_report_totals(struct progress *progress, const CSC_TOTALS *totals)
{
    if (!memcmp(&progress->totals, totals, sizeof(*totals))) return;
    progress->totals = *totals;
    if (progress->totals_sink && !progress->cancelled)
        progress_note_call(progress, ICscProgressTotals_Totals(progress->totals_sink, totals));
}

HRESULT progress_end(struct progress *progress, HRESULT result)
{
    /* Once the sink asked for an abort, that is the result, however far the work got (Q21, Q24). */
    if (progress->cancelled) result = HRESULT_FROM_WIN32(ERROR_CANCELLED);
    if (progress->begun && !progress->ended)
    {
        progress->ended = TRUE;
        if (progress->sink) IOfflineFilesProgress_End(progress->sink, result);
    }
    progress_drop(progress);
    return result;
}
