/*
 * A database that is damaged or gone: kept aside, and made anew from the cache tree
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is needed stands in the second record (sidecar.h) and in the tree.  Every file of the tree becomes an item
 * without an agreement: the next synchronization compares it with the origin's, equal content is adopted, different
 * content is a conflict, and nothing is overwritten or deleted on either side.  Lost are the names of files without
 * content (they come back with the next synchronization of pinned directories), deletions made offline, and the
 * records of conflicts (they are found again).
 *
 * A mark beside the database is there from the beginning to the end, so that a rebuild that was cut off starts again.
 * It is also how a running engine that found damage tells the next one.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rebuild.h"
#include "scope.h"
#include "sidecar.h"
#include "sync.h"

#define DATABASE "csc.db"
#define ASIDE    DATABASE ".corrupt"
#define MARK     "csc.db.rebuild"

struct csc_rebuild
{
    char aside[64];                   /* name of the damaged database; "": there was none */
    char rescued[64];                 /* directory for what the temporary directory held */
    int  shares_known, pins_known;
    struct csc_sidecar_pins pins;     /* ordered, see compare_pins */
    char **keys;                      /* of the pins: "SERVER/SHARE/PATH" in upper case, in the same order */
    uint64_t files, kept;
};

/* -- keeping the damaged one aside -- */

static int exists(struct csc_engine *engine, struct csc_dir *base, const char *name)
{
    struct csc_stat stat;

    return !csc_failed(engine->fs->stat(engine->fs, base, name, &stat));
}

static void make_stamp(struct csc_engine *engine, char stamp[32])
{
    time_t seconds = (time_t)(engine->clock->now(engine->clock) / CSC_NS_PER_S);
    struct tm tm;

    if (!gmtime_r(&seconds, &tm) || !strftime(stamp, 32, "%Y%m%dT%H%M%SZ", &tm)) strcpy(stamp, "unknown");
}

/* A name that is free. */
static void choose_name(struct csc_engine *engine, struct csc_dir *base, const char *head, char name[64])
{
    char stamp[32];
    unsigned i;

    make_stamp(engine, stamp);
    snprintf(name, 64, "%s-%s", head, stamp);
    for (i = 2; exists(engine, base, name) && i; i++) snprintf(name, 64, "%s-%s-%u", head, stamp, i);
}

static csc_status rename_if_there(struct csc_engine *engine, struct csc_dir *base, const char *end, const char *aside)
{
    char from[64], to[80];
    csc_status status;

    snprintf(from, sizeof(from), "%s%s", DATABASE, end);
    snprintf(to, sizeof(to), "%s%s", aside, end);
    status = engine->fs->rename(engine->fs, base, from, base, to, CSC_RENAME_NOREPLACE);
    /* cut off in between, last time: since then it was only opened and closed */
    if (status == CSC_E_EXISTS) status = engine->fs->remove_file(engine->fs, base, from);
    return status == CSC_E_NOT_FOUND ? CSC_OK : status;
}

static csc_status remove_if_there(struct csc_engine *engine, struct csc_dir *base, const char *name)
{
    csc_status status = engine->fs->remove_file(engine->fs, base, name);

    return status == CSC_E_NOT_FOUND ? CSC_OK : status;
}

/* Takes the database out of the way.  worthless: it holds nothing that anybody could miss. */
static csc_status put_aside(struct csc_engine *engine, struct csc_dir *base, struct csc_rebuild *rebuild, int worthless)
{
    csc_status status;

    /* the name is in the mark: what stands there when it is taken already is a rebuild that was cut off */
    if (exists(engine, base, rebuild->aside)) worthless = 1;
    if (worthless)
    {
        if (csc_failed(status = remove_if_there(engine, base, DATABASE "-wal"))) return status;
        return remove_if_there(engine, base, DATABASE);
    }
    /* the database last: when it is there, the log of its changes is, too */
    if (csc_failed(status = rename_if_there(engine, base, "-wal", rebuild->aside))) return status;
    if (csc_failed(status = rename_if_there(engine, base, "", rebuild->aside))) return status;
    return engine->fs->sync_dir(engine->fs, base);
}

/* Takes the name from the mark, or makes both. */
static csc_status mark_rebuild(struct csc_engine *engine, struct csc_dir *base, struct csc_rebuild *rebuild)
{
    struct csc_buffer text = { 0 };
    csc_status status = csc_read_whole(engine->fs, base, MARK, &text);
    static const char head[] = ASIDE "-";
    int known;

    if (!csc_failed(status) && text.size > strlen(head) && text.size < sizeof(rebuild->aside) &&
        !memcmp(text.data, head, strlen(head)) && !memchr(text.data, '/', text.size) && !memchr(text.data, 0, text.size))
        memcpy(rebuild->aside, text.data, text.size);
    csc_buffer_free(&text);
    if (!(known = *rebuild->aside != 0)) choose_name(engine, base, ASIDE, rebuild->aside);
    snprintf(rebuild->rescued, sizeof(rebuild->rescued), "rescued-%.48s", rebuild->aside + strlen(head));
    return known ? CSC_OK : csc_write_durably(engine->fs, base, MARK, rebuild->aside, strlen(rebuild->aside));
}

/* -- shares -- */

static csc_status restore_shares(struct csc_engine *engine, struct csc_rebuild *rebuild)
{
    struct csc_sidecar_shares shares;
    csc_status status = csc_sidecar_read_shares(engine, &shares);
    size_t i;

    if (csc_failed(status))
    {
        csc_trace(engine, "no record of the shares: %08x", (unsigned)status);
        return status == CSC_E_NOT_FOUND || status == CSC_E_CORRUPT ? CSC_OK : status;
    }
    rebuild->shares_known = 1;
    status = *shares.cache_id ? csc_store_meta_set(engine->store, CSC_META_CACHE_ID, shares.cache_id) : CSC_OK;
    for (i = 0; i < shares.count && !csc_failed(status); i++)
    {
        struct csc_sidecar_share *share = &shares.list[i];

        status = csc_store_scope_put(engine->store, &share->row);
        if (status == CSC_E_ALREADY_EXISTS) status = CSC_OK;
        else if (!csc_failed(status) && share->made_server)
            status = csc_made_server_put(engine, share->row.server, 1);
    }
    csc_sidecar_shares_free(&shares);
    return status;
}

/* -- pins -- */

static char *make_key(const char *server, const char *share, const char *path)
{
    size_t size = strlen(server) + strlen(share) + strlen(path) + 3;
    char *joined = malloc(size), *key = NULL;

    if (!joined) return NULL;
    snprintf(joined, size, "%s/%s/%s", server, share, path);
    if (csc_failed(csc_name_key(joined, &key))) key = NULL;
    free(joined);
    return key;
}

struct keyed_pin
{
    char *key;
    struct csc_sidecar_pin pin;
};

static int compare_pins(const void *a, const void *b)
{
    return strcmp(((const struct keyed_pin *)a)->key, ((const struct keyed_pin *)b)->key);
}

static csc_status sort_pins(struct csc_rebuild *rebuild)
{
    size_t count = rebuild->pins.count, i;
    struct keyed_pin *sorted = calloc(count + 1, sizeof(*sorted));
    csc_status status = CSC_OK;

    if (!sorted || !(rebuild->keys = calloc(count + 1, sizeof(*rebuild->keys)))) status = CSC_E_OUT_OF_MEMORY;
    for (i = 0; i < count && !status; i++)
    {
        struct csc_sidecar_pin *pin = &rebuild->pins.list[i];

        sorted[i].pin = *pin;
        if (!(sorted[i].key = make_key(pin->server, pin->share, pin->path))) status = CSC_E_OUT_OF_MEMORY;
    }
    if (!status)
    {
        qsort(sorted, count, sizeof(*sorted), compare_pins);
        for (i = 0; i < count; i++)
        {
            rebuild->pins.list[i] = sorted[i].pin;
            rebuild->keys[i] = sorted[i].key;
        }
    }
    else for (i = 0; sorted && i < count; i++) free(sorted[i].key);
    free(sorted);
    return status;
}

static csc_status read_pins(struct csc_engine *engine, struct csc_rebuild *rebuild)
{
    csc_status status = csc_sidecar_read_pins(engine, &rebuild->pins);

    if (csc_failed(status))
    {
        csc_trace(engine, "no record of the pins: %08x", (unsigned)status);
        return status == CSC_E_NOT_FOUND || status == CSC_E_CORRUPT ? CSC_OK : status;
    }
    rebuild->pins_known = 1;
    return sort_pins(rebuild);
}

/* *pin NULL: nothing is recorded of this path. */
static csc_status find_pin(const struct csc_rebuild *rebuild, const struct csc_scope *scope, const char *path,
                           const struct csc_sidecar_pin **pin)
{
    size_t low = 0, high = rebuild->pins.count;
    char *key = make_key(scope->row.server, scope->row.share, path);

    *pin = NULL;
    if (!key) return CSC_E_OUT_OF_MEMORY;
    while (low < high && !*pin)
    {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(key, rebuild->keys[middle]);

        if (!order) *pin = &rebuild->pins.list[middle];
        else if (order < 0) high = middle;
        else low = middle + 1;
    }
    free(key);
    return CSC_OK;
}

static int is_of_scope(const struct csc_sidecar_pin *pin, const struct csc_scope *scope)
{
    return csc_name_equal(pin->server, scope->row.server) && csc_name_equal(pin->share, scope->row.share);
}

/* -- items -- */

struct parent
{
    int64_t id;
    uint32_t pin;
};

struct walk
{
    struct csc_rebuild *rebuild;
    struct csc_scope *scope;
    struct parent root, *parents;     /* parents[n]: the directory of depth n on the way to the present item */
    size_t capacity;
};

static csc_status put_item(struct csc_scope *scope, const struct parent *parent, const char *name, uint32_t type,
                           uint32_t pin, uint32_t flags, int64_t *id)
{
    struct csc_engine *engine = scope->engine;
    struct csc_item item = { .parent = parent->id, .scope = scope->row.id, .type = type, .pin = pin, .flags = flags };
    csc_status status;

    item.used = engine->clock->now(engine->clock);
    if (!(item.name = strdup(name))) return CSC_E_OUT_OF_MEMORY;
    status = csc_store_item_put(engine->store, &item);
    *id = item.id;
    csc_item_clear(&item);
    return status;
}

static csc_status restore_item(void *context, const struct csc_walk_item *found)
{
    struct walk *walk = context;
    const struct parent *parent = found->depth ? &walk->parents[found->depth - 1] : &walk->root;
    const char *slash = strrchr(found->relative, '/');
    const struct csc_sidecar_pin *recorded;
    struct parent self;
    uint32_t flags = 0;
    csc_status status;

    if (found->local->type == CSC_TYPE_NONE) return CSC_OK;
    if (csc_failed(status = find_pin(walk->rebuild, walk->scope, found->relative, &recorded))) return status;
    /* nobody knows what was pinned: then all is kept, but nothing new is fetched */
    if (!walk->rebuild->pins_known) self.pin = CSC_PIN_USER;
    else if (recorded) self.pin = recorded->pin;
    else self.pin = csc_pin_inherited(parent->pin, 0);
    if (found->type == OFFLINEFILES_ITEM_TYPE_FILE) self.pin &= CSC_PIN_REASONS;
    if (recorded && found->type == OFFLINEFILES_ITEM_TYPE_DIRECTORY) flags = recorded->flags;
    status = put_item(walk->scope, parent, slash ? slash + 1 : found->relative, found->type, self.pin, flags, &self.id);
    if (csc_failed(status)) return status;
    if (found->type == OFFLINEFILES_ITEM_TYPE_FILE)
    {
        walk->rebuild->files++;
        return CSC_OK;
    }
    if (found->depth >= walk->capacity)
    {
        size_t capacity = walk->capacity ? walk->capacity * 2 : 64;
        struct parent *parents = realloc(walk->parents, capacity * sizeof(*parents));

        if (!parents) return CSC_E_OUT_OF_MEMORY;
        walk->parents = parents;
        walk->capacity = capacity;
    }
    walk->parents[found->depth] = self;
    return CSC_OK;
}

/* Makes the directories that are pinned or suspended, or hold what is, where the tree has none. */
static csc_status make_directories(struct csc_scope *scope, const struct csc_sidecar_pin *pin)
{
    const char *end = pin->type == OFFLINEFILES_ITEM_TYPE_FILE ? strrchr(pin->path, '/') : pin->path + strlen(pin->path);
    char *relative, *path = NULL;
    csc_status status = CSC_E_OUT_OF_MEMORY;

    if (!end || end == pin->path) return CSC_OK;
    if ((relative = strndup(pin->path, end - pin->path)) && (path = csc_join(scope->cache_path, relative)))
        status = csc_make_path(scope->engine->fs, path, NULL);
    free(relative);
    free(path);
    /* something else stands there now: the user's, and it counts */
    return status == CSC_E_DIRECTORY || status == CSC_E_EXISTS || status == CSC_E_CANNOT_ACCESS ? CSC_OK : status;
}

/* A pinned file that is not in the tree: its name, to be filled. */
static csc_status restore_name(struct csc_scope *scope, const struct csc_sidecar_pin *pin)
{
    struct csc_store *store = scope->engine->store;
    struct parent parent = { scope->row.root_item, 0 };
    char *copy = strdup(pin->path), *name = copy, *slash, *key;
    csc_status status = copy ? CSC_OK : CSC_E_OUT_OF_MEMORY;
    struct csc_item item;
    int64_t id;

    for (; !csc_failed(status); name = slash + 1)
    {
        if ((slash = strchr(name, '/'))) *slash = 0;
        if (csc_failed(status = csc_name_key(name, &key))) break;
        status = csc_store_item_find(store, parent.id, key, &item);
        free(key);
        if (!csc_failed(status))
        {
            parent.id = item.id;
            csc_item_clear(&item);
            if (!slash) break;                  /* it is there */
        }
        else if (status == CSC_E_NOT_FOUND && !slash)
        {
            status = put_item(scope, &parent, name, OFFLINEFILES_ITEM_TYPE_FILE, pin->pin & CSC_PIN_REASONS,
                              CSC_ROW_SPARSE, &id);
            break;
        }
    }
    free(copy);
    return status == CSC_E_NOT_FOUND ? CSC_OK : status;
}

static csc_status restore_items(struct csc_rebuild *rebuild, struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;
    struct walk walk = { .rebuild = rebuild, .scope = scope };
    const struct csc_sidecar_pin *pin;
    struct csc_place place;
    csc_status status;
    size_t i;

    for (i = 0; i < rebuild->pins.count; i++)
        if (is_of_scope(&rebuild->pins.list[i], scope) &&
            csc_failed(status = make_directories(scope, &rebuild->pins.list[i]))) return status;

    if (csc_failed(status = find_pin(rebuild, scope, "", &pin))) return status;
    if (csc_failed(status = csc_place_of_scope(scope, &place))) return status;
    walk.root.id = place.item.id;
    if (pin)
    {
        walk.root.pin = pin->pin;
        status = csc_store_item_set_pin(engine->store, walk.root.id, pin->pin);
        if (!csc_failed(status)) status = csc_store_item_set_suspended(engine->store, walk.root.id, pin->flags != 0);
    }
    if (!csc_failed(status)) status = csc_walk(&place, restore_item, &walk);
    csc_place_clear(&place);
    free(walk.parents);

    for (i = 0; i < rebuild->pins.count && !csc_failed(status); i++)
    {
        pin = &rebuild->pins.list[i];
        if (pin->type == OFFLINEFILES_ITEM_TYPE_FILE && *pin->path && (pin->pin & CSC_PIN_REASONS) &&
            is_of_scope(pin, scope))
            status = restore_name(scope, pin);
    }
    return status;
}

/* -- the temporary directory: what belonged to rows that nobody knows any more -- */

struct leftovers
{
    struct csc_engine *engine;
    struct csc_dir *base, *temp, *rescued;
    struct csc_rebuild *rebuild;
    char **names;
    size_t count, capacity;
};

static csc_status collect_leftover(void *context, const char *name, enum csc_file_type type)
{
    struct leftovers *leftovers = context;
    enum csc_temp_use use;
    int64_t id;

    (void)type;
    /* a copy on its way is worth nothing; the others may be the only copy of a change */
    if (!csc_temp_local_parse(name, &use, &id) || use == CSC_TEMP_COPY) return CSC_OK;
    if (leftovers->count == leftovers->capacity)
    {
        size_t capacity = leftovers->capacity ? leftovers->capacity * 2 : 16;
        char **names = realloc(leftovers->names, capacity * sizeof(*names));

        if (!names) return CSC_E_OUT_OF_MEMORY;
        leftovers->names = names;
        leftovers->capacity = capacity;
    }
    if (!(leftovers->names[leftovers->count] = strdup(name))) return CSC_E_OUT_OF_MEMORY;
    leftovers->count++;
    return CSC_OK;
}

static csc_status rescue_leftovers(struct csc_engine *engine, struct csc_dir *base, struct csc_rebuild *rebuild)
{
    struct leftovers leftovers = { .engine = engine };
    struct csc_fs *fs = engine->fs;
    struct csc_dir *temp, *rescued = NULL;
    csc_status status;
    size_t i;

    if (csc_failed(status = fs->open_root(fs, engine->temp_dir, &temp))) return status;
    status = fs->list(fs, temp, collect_leftover, &leftovers);
    if (!csc_failed(status) && leftovers.count)
    {
        status = fs->make_dir(fs, base, rebuild->rescued);
        /* made by a rebuild that was cut off */
        if (!csc_failed(status) || status == CSC_E_EXISTS)
            status = fs->open_dir(fs, base, rebuild->rescued, &rescued);
    }
    for (i = 0; i < leftovers.count; i++)
    {
        if (!csc_failed(status))
            status = fs->rename(fs, temp, leftovers.names[i], rescued, leftovers.names[i], CSC_RENAME_NOREPLACE);
        free(leftovers.names[i]);
    }
    free(leftovers.names);
    rebuild->kept = leftovers.count;
    if (rescued) fs->close_dir(fs, rescued);
    fs->close_dir(fs, temp);
    return status;
}

/* -- all of it -- */

static void free_rebuild(struct csc_rebuild *rebuild)
{
    size_t i;

    if (rebuild->keys) for (i = 0; i < rebuild->pins.count; i++) free(rebuild->keys[i]);
    free(rebuild->keys);
    csc_sidecar_pins_free(&rebuild->pins);
    free(rebuild);
}

void csc_rebuild_free(struct csc_engine *engine)
{
    if (engine->rebuild) free_rebuild(engine->rebuild);
    engine->rebuild = NULL;
}

static csc_status begin_rebuild(struct csc_engine *engine, struct csc_dir *base, const char *database, int empty)
{
    struct csc_rebuild *rebuild = calloc(1, sizeof(*rebuild));
    csc_status status;

    if (!rebuild) return CSC_E_OUT_OF_MEMORY;
    engine->rebuild = rebuild;
    if (csc_failed(status = mark_rebuild(engine, base, rebuild))) return status;
    if (csc_failed(status = put_aside(engine, base, rebuild, empty))) return status;
    if (!exists(engine, base, rebuild->aside)) *rebuild->aside = 0;
    csc_trace(engine, "the database is made anew, the damaged one is %s", *rebuild->aside ? rebuild->aside : "gone");
    if (csc_failed(status = csc_store_open(database, engine->clock, &engine->store))) return status;
    if (csc_failed(status = restore_shares(engine, rebuild))) return status;
    return read_pins(engine, rebuild);
}

/* Whether the second record knows of shares: then an empty database lost them. */
static int had_shares(struct csc_engine *engine)
{
    struct csc_sidecar_shares shares;
    csc_status status = csc_sidecar_read_shares(engine, &shares);
    int had = status == CSC_E_CORRUPT;

    if (csc_failed(status)) return had;
    had = shares.count != 0;
    csc_sidecar_shares_free(&shares);
    return had;
}

csc_status csc_rebuild_open_store(struct csc_engine *engine)
{
    char *database = csc_join(engine->base_dir, DATABASE);
    struct csc_dir *base = NULL;
    csc_status status;
    int empty = 0, marked, unchecked = 0;

    if (!database) return CSC_E_OUT_OF_MEMORY;
    status = engine->fs->open_root(engine->fs, engine->base_dir, &base);
    if (csc_failed(status)) goto done;
    marked = exists(engine, base, MARK);
    /* also when it is known to be damaged: somebody else may have it open */
    status = csc_store_open_unchecked(database, engine->clock, &engine->store, &unchecked);
    if (unchecked) engine->checking = CSC_CHECK_RUNNING;
    if (!csc_failed(status)) empty = csc_store_is_new(engine->store) && had_shares(engine);
    if (status == CSC_E_CORRUPT || (!csc_failed(status) && (marked || empty)))
    {
        csc_store_close(engine->store);
        engine->store = NULL;
        engine->checking = CSC_CHECK_DONE;
        status = begin_rebuild(engine, base, database, empty && !marked);
    }
done:
    if (base) engine->fs->close_dir(engine->fs, base);
    free(database);
    return status;
}

static void tell(struct csc_engine *engine, const struct csc_rebuild *rebuild)
{
    char text[512];

    if (*rebuild->aside)
        snprintf(text, sizeof(text), "The database of the cache was damaged. It was kept as %s, and a new one was made "
                 "from the %llu files in the cache. The next synchronization compares them with the origin.",
                 rebuild->aside, (unsigned long long)rebuild->files);
    else
        snprintf(text, sizeof(text), "The database of the cache was empty or missing. A new one was made from the %llu "
                 "files in the cache. The next synchronization compares them with the origin.",
                 (unsigned long long)rebuild->files);
    csc_store_log(engine->store, "rebuild", NULL, CSC_E_CORRUPT, text);
    if (!rebuild->shares_known)
        csc_store_log(engine->store, "rebuild", NULL, CSC_E_NOT_FOUND, "Which share has which origin is not known any "
                      "more. The files stay in the cache; map the shares again.");
    else if (!rebuild->pins_known)
        csc_store_log(engine->store, "rebuild", NULL, CSC_E_NOT_FOUND, "What was pinned is not known any more. "
                      "Everything in the cache is kept; pin directories again that new files should follow.");
    if (rebuild->kept)
    {
        snprintf(text, sizeof(text), "%llu files that a change was at work on were put into %s of the cache folder.",
                 (unsigned long long)rebuild->kept, rebuild->rescued);
        csc_store_log(engine->store, "rebuild", NULL, CSC_OK, text);
    }
}

csc_status csc_rebuild_finish(struct csc_engine *engine)
{
    struct csc_rebuild *rebuild = engine->rebuild;
    struct csc_scope *scope;
    struct csc_dir *base;
    csc_status status;

    if (!rebuild) return CSC_OK;
    if (csc_failed(status = engine->fs->open_root(engine->fs, engine->base_dir, &base))) return status;
    for (scope = engine->scopes; scope && !csc_failed(status); scope = scope->next)
        status = restore_items(rebuild, scope);
    if (!csc_failed(status)) status = rescue_leftovers(engine, base, rebuild);
    if (!csc_failed(status))
    {
        tell(engine, rebuild);
        status = csc_store_commit(engine->store, 1);
    }
    if (!csc_failed(status)) status = remove_if_there(engine, base, MARK);
    if (!csc_failed(status)) status = engine->fs->sync_dir(engine->fs, base);
    engine->fs->close_dir(engine->fs, base);
    csc_rebuild_free(engine);
    return status;
}

csc_status csc_rebuild_mark(struct csc_engine *engine)
{
    struct csc_dir *base;
    csc_status status = engine->fs->open_root(engine->fs, engine->base_dir, &base);

    if (!csc_failed(status))
    {
        /* a mark that is there already has the name of what was kept */
        if (!exists(engine, base, MARK)) status = csc_write_durably(engine->fs, base, MARK, "", 0);
        engine->fs->close_dir(engine->fs, base);
    }
    csc_trace(engine, "the database is damaged, the next start makes it anew: %08x", (unsigned)status);
    return status;
}

void csc_rebuild_tick(struct csc_engine *engine)
{
    if (!engine->damage_noted && csc_store_is_damaged(engine->store))
        engine->damage_noted = !csc_failed(csc_rebuild_mark(engine));
}

int csc_engine_is_damaged(struct csc_engine *engine)
{
    return csc_store_is_damaged(engine->store);
}
