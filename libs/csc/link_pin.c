/*
 * Pinning what shell links lead to
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A link's target may be in another share, and an operation works in one at a time: targets are remembered, and pinned
 * when all paths of the operation are done.  A link whose target cannot be pinned is nothing to complain about, links
 * grow old.
 */

#include <stdlib.h>
#include <string.h>

#include "link_target.h"
#include "sync.h"

#define MOST_TARGETS 10000u        /* of one operation */

/* A target; done ones stay, so that links that lead to each other come to an end. */
struct csc_link_note
{
    struct csc_link_note *next;
    uint32_t reasons;
    int done;
    char path[];
};

int csc_pins_links(const struct csc_op *op)
{
    const uint32_t flags = OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES |
                           OFFLINEFILES_SYNC_CONTROL_FLAG_PINLINKTARGETS;

    return op->kind == CSC_OP_SYNC && (op->flags & flags) == flags;
}

/* *size: CSC_LINK_BYTES, or less at the end of the file. */
static csc_status read_beginning(struct csc_fs *fs, struct csc_dir *dir, const char *name, unsigned char **data, size_t *size)
{
    struct csc_file *file;
    csc_status status;
    size_t got;

    *size = 0;
    if (!(*data = malloc(CSC_LINK_BYTES))) return CSC_E_OUT_OF_MEMORY;
    if (!csc_failed(status = fs->open_file(fs, dir, name, &file)))
    {
        do
        {
            status = fs->read(fs, file, *size, *data + *size, CSC_LINK_BYTES - *size, &got);
            if (!csc_failed(status)) *size += got;
        }
        while (!csc_failed(status) && got && *size < CSC_LINK_BYTES);
        fs->close_file(fs, file);
    }
    if (!csc_failed(status)) return CSC_OK;
    free(*data);
    *data = NULL;
    return status;
}

static void remember(struct csc_op *op, const char *path, uint32_t reasons)
{
    struct csc_link_note *note, **end;
    unsigned count = 0;

    pthread_mutex_lock(&op->lock);
    for (end = &op->links; (note = *end); end = &note->next, count++)
    {
        if (strcmp(note->path, path)) continue;
        if ((note->reasons & reasons) != reasons) note->done = 0;
        note->reasons |= reasons;
        break;
    }
    if (!note && count < MOST_TARGETS && (note = malloc(sizeof(*note) + strlen(path) + 1)))
    {
        note->next = NULL;
        note->reasons = reasons;
        note->done = 0;
        strcpy(note->path, path);
        *end = note;
    }
    pthread_mutex_unlock(&op->lock);
}

void csc_links_note(struct csc_node *dir, int local, const char *name, uint32_t reasons)
{
    enum csc_which side = local ? CSC_LOCAL : CSC_ORIGIN;
    struct csc_pair *pair = dir->pair;
    unsigned char *data;
    struct csc_dir *handle;
    csc_status status;
    char *target;
    size_t size;

    if (!reasons || !csc_is_link_name(name) || csc_failed(csc_node_dir(dir, side, &handle))) return;
    status = read_beginning(pair->fs[side], handle, name, &data, &size);
    csc_node_done(dir, side);
    if (side == CSC_ORIGIN) csc_origin_result(pair, status);
    if (csc_failed(status)) return;
    if (csc_link_target(data, size, &target) == CSC_OK)
    {
        remember(pair->op, target, reasons);
        free(target);
    }
    free(data);
}

static csc_status pin_target(struct csc_op *op, const char *text, uint32_t reasons)
{
    struct csc_scope *scope;
    struct csc_path path;
    csc_status status;

    if (csc_failed(status = csc_path_parse(text, &path))) return status;
    /* a share that nobody mapped stays so: a link is not the user's word */
    if (!csc_failed(status = csc_scope_find(op->engine, &path, &scope)))
    {
        if (!csc_failed(status = csc_op_own_scope(op, scope)))
        {
            status = csc_pin_target(op, scope, &path, reasons);
            csc_op_settle_down(op);
            csc_op_disown_scope(op, scope);
        }
        csc_scope_release(scope);
    }
    csc_path_free(&path);
    return status;
}

csc_status csc_links_pin(struct csc_op *op)
{
    struct csc_link_note *note;
    csc_status status;
    uint32_t reasons;

    for (;;)
    {
        if (csc_op_stopping(op)) return csc_op_stop_status(op);
        pthread_mutex_lock(&op->lock);
        for (note = op->links; note && note->done; note = note->next) {}
        if (note) note->done = 1;
        reasons = note ? note->reasons : 0;
        pthread_mutex_unlock(&op->lock);
        if (!note) return CSC_OK;
        status = pin_target(op, note->path, reasons);
        if (csc_op_stopping(op)) return csc_op_stop_status(op);
        if (status == CSC_E_OUT_OF_MEMORY || status == CSC_E_CORRUPT) return status;
        if (csc_failed(status)) csc_store_log(op->engine->store, "pin link target", note->path, status, "left out");
    }
}

void csc_links_free(struct csc_op *op)
{
    struct csc_link_note *note;

    while ((note = op->links))
    {
        op->links = note->next;
        free(note);
    }
}
