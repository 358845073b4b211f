/*
 * The guard: a file system whose hung calls can be abandoned
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each call is passed on to the wrapped file system between csc_watch_enter and csc_watch_leave.  What a
 * call opened after its thread was abandoned is closed at once: nobody waits for it any more.
 */

#include <stdlib.h>

#include "counters.h"
#include "watch.h"

/* Less than this, in one call or in all, tells of the latency rather than of the throughput. */
#define LEAST_TRANSFER   (64u * 1024)
#define LEAST_MEASURED   (1024u * 1024)

/* Flushing writes out what is still in memory: that takes longer than any other call may. */
#define FLUSH_FACTOR 10

struct guard
{
    struct csc_fs fs;
    struct csc_fs *base;
    struct csc_engine *engine;

    /* How much was transferred in how much time; while several transfers run at once that time counts once. */
    pthread_mutex_t lock;
    unsigned transfers;
    int64_t  since;                /* monotonic ns: when the first of them began */
    int64_t  busy;                 /* ns */
    uint64_t bytes;
};

static struct guard *impl_from_csc_fs(struct csc_fs *fs)
{
    return (struct guard *)((char *)fs - offsetof(struct guard, fs));
}

static int64_t monotonic(struct guard *guard)
{
    return guard->engine->clock->monotonic(guard->engine->clock);
}

static int enter(struct guard *guard)
{
    struct csc_watch *watch = csc_watch_current();

    csc_count(CSC_COUNT_ORIGIN);
    return !watch || csc_watch_enter(watch, monotonic(guard), 0);
}

static int enter_flush(struct guard *guard)
{
    struct csc_watch *watch = csc_watch_current();

    csc_count(CSC_COUNT_ORIGIN);
    return !watch || csc_watch_enter(watch, monotonic(guard), (int64_t)watch->timeout * 1000000 * (FLUSH_FACTOR - 1));
}

static int leave(struct guard *guard, enum csc_call kind)
{
    struct csc_watch *watch = csc_watch_current();

    if (!watch) return 1;
    if (watch->calls) csc_calls_add(watch->calls, kind, monotonic(guard) - watch->entered);
    return csc_watch_leave(watch);
}

static void begin_transfer(struct guard *guard, uint64_t size)
{
    if (size < LEAST_TRANSFER) return;
    pthread_mutex_lock(&guard->lock);
    if (!guard->transfers++) guard->since = monotonic(guard);
    pthread_mutex_unlock(&guard->lock);
}

static void end_transfer(struct guard *guard, uint64_t size, uint64_t done)
{
    int64_t now;

    if (size < LEAST_TRANSFER) return;
    pthread_mutex_lock(&guard->lock);
    now = monotonic(guard);
    guard->busy += now - guard->since;
    guard->since = now;
    guard->bytes += done;
    guard->transfers--;
    pthread_mutex_unlock(&guard->lock);
}

uint64_t csc_guard_throughput(struct csc_fs *fs)
{
    struct guard *guard = impl_from_csc_fs(fs);
    uint64_t bits = 0;

    pthread_mutex_lock(&guard->lock);
    if (guard->bytes >= LEAST_MEASURED && guard->busy > 0 && !guard->transfers)
    {
        bits = (uint64_t)((double)guard->bytes * 8e9 / (double)guard->busy);
        if (!bits) bits = 1;
        guard->bytes = 0;
        guard->busy = 0;
    }
    pthread_mutex_unlock(&guard->lock);
    return bits;
}

/* One call that opens nothing. */
#define GUARDED(guard, kind, call) do { \
        csc_status status; \
        if (!(kind == CSC_CALL_FLUSH ? enter_flush(guard) : enter(guard))) return CSC_E_CANCELLED; \
        status = (call); \
        return leave(guard, kind) ? status : CSC_E_CANCELLED; \
    } while (0)

/* One call that opens *object. */
#define GUARDED_OPEN(guard, kind, call, object, close) do { \
        csc_status status; \
        if (!enter(guard)) return CSC_E_CANCELLED; \
        status = (call); \
        if (leave(guard, kind)) return status; \
        if (status == CSC_OK) \
        { \
            (guard)->base->close((guard)->base, *(object)); \
            *(object) = NULL; \
        } \
        return CSC_E_CANCELLED; \
    } while (0)

static csc_status guard_open_root(struct csc_fs *fs, const char *path, struct csc_dir **dir)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED_OPEN(guard, CSC_CALL_LOOK, guard->base->open_root(guard->base, path, dir), dir, close_dir);
}

static csc_status guard_open_dir(struct csc_fs *fs, struct csc_dir *parent, const char *name, struct csc_dir **dir)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED_OPEN(guard, CSC_CALL_LOOK, guard->base->open_dir(guard->base, parent, name, dir), dir, close_dir);
}

static void guard_close_dir(struct csc_fs *fs, struct csc_dir *dir)
{
    struct guard *guard = impl_from_csc_fs(fs);
    int entered = enter(guard);     /* an abandoned thread closes too, there is nothing left to lose */

    guard->base->close_dir(guard->base, dir);
    if (entered) leave(guard, CSC_CALL_OTHER);
}

static csc_status guard_stat_dir(struct csc_fs *fs, struct csc_dir *dir, struct csc_stat *stat)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_LOOK, guard->base->stat_dir(guard->base, dir, stat));
}

struct guarded_list
{
    struct guard *guard;
    csc_list_callback callback;
    void *context;
};

static csc_status guarded_entry(void *context, const char *name, enum csc_file_type type)
{
    struct guarded_list *list = context;
    struct csc_watch *watch = csc_watch_current();

    if (watch && !csc_watch_progress(watch, monotonic(list->guard))) return CSC_E_CANCELLED;
    return list->callback(list->context, name, type);
}

static csc_status guard_list(struct csc_fs *fs, struct csc_dir *dir, csc_list_callback callback, void *context)
{
    struct guard *guard = impl_from_csc_fs(fs);
    struct guarded_list list = { guard, callback, context };
    GUARDED(guard, CSC_CALL_OTHER, guard->base->list(guard->base, dir, guarded_entry, &list));
}

static csc_status guard_stat(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_LOOK, guard->base->stat(guard->base, dir, name, stat));
}

static csc_status guard_make_dir(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_CHANGE, guard->base->make_dir(guard->base, dir, name));
}

static csc_status guard_remove_dir(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_CHANGE, guard->base->remove_dir(guard->base, dir, name));
}

static csc_status guard_remove_file(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_CHANGE, guard->base->remove_file(guard->base, dir, name));
}

static csc_status guard_rename(struct csc_fs *fs, struct csc_dir *from, const char *old_name,
                               struct csc_dir *to, const char *new_name, int mode)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_CHANGE, guard->base->rename(guard->base, from, old_name, to, new_name, mode));
}

static csc_status guard_sync_dir(struct csc_fs *fs, struct csc_dir *dir)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_FLUSH, guard->base->sync_dir(guard->base, dir));
}

static csc_status guard_open_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED_OPEN(guard, CSC_CALL_LOOK, guard->base->open_file(guard->base, dir, name, file), file, close_file);
}

static csc_status guard_create_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED_OPEN(guard, CSC_CALL_CHANGE, guard->base->create_file(guard->base, dir, name, file), file, close_file);
}

static void guard_close_file(struct csc_fs *fs, struct csc_file *file)
{
    struct guard *guard = impl_from_csc_fs(fs);
    int entered = enter_flush(guard);

    guard->base->close_file(guard->base, file);
    if (entered) leave(guard, CSC_CALL_FLUSH);
}

static csc_status guard_stat_file(struct csc_fs *fs, struct csc_file *file, struct csc_stat *stat)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_LOOK, guard->base->stat_file(guard->base, file, stat));
}

static csc_status guard_read(struct csc_fs *fs, struct csc_file *file, uint64_t offset, void *data, size_t size,
                             size_t *got)
{
    struct guard *guard = impl_from_csc_fs(fs);
    csc_status status;

    if (!enter(guard)) return CSC_E_CANCELLED;
    begin_transfer(guard, size);
    status = guard->base->read(guard->base, file, offset, data, size, got);
    end_transfer(guard, size, csc_failed(status) ? 0 : *got);
    return leave(guard, CSC_CALL_OTHER) ? status : CSC_E_CANCELLED;
}

static csc_status guard_write(struct csc_fs *fs, struct csc_file *file, uint64_t offset, const void *data, size_t size)
{
    struct guard *guard = impl_from_csc_fs(fs);
    csc_status status;

    if (!enter(guard)) return CSC_E_CANCELLED;
    begin_transfer(guard, size);
    status = guard->base->write(guard->base, file, offset, data, size);
    end_transfer(guard, size, csc_failed(status) ? 0 : size);
    return leave(guard, CSC_CALL_OTHER) ? status : CSC_E_CANCELLED;
}

static csc_status guard_copy(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset,
                             uint64_t size, uint64_t *copied)
{
    struct guard *guard = impl_from_csc_fs(fs);
    csc_status status;

    if (!enter(guard)) return CSC_E_CANCELLED;
    begin_transfer(guard, size);
    status = guard->base->copy(guard->base, from, to, offset, size, copied);
    end_transfer(guard, size, csc_failed(status) ? 0 : *copied);
    return leave(guard, CSC_CALL_OTHER) ? status : CSC_E_CANCELLED;
}

static csc_status guard_find_data(struct csc_fs *fs, struct csc_file *file, uint64_t offset, uint64_t *start,
                                  uint64_t *end)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_OTHER, guard->base->find_data(guard->base, file, offset, start, end));
}

static csc_status guard_set_size(struct csc_fs *fs, struct csc_file *file, uint64_t size)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_OTHER, guard->base->set_size(guard->base, file, size));
}

static csc_status guard_sync_file(struct csc_fs *fs, struct csc_file *file)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_FLUSH, guard->base->sync_file(guard->base, file));
}

static csc_status guard_set_times(struct csc_fs *fs, struct csc_file *file, int64_t mtime, int64_t atime)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_CHANGE, guard->base->set_times(guard->base, file, mtime, atime));
}

static csc_status guard_set_file_attributes(struct csc_fs *fs, struct csc_file *file, uint32_t attributes)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_CHANGE, guard->base->set_file_attributes(guard->base, file, attributes));
}

static csc_status guard_set_note(struct csc_fs *fs, struct csc_file *file, const void *note, size_t size)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_OTHER, guard->base->set_note(guard->base, file, note, size));
}

static csc_status guard_get_note(struct csc_fs *fs, struct csc_file *file, void *note, size_t size)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_OTHER, guard->base->get_note(guard->base, file, note, size));
}

static csc_status guard_set_attributes(struct csc_fs *fs, struct csc_dir *dir, const char *name, uint32_t attributes)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_CHANGE, guard->base->set_attributes(guard->base, dir, name, attributes));
}

static csc_status guard_see(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_LOOK, guard->base->see(guard->base, dir, name, stat));
}

static csc_status guard_see_file(struct csc_fs *fs, struct csc_file *file, struct csc_stat *stat)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_LOOK, guard->base->see_file(guard->base, file, stat));
}

static csc_status guard_set_dir_times(struct csc_fs *fs, struct csc_dir *dir, int64_t mtime)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_CHANGE, guard->base->set_dir_times(guard->base, dir, mtime));
}

static csc_status guard_sync_all(struct csc_fs *fs, struct csc_dir *dir)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_FLUSH, guard->base->sync_all(guard->base, dir));
}

static csc_status guard_space(struct csc_fs *fs, struct csc_dir *dir, uint64_t *total, uint64_t *available)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_OTHER, guard->base->space(guard->base, dir, total, available));
}

static csc_status guard_root_id(struct csc_fs *fs, const char *path, struct csc_root_id *id)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_OTHER, guard->base->root_id(guard->base, path, id));
}

static csc_status guard_copies_inside(struct csc_fs *fs, struct csc_dir *dir, int *inside)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_OTHER, guard->base->copies_inside(guard->base, dir, inside));
}

static csc_status guard_time_quality(struct csc_fs *fs, struct csc_dir *dir, int64_t *granularity, int *trusted_ctime)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_OTHER, guard->base->time_quality(guard->base, dir, granularity, trusted_ctime));
}

static csc_status guard_read_link(struct csc_fs *fs, const char *path, char **target)
{
    struct guard *guard = impl_from_csc_fs(fs);
    csc_status status;

    if (!enter(guard)) return CSC_E_CANCELLED;
    status = guard->base->read_link(guard->base, path, target);
    if (leave(guard, CSC_CALL_OTHER)) return status;
    if (status == CSC_OK)
    {
        free(*target);
        *target = NULL;
    }
    return CSC_E_CANCELLED;
}

static csc_status guard_replace_link(struct csc_fs *fs, const char *path, const char *target)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_OTHER, guard->base->replace_link(guard->base, path, target));
}

static csc_status guard_remove_link(struct csc_fs *fs, const char *path)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_OTHER, guard->base->remove_link(guard->base, path));
}

static csc_status guard_open_files(struct csc_fs *fs, const char *root, csc_open_file_callback callback, void *context)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_OTHER, guard->base->open_files(guard->base, root, callback, context));
}

static csc_status guard_is_written(struct csc_fs *fs, struct csc_dir *dir, const char *name, int64_t since, int *written)
{
    struct guard *guard = impl_from_csc_fs(fs);
    GUARDED(guard, CSC_CALL_OTHER, guard->base->is_written(guard->base, dir, name, since, written));
}

static csc_status guard_transports(struct csc_fs *fs, unsigned *count)
{
    struct guard *guard = impl_from_csc_fs(fs);

    return guard->base->transports(guard->base, count);
}

static csc_status guard_boot_id(struct csc_fs *fs, char id[64])
{
    struct guard *guard = impl_from_csc_fs(fs);
    return guard->base->boot_id(guard->base, id);
}

static csc_status guard_random(struct csc_fs *fs, void *data, size_t size)
{
    struct guard *guard = impl_from_csc_fs(fs);
    return guard->base->random(guard->base, data, size);
}

static const struct csc_fs guard_fs =
{
    .name = "guard",
    .open_root = guard_open_root,
    .open_dir = guard_open_dir,
    .close_dir = guard_close_dir,
    .stat_dir = guard_stat_dir,
    .list = guard_list,
    .stat = guard_stat,
    .make_dir = guard_make_dir,
    .remove_dir = guard_remove_dir,
    .remove_file = guard_remove_file,
    .rename = guard_rename,
    .sync_dir = guard_sync_dir,
    .open_file = guard_open_file,
    .create_file = guard_create_file,
    .close_file = guard_close_file,
    .stat_file = guard_stat_file,
    .read = guard_read,
    .write = guard_write,
    .copy = guard_copy,
    .find_data = guard_find_data,
    .set_size = guard_set_size,
    .sync_file = guard_sync_file,
    .set_times = guard_set_times,
    .set_file_attributes = guard_set_file_attributes,
    .see = guard_see,
    .see_file = guard_see_file,
    .set_note = guard_set_note,
    .get_note = guard_get_note,
    .set_attributes = guard_set_attributes,
    .set_dir_times = guard_set_dir_times,
    .sync_all = guard_sync_all,
    .space = guard_space,
    .root_id = guard_root_id,
    .copies_inside = guard_copies_inside,
    .time_quality = guard_time_quality,
    .read_link = guard_read_link,
    .replace_link = guard_replace_link,
    .remove_link = guard_remove_link,
    .open_files = guard_open_files,
    .is_written = guard_is_written,
    .boot_id = guard_boot_id,
    .transports = guard_transports,
    .random = guard_random,
};

struct csc_fs *csc_guard_create(struct csc_engine *engine, struct csc_fs *base)
{
    struct guard *guard = calloc(1, sizeof(*guard));

    if (!guard) return NULL;
    pthread_mutex_init(&guard->lock, NULL);
    guard->fs = guard_fs;
    guard->base = base;
    guard->engine = engine;
    return &guard->fs;
}

void csc_guard_destroy(struct csc_fs *fs)
{
    if (!fs) return;
    pthread_mutex_destroy(&impl_from_csc_fs(fs)->lock);
    free(impl_from_csc_fs(fs));
}
