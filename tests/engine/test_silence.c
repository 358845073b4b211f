/*
 * Operations whose clients do not answer, while others want the share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sync_fixture.h"

#define ANSWER_TIMEOUT 600      /* ms */

static const char *share_path = SHARE;

static void make(struct fixture *f)
{
    world_make(f);
    fixture_close(f);
    f->answer_timeout = ANSWER_TIMEOUT;
    CHECK_STATUS(fixture_open(f), CSC_OK);
    origin_write(f, "one", "x");
    origin_write(f, "two", "x");
}

/* -- a client by hand -- */

static struct csc_op *start(struct fixture *f, enum csc_op_kind kind, uint32_t flags, uint32_t ask)
{
    struct csc_op_request request = { .kind = kind, .flags = flags, .ask = ask, .deep = 1, .paths = &share_path, .count = 1 };
    struct csc_op *op = NULL;

    CHECK_STATUS(csc_op_start(f->engine, &request, &op), CSC_OK);
    return op;
}

/* Questions in the order in which they came. */
static uint64_t asked[100];
static unsigned asked_count;

/* Pulls with one answer, or (0) none; gives the token of the last event, 0: none, and *kind its kind. */
static uint64_t pull(struct csc_op *op, uint32_t timeout, uint64_t answered, uint32_t *kind, csc_status *status)
{
    struct csc_wire_reply reply = { .size = sizeof(reply), .token = answered };
    struct csc_buffer events = { 0 };
    struct csc_wire_totals totals;
    uint64_t token = 0;
    size_t at;

    *kind = 0;
    CHECK_STATUS(csc_op_pull(op, timeout, answered ? &reply : NULL, answered ? sizeof(reply) : 0, &totals, &events), CSC_OK);
    for (at = 0; at < events.size;)
    {
        const struct csc_wire_event *event = (const struct csc_wire_event *)(events.data + at);

        token = event->token;
        if (token && asked_count < 100) asked[asked_count++] = token;
        *kind = event->kind;
        *status = event->status;
        at += event->size;
    }
    csc_buffer_free(&events);
    return token;
}

/* What another client does meanwhile. */
struct other
{
    struct fixture *f;
    pthread_t thread;
    csc_status status;
    int64_t done;          /* ms */
};

static void *other_main(void *context)
{
    struct other *other = context;

    other->status = sync_share(other->f, SYNC_OUT);
    other->done = fixture_now();
    return NULL;
}

static void other_starts(struct fixture *f, struct other *other)
{
    other->f = f;
    if (pthread_create(&other->thread, NULL, other_main, other)) abort();
}

static int is_logged(struct fixture *f, const char *operation)
{
    struct csc_log_entry *list = NULL;
    size_t count = 0, i;
    int found = 0;

    CHECK_STATUS(csc_store_log_read(f->engine->store, 0, 0, &list, &count), CSC_OK);
    for (i = 0; i < count; i++) found += !strcmp(list[i].operation, operation);
    csc_log_free(list, count);
    return found;
}

/* -- the cases -- */

/* It took the questions, and is not heard of again. */
static void test_no_answer(void)
{
    struct fixture f;
    struct other other;
    struct csc_op *op;
    csc_status status = CSC_OK;
    int64_t silent;
    uint32_t kind;

    make(&f);
    op = start(&f, CSC_OP_PIN, PIN_FILL, CSC_OP_ASK_ITEMS);
    CHECK(pull(op, 5000, 0, &kind, &status) != 0);
    silent = fixture_now();
    CHECK_INT(kind, CSC_EVENT_ITEM_BEGIN);
    other_starts(&f, &other);
    pthread_join(other.thread, NULL);
    CHECK_STATUS(other.status, CSC_OK);
    CHECK(other.done - silent >= ANSWER_TIMEOUT);
    CHECK(other.done - silent < ANSWER_TIMEOUT + 5000);
    CHECK_INT(is_logged(&f, "end an operation"), 1);
    CHECK(!fixture_exists(tree_of(&f), "one"));       /* nobody said that it should be begun */

    /* it comes back after all */
    while (kind != CSC_EVENT_END) pull(op, 1000, 0, &kind, &status);
    CHECK_STATUS(status, CSC_E_CANCELLED);
    csc_op_close(op);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK(fixture_exists(tree_of(&f), "one"));
    fixture_destroy(&f);
}

/* It does not even take them. */
static void test_no_pull(void)
{
    struct fixture f;
    struct other other;
    struct csc_op *op;
    csc_status status;
    uint32_t kind;

    make(&f);
    op = start(&f, CSC_OP_PIN, PIN_FILL, CSC_OP_ASK_ITEMS);
    pull(op, 0, 0, &kind, &status);
    usleep(100000);
    other_starts(&f, &other);
    pthread_join(other.thread, NULL);
    CHECK_STATUS(other.status, CSC_OK);
    CHECK_INT(is_logged(&f, "end an operation"), 1);
    csc_op_close(op);
    fixture_destroy(&f);
}

/* Nobody else wants the share: somebody may think as long as he likes. */
static void test_alone(void)
{
    struct fixture f;
    struct csc_op *op;
    csc_status status = CSC_E_FAIL;
    uint64_t token;
    uint32_t kind;

    make(&f);
    op = start(&f, CSC_OP_PIN, PIN_FILL, CSC_OP_ASK_ITEMS);
    token = pull(op, 5000, 0, &kind, &status);
    usleep(4 * ANSWER_TIMEOUT * 1000);
    CHECK_INT(is_logged(&f, "end an operation"), 0);
    CHECK_INT(kind, CSC_EVENT_ITEM_BEGIN);
    token = pull(op, 1000, token, &kind, &status);
    CHECK(kind != CSC_EVENT_END);
    csc_op_close(op);
    fixture_destroy(&f);
}

static uint32_t slowly(struct client *client, const struct csc_wire_event *event, const char *path, unsigned before)
{
    (void)client; (void)path; (void)before;
    usleep(event->kind == CSC_EVENT_ITEM_RESULT ? 200000 : 50000);
    return OFFLINEFILES_OP_CONTINUE;
}

/* A slow one is not a hung one, however long it takes in all. */
static void test_slow(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = 1, .answer = slowly };
    struct fixture f;
    struct other other;
    struct csc_op *op;
    csc_status status = CSC_E_FAIL;
    int64_t begun;
    uint32_t kind;
    char name[32];
    unsigned i;

    make(&f);
    for (i = 0; i < 3; i++)
    {
        snprintf(name, sizeof(name), "more%u", i);
        origin_write(&f, name, "x");
    }
    begun = fixture_now();
    op = start(&f, CSC_OP_PIN, PIN_FILL, CSC_OP_ASK_ITEMS);
    asked_count = 0;
    pull(op, 5000, 0, &kind, &status);
    other_starts(&f, &other);
    /* each answer comes in time, the last one long after its question */
    for (i = 0; kind != CSC_EVENT_END && i < asked_count; i++)
    {
        usleep(ANSWER_TIMEOUT * 1000 / 3);
        pull(op, i + 1 < asked_count ? 0 : 1000, asked[i], &kind, &status);
    }
    while (kind != CSC_EVENT_END && fixture_now() - begun < 10000) pull(op, 100, 0, &kind, &status);
    CHECK_STATUS(status, CSC_OK);
    CHECK(fixture_now() - begun > 3 * ANSWER_TIMEOUT);
    CHECK_INT(is_logged(&f, "end an operation"), 0);
    csc_op_close(op);
    pthread_join(other.thread, NULL);
    CHECK_STATUS(other.status, CSC_OK);

    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE), CSC_OK);
    client_free(&client);
    fixture_destroy(&f);
}

/* One that asks for more, and more, but leaves a conflict unanswered (ASYNCPROGRESS does so while a handler thinks). */
static void test_conflict(void)
{
    struct fixture f;
    struct other other;
    struct csc_op *op;
    csc_status status = CSC_OK;
    uint32_t kind;

    make(&f);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    change(f.origin, "one", "theirs", 1);
    change(tree_of(&f), "one", "mine", 2);
    op = start(&f, CSC_OP_SYNC, SYNC_BOTH, CSC_OP_ASK_CONFLICTS);
    CHECK(pull(op, 5000, 0, &kind, &status) != 0);
    CHECK_INT(kind, CSC_EVENT_CONFLICT);
    other_starts(&f, &other);
    do pull(op, 100, 0, &kind, &status); while (kind != CSC_EVENT_END);
    CHECK_STATUS(status, CSC_E_CANCELLED);
    pthread_join(other.thread, NULL);
    CHECK_STATUS(other.status, CSC_E_MORE_DATA);       /* the conflict */
    CHECK_STRING(fixture_read(f.origin, "one"), "theirs");
    CHECK_STRING(fixture_read(tree_of(&f), "one"), "mine");
    csc_op_close(op);
    fixture_destroy(&f);
}

/* The engine itself wants the share, too: to bring it online again. */
static void test_come_back(void)
{
    struct fixture f;
    struct csc_op *op;
    csc_status status;
    uint32_t kind;

    make(&f);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    change(f.origin, "one", "newer", 1);
    op = start(&f, CSC_OP_SYNC, SYNC_BOTH, CSC_OP_ASK_ITEMS);
    CHECK(pull(op, 5000, 0, &kind, &status) != 0);
    fixture_set_mood(&f, ORIGIN_DEAD);
    CHECK(fixture_wait_state(&f, SHARE, OFFLINEFILES_CONNECT_STATE_OFFLINE, 10000));
    fixture_set_mood(&f, ORIGIN_ALIVE);
    CHECK(fixture_wait_state(&f, SHARE, OFFLINEFILES_CONNECT_STATE_ONLINE, 10000));
    csc_op_close(op);
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_no_answer);
    RUN(test_no_pull);
    RUN(test_alone);
    RUN(test_slow);
    RUN(test_conflict);
    RUN(test_come_back);
    return test_report();
}
