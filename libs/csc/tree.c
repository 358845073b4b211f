/*
 * Directories by absolute path, and trees as a whole
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "scope.h"

char *csc_join(const char *directory, const char *name)
{
    size_t length = strlen(directory), more = strlen(name);
    char *path;

    while (length && directory[length - 1] == '/') length--;
    if (!(path = malloc(length + more + 2))) return NULL;
    memcpy(path, directory, length);
    path[length] = '/';
    memcpy(path + length + 1, name, more + 1);
    return path;
}

csc_status csc_make_path(struct csc_fs *fs, const char *path, struct csc_dir **dir)
{
    struct csc_dir *parent, *opened = NULL;
    csc_status status;
    char *copy, *slash;
    size_t length;

    status = fs->open_root(fs, path, &opened);
    if (status == CSC_E_NOT_FOUND || status == CSC_E_PATH_NOT_FOUND)
    {
        if (!(copy = strdup(path))) return CSC_E_OUT_OF_MEMORY;
        for (length = strlen(copy); length > 1 && copy[length - 1] == '/'; length--) copy[length - 1] = 0;
        slash = strrchr(copy, '/');
        if (!slash || slash == copy) status = CSC_E_PATH_NOT_FOUND;
        else
        {
            *slash = 0;
            status = csc_make_path(fs, copy, &parent);
            if (!csc_failed(status))
            {
                status = fs->make_dir(fs, parent, slash + 1);
                if (!csc_failed(status) || status == CSC_E_EXISTS)
                    status = fs->open_dir(fs, parent, slash + 1, &opened);
                fs->close_dir(fs, parent);
            }
        }
        free(copy);
    }
    if (csc_failed(status)) return status;
    if (dir) *dir = opened;
    else fs->close_dir(fs, opened);
    return CSC_OK;
}

#define MAX_LINKS 40

/* Cuts the last component off. */
static void cut_component(char *path)
{
    char *slash = strrchr(path, '/');

    if (slash) *slash = 0;
}

/* "<text>/<rest>", text given back; malloc. */
static char *put_before(const char *text, const char *rest)
{
    char *joined = malloc(strlen(text) + strlen(rest) + 2);

    if (!joined) return NULL;
    strcpy(joined, text);
    strcat(joined, "/");
    return strcat(joined, rest);
}

csc_status csc_resolve_path(struct csc_fs *fs, const char *path, char **resolved)
{
    char *pending = strdup(path), *done = strdup(""), *next, *target;
    csc_status status = pending && done ? CSC_OK : CSC_E_OUT_OF_MEMORY;
    const char *p = pending;
    unsigned links = 0;

    *resolved = NULL;
    while (!csc_failed(status))
    {
        size_t length;

        while (*p == '/') p++;
        if (!*p) break;
        length = strcspn(p, "/");
        if (length == 2 && !strncmp(p, "..", 2)) cut_component(done);
        else if (length != 1 || *p != '.')
        {
            if (!(next = malloc(strlen(done) + length + 2)))
            {
                status = CSC_E_OUT_OF_MEMORY;
                break;
            }
            strcpy(next, done);
            strcat(next, "/");
            strncat(next, p, length);
            free(done);
            done = next;
            status = fs->read_link(fs, done, &target);
            if (status == CSC_E_DIRECTORY) status = CSC_OK;
            else if (!csc_failed(status))
            {
                if (++links > MAX_LINKS) status = CSC_E_CANNOT_ACCESS;
                next = put_before(target, p + length);
                if (!next) status = CSC_E_OUT_OF_MEMORY;
                cut_component(done);
                if (*target == '/') *done = 0;
                free(target);
                free(pending);
                p = pending = next;
                length = 0;
            }
        }
        if (p) p += length;
    }
    free(pending);
    if (csc_failed(status)) free(done);
    else if (*done) *resolved = done;
    else
    {
        free(done);
        if (!(*resolved = strdup("/"))) status = CSC_E_OUT_OF_MEMORY;
    }
    return status;
}

static csc_status collect_name(void *context, const char *name, enum csc_file_type type)
{
    struct csc_name_list *list = context;

    if (list->count == list->capacity)
    {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        enum csc_file_type *types;
        char **names;

        if (!(names = realloc(list->names, capacity * sizeof(*names)))) return CSC_E_OUT_OF_MEMORY;
        list->names = names;
        if (!(types = realloc(list->types, capacity * sizeof(*types)))) return CSC_E_OUT_OF_MEMORY;
        list->types = types;
        list->capacity = capacity;
    }
    if (!(list->names[list->count] = strdup(name))) return CSC_E_OUT_OF_MEMORY;
    list->types[list->count++] = type;
    return CSC_OK;
}

void csc_names_free(struct csc_name_list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++) free(list->names[i]);
    free(list->names);
    free(list->types);
    memset(list, 0, sizeof(*list));
}

csc_status csc_names_read(struct csc_fs *fs, struct csc_dir *dir, struct csc_name_list *list)
{
    csc_status status;

    memset(list, 0, sizeof(*list));
    if (csc_failed(status = fs->list(fs, dir, collect_name, list))) csc_names_free(list);
    return status;
}

/* One directory on the way down, its parent open above it on the stack. */
struct removal
{
    struct removal *above;
    struct csc_dir *dir;
    char *name;               /* in the directory above */
    struct csc_name_list list;
    size_t next;
};

static csc_status push_removal(struct csc_fs *fs, struct removal **top, struct csc_dir *parent, const char *name)
{
    struct removal *removal;
    csc_status status;

    if (!(removal = calloc(1, sizeof(*removal)))) return CSC_E_OUT_OF_MEMORY;
    if (!(removal->name = strdup(name)))
    {
        free(removal);
        return CSC_E_OUT_OF_MEMORY;
    }
    status = fs->open_dir(fs, parent, name, &removal->dir);
    if (!csc_failed(status)) status = csc_names_read(fs, removal->dir, &removal->list);
    removal->above = *top;
    *top = removal;
    return status;
}

static void pop_removal(struct csc_fs *fs, struct removal **top)
{
    struct removal *removal = *top;

    *top = removal->above;
    if (removal->dir) fs->close_dir(fs, removal->dir);
    csc_names_free(&removal->list);
    free(removal->name);
    free(removal);
}

csc_status csc_remove_tree(struct csc_fs *fs, struct csc_dir *parent, const char *name)
{
    struct removal *top = NULL;
    csc_status status;

    status = fs->remove_file(fs, parent, name);
    if (!csc_failed(status) || status == CSC_E_NOT_FOUND || status == CSC_E_PATH_NOT_FOUND) return CSC_OK;
    status = push_removal(fs, &top, parent, name);
    while (!csc_failed(status) && top)
    {
        if (top->next < top->list.count)
        {
            const char *child = top->list.names[top->next];
            enum csc_file_type type = top->list.types[top->next++];

            if (type != CSC_TYPE_DIRECTORY)
            {
                status = fs->remove_file(fs, top->dir, child);
                if (!csc_failed(status) || status == CSC_E_NOT_FOUND)
                {
                    status = CSC_OK;
                    continue;
                }
            }
            status = push_removal(fs, &top, top->dir, child);
        }
        else
        {
            struct csc_dir *above = top->above ? top->above->dir : parent;

            status = fs->remove_dir(fs, above, top->name);
            if (status == CSC_E_NOT_FOUND) status = CSC_OK;
            if (!csc_failed(status)) pop_removal(fs, &top);
        }
    }
    while (top) pop_removal(fs, &top);
    return status;
}

struct key_search
{
    const char *key;
    char *name;
};

static csc_status match_key(void *context, const char *name, enum csc_file_type type)
{
    struct key_search *search = context;
    csc_status status;
    char *key;
    int equal;

    (void)type;
    if (csc_name_check(name)) return CSC_OK;
    status = csc_name_key(name, &key);
    if (csc_failed(status)) return status;
    equal = !strcmp(key, search->key);
    free(key);
    if (!equal || (search->name && strcmp(search->name, name) <= 0)) return CSC_OK;
    free(search->name);
    return (search->name = strdup(name)) ? CSC_OK : CSC_E_OUT_OF_MEMORY;
}

csc_status csc_find_by_key(struct csc_fs *fs, struct csc_dir *dir, const char *key, char **name)
{
    struct key_search search = { key, NULL };
    csc_status status = fs->list(fs, dir, match_key, &search);

    if (csc_failed(status))
    {
        free(search.name);
        search.name = NULL;
    }
    *name = search.name;
    return status;
}

/* ends a listing at its first entry */
#define FOUND_ENTRY CSC_E_NOT_EMPTY

static csc_status refuse_entry(void *context, const char *name, enum csc_file_type type)
{
    (void)context; (void)name; (void)type;
    return FOUND_ENTRY;
}

csc_status csc_dir_is_empty(struct csc_fs *fs, struct csc_dir *dir, int *empty)
{
    csc_status status = fs->list(fs, dir, refuse_entry, NULL);

    *empty = !csc_failed(status);
    return status == FOUND_ENTRY ? CSC_OK : status;
}
