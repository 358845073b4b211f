/*
 * The simulation's struct csc_fs
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sim_private.h"

#define HUGE_DISK ((uint64_t)1 << 40)
#define HOLE      4096

struct csc_dir
{
    struct sim_node *node;
    unsigned epoch;
};

struct csc_file
{
    struct sim_node *node;
    unsigned epoch;
    int writable;
};

static struct sim_incarnation *incarnation_of(struct csc_fs *fs)
{
    return (struct sim_incarnation *)fs;
}

/* What was opened before the volume turned into another one. */
static csc_status check_epoch(const struct sim_node *node, unsigned epoch)
{
    return node->volume->epoch == epoch ? CSC_OK : CSC_E_IO;
}

/* A root that shows nothing. */
static int is_emptied(const struct sim_node *node)
{
    return node == node->volume->root && node->volume->presence == SIM_EMPTIED;
}

static struct sim_node *look_up(struct csc_dir *dir, const char *name)
{
    return is_emptied(dir->node) ? NULL : sim_node_find(dir->node, name);
}

/* The volume that a call on a name in a directory is about. */
static struct sim_volume *volume_of(struct csc_dir *dir, const char *name)
{
    struct sim_node *node = look_up(dir, name);

    return node && node->mounted && node->mounted->presence != SIM_UNMOUNTED ? node->mounted : dir->node->volume;
}

static csc_status enter_dir(struct sim_passage *passage, struct csc_fs *fs, enum sim_call call, struct csc_dir *dir,
                            const char *name, int changes)
{
    struct sim_volume *volume = name && !changes ? volume_of(dir, name) : dir->node->volume;
    csc_status status = sim_enter(passage, incarnation_of(fs), call, volume, name ? name : dir->node->name, changes);

    if (!csc_failed(status) && csc_failed(status = check_epoch(dir->node, dir->epoch))) return sim_leave(passage, status);
    if (!csc_failed(status) && changes && is_emptied(dir->node)) return sim_leave(passage, CSC_E_ACCESS_DENIED);
    return status;
}

static csc_status enter_file(struct sim_passage *passage, struct csc_fs *fs, enum sim_call call, struct csc_file *file,
                             int changes)
{
    csc_status status = sim_enter(passage, incarnation_of(fs), call, file->node->volume, file->node->name, changes);

    if (!csc_failed(status) && csc_failed(status = check_epoch(file->node, file->epoch))) return sim_leave(passage, status);
    return status;
}

/* -- directories -- */

static void wrap_dir(struct sim_node *node, struct csc_dir **dir)
{
    *dir = sim_alloc(sizeof(**dir));
    (*dir)->node = node;
    (*dir)->epoch = node->volume->epoch;
    sim_node_addref(node);
}

/* Enters a call that names a path and follows it; the volume may be gone or come while the call waits. */
static csc_status enter_path(struct sim_passage *passage, struct csc_fs *fs, enum sim_call call, const char *path,
                             struct sim_node **node)
{
    struct sim_incarnation *incarnation = incarnation_of(fs);
    struct sim_volume *volume;
    csc_status status;

    sim_find(incarnation->sim, path, 1, node, &volume);
    if (volume && volume->presence == SIM_UNMOUNTED) volume = incarnation->sim->volumes;
    status = sim_enter(passage, incarnation, call, volume, strrchr(path, '/') ? strrchr(path, '/') + 1 : path, 0);
    if (csc_failed(status)) return status;
    status = sim_find(incarnation->sim, path, 1, node, NULL);
    if (status == CSC_E_NOT_FOUND) status = CSC_E_PATH_NOT_FOUND;
    if (!csc_failed(status) && (*node)->type != CSC_TYPE_DIRECTORY) status = CSC_E_DIRECTORY;
    return csc_failed(status) ? sim_leave(passage, status) : CSC_OK;
}

static csc_status fs_open_root(struct csc_fs *fs, const char *path, struct csc_dir **dir)
{
    struct sim_passage passage;
    struct sim_node *node;
    csc_status status;

    *dir = NULL;
    if (csc_failed(status = enter_path(&passage, fs, SIM_OPEN_ROOT, path, &node))) return status;
    if (csc_failed(status = sim_leave(&passage, CSC_OK))) return status;
    wrap_dir(node, dir);
    return CSC_OK;
}

static csc_status fs_open_dir(struct csc_fs *fs, struct csc_dir *parent, const char *name, struct csc_dir **dir)
{
    struct sim_passage passage;
    struct sim_node *node;
    csc_status status;

    *dir = NULL;
    if (csc_failed(status = enter_dir(&passage, fs, SIM_OPEN_DIR, parent, name, 0))) return status;
    if (!(node = look_up(parent, name))) status = CSC_E_NOT_FOUND;
    else if (node->type == CSC_TYPE_LINK) status = CSC_E_CANNOT_ACCESS;
    else if (node->type != CSC_TYPE_DIRECTORY) status = CSC_E_DIRECTORY;
    else if (node->mounted) status = sim_cross(&node);
    if (csc_failed(status = sim_leave(&passage, status))) return status;
    wrap_dir(node, dir);
    return CSC_OK;
}

static void fs_close_dir(struct csc_fs *fs, struct csc_dir *dir)
{
    (void)fs;
    if (!dir) return;
    sim_node_release(dir->node);
    free(dir);
}

/* HIDDEN and SYSTEM cost a call of their own. */
static void engine_stat(struct sim_node *node, struct csc_stat *stat)
{
    sim_node_stat(node, stat);
    stat->attributes &= ~(CSC_ATTR_HIDDEN | CSC_ATTR_SYSTEM);
    if (stat->type == CSC_TYPE_FILE || stat->type == CSC_TYPE_DIRECTORY) stat->attributes |= CSC_ATTR_UNSEEN;
}

static csc_status fs_stat_dir(struct csc_fs *fs, struct csc_dir *dir, struct csc_stat *stat)
{
    struct sim_passage passage;
    csc_status status;

    memset(stat, 0, sizeof(*stat));
    if (csc_failed(status = enter_dir(&passage, fs, SIM_STAT_DIR, dir, NULL, 0))) return status;
    engine_stat(dir->node, stat);
    return sim_leave(&passage, CSC_OK);
}

struct listed
{
    char *name;
    enum csc_file_type type;
    uint64_t serial;
};

static int compare_serials(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;

    return (x->serial > y->serial) - (x->serial < y->serial);
}

/* The names as they are at the beginning, in the order of the volume. */
static struct listed *collect(struct csc_dir *dir, size_t *count)
{
    struct sim_volume *volume = dir->node->volume;
    struct listed *list, other;
    size_t i, j;

    *count = is_emptied(dir->node) ? 0 : dir->node->count;
    list = sim_alloc(*count * sizeof(*list));
    for (i = 0; i < *count; i++)
    {
        struct sim_node *node = dir->node->children[i];

        list[i].name = sim_strdup(node->name);
        list[i].type = volume->config.lists_no_types ? CSC_TYPE_NONE : node->type;
        list[i].serial = node->serial;
    }
    if (volume->config.order == SIM_ORDER_CREATION) qsort(list, *count, sizeof(*list), compare_serials);
    if (volume->config.order == SIM_ORDER_SHUFFLED)
        for (i = *count; i > 1; i--)
        {
            j = sim_random(volume->sim, i);
            other = list[i - 1];
            list[i - 1] = list[j];
            list[j] = other;
        }
    return list;
}

static csc_status fs_list(struct csc_fs *fs, struct csc_dir *dir, csc_list_callback callback, void *context)
{
    struct sim_incarnation *incarnation = incarnation_of(fs);
    struct sim_passage passage;
    struct listed *list;
    size_t count, told, i;
    csc_status status;

    if (csc_failed(status = enter_dir(&passage, fs, SIM_LIST, dir, NULL, 0))) return status;
    if (!dir->node->parent && dir->node != dir->node->volume->root) return sim_leave(&passage, CSC_E_NOT_FOUND);
    list = collect(dir, &count);
    told = passage.part ? sim_random(incarnation->sim, count + 1) : count;
    for (i = 0; i < told && !csc_failed(status); i++)
    {
        status = callback(context, list[i].name, list[i].type);
        sim_preempt(incarnation->sim);
        if (csc_failed(status)) break;
        if (incarnation->dead) status = CSC_E_IO;
        else if (dir->node->volume->presence == SIM_GONE) status = CSC_E_BAD_NETPATH;
        else status = check_epoch(dir->node, dir->epoch);
    }
    for (i = 0; i < count; i++) free(list[i].name);
    free(list);
    return sim_leave(&passage, csc_failed(status) ? status : CSC_OK);
}

static csc_status fs_stat(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat)
{
    struct sim_passage passage;
    struct sim_node *node;
    csc_status status;

    memset(stat, 0, sizeof(*stat));
    if (csc_failed(status = enter_dir(&passage, fs, SIM_STAT, dir, name, 0))) return status;
    if (!(node = look_up(dir, name))) return sim_leave(&passage, strlen(name) > 255 ? CSC_E_NAME_TOO_LONG : CSC_E_NOT_FOUND);
    if (node->mounted && csc_failed(status = sim_cross(&node))) return sim_leave(&passage, status);
    if (!csc_failed(status = sim_leave(&passage, CSC_OK))) engine_stat(node, stat);
    return status;
}

static csc_status fs_make_dir(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_dir(&passage, fs, SIM_MAKE_DIR, dir, name, 1))) return status;
    return sim_leave(&passage, sim_node_make(dir->node, name, CSC_TYPE_DIRECTORY, NULL));
}

static csc_status fs_remove_dir(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_dir(&passage, fs, SIM_REMOVE_DIR, dir, name, 1))) return status;
    return sim_leave(&passage, sim_node_remove(dir->node, name, 1));
}

static csc_status fs_remove_file(struct csc_fs *fs, struct csc_dir *dir, const char *name)
{
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_dir(&passage, fs, SIM_REMOVE_FILE, dir, name, 1))) return status;
    return sim_leave(&passage, sim_node_remove(dir->node, name, 0));
}

static csc_status fs_rename(struct csc_fs *fs, struct csc_dir *from, const char *old_name, struct csc_dir *to,
                            const char *new_name, int mode)
{
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_dir(&passage, fs, SIM_RENAME, to, new_name, 1))) return status;
    if (!csc_failed(status = check_epoch(from->node, from->epoch)))
        status = sim_node_rename(from->node, old_name, to->node, new_name, mode);
    sim_trace(passage.sim, "rename %s -> %s: %08x", old_name, new_name, (unsigned)status);
    return sim_leave(&passage, status);
}

static csc_status fs_sync_dir(struct csc_fs *fs, struct csc_dir *dir)
{
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_dir(&passage, fs, SIM_SYNC_DIR, dir, NULL, 1))) return status;
    if (dir->node->volume->config.flush_file_only) sim_journal_flush_dir(dir->node);
    else sim_journal_flush(dir->node->volume);
    return sim_leave(&passage, CSC_OK);
}

/* -- files -- */

static void wrap_file(struct sim_node *node, int writable, struct csc_file **file)
{
    *file = sim_alloc(sizeof(**file));
    (*file)->node = node;
    (*file)->epoch = node->volume->epoch;
    (*file)->writable = writable;
    sim_node_addref(node);
}

static csc_status fs_open_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file)
{
    struct sim_passage passage;
    struct sim_node *node;
    csc_status status;

    *file = NULL;
    if (csc_failed(status = enter_dir(&passage, fs, SIM_OPEN_FILE, dir, name, 0))) return status;
    if (!(node = look_up(dir, name))) status = CSC_E_NOT_FOUND;
    else if (node->type == CSC_TYPE_DIRECTORY) status = CSC_E_DIRECTORY;
    else if (node->type != CSC_TYPE_FILE) status = CSC_E_CANNOT_ACCESS;
    if (!csc_failed(status = sim_leave(&passage, status))) wrap_file(node, 0, file);
    return status;
}

static csc_status fs_create_file(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file)
{
    struct sim_passage passage;
    struct sim_node *node;
    csc_status status;

    *file = NULL;
    if (csc_failed(status = enter_dir(&passage, fs, SIM_CREATE_FILE, dir, name, 1))) return status;
    status = sim_node_make(dir->node, name, CSC_TYPE_FILE, &node);
    if (!csc_failed(status = sim_leave(&passage, status))) wrap_file(node, 1, file);
    return status;
}

static void fs_close_file(struct csc_fs *fs, struct csc_file *file)
{
    (void)fs;
    if (!file) return;
    sim_node_release(file->node);
    free(file);
}

static csc_status fs_stat_file(struct csc_fs *fs, struct csc_file *file, struct csc_stat *stat)
{
    struct sim_passage passage;
    csc_status status;

    memset(stat, 0, sizeof(*stat));
    if (csc_failed(status = enter_file(&passage, fs, SIM_STAT_FILE, file, 0))) return status;
    engine_stat(file->node, stat);
    return sim_leave(&passage, CSC_OK);
}

static csc_status fs_read(struct csc_fs *fs, struct csc_file *file, uint64_t offset, void *data, size_t size, size_t *got)
{
    struct sim_passage passage;
    csc_status status;

    *got = 0;
    if (csc_failed(status = enter_file(&passage, fs, SIM_READ, file, 0))) return status;
    if (offset < file->node->size)
    {
        *got = file->node->size - offset < size ? file->node->size - offset : size;
        if (passage.part) *got = sim_random(passage.sim, *got + 1);
        if (*got) memcpy(data, file->node->data + offset, *got);
    }
    return sim_leave(&passage, CSC_OK);
}

/* Writes what arrives of a write that is cut or meets a fault. */
static csc_status write_part(struct sim_passage *passage, struct csc_file *file, uint64_t offset, const void *data,
                             size_t size)
{
    if (size) sim_node_write(file->node, offset, data, sim_random(passage->sim, size + 1));
    return CSC_OK;
}

static csc_status fs_write(struct csc_fs *fs, struct csc_file *file, uint64_t offset, const void *data, size_t size)
{
    struct sim_passage passage;
    csc_status status = enter_file(&passage, fs, SIM_WRITE, file, 1);

    if (passage.cut) write_part(&passage, file, offset, data, size);
    if (csc_failed(status)) return status;
    if (size && !file->writable) return sim_leave(&passage, CSC_E_INVALID_HANDLE);
    if (passage.part) status = write_part(&passage, file, offset, data, size);
    else status = sim_node_write(file->node, offset, data, size);
    return sim_leave(&passage, status);
}

static csc_status fs_copy(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset,
                          uint64_t size, uint64_t *copied)
{
    struct sim_incarnation *incarnation = incarnation_of(fs);
    struct csc_file *remote = from->node->volume == incarnation->sim->volumes ? to : from;
    struct sim_passage passage;
    csc_status status;
    uint64_t left;

    *copied = 0;
    status = enter_file(&passage, fs, SIM_COPY, remote, 1);
    left = offset < from->node->size ? from->node->size - offset : 0;
    if (left > size) left = size;
    if (passage.cut && left) write_part(&passage, to, offset, from->node->data + offset, left);
    if (csc_failed(status)) return status;
    if (left && !to->writable) return sim_leave(&passage, CSC_E_INVALID_HANDLE);
    if (csc_failed(status = check_epoch(from->node, from->epoch)) || csc_failed(status = check_epoch(to->node, to->epoch)))
        return sim_leave(&passage, status);
    if (passage.part && left > 1) left = 1 + sim_random(passage.sim, left - 1);
    if (left) status = sim_node_write(to->node, offset, from->node->data + offset, left);
    if (!csc_failed(status)) *copied = left;
    return sim_leave(&passage, status);
}

static int is_zero(const unsigned char *data, uint64_t size)
{
    while (size && !*data) data++, size--;
    return !size;
}

/* Whether the block at a multiple of HOLE is one. */
static int is_hole(const struct sim_node *node, uint64_t offset)
{
    uint64_t size = node->size - offset < HOLE ? node->size - offset : HOLE;

    return !node->volume->config.no_holes && is_zero(node->data + offset, size);
}

static csc_status fs_find_data(struct csc_fs *fs, struct csc_file *file, uint64_t offset, uint64_t *start, uint64_t *end)
{
    struct sim_node *node = file->node;
    struct sim_passage passage;
    csc_status status;
    uint64_t at;

    if (csc_failed(status = enter_file(&passage, fs, SIM_FIND_DATA, file, 0))) return status;
    *start = *end = node->size;
    for (at = offset - offset % HOLE; at < node->size && is_hole(node, at); at += HOLE) {}
    if (offset < node->size && at < node->size)
    {
        *start = at > offset ? at : offset;
        while (at < node->size && !is_hole(node, at)) at += HOLE;
        if (at < node->size) *end = at;
    }
    return sim_leave(&passage, CSC_OK);
}

static csc_status fs_set_size(struct csc_fs *fs, struct csc_file *file, uint64_t size)
{
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_file(&passage, fs, SIM_SET_SIZE, file, 1))) return status;
    if (!file->writable) return sim_leave(&passage, CSC_E_INVALID_ARG);
    return sim_leave(&passage, sim_node_resize(file->node, size));
}

static csc_status fs_sync_file(struct csc_fs *fs, struct csc_file *file)
{
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_file(&passage, fs, SIM_SYNC_FILE, file, 1))) return status;
    sim_node_flush(file->node);
    if (!file->node->volume->config.flush_file_only) sim_journal_flush(file->node->volume);
    return sim_leave(&passage, CSC_OK);
}

static csc_status fs_set_times(struct csc_fs *fs, struct csc_file *file, int64_t mtime, int64_t atime)
{
    struct sim_passage passage;
    csc_status status;

    (void)atime;
    if (csc_failed(status = enter_file(&passage, fs, SIM_SET_TIMES, file, 1))) return status;
    sim_node_set_times(file->node, mtime);
    return sim_leave(&passage, CSC_OK);
}

static csc_status fs_set_file_attributes(struct csc_fs *fs, struct csc_file *file, uint32_t attributes)
{
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_file(&passage, fs, SIM_SET_FILE_ATTRIBUTES, file, 1))) return status;
    sim_node_set_attributes(file->node, attributes);
    return sim_leave(&passage, CSC_OK);
}

static void see(const struct sim_node *node, struct csc_stat *stat)
{
    stat->attributes = (stat->attributes & ~(CSC_ATTR_UNSEEN | CSC_ATTR_HIDDEN | CSC_ATTR_SYSTEM)) |
                       (node->attributes & (CSC_ATTR_HIDDEN | CSC_ATTR_SYSTEM));
}

static csc_status fs_see(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat)
{
    struct sim_passage passage;
    struct sim_node *node = dir->node;
    csc_status status;

    /* no call: the histories count them */
    if (!node->volume->config.keeps_hidden) return CSC_E_NOT_SUPPORTED;
    if (csc_failed(status = enter_dir(&passage, fs, SIM_SEE, dir, name, 0))) return status;
    if (name && !(node = look_up(dir, name))) status = CSC_E_NOT_FOUND;
    else see(node, stat);
    return sim_leave(&passage, status);
}

static csc_status fs_see_file(struct csc_fs *fs, struct csc_file *file, struct csc_stat *stat)
{
    struct sim_passage passage;
    csc_status status;

    if (!file->node->volume->config.keeps_hidden) return CSC_E_NOT_SUPPORTED;
    if (csc_failed(status = enter_file(&passage, fs, SIM_SEE, file, 0))) return status;
    see(file->node, stat);
    return sim_leave(&passage, CSC_OK);
}

static csc_status fs_set_note(struct csc_fs *fs, struct csc_file *file, const void *note, size_t size)
{
    struct sim_passage passage;
    csc_status status;

    if (size > CSC_NOTE_MAX) return CSC_E_INVALID_ARG;
    if (csc_failed(status = enter_file(&passage, fs, SIM_SET_NOTE, file, 1))) return status;
    memcpy(file->node->note, note, size);
    file->node->note_size = size;
    return sim_leave(&passage, CSC_OK);
}

static csc_status fs_get_note(struct csc_fs *fs, struct csc_file *file, void *note, size_t size)
{
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_file(&passage, fs, SIM_GET_NOTE, file, 0))) return status;
    if (!size || file->node->note_size != size) return sim_leave(&passage, CSC_E_NOT_FOUND);
    memcpy(note, file->node->note, size);
    return sim_leave(&passage, CSC_OK);
}

static csc_status fs_set_attributes(struct csc_fs *fs, struct csc_dir *dir, const char *name, uint32_t attributes)
{
    struct sim_passage passage;
    struct sim_node *node;
    csc_status status;

    if (csc_failed(status = enter_dir(&passage, fs, SIM_SET_ATTRIBUTES, dir, name, 1))) return status;
    if (!(node = look_up(dir, name))) status = CSC_E_NOT_FOUND;
    else if (node->type == CSC_TYPE_LINK || node->type == CSC_TYPE_OTHER) status = CSC_E_CANNOT_ACCESS;
    else sim_node_set_attributes(node, attributes);
    return sim_leave(&passage, status);
}

static csc_status fs_set_dir_times(struct csc_fs *fs, struct csc_dir *dir, int64_t mtime)
{
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_dir(&passage, fs, SIM_SET_DIR_TIMES, dir, NULL, 1))) return status;
    sim_node_set_times(dir->node, mtime);
    return sim_leave(&passage, CSC_OK);
}

/* -- the volume -- */

static csc_status fs_sync_all(struct csc_fs *fs, struct csc_dir *dir)
{
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_dir(&passage, fs, SIM_SYNC_ALL, dir, NULL, 1))) return status;
    sim_volume_flush(dir->node->volume);
    return sim_leave(&passage, CSC_OK);
}

static csc_status fs_space(struct csc_fs *fs, struct csc_dir *dir, uint64_t *total, uint64_t *available)
{
    struct sim_volume *volume = dir->node->volume;
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_dir(&passage, fs, SIM_SPACE, dir, NULL, 0))) return status;
    *total = volume->config.capacity ? volume->config.capacity : HUGE_DISK;
    *available = *total > volume->used ? *total - volume->used : 0;
    return sim_leave(&passage, CSC_OK);
}

static csc_status fs_root_id(struct csc_fs *fs, const char *path, struct csc_root_id *id)
{
    struct sim_passage passage;
    struct sim_node *node;
    csc_status status;

    memset(id, 0, sizeof(*id));
    if (csc_failed(status = enter_path(&passage, fs, SIM_ROOT_ID, path, &node))) return status;
    id->dev = node->volume->dev;
    id->ino = node->ino;
    id->anonymous = node->volume->config.anonymous;
    snprintf(id->fs_type, sizeof(id->fs_type), "%s", node->volume->fs_type);
    snprintf(id->source, sizeof(id->source), "%s", node->volume->source);
    return sim_leave(&passage, CSC_OK);
}

static csc_status fs_copies_inside(struct csc_fs *fs, struct csc_dir *dir, int *inside)
{
    struct sim_passage passage;
    csc_status status;

    *inside = 0;
    if (csc_failed(status = enter_dir(&passage, fs, SIM_COPIES_INSIDE, dir, NULL, 0))) return status;
    *inside = dir->node->volume->config.copies_inside;
    return sim_leave(&passage, CSC_OK);
}

static csc_status fs_time_quality(struct csc_fs *fs, struct csc_dir *dir, int64_t *granularity, int *trusted_ctime)
{
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_dir(&passage, fs, SIM_TIME_QUALITY, dir, NULL, 0))) return status;
    *granularity = dir->node->volume->config.told_granularity;
    *trusted_ctime = !dir->node->volume->config.untrusted_ctime;
    return sim_leave(&passage, CSC_OK);
}

/* -- UNC links -- */

static csc_status enter_link(struct sim_passage *passage, struct csc_fs *fs, enum sim_call call, const char *path, int changes)
{
    const char *name = strrchr(path, '/');
    struct sim_incarnation *incarnation = incarnation_of(fs);

    return sim_enter(passage, incarnation, call, incarnation->sim->volumes, name ? name + 1 : path, changes);
}

static csc_status find_link(struct sim *sim, const char *path, struct sim_node **dir, char **name, struct sim_node **node)
{
    csc_status status;

    *node = NULL;
    if (csc_failed(status = sim_find_parent(sim, path, dir, name, NULL))) return status;
    if (!(*node = sim_node_find(*dir, *name))) return CSC_E_NOT_FOUND;
    return (*node)->type == CSC_TYPE_LINK ? CSC_OK : CSC_E_DIRECTORY;
}

static char *link_text(const struct sim_node *node)
{
    char *text = sim_alloc(node->size + 1);

    memcpy(text, node->data, node->size);
    return text;
}

static csc_status fs_read_link(struct csc_fs *fs, const char *path, char **target)
{
    struct sim_node *dir, *node;
    struct sim_passage passage;
    csc_status status;
    char *name;

    *target = NULL;
    if (csc_failed(status = enter_link(&passage, fs, SIM_READ_LINK, path, 0))) return status;
    status = find_link(passage.sim, path, &dir, &name, &node);
    if (!csc_failed(status = sim_leave(&passage, status))) *target = link_text(node);
    return status;
}

/* Makes the missing directories of a path; each is a change of its own. */
static csc_status make_parents(struct sim_passage *passage, const char *path)
{
    char *copy = sim_strdup(path), *p, *name;
    struct sim_node *dir, *node;
    csc_status status = CSC_OK;

    for (p = copy + 1; *p && !csc_failed(status); p++)
    {
        if (*p != '/') continue;
        *p = 0;
        if (sim_find(passage->sim, copy, 1, &node, NULL) == CSC_E_NOT_FOUND &&
            !csc_failed(status = sim_find_parent(passage->sim, copy, &dir, &name, NULL)) &&
            !csc_failed(status = sim_step(passage)))
            status = sim_node_make(dir, name, CSC_TYPE_DIRECTORY, NULL);
        *p = '/';
    }
    free(copy);
    return status;
}

static csc_status replace_link(struct sim_passage *passage, const char *path, const char *target)
{
    struct sim *sim = passage->sim;
    struct sim_node *dir, *node, *made;
    char temporary[64], *name, *text;
    csc_status status;
    int same;

    if (csc_failed(status = make_parents(passage, path))) return status;
    status = find_link(sim, path, &dir, &name, &node);
    if (status == CSC_E_DIRECTORY && node) return CSC_E_EXISTS;
    if (csc_failed(status) && status != CSC_E_NOT_FOUND) return status;
    if (node)
    {
        text = link_text(node);
        same = !strcmp(text, target);
        free(text);
        if (same) return CSC_OK;
    }
    snprintf(temporary, sizeof(temporary), ".~csc-link-%u-%u.tmp", passage->incarnation->number, sim->links++);
    if (csc_failed(status = sim_step(passage))) return status;
    if (csc_failed(status = sim_node_make(dir, temporary, CSC_TYPE_LINK, &made))) return status;
    made->data = (unsigned char *)sim_strdup(target);
    made->size = strlen(target);
    if (csc_failed(status = sim_step(passage))) return status;
    return sim_node_rename(dir, temporary, dir, name, node ? CSC_RENAME_REPLACE : CSC_RENAME_NOREPLACE);
}

static csc_status fs_replace_link(struct csc_fs *fs, const char *path, const char *target)
{
    struct sim_passage passage;
    csc_status status;

    if (csc_failed(status = enter_link(&passage, fs, SIM_REPLACE_LINK, path, 0))) return status;
    status = replace_link(&passage, path, target);
    sim_trace(passage.sim, "link %s -> %s: %08x", path, target, (unsigned)status);
    return sim_leave(&passage, status);
}

static csc_status fs_remove_link(struct csc_fs *fs, const char *path)
{
    struct sim_node *dir, *node;
    struct sim_passage passage;
    csc_status status;
    char *name;

    if (csc_failed(status = enter_link(&passage, fs, SIM_REMOVE_LINK, path, 1))) return status;
    if (!csc_failed(status = find_link(passage.sim, path, &dir, &name, &node))) status = sim_node_remove(dir, name, 0);
    return sim_leave(&passage, status);
}

/* -- the session -- */

static csc_status fs_open_files(struct csc_fs *fs, const char *root, csc_open_file_callback callback, void *context)
{
    struct sim *sim = incarnation_of(fs)->sim;
    size_t length = strlen(root);
    struct sim_handle *handle;
    csc_status status = CSC_OK;

    for (handle = sim->handles; handle && !csc_failed(status); handle = handle->next)
    {
        char *path = handle->stale ? NULL : sim_node_path(handle->node);

        if (path && !strncmp(path, root, length) && path[length] == '/') status = callback(context, path);
        free(path);
    }
    return csc_failed(status) ? status : CSC_OK;
}

/* The oldest answer that is allowed.  An engine that sees the clock being set looks anew. */
static csc_status fs_is_written(struct csc_fs *fs, struct csc_dir *dir, const char *name, int64_t since, int *written)
{
    struct sim *sim = incarnation_of(fs)->sim;
    struct sim_node *node = sim_node_find(dir->node, name);
    struct sim_handle *handle;

    since = since == INT64_MAX ? sim->monotonic : since - sim->wall_offset;
    if (since < sim->clock_set) since = sim->clock_set;
    *written = 0;
    for (handle = sim->handles; handle && node; handle = handle->next)
        if (!handle->stale && handle->node == node && handle->opened <= since) *written = 1;
    return CSC_OK;
}

static csc_status fs_transports(struct csc_fs *fs, unsigned *count)
{
    (void)fs;
    *count = 1;
    return CSC_OK;
}

static csc_status fs_boot_id(struct csc_fs *fs, char id[64])
{
    snprintf(id, 64, "boot-%u", incarnation_of(fs)->sim->boots);
    return CSC_OK;
}

static csc_status fs_random(struct csc_fs *fs, void *data, size_t size)
{
    struct sim_passage passage;
    csc_status status;
    size_t i;

    if (csc_failed(status = sim_enter(&passage, incarnation_of(fs), SIM_RANDOM, NULL, NULL, 0))) return status;
    for (i = 0; i < size; i++) ((unsigned char *)data)[i] = (unsigned char)sim_random(passage.sim, 256);
    return sim_leave(&passage, CSC_OK);
}

const struct csc_fs sim_fs_table =
{
    .name = "sim",
    .open_root = fs_open_root,
    .open_dir = fs_open_dir,
    .close_dir = fs_close_dir,
    .stat_dir = fs_stat_dir,
    .list = fs_list,
    .stat = fs_stat,
    .make_dir = fs_make_dir,
    .remove_dir = fs_remove_dir,
    .remove_file = fs_remove_file,
    .rename = fs_rename,
    .sync_dir = fs_sync_dir,
    .open_file = fs_open_file,
    .create_file = fs_create_file,
    .close_file = fs_close_file,
    .stat_file = fs_stat_file,
    .read = fs_read,
    .write = fs_write,
    .copy = fs_copy,
    .find_data = fs_find_data,
    .set_size = fs_set_size,
    .sync_file = fs_sync_file,
    .set_times = fs_set_times,
    .set_file_attributes = fs_set_file_attributes,
    .see = fs_see,
    .see_file = fs_see_file,
    .set_note = fs_set_note,
    .get_note = fs_get_note,
    .set_attributes = fs_set_attributes,
    .set_dir_times = fs_set_dir_times,
    .sync_all = fs_sync_all,
    .space = fs_space,
    .root_id = fs_root_id,
    .copies_inside = fs_copies_inside,
    .time_quality = fs_time_quality,
    .read_link = fs_read_link,
    .replace_link = fs_replace_link,
    .remove_link = fs_remove_link,
    .open_files = fs_open_files,
    .is_written = fs_is_written,
    .boot_id = fs_boot_id,
    .transports = fs_transports,
    .random = fs_random,
};
