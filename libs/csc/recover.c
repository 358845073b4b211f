/*
 * After a crash
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "damaged.h"
#include "pair.h"
#include "scope.h"
#include "transfer.h"

/* -- the temporary directory -- */

struct leftover
{
    struct leftover *next;
    char name[];
};

static csc_status collect_leftover(void *context, const char *name, enum csc_file_type type)
{
    struct leftover **list = context, *leftover = malloc(sizeof(*leftover) + strlen(name) + 1);

    (void)type;
    if (!leftover) return CSC_E_OUT_OF_MEMORY;
    strcpy(leftover->name, name);
    leftover->next = *list;
    *list = leftover;
    return CSC_OK;
}

static struct csc_scope *find_scope(struct csc_engine *engine, int64_t id)
{
    struct csc_scope *scope;

    pthread_mutex_lock(&engine->lock);
    for (scope = engine->scopes; scope; scope = scope->next) if (scope->row.id == id) break;
    pthread_mutex_unlock(&engine->lock);
    return scope;
}

struct other_case
{
    const char *key;
    char *name;
};

static csc_status match_key(void *context, const char *name, enum csc_file_type type)
{
    struct other_case *other = context;
    csc_status status;
    char *key;

    (void)type;
    if (other->name || csc_failed(csc_name_key(name, &key))) return CSC_OK;
    status = strcmp(key, other->key) || (other->name = strdup(name)) ? CSC_OK : CSC_E_OUT_OF_MEMORY;
    free(key);
    return status;
}

/* What stands at an item's place, under whatever case: a row may be older than the last change of that.  name: as it is
 * there, else the row's; allocated. */
static csc_status stat_item(struct csc_fs *fs, struct csc_dir *dir, const struct csc_item *item, char **name,
                            struct csc_stat *stat)
{
    csc_status status = fs->stat(fs, dir, item->name, stat);
    struct other_case other = { item->key, NULL };

    if (status == CSC_E_NOT_FOUND && !csc_failed(status = fs->list(fs, dir, match_key, &other)))
        status = other.name ? fs->stat(fs, dir, other.name, stat) : CSC_E_NOT_FOUND;
    if ((*name = other.name ? other.name : strdup(item->name))) return status;
    return CSC_E_OUT_OF_MEMORY;
}

/* What a crash left, and where it may belong. */
struct leftover_file
{
    struct csc_engine *engine;
    struct csc_dir *temp, *dir;       /* dir: the directory of the tree that the item is in */
    const char *leftover;
    const struct csc_item *item;
    enum csc_temp_use use;
    int torn;                         /* a power loss may have left a part of it, and no user had his hands on it */
};

/* Whether a stat is that of the copy that was recorded. */
static int is_recorded(const struct leftover_file *file, const struct csc_stat *stat)
{
    const struct csc_item *item = file->item;

    return file->use != CSC_TEMP_DOUBT && (item->flags & CSC_ROW_BASE) && !(item->flags & CSC_ROW_SPARSE) &&
           csc_compare_side(&item->local, item->type, stat, file->engine->granularity, 0) != CSC_CHANGED;
}

/* Its place is taken and it is not known to be worthless: it gets a name that shows. */
static csc_status keep_beside(const struct leftover_file *file)
{
    struct csc_fs *fs = file->engine->fs;
    char *kept = csc_temp_kept_name(file->engine, file->item->name);
    csc_status status;

    if (!kept) return CSC_E_OUT_OF_MEMORY;
    status = fs->rename(fs, file->temp, file->leftover, file->dir, kept, CSC_RENAME_NOREPLACE);
    if (!csc_failed(status)) csc_store_log(file->engine->store, "keep", kept, CSC_OK, "It was left by a crash, and its place is taken.");
    free(kept);
    return status;
}

/* Being moved changed the ctime of a file that nobody changed: it would not be certain any more. */
static csc_status record_return(const struct leftover_file *file, const struct csc_stat *before)
{
    struct csc_fs *fs = file->engine->fs;
    struct csc_item item = *file->item;
    struct csc_stat stat;
    csc_status status;

    if (before->ino != item.local.ino) return CSC_OK;
    if (csc_failed(status = fs->stat(fs, file->dir, item.name, &stat))) return status;
    item.local.ctime = stat.ctime;
    return csc_store_item_put(file->engine->store, &item);
}

static csc_status put_back(const struct leftover_file *file)
{
    struct csc_fs *fs = file->engine->fs;
    struct csc_stat stat, there;
    csc_status status;
    char *name;

    /* its eviction was decided and confirmed */
    if ((file->use == CSC_TEMP_REMOVE || file->use == CSC_TEMP_DOUBT) && (file->item->flags & CSC_ROW_EVICTED))
        return csc_remove_tree(fs, file->temp, file->leftover);
    /* it is fetched again, whatever it is (see check_row) */
    if (file->torn) return csc_remove_tree(fs, file->temp, file->leftover);
    if (csc_failed(status = fs->stat(fs, file->temp, file->leftover, &stat))) return status;
    status = stat_item(fs, file->dir, file->item, &name, &there);
    free(name);
    if (status == CSC_E_NOT_FOUND)
    {
        /* a download that nothing stood in the way of; else what was moved away: its removal was not confirmed */
        if (file->use == CSC_TEMP_PLACE && (file->item->flags & CSC_ROW_SPARSE))
            return csc_remove_tree(fs, file->temp, file->leftover);
        status = fs->rename(fs, file->temp, file->leftover, file->dir, file->item->name, CSC_RENAME_NOREPLACE);
        /* of what was exchanged nobody noted whether only its ctime told of a change: it is compared */
        return csc_failed(status) || file->use == CSC_TEMP_PLACE || !is_recorded(file, &stat) ? status : record_return(file, &stat);
    }
    if (csc_failed(status)) return status;
    /* one of the two is what was recorded: then this one was replaced, or is the download that was to replace it */
    if (is_recorded(file, &stat) || (file->use == CSC_TEMP_PLACE && is_recorded(file, &there)))
        return csc_remove_tree(fs, file->temp, file->leftover);
    return keep_beside(file);
}

/* A file that had no row: a note says where it was.  Its removal was not confirmed. */
static csc_status settle_noted(struct leftover_file *file, int64_t note)
{
    struct csc_engine *engine = file->engine;
    struct csc_item item = { .type = OFFLINEFILES_ITEM_TYPE_FILE };
    char name[32], *place, *at, *slash;
    struct csc_scope *scope;
    struct csc_dir *below;
    csc_status status;

    snprintf(name, sizeof(name), CSC_META_ASIDE "%llx", (unsigned long long)note & INT64_MAX);
    if (csc_failed(status = csc_store_meta_get(engine->store, name, &place))) return status;
    file->item = &item;
    if (!(at = strchr(place, '/')) || !(scope = find_scope(engine, strtoll(place, NULL, 10)))) status = CSC_E_NOT_FOUND;
    else status = csc_make_path(engine->fs, scope->cache_path, &file->dir);
    while (!csc_failed(status) && (slash = strchr(++at, '/')))
    {
        *slash = 0;
        status = engine->fs->open_dir(engine->fs, file->dir, at, &below);
        engine->fs->close_dir(engine->fs, file->dir);
        file->dir = below;
        at = slash;
    }
    if (!csc_failed(status))
    {
        item.name = at;
        if (!csc_failed(status = csc_name_key(at, &item.key))) status = put_back(file);
        free(item.key);
        engine->fs->close_dir(engine->fs, file->dir);
        if (!csc_failed(status)) status = csc_sync_dir(engine->fs, file->temp);      /* the note stays as long as it may be needed */
        if (!csc_failed(status)) status = csc_store_meta_set(engine->store, name, NULL);
    }
    free(place);
    return status;
}

static csc_status settle_leftover(struct csc_engine *engine, struct csc_dir *temp, const char *name, int rebooted)
{
    struct leftover_file file = { .engine = engine, .temp = temp, .leftover = name };
    struct csc_scope *scope;
    struct csc_item item;
    csc_status status;
    int64_t id;

    if (!csc_temp_local_parse(name, &file.use, &id) || file.use == CSC_TEMP_COPY)
        return csc_remove_tree(engine->fs, temp, name);
    if (file.use == CSC_TEMP_DAMAGED) return csc_damaged_found(engine, find_scope, temp, name, id);
    /* of something without a row; nobody can tell any more what it is, so it stays */
    if (!id) return CSC_E_NOT_FOUND;
    if (id < 0) return settle_noted(&file, id);

    status = csc_store_item_get(engine->store, id, &item);
    if (status == CSC_E_NOT_FOUND) return csc_remove_tree(engine->fs, temp, name);    /* the removal was confirmed */
    if (csc_failed(status)) return status;
    file.item = &item;
    if (!(scope = find_scope(engine, item.scope))) status = CSC_E_NOT_FOUND;
    else status = csc_open_container(scope, &item, &file.dir);
    if (!csc_failed(status))
    {
        file.torn = item.flags & CSC_ROW_UNFLUSHED && (scope->doubtful || (rebooted && !csc_scope_has_writers(scope)));
        status = put_back(&file);
        engine->fs->close_dir(engine->fs, file.dir);
    }
    csc_item_clear(&item);
    return status;
}

static void mark_strays(struct csc_engine *engine)
{
    struct csc_scope *scope;

    for (scope = engine->scopes; scope; scope = scope->next) atomic_store(&scope->strays, 1);
}

/* Whether a leftover is what stood in the share's tree.  Where it cannot be told: CSC_OK, and no. */
static csc_status is_of_scope(const struct csc_scope *scope, const char *leftover, int *is)
{
    struct csc_store *store = scope->engine->store;
    enum csc_temp_use use;
    struct csc_item item;
    csc_status status;
    char name[32], *place;
    int64_t id;

    *is = 0;
    if (!csc_temp_local_parse(leftover, &use, &id) || use == CSC_TEMP_COPY || use == CSC_TEMP_DAMAGED || !id) return CSC_OK;
    if (id < 0)
    {
        snprintf(name, sizeof(name), CSC_META_ASIDE "%llx", (unsigned long long)id & INT64_MAX);
        if (!csc_failed(status = csc_store_meta_get(store, name, &place)))
        {
            *is = strtoll(place, NULL, 10) == scope->row.id;
            free(place);
        }
    }
    else if (!csc_failed(status = csc_store_item_get(store, id, &item)))
    {
        *is = item.scope == scope->row.id;
        csc_item_clear(&item);
    }
    return status == CSC_E_NOT_FOUND ? CSC_OK : status;
}

/* scope: of this share only, and a failure is one; NULL: of all, and what cannot be dealt with now stays for the share's
 * next operation, or the next start. */
static csc_status clean_temp(struct csc_engine *engine, struct csc_scope *scope, int rebooted)
{
    struct leftover *list = NULL, *leftover;
    struct csc_dir *temp;
    csc_status status, result;
    int is = 1;

    if (csc_failed(status = engine->fs->open_root(engine->fs, engine->temp_dir, &temp))) return status;
    status = engine->fs->list(engine->fs, temp, collect_leftover, &list);
    while ((leftover = list))
    {
        list = leftover->next;
        if (!csc_failed(status))
        {
            result = scope ? is_of_scope(scope, leftover->name, &is) : CSC_OK;
            if (!csc_failed(result) && is) result = settle_leftover(engine, temp, leftover->name, rebooted);
            if (csc_failed(result)) csc_trace(engine, "%s stays: %08x", leftover->name, (unsigned)result);
            if (csc_failed(result) && scope) status = CSC_E_FAIL;
            else if (csc_failed(result)) mark_strays(engine);
        }
        free(leftover);
    }
    engine->fs->close_dir(engine->fs, temp);
    return status;
}

csc_status csc_recover_strays(struct csc_scope *scope)
{
    csc_status status;

    if (!atomic_load(&scope->strays)) return CSC_OK;
    if (csc_failed(status = clean_temp(scope->engine, scope, 0))) return CSC_E_FAIL;
    atomic_store(&scope->strays, 0);
    return CSC_OK;
}

/* -- an unmap that was cut off -- */

static csc_status finish_unmap(struct csc_engine *engine)
{
    char *name, *slash, gone[32];
    csc_status status = csc_store_meta_get(engine->store, CSC_META_UNMAPPING, &name);

    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    if ((slash = strchr(name, '/')))
    {
        *slash = 0;
        status = csc_discard_tree(engine, name, slash + 1, gone);
    }
    free(name);
    return status;
}

csc_status csc_recover_engine(struct csc_engine *engine, int rebooted)
{
    csc_status status = finish_unmap(engine);

    if (!csc_failed(status)) status = csc_store_placed_all(engine->store);
    return csc_failed(status) ? status : clean_temp(engine, NULL, rebooted);
}

/* -- power loss -- */

static csc_status forget_content(struct csc_scope *scope, struct csc_item *item, const char *why)
{
    struct csc_engine *engine = scope->engine;

    csc_trace(engine, "%s may have been damaged by a power loss", item->name);
    csc_store_log(engine->store, "recover", item->name, CSC_OK, why);
    item->flags |= CSC_ROW_SPARSE;
    scope->fill_wanted = 1;
    return csc_store_item_put(engine->store, item);
}

/* Something of the other type than the row's is there: what was in its place is back, and its removal was decided.  Of a
 * directory nobody can tell any more what was known of its content: unless it is empty it gets a name that shows. */
static csc_status clear_place(struct csc_scope *scope, struct csc_dir *dir, const char *name, const struct csc_stat *stat)
{
    struct csc_engine *engine = scope->engine;
    struct csc_fs *fs = engine->fs;
    csc_status status;
    char *kept;

    if (stat->type != CSC_TYPE_DIRECTORY) return csc_remove_tree(fs, dir, name);
    if ((status = fs->remove_dir(fs, dir, name)) != CSC_E_NOT_EMPTY) return status;
    if (!(kept = csc_temp_kept_name(engine, name))) return CSC_E_OUT_OF_MEMORY;
    status = fs->rename(fs, dir, name, dir, kept, CSC_RENAME_NOREPLACE);
    if (!csc_failed(status)) csc_store_log(engine->store, "keep", kept, CSC_OK, "A power loss brought it back in the place of a file.");
    free(kept);
    return status;
}

/* A directory.  While programs may write there it was flushed when it was made: it is they who deleted it.  A row without an
 * agreement is a wish only, which the next synchronization sees to. */
static csc_status check_dir(struct csc_scope *scope, const struct csc_item *item, struct csc_dir *dir, const char *name, int there)
{
    struct csc_fs *fs = scope->engine->fs;

    if (there || csc_scope_has_writers(scope) || (item->flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) != CSC_ROW_BASE) return CSC_OK;
    return fs->make_dir(fs, dir, name);
}

/* ns: within a coarser tick a change may not show in the ctime */
#define FINE (20 * CSC_NS_PER_MS)

/* Whether a file whose content may be torn is at least as the download left it, in all that a user's change would show in. */
static int is_untouched(const struct csc_engine *engine, const struct csc_item *item, const struct csc_stat *stat)
{
    const struct csc_base *base = &item->local;

    return engine->trusted_ctime && engine->granularity <= FINE && (item->flags & (CSC_ROW_BASE | CSC_ROW_SPARSE)) == CSC_ROW_BASE
           && stat->ino == base->ino && stat->mtime == base->mtime && stat->ctime == base->ctime && stat->size <= base->size;
}

#define BUFFER (256 * 1024)

/* Whether all of a download arrived for certain: what did not is missing at its end, or reads as zeros.  A program that wrote
 * over it and flushed only the data (fdatasync) leaves no other trace than the content. */
static csc_status is_whole(struct csc_fs *fs, struct csc_dir *dir, const char *name, uint64_t size, int *whole)
{
    struct csc_file *file;
    unsigned char *data;
    uint64_t at = 0;
    csc_status status;
    size_t got = 0;

    *whole = 0;
    if (csc_failed(status = fs->open_file(fs, dir, name, &file))) return status;
    if (!(data = malloc(BUFFER))) status = CSC_E_OUT_OF_MEMORY;
    while (!csc_failed(status) && at < size)
    {
        status = fs->read(fs, file, at, data, BUFFER, &got);
        if (csc_failed(status) || !got || memchr(data, 0, got)) break;
        at += got;
    }
    free(data);
    fs->close_file(fs, file);
    *whole = !csc_failed(status) && at == size;
    return status;
}

/* A file that a power loss left whole: whether it is the download, or somebody wrote over it, only the origin's tells. */
static csc_status doubt_content(struct csc_scope *scope, struct csc_item *item)
{
    struct csc_engine *engine = scope->engine;

    csc_store_log(engine->store, "recover", item->name, CSC_OK, "A power loss left it whole; it is compared with the server's.");
    item->local.ctime = 0;
    return csc_store_item_put(engine->store, item);
}

static csc_status check_file(struct csc_scope *scope, struct csc_item *item, struct csc_dir *dir, const char *name,
                             const struct csc_stat *stat, int there)
{
    struct csc_fs *fs = scope->engine->fs;
    csc_status status;
    int whole;

    if (there && csc_scope_has_writers(scope))
    {
        if (!scope->doubtful) return CSC_OK;
        /* It was not looked at in time, and since then it may have been changed: it is compared with the origin's.  What shows
         * no change goes aside until then: who read half a file while the origin is away would not know, and save it. */
        if (!is_untouched(scope->engine, item, stat))
            return forget_content(scope, item, "A power loss may have damaged it; it is compared with the server's.");
        if (stat->size == item->local.size)
        {
            if (csc_failed(status = is_whole(fs, dir, name, stat->size, &whole))) return status;
            if (whole) return doubt_content(scope, item);
        }
        if (csc_failed(status = csc_damaged_take(scope, item, dir, name))) return status;
        return forget_content(scope, item, "A power loss may have damaged it; it is kept aside, and compared with the server's.");
    }
    if (!there && item->flags & CSC_ROW_SPARSE) return CSC_OK;
    status = there ? fs->remove_file(fs, dir, name) : CSC_OK;
    if (csc_failed(status) && status != CSC_E_NOT_FOUND) return status;
    return forget_content(scope, item, "A power loss may have damaged it; it is fetched again.");
}

/* Content that was not flushed before a power loss.  Its size and time may have arrived without it, or a download without
 * its row (csc_item_announce), so it is filled again; but only in a share that is online: programs cannot have
 * changed it there, going offline and going online flush, and while programs may write there each download is flushed.
 * What is missing was not deleted. */
static csc_status check_row(struct csc_scope *scope, struct csc_item *item)
{
    int is_dir = item->type == OFFLINEFILES_ITEM_TYPE_DIRECTORY, there;
    struct csc_fs *fs = scope->engine->fs;
    struct csc_stat stat;
    struct csc_dir *dir;
    csc_status status;
    char *name;

    if (item->type == OFFLINEFILES_ITEM_TYPE_SHARE) return CSC_OK;
    if (!is_dir && !(item->flags & (CSC_ROW_BASE | CSC_ROW_SPARSE))) return CSC_OK;
    status = csc_open_container(scope, item, &dir);
    /* a program made a file of the directory that it was in */
    if (status == CSC_E_DIRECTORY && csc_scope_has_writers(scope))
        return is_dir || item->flags & CSC_ROW_SPARSE ? CSC_OK
               : forget_content(scope, item, "A power loss may have damaged it, and the place of its directory is taken.");
    if (csc_failed(status)) return status;
    status = stat_item(fs, dir, item, &name, &stat);
    there = !csc_failed(status);
    if (there && !csc_scope_has_writers(scope) && (stat.type == CSC_TYPE_DIRECTORY) != is_dir)
    {
        status = clear_place(scope, dir, name, &stat);
        there = 0;
    }
    if (status == CSC_E_NOT_FOUND) status = CSC_OK;
    if (!csc_failed(status) && is_dir) status = check_dir(scope, item, dir, name, there);
    else if (!csc_failed(status) && (!there || stat.type == CSC_TYPE_FILE)) status = check_file(scope, item, dir, name, &stat, there);
    free(name);
    fs->close_dir(fs, dir);
    return status;
}

/* A disk that fails once in a while must not leave half a file where programs take it for a whole one. */
#define TRIES 3

static void doubtful_name(const struct csc_scope *scope, char name[48])
{
    snprintf(name, 48, "%s%lld", CSC_META_DOUBTFUL, (long long)scope->row.id);
}

csc_status csc_scope_set_doubtful(struct csc_scope *scope, int doubtful)
{
    char name[48];

    doubtful_name(scope, name);
    scope->doubtful = doubtful;
    scope->unflushed = 0;
    return csc_store_meta_set(scope->engine->store, name, doubtful ? "1" : NULL);
}

csc_status csc_scope_set_unflushed(struct csc_scope *scope, int unflushed)
{
    char name[48];

    if (scope->doubtful || scope->unflushed == unflushed) return CSC_OK;
    doubtful_name(scope, name);
    scope->unflushed = unflushed;
    return csc_store_meta_set(scope->engine->store, name, unflushed ? "2" : NULL);
}

static csc_status load_doubtful(struct csc_scope *scope, int rebooted)
{
    csc_status status;
    char name[48], *value;
    int unflushed;

    doubtful_name(scope, name);
    status = csc_store_meta_get(scope->engine->store, name, &value);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    unflushed = !strcmp(value, "2");
    free(value);
    /* without a power loss all that was written is there */
    if (unflushed && !rebooted) scope->unflushed = 1;
    else if (unflushed) status = csc_scope_set_doubtful(scope, 1);
    else scope->doubtful = 1;
    return status;
}

/* What was removed and made must not come undone by another power loss, when no mark tells of it any more. */
static csc_status flush_tree(struct csc_scope *scope)
{
    struct csc_fs *fs = scope->engine->fs;
    csc_status status;
    struct csc_dir *dir;

    if (csc_failed(status = fs->open_root(fs, scope->cache_path, &dir))) return status;
    status = fs->sync_all(fs, dir);
    fs->close_dir(fs, dir);
    return status;
}

static csc_status check_unflushed(struct csc_scope *scope)
{
    struct csc_store *store = scope->engine->store;
    struct csc_item_list rows;
    csc_status status, result;
    int tries;
    size_t i;

    if (csc_failed(status = csc_store_unflushed(store, scope->row.id, &rows))) return status;
    if (!rows.count && !scope->doubtful)
    {
        scope->unchecked = 0;
        return CSC_OK;
    }
    for (i = 0; i < rows.count; i++)
    {
        for (tries = 0, result = CSC_E_FAIL; tries < TRIES && csc_failed(result); tries++)
            result = check_row(scope, &rows.items[i]);
        if (csc_failed(result))
        {
            csc_trace(scope->engine, "cannot check %s: %08x", rows.items[i].name, (unsigned)result);
            status = result;
        }
    }
    csc_item_list_free(&rows);
    if (!csc_failed(status)) status = flush_tree(scope);
    /* rows that could not be checked keep their mark */
    scope->unchecked = csc_failed(status);
    if (scope->unchecked) return csc_scope_has_writers(scope) ? CSC_OK : csc_scope_set_doubtful(scope, 1);
    status = csc_store_flushed(store, scope->row.id, csc_store_flush_begin(store));
    if (!csc_failed(status) && scope->doubtful) status = csc_scope_set_doubtful(scope, 0);
    if (!csc_failed(status)) status = csc_store_commit(store, 1);
    /* the rows may be as they were: what was found missing would count as deleted by somebody */
    scope->unchecked = csc_failed(status);
    return status;
}

csc_status csc_recover_unchecked(struct csc_scope *scope)
{
    csc_status status;

    if (!scope->unchecked) return CSC_OK;
    status = check_unflushed(scope);
    return csc_failed(status) || scope->unchecked ? CSC_E_FAIL : CSC_OK;
}

csc_status csc_recover_state(struct csc_scope *scope, int rebooted)
{
    csc_status status = csc_make_path(scope->engine->fs, scope->cache_path, NULL);

    if (csc_failed(status)) return status;
    /* Programs worked on the cache, and the store was not told: its disk was full, or going online was cut off before
     * the link was set.  Offline is right in both cases: what they changed is theirs, and the way back is automatic. */
    if (!scope->row.offline && csc_link_is_at_cache(scope))
    {
        scope->row.offline = 1;
        scope->row.reason = OFFLINEFILES_OFFLINE_REASON_CONNECTION_ERROR;
        status = csc_store_scope_put(scope->engine->store, &scope->row);
        if (csc_failed(status) && status != CSC_E_DISK_FULL) return status;
        scope->state_due = 1;
    }
    /* first: late changes of programs are theirs, too */
    if (csc_failed(status = csc_scope_load_settling(scope))) return status;
    if (csc_failed(status = load_doubtful(scope, rebooted))) return status;
    return csc_fill_mark_load(scope);
}

csc_status csc_recover_scope(struct csc_scope *scope, int rebooted)
{
    struct csc_usage usage;
    csc_status status;

    if ((rebooted || scope->doubtful) && csc_failed(status = check_unflushed(scope))) return status;
    /* what cannot be removed now is before the first operation */
    if (csc_failed(status = csc_fill_mark_settle(scope)))
        csc_trace(scope->engine, "cannot look for what a fill left in %s: %08x", scope->cache_path, (unsigned)status);
    if (csc_failed(status = csc_store_usage(scope->engine->store, scope->row.id, &usage))) return status;
    if (usage.sparse) scope->fill_wanted = 1;

    /* suspending or releasing the share may have been cut off */
    if (csc_failed(status = csc_scope_follow_suspension(scope))) return status;

    /* a link that cannot be set now does not keep the other shares away */
    status = csc_link_reconcile(scope);
    if (csc_failed(status)) csc_trace(scope->engine, "cannot set %s: %08x", scope->link_path, (unsigned)status);
    return CSC_OK;
}
