/*
 * The native half of the service: turns calls of the PE module into calls of the engine
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#if 0
#pragma makedep unix
#endif

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csc.h"
#include "cscpack.h"
#include "extract.h"
#include "path.h"
#include "unixlib.h"

/* What Wine's loader calls through; an NTSTATUS, but failures travel in the parameters. */
typedef int32_t (*unix_entry)(void *args);
#define STATUS_SUCCESS 0

/* Threads that the engine starts during a call inherit these blocked: Wine's handlers for signals
 * to the process work on Wine's own threads only. */
static pthread_once_t signals_once = PTHREAD_ONCE_INIT;
static sigset_t process_signals;

static void init_signals(void)
{
    sigemptyset(&process_signals);
    sigaddset(&process_signals, SIGHUP);
    sigaddset(&process_signals, SIGINT);
    sigaddset(&process_signals, SIGTERM);
    sigaddset(&process_signals, SIGCHLD);
    sigaddset(&process_signals, SIGALRM);
    sigaddset(&process_signals, SIGPIPE);
}

static void block_signals(sigset_t *before)
{
    pthread_once(&signals_once, init_signals);
    pthread_sigmask(SIG_BLOCK, &process_signals, before);
}

static void restore_signals(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

static csc_status text_to_utf8(const struct csc_unix_text *text, char **utf8)
{
    return csc_utf8_from_utf16(text->units, text->length, utf8);
}

static void free_texts(char **texts, uint32_t count)
{
    while (count) free(texts[--count]);
    free(texts);
}

/* All that are Unicode text, *used of them; free_texts. */
static csc_status texts_to_utf8(const struct csc_unix_text *texts, uint32_t count, char ***ret, uint32_t *used)
{
    char **list = malloc(((size_t)count + 1) * sizeof(*list));
    csc_status status;
    uint32_t i;

    *ret = NULL;
    *used = 0;
    if (!list) return CSC_E_OUT_OF_MEMORY;
    for (i = 0; i < count; i++)
    {
        if (!csc_failed(status = text_to_utf8(&texts[i], &list[*used]))) ++*used;
        else if (status == CSC_E_OUT_OF_MEMORY)
        {
            free_texts(list, *used);
            return status;
        }
    }
    *ret = list;
    return CSC_OK;
}

/* The buffer becomes the caller's; an empty one is freed here, so that only data counts. */
static void hand_over(struct csc_buffer *buffer, csc_status status, struct csc_unix_blob *blob)
{
    if (csc_failed(status) || !buffer->size)
    {
        csc_buffer_free(buffer);
        blob->data = NULL;
        blob->size = 0;
        return;
    }
    blob->data = buffer->data;
    blob->size = buffer->size;
}

static int32_t call_version(void *args)
{
    struct csc_unix_version_params *params = args;

    params->status = params->version == CSC_UNIX_VERSION ? CSC_OK : CSC_E_NOT_SUPPORTED;
    params->version = CSC_UNIX_VERSION;
    return STATUS_SUCCESS;
}

/* The engine's lines for the debug channel.  Its threads must not enter PE code, hence write(2). */
static void trace_line(const char *text)
{
    char line[1024];
    int length = snprintf(line, sizeof(line), "trace:cscsvc:engine %s\n", text);
    const char *rest = line;

    if (length < 0) return;
    if ((size_t)length >= sizeof(line))
    {
        length = sizeof(line) - 1;
        line[length - 1] = '\n';
    }
    while (length > 0)
    {
        ssize_t done = write(STDERR_FILENO, rest, length);

        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return;
        rest += done;
        length -= done;
    }
}

/* folder "/" name, malloc */
static char *join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);

    if (path) snprintf(path, size, "%s/%s", folder, name);
    return path;
}

/* The cache is kept under its real path, because the UNC links that lead into it have to stay valid
 * when drive C: of the prefix is redirected. */
static csc_status cache_path(const char *windows_dir, char **path)
{
    char *real = realpath(windows_dir, NULL);

    if (!real) return csc_status_from_errno(errno);
    *path = join(real, "CSC");
    free(real);
    return *path ? CSC_OK : CSC_E_OUT_OF_MEMORY;
}

/* .../dosdevices/c: with any number of trailing slashes -> .../dosdevices/unc */
static csc_status unc_path(const char *drive_c, char **path)
{
    size_t length = strlen(drive_c);
    char *folder, *real;

    while (length && drive_c[length - 1] == '/') length--;
    while (length && drive_c[length - 1] != '/') length--;
    while (length > 1 && drive_c[length - 1] == '/') length--;
    if (!length) return CSC_E_INVALID_ARG;
    if (!(folder = strndup(drive_c, length))) return CSC_E_OUT_OF_MEMORY;
    real = realpath(folder, NULL);
    free(folder);
    if (!real) return csc_status_from_errno(errno);
    *path = join(real, "unc");
    free(real);
    return *path ? CSC_OK : CSC_E_OUT_OF_MEMORY;
}

static void read_policy(const struct csc_unix_quota_policy *from, struct csc_quota_policy *policy)
{
    policy->limited = from->limited != 0;
    policy->unpinned_limited = from->unpinned_limited != 0;
    policy->limit = from->limit;
    policy->unpinned_limit = from->unpinned_limit;
}

static int32_t call_open(void *args)
{
    struct csc_unix_open_params *params = args;
    struct csc_engine_config config;
    struct csc_engine *engine = NULL;
    char *cache = NULL, *unc = NULL, **excluded = NULL;
    uint32_t excluded_count = 0;
    sigset_t signals;

    params->engine = NULL;
    params->status = texts_to_utf8(params->excluded, params->excluded_count, &excluded, &excluded_count);
    if (!csc_failed(params->status)) params->status = cache_path(params->windows_dir, &cache);
    if (!csc_failed(params->status)) params->status = unc_path(params->drive_c, &unc);
    if (!csc_failed(params->status))
    {
        memset(&config, 0, sizeof(config));
        config.fs = csc_fs_posix();
        config.clock = csc_clock_posix();
        config.cache_dir = cache;
        config.unc_dir = unc;
        config.workers = params->workers;
        config.origin_timeout = params->origin_timeout;
        config.probe_interval = params->probe_interval;
        config.ping_interval = params->ping_interval;
        config.answer_timeout = params->answer_timeout;
        config.online_sync_interval = params->online_sync_interval;
        config.system_drive = params->system_drive != 0;
        read_policy(&params->quota_policy, &config.quota_policy);
        config.excluded = (const char *const *)excluded;
        config.excluded_count = excluded_count;
        if (params->trace) config.trace = trace_line;
        block_signals(&signals);
        params->status = csc_engine_open(&config, &engine);
        restore_signals(&signals);
        if (!csc_failed(params->status)) params->engine = engine;
    }
    free_texts(excluded, excluded_count);
    free(cache);
    free(unc);
    return STATUS_SUCCESS;
}

static int32_t call_close(void *args)
{
    struct csc_unix_close_params *params = args;

    csc_engine_close(params->engine);
    params->status = CSC_OK;
    return STATUS_SUCCESS;
}

static int32_t call_free(void *args)
{
    struct csc_unix_free_params *params = args;

    free(params->data);
    params->status = CSC_OK;
    return STATUS_SUCCESS;
}

static int32_t call_find(void *args)
{
    struct csc_unix_find_params *params = args;
    struct csc_buffer buffer = { 0 };
    sigset_t signals;
    char *path;

    params->status = text_to_utf8(&params->path, &path);
    if (!csc_failed(params->status))
    {
        block_signals(&signals);
        params->status = csc_find_filtered(params->engine, path, params->query, params->filters, &buffer);
        restore_signals(&signals);
        free(path);
    }
    hand_over(&buffer, params->status, &params->record);
    return STATUS_SUCCESS;
}

static int32_t call_enum_open(void *args)
{
    struct csc_unix_enum_open_params *params = args;
    struct csc_enum *snapshot = NULL;
    sigset_t signals;
    char *path = NULL;

    params->status = params->path.units ? text_to_utf8(&params->path, &path) : CSC_OK;
    if (!csc_failed(params->status))
    {
        block_signals(&signals);
        params->status = csc_enum_open_filtered(params->engine, path, params->query, params->flags, params->filters,
                                                &snapshot);
        restore_signals(&signals);
        free(path);
    }
    params->snapshot = csc_failed(params->status) ? NULL : snapshot;
    params->bytes = params->snapshot ? csc_enum_bytes(snapshot) : 0;
    return STATUS_SUCCESS;
}

/* Has the records packed for their way to the client. */
static csc_status pack_records(struct csc_buffer *buffer)
{
    struct csc_buffer packed = { 0 };
    uint8_t *place;

    if (!buffer->size) return CSC_OK;
    if (!(place = csc_buffer_add(&packed, csc_pack_bound(buffer->size)))) return CSC_E_OUT_OF_MEMORY;
    packed.size = csc_pack(buffer->data, buffer->size, place);
    csc_buffer_free(buffer);
    *buffer = packed;
    return CSC_OK;
}

static int32_t call_enum_next(void *args)
{
    struct csc_unix_enum_next_params *params = args;
    struct csc_buffer buffer = { 0 };
    sigset_t signals;

    block_signals(&signals);
    params->status = csc_enum_next(params->snapshot, params->max_bytes, &buffer);
    params->bytes = csc_enum_bytes(params->snapshot);
    if (params->status == CSC_OK) params->status = pack_records(&buffer);
    restore_signals(&signals);
    hand_over(&buffer, params->status, &params->records);
    return STATUS_SUCCESS;
}

static int32_t call_enum_close(void *args)
{
    struct csc_unix_enum_close_params *params = args;

    csc_enum_close(params->snapshot);
    params->status = CSC_OK;
    return STATUS_SUCCESS;
}

static int32_t call_op_start(void *args)
{
    struct csc_unix_op_start_params *params = args;
    struct csc_op_request request;
    struct csc_op *op = NULL;
    sigset_t signals;
    uint32_t i, done = 0;
    char **paths = NULL;

    params->op = NULL;
    params->status = CSC_OK;
    if (params->count && !(paths = malloc(params->count * sizeof(*paths))))
    {
        params->status = CSC_E_OUT_OF_MEMORY;
        return STATUS_SUCCESS;
    }
    while (done < params->count)
    {
        params->status = text_to_utf8(&params->paths[done], &paths[done]);
        if (csc_failed(params->status)) break;
        done++;
    }
    if (!csc_failed(params->status))
    {
        memset(&request, 0, sizeof(request));
        request.kind = params->kind;
        request.flags = params->flags;
        request.ask = params->ask;
        request.deep = params->deep != 0;
        memcpy(request.sync_id, params->sync_id, sizeof(request.sync_id));
        request.paths = (const char *const *)paths;
        request.count = params->count;
        block_signals(&signals);
        params->status = csc_op_start(params->engine, &request, &op);
        restore_signals(&signals);
        if (!csc_failed(params->status)) params->op = op;
    }
    for (i = 0; i < done; i++) free(paths[i]);
    free(paths);
    return STATUS_SUCCESS;
}

static int32_t call_op_pull(void *args)
{
    struct csc_unix_op_pull_params *params = args;
    struct csc_buffer buffer = { 0 };
    sigset_t signals;
    void *replies = NULL;

    /* The records come straight from an RPC message and may lie at any address. */
    if (params->reply_size)
    {
        if (!(replies = malloc(params->reply_size)))
        {
            params->status = CSC_E_OUT_OF_MEMORY;
            hand_over(&buffer, params->status, &params->events);
            return STATUS_SUCCESS;
        }
        memcpy(replies, params->replies, params->reply_size);
    }
    block_signals(&signals);
    params->status = csc_op_pull(params->op, params->timeout, replies, params->reply_size, &params->totals, &buffer);
    if (!csc_failed(params->status)) params->status = pack_records(&buffer);
    restore_signals(&signals);
    free(replies);
    hand_over(&buffer, params->status, &params->events);
    return STATUS_SUCCESS;
}

static int32_t call_op_cancel(void *args)
{
    struct csc_unix_op_params *params = args;

    csc_op_cancel(params->op);
    params->status = CSC_OK;
    return STATUS_SUCCESS;
}

static int32_t call_op_close(void *args)
{
    struct csc_unix_op_params *params = args;

    csc_op_close(params->op);
    params->status = CSC_OK;
    return STATUS_SUCCESS;
}

static int32_t call_go_offline(void *args)
{
    struct csc_unix_go_offline_params *params = args;
    int prevented = 0;
    sigset_t signals;
    char *path;

    params->status = text_to_utf8(&params->path, &path);
    if (!csc_failed(params->status))
    {
        block_signals(&signals);
        params->status = csc_go_offline(params->engine, path, params->force != 0, &prevented);
        restore_signals(&signals);
        free(path);
    }
    params->prevented = prevented;
    return STATUS_SUCCESS;
}

static int32_t call_connect_state(void *args)
{
    struct csc_unix_connect_state_params *params = args;
    sigset_t signals;
    char *path;

    params->state = params->reason = 0;
    params->status = text_to_utf8(&params->path, &path);
    if (!csc_failed(params->status))
    {
        block_signals(&signals);
        params->status = csc_connect_state(params->engine, path, &params->state, &params->reason);
        restore_signals(&signals);
        free(path);
    }
    return STATUS_SUCCESS;
}

static int32_t call_suspend(void *args)
{
    struct csc_unix_suspend_params *params = args;
    sigset_t signals;
    char *path;

    params->status = text_to_utf8(&params->path, &path);
    if (!csc_failed(params->status))
    {
        block_signals(&signals);
        params->status = csc_suspend(params->engine, path, params->suspend != 0);
        restore_signals(&signals);
        free(path);
    }
    return STATUS_SUCCESS;
}

static int32_t call_disk_space(void *args)
{
    struct csc_unix_disk_space_params *params = args;

    params->status = csc_disk_space(params->engine, &params->total, &params->limit, &params->used,
                                    &params->unpinned_limit, &params->unpinned_used);
    return STATUS_SUCCESS;
}

static int32_t call_set_disk_limits(void *args)
{
    struct csc_unix_set_disk_limits_params *params = args;

    params->status = csc_set_disk_limits(params->engine, params->limit, params->unpinned_limit);
    return STATUS_SUCCESS;
}

static int32_t call_set_quota_policy(void *args)
{
    struct csc_unix_set_quota_policy_params *params = args;
    struct csc_quota_policy policy;

    read_policy(&params->policy, &policy);
    csc_set_quota_policy(params->engine, &policy);
    params->status = CSC_OK;
    return STATUS_SUCCESS;
}

static int32_t call_set_background_policy(void *args)
{
    struct csc_unix_set_background_policy_params *params = args;
    struct csc_background_policy policy;

    csc_background_defaults(&policy);
    if (params->configured)
    {
        policy.period = params->period;
        policy.variance = params->variance;
        policy.ignore_blockout_after = params->ignore_blockout_after;
        policy.blockout_start = params->blockout_start;
        policy.blockout_duration = params->blockout_duration;
        policy.forced_offline = params->forced_offline != 0;
    }
    csc_set_background_policy(params->engine, &policy);
    params->status = CSC_OK;
    return STATUS_SUCCESS;
}

static int32_t call_set_admin_pins(void *args)
{
    struct csc_unix_set_admin_pins_params *params = args;
    uint32_t count = params->machine_count + params->user_count, machine = 0, i, used = 0;
    char **paths = malloc((count + 1) * sizeof(*paths));
    sigset_t signals;

    params->status = paths ? CSC_OK : CSC_E_OUT_OF_MEMORY;
    for (i = 0; i < count && !csc_failed(params->status); i++)
    {
        csc_status status = text_to_utf8(&params->paths[i], &paths[used]);

        /* what is no Unicode text is no path: the others are */
        if (status == CSC_E_OUT_OF_MEMORY) params->status = status;
        if (csc_failed(status)) continue;
        used++;
        if (i < params->machine_count) machine++;
    }
    if (!csc_failed(params->status))
    {
        block_signals(&signals);
        params->status = csc_set_admin_pins(params->engine, (const char *const *)paths, machine,
                                            (const char *const *)paths + machine, used - machine, params->economical != 0);
        restore_signals(&signals);
    }
    for (i = 0; i < used; i++) free(paths[i]);
    free(paths);
    return STATUS_SUCCESS;
}

static int32_t call_set_slow_links(void *args)
{
    struct csc_unix_set_slow_links_params *params = args;
    char **texts = calloc(2 * (size_t)params->count + 1, sizeof(*texts)), **parameters = texts + params->count;
    uint32_t i, used = 0;
    csc_status status = texts ? CSC_OK : CSC_E_OUT_OF_MEMORY;

    for (i = 0; i < params->count && !csc_failed(status); i++)
    {
        status = text_to_utf8(&params->patterns[i], &texts[used]);
        if (!csc_failed(status) && csc_failed(status = text_to_utf8(&params->parameters[i], &parameters[used])))
            free(texts[used]);
        if (!csc_failed(status)) used++;
        else if (status != CSC_E_OUT_OF_MEMORY) status = CSC_OK;      /* no Unicode text: no row */
    }
    if (!csc_failed(status))
        status = csc_set_slow_links(params->engine, (const char *const *)texts, (const char *const *)parameters, used);
    for (i = 0; i < used; i++)
    {
        free(texts[i]);
        free(parameters[i]);
    }
    free(texts);
    params->status = status;
    return STATUS_SUCCESS;
}

static int32_t call_set_exclusions(void *args)
{
    struct csc_unix_set_exclusions_params *params = args;
    char **patterns;
    uint32_t used;
    sigset_t signals;

    params->status = texts_to_utf8(params->patterns, params->count, &patterns, &used);
    if (csc_failed(params->status)) return STATUS_SUCCESS;
    block_signals(&signals);
    params->status = csc_set_exclusions(params->engine, (const char *const *)patterns, used);
    restore_signals(&signals);
    free_texts(patterns, used);
    return STATUS_SUCCESS;
}

static int32_t call_is_cacheable(void *args)
{
    struct csc_unix_is_cacheable_params *params = args;
    sigset_t signals;
    int cacheable = 0;
    char *path;

    params->mode = 0;
    params->status = text_to_utf8(&params->path, &path);
    if (!csc_failed(params->status))
    {
        block_signals(&signals);
        params->status = csc_is_cacheable(params->engine, path, &cacheable, &params->mode);
        restore_signals(&signals);
        free(path);
    }
    params->cacheable = cacheable;
    return STATUS_SUCCESS;
}

static int32_t call_map(void *args)
{
    struct csc_unix_map_params *params = args;
    char *share = NULL, *origin = NULL;
    sigset_t signals;

    params->status = text_to_utf8(&params->share, &share);
    if (!csc_failed(params->status)) params->status = text_to_utf8(&params->origin, &origin);
    if (!csc_failed(params->status))
    {
        block_signals(&signals);
        params->status = csc_map(params->engine, share, origin, params->flags);
        restore_signals(&signals);
        free(origin);
    }
    free(share);
    return STATUS_SUCCESS;
}

static int32_t call_unmap(void *args)
{
    struct csc_unix_map_params *params = args;
    sigset_t signals;
    char *share;

    params->status = text_to_utf8(&params->share, &share);
    if (!csc_failed(params->status))
    {
        block_signals(&signals);
        params->status = csc_unmap(params->engine, share, params->flags);
        restore_signals(&signals);
        free(share);
    }
    return STATUS_SUCCESS;
}

static int32_t call_shares(void *args)
{
    struct csc_unix_shares_params *params = args;
    struct csc_buffer buffer = { 0 };

    params->status = csc_shares(params->engine, &buffer);
    hand_over(&buffer, params->status, &params->records);
    return STATUS_SUCCESS;
}

static int32_t call_conflicts(void *args)
{
    struct csc_unix_conflicts_params *params = args;
    struct csc_buffer buffer = { 0 };
    char *path = NULL;

    params->status = params->path.units ? text_to_utf8(&params->path, &path) : CSC_OK;
    if (!csc_failed(params->status)) params->status = csc_conflicts(params->engine, path, &buffer);
    free(path);
    hand_over(&buffer, params->status, &params->records);
    return STATUS_SUCCESS;
}

static int32_t call_log(void *args)
{
    struct csc_unix_log_params *params = args;
    struct csc_log_query query = { .since = params->since, .flags = params->flags, .after = params->after };
    struct csc_buffer buffer = { 0 };
    char *path = NULL;

    params->status = params->path.units ? text_to_utf8(&params->path, &path) : CSC_OK;
    query.path = path;
    if (!csc_failed(params->status)) params->status = csc_log_read(params->engine, &query, params->max_bytes, &buffer);
    free(path);
    hand_over(&buffer, params->status, &params->records);
    return STATUS_SUCCESS;
}

static int32_t call_rename(void *args)
{
    struct csc_unix_rename_params *params = args;
    char *from = NULL, *to = NULL;
    sigset_t signals;

    params->status = text_to_utf8(&params->from, &from);
    if (!csc_failed(params->status)) params->status = text_to_utf8(&params->to, &to);
    if (!csc_failed(params->status))
    {
        block_signals(&signals);
        params->status = params->later ? csc_rename_later(params->engine, from, to)
                                       : csc_rename_now(params->engine, from, to);
        restore_signals(&signals);
        free(to);
    }
    free(from);
    return STATUS_SUCCESS;
}

static int32_t call_encryption(void *args)
{
    struct csc_unix_encryption_params *params = args;
    int encrypted, partial;

    params->status = csc_encryption_status(params->engine, &encrypted, &partial);
    params->encrypted = encrypted;
    params->partial = partial;
    return STATUS_SUCCESS;
}

static int32_t call_is_damaged(void *args)
{
    struct csc_unix_is_damaged_params *params = args;

    params->damaged = csc_engine_is_damaged(params->engine);
    params->status = CSC_OK;
    return STATUS_SUCCESS;
}

static int32_t call_subscribe(void *args)
{
    struct csc_unix_subscribe_params *params = args;
    struct csc_subscription *subscription = NULL;
    char *path = NULL;

    params->status = params->path.units ? text_to_utf8(&params->path, &path) : CSC_OK;
    if (!csc_failed(params->status))
        params->status = csc_subscribe(params->engine, params->events, params->match, path, &subscription);
    params->subscription = subscription;
    free(path);
    return STATUS_SUCCESS;
}

static int32_t call_news_pull(void *args)
{
    struct csc_unix_news_pull_params *params = args;
    struct csc_buffer buffer = { 0 };

    params->status = csc_news_pull(params->subscription, params->timeout, &buffer);
    hand_over(&buffer, params->status, &params->records);
    return STATUS_SUCCESS;
}

static int32_t call_news_cancel(void *args)
{
    struct csc_unix_subscription_params *params = args;

    csc_subscription_cancel(params->subscription);
    params->status = CSC_OK;
    return STATUS_SUCCESS;
}

static int32_t call_unsubscribe(void *args)
{
    struct csc_unix_subscription_params *params = args;

    csc_unsubscribe(params->subscription);
    params->status = CSC_OK;
    return STATUS_SUCCESS;
}

static int32_t call_publish(void *args)
{
    struct csc_unix_publish_params *params = args;

    params->status = csc_publish(params->engine, params->event, params->flags);
    return STATUS_SUCCESS;
}

static int32_t call_extract_open(void *args)
{
    struct csc_unix_extract_open_params *params = args;
    struct csc_extract_request request = { .fs = csc_fs_posix(), .clock = csc_clock_posix(),
                                           .only_modified = params->only_modified };
    char *cache = NULL, *target = NULL;
    struct csc_extract *extract;

    params->extract = NULL;
    params->status = text_to_utf8(&params->cache, &cache);
    if (!csc_failed(params->status)) params->status = text_to_utf8(&params->target, &target);
    request.cache = cache;
    request.target = target;
    if (!csc_failed(params->status) && !csc_failed(params->status = csc_extract_open(&request, &extract)))
        params->extract = extract;
    free(cache);
    free(target);
    return STATUS_SUCCESS;
}

static int32_t call_extract_pull(void *args)
{
    struct csc_unix_extract_pull_params *params = args;
    struct csc_buffer buffer = { 0 };

    params->status = csc_extract_pull(params->extract, &buffer);
    hand_over(&buffer, params->status, &params->records);
    return STATUS_SUCCESS;
}

static int32_t call_extract_close(void *args)
{
    struct csc_unix_extract_close_params *params = args;

    csc_extract_close(params->extract);
    params->status = CSC_OK;
    return STATUS_SUCCESS;
}

__attribute__((visibility("default")))
const unix_entry __wine_unix_call_funcs[CSC_UNIX_CALL_COUNT] =
{
    [CSC_UNIX_VERSION_CHECK] = call_version,
    [CSC_UNIX_OPEN]          = call_open,
    [CSC_UNIX_CLOSE]         = call_close,
    [CSC_UNIX_FREE]          = call_free,
    [CSC_UNIX_FIND]          = call_find,
    [CSC_UNIX_ENUM_OPEN]     = call_enum_open,
    [CSC_UNIX_ENUM_NEXT]     = call_enum_next,
    [CSC_UNIX_ENUM_CLOSE]    = call_enum_close,
    [CSC_UNIX_OP_START]      = call_op_start,
    [CSC_UNIX_OP_PULL]       = call_op_pull,
    [CSC_UNIX_OP_CANCEL]     = call_op_cancel,
    [CSC_UNIX_OP_CLOSE]      = call_op_close,
    [CSC_UNIX_GO_OFFLINE]    = call_go_offline,
    [CSC_UNIX_CONNECT_STATE] = call_connect_state,
    [CSC_UNIX_SUSPEND]       = call_suspend,
    [CSC_UNIX_DISK_SPACE]    = call_disk_space,
    [CSC_UNIX_SET_DISK_LIMITS] = call_set_disk_limits,
    [CSC_UNIX_SET_QUOTA_POLICY] = call_set_quota_policy,
    [CSC_UNIX_SET_BACKGROUND_POLICY] = call_set_background_policy,
    [CSC_UNIX_SET_ADMIN_PINS] = call_set_admin_pins,
    [CSC_UNIX_SET_SLOW_LINKS] = call_set_slow_links,
    [CSC_UNIX_SET_EXCLUSIONS] = call_set_exclusions,
    [CSC_UNIX_IS_CACHEABLE]  = call_is_cacheable,
    [CSC_UNIX_MAP]           = call_map,
    [CSC_UNIX_UNMAP]         = call_unmap,
    [CSC_UNIX_SHARES]        = call_shares,
    [CSC_UNIX_CONFLICTS]     = call_conflicts,
    [CSC_UNIX_LOG]           = call_log,
    [CSC_UNIX_RENAME]        = call_rename,
    [CSC_UNIX_ENCRYPTION]    = call_encryption,
    [CSC_UNIX_IS_DAMAGED]    = call_is_damaged,
    [CSC_UNIX_SUBSCRIBE]     = call_subscribe,
    [CSC_UNIX_NEWS_PULL]     = call_news_pull,
    [CSC_UNIX_NEWS_CANCEL]   = call_news_cancel,
    [CSC_UNIX_UNSUBSCRIBE]   = call_unsubscribe,
    [CSC_UNIX_PUBLISH]       = call_publish,
    [CSC_UNIX_EXTRACT_OPEN]  = call_extract_open,
    [CSC_UNIX_EXTRACT_PULL]  = call_extract_pull,
    [CSC_UNIX_EXTRACT_CLOSE] = call_extract_close,
};
