/*
 * Conflicts: each kind of them with each answer of a handler and each policy
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conflict_fixture.h"

/* Both sides agree now: nothing is left to do, to tell or to clean up. */
static void check_quiet(struct fixture *f)
{
    struct client again = { .ask = CSC_OP_ASK_ITEMS | CSC_OP_ASK_CONFLICTS };

    CHECK_INT(conflict_count(f), 0);
    CHECK_STATUS(client_one(f, &again, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_INT(client_count(&again, CSC_EVENT_ITEM_RESULT, NULL), 0);
    CHECK(is_clean(f));
    client_free(&again);
}

static void complain(enum kind kind, const char *how)
{
    if (test_failures) printf("  that was: %s, %s\n", kinds[kind], how);
}

/* -- the tests -- */

static void check_local_won(struct fixture *f, enum kind kind)
{
    /* a directory of the origin that nobody decided about is still there, under a name that shows */
    if (origin_is_dir(kind) && kind != DELETED_FILE_DIR)
    {
        char below[400];

        CHECK(*kept_name(f));
        snprintf(below, sizeof(below), "%s/below/theirs", kept_name(f));
        CHECK(is_at(f->origin, below, "theirs"));
    }
    else CHECK(!*kept_name(f));
    check_mine(f, kind, "it.txt");
}

static void check_remote_won(struct fixture *f, enum kind kind)
{
    check_theirs(f, kind);
    /* what was changed inside was not decided about */
    if (kind == CHANGED_DIR_FILE || kind == CREATED_DIR_FILE)
    {
        CHECK(*kept_name(f));
        check_mine(f, kind, kept_name(f));
    }
    else CHECK(!*kept_name(f));
}

static void test_keep_local(void)
{
    struct client client;
    struct fixture f;
    int kind, with_flag;

    for (with_flag = 0; with_flag < 2; with_flag++)
    for (kind = 0; kind < KIND_COUNT && !test_failures; kind++)
    {
        csc_status expected = kind == DELETED_FILE_DIR ? CSC_E_MORE_DATA : CSC_OK;

        make_conflict(&f, kind);
        if (with_flag) CHECK_STATUS(sync_share(&f, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLOCAL), expected);
        else
        {
            CHECK_STATUS(run_answer(&f, &client, R(KEEPLOCAL), NULL), expected);
            CHECK_INT(client_count(&client, CSC_EVENT_CONFLICT, ITEM), 1);
            client_free(&client);
        }
        if (kind == DELETED_FILE_DIR) check_untouched(&f, kind);
        else
        {
            check_local_won(&f, kind);
            check_quiet(&f);
        }
        complain(kind, with_flag ? "flag KEEPLOCAL" : "KEEPLOCAL");
        fixture_destroy(&f);
    }
}

static void test_keep_remote(void)
{
    struct client client;
    struct fixture f;
    int kind, with_flag;

    for (with_flag = 0; with_flag < 2; with_flag++)
    for (kind = 0; kind < KIND_COUNT && !test_failures; kind++)
    {
        make_conflict(&f, kind);
        if (with_flag) CHECK_STATUS(sync_share(&f, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPREMOTE), CSC_OK);
        else
        {
            CHECK_STATUS(run_answer(&f, &client, R(KEEPREMOTE), NULL), CSC_OK);
            CHECK_INT(client_count(&client, CSC_EVENT_CONFLICT, ITEM), 1);
            client_free(&client);
        }
        check_remote_won(&f, kind);
        check_quiet(&f);
        complain(kind, with_flag ? "flag KEEPREMOTE" : "KEEPREMOTE");
        fixture_destroy(&f);
    }
}

static void test_keep_latest(void)
{
    struct client client;
    struct fixture f;
    int kind, with_flag;

    for (with_flag = 0; with_flag < 2; with_flag++)
    for (kind = 0; kind < KIND_COUNT && !test_failures; kind++)
    {
        int decided = kind == BOTH_CHANGED || kind == BOTH_CREATED || kind == CHANGED_DELETED || kind == DELETED_CHANGED
                      || kind == DELETED_FILE_DIR || kind == DELETED_DIR_FILE;

        make_conflict(&f, kind);
        if (with_flag)
            CHECK_STATUS(sync_share(&f, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST), decided ? CSC_OK : CSC_E_MORE_DATA);
        else
        {
            CHECK_STATUS(run_answer(&f, &client, R(KEEPLATEST), NULL), decided ? CSC_OK : CSC_E_MORE_DATA);
            client_free(&client);
        }
        if (!decided) check_untouched(&f, kind);
        else
        {
            /* the server's is newer; the special case: what is left of a deleted one is restored */
            if (kind == CHANGED_DELETED) check_mine(&f, kind, "it.txt");
            else check_theirs(&f, kind);
            check_quiet(&f);
        }
        complain(kind, with_flag ? "flag KEEPLATEST" : "KEEPLATEST");
        fixture_destroy(&f);
    }

    /* the cache's is newer; equal times decide nothing */
    make_conflict(&f, BOTH_CHANGED);
    fixture_touch(tree_of(&f), "it.txt", 1000000005);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST), CSC_E_MORE_DATA);
    check_untouched(&f, BOTH_CHANGED);
    fixture_touch(tree_of(&f), "it.txt", 1000000006);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST), CSC_OK);
    check_mine(&f, BOTH_CHANGED, "it.txt");
    check_quiet(&f);
    fixture_destroy(&f);
}

static void test_keep_all(void)
{
    struct client client;
    struct fixture f;
    int kind;

    for (kind = 0; kind < KIND_COUNT && !test_failures; kind++)
    {
        int valid = kind != CHANGED_DELETED && kind != DELETED_CHANGED && kind != DELETED_FILE_DIR && kind != DELETED_DIR_FILE;

        make_conflict(&f, kind);
        CHECK_STATUS(run_answer(&f, &client, R(KEEPALLCHANGES), COPY), valid ? CSC_OK : CSC_E_MORE_DATA);
        CHECK_INT(client_count(&client, CSC_EVENT_CONFLICT, ITEM), 1);
        if (valid)
        {
            CHECK_STATUS(client_result(&client, ITEM), CSC_OK);
            CHECK_STATUS(client_result(&client, COPY_ITEM), CSC_OK);
            check_theirs(&f, kind);
            check_mine(&f, kind, COPY);
            CHECK(!*kept_name(&f));
            CHECK_INT(fixture_find(&f, COPY_ITEM)->pin & CSC_PIN_REASONS, CSC_PIN_USER);
            client_free(&client);
            check_quiet(&f);
        }
        else
        {
            client_free(&client);
            check_untouched(&f, kind);
            CHECK_INT(conflict_count(&f), 1);
        }
        complain(kind, "KEEPALLCHANGES");
        fixture_destroy(&f);
    }
}

/* A name that cannot be had is an answer that is none. */
static void test_keep_all_names(void)
{
    static const char *const bad[] =
    {
        NULL, "a/b", "a\\b", "..", ".", "a:b", "a*", "a?", "\"a\"", "a|b", "<a>", "tab\t",
        "IT.TXT",                     /* its own name */
        "other", "OTHER",             /* both sides have it */
        "only here", "Only There",    /* one side has it */
        ".~csc-00000000-1.tmp",
    };
    static char longest[300];
    struct client client;
    struct fixture f;
    size_t i;

    make_conflict(&f, BOTH_CHANGED);
    fixture_write(f.origin, "only there", "x");
    fixture_write(tree_of(&f), "only here", "x");
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        if (!CHECK_STATUS(run_answer_at(&f, &client, R(KEEPALLCHANGES), bad[i], ITEM), CSC_E_CONFLICT))
            printf("  for %s\n", bad[i] ? bad[i] : "(none)");
        client_free(&client);
        CHECK(is_at(tree_of(&f), "it.txt", "mine!"));
        CHECK(is_at(f.origin, "it.txt", "theirs"));
        CHECK_INT(conflict_count(&f), 1);
    }
    memset(longest, 'x', 256);
    CHECK_STATUS(run_answer_at(&f, &client, R(KEEPALLCHANGES), longest, ITEM), CSC_E_CONFLICT);
    client_free(&client);
    CHECK(is_at(tree_of(&f), "it.txt", "mine!"));
    longest[255] = 0;
    CHECK_STATUS(run_answer_at(&f, &client, R(KEEPALLCHANGES), longest, ITEM), CSC_OK);
    client_free(&client);
    check_mine(&f, BOTH_CHANGED, longest);
    check_theirs(&f, BOTH_CHANGED);
    fixture_destroy(&f);
}

/* Both copies on both sides: not with one direction only, and not with NONEWFILESOUT. */
static void test_keep_all_directions(void)
{
    static const uint32_t flags[] = { SYNC_IN, SYNC_OUT, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_FLAG_NONEWFILESOUT };
    struct answering answering = { R(KEEPALLCHANGES), COPY };
    struct client client = { .ask = CSC_OP_ASK_CONFLICTS, .answer = answer_conflict, .context = &answering };
    struct fixture f;
    size_t i;

    make_conflict(&f, BOTH_CHANGED);
    for (i = 0; i < 3; i++)
    {
        CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, flags[i], SHARE), CSC_E_MORE_DATA);
        CHECK_INT(client_count(&client, CSC_EVENT_CONFLICT, ITEM), 1);
        check_untouched(&f, BOTH_CHANGED);
        CHECK_INT(conflict_count(&f), 1);
    }
    client_free(&client);
    fixture_destroy(&f);
}

static void test_no_decision(void)
{
    static const struct { uint32_t answer; csc_status result; int recorded; } answers[] =
    {
        { R(NONE), CSC_E_CONFLICT, 1 }, { R(LOG), CSC_E_CONFLICT, 1 }, { R(SKIP), CSC_E_CONFLICT, 0 },
        { R(NUMCODES), CSC_E_CONFLICT, 1 }, { 0xffffffff, CSC_E_CONFLICT, 1 }, { ABORT, CSC_E_CANCELLED, 0 },
    };
    struct client client;
    struct fixture f;
    int kind;
    size_t i;

    for (kind = 0; kind < KIND_COUNT && !test_failures; kind++)
    for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
    {
        make_conflict(&f, kind);
        CHECK_STATUS(run_answer(&f, &client, answers[i].answer, COPY),
                     answers[i].answer == ABORT ? CSC_E_CANCELLED : CSC_E_MORE_DATA);
        CHECK_STATUS(client_result(&client, ITEM), answers[i].result);
        client_free(&client);
        check_untouched(&f, kind);
        CHECK_INT(conflict_count(&f), answers[i].recorded);
        CHECK(is_clean(&f));
        complain(kind, "no decision");
        fixture_destroy(&f);
    }
}

/* Without handler and policy: on record with time and state, both copies intact, the item offline because of it. */
static void test_unresolved(void)
{
    struct csc_conflict conflict;
    struct csc_scope *scope;
    struct fixture f;
    int kind;

    for (kind = 0; kind < KIND_COUNT && !test_failures; kind++)
    {
        const struct csc_wire_item *item;
        int64_t before, first = 0;
        int round;

        make_conflict(&f, kind);
        before = f.engine->clock->now(f.engine->clock);
        scope = fixture_scope(&f, SHARE);
        for (round = 0; round < 2; round++)
        {
            CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
            check_untouched(&f, kind);
            if (!CHECK_STATUS(csc_store_conflict_find(f.engine->store, scope->row.id, "it.txt", &conflict), CSC_OK)) continue;
            CHECK(conflict.time >= before);
            if (!round) first = conflict.time;
            else CHECK(conflict.time == first);     /* when it was detected */
            CHECK(conflict.state < OFFLINEFILES_SYNC_STATE_NUMSTATES);
            free(conflict.path);
        }
        item = fixture_find(&f, ITEM);
        if (item)
        {
            CHECK_INT(item->connect_state, OFFLINEFILES_CONNECT_STATE_OFFLINE);
            CHECK_INT(item->offline_reason, OFFLINEFILES_OFFLINE_REASON_ITEM_VERSION_CONFLICT);
            CHECK(item->flags & CSC_ITEM_CONFLICT);
        }
        /* it outlives the engine */
        csc_scope_release(scope);
        fixture_close(&f);
        CHECK_STATUS(fixture_open(&f), CSC_OK);
        CHECK_INT(conflict_count(&f), 1);
        complain(kind, "unresolved");
        fixture_destroy(&f);
    }
}

/* A conflict that came to nothing leaves the list, whatever became of its sides. */
static void test_vanished(void)
{
    struct fixture f;

    make_conflict(&f, BOTH_CREATED);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    CHECK_INT(conflict_count(&f), 1);
    remove_at(tree_of(&f), "it.txt");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(conflict_count(&f), 0);
    check_theirs(&f, BOTH_CREATED);
    fixture_destroy(&f);

    make_conflict(&f, BOTH_CREATED);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    remove_at(tree_of(&f), "it.txt");
    remove_at(f.origin, "it.txt");
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(conflict_count(&f), 0);
    fixture_destroy(&f);
}

/* The origin changed again while the handler thought about it. */
static uint32_t change_meanwhile(struct client *client, const struct csc_wire_event *event, const char *path, unsigned before)
{
    struct fixture *f = client->context;

    (void)path;
    if (event->kind != CSC_EVENT_CONFLICT) return OFFLINEFILES_OP_CONTINUE;
    if (!before) change(f->origin, "it.txt", "theirs, later", 9);
    return OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPREMOTE;
}

static void test_changed_meanwhile(void)
{
    struct client client = { .ask = CSC_OP_ASK_CONFLICTS, .answer = change_meanwhile };
    struct fixture f;

    make_conflict(&f, BOTH_CHANGED);
    client.context = &f;
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    check_on_both(&f, "it.txt", "theirs, later");
    client_free(&client);
    fixture_destroy(&f);
}

/* A directory that was deleted in the cache while the origin got something new in it. */
static void make_kept_dir(struct fixture *f)
{
    world_make(f);
    origin_write(f, "other", "other");
    fixture_mkdir(f->origin, "above/dir");
    origin_write(f, "above/dir/old", "old");
    CHECK_STATUS(pin_all(f), CSC_OK);
    CHECK_STATUS(go_offline(f), CSC_OK);
    remove_at(tree_of(f), "above/dir/old");
    remove_at(tree_of(f), "above/dir");
    remove_at(tree_of(f), "above");
    change(f->origin, "above/dir/new", "theirs", 1);
}

static void test_kept_directory(void)
{
    struct client client;
    struct fixture f;

    make_kept_dir(&f);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    CHECK_INT(conflict_count(&f), 1);
    CHECK(is_at(f.origin, "above/dir/new", "theirs"));
    CHECK(!fixture_exists(f.origin, "above/dir/old"));
    /* the deletion stands: what the cache never held stays on the server, and comes as something new */
    CHECK_STATUS(run_answer(&f, &client, R(KEEPLOCAL), NULL), CSC_OK);
    CHECK(client_count(&client, CSC_EVENT_CONFLICT, SHARE "\\above\\dir") == 1);
    client_free(&client);
    CHECK(is_at(f.origin, "above/dir/new", "theirs"));
    CHECK_INT(conflict_count(&f), 0);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    check_on_both(&f, "above/dir/new", "theirs");
    check_quiet(&f);
    fixture_destroy(&f);

    make_kept_dir(&f);
    CHECK_STATUS(run_answer(&f, &client, R(KEEPREMOTE), NULL), CSC_OK);
    client_free(&client);
    check_on_both(&f, "above/dir/new", "theirs");
    check_quiet(&f);
    fixture_destroy(&f);

    make_kept_dir(&f);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST), CSC_OK);
    check_on_both(&f, "above/dir/new", "theirs");
    check_quiet(&f);
    fixture_destroy(&f);
}

/* The records that clients get, of everything and of what is at and below a path. */
static void test_listed(void)
{
    const struct csc_wire_conflict *record;
    struct csc_buffer records = { 0 };
    struct fixture f;
    size_t at;
    int count;

    make_conflict(&f, CHANGED_DIR_FILE);
    change(tree_of(&f), "Second.txt", "mine!", 2);
    change(f.origin, "Second.txt", "theirs", 5);
    CHECK_STATUS(csc_conflicts(f.engine, NULL, &records), CSC_OK);
    CHECK_INT(records.size, 0);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    CHECK_STATUS(csc_conflicts(f.engine, NULL, &records), CSC_OK);
    for (at = 0, count = 0; at < records.size; at += record->size, count++)
    {
        record = (const struct csc_wire_conflict *)(records.data + at);
        CHECK(record->time != 0);
        CHECK_STRING(fixture_text(record->path, record->path_length), count ? SHARE "\\Second.txt" : ITEM);
        CHECK_INT(record->state, count ? OFFLINEFILES_SYNC_STATE_FileCreatedOnClient_FileOnServer
                                       : OFFLINEFILES_SYNC_STATE_DirOnClient_FileChangedOnServer);
        CHECK_INT(record->flags, CSC_CONFLICT_HAS_LOCAL | (count ? 0 : CSC_CONFLICT_LOCAL_DIRECTORY));
    }
    CHECK_INT(count, 2);

    records.size = 0;
    CHECK_STATUS(csc_conflicts(f.engine, "\\\\SERVER\\share\\second.TXT", &records), CSC_OK);
    record = (const struct csc_wire_conflict *)records.data;
    CHECK(records.size && record->size == records.size);
    records.size = 0;
    CHECK_STATUS(csc_conflicts(f.engine, SHARE "\\second", &records), CSC_OK);
    CHECK_INT(records.size, 0);
    CHECK_STATUS(csc_conflicts(f.engine, "\\\\server", &records), CSC_OK);
    CHECK(records.size > 0);
    CHECK_STATUS(csc_conflicts(f.engine, "\\\\nowhere", &records), CSC_E_BAD_NETPATH);
    CHECK_STATUS(csc_conflicts(f.engine, "\\\\server\\nowhere", &records), CSC_E_BAD_NETPATH);
    CHECK_STATUS(csc_conflicts(f.engine, "c:\\", &records), CSC_E_BAD_PATH);
    csc_buffer_free(&records);
    fixture_destroy(&f);
}

/* As after a crash that lost a row. */
static void lose_row(struct fixture *f, const char *path)
{
    const struct csc_wire_item *item = fixture_find(f, path);

    if (item) CHECK_STATUS(csc_store_item_delete(f->engine->store, (int64_t)item->id), CSC_OK);
}

/* What a downloaded file says of itself is believed where it was downloaded to, and unchanged. */
static void test_lost_rows(void)
{
    static const char *const names[] = { "same", "edited", "renamed", "saved" };
    char from[1200], to[1200];
    struct fixture f;
    size_t i;

    world_make(&f);
    origin_write(&f, "other", "other");
    for (i = 0; i < 4; i++) origin_write(&f, names[i], "base");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    for (i = 0; i < 4; i++)
    {
        char path[100];

        snprintf(path, sizeof(path), SHARE "\\%s", names[i]);
        lose_row(&f, path);
        change(f.origin, names[i], "theirs", 5);
    }
    change(tree_of(&f), "edited", "mine", 3);
    save_over(tree_of(&f), "saved", "mine", 0);          /* with size and time of what was downloaded */
    CHECK(!rename(fixture_path(from, tree_of(&f), "renamed"), fixture_path(to, tree_of(&f), "elsewhere")));
    change(f.origin, "elsewhere", "theirs", 5);
    sync_share(&f, SYNC_BOTH);
    check_on_both(&f, "same", "theirs");
    check_on_both(&f, "renamed", "theirs");
    CHECK_STRING(fixture_read(tree_of(&f), "edited"), "mine");
    CHECK_STRING(fixture_read(tree_of(&f), "saved"), "mine");
    CHECK_STRING(fixture_read(tree_of(&f), "elsewhere"), "base");
    for (i = 1; i < 4; i += 2) CHECK_STRING(fixture_read(f.origin, names[i]), "theirs");
    CHECK_INT(conflict_count(&f), 3);
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_keep_local);
    RUN(test_keep_remote);
    RUN(test_keep_latest);
    RUN(test_keep_all);
    RUN(test_keep_all_names);
    RUN(test_keep_all_directions);
    RUN(test_no_decision);
    RUN(test_unresolved);
    RUN(test_vanished);
    RUN(test_changed_meanwhile);
    RUN(test_kept_directory);
    RUN(test_listed);
    RUN(test_lost_rows);
    return test_report();
}
