/*
 * Copying files out of a cache: the walk, and which files
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extract_private.h"

#define VERSION_DIR     "v2.0.6"
#define COPY_DIR        ".csc-extract-database"
/* the database of a running service may change while it is copied */
#define DATABASE_ROUNDS 3
/* deeper directories are opened anew when they are come back to */
#define MAX_OPEN        64
#define PULL_TIME       (300 * CSC_NS_PER_MS)
#define PULL_SIZE       ((size_t)1 << 20)

/* -- finding the cache -- */

static int is_directory(struct csc_fs *fs, const char *path)
{
    struct csc_dir *dir;

    if (csc_failed(fs->open_root(fs, path, &dir))) return 0;
    fs->close_dir(fs, dir);
    return 1;
}

static csc_status resolve_and_free(struct csc_fs *fs, char *path, char **resolved)
{
    csc_status status = csc_resolve_path(fs, path, resolved);

    free(path);
    return status;
}

/* The same for a path whose last components may be missing. */
static csc_status resolve_target(struct csc_fs *fs, const char *path, char **resolved)
{
    char *start = strdup(path), *slash, *above;
    csc_status status = start ? CSC_E_NOT_FOUND : CSC_E_OUT_OF_MEMORY;
    size_t length;

    while (start && (status = csc_resolve_path(fs, start, resolved)) == CSC_E_NOT_FOUND)
    {
        if (!(slash = strrchr(start, '/')) || slash == start || strstr(slash, "/..")) break;
        *slash = 0;
    }
    if (!csc_failed(status))
    {
        length = strlen(start);
        above = *resolved;
        if (path[length] && !(*resolved = csc_join(above, path + length + 1))) status = CSC_E_OUT_OF_MEMORY;
        if (path[length]) free(above);
    }
    free(start);
    return status;
}

/* The version folder that a path means. */
static csc_status find_cache(struct csc_fs *fs, const char *path, char **cache)
{
    static const char *const ways[] = { "", "/" VERSION_DIR, "/CSC/" VERSION_DIR, "/windows/CSC/" VERSION_DIR,
                                        "/drive_c/windows/CSC/" VERSION_DIR };
    char *candidate, *names;
    size_t i;
    int found;

    for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
    {
        if (!(candidate = malloc(strlen(path) + strlen(ways[i]) + 1))) return CSC_E_OUT_OF_MEMORY;
        strcpy(candidate, path);
        strcat(candidate, ways[i]);
        if (!(names = csc_join(candidate, "namespace")))
        {
            free(candidate);
            return CSC_E_OUT_OF_MEMORY;
        }
        found = is_directory(fs, names);
        free(names);
        if (found) return resolve_and_free(fs, candidate, cache);
        free(candidate);
    }
    return CSC_E_PATH_NOT_FOUND;
}

static int is_below_or_equal(const char *path, const char *directory)
{
    size_t length = strlen(directory);

    return !strncmp(path, directory, length) && (!path[length] || path[length] == '/');
}

/* -- the database, from a copy -- */

static csc_status copy_whole(struct csc_extract *extract, struct csc_dir *from, const char *name, struct csc_dir *to)
{
    struct csc_file *source, *copy;
    struct csc_fs *fs = extract->fs;
    uint64_t at = 0, copied = 1;
    csc_status status;

    if (csc_failed(status = fs->open_file(fs, from, name, &source))) return status;
    status = fs->create_file(fs, to, name, &copy);
    if (!csc_failed(status))
    {
        while (!csc_failed(status) && copied)
        {
            status = fs->copy(fs, source, copy, at, CSC_EXTRACT_CHUNK, &copied);
            at += copied;
        }
        fs->close_file(fs, copy);
    }
    fs->close_file(fs, source);
    return status;
}

/* extract->store stays NULL when nothing can be read. */
static csc_status open_database(struct csc_extract *extract, struct csc_dir *cache)
{
    char *directory = csc_join(extract->target, COPY_DIR), *path = NULL;
    struct csc_fs *fs = extract->fs;
    struct csc_dir *copies;
    csc_status status = CSC_E_OUT_OF_MEMORY;
    int round;

    if (!directory || !(path = csc_join(directory, "csc.db"))) goto done;
    for (round = 0; round < DATABASE_ROUNDS; round++)
    {
        if (csc_failed(status = csc_remove_tree(fs, extract->target_dir, COPY_DIR))) break;
        if (csc_failed(status = fs->make_dir(fs, extract->target_dir, COPY_DIR))) break;
        if (csc_failed(status = fs->open_dir(fs, extract->target_dir, COPY_DIR, &copies))) break;
        status = copy_whole(extract, cache, "csc.db", copies);
        if (!csc_failed(status) && csc_failed(status = copy_whole(extract, cache, "csc.db-wal", copies)) &&
            status == CSC_E_NOT_FOUND) status = CSC_OK;
        fs->close_dir(fs, copies);
        if (!csc_failed(status)) status = csc_store_open(path, extract->clock, &extract->store);
        /* an empty one was never that of a cache with files in it */
        if (!csc_failed(status) && csc_store_is_new(extract->store))
        {
            csc_store_close(extract->store);
            extract->store = NULL;
            status = CSC_E_CORRUPT;
        }
        if (status != CSC_E_CORRUPT && status != CSC_E_BUSY) break;
    }
done:
    free(path);
    free(directory);
    return status;
}

static csc_status read_scopes(struct csc_extract *extract)
{
    csc_status status = csc_store_scopes(extract->store, &extract->scopes, &extract->scope_count);

    if (!status) return CSC_OK;
    csc_store_close(extract->store);
    extract->store = NULL;
    return status;
}

static void notice(struct csc_extract *extract, const char *text)
{
    extract->notice = text;
}

static void look_at_database(struct csc_extract *extract, struct csc_dir *cache)
{
    csc_status status = open_database(extract, cache);

    if (!csc_failed(status)) status = read_scopes(extract);
    if (!csc_failed(status)) return;
    if (status == CSC_E_NOT_FOUND)
        notice(extract, "There is no database: which files were changed is not known, all count as changed.");
    else if (status == CSC_E_NOT_SUPPORTED)
        notice(extract, "The database was made by a newer version: which files were changed is not known, all count as "
               "changed.");
    else
        notice(extract, "The database cannot be read: which files were changed is not known, all count as changed.");
}

/* -- directories -- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static csc_status add_name(void *context, const char *name, enum csc_file_type type)
{
    struct csc_extract_level *level = context;

    (void)type;
    if (level->count == level->capacity)
    {
        size_t capacity = level->capacity ? level->capacity * 2 : 64;
        char **names = realloc(level->names, capacity * sizeof(*names));

        if (!names) return CSC_E_OUT_OF_MEMORY;
        level->names = names;
        level->capacity = capacity;
    }
    if (!(level->names[level->count] = strdup(name))) return CSC_E_OUT_OF_MEMORY;
    level->count++;
    return CSC_OK;
}

/* The directory in the cache, opened from the nearest one above that is open. */
static csc_status source_dir(struct csc_extract *extract, struct csc_extract_level *level, struct csc_dir **dir)
{
    struct csc_extract_level *open = level, *next;
    struct csc_fs *fs = extract->fs;
    struct csc_dir *at, *deeper;
    csc_status status;

    while (!open->source) open = open->above;
    at = open->source;
    while (open != level)
    {
        for (next = level; next->above != open; next = next->above) { }
        status = fs->open_dir(fs, at, next->name, &deeper);
        if (at != open->source) fs->close_dir(fs, at);
        if (csc_failed(status)) return status;
        at = deeper;
        open = next;
    }
    level->source = *dir = at;
    return CSC_OK;
}

static void pop(struct csc_extract *extract)
{
    struct csc_extract_level *level = extract->level;
    struct csc_fs *fs = extract->fs;
    size_t i;

    if (level->made && level->target) fs->set_dir_times(fs, level->target, level->mtime);
    if (level->source) fs->close_dir(fs, level->source);
    if (level->target) fs->close_dir(fs, level->target);
    for (i = 0; i < level->count; i++) free(level->names[i]);
    free(level->names);
    csc_item_list_free(&level->rows);
    free(level->name);
    free(level->target_name);
    extract->level = level->above;
    extract->path_length = level->path_length;
    extract->path[level->path_length] = 0;
    free(level);
}

/* "<path>/<name>" becomes the path. */
static csc_status extend_path(struct csc_extract *extract, const char *name)
{
    size_t needed = extract->path_length + strlen(name) + 2;
    char *path;

    if (needed > extract->path_capacity)
    {
        if (!(path = realloc(extract->path, needed * 2))) return CSC_E_OUT_OF_MEMORY;
        extract->path = path;
        extract->path_capacity = needed * 2;
    }
    if (extract->path_length) extract->path[extract->path_length++] = '/';
    strcpy(extract->path + extract->path_length, name);
    extract->path_length += strlen(name);
    return CSC_OK;
}

static void cut_path(struct csc_extract *extract, size_t length)
{
    extract->path_length = length;
    extract->path[length] = 0;
}

/* Goes into an open directory; takes it over, also when it fails.  name: below the level above, "" for what stands
 * right in the target. */
static csc_status push(struct csc_extract *extract, struct csc_dir *source, const char *name, enum csc_extract_kind kind,
                       int64_t row)
{
    struct csc_extract_level *level = calloc(1, sizeof(*level));
    struct csc_fs *fs = extract->fs;
    struct csc_stat stat;
    csc_status status;

    if (!level || !(level->name = strdup(name)))
    {
        free(level);
        fs->close_dir(fs, source);
        return CSC_E_OUT_OF_MEMORY;
    }
    level->source = source;
    level->above = extract->level;
    level->depth = level->above ? level->above->depth + 1 : 0;
    level->kind = kind;
    level->row = row;
    level->path_length = extract->path_length;
    extract->level = level;
    if (*name && csc_failed(status = extend_path(extract, name)))
    {
        pop(extract);
        return status;
    }
    status = fs->stat_dir(fs, source, &stat);
    if (!csc_failed(status)) level->mtime = stat.mtime;
    if (!csc_failed(status)) status = fs->list(fs, source, add_name, level);
    if (!csc_failed(status) && row && extract->store)
    {
        status = csc_store_children(extract->store, row, &level->rows);
        if (status == CSC_E_CORRUPT)
        {
            /* found only now: nothing of it is believed any more */
            status = CSC_OK;
            csc_item_list_free(&level->rows);
        }
    }
    if (csc_failed(status))
    {
        pop(extract);
        return status;
    }
    if (level->count) qsort(level->names, level->count, sizeof(*level->names), compare_names);
    /* the upper levels keep theirs; a deep tree does not use up the descriptors */
    if (level->depth > MAX_OPEN && level->above->depth > MAX_OPEN)
    {
        if (level->above->source) fs->close_dir(fs, level->above->source);
        if (level->above->target) fs->close_dir(fs, level->above->target);
        level->above->source = level->above->target = NULL;
    }
    return CSC_OK;
}

/* -- what is modified -- */

static const struct csc_item *find_row(const struct csc_extract_level *level, const char *name)
{
    size_t low = 0, high = level->rows.count;
    char *key;

    if (!high || csc_failed(csc_name_key(name, &key))) return NULL;
    while (low < high)
    {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(key, level->rows.items[middle].key);

        if (!order)
        {
            free(key);
            return &level->rows.items[middle];
        }
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    free(key);
    return NULL;
}

/* Anything but certainly what was agreed on. */
static int is_modified(const struct csc_extract *extract, const struct csc_item *row, const struct csc_stat *stat)
{
    if (!row || !(row->flags & CSC_ROW_BASE)) return 1;
    if ((row->type == OFFLINEFILES_ITEM_TYPE_FILE) != (stat->type == CSC_TYPE_FILE)) return 1;
    if (stat->type == CSC_TYPE_DIRECTORY) return 0;
    if (row->flags & CSC_ROW_SPARSE) return 1;
    return csc_compare_side(&row->local, row->type, stat, extract->granularity, extract->trusted_ctime) != CSC_SAME;
}

/* The row of a share's root; 0: not known. */
static int64_t row_of_share(const struct csc_extract *extract, const char *server, const char *share)
{
    size_t i;

    for (i = 0; i < extract->scope_count; i++)
        if (csc_name_equal(extract->scopes[i].server, server) && csc_name_equal(extract->scopes[i].share, share))
            return extract->scopes[i].root_item;
    return 0;
}

/* -- the walk -- */

static void report_failure(struct csc_extract *extract, struct csc_extract_report *report, csc_status status)
{
    report->kind = CSC_EXTRACT_FAILED;
    report->status = status;
    report->path = extract->path;
}

static csc_status visit_directory(struct csc_extract *extract, struct csc_dir *source, const char *name,
                                  const struct csc_item *row, int modified)
{
    struct csc_extract_level *level = extract->level;
    enum csc_extract_kind kind = level->kind;
    int64_t id = row && row->type != OFFLINEFILES_ITEM_TYPE_FILE ? row->id : 0;
    struct csc_fs *fs = extract->fs;
    struct csc_dir *dir;
    csc_status status;

    if (kind == CSC_LEVEL_SERVERS) kind = CSC_LEVEL_SHARES;
    else if (kind == CSC_LEVEL_SHARES)
    {
        kind = CSC_LEVEL_ITEMS;
        id = row_of_share(extract, level->name, name);
    }
    if (csc_failed(status = fs->open_dir(fs, source, name, &dir))) return status;
    if (csc_failed(status = push(extract, dir, name, kind, id))) return status;
    /* an empty directory that somebody made is a change, too */
    if (kind == CSC_LEVEL_ITEMS && (!extract->only_modified || (modified && !extract->level->count)))
        status = csc_extract_make_target(extract, extract->level);
    if (csc_failed(status)) pop(extract);
    return status;
}

/* What a power loss may have damaged was moved away under a number: it gets the name of its row, when that is known. */
static csc_status name_of_damaged(struct csc_extract *extract, const char *name, char **shown)
{
    struct csc_item item;
    enum csc_temp_use use;
    csc_status status;
    int64_t id;

    *shown = NULL;
    if (extract->level->kind != CSC_LEVEL_TEMP || !extract->store) return CSC_OK;
    if (!csc_temp_local_parse(name, &use, &id) || use != CSC_TEMP_DAMAGED) return CSC_OK;
    if (csc_failed(status = csc_store_item_get(extract->store, id, &item)))
        return status == CSC_E_OUT_OF_MEMORY ? status : CSC_OK;
    *shown = strdup(item.name);
    csc_item_clear(&item);
    return *shown ? CSC_OK : CSC_E_OUT_OF_MEMORY;
}

/* One name.  CSC_FALSE: nothing to tell. */
static csc_status visit(struct csc_extract *extract, const char *name, struct csc_extract_report *report)
{
    struct csc_extract_level *level = extract->level;
    const struct csc_item *row = find_row(level, name);
    size_t length = extract->path_length;
    struct csc_dir *source;
    struct csc_stat stat;
    csc_status status;
    char *shown;

    if (level->kind == CSC_LEVEL_TEMP && !csc_extract_is_leftover(name)) return CSC_FALSE;
    if (csc_failed(status = extend_path(extract, name))) return status;
    if (!csc_failed(status = source_dir(extract, level, &source)))
        status = extract->fs->stat(extract->fs, source, name, &stat);
    if (!csc_failed(status) && stat.type == CSC_TYPE_DIRECTORY)
    {
        cut_path(extract, length);
        status = visit_directory(extract, source, name, row, is_modified(extract, row, &stat));
        if (!csc_failed(status)) return CSC_FALSE;
        if (csc_failed(extend_path(extract, name))) return CSC_E_OUT_OF_MEMORY;
    }
    else if (!csc_failed(status) && stat.type != CSC_TYPE_FILE) status = CSC_E_CANNOT_ACCESS;
    else if (!csc_failed(status))
    {
        if (extract->only_modified && !is_modified(extract, row, &stat))
        {
            cut_path(extract, length);
            return CSC_FALSE;
        }
        if (!csc_failed(status = name_of_damaged(extract, name, &shown)))
            status = csc_extract_file(extract, source, name, shown ? shown : name, &stat, report);
        free(shown);
        report->path = extract->path;
    }
    if (csc_failed(status)) report_failure(extract, report, status);
    extract->cut_to = length;
    extract->cut = 1;
    return CSC_OK;
}

/* What else may hold the only copy of a change: files that an operation or a rebuild had moved away. */
static csc_status next_root(struct csc_extract *extract)
{
    struct csc_fs *fs = extract->fs;
    struct csc_dir *dir;
    csc_status status;

    if (extract->root == extract->root_count) return CSC_FALSE;
    status = fs->open_dir(fs, extract->cache_dir, extract->roots[extract->root], &dir);
    if (status == CSC_E_NOT_FOUND)
    {
        extract->root++;
        return CSC_OK;
    }
    if (csc_failed(status)) return status;
    if (!extract->root) status = push(extract, dir, "", CSC_LEVEL_SERVERS, 0);
    else status = push(extract, dir, extract->roots[extract->root], extract->root == 1 ? CSC_LEVEL_TEMP
                       : CSC_LEVEL_ITEMS, 0);
    extract->root++;
    return status;
}

csc_status csc_extract_next(struct csc_extract *extract, struct csc_extract_report *report)
{
    csc_status status;

    memset(report, 0, sizeof(*report));
    if (extract->cut) cut_path(extract, extract->cut_to);
    extract->cut = 0;
    if (extract->notice)
    {
        report->kind = CSC_EXTRACT_NOTICE;
        report->path = extract->notice;
        extract->notice = NULL;
        return CSC_OK;
    }
    for (;;)
    {
        struct csc_extract_level *level = extract->level;

        if (!level)
        {
            if ((status = next_root(extract)) == CSC_FALSE) break;
            if (csc_failed(status))
            {
                report->kind = CSC_EXTRACT_FAILED;
                report->status = status;
                report->path = extract->roots[extract->root < extract->root_count ? extract->root++ : extract->root - 1];
                return CSC_OK;
            }
        }
        else if (level->next == level->count) pop(extract);
        else
        {
            status = visit(extract, level->names[level->next++], report);
            if (status != CSC_FALSE) return status;
        }
    }
    status = extract->fs->sync_all(extract->fs, extract->target_dir);
    return csc_failed(status) ? status : CSC_FALSE;
}

/* -- opening and closing -- */

static csc_status collect_root(void *context, const char *name, enum csc_file_type type)
{
    struct csc_extract *extract = context;
    char **roots;

    (void)type;
    if (strncmp(name, "rescued-", 8)) return CSC_OK;
    if (!(roots = realloc(extract->roots, (extract->root_count + 1) * sizeof(*roots)))) return CSC_E_OUT_OF_MEMORY;
    extract->roots = roots;
    if (!(roots[extract->root_count] = strdup(name))) return CSC_E_OUT_OF_MEMORY;
    extract->root_count++;
    return CSC_OK;
}

static csc_status collect_roots(struct csc_extract *extract)
{
    if (!(extract->roots = calloc(2, sizeof(*extract->roots)))) return CSC_E_OUT_OF_MEMORY;
    extract->root_count = 2;
    if (!(extract->roots[0] = strdup("namespace")) || !(extract->roots[1] = strdup("temp"))) return CSC_E_OUT_OF_MEMORY;
    return extract->fs->list(extract->fs, extract->cache_dir, collect_root, extract);
}

csc_status csc_extract_open(const struct csc_extract_request *request, struct csc_extract **ret)
{
    struct csc_fs *fs = request->fs;
    struct csc_extract *extract;
    char *cache = NULL, *target;
    csc_status status;

    *ret = NULL;
    if (!request->cache || !request->target || request->cache[0] != '/' || request->target[0] != '/')
        return CSC_E_INVALID_ARG;
    if (!(extract = calloc(1, sizeof(*extract)))) return CSC_E_OUT_OF_MEMORY;
    extract->fs = fs;
    extract->clock = request->clock;
    extract->only_modified = request->only_modified;
    if (csc_failed(status = find_cache(fs, request->cache, &cache))) goto failed;
    /* looked at before anything is made: not even a directory is made in a cache */
    if (csc_failed(status = resolve_target(fs, request->target, &target))) goto failed;
    extract->target = target;
    if (is_below_or_equal(target, cache) || is_below_or_equal(cache, target)) status = CSC_E_INVALID_ARG;
    else if (!(extract->path = calloc(1, extract->path_capacity = 1024))) status = CSC_E_OUT_OF_MEMORY;
    if (csc_failed(status)) goto failed;
    if (csc_failed(status = csc_make_path(fs, target, &extract->target_dir))) goto failed;
    if (csc_failed(status = fs->open_root(fs, cache, &extract->cache_dir))) goto failed;
    if (csc_failed(status = fs->time_quality(fs, extract->cache_dir, &extract->granularity, &extract->trusted_ctime)))
        goto failed;
    if (csc_failed(status = collect_roots(extract))) goto failed;
    look_at_database(extract, extract->cache_dir);
    free(cache);
    *ret = extract;
    return CSC_OK;

failed:
    free(cache);
    csc_extract_close(extract);
    return status;
}

/* -- reports for another side -- */

/* What is no UTF-8 cannot be said in UTF-16: such bytes become '?'. */
static char *readable(const char *text)
{
    char *copy = strdup(text), *p;

    if (copy && csc_utf16_length(copy) < 0)
        for (p = copy; *p; p++) if ((unsigned char)*p >= 0x80) *p = '?';
    return copy;
}

static csc_status add_record(struct csc_buffer *records, const struct csc_extract_report *report)
{
    char *path = readable(report->path), *name = readable(report->name ? report->name : "");
    csc_status status = CSC_E_OUT_OF_MEMORY;
    struct csc_wire_extract *record;
    size_t path_length, name_length, size, written;

    if (path && name)
    {
        path_length = csc_utf16_length(path);
        name_length = csc_utf16_length(name);
        size = (sizeof(*record) + (path_length + name_length + 2) * sizeof(record->strings[0]) + 7) & ~(size_t)7;
        if ((record = csc_buffer_add(records, size)))
        {
            memset(record, 0, size);
            record->size = (uint32_t)size;
            record->kind = report->kind;
            record->status = report->status;
            record->bytes = report->bytes;
            record->path_length = (uint32_t)path_length;
            record->name_length = (uint32_t)name_length;
            status = csc_utf16_from_utf8(path, record->strings, path_length + 1, &written);
            if (!csc_failed(status))
                status = csc_utf16_from_utf8(name, record->strings + path_length + 1, name_length + 1, &written);
        }
    }
    free(path);
    free(name);
    return status;
}

csc_status csc_extract_pull(struct csc_extract *extract, struct csc_buffer *records)
{
    int64_t until = extract->clock->monotonic(extract->clock) + PULL_TIME;
    struct csc_extract_report report;
    size_t before = records->size;
    csc_status status;

    do
    {
        status = csc_extract_next(extract, &report);
        if (!status) status = add_record(records, &report);
        else if (status == CSC_FALSE && records->size > before) return CSC_OK;      /* the end is told by the next call */
    }
    while (!status && extract->clock->monotonic(extract->clock) < until && records->size - before < PULL_SIZE);
    return status;
}

void csc_extract_close(struct csc_extract *extract)
{
    size_t i;

    if (!extract) return;
    while (extract->level) pop(extract);
    if (extract->store) csc_store_close(extract->store);
    csc_scope_rows_free(extract->scopes, extract->scope_count);
    if (extract->target_dir)
    {
        csc_remove_tree(extract->fs, extract->target_dir, COPY_DIR);
        extract->fs->close_dir(extract->fs, extract->target_dir);
    }
    if (extract->cache_dir) extract->fs->close_dir(extract->fs, extract->cache_dir);
    for (i = 0; i < extract->root_count; i++) free(extract->roots[i]);
    free(extract->roots);
    free(extract->target);
    free(extract->path);
    free(extract->renamed);
    free(extract);
}
