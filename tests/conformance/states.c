/*
 * What a synchronization makes of each state of the two sides
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

#define STATE(name) OFFLINEFILES_SYNC_STATE_##name
#define R(name) OFFLINEFILES_SYNC_CONFLICT_RESOLVE_##name

/* What both sides agree on at the start. */
static const WCHAR *const agreed_dirs[] =
    { L"changed dir", L"deleted dir", L"deleted dir\\sub", L"server dir", L"gone dir", L"both dir" };
static const WCHAR *const agreed_files[] =
    { L"stable", L"becomes dir", L"deleted", L"deleted becomes dir", L"changed", L"server changed", L"server deleted",
      L"to rename", L"server renames", L"deleted dir\\sub\\file", L"gone dir\\file" };

/* Nobody is asked about an item, and its result is good. */
#define sync_quietly(name) sync_quietly_(__LINE__, name)
static void sync_quietly_(int line, const WCHAR *name)
{
    struct handler handler;
    HRESULT hr = sync_answer(&handler, unc(name), R(LOG), NULL, SYNC_BOTH, NULL);

    ok_(__FILE__, line)(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok_(__FILE__, line)(!handler.count, "the handler was asked about %s, state %d\n", wine_dbgstr_w(handler.path),
                        handler.state);
}

/* The handler is told of a conflict in this state; the conflict is answered with KEEPREMOTE afterwards. */
#define check_told(name, state) check_told_(__LINE__, name, state)
static void check_told_(int line, const WCHAR *name, OFFLINEFILES_SYNC_STATE state)
{
    struct handler handler;

    sync_answer(&handler, unc(name), R(SKIP), NULL, SYNC_BOTH, NULL);
    ok_(__FILE__, line)(handler.count == 1, "the handler was called %u times\n", handler.count);
    ok_(__FILE__, line)(handler.state == state, "state %d, expected %d\n", handler.state, state);
    ok_(__FILE__, line)(handler.known & OFFLINEFILES_SYNC_STATE_LOCAL_KNOWN, "known %#lx\n", handler.known);
    ok_(__FILE__, line)(handler.known & OFFLINEFILES_SYNC_STATE_REMOTE_KNOWN, "known %#lx\n", handler.known);
    sync_answer(&handler, unc(name), R(KEEPREMOTE), NULL, SYNC_BOTH, NULL);
}

static BOOL is_cached(const WCHAR *path)
{
    IOfflineFilesItem *item;

    if (IOfflineFilesCache_FindItem(unit_cache(), path, 0, &item) != S_OK) return FALSE;
    release(item);
    return TRUE;
}

/* The share is offline: unc() is the cache, origin() the server. */
static void test_one_side(void)
{
    {
        fact("st.0");
        sync_quietly(L"stable");
        check_file(unc(L"stable"), "agreed");
        check_file(origin(L"stable"), "agreed");
    }
    {
        fact("st.39");
        write_file(unc(L"changed"), "changed here");
        sync_quietly(L"changed");
        check_file(origin(L"changed"), "changed here");
    }
    {
        fact("st.44");
        write_file(origin(L"server changed"), "changed there");
        sync_quietly(L"server changed");
        check_file(unc(L"server changed"), "changed there");
    }
    {
        fact("st.34");
        ok(DeleteFileW(unc(L"deleted")), "error %lu\n", GetLastError());
        sync_quietly(L"deleted");
        ok(!exists(origin(L"deleted")), "still on the server\n");
    }
    {
        fact("st.46");
        ok(DeleteFileW(origin(L"server deleted")), "error %lu\n", GetLastError());
        sync_quietly(L"server deleted");
        ok(!exists(unc(L"server deleted")), "still in the cache\n");
        ok(!is_cached(unc(L"server deleted")), "there is an item still\n");
    }
    {
        fact("st.35");
        ok(DeleteFileW(unc(L"deleted dir\\sub\\file")), "error %lu\n", GetLastError());
        ok(RemoveDirectoryW(unc(L"deleted dir\\sub")), "error %lu\n", GetLastError());
        ok(RemoveDirectoryW(unc(L"deleted dir")), "error %lu\n", GetLastError());
        sync_quietly(NULL);
        ok(!exists(origin(L"deleted dir")), "still on the server\n");
    }
    {
        fact("st.49");
        ok(DeleteFileW(origin(L"gone dir\\file")), "error %lu\n", GetLastError());
        ok(RemoveDirectoryW(origin(L"gone dir")), "error %lu\n", GetLastError());
        sync_quietly(NULL);
        ok(!exists(unc(L"gone dir")), "still in the cache\n");
    }
    {
        fact("st.42");
        write_file(unc(L"changed dir\\new"), "new here");
        make_dir(unc(L"changed dir\\new dir"));
        sync_quietly(L"changed dir");
        check_file(origin(L"changed dir\\new"), "new here");
        ok(exists(origin(L"changed dir\\new dir")), "the new directory is not on the server\n");
    }
    {
        fact("st.47 st.30 st.31");
        write_file(origin(L"server dir\\new"), "new there");
        make_dir(origin(L"server dir\\new dir"));
        write_file(origin(L"server dir\\new dir\\below"), "below");
        sync_quietly(L"server dir");
        check_file(unc(L"server dir\\new"), "new there");
        check_file(unc(L"server dir\\new dir\\below"), "below");
    }
}

static void test_both_sides(void)
{
    {
        fact("st.28");
        write_file(unc(L"both dir\\ours"), "ours");
        write_file(origin(L"both dir\\theirs"), "theirs");
        sync_quietly(L"both dir");
        check_file(origin(L"both dir\\ours"), "ours");
        check_file(unc(L"both dir\\theirs"), "theirs");
    }
    {
        fact("st.21");
        make_dir(unc(L"made on both"));
        make_dir(origin(L"made on both"));
        write_file(unc(L"made on both\\ours"), "ours");
        write_file(origin(L"made on both\\theirs"), "theirs");
        sync_quietly(NULL);
        check_file(origin(L"made on both\\ours"), "ours");
        check_file(unc(L"made on both\\theirs"), "theirs");
    }
    {
        fact("st.14");
        write_file(unc(L"becomes dir"), "changed here");
        ok(DeleteFileW(origin(L"becomes dir")), "error %lu\n", GetLastError());
        make_dir(origin(L"becomes dir"));
        check_told(L"becomes dir", STATE(FileChangedOnClient_DirChangedOnServer));
    }
    {
        fact("st.37");
        ok(DeleteFileW(unc(L"deleted becomes dir")), "error %lu\n", GetLastError());
        ok(DeleteFileW(origin(L"deleted becomes dir")), "error %lu\n", GetLastError());
        make_dir(origin(L"deleted becomes dir"));
        check_told(L"deleted becomes dir", STATE(DeletedOnClient_DirChangedOnServer));
    }
    {
        fact("st.22");
        make_dir(unc(L"dir and file"));
        write_file(origin(L"dir and file"), "a file");
        check_told(L"dir and file", STATE(DirCreatedOnClient_FileOnServer));
    }
}

/* A rename on either side is carried out or is deletion and creation; no handler hears of a rename. */
static void test_renames(void)
{
    fact("res.states");
    struct handler handler;
    HRESULT hr;

    ok(MoveFileW(unc(L"to rename"), unc(L"renamed")), "error %lu\n", GetLastError());
    ok(MoveFileW(origin(L"server renames"), origin(L"server renamed")), "error %lu\n", GetLastError());
    hr = sync_answer(&handler, unc(NULL), R(LOG), NULL, SYNC_BOTH, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok(!handler.count, "the handler was asked, state %d\n", handler.state);
    check_file(origin(L"renamed"), "agreed");
    check_file(unc(L"server renamed"), "agreed");
    ok(!exists(origin(L"to rename")) && !exists(unc(L"server renames")), "an old name is still there\n");
}

/* A file whose name is known and whose content is not. */
static void test_sparse(void)
{
    fact("st.38 file.filling");
    IOfflineFilesFileItem *file;
    BOOL sparse = TRUE;
    HRESULT hr;

    write_file(unc(L"sparse"), "comes later");
    hr = pin(unc(L"sparse"), FALSE, PIN_USER, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    sync_quietly(L"sparse");
    if ((file = find_interface(unc(L"sparse"), &IID_IOfflineFilesFileItem)))
    {
        hr = IOfflineFilesFileItem_IsSparse(file, &sparse);
        release(file);
    }
    ok(file && hr == S_OK && !sparse, "the file was not filled\n");
}

START_TEST(states)
{
    unsigned int i;

    CoInitialize(NULL);
    if (begin_unit(L"states"))
    {
        HRESULT hr;

        for (i = 0; i < ARRAY_SIZE(agreed_dirs); i++) make_dir(unc(agreed_dirs[i]));
        for (i = 0; i < ARRAY_SIZE(agreed_files); i++) write_file(unc(agreed_files[i]), "agreed");
        hr = pin(unc(NULL), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (!origin(NULL)) skip("CSCTEST_ORIGIN is not set\n");
        else if (hr == S_OK)
        {
            test_sparse();
            ok(go_offline(), "the share does not go offline\n");
            test_one_side();
            test_both_sides();
            test_renames();
            ok(go_online(), "the share does not go online\n");
        }
        end_unit();
    }
    CoUninitialize();
}
