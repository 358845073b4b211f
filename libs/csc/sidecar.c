/*
 * The second record: its files
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scope.h"
#include "sidecar.h"

/* more than any that was written: 100,000 pins of long paths */
#define MAX_SIZE   ((uint64_t)256 << 20)
#define PINS_DELAY (500 * CSC_NS_PER_MS)
#define LEAST_PAUSE CSC_NS_PER_S
#define MOST_PAUSE  (64 * CSC_NS_PER_S)

/* -- files as a whole -- */

csc_status csc_write_durably(struct csc_fs *fs, struct csc_dir *dir, const char *name, const void *data, size_t size)
{
    struct csc_file *file;
    csc_status status;
    char temp[64];

    snprintf(temp, sizeof(temp), "%s.new", name);
    status = fs->remove_file(fs, dir, temp);                  /* left by a crash */
    if (csc_failed(status) && status != CSC_E_NOT_FOUND) return status;
    if (csc_failed(status = fs->create_file(fs, dir, temp, &file))) return status;
    status = fs->write(fs, file, 0, data, size);
    if (!csc_failed(status)) status = fs->sync_file(fs, file);
    fs->close_file(fs, file);
    if (!csc_failed(status)) status = fs->rename(fs, dir, temp, dir, name, CSC_RENAME_REPLACE);
    if (!csc_failed(status)) return fs->sync_dir(fs, dir);
    fs->remove_file(fs, dir, temp);
    return status;
}

csc_status csc_read_whole(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_buffer *data)
{
    struct csc_file *file;
    struct csc_stat stat;
    csc_status status;
    size_t got = 0;

    if (csc_failed(status = fs->open_file(fs, dir, name, &file))) return status;
    status = fs->stat_file(fs, file, &stat);
    if (!csc_failed(status) && stat.size > MAX_SIZE) status = CSC_E_CORRUPT;
    if (!csc_failed(status))
    {
        void *place = csc_buffer_add(data, (size_t)stat.size);

        status = place ? fs->read(fs, file, 0, place, (size_t)stat.size, &got) : CSC_E_OUT_OF_MEMORY;
        data->size = got;
    }
    fs->close_file(fs, file);
    if (csc_failed(status)) csc_buffer_free(data);
    return status;
}

/* -- writing -- */

/* Whether a file has this text already: every one of them was written durably, but perhaps not its name. */
static int has_text(struct csc_fs *fs, struct csc_dir *dir, const char *name, const struct csc_buffer *text)
{
    struct csc_buffer there = { 0 };
    int equal;

    if (csc_failed(csc_read_whole(fs, dir, name, &there))) return 0;
    equal = there.size == text->size && (!text->size || !memcmp(there.data, text->data, text->size));
    csc_buffer_free(&there);
    return equal;
}

static csc_status write_text(struct csc_engine *engine, const char *name, csc_status status, struct csc_buffer *text)
{
    struct csc_dir *dir;

    if (!csc_failed(status)) status = engine->fs->open_root(engine->fs, engine->base_dir, &dir);
    if (!csc_failed(status))
    {
        /* at each start nothing is new */
        if (has_text(engine->fs, dir, name, text)) status = engine->fs->sync_dir(engine->fs, dir);
        else status = csc_write_durably(engine->fs, dir, name, text->data, text->size);
        engine->fs->close_dir(engine->fs, dir);
    }
    csc_buffer_free(text);
    return status;
}

csc_status csc_sidecar_write_shares(struct csc_engine *engine)
{
    struct csc_sidecar_shares shares = { 0 };
    struct csc_scope_row *rows;
    struct csc_buffer text = { 0 };
    csc_status status;
    size_t count, i;

    /* what a damaged database says is not to be believed: written when it was checked */
    if (engine->checking != CSC_CHECK_DONE)
    {
        engine->shares_stale = 1;
        return CSC_OK;
    }
    memcpy(shares.cache_id, engine->cache_id, sizeof(shares.cache_id));
    if (!(status = csc_store_scopes(engine->store, &rows, &count)))
    {
        if (count && !(shares.list = calloc(count, sizeof(*shares.list)))) status = CSC_E_OUT_OF_MEMORY;
        for (i = 0; i < count && !status; i++)
        {
            shares.list[i].row = rows[i];
            status = csc_made_server(engine, rows[i].server, &shares.list[i].made_server);
        }
        shares.count = count;
        if (!status) status = csc_sidecar_format_shares(&shares, &text);
        status = write_text(engine, CSC_SIDECAR_SHARES, status, &text);
        free(shares.list);                                    /* the strings are the rows' */
        csc_scope_rows_free(rows, count);
    }
    engine->shares_stale = csc_failed(status);
    if (csc_failed(status)) csc_trace(engine, "cannot write %s: %08x", CSC_SIDECAR_SHARES, (unsigned)status);
    return status;
}

/* Appends the pins of a share; their paths and names are copied. */
static csc_status add_pins(struct csc_engine *engine, const struct csc_scope_row *row, struct csc_sidecar_pins *pins)
{
    struct csc_sidecar_pin *list;
    struct csc_own_pin *own;
    csc_status status;
    size_t count, i;

    if ((status = csc_store_own_pins(engine->store, row->id, &own, &count))) return status;
    if (count && !(list = realloc(pins->list, (pins->count + count) * sizeof(*list)))) status = CSC_E_OUT_OF_MEMORY;
    else if (count) pins->list = list;
    for (i = 0; i < count && !status; i++)
    {
        struct csc_sidecar_pin *pin = &pins->list[pins->count++];

        pin->server = strdup(row->server);
        pin->share = strdup(row->share);
        pin->path = own[i].path;
        own[i].path = NULL;
        pin->type = own[i].type;
        pin->pin = own[i].pin;
        pin->flags = own[i].flags;
        if (!pin->server || !pin->share) status = CSC_E_OUT_OF_MEMORY;
    }
    csc_own_pins_free(own, count);
    return status;
}

csc_status csc_sidecar_write_pins(struct csc_engine *engine)
{
    struct csc_sidecar_pins pins = { 0 };
    struct csc_buffer text = { 0 };
    struct csc_scope_row *rows;
    csc_status status;
    size_t count, i;

    if (!(status = csc_store_scopes(engine->store, &rows, &count)))
    {
        for (i = 0; i < count && !status; i++) status = add_pins(engine, &rows[i], &pins);
        csc_scope_rows_free(rows, count);
        if (!status) status = csc_sidecar_format_pins(&pins, &text);
        status = write_text(engine, CSC_SIDECAR_PINS, status, &text);
        csc_sidecar_pins_free(&pins);
    }
    if (csc_failed(status)) csc_trace(engine, "cannot write %s: %08x", CSC_SIDECAR_PINS, (unsigned)status);
    return status;
}

void csc_sidecar_pins_changed(struct csc_engine *engine)
{
    int64_t due = engine->clock->monotonic(engine->clock) + PINS_DELAY, none = 0;

    /* the first change decides: many in a row do not put it off for ever */
    atomic_compare_exchange_strong(&engine->pins_due, &none, due);
}

/* A disk that is full stays so for a while. */
static int64_t pause_after(struct csc_engine *engine, csc_status status)
{
    int64_t pause = engine->sidecar_pause;

    if (!csc_failed(status)) pause = 0;
    else pause = !pause ? LEAST_PAUSE : pause < MOST_PAUSE ? 2 * pause : pause;
    return engine->sidecar_pause = pause;
}

void csc_sidecar_tick(struct csc_engine *engine)
{
    int64_t due = atomic_load(&engine->pins_due), now = engine->clock->monotonic(engine->clock), pause;
    csc_status status;

    int checked;

    /* what a damaged database says is not to be believed */
    pthread_mutex_lock(&engine->lock);
    checked = engine->checking == CSC_CHECK_DONE;
    pthread_mutex_unlock(&engine->lock);
    if (!checked || csc_store_is_damaged(engine->store)) return;
    if (due && now >= due)
    {
        atomic_store(&engine->pins_due, 0);
        if (csc_failed(status = csc_sidecar_write_pins(engine))) csc_sidecar_pins_changed(engine);
        if ((pause = pause_after(engine, status)) > PINS_DELAY) atomic_store(&engine->pins_due, now + pause);
    }
    pthread_mutex_lock(&engine->lock);
    if (engine->shares_stale && now >= engine->next_shares)
        engine->next_shares = now + pause_after(engine, csc_sidecar_write_shares(engine));
    pthread_mutex_unlock(&engine->lock);
}

/* -- reading -- */

/* Either shares or pins; the other is NULL. */
static csc_status read_record(struct csc_engine *engine, const char *name, struct csc_sidecar_shares *shares,
                              struct csc_sidecar_pins *pins)
{
    struct csc_buffer text = { 0 };
    struct csc_dir *dir;
    csc_status status = engine->fs->open_root(engine->fs, engine->base_dir, &dir);

    if (csc_failed(status)) return status;
    status = csc_read_whole(engine->fs, dir, name, &text);
    engine->fs->close_dir(engine->fs, dir);
    if (csc_failed(status)) return status;
    status = shares ? csc_sidecar_parse_shares((const char *)text.data, text.size, shares)
                    : csc_sidecar_parse_pins((const char *)text.data, text.size, pins);
    csc_buffer_free(&text);
    return status;
}

csc_status csc_sidecar_read_shares(struct csc_engine *engine, struct csc_sidecar_shares *shares)
{
    return read_record(engine, CSC_SIDECAR_SHARES, shares, NULL);
}

csc_status csc_sidecar_read_pins(struct csc_engine *engine, struct csc_sidecar_pins *pins)
{
    return read_record(engine, CSC_SIDECAR_PINS, NULL, pins);
}
