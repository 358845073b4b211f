/*
 * Plays a history: the engine on a simulation, users, and the model that watches
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <ctype.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "model.h"
#include "public.h"
#include "ready.h"
#include "sim.h"
#include "stage.h"
#include "sums.h"

#define SHARE "\\\\server\\share"
#define ORIGIN "/mnt/server"
#define CACHE "/c/windows/CSC/v2.0.6"
#define TREE CACHE "/namespace/server/share"
#define LINK "/c/dosdevices/unc/server/share"
#define ANCHOR_CONTENT 1000      /* a file that nobody touches: neither tree is ever empty */
#define CONTENTS 1024
#define ENTRIES 256
#define ACTS 8
#define OWN_CACHES 16            /* in one of so many worlds the engine makes its cache itself */

struct act
{
    struct stage *stage;
    const struct step *step;
    int done;
};

struct stage
{
    const struct history *history;
    struct stage_result *result;
    int verbose;
    struct sim *sim;
    struct sim_volume *origin;
    struct csc_engine *engine;
    struct model *model;
    int sizes[CONTENTS];
    unsigned char hollow[CONTENTS];      /* a zero is in it */
    int pinned;                  /* everything on the origin belongs into the cache */
    int presence;
    int littered;                /* the cache's disk failed since the engine was opened */
    int limited, suspended;      /* the cache may be full; something is or was suspended */
    int late;                    /* calls on the origin hung: they come back when they want */

    /* for the next run */
    const struct step *pending[ACTS];
    int pending_count;
    /* of the running one */
    struct act acts[ACTS];
    int rules[ACTS], rule_count;
    int met[ACTS];               /* those that came to pass before they were cleared */
    int cut, crashed, torn, abort_after, unheard;
    int64_t begun;
    const struct stage_branching *branching;
    int last, branched;          /* the last step runs; this process is a copy that crashes in it */
    unsigned changes;
    uint64_t told;               /* what clients were told and answered */
    unsigned events, surprises;  /* item events; those that are not conflicts */
    csc_status ended;

    struct model_entry entries[MODEL_SIDES][ENTRIES];
    struct model_tree trees[MODEL_SIDES];
};

static void wrong(struct stage *st, const char *format, ...)
{
    size_t used = strlen(st->result->text);
    va_list args;

    st->result->failed = 1;
    va_start(args, format);
    if (used + 2 < STAGE_TEXT) vsnprintf(st->result->text + used, STAGE_TEXT - used - 2, format, args);
    va_end(args);
    strcat(st->result->text, "\n");
    if (st->verbose) printf("    WRONG: %s", st->result->text + used);
}

static void complain(void *context, const char *text)
{
    wrong(context, "%s", text);
}

/* The attribute that stands for all: it has to travel as the others do. */
static uint32_t attribute_of(const struct stage *st)
{
    return st->history->world.hidden ? CSC_ATTR_HIDDEN | CSC_ATTR_SYSTEM : CSC_ATTR_READONLY;
}

/* -- contents: numbered, their bytes follow from number and size -- */

static void make_content(const struct stage *st, int id, size_t size, unsigned char *data)
{
    uint32_t x = (uint32_t)id * 2654435761u + 12345;
    char head[16];
    size_t i;

    /* no two contents share a half, or a mixture of them would not show */
    snprintf(head, sizeof(head), "%04d%03d.", id, id * 379 % 1000);
    for (i = 0; i < size; i++)
    {
        x = x * 1664525 + 1013904223;
        data[i] = i < 8 ? (unsigned char)head[i] : 'a' + (x >> 24) % 26;
    }
    if (st->hollow[id] && size > 7) data[7] = 0;
}

/* The number of a complete content, -1 when it is none. */
static int identify(struct stage *st, const unsigned char *data, size_t size)
{
    unsigned char *expected;
    int id = 0, i, same;

    if (!size) return 0;
    if (size < 8 || (data[7] && data[7] != '.')) return -1;
    for (i = 0; i < 7; i++)
    {
        if (!isdigit(data[i])) return -1;
        if (i < 4) id = id * 10 + data[i] - '0';
    }
    if (id <= 0 || id >= CONTENTS || (size_t)st->sizes[id] != size) return -1;
    if (!(expected = malloc(size))) abort();
    make_content(st, id, size, expected);
    same = !memcmp(data, expected, size);
    free(expected);
    return same ? id : -1;
}

/* Whether a power loss can have made it of a complete content: some of it reads as zeros, or the end is missing. */
static int is_damage(struct stage *st, const unsigned char *data, size_t size)
{
    unsigned char *whole;
    int id, is = 0;
    size_t at;

    for (id = 1; id < CONTENTS && !is; id++)
    {
        if ((size_t)st->sizes[id] < size) continue;
        if (!(whole = malloc(st->sizes[id]))) abort();
        make_content(st, id, st->sizes[id], whole);
        for (at = 0, is = 1; at < size && is; at++) is = !data[at] || data[at] == whole[at];
        free(whole);
    }
    return is;
}

/* -- looking at the trees -- */

struct walking { struct stage *stage; enum model_side side; int temporary; };

static void see(void *context, const struct sim_entry *entry)
{
    struct walking *walking = context;
    struct stage *st = walking->stage;
    struct model_tree *tree = &st->trees[walking->side];
    struct model_entry *seen;
    const char *name = strrchr(entry->path, '/');

    /* a file that was given up without a row: after a crash nobody can tell what it is, and it stays aside */
    if (walking->temporary && *entry->path == 'r' && strlen(entry->path) > 2
        && !strcmp(entry->path + strlen(entry->path) - 2, ".0")) return;
    if (tree->count == ENTRIES) abort();
    seen = &tree->list[tree->count++];
    memset(seen, 0, sizeof(*seen));
    snprintf(seen->path, sizeof(seen->path), "%s", entry->path);
    name = name ? name + 1 : entry->path;
    seen->temporary = walking->temporary || !strncmp(name, ".~csc-", 6) || !strncmp(entry->path, ".~csc-", 6)
                      || strstr(entry->path, "/.~csc-");
    seen->readonly = (entry->stat.attributes & attribute_of(st)) != 0;
    if (entry->stat.type == CSC_TYPE_DIRECTORY)
    {
        seen->kind = MODEL_DIR;
        seen->readonly = 0;
    }
    else if (entry->stat.type == CSC_TYPE_FILE)
    {
        seen->kind = MODEL_FILE;
        seen->content = identify(st, entry->data, entry->size);
        if (seen->content < 0 && strstr(name, " (kept ") && is_damage(st, entry->data, entry->size)) seen->content = MODEL_DAMAGE;
        seen->mtime = entry->stat.mtime;
    }
    else wrong(st, "%s is neither file nor directory", entry->path);
}

static void look_at(struct stage *st, enum model_side side)
{
    struct walking walking = { st, side, 0 };

    st->trees[side].list = st->entries[side];
    st->trees[side].count = 0;
    if (side == MODEL_ORIGIN) sim_walk(st->sim, sim_server_path(st->sim, st->origin), see, &walking);
    else
    {
        sim_walk(st->sim, TREE, see, &walking);
        walking.temporary = 1;
        sim_walk(st->sim, CACHE "/temp", see, &walking);
    }
}

static void look(struct stage *st)
{
    look_at(st, MODEL_LOCAL);
    look_at(st, MODEL_ORIGIN);
}

static const struct model_entry *find_entry(const struct model_tree *tree, const char *path)
{
    size_t i;

    for (i = 0; i < tree->count; i++)
        if (!tree->list[i].temporary && !strcasecmp(tree->list[i].path, path)) return &tree->list[i];
    return NULL;
}

/* -- edits -- */

/* The path of a name as it is written in the tree, else in the other one (NULL: as it is given); 0 when what contains it is no
 * directory there. */
static int real_path(const struct model_tree *tree, const struct model_tree *other, const char *path, char real[MODEL_PATH],
                     const struct model_entry **entry)
{
    const struct model_entry *parent, *seen;
    const char *slash;
    char above[MODEL_PATH];

    if ((*entry = find_entry(tree, path)))
    {
        strcpy(real, (*entry)->path);
        return 1;
    }
    /* A name that comes up on both sides in the same instant, written in two ways, stays there twice, and the next
     * synchronization tells of it; no look could prevent it. */
    if (other && (seen = find_entry(other, path))) path = seen->path;
    slash = strrchr(path, '/');
    if (!slash)
    {
        snprintf(real, MODEL_PATH, "%s", path);
        return 1;
    }
    snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
    if (!(parent = find_entry(tree, above)) || parent->kind != MODEL_DIR) return 0;
    snprintf(real, MODEL_PATH, "%.40s%s", parent->path, slash);
    return 1;
}

static void swap_case(char *path)
{
    char *p = strrchr(path, '/');

    for (p = p ? p + 1 : path; *p; p++) *p = islower((unsigned char)*p) ? toupper((unsigned char)*p) : tolower((unsigned char)*p);
}

static int64_t mtime_of(struct stage *st, const char *path)
{
    struct csc_stat stat;

    return csc_failed(sim_lstat(st->sim, path, &stat)) ? 0 : stat.mtime;
}

struct place
{
    enum model_side side;
    const char *base;
    char real[MODEL_PATH], full[MODEL_PATH + 64];
    const struct model_entry *entry;
    const struct model_tree *other;      /* of the other side, while the engine works; else NULL */
};

/* A file that the origin's stat cannot tell from what was there before would ask for the impossible. */
static int hides_itself(struct stage *st, const struct place *place)
{
    return place->side == MODEL_ORIGIN && st->history->world.untrusted;
}

static int put(struct stage *st, const struct place *place, enum step_kind kind, int content, int size)
{
    unsigned char *data = malloc(size + 1);
    csc_status status;

    if (!data) abort();
    make_content(st, content, size, data);
    status = kind == STEP_SAVE ? sim_save(st->sim, place->full, data, size) : sim_write(st->sim, place->full, data, size);
    free(data);
    if (csc_failed(status)) return 0;
    model_write(st->model, place->side, place->real, content, 0, mtime_of(st, place->full));
    return 1;
}

#define MOST_DELAY (2 * SIM_S)       /* of note.c */

static int keep_time(struct stage *st, const struct place *place, const struct step *s, int running)
{
    const struct world *w = &st->history->world;
    int64_t granularity = place->side == MODEL_LOCAL ? w->cache_granularity : w->granularity;
    unsigned char data[8192];
    struct csc_stat stat;
    int other;

    if (csc_failed(sim_lstat(st->sim, place->full, &stat))) return 0;
    if (place->entry->content == s->content) return 0;          /* nobody could tell, nor need to */
    /* the first one must show in the ctime, or a second one could not be told apart */
    if (hides_itself(st, place) && sim_now(st->sim) - stat.mtime <= 2 * granularity) return 0;
    /* nor may a second one bring the size of before back, which only a look in between would have shown */
    if (hides_itself(st, place) && ((uint64_t)s->size == stat.size || stat.ctime > stat.mtime + granularity)) return 0;
    other = model_content_at(st->model, !place->side, place->real);
    if (hides_itself(st, place) && other >= 0 && st->sizes[other] == s->size) return 0;
    if (sim_now(st->sim) - stat.ctime <= granularity) return 0;
    /* Nobody sets an old time again within a moment after the file came to its place: between the engine's rename and
     * its look at what that made no stat could tell; in the cache not before a kill either, when the note of a
     * download stands for its row (note.c). */
    if (running && sim_now(st->sim) - stat.ctime <= SIM_MS) return 0;
    if (place->side == MODEL_LOCAL && sim_now(st->sim) - stat.ctime <= MOST_DELAY + granularity) return 0;
    /* nor between the engine's last look at a file and the rename that takes it away: that moves the only trace, ctime */
    if (running && s->call == CALL_RENAME && (uint64_t)s->size == stat.size) return 0;
    make_content(st, s->content, s->size, data);
    if (csc_failed(sim_write_at(st->sim, place->full, data, s->size, stat.mtime))) return 0;
    model_write(st->model, place->side, place->real, s->content, 0, stat.mtime);
    return 1;
}

static int rename_to(struct stage *st, const struct place *place, const struct step *s)
{
    const struct model_tree *tree = &st->trees[place->side];
    char real[MODEL_PATH], full[MODEL_PATH + 64];
    const struct model_entry *target;
    size_t length = strlen(place->real);
    const struct model_entry *entry = place->entry;

    if (!real_path(tree, place->other, s->to, real, &target)) return 0;
    if (!strcasecmp(real, place->real) || (!strncasecmp(real, place->real, length) && real[length] == '/')) return 0;
    if (target && (target->kind != MODEL_FILE || entry->kind != MODEL_FILE || target->readonly)) return 0;
    if (entry->kind == MODEL_DIR && hides_itself(st, place)) return 0;
    snprintf(full, sizeof(full), "%s/%s", place->base, real);
    if (csc_failed(sim_rename(st->sim, place->full, full))) return 0;
    model_rename(st->model, place->side, place->real, real);
    if (hides_itself(st, place))
    {
        sim_touch(st->sim, full, sim_now(st->sim));
        model_write(st->model, place->side, real, entry->content, entry->readonly, mtime_of(st, full));
    }
    return 1;
}

static int make_dir(struct stage *st, const struct place *place)
{
    if (csc_failed(sim_make_dir(st->sim, place->full))) return 0;
    model_mkdir(st->model, place->side, place->real);
    return 1;
}

static int delete(struct stage *st, const struct place *place)
{
    if (csc_failed(sim_remove_tree(st->sim, place->full))) return 0;
    model_remove(st->model, place->side, place->real);
    return 1;
}

static int change_at(struct stage *st, struct place *place, const struct step *s, enum step_kind kind, int running)
{
    const struct model_entry *entry = place->entry, *other;
    int is_file = entry && entry->kind == MODEL_FILE;

    switch (kind)
    {
    case STEP_WRITE: case STEP_SAVE:
        return (!entry || (is_file && !entry->readonly)) && put(st, place, kind, s->content, s->size);
    case STEP_KEEP_TIME: return is_file && !entry->readonly && keep_time(st, place, s, running);
    case STEP_SAME:
        if ((entry && !is_file) || (entry && entry->readonly)) return 0;
        look_at(st, !place->side);
        other = find_entry(&st->trees[!place->side], place->real);
        if (!other || other->kind != MODEL_FILE || other->content < 0) return 0;
        return put(st, place, STEP_WRITE, other->content, st->sizes[other->content]);
    case STEP_TOUCH:
        if (!is_file || csc_failed(sim_touch(st->sim, place->full, sim_now(st->sim)))) return 0;
        model_write(st->model, place->side, place->real, entry->content, entry->readonly, mtime_of(st, place->full));
        return 1;
    case STEP_DELETE: return entry && delete(st, place);
    case STEP_MKDIR: return !entry && make_dir(st, place);
    case STEP_RENAME: return entry && rename_to(st, place, s);
    case STEP_CASE:
    {
        char to[MODEL_PATH + 64];

        if (!entry) return 0;
        strcpy(to, place->full);
        swap_case(to);
        if (csc_failed(sim_rename(st->sim, place->full, to))) return 0;
        model_rename(st->model, place->side, place->real, place->real);
        return 1;
    }
    case STEP_READONLY:
        if (!is_file || csc_failed(sim_set_attributes(st->sim, place->full, entry->readonly ? 0 : attribute_of(st)))) return 0;
        model_write(st->model, place->side, place->real, entry->content, !entry->readonly, mtime_of(st, place->full));
        return 1;
    case STEP_SWAP:
        if (!entry || !delete(st, place)) return 0;
        return is_file ? make_dir(st, place) : put(st, place, STEP_WRITE, s->content, s->size);
    default: return 0;
    }
}

/* 1: something was done.  running: in the middle of a run. */
static int edit(struct stage *st, const struct step *s, enum step_kind kind, int running)
{
    struct place place;
    char *target;

    place.side = MODEL_ORIGIN;
    place.base = sim_server_path(st->sim, st->origin);
    if (!s->origin)
    {
        if (csc_failed(sim_read_link(st->sim, LINK, &target))) return 0;
        if (!strcmp(target, ORIGIN)) place.base = ORIGIN;
        else
        {
            place.side = MODEL_LOCAL;
            place.base = TREE;
        }
        free(target);
        if (place.side == MODEL_ORIGIN && st->presence != SIM_PRESENT) return 0;
    }
    if (s->later && !running) sim_set_clock(st->sim, sim_now(st->sim) + s->later);
    look_at(st, place.side);
    if (running) model_glimpse(st->model, place.side, &st->trees[place.side]);
    if (running) look_at(st, !place.side);
    place.other = running ? &st->trees[!place.side] : NULL;
    if (!real_path(&st->trees[place.side], place.other, s->path, place.real, &place.entry)) return 0;
    snprintf(place.full, sizeof(place.full), "%s/%s", place.base, place.real);
    return change_at(st, &place, s, kind, running);
}

/* -- the engine's life -- */

static void trace(const char *text)
{
    if (getenv("CSC_TEST_TRACE")) fprintf(stderr, "trace: %s\n", text);
}

/* Whether the crash that was asked for is a power loss. */
static int loses_power(const struct stage *st)
{
    int i;

    for (i = 0; i < st->pending_count; i++)
        if ((st->pending[i]->kind == STEP_NEXT_CRASH && st->pending[i]->amount) || st->pending[i]->then == 2) return 1;
    return 0;
}

static void clear_rules(struct stage *st)
{
    int i;

    for (i = 0; i < st->rule_count; i++) st->met[i] |= sim_rule_hits(st->sim, st->rules[i]) != 0;
    sim_clear_rules(st->sim);
}

/* Opens the engine, as often as crashes cut it off. */
static void open_engine(struct stage *st)
{
    struct csc_engine_config config;
    csc_status status;
    int tries;

    for (tries = 0; tries < 5; tries++)
    {
        sim_engine_config(st->sim, &config);
        config.trace = trace;
        st->engine = NULL;
        if (!st->rule_count) st->littered = 0;
        status = csc_engine_open(&config, &st->engine);
        if (!sim_crashed(st->sim))
        {
            if (!csc_failed(status)) return;
            if (st->rule_count) clear_rules(st);     /* a failing disk keeps the cache closed */
            else break;
            continue;
        }
        st->cut = st->crashed = 1;
        st->torn |= loses_power(st);
        if (!csc_failed(status)) csc_engine_close(st->engine);
        sim_restart(st->sim);
    }
    st->engine = NULL;
    wrong(st, "the engine does not open: %08x", (unsigned)status);
}

static void close_engine(struct stage *st)
{
    if (st->engine) csc_engine_close(st->engine);
    st->engine = NULL;
}

/* Only whole files under final names, right after a crash. */
static void check_complete(struct stage *st, enum model_side side)
{
    size_t i;

    look_at(st, side);
    for (i = 0; i < st->trees[side].count; i++)
    {
        const struct model_entry *entry = &st->trees[side].list[i];

        if (!entry->temporary && entry->kind == MODEL_FILE && entry->content == -1)
            wrong(st, "%s: an incomplete file in the %s after a crash", entry->path, side == MODEL_LOCAL ? "cache" : "origin");
    }
}

static void reopen(struct stage *st, enum sim_crash kind)
{
    close_engine(st);
    sim_release(st->sim);
    check_complete(st, MODEL_ORIGIN);
    if (kind == SIM_KILL) check_complete(st, MODEL_LOCAL);
    else st->torn = 1;
    st->cut = st->crashed = 1;
    st->result->crashed = 1;
    if (st->branched && !st->result->failed)
        st->branching->crashed(st->branching->context, sim_mix_bytes(sim_remains(st->sim), &st->told, sizeof(st->told)));
    sim_restart(st->sim);
    open_engine(st);
}

static int is_busy(struct csc_engine *engine)
{
    struct csc_scope *scope;
    int busy;

    pthread_mutex_lock(&engine->lock);
    busy = engine->helpers != 0;
    for (scope = engine->scopes; scope; scope = scope->next) busy |= scope->owner != NULL;
    pthread_mutex_unlock(&engine->lock);
    return busy;
}

static void wait_idle(struct stage *st)
{
    int i;

    for (i = 0; i < 20000 && !sim_crashed(st->sim) && is_busy(st->engine); i++) sim_sleep(st->sim, 5 * SIM_MS);
    if (i == 20000) wrong(st, "the engine does not come to rest");
}

/* -- runs -- */

static void act_edit(struct sim *sim, void *context)
{
    struct act *act = context;
    struct stage *st = act->stage;
    char line[128];

    (void)sim;
    if (act->done || sim_crashed(st->sim)) return;
    act->done = 1;
    if (st->verbose)
    {
        step_print(act->step, line, sizeof(line));
        printf("    ... %s\n", line);
    }
    if (!edit(st, act->step, act->step->edit, 1)) return;
    st->cut = 1;
    if (act->step->then) sim_crash_at(st->sim, act->step->changes, act->step->then == 2 ? SIM_POWER_LOSS : SIM_KILL);
}

static void set_presence(struct stage *st, int presence)
{
    if (presence == SIM_HUNG) st->late = 1;
    if (presence == SIM_PRESENT && st->presence == SIM_UNMOUNTED) sim_remount(st->sim, st->origin);
    else sim_set_presence(st->sim, st->origin, presence);
    st->presence = presence;
}

static void act_presence(struct sim *sim, void *context)
{
    struct act *act = context;

    (void)sim;
    if (act->done) return;
    act->done = 1;
    act->stage->cut = 1;
    set_presence(act->stage, act->step->amount);
}

static void add_fault(struct stage *st, const struct step *s)
{
    static const struct { int cache; enum sim_fault fault; csc_status status; uint64_t calls; } table[FAULT_COUNT] =
    {
        [FAULT_ORIGIN_IO] = { 0, SIM_FAULT_ERROR, CSC_E_NET_IO, 0 },
        [FAULT_ORIGIN_LATE] = { 0, SIM_FAULT_LATE, CSC_E_NET_IO, 0 },
        [FAULT_ORIGIN_PART] = { 0, SIM_FAULT_PART, CSC_E_NET_IO, SIM_BIT(SIM_LIST) | SIM_BIT(SIM_WRITE) | SIM_BIT(SIM_COPY) },
        [FAULT_ORIGIN_FULL] = { 0, SIM_FAULT_ERROR, CSC_E_DISK_FULL,
                                SIM_BIT(SIM_WRITE) | SIM_BIT(SIM_COPY) | SIM_BIT(SIM_CREATE_FILE) | SIM_BIT(SIM_MAKE_DIR)
                                | SIM_BIT(SIM_SYNC_FILE) },
        [FAULT_ORIGIN_ACCESS] = { 0, SIM_FAULT_ERROR, CSC_E_ACCESS_DENIED, 0 },
        [FAULT_ORIGIN_HANG] = { 0, SIM_FAULT_HANG, CSC_E_NET_IO, 0 },
        [FAULT_CACHE_IO] = { 1, SIM_FAULT_ERROR, CSC_E_IO, 0 },
        [FAULT_CACHE_FULL] = { 1, SIM_FAULT_ERROR, CSC_E_DISK_FULL,
                               SIM_BIT(SIM_WRITE) | SIM_BIT(SIM_COPY) | SIM_BIT(SIM_CREATE_FILE) | SIM_BIT(SIM_MAKE_DIR)
                               | SIM_BIT(SIM_DATABASE) },
        [FAULT_CACHE_FLUSH] = { 1, SIM_FAULT_ERROR, CSC_E_IO, SIM_BIT(SIM_SYNC_ALL) },
        [FAULT_CACHE_PART] = { 1, SIM_FAULT_PART, CSC_E_IO, SIM_BIT(SIM_LIST) | SIM_BIT(SIM_WRITE) | SIM_BIT(SIM_COPY) },
    };
    struct sim_rule rule = { 0 };

    rule.volume = table[s->flags].cache ? sim_disk(st->sim) : st->origin;
    rule.calls = table[s->flags].calls;
    rule.skip = s->at;
    rule.times = s->amount;
    rule.fault = table[s->flags].fault;
    rule.status = table[s->flags].status;
    st->rules[st->rule_count++] = sim_add_rule(st->sim, &rule);
    if (table[s->flags].cache) st->littered = 1;
    if (s->flags == FAULT_ORIGIN_HANG) st->late = 1;
}

/* A change of the last step comes: copies of this process crash before it. */
static void branch_out(struct sim *sim, void *context)
{
    static const struct step crash[] = { { .kind = STEP_NEXT_CRASH, .amount = 0 }, { .kind = STEP_NEXT_CRASH, .amount = 1 } };
    struct stage *st = context;
    uint64_t course = sim_mix_bytes(sim_hash(sim), &st->told, sizeof(st->told));
    int kind;

    st->changes++;
    for (kind = 0; kind < 2; kind++)
    {
        if (!st->branching->branch(st->branching->context, kind ? SIM_POWER_LOSS : SIM_KILL, st->changes, course)) continue;
        st->branched = 1;
        sim_watch_changes(sim, NULL, NULL);
        st->pending[st->pending_count++] = &crash[kind];
        sim_crash_at(sim, 1, kind ? SIM_POWER_LOSS : SIM_KILL);
        return;
    }
}

static void begin(struct stage *st, enum model_policy policy)
{
    static const uint64_t calls[CALL_COUNT] =
    {
        [CALL_LIST] = SIM_BIT(SIM_LIST), [CALL_STAT] = SIM_BIT(SIM_STAT), [CALL_OPEN_FILE] = SIM_BIT(SIM_OPEN_FILE),
        [CALL_CREATE_FILE] = SIM_BIT(SIM_CREATE_FILE), [CALL_STAT_FILE] = SIM_BIT(SIM_STAT_FILE),
        [CALL_COPY] = SIM_BIT(SIM_COPY), [CALL_READ] = SIM_BIT(SIM_READ), [CALL_SET_TIMES] = SIM_BIT(SIM_SET_TIMES),
        [CALL_SYNC_FILE] = SIM_BIT(SIM_SYNC_FILE), [CALL_SYNC_DIR] = SIM_BIT(SIM_SYNC_DIR),
        [CALL_RENAME] = SIM_BIT(SIM_RENAME), [CALL_REMOVE_FILE] = SIM_BIT(SIM_REMOVE_FILE),
        [CALL_MAKE_DIR] = SIM_BIT(SIM_MAKE_DIR), [CALL_REMOVE_DIR] = SIM_BIT(SIM_REMOVE_DIR)
    };
    static const struct sim_rule parts = { .calls = SIM_BIT(SIM_COPY), .fault = SIM_FAULT_PART };
    int i;

    st->cut = st->presence != SIM_PRESENT;
    st->torn = st->crashed = st->abort_after = st->unheard = st->rule_count = 0;
    st->events = st->surprises = 0;
    memset(st->met, 0, sizeof(st->met));
    st->begun = sim_now(st->sim);
    model_begin(st->model, policy);
    for (i = 0; i < st->pending_count; i++)
    {
        const struct step *s = st->pending[i];
        struct act *act = &st->acts[i];
        struct sim_rule rule = { .fault = SIM_FAULT_ACT, .skip = s->at, .times = 1, .context = act };

        act->stage = st;
        act->step = s;
        act->done = 0;
        switch (s->kind)
        {
        case STEP_NEXT_CRASH: sim_crash_at(st->sim, s->at, s->amount ? SIM_POWER_LOSS : SIM_KILL); break;
        case STEP_NEXT_FAULT: add_fault(st, s); break;
        case STEP_NEXT_ABORT: st->abort_after = s->at; break;
        case STEP_NEXT_SYNC: break;      /* with the operation */
        case STEP_NEXT_PRESENCE:
            rule.act = act_presence;
            st->rules[st->rule_count++] = sim_add_rule(st->sim, &rule);
            break;
        default:
            rule.act = act_edit;
            rule.calls = calls[s->call];
            st->rules[st->rule_count++] = sim_add_rule(st->sim, &rule);
            break;
        }
    }
    /* last: edits come between the parts */
    if (st->history->world.short_copies) sim_add_rule(st->sim, &parts);
    if (st->branching && st->last) sim_watch_changes(st->sim, branch_out, st);
}

/* Notes which of the things that were to happen did. */
static void note_came(struct stage *st)
{
    const struct step *first = st->history->steps;
    int i, rule = 0;

    for (i = 0; i < st->pending_count; i++)
    {
        const struct step *s = st->pending[i];
        int came = 1, hits = 0;

        if (s->kind == STEP_NEXT_CRASH) came = sim_crashed(st->sim);
        else if (s->kind != STEP_NEXT_ABORT && s->kind != STEP_NEXT_SYNC)
        {
            hits = st->met[rule] || sim_rule_hits(st->sim, st->rules[rule]);
            rule++;
        }
        if (s->kind == STEP_NEXT_FAULT) came = hits;
        else if (s->kind == STEP_NEXT_PRESENCE || s->kind == STEP_NEXT_EDIT) came = st->acts[i].done;
        if (s >= first && s < first + st->history->count) st->result->came[s - first] = came;
    }
}

static void finish(struct stage *st, int whole)
{
    struct model_end end = { 0 };
    enum sim_crash kind = loses_power(st) ? SIM_POWER_LOSS : SIM_KILL;
    int i;

    if (st->engine && !sim_crashed(st->sim)) wait_idle(st);
    for (i = 0; i < st->rule_count; i++) if (sim_rule_hits(st->sim, st->rules[i])) st->cut = 1;
    note_came(st);
    sim_clear_rules(st->sim);
    sim_release(st->sim);
    if (sim_crashed(st->sim)) reopen(st, kind);
    sim_crash_at(st->sim, 0, SIM_KILL);
    sim_watch_changes(st->sim, NULL, NULL);
    if (!st->engine) return;
    wait_idle(st);
    st->pending_count = st->rule_count = 0;
    if (st->presence != SIM_PRESENT) st->cut = 1;

    look(st);
    end.whole = whole && !st->cut && !st->limited;
    end.limited = st->limited;
    end.cut = st->cut;
    end.crashed = st->crashed;
    end.torn = st->torn;
    end.origin_torn = st->torn && st->history->world.shared_power;
    end.late = st->late;
    end.pinned = st->pinned;
    end.littered = st->littered;
    end.unheard = st->unheard;
    end.begun = st->begun;
    if (st->history->world.granularity > 100 * SIM_MS) end.coarse = st->history->world.granularity + SIM_MS;
    end.slack = st->history->world.granularity + st->history->world.cache_granularity + 200;
    model_end(st->model, st->trees, &end);
}

/* -- a client -- */

static const uint32_t resolutions[POLICY_COUNT] =
{
    [POLICY_NONE] = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_NONE, [POLICY_LOCAL] = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLOCAL,
    [POLICY_REMOTE] = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPREMOTE,
    [POLICY_LATEST] = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLATEST,
    [POLICY_ALL] = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPALLCHANGES, [POLICY_SKIP] = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_SKIP,
    [POLICY_LOG] = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_LOG, [POLICY_ABORT] = OFFLINEFILES_SYNC_CONFLICT_ABORT,
    [POLICY_INVALID] = 77
};

static enum model_policy model_policy_of(int policy)
{
    switch (policy)
    {
    case POLICY_LOCAL: return MODEL_KEEP_LOCAL;
    case POLICY_REMOTE: return MODEL_KEEP_REMOTE;
    case POLICY_LATEST: return MODEL_KEEP_LATEST;
    case POLICY_ALL: return MODEL_KEEP_ALL;
    default: return MODEL_UNDECIDED;
    }
}

/* The path of an event below the share, '/' separated. */
static void event_path(const struct csc_wire_event *event, char path[MODEL_PATH])
{
    uint32_t i, skip = strlen(SHARE) + 1, n = 0;

    for (i = skip; i < event->path_length && n < MODEL_PATH - 1; i++)
        path[n++] = event->path[i] == '\\' ? '/' : event->path[i] < 128 ? (char)event->path[i] : '?';
    path[n] = 0;
}

static void add_reply(struct csc_buffer *replies, const struct csc_wire_event *event, uint32_t response, const char *name)
{
    size_t length = name ? strlen(name) : 0, size = sizeof(struct csc_wire_reply) + (length + 1) * 2, i;
    struct csc_wire_reply *reply;

    size = (size + 7) & ~(size_t)7;
    if (!(reply = csc_buffer_add(replies, size))) abort();
    memset(reply, 0, size);
    reply->size = size;
    reply->token = event->token;
    reply->response = response;
    reply->name_length = length;
    for (i = 0; i < length; i++) reply->name[i] = name[i];
}

static void answer_conflict(struct stage *st, const struct csc_wire_event *event, const char *path, int policy,
                            struct csc_buffer *replies)
{
    char copy[MODEL_PATH + 32] = "";
    const char *name = strrchr(path, '/');

    name = name ? name + 1 : path;
    if (policy == POLICY_MIXED) policy = 1 + (strlen(path) + path[strlen(path) - 1]) % 4;
    if (policy == POLICY_ABORT) st->cut = 1;
    model_conflict(st->model, path, model_policy_of(policy));
    if (policy == POLICY_ALL)
    {
        snprintf(copy, sizeof(copy), "%.*s%s (mine)", (int)(name - path), path, name);
        model_expect_copy(st->model, copy);
    }
    add_reply(replies, event, resolutions[policy], policy == POLICY_ALL ? copy + (name - path) : NULL);
}

/* Failures that somebody may have asked for. */
static int is_expected(struct stage *st, enum csc_op_kind kind, csc_status status)
{
    if (st->cut || status == CSC_E_CONFLICT) return 1;
    if (status == CSC_E_DISK_FULL && st->limited) return 1;
    if (status == CSC_E_INVALID_STATE && st->suspended) return 1;
    if (kind == CSC_OP_DELETE) return status == CSC_E_BUSY || status == CSC_E_NOT_FOUND || status == CSC_E_SHARING;
    if (kind == CSC_OP_PIN && status == CSC_E_BAD_NETPATH) return 1;      /* not cached, and the share is offline */
    return status == CSC_E_NOT_FOUND;
}

static void take_event(struct stage *st, enum csc_op_kind kind, const struct csc_wire_event *event, int policy,
                       struct csc_buffer *replies)
{
    char path[MODEL_PATH];

    event_path(event, path);
    st->told = sim_mix_bytes(st->told ^ event->status, path, strlen(path));
    st->told = (st->told ^ event->kind << 16 ^ (event->kind == CSC_EVENT_CONFLICT ? policy + 1 : 0)) * 0x100000001b3u;
    if (st->verbose && event->kind != CSC_EVENT_ITEM_BEGIN)
        printf("    event %u %s: operation %u state %u status %08x\n", event->kind, path, event->operation,
               event->sync_state, (unsigned)event->status);
    switch (event->kind)
    {
    case CSC_EVENT_END:
        st->ended = event->status;
        return;
    case CSC_EVENT_CONFLICT:
        answer_conflict(st, event, path, policy, replies);
        return;
    case CSC_EVENT_ITEM_RESULT:
        st->events++;
        if (event->status != CSC_E_CONFLICT) st->surprises++;
        if (event->status == CSC_E_CONFLICT) model_unsolved(st->model, path);
        else if (csc_failed(event->status))
        {
            int blocked = model_failed(st->model, path);

            if (blocked && (event->status == CSC_E_SHARING || event->status == CSC_E_DIRECTORY)) {}
            else if (!is_expected(st, kind, event->status) && event->status != CSC_E_CANCELLED)
            {
                int i;

                for (i = 0; i < st->rule_count; i++) if (sim_rule_hits(st->sim, st->rules[i])) st->cut = 1;
                if (!st->cut && !sim_crashed(st->sim)) wrong(st, "%s: failed with %08x without a cause", path, (unsigned)event->status);
            }
        }
        break;
    }
    add_reply(replies, event, 0, NULL);
}

/* -- others, at the same time -- */

static void sync_meanwhile(void *context)
{
    struct act *act = context;
    char path[128];
    uint32_t flags = 0;
    unsigned i;

    snprintf(path, sizeof(path), SHARE "%s%s", *act->step->path ? "\\" : "", act->step->path);
    for (i = 0; path[i]; i++) if (path[i] == '/') path[i] = '\\';
    if (act->step->flags & STEP_IN) flags |= OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN;
    if (act->step->flags & STEP_OUT) flags |= OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT;
    if (act->step->flags & STEP_FILL) flags |= OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE;
    sim_run_op(act->stage->engine, CSC_OP_SYNC, flags, 0, path);
}

static void begin_others(struct stage *st, struct sim_thread *others[ACTS])
{
    int i;

    for (i = 0; i < st->pending_count; i++)
    {
        if (st->pending[i]->kind != STEP_NEXT_SYNC) continue;
        st->cut = st->unheard = 1;     /* what they are told nobody hears */
        others[i] = sim_spawn(st->sim, "other", sync_meanwhile, &st->acts[i]);
    }
}

static void join_others(struct stage *st, struct sim_thread *others[ACTS])
{
    int i;

    for (i = 0; i < st->pending_count; i++) if (others[i]) sim_join(st->sim, others[i]);
}

static void run_op(struct stage *st, enum csc_op_kind kind, uint32_t flags, uint32_t ask, int deep, const char *below,
                   int policy)
{
    char path[128];
    const char *paths[1] = { path };
    struct csc_op_request request = { .kind = kind, .flags = flags, .ask = ask, .deep = deep, .paths = paths, .count = 1 };
    struct csc_buffer events = { 0 }, replies = { 0 };
    struct csc_wire_totals totals = { 0 };
    struct csc_op *op;
    csc_status status;
    struct sim_thread *others[ACTS] = { NULL };
    unsigned count = 0, pulls = 0, i;
    size_t at;

    snprintf(path, sizeof(path), SHARE "%s%s", *below ? "\\" : "", below);
    for (i = 0; path[i]; i++) if (path[i] == '/') path[i] = '\\';
    st->ended = CSC_E_FAIL;
    if (csc_failed(status = csc_op_start(st->engine, &request, &op)))
    {
        st->ended = status;
        if (!sim_crashed(st->sim)) wrong(st, "operation %d on %s does not start: %08x", kind, path, (unsigned)status);
        return;
    }
    begin_others(st, others);
    while (!totals.ended && !sim_crashed(st->sim))
    {
        struct csc_buffer sent = replies;

        memset(&replies, 0, sizeof(replies));
        events.size = 0;
        status = csc_op_pull(op, 1000, sent.data, sent.size, &totals, &events);
        csc_buffer_free(&sent);
        if (csc_failed(status)) break;
        for (at = 0; at < events.size;)
        {
            const struct csc_wire_event *event = (const struct csc_wire_event *)(events.data + at);

            at += event->size;
            take_event(st, kind, event, policy, &replies);
            if (st->abort_after && ++count == (unsigned)st->abort_after)
            {
                st->cut = 1;
                csc_op_cancel(op);
            }
        }
        if (++pulls == 1000)
        {
            wrong(st, "operation %d on %s does not end", kind, path);
            break;
        }
    }
    csc_buffer_free(&events);
    csc_buffer_free(&replies);
    csc_op_close(op);
    join_others(st, others);
    if (st->verbose) printf("    ended with %08x\n", (unsigned)st->ended);
    for (i = 0; (int)i < st->rule_count; i++) if (sim_rule_hits(st->sim, st->rules[i])) st->cut = 1;
    if (csc_failed(st->ended) && st->ended != CSC_E_MORE_DATA && !is_expected(st, kind, st->ended) && !sim_crashed(st->sim))
        wrong(st, "operation %d on %s ended with %08x without a cause", kind, path, (unsigned)st->ended);
    if (csc_failed(st->ended) && st->ended != CSC_E_MORE_DATA && st->ended != CSC_E_CONFLICT && st->ended != CSC_E_NOT_FOUND)
        st->cut = 1;
}

#define ASK_ITEMS CSC_OP_ASK_ITEMS
#define ASK_ALL (CSC_OP_ASK_ITEMS | CSC_OP_ASK_CONFLICTS)

static void synchronize(struct stage *st, const char *path, int directions, int policy, int ask, int whole)
{
    static const uint32_t control[POLICY_COUNT] =
    {
        [POLICY_LOCAL] = OFFLINEFILES_SYNC_CONTROL_CR_KEEPLOCAL, [POLICY_REMOTE] = OFFLINEFILES_SYNC_CONTROL_CR_KEEPREMOTE,
        [POLICY_LATEST] = OFFLINEFILES_SYNC_CONTROL_CR_KEEPLATEST
    };
    uint32_t flags = 0;

    if (directions & STEP_IN) flags |= OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN;
    if (directions & STEP_OUT) flags |= OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT;
    if (directions & STEP_FILL) flags |= OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE;
    if (!ask) flags |= control[policy];
    begin(st, ask || !control[policy] ? MODEL_UNDECIDED : model_policy_of(policy));
    run_op(st, CSC_OP_SYNC, flags, ask ? ASK_ALL : ASK_ITEMS, 0, path, policy);
    finish(st, whole);
}

#define PIN_FLAGS (OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER | OFFLINEFILES_PIN_CONTROL_FLAG_FILL)

static void suspend(struct stage *st, const char *below, int suspend)
{
    char path[128];
    unsigned i;

    snprintf(path, sizeof(path), SHARE "%s%s", *below ? "\\" : "", below);
    for (i = 0; path[i]; i++) if (path[i] == '/') path[i] = '\\';
    csc_suspend(st->engine, path, suspend);      /* may fail: no directory, suspended by another one */
    st->suspended = 1;
}

/* Whether the share is offline before the content of this file was flushed. */
static int is_unflushed(struct stage *st, const struct csc_stat *stat)
{
    struct csc_scope *scope = st->engine->scopes;
    struct csc_item_list rows;
    int is = 0;
    size_t i;

    if (!scope || (!scope->unflushed && !scope->doubtful)) return 0;
    if (csc_failed(csc_store_unflushed(st->engine->store, scope->row.id, &rows))) return 0;
    for (i = 0; i < rows.count; i++)
        is |= (rows.items[i].flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) == CSC_ROW_BASE && rows.items[i].local.ino == stat->ino
              && rows.items[i].local.mtime == stat->mtime && rows.items[i].local.ctime == stat->ctime;
    csc_item_list_free(&rows);
    return is;
}

static void lose(struct stage *st, const struct step *s)
{
    struct place place = { .side = MODEL_LOCAL, .base = TREE };
    unsigned char *data;
    struct csc_stat stat;
    char *target;
    int offline;

    if (csc_failed(sim_read_link(st->sim, LINK, &target))) return;
    offline = strcmp(target, ORIGIN) != 0;
    free(target);
    look_at(st, MODEL_LOCAL);
    if (!offline || !real_path(&st->trees[MODEL_LOCAL], NULL, s->path, place.real, &place.entry)) return;
    if (!place.entry || place.entry->kind != MODEL_FILE || place.entry->readonly) return;
    snprintf(place.full, sizeof(place.full), "%s/%s", place.base, place.real);
    if (csc_failed(sim_lstat(st->sim, place.full, &stat)) || stat.size < 8 || !is_unflushed(st, &stat)) return;
    st->sizes[s->content] = stat.size;
    if (!(data = malloc(stat.size))) abort();
    make_content(st, s->content, stat.size, data);
    if (!csc_failed(sim_overwrite(st->sim, place.full, data, stat.size)))
    {
        model_write(st->model, MODEL_LOCAL, place.real, s->content, 0, stat.mtime);
        sim_crash(st->sim, SIM_POWER_LOSS);
        reopen(st, SIM_POWER_LOSS);
    }
    free(data);
}

static void run_step(struct stage *st, const struct step *s)
{
    int prevented;

    switch (s->kind)
    {
    case STEP_SYNC:
        synchronize(st, s->path, s->flags, s->policy, s->ask,
                    !*s->path && (s->flags & (STEP_IN | STEP_OUT)) == (STEP_IN | STEP_OUT));
        return;
    case STEP_FORGET:
        /* an item of a share whose root is pinned comes back with the next synchronization */
        model_forget(st->model, s->path, s->flags);
        begin(st, MODEL_UNDECIDED);
        run_op(st, CSC_OP_DELETE, s->flags ? OFFLINEFILES_DELETE_FLAG_DELMODIFIED : 0, ASK_ITEMS, 0, s->path, 0);
        st->pinned = 0;
        finish(st, 0);
        if (s->flags && !st->cut && !csc_failed(st->ended)) model_forgotten(st->model, s->path);
        return;
    case STEP_PIN:
        begin(st, MODEL_UNDECIDED);
        run_op(st, CSC_OP_PIN, PIN_FLAGS, ASK_ITEMS, s->deep, s->path, 0);
        finish(st, 0);
        if (!*s->path && s->deep && !st->cut && !csc_failed(st->ended)) st->pinned = 1;
        return;
    default: break;
    }
    begin(st, MODEL_UNDECIDED);
    switch (s->kind)
    {
    case STEP_OFFLINE: csc_go_offline(st->engine, SHARE, 1, &prevented); break;
    case STEP_ONLINE: run_op(st, CSC_OP_ONLINE, 0, ASK_ITEMS, 0, "", 0); break;
    case STEP_UNPIN:
        run_op(st, CSC_OP_UNPIN, PIN_FLAGS & ~OFFLINEFILES_PIN_CONTROL_FLAG_FILL, ASK_ITEMS, s->deep, s->path, 0);
        st->pinned = 0;
        break;
    case STEP_WAIT: sim_sleep(st->sim, s->amount * SIM_MS); break;
    case STEP_SUSPEND: suspend(st, s->path, 1); break;
    case STEP_RESUME: suspend(st, s->path, 0); break;
    case STEP_LIMIT:
        csc_set_disk_limits(st->engine, s->amount, s->amount / 2);
        st->limited = 1;
        break;
    case STEP_RESTART:
        close_engine(st);
        if (!sim_crashed(st->sim))
        {
            sim_restart(st->sim);
            open_engine(st);
        }
        break;
    case STEP_LOSE: lose(st, s); break;
    case STEP_CRASH:
        sim_crash(st->sim, s->amount ? SIM_POWER_LOSS : SIM_KILL);
        reopen(st, s->amount ? SIM_POWER_LOSS : SIM_KILL);
        break;
    default: break;
    }
    finish(st, 0);
}

/* -- the end of every history: quiet, and everything in order -- */

static void mix_entry(void *context, const struct sim_entry *entry)
{
    uint64_t *hash = context;

    *hash = sim_mix_bytes(*hash, entry->path, strlen(entry->path) + 1);
    *hash = sim_mix_bytes(*hash, &entry->stat.ino, sizeof(entry->stat.ino));
    *hash = sim_mix_bytes(*hash, &entry->stat.mtime, sizeof(entry->stat.mtime));
    *hash = sim_mix_bytes(*hash, &entry->stat.ctime, sizeof(entry->stat.ctime));
    *hash = sim_mix_bytes(*hash, &entry->stat.attributes, sizeof(entry->stat.attributes));
    *hash = sim_mix_bytes(*hash, entry->data, entry->size);
}

/* Moves with everything that changes in either tree. */
static uint64_t fingerprint(struct stage *st)
{
    uint64_t hash = 14695981039346656037ull;

    sim_walk(st->sim, sim_server_path(st->sim, st->origin), mix_entry, &hash);
    sim_walk(st->sim, TREE, mix_entry, &hash);
    sim_walk(st->sim, CACHE "/temp", mix_entry, &hash);
    return hash;
}

static void check_second(struct stage *st, int policy)
{
    uint64_t before = fingerprint(st);

    synchronize(st, "", STEP_IN | STEP_OUT, policy, 0, 1);
    if (fingerprint(st) != before) wrong(st, "another synchronization changed something");
    if (st->surprises) wrong(st, "another synchronization told %u items", st->surprises);
}

static void check_database(struct stage *st)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *db = NULL;

    if (sqlite3_open_v2(CACHE "/csc.db", &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK
        || sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL) != SQLITE_OK
        || sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL) != SQLITE_OK
        || sqlite3_step(statement) != SQLITE_ROW || strcmp((const char *)sqlite3_column_text(statement, 0), "ok"))
        wrong(st, "the database is damaged: %s", db ? sqlite3_errmsg(db) : "cannot be opened");
    else if (sums_differ(db)) wrong(st, "the sums of the database are not those of its items");
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static void settle(struct stage *st)
{
    int policy = st->history->world.final_policy, i;

    if (st->verbose) printf("  the end: quiet\n");
    st->pending_count = 0;
    set_presence(st, SIM_PRESENT);
    begin(st, MODEL_UNDECIDED);
    if (st->limited) csc_set_disk_limits(st->engine, 1 << 30, 1 << 30);
    for (i = 0; i < st->history->count; i++)
        if (st->history->steps[i].kind == STEP_SUSPEND) suspend(st, st->history->steps[i].path, 0);
    sim_sleep(st->sim, 10 * SIM_S);      /* what the engine does by itself */
    st->cut = 1;
    finish(st, 0);
    st->limited = 0;
    if (!st->engine || st->result->failed) return;
    synchronize(st, "", STEP_IN | STEP_OUT | STEP_FILL, policy, 0, 1);
    if (!st->engine || st->result->failed) return;
    /* Q40; a decision about the new name of something decides about its old one the next time */
    if (policy != POLICY_NONE) synchronize(st, "", STEP_IN | STEP_OUT, policy, 0, 1);
    check_second(st, policy);
    if (!st->engine || st->result->failed) return;
    if (policy == POLICY_NONE)
    {
        synchronize(st, "", STEP_IN | STEP_OUT | STEP_FILL, POLICY_REMOTE, 0, 1);
        if (!st->engine || st->result->failed) return;
        synchronize(st, "", STEP_IN | STEP_OUT, POLICY_REMOTE, 0, 1);
        if (!st->engine || st->result->failed) return;
        check_second(st, POLICY_REMOTE);
    }
}

/* -- a history -- */

static void begin_world(struct stage *st)
{
    const struct world *w = &st->history->world;
    struct sim_config config = { .seed = w->seed, .preempt = w->preempt };
    struct sim_volume_config server = { .mount_point = ORIGIN };

    config.disk.granularity = w->cache_granularity;
    config.disk.data = w->writeback ? SIM_DATA_WRITEBACK : SIM_DATA_ORDERED;
    config.disk.flush_file_only = w->file_flush;
    config.disk.reuse_inodes = w->reuse_inodes;
    config.disk.no_exchange = 0;
    config.disk.keeps_hidden = server.keeps_hidden = w->hidden;
    if (!(st->sim = sim_create(&config))) abort();
    server.granularity = w->granularity;
    server.untrusted_ctime = w->untrusted;
    server.ignore_case = w->ignore_case;
    server.no_exchange = w->no_exchange;
    server.reuse_inodes = w->reuse_inodes;
    server.lists_no_types = w->no_types;
    server.order = w->order;
    server.anonymous = w->anonymous;
    server.data = config.disk.data;
    server.flush_file_only = w->file_flush;
    server.volatile_only = !w->shared_power;
    st->origin = sim_mount(st->sim, &server);
    if (csc_failed(sim_make_path(st->sim, "/c/windows")) || csc_failed(sim_make_path(st->sim, "/c/dosdevices"))) abort();
    if (w->seed % OWN_CACHES) ready_copy(st->sim, CACHE);
}

static void put_anchor(struct stage *st)
{
    struct place place = { .side = MODEL_ORIGIN, .base = ORIGIN, .real = "anchor", .full = ORIGIN "/anchor" };

    if (!put(st, &place, STEP_WRITE, ANCHOR_CONTENT, 8)) wrong(st, "no anchor");
}

void stage_prepare(void)
{
    ready_make(CACHE);
}

static void play(const struct history *history, int verbose, const struct stage_branching *branching, struct stage_result *result)
{
    struct stage *st = calloc(1, sizeof(*st));
    int i;

    if (!st) abort();
    memset(result, 0, sizeof(*result));
    st->history = history;
    st->result = result;
    st->verbose = verbose;
    st->branching = branching;
    for (i = 0; i < history->count; i++)
    {
        if (history->steps[i].content > 0 && history->steps[i].content < CONTENTS)
        {
            st->sizes[history->steps[i].content] = history->steps[i].size;
            st->hollow[history->steps[i].content] = history->steps[i].kind == STEP_LOSE && history->steps[i].content % 2 == 0;
        }
    }
    st->sizes[ANCHOR_CONTENT] = 8;
    st->model = model_create(complain, st);
    begin_world(st);
    put_anchor(st);
    open_engine(st);
    if (st->engine && csc_failed(csc_map(st->engine, SHARE, ORIGIN, 0))) wrong(st, "cannot map");

    for (i = 0; i < history->count && st->engine && !result->failed; i++)
    {
        const struct step *s = &history->steps[i];
        char line[128];
        int done = 1;

        st->last = i == history->count - 1;
        step_print(s, line, sizeof(line));
        if (verbose) printf("  %s\n", line);
        if (s->kind < STEP_EDITS) done = edit(st, s, s->kind, 0);
        else if (s->kind < STEP_RUNS) run_step(st, s);
        else if (s->kind == STEP_PRESENCE) set_presence(st, s->amount);
        else if (st->pending_count < ACTS) st->pending[st->pending_count++] = s;
        if (verbose && !done) printf("    (not possible)\n");
        if (result->failed) wrong(st, "-- after step %d: %s", i + 1, line);
    }
    st->last = 0;
    if (st->engine && !result->failed) settle(st);
    if (verbose && result->failed)
    {
        printf("  origin:\n");
        sim_print_tree(st->sim, sim_server_path(st->sim, st->origin), stdout);
        printf("  cache:\n");
        sim_print_tree(st->sim, TREE, stdout);
    }
    close_engine(st);
    check_database(st);
    if (st->branched) return;    /* the process ends; taking all down copies more memory than playing on */
    sim_release(st->sim);
    sim_destroy(st->sim);
    model_destroy(st->model);
    free(st);
}

void stage_play(const struct history *history, int verbose, struct stage_result *result)
{
    play(history, verbose, NULL, result);
}

void stage_play_branching(const struct history *history, const struct stage_branching *branching, struct stage_result *result)
{
    play(history, 0, branching, result);
}
