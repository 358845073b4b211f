/*
 * csccmd: list and info
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <wchar.h>

#include "csccmd.h"

#define LIST_BATCH 64
#define LIST_FACTS (FACT_PIN | FACT_PARTLY | FACT_CHANGE | FACT_LOCAL | FACT_ORIGINAL | FACT_GHOST | FACT_FILE | \
                    FACT_CONNECTION)
#define INFO_FACTS (LIST_FACTS | FACT_SHARE | FACT_DIRTY_SIZE | FACT_SUSPEND | FACT_TRANSPARENT)

/* ---- list ----------------------------------------------------------------- */

/* Size of the cached copy, or of the original while there is no content yet. */
static ULONGLONG item_size(const struct item_facts *facts)
{
    if (facts->known & FACT_LOCAL && !facts->sparse) return facts->local.size;
    if (facts->known & FACT_ORIGINAL) return facts->original.size;
    return facts->known & FACT_LOCAL ? facts->local.size : 0;
}

static void list_line(const struct item_facts *facts)
{
    static const WCHAR kinds[] = L"fdsv";
    WCHAR state[] = L"------";
    BOOL offline = facts->known & FACT_CONNECTION && facts->state == OFFLINEFILES_CONNECT_STATE_OFFLINE;

    if (facts->pinned) state[0] = 'P';
    else if (facts->partly_pinned) state[0] = 'p';
    if (facts->sparse) state[1] = 'S';
    if (facts->ghost) state[2] = 'G';
    if (facts->deleted) state[3] = 'D';
    else if (facts->created) state[3] = 'N';
    else if (facts->dirty) state[3] = 'M';
    if (offline)
        state[4] = facts->reason == OFFLINEFILES_OFFLINE_REASON_ITEM_VERSION_CONFLICT ||
                   facts->reason == OFFLINEFILES_OFFLINE_REASON_ITEM_SUSPENDED ? 'o' : 'O';
    state[5] = 0;
    print(out_stream(), L"%lc %ls %12I64u %ls\n",
          (unsigned int)facts->type < ARRAYSIZE(kinds) - 1 ? kinds[facts->type] : L'?', state, item_size(facts),
          facts->path);
}

static void json_pin(const WCHAR *name, const struct pin_facts *pin)
{
    if (pin->pinned) json_string(name, pin->inherit ? L"inherit" : L"pinned");
    else json_string(name, NULL);
}

/* The members that list and info have in common. */
static void json_item(const struct item_facts *facts)
{
    json_string(L"path", facts->path);
    json_string(L"kind", item_type_name(facts->type));
    if (facts->known & FACT_PIN)
    {
        json_bool(L"pinned", facts->pinned);
        json_pin(L"pin_user", &facts->user);
        json_pin(L"pin_user_policy", &facts->user_policy);
        json_pin(L"pin_computer", &facts->computer);
        json_pin(L"pin_redirection", &facts->redirection);
    }
    if (facts->known & FACT_PARTLY) json_bool(L"partly_pinned", facts->partly_pinned);
    if (facts->known & FACT_CHANGE)
    {
        json_bool(L"dirty", facts->dirty);
        json_bool(L"deleted_offline", facts->deleted);
        json_bool(L"created_offline", facts->created);
        json_bool(L"modified_data", facts->data);
        json_bool(L"modified_attributes", facts->attributes);
        json_bool(L"modified_time", facts->time);
    }
    if (facts->known & FACT_FILE)
    {
        json_bool(L"sparse", facts->sparse);
        json_bool(L"encrypted", facts->encrypted);
    }
    if (facts->known & FACT_GHOST) json_bool(L"ghost", facts->ghost);
    if (facts->known & FACT_CONNECTION)
    {
        json_string(L"state", connect_state_name(facts->state));
        json_string(L"reason", offline_reason_name(facts->reason));
    }
    if (facts->known & (FACT_LOCAL | FACT_ORIGINAL)) json_number(L"size", item_size(facts));
}

static HRESULT list_items(IEnumOfflineFilesItems *items, ULONGLONG *count)
{
    IOfflineFilesItem *batch[LIST_BATCH];
    struct item_facts facts;
    ULONG fetched, i;
    HRESULT hr, item_hr, failed = S_OK;

    do
    {
        fetched = 0;
        if (FAILED(hr = IEnumOfflineFilesItems_Next(items, LIST_BATCH, batch, &fetched))) return hr;
        for (i = 0; i < fetched; i++)
        {
            if (SUCCEEDED(item_hr = read_item(batch[i], LIST_FACTS, &facts)))
            {
                (*count)++;
                if (global_switches & SWITCH_JSON)
                {
                    json_begin(L"item");
                    json_item(&facts);
                    json_end();
                }
                else list_line(&facts);
            }
            else
            {
                report_error(facts.path ? facts.path : L"item", item_hr);
                failed = item_hr;
            }
            free_item(&facts);
            IOfflineFilesItem_Release(batch[i]);
        }
        flush_output_now_and_then();
    } while (hr == S_OK && fetched);
    return failed;
}

static HRESULT get_container(IOfflineFilesCache *cache, const WCHAR *path, IOfflineFilesItemContainer **container)
{
    IOfflineFilesItem *item;
    HRESULT hr;

    if (!path) return IOfflineFilesCache_QueryInterface(cache, &IID_IOfflineFilesItemContainer, (void **)container);
    if (FAILED(hr = IOfflineFilesCache_FindItem(cache, path, 0, &item))) return hr;
    hr = IOfflineFilesItem_QueryInterface(item, &IID_IOfflineFilesItemContainer, (void **)container);
    IOfflineFilesItem_Release(item);
    /* a file holds nothing */
    return hr == E_NOINTERFACE ? HRESULT_FROM_WIN32(ERROR_DIRECTORY) : hr;
}

int run_list(const struct command *command)
{
    const WCHAR *path = command->arg_count ? command->args[0] : NULL;
    DWORD query = OFFLINEFILES_ITEM_QUERY_CONNECTIONSTATE, flags = 0;
    IOfflineFilesItemContainer *container;
    IOfflineFilesItemFilter *files = NULL, *directories = NULL;
    struct list_filter filter, no_directories = { 0 };
    IEnumOfflineFilesItems *items;
    IOfflineFilesCache *cache;
    ULONGLONG count = 0;
    HRESULT hr;
    int ret;

    if ((ret = read_list_filter(command, &filter))) return ret;
    if ((ret = open_cache(&cache))) return ret;
    if (command->switches & SWITCH_RECURSIVE) flags = OFFLINEFILES_ENUM_FLAT;
    if (filter.any)
    {
        files = directories = &filter.IOfflineFilesItemFilter_iface;
        if (filter.files_only)
        {
            /* what would have to be a file is no directory */
            no_directories.IOfflineFilesItemFilter_iface = filter.IOfflineFilesItemFilter_iface;
            no_directories.mask = no_directories.flags = OFFLINEFILES_ITEM_FILTER_FLAG_FILE;
            directories = &no_directories.IOfflineFilesItemFilter_iface;
        }
    }
    if (SUCCEEDED(hr = get_container(cache, path, &container)))
    {
        hr = IOfflineFilesItemContainer_EnumItemsEx(container, files, directories, NULL, NULL, flags, query, &items);
        IOfflineFilesItemContainer_Release(container);
    }
    if (SUCCEEDED(hr))
    {
        hr = list_items(items, &count);
        IEnumOfflineFilesItems_Release(items);
    }
    if (FAILED(hr)) report_error(path ? path : L"cache", hr);
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"summary");
        json_string(L"verb", command->verb->name);
        json_string(L"result", FAILED(hr) ? L"failed" : L"done");
        json_number(L"items", count);
        json_end();
    }
    IOfflineFilesCache_Release(cache);
    return exit_code(hr);
}

/* ---- info ----------------------------------------------------------------- */

static void info_line(const WCHAR *label, const WCHAR *value)
{
    print(out_stream(), L"%-16ls %ls\n", label, value);
}

static const WCHAR *yes_no(BOOL value)
{
    return value ? L"yes" : L"no";
}

static void info_pin(const WCHAR *label, const struct pin_facts *pin)
{
    if (pin->pinned) info_line(label, pin->inherit ? L"pinned, new children too" : L"pinned");
}

static void info_time(const WCHAR *label, const FILETIME *time)
{
    WCHAR text[TIME_TEXT_SIZE];

    info_line(label, format_time(time, text) ? text : L"-");
}

static void attributes_text(DWORD attributes, WCHAR *text, unsigned int size)
{
    static const struct { DWORD bit; const WCHAR *name; } names[] =
    {
        { FILE_ATTRIBUTE_READONLY, L"readonly" },
        { FILE_ATTRIBUTE_HIDDEN, L"hidden" },
        { FILE_ATTRIBUTE_SYSTEM, L"system" },
        { FILE_ATTRIBUTE_DIRECTORY, L"directory" },
        { FILE_ATTRIBUTE_ARCHIVE, L"archive" },
        { FILE_ATTRIBUTE_NORMAL, L"normal" },
        { FILE_ATTRIBUTE_OFFLINE, L"offline" },
    };
    unsigned int i;
    int used;

    if ((used = _snwprintf(text, size, L"0x%lx", attributes)) < 0) used = 0;
    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        int added;

        if (!(attributes & names[i].bit)) continue;
        if ((added = _snwprintf(text + used, size - used, L" %ls", names[i].name)) < 0) break;
        used += added;
    }
    text[size - 1] = 0;
}

static void info_copy(const WCHAR *title, const struct copy_facts *copy)
{
    WCHAR text[160];

    print(out_stream(), L"%ls\n", title);
    _snwprintf(text, ARRAYSIZE(text), L"%I64u", copy->size);
    info_line(L"  Size:", text);
    attributes_text(copy->attributes, text, ARRAYSIZE(text));
    info_line(L"  Attributes:", text);
    info_time(L"  Created:", &copy->creation);
    info_time(L"  Written:", &copy->write);
    info_time(L"  Changed:", &copy->change);
    info_time(L"  Read:", &copy->access);
}

static void info_changes(const struct item_facts *facts)
{
    WCHAR text[160] = L"";

    if (facts->created) wcscat(text, L", made offline");
    if (facts->deleted) wcscat(text, L", deleted offline");
    if (facts->data) wcscat(text, L", data");
    if (facts->attributes) wcscat(text, L", attributes");
    if (facts->time) wcscat(text, L", time");
    info_line(L"Changes:", text[0] ? text + 2 : facts->dirty ? L"yes" : L"none");
}

/* An item that was changed on both sides has its local version in the cache, under its own name. */
static BOOL is_conflict(const struct item_facts *facts)
{
    return facts->known & FACT_CONNECTION && facts->reason == OFFLINEFILES_OFFLINE_REASON_ITEM_VERSION_CONFLICT;
}

WCHAR *cached_path(IOfflineFilesCache *cache, const WCHAR *item)
{
    static const WCHAR namespace[] = L"\\v2.0.6\\namespace";
    WCHAR *location, *path;
    SIZE_T length;

    if (wcslen(item) < 2 || FAILED(IOfflineFilesCache_GetLocation(cache, &location))) return NULL;
    length = wcslen(location) + ARRAYSIZE(namespace) + wcslen(item);
    path = xalloc(length * sizeof(*path));
    wcscpy(path, location);
    wcscat(path, namespace);
    wcscat(path, item + 1);
    CoTaskMemFree(location);
    return path;
}

static void print_info(const struct item_facts *facts, const WCHAR *kept)
{
    WCHAR text[64];

    info_line(L"Path:", facts->path);
    info_line(L"Kind:", item_type_name(facts->type));
    if (facts->known & FACT_CONNECTION) info_line(L"State:", connect_state_text(facts->state, facts->reason));
    if (is_conflict(facts))
    {
        info_line(L"Conflict:", L"changed on both sides, both copies kept");
        if (kept) info_line(L"  local copy:", kept);
    }
    if (facts->known & FACT_SHARE)
    {
        info_line(L"Share:", facts->share);
        info_line(L"Caching mode:", caching_mode_text(facts->caching_mode));
        if (facts->dfs) info_line(L"DFS junction:", L"yes");
    }
    if (facts->known & FACT_PIN)
    {
        info_line(L"Pinned:", facts->pinned ? L"yes" : facts->partly_pinned ? L"partly" : L"no");
        info_pin(L"  by the user:", &facts->user);
        info_pin(L"  by user policy:", &facts->user_policy);
        info_pin(L"  for all users:", &facts->computer);
        info_pin(L"  redirection:", &facts->redirection);
    }
    if (facts->known & FACT_CHANGE) info_changes(facts);
    if (facts->known & FACT_DIRTY_SIZE && facts->dirty)
    {
        _snwprintf(text, ARRAYSIZE(text), L"%I64u bytes", facts->dirty_bytes);
        info_line(L"To be sent:", text);
    }
    if (facts->known & FACT_FILE)
    {
        info_line(L"Content:", facts->sparse ? L"not complete" : L"complete");
        info_line(L"Encrypted:", yes_no(facts->encrypted));
    }
    if (facts->known & FACT_GHOST) info_line(L"Name only:", yes_no(facts->ghost));
    if (facts->known & FACT_TRANSPARENT) info_line(L"Transparent:", yes_no(facts->transparent));
    if (facts->known & FACT_SUSPEND)
        info_line(L"Suspended:", facts->suspended_root ? L"yes, with all below" : yes_no(facts->suspended));
    if (facts->marked_for_deletion) info_line(L"Being deleted:", L"yes");
    if (facts->known & FACT_LOCAL) info_copy(L"Cached copy:", &facts->local);
    if (facts->known & FACT_ORIGINAL) info_copy(L"At the last synchronization:", &facts->original);
}

static void json_copy(const WCHAR *prefix, const struct copy_facts *copy)
{
    WCHAR name[40];

    _snwprintf(name, ARRAYSIZE(name), L"%ls_size", prefix);
    json_number(name, copy->size);
    _snwprintf(name, ARRAYSIZE(name), L"%ls_attributes", prefix);
    json_number(name, copy->attributes);
    _snwprintf(name, ARRAYSIZE(name), L"%ls_created", prefix);
    json_time(name, &copy->creation);
    _snwprintf(name, ARRAYSIZE(name), L"%ls_written", prefix);
    json_time(name, &copy->write);
    _snwprintf(name, ARRAYSIZE(name), L"%ls_changed", prefix);
    json_time(name, &copy->change);
    _snwprintf(name, ARRAYSIZE(name), L"%ls_read", prefix);
    json_time(name, &copy->access);
}

static void json_info(const struct item_facts *facts, const WCHAR *kept)
{
    json_begin(L"item");
    json_item(facts);
    json_bool(L"conflict", is_conflict(facts));
    if (kept) json_string(L"local_copy", kept);
    if (facts->known & FACT_CONNECTION) json_string(L"state_text", connect_state_text(facts->state, facts->reason));
    if (facts->known & FACT_SHARE)
    {
        json_string(L"share", facts->share);
        json_string(L"caching_mode", caching_mode_name(facts->caching_mode));
        json_bool(L"dfs_junction", facts->dfs);
    }
    if (facts->known & FACT_DIRTY_SIZE) json_number(L"dirty_bytes", facts->dirty_bytes);
    if (facts->known & FACT_TRANSPARENT) json_bool(L"transparently_cached", facts->transparent);
    if (facts->known & FACT_SUSPEND)
    {
        json_bool(L"suspended", facts->suspended);
        json_bool(L"suspended_root", facts->suspended_root);
    }
    json_bool(L"marked_for_deletion", facts->marked_for_deletion);
    if (facts->known & FACT_LOCAL) json_copy(L"local", &facts->local);
    if (facts->known & FACT_ORIGINAL) json_copy(L"original", &facts->original);
    json_end();
}

int run_info(const struct command *command)
{
    DWORD query = OFFLINEFILES_ITEM_QUERY_CONNECTIONSTATE | OFFLINEFILES_ITEM_QUERY_LOCALDIRTYBYTECOUNT;
    const WCHAR *path = command->args[0];
    struct item_facts facts;
    IOfflineFilesCache *cache;
    IOfflineFilesItem *item;
    WCHAR *kept;
    HRESULT hr;
    int ret;

    if ((ret = open_cache(&cache))) return ret;
    if (SUCCEEDED(hr = IOfflineFilesCache_FindItem(cache, path, query, &item)))
    {
        if (SUCCEEDED(hr = read_item(item, INFO_FACTS, &facts)))
        {
            kept = is_conflict(&facts) ? cached_path(cache, facts.path) : NULL;
            if (global_switches & SWITCH_JSON) json_info(&facts, kept);
            else print_info(&facts, kept);
            xfree(kept);
        }
        free_item(&facts);
        IOfflineFilesItem_Release(item);
    }
    if (FAILED(hr)) report_error(path, hr);
    if (global_switches & SWITCH_JSON)
    {
        json_begin(L"summary");
        json_string(L"verb", command->verb->name);
        json_string(L"result", FAILED(hr) ? L"failed" : L"done");
        json_number(L"items", SUCCEEDED(hr) ? 1 : 0);
        json_end();
    }
    IOfflineFilesCache_Release(cache);
    return exit_code(hr);
}
