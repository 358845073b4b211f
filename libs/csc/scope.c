/*
 * Scopes: the mapped shares
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "background.h"
#include "scope.h"

/* -- life -- */

static void destroy(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;

    if (scope->origin_fs) csc_guard_destroy(scope->origin_fs);
    free(scope->row.server);
    free(scope->row.share);
    free(scope->row.origin);
    free(scope->row.link_before);
    free(scope->server_key);
    free(scope->share_key);
    free(scope->cache_path);
    free(scope->link_path);
    free(scope);

    pthread_mutex_lock(&engine->lock);
    engine->live_scopes--;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
}

void csc_scope_addref(struct csc_scope *scope)
{
    atomic_fetch_add(&scope->refs, 1);
}

void csc_scope_release(struct csc_scope *scope)
{
    if (atomic_fetch_sub(&scope->refs, 1) == 1) destroy(scope);
}

/* <directory>/<server>/<share> */
static char *path_below(const char *directory, const struct csc_scope_row *row)
{
    char *server = csc_join(directory, row->server), *path;

    if (!server) return NULL;
    path = csc_join(server, row->share);
    free(server);
    return path;
}

csc_status csc_scope_create(struct csc_engine *engine, struct csc_scope_row *row, struct csc_scope **ret)
{
    struct csc_scope *scope = calloc(1, sizeof(*scope));
    csc_status status = CSC_E_OUT_OF_MEMORY;

    *ret = NULL;
    if (!scope)
    {
        free(row->server);
        free(row->share);
        free(row->origin);
        free(row->link_before);
        return status;
    }
    scope->engine = engine;
    scope->row = *row;
    atomic_init(&scope->refs, 1);
    pthread_mutex_lock(&engine->lock);
    engine->live_scopes++;
    pthread_mutex_unlock(&engine->lock);

    scope->cache_path = path_below(engine->namespace_dir, &scope->row);
    scope->link_path = path_below(engine->config.unc_dir, &scope->row);
    scope->origin_fs = csc_guard_create(engine, engine->fs);
    if (scope->cache_path && scope->link_path && scope->origin_fs)
    {
        status = csc_name_key(scope->row.server, &scope->server_key);
        if (!csc_failed(status)) status = csc_name_key(scope->row.share, &scope->share_key);
    }
    if (csc_failed(status)) csc_scope_release(scope);
    else *ret = scope;
    return status;
}

csc_status csc_scope_activate(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;
    struct csc_scope **place;
    csc_status status;

    if (csc_failed(status = csc_pool_create(scope, engine->config.workers, engine->config.most_workers, &scope->pool))) return status;
    pthread_mutex_lock(&engine->lock);
    for (place = &engine->scopes; *place; place = &(*place)->next)
    {
        int order = strcmp((*place)->server_key, scope->server_key);

        if (order > 0 || (!order && strcmp((*place)->share_key, scope->share_key) > 0)) break;
    }
    scope->next = *place;
    *place = scope;
    scope->listed = 1;
    scope->blocks_wanted = 1;
    csc_background_init(scope);
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    return CSC_OK;
}

void csc_scope_deactivate(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;
    struct csc_scope **place;
    struct csc_pool *pool;

    pthread_mutex_lock(&engine->lock);
    scope->removed = 1;
    for (place = &engine->scopes; *place && *place != scope; place = &(*place)->next) continue;
    if (*place) *place = scope->next;
    scope->next = NULL;
    scope->listed = 0;
    pool = scope->pool;
    scope->pool = NULL;
    csc_probe_forget(scope);
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);

    if (pool) csc_pool_destroy(pool);
    csc_scope_release(scope);
}

/* -- finding -- */

struct csc_scope *csc_scope_lookup(struct csc_engine *engine, const char *server, const char *share)
{
    struct csc_scope *scope = NULL;
    char *server_key, *share_key;

    if (csc_name_key(server, &server_key)) return NULL;
    if (!csc_name_key(share, &share_key))
    {
        for (scope = engine->scopes; scope; scope = scope->next)
            if (!strcmp(scope->share_key, share_key) && !strcmp(scope->server_key, server_key)) break;
        free(share_key);
    }
    free(server_key);
    return scope;
}

csc_status csc_scope_find(struct csc_engine *engine, const struct csc_path *path, struct csc_scope **ret)
{
    struct csc_scope *scope;

    *ret = NULL;
    if (!path->share) return CSC_E_BAD_NETPATH;
    pthread_mutex_lock(&engine->lock);
    scope = csc_scope_lookup(engine, path->server, path->share);
    if (scope && !scope->removed && !engine->closing)
    {
        csc_scope_addref(scope);
        *ret = scope;
    }
    pthread_mutex_unlock(&engine->lock);
    return *ret ? CSC_OK : CSC_E_BAD_NETPATH;
}

csc_status csc_scopes_of_server(struct csc_engine *engine, const char *server, struct csc_scope ***scopes, size_t *count)
{
    struct csc_scope *scope;
    char *key = NULL;
    csc_status status;
    size_t total = 0;

    *scopes = NULL;
    *count = 0;
    if (server && csc_failed(status = csc_name_key(server, &key))) return status;
    pthread_mutex_lock(&engine->lock);
    for (scope = engine->scopes; scope; scope = scope->next) total++;
    if ((*scopes = malloc((total + 1) * sizeof(**scopes))))
    {
        for (scope = engine->scopes; scope; scope = scope->next)
        {
            if (scope->removed || (key && strcmp(scope->server_key, key))) continue;
            csc_scope_addref(scope);
            (*scopes)[(*count)++] = scope;
        }
    }
    pthread_mutex_unlock(&engine->lock);
    free(key);
    return *scopes ? CSC_OK : CSC_E_OUT_OF_MEMORY;
}

/* -- facts -- */

char *csc_scope_name(const struct csc_scope *scope)
{
    size_t server = strlen(scope->row.server), share = strlen(scope->row.share);
    char *name = malloc(server + share + 4);

    if (!name) return NULL;
    memcpy(name, "\\\\", 2);
    memcpy(name + 2, scope->row.server, server);
    name[2 + server] = '\\';
    memcpy(name + 3 + server, scope->row.share, share + 1);
    return name;
}

int csc_scope_is_offline(struct csc_scope *scope)
{
    int offline;

    pthread_mutex_lock(&scope->engine->lock);
    offline = scope->row.offline != 0;
    pthread_mutex_unlock(&scope->engine->lock);
    return offline;
}

int csc_scope_has_writers(struct csc_scope *scope)
{
    int writers;

    /* asked for each file: a first fill needs no lock for it */
    if (csc_fill_mark_holds(scope)) return 0;
    pthread_mutex_lock(&scope->engine->lock);
    writers = scope->row.offline || scope->leaving || scope->settle_wanted;
    pthread_mutex_unlock(&scope->engine->lock);
    return writers;
}

void csc_scope_state(struct csc_scope *scope, uint32_t *state, uint32_t *reason)
{
    pthread_mutex_lock(&scope->engine->lock);
    *state = scope->row.offline ? OFFLINEFILES_CONNECT_STATE_OFFLINE : OFFLINEFILES_CONNECT_STATE_ONLINE;
    *reason = scope->row.offline ? scope->row.reason : OFFLINEFILES_OFFLINE_REASON_NOT_APPLICABLE;
    pthread_mutex_unlock(&scope->engine->lock);
}

csc_status csc_scope_has_content(struct csc_scope *scope, int *cached)
{
    struct csc_usage usage;
    csc_status status = csc_store_usage(scope->engine->store, scope->row.id, &usage);

    *cached = !csc_failed(status) && usage.items > usage.sparse;
    return status;
}

/* -- trouble -- */

void csc_scope_suspect(struct csc_scope *scope)
{
    struct csc_engine *engine = scope->engine;

    pthread_mutex_lock(&engine->lock);
    scope->probe_now = 1;
    engine->monitor_wanted = 1;
    pthread_cond_signal(&engine->tick);
    pthread_mutex_unlock(&engine->lock);
}

static void go_offline(struct csc_scope *scope)
{
    csc_status status;
    int cached;

    status = csc_scope_has_content(scope, &cached);
    if (!csc_failed(status) && !cached) return;      /* an empty cache would help nobody */
    if (!csc_failed(status)) status = csc_scope_take_offline(scope, OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR);
    /* the next probe fails again and this is tried again */
    if (csc_failed(status)) csc_trace(scope->engine, "cannot go offline: %08x", (unsigned)status);
}

static void *fail_main(void *context)
{
    struct csc_scope *scope = context;
    struct csc_engine *engine = scope->engine;

    go_offline(scope);
    pthread_mutex_lock(&engine->lock);
    scope->failure = CSC_OK;
    pthread_mutex_unlock(&engine->lock);
    csc_scope_release(scope);
    csc_helper_end(engine);
    return NULL;
}

void csc_scope_fail(struct csc_scope *scope, csc_status why)
{
    struct csc_engine *engine = scope->engine;
    int busy;

    csc_trace(engine, "origin of \\\\%s\\%s failed: %08x", scope->row.server, scope->row.share, (unsigned)why);
    pthread_mutex_lock(&engine->lock);
    busy = scope->failure || engine->closing || scope->removed;
    if (!busy) scope->failure = why;
    pthread_mutex_unlock(&engine->lock);
    if (busy) return;

    csc_scope_addref(scope);
    if (!csc_failed(csc_helper_start(engine, fail_main, scope))) return;
    /* no thread to be had: the next probe fails again and this is tried again */
    csc_trace(engine, "cannot start a thread to go offline");
    pthread_mutex_lock(&engine->lock);
    scope->failure = CSC_OK;
    pthread_mutex_unlock(&engine->lock);
    csc_scope_release(scope);
}
