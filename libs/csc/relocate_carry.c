/*
 * What names something that was renamed in the cache: it goes along
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A request for the next start was checked with the names of its day.  When an earlier one renames a directory, a share or a
 * server, the requests for what is inside mean that under its new name.  So do the notes of what an administrator's lists
 * pinned, or nothing could take those pins away any more.  [behaviour.md §2.2.10]; Q60, Q65
 */

#include <stdlib.h>
#include <string.h>

#include "adminpin.h"
#include "buffer.h"
#include "relocate.h"

/* Server, share and what is below it, one by one; NULL behind the last. */
static const char *part(const struct csc_path *path, size_t i)
{
    if (i == 0) return path->server;
    if (i == 1) return path->share;
    return i - 2 < path->count ? path->components[i - 2] : NULL;
}

csc_status csc_rename_new_path(const char *text, const struct csc_path *from, const char *to, int itself, char **renamed)
{
    struct csc_path path;
    size_t size = strlen(to) + 1, i, rest;
    csc_status status;
    char *end;

    *renamed = NULL;
    if (csc_failed(status = csc_path_parse(text, &path))) return status == CSC_E_OUT_OF_MEMORY ? status : CSC_FALSE;
    for (i = 0; part(from, i) && part(&path, i) && csc_name_equal(part(from, i), part(&path, i)); i++) {}
    if (part(from, i) || (!part(&path, i) && !itself)) status = CSC_FALSE;
    else
    {
        for (rest = i; part(&path, rest); rest++) size += strlen(part(&path, rest)) + 1;
        if (!(*renamed = malloc(size))) status = CSC_E_OUT_OF_MEMORY;
        else for (end = stpcpy(*renamed, to); part(&path, i); i++) end = stpcpy(stpcpy(end, "\\"), part(&path, i));
    }
    csc_path_free(&path);
    return status;
}

static csc_status add(struct csc_buffer *all, const char *text, char end)
{
    size_t length = strlen(text);
    char *place = csc_buffer_add(all, length + 1);

    if (!place) return CSC_E_OUT_OF_MEMORY;
    memcpy(place, text, length);
    place[length] = end;
    return CSC_OK;
}

/* One line of the requests, with its paths as they are now. */
static csc_status carry_line(char *kind, const struct csc_path *from, const char *to, struct csc_buffer *all)
{
    char *path, *next, *renamed;
    csc_status status;

    if ((path = strchr(kind, '\t'))) *path++ = 0;
    status = add(all, kind, path ? '\t' : '\n');
    for (; path && !csc_failed(status); path = next)
    {
        if ((next = strchr(path, '\t'))) *next++ = 0;
        renamed = NULL;
        /* what is under way keeps its names: they tell what a cut leaves */
        if (!strcmp(kind, CSC_RENAME_LATER)) status = csc_rename_new_path(path, from, to, 0, &renamed);
        if (!csc_failed(status)) status = add(all, renamed ? renamed : path, next ? '\t' : '\n');
        free(renamed);
    }
    return status;
}

static csc_status carry_requests(struct csc_engine *engine, const struct csc_path *from, const char *to)
{
    struct csc_buffer all = { 0 };
    char *old, *line, *rest;
    csc_status status;

    status = csc_store_meta_get(engine->store, CSC_META_RENAMES, &old);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    for (line = strtok_r(old, "\n", &rest); line && !csc_failed(status); line = strtok_r(NULL, "\n", &rest))
        status = carry_line(line, from, to, &all);
    if (!csc_failed(status)) status = add(&all, "", 0);
    if (!csc_failed(status)) status = csc_store_meta_set(engine->store, CSC_META_RENAMES, *all.data ? (char *)all.data : NULL);
    csc_buffer_free(&all);
    free(old);
    return csc_failed(status) ? status : CSC_OK;
}

csc_status csc_rename_carry(struct csc_engine *engine, const struct csc_path *from, const struct csc_path *to)
{
    char *new = csc_path_text(to);
    csc_status status = new ? carry_requests(engine, from, new) : CSC_E_OUT_OF_MEMORY;

    if (!csc_failed(status)) status = csc_admin_pins_renamed(engine, from, new);
    free(new);
    return status;
}
