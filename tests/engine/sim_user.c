/*
 * What programs of the user and everybody else do to the simulation's files, and short ways to run the engine
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "op.h"
#include "sim_private.h"

#define PULL_TIME 60000   /* ms */

/* A call of a program takes a moment, so that two of them differ in time. */
static void pass_moment(struct sim *sim)
{
    sim->monotonic += SIM_US;
}

/* On the machine's own disk programs are taken to have flushed what they wrote. */
static csc_status done(struct sim_volume *volume, csc_status status)
{
    sim_journal_flush(volume);
    return status;
}

static csc_status find(struct sim *sim, const char *path, int follow, struct sim_node **node)
{
    pass_moment(sim);
    return sim_find(sim, path, follow, node, NULL);
}

static csc_status find_parent(struct sim *sim, const char *path, struct sim_node **dir, char **name)
{
    csc_status status;

    pass_moment(sim);
    if (csc_failed(status = sim_find_parent(sim, path, dir, name, NULL))) return status;
    if (*dir == (*dir)->volume->root && (*dir)->volume->presence == SIM_EMPTIED && strncmp(path, "/.volumes/", 10))
        return CSC_E_ACCESS_DENIED;
    return CSC_OK;
}

/* The file of a path, made when make is set. */
static csc_status find_file(struct sim *sim, const char *path, int make, struct sim_node **node)
{
    csc_status status = find(sim, path, 1, node);
    struct sim_node *dir;
    char *name;

    if (status == CSC_E_NOT_FOUND && make && !csc_failed(status = find_parent(sim, path, &dir, &name)))
        status = sim_node_make(dir, name, CSC_TYPE_FILE, node);
    if (csc_failed(status)) return status;
    return (*node)->type == CSC_TYPE_FILE ? CSC_OK : CSC_E_DIRECTORY;
}

static csc_status write_file(struct sim_node *node, uint64_t offset, const void *data, size_t size, int replace)
{
    csc_status status = CSC_OK;

    if (node->attributes & CSC_ATTR_READONLY) return CSC_E_ACCESS_DENIED;
    if (replace) status = sim_node_resize(node, 0);
    if (!csc_failed(status) && size) status = sim_node_write(node, offset, data, size);
    sim_node_flush(node);
    return done(node->volume, status);
}

csc_status sim_write(struct sim *sim, const char *path, const void *data, size_t size)
{
    struct sim_node *node;
    csc_status status = find_file(sim, path, 1, &node);

    return csc_failed(status) ? status : write_file(node, 0, data, size, 1);
}

csc_status sim_write_at(struct sim *sim, const char *path, const void *data, size_t size, int64_t mtime)
{
    csc_status status = sim_write(sim, path, data, size);

    return csc_failed(status) ? status : sim_touch(sim, path, mtime);
}

csc_status sim_overwrite(struct sim *sim, const char *path, const void *data, size_t size)
{
    struct sim_node *node;
    csc_status status = find_file(sim, path, 0, &node);
    int64_t mtime, ctime;

    if (csc_failed(status)) return status;
    mtime = node->mtime;
    ctime = node->ctime;
    status = write_file(node, 0, data, size, 0);
    node->mtime = node->durable_mtime = mtime;
    node->ctime = ctime;
    return status;
}

csc_status sim_append(struct sim *sim, const char *path, const void *data, size_t size)
{
    struct sim_node *node;
    csc_status status = find_file(sim, path, 1, &node);

    return csc_failed(status) ? status : write_file(node, node->size, data, size, 0);
}

csc_status sim_save(struct sim *sim, const char *path, const void *data, size_t size)
{
    struct sim_node *dir, *node, *old;
    csc_status status;
    char *name;

    if (csc_failed(status = find_parent(sim, path, &dir, &name))) return status;
    if ((old = sim_node_find(dir, name)) && old->type != CSC_TYPE_FILE) return CSC_E_DIRECTORY;
    if (csc_failed(status = sim_node_make(dir, "saving.new", CSC_TYPE_FILE, &node))) return status;
    status = write_file(node, 0, data, size, 1);
    pass_moment(sim);
    /* who saves keeps the case of the name */
    if (!csc_failed(status))
    {
        char *kept = sim_strdup(old ? old->name : name);

        status = sim_node_rename(dir, "saving.new", dir, kept, CSC_RENAME_REPLACE);
        free(kept);
    }
    else sim_node_remove(dir, "saving.new", 0);
    return done(dir->volume, status);
}

static void copy_content(struct sim_node *node, void **data, size_t *size)
{
    *data = sim_alloc(node->size + 1);
    *size = node->size;
    if (node->size) memcpy(*data, node->data, node->size);
}

csc_status sim_read(struct sim *sim, const char *path, void **data, size_t *size)
{
    struct sim_node *node;
    csc_status status = find_file(sim, path, 0, &node);

    *data = NULL;
    *size = 0;
    if (!csc_failed(status)) copy_content(node, data, size);
    return status;
}

csc_status sim_make_dir(struct sim *sim, const char *path)
{
    struct sim_node *dir;
    csc_status status;
    char *name;

    if (csc_failed(status = find_parent(sim, path, &dir, &name))) return status;
    return done(dir->volume, sim_node_make(dir, name, CSC_TYPE_DIRECTORY, NULL));
}

csc_status sim_make_path(struct sim *sim, const char *path)
{
    char *copy = sim_strdup(path), *p;
    csc_status status = CSC_OK;

    for (p = copy + 1; !csc_failed(status); p++)
    {
        int end = !*p;

        if (*p && *p != '/') continue;
        *p = 0;
        status = sim_make_dir(sim, copy);
        if (status == CSC_E_EXISTS) status = CSC_OK;
        if (end) break;
        *p = '/';
    }
    free(copy);
    return status;
}

csc_status sim_remove(struct sim *sim, const char *path)
{
    struct sim_node *dir, *node;
    csc_status status;
    char *name;

    if (csc_failed(status = find_parent(sim, path, &dir, &name))) return status;
    if (!(node = sim_node_find(dir, name))) return CSC_E_NOT_FOUND;
    return done(dir->volume, sim_node_remove(dir, name, node->type == CSC_TYPE_DIRECTORY));
}

static csc_status remove_below(struct sim_node *dir)
{
    csc_status status = CSC_OK;

    while (dir->count && !csc_failed(status))
    {
        struct sim_node *node = dir->children[dir->count - 1];

        if (node->mounted) return CSC_E_BUSY;
        if (node->type == CSC_TYPE_DIRECTORY) status = remove_below(node);
        if (!csc_failed(status)) status = sim_node_remove(dir, node->name, node->type == CSC_TYPE_DIRECTORY);
    }
    return status;
}

csc_status sim_remove_tree(struct sim *sim, const char *path)
{
    struct sim_node *node;
    csc_status status = find(sim, path, 0, &node);

    if (!csc_failed(status) && node->type == CSC_TYPE_DIRECTORY) status = remove_below(node);
    return csc_failed(status) ? status : sim_remove(sim, path);
}

csc_status sim_rename(struct sim *sim, const char *from, const char *to)
{
    struct sim_node *from_dir, *to_dir;
    char *from_name, *to_name;
    csc_status status;

    if (csc_failed(status = find_parent(sim, from, &from_dir, &from_name))) return status;
    if (csc_failed(status = find_parent(sim, to, &to_dir, &to_name))) return status;
    status = sim_node_rename(from_dir, from_name, to_dir, to_name, CSC_RENAME_REPLACE);
    return done(from_dir->volume, status);
}

csc_status sim_touch(struct sim *sim, const char *path, int64_t mtime)
{
    struct sim_node *node;
    csc_status status = find(sim, path, 1, &node);

    if (csc_failed(status)) return status;
    sim_node_set_times(node, mtime);
    return done(node->volume, CSC_OK);
}

csc_status sim_set_attributes(struct sim *sim, const char *path, uint32_t attributes)
{
    struct sim_node *node;
    csc_status status = find(sim, path, 1, &node);

    if (csc_failed(status)) return status;
    sim_node_set_attributes(node, attributes);
    return done(node->volume, CSC_OK);
}

csc_status sim_link(struct sim *sim, const char *target, const char *path)
{
    struct sim_node *dir, *node;
    csc_status status;
    char *name;

    if (csc_failed(status = find_parent(sim, path, &dir, &name))) return status;
    if (csc_failed(status = sim_node_make(dir, name, CSC_TYPE_LINK, &node))) return status;
    node->data = (unsigned char *)sim_strdup(target);
    node->size = strlen(target);
    return done(dir->volume, CSC_OK);
}

csc_status sim_read_link(struct sim *sim, const char *path, char **target)
{
    struct sim_node *node;
    csc_status status = find(sim, path, 0, &node);
    size_t size;

    *target = NULL;
    if (csc_failed(status)) return status;
    if (node->type != CSC_TYPE_LINK) return CSC_E_DIRECTORY;
    copy_content(node, (void **)target, &size);
    return CSC_OK;
}

static csc_status stat_path(struct sim *sim, const char *path, int follow, struct csc_stat *stat)
{
    struct sim_node *node;
    csc_status status = sim_find(sim, path, follow, &node, NULL);

    memset(stat, 0, sizeof(*stat));
    if (!csc_failed(status)) sim_node_stat(node, stat);
    return status;
}

csc_status sim_stat(struct sim *sim, const char *path, struct csc_stat *stat)
{
    return stat_path(sim, path, 1, stat);
}

csc_status sim_lstat(struct sim *sim, const char *path, struct csc_stat *stat)
{
    return stat_path(sim, path, 0, stat);
}

int sim_exists(struct sim *sim, const char *path)
{
    struct csc_stat stat;

    return !csc_failed(sim_stat(sim, path, &stat));
}

/* -- looking at trees -- */

static int compare_by_name(const void *a, const void *b)
{
    return strcmp((*(struct sim_node *const *)a)->name, (*(struct sim_node *const *)b)->name);
}

static void walk_below(struct sim_node *dir, const char *above, sim_entry_callback callback, void *context)
{
    struct sim_node **children;
    size_t count = dir->count, i;

    if (!count) return;
    children = sim_alloc(count * sizeof(*children));
    memcpy(children, dir->children, count * sizeof(*children));
    qsort(children, count, sizeof(*children), compare_by_name);
    for (i = 0; i < count; i++)
    {
        struct sim_node *node = children[i];
        struct sim_entry entry;
        char *path;
        void *text = NULL;
        size_t size;

        memset(&entry, 0, sizeof(entry));
        if (asprintf(&path, "%s%s%s", above, *above ? "/" : "", node->name) == -1) abort();
        if (node->mounted && csc_failed(sim_cross(&node))) node = children[i];
        entry.path = path;
        sim_node_stat(node, &entry.stat);
        if (node->type == CSC_TYPE_FILE)
        {
            entry.data = node->data;
            entry.size = node->size;
        }
        if (node->type == CSC_TYPE_LINK)
        {
            copy_content(node, &text, &size);
            entry.link = text;
        }
        callback(context, &entry);
        if (node->type == CSC_TYPE_DIRECTORY) walk_below(node, path, callback, context);
        free(text);
        free(path);
    }
    free(children);
}

csc_status sim_walk(struct sim *sim, const char *path, sim_entry_callback callback, void *context)
{
    struct sim_node *node;
    csc_status status = sim_find(sim, path, 1, &node, NULL);

    if (csc_failed(status)) return status;
    if (node->type != CSC_TYPE_DIRECTORY) return CSC_E_DIRECTORY;
    if (node == node->volume->root && node->volume->presence == SIM_EMPTIED && strncmp(path, "/.volumes/", 10)) return CSC_OK;
    walk_below(node, "", callback, context);
    return CSC_OK;
}

static void print_entry(void *context, const struct sim_entry *entry)
{
    FILE *stream = context;
    size_t i;

    fprintf(stream, "  %-30s ino %-5llu mtime %lld", entry->path, (unsigned long long)entry->stat.ino,
            (long long)entry->stat.mtime);
    if (entry->link) fprintf(stream, " -> %s", entry->link);
    else if (entry->stat.type == CSC_TYPE_DIRECTORY) fprintf(stream, " directory");
    else
    {
        fprintf(stream, " %zu bytes '", entry->size);
        for (i = 0; i < entry->size && i < 40; i++)
        {
            unsigned char c = ((const unsigned char *)entry->data)[i];

            fputc(c >= 32 && c < 127 ? c : '.', stream);
        }
        fputc('\'', stream);
    }
    fputc('\n', stream);
}

void sim_print_tree(struct sim *sim, const char *path, FILE *stream)
{
    csc_status status;

    fprintf(stream, "%s:\n", path);
    if (csc_failed(status = sim_walk(sim, path, print_entry, stream))) fprintf(stream, "  (%08x)\n", (unsigned)status);
}

/* -- programs that hold files open -- */

csc_status sim_open(struct sim *sim, const char *path, struct sim_handle **ret)
{
    struct sim_handle *handle;
    struct sim_node *node;
    csc_status status = find_file(sim, path, 0, &node);

    *ret = NULL;
    if (csc_failed(status)) return status;
    handle = sim_alloc(sizeof(*handle));
    handle->sim = sim;
    handle->node = node;
    handle->opened = sim->monotonic;
    handle->next = sim->handles;
    sim->handles = handle;
    sim_node_addref(node);
    *ret = handle;
    return CSC_OK;
}

csc_status sim_handle_write(struct sim_handle *handle, uint64_t offset, const void *data, size_t size)
{
    if (handle->stale) return CSC_E_IO;
    pass_moment(handle->sim);
    return write_file(handle->node, offset, data, size, 0);
}

csc_status sim_handle_read(struct sim_handle *handle, void **data, size_t *size)
{
    *data = NULL;
    *size = 0;
    if (handle->stale) return CSC_E_IO;
    copy_content(handle->node, data, size);
    return CSC_OK;
}

void sim_handle_close(struct sim_handle *handle)
{
    struct sim_handle **place;

    if (!handle) return;
    for (place = &handle->sim->handles; *place != handle; place = &(*place)->next) {}
    *place = handle->next;
    sim_node_release(handle->node);
    free(handle);
}

void sim_forget_handles(struct sim *sim, struct sim_volume *volume)
{
    struct sim_handle *handle;

    for (handle = sim->handles; handle; handle = handle->next)
        if (!volume || handle->node->volume == volume) handle->stale = 1;
}

/* -- running the engine -- */

static csc_status end_of(const struct csc_buffer *events, csc_status *result)
{
    size_t at;

    for (at = 0; at < events->size; )
    {
        const struct csc_wire_event *event = (const struct csc_wire_event *)((const char *)events->data + at);

        if (event->kind == CSC_EVENT_END) *result = event->status;
        at += event->size;
    }
    return *result;
}

csc_status sim_run_op(struct csc_engine *engine, enum csc_op_kind kind, uint32_t flags, int deep, const char *path)
{
    struct csc_op_request request = { .kind = kind, .flags = flags, .deep = deep, .paths = &path, .count = 1 };
    struct csc_wire_totals totals = { 0 };
    csc_status status, result = CSC_E_FAIL;
    struct csc_buffer events = { 0 };
    struct csc_op *op;

    if (csc_failed(status = csc_op_start(engine, &request, &op))) return status;
    while (!totals.ended)
    {
        events.size = 0;
        if (csc_failed(status = csc_op_pull(op, PULL_TIME, NULL, 0, &totals, &events))) result = status;
        if (csc_failed(status)) break;
        end_of(&events, &result);
    }
    csc_op_close(op);
    csc_buffer_free(&events);
    return result;
}

int sim_wait_state(struct sim *sim, struct csc_engine *engine, const char *share, uint32_t state, int64_t limit)
{
    int64_t until = sim->monotonic + limit;
    uint32_t now, reason;

    for (;;)
    {
        if (!csc_failed(csc_connect_state(engine, share, &now, &reason)) && now == state) return 1;
        if (sim->monotonic >= until) return 0;
        sim_sleep(sim, 20 * SIM_MS);
    }
}
