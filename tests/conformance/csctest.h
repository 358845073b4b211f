/*
 * What the conformance tests of cscobj share: helpers and progress sinks
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tests use the public interface only, so that they run on Windows too. They need a share:
 *
 *   CSCTEST_UNC     \\server\share, writable and reachable, that can be cached (or the first
 *                   argument after the name of the unit); without it a share is made for the time
 *                   of the test (testshare.c)
 *   CSCTEST_ORIGIN  optional: another path of the same folder that does not go through the cache;
 *                   without it what concerns the other side of the share is skipped
 *
 * Each unit works in a folder of its own in that share and removes it at the end.
 */

#ifndef CSCTEST_H
#define CSCTEST_H

#define COBJMACROS
#include <stdarg.h>
#include <stdio.h>
#include <windows.h>
#include <ole2.h>
#include <ocidl.h>
#include "cscobj.h"
#include "wine/test.h"

#define E32(error) ((HRESULT)HRESULT_FROM_WIN32(error))

#define PIN_USER OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER
#define PIN_USER_FILL (OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER | OFFLINEFILES_PIN_CONTROL_FLAG_FILL)
#define SYNC_BOTH (OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT)

/* TRUE on our implementation, FALSE on Windows. */
BOOL on_ours(void);

/* --- facts: which documented fact the checks belong to (facts.txt) */

/* The checks from here to the end of the block are about these facts, one or several ids with spaces
 * between. Another one in the same function takes its place; one in a called function is added to it. */
#define fact(ids) fact_at_(ids, __LINE__)
#define fact_at_(ids, line) fact_named_(ids, line)
#define fact_named_(ids, line) \
    const char *fact_scope_##line __attribute__((cleanup(fact_leave), unused)) = fact_enter(__func__, ids)
const char *fact_enter(const char *function, const char *ids);
void fact_leave(const char **function);

enum fact_result
{
    FACT_PASSED,
    FACT_FAILED,
    FACT_SKIPPED,
    FACT_DIFFERS,   /* not as we decided an open question; on Windows only */
    FACT_RESULTS
};

/* Counts a result for all facts that hold now; ok(), skip() and ok_ours() do so. */
void fact_count(enum fact_result result);

/* winetest_ok and winetest_skip, which also count for the facts. */
void csctest_ok(int condition, const char *format, ...) __attribute__((format(printf, 2, 3)));
void csctest_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
#undef ok_
#define ok_(file, line) (winetest_set_location(file, line), 0) ? (void)0 : csctest_ok
#undef skip_
#define skip_(file, line) (winetest_set_location(file, line), 0) ? (void)0 : csctest_skip

/* A test of something that the documents leave open (question Qn) and that we decided: it can fail
 * on our implementation only; elsewhere a difference is reported. */
#define ok_ours(condition, question, ...) \
    do { \
        BOOL ok_ours_ = !!(condition); \
        if (ok_ours_ || on_ours()) ok(ok_ours_, #question ": " __VA_ARGS__); \
        else \
        { \
            fact_count(FACT_DIFFERS); \
            trace(#question ": " __VA_ARGS__); \
        } \
    } while (0)

/* --- the place of a unit */

/* A share for the time of the test: a temporary folder that gets a UNC path. unc and origin (MAX_PATH
 * characters each) receive the path of the share and of the folder. Returns an error code of Win32. */
DWORD test_share_create(WCHAR *unc, WCHAR *origin);
/* Runs csccmd of our implementation; an error code of Win32. */
DWORD run_csccmd(const WCHAR *arguments);
/* Takes it away, with its folder; nothing if there is none. */
void test_share_remove(void);

/* Prepares the folder of a unit; FALSE (after a skip) if there is no share to test with. COM must
 * be initialised. */
BOOL begin_unit(const WCHAR *name);
/* Goes online, forgets the folder in the cache and removes it. */
void end_unit(void);

/* \\server\share of the tests. */
const WCHAR *share_path(void);
/* \\server of the tests. */
const WCHAR *server_path(void);
/* A path in the folder of the unit, or the folder itself for NULL. The result lives until 256 more
 * calls were made; the same is true of the next two. */
const WCHAR *unc(const WCHAR *name);
/* The same place on the other side, or NULL if CSCTEST_ORIGIN is not set. */
const WCHAR *origin(const WCHAR *name);
const WCHAR *format_path(const WCHAR *format, ...);

/* --- files */

/* Writes a whole file; the test fails if that is not possible. */
void write_file(const WCHAR *path, const char *text);
void make_dir(const WCHAR *path);
/* Removes a folder with its content, without asking whether it is there. */
void remove_tree(const WCHAR *path);
BOOL exists(const WCHAR *path);
/* ok() that a file has this content. */
#define check_file(path, text) check_file_(__LINE__, path, text)
void check_file_(int line, const WCHAR *path, const char *text);

/* Waits until a condition is true, at most for ten seconds. */
#define wait_for(condition) \
    do { \
        DWORD wait_start_ = GetTickCount(); \
        while (!(condition) && GetTickCount() - wait_start_ < 10000) pump(100); \
    } while (0)
/* Dispatches messages for some milliseconds. */
void pump(DWORD milliseconds);

/* --- the cache */

/* The cache object of this unit (not a new reference), or NULL after begin_unit failed. */
IOfflineFilesCache *unit_cache(void);

/* The calls with one path; sink may be NULL. */
struct sink;
HRESULT pin(const WCHAR *path, BOOL deep, DWORD flags, struct sink *sink);
HRESULT unpin(const WCHAR *path, BOOL deep, DWORD flags, struct sink *sink);
HRESULT sync_path(const WCHAR *path, DWORD flags, struct sink *sink);
HRESULT delete_path(const WCHAR *path, DWORD flags, struct sink *sink);

/* FindItem and QueryInterface; NULL if either fails. The caller releases the result. */
void *find_interface(const WCHAR *path, REFIID iid);
/* FindItem with success expected. */
#define find_item(path) find_item_(__LINE__, path)
IOfflineFilesItem *find_item_(int line, const WCHAR *path);

/* The scope of the unit's share; TRUE if it got there. */
BOOL go_offline(void);
/* Writes a file on both sides, the other side later; the path of ours.  The share is offline. */
const WCHAR *change_both_sides(const WCHAR *name);
/* Takes the share offline and writes conflict.txt on both sides.  FALSE: CSCTEST_ORIGIN is not set, or it has failed. */
BOOL make_conflict(void);
BOOL go_online(void);
OFFLINEFILES_CONNECT_STATE connect_state(const WCHAR *path, OFFLINEFILES_OFFLINE_REASON *reason);

/* The user of the process, who cached what is here: his SID as a string and DOMAIN\user, in buffers of so many
 * characters. FALSE: not known. */
BOOL own_names(WCHAR *sid_text, WCHAR *name, unsigned int size);

/* Releases through IUnknown. */
void release(void *unknown);
/* TRUE if a block was made by CoTaskMemAlloc. */
BOOL is_task_memory(const void *block);
/* The reference count of an object. */
ULONG references(void *unknown);

/* --- progress sinks that write down what they are told */

enum call_kind
{
    CALL_BEGIN,
    CALL_QUERY_ABORT,
    CALL_END,
    CALL_ITEM_BEGIN,
    CALL_ITEM_RESULT
};

struct call
{
    enum call_kind kind;
    HRESULT hr;          /* of End and ItemResult */
    DWORD thread;
    BOOL had_error_info; /* SyncItemResult: pErrorInfo was not NULL */
    WCHAR path[300];
};

struct sink
{
    IOfflineFilesSyncProgress IOfflineFilesSyncProgress_iface;
    IOfflineFilesSimpleProgress IOfflineFilesSimpleProgress_iface;
    LONG refs;
    CRITICAL_SECTION lock;
    HANDLE ended;        /* event, set by End */

    /* what to answer; set by the test */
    HRESULT returns;     /* from every method */
    BOOL abort_begin;
    BOOL abort_query;
    const WCHAR *path;   /* the next two are for this item; NULL: for every one */
    OFFLINEFILES_OP_RESPONSE begin_response;
    OFFLINEFILES_OP_RESPONSE result_response;
    int retries;         /* result_response RETRY turns into CONTINUE after so many; -1: never */
    void (*on_begin)(struct sink *sink, const WCHAR *path);   /* NULL, or called within ItemBegin */

    LONG most_refs;      /* seen during calls */

    BOOL keep_info;      /* keep the error information of the last result, else nothing is done with it */
    IOfflineFilesSyncErrorInfo *info;   /* it, with a reference that belongs to the test */

    struct call *calls;
    unsigned int count, room;
};

/* The caller frees a sink with sink_free, which also checks that nobody else holds it. */
struct sink *sink_create(void);
void sink_free(struct sink *sink);
/* Forgets the calls and the answers. */
void sink_reset(struct sink *sink);
/* Number of calls of a kind, for one path or (NULL) for any. */
unsigned int sink_count(struct sink *sink, enum call_kind kind, const WCHAR *path);
/* The result that an item got last, or E_PENDING. */
HRESULT sink_result(struct sink *sink, const WCHAR *path);
/* Waits for End with messages being dispatched. FALSE after half a minute. */
BOOL sink_wait(struct sink *sink);

/* ok() that the calls follow the protocol: Begin first, End last with this value, each once; each
 * item result after a begin of that item; all on one thread (0: any). */
#define check_protocol(sink, hr, thread) check_protocol_(__LINE__, sink, hr, thread)
void check_protocol_(int line, struct sink *sink, HRESULT hr, DWORD thread);
/* ok() that the sink was not called at all. */
#define check_silence(sink) check_silence_(__LINE__, sink)
void check_silence_(int line, struct sink *sink);

/* --- for the units about what is left behind */

/* A sink of events for its own sake, in its newest version; it never ends. path: it has filters, and this is one. hangs:
 * no call of it ever returns. */
IUnknown *make_listener(const WCHAR *path, BOOL hangs);
/* Advises it. The caller unadvises and releases the point. */
HRESULT advise_listener(IOfflineFilesCache *cache, IUnknown *listener, IConnectionPoint **point, DWORD *cookie);
/* Number of handles of a process; 0: not known. */
unsigned int handle_count(DWORD pid);
/* What kinds of objects they stand for, such as "12 Event, 3 Thread"; *count: as above. The text is valid until the
 * next call; handles that cannot be looked at are left out of it. */
const char *handle_kinds(DWORD pid, unsigned int *count);

/* --- a conflict handler */

struct handler
{
    IOfflineFilesSyncConflictHandler IOfflineFilesSyncConflictHandler_iface;
    LONG refs;

    /* what to answer */
    OFFLINEFILES_SYNC_CONFLICT_RESOLVE answer;
    const WCHAR *name;       /* NULL: none */
    HRESULT returns;

    /* the last call */
    unsigned int count;
    DWORD thread, known, changes;
    OFFLINEFILES_SYNC_STATE state;
    WCHAR path[300];
    BOOL had_outputs;
};

/* Synchronizes one path with a handler that gives this answer (any number) and, if not NULL, this name; handler is
 * set up by the call and holds the last conflict afterwards. sink may be NULL; it is reset. */
HRESULT sync_answer(struct handler *handler, const WCHAR *path, int answer, const WCHAR *name, DWORD flags,
                    struct sink *sink);

#endif /* CSCTEST_H */
