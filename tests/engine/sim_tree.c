/*
 * The simulation's files: nodes, volumes, and what a power loss leaves of them
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tree is always what a program sees.  Next to it stands what is needed to go back to a state that a power loss
 * may leave: the journal, with the way back of each change of names, times and attributes since the last flush, in
 * order; and for each file its content at its last flush with the writes that followed.  A power loss
 * takes back the journal from some point on, and for each file a legal part of the writes.
 */

#include <strings.h>

#include "sim_private.h"

#define MAX_NAME 255

void *sim_alloc(size_t size)
{
    void *memory = calloc(1, size ? size : 1);

    if (!memory) abort();
    return memory;
}

void *sim_realloc(void *memory, size_t size)
{
    if (!(memory = realloc(memory, size ? size : 1))) abort();
    return memory;
}

char *sim_strdup(const char *text)
{
    char *copy = strdup(text);

    if (!copy) abort();
    return copy;
}

int64_t sim_stamp(struct sim_volume *volume)
{
    int64_t now = sim_now(volume->sim), step = volume->config.granularity;

    return step > 1 ? now - now % step : now;
}

/* A change of the node: ctime always moves where it can be relied on. */
static void move_ctime(struct sim_node *node)
{
    if (!node->volume->config.untrusted_ctime || sim_random(node->volume->sim, 2)) node->ctime = sim_stamp(node->volume);
}

static int is_durable(const struct sim_volume *volume)
{
    return !volume->config.volatile_only;
}

/* -- nodes -- */

static struct sim_node *new_node(struct sim_volume *volume, enum csc_file_type type)
{
    struct sim_node *node = sim_alloc(sizeof(*node));

    node->volume = volume;
    node->serial = ++volume->sim->serial;
    node->ino = volume->free_count ? volume->free_inodes[--volume->free_count] : ++volume->next_ino;
    node->type = type;
    node->mtime = node->ctime = node->btime = sim_stamp(volume);
    node->changes_tail = &node->changes;
    return node;
}

void sim_node_addref(struct sim_node *node)
{
    node->refs++;
}

static void forget_unflushed(struct sim_node *node)
{
    struct sim_change *change;

    if (!node->unflushed) return;
    while ((change = node->changes))
    {
        node->changes = change->next;
        free(change);
    }
    node->changes_tail = &node->changes;
    free(node->durable);
    node->durable = NULL;
    node->unflushed = 0;
    if (node->prev_unflushed) node->prev_unflushed->next_unflushed = node->next_unflushed;
    else node->volume->unflushed = node->next_unflushed;
    if (node->next_unflushed) node->next_unflushed->prev_unflushed = node->prev_unflushed;
    node->next_unflushed = node->prev_unflushed = NULL;
}

void sim_node_release(struct sim_node *node)
{
    struct sim_volume *volume = node->volume;

    if (--node->refs) return;
    forget_unflushed(node);
    if (node->type == CSC_TYPE_FILE) volume->used -= node->size;
    if (volume->config.reuse_inodes)
    {
        if (volume->free_count == volume->free_room)
        {
            volume->free_room = volume->free_room ? volume->free_room * 2 : 16;
            volume->free_inodes = sim_realloc(volume->free_inodes, volume->free_room * sizeof(*volume->free_inodes));
        }
        volume->free_inodes[volume->free_count++] = node->ino;
    }
    free(node->children);
    free(node->data);
    free(node->name);
    free(node);
}

static int compare_names(const struct sim_volume *volume, const char *a, const char *b)
{
    return volume->config.ignore_case ? strcasecmp(a, b) : strcmp(a, b);
}

/* The place of a name among the children; found: whether it is there. */
static size_t place_of(struct sim_node *dir, const char *name, int *found)
{
    size_t low = 0, high = dir->count;

    *found = 0;
    while (low < high)
    {
        size_t middle = (low + high) / 2;
        int order = compare_names(dir->volume, dir->children[middle]->name, name);

        if (!order)
        {
            *found = 1;
            return middle;
        }
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

struct sim_node *sim_node_find(struct sim_node *dir, const char *name)
{
    int found;
    size_t place = place_of(dir, name, &found);

    return found ? dir->children[place] : NULL;
}

int sim_node_is_below(struct sim_node *node, struct sim_node *ancestor)
{
    for (; node; node = node->parent)
        if (node == ancestor) return 1;
    return 0;
}

/* Takes a reference. */
static void attach(struct sim_node *dir, const char *name, struct sim_node *node)
{
    int found;
    size_t place = place_of(dir, name, &found);
    char *copy = sim_strdup(name);

    if (found) abort();
    if (dir->count == dir->capacity)
    {
        dir->capacity = dir->capacity ? dir->capacity * 2 : 8;
        dir->children = sim_realloc(dir->children, dir->capacity * sizeof(*dir->children));
    }
    memmove(dir->children + place + 1, dir->children + place, (dir->count - place) * sizeof(*dir->children));
    dir->children[place] = node;
    dir->count++;
    free(node->name);
    node->name = copy;
    node->parent = dir;
    sim_node_addref(node);
}

/* Gives the entry's reference back; the name stays with the node. */
static void detach(struct sim_node *node)
{
    struct sim_node *dir = node->parent;
    int found;
    size_t place = place_of(dir, node->name, &found);

    if (!found || dir->children[place] != node) abort();
    memmove(dir->children + place, dir->children + place + 1, (dir->count - place - 1) * sizeof(*dir->children));
    dir->count--;
    node->parent = NULL;
    sim_node_release(node);
}

void sim_node_stat(struct sim_node *node, struct csc_stat *stat)
{
    memset(stat, 0, sizeof(*stat));
    stat->type = node->type;
    switch (node->type)
    {
    case CSC_TYPE_FILE: stat->attributes = CSC_ATTR_ARCHIVE | node->attributes; break;
    case CSC_TYPE_DIRECTORY: stat->attributes = CSC_ATTR_DIRECTORY | node->attributes; break;
    default: stat->attributes = CSC_ATTR_NORMAL; break;
    }
    if (node->type != CSC_TYPE_DIRECTORY) stat->size = node->size;
    stat->dev = node->volume->dev;
    stat->ino = node->ino;
    stat->mtime = stat->atime = node->mtime;
    stat->ctime = node->ctime;
    stat->btime = node->btime;
}

char *sim_node_path(struct sim_node *node)
{
    char *path = sim_strdup(""), *longer;

    for (; node->parent; node = node->parent)
    {
        if (asprintf(&longer, "/%s%s", node->name, path) == -1) abort();
        free(path);
        path = longer;
    }
    if (node != node->volume->root)
    {
        free(path);
        return NULL;
    }
    if (strcmp(node->volume->mount_point, "/"))
    {
        if (asprintf(&longer, "%s%s", node->volume->mount_point, path) == -1) abort();
        free(path);
        path = longer;
    }
    return path;
}

/* -- the journal -- */

static struct sim_undo *note(struct sim_volume *volume, enum sim_undo_kind kind, struct sim_node *node)
{
    struct sim_undo *undo;

    if (!is_durable(volume)) return NULL;
    if (volume->journal_count == volume->journal_room)
    {
        volume->journal_room = volume->journal_room ? volume->journal_room * 2 : 32;
        volume->journal = sim_realloc(volume->journal, volume->journal_room * sizeof(*volume->journal));
    }
    undo = &volume->journal[volume->journal_count++];
    memset(undo, 0, sizeof(*undo));
    undo->kind = kind;
    undo->node = node;
    undo->ctime = node->ctime;
    sim_node_addref(node);
    return undo;
}

static void note_other(struct sim_undo *undo, struct sim_node *other)
{
    if (!undo || !other) return;
    undo->other = other;
    undo->other_ctime = other->ctime;
    sim_node_addref(other);
}

/* Notes where the node is before it goes. */
static void note_place(struct sim_undo *undo, struct sim_node *parent, const char *name)
{
    if (!undo) return;
    undo->parent = parent;
    undo->name = sim_strdup(name);
    sim_node_addref(parent);
}

static void free_undo(struct sim_undo *undo)
{
    sim_node_release(undo->node);
    if (undo->other) sim_node_release(undo->other);
    if (undo->parent) sim_node_release(undo->parent);
    free(undo->name);
}

/* Forgets the way back of the first count changes. */
static void flush_journal(struct sim_volume *volume, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) free_undo(&volume->journal[i]);
    if (count) memmove(volume->journal, volume->journal + count, (volume->journal_count - count) * sizeof(*volume->journal));
    volume->journal_count -= count;
}

void sim_journal_flush(struct sim_volume *volume)
{
    flush_journal(volume, volume->journal_count);
}

static int concerns(const struct sim_undo *undo, const struct sim_node *dir)
{
    return undo->parent == dir || undo->node->parent == dir || undo->node == dir ||
           (undo->other && undo->other->parent == dir);
}

void sim_journal_flush_dir(struct sim_node *dir)
{
    size_t count = dir->volume->journal_count;

    while (count && !concerns(&dir->volume->journal[count - 1], dir)) count--;
    flush_journal(dir->volume, count);
}

static void swap_places(struct sim_node *a, struct sim_node *b)
{
    struct sim_node *parent_a = a->parent, *parent_b = b->parent;
    char *name_a = sim_strdup(a->name), *name_b = sim_strdup(b->name);

    sim_node_addref(a);
    sim_node_addref(b);
    detach(a);
    detach(b);
    attach(parent_b, name_b, a);
    attach(parent_a, name_a, b);
    sim_node_release(a);
    sim_node_release(b);
    free(name_a);
    free(name_b);
}

static void take_back(struct sim_undo *undo)
{
    struct sim_node *node = undo->node, *parent = node->parent;
    char *name;

    switch (undo->kind)
    {
    case SIM_UNDO_MADE:
        detach(node);
        break;
    case SIM_UNDO_REMOVED:
        attach(undo->parent, undo->name, node);
        break;
    case SIM_UNDO_RENAMED:
        name = sim_strdup(node->name);
        detach(node);
        attach(undo->parent, undo->name, node);
        if (undo->other) attach(parent, name, undo->other);
        free(name);
        break;
    case SIM_UNDO_EXCHANGED:
        swap_places(node, undo->other);
        break;
    case SIM_UNDO_TIMES:
        node->mtime = undo->mtime;
        node->times_set = 0;
        break;
    case SIM_UNDO_ATTRIBUTES:
        node->attributes = undo->attributes;
        break;
    }
    node->ctime = undo->ctime;
    if (undo->other) undo->other->ctime = undo->other_ctime;
}

/* -- data -- */

/* The content of the file is what it was; writes are noted from here on. */
static void begin_unflushed(struct sim_node *node)
{
    struct sim_volume *volume = node->volume;

    if (node->unflushed || !is_durable(volume)) return;
    node->unflushed = 1;
    node->durable = sim_alloc(node->size);
    if (node->size) memcpy(node->durable, node->data, node->size);
    node->durable_size = node->size;
    node->durable_mtime = node->mtime;
    if ((node->next_unflushed = volume->unflushed)) node->next_unflushed->prev_unflushed = node;
    volume->unflushed = node;
}

static void note_change(struct sim_node *node, int resize, uint64_t offset, const void *data, size_t size)
{
    struct sim_change *change;

    if (!node->unflushed) return;
    change = sim_alloc(sizeof(*change) + size);
    change->resize = resize;
    change->offset = offset;
    change->size = size;
    if (size) memcpy(change->data, data, size);
    *node->changes_tail = change;
    node->changes_tail = &change->next;
}

/* Makes room and fills with zeros; size becomes the new one. */
static void set_size(struct sim_node *node, size_t size)
{
    if (size > node->room)
    {
        node->room = size < 64 ? 64 : size + size / 2;
        node->data = sim_realloc(node->data, node->room);
    }
    if (size > node->size) memset(node->data + node->size, 0, size - node->size);
    node->volume->used += size;
    node->volume->used -= node->size;
    node->size = size;
}

static void data_changed(struct sim_node *node)
{
    node->mtime = sim_stamp(node->volume);
    node->times_set = 0;
    move_ctime(node);
}

csc_status sim_node_write(struct sim_node *node, uint64_t offset, const void *data, size_t size)
{
    struct sim_volume *volume = node->volume;
    csc_status status = CSC_OK;
    uint64_t end = offset + size;

    if (end > node->size && volume->config.capacity)
    {
        uint64_t room = volume->used < volume->config.capacity ? volume->config.capacity - volume->used : 0;

        if (end - node->size > room)
        {
            end = node->size + room;
            if (end <= offset) return CSC_E_DISK_FULL;
            size = end - offset;
            status = CSC_E_DISK_FULL;
        }
    }
    if (!size) return status;
    begin_unflushed(node);
    note_change(node, 0, offset, data, size);
    if (end > node->size) set_size(node, end);
    memcpy(node->data + offset, data, size);
    sim_mix(volume->sim, sim_mix_bytes(offset, data, size));
    data_changed(node);
    return status;
}

csc_status sim_node_resize(struct sim_node *node, uint64_t size)
{
    struct sim_volume *volume = node->volume;

    if (size > node->size && volume->config.capacity && volume->used + (size - node->size) > volume->config.capacity)
        return CSC_E_DISK_FULL;
    begin_unflushed(node);
    note_change(node, 1, size, NULL, 0);
    set_size(node, size);
    data_changed(node);
    return CSC_OK;
}

void sim_node_flush(struct sim_node *node)
{
    struct sim_volume *volume = node->volume;
    size_t i, kept = 0;

    forget_unflushed(node);
    /* its own times and attributes go with it */
    for (i = 0; i < volume->journal_count; i++)
    {
        struct sim_undo *undo = &volume->journal[i];

        if (undo->node == node && (undo->kind == SIM_UNDO_TIMES || undo->kind == SIM_UNDO_ATTRIBUTES)) free_undo(undo);
        else volume->journal[kept++] = *undo;
    }
    volume->journal_count = kept;
}

void sim_volume_flush(struct sim_volume *volume)
{
    while (volume->unflushed) forget_unflushed(volume->unflushed);
    sim_journal_flush(volume);
}

/* Whether a sector that was written arrived; in_order: it was written before the disk stopped at the latest. */
static int arrives(struct sim_node *node, int in_order, int old)
{
    struct sim *sim = node->volume->sim;

    if (!in_order) return !sim_random(sim, 4);
    if (node->volume->config.data == SIM_DATA_ORDERED) return !old || sim_random(sim, 8);
    return sim_random(sim, 4) != 0;
}

/* Applies the sectors of a write that arrive, up to limit; only in order the file grows. */
static void lose_part(struct sim_node *node, const struct sim_change *change, int in_order, uint64_t limit)
{
    uint64_t offset = change->offset, end = change->offset + change->size, next;

    if (end > limit) end = limit;
    for (; offset < end; offset = next)
    {
        next = offset - offset % SIM_SECTOR + SIM_SECTOR;
        if (next > end) next = end;
        if (next > node->size)
        {
            if (!in_order) break;
            set_size(node, next);
        }
        if (arrives(node, in_order, next <= node->durable_size))
            memcpy(node->data + offset, change->data + (offset - change->offset), next - offset);
    }
}

static void lose_some(struct sim_node *node)
{
    struct sim *sim = node->volume->sim;
    struct sim_change *change;
    size_t count = 0, i = 0, whole;
    int resized = 0;

    for (change = node->changes; change; change = change->next)
    {
        count++;
        resized |= change->resize;
    }
    whole = sim_random(sim, count + 1);
    set_size(node, 0);
    set_size(node, node->durable_size);
    if (node->durable_size) memcpy(node->data, node->durable, node->durable_size);
    for (change = node->changes; change; change = change->next, i++)
    {
        if (i > whole && resized) break;
        if (change->resize)
        {
            if (i < whole) set_size(node, change->offset);
        }
        else if (i < whole) lose_part(node, change, 1, UINT64_MAX);
        else if (i == whole)
        {
            uint64_t sectors = (change->size + SIM_SECTOR - 1) / SIM_SECTOR;
            uint64_t first = change->offset - change->offset % SIM_SECTOR;

            lose_part(node, change, 1, first + sim_random(sim, sectors + 1) * SIM_SECTOR);
        }
        /* what was written over may arrive in any order */
        else lose_part(node, change, 0, node->size);
    }
}

static void lose_data(struct sim_node *node)
{
    struct sim *sim = node->volume->sim;
    int old_time = !node->times_set && sim_random(sim, 2);

    switch (sim_random(sim, 4))
    {
    case 0:
        old_time = 0;
        break;
    case 1:
        set_size(node, 0);
        set_size(node, node->durable_size);
        if (node->durable_size) memcpy(node->data, node->durable, node->durable_size);
        break;
    default:
        lose_some(node);
        break;
    }
    if (old_time) node->mtime = node->durable_mtime;
    forget_unflushed(node);
}

static uint64_t mix_node(struct sim_node *node, uint64_t hash)
{
    const uint64_t numbers[] = { node->ino, node->serial, node->type, node->attributes, (uint64_t)node->mtime,
                                 (uint64_t)node->ctime, (uint64_t)node->btime, node->count };
    size_t i;

    hash = sim_mix_bytes(hash, numbers, sizeof(numbers));
    hash = sim_mix_bytes(hash, node->name ? node->name : "", node->name ? strlen(node->name) : 0);
    hash = sim_mix_bytes(hash, node->note, node->note_size);
    hash = sim_mix_bytes(hash, node->data, node->size);
    for (i = 0; i < node->count; i++) hash = mix_node(node->children[i], hash);
    return hash;
}

uint64_t sim_volume_mix(struct sim_volume *volume, uint64_t hash)
{
    const uint64_t numbers[] = { volume->dev, volume->presence, volume->next_ino, volume->free_count };

    hash = sim_mix_bytes(hash, numbers, sizeof(numbers));
    hash = sim_mix_bytes(hash, volume->free_inodes, volume->free_count * sizeof(*volume->free_inodes));
    return mix_node(volume->root, hash);
}

void sim_volume_lose(struct sim_volume *volume)
{
    struct sim *sim = volume->sim;
    size_t count = volume->journal_count, keep = count;

    if (!is_durable(volume)) return;
    switch (sim_random(sim, 3))
    {
    case 0: break;
    case 1: keep = 0; break;
    default: keep = sim_random(sim, count + 1); break;
    }
    sim_trace(sim, "power loss: %zu of %zu changes of names stay", keep, count);
    while (volume->journal_count > keep)
    {
        take_back(&volume->journal[volume->journal_count - 1]);
        free_undo(&volume->journal[--volume->journal_count]);
    }
    while (volume->unflushed) lose_data(volume->unflushed);
    sim_journal_flush(volume);
}

/* -- changes -- */

static csc_status check_name(const char *name)
{
    if (!*name) return CSC_E_NOT_FOUND;
    if (strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..")) return CSC_E_INVALID_ARG;
    return strlen(name) > MAX_NAME ? CSC_E_NAME_TOO_LONG : CSC_OK;
}

static int is_removed(const struct sim_node *dir)
{
    return !dir->parent && dir != dir->volume->root;
}

static void entries_changed(struct sim_node *dir)
{
    dir->mtime = sim_stamp(dir->volume);
    move_ctime(dir);
}

csc_status sim_node_make(struct sim_node *dir, const char *name, enum csc_file_type type, struct sim_node **ret)
{
    struct sim_node *node;
    csc_status status;

    if (ret) *ret = NULL;
    if ((status = check_name(name))) return status;
    if (dir->type != CSC_TYPE_DIRECTORY) return CSC_E_DIRECTORY;
    if (is_removed(dir)) return CSC_E_NOT_FOUND;
    if (sim_node_find(dir, name)) return CSC_E_EXISTS;
    node = new_node(dir->volume, type);
    attach(dir, name, node);
    entries_changed(dir);
    note_place(note(dir->volume, SIM_UNDO_MADE, node), dir, name);
    if (ret) *ret = node;
    return CSC_OK;
}

csc_status sim_node_remove(struct sim_node *dir, const char *name, int directory)
{
    struct sim_node *node = sim_node_find(dir, name);
    csc_status status;

    if ((status = check_name(name))) return status;
    if (!node) return CSC_E_NOT_FOUND;
    if (directory != (node->type == CSC_TYPE_DIRECTORY)) return CSC_E_DIRECTORY;
    if (node->mounted) return CSC_E_BUSY;
    if (node->count) return CSC_E_NOT_EMPTY;
    note_place(note(dir->volume, SIM_UNDO_REMOVED, node), dir, node->name);
    move_ctime(node);
    detach(node);
    entries_changed(dir);
    return CSC_OK;
}

static csc_status exchange(struct sim_node *from, struct sim_node *node, struct sim_node *to, struct sim_node *other)
{
    /* which fs_posix.c cannot tell from a system that does not know how */
    if (sim_node_is_below(to, node) || sim_node_is_below(from, other)) return CSC_E_NOT_SUPPORTED;
    if (node == other) return CSC_OK;
    note_other(note(from->volume, SIM_UNDO_EXCHANGED, node), other);
    swap_places(node, other);
    move_ctime(node);
    move_ctime(other);
    entries_changed(from);
    entries_changed(to);
    return CSC_OK;
}

/* Whether node may take the place of other. */
static csc_status check_replace(const struct sim_node *node, const struct sim_node *other)
{
    if ((node->type == CSC_TYPE_DIRECTORY) != (other->type == CSC_TYPE_DIRECTORY)) return CSC_E_DIRECTORY;
    if (other->mounted) return CSC_E_BUSY;
    return other->count ? CSC_E_NOT_EMPTY : CSC_OK;
}

csc_status sim_node_rename(struct sim_node *from, const char *old_name, struct sim_node *to, const char *new_name, int mode)
{
    struct sim_node *node, *other;
    struct sim_undo *undo;
    csc_status status;

    if ((status = check_name(old_name)) || (status = check_name(new_name))) return status;
    if (mode != CSC_RENAME_REPLACE && mode != CSC_RENAME_NOREPLACE && mode != CSC_RENAME_EXCHANGE) return CSC_E_INVALID_ARG;
    if (from->volume != to->volume) return CSC_E_NOT_SUPPORTED;
    if (mode == CSC_RENAME_EXCHANGE && from->volume->config.no_exchange) return CSC_E_NOT_SUPPORTED;
    node = sim_node_find(from, old_name);
    if (!node || is_removed(to)) return CSC_E_NOT_FOUND;
    other = sim_node_find(to, new_name);
    if (mode == CSC_RENAME_EXCHANGE) return other ? exchange(from, node, to, other) : CSC_E_NOT_FOUND;
    if (other && mode == CSC_RENAME_NOREPLACE) return CSC_E_EXISTS;
    if (node->mounted) return CSC_E_BUSY;
    if (sim_node_is_below(to, node)) return CSC_E_INVALID_ARG;
    if (other && other != node && sim_node_is_below(from, other)) return CSC_E_NOT_EMPTY;
    if (other == node && !strcmp(node->name, new_name)) return CSC_OK;
    if (other == node) other = NULL;                /* only its case changes */
    if (other && (status = check_replace(node, other))) return status;

    undo = note(from->volume, SIM_UNDO_RENAMED, node);
    note_other(undo, other);
    note_place(undo, from, node->name);
    sim_node_addref(node);
    if (other)
    {
        move_ctime(other);
        detach(other);
    }
    detach(node);
    attach(to, new_name, node);
    sim_node_release(node);
    move_ctime(node);
    entries_changed(from);
    entries_changed(to);
    return CSC_OK;
}

void sim_node_set_times(struct sim_node *node, int64_t mtime)
{
    int64_t step = node->volume->config.granularity;
    struct sim_undo *undo;

    if (mtime == INT64_MIN) return;
    if ((undo = note(node->volume, SIM_UNDO_TIMES, node))) undo->mtime = node->mtime;
    node->mtime = step > 1 ? mtime - (mtime % step + step) % step : mtime;
    node->times_set = 1;
    move_ctime(node);
}

void sim_node_set_attributes(struct sim_node *node, uint32_t attributes)
{
    struct sim_undo *undo;

    if (attributes & CSC_ATTR_UNSEEN) attributes |= node->attributes & (CSC_ATTR_HIDDEN | CSC_ATTR_SYSTEM);
    attributes &= CSC_ATTR_SETTABLE;
    if (!node->volume->config.keeps_hidden)
        attributes &= node->type == CSC_TYPE_DIRECTORY ? 0 : CSC_ATTR_READONLY;
    if (attributes == node->attributes) return;
    if ((undo = note(node->volume, SIM_UNDO_ATTRIBUTES, node))) undo->attributes = node->attributes;
    node->attributes = attributes;
    move_ctime(node);
}

/* -- volumes -- */

struct sim_volume *sim_volume_create(struct sim *sim, const struct sim_volume_config *config, const char *mount_point)
{
    struct sim_volume *volume = sim_alloc(sizeof(*volume));

    volume->sim = sim;
    volume->config = *config;
    volume->mount_point = sim_strdup(mount_point);
    if (volume->config.granularity < 1) volume->config.granularity = 1;
    if (!volume->config.told_granularity) volume->config.told_granularity = volume->config.granularity;
    volume->fs_type = sim_strdup(config->fs_type ? config->fs_type : config->anonymous ? "fuse.sshfs" : "ext4");
    volume->source = sim_strdup(config->source ? config->source : mount_point);
    volume->number = sim->volume_count++;
    if (asprintf(&volume->server_path, "/.volumes/%u", volume->number) == -1) abort();
    volume->dev = ++sim->next_dev;
    volume->root = new_node(volume, CSC_TYPE_DIRECTORY);
    sim_node_addref(volume->root);
    return volume;
}

/* Removes everything below; nothing is noted. */
static void clear(struct sim_node *dir)
{
    while (dir->count)
    {
        struct sim_node *node = dir->children[dir->count - 1];

        clear(node);
        detach(node);
    }
}

void sim_volume_free(struct sim_volume *volume)
{
    sim_volume_flush(volume);
    clear(volume->root);
    sim_node_release(volume->root);
    free(volume->free_inodes);
    free(volume->journal);
    free(volume->mount_point);
    free(volume->server_path);
    free(volume->fs_type);
    free(volume->source);
    free(volume);
}
