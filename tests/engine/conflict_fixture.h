/*
 * For tests of conflicts: each kind of them, made ready, and what has to be there when it was decided
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_CONFLICT_FIXTURE_H
#define CSC_CONFLICT_FIXTURE_H

#include "sync_fixture.h"

#define R(name) OFFLINEFILES_SYNC_CONFLICT_RESOLVE_##name
#define ABORT OFFLINEFILES_SYNC_CONFLICT_ABORT
#define ITEM SHARE "\\it.txt"
#define COPY "it (me v1).txt"
#define COPY_ITEM SHARE "\\" COPY

/* -- kinds of conflicts; all of them are about "it.txt" -- */

enum kind
{
    BOTH_CHANGED,            /* a file on both sides */
    BOTH_CREATED,
    CHANGED_DELETED,         /* in the cache, on the origin */
    DELETED_CHANGED,
    FILE_DIR,                /* an agreed file in the cache, a directory with a file on the origin */
    CHANGED_FILE_DIR,
    CREATED_FILE_DIR,
    DIR_FILE,                /* an agreed directory with unchanged files, a file on the origin */
    CHANGED_DIR_FILE,        /* the same, and something inside was changed and created in the cache */
    CREATED_DIR_FILE,
    DELETED_FILE_DIR,        /* a deleted file, a directory on the origin */
    DELETED_DIR_FILE,
    KIND_COUNT
};

static const char *const kinds[] =
{
    "both changed", "both created", "changed deleted", "deleted changed", "file dir", "changed file dir", "created file dir",
    "dir file", "changed dir file", "created dir file", "deleted file dir", "deleted dir file"
};

static inline void remove_dir_at(const char *base)
{
    remove_at(base, "it.txt/deep/old");
    remove_at(base, "it.txt/deep");
    remove_at(base, "it.txt/old");
    remove_at(base, "it.txt");
}

static inline void make_origin_dir(struct fixture *f)
{
    remove_at(f->origin, "it.txt");
    fixture_mkdir(f->origin, "it.txt/below");
    change(f->origin, "it.txt/below/theirs", "theirs", 1);
}

/* In a mapped share.  It has something else in it, so that its root is never empty. */
static inline void arrange_conflict(struct fixture *f, enum kind kind)
{
    int dir = kind == DIR_FILE || kind == CHANGED_DIR_FILE || kind == DELETED_DIR_FILE;
    int created = kind == BOTH_CREATED || kind == CREATED_FILE_DIR || kind == CREATED_DIR_FILE;

    origin_write(f, "other", "other");
    if (dir)
    {
        fixture_mkdir(f->origin, "it.txt/deep");
        origin_write(f, "it.txt/old", "old");
        origin_write(f, "it.txt/deep/old", "old");
    }
    else if (!created) origin_write(f, "it.txt", "base");
    CHECK_STATUS(pin_all(f), CSC_OK);
    CHECK_STATUS(go_offline(f), CSC_OK);
    switch (kind)
    {
    case BOTH_CHANGED:
    case BOTH_CREATED:
        change(tree_of(f), "it.txt", "mine!", 2);
        change(f->origin, "it.txt", "theirs", 5);
        break;
    case CHANGED_DELETED:
        change(tree_of(f), "it.txt", "mine!", 2);
        remove_at(f->origin, "it.txt");
        break;
    case DELETED_CHANGED:
        remove_at(tree_of(f), "it.txt");
        change(f->origin, "it.txt", "theirs", 5);
        break;
    case FILE_DIR:
        make_origin_dir(f);
        break;
    case CHANGED_FILE_DIR:
    case CREATED_FILE_DIR:
        change(tree_of(f), "it.txt", "mine!", 2);
        make_origin_dir(f);
        break;
    case CHANGED_DIR_FILE:
        change(tree_of(f), "it.txt/old", "mine!", 2);
        change(tree_of(f), "it.txt/deep/new", "new", 2);
        /* fall through */
    case DIR_FILE:
        remove_dir_at(f->origin);
        change(f->origin, "it.txt", "theirs", 5);
        break;
    case CREATED_DIR_FILE:
        fixture_mkdir(tree_of(f), "it.txt/deep");
        change(tree_of(f), "it.txt/deep/new", "new", 2);
        change(f->origin, "it.txt", "theirs", 5);
        break;
    case DELETED_FILE_DIR:
        remove_at(tree_of(f), "it.txt");
        make_origin_dir(f);
        break;
    case DELETED_DIR_FILE:
        remove_dir_at(tree_of(f));
        remove_dir_at(f->origin);
        change(f->origin, "it.txt", "theirs", 5);
        break;
    default:
        break;
    }
}

static inline void make_conflict(struct fixture *f, enum kind kind)
{
    world_make(f);
    arrange_conflict(f, kind);
}

/* -- what must be there -- */

static inline int is_at(const char *base, const char *below, const char *text)
{
    return fixture_exists(base, below) && !strcmp(fixture_read(base, below), text);
}

/* The name that a directory got because it had to make room, on the origin; static. */
static inline const char *kept_name(struct fixture *f)
{
    static char name[300];
    struct dirent *entry;
    DIR *dir = opendir(f->origin);

    *name = 0;
    while (dir && (entry = readdir(dir)))
        if (strstr(entry->d_name, "(kept ")) snprintf(name, sizeof(name), "%s", entry->d_name);
    if (dir) closedir(dir);
    return name;
}

static inline void check_on_both(struct fixture *f, const char *below, const char *text)
{
    if (!CHECK(is_at(f->origin, below, text))) printf("  origin/%s holds '%s'\n", below, fixture_read(f->origin, below));
    if (!CHECK(is_at(tree_of(f), below, text))) printf("  cache/%s holds '%s'\n", below, fixture_read(tree_of(f), below));
}

/* The version of the cache, at a place that it got, on both sides. */
static inline void check_mine(struct fixture *f, enum kind kind, const char *place)
{
    char below[400];

    switch (kind)
    {
    case FILE_DIR:
        check_on_both(f, place, "base");
        break;
    case DIR_FILE:
    case CHANGED_DIR_FILE:
        snprintf(below, sizeof(below), "%s/old", place);
        check_on_both(f, below, kind == DIR_FILE ? "old" : "mine!");
        snprintf(below, sizeof(below), "%s/deep/old", place);
        check_on_both(f, below, "old");
        if (kind == DIR_FILE) break;
        /* fall through */
    case CREATED_DIR_FILE:
        snprintf(below, sizeof(below), "%s/deep/new", place);
        check_on_both(f, below, "new");
        break;
    case DELETED_CHANGED:
    case DELETED_FILE_DIR:
    case DELETED_DIR_FILE:
        CHECK(!fixture_exists(f->origin, place));
        CHECK(!fixture_exists(tree_of(f), place));
        break;
    default:
        check_on_both(f, place, "mine!");
        break;
    }
}

static inline int origin_is_dir(enum kind kind)
{
    return kind == FILE_DIR || kind == CHANGED_FILE_DIR || kind == CREATED_FILE_DIR || kind == DELETED_FILE_DIR;
}

static inline int local_is_dir(enum kind kind)
{
    return kind == DIR_FILE || kind == CHANGED_DIR_FILE || kind == CREATED_DIR_FILE;
}

static inline void check_theirs(struct fixture *f, enum kind kind)
{
    if (origin_is_dir(kind)) check_on_both(f, "it.txt/below/theirs", "theirs");
    else if (kind == CHANGED_DELETED)
    {
        CHECK(!fixture_exists(f->origin, "it.txt"));
        CHECK(!fixture_exists(tree_of(f), "it.txt"));
    }
    else check_on_both(f, "it.txt", "theirs");
}

/* Nothing was done: both versions stand where they were. */
static inline void check_untouched(struct fixture *f, enum kind kind)
{
    switch (kind)
    {
    case CHANGED_DELETED: CHECK(!fixture_exists(f->origin, "it.txt")); break;
    case FILE_DIR: case CHANGED_FILE_DIR: case CREATED_FILE_DIR: case DELETED_FILE_DIR:
        CHECK(is_at(f->origin, "it.txt/below/theirs", "theirs"));
        break;
    default: CHECK(is_at(f->origin, "it.txt", "theirs")); break;
    }
    switch (kind)
    {
    case DELETED_CHANGED: case DELETED_FILE_DIR: case DELETED_DIR_FILE:
        CHECK(!fixture_exists(tree_of(f), "it.txt"));
        break;
    case FILE_DIR: CHECK(is_at(tree_of(f), "it.txt", "base")); break;
    case DIR_FILE: CHECK(is_at(tree_of(f), "it.txt/old", "old") && is_at(tree_of(f), "it.txt/deep/old", "old")); break;
    case CHANGED_DIR_FILE: CHECK(is_at(tree_of(f), "it.txt/old", "mine!")); /* fall through */
    case CREATED_DIR_FILE: CHECK(is_at(tree_of(f), "it.txt/deep/new", "new")); break;
    default: CHECK(is_at(tree_of(f), "it.txt", "mine!")); break;
    }
    CHECK_INT(count_in(f->origin, NULL), 1 + fixture_exists(f->origin, "it.txt"));
}

/* -- the client -- */

struct answering
{
    uint32_t answer;
    const char *name;
};

static inline uint32_t answer_conflict(struct client *client, const struct csc_wire_event *event, const char *path, unsigned before)
{
    const struct answering *answering = client->context;

    (void)path; (void)before;
    if (event->kind != CSC_EVENT_CONFLICT) return OFFLINEFILES_OP_CONTINUE;
    client->new_name = answering->name;
    return answering->answer;
}

/* Runs a synchronization in which the conflict is answered. */
static inline csc_status run_answer_at(struct fixture *f, struct client *client, uint32_t answer, const char *name, const char *path)
{
    struct answering answering = { answer, name };

    memset(client, 0, sizeof(*client));
    client->ask = CSC_OP_ASK_ITEMS | CSC_OP_ASK_CONFLICTS;
    client->answer = answer_conflict;
    client->context = &answering;
    client_one(f, client, CSC_OP_SYNC, SYNC_BOTH, path);
    client->context = NULL;
    return client->result;
}

/* ... of the share. */
static inline csc_status run_answer(struct fixture *f, struct client *client, uint32_t answer, const char *name)
{
    return run_answer_at(f, client, answer, name, SHARE);
}

#endif
