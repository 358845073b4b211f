/*
 * csccmd: conflicts and resolve
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "csccmd.h"
#include "cscwire.h"

#define MAX_NAME 255     /* code units of a name */

/* ---- conflicts ------------------------------------------------------------ */

/* States in which a conflict can be. */
static const struct { OFFLINEFILES_SYNC_STATE state; const WCHAR *name, *text; } states[] =
{
#define STATE(name, text) { OFFLINEFILES_SYNC_STATE_##name, L"" #name, text }
    STATE(FileChangedOnClient_ChangedOnServer, L"changed here and on the server"),
    STATE(FileChangedOnClient_DeletedOnServer, L"changed here, deleted on the server"),
    STATE(DeletedOnClient_FileChangedOnServer, L"deleted here, changed on the server"),
    STATE(DeletedOnClient_DirChangedOnServer, L"deleted here, the directory on the server has something new"),
    STATE(FileCreatedOnClient_FileOnServer, L"made here and on the server"),
    STATE(FileCreatedOnClient_FileChangedOnServer, L"made here, changed on the server"),
    STATE(FileOnClient_DirOnServer, L"a file here, a directory on the server"),
    STATE(FileCreatedOnClient_DirOnServer, L"a file made here, a directory on the server"),
    STATE(FileCreatedOnClient_DirChangedOnServer, L"a file made here, a directory on the server"),
    STATE(FileChangedOnClient_DirChangedOnServer, L"a file changed here, a directory on the server"),
    STATE(DirOnClient_FileChangedOnServer, L"a directory here, a file on the server"),
    STATE(DirCreatedOnClient_FileOnServer, L"a directory made here, a file on the server"),
    STATE(DirCreatedOnClient_FileChangedOnServer, L"a directory made here, a file on the server"),
    STATE(DirChangedOnClient_FileChangedOnServer, L"a directory changed here, a file on the server"),
    STATE(DirChangedOnClient_ChangedOnServer, L"attributes changed here and on the server"),
    STATE(DirCreatedOnClient_DirChangedOnServer, L"made here, attributes changed on the server"),
#undef STATE
};

static const WCHAR *state_name(UINT32 state)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(states); i++) if ((UINT32)states[i].state == state) return states[i].name;
    return NULL;
}

static const WCHAR *state_text(UINT32 state)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(states); i++) if ((UINT32)states[i].state == state) return states[i].text;
    return L"changed on both sides";
}

/* Steps through the records; offset starts at 0. NULL at the end or where the data is damaged. */
static const struct csc_wire_conflict *next_conflict(const BYTE *data, DWORD size, DWORD *offset)
{
    const struct csc_wire_conflict *conflict = (const struct csc_wire_conflict *)(data + *offset);

    if (!data || size - *offset < sizeof(*conflict)) return NULL;
    if (conflict->size < sizeof(*conflict) || conflict->size > size - *offset) return NULL;
    if (conflict->path_length + (ULONGLONG)1 > (conflict->size - sizeof(*conflict)) / sizeof(WCHAR)) return NULL;
    *offset += conflict->size;
    return conflict;
}

static void print_conflict(IOfflineFilesCache *cache, const struct csc_wire_conflict *conflict)
{
    FILETIME since = { (DWORD)conflict->time, (DWORD)(conflict->time >> 32) };
    const WCHAR *path = (const WCHAR *)conflict->path;
    WCHAR time[TIME_TEXT_SIZE], *local = NULL;

    if (conflict->flags & CSC_CONFLICT_HAS_LOCAL) local = cached_path(cache, path);
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"conflict");
        json_string_n(L"path", path, conflict->path_length);
        json_time(L"since", &since);
        json_string(L"state", state_name(conflict->state));
        json_number(L"state_value", conflict->state);
        json_string(L"text", state_text(conflict->state));
        json_string(L"local_copy", local);
        json_bool(L"local_directory", !!(conflict->flags & CSC_CONFLICT_LOCAL_DIRECTORY));
        json_end();
    }
    else
    {
        print(out_stream(), L"%ls\n", path);
        print(out_stream(), L"  Since:      %ls\n", format_time(&since, time) ? time : L"-");
        print(out_stream(), L"  What:       %ls\n", state_text(conflict->state));
        print(out_stream(), L"  Local copy: %ls\n", local ? local : L"none");
    }
    xfree(local);
}

int run_conflicts(const struct command *command)
{
    const WCHAR *path = command->arg_count ? command->args[0] : NULL;
    const struct csc_wire_conflict *conflict;
    IOfflineFilesCache *cache;
    ICscSession *session;
    unsigned int count = 0;
    DWORD size = 0, offset = 0;
    BYTE *data = NULL;
    HRESULT hr;
    int ret;

    if ((ret = open_session(&cache, &session))) return ret;
    hr = ICscSession_GetConflicts(session, path, &size, &data);
    if (FAILED(hr)) report_error(path ? path : L"conflicts", hr);
    else while ((conflict = next_conflict(data, size, &offset)))
    {
        print_conflict(cache, conflict);
        count++;
    }
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"summary");
        json_string(L"verb", command->verb->name);
        json_string(L"result", FAILED(hr) ? L"failed" : L"done");
        json_number(L"conflicts", count);
        json_end();
    }
    else if (SUCCEEDED(hr) && !count && !(global_switches & SWITCH_QUIET)) print(out_stream(), L"No conflicts.\n");
    CoTaskMemFree(data);
    ICscSession_Release(session);
    IOfflineFilesCache_Release(cache);
    return exit_code(hr);
}

/* ---- resolve: the answers ------------------------------------------------- */

/* Numbers that were tried for the copy of an item. */
struct attempt
{
    struct attempt *next;
    unsigned int number;
    unsigned int retries;
    WCHAR path[];
};

struct resolver
{
    IOfflineFilesSyncConflictHandler IOfflineFilesSyncConflictHandler_iface;
    LONG refcount;
    OFFLINEFILES_SYNC_CONFLICT_RESOLVE answer;
    IOfflineFilesCache *cache;
    struct attempt *attempts;
    WCHAR user[64];
};

static inline struct resolver *impl_from_IOfflineFilesSyncConflictHandler(IOfflineFilesSyncConflictHandler *iface)
{
    return CONTAINING_RECORD(iface, struct resolver, IOfflineFilesSyncConflictHandler_iface);
}

static struct attempt *find_attempt(struct resolver *resolver, const WCHAR *path)
{
    struct attempt *attempt;

    for (attempt = resolver->attempts; attempt; attempt = attempt->next)
        if (!_wcsicmp(attempt->path, path)) return attempt;
    attempt = xalloc(sizeof(*attempt) + (wcslen(path) + 1) * sizeof(*path));
    wcscpy(attempt->path, path);
    attempt->next = resolver->attempts;
    return resolver->attempts = attempt;
}

/* "NAME (USER vN).EXT"; the name is cut where it would get too long. */
static void copy_name(WCHAR name[MAX_NAME + 1], const WCHAR *original, const WCHAR *user, unsigned int number)
{
    const WCHAR *extension = wcsrchr(original, '.');
    WCHAR tag[96];
    SIZE_T stem, tail, length;

    if (!extension || extension == original || wcslen(extension) > 32) extension = original + wcslen(original);
    _snwprintf(tag, ARRAYSIZE(tag), L" (%ls v%u)", user, number);
    tag[ARRAYSIZE(tag) - 1] = 0;
    stem = extension - original;
    tail = wcslen(tag);
    length = wcslen(extension);
    if (stem + tail + length > MAX_NAME) stem = MAX_NAME - tail - length;
    if (stem && IS_HIGH_SURROGATE(original[stem - 1])) stem--;
    memcpy(name, original, stem * sizeof(*name));
    wcscpy(name + stem, tag);
    wcscat(name, extension);
}

static BOOL is_cached(IOfflineFilesCache *cache, const WCHAR *path)
{
    IOfflineFilesItem *item;

    if (FAILED(IOfflineFilesCache_FindItem(cache, path, 0, &item))) return FALSE;
    IOfflineFilesItem_Release(item);
    return TRUE;
}

/* The next name that the cache does not have; whether the server has it is found out by the service. */
static WCHAR *next_name(struct resolver *resolver, const WCHAR *path)
{
    const WCHAR *original = wcsrchr(path, '\\');
    struct attempt *attempt = find_attempt(resolver, path);
    WCHAR name[MAX_NAME + 1], *sibling, *result;
    SIZE_T directory;

    original = original ? original + 1 : path;
    directory = original - path;
    sibling = xalloc((directory + MAX_NAME + 1) * sizeof(*sibling));
    memcpy(sibling, path, directory * sizeof(*sibling));
    do
    {
        copy_name(name, original, resolver->user, ++attempt->number);
        wcscpy(sibling + directory, name);
    }
    while (is_cached(resolver->cache, sibling));
    xfree(sibling);
    if ((result = CoTaskMemAlloc((wcslen(name) + 1) * sizeof(*result)))) wcscpy(result, name);
    return result;
}

/* The client of "retry": a name that was taken on the server only makes way for the next one. */
static BOOL retry_item(void *context, const WCHAR *path, HRESULT hr)
{
    struct resolver *resolver = context;
    struct attempt *attempt;

    if (resolver->answer != OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPALLCHANGES) return FALSE;
    if (hr != HRESULT_FROM_WIN32(ERROR_REVISION_MISMATCH)) return FALSE;
    for (attempt = resolver->attempts; attempt; attempt = attempt->next)
        if (!_wcsicmp(attempt->path, path)) return attempt->retries++ < CSC_MAX_RETRIES;
    return FALSE;
}

static HRESULT WINAPI resolver_QueryInterface(IOfflineFilesSyncConflictHandler *iface, REFIID iid, void **out)
{
    if (!out) return E_POINTER;
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IOfflineFilesSyncConflictHandler))
        return E_NOINTERFACE;
    *out = iface;
    IOfflineFilesSyncConflictHandler_AddRef(iface);
    return S_OK;
}

static ULONG WINAPI resolver_AddRef(IOfflineFilesSyncConflictHandler *iface)
{
    return InterlockedIncrement(&impl_from_IOfflineFilesSyncConflictHandler(iface)->refcount);
}

static ULONG WINAPI resolver_Release(IOfflineFilesSyncConflictHandler *iface)
{
    struct resolver *resolver = impl_from_IOfflineFilesSyncConflictHandler(iface);
    ULONG refcount = InterlockedDecrement(&resolver->refcount);
    struct attempt *attempt;

    if (!refcount)
    {
        while ((attempt = resolver->attempts))
        {
            resolver->attempts = attempt->next;
            xfree(attempt);
        }
        IOfflineFilesCache_Release(resolver->cache);
        xfree(resolver);
    }
    return refcount;
}

static HRESULT WINAPI resolver_ResolveConflict(IOfflineFilesSyncConflictHandler *iface, LPCWSTR path, DWORD known,
                                               OFFLINEFILES_SYNC_STATE state, DWORD changes,
                                               OFFLINEFILES_SYNC_CONFLICT_RESOLVE *answer, LPWSTR *new_name)
{
    struct resolver *resolver = impl_from_IOfflineFilesSyncConflictHandler(iface);

    (void)known;
    (void)state;
    (void)changes;
    *answer = resolver->answer;
    *new_name = NULL;
    if (resolver->answer == OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPALLCHANGES && !(*new_name = next_name(resolver, path)))
        *answer = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_LOG;
    return S_OK;
}

static const IOfflineFilesSyncConflictHandlerVtbl resolver_vtbl =
{
    resolver_QueryInterface,
    resolver_AddRef,
    resolver_Release,
    resolver_ResolveConflict,
};

static struct resolver *create_resolver(IOfflineFilesCache *cache, OFFLINEFILES_SYNC_CONFLICT_RESOLVE answer)
{
    struct resolver *resolver = xalloc(sizeof(*resolver));
    DWORD length;
    WCHAR *p;

    resolver->IOfflineFilesSyncConflictHandler_iface.lpVtbl = &resolver_vtbl;
    resolver->refcount = 1;
    resolver->answer = answer;
    resolver->cache = cache;
    IOfflineFilesCache_AddRef(cache);
    length = GetEnvironmentVariableW(L"USERNAME", resolver->user, ARRAYSIZE(resolver->user));
    if (!length || length >= ARRAYSIZE(resolver->user)) wcscpy(resolver->user, L"user");
    for (p = resolver->user; *p; p++) if (*p < 0x20 || wcschr(L"\\/:*?\"<>|", *p)) *p = '_';
    return resolver;
}

/* ---- resolve -------------------------------------------------------------- */

static BOOL parse_keep(const WCHAR *text, OFFLINEFILES_SYNC_CONFLICT_RESOLVE *answer)
{
    if (!_wcsicmp(text, L"local")) *answer = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLOCAL;
    else if (!_wcsicmp(text, L"remote")) *answer = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPREMOTE;
    else if (!_wcsicmp(text, L"both")) *answer = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPALLCHANGES;
    else if (!_wcsicmp(text, L"latest")) *answer = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLATEST;
    else return FALSE;
    return TRUE;
}

int run_resolve(const struct command *command)
{
    const WCHAR *keep = command->values[VALUE_KEEP];
    OFFLINEFILES_SYNC_CONFLICT_RESOLVE answer;
    struct progress *progress;
    struct resolver *resolver;
    IOfflineFilesCache *cache;
    HRESULT hr;
    int ret;

    if (!keep) return usage_error(command->verb, L"resolve: --keep is missing");
    if (!parse_keep(keep, &answer)) return usage_error(command->verb, L"resolve: \"%ls\" is nothing that can be kept", keep);
    if ((ret = open_cache(&cache))) return ret;
    resolver = create_resolver(cache, answer);
    progress = create_progress(command->verb->name);
    progress_ask_retry(progress, retry_item, resolver);
    hr = IOfflineFilesCache_Synchronize(cache, NULL, command->args, command->arg_count, FALSE,
                                        OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT,
                                        &resolver->IOfflineFilesSyncConflictHandler_iface,
                                        progress_sync_sink(progress), NULL);
    ret = finish_progress(progress, hr, command->args[0]);
    IOfflineFilesSyncConflictHandler_Release(&resolver->IOfflineFilesSyncConflictHandler_iface);
    IOfflineFilesCache_Release(cache);
    return ret;
}
