/*
 * DeleteItems: removes from the cache, never from the share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

#define NOPINNED OFFLINEFILES_DELETE_FLAG_NOPINNED
#define NOAUTOCACHED OFFLINEFILES_DELETE_FLAG_NOAUTOCACHED
#define DELMODIFIED OFFLINEFILES_DELETE_FLAG_DELMODIFIED

static BOOL is_cached(const WCHAR *path)
{
    IOfflineFilesItem *item;
    HRESULT hr = IOfflineFilesCache_FindItem(unit_cache(), path, 0, &item);

    ok(hr == S_OK || hr == E32(ERROR_FILE_NOT_FOUND), "FindItem %ls: %#lx\n", path, hr);
    if (hr != S_OK) return FALSE;
    release(item);
    return TRUE;
}

static BOOL is_dirty(const WCHAR *path)
{
    IOfflineFilesChangeInfo *info = find_interface(path, &IID_IOfflineFilesChangeInfo);
    BOOL dirty = FALSE;

    if (!info) return FALSE;
    IOfflineFilesChangeInfo_IsDirty(info, &dirty);
    release(info);
    return dirty;
}

static void make_cached(void)
{
    make_dir(unc(L"tree"));
    make_dir(unc(L"tree\\sub"));
    write_file(unc(L"tree\\a.txt"), "a");
    write_file(unc(L"tree\\b.txt"), "b");
    write_file(unc(L"tree\\sub\\c.txt"), "c");
    ok(pin(unc(L"tree"), TRUE, PIN_USER_FILL, NULL) == S_OK, "Pin failed\n");
    ok(is_cached(unc(L"tree\\sub\\c.txt")), "not cached\n");
}

static void test_simple(void)
{
    fact("del.localonly notify.simple");
    struct sink *sink = sink_create();
    HRESULT hr;

    make_cached();
    hr = delete_path(unc(L"tree\\a.txt"), 0, sink);
    ok(hr == S_OK, "DeleteItems: %#lx\n", hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());
    ok(sink_count(sink, CALL_ITEM_BEGIN, unc(L"tree\\a.txt")) == 1, "begun %u times\n",
       sink_count(sink, CALL_ITEM_BEGIN, unc(L"tree\\a.txt")));
    ok(!is_cached(unc(L"tree\\a.txt")), "still cached\n");
    ok(is_cached(unc(L"tree\\b.txt")), "another file left the cache\n");
    check_file(unc(L"tree\\a.txt"), "a");

    /* again: it is not there any more */
    hr = delete_path(unc(L"tree\\a.txt"), 0, NULL);
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q17, "DeleteItems: %#lx\n", hr);

    /* a container goes with its content */
    fact("del.recursive del.localonly");
    sink_reset(sink);
    hr = delete_path(unc(L"tree"), 0, sink);
    ok(hr == S_OK, "DeleteItems: %#lx\n", hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());
    ok(sink_result(sink, unc(L"tree\\b.txt")) == S_OK, "%#lx\n", sink_result(sink, unc(L"tree\\b.txt")));
    ok(sink_result(sink, unc(L"tree\\sub\\c.txt")) == S_OK, "%#lx\n", sink_result(sink, unc(L"tree\\sub\\c.txt")));
    ok(!is_cached(unc(L"tree")), "still cached\n");
    ok(!is_cached(unc(L"tree\\sub\\c.txt")), "still cached\n");
    check_file(unc(L"tree\\b.txt"), "b");
    check_file(unc(L"tree\\sub\\c.txt"), "c");
    if (origin(NULL)) check_file(origin(L"tree\\sub\\c.txt"), "c");
    sink_free(sink);
}

static void test_spared(void)
{
    struct sink *sink = sink_create();
    HRESULT hr;

    make_cached();
    hr = unpin(unc(L"tree\\b.txt"), FALSE, PIN_USER, NULL);
    ok(hr == S_OK, "Unpin: %#lx\n", hr);

    /* pinned ones are spared, the automatically cached one goes */
    fact("del.nopinned");
    hr = delete_path(unc(L"tree"), NOPINNED, sink);
    ok_ours(hr == S_OK, Q54, "DeleteItems: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    ok(is_cached(unc(L"tree\\a.txt")), "a pinned file left the cache\n");
    ok(is_cached(unc(L"tree\\sub\\c.txt")), "a pinned file left the cache\n");
    ok(!is_cached(unc(L"tree\\b.txt")), "an automatically cached file was spared\n");
    ok_ours(!sink_count(sink, CALL_ITEM_RESULT, unc(L"tree\\a.txt")), Q54, "a result for a spared file\n");

    /* the other way round */
    make_cached();
    ok(unpin(unc(L"tree\\b.txt"), FALSE, PIN_USER, NULL) == S_OK, "Unpin failed\n");
    sink_reset(sink);
    fact("del.noauto");
    hr = delete_path(unc(L"tree"), NOAUTOCACHED, sink);
    ok_ours(hr == S_OK, Q54, "DeleteItems: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    ok(!is_cached(unc(L"tree\\a.txt")), "a pinned file was spared\n");
    ok_ours(!sink_count(sink, CALL_ITEM_RESULT, unc(L"tree\\b.txt")), Q54, "a result for a spared file\n");
    fact("del.clearboth");
    ok(delete_path(unc(L"tree"), 0, NULL) != E_INVALIDARG, "DeleteItems refused\n");
    ok(!is_cached(unc(L"tree")), "still cached\n");
    sink_free(sink);
}

/* A local change that the share does not have is deleted only when the caller says so. */
static void test_modified(void)
{
    struct sink *sink = sink_create();
    HRESULT hr;

    make_cached();
    if (!go_offline())
    {
        ok(0, "the share does not go offline\n");
        sink_free(sink);
        return;
    }
    write_file(unc(L"tree\\a.txt"), "changed offline");
    wait_for(is_dirty(unc(L"tree\\a.txt")));
    ok(is_dirty(unc(L"tree\\a.txt")), "the change is not noticed\n");

    fact("del.notmodified long.single");
    hr = delete_path(unc(L"tree\\a.txt"), 0, sink);
    ok(FAILED(hr), "DeleteItems: %#lx\n", hr);
    ok_ours(hr == E32(ERROR_BUSY), Q54, "DeleteItems: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    ok_ours(sink_result(sink, unc(L"tree\\a.txt")) == E32(ERROR_BUSY), Q54, "result %#lx\n",
            sink_result(sink, unc(L"tree\\a.txt")));
    check_file(unc(L"tree\\a.txt"), "changed offline");

    /* inside a container */
    sink_reset(sink);
    fact("del.notmodified del.keptparent del.moredata");
    hr = delete_path(unc(L"tree"), 0, sink);
    ok(hr == E32(ERROR_MORE_DATA), "DeleteItems: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    ok_ours(sink_result(sink, unc(L"tree\\a.txt")) == E32(ERROR_BUSY), Q54, "result %#lx\n",
            sink_result(sink, unc(L"tree\\a.txt")));
    ok(is_cached(unc(L"tree")), "the folder of a spared file left the cache\n");
    ok(is_cached(unc(L"tree\\a.txt")), "a changed file left the cache\n");
    ok(!is_cached(unc(L"tree\\sub\\c.txt")), "an unchanged file was spared\n");
    check_file(unc(L"tree\\a.txt"), "changed offline");

    sink_reset(sink);
    fact("del.modified");
    hr = delete_path(unc(L"tree\\a.txt"), DELMODIFIED, sink);
    ok(hr == S_OK, "DeleteItems: %#lx\n", hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());
    ok(!is_cached(unc(L"tree\\a.txt")), "still cached\n");
    ok(!exists(unc(L"tree\\a.txt")), "still visible offline\n");
    ok(go_online(), "the share does not go online\n");
    check_file(unc(L"tree\\a.txt"), "a");
    check_file(unc(L"tree\\sub\\c.txt"), "c");
    sink_free(sink);
}

/* Several paths, of which one fails. */
static void test_several(void)
{
    fact("del.moredata del.calls long.each");
    const WCHAR *paths[2];
    struct sink *sink = sink_create();
    HRESULT hr;

    make_cached();
    paths[0] = unc(L"tree\\missing.txt");
    paths[1] = unc(L"tree\\b.txt");
    hr = IOfflineFilesCache_DeleteItems(unit_cache(), paths, 2, 0, FALSE, &sink->IOfflineFilesSimpleProgress_iface);
    ok(hr == E32(ERROR_MORE_DATA), "DeleteItems: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    ok_ours(sink_result(sink, paths[0]) == E32(ERROR_FILE_NOT_FOUND), Q17, "%#lx\n", sink_result(sink, paths[0]));
    ok(sink_result(sink, paths[1]) == S_OK, "%#lx\n", sink_result(sink, paths[1]));
    ok(!is_cached(paths[1]), "still cached\n");
    sink_free(sink);
}

/* Deleted from the cache, a file cannot be used offline until it is cached again. */
static void test_again(void)
{
    fact("del.again");

    make_cached();
    ok(delete_path(unc(L"tree\\a.txt"), 0, NULL) == S_OK, "DeleteItems failed\n");
    ok(go_offline(), "the share does not go offline\n");
    ok(!exists(unc(L"tree\\a.txt")), "usable offline although it is not cached\n");
    ok(go_online(), "the share does not go online\n");
    ok(pin(unc(L"tree\\a.txt"), FALSE, PIN_USER_FILL, NULL) == S_OK, "Pin failed\n");
    ok(go_offline(), "the share does not go offline\n");
    check_file(unc(L"tree\\a.txt"), "a");
    ok(go_online(), "the share does not go online\n");
}

static HRESULT delete_for_user(const WCHAR *user, const WCHAR *path, DWORD flags, struct sink *sink)
{
    return IOfflineFilesCache_DeleteItemsForUser(unit_cache(), user, &path, 1, flags, FALSE,
                                                 sink ? &sink->IOfflineFilesSimpleProgress_iface : NULL);
}

static void test_user(void)
{
    fact("del.user del.username del.userrules");
    static const WCHAR other[] = L"S-1-5-21-1-2-3-4711";
    WCHAR sid[200], name[400];
    struct sink *sink;
    HRESULT hr;

    if (!own_names(sid, name, 200))
    {
        skip("the own account has no name: error %lu\n", GetLastError());
        return;
    }
    sink = sink_create();
    make_cached();
    hr = delete_for_user(sid, unc(L"tree\\a.txt"), 0, sink);
    if (hr == E_ACCESSDENIED)
    {
        skip("needs an administrator\n");
        sink_free(sink);
        return;
    }
    ok(hr == S_OK, "DeleteItemsForUser %ls: %#lx\n", sid, hr);
    check_protocol(sink, S_OK, GetCurrentThreadId());
    ok(sink_count(sink, CALL_ITEM_RESULT, unc(L"tree\\a.txt")) == 1, "no result\n");
    ok(!is_cached(unc(L"tree\\a.txt")), "still cached\n");
    hr = delete_for_user(name, unc(L"tree\\b.txt"), 0, NULL);
    ok(hr == S_OK, "DeleteItemsForUser %ls: %#lx\n", name, hr);
    ok(!is_cached(unc(L"tree\\b.txt")), "still cached\n");
    /* the flags count */
    hr = delete_for_user(sid, unc(L"tree\\sub\\c.txt"), NOPINNED, NULL);
    ok(hr == S_OK, "DeleteItemsForUser: %#lx\n", hr);
    ok(is_cached(unc(L"tree\\sub\\c.txt")), "a pinned item was deleted\n");

    /* somebody who has cached nothing */
    sink_reset(sink);
    hr = delete_for_user(other, unc(L"tree\\sub\\c.txt"), 0, sink);
    ok_ours(hr == E32(ERROR_FILE_NOT_FOUND), Q17, "another user's: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    ok(is_cached(unc(L"tree\\sub\\c.txt")), "an item of this user was deleted\n");
    sink_reset(sink);
    hr = delete_for_user(L"nobody of this name", unc(L"tree\\sub\\c.txt"), 0, sink);
    ok_ours(hr == E32(ERROR_NONE_MAPPED), Q29, "nobody's: %#lx\n", hr);
    if (FAILED(hr)) check_silence(sink);
    ok(is_cached(unc(L"tree\\sub\\c.txt")), "an item of this user was deleted\n");
    if (on_ours())
    {
        ok_ours(delete_for_user(NULL, unc(L"tree"), 0, sink) == E_INVALIDARG, Q10, "NULL\n");
        ok_ours(delete_for_user(L"", unc(L"tree"), 0, sink) == E_INVALIDARG, Q10, "empty\n");
        ok_ours(delete_for_user(sid, NULL, 0, sink) == E_INVALIDARG, Q10, "no path\n");
        ok_ours(delete_for_user(sid, unc(L"tree"), 8, sink) == E_INVALIDARG, Q9, "flag 8\n");
    }
    sink_free(sink);
}

START_TEST(delete)
{
    CoInitialize(NULL);
    if (begin_unit(L"delete"))
    {
        test_simple();
        test_spared();
        test_modified();
        test_several();
        test_again();
        test_user();
        end_unit();
    }
    CoUninitialize();
}
