/*
 * Is an origin there, and is it the one that was mapped?
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A probe runs on a thread of its own.  One that takes longer than the time limit is given up; so that a
 * mount that hangs for ever does not eat threads, only a few may be stuck at a time, and the time
 * between probes grows with them.
 */

#include <stdlib.h>
#include <string.h>

#include "scope.h"
#include "sidecar.h"

#define MAX_LOST_PROBERS 8
#define CONFIRM_AFTER    (500 * CSC_NS_PER_MS)
#define ENTRIES_TO_LIST  4

struct csc_prober
{
    struct csc_watch watch;
    struct csc_scope *scope;          /* with a reference */
    int64_t started;                  /* monotonic */
    int done, given_up;               /* (L) */
    csc_status status;
    int64_t latency;                  /* when it succeeded */
    int refs;                         /* (L) the thread's, the scope's */
};

/* -- looking -- */

static csc_status count_entries(void *context, const char *name, enum csc_file_type type)
{
    unsigned *count = context;

    (void)name; (void)type;
    return ++*count < ENTRIES_TO_LIST ? CSC_OK : CSC_E_CANCELLED;
}

/* The middle one of three: what was answered from memory says nothing of the link, what had to be answered in
 * several steps says too much. */
static int64_t middle(int64_t a, int64_t b, int64_t c)
{
    if (a > b) return c > a ? a : c > b ? c : b;
    return c > b ? b : c > a ? c : a;
}

csc_status csc_probe_origin(struct csc_scope *scope, int recorded, struct csc_root_id *id, int64_t *latency)
{
    struct csc_fs *fs = scope->origin_fs;
    const char *path = scope->row.origin;
    struct csc_dir *dir;
    struct csc_clock *clock = scope->engine->clock;
    int64_t begin = clock->monotonic(clock), identified, opened;
    unsigned count = 0;
    csc_status status;

    if (csc_failed(status = fs->root_id(fs, path, id))) return status;
    identified = clock->monotonic(clock);
    if (recorded)
    {
        struct csc_root_id root;

        pthread_mutex_lock(&scope->engine->lock);
        root = scope->row.root;
        pthread_mutex_unlock(&scope->engine->lock);
        if (!csc_root_id_equal(&root, id)) return CSC_E_BAD_NETPATH;
    }
    if (csc_failed(status = fs->open_root(fs, path, &dir))) return status;
    opened = clock->monotonic(clock);
    status = fs->list(fs, dir, count_entries, &count);
    if (latency) *latency = middle(identified - begin, opened - identified, clock->monotonic(clock) - opened);
    if (count >= ENTRIES_TO_LIST) status = CSC_OK;
    fs->close_dir(fs, dir);
    return status;
}

/* A mount got another device number: that is what to expect from now on. */
static void refresh_root(struct csc_scope *scope, const struct csc_root_id *id)
{
    struct csc_engine *engine = scope->engine;

    pthread_mutex_lock(&engine->lock);
    if (memcmp(&scope->row.root, id, sizeof(*id)) && !scope->removed && !engine->closing)
    {
        scope->row.root = *id;
        if (csc_failed(csc_store_scope_put(engine->store, &scope->row))) csc_trace(engine, "cannot store a new root");
        csc_sidecar_write_shares(engine);
    }
    pthread_mutex_unlock(&engine->lock);
}

/* What a failure to reach the root means to a caller of the API. */
static csc_status root_error(csc_status status)
{
    switch (status)
    {
    case CSC_E_NOT_FOUND:
    case CSC_E_PATH_NOT_FOUND:
    case CSC_E_DIRECTORY:
        return CSC_E_BAD_NETPATH;
    }
    return status;
}

csc_status csc_scope_check_root(struct csc_scope *scope)
{
    struct csc_root_id id;
    csc_status status;

    memset(&id, 0, sizeof(id));
    status = csc_probe_origin(scope, 1, &id, NULL);
    if (csc_failed(status)) return root_error(status);
    refresh_root(scope, &id);
    return CSC_OK;
}

/* -- the prober -- */

/* Engine locked.  1: the last reference, to be freed without the lock. */
static int drop_locked(struct csc_prober *prober)
{
    return !--prober->refs;
}

static void destroy(struct csc_prober *prober)
{
    csc_scope_release(prober->scope);
    free(prober);
}

static void *prober_main(void *context)
{
    struct csc_prober *prober = context;
    struct csc_scope *scope = prober->scope;
    struct csc_engine *engine = scope->engine;
    struct csc_root_id id;
    csc_status status;
    int last;

    memset(&id, 0, sizeof(id));
    csc_watch_register(engine, &prober->watch);
    status = csc_probe_origin(scope, 1, &id, &prober->latency);
    csc_watch_unregister(engine, &prober->watch);

    pthread_mutex_lock(&engine->lock);
    prober->status = status;
    prober->done = 1;
    if (prober->given_up)
    {
        scope->lost_probers--;
        scope->probe_now = 1;          /* it moves again: worth a look */
    }
    engine->monitor_wanted = 1;
    pthread_cond_signal(&engine->tick);
    last = drop_locked(prober);
    pthread_mutex_unlock(&engine->lock);
    if (last) destroy(prober);
    return NULL;
}

/* Engine locked. */
static void start(struct csc_scope *scope, int64_t now)
{
    struct csc_prober *prober = calloc(1, sizeof(*prober));

    if (!prober) return;               /* tried again at the next tick */
    prober->scope = scope;
    prober->started = now;
    prober->refs = 2;
    prober->watch.timeout = scope->engine->config.origin_timeout;
    csc_scope_addref(scope);
    scope->prober = prober;
    scope->probe_now = 0;
    if (!csc_failed(csc_thread_start(prober_main, prober))) return;
    scope->prober = NULL;
    csc_scope_release(scope);          /* the list has another reference */
    free(prober);
}

void csc_probe_forget(struct csc_scope *scope)
{
    struct csc_prober *prober = scope->prober;

    scope->prober = NULL;
    if (!prober) return;
    if (!prober->done)
    {
        prober->given_up = 1;
        scope->lost_probers++;
    }
    /* the caller holds another reference to the scope */
    if (drop_locked(prober))
    {
        csc_scope_release(scope);
        free(prober);
    }
}

/* When to look again, from how it looks now.  Engine locked. */
static int64_t next_probe(const struct csc_scope *scope, int64_t now)
{
    int64_t interval = (int64_t)scope->engine->config.probe_interval * CSC_NS_PER_MS;

    return now + (interval << (scope->lost_probers < 5 ? scope->lost_probers : 5));
}

void csc_probe_tick(struct csc_scope *scope, int64_t now)
{
    struct csc_engine *engine = scope->engine;
    csc_status failure = CSC_OK;
    struct csc_prober *prober;

    pthread_mutex_lock(&engine->lock);
    if ((prober = scope->prober) && prober->done)
    {
        if (!csc_failed(prober->status))
        {
            scope->probe_failures = 0;
            scope->reachable = 1;
            csc_link_sample(&scope->quality, prober->latency);
            scope->next_probe = next_probe(scope, now);
        }
        else if (++scope->probe_failures == 1 && !scope->row.offline)
            scope->next_probe = now + CONFIRM_AFTER;
        else
        {
            failure = prober->status;
            scope->next_probe = next_probe(scope, now);
        }
        if (csc_failed(prober->status)) scope->reachable = 0;
        csc_probe_forget(scope);
    }
    else if (prober && now - prober->started > (int64_t)engine->config.origin_timeout * CSC_NS_PER_MS)
    {
        failure = CSC_E_TIMEOUT;
        scope->reachable = 0;
        csc_probe_forget(scope);
        scope->next_probe = next_probe(scope, now);
    }
    if (!scope->prober && !scope->removed && !engine->closing && scope->lost_probers < MAX_LOST_PROBERS &&
        (scope->probe_now || now >= scope->next_probe))
        start(scope, now);
    if (scope->row.offline) failure = CSC_OK;
    pthread_mutex_unlock(&engine->lock);

    if (failure) csc_scope_fail(scope, root_error(failure));
}
