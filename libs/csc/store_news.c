/*
 * The store: telling of changes
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Triggers of this connection alone see each row before and after each statement, whichever it is, so that nothing
 * can be forgotten.  They are there only while somebody listens.  What a row's change means is said here.
 */

#include <stdlib.h>
#include <string.h>

#include "cscwire.h"
#include "news.h"
#include "store_private.h"

/* The literal 37 is CSC_ROW_SPARSE | CSC_ROW_BASE | CSC_ROW_SUSPENDED. */
static const char make_triggers[] =
    "CREATE TEMP TRIGGER news_item_new AFTER INSERT ON main.item BEGIN "
    "  SELECT csc_row_new(NEW.parent, NEW.scope, NEW.name, NEW.type, NEW.pin, NEW.flags); END;"
    "CREATE TEMP TRIGGER news_item_changed AFTER UPDATE ON main.item WHEN OLD.parent <> NEW.parent OR "
    "  OLD.name <> NEW.name OR OLD.pin <> NEW.pin OR (OLD.flags & 37) <> (NEW.flags & 37) OR "
    "  OLD.l_size <> NEW.l_size OR OLD.l_mtime <> NEW.l_mtime OR OLD.l_attributes <> NEW.l_attributes BEGIN "
    "  SELECT csc_row_changed(NEW.parent, NEW.scope, NEW.name, NEW.type, NEW.pin, NEW.flags, OLD.parent, OLD.name, "
    "    OLD.pin, OLD.flags, OLD.l_size <> NEW.l_size OR OLD.l_mtime <> NEW.l_mtime, "
    "    OLD.l_attributes <> NEW.l_attributes, (SELECT offline FROM main.scope WHERE id = NEW.scope)); END;"
    "CREATE TEMP TRIGGER news_item_gone AFTER DELETE ON main.item BEGIN "
    "  SELECT csc_row_gone(OLD.parent, OLD.scope, OLD.name, OLD.type, OLD.pin, OLD.flags, OLD.id); END;"
    /* a record that is replaced is still there before */
    "CREATE TEMP TRIGGER news_conflict_new BEFORE INSERT ON main.conflict BEGIN "
    "  SELECT csc_conflict_news(CASE WHEN EXISTS(SELECT 1 FROM main.conflict WHERE scope = NEW.scope AND key = NEW.key) "
    "    THEN 8 ELSE 7 END, NEW.scope, NEW.path, NEW.time, NEW.state); END;"
    "CREATE TEMP TRIGGER news_conflict_moved AFTER UPDATE ON main.conflict WHEN OLD.path <> NEW.path BEGIN "
    "  SELECT csc_conflict_news(9, OLD.scope, OLD.path, OLD.time, OLD.state), "
    "    csc_conflict_news(7, NEW.scope, NEW.path, NEW.time, NEW.state); END;"
    "CREATE TEMP TRIGGER news_conflict_gone AFTER DELETE ON main.conflict BEGIN "
    "  SELECT csc_conflict_news(9, OLD.scope, OLD.path, OLD.time, OLD.state); END;"
    "CREATE TEMP TRIGGER news_scope AFTER UPDATE ON main.scope WHEN OLD.offline <> NEW.offline BEGIN "
    "  SELECT csc_scope_news(NEW.id, NEW.offline); END;";

static const char drop_triggers[] =
    "DROP TRIGGER IF EXISTS temp.news_item_new; DROP TRIGGER IF EXISTS temp.news_item_changed;"
    "DROP TRIGGER IF EXISTS temp.news_item_gone; DROP TRIGGER IF EXISTS temp.news_conflict_new;"
    "DROP TRIGGER IF EXISTS temp.news_conflict_moved; DROP TRIGGER IF EXISTS temp.news_conflict_gone;"
    "DROP TRIGGER IF EXISTS temp.news_scope;";

_Static_assert(OFFLINEFILES_EVENT_SYNCCONFLICTRECADDED == 7 && OFFLINEFILES_EVENT_SYNCCONFLICTRECUPDATED == 8 &&
               OFFLINEFILES_EVENT_SYNCCONFLICTRECREMOVED == 9, "literals in the triggers");

/* -- names -- */

/* What was put together so far behind another name; frees both. */
static char *join(char *name, char *rest)
{
    size_t length = strlen(name), rest_length = rest ? strlen(rest) + 1 : 0;
    char *joined = malloc(length + rest_length + 1);

    if (joined)
    {
        memcpy(joined, name, length + 1);
        if (rest)
        {
            joined[length] = '\\';
            memcpy(joined + length + 1, rest, rest_length);
        }
    }
    free(name);
    free(rest);
    return joined;
}

static char *share_name(struct csc_store *store, int64_t scope)
{
    char *server = NULL, *share = NULL, *name = NULL;
    struct csc_query query;

    csc_query_open(&query, store, CSC_SQL_NEWS_SHARE);
    csc_query_int(&query, 1, scope);
    if (csc_query_step(&query))
    {
        server = csc_query_column_text(&query, 0);
        share = csc_query_column_text(&query, 1);
    }
    csc_query_close(&query);
    if (server && share && (name = malloc(strlen(server) + strlen(share) + 4)))
    {
        strcpy(name, "\\\\");
        strcat(strcat(strcat(name, server), "\\"), share);
    }
    free(server);
    free(share);
    return name;
}

static size_t place_of_gone(const struct csc_store *store, int64_t id)
{
    size_t low = 0, high = store->gone_count;

    while (low < high)
    {
        size_t middle = low + (high - low) / 2;

        if (store->gone[middle].id < id) low = middle + 1;
        else high = middle;
    }
    return low;
}

static void remember_gone(struct csc_store *store, int64_t id, int64_t parent, const char *name)
{
    size_t place = place_of_gone(store, id);
    char *copy;

    if (store->gone_count == store->gone_capacity)
    {
        size_t capacity = store->gone_capacity ? store->gone_capacity * 2 : 16;
        struct csc_gone *gone = realloc(store->gone, capacity * sizeof(*gone));

        if (!gone) return;
        store->gone = gone;
        store->gone_capacity = capacity;
    }
    if (!(copy = strdup(name))) return;
    memmove(&store->gone[place + 1], &store->gone[place], (store->gone_count - place) * sizeof(*store->gone));
    store->gone[place] = (struct csc_gone){ id, parent, copy };
    store->gone_count++;
}

/* Parent, name (malloc) and flags of a container, which may just have been removed.  0: nobody knows. */
static int look_up(struct csc_store *store, int64_t id, int64_t *parent, char **name, uint32_t *flags)
{
    struct csc_query query;
    size_t place;

    *name = NULL;
    csc_query_open(&query, store, CSC_SQL_NEWS_ROW);
    csc_query_int(&query, 1, id);
    if (csc_query_step(&query))
    {
        *parent = csc_query_column(&query, 0);
        *name = csc_query_column_text(&query, 1);
        *flags = (uint32_t)csc_query_column(&query, 2);
    }
    csc_query_close(&query);
    if (*name) return 1;
    place = place_of_gone(store, id);
    if (place == store->gone_count || store->gone[place].id != id) return 0;
    *parent = store->gone[place].parent;
    *flags = 0;
    return (*name = strdup(store->gone[place].name)) != NULL;
}

/* \\server\share\... of a row; NULL: out of memory, or the store is damaged. */
static char *path_of(struct csc_store *store, int64_t parent, int64_t scope, const char *own)
{
    char *path = NULL, *name;
    unsigned depth = 0;
    uint32_t flags;

    if (!parent) return share_name(store, scope);
    if (!(path = strdup(own))) return NULL;
    while (look_up(store, parent, &parent, &name, &flags) && depth++ < 32767)
    {
        if (!parent)
        {
            free(name);
            return (name = share_name(store, scope)) ? join(name, path) : (free(path), NULL);
        }
        if (!(path = join(name, path))) return NULL;
    }
    free(path);
    return NULL;
}

static int is_suspended_above(struct csc_store *store, int64_t parent)
{
    uint32_t flags = 0;
    unsigned depth = 0;
    char *name;

    while (parent && depth++ < 32767 && look_up(store, parent, &parent, &name, &flags))
    {
        free(name);
        if (flags & CSC_ROW_SUSPENDED) return 1;
    }
    return 0;
}

/* -- what changes mean -- */

/* The arguments that all functions about rows begin with. */
struct row
{
    struct csc_store *store;
    int64_t parent, scope;
    const char *name;
    uint32_t type, pin, flags;
};

static void read_row(sqlite3_context *context, sqlite3_value **values, struct row *row)
{
    row->store = sqlite3_user_data(context);
    row->parent = sqlite3_value_int64(values[0]);
    row->scope = sqlite3_value_int64(values[1]);
    row->name = (const char *)sqlite3_value_text(values[2]);
    row->type = (uint32_t)sqlite3_value_int64(values[3]);
    row->pin = (uint32_t)sqlite3_value_int64(values[4]);
    row->flags = (uint32_t)sqlite3_value_int64(values[5]);
}

/* The path of the row; NULL: nobody is to be told, or it cannot be found, and that is told. */
static char *path_to_tell(const struct row *row)
{
    char *path;

    if (!row->store->news) return NULL;
    if (!(path = path_of(row->store, row->parent, row->scope, row->name))) csc_news_lose(row->store->news);
    return path;
}

static void tell(const struct row *row, uint32_t event, uint32_t detail, const char *path, const char *old_path)
{
    struct csc_news_event told = { .event = event, .item_type = row->type, .detail = detail, .path = path,
                                   .old_path = old_path, .fact = 1 };

    csc_news_post(row->store->news, &told);
}

/* Whether programs find it while the share is offline.  A directory without an agreement was not made yet (Q89); a
 * share is there by itself. */
static int is_available(uint32_t type, uint32_t flags)
{
    switch (type)
    {
    case OFFLINEFILES_ITEM_TYPE_FILE: return !(flags & CSC_ROW_SPARSE);
    case OFFLINEFILES_ITEM_TYPE_DIRECTORY: return (flags & CSC_ROW_BASE) != 0;
    default: return 0;
    }
}

static int is_pinned(uint32_t pin)
{
    return (pin & CSC_PIN_REASONS) != 0;
}

static void row_new(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct row row;
    char *path;

    (void)count;
    read_row(context, values, &row);
    if (!(path = path_to_tell(&row))) return;
    tell(&row, OFFLINEFILES_EVENT_ITEMADDEDTOCACHE, 0, path, NULL);
    if (is_pinned(row.pin)) tell(&row, OFFLINEFILES_EVENT_ITEMPINNED, 0, path, NULL);
    if (is_available(row.type, row.flags)) tell(&row, OFFLINEFILES_EVENT_ITEMAVAILABLEOFFLINE, 0, path, NULL);
    free(path);
}

static void row_changed(sqlite3_context *context, int count, sqlite3_value **values)
{
    int64_t old_parent = sqlite3_value_int64(values[6]);
    const char *old_name = (const char *)sqlite3_value_text(values[7]);
    uint32_t old_pin = (uint32_t)sqlite3_value_int64(values[8]), old_flags = (uint32_t)sqlite3_value_int64(values[9]);
    const uint32_t both = CSC_ROW_SPARSE | CSC_ROW_BASE;
    uint32_t detail = 0;
    char *path, *old_path;
    struct row row;
    int now, before;

    (void)count;
    read_row(context, values, &row);
    if (!(path = path_to_tell(&row))) return;
    if (row.parent && !row.store->renames_untold && (row.parent != old_parent || strcmp(row.name, old_name)) &&
        (old_path = path_of(row.store, old_parent, row.scope, old_name)))
    {
        tell(&row, OFFLINEFILES_EVENT_ITEMRENAMED, 0, path, old_path);
        free(old_path);
    }
    now = is_pinned(row.pin);
    if (now != is_pinned(old_pin))
        tell(&row, now ? OFFLINEFILES_EVENT_ITEMPINNED : OFFLINEFILES_EVENT_ITEMNOTPINNED, 0, path, NULL);
    now = is_available(row.type, row.flags);
    before = is_available(row.type, old_flags);
    if (now != before)
        tell(&row, now ? OFFLINEFILES_EVENT_ITEMAVAILABLEOFFLINE : OFFLINEFILES_EVENT_ITEMNOTAVAILABLEOFFLINE, 0, path, NULL);
    /* the size and time of a directory move with what is in it */
    if (sqlite3_value_int(values[10]) && row.type == OFFLINEFILES_ITEM_TYPE_FILE) detail |= CSC_NEWS_MODIFIED_DATA;
    if (sqlite3_value_int(values[11])) detail |= CSC_NEWS_MODIFIED_ATTRIBUTES;
    if (detail && (row.flags & both) == CSC_ROW_BASE && (old_flags & both) == CSC_ROW_BASE)
        tell(&row, OFFLINEFILES_EVENT_ITEMMODIFIED, detail, path, NULL);
    /* a share that is suspended goes offline as a whole (scope_news) */
    if ((row.flags ^ old_flags) & CSC_ROW_SUSPENDED && row.type == OFFLINEFILES_ITEM_TYPE_DIRECTORY &&
        !sqlite3_value_int(values[12]) && !is_suspended_above(row.store, row.parent))
        tell(&row, row.flags & CSC_ROW_SUSPENDED ? OFFLINEFILES_EVENT_ITEMDISCONNECTED : OFFLINEFILES_EVENT_ITEMRECONNECTED,
             0, path, NULL);
    free(path);
}

static void row_gone(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct row row;
    char *path;

    (void)count;
    read_row(context, values, &row);
    if (row.store->news && row.type != OFFLINEFILES_ITEM_TYPE_FILE)
        remember_gone(row.store, sqlite3_value_int64(values[6]), row.parent, row.name);
    if (!(path = path_to_tell(&row))) return;
    if (is_available(row.type, row.flags)) tell(&row, OFFLINEFILES_EVENT_ITEMNOTAVAILABLEOFFLINE, 0, path, NULL);
    tell(&row, OFFLINEFILES_EVENT_ITEMDELETEDFROMCACHE, 0, path, NULL);
    free(path);
}

static void conflict_news(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct csc_store *store = sqlite3_user_data(context);
    const char *below = (const char *)sqlite3_value_text(values[2]);
    struct csc_news_event told = { .event = (uint32_t)sqlite3_value_int(values[0]), .time = sqlite3_value_int64(values[3]),
                                   .detail = (uint32_t)sqlite3_value_int64(values[4]), .fact = 1 };
    char *name = NULL, *rest, *c;

    (void)count;
    if (!store->news) return;
    if (below && (rest = strdup(below)))
    {
        for (c = rest; *c; c++) if (*c == '/') *c = '\\';
        if ((name = share_name(store, sqlite3_value_int64(values[1])))) name = join(name, rest);
        else free(rest);
    }
    if ((told.path = name)) csc_news_post(store->news, &told);
    else csc_news_lose(store->news);
    free(name);
}

static void scope_news(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct row row = { .store = sqlite3_user_data(context), .type = OFFLINEFILES_ITEM_TYPE_SHARE };
    char *name;

    (void)count;
    if (!row.store->news || !(name = share_name(row.store, sqlite3_value_int64(values[0])))) return;
    tell(&row, sqlite3_value_int(values[1]) ? OFFLINEFILES_EVENT_ITEMDISCONNECTED : OFFLINEFILES_EVENT_ITEMRECONNECTED, 0,
         name, NULL);
    free(name);
}

/* -- listening -- */

static csc_status make_functions(struct csc_store *store)
{
    static const struct { const char *name; int count; void (*call)(sqlite3_context *, int, sqlite3_value **); } functions[] =
    {
        { "csc_row_new", 6, row_new }, { "csc_row_changed", 13, row_changed }, { "csc_row_gone", 7, row_gone },
        { "csc_conflict_news", 5, conflict_news }, { "csc_scope_news", 2, scope_news }
    };
    csc_status status = CSC_OK;
    size_t i;

    for (i = 0; i < sizeof(functions) / sizeof(functions[0]) && !status; i++)
        status = csc_sql_status(store->db, sqlite3_create_function(store->db, functions[i].name, functions[i].count,
                                                                   SQLITE_UTF8, store, functions[i].call, NULL, NULL));
    return status;
}

csc_status csc_store_listen(struct csc_store *store, struct csc_news *news)
{
    csc_status status;

    csc_store_lock(store);
    /* outside of a transaction, or the end of that would decide about the triggers */
    if (!store->db) status = news ? CSC_E_INVALID_HANDLE : CSC_OK;
    else if (!(status = csc_store_commit_locked(store)))
    {
        status = csc_sql_status(store->db, sqlite3_exec(store->db, drop_triggers, NULL, NULL, NULL));
        if (!status && news && !(status = make_functions(store)))
            status = csc_sql_status(store->db, sqlite3_exec(store->db, make_triggers, NULL, NULL, NULL));
    }
    /* a transaction that could not be ended when somebody stopped to listen has ended since */
    if (!status && news) csc_news_commit(news);
    /* triggers that could not be dropped find nobody to tell */
    store->news = status ? NULL : news;
    csc_store_unlock(store);
    return status;
}

void csc_store_news_begin(struct csc_store *store)
{
    store->news_mark = csc_news_mark(store->news);
}

void csc_store_news_end(struct csc_store *store, int failed)
{
    if (failed) csc_news_take_back(store->news, store->news_mark);
    while (store->gone_count) free(store->gone[--store->gone_count].name);
    free(store->gone);
    store->gone = NULL;
    store->gone_capacity = 0;
}
