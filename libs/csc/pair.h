/*
 * A pair of trees: the directories of a scope on both sides, while an operation works on them
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A node stands for one directory.  It knows its parent and its name on each side; the handles of the directories
 * are opened when they are needed and kept for a while, so that a deep or wide tree needs neither a path nor
 * many descriptors.  The handles of the roots stay open: nothing that gets mounted over an
 * origin or away from it later changes what an operation sees.
 */

#ifndef CSC_PAIR_H
#define CSC_PAIR_H

#include "decide.h"
#include "op.h"
#include "work.h"

enum csc_which { CSC_LOCAL, CSC_ORIGIN, CSC_SIDES };

struct csc_scan;

struct csc_handle
{
    char *name;                        /* on this side; NULL: that of the other side, it is not there yet */
    int   missing;                     /* nothing there: nothing to list, made before something is put into it */
    enum csc_which which;
    int   known;                       /* dev and ino below are set */
    uint64_t dev, ino;
    struct csc_dir *dir;
    unsigned users;
    struct csc_handle *prev, *next;    /* idle handles, least lately used last */
};

/* What becomes of a directory when all below it is done. */
enum csc_after { CSC_AFTER_KEEP, CSC_AFTER_REMOVE_LOCAL, CSC_AFTER_REMOVE_ORIGIN, CSC_AFTER_DROP_ROW };

struct csc_node
{
    atomic_uint refs;
    struct csc_pair *pair;             /* with a reference */
    struct csc_node *parent;           /* with a reference; NULL: the share */
    unsigned depth;
    char *name;                        /* as it is shown */
    struct csc_handle side[CSC_SIDES]; /* pair->lock */
    int64_t item;                      /* row; 0: none (yet) */
    uint32_t pin;                      /* of the row */
    uint32_t row_flags;

    /* the planner's */
    struct csc_node *next;             /* its stack */
    struct csc_scan *scan;
    enum csc_after after;
    int whole;                         /* to be read on both sides, see csc_pair.local_first */
    int swept;                         /* temporary files that a crash left were dealt with */
    int restore;                       /* a conflict was decided for the share: what is missing in the cache comes back */
    int resolution;                    /* of a conflict, for all below: OFFLINEFILES_SYNC_CONFLICT_RESOLVE_* */

    /* op->lock */
    int preparing;                     /* a work on the directory itself is in flight */
    int failed;                        /* ... and failed: nothing is done below */
    int dirty;                         /* delete: a change of its own that the origin does not know */
    int emptied;                       /* delete: a directory in it is about to go */
    int kept;                          /* something below stays, so it does, too */
    int told;                          /* ... and the client has heard of a reason */
};

/* A name that the planner has to look at once more: a work changed what it stands for. */
struct csc_again
{
    struct csc_again *next;
    struct csc_node *node;             /* its container; with a reference */
    char *name;
    uint32_t pin;                      /* bits that a new row gets */
};

enum csc_case_rule { CSC_CASE_UNKNOWN, CSC_CASE_MATTERS, CSC_CASE_IGNORED };

struct csc_pair
{
    atomic_uint refs;
    struct csc_op *op;                 /* with a reference */
    struct csc_scope *scope;           /* with a reference */
    struct csc_engine *engine;
    struct csc_fs *fs[CSC_SIDES];
    struct csc_quality quality[CSC_SIDES];
    int hidden;                        /* both sides keep HIDDEN and SYSTEM */
    int copies_inside;                 /* the origin copies its files by itself (csc_fs.copies_inside) */
    struct csc_dir *temp;              /* temp_dir of the cache */
    struct csc_node *root;             /* with a reference */
    int local_lost;                    /* the cache tree as a whole is gone: nothing was deleted by anybody */
    int tree_empty;                    /* the cache tree held nothing when the pair was opened */
    int fill_begun;                    /* planner: csc_fill_mark_begin was called */
    int local_first;                   /* directories are read in the cache; on the origin, too, only where the cache
                                        * changed (node.whole) */
    int not_found;                     /* ... and there a directory was missing */
    struct csc_way *way;               /* for operations that give way to programs, see way.h */
    atomic_int has_conflicts;          /* any conflict of the scope is on record */
    atomic_int case_rule[CSC_SIDES];   /* enum csc_case_rule: how the volume looks names up */

    pthread_mutex_t lock;
    struct csc_again *again;
    struct csc_handle idle;            /* head of the list */
    unsigned idle_count;
};

/* Opens both roots; the origin's is checked (csc_scope_check_root) first.  need_origin 0: without the origin. */
csc_status csc_pair_open(struct csc_op *op, struct csc_scope *scope, int need_origin, struct csc_pair **pair);
/* Planner, when nothing is in flight: closes the handles here and drops the reference. */
void csc_pair_close(struct csc_pair *pair);

/* A new node with one reference, both sides assumed there; names are copied, NULL: missing on that side. */
csc_status csc_node_create(struct csc_node *parent, const char *name, const char *local_name,
                           const char *origin_name, struct csc_node **node);
void csc_node_addref(struct csc_node *node);
void csc_node_release(struct csc_node *node);

/* Has the planner look at a name again when everything it knows of is done; pin: bits that a new row gets. */
csc_status csc_pair_look_again(struct csc_node *node, const char *name, uint32_t pin);
/* The oldest of these, NULL: none; freed with csc_again_free. */
struct csc_again *csc_pair_next_again(struct csc_pair *pair);
void csc_again_free(struct csc_again *again);

/* The handle of a directory; csc_node_done follows.  CSC_E_CHANGED: another directory stands there now.
 * CSC_E_NOT_FOUND: missing on that side. */
csc_status csc_node_dir(struct csc_node *node, enum csc_which side, struct csc_dir **dir);
void csc_node_done(struct csc_node *node, enum csc_which side);
/* As csc_node_dir, making the directory and its ancestors where they are missing; their rows' bases follow. */
csc_status csc_node_need(struct csc_node *node, enum csc_which side, struct csc_dir **dir);

/* HIDDEN and SYSTEM of an entry of an open directory, when both sides keep them and its stat leaves them open.  What
 * cannot be looked at stays open. */
csc_status csc_pair_see(struct csc_pair *pair, enum csc_which side, struct csc_dir *dir, const char *name,
                        struct csc_stat *stat);
/* The same of an open file. */
csc_status csc_pair_see_file(struct csc_pair *pair, enum csc_which side, struct csc_file *file, struct csc_stat *stat);

/* \\server\share\...\node\name (name NULL: the node's own); malloc, NULL: out of memory. */
char *csc_node_path(struct csc_node *node, const char *name);
/* Below the share, with "/"; "" for the share. */
char *csc_node_relative(struct csc_node *node, const char *name);

/* -- names of temporary files -- */

/* What a temporary name is for: tells what is to become of it when a crash left it behind. */
enum csc_temp_use
{
    CSC_TEMP_COPY,       /* content on its way: worth nothing without the work that wrote it */
    CSC_TEMP_PLACE,      /* complete, about to change places with what it replaces: may be either */
    CSC_TEMP_REMOVE,     /* moved away to be removed */
    CSC_TEMP_DOUBT,      /* the same, of a file whose ctime was not the recorded one: only its content could tell whether
                          * it is what was agreed on */
    CSC_TEMP_DAMAGED     /* in the cache only: what a power loss may have damaged, see damaged.h */
};
#define CSC_TEMP_NAME 80
/* On an origin.  key: of the item it belongs to. */
void csc_temp_origin_name(struct csc_engine *engine, enum csc_temp_use use, const char *key, char name[CSC_TEMP_NAME]);
/* In temp_dir.  item: row it belongs to. */
void csc_temp_local_name(struct csc_engine *engine, enum csc_temp_use use, int64_t item, char name[CSC_TEMP_NAME]);
/* 0: not of this cache. */
int csc_temp_origin_parse(const char *name, const char *cache_id, enum csc_temp_use *use, uint32_t *hash);
int csc_temp_local_parse(const char *name, enum csc_temp_use *use, int64_t *item);
uint32_t csc_temp_hash(const char *key);
/* A name for bytes that must not get lost while nobody knows what they are: "<stem> (kept <n>)<extension>". */
char *csc_temp_kept_name(struct csc_engine *engine, const char *name);

#endif
