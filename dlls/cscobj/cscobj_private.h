/*
 * Shared declarations of the in-process COM server
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef __CSCOBJ_PRIVATE_H
#define __CSCOBJ_PRIVATE_H

#define COBJMACROS
#include <stdarg.h>
#include <stddef.h>
#include "windef.h"
#include "winbase.h"
#include "objbase.h"
#include "ocidl.h"
#include "cscobj.h"
#include "cscsvc.h"
#include "cscguids.h"
#include "cscwire.h"

/* ---- main.c ------------------------------------------------------------- */

extern HINSTANCE cscobj_instance;

/* Counts what keeps the DLL loaded: objects, locks of class factories, threads. */
void module_addref(void);
void module_release(void);

/* Starts a thread that keeps the DLL loaded until it ends; proc must return.  The thread owns
 * context from here on only if S_OK is returned. */
HRESULT module_start_thread(DWORD (*proc)(void *), void *context);

/* A copy of length characters of str with a terminator, to be freed with free(). NULL: no memory. */
WCHAR *copy_string(const WCHAR *str, size_t length);

/* The same in memory of CoTaskMemAlloc. */
WCHAR *copy_string_for_caller(const WCHAR *str, size_t length);

/* ---- register.c, register_service.c ------------------------------------- */

/* Creates key (below root) and stores one string value of the given registry type. */
HRESULT register_string(HKEY root, const WCHAR *key, const WCHAR *name, DWORD type, const WCHAR *value);

/* Enter the service CscService, its svchost group and its parameters, and remove them again.
 * Other members of the group stay as they are.  Both may be called repeatedly. */
HRESULT register_service(void);
HRESULT unregister_service(void);

/* ---- service.c ---------------------------------------------------------- */

/* TRUE if the HRESULT of a COM call means that the object behind the proxy cannot be reached. */
BOOL is_disconnect(HRESULT hr);

/* The service runs and lets nobody in: the call did not reach it. */
BOOL is_busy(HRESULT hr);
/* After such an answer: waits a moment; FALSE: it has been so for too long (10 s, each try may take 5 s more).
 * since: 0 at first. */
BOOL busy_wait(ULONGLONG *since);

/* Makes a stream that holds a copy of the bytes and stands at its beginning. */
HRESULT stream_from_bytes(const void *data, DWORD size, IStream **stream);

/* Opens a session with the service for the calling apartment and starts the service for this if it
 * does not run.  E32(ERROR_SERVICE_DISABLED) when the feature is disabled (Q1), other errors of the
 * service control manager as E32 codes. */
HRESULT service_connect(ICscSession **session);

/* TRUE if the service is known not to run: it was stopped, or never started. */
BOOL service_is_stopped(void);

/* ---- apartment.c --------------------------------------------------------- */

#define APARTMENT_MTA     0u
#define APARTMENT_NEUTRAL (~0u)

struct apartment_watch;

/* Tells the apartment that the calling thread is in: the thread id of a single-threaded one, or
 * APARTMENT_*.  CO_E_NOTINITIALIZED if it is in none. */
HRESULT apartment_current(DWORD *thread);

/* Calls links_forget_apartment before the calling thread's single-threaded apartment ends, or keeps
 * the MTA from ending, until apartment_unwatch. */
HRESULT apartment_watch(DWORD thread, struct apartment_watch **watch);
void apartment_unwatch(struct apartment_watch *watch);

/* Waits for the handle; a single-threaded apartment goes on handling its calls. */
void wait_in_apartment(HANDLE handle, DWORD timeout);

/* Releases what CoMarshalInterThreadInterfaceInStream made and nobody took; NULL is allowed. */
void release_marshalled(IStream *stream);

/* ---- session.c ---------------------------------------------------------- */

/* The session of this process as one apartment sees it. */
struct csc_link
{
    ICscSession *session;
    struct csc_link *next;
    LONG refs;
    LONG generation;        /* number of the session, 0: not to be used any more */
    DWORD thread;           /* of a single-threaded apartment, or APARTMENT_* */
    struct apartment_watch *watch;
};

/* The link of the calling apartment; connects to the service if necessary.  To be given back with
 * link_release.  CO_E_NOTINITIALIZED if the thread is in no apartment. */
HRESULT link_acquire(struct csc_link **link);

/* The same, but RPC_E_DISCONNECTED if that session is not there any more. */
HRESULT link_acquire_generation(LONG generation, struct csc_link **link);

struct csc_link *link_addref(struct csc_link *link);
void link_release(struct csc_link *link); /* NULL is allowed */

/* Nobody gets the link any more; whole: nor any other link of that session. */
void link_forget(struct csc_link *link, BOOL whole);

/* Nobody gets a link of that apartment any more: it ends. */
void links_forget_apartment(DWORD thread);

/* Gives the session up; done when the DLL may be unloaded. */
void session_close(void);

/* A call that may be repeated after a crash of the service:
 *     struct csc_call call = { 0 };
 *     do
 *         if (SUCCEEDED(hr = call_begin(&call)))
 *             hr = ICscSession_Something(call.link->session, ...);
 *     while (call_again(&call, hr));
 *     call_end(&call);
 * call.link is the link that answered, until call_end. */
struct csc_call
{
    struct csc_link *link;
    int attempts;
    ULONGLONG busy_since;
};

HRESULT call_begin(struct csc_call *call);
BOOL call_again(struct csc_call *call, HRESULT hr);
void call_end(struct csc_call *call);

/* ---- wire.c ------------------------------------------------------------- */

/* The record at offset of a blob, if a whole and sound one is there, else NULL. */
const struct csc_wire_item *wire_item_at(const BYTE *data, DWORD size, DWORD offset);
const struct csc_wire_event *wire_event_at(const BYTE *data, DWORD size, DWORD offset);

/* What the service told of a failure; NULL: nothing.  event: a sound record. */
const struct csc_wire_error *wire_event_error(const struct csc_wire_event *event);
BOOL wire_error_sound(const struct csc_wire_error *error);

const struct csc_wire_news *wire_news_at(const BYTE *data, DWORD size, DWORD offset);

/* What the service packed (cscpack.h), to be freed with free; the records are still to be checked.  E_UNEXPECTED: it is no such
 * thing, or more than CSC_MAX_BLOB_BYTES. */
HRESULT wire_unpack(const BYTE *packed, DWORD size, BYTE **records, DWORD *total);
/* TRUE if the whole blob consists of sound item, event or news records. */
BOOL wire_items_sound(const BYTE *data, DWORD size);
BOOL wire_events_sound(const BYTE *data, DWORD size);
BOOL wire_news_sound(const BYTE *data, DWORD size);

/* A growing run of struct csc_wire_reply records. */
struct wire_replies
{
    BYTE *data;             /* free() */
    DWORD size;             /* bytes in use */
    DWORD capacity;
    DWORD last;             /* offset of the last record */
};

/* Adds a reply, to the last record if that is about the question before and says the same; name may be NULL.  E_OUTOFMEMORY leaves the run as it is. */
HRESULT wire_add_reply(struct wire_replies *replies, UINT64 token, DWORD response, const WCHAR *name);

/* ---- args.c ------------------------------------------------------------- */

/* Checks of arguments; S_OK or the error to return (E_INVALIDARG except where said).  The syntax of
 * paths is the service's to check. */
HRESULT check_path(LPCWSTR path);
HRESULT check_paths(LPCWSTR *paths, ULONG count);
HRESULT check_flags(DWORD flags, DWORD mask);
HRESULT check_query_flags(DWORD flags);         /* E_ACCESSDENIED: ADMIN, caller is none */
HRESULT check_delete_flags(DWORD flags);        /* the same */
HRESULT check_sync_control(DWORD flags);
HRESULT check_pin_control(DWORD flags);

/* Membership as seen by the caller's token, that is elevated (Q16). */
BOOL caller_is_administrator(void);

/* Whether a user, a string SID or domain\\user, is the one whose items the cache holds: a prefix belongs to one.
 * E32(ERROR_NONE_MAPPED): there is no such user. */
HRESULT user_owns_cache(LPCWSTR user, BOOL *owner);

/* The flags that have an effect: drops those that others switch off, adds those that others
 * imply. [behaviour.md §2.2.1, §2.2.4, §2.2.5] */
DWORD effective_sync_control(DWORD flags, BOOL handler);
DWORD effective_pin_control(DWORD flags, BOOL unpin);

/* ---- cache.c, item.c, itemenum.c ----------------------------------------- */

/* Makes the object of CLSID_OfflineFilesCache; does not need the service yet (Q1). */
HRESULT cache_create(REFIID iid, void **obj);

/* The record of a path from the service; free() it.  filters: NULL for none; link, if not NULL, gets the link used. */
HRESULT fetch_item(LPCWSTR path, DWORD query, const struct csc_wire_filters *filters, struct csc_wire_item **record,
                   struct csc_link **link);

/* Makes an item object from a copy of the record; query: what was asked for to get it.  The item keeps
 * link (may be NULL) so that later calls of this apartment need not connect again. */
HRESULT item_create(const struct csc_wire_item *record, DWORD query, struct csc_link *link,
                    IOfflineFilesItem **item);

/* FindItem with filters, NULL: none; path is checked already. */
HRESULT item_find(LPCWSTR path, DWORD query, const struct csc_wire_filters *filters, IOfflineFilesItem **item);

/* EnumItemsEx of the container path, NULL: of the cache.  All arguments are checked here. */
HRESULT container_enum(LPCWSTR path, IOfflineFilesItemFilter *include_file, IOfflineFilesItemFilter *include_dir,
                       IOfflineFilesItemFilter *exclude_file, IOfflineFilesItemFilter *exclude_dir,
                       DWORD enum_flags, DWORD query, IEnumOfflineFilesItems **ret);

/* ---- errorinfo.c --------------------------------------------------------- */

/* Makes the object that a sink is handed with a failure, from a copy of the record. */
HRESULT error_info_create(const struct csc_wire_error *error, IOfflineFilesSyncErrorInfo **info);
/* One of the copies of the item that it tells of. */
HRESULT error_item_create(const struct csc_wire_copy *copy, IOfflineFilesSyncErrorItemInfo **item);

/* ---- errormarshal.c ------------------------------------------------------ */

enum error_kind
{
    ERROR_KIND_INFO = 1,
    ERROR_KIND_ITEM
};

/* The IMarshal of an object that goes to other apartments by value. */
struct error_marshal
{
    IMarshal IMarshal_iface;
    IUnknown *outer;        /* the object, which owns this; NULL: it only unmarshals */
    UINT32 kind, size;
    const void *data;       /* the record that the object is made of */
};

void error_marshal_init(struct error_marshal *marshal, IUnknown *outer, enum error_kind kind, const void *data,
                        UINT32 size);

/* What CLSID_CscErrorMarshal makes. */
HRESULT error_unmarshaler_create(REFIID iid, void **obj);

/* ---- filter.c ------------------------------------------------------------ */

/* Asks the client's filters (each may be NULL), once and on this thread (Q79); *filters is values, or NULL when there
 * is no filter at all.  The error of a filter's method, but for E_NOTIMPL; E_INVALIDARG: flags or values that do not
 * exist, a pattern without an end.  [behaviour.md §2.9] */
HRESULT read_filters(IOfflineFilesItemFilter *include_file, IOfflineFilesItemFilter *include_dir,
                     IOfflineFilesItemFilter *exclude_file, IOfflineFilesItemFilter *exclude_dir,
                     struct csc_wire_filters *values, const struct csc_wire_filters **filters);

/* ---- setting.c, settingenum.c --------------------------------------------- */

/* GetSettingObject: the setting of that name.  E_POINTER, E_INVALIDARG: no name,
 * E32(ERROR_INVALID_NAME): no such setting. [behaviour.md §2.2.15] */
HRESULT setting_find_object(const WCHAR *name, IOfflineFilesSetting **ret);

/* The object of CLSID_OfflineFilesSetting, which is that of no setting (Q2). */
HRESULT setting_create_blank(REFIID iid, void **obj);

/* EnumSettingObjects: an enumerator of all settings.  E_POINTER. [behaviour.md §2.2.16] */
HRESULT setting_enum_create(IEnumOfflineFilesSettings **ret);

/* ---- progress.c ---------------------------------------------------------- */

/* An item whose begin was told and whose result was not. */
struct open_item
{
    struct open_item *next;
    UINT32 hash;
    UINT32 size;                            /* bytes that there is room for in path */
    WCHAR path[];
};

/* The course of one operation as its listener is told: Begin first, End last, each once; a result for
 * each item begun; when to ask for an abort; the counters.  Belongs to the thread that runs the
 * operation. */
struct progress
{
    IOfflineFilesProgress *sink;            /* NULL: nobody listens */
    IOfflineFilesSimpleProgress *simple;    /* the same object: at most one of these two */
    IOfflineFilesSyncProgress *sync;
    ICscProgressTotals *totals_sink;        /* the same object again, if it wants counters */
    struct open_item *open_items, **last_open; /* oldest first: results come in much the same order */
    struct open_item *spare_items;          /* not open any more, for the next */
    CSC_TOTALS totals;
    ULONGLONG last_query;                   /* GetTickCount64 of the last Begin or QueryAbort */
    BOOL remote;                            /* the sink is a proxy */
    BOOL begun;
    BOOL cancelled;                         /* the sink said so, or it is gone */
    BOOL lost;                              /* the sink is gone: no more calls (Q28) */
};

/* Starts with a sink (referenced until progress_end), or NULL.  Only one of them may be given. */
void progress_init(struct progress *progress, IOfflineFilesSimpleProgress *simple,
                   IOfflineFilesSyncProgress *sync);
void progress_begin(struct progress *progress);
/* Asks for an abort if the last question is at least max_age milliseconds ago. */
void progress_query_abort(struct progress *progress, DWORD max_age);
/* Tell of an item; return the OFFLINEFILES_OP_RESPONSE, ABORT once cancelled.  After that no item is
 * begun any more, but those that were get their results. */
DWORD progress_item_begin(struct progress *progress, LPCWSTR path);
DWORD progress_item_result(struct progress *progress, const struct csc_wire_event *event);
/* Tells the counters, if they changed. */
void progress_report_totals(struct progress *progress, const CSC_TOTALS *totals);
/* Tells the result and lets go of the sink; returns what the operation's method returns. */
HRESULT progress_end(struct progress *progress, HRESULT result);

/* TRUE if calls to unk leave the apartment, so that they may fail without reaching the object. */
BOOL is_proxy(IUnknown *unk);

/* ---- sink.c -------------------------------------------------------------- */

struct sink;

/* Connects a client's sink of iid (a version of IOfflineFilesEvents) with the service: reads its filters, subscribes and
 * starts its thread.  CONNECT_E_CANNOTCONNECT: it has no such interface; CONNECT_E_ADVISELIMIT: there are too many;
 * errors of its filter methods, except E_NOTIMPL; errors of the way to the service. */
HRESULT sink_create(IUnknown *unk, REFIID iid, struct sink **sink);
/* The client's object with a reference, NULL when the connection was lost. */
IUnknown *sink_object(struct sink *sink);
/* Lets go of the client's object, in its apartment, and of the caller's reference.  No call begins any more. */
void sink_unadvise(struct sink *sink);

/* ---- connpoint.c --------------------------------------------------------- */

#define CONNECTION_POINTS 4

struct connection_point
{
    IConnectionPoint IConnectionPoint_iface;
    struct connections *connections;
};

/* The part of the cache object that knows who wants events. */
struct connections
{
    IConnectionPointContainer IConnectionPointContainer_iface;
    IUnknown *outer;        /* the object it is a part of, not counted */
    struct connection_point points[CONNECTION_POINTS];
    SRWLOCK lock;           /* the two below */
    struct connection *first;
    DWORD last_cookie;
};

void connections_init(struct connections *connections, IUnknown *outer);
/* All sinks are let go of. */
void connections_end(struct connections *connections);
/* ---- policy.c ------------------------------------------------------------- */

/* Has the service read the lists of assigned files again, unpins what left them and pins what is on them
 * (Q65).  The sinks may be NULL.  The first failure; E32(ERROR_CANCELLED) ends it. */
HRESULT process_admin_pins(IOfflineFilesSyncProgress *pin_sink, IOfflineFilesSyncProgress *unpin_sink);

/* ---- operation.c --------------------------------------------------------- */

struct operation_request
{
    CSC_OPERATION operation;                /* ask is filled in by operation_run */
    LPCWSTR *paths;
    ULONG count;
    BOOL async;
    BOOL async_progress;                    /* the flag ASYNCPROGRESS, Q20 */
    IOfflineFilesSimpleProgress *simple;    /* at most one of these two */
    IOfflineFilesSyncProgress *sync;
    IOfflineFilesSyncConflictHandler *handler;
};

/* Runs a long operation: to its end and returns its result, or with async until it is started. */
HRESULT operation_run(const struct operation_request *request);

#endif /* __CSCOBJ_PRIVATE_H */
