/*
 * Long operations: runs them in the service and calls the client's sinks
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscobj_private.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <string.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

/* The service hands out batches of events that wait for answers; the thread that runs the operation
 * pulls a batch, calls the sinks, and sends the answers with the next pull.
 *
 *  synchronous            the caller's thread runs the operation and calls the sinks
 *  asynchronous           a thread of its own does; the sinks are marshalled to it, so that each is
 *                         called in the apartment that it came from (Q5)
 *  flag ASYNCPROGRESS     (Q20, our decision) one more thread pulls and answers item events with
 *                         CONTINUE at once; the running thread calls the sink in the same order
 *                         afterwards.  ABORT still cancels the operation, RETRY has no effect.
 *                         Work runs ahead of the sink by MAX_QUEUED bytes of events at most.
 *
 * A thread of ours enters the MTA if the caller is in it, so that sinks are called directly there, and
 * else an apartment of its own: in a process that has an MTA, Wine complains about every call that goes
 * out to an MTA of another process (it looks for the object at home first).  That must not be our doing.
 */

#define PULL_TIMEOUT        100     /* ms that a pull waits for events */
#define PULL_TIMEOUT_UNASKED 1000   /* the same when nobody can abort */
#define QUERY_ABORT_PERIOD  200     /* ms, at most, between questions for an abort */
#define ANSWER_PERIOD       1000    /* ms, at most, until the service hears of answers */
#define CANCEL_LIMIT        10000   /* ms until a cancelled operation must have ended */
#define MAX_QUEUED          (4 * 1024 * 1024)
#define MAX_REPLIES         (CSC_MAX_REPLY_BYTES / 2)

struct batch
{
    struct batch *next;
    DWORD size;
    DWORD offset;           /* of the first event that was not handled */
    BYTE *data;
};

struct operation
{
    LONG refs;
    LONG generation;        /* session that the handle belongs to */
    ULONGLONG handle;
    BOOL asked;             /* somebody gets events */
    DWORD apartment;        /* COINIT_* for threads of ours */

    /* of the running thread */
    struct csc_link *link;
    struct progress progress;
    IOfflineFilesSyncConflictHandler *handler;
    BOOL ended;
    HRESULT result;

    /* shared with the pulling thread, if there is one */
    BOOL async_progress;
    SRWLOCK lock;
    HANDLE changed;         /* event for the running thread: batches or failure */
    HANDLE room;            /* event for the pulling thread: queued is less, or stop */
    struct batch *first;
    struct batch **last;
    DWORD queued;           /* bytes in batches */
    struct wire_replies replies;
    CSC_TOTALS totals;
    HRESULT failure;        /* of a pull */
    BOOL stop;
};

static void operation_release(struct operation *op)
{
    struct batch *batch;

    if (InterlockedDecrement(&op->refs)) return;
    while ((batch = op->first))
    {
        op->first = batch->next;
        free(batch->data);
        free(batch);
    }
    free(op->replies.data);
    if (op->changed) CloseHandle(op->changed);
    if (op->room) CloseHandle(op->room);
    free(op);
    module_release();
}

static HRESULT operation_create(const struct operation_request *request, struct operation **ret)
{
    struct operation *op;
    DWORD thread;

    if (!(op = calloc(1, sizeof(*op)))) return E_OUTOFMEMORY;
    module_addref();
    op->refs = 1;
    op->async_progress = request->async_progress && (request->simple || request->sync);
    op->asked = request->simple || request->sync || request->handler;
    op->apartment = COINIT_MULTITHREADED;
    if (SUCCEEDED(apartment_current(&thread)) && thread == GetCurrentThreadId())
        op->apartment = COINIT_APARTMENTTHREADED;
    op->last = &op->first;
    InitializeSRWLock(&op->lock);
    if (op->async_progress && (!(op->changed = CreateEventW(NULL, FALSE, FALSE, NULL)) ||
                               !(op->room = CreateEventW(NULL, FALSE, FALSE, NULL))))
    {
        operation_release(op);
        return E_OUTOFMEMORY;
    }
    *ret = op;
    return S_OK;
}

/* ---- pulling ---- */

/* Sends the collected replies and appends what comes to the queue.  answer: item events are replied to
 * right here.  Called by one thread only. */
static HRESULT operation_pull(struct operation *op, struct csc_link *link, DWORD timeout, BOOL answer)
{
    struct wire_replies replies;
    const struct csc_wire_event *event;
    struct batch *batch = NULL;
    CSC_TOTALS totals = { 0 };
    ULONGLONG busy = 0;
    BYTE *packed = NULL, *data = NULL;
    DWORD size = 0, offset;
    HRESULT hr;

    AcquireSRWLockExclusive(&op->lock);
    replies = op->replies;
    memset(&op->replies, 0, sizeof(op->replies));
    ReleaseSRWLockExclusive(&op->lock);

    do
        hr = ICscSession_PullEvents(link->session, op->handle, timeout, replies.size,
                                    replies.size ? replies.data : NULL, &totals, &size, &packed);
    while (is_busy(hr) && busy_wait(&busy));
    free(replies.data);
    if (FAILED(hr)) return hr;
    if (size) hr = wire_unpack(packed, size, &data, &size);
    CoTaskMemFree(packed);
    if (data && !wire_events_sound(data, size)) hr = E_UNEXPECTED;
    else if (data && !(batch = malloc(sizeof(*batch)))) hr = E_OUTOFMEMORY;
    if (!batch)
    {
        free(data);
        size = 0;
        if (FAILED(hr)) return hr;
    }

    AcquireSRWLockExclusive(&op->lock);
    op->totals = totals;
    if (batch)
    {
        batch->next = NULL;
        batch->size = size;
        batch->offset = 0;
        batch->data = data;
        *op->last = batch;
        op->last = &batch->next;
        op->queued += size;
    }
    for (offset = 0; answer && SUCCEEDED(hr) && offset < size; offset += event->size)
    {
        event = (const struct csc_wire_event *)(data + offset);
        if (event->kind == CSC_EVENT_ITEM_BEGIN || event->kind == CSC_EVENT_ITEM_RESULT)
            hr = wire_add_reply(&op->replies, event->token, OFFLINEFILES_OP_CONTINUE, NULL);
    }
    ReleaseSRWLockExclusive(&op->lock);
    return FAILED(hr) ? hr : S_OK;
}

/* The pulling thread of ASYNCPROGRESS. */
static DWORD pull_thread(void *context)
{
    struct operation *op = context;
    struct csc_link *link = NULL;
    BOOL stop = FALSE, full = FALSE, ended = FALSE;
    HRESULT hr, init;

    hr = init = CoInitializeEx(NULL, op->apartment);
    if (SUCCEEDED(hr)) hr = link_acquire_generation(op->generation, &link);
    while (SUCCEEDED(hr) && !stop && !ended)
    {
        if (full) WaitForSingleObject(op->room, INFINITE);
        else if (SUCCEEDED(hr = operation_pull(op, link, PULL_TIMEOUT, TRUE))) SetEvent(op->changed);

        AcquireSRWLockShared(&op->lock);
        stop = op->stop;
        full = op->queued > MAX_QUEUED;
        ended = op->totals.ended;
        ReleaseSRWLockShared(&op->lock);
    }
    if (FAILED(hr))
    {
        AcquireSRWLockExclusive(&op->lock);
        op->failure = hr;
        ReleaseSRWLockExclusive(&op->lock);
        SetEvent(op->changed);
    }
    link_release(link);
    operation_release(op);
    if (SUCCEEDED(init)) CoUninitialize();
    return 0;
}

/* ---- calling the sinks ---- */

/* Notes the answer to an event for the next pull. */
static void operation_reply(struct operation *op, UINT64 token, DWORD response, const WCHAR *name)
{
    HRESULT hr;

    AcquireSRWLockExclusive(&op->lock);
    hr = wire_add_reply(&op->replies, token, response, name);
    ReleaseSRWLockExclusive(&op->lock);
    if (FAILED(hr) && !op->ended)
    {
        op->ended = TRUE; /* the operation would wait for this answer for ever */
        op->result = hr;
    }
}

/* A plain name of a file, as KEEPALLCHANGES needs it (Q35). */
static BOOL is_plain_name(const WCHAR *name)
{
    size_t length;

    if (!name || !name[0]) return FALSE;
    length = wcsnlen(name, MAX_PATH);
    return length < 256 && !wcspbrk(name, L"\\/:*?\"<>|") && wcscmp(name, L".") && wcscmp(name, L"..");
}

static void handle_conflict(struct operation *op, const struct csc_wire_event *event)
{
    OFFLINEFILES_SYNC_CONFLICT_RESOLVE resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_NONE;
    LPWSTR name = NULL;
    HRESULT hr;

    if (!op->progress.cancelled)
    {
        hr = IOfflineFilesSyncConflictHandler_ResolveConflict(op->handler, event->path, event->state_known,
                                                              event->sync_state, event->change_details,
                                                              &resolution, &name);
        TRACE("%s: %#lx, resolution %d, name %s\n", debugstr_w(event->path), hr, resolution, debugstr_w(name));
        if (is_disconnect(hr) && is_proxy((IUnknown *)op->handler)) op->progress.cancelled = TRUE; /* Q28 */

        /* An answer that makes no sense is one for "later" (Q35). */
        if ((UINT32)resolution >= OFFLINEFILES_SYNC_CONFLICT_RESOLVE_NUMCODES ||
            (resolution == OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPALLCHANGES && !is_plain_name(name)))
            resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_LOG;
        if (resolution == OFFLINEFILES_SYNC_CONFLICT_ABORT) op->progress.cancelled = TRUE;
    }
    if (op->progress.cancelled) resolution = OFFLINEFILES_SYNC_CONFLICT_ABORT;
    operation_reply(op, event->token, resolution,
                    resolution == OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPALLCHANGES ? name : NULL);
    CoTaskMemFree(name);
}

static void handle_event(struct operation *op, const struct csc_wire_event *event)
{
    DWORD response;

    switch (event->kind)
    {
    case CSC_EVENT_ITEM_BEGIN:
        response = progress_item_begin(&op->progress, event->path);
        if (!op->async_progress) operation_reply(op, event->token, response, NULL);
        break;
    case CSC_EVENT_ITEM_RESULT:
        response = progress_item_result(&op->progress, event);
        if (!op->async_progress) operation_reply(op, event->token, response, NULL);
        break;
    case CSC_EVENT_CONFLICT:
        if (op->handler) handle_conflict(op, event);
        else operation_reply(op, event->token, OFFLINEFILES_SYNC_CONFLICT_RESOLVE_NONE, NULL);
        break;
    case CSC_EVENT_END:
        op->ended = TRUE;
        op->result = event->status;
        break;
    default:
        WARN("unknown event %u\n", event->kind);
        break;
    }
}

/* Handles queued events until the queue is empty, enough replies wait to be sent, or they waited long enough: a client
 * that is slow counts as hung when the service hears nothing of it.  Returns whether there were any. */
static BOOL operation_deliver(struct operation *op)
{
    struct batch *batch;
    const struct csc_wire_event *event;
    const ULONGLONG start = GetTickCount64();
    BOOL any = FALSE, enough = FALSE;
    CSC_TOTALS totals;

    while (!op->ended && !enough)
    {
        AcquireSRWLockShared(&op->lock);
        batch = op->first;
        ReleaseSRWLockShared(&op->lock);
        if (!batch) break;

        any = TRUE;
        while (batch->offset < batch->size && !op->ended && !enough)
        {
            event = (const struct csc_wire_event *)(batch->data + batch->offset);
            batch->offset += event->size;
            handle_event(op, event);
            if (!op->ended) progress_query_abort(&op->progress, QUERY_ABORT_PERIOD);
            enough = !op->async_progress && op->replies.size &&
                     (op->replies.size >= MAX_REPLIES || GetTickCount64() - start >= ANSWER_PERIOD);
        }
        if (batch->offset < batch->size) break;

        AcquireSRWLockExclusive(&op->lock);
        if (!(op->first = batch->next)) op->last = &op->first;
        op->queued -= batch->size;
        ReleaseSRWLockExclusive(&op->lock);
        if (op->room) SetEvent(op->room);
        free(batch->data);
        free(batch);
    }

    AcquireSRWLockShared(&op->lock);
    totals = op->totals;
    batch = op->first;
    ReleaseSRWLockShared(&op->lock);
    progress_report_totals(&op->progress, &totals);
    if (totals.ended && !batch && !op->ended)
    {
        ERR("the end of the operation was not told\n");
        op->ended = TRUE;
        op->result = E_UNEXPECTED;
    }
    return any;
}

/* Runs a started operation to its end in the calling thread; lets go of op. */
static HRESULT operation_drive(struct operation *op)
{
    const DWORD timeout = op->asked ? PULL_TIMEOUT : PULL_TIMEOUT_UNASKED;
    ULONGLONG cancel_time = 0;
    HRESULT hr = S_OK;
    BOOL any;

    progress_begin(&op->progress);
    if (op->async_progress && !op->progress.cancelled)
    {
        InterlockedIncrement(&op->refs);
        if (FAILED(hr = module_start_thread(pull_thread, op)))
        {
            operation_release(op);
            op->ended = TRUE;
            op->result = hr;
        }
    }
    else op->async_progress = FALSE; /* only the end is left to be waited for */

    while (!op->ended)
    {
        if (op->progress.cancelled && !cancel_time)
        {
            cancel_time = GetTickCount64();
            hr = ICscSession_CancelOperation(op->link->session, op->handle);
            TRACE("cancelled, %#lx\n", hr);
            if (FAILED(hr)) break;
        }
        if (cancel_time && GetTickCount64() - cancel_time > CANCEL_LIMIT)
        {
            ERR("the operation does not end after it was cancelled\n");
            hr = HRESULT_FROM_WIN32(ERROR_CANCELLED);
            break;
        }

        if (op->async_progress)
        {
            wait_in_apartment(op->changed, timeout);
            any = operation_deliver(op);
            AcquireSRWLockShared(&op->lock);
            if (!op->first) hr = op->failure;
            ReleaseSRWLockShared(&op->lock);
        }
        else
        {
            hr = operation_pull(op, op->link, op->first ? 0 : timeout, FALSE);
            any = SUCCEEDED(hr) && operation_deliver(op);
        }
        if (FAILED(hr)) break;
        if (!op->ended) progress_query_abort(&op->progress, any ? QUERY_ABORT_PERIOD : 0);
    }
    if (!op->ended) op->result = hr;

    AcquireSRWLockExclusive(&op->lock);
    op->stop = TRUE;
    ReleaseSRWLockExclusive(&op->lock);
    if (op->room) SetEvent(op->room);

    if (is_disconnect(hr)) link_forget(op->link, TRUE);
    else ICscSession_CloseOperation(op->link->session, op->handle);
    link_release(op->link);
    op->link = NULL;

    hr = progress_end(&op->progress, op->result);
    if (op->handler) IOfflineFilesSyncConflictHandler_Release(op->handler);
    op->handler = NULL;
    operation_release(op);
    return hr;
}

/* ---- starting ---- */

/* Has the service prepare the operation; op->link is set if it did. */
static HRESULT operation_start(struct operation *op, const struct operation_request *request)
{
    CSC_OPERATION operation = request->operation;
    struct csc_call call = { 0 };
    HRESULT hr;

    operation.ask = 0;
    if (request->simple || request->sync) operation.ask |= CSC_OP_ASK_ITEMS;
    if (request->handler) operation.ask |= CSC_OP_ASK_CONFLICTS;
    do
        if (SUCCEEDED(hr = call_begin(&call)))
            hr = ICscSession_StartOperation(call.link->session, &operation, request->count, request->paths,
                                            &op->handle);
    while (call_again(&call, hr));

    TRACE("kind %lu, flags %#lx: %#lx\n", operation.kind, operation.flags, hr);
    if (FAILED(hr))
    {
        call_end(&call);
        return hr;
    }
    op->link = call.link;
    op->generation = call.link->generation;
    return S_OK;
}

static void operation_abandon(struct operation *op)
{
    if (op->link)
    {
        ICscSession_CloseOperation(op->link->session, op->handle);
        link_release(op->link);
        op->link = NULL;
    }
    operation_release(op);
}

/* What a call with bAsync hands over to its thread; lives until the thread set ready. */
struct async_start
{
    struct operation *op;
    BOOL simple;
    IStream *sink;          /* marshalled; NULL: none, or taken over */
    IStream *handler;
    HANDLE ready;
    HRESULT hr;             /* out: whether the thread took over */
};

/* Unmarshals one interface; the stream is used up in any case. */
static HRESULT take_marshalled(IStream **stream, REFIID iid, void **obj)
{
    IStream *source = *stream;

    *obj = NULL;
    *stream = NULL;
    return source ? CoGetInterfaceAndReleaseStream(source, iid, obj) : S_OK;
}

/* Unmarshals what the thread needs. */
static HRESULT async_take_over(struct async_start *start)
{
    struct operation *op = start->op;
    IUnknown *sink;
    HRESULT hr;

    hr = take_marshalled(&start->sink, start->simple ? &IID_IOfflineFilesSimpleProgress
                                                     : &IID_IOfflineFilesSyncProgress, (void **)&sink);
    if (SUCCEEDED(hr))
        hr = take_marshalled(&start->handler, &IID_IOfflineFilesSyncConflictHandler, (void **)&op->handler);
    if (SUCCEEDED(hr)) hr = link_acquire_generation(op->generation, &op->link);
    if (SUCCEEDED(hr))
        progress_init(&op->progress, start->simple ? (IOfflineFilesSimpleProgress *)sink : NULL,
                      start->simple ? NULL : (IOfflineFilesSyncProgress *)sink);
    else if (op->handler)
    {
        IOfflineFilesSyncConflictHandler_Release(op->handler);
        op->handler = NULL;
    }
    if (sink) IUnknown_Release(sink);
    return hr;
}

static DWORD async_thread(void *context)
{
    struct async_start *start = context;
    struct operation *op = start->op;
    HRESULT hr, init;

    hr = init = CoInitializeEx(NULL, op->apartment);
    if (SUCCEEDED(hr)) hr = async_take_over(start);
    start->hr = hr;
    SetEvent(start->ready); /* start is gone from here on */

    if (SUCCEEDED(hr)) operation_drive(op);
    if (SUCCEEDED(init)) CoUninitialize();
    return 0;
}

static HRESULT marshal_for_thread(REFIID iid, IUnknown *unk, IStream **stream)
{
    *stream = NULL;
    return unk ? CoMarshalInterThreadInterfaceInStream(iid, unk, stream) : S_OK;
}

/* Hands a started operation to a thread.  Waits until that has its own references: until then those of
 * the caller, and its apartment, are needed. */
static HRESULT operation_run_async(struct operation *op, const struct operation_request *request)
{
    struct async_start start = { .op = op, .simple = !!request->simple };
    struct csc_link *link;
    DWORD index;
    HRESULT hr;

    if (!(start.ready = CreateEventW(NULL, TRUE, FALSE, NULL)))
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        operation_abandon(op);
        return hr;
    }
    if (request->simple)
        hr = marshal_for_thread(&IID_IOfflineFilesSimpleProgress, (IUnknown *)request->simple, &start.sink);
    else
        hr = marshal_for_thread(&IID_IOfflineFilesSyncProgress, (IUnknown *)request->sync, &start.sink);
    if (SUCCEEDED(hr) && FAILED(hr = marshal_for_thread(&IID_IOfflineFilesSyncConflictHandler,
                                                        (IUnknown *)request->handler, &start.handler)))
        release_marshalled(start.sink);
    if (FAILED(hr))
    {
        WARN("the sinks cannot be marshalled, %#lx\n", hr);
        CloseHandle(start.ready);
        operation_abandon(op);
        return hr;
    }

    link = op->link;        /* belongs to this apartment */
    op->link = NULL;
    if (SUCCEEDED(hr = module_start_thread(async_thread, &start)))
    {
        if (FAILED(CoWaitForMultipleHandles(0, INFINITE, 1, &start.ready, &index)))
            WaitForSingleObject(start.ready, INFINITE);
        hr = start.hr;
    }
    if (FAILED(hr))
    {
        release_marshalled(start.sink);
        release_marshalled(start.handler);
        op->link = link;
        operation_abandon(op);
    }
    else link_release(link);
    CloseHandle(start.ready);
    return hr;
}

HRESULT operation_run(const struct operation_request *request)
{
    struct operation *op;
    HRESULT hr;

    if (FAILED(hr = operation_create(request, &op))) return hr;
    if (FAILED(hr = operation_start(op, request)))
    {
        operation_release(op); /* never begun, so there is no End either (Q22) */
        return hr;
    }
    if (request->async) return operation_run_async(op, request);

    progress_init(&op->progress, request->simple, request->sync);
    if ((op->handler = request->handler)) IOfflineFilesSyncConflictHandler_AddRef(op->handler);
    return operation_drive(op);
}
