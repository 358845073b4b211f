/*
 * A world of its own for a test: a simulation with one server, a share of it and an engine
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_TESTS_SIM_WORLD_H
#define CSC_TESTS_SIM_WORLD_H

#include "ask.h"
#include "op.h"
#include "scope.h"
#include "sim.h"
#include "test.h"

#define SHARE "\\\\server\\share"
#define ORIGIN "/mnt/server"
#define THROUGH "/c/dosdevices/unc/server/share"
#define TREE "/c/windows/CSC/v2.0.6/namespace/server/share"
#define SYNC_BOTH (OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT | \
                   OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE)
#define PIN_ALL (OFFLINEFILES_PIN_CONTROL_FLAG_FILL | OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER)

struct world
{
    struct sim *sim;
    struct sim_volume *origin;
    struct csc_engine *engine;
    unsigned online_sync_interval;     /* for the engine, ms */
    unsigned most_workers;             /* for the engine; 0: as many as ever */
};

static inline csc_status open_engine(struct world *world)
{
    struct csc_engine_config config;

    sim_engine_config(world->sim, &config);
    config.online_sync_interval = world->online_sync_interval;
    config.most_workers = world->most_workers;
    return csc_engine_open(&config, &world->engine);
}

/* server may be NULL: a good one. */
static inline void make_world_with(struct world *world, const struct sim_config *config,
                                   const struct sim_volume_config *server)
{
    struct sim_volume_config volume = { .granularity = SIM_MS };

    if (server) volume = *server;
    volume.mount_point = ORIGIN;
    volume.volatile_only = 1;
    memset(world, 0, sizeof(*world));
    world->sim = sim_create(config);
    world->origin = sim_mount(world->sim, &volume);
}

static inline void make_world(struct world *world, const struct sim_config *config)
{
    make_world_with(world, config, NULL);
}

static inline void end_world(struct world *world)
{
    csc_engine_close(world->engine);
    sim_destroy(world->sim);
}

static inline void put(struct world *world, const char *path, const char *text)
{
    CHECK_STATUS(sim_write(world->sim, path, text, strlen(text)), CSC_OK);
}

/* The content of a file; static, "(none)" when there is none. */
static inline const char *content(struct world *world, const char *path)
{
    static char text[256];
    void *data;
    size_t size;

    if (csc_failed(sim_read(world->sim, path, &data, &size))) return "(none)";
    snprintf(text, sizeof(text), "%s", (char *)data);
    free(data);
    return text;
}

/* A share with three files, all of them cached. */
static inline csc_status set_up(struct world *world)
{
    csc_status status;

    put(world, ORIGIN "/a", "one");
    put(world, ORIGIN "/b", "two");
    sim_make_dir(world->sim, ORIGIN "/d");
    put(world, ORIGIN "/d/c", "three");
    if (csc_failed(status = open_engine(world))) return status;
    if (csc_failed(status = csc_map(world->engine, SHARE, ORIGIN, 0))) return status;
    return sim_run_op(world->engine, CSC_OP_PIN, PIN_ALL, 1, SHARE);
}

static inline csc_status go_offline(struct world *world)
{
    int prevented;

    return csc_go_offline(world->engine, SHARE, 1, &prevented);
}

static inline csc_status sync_share(struct world *world)
{
    return sim_run_op(world->engine, CSC_OP_SYNC, SYNC_BOTH, 1, SHARE);
}

/* Cached, offline, edited on both sides: a, new and d/c in the cache, b on the server. */
static inline csc_status set_up_edited(struct world *world)
{
    struct sim *sim = world->sim;
    csc_status status;

    if (csc_failed(status = set_up(world))) return status;
    sim_sleep(sim, 5 * SIM_S);
    if (csc_failed(status = go_offline(world))) return status;
    put(world, THROUGH "/a", "one more");
    put(world, THROUGH "/new", "new");
    sim_remove(sim, THROUGH "/d/c");
    put(world, ORIGIN "/b", "two more");
    sim_sleep(sim, 5 * SIM_S);
    return CSC_OK;
}

static inline csc_status go_online(struct world *world)
{
    return sim_run_op(world->engine, CSC_OP_ONLINE, 0, 1, SHARE);
}

#endif
