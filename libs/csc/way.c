/*
 * Giving way
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "public.h"
#include "scope.h"
#include "way.h"

#define LOOK_EVERY (250 * CSC_NS_PER_MS)

/* -- open files -- */

static csc_status add_path(void *context, const char *path)
{
    struct csc_in_use *in_use = context;

    if (in_use->count == in_use->capacity)
    {
        size_t capacity = in_use->capacity ? in_use->capacity * 2 : 16;
        char **list = realloc(in_use->list, capacity * sizeof(*list));

        if (!list) return CSC_E_OUT_OF_MEMORY;
        in_use->list = list;
        in_use->capacity = capacity;
    }
    if (!(in_use->list[in_use->count] = strdup(path))) return CSC_E_OUT_OF_MEMORY;
    in_use->count++;
    return CSC_OK;
}

csc_status csc_in_use_read(struct csc_fs *fs, const char *root, struct csc_in_use *in_use)
{
    csc_status status;

    memset(in_use, 0, sizeof(*in_use));
    in_use->skip = strlen(root) + 1;
    status = fs->open_files(fs, root, add_path, in_use);
    if (csc_failed(status)) csc_in_use_free(in_use);
    return status;
}

void csc_in_use_free(struct csc_in_use *in_use)
{
    while (in_use->count) free(in_use->list[--in_use->count]);
    free(in_use->list);
    memset(in_use, 0, sizeof(*in_use));
}

int csc_in_use_has(const struct csc_in_use *in_use, const char *below)
{
    size_t i;

    for (i = 0; i < in_use->count; i++) if (!strcmp(in_use->list[i] + in_use->skip, below)) return 1;
    return 0;
}

/* -- giving way -- */

struct csc_way
{
    struct csc_pair *pair;
    char *roots[CSC_SIDES];            /* resolved; never change */
    pthread_mutex_t lock;
    struct csc_in_use in_use[CSC_SIDES];
    int64_t looked;                    /* monotonic ns; 0: never */
};

csc_status csc_way_create(struct csc_pair *pair, struct csc_way **ret)
{
    const char *paths[CSC_SIDES] = { pair->scope->cache_path, pair->scope->row.origin };
    struct csc_way *way;
    csc_status status = CSC_OK;
    int side;

    *ret = NULL;
    if (pair->op->kind == CSC_OP_DELETE || !(pair->op->flags & OFFLINEFILES_SYNC_CONTROL_FLAG_BACKGROUND)) return CSC_OK;
    if (!(way = calloc(1, sizeof(*way)))) return CSC_E_OUT_OF_MEMORY;
    way->pair = pair;
    pthread_mutex_init(&way->lock, NULL);
    for (side = 0; side < CSC_SIDES && !csc_failed(status); side++)
        if (!pair->root->side[side].missing) status = csc_resolve_path(pair->fs[side], paths[side], &way->roots[side]);
    if (csc_failed(status)) csc_way_free(way);
    else *ret = way;
    return status;
}

void csc_way_free(struct csc_way *way)
{
    int side;

    if (!way) return;
    for (side = 0; side < CSC_SIDES; side++)
    {
        csc_in_use_free(&way->in_use[side]);
        free(way->roots[side]);
    }
    pthread_mutex_destroy(&way->lock);
    free(way);
}

/* way->lock held.  Only /proc is looked at, nothing here waits for an origin. */
static void look(struct csc_way *way)
{
    struct csc_engine *engine = way->pair->engine;
    int64_t now = engine->clock->monotonic(engine->clock);
    int side;

    if (way->looked && now - way->looked < LOOK_EVERY) return;
    way->looked = now;
    for (side = 0; side < CSC_SIDES; side++)
    {
        csc_in_use_free(&way->in_use[side]);
        if (way->roots[side] && csc_failed(csc_in_use_read(engine->fs, way->roots[side], &way->in_use[side])))
            csc_trace(engine, "cannot tell which files are open");
    }
}

int csc_way_taken(struct csc_node *dir, const char *name)
{
    struct csc_way *way = dir->pair->way;
    char *below;
    int taken;

    if (!way || !(below = csc_node_relative(dir, name))) return 0;
    pthread_mutex_lock(&way->lock);
    look(way);
    taken = csc_in_use_has(&way->in_use[CSC_LOCAL], below) || csc_in_use_has(&way->in_use[CSC_ORIGIN], below);
    pthread_mutex_unlock(&way->lock);
    free(below);
    return taken;
}

/* What this thread copies. */
static _Thread_local struct csc_node *copied_dir;
static _Thread_local const char *copied_name;

void csc_way_enter(struct csc_node *dir, const char *name)
{
    copied_dir = dir->pair->way ? dir : NULL;
    copied_name = name;
}

int csc_way_wanted(void)
{
    return copied_dir && csc_way_taken(copied_dir, copied_name);
}

void csc_way_leave(void)
{
    copied_dir = NULL;
}
