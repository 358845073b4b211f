/*
 * Moving, replacing and removing content
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "delta.h"
#include "racy.h"
#include "scope.h"
#include "transfer.h"
#include "watch.h"
#include "way.h"

#define KIB 1024u
#define MIB (1024u * 1024u)
#define MS  CSC_NS_PER_MS

#define FIRST_CHUNK MIB
#define LEAST_CHUNK (64 * KIB)
#define MOST_CHUNK  (8 * MIB)        /* see csc_fs.copy */
#define FLUSH_EVERY (64ull * MIB)    /* of an upload, so that no flush takes long */
#define TRIES 3
/* waiting out the clock's granularity is worth it where that is short */
#define MOST_WAIT (100 * MS)

csc_status csc_origin_result(struct csc_pair *pair, csc_status status)
{
    if (csc_status_is_origin_failure(status))
    {
        csc_scope_suspect(pair->scope);
        csc_op_stop(pair->op, status);
    }
    return status;
}

csc_status csc_local_result(struct csc_pair *pair, csc_status status)
{
    if (status == CSC_E_DISK_FULL) csc_op_stop(pair->op, status);
    /* the cache's own disk failing says nothing about the origin */
    return csc_status_is_origin_failure(status) ? CSC_E_FAIL : status;
}

static csc_status side_result(struct csc_pair *pair, enum csc_which side, csc_status status)
{
    return side == CSC_ORIGIN ? csc_origin_result(pair, status) : csc_local_result(pair, status);
}

static int64_t now_of(struct csc_pair *pair)
{
    return pair->engine->clock->now(pair->engine->clock);
}

int csc_wait_out_tick(struct csc_pair *pair, enum csc_which side, int64_t mtime, int64_t most)
{
    int64_t wait = mtime + pair->quality[side].granularity + MS - now_of(pair);
    struct timespec pause = { 0 };

    if (wait <= 0 || wait > most) return 0;
    for (; wait > 0 && !csc_op_stopping(pair->op); wait -= pause.tv_nsec)
    {
        pause.tv_nsec = wait < MOST_WAIT ? wait : MOST_WAIT;
        nanosleep(&pause, NULL);
    }
    return 1;
}

static int wait_out_tick(struct csc_pair *pair, enum csc_which side, int64_t mtime)
{
    return csc_wait_out_tick(pair, side, mtime, MOST_WAIT);
}

/* -- copying -- */

/* At most size bytes: a file that somebody keeps writing to would have no end.  Holes stay holes. */
static csc_status copy_content(struct csc_pair *pair, enum csc_which from_side, struct csc_file *from,
                               struct csc_file *to, uint64_t size, uint64_t *total)
{
    struct csc_fs *source = pair->fs[from_side], *target = pair->fs[!from_side], *fs = pair->fs[CSC_ORIGIN];
    uint64_t chunk = FIRST_CHUNK, unflushed = 0, filled = 0, copied, wanted, data, data_end = size;
    struct csc_clock *clock = pair->engine->clock;
    int flush = from_side == CSC_LOCAL;
    csc_status status;
    int64_t start;

    *total = 0;
    if (size > CSC_LARGE) data_end = 0;
    while (*total < size)
    {
        if (csc_op_stopping(pair->op)) return CSC_E_CANCELLED;
        if (csc_way_wanted()) return CSC_E_BUSY;
        if (*total >= data_end)
        {
            if (csc_failed(status = source->find_data(source, from, *total, &data, &data_end))) return status;
            if (data_end > size) data_end = size;
            if (data > size) data = size;
            if (data > *total)
            {
                atomic_fetch_add(&pair->op->bytes_done, data - *total);
                *total = data;
                continue;
            }
            if (data_end <= *total) break;       /* it became shorter */
        }
        start = clock->monotonic(clock);
        wanted = data_end - *total;
        status = fs->copy(fs, from, to, *total, wanted < chunk ? wanted : chunk, &copied);
        if (csc_failed(status)) return status;
        if (!copied) break;
        filled = *total += copied;
        unflushed += copied;
        if (from_side == CSC_LOCAL) atomic_fetch_add(&pair->op->bytes_sent, copied);
        atomic_fetch_add(&pair->op->bytes_done, copied);
        if (flush && unflushed >= FLUSH_EVERY)
        {
            if (csc_failed(status = fs->sync_file(fs, to))) return status;
            unflushed = 0;
        }
        start = clock->monotonic(clock) - start;
        if (start < 200 * MS && chunk < MOST_CHUNK) chunk *= 2;
        else if (start > 1000 * MS && chunk > LEAST_CHUNK) chunk /= 2;
    }
    if (filled < *total) return target->set_size(target, to, *total);       /* a hole at the end */
    return CSC_OK;
}

static int unchanged(struct csc_pair *pair, enum csc_which side, const struct csc_stat *before,
                     const struct csc_stat *after)
{
    return csc_same_state(before, after, &pair->quality[side]) &&
           (!pair->quality[side].trusted || before->ctime == after->ctime);
}

csc_status csc_sync_dir(struct csc_fs *fs, struct csc_dir *dir)
{
    csc_status status = fs->sync_dir(fs, dir);

    return status == CSC_E_NOT_SUPPORTED || status == CSC_E_INVALID_ARG ? CSC_OK : status;
}

/* -- placing -- */

/* A complete temporary file that is to take its place. */
struct placing
{
    struct csc_pair *pair;
    enum csc_which side;
    struct csc_dir *temp_dir;        /* where it is */
    char temp[CSC_TEMP_NAME];
    char ready[CSC_TEMP_NAME];       /* name with use PLACE; needed where something is replaced */
    char aside[CSC_TEMP_NAME];       /* name with use REMOVE; the same */
    struct csc_dir *dir;
    const char *name;
    const struct csc_stat *expected;
    const struct csc_stat *written;  /* the temporary file, as it was written */
    int came_back;                   /* what was moved away is at its place again */
};

/* Something unknown is under a temporary name, and its own place is taken: it gets a name that shows. */
static csc_status keep_aside(struct csc_pair *pair, enum csc_which side, struct csc_dir *temp_dir, const char *temp,
                             struct csc_dir *dir, const char *name)
{
    struct csc_fs *fs = pair->fs[side];
    char *kept = csc_temp_kept_name(pair->engine, name);
    csc_status status;

    status = kept ? fs->rename(fs, temp_dir, temp, dir, kept, CSC_RENAME_NOREPLACE) : CSC_E_OUT_OF_MEMORY;
    if (csc_failed(status) && side == CSC_LOCAL) atomic_store(&pair->scope->strays, 1);
    if (!csc_failed(status) && !csc_watch_lost(pair->engine))
        csc_store_log(pair->engine->store, "keep", kept, CSC_OK, "Its place was taken.");
    free(kept);
    return status;
}

/* Whether a program has a file open for writing: what it writes after the file was replaced would go nowhere.  Of a file
 * that was just moved away from its name this is certain, since nobody can open it any more.  since: as is_written has it */
static csc_status refuse_written(struct csc_pair *pair, enum csc_which side, struct csc_dir *dir, const char *name, int64_t since)
{
    struct csc_fs *fs = pair->fs[side];
    csc_status status;
    int written;

    if (csc_failed(status = fs->is_written(fs, dir, name, since, &written))) return status;
    return written ? CSC_E_SHARING : CSC_OK;
}

/* ns that a ctime may be behind the clock */
#define CTIME_LAG (20 * MS)

/* Whether a program is still writing a file that was just looked at.  If nobody had it open at some moment after its last
 * change, nobody has changed it since: it is as its last writer left it. */
static csc_status refuse_unfinished(struct csc_pair *pair, struct csc_dir *dir, const char *name, const struct csc_stat *stat)
{
    const struct csc_quality *quality = &pair->quality[CSC_LOCAL];

    return refuse_written(pair, CSC_LOCAL, dir, name, quality->trusted ? stat->ctime + quality->granularity + CTIME_LAG : INT64_MAX);
}

/* What a temporary name is to say of a file that is moved away to be removed.  When a crash leaves it there it comes back,
 * with another ctime: a change that only this told must not be forgotten with it. */
static enum csc_temp_use removal(struct csc_pair *pair, enum csc_which side, const struct csc_item *item,
                                 const struct csc_stat *expected)
{
    const struct csc_base *base = side == CSC_LOCAL ? &item->local : &item->origin;

    return pair->quality[side].trusted && (item->flags & CSC_ROW_BASE) && base->ctime != expected->ctime
           ? CSC_TEMP_DOUBT : CSC_TEMP_REMOVE;
}

int csc_is_for_sweep(enum csc_which side, csc_status status)
{
    return status == CSC_E_CANCELLED || (side == CSC_ORIGIN && csc_status_is_origin_failure(status));
}

/* Without an exchange of names: what stands there is moved away, looked at, and the new file takes its place if that is
 * still free.  For an instant nothing is there, and a crash in it leaves that to the sweep of temporary files; but what
 * somebody saved at the last moment cannot get lost, which replacing it could not promise. */
static csc_status place_by_turns(struct placing *p)
{
    struct csc_pair *pair = p->pair;
    struct csc_fs *fs = pair->fs[p->side];
    const struct csc_quality *quality = &pair->quality[p->side];
    csc_status status, back;
    struct csc_stat out;

    status = fs->stat(fs, p->dir, p->name, &out);
    if (status == CSC_E_NOT_FOUND || (!csc_failed(status) && !csc_same_state(p->expected, &out, quality)))
        return CSC_E_CHANGED;
    if (!csc_failed(status)) status = fs->rename(fs, p->dir, p->name, p->temp_dir, p->aside, CSC_RENAME_NOREPLACE);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_E_CHANGED : status;

    status = fs->stat(fs, p->temp_dir, p->aside, &out);
    if (!csc_failed(status) && !csc_same_state(p->expected, &out, quality)) status = CSC_E_CHANGED;
    if (!csc_failed(status)) status = refuse_written(pair, p->side, p->temp_dir, p->aside, INT64_MAX);
    if (!csc_failed(status))
    {
        status = fs->rename(fs, p->temp_dir, p->temp, p->dir, p->name, CSC_RENAME_NOREPLACE);
        if (!csc_failed(status))
        {
            p->temp[0] = 0;
            status = fs->remove_file(fs, p->temp_dir, p->aside);
            return status == CSC_E_NOT_FOUND ? CSC_OK : status;
        }
        if (status == CSC_E_EXISTS) status = CSC_E_CHANGED;
    }
    if (csc_is_for_sweep(p->side, status))
    {
        p->temp[0] = 0;          /* it looks at both */
        return status;
    }
    back = fs->rename(fs, p->temp_dir, p->aside, p->dir, p->name, CSC_RENAME_NOREPLACE);
    if (!csc_failed(back)) p->came_back = 1;
    else if (!csc_is_for_sweep(p->side, back)) keep_aside(pair, p->side, p->temp_dir, p->aside, p->dir, p->name);
    return status;
}

/* What was at the place for an instant comes back as a temporary file.  Unless somebody wrote to it there, or replaced it:
 * then it is theirs, and gets a name that shows. */
static void keep_meddled(struct placing *p)
{
    struct csc_pair *pair = p->pair;
    struct csc_fs *fs = pair->fs[p->side];
    struct csc_stat back;
    csc_status status = fs->stat(fs, p->temp_dir, p->temp, &back);

    if (!csc_failed(status) && !csc_same_state(p->written, &back, &pair->quality[p->side])) status = CSC_E_CHANGED;
    if (!csc_failed(status)) status = refuse_written(pair, p->side, p->temp_dir, p->temp, INT64_MAX);
    if (!csc_failed(status)) return;
    if (status != CSC_E_NOT_FOUND && !csc_is_for_sweep(p->side, status))
        keep_aside(pair, p->side, p->temp_dir, p->temp, p->dir, p->name);
    p->temp[0] = 0;              /* where it could not be moved, the next start or sweep looks at it */
}

static csc_status place_over(struct placing *p)
{
    struct csc_pair *pair = p->pair;
    struct csc_fs *fs = pair->fs[p->side];
    const struct csc_quality *quality = &pair->quality[p->side];
    csc_status status, back;
    struct csc_stat out;

    /* who wrote as much as was there and set the old time again shows in the ctime only, which the exchange moves */
    status = fs->stat(fs, p->dir, p->name, &out);
    if (status == CSC_E_NOT_FOUND || (!csc_failed(status) && !unchanged(pair, p->side, p->expected, &out))) return CSC_E_CHANGED;
    if (csc_failed(status)) return status;

    /* from here on a crash may leave either of the two under this name */
    status = fs->rename(fs, p->temp_dir, p->temp, p->temp_dir, p->ready, CSC_RENAME_NOREPLACE);
    if (csc_failed(status)) return status;
    strcpy(p->temp, p->ready);

    status = fs->rename(fs, p->temp_dir, p->temp, p->dir, p->name, CSC_RENAME_EXCHANGE);
    if (status == CSC_E_NOT_FOUND) return CSC_E_CHANGED;
    if (status == CSC_E_NOT_SUPPORTED) return place_by_turns(p);
    /* not answered: what is under the temporary name now may be the user's */
    if (csc_failed(status) && csc_is_for_sweep(p->side, status)) p->temp[0] = 0;
    if (csc_failed(status)) return status;

    status = fs->stat(fs, p->temp_dir, p->temp, &out);
    if (!csc_failed(status) && !csc_same_state(p->expected, &out, quality)) status = CSC_E_CHANGED;
    if (!csc_failed(status)) status = refuse_written(pair, p->side, p->temp_dir, p->temp, INT64_MAX);
    if (!csc_failed(status))
    {
        status = fs->remove_file(fs, p->temp_dir, p->temp);
        p->temp[0] = 0;
        return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    }
    if (csc_is_for_sweep(p->side, status))
    {
        p->temp[0] = 0;          /* may be the user's */
        return status;
    }

    /* not what was decided about, or in use: back again */
    if (!csc_failed(back = fs->rename(fs, p->temp_dir, p->temp, p->dir, p->name, CSC_RENAME_EXCHANGE)))
    {
        p->came_back = 1;
        keep_meddled(p);
        return status;
    }
    if (!csc_is_for_sweep(p->side, back)) keep_aside(pair, p->side, p->temp_dir, p->temp, p->dir, p->name);
    p->temp[0] = 0;
    return status;
}

static csc_status place(struct placing *p)
{
    struct csc_fs *fs = p->pair->fs[p->side];
    csc_status status;

    if (p->expected->type != CSC_TYPE_NONE) return place_over(p);
    status = fs->rename(fs, p->temp_dir, p->temp, p->dir, p->name, CSC_RENAME_NOREPLACE);
    if (status == CSC_E_EXISTS) return CSC_E_CHANGED;
    if (!csc_failed(status)) p->temp[0] = 0;
    return status;
}

/* Being moved there and back changed the ctime of a file that nobody changed: it would not be certain any more. */
static void record_return(struct csc_pair *pair, enum csc_which side, struct csc_dir *dir, const char *name,
                          const struct csc_stat *expected, int64_t id)
{
    struct csc_fs *fs = pair->fs[side];
    struct csc_base *base;
    struct csc_item item;
    struct csc_stat stat;

    /* whatever fails: without it the content is compared the next time */
    if (!id || csc_watch_lost(pair->engine) || csc_failed(fs->stat(fs, dir, name, &stat))) return;
    if (!csc_same_state(expected, &stat, &pair->quality[side])) return;
    if (csc_failed(csc_store_item_get(pair->engine->store, id, &item))) return;
    base = side == CSC_LOCAL ? &item.local : &item.origin;
    if (base->ctime == expected->ctime)
    {
        base->ctime = stat.ctime;
        csc_store_item_put(pair->engine->store, &item);
    }
    csc_item_clear(&item);
}

/* Removes the temporary file of a transfer that did not come to its end. */
static void discard(struct placing *p)
{
    struct csc_fs *fs = p->pair->fs[p->side];

    if (p->temp[0]) fs->remove_file(fs, p->temp_dir, p->temp);
}

/* The base of a file that was just placed: its stat by name, unless somebody was faster. */
static csc_status record_placed(struct placing *p, const struct csc_stat *written, struct csc_base *base,
                                int64_t recorded)
{
    struct csc_fs *fs = p->pair->fs[p->side];
    struct csc_stat placed;
    csc_status status;

    status = fs->stat(fs, p->dir, p->name, &placed);
    if (csc_failed(status) && status != CSC_E_NOT_FOUND) return status;
    if (csc_failed(status) || !csc_same_state(written, &placed, &p->pair->quality[p->side])) placed = *written;
    else csc_attributes_take(&placed, written->attributes);
    csc_base_record(base, &placed, recorded);
    return CSC_OK;
}

static csc_status compare_open(struct csc_pair *pair, struct csc_file *const files[CSC_SIDES], uint64_t size, int *equal);

/* A file that was written within the tick of a coarse clock can be written once more while it is copied, without its times
 * telling that half of the copy is older: then both are read again.  CSC_E_SHARING: they differ. */
static csc_status check_copy(struct csc_pair *pair, enum csc_which from_side, struct csc_file *from, struct csc_file *to,
                             const struct csc_stat *source, int64_t recorded)
{
    const struct csc_quality *quality = &pair->quality[from_side];
    struct csc_file *files[CSC_SIDES];
    csc_status status;
    int equal;

    if (!source->size || quality->granularity <= MOST_WAIT || !csc_is_racy(source->mtime, recorded, quality->granularity)) return CSC_OK;
    files[from_side] = from;
    files[!from_side] = to;
    status = compare_open(pair, files, source->size, &equal);
    return csc_failed(status) || equal ? status : CSC_E_SHARING;
}

/* -- download -- */

/* After waiting for the end of a tick: another file that took the name within it may have the same size and time, and where
 * neither ctime nor file ids can be trusted only its content would tell. */
static csc_status open_again(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file,
                             struct csc_stat *stat)
{
    csc_status status;

    fs->close_file(fs, *file);
    *file = NULL;
    status = fs->open_file(fs, dir, name, file);
    if (status == CSC_E_NOT_FOUND) status = CSC_E_CHANGED;
    if (!csc_failed(status)) status = fs->stat_file(fs, *file, stat);
    return !csc_failed(status) && stat->type != CSC_TYPE_FILE ? CSC_E_CHANGED : status;
}

/* Gives a complete copy the times and attributes of its source.  written: what it is then. */
static csc_status finish_copy(struct csc_fs *fs, struct csc_file *to, const struct csc_stat *source, struct csc_stat *written)
{
    const uint32_t both = CSC_ATTR_HIDDEN | CSC_ATTR_SYSTEM;
    csc_status status;

    if (csc_failed(status = fs->set_times(fs, to, source->mtime, source->atime))) return status;
    if (csc_failed(status = fs->stat_file(fs, to, written))) return status;
    /* a new file is neither HIDDEN nor SYSTEM, and mostly as READONLY as it should be: then there is nothing to set */
    if (!((source->attributes ^ written->attributes) & CSC_ATTR_READONLY)
        && (source->attributes & CSC_ATTR_UNSEEN || !((source->attributes | written->attributes) & both))) return CSC_OK;
    status = fs->set_file_attributes(fs, to, csc_attributes_to_set(source->attributes));
    return csc_failed(status) ? status : fs->stat_file(fs, to, written);
}

static csc_status fetch(struct csc_node *node, const char *key, struct csc_dir *origin, const char *name,
                        struct placing *p, int *flush, struct csc_stat *source, int64_t *recorded,
                        struct csc_stat *written, struct csc_blocks *agreed)
{
    struct csc_pair *pair = node->pair;
    struct csc_fs *remote = pair->fs[CSC_ORIGIN], *local = pair->fs[CSC_LOCAL];
    struct csc_file *from = NULL, *to = NULL;
    struct csc_stat after;
    csc_status status;
    uint64_t total;

    if (csc_failed(status = remote->open_file(remote, origin, name, &from))) return csc_origin_result(pair, status);
    *recorded = now_of(pair);
    status = csc_origin_result(pair, remote->stat_file(remote, from, source));
    if (!csc_failed(status) && source->type != CSC_TYPE_FILE) status = CSC_E_CHANGED;
    if (!csc_failed(status) && wait_out_tick(pair, CSC_ORIGIN, source->mtime))
    {
        *recorded = now_of(pair);
        status = csc_origin_result(pair, open_again(remote, origin, name, &from, source));
    }
    if (!csc_failed(status))
        status = csc_local_result(pair, local->create_file(local, p->temp_dir, p->temp, &to));
    if (!csc_failed(status))
    {
        status = copy_content(pair, CSC_ORIGIN, from, to, source->size, &total);
        status = status == CSC_E_DISK_FULL ? csc_local_result(pair, status) : csc_origin_result(pair, status);
    }
    if (!csc_failed(status) && total == source->size) status = check_copy(pair, CSC_ORIGIN, from, to, source, *recorded);
    if (!csc_failed(status)) status = csc_origin_result(pair, remote->stat_file(remote, from, &after));
    if (!csc_failed(status)) status = csc_origin_result(pair, csc_pair_see_file(pair, CSC_ORIGIN, from, source));
    if (!csc_failed(status) && (total != source->size || !unchanged(pair, CSC_ORIGIN, source, &after)))
        status = CSC_E_SHARING;
    if (from) remote->close_file(remote, from);
    if (!csc_failed(status) && csc_watch_lost(pair->engine)) status = CSC_E_CANCELLED;

    if (!csc_failed(status))
    {
        status = finish_copy(local, to, source, written);
        /* asked again, now that it is written: the share may be going offline */
        *flush |= csc_scope_has_writers(pair->scope);
        if (!csc_failed(status) && *flush) status = local->sync_file(local, to);
        if (!csc_failed(status)) csc_attributes_take(written, source->attributes);
        if (!csc_failed(status) && key) csc_note_write(node, key, to, written);
        status = csc_local_result(pair, status);
        /* nobody else knows the file yet */
        if (!csc_failed(status)) csc_racy_read(pair, to, written, source, *recorded, 1, agreed);
    }
    if (to)
    {
        local->close_file(local, to);
        if (csc_failed(status)) discard(p);
    }
    return status;
}

/* In the store before the name is in the tree, durably; or nothing, under the mark of a first fill: then *entered, and nobody
 * but the engine works in the tree until it leaves. */
static csc_status prepare_landing(struct placing *p, struct csc_landing *landing, int flush, int *entered)
{
    struct csc_engine *engine = p->pair->engine;
    struct csc_scope *scope = p->pair->scope;
    csc_status status;

    *entered = !landing->announced && p->expected->type == CSC_TYPE_NONE && csc_fill_mark_enter(scope);
    if (*entered) return csc_watch_lost(engine) ? CSC_E_CANCELLED : CSC_OK;
    if (!landing->announced && csc_failed(status = landing->announce(landing))) return status;
    return flush || csc_fill_mark_holds(scope) ? csc_store_holds(engine->store, &landing->change)
                                               : csc_store_reach(engine->store, &landing->change);
}

/* Has its name, and no row that tells of it.  Nobody else can have touched it, unless the engine was closed meanwhile. */
static void take_back(struct placing *p)
{
    struct csc_fs *fs = p->pair->fs[CSC_LOCAL];
    csc_status status = CSC_E_CANCELLED;

    if (!csc_watch_lost(p->pair->engine)) status = fs->remove_file(fs, p->dir, p->name);
    if (csc_failed(status) && status != CSC_E_NOT_FOUND) atomic_store(&p->pair->scope->fill_remains, 1);
}

/* A complete copy takes its place. */
static csc_status land(struct placing *p, struct csc_item *item, int flush, const struct csc_stat *source,
                       int64_t source_recorded, struct csc_landing *landing)
{
    struct csc_pair *pair = p->pair;
    csc_status status;
    int64_t recorded;
    int entered;

    wait_out_tick(pair, CSC_LOCAL, p->written->mtime);
    recorded = now_of(pair);
    status = csc_local_result(pair, prepare_landing(p, landing, flush, &entered));
    if (!csc_failed(status)) status = csc_local_result(pair, place(p));
    if (csc_failed(status))
    {
        discard(p);
        if (p->came_back) record_return(pair, p->side, p->dir, p->name, p->expected, item->id);
    }
    else
    {
        if (flush || csc_scope_has_writers(pair->scope)) status = csc_sync_dir(pair->fs[CSC_LOCAL], p->dir);
        if (!csc_failed(status)) status = record_placed(p, p->written, &item->local, recorded);
        status = csc_local_result(pair, status);
        if (!csc_failed(status))
        {
            csc_base_record(&item->origin, source, source_recorded);
            item->flags = (item->flags & ~(CSC_ROW_SPARSE | CSC_ROW_PLACING)) | CSC_ROW_BASE | CSC_ROW_UNFLUSHED;
            if (flush) item->flags &= ~CSC_ROW_UNFLUSHED;
            status = landing->agree(landing);
        }
        /* one that was written, and could not be committed, may hold all the same: without its file it would tell of a deletion */
        if (csc_failed(status) && entered && !item->id) take_back(p);
    }
    if (entered) csc_fill_mark_leave(pair->scope);
    return status;
}

csc_status csc_download(struct csc_node *node, const char *origin_name, const char *local_name,
                        const struct csc_stat *expected, struct csc_item *item, struct csc_landing *landing,
                        struct csc_blocks *agreed)
{
    struct csc_pair *pair = node->pair;
    struct csc_stat source, written;
    struct placing p = { .pair = pair, .side = CSC_LOCAL, .temp_dir = pair->temp, .name = local_name,
                         .expected = expected, .written = &written };
    int64_t source_recorded = 0;
    struct csc_dir *origin;
    csc_status status;
    int tries, flush;

    /* While users work in the cache nothing may come under its name there before its content has reached the disk:
     * after a power loss nobody could tell it from their changes. */
    flush = csc_scope_has_writers(pair->scope);
    if (csc_failed(status = csc_node_dir(node, CSC_ORIGIN, &origin))) return csc_origin_result(pair, status);
    status = csc_local_result(pair, csc_node_need(node, CSC_LOCAL, &p.dir));
    if (csc_failed(status))
    {
        csc_node_done(node, CSC_ORIGIN);
        return status;
    }
    for (tries = 0; tries < TRIES; tries++)
    {
        csc_temp_local_name(pair->engine, CSC_TEMP_COPY, item->id, p.temp);
        if (expected->type != CSC_TYPE_NONE)
        {
            csc_temp_local_name(pair->engine, CSC_TEMP_PLACE, item->id, p.ready);
            csc_temp_local_name(pair->engine, removal(pair, CSC_LOCAL, item, expected), item->id, p.aside);
        }
        status = fetch(node, item->key, origin, origin_name, &p, &flush, &source, &source_recorded, &written,
                       agreed);
        if (status != CSC_E_SHARING || csc_op_stopping(pair->op)) break;
    }
    csc_node_done(node, CSC_ORIGIN);
    if (!csc_failed(status)) status = land(&p, item, flush, &source, source_recorded, landing);
    csc_node_done(node, CSC_LOCAL);
    return status;
}

/* -- upload -- */

/* delta: opened; the caller closes it. */
static csc_status send(struct csc_pair *pair, struct csc_dir *cache, const char *name, struct placing *p,
                       const struct csc_item *item, struct csc_stat *source, int64_t *recorded, struct csc_stat *written,
                       struct csc_delta *delta, struct csc_blocks *agreed)
{
    struct csc_fs *remote = pair->fs[CSC_ORIGIN], *local = pair->fs[CSC_LOCAL];
    struct csc_file *from = NULL, *to = NULL;
    struct csc_stat after;
    csc_status status;
    uint64_t total;
    int whole = 1;

    status = local->open_file(local, cache, name, &from);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_E_CHANGED : csc_local_result(pair, status);
    *recorded = now_of(pair);
    status = local->stat_file(local, from, source);
    if (!csc_failed(status) && source->type != CSC_TYPE_FILE) status = CSC_E_CHANGED;
    if (!csc_failed(status) && wait_out_tick(pair, CSC_LOCAL, source->mtime))
    {
        *recorded = now_of(pair);
        status = local->stat_file(local, from, source);
    }
    /* what a program is still writing is sent when it is done */
    if (!csc_failed(status)) status = refuse_unfinished(pair, cache, name, source);
    status = csc_local_result(pair, status);
    if (!csc_failed(status) && !csc_failed(status = csc_delta_open(pair, p->dir, p->name, p->expected, item, source, delta)))
    {
        whole = status == CSC_FALSE;
        status = csc_origin_result(pair, remote->create_file(remote, p->temp_dir, p->temp, &to));
    }
    if (!csc_failed(status))
        status = whole ? csc_origin_result(pair, copy_content(pair, CSC_LOCAL, from, to, source->size, &total))
                       : csc_delta_copy(delta, from, to, source->size, &total);
    if (!csc_failed(status) && total == source->size) status = check_copy(pair, CSC_LOCAL, from, to, source, *recorded);
    if (!csc_failed(status)) status = csc_local_result(pair, csc_pair_see_file(pair, CSC_LOCAL, from, source));
    if (!csc_failed(status)) status = csc_origin_result(pair, remote->set_times(remote, to, source->mtime, source->atime));
    if (!csc_failed(status))
    {
        status = remote->set_file_attributes(remote, to, csc_attributes_to_set(source->attributes));
        status = status == CSC_E_NOT_SUPPORTED ? CSC_OK : csc_origin_result(pair, status);
    }
    if (!csc_failed(status)) status = csc_origin_result(pair, remote->sync_file(remote, to));
    if (!csc_failed(status)) status = csc_origin_result(pair, remote->stat_file(remote, to, written));
    if (!csc_failed(status)) csc_attributes_take(written, source->attributes);
    if (!csc_failed(status) && written->size != total) status = csc_origin_result(pair, CSC_E_NET_IO);
    if (to)
    {
        remote->close_file(remote, to);
        if (!csc_failed(status) && csc_watch_lost(pair->engine)) status = CSC_E_CANCELLED;
    }
    if (!csc_failed(status)) csc_racy_read(pair, from, source, written, *recorded, 0, agreed);
    if (!csc_failed(status)) status = csc_local_result(pair, local->stat_file(local, from, &after));
    if (!csc_failed(status) && (total != source->size || !unchanged(pair, CSC_LOCAL, source, &after)))
        status = CSC_E_SHARING;
    if (from) local->close_file(local, from);
    if (to && csc_failed(status)) discard(p);
    return status;
}

csc_status csc_upload(struct csc_node *node, const char *local_name, const char *origin_name,
                      const struct csc_stat *expected, struct csc_item *item, const char *key, struct csc_blocks *agreed)
{
    struct csc_pair *pair = node->pair;
    struct csc_fs *remote = pair->fs[CSC_ORIGIN];
    struct csc_stat source, written;
    struct placing p = { .pair = pair, .side = CSC_ORIGIN, .name = origin_name, .expected = expected,
                         .written = &written };
    int64_t source_recorded = 0, recorded;
    struct csc_delta delta = { .pair = pair };
    struct csc_dir *cache;
    csc_status status;
    int tries;

    if (csc_failed(status = csc_node_dir(node, CSC_LOCAL, &cache))) return csc_local_result(pair, status);
    status = csc_origin_result(pair, csc_node_need(node, CSC_ORIGIN, &p.dir));
    if (csc_failed(status))
    {
        csc_node_done(node, CSC_LOCAL);
        return status;
    }
    p.temp_dir = p.dir;
    for (tries = 0; tries < TRIES; tries++)
    {
        csc_temp_origin_name(pair->engine, CSC_TEMP_COPY, key, p.temp);
        csc_temp_origin_name(pair->engine, CSC_TEMP_PLACE, key, p.ready);
        csc_temp_origin_name(pair->engine, removal(pair, CSC_ORIGIN, item, expected), key, p.aside);
        csc_delta_close(&delta);
        status = send(pair, cache, local_name, &p, item, &source, &source_recorded, &written, &delta, agreed);
        if (status != CSC_E_SHARING || csc_op_stopping(pair->op)) break;
    }
    csc_node_done(node, CSC_LOCAL);
    if (!csc_failed(status))
    {
        wait_out_tick(pair, CSC_ORIGIN, written.mtime);
        recorded = now_of(pair);
        status = csc_origin_result(pair, place(&p));
        if (csc_failed(status))
        {
            discard(&p);
            if (p.came_back) record_return(pair, p.side, p.dir, p.name, expected, item->id);
        }
        else
        {
            /* The base says that the origin holds the change: that must be so after a power loss there, too. */
            status = csc_sync_dir(remote, p.dir);
            if (!csc_failed(status)) status = record_placed(&p, &written, &item->origin, recorded);
            status = csc_origin_result(pair, status);
        }
    }
    csc_node_done(node, CSC_ORIGIN);
    if (!csc_failed(status))
    {
        csc_base_record(&item->local, &source, source_recorded);
        item->flags = (item->flags & ~CSC_ROW_SPARSE) | CSC_ROW_BASE;
        csc_delta_note(&delta, item);
    }
    csc_delta_close(&delta);
    return status;
}

/* -- comparing -- */

/* Where the next data of either file begins.  Behind the end of both: offset itself. */
static csc_status skip_holes(struct csc_pair *pair, struct csc_file *const files[CSC_SIDES], uint64_t *offset)
{
    uint64_t start[CSC_SIDES], end;
    csc_status status = CSC_OK;
    int side;

    for (side = 0; side < CSC_SIDES && !csc_failed(status); side++)
    {
        struct csc_fs *fs = pair->fs[side];

        status = side_result(pair, side, fs->find_data(fs, files[side], *offset, &start[side], &end));
    }
    if (csc_failed(status)) return status;
    if (start[CSC_ORIGIN] < start[CSC_LOCAL]) start[CSC_LOCAL] = start[CSC_ORIGIN];
    if (start[CSC_LOCAL] > *offset) *offset = start[CSC_LOCAL];
    return CSC_OK;
}

/* size: of both, as far as known */
static csc_status compare_open(struct csc_pair *pair, struct csc_file *const files[CSC_SIDES], uint64_t size, int *equal)
{
    struct csc_fs *local = pair->fs[CSC_LOCAL], *remote = pair->fs[CSC_ORIGIN];
    unsigned char *buffer = malloc(2 * (size_t)MIB);
    csc_status status = CSC_OK;
    size_t got[CSC_SIDES];
    uint64_t offset = 0;

    if (!buffer) return CSC_E_OUT_OF_MEMORY;
    *equal = 1;
    while (*equal)
    {
        if (csc_op_stopping(pair->op)) status = CSC_E_CANCELLED;
        if (!csc_failed(status) && size > CSC_LARGE) status = skip_holes(pair, files, &offset);
        if (!csc_failed(status))
            status = csc_local_result(pair, local->read(local, files[CSC_LOCAL], offset, buffer, MIB, &got[CSC_LOCAL]));
        if (!csc_failed(status))
            status = csc_origin_result(pair, remote->read(remote, files[CSC_ORIGIN], offset, buffer + MIB, MIB,
                                                          &got[CSC_ORIGIN]));
        if (csc_failed(status)) break;
        *equal = got[CSC_LOCAL] == got[CSC_ORIGIN] && !memcmp(buffer, buffer + MIB, got[CSC_LOCAL]);
        if (got[CSC_LOCAL] < MIB) break;
        offset += MIB;
    }
    free(buffer);
    return status;
}

csc_status csc_compare_content(struct csc_node *node, const char *local_name, const char *origin_name,
                               struct csc_stat *local, struct csc_stat *origin, int64_t *recorded, int *equal,
                               struct csc_blocks *agreed)
{
    struct csc_pair *pair = node->pair;
    const char *names[CSC_SIDES] = { local_name, origin_name };
    struct csc_stat *stats[CSC_SIDES] = { local, origin }, after;
    struct csc_file *files[CSC_SIDES] = { NULL, NULL };
    struct csc_dir *dir;
    csc_status status = CSC_OK;
    int side, waited = 0;

    for (side = 0; side < CSC_SIDES && !csc_failed(status); side++)
    {
        struct csc_fs *fs = pair->fs[side];

        if (csc_failed(status = csc_node_dir(node, side, &dir))) break;
        status = fs->open_file(fs, dir, names[side], &files[side]);
        csc_node_done(node, side);
        if (status == CSC_E_NOT_FOUND) status = CSC_E_CHANGED;
        if (!csc_failed(status)) status = fs->stat_file(fs, files[side], stats[side]);
        if (!csc_failed(status)) waited |= wait_out_tick(pair, side, stats[side]->mtime);
        status = side_result(pair, side, status);
    }
    *recorded = now_of(pair);
    for (side = 0; waited && side < CSC_SIDES && !csc_failed(status); side++)
    {
        if (csc_failed(status = csc_node_dir(node, side, &dir))) break;
        status = side_result(pair, side, open_again(pair->fs[side], dir, names[side], &files[side], stats[side]));
        csc_node_done(node, side);
    }
    if (!csc_failed(status)) status = compare_open(pair, files, local->size, equal);
    if (!csc_failed(status) && *equal && agreed)
        csc_racy_read(pair, files[CSC_LOCAL], local, origin, *recorded, 0, agreed);
    for (side = 0; side < CSC_SIDES && !csc_failed(status); side++)
    {
        status = side_result(pair, side, pair->fs[side]->stat_file(pair->fs[side], files[side], &after));
        if (!csc_failed(status) && !unchanged(pair, side, stats[side], &after)) status = CSC_E_CHANGED;
    }
    for (side = 0; side < CSC_SIDES; side++)
        if (files[side]) pair->fs[side]->close_file(pair->fs[side], files[side]);
    if (!csc_failed(status) && csc_watch_lost(pair->engine)) status = CSC_E_CANCELLED;
    return status;
}

/* -- removing -- */

/* A file without a row: the number in its temporary name is that of a note. */
#define NOTE_BIT ((uint64_t)1 << 63)

static void note_name(int64_t note, char name[32])
{
    snprintf(name, 32, CSC_META_ASIDE "%llx", (unsigned long long)((uint64_t)note & ~NOTE_BIT));
}

static csc_status note_place(struct csc_node *node, const char *file, int64_t *note)
{
    struct csc_engine *engine = node->pair->engine;
    char name[32], *relative = csc_node_relative(node, file), *value = NULL;
    csc_status status = CSC_E_OUT_OF_MEMORY;

    *note = (int64_t)(atomic_fetch_add(&engine->next_temp, 1) | NOTE_BIT);
    note_name(*note, name);
    if (relative && (value = malloc(strlen(relative) + 32)))
    {
        sprintf(value, "%lld/%s", (long long)node->pair->scope->row.id, relative);
        status = csc_store_meta_set(engine->store, name, value);
        /* before the file moves: afterwards nobody could tell where it was */
        if (!csc_failed(status)) status = csc_store_commit(engine->store, 1);
    }
    free(relative);
    free(value);
    return status;
}

/* id: of a row, then nothing happens, or of a note. */
static void forget_note(struct csc_pair *pair, int64_t id)
{
    char name[32];

    if (id >= 0 || csc_watch_lost(pair->engine)) return;
    /* a file that a power loss brings back without its note would stay aside for ever */
    if (csc_failed(csc_sync_dir(pair->fs[CSC_LOCAL], pair->temp))) return;
    note_name(id, name);
    csc_store_meta_set(pair->engine->store, name, NULL);       /* one that stays says nothing about any file */
}

void csc_aside_forget(struct csc_pair *pair, const char *aside)
{
    enum csc_temp_use use;
    int64_t id;

    if (csc_temp_local_parse(aside, &use, &id)) forget_note(pair, id);
}

/* CSC_OK: it is in the tree again, if need be under a name that shows. */
static csc_status return_file(struct csc_pair *pair, enum csc_which side, struct csc_dir *aside_dir, const char *aside,
                              struct csc_dir *dir, const char *name, int64_t item, const struct csc_stat *expected)
{
    struct csc_fs *fs = pair->fs[side];
    csc_status status = fs->rename(fs, aside_dir, aside, dir, name, CSC_RENAME_NOREPLACE);

    if (!csc_failed(status)) record_return(pair, side, dir, name, expected, item);
    else if (!csc_is_for_sweep(side, status)) status = keep_aside(pair, side, aside_dir, aside, dir, name);
    return status;
}

void csc_put_back(struct csc_node *node, enum csc_which side, const char *aside, const char *name, int64_t item,
                  const struct csc_stat *expected)
{
    struct csc_pair *pair = node->pair;
    struct csc_dir *dir;
    csc_status status = csc_node_dir(node, side, &dir);

    if (csc_failed(status))
    {
        if (side == CSC_LOCAL) atomic_store(&pair->scope->strays, 1);
        return;
    }
    status = return_file(pair, side, side == CSC_LOCAL ? pair->temp : dir, aside, dir, name, item, expected);
    /* one that could not be put back has nothing but its note to tell whose it is */
    if (side == CSC_LOCAL && !csc_failed(status)) csc_aside_forget(pair, aside);
    csc_node_done(node, side);
}

csc_status csc_set_aside(struct csc_node *node, enum csc_which side, const char *name, const char *key, int64_t item,
                         const struct csc_stat *expected, char aside[CSC_TEMP_NAME])
{
    struct csc_pair *pair = node->pair;
    struct csc_fs *fs = pair->fs[side];
    enum csc_temp_use use = CSC_TEMP_REMOVE;
    struct csc_dir *dir, *aside_dir;
    struct csc_item row;
    struct csc_stat out;
    csc_status status;
    int stays = 0;

    if (expected->type != CSC_TYPE_FILE) return CSC_E_SHARING;    /* only files are removed this way */
    if (item > 0 && !csc_failed(csc_store_item_get(pair->engine->store, item, &row)))
    {
        use = removal(pair, side, &row, expected);
        csc_item_clear(&row);
    }
    if (side == CSC_LOCAL && !item && csc_failed(status = note_place(node, name, &item)))
        return csc_local_result(pair, status);
    if (csc_failed(status = csc_node_dir(node, side, &dir))) return side_result(pair, side, status);
    aside_dir = side == CSC_LOCAL ? pair->temp : dir;

    /* a look before costs less than moving a stranger's file there and back; and the move hides a change that only ctime tells */
    status = fs->stat(fs, dir, name, &out);
    if (status == CSC_E_NOT_FOUND || (!csc_failed(status) && !unchanged(pair, side, expected, &out))) status = CSC_E_CHANGED;
    if (!csc_failed(status))
    {
        if (side == CSC_LOCAL) csc_temp_local_name(pair->engine, use, item, aside);
        else csc_temp_origin_name(pair->engine, use, key, aside);
        status = fs->rename(fs, dir, name, aside_dir, aside, CSC_RENAME_NOREPLACE);
        if (status == CSC_E_NOT_FOUND) status = CSC_E_CHANGED;
        if (!csc_failed(status))
        {
            status = fs->stat(fs, aside_dir, aside, &out);
            if (!csc_failed(status) && !csc_same_state(expected, &out, &pair->quality[side])) status = CSC_E_CHANGED;
            if (!csc_failed(status)) status = refuse_written(pair, side, aside_dir, aside, INT64_MAX);
            /* the row goes after this, and a file without a row would be a new one of the user's */
            if (!csc_failed(status) && side == CSC_LOCAL) status = csc_sync_dir(fs, dir);
            if (csc_failed(status) && !csc_is_for_sweep(side, status))
                stays = csc_failed(return_file(pair, side, aside_dir, aside, dir, name, item, expected));
        }
    }
    if (csc_failed(status) && !stays) forget_note(pair, item);
    csc_node_done(node, side);
    return side_result(pair, side, status);
}

csc_status csc_remove_file(struct csc_node *node, enum csc_which side, const char *name, const char *key, int64_t item,
                           const struct csc_stat *expected)
{
    struct csc_pair *pair = node->pair;
    struct csc_fs *fs = pair->fs[side];
    char aside[CSC_TEMP_NAME];
    struct csc_dir *dir;
    csc_status status;

    status = csc_set_aside(node, side, name, key, item, expected, aside);
    if (csc_failed(status)) return status;
    if (csc_failed(status = csc_node_dir(node, side, &dir))) return side_result(pair, side, status);
    status = fs->remove_file(fs, side == CSC_LOCAL ? pair->temp : dir, aside);
    /* the row goes next: a file that a power loss brings back would be a new one then */
    if (!csc_failed(status) && side == CSC_ORIGIN) status = csc_sync_dir(fs, dir);
    if (!csc_failed(status) && side == CSC_LOCAL) csc_aside_forget(pair, aside);
    csc_node_done(node, side);
    return side_result(pair, side, status);
}

/* -- small changes -- */

/* Attributes that a power loss sets back would look like a change that somebody made. */
static csc_status flush_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, const struct csc_stat *stat)
{
    struct csc_file *file;
    csc_status status;

    if (stat->type != CSC_TYPE_FILE) return CSC_OK;
    status = fs->open_file(fs, dir, name, &file);
    if (status == CSC_E_ACCESS_DENIED) return CSC_OK;        /* not ours to read, and so not to flush */
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_E_CHANGED : status;
    status = fs->sync_file(fs, file);
    fs->close_file(fs, file);
    return status;
}

csc_status csc_flush_origin(struct csc_node *node, const char *name, const struct csc_stat *stat)
{
    struct csc_fs *fs = node->pair->fs[CSC_ORIGIN];
    csc_status status;
    struct csc_dir *dir;

    if (csc_failed(status = csc_node_dir(node, CSC_ORIGIN, &dir))) return csc_origin_result(node->pair, status);
    if (name) status = flush_file(fs, dir, name, stat);
    if (status == CSC_E_NOT_SUPPORTED || status == CSC_E_INVALID_ARG) status = CSC_OK;
    if (!csc_failed(status)) status = csc_sync_dir(fs, dir);
    csc_node_done(node, CSC_ORIGIN);
    return csc_origin_result(node->pair, status);
}

csc_status csc_give_attributes(struct csc_node *node, enum csc_which side, const char *name, uint32_t attributes,
                               const struct csc_stat *expected, struct csc_stat *now)
{
    struct csc_pair *pair = node->pair;
    struct csc_fs *fs = pair->fs[side];
    struct csc_dir *dir;
    csc_status status;

    if (csc_failed(status = csc_node_dir(node, side, &dir))) return side_result(pair, side, status);
    status = fs->stat(fs, dir, name, now);
    if (status == CSC_E_NOT_FOUND || (!csc_failed(status) && !csc_same_state(expected, now, &pair->quality[side])))
        status = CSC_E_CHANGED;
    if (!csc_failed(status)) status = fs->set_attributes(fs, dir, name, csc_attributes_to_set(attributes));
    if (!csc_failed(status)) status = flush_file(fs, dir, name, expected);
    if (!csc_failed(status)) status = fs->stat(fs, dir, name, now);
    if (!csc_failed(status)) status = csc_pair_see(pair, side, dir, name, now);
    csc_node_done(node, side);
    return side_result(pair, side, status);
}

csc_status csc_change_case(struct csc_node *node, enum csc_which side, const char *name, const char *new_name)
{
    struct csc_pair *pair = node->pair;
    struct csc_fs *fs = pair->fs[side];
    struct csc_stat old, new;
    struct csc_dir *dir;
    csc_status status;

    if (csc_failed(status = csc_node_dir(node, side, &dir))) return side_result(pair, side, status);
    status = fs->rename(fs, dir, name, dir, new_name, CSC_RENAME_NOREPLACE);
    if (status == CSC_E_EXISTS)
    {
        /* on a file system that ignores case the new name is the old file */
        status = fs->stat(fs, dir, name, &old);
        if (!csc_failed(status)) status = fs->stat(fs, dir, new_name, &new);
        if (!csc_failed(status))
            status = old.dev == new.dev && old.ino == new.ino
                     ? fs->rename(fs, dir, name, dir, new_name, CSC_RENAME_REPLACE) : CSC_E_DUPLICATE_NAME;
    }
    if (!csc_failed(status)) status = csc_sync_dir(fs, dir);
    csc_node_done(node, side);
    return side_result(pair, side, status);
}
