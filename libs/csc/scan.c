/*
 * What is in a directory
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A scan lists a directory on both sides and asks for the state of each entry, in parts that run on several
 * workers, since each question costs a round trip on a distant origin.
 */

#include <stdlib.h>
#include <string.h>

#include "scan.h"
#include "scope.h"
#include "watch.h"

/* entries whose state one task asks for: at most, and where each question takes long */
#define PART       64
#define LEAST_PART 4

static void free_seen(struct csc_seen_list *seen)
{
    csc_texts_free(&seen->texts);
    free(seen->list);
}

void csc_scan_release(struct csc_scan *scan)
{
    struct csc_op *op;
    size_t bytes;
    int side;

    if (!scan || atomic_fetch_sub(&scan->refs, 1) != 1) return;
    op = scan->op;
    bytes = scan->rows.count * sizeof(*scan->rows.items);
    for (side = 0; side < CSC_SIDES; side++) bytes += scan->side[side].capacity * sizeof(*scan->side[side].list);
    for (side = 0; side < CSC_SIDES; side++) free_seen(&scan->side[side]);
    free_seen(&scan->litter);
    csc_item_list_free(&scan->rows);
    csc_node_release(scan->node);
    free(scan);
    csc_memory_freed(bytes);
    csc_op_release(op);
}

/* key: NULL when the name has none */
static csc_status add_seen(struct csc_seen_list *seen, const char *name, const char *key, struct csc_seen **ret)
{
    struct csc_seen *entry;

    if (seen->count == seen->capacity)
    {
        size_t capacity = seen->capacity ? seen->capacity * 2 : 32;

        if (!(entry = realloc(seen->list, capacity * sizeof(*entry)))) return CSC_E_OUT_OF_MEMORY;
        seen->list = entry;
        seen->capacity = capacity;
    }
    entry = &seen->list[seen->count];
    memset(entry, 0, sizeof(*entry));
    if (!(entry->name = csc_texts_add(&seen->texts, name))) return CSC_E_OUT_OF_MEMORY;
    if (key && !(entry->key = csc_texts_add(&seen->texts, key))) return CSC_E_OUT_OF_MEMORY;
    seen->count++;
    if (ret) *ret = entry;
    return CSC_OK;
}

struct listing
{
    struct csc_scan *scan;
    enum csc_which side;
    const char *only;            /* key; NULL: everything */
};

static csc_status list_entry(void *context, const char *name, enum csc_file_type type)
{
    struct listing *listing = context;
    struct csc_scan *scan = listing->scan;
    struct csc_seen *entry;
    enum csc_temp_use use;
    csc_status status;
    char *key = NULL;
    uint32_t hash;

    (void)type;
    /* What another machine's cache is just writing is nobody's file yet. */
    if (listing->side == CSC_ORIGIN && csc_name_is_temporary(name, NULL))
    {
        if (!csc_temp_origin_parse(name, scan->op->engine->cache_id, &use, &hash)) return CSC_OK;
        if (listing->only && hash != csc_temp_hash(listing->only)) return CSC_OK;
        return add_seen(&scan->litter, name, NULL, NULL);
    }
    status = csc_name_check(name);
    /* such a name would not be seen on the origin, as if it had been deleted there */
    if (!csc_failed(status) && csc_name_is_temporary(name, NULL)) status = CSC_E_INVALID_NAME;
    if (!csc_failed(status) && csc_failed(status = csc_name_key(name, &key)) && status == CSC_E_OUT_OF_MEMORY)
        return status;
    if (listing->only && (!key || strcmp(key, listing->only)))
    {
        free(key);
        return CSC_OK;
    }
    if (!csc_failed(add_seen(&scan->side[listing->side], name, key, &entry))) entry->status = status;
    else status = CSC_E_OUT_OF_MEMORY;
    free(key);
    return status == CSC_E_OUT_OF_MEMORY ? status : CSC_OK;
}

/* The state of entries from..to. */
static void stat_entries(struct csc_scan *scan, enum csc_which side, size_t from, size_t to)
{
    struct csc_fs *fs = scan->node->pair->fs[side];
    struct csc_dir *dir;
    csc_status status;
    size_t i;

    status = csc_node_dir(scan->node, side, &dir);
    for (i = from; i < to; i++)
    {
        struct csc_seen *entry = &scan->side[side].list[i];

        if (csc_failed(entry->status)) continue;
        if (csc_failed(status) || csc_op_stopping(scan->op))
        {
            entry->status = csc_failed(status) ? status : CSC_E_CANCELLED;
            continue;
        }
        entry->status = fs->stat(fs, dir, entry->name, &entry->stat);
        /* a file whose attributes were changed has another ctime: it is looked at when that shows; a directory's moves with
         * each name in it */
        if (!csc_failed(entry->status) && entry->stat.type == CSC_TYPE_DIRECTORY)
            entry->status = csc_pair_see(scan->node->pair, side, dir, entry->name, &entry->stat);
        if (!csc_failed(entry->status) && (entry->stat.type == CSC_TYPE_LINK || entry->stat.type == CSC_TYPE_OTHER))
            entry->status = CSC_E_CANNOT_ACCESS;
    }
    if (!csc_failed(status)) csc_node_done(scan->node, side);
}

static int by_key(const void *a, const void *b)
{
    const struct csc_seen *first = a, *second = b;
    int order;

    if (!first->key || !second->key) order = !first->key - !second->key;
    else order = strcmp(first->key, second->key);
    return order ? order : strcmp(first->name, second->name);
}

/* -- the tasks -- */

static void finish(struct csc_scan *scan)
{
    struct csc_op *op = scan->op;
    int side;

    for (side = 0; side < CSC_SIDES; side++)
        if (scan->side[side].count)
            qsort(scan->side[side].list, scan->side[side].count, sizeof(*scan->side[side].list), by_key);
    pthread_mutex_lock(&op->lock);
    scan->done = 1;
    pthread_cond_broadcast(&op->wake);
    pthread_mutex_unlock(&op->lock);
}

struct part
{
    struct csc_task task;
    struct csc_scan *scan;
    size_t from, to;
};

static void part_hung(struct csc_task *task)
{
    struct part *part = (struct part *)task;

    csc_op_task_hung(part->scan->op, part->scan->node->pair->scope);
}

static void run_part(struct csc_task *task)
{
    struct part *part = (struct part *)task;
    struct csc_scan *scan = part->scan;
    struct csc_op *op = scan->op;
    int begun, lost = 0;
    size_t i;

    csc_op_addref(op);
    if ((begun = csc_op_task_begin(op)))
    {
        stat_entries(scan, CSC_ORIGIN, part->from, part->to);
        lost = csc_watch_lost(op->engine);
    }
    else
        for (i = part->from; i < part->to; i++) scan->side[CSC_ORIGIN].list[i].status = CSC_E_CANCELLED;
    if (!lost && atomic_fetch_sub(&scan->parts, 1) == 1) finish(scan);
    csc_scan_release(scan);
    free(part);
    if (begun && !lost) csc_op_task_end(op);
    csc_op_release(op);
}

/* CSC_E_NOT_FOUND: it is missing where the listing of its parent said so. */
static csc_status open_side(struct csc_node *node, enum csc_which side, struct csc_dir **dir)
{
    csc_status status;
    int tries, missing;

    for (tries = 0; tries < 2; tries++)
    {
        if ((status = csc_node_dir(node, side, dir)) != CSC_E_NOT_FOUND) return status;
        pthread_mutex_lock(&node->pair->lock);
        missing = node->side[side].missing;
        pthread_mutex_unlock(&node->pair->lock);
        if (missing) return status;
        /* a work may have made it in this instant */
    }
    return CSC_E_CHANGED;        /* it has just gone away */
}

static void list_side(struct csc_scan *scan, enum csc_which side, const char *only)
{
    struct csc_node *node = scan->node;
    struct csc_fs *fs = node->pair->fs[side];
    struct listing listing = { scan, side, only };
    struct csc_dir *dir;
    csc_status status;

    status = open_side(node, side, &dir);
    if (!csc_failed(status))
    {
        if (side == CSC_ORIGIN) status = fs->stat_dir(fs, dir, &scan->origin_dir);
        if (!csc_failed(status)) status = fs->list(fs, dir, list_entry, &listing);
        csc_node_done(node, side);
    }
    else if (status == CSC_E_NOT_FOUND) status = CSC_OK;
    scan->status[side] = status;
}

static void scan_hung(struct csc_task *task)
{
    struct csc_scan *scan = (struct csc_scan *)task;

    csc_op_task_hung(scan->op, scan->node->pair->scope);
}

static void run_scan(struct csc_task *task)
{
    struct csc_scan *scan = (struct csc_scan *)task;
    struct csc_pair *pair = scan->node->pair;
    struct csc_op *op = scan->op;
    int begun, lost = 0, finished = 1;
    size_t count, from, size;

    csc_op_addref(op);
    if ((begun = csc_op_task_begin(op)))
    {
        scan->evictions = atomic_load(&op->evictions);       /* none while a task runs */
        if (!scan->local_only) list_side(scan, CSC_ORIGIN, NULL);
        if (!(lost = csc_watch_lost(op->engine)))
        {
            list_side(scan, CSC_LOCAL, NULL);
            stat_entries(scan, CSC_LOCAL, 0, scan->side[CSC_LOCAL].count);
            scan->rows_status = scan->node->item ? csc_store_children(op->engine->store, scan->node->item, &scan->rows)
                                                 : CSC_OK;
            count = csc_failed(scan->status[CSC_ORIGIN]) ? 0 : scan->side[CSC_ORIGIN].count;

            /* all but the first part go to other workers */
            atomic_store(&scan->parts, 1);
            size = count > LEAST_PART ? csc_pool_share(pair->scope->pool, LEAST_PART, PART) : PART;
            for (from = size; from < count; from += size)
            {
                struct part *part = calloc(1, sizeof(*part));

                if (!part)
                {
                    stat_entries(scan, CSC_ORIGIN, from, count);
                    break;
                }
                part->task.run = run_part;
                part->task.abandoned = part_hung;
                part->scan = scan;
                part->from = from;
                part->to = from + size < count ? from + size : count;
                atomic_fetch_add(&scan->refs, 1);
                atomic_fetch_add(&scan->parts, 1);
                csc_pool_submit(pair->scope->pool, &part->task);
            }
            stat_entries(scan, CSC_ORIGIN, 0, count < size ? count : size);
            lost = csc_watch_lost(op->engine);
            if (!lost) finished = atomic_fetch_sub(&scan->parts, 1) == 1;
        }
    }
    else scan->status[CSC_ORIGIN] = CSC_E_CANCELLED;
    if (!lost && finished) finish(scan);
    csc_scan_release(scan);
    if (begun && !lost) csc_op_task_end(op);
    csc_op_release(op);
}

static csc_status create_scan(struct csc_op *op, struct csc_node *node, struct csc_scan **ret)
{
    struct csc_scan *scan = calloc(1, sizeof(*scan));

    if (!scan) return CSC_E_OUT_OF_MEMORY;
    atomic_store(&scan->refs, 1);
    scan->task.run = run_scan;
    scan->task.abandoned = scan_hung;
    scan->op = op;
    csc_op_addref(op);
    scan->node = node;
    csc_node_addref(node);
    *ret = scan;
    return CSC_OK;
}

csc_status csc_scan_start(struct csc_op *op, struct csc_node *node, struct csc_scan **ret)
{
    csc_status status;

    if (csc_failed(status = create_scan(op, node, ret))) return status;
    (*ret)->local_only = node->pair->local_first && !node->whole;
    atomic_fetch_add(&(*ret)->refs, 1);
    csc_pool_submit(node->pair->scope->pool, &(*ret)->task);
    return CSC_OK;
}

/* Where the volume ignores case, a name that is found need not be how the entry is written.  Learned from the first entry
 * that is found: whether it is found in another case, too. */
static int ignores_case(struct csc_pair *pair, enum csc_which side, struct csc_dir *dir, const char *name,
                        const struct csc_stat *stat)
{
    int rule = atomic_load(&pair->case_rule[side]);
    char *other, *p;
    struct csc_stat seen;
    csc_status status;

    if (rule != CSC_CASE_UNKNOWN) return rule == CSC_CASE_IGNORED;
    if (!(other = strdup(name))) return 0;
    for (p = other; *p && !((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')); p++) {}
    if (*p)
    {
        *p ^= 'a' ^ 'A';
        status = pair->fs[side]->stat(pair->fs[side], dir, other, &seen);
        if (!csc_failed(status)) rule = seen.dev == stat->dev && seen.ino == stat->ino ? CSC_CASE_IGNORED : CSC_CASE_MATTERS;
        else if (status == CSC_E_NOT_FOUND) rule = CSC_CASE_MATTERS;
    }
    free(other);
    atomic_store(&pair->case_rule[side], rule);
    return rule == CSC_CASE_IGNORED;
}

/* Looks for an entry under the name that it probably has.  CSC_FALSE: the whole directory has to be read. */
static csc_status try_name(struct csc_scan *scan, enum csc_which side, const char *name, const char *key, int certain)
{
    struct csc_fs *fs = scan->node->pair->fs[side];
    struct csc_seen *entry;
    struct csc_stat stat;
    struct csc_dir *dir;
    csc_status status;

    if (csc_name_check(name) || csc_name_is_temporary(name, NULL)) return CSC_FALSE;
    if (csc_failed(status = csc_node_dir(scan->node, side, &dir))) return CSC_FALSE;
    status = fs->stat(fs, dir, name, &stat);
    if (!csc_failed(status) && !certain && ignores_case(scan->node->pair, side, dir, name, &stat)) status = CSC_E_NOT_FOUND;
    if (!csc_failed(status) && stat.type == CSC_TYPE_DIRECTORY)
        status = csc_pair_see(scan->node->pair, side, dir, name, &stat);
    csc_node_done(scan->node, side);
    if (csc_failed(status) || stat.type == CSC_TYPE_LINK || stat.type == CSC_TYPE_OTHER) return CSC_FALSE;
    if (csc_failed(status = add_seen(&scan->side[side], name, key, &entry))) return status;
    entry->stat = stat;
    return CSC_OK;
}

csc_status csc_scan_name(struct csc_op *op, struct csc_node *node, const char *name, struct csc_scan **ret)
{
    return csc_scan_known(op, node, name, NULL, ret);
}

csc_status csc_scan_known(struct csc_op *op, struct csc_node *node, const char *name, char *const known[CSC_SIDES],
                          struct csc_scan **ret)
{
    struct csc_scan *scan;
    struct csc_item item;
    csc_status status;
    char *key;
    int side;

    *ret = NULL;
    if (csc_failed(status = csc_name_key(name, &key))) return status;
    if (csc_failed(status = create_scan(op, node, &scan)))
    {
        free(key);
        return status;
    }
    scan->evictions = atomic_load(&op->evictions);
    if (node->item)
    {
        status = csc_store_item_find(op->engine->store, node->item, key, &item);
        if (!csc_failed(status))
        {
            if ((scan->rows.items = malloc(sizeof(item))))
            {
                scan->rows.items[0] = item;
                scan->rows.count = 1;
            }
            else
            {
                csc_item_clear(&item);
                status = CSC_E_OUT_OF_MEMORY;
            }
        }
        else if (status == CSC_E_NOT_FOUND) status = CSC_OK;
    }
    for (side = 0; side < CSC_SIDES && !csc_failed(status); side++)
    {
        if (known && known[side]) status = try_name(scan, side, known[side], key, 1);
        else status = try_name(scan, side, scan->rows.count ? scan->rows.items[0].name : name, key, 0);
        if (status != CSC_FALSE) continue;
        list_side(scan, side, key);
        status = scan->status[side];
        if (!csc_failed(status)) stat_entries(scan, side, 0, scan->side[side].count);
    }
    free(key);
    if (csc_failed(status))
    {
        csc_scan_release(scan);
        return status;
    }
    for (side = 0; side < CSC_SIDES; side++)
        if (scan->side[side].count)
            qsort(scan->side[side].list, scan->side[side].count, sizeof(*scan->side[side].list), by_key);
    scan->done = 1;
    *ret = scan;
    return CSC_OK;
}

/* -- merging -- */

/* Takes the names with one key from a side: the stored one, else the first, is the item, the others are refused. */
static csc_status take_key(struct csc_scan *scan, struct csc_seen_list *seen, size_t *at, const char *key,
                           const struct csc_item *item, struct csc_seen **taken, csc_refused_callback refused,
                           void *context)
{
    csc_status status = CSC_OK;
    size_t first = *at, end, i;

    *taken = NULL;
    for (end = first; end < seen->count && seen->list[end].key && !strcmp(seen->list[end].key, key); end++)
        if (item && !strcmp(seen->list[end].name, item->name)) *taken = &seen->list[end];
    if (end > first && !*taken) *taken = &seen->list[first];
    for (i = first; i < end && !csc_failed(status); i++)
        if (&seen->list[i] != *taken) status = refused(context, scan, seen->list[i].name, CSC_E_DUPLICATE_NAME);
    *at = end;
    return status;
}

static const char *smaller(const char *a, const char *b)
{
    if (!a || !b) return a ? a : b;
    return strcmp(a, b) <= 0 ? a : b;
}

csc_status csc_scan_merge(struct csc_scan *scan, csc_cell_callback callback, csc_refused_callback refused, void *context)
{
    size_t at[CSC_SIDES] = { 0, 0 }, row = 0;
    csc_status status = CSC_OK;
    int side;

    while (!csc_failed(status))
    {
        struct csc_cell cell = { NULL, NULL, { NULL, NULL } };
        const char *key = row < scan->rows.count ? scan->rows.items[row].key : NULL;

        for (side = 0; side < CSC_SIDES; side++)
            if (at[side] < scan->side[side].count) key = smaller(key, scan->side[side].list[at[side]].key);
        if (!key) break;
        cell.key = key;
        if (row < scan->rows.count && !strcmp(scan->rows.items[row].key, key)) cell.item = &scan->rows.items[row++];
        for (side = 0; side < CSC_SIDES && !csc_failed(status); side++)
            status = take_key(scan, &scan->side[side], &at[side], key, cell.item, &cell.side[side], refused, context);
        if (!csc_failed(status)) status = callback(context, scan, &cell);
    }

    /* names that can be no items are at the end */
    for (side = 0; side < CSC_SIDES; side++)
        for (; at[side] < scan->side[side].count && !csc_failed(status); at[side]++)
            status = refused(context, scan, scan->side[side].list[at[side]].name, scan->side[side].list[at[side]].status);
    return status;
}

void csc_cell_sight(const struct csc_scan *scan, const struct csc_cell *cell, struct csc_wire_error *sight)
{
    static const struct csc_stat nothing;
    const struct csc_stat *stat[CSC_SIDES];
    int side;

    for (side = 0; side < CSC_SIDES; side++) stat[side] = cell->side[side] ? &cell->side[side]->stat : &nothing;
    if (scan->local_only || scan->op->kind == CSC_OP_DELETE) stat[CSC_ORIGIN] = NULL;
    csc_sight_take(sight, cell->item, stat[CSC_LOCAL], stat[CSC_ORIGIN]);
}
