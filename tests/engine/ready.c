/*
 * A cache that the engine made once, to begin with
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tables of a new store take longer than all that happens in a short history.
 */

#include <stdlib.h>
#include <string.h>

#include "csc.h"
#include "ready.h"

#define MOST 16

static struct { char *path; int directory; void *data; size_t size; } entries[MOST];
static int count;

static void keep(void *context, const struct sim_entry *entry)
{
    (void)context;
    if (count == MOST || (entry->stat.type != CSC_TYPE_DIRECTORY && entry->stat.type != CSC_TYPE_FILE)) abort();
    entries[count].directory = entry->stat.type == CSC_TYPE_DIRECTORY;
    entries[count].path = strdup(entry->path);
    entries[count].data = malloc(entry->size + 1);
    if (!entries[count].path || !entries[count].data) abort();
    if (entry->size) memcpy(entries[count].data, entry->data, entry->size);
    entries[count++].size = entry->size;
}

void ready_make(const char *path)
{
    struct sim_config config = { .seed = 1 };
    struct csc_engine_config engine_config;
    struct csc_engine *engine;
    struct sim *sim = sim_create(&config);

    if (!sim || count) abort();
    sim_engine_config(sim, &engine_config);
    if (csc_failed(csc_engine_open(&engine_config, &engine))) abort();
    csc_engine_close(engine);
    if (csc_failed(sim_walk(sim, path, keep, NULL)) || !count) abort();
    sim_destroy(sim);
}

void ready_copy(struct sim *sim, const char *path)
{
    char full[256];
    int i;

    if (count && csc_failed(sim_make_path(sim, path))) abort();
    for (i = 0; i < count; i++)
    {
        csc_status status;

        snprintf(full, sizeof(full), "%s/%s", path, entries[i].path);
        status = entries[i].directory ? sim_make_dir(sim, full) : sim_write(sim, full, entries[i].data, entries[i].size);
        if (csc_failed(status)) abort();
    }
}
