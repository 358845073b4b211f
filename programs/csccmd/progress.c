/*
 * csccmd: progress of an operation, and its cancellation
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <wchar.h>

#include "csccmd.h"

#define REDRAW_INTERVAL 70    /* milliseconds: at most 15 times a second */
#define RATE_INTERVAL   500   /* milliseconds between two samples of the rate */
#define BAR_CELLS       20
#define MAX_COLUMNS     512

struct progress
{
    IOfflineFilesSyncProgress IOfflineFilesSyncProgress_iface;
    IOfflineFilesSimpleProgress IOfflineFilesSimpleProgress_iface;
    ICscProgressTotals ICscProgressTotals_iface;
    LONG refcount;

    const WCHAR *verb;
    BOOL bar;                 /* stdout is a terminal */
    unsigned int drawn;       /* columns that the bar covers now */
    WCHAR *current;           /* path of the item that was begun last */
    ULONGLONG start, last_draw;
    ULONGLONG rate_time, rate_bytes;
    ULONGLONG rate;           /* bytes a second, smoothed */

    ULONGLONG items, failed, conflicts;  /* counted from the results */
    BOOL have_totals;
    CSC_TOTALS totals;
    BOOL (*retry)(void *context, const WCHAR *path, HRESULT hr);
    void *retry_context;
};

/* ---- Ctrl+C --------------------------------------------------------------- */

static LONG cancel_requests;
static LONG operation_running;

static BOOL WINAPI cancel_handler(DWORD event)
{
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT && event != CTRL_CLOSE_EVENT) return FALSE;
    /* the first one stops the operation in order; the second one, or one while nothing can be
     * stopped in order, ends the program: the service then cancels what runs for it */
    if (InterlockedIncrement(&cancel_requests) > 1 || !operation_running) ExitProcess(CMD_CANCELLED);
    return TRUE;
}

void install_cancel_handler(void)
{
    SetConsoleCtrlHandler(cancel_handler, TRUE);
}

static BOOL cancelled(void)
{
    return cancel_requests > 0;
}

/* ---- the bar -------------------------------------------------------------- */

/* Appends text as long as it fits into the columns; returns those used. */
static unsigned int append(WCHAR *line, unsigned int *length, unsigned int used, unsigned int columns,
                           const WCHAR *text)
{
    unsigned int width;

    for (; *text; text++)
    {
        width = *text < 0x20 ? 1 : char_columns(*text);
        if (used + width > columns || *length + 2 >= MAX_COLUMNS) break;
        line[(*length)++] = *text < 0x20 ? '?' : *text;
        used += width;
        /* the second half of a pair belongs to the first */
        if (IS_HIGH_SURROGATE(*text) && IS_LOW_SURROGATE(text[1])) line[(*length)++] = *++text;
    }
    return used;
}

static unsigned int text_columns(const WCHAR *text)
{
    unsigned int columns = 0;

    for (; *text; text++) columns += *text < 0x20 ? 1 : char_columns(*text);
    return columns;
}

static void clear_bar(struct progress *progress)
{
    WCHAR line[MAX_COLUMNS + 2];
    unsigned int i;

    if (!progress->drawn) return;
    line[0] = '\r';
    for (i = 0; i < progress->drawn; i++) line[i + 1] = ' ';
    line[i + 1] = '\r';
    write_text(out_stream(), line, i + 2);
    progress->drawn = 0;
}

static void sample_rate(struct progress *progress, ULONGLONG now)
{
    ULONGLONG elapsed = now - progress->rate_time, rate;

    if (elapsed < RATE_INTERVAL)
    {
        /* the mean so far, until there is something better */
        if (progress->rate_time == progress->start && elapsed)
            progress->rate = progress->totals.bytes_done * 1000 / elapsed;
        return;
    }
    rate = (progress->totals.bytes_done - progress->rate_bytes) * 1000 / elapsed;
    progress->rate = progress->rate ? (progress->rate * 2 + rate) / 3 : rate;
    progress->rate_time = now;
    progress->rate_bytes = progress->totals.bytes_done;
}

/* How much is done, in BAR_CELLS; bytes count if any are known. */
static unsigned int cells_done(const CSC_TOTALS *totals)
{
    ULONGLONG done = totals->items_done, found = totals->items_found;

    if (!totals->planned) return 0;
    if (totals->bytes_found)
    {
        /* items cost about as much as a few blocks: many small ones should move the bar too */
        done = totals->bytes_done / 4096 + totals->items_done;
        found = totals->bytes_found / 4096 + totals->items_found;
    }
    if (!found || done > found) return found ? BAR_CELLS : 0;
    return (unsigned int)(done * BAR_CELLS / found);
}

static void draw_bar(struct progress *progress)
{
    WCHAR line[MAX_COLUMNS + 4], head[160], bytes[BYTES_TEXT_SIZE], found[BYTES_TEXT_SIZE], rate[BYTES_TEXT_SIZE];
    unsigned int columns, used = 0, length = 0, i, cells, path_columns;
    WCHAR bar[BAR_CELLS + 1], count[64];
    const WCHAR *path = progress->current;
    ULONGLONG now = GetTickCount64();

    if (!progress->bar) return;
    if (progress->last_draw && now - progress->last_draw < REDRAW_INTERVAL) return;
    progress->last_draw = now;
    sample_rate(progress, now);

    columns = console_width();
    columns = columns > 10 ? columns - 1 : 79;
    if (columns > MAX_COLUMNS - 2) columns = MAX_COLUMNS - 2;

    cells = cells_done(&progress->totals);
    for (i = 0; i < BAR_CELLS; i++) bar[i] = i < cells ? '#' : '.';
    bar[BAR_CELLS] = 0;
    if (!progress->have_totals)
        _snwprintf(count, ARRAYSIZE(count), L"%I64u", progress->items);
    else
        _snwprintf(count, ARRAYSIZE(count), L"%I64u/%I64u%ls", progress->totals.items_done,
                   progress->totals.items_found, progress->totals.planned ? L"" : L"+");
    _snwprintf(head, ARRAYSIZE(head), L"[%ls] %ls  %ls/%ls  %ls/s  ", bar, count,
               format_bytes(progress->totals.bytes_done, bytes),
               format_bytes(progress->totals.bytes_found, found), format_bytes(progress->rate, rate));
    head[ARRAYSIZE(head) - 1] = 0;

    line[length++] = '\r';
    used = append(line, &length, used, columns, cancelled() ? L"Cancelling... " : head);
    /* of a long path the end tells most */
    if (path && used < columns)
    {
        path_columns = text_columns(path);
        if (path_columns > columns - used && columns - used > 3)
        {
            while (*path && path_columns > columns - used - 3)
            {
                path_columns -= *path < 0x20 ? 1 : char_columns(*path);
                path++;
            }
            if (IS_LOW_SURROGATE(*path)) path++;
            used = append(line, &length, used, columns, L"...");
        }
        used = append(line, &length, used, columns, path);
    }
    for (i = used; i < progress->drawn && length < MAX_COLUMNS + 2; i++) line[length++] = ' ';
    progress->drawn = used;
    write_text(out_stream(), line, length);
}

/* ---- what the callbacks have in common ------------------------------------ */

static void item_begins(struct progress *progress, const WCHAR *path, OFFLINEFILES_OP_RESPONSE *response)
{
    if (progress->bar && path)
    {
        xfree(progress->current);
        progress->current = xalloc((wcslen(path) + 1) * sizeof(*path));
        wcscpy(progress->current, path);
        draw_bar(progress);
    }
    *response = cancelled() ? OFFLINEFILES_OP_ABORT : OFFLINEFILES_OP_CONTINUE;
}

static void item_ends(struct progress *progress, const WCHAR *path, HRESULT hr, OFFLINEFILES_OP_RESPONSE *response)
{
    WCHAR *text;

    *response = cancelled() ? OFFLINEFILES_OP_ABORT : OFFLINEFILES_OP_CONTINUE;
    if (!path) path = L"?";
    /* what was given up because of the cancellation did not fail, it was not done */
    if (hr == HRESULT_FROM_WIN32(ERROR_CANCELLED)) return;
    if (FAILED(hr) && !cancelled() && progress->retry && progress->retry(progress->retry_context, path, hr))
    {
        *response = OFFLINEFILES_OP_RETRY;
        return;
    }

    progress->items++;
    if (FAILED(hr)) progress->failed++;
    if (hr == HRESULT_FROM_WIN32(ERROR_REVISION_MISMATCH)) progress->conflicts++;

    if (global_switches & SWITCH_JSON)
    {
        if (SUCCEEDED(hr) && (global_switches & SWITCH_QUIET)) return;
        json_begin(L"item");
        json_string(L"path", path);
        json_bool(L"ok", SUCCEEDED(hr));
        json_hresult(hr);
        if (FAILED(hr))
        {
            text = error_text(hr);
            json_string(L"text", text);
            xfree(text);
        }
        json_end();
    }
    else if (FAILED(hr))
    {
        clear_bar(progress);
        report_error(path, hr);
        progress->last_draw = 0;
        draw_bar(progress);
    }
    else if (!progress->bar && !(global_switches & SWITCH_QUIET))
    {
        print(out_stream(), L"%ls\n", path);
        flush_output_now_and_then();
    }
    else draw_bar(progress);
}

static void heartbeat(struct progress *progress, BOOL *abort)
{
    if (abort) *abort = cancelled();
    draw_bar(progress);
    flush_output_now_and_then();
}

/* ---- IOfflineFilesSyncProgress -------------------------------------------- */

static inline struct progress *impl_from_IOfflineFilesSyncProgress(IOfflineFilesSyncProgress *iface)
{
    return CONTAINING_RECORD(iface, struct progress, IOfflineFilesSyncProgress_iface);
}

static HRESULT WINAPI sync_QueryInterface(IOfflineFilesSyncProgress *iface, REFIID iid, void **out)
{
    struct progress *progress = impl_from_IOfflineFilesSyncProgress(iface);

    if (!out) return E_POINTER;
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IOfflineFilesProgress) ||
        IsEqualGUID(iid, &IID_IOfflineFilesSyncProgress))
        *out = &progress->IOfflineFilesSyncProgress_iface;
    else if (IsEqualGUID(iid, &IID_IOfflineFilesSimpleProgress))
        *out = &progress->IOfflineFilesSimpleProgress_iface;
    else if (IsEqualGUID(iid, &IID_ICscProgressTotals))
        *out = &progress->ICscProgressTotals_iface;
    else
    {
        *out = NULL;
        return E_NOINTERFACE;
    }
    IUnknown_AddRef((IUnknown *)*out);
    return S_OK;
}

static ULONG WINAPI sync_AddRef(IOfflineFilesSyncProgress *iface)
{
    return InterlockedIncrement(&impl_from_IOfflineFilesSyncProgress(iface)->refcount);
}

static ULONG WINAPI sync_Release(IOfflineFilesSyncProgress *iface)
{
    struct progress *progress = impl_from_IOfflineFilesSyncProgress(iface);
    ULONG refcount = InterlockedDecrement(&progress->refcount);

    if (!refcount)
    {
        xfree(progress->current);
        xfree(progress);
    }
    return refcount;
}

static HRESULT WINAPI sync_Begin(IOfflineFilesSyncProgress *iface, BOOL *abort)
{
    heartbeat(impl_from_IOfflineFilesSyncProgress(iface), abort);
    return S_OK;
}

static HRESULT WINAPI sync_QueryAbort(IOfflineFilesSyncProgress *iface, BOOL *abort)
{
    heartbeat(impl_from_IOfflineFilesSyncProgress(iface), abort);
    return S_OK;
}

/* The method's own result tells the same. */
static HRESULT WINAPI sync_End(IOfflineFilesSyncProgress *iface, HRESULT hr)
{
    (void)iface;
    (void)hr;
    return S_OK;
}

static HRESULT WINAPI sync_SyncItemBegin(IOfflineFilesSyncProgress *iface, LPCWSTR path,
                                         OFFLINEFILES_OP_RESPONSE *response)
{
    item_begins(impl_from_IOfflineFilesSyncProgress(iface), path, response);
    return S_OK;
}

static HRESULT WINAPI sync_SyncItemResult(IOfflineFilesSyncProgress *iface, LPCWSTR path, HRESULT hr,
                                          IOfflineFilesSyncErrorInfo *info, OFFLINEFILES_OP_RESPONSE *response)
{
    (void)info;
    item_ends(impl_from_IOfflineFilesSyncProgress(iface), path, hr, response);
    return S_OK;
}

static const IOfflineFilesSyncProgressVtbl sync_vtbl =
{
    sync_QueryInterface,
    sync_AddRef,
    sync_Release,
    sync_Begin,
    sync_QueryAbort,
    sync_End,
    sync_SyncItemBegin,
    sync_SyncItemResult,
};

/* ---- IOfflineFilesSimpleProgress ------------------------------------------ */

static inline struct progress *impl_from_IOfflineFilesSimpleProgress(IOfflineFilesSimpleProgress *iface)
{
    return CONTAINING_RECORD(iface, struct progress, IOfflineFilesSimpleProgress_iface);
}

static HRESULT WINAPI simple_QueryInterface(IOfflineFilesSimpleProgress *iface, REFIID iid, void **out)
{
    struct progress *progress = impl_from_IOfflineFilesSimpleProgress(iface);

    /* for a caller of this interface the base is its own, not that of the other one */
    if (IsEqualGUID(iid, &IID_IOfflineFilesProgress))
        return IOfflineFilesSimpleProgress_QueryInterface(iface, &IID_IOfflineFilesSimpleProgress, out);
    return IOfflineFilesSyncProgress_QueryInterface(&progress->IOfflineFilesSyncProgress_iface, iid, out);
}

static ULONG WINAPI simple_AddRef(IOfflineFilesSimpleProgress *iface)
{
    struct progress *progress = impl_from_IOfflineFilesSimpleProgress(iface);
    return IOfflineFilesSyncProgress_AddRef(&progress->IOfflineFilesSyncProgress_iface);
}

static ULONG WINAPI simple_Release(IOfflineFilesSimpleProgress *iface)
{
    struct progress *progress = impl_from_IOfflineFilesSimpleProgress(iface);
    return IOfflineFilesSyncProgress_Release(&progress->IOfflineFilesSyncProgress_iface);
}

static HRESULT WINAPI simple_Begin(IOfflineFilesSimpleProgress *iface, BOOL *abort)
{
    heartbeat(impl_from_IOfflineFilesSimpleProgress(iface), abort);
    return S_OK;
}

static HRESULT WINAPI simple_QueryAbort(IOfflineFilesSimpleProgress *iface, BOOL *abort)
{
    heartbeat(impl_from_IOfflineFilesSimpleProgress(iface), abort);
    return S_OK;
}

static HRESULT WINAPI simple_End(IOfflineFilesSimpleProgress *iface, HRESULT hr)
{
    (void)iface;
    (void)hr;
    return S_OK;
}

static HRESULT WINAPI simple_ItemBegin(IOfflineFilesSimpleProgress *iface, LPCWSTR path,
                                       OFFLINEFILES_OP_RESPONSE *response)
{
    item_begins(impl_from_IOfflineFilesSimpleProgress(iface), path, response);
    return S_OK;
}

static HRESULT WINAPI simple_ItemResult(IOfflineFilesSimpleProgress *iface, LPCWSTR path, HRESULT hr,
                                        OFFLINEFILES_OP_RESPONSE *response)
{
    item_ends(impl_from_IOfflineFilesSimpleProgress(iface), path, hr, response);
    return S_OK;
}

static const IOfflineFilesSimpleProgressVtbl simple_vtbl =
{
    simple_QueryInterface,
    simple_AddRef,
    simple_Release,
    simple_Begin,
    simple_QueryAbort,
    simple_End,
    simple_ItemBegin,
    simple_ItemResult,
};

/* ---- ICscProgressTotals --------------------------------------------------- */

static inline struct progress *impl_from_ICscProgressTotals(ICscProgressTotals *iface)
{
    return CONTAINING_RECORD(iface, struct progress, ICscProgressTotals_iface);
}

static HRESULT WINAPI totals_QueryInterface(ICscProgressTotals *iface, REFIID iid, void **out)
{
    struct progress *progress = impl_from_ICscProgressTotals(iface);
    return IOfflineFilesSyncProgress_QueryInterface(&progress->IOfflineFilesSyncProgress_iface, iid, out);
}

static ULONG WINAPI totals_AddRef(ICscProgressTotals *iface)
{
    struct progress *progress = impl_from_ICscProgressTotals(iface);
    return IOfflineFilesSyncProgress_AddRef(&progress->IOfflineFilesSyncProgress_iface);
}

static ULONG WINAPI totals_Release(ICscProgressTotals *iface)
{
    struct progress *progress = impl_from_ICscProgressTotals(iface);
    return IOfflineFilesSyncProgress_Release(&progress->IOfflineFilesSyncProgress_iface);
}

static HRESULT WINAPI totals_Totals(ICscProgressTotals *iface, const CSC_TOTALS *totals)
{
    struct progress *progress = impl_from_ICscProgressTotals(iface);

    progress->totals = *totals;
    progress->have_totals = TRUE;
    heartbeat(progress, NULL);
    return S_OK;
}

static const ICscProgressTotalsVtbl totals_vtbl =
{
    totals_QueryInterface,
    totals_AddRef,
    totals_Release,
    totals_Totals,
};

/* ---- the life of an operation --------------------------------------------- */

struct progress *create_progress(const WCHAR *verb)
{
    struct progress *progress = xalloc(sizeof(*progress));

    progress->IOfflineFilesSyncProgress_iface.lpVtbl = &sync_vtbl;
    progress->IOfflineFilesSimpleProgress_iface.lpVtbl = &simple_vtbl;
    progress->ICscProgressTotals_iface.lpVtbl = &totals_vtbl;
    progress->refcount = 1;
    progress->verb = verb;
    progress->bar = !global_switches && is_console(out_stream());
    progress->start = progress->rate_time = GetTickCount64();
    InterlockedExchange(&operation_running, TRUE);
    return progress;
}

void progress_ask_retry(struct progress *progress, BOOL (*retry)(void *context, const WCHAR *path, HRESULT hr),
                        void *context)
{
    progress->retry = retry;
    progress->retry_context = context;
}

IOfflineFilesSyncProgress *progress_sync_sink(struct progress *progress)
{
    return &progress->IOfflineFilesSyncProgress_iface;
}

IOfflineFilesSimpleProgress *progress_simple_sink(struct progress *progress)
{
    return &progress->IOfflineFilesSimpleProgress_iface;
}

static void print_summary(const struct progress *progress, int code)
{
    WCHAR bytes[BYTES_TEXT_SIZE], sent[BYTES_TEXT_SIZE], rate[BYTES_TEXT_SIZE];
    ULONGLONG elapsed = GetTickCount64() - progress->start;
    ULONGLONG transferred = progress->totals.bytes_done;

    print(out_stream(), L"%ls: %ls%I64u item%ls", progress->verb, code == CMD_CANCELLED ? L"cancelled after " : L"",
          progress->items, progress->items == 1 ? L"" : L"s");
    if (progress->failed) print(out_stream(), L", %I64u failed", progress->failed);
    if (progress->conflicts) print(out_stream(), L" (%I64u changed on both sides)", progress->conflicts);
    if (transferred) print(out_stream(), L", %ls", format_bytes(transferred, bytes));
    if (progress->totals.bytes_sent)
        print(out_stream(), L" (%ls sent to the server)", format_bytes(progress->totals.bytes_sent, sent));
    print(out_stream(), L" in %I64u.%I64u s", elapsed / 1000, elapsed % 1000 / 100);
    if (transferred && elapsed)
        print(out_stream(), L" (%ls/s)", format_bytes(transferred * 1000 / elapsed, rate));
    print(out_stream(), L"\n");
}

static void json_summary(const struct progress *progress, HRESULT hr, int code)
{
    static const WCHAR *const results[] = { L"done", L"failed", L"usage", L"no_service", L"cancelled" };

    json_begin(L"summary");
    json_string(L"verb", progress->verb);
    json_string(L"result", results[code]);
    json_hresult(hr);
    json_number(L"items", progress->items);
    json_number(L"failed", progress->failed);
    json_number(L"conflicts", progress->conflicts);
    json_number(L"bytes", progress->totals.bytes_done);
    json_number(L"bytes_sent", progress->totals.bytes_sent);
    json_number(L"milliseconds", GetTickCount64() - progress->start);
    json_end();
}

int finish_progress(struct progress *progress, HRESULT hr, const WCHAR *subject)
{
    int code = exit_code(hr);

    InterlockedExchange(&operation_running, FALSE);
    clear_bar(progress);
    if (code == CMD_DONE && progress->failed) code = CMD_FAILED;
    /* the items have told their own errors; tell only what none of them said */
    if (FAILED(hr) && code != CMD_CANCELLED && (!progress->failed || code == CMD_NO_SERVICE))
        report_error(subject, hr);
    if (global_switches & SWITCH_JSON) json_summary(progress, hr, code);
    else if (!(global_switches & SWITCH_QUIET)) print_summary(progress, code);
    flush_output();
    IOfflineFilesSyncProgress_Release(&progress->IOfflineFilesSyncProgress_iface);
    return code;
}
