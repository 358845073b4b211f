/*
 * A running engine: names that an origin's listing tells, and answers of a client
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The first byte of an input says which; each synchronization must come to its end, whatever comes.
 */

#include "fuzz.h"
#include "../engine/sync_fixture.h"

static struct fixture world;
static const uint8_t *names;            /* for the next listing of the origin's root; each ends with a zero byte */
static size_t names_size;
static uint64_t root_dev, root_ino;
static unsigned rounds;

static csc_status list_with_names(struct csc_fs *fs, struct csc_dir *dir, csc_list_callback callback, void *context)
{
    csc_status status = csc_fs_posix()->list(csc_fs_posix(), dir, callback, context);
    struct csc_stat stat;
    size_t at, length;
    char *name;

    (void)fs;
    if (status || !names || csc_fs_posix()->stat_dir(csc_fs_posix(), dir, &stat)
        || stat.dev != root_dev || stat.ino != root_ino) return status;
    for (at = 0; at < names_size && !status; at += length + 1)
    {
        for (length = 0; at + length < names_size && names[at + length]; length++) {}
        if (!length || length > 255) continue;
        name = feed_text(names + at, length);
        status = callback(context, name, CSC_TYPE_NONE);
        free(name);
    }
    return status;
}

static csc_status stat_strictly(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat)
{
    (void)fs;
    /* a system tells no such names, and the engine must not ask for them */
    HOLDS(!strchr(name, '/') && strcmp(name, ".") && strcmp(name, ".."));
    return csc_fs_posix()->stat(csc_fs_posix(), dir, name, stat);
}

static void at_exit(void)
{
    fixture_destroy(&world);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct stat st;

    (void)argc; (void)argv;
    fixture_make(&world);
    fixture_close(&world);
    world.timeout = 60000;              /* a machine that does more than this takes its time */
    world.interval = 60000;
    world.fs.list = list_with_names;
    world.fs.stat = stat_strictly;
    HOLDS(!fixture_open(&world));
    HOLDS(!csc_map(world.engine, SHARE, world.origin, 0));
    origin_write(&world, "file", "content");
    HOLDS(!pin_all(&world));
    HOLDS(!stat(world.origin, &st));
    root_dev = st.st_dev;
    root_ino = st.st_ino;
    atexit(at_exit);
    return 0;
}

/* Answers from the input: sound ones with its numbers and names, and plain bytes. */
static void make_replies(struct feed *feed, uint64_t token, struct csc_buffer *replies)
{
    size_t length;
    const uint8_t *bytes;

    if (feed_number(feed, 1) & 3)
    {
        uint32_t units = feed_number(feed, 1) & 15, size = (uint32_t)(sizeof(struct csc_wire_reply) + units * 2 + 2 + 7) & ~7u;
        struct csc_wire_reply *reply = csc_buffer_add(replies, size);

        HOLDS(reply);
        memset(reply, 0, size);
        reply->size = size;
        reply->token = token;
        reply->response = feed_number(feed, 1);
        reply->name_length = units;
        reply->more = feed_number(feed, 1) & 3;
        length = units * 2;
        bytes = feed_bytes(feed, &length);
        if (length) memcpy(reply->name, bytes, length);
    }
    else
    {
        length = feed_number(feed, 1);
        bytes = feed_bytes(feed, &length);
        if (length) memcpy(csc_buffer_add(replies, length), bytes, length);
    }
}

static void synchronize(struct feed *feed, uint32_t flags)
{
    static const char *const paths[] = { SHARE };
    struct csc_op_request request = { .kind = CSC_OP_SYNC, .flags = flags, .ask = CSC_OP_ASK_ITEMS | CSC_OP_ASK_CONFLICTS,
                                      .paths = paths, .count = 1 };
    struct csc_buffer events = { 0 }, replies = { 0 };
    struct csc_wire_totals totals = { 0 };
    struct csc_op *op;
    unsigned pulls;
    size_t at;

    HOLDS(!csc_op_start(world.engine, &request, &op));
    for (pulls = 0; !totals.ended; pulls++)
    {
        struct csc_buffer sent = replies;

        memset(&replies, 0, sizeof(replies));
        events.size = 0;
        /* wrong answers are refused, and the operation goes on */
        csc_op_pull(op, 100, sent.data, sent.size, &totals, &events);
        csc_buffer_free(&sent);
        for (at = 0; at < events.size;)
        {
            const struct csc_wire_event *event = (const struct csc_wire_event *)(events.data + at);

            HOLDS(event->size >= sizeof(*event) && !(event->size % 8) && event->size <= events.size - at);
            HOLDS(!event->path[event->path_length]);
            at += event->size;
            if (event->kind == CSC_EVENT_END) continue;
            if (feed->size) make_replies(feed, event->token, &replies);
            else csc_op_cancel(op);
        }
        /* a question that got no answer is one that nobody will ask again */
        if (!events.size && !totals.ended && pulls > 2) csc_op_cancel(op);
        HOLDS(pulls < 10000);
    }
    csc_buffer_free(&events);
    csc_buffer_free(&replies);
    csc_op_close(op);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = { data, size };
    uint32_t kind = feed_number(&feed, 1);

    if (kind & 1)
    {
        static const uint8_t go_on[] = { 1, 0, 0 };
        struct feed answers = { go_on, sizeof(go_on) };

        names = feed.data;
        names_size = feed.size;
        synchronize(&answers, SYNC_BOTH);
        names = NULL;
        return 0;
    }
    /* something to ask about: a conflict, something new on each side */
    rounds++;
    change(world.origin, "file", kind & 2 ? "theirs" : "theirs, longer", (int)(rounds & 0xffffff));
    change(tree_of(&world), "file", kind & 4 ? "mine" : "mine, longer still", (int)(rounds & 0xffffff) + 1);
    if (kind & 8) origin_write(&world, "new there", "x");
    else remove_at(world.origin, "new there");
    if (kind & 16) change(tree_of(&world), "new here", "y", (int)(rounds & 0xffffff));
    else remove_at(tree_of(&world), "new here");
    synchronize(&feed, SYNC_BOTH);
    /* what copies the answers asked for */
    if (!(rounds % 64) || count_in(world.origin, NULL) > 40)
    {
        char path[1200], below[600];
        struct dirent *entry;
        DIR *dir;
        int side;

        for (side = 0; side < 2; side++)
        {
            snprintf(below, sizeof(below), "%s", side ? world.origin : tree_of(&world));
            if (!(dir = opendir(below))) continue;
            while ((entry = readdir(dir)))
                if (strcmp(entry->d_name, "file")) unlink(fixture_path(path, below, entry->d_name));
            closedir(dir);
        }
    }
    return 0;
}
