/*
 * The UNC links of Wine
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Wine finds \\server\share at <unc_dir>/<server>/<share> without regard to case, so what stands there in
 * another case is used.  [wine-notes §6]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "scope.h"

/* The entry of a directory that Wine would take for a name; the name itself when there is none. */
static csc_status find_entry(struct csc_fs *fs, const char *directory, const char *name, char **entry, int *exists)
{
    struct csc_dir *dir;
    csc_status status;
    char *key;

    *entry = NULL;
    *exists = 0;
    status = fs->open_root(fs, directory, &dir);
    if (!csc_failed(status))
    {
        status = csc_name_key(name, &key);
        if (!csc_failed(status))
        {
            status = csc_find_by_key(fs, dir, key, entry);
            free(key);
        }
        fs->close_dir(fs, dir);
    }
    else if (status == CSC_E_NOT_FOUND || status == CSC_E_PATH_NOT_FOUND) status = CSC_OK;
    if (csc_failed(status)) return status;
    *exists = *entry != NULL;
    if (!*entry && !(*entry = strdup(name))) return CSC_E_OUT_OF_MEMORY;
    return CSC_OK;
}

/* Whether path is a link, and its text. */
static csc_status read_entry(struct csc_fs *fs, const char *path, char **target)
{
    csc_status status = fs->read_link(fs, path, target);

    if (!csc_failed(status)) return CSC_OK;
    *target = NULL;
    if (status == CSC_E_NOT_FOUND || status == CSC_E_PATH_NOT_FOUND) return CSC_OK;
    return status;
}

csc_status csc_unc_find(struct csc_engine *engine, const char *server, const char *share, struct csc_unc_place *place)
{
    struct csc_fs *fs = engine->fs;
    char *server_path = NULL, *share_path = NULL, *target;
    csc_status status;
    int exists;

    memset(place, 0, sizeof(*place));
    status = find_entry(fs, engine->config.unc_dir, server, &place->server, &place->server_exists);
    if (csc_failed(status)) goto done;
    status = CSC_E_OUT_OF_MEMORY;
    if (!(server_path = csc_join(engine->config.unc_dir, place->server))) goto done;
    if (place->server_exists)
    {
        status = fs->read_link(fs, server_path, &target);
        if (!csc_failed(status))
        {
            free(target);
            status = CSC_E_EXISTS;
            goto done;
        }
    }
    status = find_entry(fs, server_path, share, &place->share, &exists);
    if (csc_failed(status)) goto done;
    status = CSC_E_OUT_OF_MEMORY;
    if (!(share_path = csc_join(server_path, place->share))) goto done;
    status = read_entry(fs, share_path, &place->target);
    if (status == CSC_E_DIRECTORY) status = CSC_E_EXISTS;
done:
    free(server_path);
    free(share_path);
    if (csc_failed(status)) csc_unc_place_clear(place);
    return status;
}

void csc_unc_place_clear(struct csc_unc_place *place)
{
    free(place->server);
    free(place->share);
    free(place->target);
    memset(place, 0, sizeof(*place));
}

static int ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), more = strlen(end);

    return length >= more && !strcmp(text + length - more, end);
}

/* Whether a link's text is one that this program gave it or found there when the share was mapped. */
static int is_ours(const struct csc_scope *scope, const char *text)
{
    const char *tail = strstr(scope->cache_path, "/v2.0.6/namespace/");

    if (!strcmp(text, scope->cache_path) || !strcmp(text, scope->row.origin)) return 1;
    if (scope->row.link_before && !strcmp(text, scope->row.link_before)) return 1;
    /* the cache of this share before the prefix was moved */
    return tail && ends_with(text, tail);
}

csc_status csc_link_swap(struct csc_scope *scope, const char *target)
{
    struct csc_fs *fs = scope->engine->fs;
    csc_status status;
    char *current;

    if (csc_failed(status = read_entry(fs, scope->link_path, &current))) return status;
    if (current && !is_ours(scope, current))
    {
        csc_trace(scope->engine, "%s points at %s, which is left alone", scope->link_path, current);
        csc_log_scope(scope, "link", CSC_E_EXISTS, "The link of the share was changed and is left alone.");
    }
    else if (!current || strcmp(current, target)) status = fs->replace_link(fs, scope->link_path, target);
    free(current);
    return status;
}

int csc_link_is_at_cache(struct csc_scope *scope)
{
    char *current;
    int found;

    if (csc_failed(read_entry(scope->engine->fs, scope->link_path, &current)) || !current) return 0;
    found = !strcmp(current, scope->cache_path);
    free(current);
    return found;
}

csc_status csc_link_reconcile(struct csc_scope *scope)
{
    return csc_link_swap(scope, scope->row.offline ? scope->cache_path : scope->row.origin);
}

/* -- taking the link away -- */

/* Names the note; server in any case. */
static csc_status made_server_name(const char *server, char *name, size_t size)
{
    csc_status status;
    char *key;

    /* a key of 255 UTF-16 units has at most 765 bytes */
    if (csc_failed(status = csc_name_key(server, &key))) return status;
    snprintf(name, size, "%s%s", CSC_META_MADE_SERVER, key);
    free(key);
    return CSC_OK;
}

csc_status csc_made_server_put(struct csc_engine *engine, const char *server, int made)
{
    char name[1024];
    csc_status status = made_server_name(server, name, sizeof(name));

    return csc_failed(status) ? status : csc_store_meta_set(engine->store, name, made ? "1" : NULL);
}

csc_status csc_made_server(struct csc_engine *engine, const char *server, int *made)
{
    char name[1024], *value;
    csc_status status;

    *made = 0;
    if (csc_failed(status = made_server_name(server, name, sizeof(name)))) return status;
    status = csc_store_meta_get(engine->store, name, &value);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    free(value);
    *made = 1;
    return CSC_OK;
}

csc_status csc_made_server_set(struct csc_scope *scope, int made)
{
    return csc_made_server_put(scope->engine, scope->row.server, made);
}

csc_status csc_server_directory_remove(struct csc_engine *engine, const char *server)
{
    struct csc_fs *fs = engine->fs;
    struct csc_dir *dir;
    csc_status status;
    int made;

    if (csc_failed(status = csc_made_server(engine, server, &made)) || !made) return status;
    if (csc_failed(status = fs->open_root(fs, engine->config.unc_dir, &dir))) return status;
    status = fs->remove_dir(fs, dir, server);
    fs->close_dir(fs, dir);
    if (status == CSC_E_NOT_EMPTY) return CSC_OK;
    if (csc_failed(status) && status != CSC_E_NOT_FOUND) return status;
    return csc_made_server_put(engine, server, 0);
}

csc_status csc_link_give_back(struct csc_scope *scope)
{
    struct csc_fs *fs = scope->engine->fs;
    csc_status status;
    char *current;

    if (scope->row.link_before) return csc_link_swap(scope, scope->row.link_before);
    if (csc_failed(status = read_entry(fs, scope->link_path, &current))) return status;
    if (current && is_ours(scope, current)) status = fs->remove_link(fs, scope->link_path);
    free(current);
    return status;
}

csc_status csc_link_restore(struct csc_scope *scope, int keep)
{
    csc_status status;

    if (keep) return csc_link_swap(scope, scope->row.origin);
    if (csc_failed(status = csc_link_give_back(scope)) || scope->row.link_before) return status;
    return csc_server_directory_remove(scope->engine, scope->row.server);
}
