/*
 * For tests of operations: shorthands over fixture.h, a client that answers events
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_SYNC_FIXTURE_H
#define CSC_SYNC_FIXTURE_H

#include <dirent.h>

#include "fixture.h"

#define SHARE "\\\\server\\share"
#define SYNC_IN   OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN
#define SYNC_OUT  OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT
#define SYNC_BOTH (SYNC_IN | SYNC_OUT)
#define SYNC_FILL OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE
#define PIN_USER  OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER
#define PIN_FILL  (OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER | OFFLINEFILES_PIN_CONTROL_FLAG_FILL)

/* -- a client -- */

#define MAX_SEEN 4096

struct seen_event
{
    uint32_t kind, operation, state, changes, known;
    csc_status status;
    struct csc_wire_error error;      /* size 0: none came */
    char path[512];
};

struct client
{
    uint32_t ask;
    int deep;
    /* the answer to an event; NULL: continue.  Called with the number of earlier events of that kind and path. */
    uint32_t (*answer)(struct client *client, const struct csc_wire_event *event, const char *path, unsigned before);
    int cancel_after;                 /* events; 0: never */
    void *context;
    const char *new_name;             /* ASCII; set by answer for KEEPALLCHANGES, goes with that answer */

    struct seen_event *seen;
    size_t count;
    struct csc_wire_totals totals;
    csc_status result;
};

static inline unsigned client_count(const struct client *client, uint32_t kind, const char *path)
{
    unsigned found = 0;
    size_t i;

    for (i = 0; i < client->count; i++)
        if (client->seen[i].kind == kind && (!path || !strcmp(client->seen[i].path, path))) found++;
    return found;
}

static inline const struct seen_event *client_find(const struct client *client, uint32_t kind, const char *path)
{
    size_t i;

    for (i = client->count; i--;)
        if (client->seen[i].kind == kind && !strcmp(client->seen[i].path, path)) return &client->seen[i];
    return NULL;
}

/* Result of an item; 1 when there was none. */
static inline csc_status client_result(const struct client *client, const char *path)
{
    const struct seen_event *event = client_find(client, CSC_EVENT_ITEM_RESULT, path);

    return event ? event->status : CSC_FALSE;
}

static inline void client_free(struct client *client)
{
    free(client->seen);
    client->seen = NULL;
    client->count = 0;
}

static inline csc_status client_run(struct fixture *fixture, struct client *client, enum csc_op_kind kind, uint32_t flags,
                                    const char *const *paths, size_t count)
{
    struct csc_op_request request = { .kind = kind, .flags = flags, .ask = client->ask, .deep = client->deep,
                                      .paths = paths, .count = count };
    struct csc_buffer events = { 0 }, replies = { 0 };
    csc_status status;
    struct csc_op *op;
    int64_t until = fixture_now() + 60000;
    size_t at;

    client_free(client);
    client->seen = calloc(MAX_SEEN, sizeof(*client->seen));
    memset(&client->totals, 0, sizeof(client->totals));
    client->result = CSC_E_FAIL;
    if (csc_failed(status = csc_op_start(fixture->engine, &request, &op))) return client->result = status;
    while (!client->totals.ended)
    {
        struct csc_buffer sent = replies;

        memset(&replies, 0, sizeof(replies));
        events.size = 0;
        status = csc_op_pull(op, 1000, sent.data, sent.size, &client->totals, &events);
        csc_buffer_free(&sent);
        if (!CHECK_STATUS(status, CSC_OK)) break;
        for (at = 0; at < events.size;)
        {
            const struct csc_wire_event *event = (const struct csc_wire_event *)(events.data + at);
            struct seen_event *seen = &client->seen[client->count];
            unsigned before;

            at += event->size;
            seen->kind = event->kind;
            seen->operation = event->operation;
            seen->state = event->sync_state;
            seen->changes = event->change_details;
            seen->known = event->state_known;
            seen->status = event->status;
            if (event->error_offset) memcpy(&seen->error, (const char *)event + event->error_offset, sizeof(seen->error));
            snprintf(seen->path, sizeof(seen->path), "%s", fixture_text(event->path, event->path_length));
            if (getenv("CSC_TEST_TRACE"))
                fprintf(stderr, "event: kind %u op %u state %u %08x %s\n", seen->kind, seen->operation, seen->state,
                        (unsigned)seen->status, seen->path);
            before = client_count(client, seen->kind, seen->path);
            if (event->kind != CSC_EVENT_END)
            {
                struct csc_wire_reply *reply;
                size_t size, length, c;
                uint32_t response;

                client->new_name = NULL;
                response = client->answer ? client->answer(client, event, seen->path, before) : 0;
                length = client->new_name ? strlen(client->new_name) : 0;
                size = (sizeof(*reply) + (length + 1) * sizeof(uint16_t) + 7) & ~(size_t)7;
                reply = csc_buffer_add(&replies, size);
                memset(reply, 0, size);
                reply->size = size;
                reply->token = event->token;
                reply->response = response;
                reply->name_length = length;
                for (c = 0; c < length; c++) reply->name[c] = (unsigned char)client->new_name[c];
            }
            else client->result = event->status;
            if (client->count < MAX_SEEN - 1) client->count++;
            if (client->cancel_after && (int)client->count == client->cancel_after) csc_op_cancel(op);
        }
        if (!CHECK(fixture_now() < until)) break;
    }
    csc_buffer_free(&events);
    csc_buffer_free(&replies);
    csc_op_close(op);
    return client->result;
}

/* One path, items asked and always continued. */
static inline csc_status client_one(struct fixture *fixture, struct client *client, enum csc_op_kind kind, uint32_t flags,
                                    const char *path)
{
    return client_run(fixture, client, kind, flags, &path, 1);
}

/* -- the world -- */

static inline char *tree_of(struct fixture *fixture)
{
    static char tree[1200];

    return fixture_tree(fixture, tree);
}

/* A mapped share; old: its files are old enough for their times to be trusted. */
static inline void world_make(struct fixture *fixture)
{
    fixture_make(fixture);
    CHECK_STATUS(csc_map(fixture->engine, SHARE, fixture->origin, 0), CSC_OK);
}

static inline void origin_write(struct fixture *fixture, const char *below, const char *text)
{
    fixture_write(fixture->origin, below, text);
    fixture_touch(fixture->origin, below, 1000000000);
}

/* A later change that its time tells. */
static inline void change(const char *base, const char *below, const char *text, int seconds)
{
    fixture_write(base, below, text);
    fixture_touch(base, below, 1000000000 + seconds);
}

/* Saves as programs do: a new file that is renamed over the old one. */
static inline void save_over(const char *base, const char *name, const char *text, int seconds)
{
    char from[1200], to[1200];

    change(base, "saving", text, seconds);
    if (rename(fixture_path(from, base, "saving"), fixture_path(to, base, name))) perror(to);
}

static inline csc_status sync_share(struct fixture *fixture, uint32_t flags)
{
    return fixture_run(fixture, CSC_OP_SYNC, flags, 0, SHARE);
}

static inline csc_status pin_all(struct fixture *fixture)
{
    return fixture_run(fixture, CSC_OP_PIN, PIN_FILL, 1, SHARE);
}

static inline csc_status go_offline(struct fixture *fixture)
{
    int prevented = 0;
    csc_status status = csc_go_offline(fixture->engine, SHARE, 1, &prevented);

    return prevented ? CSC_E_BUSY : status;
}

/* Pin bits with those that are passed on. */
#define INHERIT(reasons) ((reasons) | (reasons) << CSC_PIN_INHERIT_SHIFT)

static inline uint32_t pin_of(struct fixture *f, const char *path)
{
    const struct csc_wire_item *item = fixture_find(f, path);

    return item ? item->pin : 0xffff;
}

static inline int is_cached(struct fixture *f, const char *path)
{
    struct csc_buffer record = { 0 };
    csc_status status = csc_find(f->engine, path, 0, &record);

    csc_buffer_free(&record);
    return !csc_failed(status);
}

static inline int remove_at(const char *base, const char *below)
{
    char path[1200];

    return remove(fixture_path(path, base, below));
}

static inline unsigned count_in(const char *base, const char *below)
{
    char path[1200];
    unsigned count = 0;
    struct dirent *entry;
    DIR *dir = opendir(below ? fixture_path(path, base, below) : base);

    if (!dir) return 0;
    while ((entry = readdir(dir))) if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) count++;
    closedir(dir);
    return count;
}

static inline size_t conflict_count(struct fixture *fixture)
{
    struct csc_scope *scope = fixture_scope(fixture, SHARE);
    size_t count;

    if (!scope) return 0;
    count = count_conflicts(fixture->engine, scope->row.id);
    csc_scope_release(scope);
    return count;
}

/* Nothing temporary is left anywhere. */
static inline int is_clean(struct fixture *fixture)
{
    char temp[1200];

    return !count_in(fixture_path(temp, fixture->cache, "v2.0.6/temp"), NULL);
}

#endif
