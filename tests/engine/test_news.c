/*
 * Published events: what is told, when, and to whom
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "background.h"
#include "news.h"
#include "ring.h"
#include "store_private.h"
#include "sync_fixture.h"

#define ALL (~(uint64_t)0)
#define EVENT(name) OFFLINEFILES_EVENT_##name
#define BIT(name) ((uint64_t)1 << EVENT(name))

/* -- who listens -- */

struct heard
{
    struct csc_subscription *subscription;
    struct { uint32_t event, type, detail; csc_status status; uint64_t time; uint8_t id[16]; char path[256], old[256]; } list[17000];
    size_t count;
};

static void take(struct heard *heard, const struct csc_buffer *records)
{
    const struct csc_wire_news *news;
    size_t at;

    for (at = 0; at < records->size; at += news->size)
    {
        news = (const struct csc_wire_news *)(records->data + at);
        if (!CHECK(news->size >= sizeof(*news) && !(news->size % 8)) || heard->count == 17000) return;
        heard->list[heard->count].event = news->event;
        heard->list[heard->count].type = news->item_type;
        heard->list[heard->count].detail = news->detail;
        heard->list[heard->count].status = news->status;
        heard->list[heard->count].time = news->time;
        memcpy(heard->list[heard->count].id, news->sync_id, 16);
        strcpy(heard->list[heard->count].path, fixture_text(news->strings, news->path_length));
        strcpy(heard->list[heard->count].old, fixture_text(news->strings + news->path_length + 1, news->old_length));
        if (getenv("CSC_TEST_TRACE"))
            fprintf(stderr, "news: %u %s %s %08x\n", news->event, heard->list[heard->count].path,
                    heard->list[heard->count].old, (unsigned)news->status);
        heard->count++;
    }
}

static csc_status pull(struct heard *heard, unsigned timeout)
{
    struct csc_buffer records = { 0 };
    csc_status status = csc_news_pull(heard->subscription, timeout, &records);

    take(heard, &records);
    csc_buffer_free(&records);
    return status;
}

static struct heard *listen_to(struct fixture *f, uint64_t events, uint32_t match, const char *path)
{
    struct heard *heard = calloc(1, sizeof(*heard));

    CHECK_STATUS(csc_subscribe(f->engine, events, match, path, &heard->subscription), CSC_OK);
    return heard;
}

static void stop(struct heard *heard)
{
    csc_unsubscribe(heard->subscription);
    free(heard);
}

/* Everything that is there now. */
static void hear(struct heard *heard)
{
    size_t before;

    do
    {
        before = heard->count;
        if (!CHECK_STATUS(pull(heard, 0), CSC_OK)) return;
    }
    while (heard->count != before);
}

/* Where the first event of a kind about a path (NULL: any) is from an index on, -1: nowhere. */
static int find_from(const struct heard *heard, size_t from, uint32_t event, const char *path)
{
    size_t i;

    for (i = from; i < heard->count; i++)
        if (heard->list[i].event == event && (!path || !strcmp(heard->list[i].path, path))) return (int)i;
    return -1;
}

static int find(const struct heard *heard, uint32_t event, const char *path)
{
    return find_from(heard, 0, event, path);
}

/* Waits until it was heard. */
static int expect(struct heard *heard, uint32_t event, const char *path)
{
    int64_t until = fixture_now() + 10000;
    int at;

    while ((at = find(heard, event, path)) < 0 && fixture_now() < until && !csc_failed(pull(heard, 100))) ;
    if (at < 0) FAIL("event %u of %s was not told\n", event, path ? path : "anything");
    return at;
}

static unsigned count_of(const struct heard *heard, uint32_t event)
{
    unsigned count = 0;
    size_t i;

    for (i = 0; i < heard->count; i++) count += heard->list[i].event == event;
    return count;
}

static void forget(struct heard *heard)
{
    hear(heard);
    heard->count = 0;
}

/* -- the queue -- */

static void put_number(struct csc_ring *ring, uint32_t number, uint32_t size, int expected)
{
    unsigned char record[128] = { 0 };

    memcpy(record, &size, 4);
    memcpy(record + 4, &number, 4);
    memset(record + 8, (int)number, size - 8);
    CHECK_INT(csc_ring_put(ring, record), expected);
}

static int take_number(struct csc_ring *ring, uint32_t size)
{
    struct csc_buffer buffer = { 0 };
    uint32_t number = 0, i;

    CHECK_STATUS(csc_ring_take(ring, 1, &buffer), CSC_OK);
    if (!CHECK_INT(buffer.size, size)) return -1;
    memcpy(&number, buffer.data + 4, 4);
    for (i = 8; i < size; i++) if (buffer.data[i] != (unsigned char)number) return -1;
    csc_buffer_free(&buffer);
    return (int)number;
}

static void test_ring_keeps_order_and_limit(void)
{
    uint32_t in = 0, out = 0, turn;
    struct csc_buffer buffer = { 0 };
    struct csc_ring ring;

    csc_ring_init(&ring, 10000);
    CHECK_STATUS(csc_ring_take(&ring, 5, &buffer), CSC_OK);
    CHECK_INT(buffer.size, 0);
    /* it turns round many times, with a few bytes left over each time */
    for (turn = 0; turn < 1000; turn++)
    {
        while (ring.used + 104 <= 9000) put_number(&ring, ++in, 104, 1);
        while (ring.used > turn % 3 * 1000) CHECK_INT(take_number(&ring, 104), ++out);
        CHECK(ring.capacity <= 10000);
    }
    while (out < in) CHECK_INT(take_number(&ring, 104), ++out);
    CHECK(!ring.data);                    /* an empty one costs nothing */

    for (in = 1; in <= 96; in++) put_number(&ring, in, 104, 1);
    put_number(&ring, 97, 104, 0);
    put_number(&ring, 97, 16, 1);
    put_number(&ring, 98, 16, 0);
    for (out = 1; out <= 96; out++) CHECK_INT(take_number(&ring, 104), out);
    CHECK_INT(take_number(&ring, 16), 97);
    csc_ring_free(&ring);
}

/* -- filters -- */

static int passes(uint32_t match, const char *filter, uint32_t event, const char *path, const char *old)
{
    char *key = NULL, *old_key = NULL;
    struct csc_news_filter set;
    int passed;

    if (!CHECK_STATUS(csc_news_filter_set(&set, ALL & ~BIT(ITEMPINNED), match, filter), CSC_OK)) return -1;
    if (path) csc_name_key(path, &key);
    if (old) csc_name_key(old, &old_key);
    passed = csc_news_filter_passes(&set, event, key, old_key);
    free(key);
    free(old_key);
    free(set.key);
    return passed;
}

static void test_filters(void)
{
    static const char *const paths[] = { SHARE "\\dir", SHARE "\\dir\\a", SHARE "\\dir\\sub\\b", SHARE "\\dirt", SHARE, "\\\\server" };
    static const char expected[5][6] =
    {
        { 1, 0, 0, 0, 0, 0 }, { 0, 1, 0, 0, 0, 0 }, { 0, 1, 1, 0, 0, 0 }, { 1, 1, 0, 0, 0, 0 }, { 1, 1, 1, 0, 0, 0 }
    };
    struct csc_news_filter filter;
    uint32_t match;
    size_t i;

    for (match = 0; match < 5; match++)
        for (i = 0; i < 6; i++)
            CHECK_INT(passes(match, "//SERVER/Share/DIR/", EVENT(ITEMMODIFIED), paths[i], NULL), expected[match][i]);
    CHECK_INT(passes(OFFLINEFILES_PATHFILTER_DESCENDENT, "\\\\server", EVENT(ITEMMODIFIED), SHARE "\\dir", NULL), 1);
    CHECK_INT(passes(OFFLINEFILES_PATHFILTER_CHILD, "\\\\server", EVENT(ITEMMODIFIED), SHARE "\\dir", NULL), 0);
    /* either name of a rename counts */
    CHECK_INT(passes(0, SHARE "\\old", EVENT(ITEMRENAMED), SHARE "\\new", SHARE "\\old"), 1);
    CHECK_INT(passes(0, SHARE "\\new", EVENT(ITEMRENAMED), SHARE "\\new", SHARE "\\old"), 1);
    CHECK_INT(passes(0, SHARE "\\x", EVENT(ITEMRENAMED), SHARE "\\new", SHARE "\\old"), 0);
    /* what concerns all below concerns the item */
    CHECK_INT(passes(0, SHARE "\\dir\\a", EVENT(ITEMDISCONNECTED), SHARE, NULL), 1);
    CHECK_INT(passes(0, SHARE "\\dir\\a", EVENT(ITEMRECONNECTED), SHARE "\\dir", NULL), 1);
    CHECK_INT(passes(0, SHARE "\\dir\\a", EVENT(ITEMRECONNECTED), SHARE "\\other", NULL), 0);
    /* events without a path (Q102), and those that are left out or never are */
    CHECK_INT(passes(0, SHARE "\\dir\\a", EVENT(SYNCBEGIN), NULL, NULL), 1);
    CHECK_INT(passes(0, NULL, EVENT(ITEMPINNED), SHARE, NULL), 0);
    CHECK_INT(passes(0, NULL, 39, NULL, NULL), 0);
    CHECK_INT(passes(0, NULL, 4000000000u, NULL, NULL), 0);
    filter.key = NULL;
    filter.events = 0;
    CHECK(csc_news_filter_passes(&filter, EVENT(PING), NULL, NULL));
    CHECK(csc_news_filter_passes(&filter, EVENT(DATALOST), NULL, NULL));
    CHECK_STATUS(csc_news_filter_set(&filter, ALL, 5, SHARE), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_news_filter_set(&filter, ALL, 0, "C:\\x"), CSC_E_BAD_PATH);
    CHECK_STATUS(csc_news_filter_set(&filter, ALL, 0, ""), CSC_E_INVALID_ARG);
}

/* -- what is told -- */

static void make_files(struct fixture *f)
{
    world_make(f);
    fixture_mkdir(f->origin, "dir/sub");
    origin_write(f, "a", "alpha");
    origin_write(f, "dir/b", "beta");
    origin_write(f, "dir/sub/c", "gamma");
}

static void test_fill_is_told_in_order(void)
{
    static const uint8_t none[16];
    int begin, added, pinned, available, result, end;
    struct heard *heard;
    struct fixture f;

    make_files(&f);
    heard = listen_to(&f, ALL, 0, NULL);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    begin = expect(heard, EVENT(SYNCBEGIN), NULL);
    end = expect(heard, EVENT(SYNCEND), NULL);
    added = find(heard, EVENT(ITEMADDEDTOCACHE), SHARE "\\dir\\sub\\c");
    pinned = find(heard, EVENT(ITEMPINNED), SHARE "\\dir\\sub\\c");
    available = find(heard, EVENT(ITEMAVAILABLEOFFLINE), SHARE "\\dir\\sub\\c");
    result = find(heard, EVENT(SYNCFILERESULT), SHARE "\\dir\\sub\\c");
    CHECK(begin >= 0 && begin < added && added < pinned && pinned < available && available < result && result < end);
    CHECK_INT(heard->list[available].type, OFFLINEFILES_ITEM_TYPE_FILE);
    CHECK_STATUS(heard->list[result].status, CSC_OK);
    CHECK_STATUS(heard->list[end].status, CSC_OK);
    CHECK(!memcmp(heard->list[begin].id, none, 16));
    CHECK(find(heard, EVENT(ITEMPINNED), SHARE) >= 0);
    CHECK(find(heard, EVENT(ITEMAVAILABLEOFFLINE), SHARE "\\dir") >= 0);
    CHECK_INT(heard->list[find(heard, EVENT(ITEMAVAILABLEOFFLINE), SHARE "\\dir")].type, OFFLINEFILES_ITEM_TYPE_DIRECTORY);
    CHECK_INT(count_of(heard, EVENT(ITEMADDEDTOCACHE)), 5);
    CHECK_INT(count_of(heard, EVENT(ITEMAVAILABLEOFFLINE)), 5);
    CHECK_INT(count_of(heard, EVENT(ITEMMODIFIED)), 0);

    /* a change of either side, of content or of attributes, once each */
    forget(heard);
    change(f.origin, "a", "from the server", 10);
    change(tree_of(&f), "dir/b", "from here", 20);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    CHECK_STATUS(fixture_run(&f, CSC_OP_ONLINE, 0, 0, SHARE), CSC_OK);
    CHECK(expect(heard, EVENT(ITEMMODIFIED), SHARE "\\a") >= 0);
    CHECK(expect(heard, EVENT(ITEMMODIFIED), SHARE "\\dir\\b") >= 0);
    CHECK_INT(heard->list[find(heard, EVENT(ITEMMODIFIED), SHARE "\\a")].detail, CSC_NEWS_MODIFIED_DATA);
    CHECK_INT(count_of(heard, EVENT(ITEMMODIFIED)), 2);
    CHECK(find(heard, EVENT(ITEMDISCONNECTED), SHARE) >= 0);
    CHECK(find(heard, EVENT(ITEMDISCONNECTED), SHARE) < find(heard, EVENT(ITEMRECONNECTED), SHARE));
    CHECK_INT(heard->list[find(heard, EVENT(ITEMDISCONNECTED), SHARE)].type, OFFLINEFILES_ITEM_TYPE_SHARE);
    CHECK_INT(count_of(heard, EVENT(ITEMDISCONNECTED)), 1);
    CHECK_INT(count_of(heard, EVENT(ITEMADDEDTOCACHE)), 0);
    stop(heard);
    fixture_destroy(&f);
}

static void test_caller_id(void)
{
    static const char *const path = SHARE;
    struct csc_op_request request = { .kind = CSC_OP_SYNC, .flags = SYNC_BOTH, .paths = &path, .count = 1,
                                      .sync_id = "0123456789abcde" };
    struct csc_wire_totals totals = { 0 };
    struct csc_buffer events = { 0 };
    struct heard *heard;
    struct csc_op *op;
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    heard = listen_to(&f, ALL, 0, NULL);
    change(f.origin, "a", "changed", 10);
    CHECK_STATUS(csc_op_start(f.engine, &request, &op), CSC_OK);
    while (!totals.ended && CHECK_STATUS(csc_op_pull(op, 1000, NULL, 0, &totals, &events), CSC_OK)) ;
    csc_buffer_free(&events);
    csc_op_close(op);
    expect(heard, EVENT(SYNCEND), NULL);
    CHECK(!memcmp(heard->list[find(heard, EVENT(SYNCBEGIN), NULL)].id, request.sync_id, 16));
    CHECK(!memcmp(heard->list[find(heard, EVENT(SYNCFILERESULT), SHARE "\\a")].id, request.sync_id, 16));
    CHECK(!memcmp(heard->list[find(heard, EVENT(SYNCEND), NULL)].id, request.sync_id, 16));

    /* the end tells why */
    forget(heard);
    CHECK_STATUS(csc_op_start(f.engine, &request, &op), CSC_OK);
    fixture_set_mood(&f, ORIGIN_DEAD);
    totals.ended = 0;
    while (!totals.ended && CHECK_STATUS(csc_op_pull(op, 1000, NULL, 0, &totals, &events), CSC_OK)) ;
    csc_buffer_free(&events);
    csc_op_close(op);
    CHECK(csc_failed(heard->list[expect(heard, EVENT(SYNCEND), NULL)].status));

    /* what is only removed from the cache is no synchronization */
    fixture_set_mood(&f, ORIGIN_ALIVE);
    forget(heard);
    CHECK_STATUS(fixture_run(&f, CSC_OP_DELETE, 0, 0, SHARE "\\dir\\b"), CSC_OK);
    expect(heard, EVENT(ITEMDELETEDFROMCACHE), SHARE "\\dir\\b");
    hear(heard);
    CHECK(find(heard, EVENT(ITEMNOTAVAILABLEOFFLINE), SHARE "\\dir\\b") < find(heard, EVENT(ITEMDELETEDFROMCACHE), SHARE "\\dir\\b"));
    stop(heard);
    fixture_destroy(&f);
}

static void test_pins_removals_renames(void)
{
    char from[1200], to[1200];
    struct heard *heard;
    struct fixture f;
    int at;

    make_files(&f);
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_FILL, 1, SHARE), CSC_OK);
    heard = listen_to(&f, ALL & ~(BIT(SYNCBEGIN) | BIT(SYNCEND) | BIT(SYNCFILERESULT)), 0, NULL);
    CHECK_STATUS(fixture_run(&f, CSC_OP_UNPIN, PIN_USER, 1, SHARE "\\dir"), CSC_OK);
    CHECK(expect(heard, EVENT(ITEMNOTPINNED), SHARE "\\dir\\sub\\c") >= 0);
    hear(heard);
    CHECK_INT(count_of(heard, EVENT(ITEMNOTPINNED)), 4);
    CHECK_INT(heard->count, 4);

    /* renamed in the cache */
    forget(heard);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    fixture_path(from, tree_of(&f), "dir/sub");
    fixture_path(to, tree_of(&f), "dir/moved");
    CHECK_INT(rename(from, to), 0);
    CHECK_STATUS(fixture_run(&f, CSC_OP_ONLINE, 0, 0, SHARE), CSC_OK);
    CHECK(fixture_exists(f.origin, "dir/moved/c"));
    at = expect(heard, EVENT(ITEMRENAMED), SHARE "\\dir\\moved");
    if (at >= 0)
    {
        CHECK_STRING(heard->list[at].old, SHARE "\\dir\\sub");
        CHECK_INT(heard->list[at].type, OFFLINEFILES_ITEM_TYPE_DIRECTORY);
    }
    CHECK_INT(count_of(heard, EVENT(ITEMRENAMED)), 1);
    CHECK_INT(count_of(heard, EVENT(ITEMDELETEDFROMCACHE)), 0);

    /* what follows a move that was made on the server is not told (Q62) */
    forget(heard);
    CHECK_STATUS(csc_rename_now(f.engine, SHARE "\\dir\\moved", SHARE "\\dir\\followed"), CSC_OK);
    CHECK_STATUS(csc_rename_now(f.engine, SHARE "\\dir\\followed", SHARE "\\dir\\moved"), CSC_OK);
    CHECK_STATUS(csc_rename_now(f.engine, SHARE, "\\\\server\\followed"), CSC_OK);
    CHECK_STATUS(csc_rename_now(f.engine, "\\\\server\\followed", SHARE), CSC_OK);
    CHECK_STATUS(csc_publish(f.engine, EVENT(PREFERENCECHANGEDETECTED), 0), CSC_OK);
    CHECK(expect(heard, EVENT(PREFERENCECHANGEDETECTED), "") >= 0);
    CHECK_INT(count_of(heard, EVENT(ITEMRENAMED)), 0);

    /* a tree that goes in one statement: each row by its full name */
    forget(heard);
    {
        struct csc_scope *scope = fixture_scope(&f, SHARE);
        struct csc_item item;

        CHECK_STATUS(csc_store_item_find(f.engine->store, scope->row.root_item, "DIR", &item), CSC_OK);
        CHECK_STATUS(csc_store_item_delete(f.engine->store, item.id), CSC_OK);
        CHECK_STATUS(csc_store_commit(f.engine->store, 0), CSC_OK);
        csc_item_clear(&item);
        csc_scope_release(scope);
    }
    hear(heard);
    CHECK(find(heard, EVENT(ITEMDELETEDFROMCACHE), SHARE "\\dir") >= 0);
    CHECK(find(heard, EVENT(ITEMDELETEDFROMCACHE), SHARE "\\dir\\b") >= 0);
    CHECK(find(heard, EVENT(ITEMDELETEDFROMCACHE), SHARE "\\dir\\moved") >= 0);
    CHECK(find(heard, EVENT(ITEMDELETEDFROMCACHE), SHARE "\\dir\\moved\\c") >= 0);
    CHECK_INT(count_of(heard, EVENT(ITEMDELETEDFROMCACHE)), 4);
    CHECK_INT(count_of(heard, EVENT(DATALOST)), 0);

    /* unmapping */
    forget(heard);
    CHECK_STATUS(csc_unmap(f.engine, SHARE, CSC_UNMAP_DISCARD_CHANGES), CSC_OK);
    CHECK(expect(heard, EVENT(ITEMDELETEDFROMCACHE), SHARE) >= 0);
    CHECK(find(heard, EVENT(ITEMDELETEDFROMCACHE), SHARE "\\a") >= 0);
    stop(heard);
    fixture_destroy(&f);
}

static void test_conflicts(void)
{
    struct heard *heard;
    struct fixture f;
    int added, updated;

    make_files(&f);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    heard = listen_to(&f, BIT(SYNCCONFLICTRECADDED) | BIT(SYNCCONFLICTRECUPDATED) | BIT(SYNCCONFLICTRECREMOVED), 0, NULL);
    change(f.origin, "dir/b", "theirs", 10);
    change(tree_of(&f), "dir/b", "ours", 20);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_E_MORE_DATA);
    added = expect(heard, EVENT(SYNCCONFLICTRECADDED), SHARE "\\dir\\b");
    updated = expect(heard, EVENT(SYNCCONFLICTRECUPDATED), SHARE "\\dir\\b");
    CHECK(added >= 0 && added < updated);
    CHECK_INT(heard->list[added].detail, OFFLINEFILES_SYNC_STATE_FileChangedOnClient_ChangedOnServer);
    CHECK(heard->list[added].time && heard->list[added].time == heard->list[updated].time);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLOCAL), CSC_OK);
    CHECK(expect(heard, EVENT(SYNCCONFLICTRECREMOVED), SHARE "\\dir\\b") > updated);
    CHECK_INT(heard->count, 3);
    stop(heard);
    fixture_destroy(&f);
}

static void test_suspended_and_evicted(void)
{
    struct heard *heard;
    struct csc_scope *scope;
    struct csc_item item;
    struct fixture f;

    make_files(&f);
    CHECK_STATUS(pin_all(&f), CSC_OK);
    heard = listen_to(&f, ALL, 0, NULL);
    CHECK_STATUS(csc_suspend(f.engine, SHARE "\\dir", 1), CSC_OK);
    expect(heard, EVENT(ITEMDISCONNECTED), SHARE "\\dir");
    forget(heard);
    /* inside of it nothing changes */
    CHECK_STATUS(csc_suspend(f.engine, SHARE "\\dir\\sub", 1), CSC_OK);
    CHECK_STATUS(csc_suspend(f.engine, SHARE "\\dir\\sub", 0), CSC_OK);
    hear(heard);
    CHECK_INT(heard->count, 0);
    CHECK_STATUS(csc_suspend(f.engine, SHARE "\\dir", 0), CSC_OK);
    expect(heard, EVENT(ITEMRECONNECTED), SHARE "\\dir");
    /* the share itself */
    CHECK_STATUS(csc_suspend(f.engine, SHARE, 1), CSC_OK);
    expect(heard, EVENT(ITEMDISCONNECTED), SHARE);
    CHECK_INT(count_of(heard, EVENT(ITEMDISCONNECTED)), 1);

    forget(heard);
    scope = fixture_scope(&f, SHARE);
    CHECK_STATUS(csc_store_item_find(f.engine->store, scope->row.root_item, "A", &item), CSC_OK);
    CHECK_STATUS(csc_store_item_set_pin(f.engine->store, item.id, 0), CSC_OK);
    CHECK_STATUS(csc_store_item_evict(f.engine->store, item.id, 1), CSC_OK);
    CHECK_STATUS(csc_store_commit(f.engine->store, 0), CSC_OK);
    csc_item_clear(&item);
    csc_scope_release(scope);
    hear(heard);
    CHECK_INT(heard->count, 2);
    CHECK_INT(heard->list[0].event, EVENT(ITEMNOTPINNED));
    CHECK_INT(heard->list[1].event, EVENT(ITEMNOTAVAILABLEOFFLINE));
    stop(heard);
    fixture_destroy(&f);
}

/* What the service does by itself.
 * fact: ev.reconnect ev.background ev.prefetch */
static void test_background(void)
{
    struct heard *heard;
    struct fixture f;
    int begin;

    make_files(&f);
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_USER, 1, SHARE), CSC_OK);     /* without content */
    heard = listen_to(&f, ALL, 0, NULL);
    {
        struct csc_scope *scope = fixture_scope(&f, SHARE);

        pthread_mutex_lock(&f.engine->lock);
        scope->fill_wanted = 1;
        scope->next_fill = 0;
        pthread_mutex_unlock(&f.engine->lock);
        csc_scope_release(scope);
    }
    begin = expect(heard, EVENT(PREFETCHFILEBEGIN), SHARE "\\a");
    CHECK(begin < expect(heard, EVENT(PREFETCHFILEEND), SHARE "\\a"));
    CHECK_STATUS(heard->list[find(heard, EVENT(PREFETCHFILEEND), SHARE "\\a")].status, CSC_OK);
    CHECK(find(heard, EVENT(ITEMAVAILABLEOFFLINE), SHARE "\\a") < find(heard, EVENT(PREFETCHFILEEND), SHARE "\\a"));
    CHECK(expect(heard, EVENT(SYNCBEGIN), NULL) < begin);
    expect(heard, EVENT(SYNCEND), NULL);

    /* the share is lost and found again */
    forget(heard);
    fixture_set_mood(&f, ORIGIN_DEAD);
    CHECK(csc_failed(sync_share(&f, SYNC_BOTH)));
    expect(heard, EVENT(ITEMDISCONNECTED), SHARE);
    fixture_set_mood(&f, ORIGIN_ALIVE);
    expect(heard, EVENT(ITEMRECONNECTED), SHARE);
    CHECK(expect(heard, EVENT(ITEMRECONNECTBEGIN), NULL) < find(heard, EVENT(ITEMRECONNECTED), SHARE));
    CHECK(expect(heard, EVENT(ITEMRECONNECTEND), NULL) > find(heard, EVENT(ITEMRECONNECTED), SHARE));

    /* a synchronization that is due: told with its flags, around what it does, also when that is nothing */
    forget(heard);
    {
        struct csc_scope *scope = fixture_scope(&f, SHARE);

        origin_write(&f, "late", "a new one");
        CHECK_STATUS(csc_scope_run_op(scope, CSC_OP_SYNC, SYNC_BOTH, CSC_AUTO_SYNC), CSC_OK);
        csc_scope_release(scope);
    }
    begin = expect(heard, EVENT(BACKGROUNDSYNCBEGIN), NULL);
    CHECK(begin < expect(heard, EVENT(BACKGROUNDSYNCEND), NULL));
    CHECK_INT(heard->list[begin].detail, SYNC_BOTH);
    CHECK_INT(heard->list[find(heard, EVENT(BACKGROUNDSYNCEND), NULL)].detail, SYNC_BOTH);
    CHECK_INT(count_of(heard, EVENT(SYNCBEGIN)), count_of(heard, EVENT(SYNCEND)));

    /* what the rest of the service tells */
    forget(heard);
    CHECK_STATUS(csc_publish(f.engine, EVENT(BACKGROUNDSYNCBEGIN), SYNC_OUT), CSC_OK);
    CHECK_STATUS(csc_publish(f.engine, EVENT(POLICYCHANGEDETECTED), 5), CSC_OK);
    CHECK_STATUS(csc_publish(f.engine, EVENT(SYNCBEGIN), 0), CSC_E_INVALID_ARG);
    CHECK_STATUS(csc_publish(f.engine, 4000000000u, 0), CSC_E_INVALID_ARG);
    CHECK_INT(heard->list[expect(heard, EVENT(BACKGROUNDSYNCBEGIN), NULL)].detail, SYNC_OUT);
    CHECK_INT(heard->list[expect(heard, EVENT(POLICYCHANGEDETECTED), NULL)].detail, 0);
    stop(heard);
    fixture_destroy(&f);
}

static atomic_uint networks;

static csc_status count_networks(struct csc_fs *fs, unsigned *count)
{
    (void)fs;
    *count = atomic_load(&networks);
    return CSC_OK;
}

/* fact: ev.transport */
static void test_networks(void)
{
    struct heard *heard;
    struct fixture f;

    fixture_make(&f);
    fixture_close(&f);
    f.fs.transports = count_networks;
    atomic_store(&networks, 1);
    CHECK_STATUS(fixture_open(&f), CSC_OK);
    heard = listen_to(&f, ALL, 0, NULL);
    CHECK_STATUS(pull(heard, 1000), CSC_OK);
    CHECK_INT(heard->count, 0);
    atomic_store(&networks, 0);
    expect(heard, EVENT(NONETTRANSPORTS), NULL);
    atomic_store(&networks, 2);
    expect(heard, EVENT(NETTRANSPORTARRIVED), NULL);
    CHECK_INT(heard->count, 2);
    stop(heard);
    fixture_destroy(&f);
}

/* -- when -- */

static int64_t put_file(struct fixture *f, int64_t parent, const char *name)
{
    return fixture_row(f, parent, name, OFFLINEFILES_ITEM_TYPE_FILE, 0, CSC_ROW_SPARSE, NULL);
}

static void test_only_what_is_committed(void)
{
    struct heard *heard;
    struct csc_item item = { 0 };
    struct csc_scope *scope;
    struct fixture f;
    int64_t id;

    world_make(&f);
    /* nothing ends the transactions meanwhile */
    csc_monitor_stop(f.engine);
    heard = listen_to(&f, ALL, 0, NULL);
    scope = fixture_scope(&f, SHARE);
    id = put_file(&f, 0, "one");
    csc_news_tell(f.engine->news, EVENT(POLICYCHANGEDETECTED), 0);
    hear(heard);
    CHECK_INT(heard->count, 0);

    /* a change that is refused is not told, others of the transaction are */
    item.scope = scope->row.id;
    item.parent = scope->row.root_item;
    item.name = "ONE";
    CHECK_STATUS(csc_store_item_put(f.engine->store, &item), CSC_E_EXISTS);
    free(item.key);
    CHECK_STATUS(csc_store_commit(f.engine->store, 0), CSC_OK);
    hear(heard);
    CHECK_INT(heard->count, 2);
    CHECK_STRING(heard->list[0].path, SHARE "\\one");
    CHECK_INT(heard->list[1].event, EVENT(POLICYCHANGEDETECTED));

    /* what is taken back with its transaction; what came in between is told */
    forget(heard);
    put_file(&f, 0, "two");
    csc_news_tell(f.engine->news, EVENT(PREFERENCECHANGEDETECTED), 0);
    csc_store_lock(f.engine->store);
    sqlite3_exec(f.engine->store->db, "ROLLBACK", NULL, NULL, NULL);
    csc_news_take_back(f.engine->news, 0);
    csc_store_unlock(f.engine->store);
    CHECK_STATUS(csc_store_item_set_pin(f.engine->store, id, CSC_PIN_USER), CSC_OK);
    /* the commit tells this thread that "two" is gone */
    CHECK_STATUS(csc_store_commit(f.engine->store, 0), CSC_E_FAIL);
    hear(heard);
    CHECK_INT(heard->count, 2);
    CHECK_INT(heard->list[0].event, EVENT(PREFERENCECHANGEDETECTED));
    CHECK_INT(heard->list[1].event, EVENT(ITEMPINNED));

    /* a change of several steps that fails at its end */
    forget(heard);
    CHECK_STATUS(csc_store_item_get(f.engine->store, id, &item), CSC_OK);
    put_file(&f, 0, "three");
    free(item.name);
    free(item.key);
    item.name = strdup("Three");
    item.key = strdup("THREE");
    CHECK_STATUS(csc_store_item_move(f.engine->store, &item, "Three", 0, 1), CSC_E_EXISTS);
    csc_item_clear(&item);
    CHECK_STATUS(csc_store_commit(f.engine->store, 0), CSC_OK);
    hear(heard);
    CHECK_INT(heard->count, 1);
    CHECK_INT(heard->list[0].event, EVENT(ITEMADDEDTOCACHE));
    csc_scope_release(scope);
    stop(heard);
    fixture_destroy(&f);
}

static void test_nobody_listens_nothing_costs(void)
{
    struct heard *first, *second;
    struct fixture f;
    sqlite3_stmt *count;

    world_make(&f);
    first = listen_to(&f, ALL, 0, NULL);
    second = listen_to(&f, 0, 0, NULL);
    stop(first);
    csc_store_lock(f.engine->store);
    CHECK_INT(sqlite3_prepare_v2(f.engine->store->db, "SELECT count(*) FROM sqlite_temp_master", -1, &count, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_step(count), SQLITE_ROW);
    CHECK(sqlite3_column_int(count, 0) > 0);
    sqlite3_reset(count);
    csc_store_unlock(f.engine->store);
    stop(second);
    csc_store_lock(f.engine->store);
    CHECK_INT(sqlite3_step(count), SQLITE_ROW);
    CHECK_INT(sqlite3_column_int(count, 0), 0);
    sqlite3_finalize(count);
    CHECK(!f.engine->store->news);
    csc_store_unlock(f.engine->store);
    CHECK(!csc_news_wanted(f.engine->news));
    fixture_destroy(&f);
}

/* -- who is slow -- */

/* fact: ev.datalost */
static void test_slow_ones_learn_of_the_gap(void)
{
    struct heard *slow, *other;
    struct fixture f;
    unsigned i, got;

    world_make(&f);
    slow = listen_to(&f, ALL, 0, NULL);
    other = listen_to(&f, BIT(POLICYCHANGEDETECTED), 0, NULL);
    for (i = 0; i < 20000; i++) csc_news_tell(f.engine->news, EVENT(PREFERENCECHANGEDETECTED), 0);
    csc_news_tell(f.engine->news, EVENT(POLICYCHANGEDETECTED), 0);
    hear(slow);
    got = count_of(slow, EVENT(PREFERENCECHANGEDETECTED));
    CHECK(got > 1000 && got < 20000);
    CHECK_INT(slow->count, got + 1);
    CHECK_INT(slow->list[got].event, EVENT(DATALOST));
    /* nobody else lost anything, and from here on it goes on */
    hear(other);
    CHECK_INT(other->count, 1);
    slow->count = 0;
    csc_news_tell(f.engine->news, EVENT(POLICYCHANGEDETECTED), 0);
    hear(slow);
    CHECK_INT(slow->count, 1);
    CHECK_INT(slow->list[0].event, EVENT(POLICYCHANGEDETECTED));

    /* too much for one transaction */
    forget(slow);
    forget(other);
    csc_store_lock(f.engine->store);
    csc_news_begin(f.engine->news);
    for (i = 0; i <= CSC_NEWS_PENDING; i++) csc_news_tell(f.engine->news, EVENT(POLICYCHANGEDETECTED), 0);
    csc_news_commit(f.engine->news);
    csc_store_unlock(f.engine->store);
    hear(other);
    CHECK_INT(count_of(other, EVENT(DATALOST)), 1);
    CHECK_INT(other->list[other->count - 1].event, EVENT(DATALOST));
    stop(slow);
    stop(other);
    fixture_destroy(&f);
}

static int store_tells(struct fixture *f)
{
    int tells;

    csc_store_lock(f->engine->store);
    tells = f->engine->store->news != NULL;
    csc_store_unlock(f->engine->store);
    return tells;
}

/* The two want no event at all.
 * fact: ev.ping events.unfiltered */
static void test_pings_and_the_dead(void)
{
    struct csc_engine_config config = { .clock = csc_clock_posix(), .workers = 2, .ping_interval = 700 };
    struct heard *heard, *silent;
    int64_t until;
    struct fixture f;

    fixture_make(&f);
    fixture_close(&f);
    config.fs = &f.fs;
    config.cache_dir = f.cache;
    config.unc_dir = f.unc;
    CHECK_STATUS(csc_engine_open(&config, &f.engine), CSC_OK);
    heard = listen_to(&f, 0, 0, NULL);
    silent = listen_to(&f, 0, 0, NULL);
    until = fixture_now() + 3000;
    while (fixture_now() < until) CHECK_STATUS(pull(heard, 1000), CSC_OK);
    CHECK(heard->count >= 2 && heard->count <= 5);
    CHECK_INT(count_of(heard, EVENT(PING)), heard->count);
    /* the other one was not heard of for four pings */
    CHECK_STATUS(pull(silent, 0), CSC_E_TIMEOUT);
    CHECK_STATUS(pull(silent, 1000), CSC_E_TIMEOUT);
    CHECK_STATUS(pull(heard, 0), CSC_OK);
    stop(silent);
    /* the last one that goes */
    until = fixture_now() + 5000;
    while (store_tells(&f) && fixture_now() < until) usleep(50000);
    CHECK(!csc_news_wanted(f.engine->news));
    CHECK(!store_tells(&f));
    CHECK_STATUS(pull(heard, 0), CSC_E_TIMEOUT);
    stop(heard);
    fixture_destroy(&f);
}

static void *pull_for_long(void *context)
{
    csc_status *status = calloc(1, sizeof(*status));

    *status = pull(context, 30000);
    return status;
}

static void test_cancelling(void)
{
    struct csc_subscription *many[CSC_NEWS_MAX + 1];
    struct heard *heard;
    int64_t begin;
    struct fixture f;
    pthread_t thread;
    unsigned i;
    void *status;

    fixture_make(&f);
    heard = listen_to(&f, 0, 0, NULL);
    CHECK_INT(pthread_create(&thread, NULL, pull_for_long, heard), 0);
    usleep(100000);
    begin = fixture_now();
    csc_subscription_cancel(heard->subscription);
    pthread_join(thread, &status);
    CHECK_STATUS(*(csc_status *)status, CSC_E_CANCELLED);
    CHECK(fixture_now() - begin < 5000);
    free(status);
    CHECK_STATUS(pull(heard, 1000), CSC_E_CANCELLED);
    stop(heard);

    for (i = 0; i < CSC_NEWS_MAX; i++) CHECK_STATUS(csc_subscribe(f.engine, ALL, 0, NULL, &many[i]), CSC_OK);
    CHECK_STATUS(csc_subscribe(f.engine, ALL, 0, NULL, &many[i]), CSC_E_NO_RESOURCES);
    for (i = 0; i < CSC_NEWS_MAX; i++) csc_unsubscribe(many[i]);

    /* the engine closes first */
    heard = listen_to(&f, 0, 0, NULL);
    CHECK_INT(pthread_create(&thread, NULL, pull_for_long, heard), 0);
    usleep(100000);
    fixture_close(&f);
    pthread_join(thread, &status);
    CHECK_STATUS(*(csc_status *)status, CSC_E_CANCELLED);
    free(status);
    stop(heard);
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_ring_keeps_order_and_limit);
    RUN(test_filters);
    RUN(test_fill_is_told_in_order);
    RUN(test_caller_id);
    RUN(test_pins_removals_renames);
    RUN(test_conflicts);
    RUN(test_suspended_and_evicted);
    RUN(test_background);
    RUN(test_networks);
    RUN(test_only_what_is_committed);
    RUN(test_nobody_listens_nothing_costs);
    RUN(test_slow_ones_learn_of_the_gap);
    RUN(test_pings_and_the_dead);
    RUN(test_cancelling);
    return test_report();
}
