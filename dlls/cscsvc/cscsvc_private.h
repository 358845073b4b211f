/*
 * Service for Offline Files: what its parts know of each other
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef __CSCSVC_PRIVATE_H
#define __CSCSVC_PRIVATE_H

#include <stdarg.h>

#define COBJMACROS
#include "windef.h"
#include "winbase.h"
#include "winternl.h"
#include "objbase.h"
#include "cscsvc.h"
#include "settings_watch.h"
#include "unixlib.h"

/* The module, for finding its native half. */
extern HINSTANCE cscsvc_instance;

/* -- calls.c: the way into the native half -- */

/* Finds the native half and checks that it fits.  HRESULT_FROM_NT(0xc0000135) when there is none. */
HRESULT unix_calls_init(void);
/* The csc_status in the parameters, or why the call was not made. */
HRESULT unix_call(enum csc_unix_call code, void *params);

/* -- caller.c: who calls -- */

/* The process that the call now being answered comes from, as the connection knows it.  E_ACCESSDENIED: unknown. */
HRESULT caller_process(DWORD *pid);
/* Whether the token of a process is that of an administrator (with the group enabled, Q16). */
HRESULT process_is_administrator(DWORD pid, BOOL *member);
/* S_OK when the call comes from an administrator's process, else E_ACCESSDENIED. */
HRESULT check_administrator(void);
/* Query flags: E_INVALIDARG for unknown ones, E_ACCESSDENIED for ADMIN when the caller is none. */
HRESULT check_query(DWORD query);
/* Flags of an operation that only administrators may give: E_ACCESSDENIED.  The engine checks the others. */
HRESULT check_operation_rights(const CSC_OPERATION *operation);

/* -- config.c: settings of the machine -- */

struct service_config
{
    DWORD workers;            /* 0: by number of cores */
    DWORD origin_timeout;     /* ms, 0: default */
    DWORD probe_interval;     /* ms, 0: default */
    DWORD ping_interval;      /* ms, 0: default */
    DWORD answer_timeout;     /* ms, 0: default */
    DWORD online_sync_interval; /* ms, 0: none */
};

/* Reads the registry; values that are missing or make no sense become 0. */
void read_service_config(struct service_config *config);

/* Reads the machine policy for the size of the cache.  [behaviour.md §6.2] */
void read_quota_policy(struct csc_unix_quota_policy *policy);
/* Reads it and tells the engine, between engine_enter and engine_leave. */
HRESULT hand_over_quota_policy(void *engine);
/* Does that when a policy changed (a settings_listener). */
void apply_quota_policy(enum settings_step step, unsigned int what);

/* -- exclusions.c: which files do not come into the cache -- */

#define EXCLUSION_LISTS 3
struct exclusions
{
    WCHAR *lists[EXCLUSION_LISTS];
    struct csc_unix_text *texts;   /* the patterns of all of them; NULL: no memory */
    DWORD count;
};
/* What is in force now; free_exclusions in any case. */
void read_exclusions(struct exclusions *exclusions);
void free_exclusions(struct exclusions *exclusions);
/* Reads them and hands them over. */
void hand_over_exclusions(void *engine);

/* -- policy.c: policies that change what the engine does -- */

/* Reads the policies and hands them over.  Fails when the lists of assigned files could not be. */
HRESULT hand_over_policies(void *engine);
/* A settings_listener: does it again after a change. */
void apply_policies(enum settings_step step, unsigned int what);

/* -- engine.c: the engine and who is inside it -- */

/* Opens the engine.  progress is called now and then while another owner of the cache is waited for. */
HRESULT engine_start(void (*progress)(void));
/* Between these two the engine stays open.  Fails when the service stops or never started. */
HRESULT engine_enter(void **engine);
void engine_leave(void);
/* Whether the database was found damaged; opening the engine again makes it anew. */
BOOL engine_is_damaged(void);
/* Frees objects of the engine outside of engine_enter: FALSE when the engine is gone, and they with it. */
BOOL engine_hold(void);
void engine_unhold(void);
/* No more engine_enter from now on. */
void engine_block(void);
/* Waits until nobody is inside.  FALSE when somebody still is after timeout ms. */
BOOL engine_drain(DWORD timeout);
/* Closes the engine; only after engine_drain. */
void engine_close(void);

/* -- handles.c: snapshots and operations of one session -- */

enum handle_kind
{
    HANDLE_ENUM,
    HANDLE_OPERATION,
    HANDLE_SUBSCRIPTION
};

struct handle_entry
{
    LONG             refs;
    enum handle_kind kind;
    void            *object;      /* the engine's */
    UINT64           bytes;       /* memory that it takes, as far as it matters; the table's lock */
    BOOL             closed;      /* in no table any more; the table's lock */
    SRWLOCK          use;         /* one call at a time */
};

struct handle_slot
{
    struct handle_entry *entry;   /* NULL: free */
    ULONG                serial;  /* tells a handle from earlier ones in the same slot */
};

struct handle_table
{
    SRWLOCK             lock;
    struct handle_slot *slots;
    ULONG               count;
    ULONG               used;
    UINT64              bytes;    /* of all entries */
    BOOL                closed;   /* takes nothing any more */
};

/* The table owns object only when this succeeds.  bytes: memory that it takes, 0: not worth counting.
 * HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES): the session has too many of that kind, or too much memory. */
HRESULT handles_add(struct handle_table *table, enum handle_kind kind, void *object, UINT64 bytes, ULONGLONG *handle);
/* The same answer before an object is made: there is no room for another one. */
HRESULT handles_room(struct handle_table *table, enum handle_kind kind);
/* How many of a kind there are. */
ULONG handles_count(struct handle_table *table, enum handle_kind kind);
/* The entry with a reference for handle_release, or NULL. */
struct handle_entry *handles_get(struct handle_table *table, enum handle_kind kind, ULONGLONG handle);
/* An enumeration takes what its directories need, more or less with each piece.  May it take more?  Not when what else is
 * open has reached the limit: ERROR_NO_SYSTEM_RESOURCES. */
HRESULT handle_may_grow(struct handle_table *table, struct handle_entry *entry);
/* Notes what it takes now. */
void handle_set_bytes(struct handle_table *table, struct handle_entry *entry, UINT64 bytes);
/* May free the engine's object, so call it before engine_leave. */
void handle_release(struct handle_entry *entry);
/* An operation is cancelled; the object goes when the last call that uses it has returned. */
HRESULT handles_close(struct handle_table *table, enum handle_kind kind, ULONGLONG handle);
void handles_cancel_all(struct handle_table *table);
/* Closes all, and the table with them: it takes nothing afterwards and needs no freeing. */
void handles_close_all(struct handle_table *table);

/* -- news.c: published events -- */

/* Tells subscribers of OFFLINEFILES_EVENT_POLICYCHANGEDETECTED, PREFERENCECHANGEDETECTED, SETTINGSCHANGESAPPLIED (flags 0),
 * BACKGROUNDSYNCBEGIN or -END (flags: sync control flags).  Nothing happens without an engine. */
void publish_event(DWORD event, DWORD flags);
/* A settings_listener. */
void publish_settings_change(enum settings_step step, unsigned int what);
/* The methods of ICscSession with these names. */
HRESULT news_subscribe(struct handle_table *handles, ULONGLONG events, DWORD match, LPCWSTR path, ULONGLONG *handle);
HRESULT news_pull(struct handle_table *handles, ULONGLONG handle, DWORD timeout, DWORD *size, BYTE **data);

/* -- session.c: ICscSession -- */

struct session
{
    ICscSession  ICscSession_iface;
    LONG         refs;
    DWORD        pid;
    struct handle_table handles;

    /* sessions.c, under its lock */
    struct session *prev, *next;
    ULONGLONG    id;
    HANDLE       process, wait;
    BOOL         dead;
};

HRESULT session_create(DWORD pid, ICscSession **out);
/* A reference, unless the last one is gone already. */
BOOL session_try_addref(struct session *session);
/* Cancels and closes everything the client had open; later calls of it fail. */
void session_close(struct session *session);

/* -- sessions.c: all sessions, and the processes they belong to -- */

HRESULT sessions_start(void);
/* From now on the session dies with its process.  E_INVALIDARG when that can't be opened,
 * HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES) when it, or all together, have too many. */
HRESULT sessions_add(struct session *session);
void sessions_remove(struct session *session);
void sessions_cancel_all(void);
void sessions_close_all(void);
void sessions_stop(void);

/* -- service.c, factory.c, publish.c: how clients get at the service -- */

ICscService *get_service_object(void);       /* not counted */
IClassFactory *get_service_factory(void);    /* not counted */
/* Registers the class and stores the OBJREF.  All or nothing. */
HRESULT publish_service(void);
void unpublish_service(void);

/* -- listener.c: whether new clients still get in -- */

/* The reference that clients find now: where it leads to is watched from here on.  A Wine whose RPC has its endpoints
 * somewhere else is not watched. */
void listener_published(const void *objref, DWORD size);
/* Has a thread see to it, and bound what one process holds; lost: set when nobody gets in and this process can't change
 * it, so that it has to end.  S_OK when there is nothing to watch; E32 of what keeps the thread from being started. */
HRESULT listener_start(HANDLE lost);
void listener_stop(void);

/* -- wire.c: what clients send -- */

/* Text for the native half; HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE), E_INVALIDARG for NULL. */
HRESULT wire_text(const WCHAR *string, struct csc_unix_text *text);
HRESULT wire_check_operation(const CSC_OPERATION *operation, DWORD count);
/* Are these bytes a run of struct csc_wire_reply? */
BOOL wire_check_replies(const BYTE *data, DWORD size);
/* Copies a client's filters, whose bytes lie at any address; *filters is copy, or NULL for none.  E_INVALIDARG: not
 * their size.  What is in them is the engine's to check. */
HRESULT wire_filters(const BYTE *data, DWORD size, struct csc_wire_filters *copy,
                     const struct csc_wire_filters **filters);
/* Moves the engine's bytes into CoTaskMemAlloc memory and frees them.  Passes hr on. */
HRESULT wire_blob(HRESULT hr, struct csc_unix_blob *blob, DWORD *size, BYTE **data);

#endif /* __CSCSVC_PRIVATE_H */
