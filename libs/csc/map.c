/*
 * Mapping shares
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The store knows the origin, durably, before the link is touched.
 */

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "scope.h"
#include "sidecar.h"

/* An origin's path in one form: absolute, no empty or "." components, no separator at its end.
 * CSC_E_INVALID_ARG: relative, or with "..", whose meaning links would change. */
static csc_status clean_origin(const char *text, char **ret)
{
    char *path, *out;
    const char *p = text;
    size_t length;

    *ret = NULL;
    if (!text || text[0] != '/') return CSC_E_INVALID_ARG;
    if (strlen(text) >= 4096) return CSC_E_NAME_TOO_LONG;
    if (!(path = out = malloc(strlen(text) + 2))) return CSC_E_OUT_OF_MEMORY;
    while (*p)
    {
        while (*p == '/') p++;
        length = strcspn(p, "/");
        if (length == 2 && !strncmp(p, "..", 2))
        {
            free(path);
            return CSC_E_INVALID_ARG;
        }
        if (length && !(length == 1 && *p == '.'))
        {
            *out++ = '/';
            memcpy(out, p, length);
            out += length;
        }
        p += length;
    }
    if (out == path) *out++ = '/';
    *out = 0;
    *ret = path;
    return CSC_OK;
}

static int is_below_or_equal(const char *path, const char *directory)
{
    size_t length = strlen(directory);

    while (length && directory[length - 1] == '/') length--;
    return !strncmp(path, directory, length) && (!path[length] || path[length] == '/');
}

/* What a link means: its text, from the directory of the link when it is relative. */
static csc_status resolve_target(const char *directory, const char *target, char **origin)
{
    csc_status status;
    char *joined;

    if (target[0] == '/') return clean_origin(target, origin);
    if (!(joined = csc_join(directory, target))) return CSC_E_OUT_OF_MEMORY;
    status = clean_origin(joined, origin);
    free(joined);
    return status;
}

csc_status csc_unc_target(struct csc_engine *engine, const struct csc_unc_place *place, char **origin)
{
    char *directory = csc_join(engine->config.unc_dir, place->server);
    csc_status status;

    if (!directory) return CSC_E_OUT_OF_MEMORY;
    status = resolve_target(directory, place->target, origin);
    free(directory);
    return status;
}

/* Shared with a thread that may hang for longer than anybody waits. */
struct identification
{
    atomic_uint refs;
    struct csc_root_id id;
};

static void identification_release(void *context)
{
    struct identification *identification = context;

    if (atomic_fetch_sub(&identification->refs, 1) == 1) free(identification);
}

/* An origin in the cache, or with the cache in it, would be cached into itself (our decision). */
static csc_status refuse_overlap(const struct csc_engine *engine, const char *origin, const char *cache)
{
    return is_below_or_equal(origin, cache) || is_below_or_equal(cache, origin) ||
           is_below_or_equal(origin, engine->config.unc_dir) ? CSC_E_INVALID_ARG : CSC_OK;
}

static csc_status identify(struct csc_scope *scope, void *context)
{
    struct identification *identification = context;
    char *origin, *cache;
    csc_status status;

    if (csc_failed(status = csc_probe_origin(scope, 0, &identification->id, NULL))) return status;
    if (csc_failed(status = csc_resolve_path(scope->origin_fs, scope->row.origin, &origin))) return status;
    status = csc_resolve_path(scope->engine->fs, scope->engine->config.cache_dir, &cache);
    if (!csc_failed(status))
    {
        status = refuse_overlap(scope->engine, origin, cache);
        free(cache);
    }
    free(origin);
    return status;
}

/* Looks at an origin and keeps its root's identity in the row. */
static csc_status identify_origin(struct csc_scope *scope)
{
    struct identification *identification = calloc(1, sizeof(*identification));
    csc_status status;

    if (!identification) return CSC_E_OUT_OF_MEMORY;
    atomic_init(&identification->refs, 2);
    status = csc_scope_call(scope, identify, identification, identification_release,
                            scope->engine->config.origin_timeout);
    if (!csc_failed(status)) scope->row.root = identification->id;
    identification_release(identification);
    return status == CSC_E_NOT_FOUND ? CSC_E_PATH_NOT_FOUND : status;
}

/* Makes the directories that the scope's tree stands in, and its root. */
static csc_status make_tree(struct csc_scope *scope)
{
    return csc_make_path(scope->engine->fs, scope->cache_path, NULL);
}

/* Writes the row, swaps the link, lists the scope; takes the reference over when it succeeds. */
static csc_status install(struct csc_scope *scope, int made_server)
{
    struct csc_engine *engine = scope->engine;
    struct csc_scope *other;
    csc_status status = CSC_OK;

    pthread_mutex_lock(&engine->lock);
    if (engine->closing) status = CSC_E_CANCELLED;
    else if ((other = csc_scope_lookup(engine, scope->row.server, scope->row.share)))
        status = strcmp(other->row.origin, scope->row.origin) ? CSC_E_ALREADY_EXISTS : CSC_FALSE;
    csc_store_forget_changes(engine->store);
    if (!status) status = csc_store_scope_put(engine->store, &scope->row);
    if (!status && made_server) status = csc_made_server_set(scope, 1);
    if (!status) status = csc_store_commit(engine->store, 1);
    if (!status) status = csc_sidecar_write_shares(engine);
    if (!status) status = csc_link_reconcile(scope);
    pthread_mutex_unlock(&engine->lock);
    if (!status) status = csc_scope_activate(scope);

    if (csc_failed(status) && scope->row.id)
    {
        csc_link_restore(scope, 0);
        csc_store_scope_delete(engine->store, scope->row.id);
        csc_store_commit(engine->store, 1);
        pthread_mutex_lock(&engine->lock);
        csc_sidecar_write_shares(engine);
        pthread_mutex_unlock(&engine->lock);
    }
    else if (!status) csc_log_scope(scope, "map", CSC_OK, scope->row.origin);
    return status;
}

/* Maps; server and share as given, origin cleaned. */
static csc_status map_share(struct csc_engine *engine, const char *server, const char *share, const char *origin)
{
    struct csc_scope_row row = { .caching_mode = OFFLINEFILES_CACHING_MODE_MANUAL };
    struct csc_unc_place place;
    struct csc_scope *scope;
    csc_status status;
    int made_server;

    if (csc_failed(status = refuse_overlap(engine, origin, engine->config.cache_dir))) return status;
    if (csc_failed(status = csc_unc_find(engine, server, share, &place))) return status;
    row.server = place.server;
    row.share = place.share;
    row.link_before = place.target;
    made_server = !place.server_exists;
    if (!(row.origin = strdup(origin)))
    {
        csc_unc_place_clear(&place);
        return CSC_E_OUT_OF_MEMORY;
    }
    if (csc_failed(status = csc_scope_create(engine, &row, &scope))) return status;

    /* a link into the cache is left over from a life whose store was lost: nothing to restore later */
    if (scope->row.link_before && !strcmp(scope->row.link_before, scope->cache_path))
    {
        free(scope->row.link_before);
        scope->row.link_before = NULL;
    }
    status = identify_origin(scope);
    if (!csc_failed(status)) status = make_tree(scope);
    if (!csc_failed(status)) status = install(scope, made_server);
    if (status) csc_scope_release(scope);
    return csc_failed(status) ? status : CSC_OK;
}

csc_status csc_map(struct csc_engine *engine, const char *share, const char *origin, uint32_t flags)
{
    struct csc_scope *scope;
    struct csc_path path;
    csc_status status;
    char *clean = NULL;

    if (csc_failed(status = csc_path_parse(share, &path))) return status;
    if (flags) status = CSC_E_INVALID_ARG;
    else if (!path.share || path.count) status = CSC_E_BAD_PATH;
    else status = clean_origin(origin, &clean);
    if (csc_failed(status)) goto done;

    if (csc_failed(status = csc_check_wait(engine))) goto done;
    pthread_mutex_lock(&engine->map_lock);
    if (csc_failed(csc_scope_find(engine, &path, &scope)))
        status = map_share(engine, path.server, path.share, clean);
    else
    {
        if (strcmp(scope->row.origin, clean)) status = CSC_E_ALREADY_EXISTS;
        else
        {
            /* what the user put in place of the link since is given up by mapping again */
            pthread_mutex_lock(&engine->lock);
            if (!scope->removed)
                status = engine->fs->replace_link(engine->fs, scope->link_path,
                                                  scope->row.offline ? scope->cache_path : scope->row.origin);
            pthread_mutex_unlock(&engine->lock);
        }
        csc_scope_release(scope);
    }
    pthread_mutex_unlock(&engine->map_lock);
done:
    free(clean);
    csc_path_free(&path);
    return status;
}

/* Maps a share that has a UNC link and is not known. */
static csc_status adopt(struct csc_engine *engine, const struct csc_path *path)
{
    struct csc_unc_place place;
    csc_status status;
    char *origin;

    if (csc_failed(status = csc_unc_find(engine, path->server, path->share, &place)))
        return status == CSC_E_EXISTS ? CSC_E_BAD_NETPATH : status;
    if (!place.target) status = CSC_E_BAD_NETPATH;
    else
    {
        status = csc_unc_target(engine, &place, &origin);
        if (!csc_failed(status))
        {
            status = map_share(engine, path->server, path->share, origin);
            free(origin);
        }
        if (status == CSC_E_INVALID_ARG || status == CSC_E_PATH_NOT_FOUND || status == CSC_E_DIRECTORY)
            status = CSC_E_BAD_NETPATH;
    }
    csc_unc_place_clear(&place);
    return status;
}

csc_status csc_scope_find_or_adopt(struct csc_engine *engine, const struct csc_path *path, struct csc_scope **scope)
{
    csc_status status = csc_scope_find(engine, path, scope);

    if (status != CSC_E_BAD_NETPATH || !path->share) return status;
    pthread_mutex_lock(&engine->map_lock);
    /* somebody else may have mapped it meanwhile */
    status = csc_scope_find(engine, path, scope);
    if (status == CSC_E_BAD_NETPATH && !csc_failed(status = adopt(engine, path)))
        status = csc_scope_find(engine, path, scope);
    pthread_mutex_unlock(&engine->map_lock);
    return status;
}
