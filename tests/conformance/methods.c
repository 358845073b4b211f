/*
 * Each method of each interface that the implementation has is called once with arguments that make sense: none says
 * E_NOTIMPL, and each succeeds somewhere, but for those that the documents reserve
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the methods do is the matter of the other units; here it is counted that none was forgotten. Sinks, filters and
 * handlers are the client's own.
 */

#include "csctest.h"
#include <stddef.h>

#define MAX_SLOTS 40

enum owner { OURS, CLIENT };

/* All 35 interfaces: slots of the table, and those that another interface has already. */
static struct interface_info
{
    const char *name;
    enum owner owner;
    unsigned int slots, inherited;
    BOOL called[MAX_SLOTS], succeeded[MAX_SLOTS];
    const char *names[MAX_SLOTS];
}
interfaces[] =
{
#define SLOTS(name) (sizeof(name##Vtbl) / sizeof(void *))
#define OURS_(type, base) { .name = #type, .owner = OURS, .slots = SLOTS(type), .inherited = SLOTS(base) }
#define CLIENT_(type, base) { .name = #type, .owner = CLIENT, .slots = SLOTS(type), .inherited = SLOTS(base) }
    CLIENT_(IOfflineFilesEvents, IUnknown),
    CLIENT_(IOfflineFilesEvents2, IOfflineFilesEvents),
    CLIENT_(IOfflineFilesEvents3, IOfflineFilesEvents2),
    CLIENT_(IOfflineFilesEvents4, IOfflineFilesEvents3),
    CLIENT_(IOfflineFilesEventsFilter, IUnknown),
    OURS_(IOfflineFilesErrorInfo, IUnknown),
    OURS_(IOfflineFilesSyncErrorItemInfo, IUnknown),
    OURS_(IOfflineFilesSyncErrorInfo, IOfflineFilesErrorInfo),
    CLIENT_(IOfflineFilesProgress, IUnknown),
    CLIENT_(IOfflineFilesSimpleProgress, IOfflineFilesProgress),
    CLIENT_(IOfflineFilesSyncProgress, IOfflineFilesProgress),
    CLIENT_(IOfflineFilesSyncConflictHandler, IUnknown),
    CLIENT_(IOfflineFilesItemFilter, IUnknown),
    OURS_(IOfflineFilesItem, IUnknown),
    OURS_(IOfflineFilesServerItem, IOfflineFilesItem),
    OURS_(IOfflineFilesShareItem, IOfflineFilesItem),
    OURS_(IOfflineFilesDirectoryItem, IOfflineFilesItem),
    OURS_(IOfflineFilesFileItem, IOfflineFilesItem),
    OURS_(IEnumOfflineFilesItems, IUnknown),
    OURS_(IOfflineFilesItemContainer, IUnknown),
    OURS_(IOfflineFilesChangeInfo, IUnknown),
    OURS_(IOfflineFilesDirtyInfo, IUnknown),
    OURS_(IOfflineFilesFileSysInfo, IUnknown),
    OURS_(IOfflineFilesPinInfo, IUnknown),
    OURS_(IOfflineFilesPinInfo2, IOfflineFilesPinInfo),
    OURS_(IOfflineFilesTransparentCacheInfo, IUnknown),
    OURS_(IOfflineFilesGhostInfo, IUnknown),
    OURS_(IOfflineFilesConnectionInfo, IUnknown),
    OURS_(IOfflineFilesShareInfo, IUnknown),
    OURS_(IOfflineFilesSuspend, IUnknown),
    OURS_(IOfflineFilesSuspendInfo, IUnknown),
    OURS_(IOfflineFilesSetting, IUnknown),
    OURS_(IEnumOfflineFilesSettings, IUnknown),
    OURS_(IOfflineFilesCache, IUnknown),
    OURS_(IOfflineFilesCache2, IOfflineFilesCache),
#undef OURS_
#undef CLIENT_
};

/* Methods that need not succeed, and what they say instead. */
static const struct { const char *interface_name, *method; HRESULT hr; const char *why; } reserved[] =
{
    { "IOfflineFilesDirtyInfo", "RemoteDirtyByteCount", E32(ERROR_NOT_SUPPORTED), "reserved" },
    { "IOfflineFilesSetting", "GetPolicy", E32(ERROR_NOT_SUPPORTED), "this one has no policy" },
};

static HRESULT note(const char *name, const char *method, size_t offset, HRESULT hr)
{
    unsigned int i, slot = offset / sizeof(void *);

    for (i = 0; i < ARRAY_SIZE(interfaces); i++)
    {
        if (strcmp(interfaces[i].name, name)) continue;
        interfaces[i].called[slot] = TRUE;
        interfaces[i].names[slot] = method;
        if (SUCCEEDED(hr)) interfaces[i].succeeded[slot] = TRUE;
    }
    if (hr == E_NOTIMPL)
    {
        if (on_ours()) ok(0, "%s::%s: E_NOTIMPL\n", name, method);
        else trace("%s::%s: E_NOTIMPL\n", name, method);
    }
    for (i = 0; i < ARRAY_SIZE(reserved); i++)
        if (!strcmp(reserved[i].interface_name, name) && !strcmp(reserved[i].method, method) && on_ours())
            ok(hr == reserved[i].hr, "%s::%s (%s): %#lx\n", name, method, reserved[i].why, hr);
    return hr;
}

#define CALL(interface_name, method, ...) \
    note(#interface_name, #method, offsetof(interface_name##Vtbl, method), interface_name##_##method(__VA_ARGS__))

/* Runs the block with the interface of an object, if it has that. */
#define WITH(object, type, name) \
    for (type *name = query(object, &IID_##type); name; release(name), name = NULL)

static void *query(void *object, REFIID iid)
{
    void *found;

    return IUnknown_QueryInterface((IUnknown *)object, iid, &found) == S_OK ? found : NULL;
}

static void call_enumerator(IEnumOfflineFilesItems *items)
{
    IEnumOfflineFilesItems *copy;
    IOfflineFilesItem *item;
    ULONG got = 0;

    if (CALL(IEnumOfflineFilesItems, Next, items, 1, &item, &got) == S_OK) release(item);
    CALL(IEnumOfflineFilesItems, Skip, items, 1);
    CALL(IEnumOfflineFilesItems, Reset, items);
    if (CALL(IEnumOfflineFilesItems, Clone, items, &copy) == S_OK) release(copy);
    release(items);
}

static void call_item(IOfflineFilesItem *item)
{
    OFFLINEFILES_ITEM_TYPE type;
    BOOL value, other;
    WCHAR *path;

    CALL(IOfflineFilesItem, GetItemType, item, &type);
    if (CALL(IOfflineFilesItem, GetPath, item, &path) == S_OK) CoTaskMemFree(path);
    IOfflineFilesItem *parent;
    if (CALL(IOfflineFilesItem, GetParentItem, item, &parent) == S_OK) release(parent);
    CALL(IOfflineFilesItem, Refresh, item, 0);
    CALL(IOfflineFilesItem, IsMarkedForDeletion, item, &value);

    WITH(item, IOfflineFilesFileItem, file)
    {
        CALL(IOfflineFilesFileItem, IsSparse, file, &value);
        CALL(IOfflineFilesFileItem, IsEncrypted, file, &value);
    }
    WITH(item, IOfflineFilesItemContainer, container)
    {
        IEnumOfflineFilesItems *items;

        if (CALL(IOfflineFilesItemContainer, EnumItems, container, 0, &items) == S_OK) call_enumerator(items);
        if (CALL(IOfflineFilesItemContainer, EnumItemsEx, container, NULL, NULL, NULL, NULL, 0, 0, &items) == S_OK)
            call_enumerator(items);
    }
    WITH(item, IOfflineFilesChangeInfo, change)
    {
        CALL(IOfflineFilesChangeInfo, IsDirty, change, &value);
        CALL(IOfflineFilesChangeInfo, IsDeletedOffline, change, &value);
        CALL(IOfflineFilesChangeInfo, IsCreatedOffline, change, &value);
        CALL(IOfflineFilesChangeInfo, IsLocallyModifiedData, change, &value);
        CALL(IOfflineFilesChangeInfo, IsLocallyModifiedAttributes, change, &value);
        CALL(IOfflineFilesChangeInfo, IsLocallyModifiedTime, change, &value);
    }
    WITH(item, IOfflineFilesDirtyInfo, dirty)
    {
        LARGE_INTEGER count;

        CALL(IOfflineFilesDirtyInfo, LocalDirtyByteCount, dirty, &count);
        CALL(IOfflineFilesDirtyInfo, RemoteDirtyByteCount, dirty, &count);
    }
    WITH(item, IOfflineFilesFileSysInfo, filesys)
    {
        FILETIME times[4];
        LARGE_INTEGER size;
        DWORD attributes;

        CALL(IOfflineFilesFileSysInfo, GetAttributes, filesys, OFFLINEFILES_ITEM_COPY_LOCAL, &attributes);
        CALL(IOfflineFilesFileSysInfo, GetTimes, filesys, OFFLINEFILES_ITEM_COPY_LOCAL, &times[0], &times[1], &times[2],
             &times[3]);
        CALL(IOfflineFilesFileSysInfo, GetFileSize, filesys, OFFLINEFILES_ITEM_COPY_LOCAL, &size);
    }
    WITH(item, IOfflineFilesPinInfo, pinned)
    {
        CALL(IOfflineFilesPinInfo, IsPinned, pinned, &value);
        CALL(IOfflineFilesPinInfo, IsPinnedForUser, pinned, &value, &other);
        CALL(IOfflineFilesPinInfo, IsPinnedForUserByPolicy, pinned, &value, &other);
        CALL(IOfflineFilesPinInfo, IsPinnedForComputer, pinned, &value, &other);
        CALL(IOfflineFilesPinInfo, IsPinnedForFolderRedirection, pinned, &value, &other);
    }
    WITH(item, IOfflineFilesPinInfo2, pinned2) CALL(IOfflineFilesPinInfo2, IsPartlyPinned, pinned2, &value);
    WITH(item, IOfflineFilesTransparentCacheInfo, transparent)
        CALL(IOfflineFilesTransparentCacheInfo, IsTransparentlyCached, transparent, &value);
    WITH(item, IOfflineFilesGhostInfo, ghost) CALL(IOfflineFilesGhostInfo, IsGhosted, ghost, &value);
    WITH(item, IOfflineFilesShareInfo, share)
    {
        IOfflineFilesShareItem *share_item;
        OFFLINEFILES_CACHING_MODE mode;

        if (CALL(IOfflineFilesShareInfo, GetShareItem, share, &share_item) == S_OK) release(share_item);
        CALL(IOfflineFilesShareInfo, GetShareCachingMode, share, &mode);
        CALL(IOfflineFilesShareInfo, IsShareDfsJunction, share, &value);
    }
    WITH(item, IOfflineFilesSuspend, suspend)
    {
        CALL(IOfflineFilesSuspend, SuspendRoot, suspend, TRUE);
        CALL(IOfflineFilesSuspend, SuspendRoot, suspend, FALSE);
    }
    WITH(item, IOfflineFilesSuspendInfo, suspended) CALL(IOfflineFilesSuspendInfo, IsSuspended, suspended, &value, &other);
    WITH(item, IOfflineFilesConnectionInfo, connection)
    {
        OFFLINEFILES_OFFLINE_REASON reason;
        OFFLINEFILES_CONNECT_STATE state;

        CALL(IOfflineFilesConnectionInfo, GetConnectState, connection, &state, &reason);
        CALL(IOfflineFilesConnectionInfo, TransitionOffline, connection, NULL, 0, FALSE, &value);
        CALL(IOfflineFilesConnectionInfo, TransitionOnline, connection, NULL, 0);
        CALL(IOfflineFilesConnectionInfo, SetConnectState, connection, NULL, 0, OFFLINEFILES_CONNECT_STATE_OFFLINE);
        CALL(IOfflineFilesConnectionInfo, SetConnectState, connection, NULL, 0, OFFLINEFILES_CONNECT_STATE_ONLINE);
    }
}

static void call_settings(IOfflineFilesCache *cache)
{
    OFFLINEFILES_SETTING_VALUE_TYPE type;
    IEnumOfflineFilesSettings *settings, *copy;
    IOfflineFilesSetting *setting;
    VARIANT value;
    WCHAR *name;
    DWORD scope;
    ULONG got = 0;
    BOOL policy;

    if (CALL(IOfflineFilesCache, GetSettingObject, cache, OFFLINEFILES_SETTING_PinLinkTargets, &setting) == S_OK)
    {
        const DWORD user = OFFLINEFILES_SETTING_SCOPE_USER;

        if (CALL(IOfflineFilesSetting, GetName, setting, &name) == S_OK) CoTaskMemFree(name);
        CALL(IOfflineFilesSetting, GetValueType, setting, &type);
        CALL(IOfflineFilesSetting, GetPreferenceScope, setting, &scope);
        CALL(IOfflineFilesSetting, GetPolicyScope, setting, &scope);
        if (IOfflineFilesSetting_GetPreference(setting, &value, user) != S_OK)
        {
            V_VT(&value) = VT_UI4;
            V_UI4(&value) = 1;
            CALL(IOfflineFilesSetting, SetPreference, setting, &value, user);
            if (CALL(IOfflineFilesSetting, GetPreference, setting, &value, user) == S_OK) VariantClear(&value);
            CALL(IOfflineFilesSetting, DeletePreference, setting, user);
        }
        else VariantClear(&value);
        if (CALL(IOfflineFilesSetting, GetPolicy, setting, &value, OFFLINEFILES_SETTING_SCOPE_COMPUTER) == S_OK)
            VariantClear(&value);
        if (CALL(IOfflineFilesSetting, GetValue, setting, &value, &policy) == S_OK) VariantClear(&value);
        release(setting);
    }
    if (CALL(IOfflineFilesCache, EnumSettingObjects, cache, &settings) == S_OK)
    {
        if (CALL(IEnumOfflineFilesSettings, Next, settings, 1, &setting, &got) == S_OK) release(setting);
        CALL(IEnumOfflineFilesSettings, Skip, settings, 1);
        CALL(IEnumOfflineFilesSettings, Reset, settings);
        if (CALL(IEnumOfflineFilesSettings, Clone, settings, &copy) == S_OK) release(copy);
        release(settings);
    }
}

static void call_cache(IOfflineFilesCache *cache)
{
    WCHAR sid[256], user[256];
    const WCHAR *path = unc(L"file.txt"), *other = unc(L"other.txt"), *deleted = unc(L"deleted.txt");
    ULONGLONG total, limit, used, unpinned_limit, unpinned_used;
    OFFLINEFILES_CACHING_MODE mode;
    BOOL value, partial;
    IOfflineFilesItem *item;
    WCHAR *location;

    CALL(IOfflineFilesCache, Pin, cache, NULL, &path, 1, FALSE, FALSE, PIN_USER_FILL, NULL);
    CALL(IOfflineFilesCache, Synchronize, cache, NULL, &path, 1, FALSE, SYNC_BOTH, NULL, NULL, NULL);
    CALL(IOfflineFilesCache, Unpin, cache, NULL, &other, 1, FALSE, FALSE, PIN_USER, NULL);
    if (own_names(sid, user, ARRAY_SIZE(user)))
        CALL(IOfflineFilesCache, DeleteItemsForUser, cache, sid, &other, 1, 0, FALSE, NULL);
    CALL(IOfflineFilesCache, DeleteItems, cache, &deleted, 1, 0, FALSE, NULL);
    if (CALL(IOfflineFilesCache, GetEncryptionStatus, cache, &value, &partial) == S_OK)
        CALL(IOfflineFilesCache, Encrypt, cache, NULL, value, 0, FALSE, NULL);
    if (CALL(IOfflineFilesCache, FindItem, cache, path, 0, &item) == S_OK) release(item);
    if (CALL(IOfflineFilesCache, FindItemEx, cache, path, NULL, NULL, NULL, NULL, 0, &item) == S_OK) release(item);
    CALL(IOfflineFilesCache, RenameItem, cache, unc(L"later.txt"), unc(L"renamed later.txt"), FALSE);
    if (CALL(IOfflineFilesCache, GetLocation, cache, &location) == S_OK) CoTaskMemFree(location);
    if (CALL(IOfflineFilesCache, GetDiskSpaceInformation, cache, &total, &limit, &used, &unpinned_limit,
             &unpinned_used) == S_OK)
        CALL(IOfflineFilesCache, SetDiskSpaceLimits, cache, limit, unpinned_limit);
    CALL(IOfflineFilesCache, ProcessAdminPinPolicy, cache, NULL, NULL);
    CALL(IOfflineFilesCache, IsPathCacheable, cache, path, &value, &mode);
    call_settings(cache);
    WITH(cache, IOfflineFilesCache2, cache2)
        CALL(IOfflineFilesCache2, RenameItemEx, cache2, unc(L"now.txt"), unc(L"renamed.txt"), FALSE);
    WITH(cache, IOfflineFilesItemContainer, container)
    {
        IEnumOfflineFilesItems *items;

        if (CALL(IOfflineFilesItemContainer, EnumItems, container, 0, &items) == S_OK) call_enumerator(items);
    }
}

static void call_error_item(IOfflineFilesSyncErrorItemInfo *item)
{
    LARGE_INTEGER size;
    FILETIME times[2];
    DWORD attributes;

    CALL(IOfflineFilesSyncErrorItemInfo, GetFileAttributes, item, &attributes);
    CALL(IOfflineFilesSyncErrorItemInfo, GetFileTimes, item, &times[0], &times[1]);
    CALL(IOfflineFilesSyncErrorItemInfo, GetFileSize, item, &size);
    release(item);
}

/* A conflict, for the error information; FALSE: there is none. */
static BOOL call_error_info(void)
{
    const WCHAR *path = unc(L"conflict.txt");
    IOfflineFilesSyncErrorItemInfo *item;
    OFFLINEFILES_SYNC_OPERATION operation;
    BOOL local, remote, original;
    struct sink *sink;
    BYTE_BLOB *blob;
    WCHAR *text;
    DWORD flags;

    if (!make_conflict()) return FALSE;
    sink = sink_create();
    sink->keep_info = TRUE;
    sync_path(path, SYNC_BOTH, sink);
    ok(sink->info != NULL, "no error information\n");
    if (sink->info)
    {
        IOfflineFilesSyncErrorInfo *info = sink->info;

        WITH(info, IOfflineFilesErrorInfo, base)
        {
            if (CALL(IOfflineFilesErrorInfo, GetRawData, base, &blob) == S_OK) CoTaskMemFree(blob);
            if (CALL(IOfflineFilesErrorInfo, GetDescription, base, &text) == S_OK) CoTaskMemFree(text);
        }
        CALL(IOfflineFilesSyncErrorInfo, GetSyncOperation, info, &operation);
        CALL(IOfflineFilesSyncErrorInfo, GetItemChangeFlags, info, &flags);
        CALL(IOfflineFilesSyncErrorInfo, InfoEnumerated, info, &local, &remote, &original);
        CALL(IOfflineFilesSyncErrorInfo, InfoAvailable, info, &local, &remote, &original);
        if (CALL(IOfflineFilesSyncErrorInfo, GetLocalInfo, info, &item) == S_OK) call_error_item(item);
        if (CALL(IOfflineFilesSyncErrorInfo, GetRemoteInfo, info, &item) == S_OK) call_error_item(item);
        if (CALL(IOfflineFilesSyncErrorInfo, GetOriginalInfo, info, &item) == S_OK) call_error_item(item);
        release(info);
    }
    sink_free(sink);
    sync_path(path, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPREMOTE, NULL);
    return go_online();
}

static BOOL may_fail(const char *name, const char *method)
{
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(reserved); i++)
        if (!strcmp(reserved[i].interface_name, name) && !strcmp(reserved[i].method, method)) return TRUE;
    return FALSE;
}

static void check_all(BOOL had_errors)
{
    unsigned int i, slot, methods = 0, called = 0;

    ok(ARRAY_SIZE(interfaces) == 35, "%u interfaces\n", (unsigned int)ARRAY_SIZE(interfaces));
    for (i = 0; i < ARRAY_SIZE(interfaces); i++)
    {
        const struct interface_info *info = &interfaces[i];

        methods += info->slots - info->inherited;
        if (info->owner == CLIENT || (!had_errors && strstr(info->name, "Error"))) continue;
        for (slot = info->inherited; slot < info->slots; slot++)
        {
            ok(info->called[slot], "%s, slot %u: was not called\n", info->name, slot);
            if (!info->called[slot]) continue;
            called++;
            if (on_ours() && !may_fail(info->name, info->names[slot]))
                ok(info->succeeded[slot], "%s::%s succeeded nowhere\n", info->name, info->names[slot]);
        }
    }
    ok(methods == 137, "%u methods\n", methods);
    trace("%u of %u methods called, the others are the client's\n", called, methods);
}

START_TEST(methods)
{
    CoInitialize(NULL);
    if (begin_unit(L"methods"))
    {
        static const WCHAR *const names[] = { L"file.txt", L"other.txt", L"later.txt", L"now.txt", L"conflict.txt",
                                               L"deleted.txt" };
        const WCHAR *paths[4];
        unsigned int i;
        BOOL had_errors;

        for (i = 0; i < ARRAY_SIZE(names); i++) write_file(unc(names[i]), "content");
        make_dir(unc(L"dir"));
        write_file(unc(L"dir\\inside.txt"), "content");
        ok(pin(unc(NULL), TRUE, PIN_USER_FILL, NULL) == S_OK, "Pin failed\n");
        call_cache(unit_cache());
        paths[0] = server_path();
        paths[1] = share_path();
        paths[2] = unc(L"dir");
        paths[3] = unc(L"file.txt");
        for (i = 0; i < ARRAY_SIZE(paths); i++)
        {
            IOfflineFilesItem *item = find_item(paths[i]);

            if (!item) continue;
            winetest_push_context("%ls", paths[i]);
            call_item(item);
            winetest_pop_context();
            release(item);
        }
        had_errors = call_error_info();
        if (!had_errors) skip("CSCTEST_ORIGIN is not set: no conflict, and so no error information\n");
        check_all(had_errors);
        end_unit();
    }
    CoUninitialize();
}
