/*
 * Sending only what changed in a large file
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The new version is put together on the origin: blocks that are as they were come from the origin's old file, by a copy
 * that its server makes, the others from here.  That is right only if the old file is the version that the hashes are
 * of: it is opened, must be what the row records without any doubt, and must still be so when the last block was copied.
 */

#include <stdlib.h>
#include <string.h>

#include "delta.h"
#include "transfer.h"

#define MOST_COPY   (4u * 1024 * 1024)        /* in one call; see csc_fs.copy */
#define FLUSH_EVERY (64ull * 1024 * 1024)     /* so that no flush takes long */

/* Whether a stat of the origin's file is, for certain, that of the agreed version. */
static int is_base(const struct csc_pair *pair, const struct csc_item *item, const struct csc_stat *stat)
{
    const struct csc_quality *quality = &pair->quality[CSC_ORIGIN];

    return csc_compare_side(&item->origin, OFFLINEFILES_ITEM_TYPE_FILE, stat, quality->granularity, quality->trusted) ==
           CSC_SAME;
}

csc_status csc_delta_open(struct csc_pair *pair, struct csc_dir *dir, const char *name, const struct csc_stat *expected,
                          const struct csc_item *item, const struct csc_stat *source, struct csc_delta *delta)
{
    struct csc_fs *fs = pair->fs[CSC_ORIGIN];
    csc_status status;

    memset(delta, 0, sizeof(*delta));
    delta->pair = pair;
    if (!pair->copies_inside || source->size <= CSC_LARGE || expected->type != CSC_TYPE_FILE || !item->id ||
        !(item->flags & CSC_ROW_BASE) || (item->flags & CSC_ROW_SPARSE))
        return CSC_FALSE;
    if (csc_failed(csc_store_blocks_get(pair->engine->store, item, &delta->base))) return CSC_FALSE;

    status = fs->open_file(fs, dir, name, &delta->old);
    if (!csc_failed(status)) status = fs->stat_file(fs, delta->old, &delta->before);
    if (status == CSC_E_NOT_FOUND) return CSC_E_CHANGED;
    if (csc_failed(status)) return csc_origin_result(pair, status);
    if (!csc_same_state(expected, &delta->before, &pair->quality[CSC_ORIGIN])) return CSC_E_CHANGED;
    if (!is_base(pair, item, &delta->before) || delta->before.size != delta->base.size) return CSC_FALSE;

    delta->sent.size = source->size;
    delta->sent.block = delta->base.block;
    if (csc_block_size(source->size) == delta->base.block)
        delta->sent.hashes = malloc(csc_block_count(source->size, delta->base.block) * CSC_BLOCK_HASH);
    return CSC_OK;
}

/* Whether the block that was just read stood there before. */
static int is_unchanged(const struct csc_delta *delta, const struct csc_block_reader *reader)
{
    uint64_t offset = reader->offset - reader->length;
    size_t block = (size_t)(offset / reader->block);

    /* of the old version's last block only what it held can be the same */
    if (offset + reader->length > delta->base.size) return 0;
    if (reader->length < reader->block && reader->offset != delta->base.size) return 0;
    return !memcmp(delta->base.hashes + block * CSC_BLOCK_HASH, reader->hash, CSC_BLOCK_HASH);
}

/* Takes from..end of the old file. */
static csc_status reuse(struct csc_delta *delta, struct csc_file *to, uint64_t from, uint64_t end)
{
    struct csc_fs *fs = delta->pair->fs[CSC_ORIGIN];
    csc_status status;
    uint64_t copied;

    while (from < end)
    {
        if (csc_op_stopping(delta->pair->op)) return CSC_E_CANCELLED;
        status = fs->copy(fs, delta->old, to, from, end - from < MOST_COPY ? end - from : MOST_COPY, &copied);
        if (csc_failed(status)) return status;
        if (!copied) return CSC_E_CHANGED;       /* somebody made it shorter */
        from += copied;
    }
    return CSC_OK;
}

/* Is the old file still the version that the hashes are of? */
static csc_status check_old(const struct csc_delta *delta)
{
    struct csc_pair *pair = delta->pair;
    struct csc_fs *fs = pair->fs[CSC_ORIGIN];
    struct csc_stat now;
    csc_status status;

    if (csc_failed(status = fs->stat_file(fs, delta->old, &now))) return status;
    if (!csc_same_state(&delta->before, &now, &pair->quality[CSC_ORIGIN])) return CSC_E_CHANGED;
    return pair->quality[CSC_ORIGIN].trusted && now.ctime != delta->before.ctime ? CSC_E_CHANGED : CSC_OK;
}

csc_status csc_delta_copy(struct csc_delta *delta, struct csc_file *from, struct csc_file *to, uint64_t size,
                          uint64_t *total)
{
    struct csc_pair *pair = delta->pair;
    struct csc_fs *local = pair->fs[CSC_LOCAL], *remote = pair->fs[CSC_ORIGIN];
    uint64_t run = 0, run_end = 0, filled = 0, unflushed = 0, offset;
    struct csc_block_reader reader;
    csc_status status;

    *total = 0;
    status = csc_local_result(pair, csc_block_reader_init(&reader, local, from, size, delta->base.block));
    while (!csc_failed(status))
    {
        if (csc_op_stopping(pair->op)) status = CSC_E_CANCELLED;
        if (csc_failed(status)) break;
        status = csc_block_next(&reader);
        if (status == CSC_FALSE || status == CSC_E_SHARING) break;
        if (csc_failed(status = csc_local_result(pair, status))) break;

        offset = reader.offset - reader.length;
        if (delta->sent.hashes)
            memcpy(delta->sent.hashes + offset / reader.block * CSC_BLOCK_HASH, reader.hash, CSC_BLOCK_HASH);
        if (!reader.zero && is_unchanged(delta, &reader))
        {
            if (run_end != offset)
            {
                status = reuse(delta, to, run, run_end);
                run = offset;
            }
            run_end = reader.offset;
            filled = reader.offset;
        }
        else if (!reader.zero)
        {
            status = remote->write(remote, to, offset, reader.buffer, reader.length);
            if (!csc_failed(status)) atomic_fetch_add(&pair->op->bytes_sent, reader.length);
            filled = reader.offset;
        }
        if (!reader.zero) unflushed += reader.length;
        if (!csc_failed(status) && unflushed >= FLUSH_EVERY)
        {
            status = reuse(delta, to, run, run_end);
            run = run_end;
            if (!csc_failed(status)) status = remote->sync_file(remote, to);
            unflushed = 0;
        }
        if (csc_failed(status)) status = status == CSC_E_CHANGED ? status : csc_origin_result(pair, status);
        else
        {
            *total = reader.offset;
            atomic_fetch_add(&pair->op->bytes_done, reader.length);
        }
    }
    csc_block_reader_clear(&reader);
    if (status == CSC_E_SHARING) return CSC_OK;          /* *total tells it */
    if (csc_failed(status)) return status;
    status = reuse(delta, to, run, run_end);
    if (!csc_failed(status) && filled < *total) status = remote->set_size(remote, to, *total);
    if (!csc_failed(status)) status = check_old(delta);
    return status == CSC_E_CHANGED ? status : csc_origin_result(pair, status);
}

void csc_delta_note(struct csc_delta *delta, const struct csc_item *item)
{
    /* without it the list is made later, from the cache's copy */
    if (delta->sent.hashes) csc_store_blocks_put(delta->pair->engine->store, item, &delta->sent);
}

void csc_delta_close(struct csc_delta *delta)
{
    struct csc_fs *fs = delta->pair->fs[CSC_ORIGIN];

    if (delta->old) fs->close_file(fs, delta->old);
    delta->old = NULL;
    csc_blocks_free(&delta->base);
    csc_blocks_free(&delta->sent);
}
