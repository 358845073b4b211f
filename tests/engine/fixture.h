/*
 * An engine of its own for a test: folders, an origin that can die or hang, rows and files by hand
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_FIXTURE_H
#define CSC_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <time.h>

#include "ask.h"
#include "op.h"
#include "scope.h"
#include "test.h"

/* How calls on the origin behave. */
enum fixture_mood { ORIGIN_ALIVE, ORIGIN_DEAD, ORIGIN_HUNG };

struct fixture
{
    struct csc_fs fs;                 /* the POSIX one with some calls replaced */
    char folder[512], cache[600], unc[600], origin[600];
    struct csc_engine *engine;
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    enum fixture_mood mood;
    int foreign_root;                 /* another root stands at the origin's path */
    const char *open_file;            /* reported by open_files, NULL: none */
    char boot_id[64];
    unsigned timeout, interval, answer_timeout;   /* for the engine, ms */
};

#define FIXTURE(fs) ((struct fixture *)(fs))

/* -- the replaced calls -- */

static inline int fixture_is_origin(struct fixture *fixture, const char *path)
{
    return !strncmp(path, fixture->origin, strlen(fixture->origin));
}

/* What a call on a path meets. */
static inline csc_status fixture_enter(struct fixture *fixture, const char *path)
{
    csc_status status;

    if (!fixture_is_origin(fixture, path)) return CSC_OK;
    pthread_mutex_lock(&fixture->lock);
    while (fixture->mood == ORIGIN_HUNG) pthread_cond_wait(&fixture->changed, &fixture->lock);
    status = fixture->mood == ORIGIN_DEAD ? CSC_E_IO : CSC_OK;
    pthread_mutex_unlock(&fixture->lock);
    return status;
}

static inline csc_status fixture_open_root(struct csc_fs *fs, const char *path, struct csc_dir **dir)
{
    csc_status status = fixture_enter(FIXTURE(fs), path);

    return csc_failed(status) ? status : csc_fs_posix()->open_root(csc_fs_posix(), path, dir);
}

static inline csc_status fixture_root_id(struct csc_fs *fs, const char *path, struct csc_root_id *id)
{
    csc_status status = fixture_enter(FIXTURE(fs), path);

    if (!csc_failed(status)) status = csc_fs_posix()->root_id(csc_fs_posix(), path, id);
    pthread_mutex_lock(&FIXTURE(fs)->lock);
    if (!csc_failed(status) && FIXTURE(fs)->foreign_root && fixture_is_origin(FIXTURE(fs), path)) id->ino += 1000000;
    pthread_mutex_unlock(&FIXTURE(fs)->lock);
    return status;
}

static inline csc_status fixture_open_files(struct csc_fs *fs, const char *root, csc_open_file_callback callback,
                                            void *context)
{
    const char *open;

    pthread_mutex_lock(&FIXTURE(fs)->lock);
    open = FIXTURE(fs)->open_file;
    pthread_mutex_unlock(&FIXTURE(fs)->lock);
    if (!open || strncmp(open, root, strlen(root))) return CSC_OK;
    return callback(context, open);
}

static inline csc_status fixture_boot_id(struct csc_fs *fs, char id[64])
{
    strcpy(id, FIXTURE(fs)->boot_id);
    return CSC_OK;
}

static inline void fixture_set_mood(struct fixture *fixture, enum fixture_mood mood)
{
    pthread_mutex_lock(&fixture->lock);
    fixture->mood = mood;
    pthread_cond_broadcast(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
}

static inline void fixture_set_open_file(struct fixture *fixture, const char *path)
{
    pthread_mutex_lock(&fixture->lock);
    fixture->open_file = path;
    pthread_mutex_unlock(&fixture->lock);
}

static inline void fixture_set_foreign_root(struct fixture *fixture, int foreign)
{
    pthread_mutex_lock(&fixture->lock);
    fixture->foreign_root = foreign;
    pthread_mutex_unlock(&fixture->lock);
}

/* -- life -- */

static inline void fixture_trace(const char *text)
{
    if (getenv("CSC_TEST_TRACE")) fprintf(stderr, "trace: %s\n", text);
}

static inline csc_status fixture_open(struct fixture *fixture)
{
    struct csc_engine_config config =
    {
        .fs = &fixture->fs, .clock = csc_clock_posix(), .cache_dir = fixture->cache, .unc_dir = fixture->unc,
        .workers = 4, .origin_timeout = fixture->timeout, .probe_interval = fixture->interval,
        .answer_timeout = fixture->answer_timeout,
        .trace = fixture_trace,
    };

    return csc_engine_open(&config, &fixture->engine);
}

static inline void fixture_close(struct fixture *fixture)
{
    csc_engine_close(fixture->engine);
    fixture->engine = NULL;
}

static inline void fixture_make(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    fixture->fs = *csc_fs_posix();
    fixture->fs.name = "fixture";
    fixture->fs.open_root = fixture_open_root;
    fixture->fs.root_id = fixture_root_id;
    fixture->fs.open_files = fixture_open_files;
    fixture->fs.boot_id = fixture_boot_id;
    pthread_mutex_init(&fixture->lock, NULL);
    pthread_cond_init(&fixture->changed, NULL);
    strcpy(fixture->boot_id, "first");
    fixture->timeout = 600;
    fixture->interval = 200;
    test_make_folder(fixture->folder);
    snprintf(fixture->cache, sizeof(fixture->cache), "%s/windows/CSC", fixture->folder);
    snprintf(fixture->unc, sizeof(fixture->unc), "%s/dosdevices/unc", fixture->folder);
    snprintf(fixture->origin, sizeof(fixture->origin), "%s/origin", fixture->folder);
    if (mkdir(fixture->origin, 0777)) perror(fixture->origin);
    CHECK_STATUS(fixture_open(fixture), CSC_OK);
}

static inline void fixture_destroy(struct fixture *fixture)
{
    fixture_set_mood(fixture, ORIGIN_ALIVE);
    if (fixture->engine) fixture_close(fixture);
    test_remove_folder(fixture->folder);
    pthread_mutex_destroy(&fixture->lock);
    pthread_cond_destroy(&fixture->changed);
}

/* -- files by hand; paths are made with a format and must fit -- */

static inline char *fixture_path(char path[1200], const char *base, const char *below)
{
    size_t length = strlen(base);

    if (length + strlen(below) + 2 > 1200) abort();
    memcpy(path, base, length);
    path[length] = '/';
    strcpy(path + length + 1, below);
    return path;
}

static inline void fixture_mkdir(const char *base, const char *below)
{
    char path[1200], *p;

    fixture_path(path, base, below);
    for (p = path + 1; *p; p++)
    {
        if (*p != '/') continue;
        *p = 0;
        mkdir(path, 0777);
        *p = '/';
    }
    if (mkdir(path, 0777) && errno != EEXIST) perror(path);
}

static inline void fixture_write(const char *base, const char *below, const char *text)
{
    char path[1200];
    int fd = open(fixture_path(path, base, below), O_WRONLY | O_CREAT | O_TRUNC, 0666);

    if (fd == -1 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) perror(path);
    if (fd != -1) close(fd);
}

/* Sets the time of last change, s. */
static inline void fixture_touch(const char *base, const char *below, time_t seconds)
{
    struct timespec times[2] = { { seconds, 0 }, { seconds, 0 } };
    char path[1200];

    if (utimensat(AT_FDCWD, fixture_path(path, base, below), times, AT_SYMLINK_NOFOLLOW)) perror(path);
}

static inline int fixture_exists(const char *base, const char *below)
{
    char path[1200];
    struct stat st;

    return !lstat(fixture_path(path, base, below), &st);
}

/* The content of a file; static, "(none)" when there is none. */
static inline const char *fixture_read(const char *base, const char *below)
{
    static char text[4096];
    char path[1200];
    int fd = open(fixture_path(path, base, below), O_RDONLY);
    ssize_t size;

    strcpy(text, "(none)");
    if (fd == -1) return text;
    size = read(fd, text, sizeof(text) - 1);
    text[size > 0 ? size : 0] = 0;
    close(fd);
    return text;
}

/* The text of a UNC link; static, "(none)" when there is none. */
static inline const char *fixture_link(struct fixture *fixture, const char *below)
{
    static char text[1200];
    char path[1200];
    ssize_t size = readlink(fixture_path(path, fixture->unc, below), text, sizeof(text) - 1);

    if (size < 0) strcpy(text, "(none)");
    else text[size] = 0;
    return text;
}

/* The cache tree of \\server\share. */
static inline char *fixture_tree(struct fixture *fixture, char path[1200])
{
    return fixture_path(path, fixture->cache, "v2.0.6/namespace/server/share");
}

/* -- rows by hand -- */

static inline struct csc_scope *fixture_scope(struct fixture *fixture, const char *share)
{
    struct csc_scope *scope = NULL;
    struct csc_path path;

    if (!csc_failed(csc_path_parse(share, &path)))
    {
        CHECK_STATUS(csc_scope_find(fixture->engine, &path, &scope), CSC_OK);
        csc_path_free(&path);
    }
    return scope;
}

static inline void fixture_base(const char *path, struct csc_base *base)
{
    struct stat st;

    memset(base, 0, sizeof(*base));
    if (lstat(path, &st)) return;
    base->size = S_ISDIR(st.st_mode) ? 0 : (uint64_t)st.st_size;
    base->ino = st.st_ino;
    base->mtime = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
    base->ctime = st.st_ctim.tv_sec * 1000000000LL + st.st_ctim.tv_nsec;
    base->attributes = S_ISDIR(st.st_mode) ? CSC_ATTR_DIRECTORY : CSC_ATTR_ARCHIVE;
    base->recorded = base->mtime + 10000000000LL;
}

/* A row below parent (0: the share), agreed with what stands in the tree at below.  Gives its id. */
static inline int64_t fixture_row(struct fixture *fixture, int64_t parent, const char *name, uint32_t type, uint32_t pin,
                                  uint32_t flags, const char *below)
{
    struct csc_scope *scope = fixture_scope(fixture, "\\\\server\\share");
    struct csc_item item;
    char tree[1200], path[1200];

    memset(&item, 0, sizeof(item));
    if (!scope) return 0;
    item.scope = scope->row.id;
    item.parent = parent ? parent : scope->row.root_item;
    item.name = (char *)name;
    item.type = type;
    item.pin = pin;
    item.flags = flags;
    if (below)
    {
        fixture_base(fixture_path(path, fixture_tree(fixture, tree), below), &item.local);
        item.origin = item.local;
    }
    CHECK_STATUS(csc_store_item_put(fixture->engine->store, &item), CSC_OK);
    free(item.key);
    csc_scope_release(scope);
    return item.id;
}

/* A complete cached file that nobody changed, old enough not to be racy. */
static inline int64_t fixture_cached_file(struct fixture *fixture, int64_t parent, const char *name, uint32_t pin,
                                          const char *below, const char *text)
{
    char tree[1200];

    fixture_tree(fixture, tree);
    fixture_write(tree, below, text);
    fixture_touch(tree, below, 1000000000);
    return fixture_row(fixture, parent, name, OFFLINEFILES_ITEM_TYPE_FILE, pin, CSC_ROW_BASE, below);
}

static inline int64_t fixture_cached_dir(struct fixture *fixture, int64_t parent, const char *name, uint32_t pin,
                                         const char *below)
{
    char tree[1200];

    fixture_tree(fixture, tree);
    fixture_mkdir(tree, below);
    return fixture_row(fixture, parent, name, OFFLINEFILES_ITEM_TYPE_DIRECTORY, pin,
                       CSC_ROW_BASE | CSC_ROW_ENUMERATED, below);
}

/* -- records -- */

/* Text of ASCII code units; static. */
static inline const char *fixture_text(const uint16_t *text, uint32_t length)
{
    static char ascii[4][512];
    static unsigned turn;
    char *out = ascii[turn++ % 4];
    uint32_t i;

    for (i = 0; i < length && i < 511; i++) out[i] = text[i] < 128 ? (char)text[i] : '?';
    out[i] = 0;
    return out;
}

/* Finds an item; the record stays valid until the next call. */
static inline const struct csc_wire_item *fixture_find(struct fixture *fixture, const char *path)
{
    static struct csc_buffer buffer;
    csc_status status;

    buffer.size = 0;
    status = csc_find(fixture->engine, path, 0, &buffer);
    if (!CHECK_STATUS(status, CSC_OK))
    {
        printf("  for %s\n", path);
        return NULL;
    }
    return (const struct csc_wire_item *)buffer.data;
}

static inline uint32_t fixture_flags(struct fixture *fixture, const char *path)
{
    const struct csc_wire_item *item = fixture_find(fixture, path);

    return item ? item->flags & ~(CSC_ITEM_HAS_LOCAL | CSC_ITEM_HAS_ORIGINAL) : 0xffffffff;
}

/* -- waiting -- */

static inline int64_t fixture_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Waits until the share's state is as wanted; 1 when it came. */
static inline int fixture_wait_state(struct fixture *fixture, const char *path, uint32_t wanted, int limit)
{
    int64_t until = fixture_now() + limit;
    uint32_t state, reason;

    do
    {
        if (!csc_failed(csc_connect_state(fixture->engine, path, &state, &reason)) && state == wanted) return 1;
        usleep(20000);
    }
    while (fixture_now() < until);
    return 0;
}

/* Runs an operation over one path to its end, unasked. */
static inline csc_status fixture_run(struct fixture *fixture, enum csc_op_kind kind, uint32_t flags, int deep,
                                     const char *path)
{
    struct csc_op_request request = { .kind = kind, .flags = flags, .deep = deep, .paths = &path, .count = 1 };
    struct csc_wire_totals totals;

    return run_request(fixture->engine, &request, &totals);
}

#endif
