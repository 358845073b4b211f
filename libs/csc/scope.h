/*
 * Scopes, and looking at the cache: what engine.c, scope.c, map.c, find.c and their neighbours share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_SCOPE_H
#define CSC_SCOPE_H

#include "engine.h"
#include "public.h"
#include "units.h"

struct csc_pair;

/* -- tree.c: directories by absolute path -- */

/* "<directory>/<name>"; malloc, NULL when out of memory. */
char *csc_join(const char *directory, const char *name);
/* Makes the directory and its missing parents, and opens it when dir is not NULL. */
csc_status csc_make_path(struct csc_fs *fs, const char *path, struct csc_dir **dir);
/* The path without symbolic links in it, as the system tells the paths of open files; malloc. */
csc_status csc_resolve_path(struct csc_fs *fs, const char *path, char **resolved);
/* Removes name and all below; nothing there: CSC_OK.  Links are removed, never followed. */
csc_status csc_remove_tree(struct csc_fs *fs, struct csc_dir *parent, const char *name);
/* Finds the entry of a directory whose name has this key (csc_name_key); byte-wise first when there are
 * several.  *name: malloc, NULL: none. */
csc_status csc_find_by_key(struct csc_fs *fs, struct csc_dir *dir, const char *key, char **name);
/* The names of a directory, collected before anything in it is changed. */
struct csc_name_list
{
    char **names;
    enum csc_file_type *types;          /* as csc_list_callback tells */
    size_t count, capacity;
};
csc_status csc_names_read(struct csc_fs *fs, struct csc_dir *dir, struct csc_name_list *list);
void csc_names_free(struct csc_name_list *list);
/* 1 in *empty when the directory holds nothing. */
csc_status csc_dir_is_empty(struct csc_fs *fs, struct csc_dir *dir, int *empty);

/* -- link.c: the UNC links -- */

/* What stands below unc_dir for a server and share, in whatever case. */
struct csc_unc_place
{
    char *server;            /* name of the server's directory, as given when there is none */
    char *share;             /* name of the share's entry, as given when there is none */
    int   server_exists;
    char *target;            /* text of the share's link; NULL: nothing there */
};
/* CSC_E_EXISTS: a real directory or file stands where the share's link belongs, or the server's
 * directory is itself a link (a link below it would be written into somebody's data). */
csc_status csc_unc_find(struct csc_engine *engine, const char *server, const char *share, struct csc_unc_place *place);
void csc_unc_place_clear(struct csc_unc_place *place);
/* map.c: the absolute path that the text of the link means, in the form of an origin; malloc.  CSC_E_INVALID_ARG: none that
 * can be an origin. */
csc_status csc_unc_target(struct csc_engine *engine, const struct csc_unc_place *place, char **origin);
/* Points the scope's link at target, or does nothing when a link to somewhere that is ours neither way
 * stands there (the user changed it). */
csc_status csc_link_swap(struct csc_scope *scope, const char *target);
/* As csc_link_swap, to where the row says; a link that is missing is made. */
csc_status csc_link_reconcile(struct csc_scope *scope);
/* Whether the scope's link leads to its cache. */
int csc_link_is_at_cache(struct csc_scope *scope);
/* Puts back what stood there before map, with the server's directory when map made it; keep: leaves the
 * link, at the origin. */
csc_status csc_link_restore(struct csc_scope *scope, int keep);
/* The same without the server's directory. */
csc_status csc_link_give_back(struct csc_scope *scope);
/* Removes the directory of the server's links when map made it and nothing else is in it. */
csc_status csc_server_directory_remove(struct csc_engine *engine, const char *server);
/* Whether map made the directory of the scope's server. */
csc_status csc_made_server_set(struct csc_scope *scope, int made);
csc_status csc_made_server_put(struct csc_engine *engine, const char *server, int made);
csc_status csc_made_server(struct csc_engine *engine, const char *server, int *made);

/* -- scope.c -- */

/* A scope for the row; takes the row's strings over (also on failure).  Not in the engine's list yet. */
csc_status csc_scope_create(struct csc_engine *engine, struct csc_scope_row *row, struct csc_scope **scope);
/* Starts the workers and puts the scope into the list, which takes over the reference. */
csc_status csc_scope_activate(struct csc_scope *scope);
/* Takes the scope out of the list, stops its workers and drops the list's reference. */
void csc_scope_deactivate(struct csc_scope *scope);
/* Finds by keys of the names.  Engine locked. */
struct csc_scope *csc_scope_lookup(struct csc_engine *engine, const char *server, const char *share);
/* "\\server\share"; malloc, NULL when out of memory. */
char *csc_scope_name(const struct csc_scope *scope);
/* State and reason as the API reports them. */
void csc_scope_state(struct csc_scope *scope, uint32_t *state, uint32_t *reason);
/* 1 in *cached when the scope has something that a program could use offline. */
csc_status csc_scope_has_content(struct csc_scope *scope, int *cached);

/* -- transition.c -- */

/* Takes the scope offline: store, flush, link.  Offline already: only a forced reason is noted. */
csc_status csc_scope_take_offline(struct csc_scope *scope, uint32_t reason);
/* Tells another reason for which the scope is offline, if it is for the first one. */
csc_status csc_scope_change_reason(struct csc_scope *scope, uint32_t from, uint32_t to);
/* 1 in *prevented when programs have files of the origin open that have no copy in the cache. */
csc_status csc_scope_find_uncached(struct csc_scope *scope, int *prevented);
/* Monitor: stores the state that a full disk kept from the store, if there is any. */
void csc_scope_store_again(struct csc_scope *scope);
/* Stores that the scope is online and points its link at the origin.  CSC_E_CANCELLED: unmapped or closing. */
csc_status csc_scope_take_online(struct csc_scope *scope);

/* Brings the scope's state in line with the mark on its share (CSC_ROW_SUSPENDED): a suspended share is offline,
 * one that was released comes back as after an error, unless somebody took it offline by hand. */
csc_status csc_scope_follow_suspension(struct csc_scope *scope);

/* -- suspend.c -- */
/* Whether the share as a whole is suspended. */
csc_status csc_scope_is_suspended(struct csc_scope *scope, int *suspended);

/* Begins or ends the time after going online in which late local changes are looked for; it outlives a
 * restart.  Engine locked. */
csc_status csc_scope_set_settling(struct csc_scope *scope, int settling);
csc_status csc_scope_load_settling(struct csc_scope *scope);

/* -- flush.c -- */

/* Makes the content of the scope that was not flushed yet durable; waits at most limit ms, the flush
 * goes on behind (CSC_E_TIMEOUT). */
csc_status csc_scope_flush(struct csc_scope *scope, unsigned limit);
/* Monitor: the same for all scopes, on a thread of its own, when nobody has done anything for a while. */
void csc_flush_tick(struct csc_engine *engine, int64_t now);

/* -- probe.c -- */

/* Looks at the origin: reachable, and the root that was recorded (0: whatever it is).  fs calls of
 * scope->origin_fs on the calling thread.  id: what was seen; latency (may be NULL): how long a call takes, ns. */
csc_status csc_probe_origin(struct csc_scope *scope, int recorded, struct csc_root_id *id, int64_t *latency);
/* Monitor: starts, judges and abandons probes. */
void csc_probe_tick(struct csc_scope *scope, int64_t now);
/* Forgets the running probe of a scope that goes away.  Engine locked. */
void csc_probe_forget(struct csc_scope *scope);

/* -- slow.c -- */

/* Monitor: slow-link mode begins and ends. */
void csc_slow_tick(struct csc_scope *scope, int64_t now);
/* Body of an operation CSC_AUTO_SLOW, on the planner: synchronizes, goes offline. */
csc_status csc_slow_run(struct csc_op *op, struct csc_scope *scope);

/* -- monitor.c -- */
csc_status csc_monitor_start(struct csc_engine *engine);
void csc_monitor_stop(struct csc_engine *engine);

/* -- recover.c -- */

/* Ends an unmap that was cut off, puts back or removes what a crash left in the temporary directory.  The
 * scopes are listed, nothing else runs yet. */
csc_status csc_recover_engine(struct csc_engine *engine, int rebooted);
/* Before that, for each scope: whether programs work on its cache. */
csc_status csc_recover_state(struct csc_scope *scope, int rebooted);
/* For one scope: content that a power loss may have damaged is forgotten, the link is set as the row says. */
csc_status csc_recover_scope(struct csc_scope *scope, int rebooted);
/* Files of an online share could not be looked at after a power loss.  It may go offline before they can, and a torn one would
 * seem to be what a user wrote: the store remembers. */
csc_status csc_scope_set_doubtful(struct csc_scope *scope, int doubtful);
/* The share goes offline before all content is on the disk, or that is there now: a power loss in between makes it doubtful.
 * Engine locked; durable with the next commit. */
csc_status csc_scope_set_unflushed(struct csc_scope *scope, int unflushed);
/* Before an operation: what a failing disk kept from being looked at after a power loss is looked at now, or a damaged file
 * would be taken for somebody's change.  CSC_E_FAIL: it fails still. */
csc_status csc_recover_unchecked(struct csc_scope *scope);
/* Before an operation, too: what a failing disk kept from being put back into the tree goes back now, or it would count as
 * deleted by somebody.  CSC_E_FAIL: it fails still. */
csc_status csc_recover_strays(struct csc_scope *scope);

/* -- fill_mark.c: the mark of a share whose tree is filled for the first time -- */

/* Planner, before the first download of a pair: where the tree held nothing the mark is made durable. */
void csc_fill_mark_begin(struct csc_pair *pair);
/* 1: what comes into the tree now need not have a durable row before.  Nobody but the engine writes there. */
int csc_fill_mark_holds(struct csc_scope *scope);
/* 1: a file may get its name now without any row; csc_fill_mark_leave follows when it has its row, or is gone again.  Nothing
 * in between may wait for an origin: the share does not go offline before. */
int csc_fill_mark_enter(struct csc_scope *scope);
void csc_fill_mark_leave(struct csc_scope *scope);
/* The share is going offline (csc_scope.leaving, engine locked): no more of that.  Then, not locked: waits for those that have
 * no row yet.  CSC_E_TIMEOUT: the cache's disk hangs. */
void csc_fill_mark_stop(struct csc_scope *scope);
csc_status csc_fill_mark_wait(struct csc_scope *scope);
/* The pair is closed: the mark goes, behind all rows. */
void csc_fill_mark_end(struct csc_pair *pair);
/* Programs may work in the tree when the caller has committed this durably.  Engine locked. */
csc_status csc_fill_mark_forget(struct csc_scope *scope);
/* At a start: whether there is one. */
csc_status csc_fill_mark_load(struct csc_scope *scope);
/* At a start, and before an operation in a scope that it owns: what a fill that was cut off left in the tree without a row that
 * vouches for it is removed, unless programs have worked there since; then the mark goes, durably. */
csc_status csc_fill_mark_settle(struct csc_scope *scope);

/* -- unmap.c -- */

/* Moves the tree of a share that is not mapped (any more) into the temporary directory, as gone ("" when there
 * is none), and forgets CSC_META_UNMAPPING. */
csc_status csc_discard_tree(struct csc_engine *engine, const char *server, const char *share, char gone[32]);

/* -- relocate.c -- */

/* At a start, when nothing else runs yet: carries out the renames that were asked for later, and ends what a crash cut off.
 * What a program has open stays for another start; other failures are in the log. */
csc_status csc_rename_pending(struct csc_engine *engine);
/* Whether there is any such request. */
int csc_rename_waits(struct csc_engine *engine);
/* The same for shares whose renaming a crash cut off, before anything looks at their trees. */
csc_status csc_rename_settle_shares(struct csc_engine *engine);

/* -- encryption.c -- */

/* Makes the cache encrypted, or not.  CSC_E_NO_ENCRYPTION: it is the other way, and that is the file system's to say. */
csc_status csc_encrypt(struct csc_engine *engine, int encrypt);

/* -- names in the store's meta table -- */
#define CSC_META_CACHE_ID  "cache_id"
#define CSC_META_BOOT_ID   "boot_id"
#define CSC_META_UNMAPPING "unmapping"        /* "<server>/<share>" whose cached tree is to go */
#define CSC_META_LIMITS    "limits"           /* "<bytes> <bytes not pinned>" of csc_set_disk_limits */
#define CSC_META_RENAMES   "renames"          /* requests of csc_rename_now and csc_rename_later, see relocate.c */
#define CSC_META_ASIDE     "aside:"           /* + number: "<scope id>/<path>" of a file without a row, see csc_set_aside */
#define CSC_META_DAMAGED   "damaged:"         /* + item id: "<scope id>/<path>" of a file that is kept aside, see damaged.h */
#define CSC_META_ADMIN_PINS "admin_pins"      /* see adminpin.c */
#define CSC_META_SETTLE    "settle:"          /* + scope id: "1" while late local changes are looked for */
#define CSC_META_DOUBTFUL  "doubtful:"        /* + scope id: "1" while damage of a power loss could not be looked for,
                                               * "2" while one would leave damage although the share is offline */
#define CSC_META_FILLING   "filling:"         /* + scope id: "1" while its tree is filled for the first time */
#define CSC_META_MADE_SERVER "made_server:"   /* + key of the server: "1" when map made its directory */

/* -- record.c -- */

/* CSC_ITEM_* that follow from a row (NULL: only in the tree) and what stands in the tree: SPARSE, GHOST,
 * DIRTY and its kinds.  tree_lost: the cache tree as a whole is gone, what is missing was not deleted. */
uint32_t csc_item_change_flags(struct csc_scope *scope, const struct csc_item *item, const struct csc_stat *local, int tree_lost);

/* HIDDEN and SYSTEM of what stands in the tree, for those who are told: as recorded, while nothing says that they were
 * changed, else as the file says.  item: its row; NULL: none. */
void csc_item_see_local(struct csc_fs *fs, struct csc_dir *dir, const char *name, const struct csc_item *item,
                        struct csc_stat *local);

/* -- place.c: one path in rows and tree -- */

struct csc_place
{
    struct csc_scope *scope;      /* with a reference */
    struct csc_item item;
    int      has_item;
    struct csc_stat local;        /* type NONE: missing in the tree */
    struct csc_dir *dir;          /* the item itself, open, when it is a directory of the tree; a walk closes it */
    char    *path;                /* \\server\share\..., real case */
    char    *relative;            /* below the share, "/" separated; "" for the share */
    int      suspended;           /* it or a directory above is suspended */
    int      tree_lost;           /* set by csc_place_find for what is missing, and by csc_walk */
    int      left_out;            /* set by csc_walk: the tree holds names that cannot be items */
};
/* CSC_E_NOT_FOUND: neither row nor anything in the tree, or not mapped.  Touches cache and store only. */
csc_status csc_place_find(struct csc_engine *engine, const struct csc_path *path, struct csc_place *place);
/* The share itself. */
csc_status csc_place_of_scope(struct csc_scope *scope, struct csc_place *place);
/* Sets tree_lost. */
csc_status csc_place_judge_tree(struct csc_place *place);
void csc_place_clear(struct csc_place *place);
/* The row with this id and those above it, up to the share, whose own is left out.  CSC_E_NOT_FOUND: one is
 * missing. */
csc_status csc_rows_above(struct csc_scope *scope, int64_t id, struct csc_item_list *rows);
/* Opens the directory of the tree in which an item belongs, making what is missing. */
csc_status csc_open_container(struct csc_scope *scope, const struct csc_item *item, struct csc_dir **dir);

/* -- merge.c: the rows and the tree of one directory -- */

struct csc_entry
{
    const struct csc_item *item;  /* NULL: only in the tree */
    struct csc_stat local;        /* type NONE: missing in the tree */
    const char *name;             /* of the row, else in the tree */
    const char *local_name;       /* in the tree; NULL: missing */
};

struct csc_entries
{
    struct csc_entry *list;       /* by key */
    size_t count;
    struct csc_item_list rows;
    struct csc_local_name *names; /* merge.c */
    struct csc_texts texts;       /* the names in the tree and their keys */
    size_t name_count;
    int    left_out;              /* the tree holds names that cannot be items (links, only-case differences, ...) */
};
/* parent: item id of the directory, 0: no row; dir: in the tree, NULL: missing there. */
csc_status csc_entries_read(struct csc_engine *engine, int64_t parent, struct csc_dir *dir, struct csc_entries *entries);
/* What they take, bytes. */
size_t csc_entries_bytes(const struct csc_entries *entries);
void csc_entries_free(struct csc_entries *entries);

/* -- walk.c: everything below a place, containers before their content, siblings by key -- */

struct csc_walk_item
{
    const struct csc_item *item;  /* NULL: only in the tree */
    const struct csc_stat *local;
    const char *path, *relative;  /* as in csc_place */
    size_t depth;                 /* 0: child of the place */
    uint32_t type;                /* OFFLINEFILES_ITEM_TYPE */
    uint32_t flags;               /* CSC_ITEM_*: changes, sparse, ghost, suspended */
};
struct csc_walker;
/* Walks below a place (deep 0: its children only), which stays the caller's and must outlive the walker; its directory
 * goes with the walk.  Each directory is read when the walker comes to it. */
csc_status csc_walker_open(struct csc_place *place, int deep, struct csc_walker **walker);
/* The next item; its pointers hold until the next call.  CSC_FALSE: that was all.  After a failure only csc_walker_close. */
csc_status csc_walker_next(struct csc_walker *walker, struct csc_walk_item *item);
/* Does not go below the item that was given last. */
void csc_walker_skip(struct csc_walker *walker);
/* Closes all directories until the next call: what is renamed or removed meanwhile is not found below any more. */
void csc_walker_rest(struct csc_walker *walker);
/* What its directories take, bytes. */
size_t csc_walker_bytes(const struct csc_walker *walker);
void csc_walker_close(struct csc_walker *walker);

/* CSC_FALSE: do not go below this item; failures end the walk. */
typedef csc_status (*csc_walk_callback)(void *context, const struct csc_walk_item *item);
/* The whole walk at once, deep. */
csc_status csc_walk(struct csc_place *place, csc_walk_callback callback, void *context);

/* -- dirty.c -- */

/* 1 in *dirty when anything in the scope was changed locally and not synchronized; what cannot be told
 * from a change counts as one. */
csc_status csc_scope_is_dirty(struct csc_scope *scope, int *dirty);

/* -- conflicts of a scope, for look-ups while walking: view.c -- */

struct csc_conflict_set
{
    struct csc_conflict *list;
    size_t count;
    int64_t *ids;                 /* sorted, of those with a row */
    size_t id_count;
};
csc_status csc_conflict_set_read(struct csc_engine *engine, int64_t scope, struct csc_conflict_set *set);
void csc_conflict_set_free(struct csc_conflict_set *set);
int csc_conflict_set_has(const struct csc_conflict_set *set, const struct csc_item *item, const char *relative);

/* What the records of one scope have in common. */
struct csc_view_scope
{
    char    *name;                /* \\server\share */
    uint32_t connect_state, offline_reason, caching_mode;
    struct csc_conflict_set conflicts;
};
csc_status csc_view_scope_read(struct csc_scope *scope, struct csc_view_scope *view);
void csc_view_scope_clear(struct csc_view_scope *view);
/* Appends the record of an item below the scope. extra: CSC_ITEM_PARTLY_PINNED or 0. */
csc_status csc_view_add(struct csc_buffer *buffer, const struct csc_view_scope *scope, const struct csc_walk_item *item,
                        uint32_t extra);
/* Appends the record of a server. */
csc_status csc_view_add_server(struct csc_buffer *buffer, struct csc_scope *const *scopes, size_t count);
/* 1 in *partly when item is a container that is not pinned and something below it is. */
csc_status csc_partly_pinned(struct csc_engine *engine, const struct csc_item *item, int *partly);

#endif
