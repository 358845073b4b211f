/*
 * The rows and the tree of one directory, merged by key
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "scope.h"

struct csc_local_name
{
    char *name, *key;
};

struct collector
{
    struct csc_entries *entries;
    size_t capacity;
};

static csc_status collect(void *context, const char *name, enum csc_file_type type)
{
    struct collector *collector = context;
    struct csc_entries *entries = collector->entries;
    struct csc_local_name *local;
    csc_status status;
    char *key;

    /* what cannot be an item is left out; a sync reports it */
    if (type == CSC_TYPE_LINK || type == CSC_TYPE_OTHER || csc_name_check(name))
    {
        entries->left_out = 1;
        return CSC_OK;
    }
    if (entries->name_count == collector->capacity)
    {
        size_t capacity = collector->capacity ? collector->capacity * 2 : 64;

        if (!(local = realloc(entries->names, capacity * sizeof(*local)))) return CSC_E_OUT_OF_MEMORY;
        entries->names = local;
        collector->capacity = capacity;
    }
    local = &entries->names[entries->name_count];
    status = csc_name_key(name, &key);
    if (csc_failed(status)) return status;
    local->name = csc_texts_add(&entries->texts, name);
    local->key = csc_texts_add(&entries->texts, key);
    free(key);
    if (!local->name || !local->key) return CSC_E_OUT_OF_MEMORY;
    entries->name_count++;
    return CSC_OK;
}

static int compare_names(const void *a, const void *b)
{
    const struct csc_local_name *left = a, *right = b;
    int order = strcmp(left->key, right->key);

    return order ? order : strcmp(left->name, right->name);
}

/* Of the names with one key that begin at first the stored one is the item, else the first.  Sets
 * *next behind them. */
static const struct csc_local_name *choose(const struct csc_entries *entries, size_t first, const char *stored, size_t *next)
{
    const struct csc_local_name *names = entries->names, *chosen = &names[first];
    size_t i;

    for (i = first; i < entries->name_count && !strcmp(names[i].key, names[first].key); i++)
        if (stored && !strcmp(names[i].name, stored)) chosen = &names[i];
    *next = i;
    return chosen;
}

static csc_status stat_entry(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_entry *entry)
{
    csc_status status = fs->stat(fs, dir, name, &entry->local);

    if (csc_failed(status))
    {
        memset(&entry->local, 0, sizeof(entry->local));
        return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    }
    if (entry->local.type != CSC_TYPE_FILE && entry->local.type != CSC_TYPE_DIRECTORY)
        memset(&entry->local, 0, sizeof(entry->local));
    else entry->local_name = name;
    return CSC_OK;
}

csc_status csc_entries_read(struct csc_engine *engine, int64_t parent, struct csc_dir *dir, struct csc_entries *entries)
{
    struct collector collector = { entries, 0 };
    csc_status status = CSC_OK;
    size_t row = 0, name = 0;

    memset(entries, 0, sizeof(*entries));
    if (parent) status = csc_store_children(engine->store, parent, &entries->rows);
    if (!csc_failed(status) && dir)
    {
        status = engine->fs->list(engine->fs, dir, collect, &collector);
        if (entries->name_count) qsort(entries->names, entries->name_count, sizeof(*entries->names), compare_names);
    }
    if (!csc_failed(status) && entries->rows.count + entries->name_count &&
        !(entries->list = calloc(entries->rows.count + entries->name_count, sizeof(*entries->list))))
        status = CSC_E_OUT_OF_MEMORY;

    while (!csc_failed(status) && (row < entries->rows.count || name < entries->name_count))
    {
        struct csc_entry *entry = &entries->list[entries->count];
        int order;

        if (row == entries->rows.count) order = 1;
        else if (name == entries->name_count) order = -1;
        else order = strcmp(entries->rows.items[row].key, entries->names[name].key);

        if (order <= 0) entry->item = &entries->rows.items[row++];
        if (order >= 0)
        {
            size_t first = name;
            const struct csc_local_name *chosen = choose(entries, first, entry->item ? entry->item->name : NULL, &name);

            if (name - first > 1) entries->left_out = 1;
            status = stat_entry(engine->fs, dir, chosen->name, entry);
            if (!csc_failed(status) && entry->local_name)
                csc_item_see_local(engine->fs, dir, chosen->name, entry->item, &entry->local);
        }
        entry->name = entry->item ? entry->item->name : entry->local_name;
        if (entry->name) entries->count++;
        else memset(entry, 0, sizeof(*entry));
    }
    if (csc_failed(status)) csc_entries_free(entries);
    return status;
}

size_t csc_entries_bytes(const struct csc_entries *entries)
{
    return (entries->rows.count + entries->name_count) * sizeof(*entries->list) +
           entries->rows.count * sizeof(*entries->rows.items) + entries->name_count * sizeof(*entries->names);
}

void csc_entries_free(struct csc_entries *entries)
{
    size_t bytes = csc_entries_bytes(entries);

    csc_texts_free(&entries->texts);
    free(entries->names);
    csc_item_list_free(&entries->rows);
    free(entries->list);
    csc_memory_freed(bytes);
    memset(entries, 0, sizeof(*entries));
}
