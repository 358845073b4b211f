/*
 * IOfflineFilesSyncConflictHandler: what it is told, and every answer
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

#define STATE(name) OFFLINEFILES_SYNC_STATE_##name
#define R(name) OFFLINEFILES_SYNC_CONFLICT_RESOLVE_##name
#define MISMATCH E32(ERROR_REVISION_MISMATCH)

#define check_both(name, text) check_both_(__LINE__, name, text)
static void check_both_(int line, const WCHAR *name, const char *text)
{
    check_file_(line, unc(name), text);
    check_file_(line, origin(name), text);
}

static BOOL is_conflict(const WCHAR *path)
{
    OFFLINEFILES_OFFLINE_REASON reason;

    return connect_state(path, &reason) == OFFLINEFILES_CONNECT_STATE_OFFLINE
           && reason == OFFLINEFILES_OFFLINE_REASON_ITEM_VERSION_CONFLICT;
}

/* What the handler is told of the two classic conflicts, and of a file that was made on both sides. */
static void test_told(void)
{
    fact("sync.handler cfl.path cfl.known cfl.changes st.12");
    struct handler handler;
    const WCHAR *path;

    path = change_both_sides(L"a.txt");
    sync_answer(&handler, path, R(LOG), NULL, SYNC_BOTH, NULL);
    ok(handler.count == 1, "called %u times\n", handler.count);
    ok(!lstrcmpW(handler.path, path), "path %s\n", wine_dbgstr_w(handler.path));
    ok(handler.state == STATE(FileChangedOnClient_ChangedOnServer), "state %d\n", handler.state);
    ok(handler.known == (OFFLINEFILES_SYNC_STATE_LOCAL_KNOWN | OFFLINEFILES_SYNC_STATE_REMOTE_KNOWN), "known %#lx\n",
       handler.known);
    ok((handler.changes & (OFFLINEFILES_CHANGES_LOCAL_SIZE | OFFLINEFILES_CHANGES_REMOTE_SIZE)) ==
       (OFFLINEFILES_CHANGES_LOCAL_SIZE | OFFLINEFILES_CHANGES_REMOTE_SIZE), "changes %#lx\n", handler.changes);
    sync_answer(&handler, path, R(KEEPREMOTE), NULL, SYNC_BOTH, NULL);

    fact("sync.handler cfl.changes st.36");
    ok(DeleteFileW(unc(L"b.txt")), "error %lu\n", GetLastError());
    write_file(origin(L"b.txt"), "theirs, longer");
    sync_answer(&handler, unc(L"b.txt"), R(LOG), NULL, SYNC_BOTH, NULL);
    ok(handler.count == 1, "called %u times\n", handler.count);
    ok(handler.state == STATE(DeletedOnClient_FileChangedOnServer), "state %d\n", handler.state);
    ok((handler.changes & OFFLINEFILES_CHANGES_REMOTE_SIZE) && !(handler.changes & OFFLINEFILES_CHANGES_LOCAL_SIZE),
       "changes %#lx\n", handler.changes);
    sync_answer(&handler, unc(L"b.txt"), R(KEEPREMOTE), NULL, SYNC_BOTH, NULL);
    check_both(L"b.txt", "theirs, longer");

    fact("sync.handler st.9");
    path = change_both_sides(L"made.txt");
    sync_answer(&handler, path, R(LOG), NULL, SYNC_BOTH, NULL);
    ok_ours(handler.state == STATE(FileCreatedOnClient_FileOnServer), Q34, "state %d\n", handler.state);
    sync_answer(&handler, path, R(KEEPLOCAL), NULL, SYNC_BOTH, NULL);
    check_both(L"made.txt", "ours");

    /* equal content is nothing to ask about */
    write_file(unc(L"equal.txt"), "equal");
    write_file(origin(L"equal.txt"), "equal");
    ok(sync_answer(&handler, unc(L"equal.txt"), R(LOG), NULL, SYNC_BOTH, NULL) == S_OK, "Synchronize failed\n");
    ok(!handler.count, "asked about equal content\n");
}

static void test_keep_one(void)
{
    fact("rsv.local cfl.decision");
    struct sink *sink = sink_create();
    struct handler handler;
    const WCHAR *path;
    HRESULT hr;

    path = change_both_sides(L"a.txt");
    hr = sync_answer(&handler, path, R(KEEPLOCAL), NULL, SYNC_BOTH, sink);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok(sink_result(sink, path) == S_OK, "result %#lx\n", sink_result(sink, path));
    check_protocol(sink, S_OK, GetCurrentThreadId());
    check_both(L"a.txt", "ours");

    path = change_both_sides(L"a.txt");
    fact("rsv.remote cfl.decision");
    hr = sync_answer(&handler, path, R(KEEPREMOTE), NULL, SYNC_BOTH, sink);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_both(L"a.txt", "theirs, longer");

    path = change_both_sides(L"a.txt");
    fact("rsv.latest cfl.decision");
    hr = sync_answer(&handler, path, R(KEEPLATEST), NULL, SYNC_BOTH, sink);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_both(L"a.txt", "theirs, longer");

    /* the special case: deleted on the other side, the local copy is restored there */
    write_file(path, "ours again");
    ok(DeleteFileW(origin(L"a.txt")), "error %lu\n", GetLastError());
    fact("rsv.latestdeleted st.15");
    hr = sync_answer(&handler, path, R(KEEPLATEST), NULL, SYNC_BOTH, sink);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok(handler.state == STATE(FileChangedOnClient_DeletedOnServer), "state %d\n", handler.state);
    check_both(L"a.txt", "ours again");

    /* a deletion wins when its side is kept */
    write_file(path, "ours");
    ok(DeleteFileW(origin(L"a.txt")), "error %lu\n", GetLastError());
    fact("rsv.remote");
    hr = sync_answer(&handler, path, R(KEEPREMOTE), NULL, SYNC_BOTH, sink);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok(!exists(path) && !exists(origin(L"a.txt")), "the file is still there\n");

    /* the policy counts for nothing when there is a handler, and the handler's HRESULT never does */
    path = change_both_sides(L"a.txt");
    fact("sync.crhandler rsv.none");
    hr = sync_answer(&handler, path, R(NONE), NULL, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLOCAL, sink);
    ok_ours(hr == MISMATCH, Q36, "Synchronize: %#lx\n", hr);
    check_file(unc(L"a.txt"), "ours");
    check_file(origin(L"a.txt"), "theirs, longer");
    fact("cfl.ignored");
    handler.returns = E_FAIL;
    handler.answer = R(KEEPLOCAL);
    hr = IOfflineFilesCache_Synchronize(unit_cache(), NULL, &path, 1, FALSE, SYNC_BOTH,
                                        &handler.IOfflineFilesSyncConflictHandler_iface, NULL, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_both(L"a.txt", "ours");
    sink_free(sink);
}

static void test_keep_all(void)
{
    fact("cfl.name");
    static const WCHAR *const bad[] = { NULL, L"", L"sub\\b.txt", L"sub/b.txt", L"..", L"b?.txt", L"A.TXT", L"b.txt" };
    struct sink *sink = sink_create();
    struct handler handler;
    const WCHAR *path;
    unsigned int i;
    HRESULT hr;

    path = change_both_sides(L"a.txt");
    for (i = 0; i < ARRAY_SIZE(bad); i++)
    {
        winetest_push_context("name %s", wine_dbgstr_w(bad[i]));
        hr = sync_answer(&handler, path, R(KEEPALLCHANGES), bad[i], SYNC_BOTH, sink);
        ok(handler.count == 1, "called %u times\n", handler.count);
        ok_ours(hr == MISMATCH, Q35, "Synchronize: %#lx\n", hr);
        ok_ours(is_conflict(path), Q35, "no conflict is left\n");
        check_file(unc(L"a.txt"), "ours");
        check_file(origin(L"a.txt"), "theirs, longer");
        winetest_pop_context();
    }

    fact("rsv.all cfl.bothsides mem.newname");
    hr = sync_answer(&handler, path, R(KEEPALLCHANGES), L"a (ours v1).txt", SYNC_BOTH, sink);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok(sink_result(sink, path) == S_OK, "result %#lx\n", sink_result(sink, path));
    check_protocol(sink, S_OK, GetCurrentThreadId());
    ok(!is_conflict(path), "the conflict is still there\n");
    ok(exists(unc(L"a (ours v1).txt")) && exists(origin(L"a (ours v1).txt")), "the copy is not on both sides\n");
    if (on_ours())
    {
        check_both(L"a.txt", "theirs, longer");              /* Q38 */
        check_both(L"a (ours v1).txt", "ours");
    }

    /* not valid where only one copy exists */
    write_file(path, "ours");
    ok(DeleteFileW(origin(L"a.txt")), "error %lu\n", GetLastError());
    fact("rsv.allvalid");
    hr = sync_answer(&handler, path, R(KEEPALLCHANGES), L"a (ours v2).txt", SYNC_BOTH, sink);
    ok_ours(hr == MISMATCH, Q35, "Synchronize: %#lx\n", hr);
    check_file(path, "ours");
    ok(!exists(unc(L"a (ours v2).txt")) && !exists(origin(L"a (ours v2).txt")), "a copy was made\n");
    sync_answer(&handler, path, R(KEEPLOCAL), NULL, SYNC_BOTH, NULL);
    sink_free(sink);
}

static void test_undecided(void)
{
    fact("rsv.none rsv.log rsv.skip cfl.noname");
    static const struct { int answer; BOOL recorded; } answers[] =
        { { R(SKIP), FALSE }, { R(NONE), TRUE }, { R(LOG), TRUE }, { R(NUMCODES), TRUE }, { 4711, TRUE }, { -1, TRUE } };
    struct sink *sink = sink_create();
    struct handler handler;
    const WCHAR *path;
    unsigned int i;
    HRESULT hr;

    for (i = 0; i < ARRAY_SIZE(answers); i++)
    {
        winetest_push_context("answer %d", answers[i].answer);
        path = change_both_sides(L"a.txt");
        hr = sync_answer(&handler, path, answers[i].answer, L"unused.txt", SYNC_BOTH, sink);
        ok(handler.count == 1, "called %u times\n", handler.count);
        ok_ours(hr == MISMATCH, Q35, "Synchronize: %#lx\n", hr);
        check_protocol(sink, hr, GetCurrentThreadId());
        check_file(unc(L"a.txt"), "ours");
        check_file(origin(L"a.txt"), "theirs, longer");
        ok_ours(is_conflict(path) == answers[i].recorded, Q35, "recorded: %d\n", is_conflict(path));
        ok(!exists(unc(L"unused.txt")), "a copy was made\n");
        sync_answer(&handler, path, R(KEEPREMOTE), NULL, SYNC_BOTH, NULL);
        ok(!is_conflict(path), "still a conflict\n");
        winetest_pop_context();
    }

    path = change_both_sides(L"a.txt");
    fact("rsv.abort");
    hr = sync_answer(&handler, path, OFFLINEFILES_SYNC_CONFLICT_ABORT, NULL, SYNC_BOTH, sink);
    ok(hr == E32(ERROR_CANCELLED), "Synchronize: %#lx\n", hr);
    check_protocol(sink, E32(ERROR_CANCELLED), GetCurrentThreadId());
    check_file(unc(L"a.txt"), "ours");
    check_file(origin(L"a.txt"), "theirs, longer");
    sync_answer(&handler, path, R(KEEPREMOTE), NULL, SYNC_BOTH, NULL);
    sink_free(sink);
}

/* A file here, a directory there: each of the ways out. */
static void test_file_and_directory(void)
{
    fact("st.10");
    struct handler handler;
    const WCHAR *path = unc(L"kind");
    HRESULT hr;

    write_file(path, "a file");
    make_dir(origin(L"kind"));
    write_file(origin(L"kind\\below.txt"), "below");
    hr = sync_answer(&handler, path, R(LOG), NULL, SYNC_BOTH, NULL);
    ok(handler.count == 1, "called %u times\n", handler.count);
    ok_ours(handler.state == STATE(FileCreatedOnClient_DirOnServer), Q34, "state %d\n", handler.state);
    ok_ours(hr == MISMATCH, Q34, "Synchronize: %#lx\n", hr);
    check_file(path, "a file");
    check_file(origin(L"kind\\below.txt"), "below");

    fact("rsv.all rsv.allvalid cfl.bothsides");
    hr = sync_answer(&handler, path, R(KEEPALLCHANGES), L"kind (ours v1)", SYNC_BOTH, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok(exists(unc(L"kind (ours v1)")) && exists(origin(L"kind (ours v1)")), "the copy is not on both sides\n");
    if (on_ours())
    {
        check_both(L"kind (ours v1)", "a file");             /* Q38 */
        check_both(L"kind\\below.txt", "below");
    }

    fact("rsv.remote");
    write_file(unc(L"kind2"), "a file");
    make_dir(origin(L"kind2"));
    write_file(origin(L"kind2\\below.txt"), "below");
    hr = sync_answer(&handler, unc(L"kind2"), R(KEEPREMOTE), NULL, SYNC_BOTH, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_both(L"kind2\\below.txt", "below");

    fact("rsv.local");
    make_dir(unc(L"kind3"));
    write_file(unc(L"kind3\\ours.txt"), "ours");
    write_file(origin(L"kind3"), "a file");
    hr = sync_answer(&handler, unc(L"kind3"), R(KEEPLOCAL), NULL, SYNC_BOTH, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_both(L"kind3\\ours.txt", "ours");
}

/* Several at once, with an answer of its own for each. */
static void test_many(void)
{
    fact("sync.handler cfl.decision");
    struct handler handler;
    WCHAR name[16];
    HRESULT hr;
    int i;

    for (i = 0; i < 20; i++)
    {
        swprintf(name, ARRAY_SIZE(name), L"many%d.txt", i);
        change_both_sides(name);
    }
    hr = sync_answer(&handler, unc(NULL), R(KEEPREMOTE), NULL, SYNC_BOTH, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok(handler.count == 20, "called %u times\n", handler.count);
    for (i = 0; i < 20; i++)
    {
        swprintf(name, ARRAY_SIZE(name), L"many%d.txt", i);
        check_both(name, "theirs, longer");
    }
}

START_TEST(conflict)
{
    CoInitialize(NULL);
    if (begin_unit(L"conflict"))
    {
        HRESULT hr;

        write_file(unc(L"a.txt"), "before");
        write_file(unc(L"b.txt"), "before");
        hr = pin(unc(NULL), TRUE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        if (!origin(NULL)) skip("CSCTEST_ORIGIN is not set\n");
        else if (hr == S_OK)
        {
            ok(go_offline(), "the share does not go offline\n");
            test_told();
            test_keep_one();
            test_keep_all();
            test_undecided();
            test_file_and_directory();
            test_many();
            ok(go_online(), "the share does not go online\n");
        }
        end_unit();
    }
    CoUninitialize();
}
