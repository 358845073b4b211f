/*
 * Temporary files that a crash left on an origin
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The name tells how far their work had come.  A copy on its way is worth nothing.  One that was about to
 * change places may be what it replaced, one that was to be removed may have been changed by somebody at the last
 * moment: they go only when they are what is known anyway, else they get a name that shows.
 */

#include <stdlib.h>
#include <string.h>

#include "scope.h"
#include "sync.h"
#include "transfer.h"
#include "watch.h"

struct litter
{
    struct csc_work work;
    struct csc_node *dir;
    char *name;
    enum csc_temp_use use;
    char *owner;                 /* name of the item it belongs to, on the origin; NULL: nobody knows */
    int owner_there;
    int has_base;
    int64_t item;
    struct csc_base base;        /* the owner's on the origin */
    char *local_name;            /* the owner in the cache, NULL: it is not there */
    struct csc_stat local;
};

static char *litter_path(struct csc_work *work)
{
    struct litter *litter = (struct litter *)work;

    return csc_node_path(litter->dir, litter->name);
}

static void litter_destroy(struct csc_work *work)
{
    struct litter *litter = (struct litter *)work;

    csc_node_release(litter->dir);
    free(litter->name);
    free(litter->owner);
    free(litter->local_name);
    free(litter);
}

/* Is it the state that was agreed on, or what the cache still holds?  An origin with a coarser clock than the
 * cache's shows another time for the same content, so what may be the same is compared. */
static csc_status find_known(const struct litter *litter, const struct csc_stat *stat, int *known)
{
    struct csc_stat local, origin;
    int64_t recorded;

    *known = 0;
    if (stat->type != CSC_TYPE_FILE) return CSC_OK;
    *known = litter->use != CSC_TEMP_DOUBT && litter->has_base && stat->size == litter->base.size && stat->mtime == litter->base.mtime;
    if (*known || litter->local.type != CSC_TYPE_FILE || stat->size != litter->local.size) return CSC_OK;
    return csc_compare_content(litter->dir, litter->local_name, litter->name, &local, &origin, &recorded, known, NULL);
}

/* Being moved changed the ctime of a file that nobody changed: it would not be certain any more. */
static csc_status record_return(struct litter *litter, struct csc_dir *dir, const struct csc_stat *before)
{
    struct csc_pair *pair = litter->dir->pair;
    struct csc_fs *fs = pair->fs[CSC_ORIGIN];
    struct csc_item item;
    struct csc_stat stat;
    csc_status status;

    if (litter->use == CSC_TEMP_DOUBT || !litter->has_base || before->size != litter->base.size || before->mtime != litter->base.mtime
        || before->ino != litter->base.ino) return CSC_OK;
    if (csc_failed(status = fs->stat(fs, dir, litter->owner, &stat))) return status;
    if (csc_failed(status = csc_store_item_get(pair->engine->store, litter->item, &item))) return status;
    item.origin.ctime = stat.ctime;
    status = csc_store_item_put(pair->engine->store, &item);
    csc_item_clear(&item);
    return status;
}

static csc_status run_litter(struct csc_work *work)
{
    struct litter *litter = (struct litter *)work;
    struct csc_pair *pair = litter->dir->pair;
    struct csc_fs *fs = pair->fs[CSC_ORIGIN];
    char *kept = NULL;
    struct csc_stat stat;
    struct csc_dir *dir;
    csc_status status;
    int known = 0;

    if (csc_failed(status = csc_node_dir(litter->dir, CSC_ORIGIN, &dir))) return csc_origin_result(pair, status);
    status = fs->stat(fs, dir, litter->name, &stat);
    if (csc_failed(status)) {}
    else if (litter->use == CSC_TEMP_COPY) status = csc_remove_tree(fs, dir, litter->name);
    else
    {
        status = CSC_E_EXISTS;
        /* what was to be removed goes back, to be decided about again */
        if (litter->use != CSC_TEMP_PLACE && litter->owner && !litter->owner_there)
        {
            status = fs->rename(fs, dir, litter->name, dir, litter->owner, CSC_RENAME_NOREPLACE);
            if (!csc_failed(status)) status = record_return(litter, dir, &stat);
        }
        if (status == CSC_E_EXISTS && (litter->owner_there || litter->use == CSC_TEMP_PLACE))
        {
            /* when it cannot be told just now, the next synchronization asks again */
            status = find_known(litter, &stat, &known);
            if (!csc_failed(status)) status = known ? fs->remove_file(fs, dir, litter->name) : CSC_E_EXISTS;
        }
        if (status == CSC_E_EXISTS)
        {
            if (!(kept = csc_temp_kept_name(pair->engine, litter->owner ? litter->owner : "file")))
                status = CSC_E_OUT_OF_MEMORY;
            else status = fs->rename(fs, dir, litter->name, dir, kept, CSC_RENAME_NOREPLACE);
        }
    }
    csc_node_done(litter->dir, CSC_ORIGIN);
    if (kept && !csc_failed(status) && !csc_watch_lost(pair->engine))
        csc_store_log(pair->engine->store, "keep", kept, CSC_OK, "It was left by an interrupted synchronization.");
    free(kept);
    /* nobody's work depends on it */
    return csc_status_is_origin_failure(status) ? csc_origin_result(pair, status) : CSC_OK;
}

static const struct csc_seen *find_seen(const struct csc_seen_list *seen, uint32_t hash)
{
    size_t i;

    for (i = 0; i < seen->count; i++)
        if (seen->list[i].key && csc_temp_hash(seen->list[i].key) == hash) return &seen->list[i];
    return NULL;
}

csc_status csc_litter_submit(struct csc_scan *scan, const char *name)
{
    struct csc_op *op = scan->op;
    const struct csc_seen *origin, *local;
    const char *owner = NULL;
    struct litter *litter;
    enum csc_temp_use use;
    uint32_t hash;
    size_t i;

    if (!csc_temp_origin_parse(name, op->engine->cache_id, &use, &hash)) return CSC_OK;
    if (!(litter = calloc(1, sizeof(*litter))) || !(litter->name = strdup(name)))
    {
        free(litter);
        return CSC_E_OUT_OF_MEMORY;
    }
    csc_work_init(&litter->work, op, scan->node->pair->scope);
    litter->work.run = run_litter;
    litter->work.path = litter_path;
    litter->work.destroy = litter_destroy;
    litter->work.quiet = 1;
    litter->dir = scan->node;
    csc_node_addref(scan->node);
    litter->use = use;

    origin = find_seen(&scan->side[CSC_ORIGIN], hash);
    local = find_seen(&scan->side[CSC_LOCAL], hash);
    for (i = 0; i < scan->rows.count; i++)
    {
        const struct csc_item *item = &scan->rows.items[i];

        if (csc_temp_hash(item->key) != hash) continue;
        owner = item->name;
        litter->has_base = item->type == OFFLINEFILES_ITEM_TYPE_FILE && (item->flags & CSC_ROW_BASE);
        litter->base = item->origin;
        litter->item = item->id;
    }
    if (local)
    {
        if (!owner) owner = local->name;
        litter->local = local->stat;
        if (!(litter->local_name = strdup(local->name)))
        {
            csc_work_release(&litter->work);
            return CSC_E_OUT_OF_MEMORY;
        }
    }
    if (origin) owner = origin->name;
    litter->owner_there = origin != NULL;
    if (owner && !(litter->owner = strdup(owner)))
    {
        csc_work_release(&litter->work);
        return CSC_E_OUT_OF_MEMORY;
    }
    return csc_work_submit(&litter->work);
}
