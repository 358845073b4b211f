/*
 * What users must find, whatever the engine does
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define VERSIONS 2048
#define WORDS (VERSIONS / 64)
#define NODES 512
#define CANDIDATES 32
#define PAST 16
#define OWED 8
#define LITTER 64
#define RENAMES 32

/* Version 0 is what is below all others: never there, or not cached. */
#define NOTHING 0

struct version
{
    enum model_kind kind;
    int gone;                        /* the version that a deletion removed */
    int moved;                       /* a deletion because of a rename: what was there is elsewhere */
    int content, readonly;
    int64_t mtime;
    int64_t shown[MODEL_SIDES];      /* times of last change where it stands: mtime, unless both sides came to it by themselves */
    uint64_t ancestors[WORDS];       /* itself included */
};

/* One path, whatever its case. */
struct node
{
    char key[MODEL_PATH];
    int cur[MODEL_SIDES];            /* versions */
    int began[MODEL_SIDES];          /* at the beginning of the run */
    int agreed;                      /* found at the end of this run */
    int uncertain;                   /* the engine need not know the last agreement: it may see a conflict where none is */
    int candidates[CANDIDATES];      /* what may be found at the end of the run, when somebody edited meanwhile */
    int candidate_count, edited;
    int asked, unsolved, failed;     /* told in this run */
    int twice;                       /* two names that differ in case stand in the cache */
    enum model_policy policy;        /* answered in this run, or of the whole run */
    int took_litter;                 /* in this run the cache got what the origin had aside, by decision */
    int may_return;                  /* a deleted directory about which the cache knows nothing any more */
    int copy;                        /* somebody asked for a copy of this name */
    int damaged;                     /* a power loss tore it in the cache, whose disk failed when that was looked for */
    int forget;                      /* 1: clean ones, 2: dirty ones may leave the cache */
    int past[MODEL_SIDES][PAST], past_count[MODEL_SIDES];
    int owed[OWED], owed_count;      /* must be somewhere, although neither side is known to hold it */
    const struct model_entry *seen[MODEL_SIDES];
};

struct rename { enum model_side side; char from[MODEL_PATH], to[MODEL_PATH]; };

struct model
{
    void (*complain)(void *context, const char *text);
    void *context;
    struct version versions[VERSIONS];
    int version_count;
    struct node nodes[NODES];
    size_t node_count;
    int running, cut_ever, torn_ever;
    int forgetting;                  /* of this run, see node.forget: what is made there meanwhile, too */
    char forgotten[MODEL_PATH];
    enum model_policy policy;
    int litter[MODEL_SIDES][LITTER], litter_count[MODEL_SIDES];     /* contents under temporary names at the last end */
    struct rename renames[RENAMES];
    unsigned rename_count;
};

static const char *const side_names[] = { "cache", "origin" };

static void complain(struct model *m, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    m->complain(m->context, text);
}

struct model *model_create(void (*report)(void *context, const char *text), void *context)
{
    struct model *m = calloc(1, sizeof(*m));

    if (!m) abort();
    m->complain = report;
    m->context = context;
    m->versions[NOTHING].ancestors[0] = 1;
    m->version_count = 1;
    return m;
}

void model_destroy(struct model *m)
{
    free(m);
}

/* -- versions -- */

static int is_ancestor(const struct model *m, int older, int newer)
{
    return (m->versions[newer].ancestors[older / 64] >> (older % 64)) & 1;
}

/* parent, other: versions that its author saw; NOTHING: none. */
static int new_version(struct model *m, enum model_kind kind, int content, int readonly, int64_t mtime, int parent,
                       int other)
{
    struct version *v = &m->versions[m->version_count];
    int i;

    if (m->version_count == VERSIONS) abort();
    v->kind = kind;
    v->content = content;
    v->readonly = readonly;
    v->mtime = v->shown[MODEL_LOCAL] = v->shown[MODEL_ORIGIN] = mtime;
    for (i = 0; i < WORDS; i++) v->ancestors[i] = m->versions[parent].ancestors[i] | m->versions[other].ancestors[i];
    v->ancestors[0] |= 1;
    v->ancestors[m->version_count / 64] |= (uint64_t)1 << (m->version_count % 64);
    return m->version_count++;
}

static const struct version *version_at(const struct model *m, const struct node *node, enum model_side side)
{
    return &m->versions[node->cur[side]];
}

static int same_thing(const struct model *m, int a, int b)
{
    const struct version *x = &m->versions[a], *y = &m->versions[b];

    return x->kind == y->kind && (x->kind != MODEL_FILE || x->content == y->content);
}

static int matches(const struct model *m, int version, const struct model_entry *entry)
{
    const struct version *v = &m->versions[version];

    if (!entry) return v->kind == MODEL_NONE;
    return v->kind == entry->kind && (v->kind != MODEL_FILE || v->content == entry->content);
}

/* -- nodes -- */

static void make_key(char key[MODEL_PATH], const char *path)
{
    size_t i;

    for (i = 0; path[i] && i < MODEL_PATH - 1; i++) key[i] = tolower((unsigned char)path[i]);
    key[i] = 0;
}

static struct node *find_node(const struct model *m, const char *path)
{
    char key[MODEL_PATH];
    size_t i;

    make_key(key, path);
    for (i = 0; i < m->node_count; i++) if (!strcmp(m->nodes[i].key, key)) return (struct node *)&m->nodes[i];
    return NULL;
}

static int is_below(const char *key, const char *above)
{
    size_t length = strlen(above);

    return !strncmp(key, above, length) && key[length] == '/';
}

static struct node *get_node(struct model *m, const char *path)
{
    struct node *node = find_node(m, path);

    if (node) return node;
    if (m->node_count == NODES) abort();
    node = &m->nodes[m->node_count++];
    make_key(node->key, path);
    node->policy = m->policy;
    if (m->forgetting && (!*m->forgotten || !strcmp(node->key, m->forgotten) || is_below(node->key, m->forgotten)))
        node->forget = m->forgetting;
    return node;
}

static int is_kept_copy(const struct node *node)
{
    return strstr(node->key, " (kept ") || strstr(node->key, " (mine)") || node->copy;
}

/* A power loss may make something of a file that cannot be told from what somebody wrote, and so is kept. */
static int is_kept_damage(const struct model *m, const struct node *node, const struct model_entry *seen)
{
    return m->torn_ever && is_kept_copy(node) && seen->content == MODEL_DAMAGE;
}

static void add_candidate(struct node *node, int version)
{
    int i;

    for (i = 0; i < node->candidate_count; i++) if (node->candidates[i] == version) return;
    if (node->candidate_count < CANDIDATES) node->candidates[node->candidate_count++] = version;
}

static void set_edit(struct model *m, struct node *node, enum model_side side, int version)
{
    node->cur[side] = version;
    if (!m->running) return;
    add_candidate(node, version);
    node->edited = 1;
}

/* -- edits -- */

void model_write(struct model *m, enum model_side side, const char *path, int content, int readonly, int64_t mtime)
{
    struct node *node = get_node(m, path);
    const struct version *v = &m->versions[node->cur[side]];

    /* the same bytes with the same time: nobody can tell that anything was written */
    if (v->kind == MODEL_FILE && v->content == content && v->readonly == readonly && v->mtime == mtime) return;
    set_edit(m, node, side, new_version(m, MODEL_FILE, content, readonly, mtime, node->cur[side], NOTHING));
}

void model_mkdir(struct model *m, enum model_side side, const char *path)
{
    struct node *node = get_node(m, path);

    set_edit(m, node, side, new_version(m, MODEL_DIR, 0, 0, 0, node->cur[side], NOTHING));
}

static void remove_node(struct model *m, enum model_side side, struct node *node)
{
    int gone = node->cur[side], version;

    if (m->versions[gone].kind == MODEL_NONE) return;
    version = new_version(m, MODEL_NONE, 0, 0, 0, node->cur[side], NOTHING);
    m->versions[version].gone = gone;
    set_edit(m, node, side, version);
}

void model_remove(struct model *m, enum model_side side, const char *path)
{
    struct node *top = get_node(m, path);
    size_t i;

    for (i = 0; i < m->node_count; i++)
        if (&m->nodes[i] == top || is_below(m->nodes[i].key, top->key)) remove_node(m, side, &m->nodes[i]);
}

static void note_rename(struct model *m, enum model_side side, const char *from, const char *to)
{
    struct rename *rename;

    if (m->rename_count == RENAMES || !strcmp(from, to)) return;
    rename = &m->renames[m->rename_count++];
    rename->side = side;
    memcpy(rename->from, from, MODEL_PATH);
    memcpy(rename->to, to, MODEL_PATH);
}

void model_rename(struct model *m, enum model_side side, const char *from, const char *to)
{
    struct node *top = get_node(m, from), *node, *target;
    size_t i, known, count = m->node_count;
    char key[MODEL_PATH], path[2 * MODEL_PATH];

    make_key(key, to);
    if (!strcmp(key, top->key))              /* only the case of its name: somebody had it in hand, that may count as a change */
    {
        top->uncertain = 1;
        return;
    }
    /* what came there by another rename, or into it, comes from that place now */
    for (i = 0, known = m->rename_count; i < known; i++)
    {
        const char *came = m->renames[i].to;

        if (m->renames[i].side != side || (strcmp(came, top->key) && !is_below(came, top->key))) continue;
        snprintf(path, sizeof(path), "%s%s", key, came + strlen(top->key));
        path[MODEL_PATH - 1] = 0;
        note_rename(m, side, m->renames[i].from, path);
    }
    note_rename(m, side, top->key, key);
    for (i = 0; i < count; i++)
    {
        const struct version *v;

        node = &m->nodes[i];
        if (node != top && !is_below(node->key, top->key)) continue;
        v = version_at(m, node, side);
        if (v->kind == MODEL_NONE) continue;
        snprintf(path, sizeof(path), "%s%s", key, node->key + strlen(top->key));
        path[MODEL_PATH - 1] = 0;
        target = get_node(m, path);
        target->uncertain |= node->uncertain;
        set_edit(m, target, side, new_version(m, v->kind, v->content, v->readonly, v->shown[side], node->cur[side],
                                              target->cur[side]));
        remove_node(m, side, node);
        m->versions[node->cur[side]].moved = 1;
    }
}

void model_forget(struct model *m, const char *path, int dirty)
{
    struct node *top = get_node(m, path);
    size_t i;

    m->forgetting = dirty ? 2 : 1;
    make_key(m->forgotten, path);
    for (i = 0; i < m->node_count; i++)
    {
        struct node *node = &m->nodes[i];

        if (*path && node != top && !is_below(node->key, top->key)) continue;
        node->forget = dirty ? 2 : 1;
        node->uncertain = 1;
    }
}

void model_forgotten(struct model *m, const char *path)
{
    struct node *top = get_node(m, path);
    size_t i;

    for (i = 0; i < m->node_count; i++)
    {
        struct node *node = &m->nodes[i];

        if (*path && node != top && !is_below(node->key, top->key)) continue;
        if (version_at(m, node, MODEL_LOCAL)->kind == MODEL_NONE) node->cur[MODEL_LOCAL] = NOTHING;
    }
}

enum model_kind model_kind_at(const struct model *m, enum model_side side, const char *path)
{
    const struct node *node = find_node(m, path);

    return node ? version_at(m, node, side)->kind : MODEL_NONE;
}

int model_content_at(const struct model *m, enum model_side side, const char *path)
{
    const struct node *node = find_node(m, path);

    return node && version_at(m, node, side)->kind == MODEL_FILE ? version_at(m, node, side)->content : -1;
}

int model_readonly_at(const struct model *m, enum model_side side, const char *path)
{
    const struct node *node = find_node(m, path);

    return node && version_at(m, node, side)->readonly;
}

const char *model_path_at(const struct model *m, enum model_side side, size_t index)
{
    size_t i;

    for (i = 0; i < m->node_count; i++)
        if (version_at(m, &m->nodes[i], side)->kind != MODEL_NONE && !index--) return m->nodes[i].key;
    return NULL;
}

/* -- a run -- */

void model_begin(struct model *m, enum model_policy policy)
{
    size_t i;

    m->running = 1;
    m->policy = policy;
    for (i = 0; i < m->node_count; i++)
    {
        struct node *node = &m->nodes[i];

        memcpy(node->began, node->cur, sizeof(node->began));
        node->candidate_count = 0;
        add_candidate(node, node->cur[MODEL_LOCAL]);
        add_candidate(node, node->cur[MODEL_ORIGIN]);
        node->edited = node->asked = node->unsolved = node->failed = node->took_litter = 0;
        node->policy = policy;
    }
}

static int ordered(const struct model *m, int a, int b)
{
    return is_ancestor(m, a, b) || is_ancestor(m, b, a);
}

/* A file on one side, a directory on the other. */
static int is_mixed(const struct model *m, const struct node *node)
{
    enum model_kind l = m->versions[node->began[MODEL_LOCAL]].kind, o = m->versions[node->began[MODEL_ORIGIN]].kind;

    return l != o && l != MODEL_NONE && o != MODEL_NONE;
}

/* May the engine see a conflict here? */
static int may_conflict(const struct model *m, const struct node *node)
{
    int i, j;

    if (node->uncertain || node->edited || is_mixed(m, node)) return 1;
    for (i = 0; i < node->candidate_count; i++)
        for (j = 0; j < i; j++)
            if (!ordered(m, node->candidates[i], node->candidates[j])
                && !same_thing(m, node->candidates[i], node->candidates[j])) return 1;
    return 0;
}

/* A directory stands for what is in it: somebody put something into it that somebody else removed. */
static int conflict_below(const struct model *m, const struct node *dir)
{
    size_t i;

    for (i = 0; i < m->node_count; i++)
    {
        const struct node *node = &m->nodes[i];

        if (!is_below(node->key, dir->key)) continue;
        if (may_conflict(m, node) || node->failed) return 1;
        if (node->began[MODEL_LOCAL] != node->began[MODEL_ORIGIN]
            && version_at(m, node, MODEL_ORIGIN)->kind != MODEL_NONE) return 1;
    }
    return 0;
}

static int was_dir(const struct model *m, const struct node *node)
{
    int i;

    for (i = 0; i < node->candidate_count; i++) if (m->versions[node->candidates[i]].kind == MODEL_DIR) return 1;
    return 0;
}

/* Where one rename took the path; back: where it came from. */
static const struct node *moved_by(const struct model *m, unsigned rename, const struct node *node, int back)
{
    const char *old = m->renames[rename].from, *new = m->renames[rename].to, *from = back ? new : old, *to = back ? old : new;
    char path[2 * MODEL_PATH];

    if (strcmp(node->key, from) && !is_below(node->key, from)) return NULL;
    snprintf(path, sizeof(path), "%s%s", to, node->key + strlen(from));
    path[MODEL_PATH - 1] = 0;
    return find_node(m, path);
}

/* The same of the newest rename. */
static const struct node *moved_to(const struct model *m, const struct node *node, int back)
{
    const struct node *to;
    unsigned i;

    for (i = m->rename_count; i--;)
        if ((to = moved_by(m, i, node, back))) return to;
    return NULL;
}

static int was_moved(const struct model *m, const struct node *node)
{
    unsigned i;

    for (i = 0; i < m->rename_count; i++)
        if (!strcmp(node->key, m->renames[i].from) || is_below(node->key, m->renames[i].from)) return 1;
    return 0;
}

static int conflict_is_real(const struct model *m, const struct node *node)
{
    const struct node *from = moved_to(m, node, 1);
    size_t i;

    if (may_conflict(m, node) || (from && may_conflict(m, from))) return 1;
    if (was_dir(m, node) && conflict_below(m, node)) return 1;
    for (i = 0; i < m->node_count; i++)      /* what contains it is something else on the other side */
        if (is_below(node->key, m->nodes[i].key) && may_conflict(m, &m->nodes[i])) return 1;
    return 0;
}

int model_in_conflict(const struct model *m, const char *path)
{
    const struct node *node = find_node(m, path);

    return node && may_conflict(m, node);
}

static void check_conflict(struct model *m, const struct node *node)
{
    if (conflict_is_real(m, node)) return;
    complain(m, "%s: a conflict was told, but only one side changed or both are equal", node->key);
}

void model_conflict(struct model *m, const char *path, enum model_policy answer)
{
    struct node *node = get_node(m, path);

    if (m->policy != MODEL_UNDECIDED && node->policy == m->policy && !node->asked) node->policy = answer;
    else if (answer != MODEL_UNDECIDED) node->policy = answer;
    node->asked = 1;
    check_conflict(m, node);
}

void model_unsolved(struct model *m, const char *path)
{
    struct node *node = get_node(m, path);

    node->unsolved = 1;
    check_conflict(m, node);
    node->uncertain = 1;         /* it was told: it may be decided about until both sides agree */
}

void model_expect_copy(struct model *m, const char *path)
{
    get_node(m, path)->copy = 1;
}

int model_failed(struct model *m, const char *path)
{
    struct node *node = get_node(m, path);
    size_t i;

    node->failed = 1;
    if (is_mixed(m, node)) node->unsolved = 1;
    if (was_dir(m, node) && conflict_below(m, node)) node->unsolved = 1;
    /* who only writes to the origin, or pins what is there, finds out below that a directory above is none on the other side */
    for (i = 0; i < m->node_count; i++)
        if (is_below(node->key, m->nodes[i].key)
            && (version_at(m, &m->nodes[i], MODEL_ORIGIN)->kind == MODEL_FILE || is_mixed(m, &m->nodes[i]))) return 1;
    return node->unsolved;
}

/* Whether newer descends from a version or from one with the same content: written once more in the same tick of a coarse
 * clock, which leaves no trace; or at any time and by anybody, when the engine may have agreed on both between two edits. */
static int is_superseded(const struct model *m, const struct node *node, int version, int newer, const struct model_end *end)
{
    const struct version *v = &m->versions[version];
    int i, always = node->edited || node->uncertain;

    if (is_ancestor(m, version, newer)) return 1;
    /* changed and changed back, its time as well: as if nobody had done anything */
    for (i = 1; v->kind == MODEL_FILE && i < m->version_count; i++)
        if (is_ancestor(m, i, newer) && is_ancestor(m, i, version) && same_thing(m, i, version)
            && m->versions[i].readonly == v->readonly && m->versions[i].mtime == v->mtime) return 1;
    for (i = 1; (end->coarse || always) && v->kind == MODEL_FILE && i < m->version_count; i++)
        if (is_ancestor(m, i, newer) && same_thing(m, i, version) && m->versions[i].readonly == v->readonly
            && (always || (is_ancestor(m, i, version) && m->versions[i].mtime + end->coarse >= v->mtime))) return 1;
    return 0;
}

/* What each node shows.  end: NULL in the middle of a run. */
static void look(struct model *m, enum model_side side, const struct model_tree *tree, const struct model_end *end)
{
    struct node *node;
    size_t i;

    for (i = 0; i < m->node_count; i++) m->nodes[i].seen[side] = NULL;
    for (i = 0; i < tree->count; i++)
    {
        if (tree->list[i].temporary) continue;
        node = get_node(m, tree->list[i].path);
        /* somebody made the other one in the instant in which the engine put one there: the next look puts it away */
        if (node->seen[side] && end && side == MODEL_LOCAL && node->edited) node->twice = 1;
        if (node->seen[side] && end && (side != MODEL_LOCAL || !node->twice || end->whole))
            complain(m, "%s: twice in the %s: '%s' and '%s'", node->key, side_names[side], node->seen[side]->path,
                     tree->list[i].path);
        node->seen[side] = &tree->list[i];
    }
}

/* The version of what a rename brought under a name, -1: none. */
static int renamed_here(const struct model *m, const struct node *node, const struct model_entry *seen)
{
    const struct node *from = moved_to(m, node, 1);
    int i;

    for (i = 0; from && seen && i < from->candidate_count; i++)
        if (matches(m, from->candidates[i], seen)) return from->candidates[i];
    return -1;
}

/* Which of the versions of this run somebody sees there, attributes included; -1: none. */
static int glimpsed(const struct model *m, const struct node *node, const struct model_entry *seen)
{
    int i, found = -1;

    for (i = 0; i < node->candidate_count; i++)
    {
        if (!matches(m, node->candidates[i], seen)) continue;
        if (!seen || m->versions[node->candidates[i]].readonly == seen->readonly) return node->candidates[i];
        if (found < 0) found = node->candidates[i];
    }
    return found;
}

void model_glimpse(struct model *m, enum model_side side, const struct model_tree *tree)
{
    size_t n;
    int i;

    look(m, side, tree, NULL);
    for (n = 0; n < m->node_count; n++)
    {
        struct node *node = &m->nodes[n];

        if (matches(m, node->cur[side], node->seen[side]))
        {
            /* who sees the other side's attributes there knows of its version */
            for (i = 0; node->seen[side] && node->seen[side]->readonly != version_at(m, node, side)->readonly
                        && i < node->candidate_count; i++)
                if (matches(m, node->candidates[i], node->seen[side])
                    && m->versions[node->candidates[i]].readonly == node->seen[side]->readonly)
                    node->cur[side] = node->candidates[i];
            continue;
        }
        if ((i = glimpsed(m, node, node->seen[side])) >= 0) node->cur[side] = i;
        else if (!node->seen[side])
        {
            /* a directory that was decided against: who makes something in its place knows that it is gone */
            if (version_at(m, node, side)->kind == MODEL_DIR)
                node->cur[side] = new_version(m, MODEL_NONE, 0, 0, 0, node->cur[side], NOTHING);
            else node->cur[side] = NOTHING;
        }
        else if ((i = renamed_here(m, node, node->seen[side])) >= 0) node->cur[side] = i;
        else
        {
            /* a copy, or something of long ago that came back: judged at the end; who edits it now saw it */
            node->cur[side] = new_version(m, node->seen[side]->kind, node->seen[side]->content, node->seen[side]->readonly,
                                          0, NOTHING, NOTHING);
        }
    }
}

/* -- judging -- */

static int in_litter(const struct model_tree *tree, int content)
{
    size_t i;

    for (i = 0; i < tree->count; i++)
        if (tree->list[i].temporary && tree->list[i].kind == MODEL_FILE && tree->list[i].content == content) return 1;
    return 0;
}

static int dir_in_litter(const struct model_tree *tree)
{
    size_t i;

    for (i = 0; i < tree->count; i++) if (tree->list[i].temporary && tree->list[i].kind == MODEL_DIR) return 1;
    return 0;
}

static int was_in_litter(const struct model *m, enum model_side side, int content)
{
    int i;

    for (i = 0; i < m->litter_count[side]; i++) if (m->litter[side][i] == content) return 1;
    return 0;
}

static int holds(const struct node *node, int side, int content)
{
    return node->seen[side] && node->seen[side]->kind == MODEL_FILE && node->seen[side]->content == content;
}

/* Is the content at the node's path, where that was renamed to, or in a copy that shows? */
static int is_present(const struct model *m, const struct node *node, int content)
{
    const struct node *to;
    unsigned rename;
    size_t i;
    int side;

    for (side = 0; side < MODEL_SIDES; side++)
    {
        if (holds(node, side, content)) return 1;
        /* each side may have renamed it to another name */
        for (rename = 0; rename < m->rename_count; rename++)
            if ((to = moved_by(m, rename, node, 0)) && holds(to, side, content)) return 1;
        for (i = 0; i < m->node_count; i++)
            if (m->nodes[i].seen[side] && is_kept_copy(&m->nodes[i]) && m->nodes[i].seen[side]->content == content
                && m->nodes[i].seen[side]->kind == MODEL_FILE) return 1;
    }
    return 0;
}

/* May the version of a side go because somebody decided so? */
static int decided_here(const struct model *m, const struct node *node, enum model_side side, const struct model_end *end)
{
    const struct version *v = &m->versions[node->began[side]], *other = &m->versions[node->began[!side]];

    if (!may_conflict(m, node)) return 0;
    switch (node->policy)
    {
    case MODEL_KEEP_LOCAL: return side == MODEL_ORIGIN;
    case MODEL_KEEP_REMOTE: return side == MODEL_LOCAL;
    case MODEL_KEEP_LATEST:
        if (v->kind == MODEL_NONE) return 1;
        if (other->kind == MODEL_NONE) return 0;
        if (v->kind == MODEL_DIR || other->kind == MODEL_DIR) return 1;      /* its time is the newest below it */
        return v->shown[side] < other->shown[!side] + end->slack;
    case MODEL_KEEP_ALL: return 1;           /* the copy is asked for below */
    default: return 0;
    }
}

/* The other way round: a rename brought something of the origin under a name where the cache has something else. */
static int decided_there(const struct model *m, const struct node *node, const struct model_end *end)
{
    const struct node *from = moved_to(m, node, 1);
    int mine = node->began[MODEL_LOCAL], theirs;

    if (!from || (node->policy != MODEL_KEEP_REMOTE && node->policy != MODEL_KEEP_LATEST && node->policy != MODEL_KEEP_ALL))
        return 0;
    theirs = from->began[MODEL_ORIGIN];
    if (m->versions[theirs].kind == MODEL_NONE || ordered(m, mine, theirs)) return 0;
    if (node->policy == MODEL_KEEP_ALL) return 1;    /* the copy is asked for where it goes */
    if (m->versions[theirs].kind == MODEL_DIR)       /* its time decides nothing */
        return node->policy == MODEL_KEEP_REMOTE && m->versions[mine].kind == MODEL_FILE;
    return node->policy == MODEL_KEEP_REMOTE || m->versions[mine].mtime < m->versions[theirs].mtime + end->slack;
}

/* The same, for what is in a directory about which it was decided. */
static int is_decided(const struct model *m, const struct node *node, enum model_side side, const struct model_end *end)
{
    const struct node *to = moved_to(m, node, 0);
    size_t i;

    if (decided_here(m, node, side, end) || (side == MODEL_LOCAL && decided_there(m, node, end))) return 1;
    /* a directory in which something is in conflict is a conflict itself */
    if (side == MODEL_LOCAL && node->policy == MODEL_KEEP_REMOTE && was_dir(m, node) && conflict_below(m, node))
        return 1;
    /* a rename was carried out first, and the question was asked about the new name */
    if (to && to->asked && side == MODEL_ORIGIN && to->policy == MODEL_KEEP_LOCAL) return 1;
    /* ... or the later of the two was to be kept */
    if (to && side == MODEL_ORIGIN && to->policy == MODEL_KEEP_LATEST && m->versions[to->began[MODEL_LOCAL]].kind == MODEL_FILE
        && m->versions[node->began[side]].mtime < m->versions[to->began[MODEL_LOCAL]].mtime + end->slack) return 1;
    for (i = 0; i < m->node_count; i++)
        if (is_below(node->key, m->nodes[i].key) && decided_here(m, &m->nodes[i], side, end)) return 1;
    return 0;
}

static int live_below(const struct model *m, const struct node *dir, enum model_side side)
{
    size_t i;

    for (i = 0; i < m->node_count; i++)
        if (m->nodes[i].seen[side] && is_below(m->nodes[i].key, dir->key)) return 1;
    return 0;
}

/* The same thing with the attributes that are seen: content and attributes travel one after the other, and of two versions
 * that differ in nothing else either may be the one that stands there. */
static int with_attributes(struct model *m, struct node *node, enum model_side side, int version)
{
    const struct model_entry *seen = node->seen[side];
    const struct version *v = &m->versions[version];
    int i;

    if (!seen || seen->kind != MODEL_FILE || v->kind != MODEL_FILE || v->content != seen->content
        || v->readonly == seen->readonly) return version;
    for (i = m->version_count; --i > 0;)
        if (m->versions[i].readonly == seen->readonly && same_thing(m, i, version)
            && (is_ancestor(m, i, version) || is_ancestor(m, version, i))) return i;
    return new_version(m, MODEL_FILE, v->content, seen->readonly, v->mtime, version, NOTHING);
}

static const char *describe(const struct model *m, int version)
{
    static char text[6][32];
    static unsigned turn;
    const struct version *v = &m->versions[version];
    char *out = text[turn++ % 6];

    if (version == NOTHING) strcpy(out, "nothing");
    else if (v->kind == MODEL_NONE) snprintf(out, 32, "a deletion (v%d)", version);
    else if (v->kind == MODEL_DIR) snprintf(out, 32, "a directory (v%d)", version);
    else snprintf(out, 32, "content %d%s (v%d)", v->content, v->readonly ? " r/o" : "", version);
    return out;
}

static const char *describe_seen(const struct model_entry *entry)
{
    static char text[4][32];
    static unsigned turn;
    char *out = text[turn++ % 4];

    if (!entry) return "nothing";
    if (entry->kind == MODEL_DIR) return "a directory";
    if (entry->content < 0) return "an incomplete file";
    snprintf(out, 32, "content %d%s", entry->content, entry->readonly ? " r/o" : "");
    return out;
}

/* What somebody did on one side to what was renamed on the other goes with it.  The version that this makes, -1: none. */
static int follow_rename(struct model *m, const struct node *node, enum model_side side)
{
    const struct node *from = moved_to(m, node, 1);
    const struct model_entry *seen = node->seen[side];
    int renamed, there, i, s, unchanged;

    if (!from) return -1;
    for (s = 0; s < MODEL_SIDES; s++)
    {
        there = from->began[s];
        renamed = node->began[!s];       /* s did not rename */
        if (!matches(m, there, seen)) continue;
        /* what was renamed was not changed as well */
        for (unchanged = 0, i = 1; !unchanged && i < m->version_count; i++)
            unchanged = is_ancestor(m, i, there) && is_ancestor(m, i, renamed) && same_thing(m, i, renamed);
        if (m->versions[node->began[side]].kind == MODEL_NONE && seen)
        {
            if (!unchanged && seen->kind == MODEL_FILE) return there;
            break;
        }
        /* that it came here is no deletion */
        if (m->versions[there].moved && is_ancestor(m, m->versions[there].gone, node->began[s])) continue;
        if (!seen && (is_ancestor(m, m->versions[there].gone, renamed) || (unchanged && m->versions[there].kind == MODEL_NONE)))
            break;
        if (seen && unchanged) break;
    }
    if (s == MODEL_SIDES) return -1;
    return new_version(m, m->versions[there].kind, m->versions[there].content, m->versions[there].readonly,
                       m->versions[there].mtime, there, m->versions[renamed].kind == MODEL_NONE ? node->began[side] : renamed);
}

/* Whether somebody replaced a version under the name that a rename gave it. */
static int is_given_up_in(const struct model *m, int version, const struct node *node)
{
    int i;

    for (i = 0; i < node->candidate_count; i++)
        if (node->candidates[i] != version && is_ancestor(m, version, node->candidates[i])) return 1;
    return 0;
}

/* Whether a directory that it is in was decided about in this run. */
static int decided_above(const struct model *m, const struct node *node)
{
    size_t i;

    for (i = 0; i < m->node_count; i++)
        if (is_below(node->key, m->nodes[i].key) && m->nodes[i].policy != MODEL_UNDECIDED && may_conflict(m, &m->nodes[i]))
            return 1;
    return 0;
}

/* The directory of the origin came back in the place of a file: what is in it is as new, pinned or not, for the cache. */
static int is_forgotten_with(const struct model *m, const struct node *node)
{
    size_t i;

    for (i = 0; i < m->node_count; i++)
    {
        const struct node *above = &m->nodes[i];

        if (is_below(node->key, above->key) && (above->policy == MODEL_KEEP_REMOTE || above->policy == MODEL_KEEP_ALL)
            && m->versions[above->began[MODEL_LOCAL]].kind == MODEL_FILE
            && m->versions[above->began[MODEL_ORIGIN]].kind == MODEL_DIR) return 1;
    }
    return 0;
}

/* May the cache be without what the origin has?  A cached file is there until somebody asks for room, a power loss makes its
 * content doubtful, or something else was to take its place when things went wrong. */
static int may_be_given_up(const struct model *m, const struct node *node, const struct model_end *end)
{
    const struct node *above;
    size_t i;

    if (node->forget || end->torn || end->crashed || end->limited || may_conflict(m, node)) return 1;
    for (i = 0; i < m->node_count; i++)
    {
        above = &m->nodes[i];
        if (is_below(node->key, above->key) && (above->forget || may_conflict(m, above))) return 1;
    }
    return 0;
}

/* A rename in the cache, and it was decided for what the origin has under the new name. */
static int rename_is_decided(const struct model *m, const struct node *node, const struct model_end *end)
{
    const struct node *to;
    unsigned rename;

    for (rename = 0; rename < m->rename_count; rename++)
        if (m->renames[rename].side == MODEL_LOCAL && (to = moved_by(m, rename, node, 0)) && to != node
            && (to->policy == MODEL_KEEP_REMOTE || to->policy == MODEL_KEEP_LATEST) && is_decided(m, to, MODEL_LOCAL, end)) return 1;
    return 0;
}

/* The version that a side holds now, when nobody but the engine worked on the node. */
static int judge_side(struct model *m, struct node *node, enum model_side side, const struct model_tree trees[MODEL_SIDES],
                      const struct model_end *end)
{
    const struct model_entry *seen = node->seen[side], *seen_there = node->seen[!side];
    int before = node->began[side], other = node->began[!side], i;
    const struct version *v = &m->versions[before];
    const struct node *from;

    if (matches(m, before, seen))
    {
        /* attributes alone may follow the other side */
        if (!seen || seen->kind != MODEL_FILE || seen->readonly == v->readonly) return before;
        /* a rename on this side goes first: there they stood under the old name */
        if (m->versions[other].kind == MODEL_NONE && (from = moved_to(m, node, 1)) && same_thing(m, before, from->began[!side]))
            other = from->began[!side];
        if (m->versions[other].kind == MODEL_FILE && m->versions[other].readonly == seen->readonly)
            return same_thing(m, before, other) ? other
                   : new_version(m, MODEL_FILE, v->content, seen->readonly, v->mtime, before, NOTHING);
        complain(m, "%s: its attributes in the %s changed by themselves", node->key, side_names[side]);
        return before;
    }
    /* the disk failed when the damage of a power loss was looked for: before anything is done it is looked for again, or, when
     * the share went offline meanwhile, compared */
    if (end->torn && end->littered && side == MODEL_LOCAL && seen && seen->kind == MODEL_FILE && seen->content <= 0)
        node->damaged = 1;
    if (side == MODEL_LOCAL && !(seen && seen->kind == MODEL_FILE && seen->content <= 0)) node->damaged = 0;
    if (side == MODEL_LOCAL && node->damaged)
    {
        node->uncertain = 1;
        return before;
    }
    if (seen && seen->kind == MODEL_FILE && seen->content < 0 && !is_kept_damage(m, node, seen))
    {
        complain(m, "%s: an incomplete file in the %s, where %s was", node->key, side_names[side], describe(m, before));
        return before;
    }

    /* it follows the other side */
    if (matches(m, other, seen) && (seen || other != NOTHING || before == NOTHING))
    {
        if (is_superseded(m, node, before, other, end) || is_decided(m, node, side, end)) return other;
        /* given up with its changes, and fetched again by another client at the same time */
        if (side == MODEL_LOCAL && node->forget == 2) return other;
        if (seen && seen->kind == MODEL_DIR && (live_below(m, node, side) || live_below(m, node, !side))) return other;
        if (seen && seen->kind == MODEL_DIR && v->kind == MODEL_NONE && (node->may_return || !is_ancestor(m, other, before)))
            return other;
        if (!seen && v->kind == MODEL_DIR) return other;     /* what was in it is judged by itself */
        /* a deletion of what the other side never had, or of a directory where there is a new file now */
        if (v->kind == MODEL_NONE && seen && !is_ancestor(m, v->gone, other)) return other;
        /* a file of which nobody knows that both sides had it: it is not deleted because one of them lacks it */
        if (v->kind == MODEL_NONE && seen && node->uncertain) return other;
        if (v->kind == MODEL_NONE && m->versions[v->gone].kind == MODEL_DIR && seen && seen->kind == MODEL_FILE) return other;
        /* it was decided against the name that it had got: nobody deleted it */
        if (side == MODEL_LOCAL && v->moved && seen && rename_is_decided(m, node, end)) return other;
    }

    if ((i = follow_rename(m, node, side)) >= 0) return i;
    /* a rename that was cut off may be undone */
    if (v->moved && seen && (end->cut || m->cut_ever))
    {
        if (matches(m, v->gone, seen)) return v->gone;
        if (matches(m, other, seen)) return other;
        /* with what was written under the new name since */
        if ((from = moved_to(m, node, 0)) && matches(m, from->began[side], seen)) return from->began[side];
    }
    if (!seen)
    {
        /* a server that lost its power, too: what was not flushed there was not agreed on, and the cache has it */
        if (end->origin_torn && side == MODEL_ORIGIN && node->uncertain && matches(m, before, seen_there)) return NOTHING;
        /* renamed into a directory that had to give way, and kept its content under a name that shows */
        if (v->kind == MODEL_FILE && was_moved(m, node) && is_present(m, node, v->content))
            return new_version(m, MODEL_NONE, 0, 0, 0, before, NOTHING);
        /* what the cache gives up, the origin must have */
        if (side == MODEL_LOCAL && v->kind == MODEL_DIR) return NOTHING;
        if (side == MODEL_LOCAL && node->forget == 2) return NOTHING;
        /* both are kept, and in a full cache there is no room for the origin's yet */
        if (side == MODEL_LOCAL && node->policy == MODEL_KEEP_ALL && seen_there && end->limited && v->kind == MODEL_FILE
            && is_present(m, node, v->content)) return NOTHING;
        /* room was wanted, and the origin has it */
        if (side == MODEL_LOCAL && end->limited && seen_there && same_thing(m, before, other)) return NOTHING;
        if (is_decided(m, node, side, end))
        {
            /* a power loss may take from the cache what nobody changed there, and it is gone from the origin by somebody's will */
            if (node->policy == MODEL_KEEP_ALL && v->kind == MODEL_FILE && !is_present(m, node, v->content)
                && !(end->torn && is_ancestor(m, before, other)) && !in_litter(&trees[0], v->content) && !in_litter(&trees[1], v->content))
                complain(m, "%s: %s is gone, and both were to be kept", node->key, describe(m, before));
            return new_version(m, MODEL_NONE, 0, 0, 0, before, NOTHING);
        }
        if (side == MODEL_LOCAL && seen_there && (is_ancestor(m, before, other) || same_thing(m, before, other))
            && may_be_given_up(m, node, end)) return NOTHING;
        /* another client's synchronization has sent it meanwhile */
        if (side == MODEL_LOCAL && v->kind == MODEL_FILE && seen_there && matches(m, before, seen_there)
            && may_be_given_up(m, node, end)) return NOTHING;
        if ((end->cut || m->cut_ever) && v->kind == MODEL_FILE && in_litter(&trees[side], v->content))
        {
            /* on its way; it has to come back, or to be superseded */
            if (node->owed_count < OWED) node->owed[node->owed_count++] = before;
            return NOTHING;
        }
        if ((from = moved_to(m, node, 0)) && (matches(m, before, from->seen[side]) || v->kind == MODEL_DIR
                                              || is_given_up_in(m, before, from)))
            return new_version(m, MODEL_NONE, 0, 0, 0, before, other);
        complain(m, "%s: %s vanished from the %s; the other side had %s", node->key, describe(m, before),
                 side_names[side], describe(m, other));
        return before;
    }

    if (m->cut_ever || end->torn)
        for (i = node->past_count[side]; i--;)
        {
            int past = node->past[side][i];

            if (!matches(m, past, seen)) continue;
            if (end->torn && side == MODEL_LOCAL) return past;
            /* the same of a server: what a killed upload had not flushed was not agreed on, and the cache has it */
            if (end->origin_torn && node->uncertain && matches(m, before, seen_there)) return past;
            if (seen->kind == MODEL_FILE && was_in_litter(m, side, seen->content)) return past;
            if (seen->kind == MODEL_DIR) return past;
        }
    /* the origin's came back from where a crash had left it, and was decided for at once */
    if (m->cut_ever && side == MODEL_LOCAL && seen->kind == MODEL_FILE && may_conflict(m, node)
        && (node->policy == MODEL_KEEP_REMOTE || node->policy == MODEL_KEEP_LATEST))
        for (i = node->past_count[!side]; i--;)
        {
            const struct version *theirs = &m->versions[node->past[!side][i]];

            if (!matches(m, node->past[!side][i], seen) || !was_in_litter(m, !side, seen->content)) continue;
            if (node->policy == MODEL_KEEP_LATEST && v->kind == MODEL_FILE && v->mtime >= theirs->mtime + end->slack) continue;
            node->took_litter = 1;
            return node->past[!side][i];
        }
    /* the same of a directory */
    if (m->cut_ever && side == MODEL_LOCAL && seen->kind == MODEL_DIR && seen_there && seen_there->kind == MODEL_DIR)
        for (i = node->past_count[MODEL_ORIGIN]; i--;)
        {
            int theirs = node->past[MODEL_ORIGIN][i];

            if (matches(m, theirs, seen) && (ordered(m, before, theirs) || node->policy == MODEL_KEEP_REMOTE
                                             || node->policy == MODEL_KEEP_LATEST)) return theirs;
        }
    for (i = 0; i < node->owed_count; i++) if (matches(m, node->owed[i], seen)) return node->owed[i];
    if (seen->kind == MODEL_DIR && live_below(m, node, side)) return new_version(m, MODEL_DIR, 0, 0, 0, before, other);
    if (is_kept_copy(node) && v->kind == MODEL_NONE)
        return new_version(m, seen->kind, seen->content, seen->readonly, 0, NOTHING, NOTHING);
    if (side == MODEL_LOCAL && decided_there(m, node, end) && matches(m, moved_to(m, node, 1)->began[MODEL_ORIGIN], seen))
        return moved_to(m, node, 1)->began[MODEL_ORIGIN];
    if (v->kind == MODEL_FILE && (i = renamed_here(m, node, seen)) >= 0
        && is_superseded(m, moved_to(m, node, 1), before, i, end)) return i;
    /* a rename was carried out here: it is what stood under the old name, and nothing that was written elsewhere is in it */
    if (v->kind == MODEL_NONE && (from = moved_to(m, node, 1)))
    {
        if (matches(m, from->began[side], seen)) return from->began[side];
        if ((i = renamed_here(m, node, seen)) >= 0) return i;
        if (seen->kind == MODEL_DIR) return new_version(m, MODEL_DIR, 0, 0, 0, before, other);
    }
    /* a call that was given up when it hung came back late: what its user had here before the last edits */
    if (end->late && side == MODEL_ORIGIN)
        for (i = 1; i < m->version_count; i++)
            if (matches(m, i, seen) && ((is_ancestor(m, before, i) && is_ancestor(m, i, other))
                                        /* a directory that was removed since is made once more */
                                        || (seen->kind == MODEL_DIR && is_ancestor(m, i, before)))) return i;
    complain(m, "%s: the %s had %s, now it has %s; the other side had %s", node->key, side_names[side],
             describe(m, before), describe_seen(seen), describe(m, other));
    return before;
}

/* The same, when somebody edited the node in the middle of the run. */
static int judge_edited(struct model *m, struct node *node, enum model_side side, const struct model_tree trees[MODEL_SIDES],
                        const struct model_end *end)
{
    const struct model_entry *seen = node->seen[side];
    int best = -1, i;

    if (matches(m, node->cur[side], seen)) return node->cur[side];
    for (i = 0; i < node->candidate_count; i++)
    {
        if (!matches(m, node->candidates[i], seen)) continue;
        if (best < 0 || is_ancestor(m, best, node->candidates[i])) best = node->candidates[i];
    }
    if (best >= 0) return best;
    if ((i = renamed_here(m, node, seen)) >= 0) return i;
    for (i = node->past_count[side]; end->origin_torn && side == MODEL_ORIGIN && i--;)
        if (matches(m, node->past[side][i], seen)) return node->past[side][i];
    if (!seen) return NOTHING;       /* whether something is missing is judged for both sides together */
    if (seen->kind == MODEL_DIR && live_below(m, node, side)) return new_version(m, MODEL_DIR, 0, 0, 0, NOTHING, NOTHING);
    if (seen->kind == MODEL_FILE && seen->content >= 0)
    {
        for (i = node->past_count[side]; i--;)
            if (matches(m, node->past[side][i], seen) && was_in_litter(m, side, seen->content)) return node->past[side][i];
    }
    if (is_kept_copy(node)) return new_version(m, seen->kind, seen->content, seen->readonly, 0, NOTHING, NOTHING);
    (void)trees; (void)end;
    complain(m, "%s: the %s has %s, which nobody put there", node->key, side_names[side], describe_seen(seen));
    return node->cur[side];
}

/* What a user wrote and nobody gave up must be somewhere. */
static void check_lost(struct model *m, struct node *node, const struct model_tree trees[MODEL_SIDES],
                       const struct model_end *end)
{
    int all[CANDIDATES + OWED], count = 0, i, j, now[MODEL_SIDES] = { node->cur[0], node->cur[1] }, still = 0;
    const struct node *to = moved_to(m, node, 0);
    int was_owed = node->owed_count;

    for (i = 0; i < node->candidate_count; i++) all[count++] = node->candidates[i];
    for (i = 0; i < was_owed; i++) all[count++] = node->owed[i];
    node->owed_count = 0;
    for (i = 0; i < count; i++)
    {
        const struct version *v = &m->versions[all[i]];
        int given_up = 0;

        if (v->kind != MODEL_FILE || is_present(m, node, v->content)) continue;
        for (j = 0; j < count; j++)
            if (all[j] != all[i] && is_ancestor(m, all[i], all[j])) given_up = 1;
        for (j = 0; j < MODEL_SIDES; j++)
            if (now[j] != all[i] && is_superseded(m, node, all[i], now[j], end)) given_up = 1;
        if (node->forget == 2 || (to && is_given_up_in(m, all[i], to))) given_up = 1;
        if (node->took_litter && all[i] == node->began[MODEL_LOCAL]) given_up = 1;
        if (given_up) continue;
        if (node->policy != MODEL_KEEP_ALL)
        {
            if (node->edited && node->policy != MODEL_UNDECIDED) continue;
            if (all[i] == node->began[MODEL_LOCAL] && is_decided(m, node, MODEL_LOCAL, end)) continue;
            if (all[i] == node->began[MODEL_ORIGIN] && is_decided(m, node, MODEL_ORIGIN, end)) continue;
        }
        if ((end->cut || m->cut_ever) && (in_litter(&trees[0], v->content) || in_litter(&trees[1], v->content)))
        {
            if (still < OWED) node->owed[still++] = all[i];
            continue;
        }
        complain(m, "%s: %s is nowhere any more; the cache has %s, the origin %s", node->key, describe(m, all[i]),
                 describe_seen(node->seen[MODEL_LOCAL]), describe_seen(node->seen[MODEL_ORIGIN]));
    }
    node->owed_count = still;
}

/* Whether other content stood there in between: what is the same again, as any two empty files are, is not the same file. */
static int was_written_over(const struct model *m, int older, int newer)
{
    int i;

    for (i = 1; i < m->version_count; i++)
        if (m->versions[i].kind == MODEL_FILE && !same_thing(m, i, older) && is_ancestor(m, older, i) && is_ancestor(m, i, newer))
            return 1;
    return 0;
}

/* A rename in the cache takes nothing away: what stands under the new name, in conflict or not sent yet, stays on the origin
 * under the old one; and so it does when it is decided against the new name. */
static void check_moved(struct model *m, const struct node *node)
{
    int was = node->began[MODEL_ORIGIN], deletion = node->began[MODEL_LOCAL], cached = 0;
    const struct version *v = &m->versions[was];
    const struct node *to;
    unsigned rename;
    size_t i;

    if (v->kind != MODEL_FILE || node->edited || node->seen[MODEL_ORIGIN] || !m->versions[deletion].moved
        || !same_thing(m, m->versions[deletion].gone, was)) return;
    for (i = 0; i < m->node_count; i++)
    {
        if (holds(&m->nodes[i], MODEL_ORIGIN, v->content)) return;
        cached |= holds(&m->nodes[i], MODEL_LOCAL, v->content);
    }
    for (rename = 0; rename < m->rename_count; rename++)
    {
        if (m->renames[rename].side != MODEL_LOCAL || !(to = moved_by(m, rename, node, 0)) || to == node || to->edited
            || was_written_over(m, was, to->began[MODEL_LOCAL])) continue;
        if (holds(to, MODEL_LOCAL, v->content))
            complain(m, "%s: %s was removed from the origin, and %s, which it was renamed to, did not get there", node->key,
                     describe(m, was), to->key);
        else if (!cached && same_thing(m, to->began[MODEL_LOCAL], was) && to->forget != 2
                 && !is_ancestor(m, was, to->began[MODEL_ORIGIN]))
            complain(m, "%s: %s was removed from the origin, and is nowhere any more: it was decided against %s, which it was renamed to",
                     node->key, describe(m, was), to->key);
        else continue;
        return;
    }
}

static void remember_past(struct node *node, enum model_side side, int version)
{
    if (version == NOTHING || version == node->cur[side]) return;
    if (node->past_count[side] == PAST)
    {
        memmove(node->past[side], node->past[side] + 1, (PAST - 1) * sizeof(int));
        node->past_count[side]--;
    }
    node->past[side][node->past_count[side]++] = version;
}

/* Both show the same: from now on it has both histories. */
static void join(struct model *m, struct node *node, const struct model_end *end)
{
    int l = node->cur[MODEL_LOCAL], o = node->cur[MODEL_ORIGIN], joined, side;
    const struct version *v = &m->versions[o];

    if (l == o || !same_thing(m, l, o)) return;
    if (v->kind == MODEL_FILE && v->readonly != m->versions[l].readonly) return;
    if (!end->whole) node->uncertain = 1;        /* nobody looked */
    if (is_ancestor(m, l, o)) joined = o;
    else if (is_ancestor(m, o, l)) joined = l;
    else joined = new_version(m, v->kind, v->content, v->readonly, v->mtime, l, o);
    m->versions[joined].shown[MODEL_LOCAL] = m->versions[l].shown[MODEL_LOCAL];
    m->versions[joined].shown[MODEL_ORIGIN] = v->shown[MODEL_ORIGIN];
    /* of the same content with two times one may have come over */
    for (side = 0; side < MODEL_SIDES; side++)
        if (v->kind == MODEL_FILE && node->seen[side]) m->versions[joined].shown[side] = node->seen[side]->mtime;
    node->cur[MODEL_LOCAL] = node->cur[MODEL_ORIGIN] = joined;
}

/* In conflict, or in a directory that is, which nobody goes into. */
static int is_unsettled(const struct model *m, const struct node *node)
{
    size_t i;

    if (node->unsolved || (node->policy != MODEL_UNDECIDED && may_conflict(m, node))) return 1;
    for (i = 0; i < m->node_count; i++) if (m->nodes[i].unsolved && is_below(node->key, m->nodes[i].key)) return 1;
    return 0;
}

/* Whether what had this name on the origin was renamed to a name in conflict.  One of several renames from a name that was
 * used again may be the one. */
static int leads_into_conflict(const struct model *m, const struct node *node, const struct node *but)
{
    const struct node *to;
    unsigned rename;

    for (rename = 0; rename < m->rename_count; rename++)
        if ((to = moved_by(m, rename, node, 0)) && to != but && is_unsettled(m, to)) return 1;
    return 0;
}

static int is_exempt(const struct model *m, const struct node *node)
{
    const struct node *from;
    size_t i, k;

    /* what was renamed to a name in conflict keeps its old one on the origin until that is solved */
    if (node->unsolved || leads_into_conflict(m, node, NULL)) return 1;
    /* ... its old one in a directory that was renamed since */
    for (i = 0; i < m->rename_count; i++)
        if ((from = moved_by(m, i, node, 1)) && leads_into_conflict(m, from, node)) return 1;
    for (i = 0; i < m->rename_count; i++)
    {
        const struct node *target = find_node(m, m->renames[i].to);

        /* in it, or around it */
        if (!target || !(is_below(node->key, m->renames[i].from) || is_below(m->renames[i].from, node->key))) continue;
        if (is_unsettled(m, target)) return 1;
    }
    for (i = 0; i < m->node_count; i++)
    {
        const struct node *near = &m->nodes[i];

        if (near->unsolved && (is_below(node->key, near->key) || is_below(near->key, node->key))) return 1;
        /* a directory that was deleted in the cache stays as it is on the origin while something in it is in conflict */
        if (version_at(m, near, MODEL_LOCAL)->kind != MODEL_NONE || !is_below(node->key, near->key)) continue;
        for (k = 0; k < m->node_count; k++)
            if (m->nodes[k].unsolved && is_below(m->nodes[k].key, near->key)) return 1;
    }
    return 0;
}

/* A directory that was deleted in the cache, and the deletion was decided for: what the cache never held stays on the
 * origin, and comes with the next synchronization as something new (Q40). */
static int comes_next(const struct model *m, const struct node *node)
{
    size_t i;

    if (node->began[MODEL_LOCAL] != NOTHING && m->versions[node->began[MODEL_LOCAL]].kind != MODEL_NONE) return 0;
    for (i = 0; i < m->node_count; i++)
    {
        const struct node *above = &m->nodes[i];

        if (above != node && !is_below(node->key, above->key) && !is_below(above->key, node->key)) continue;
        if (above->policy == MODEL_KEEP_LOCAL && m->versions[above->began[MODEL_LOCAL]].kind == MODEL_NONE
            && above->began[MODEL_LOCAL] != NOTHING && above->seen[MODEL_ORIGIN] && above->seen[MODEL_ORIGIN]->kind == MODEL_DIR)
            return 1;
    }
    return 0;
}

/* A directory that others removed stayed for what was changed in it: that was decided against, and the directory goes with
 * the next synchronization. */
static int goes_next(const struct model *m, const struct node *node)
{
    size_t i;

    if (node->seen[MODEL_LOCAL]->kind != MODEL_DIR) return 0;
    for (i = 0; i < m->node_count; i++)
        if (is_below(m->nodes[i].key, node->key) && m->nodes[i].policy == MODEL_KEEP_REMOTE
            && may_conflict(m, &m->nodes[i])) return !live_below(m, node, MODEL_LOCAL);
    return 0;
}

/* After a quiet synchronization of everything. */
static void check_agreement(struct model *m, struct node *node, const struct model_end *end)
{
    const struct model_entry *l = node->seen[MODEL_LOCAL], *o = node->seen[MODEL_ORIGIN];

    if (is_exempt(m, node)) return;
    if (!l && o && !end->pinned && (node->uncertain || node->may_return || !is_ancestor(m, node->cur[MODEL_ORIGIN], node->cur[MODEL_LOCAL]))) return;
    if (!l && o && comes_next(m, node)) return;
    if (l && !o && goes_next(m, node)) return;
    node->agreed = 1;
    if (!l && !o) return;
    if (!l) complain(m, "%s: %s of the origin is not in the cache", node->key, describe_seen(o));
    else if (!o) complain(m, "%s: %s of the cache is not on the origin", node->key, describe_seen(l));
    else if (l->kind != o->kind || (l->kind == MODEL_FILE && l->content != o->content))
        complain(m, "%s: the cache has %s and the origin %s, and no conflict was told", node->key, describe_seen(l),
                 describe_seen(o));
    else if (l->kind == MODEL_FILE && l->readonly != o->readonly)
        complain(m, "%s: read-only on one side only", node->key);
    else if (strcmp(l->path, o->path))
        complain(m, "%s: called '%s' in the cache and '%s' on the origin", node->key, l->path, o->path);
}

/* In a directory that is in conflict, also under the name that somebody gave it, nothing is put away before that is decided. */
static int is_left_alone(const struct model *m, const char *path)
{
    char above[MODEL_PATH];
    const struct node *node;
    char *slash;

    snprintf(above, sizeof(above), "%s", path);
    while ((slash = strrchr(above, '/')))
    {
        *slash = 0;
        if (!(node = find_node(m, above))) continue;
        if (node->unsolved || ((node = moved_to(m, node, 0)) && node->unsolved)) return 1;
    }
    return 0;
}

/* What a power loss may have damaged waits aside while its name, or a directory above it, is in conflict. */
static int waits_for_conflict(const struct model *m, const struct model_entry *entry)
{
    size_t i, k;
    int j, owed;

    for (i = 0; i < m->node_count; i++)
    {
        const struct node *node = &m->nodes[i];

        for (j = 0, owed = entry->content < 0; j < node->owed_count; j++)
            owed |= m->versions[node->owed[j]].content == entry->content;
        for (k = 0; k < m->node_count && owed; k++)
            if (m->nodes[k].unsolved && (&m->nodes[k] == node || is_below(node->key, m->nodes[k].key))) return 1;
    }
    return 0;
}

static void check_temporary(struct model *m, enum model_side side, const struct model_tree *tree, const struct model_end *end)
{
    size_t i;

    m->litter_count[side] = 0;
    for (i = 0; i < tree->count; i++)
    {
        if (!tree->list[i].temporary) continue;
        if (m->litter_count[side] < LITTER) m->litter[side][m->litter_count[side]++] = tree->list[i].content;
        if (end->whole && !(end->littered && side == MODEL_LOCAL) && !is_left_alone(m, tree->list[i].path)
            && !(m->torn_ever && side == MODEL_LOCAL && waits_for_conflict(m, &tree->list[i])))
            complain(m, "%s is left in the %s", tree->list[i].path, side_names[side]);
    }
}

void model_end(struct model *m, const struct model_tree trees[MODEL_SIDES], const struct model_end *end)
{
    size_t n, count;
    int side;

    if (end->cut || end->torn) m->cut_ever = 1;
    if (end->torn) m->torn_ever = 1;
    for (side = 0; side < MODEL_SIDES; side++) look(m, side, &trees[side], end);
    count = m->node_count;
    for (n = 0; n < count; n++)
    {
        struct node *node = &m->nodes[n];

        if (!node->candidate_count)          /* appeared in this run */
        {
            memset(node->began, 0, sizeof(node->began));
            add_candidate(node, NOTHING);
        }
        if (node->edited) m->cut_ever = 1;
    }
    for (n = 0; n < count; n++)
    {
        struct node *node = &m->nodes[n];
        int now[MODEL_SIDES], moved, k;

        for (side = 0; side < MODEL_SIDES; side++)
        {
            now[side] = node->edited ? judge_edited(m, node, side, trees, end) : judge_side(m, node, side, trees, end);
            now[side] = with_attributes(m, node, side, now[side]);
        }
        for (side = 0; side < MODEL_SIDES; side++)
        {
            int before = node->began[side];

            node->cur[side] = now[side];
            remember_past(node, side, before);
            /* made and moved aside in the same run */
            for (k = 0; node->edited && k < node->candidate_count; k++)
            {
                const struct version *v = &m->versions[node->candidates[k]];

                if (v->kind == MODEL_FILE ? in_litter(&trees[side], v->content)
                                          : v->kind == MODEL_DIR && dir_in_litter(&trees[side]))
                    remember_past(node, side, node->candidates[k]);
            }
        }
        /* Q40: the deletion was decided for, and what the cache never held keeps the directory on the origin: forgotten in the cache */
        if (node->policy == MODEL_KEEP_LOCAL && !node->seen[MODEL_LOCAL] && node->seen[MODEL_ORIGIN]
            && node->seen[MODEL_ORIGIN]->kind == MODEL_DIR && m->versions[now[MODEL_LOCAL]].kind == MODEL_NONE
            && live_below(m, node, MODEL_ORIGIN))
            node->may_return = 1;
        /* moved there and back by the engine, which could not note that on a cache's disk that fails */
        if (end->littered && (node->failed || (end->unheard && node->began[MODEL_LOCAL] != node->began[MODEL_ORIGIN])))
            node->uncertain = 1;
        /* where nothing moved, what the engine knew before it still knows */
        moved = node->cur[MODEL_LOCAL] != node->began[MODEL_LOCAL] || node->cur[MODEL_ORIGIN] != node->began[MODEL_ORIGIN];
        if (end->torn || node->edited || (end->cut && (moved || decided_above(m, node))) || is_forgotten_with(m, node)) node->uncertain = 1;
    }
    for (n = 0; n < count; n++)
    {
        check_moved(m, &m->nodes[n]);
        check_lost(m, &m->nodes[n], trees, end);
    }
    for (n = 0; n < count; n++)
    {
        m->nodes[n].agreed = 0;
        if (end->whole) check_agreement(m, &m->nodes[n], end);
    }
    for (n = 0; n < count; n++)
    {
        if (m->nodes[n].agreed) m->nodes[n].uncertain = m->nodes[n].may_return = 0;
        join(m, &m->nodes[n], end);
    }
    for (side = 0; side < MODEL_SIDES; side++) check_temporary(m, side, &trees[side], end);
    for (n = 0; n < count; n++)
    {
        m->nodes[n].seen[MODEL_LOCAL] = m->nodes[n].seen[MODEL_ORIGIN] = NULL;
        m->nodes[n].candidate_count = 0;
        m->nodes[n].edited = 0;
        if (end->whole) m->nodes[n].forget = m->nodes[n].twice = 0;
    }
    m->running = m->forgetting = 0;
}
