/*
 * Operations: the progress protocol, stopping, origins that hang
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fs_posix.h"
#include "sync_fixture.h"

/* -- the protocol -- */

#define ORDERED (CSC_OP_WINDOW + 400)       /* more than the window holds */

static void test_order(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = 1 };
    struct fixture f;
    char name[32], path[512];
    unsigned i;

    world_make(&f);
    for (i = 0; i < ORDERED; i++)
    {
        snprintf(name, sizeof(name), "f%04u", i);
        origin_write(&f, name, "x");
    }
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE), CSC_OK);
    CHECK_INT(client.totals.items_found, ORDERED + 1);
    CHECK_INT(client.totals.items_done, ORDERED + 1);
    CHECK_INT(client.totals.planned, 1);
    CHECK_INT(client_count(&client, CSC_EVENT_END, NULL), 1);
    CHECK_INT(client.seen[client.count - 1].kind, CSC_EVENT_END);
    for (i = 0; i < ORDERED; i++)
    {
        const struct seen_event *begin, *result;

        snprintf(path, sizeof(path), SHARE "\\f%04u", i);
        begin = client_find(&client, CSC_EVENT_ITEM_BEGIN, path);
        result = client_find(&client, CSC_EVENT_ITEM_RESULT, path);
        if (!CHECK(begin && result && begin < result)) break;
        if (!CHECK_INT(client_count(&client, CSC_EVENT_ITEM_BEGIN, path), 1)) break;
    }
    client_free(&client);
    fixture_destroy(&f);
}

static uint32_t check_not_started(struct client *client, const struct csc_wire_event *event, const char *path,
                                  unsigned before)
{
    struct fixture *f = client->context;

    (void)before;
    if (event->kind == CSC_EVENT_ITEM_BEGIN && strstr(path, "only"))
    {
        usleep(300000);
        CHECK(!fixture_exists(tree_of(f), "only"));
    }
    if (event->kind == CSC_EVENT_ITEM_RESULT && strstr(path, "only")) CHECK(fixture_exists(tree_of(f), "only"));
    return OFFLINEFILES_OP_CONTINUE;
}

/* Work on an item starts after its BEGIN was answered. */
static void test_begin_comes_first(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .answer = check_not_started };
    struct fixture f;

    world_make(&f);
    client.context = &f;
    origin_write(&f, "only", "x");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE "\\only"), CSC_OK);
    CHECK_INT(client.count, 3);
    client_free(&client);
    fixture_destroy(&f);
}

static uint32_t retry_twice(struct client *client, const struct csc_wire_event *event, const char *path, unsigned before)
{
    (void)client;
    if (event->kind == CSC_EVENT_ITEM_BEGIN) return OFFLINEFILES_OP_RETRY;       /* as CONTINUE */
    return event->kind == CSC_EVENT_ITEM_RESULT && strstr(path, "only") && before < 2 ? OFFLINEFILES_OP_RETRY
                                                                                      : OFFLINEFILES_OP_CONTINUE;
}

static uint32_t retry_for_ever(struct client *client, const struct csc_wire_event *event, const char *path,
                               unsigned before)
{
    (void)client; (void)path; (void)before;
    return event->kind == CSC_EVENT_ITEM_RESULT ? OFFLINEFILES_OP_RETRY : OFFLINEFILES_OP_CONTINUE;
}

static void test_retry(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .answer = retry_twice };
    struct fixture f;

    world_make(&f);
    origin_write(&f, "only", "x");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE "\\only"), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_BEGIN, SHARE "\\only"), 3);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\only"), 3);
    CHECK_INT(client.totals.items_found, 1);
    CHECK_INT(client.totals.items_done, 1);

    client.answer = retry_for_ever;
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\only"), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\only"), CSC_MAX_RETRIES + 1);

    /* RETRY redoes: the cause of a failure can go away in between */
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(f.origin, "only", "theirs", 1);
    change(tree_of(&f), "only", "mine", 2);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\only"), CSC_E_CONFLICT);
    client_free(&client);
    fixture_destroy(&f);
}

static uint32_t mend_and_retry(struct client *client, const struct csc_wire_event *event, const char *path,
                               unsigned before)
{
    struct fixture *f = client->context;

    (void)path;
    if (event->kind != CSC_EVENT_ITEM_RESULT || before) return OFFLINEFILES_OP_CONTINUE;
    CHECK_STATUS(event->status, CSC_E_CONFLICT);
    change(f->origin, "only", "mine", 7);
    return OFFLINEFILES_OP_RETRY;
}

static void test_retry_redoes(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .answer = mend_and_retry };
    struct fixture f;

    world_make(&f);
    client.context = &f;
    origin_write(&f, "only", "x");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(f.origin, "only", "theirs", 1);
    change(tree_of(&f), "only", "mine", 2);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\only"), CSC_OK);
    CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\only"), 2);
    CHECK_INT(conflict_count(&f), 0);
    client_free(&client);
    fixture_destroy(&f);
}

static uint32_t abort_fifth_begin(struct client *client, const struct csc_wire_event *event, const char *path,
                                  unsigned before)
{
    (void)path; (void)before;
    return event->kind == CSC_EVENT_ITEM_BEGIN && client_count(client, CSC_EVENT_ITEM_BEGIN, NULL) == 5
           ? OFFLINEFILES_OP_ABORT : OFFLINEFILES_OP_CONTINUE;
}

static uint32_t abort_first_result(struct client *client, const struct csc_wire_event *event, const char *path,
                                   unsigned before)
{
    (void)path; (void)before; (void)client;
    return event->kind == CSC_EVENT_ITEM_RESULT ? OFFLINEFILES_OP_ABORT : OFFLINEFILES_OP_CONTINUE;
}

/* more than may have begun before the first answer comes */
#define FILES ((int)CSC_OP_WINDOW * 3 / 2)

static void test_abort(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = 1 };
    struct fixture f;
    char name[32];
    size_t i;
    int n, round;

    world_make(&f);
    for (n = 0; n < FILES; n++)
    {
        snprintf(name, sizeof(name), "f%04d", n);
        origin_write(&f, name, "x");
    }
    for (round = 0; round < 2; round++)
    {
        client.answer = round ? abort_first_result : abort_fifth_begin;
        CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE), CSC_E_CANCELLED);
        /* each BEGIN that was heard has its RESULT, and END is the last */
        for (i = 0; i < client.count; i++)
            if (client.seen[i].kind == CSC_EVENT_ITEM_BEGIN
                && !CHECK_INT(client_count(&client, CSC_EVENT_ITEM_RESULT, client.seen[i].path), 1)) break;
        CHECK_INT(client.seen[client.count - 1].kind, CSC_EVENT_END);
        CHECK(client_count(&client, CSC_EVENT_ITEM_BEGIN, NULL) < FILES + 1);
    }
    client.answer = NULL;
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE), CSC_OK);
    CHECK_INT(count_in(tree_of(&f), NULL), FILES);
    CHECK(is_clean(&f));
    client_free(&client);
    fixture_destroy(&f);
}

static uint32_t resolve_by_name(struct client *client, const struct csc_wire_event *event, const char *path,
                                unsigned before)
{
    (void)client; (void)before;
    if (event->kind != CSC_EVENT_CONFLICT) return OFFLINEFILES_OP_CONTINUE;
    if (strstr(path, "local")) return OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLOCAL;
    if (strstr(path, "remote")) return OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPREMOTE;
    if (strstr(path, "latest")) return OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLATEST;
    if (strstr(path, "skip")) return OFFLINEFILES_SYNC_CONFLICT_RESOLVE_SKIP;
    if (strstr(path, "log")) return OFFLINEFILES_SYNC_CONFLICT_RESOLVE_LOG;
    if (strstr(path, "garbage")) return 4711;
    if (strstr(path, "abort")) return OFFLINEFILES_SYNC_CONFLICT_ABORT;
    return OFFLINEFILES_SYNC_CONFLICT_RESOLVE_NONE;
}

static void test_ask_conflicts(void)
{
    static const char *const names[] = { "local", "remote", "latest", "skip", "log", "none", "garbage" };
    struct client client = { .ask = CSC_OP_ASK_ITEMS | CSC_OP_ASK_CONFLICTS, .answer = resolve_by_name };
    const struct seen_event *event;
    struct fixture f;
    size_t i;

    world_make(&f);
    for (i = 0; i < 7; i++) origin_write(&f, names[i], "base");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    for (i = 0; i < 7; i++)
    {
        change(f.origin, names[i], "theirs", 5);
        change(tree_of(&f), names[i], "mine", 2);
    }
    /* the CR field is ignored with a handler */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLOCAL, SHARE),
                 CSC_E_MORE_DATA);
    event = client_find(&client, CSC_EVENT_CONFLICT, SHARE "\\local");
    if (CHECK(event != NULL))
    {
        CHECK_INT(event->state, OFFLINEFILES_SYNC_STATE_FileChangedOnClient_ChangedOnServer);
        CHECK_INT(event->known, 3);
        CHECK_INT(event->changes, OFFLINEFILES_CHANGES_LOCAL_TIME | OFFLINEFILES_CHANGES_REMOTE_TIME
                                  | OFFLINEFILES_CHANGES_REMOTE_SIZE);
        CHECK(client_find(&client, CSC_EVENT_ITEM_BEGIN, SHARE "\\local") < event);
        CHECK(event < client_find(&client, CSC_EVENT_ITEM_RESULT, SHARE "\\local"));
    }
    CHECK_STRING(fixture_read(f.origin, "local"), "mine");
    CHECK_STRING(fixture_read(tree_of(&f), "remote"), "theirs");
    CHECK_STRING(fixture_read(tree_of(&f), "latest"), "theirs");
    CHECK_STRING(fixture_read(tree_of(&f), "skip"), "mine");
    CHECK_STRING(fixture_read(f.origin, "skip"), "theirs");
    CHECK_STATUS(client_result(&client, SHARE "\\skip"), CSC_E_CONFLICT);
    CHECK_INT(conflict_count(&f), 3);       /* log, none and garbage (Q35) */

    change(f.origin, "abort", "theirs", 1);
    change(tree_of(&f), "abort", "mine", 2);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\abort"), CSC_E_CANCELLED);
    CHECK_STATUS(client_result(&client, SHARE "\\abort"), CSC_E_CANCELLED);
    CHECK_STRING(fixture_read(tree_of(&f), "abort"), "mine");
    client_free(&client);
    fixture_destroy(&f);
}

static void test_bad_replies(void)
{
    const char *path = SHARE "\\only";
    struct csc_op_request request = { .kind = CSC_OP_PIN, .flags = PIN_FILL, .ask = CSC_OP_ASK_ITEMS, .paths = &path,
                                      .count = 1 };
    struct csc_wire_reply reply = { .size = sizeof(reply), .token = 4711 };
    struct csc_buffer events = { 0 };
    struct csc_wire_totals totals;
    const struct csc_wire_event *event;
    struct csc_op *op;
    struct fixture f;

    world_make(&f);
    origin_write(&f, "only", "x");
    CHECK_STATUS(csc_op_start(f.engine, &request, &op), CSC_OK);
    CHECK_STATUS(csc_op_pull(op, 5000, NULL, 0, &totals, &events), CSC_OK);
    event = (const struct csc_wire_event *)events.data;
    if (CHECK(events.size != 0 && event->kind == CSC_EVENT_ITEM_BEGIN))
    {
        uint64_t token = event->token;

        CHECK_STATUS(csc_op_pull(op, 0, &reply, sizeof(reply), &totals, &events), CSC_E_INVALID_ARG);
        reply.token = token;
        reply.response = 99;
        CHECK_STATUS(csc_op_pull(op, 0, &reply, sizeof(reply), &totals, &events), CSC_E_INVALID_ARG);
        reply.size = 4;
        CHECK_STATUS(csc_op_pull(op, 0, &reply, sizeof(reply), &totals, &events), CSC_E_INVALID_ARG);
        reply.size = sizeof(reply);
        reply.name_length = 1000;
        CHECK_STATUS(csc_op_pull(op, 0, &reply, sizeof(reply), &totals, &events), CSC_E_INVALID_ARG);
        CHECK_STATUS(csc_op_pull(op, 0, &reply, 11, &totals, &events), CSC_E_INVALID_ARG);
        reply.name_length = 0;
        reply.response = 0;
        events.size = 0;
        CHECK_STATUS(csc_op_pull(op, 5000, &reply, sizeof(reply), &totals, &events), CSC_OK);
        event = (const struct csc_wire_event *)events.data;
        CHECK(events.size != 0 && event->kind == CSC_EVENT_ITEM_RESULT);
        reply.token = event->token;
        events.size = 0;
        CHECK_STATUS(csc_op_pull(op, 5000, &reply, sizeof(reply), &totals, &events), CSC_OK);
        event = (const struct csc_wire_event *)events.data;
        CHECK(events.size != 0 && event->kind == CSC_EVENT_END);
        CHECK_INT(totals.ended, 1);
        events.size = 0;
        CHECK_STATUS(csc_op_pull(op, 0, NULL, 0, &totals, &events), CSC_OK);
        CHECK_INT(events.size, 0);
        CHECK_INT(totals.ended, 1);
    }
    csc_buffer_free(&events);
    csc_op_close(op);
    fixture_destroy(&f);
}

/* The tokens of the events of a kind, in their order; they follow one another. */
static unsigned count_run(const struct csc_buffer *events, uint32_t kind, uint64_t *first)
{
    const struct csc_wire_event *event;
    unsigned count = 0;
    size_t at;

    for (at = 0; at < events->size; at += event->size)
    {
        event = (const struct csc_wire_event *)(events->data + at);
        if (event->kind != kind) continue;
        if (!count++) *first = event->token;
        CHECK_INT(event->token, *first + count - 1);
    }
    return count;
}

/* One answer for many questions. */
static void test_run_of_replies(void)
{
    enum { COUNT = 40 };
    const char *path = SHARE;
    struct csc_op_request request = { .kind = CSC_OP_PIN, .flags = PIN_FILL, .ask = CSC_OP_ASK_ITEMS, .deep = 1,
                                      .paths = &path, .count = 1 };
    struct csc_wire_reply reply = { .size = sizeof(reply) };
    struct csc_buffer events = { 0 };
    struct csc_wire_totals totals;
    unsigned asked = 0, turns;
    struct csc_op *op;
    struct fixture f;
    uint64_t first;
    char name[32];
    int i;

    world_make(&f);
    for (i = 0; i < COUNT; i++)
    {
        snprintf(name, sizeof(name), "f%d", i);
        origin_write(&f, name, "x");
    }
    CHECK_STATUS(csc_op_start(f.engine, &request, &op), CSC_OK);
    /* the share first, and nothing else before its answer; a run that goes on behind the last question is refused */
    CHECK_STATUS(csc_op_pull(op, 5000, NULL, 0, &totals, &events), CSC_OK);
    if (!CHECK(count_run(&events, CSC_EVENT_ITEM_BEGIN, &reply.token))) goto done;
    asked = count_run(&events, CSC_EVENT_ITEM_BEGIN, &first);
    reply.more = 0xffffffff;
    events.size = 0;
    CHECK_STATUS(csc_op_pull(op, 0, &reply, sizeof(reply), &totals, &events), CSC_E_INVALID_ARG);
    CHECK_INT(events.size, 0);
    /* ... but what it did answer counts, and nothing that it has not been asked yet */
    reply.more = 0;
    CHECK_STATUS(csc_op_pull(op, 0, &reply, sizeof(reply), &totals, &events), CSC_E_INVALID_ARG);
    events.size = 0;
    /* a name is for one */
    reply.more = 1;
    reply.name_length = 4;
    reply.size = sizeof(reply) + 16;
    CHECK_STATUS(csc_op_pull(op, 0, memcpy((char[64]){ 0 }, &reply, sizeof(reply)), reply.size, &totals, &events),
                 CSC_E_INVALID_ARG);
    reply.size = sizeof(reply);
    reply.name_length = reply.more = 0;
    for (turns = 0; turns < 200; turns++)
    {
        const struct csc_wire_event *event = NULL;
        uint64_t last = 0;
        size_t at;

        events.size = 0;
        CHECK_STATUS(csc_op_pull(op, 5000, turns ? &reply : NULL, turns ? sizeof(reply) : 0, &totals, &events), CSC_OK);
        if (!CHECK(events.size != 0)) break;
        reply.token = 0;
        for (at = 0; at < events.size; at += event->size)
        {
            event = (const struct csc_wire_event *)(events.data + at);
            if (event->kind == CSC_EVENT_END) goto ended;
            if (event->kind == CSC_EVENT_ITEM_BEGIN) asked++;
            else CHECK_INT(event->kind, CSC_EVENT_ITEM_RESULT);
            if (!reply.token) reply.token = event->token;
            else CHECK_INT(event->token, last + 1);
            last = event->token;
        }
        reply.more = (uint32_t)(last - reply.token);
    }
ended:
    CHECK(turns < 200);
    CHECK_INT(asked, totals.items_found);
    CHECK(totals.items_found >= COUNT);
    CHECK_INT(totals.items_done, totals.items_found);
    CHECK_INT(totals.items_failed, 0);
    CHECK_STRING(fixture_read(tree_of(&f), "f0"), "x");
done:
    csc_buffer_free(&events);
    csc_op_close(op);
    fixture_destroy(&f);
}

static void test_cancel_and_close(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = 1, .cancel_after = 10 };
    const char *path = SHARE;
    struct csc_op_request request = { .kind = CSC_OP_PIN, .flags = PIN_FILL, .ask = CSC_OP_ASK_ITEMS, .deep = 1,
                                      .paths = &path, .count = 1 };
    struct csc_buffer events = { 0 };
    struct csc_wire_totals totals;
    struct csc_op *op;
    struct fixture f;
    char name[32];
    int i;

    world_make(&f);
    for (i = 0; i < 300; i++)
    {
        snprintf(name, sizeof(name), "f%04u", i);
        origin_write(&f, name, "x");
    }
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE), CSC_E_CANCELLED);

    /* a client that goes away with questions open holds nobody up */
    CHECK_STATUS(csc_op_start(f.engine, &request, &op), CSC_OK);
    CHECK_STATUS(csc_op_pull(op, 5000, NULL, 0, &totals, &events), CSC_OK);
    CHECK(events.size != 0);
    csc_op_close(op);
    CHECK_STATUS(csc_op_start(f.engine, &request, &op), CSC_OK);
    csc_op_close(op);                        /* never pulled */
    CHECK_STATUS(csc_op_start(f.engine, &request, &op), CSC_OK);
    csc_op_cancel(op);
    events.size = 0;
    CHECK_STATUS(csc_op_pull(op, 5000, NULL, 0, &totals, &events), CSC_OK);
    CHECK(events.size != 0 && ((struct csc_wire_event *)events.data)->status == CSC_E_CANCELLED);
    csc_op_close(op);
    csc_buffer_free(&events);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_INT(count_in(tree_of(&f), NULL), 300);
    client_free(&client);
    fixture_destroy(&f);
}

/* A second operation on the same share waits for the first, and can be cancelled while it does. */
static void test_one_at_a_time(void)
{
    const char *path = SHARE;
    struct csc_op_request request = { .kind = CSC_OP_PIN, .flags = PIN_FILL, .ask = CSC_OP_ASK_ITEMS, .deep = 1,
                                      .paths = &path, .count = 1 };
    struct csc_buffer events = { 0 };
    struct csc_wire_totals totals;
    struct csc_op *first, *second;
    struct fixture f;

    world_make(&f);
    origin_write(&f, "file", "x");
    CHECK_STATUS(csc_op_start(f.engine, &request, &first), CSC_OK);
    CHECK_STATUS(csc_op_pull(first, 5000, NULL, 0, &totals, &events), CSC_OK);
    CHECK(events.size != 0);
    CHECK_STATUS(csc_op_start(f.engine, &request, &second), CSC_OK);
    events.size = 0;
    CHECK_STATUS(csc_op_pull(second, 300, NULL, 0, &totals, &events), CSC_OK);
    CHECK_INT(events.size, 0);
    csc_op_cancel(second);
    CHECK_STATUS(csc_op_pull(second, 5000, NULL, 0, &totals, &events), CSC_OK);
    CHECK(events.size != 0 && ((struct csc_wire_event *)events.data)->kind == CSC_EVENT_END);
    csc_op_close(second);
    csc_op_close(first);
    csc_buffer_free(&events);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    fixture_destroy(&f);
}

/* -- hanging -- */

static struct
{
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    const char *call;              /* that hangs on the origin */
    const char *root;              /* of the origin */
    int inside;
} trap = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, NULL, 0 };

static int is_below(int fd, const char *root)
{
    char link[64], path[1200];
    ssize_t size;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    size = readlink(link, path, sizeof(path) - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return !strncmp(path, root, strlen(root));
}

static void fall_in(const char *call, int fd)
{
    pthread_mutex_lock(&trap.lock);
    if (trap.call && !strcmp(trap.call, call) && is_below(fd, trap.root))
    {
        trap.inside++;
        pthread_cond_broadcast(&trap.changed);
        while (trap.call) pthread_cond_wait(&trap.changed, &trap.lock);
        trap.inside--;
        pthread_cond_broadcast(&trap.changed);
    }
    pthread_mutex_unlock(&trap.lock);
}

static csc_status trap_copy(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset,
                            uint64_t size, uint64_t *copied)
{
    fall_in("copy", from->fd);
    fall_in("copy to", to->fd);
    (void)fs;
    return csc_fs_posix()->copy(csc_fs_posix(), from, to, offset, size, copied);
}

static csc_status trap_list(struct csc_fs *fs, struct csc_dir *dir, csc_list_callback callback, void *context)
{
    (void)fs;
    fall_in("list", dir->fd);
    return csc_fs_posix()->list(csc_fs_posix(), dir, callback, context);
}

static csc_status trap_stat(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat)
{
    (void)fs;
    fall_in("stat", dir->fd);
    return csc_fs_posix()->stat(csc_fs_posix(), dir, name, stat);
}

static csc_status trap_rename(struct csc_fs *fs, struct csc_dir *from, const char *old_name, struct csc_dir *to,
                              const char *new_name, int mode)
{
    (void)fs;
    fall_in("rename", to->fd);
    return csc_fs_posix()->rename(csc_fs_posix(), from, old_name, to, new_name, mode);
}

static void trap_set(struct fixture *f, const char *call)
{
    pthread_mutex_lock(&trap.lock);
    trap.call = call;
    trap.root = f->origin;
    pthread_cond_broadcast(&trap.changed);
    pthread_mutex_unlock(&trap.lock);
}

/* Lets everybody out and waits until they are. */
static void trap_open(void)
{
    pthread_mutex_lock(&trap.lock);
    trap.call = NULL;
    pthread_cond_broadcast(&trap.changed);
    while (trap.inside) pthread_cond_wait(&trap.changed, &trap.lock);
    pthread_mutex_unlock(&trap.lock);
    usleep(300000);
}

static void trap_world(struct fixture *f)
{
    fixture_make(f);
    f->fs.copy = trap_copy;
    f->fs.list = trap_list;
    f->fs.stat = trap_stat;
    f->fs.rename = trap_rename;
    CHECK_STATUS(csc_map(f->engine, SHARE, f->origin, 0), CSC_OK);
}

/* The operation ends in time, another share goes on, and waking up changes nothing. */
static void hang_in(const char *call, int out)
{
    struct fixture f;
    int64_t start, took;
    char other[1200];

    trap_world(&f);
    fixture_mkdir(f.folder, "other");
    fixture_write(fixture_path(other, f.folder, "other"), "o", "o");
    CHECK_STATUS(csc_map(f.engine, "\\\\server\\other", other, 0), CSC_OK);
    fixture_mkdir(f.origin, "dir");
    origin_write(&f, "dir/a", "alpha");
    origin_write(&f, "dir/b", "beta");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(out ? tree_of(&f) : f.origin, "dir/a", "changed", 1);

    trap_set(&f, call);
    start = fixture_now();
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_TIMEOUT);
    took = fixture_now() - start;
    if (!CHECK(took < 600 + 2000)) printf("  %s took %d ms\n", call, (int)took);
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_FILL, 1, "\\\\server\\other"), CSC_OK);
    CHECK_STRING(fixture_read(f.cache, "v2.0.6/namespace/server/other/o"), "o");
    trap_open();
    if (!out) CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "alpha");
    CHECK_STRING(fixture_read(tree_of(&f), "dir/b"), "beta");

    /* and afterwards it works again */
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "dir/a"), "changed");
    CHECK_STRING(fixture_read(f.origin, "dir/a"), "changed");
    CHECK_INT(count_in(f.origin, "dir"), 2);
    fixture_destroy(&f);
}

static void test_hang_in_copy(void) { hang_in("copy", 0); }
static void test_hang_in_upload(void) { hang_in("copy to", 1); }
static void test_hang_in_list(void) { hang_in("list", 0); }
static void test_hang_in_stat(void) { hang_in("stat", 0); }
static void test_hang_in_rename(void) { hang_in("rename", 1); }

/* The engine can be closed while threads hang. */
static void test_close_while_hanging(void)
{
    struct fixture f;

    trap_world(&f);
    origin_write(&f, "a", "alpha");
    trap_set(&f, "copy");
    CHECK_STATUS(pin_all(&f), CSC_E_TIMEOUT);
    fixture_close(&f);
    trap_open();
    CHECK(!fixture_exists(tree_of(&f), "a"));
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_order);
    RUN(test_begin_comes_first);
    RUN(test_retry);
    RUN(test_retry_redoes);
    RUN(test_abort);
    RUN(test_ask_conflicts);
    RUN(test_bad_replies);
    RUN(test_run_of_replies);
    RUN(test_cancel_and_close);
    RUN(test_one_at_a_time);
    RUN(test_hang_in_copy);
    RUN(test_hang_in_upload);
    RUN(test_hang_in_list);
    RUN(test_hang_in_stat);
    RUN(test_hang_in_rename);
    RUN(test_close_while_hanging);
    return test_report();
}
