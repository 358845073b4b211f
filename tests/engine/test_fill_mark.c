/*
 * The mark of a share whose tree is filled for the first time: what a start makes of it
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "counters.h"
#include "sync_fixture.h"

#define FILES 1500

static void mark_name(struct fixture *f, char name[48])
{
    struct csc_scope *scope = fixture_scope(f, SHARE);

    snprintf(name, 48, CSC_META_FILLING "%lld", (long long)scope->row.id);
    csc_scope_release(scope);
}

static int is_marked(struct fixture *f)
{
    char *value = NULL, name[48];

    mark_name(f, name);
    csc_store_meta_get(f->engine->store, name, &value);
    free(value);
    return value != NULL;
}

/* As a fill leaves it that was cut off. */
static void set_mark(struct fixture *f)
{
    char name[48];

    mark_name(f, name);
    CHECK_STATUS(csc_store_meta_set(f->engine->store, name, "1"), CSC_OK);
}

static void reopen(struct fixture *f, const char *boot)
{
    fixture_close(f);
    strcpy(f->boot_id, boot);
    CHECK_STATUS(fixture_open(f), CSC_OK);
}

static void a_first_fill_flushes_the_log_once(void)
{
    uint64_t before[CSC_COUNTERS], after[CSC_COUNTERS];
    struct fixture f;
    char name[32];
    int i;

    world_make(&f);
    for (i = 0; i < FILES; i++)
    {
        snprintf(name, sizeof(name), "file %04d", i);
        origin_write(&f, name, "x");
    }
    csc_counters_read(before);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    csc_counters_read(after);
    CHECK_INT((int)count_in(tree_of(&f), NULL), FILES);
    /* the mark; the pins at the end */
    if (!CHECK(after[CSC_COUNT_DURABLE] - before[CSC_COUNT_DURABLE] <= 3))
        printf("  %d commits\n", (int)(after[CSC_COUNT_DURABLE] - before[CSC_COUNT_DURABLE]));
    CHECK(!is_marked(&f));
    fixture_destroy(&f);
}

/* What follows when the log lost its end: files that have no row, one whose row does not tell of it yet, a directory. */
static void what_a_cut_left(const char *boot)
{
    struct csc_item item;
    struct fixture f;
    int64_t dir;

    world_make(&f);
    fixture_mkdir(f.origin, "known");
    fixture_mkdir(f.origin, "new/below");
    origin_write(&f, "known/whole", "whole");
    origin_write(&f, "known/lost", "lost");
    origin_write(&f, "known/announced", "announced");
    origin_write(&f, "new/below/lost", "lost");

    dir = fixture_cached_dir(&f, 0, "known", 0, "known");
    fixture_cached_file(&f, dir, "whole", 0, "known/whole", "whole");
    CHECK_STATUS(csc_store_item_get(f.engine->store, fixture_cached_file(&f, dir, "announced", 0, "known/announced", "announ"),
                                    &item), CSC_OK);
    item.flags = CSC_ROW_SPARSE;
    CHECK_STATUS(csc_store_item_put(f.engine->store, &item), CSC_OK);
    csc_item_clear(&item);
    fixture_write(tree_of(&f), "known/lost", "lo");
    fixture_write(tree_of(&f), "known/gone on the origin", "it came from there");
    fixture_mkdir(tree_of(&f), "new/below");
    fixture_mkdir(tree_of(&f), "new/gone on the origin");
    fixture_write(tree_of(&f), "new/below/lost", "");
    set_mark(&f);

    reopen(&f, boot);
    CHECK_STRING(fixture_read(tree_of(&f), "known/whole"), "whole");
    CHECK(!fixture_exists(tree_of(&f), "known/lost"));
    CHECK(!fixture_exists(tree_of(&f), "known/announced"));
    CHECK(!fixture_exists(tree_of(&f), "known/gone on the origin"));
    CHECK(!fixture_exists(tree_of(&f), "new"));
    CHECK(!is_marked(&f));

    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_STRING(fixture_read(tree_of(&f), "known/lost"), "lost");
    CHECK_STRING(fixture_read(tree_of(&f), "known/announced"), "announced");
    CHECK_STRING(fixture_read(tree_of(&f), "new/below/lost"), "lost");
    CHECK(!fixture_exists(f.origin, "known/gone on the origin"));
    CHECK(!fixture_exists(f.origin, "new/gone on the origin"));
    fixture_destroy(&f);
}

static void what_a_kill_left(void)
{
    what_a_cut_left("first");
}

static void what_a_power_loss_left(void)
{
    what_a_cut_left("second");
}

/* Somebody kept the mark from being forgotten; programs worked there all the same. */
static void what_programs_made_stays(void)
{
    struct fixture f;

    world_make(&f);
    origin_write(&f, "file", "text");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    set_mark(&f);
    fixture_write(tree_of(&f), "mine", "work of a day");
    change(tree_of(&f), "file", "edited", 5);
    reopen(&f, "second");
    CHECK_STRING(fixture_read(tree_of(&f), "mine"), "work of a day");
    CHECK_STRING(fixture_read(tree_of(&f), "file"), "edited");
    CHECK(!is_marked(&f));
    fixture_destroy(&f);
}

/* The third file that comes finds the share on its way offline. */
static uint32_t leave(struct client *client, const struct csc_wire_event *event, const char *path, unsigned before)
{
    struct fixture *f = client->context;

    (void)path; (void)before;
    if (event->kind != CSC_EVENT_ITEM_RESULT || client_count(client, CSC_EVENT_ITEM_RESULT, NULL) != 3) return 0;
    CHECK(is_marked(f));
    CHECK_STATUS(go_offline(f), CSC_OK);
    CHECK(!is_marked(f));
    fixture_write(tree_of(f), "mine", "work of a day");
    return 0;
}

static void going_offline_meanwhile(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = 1, .answer = leave };
    struct fixture f;
    char name[32];
    int i;

    world_make(&f);
    client.context = &f;
    for (i = 0; i < 200; i++)
    {
        snprintf(name, sizeof(name), "file %04d", i);
        origin_write(&f, name, "x");
    }
    client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE);
    CHECK(client_count(&client, CSC_EVENT_ITEM_RESULT, NULL) > 3);
    CHECK_STRING(fixture_read(tree_of(&f), "mine"), "work of a day");
    CHECK(!is_marked(&f));
    reopen(&f, "second");
    CHECK_STRING(fixture_read(tree_of(&f), "mine"), "work of a day");
    client_free(&client);
    fixture_destroy(&f);
}

/* Where a program has worked before, a row goes before its file as ever. */
static void not_in_a_tree_that_holds_something(void)
{
    uint64_t before[CSC_COUNTERS], after[CSC_COUNTERS];
    struct fixture f;
    char name[32];
    int i;

    world_make(&f);
    fixture_write(tree_of(&f), "mine", "made offline once");
    for (i = 0; i < 300; i++)
    {
        snprintf(name, sizeof(name), "file %04d", i);
        origin_write(&f, name, "x");
    }
    csc_counters_read(before);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    csc_counters_read(after);
    CHECK(after[CSC_COUNT_DURABLE] - before[CSC_COUNT_DURABLE] >= 2);
    CHECK(!is_marked(&f));
    CHECK_STRING(fixture_read(tree_of(&f), "mine"), "made offline once");
    fixture_destroy(&f);
}

int main(void)
{
    RUN(a_first_fill_flushes_the_log_once);
    RUN(what_a_kill_left);
    RUN(what_a_power_loss_left);
    RUN(what_programs_made_stays);
    RUN(going_offline_meanwhile);
    RUN(not_in_a_tree_that_holds_something);
    return test_report();
}
