/*
 * What users must find, whatever the engine does
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The model knows nothing of rows, bases and time stamps.  It follows versions: every edit makes a new version of a
 * path, whose ancestors are the versions that its author saw there.  A deletion is a version, too.  From that alone it
 * says what a synchronization may do: a version may take the place of another one when it descends from it, or when
 * somebody decided so for this conflict.  Everything else that it sees in a tree is a violation.
 *
 * Between model_begin and model_end the engine may do anything that it is there for; what stands in the trees
 * in between is only looked at (model_glimpse), so that an edit made in the middle gets its ancestors.
 */

#ifndef CSC_TESTS_MODEL_H
#define CSC_TESTS_MODEL_H

#include <stddef.h>
#include <stdint.h>

#define MODEL_PATH 96            /* bytes of a path below a root, with the terminator */

enum model_side { MODEL_LOCAL, MODEL_ORIGIN, MODEL_SIDES };
enum model_kind { MODEL_NONE, MODEL_FILE, MODEL_DIR };

/* How a conflict is to be solved; UNDECIDED: both copies stay. */
enum model_policy { MODEL_UNDECIDED, MODEL_KEEP_LOCAL, MODEL_KEEP_REMOTE, MODEL_KEEP_LATEST, MODEL_KEEP_ALL };

/* -- trees as they are seen -- */

/* model_entry.content of what a power loss may have made of a complete file; of copies that show only */
#define MODEL_DAMAGE (-2)

struct model_entry
{
    char path[MODEL_PATH];       /* in its real case, parts separated by '/' */
    enum model_kind kind;
    int content;                 /* id of the complete content that it holds; -1: of none */
    int readonly;
    int64_t mtime;
    int temporary;               /* under a name that is the engine's own */
};

struct model_tree
{
    struct model_entry *list;    /* in any order */
    size_t count;
};

/* -- the model -- */

struct model;

/* complain is called with a line of text for each violation. */
struct model *model_create(void (*complain)(void *context, const char *text), void *context);
void model_destroy(struct model *model);

/* Edits.  The caller has carried them out, and has told the model before what was to be seen there.
 * mtime: what the file shows afterwards, ns. */
void model_write(struct model *model, enum model_side side, const char *path, int content, int readonly, int64_t mtime);
void model_mkdir(struct model *model, enum model_side side, const char *path);
void model_remove(struct model *model, enum model_side side, const char *path);       /* with all that is below */
void model_rename(struct model *model, enum model_side side, const char *from, const char *to);
/* The local copy of path and of all below is given up by a caller who accepts that its changes go, too (dirty), or
 * only where the origin has them. */
void model_forget(struct model *model, const char *path, int dirty);
/* That was done, dirty ones included: a deletion that nobody synchronized went with the rest. */
void model_forgotten(struct model *model, const char *path);

/* What stands there (kind and content of the version a side is known to hold). */
enum model_kind model_kind_at(const struct model *model, enum model_side side, const char *path);
int model_content_at(const struct model *model, enum model_side side, const char *path);
int model_readonly_at(const struct model *model, enum model_side side, const char *path);

/* Paths with something at them, one after the other (index from 0); NULL at the end. */
const char *model_path_at(const struct model *model, enum model_side side, size_t index);

/* -- a time in which the engine may work -- */

struct model_end
{
    int whole;           /* a synchronization of everything in both directions ran to its end, undisturbed: both
                          * sides must agree now, except where a conflict was told */
    int cut;             /* a crash, a failure or a cancellation may have left things half done and its own names */
    int crashed;         /* ... it was a crash */
    int torn;            /* the cache lost its power: what was not flushed there may be gone */
    int origin_torn;     /* the origin did, too */
    int limited;         /* the cache is small: what the origin has may leave it */
    int late;            /* a call on the origin that was given up when it hung may have come back since */
    int littered;        /* the cache's disk failed: its temporary files may stay until the next start */
    int unheard;         /* another client was told of items, too: which of them failed is not known */
    int pinned;          /* everything on the origin belongs into the cache */
    int64_t begun;       /* when the run began, wall clock, ns */
    int64_t coarse;      /* steps of the clock that are too coarse to be waited for, ns; 0: none */
    int64_t slack;       /* times nearer than this may be taken for equal, ns */
};

void model_begin(struct model *model, enum model_policy policy);
/* Somebody was asked about a conflict, and this was the answer.  Checked: there is one. */
void model_conflict(struct model *model, const char *path, enum model_policy answer);
/* A conflict was told as the result of an item: both copies stay.  Checked: there is one. */
void model_unsolved(struct model *model, const char *path);
/* A copy under this name is what somebody asked for. */
void model_expect_copy(struct model *model, const char *path);
/* An item failed for another reason.  1: a directory that cannot follow, because of what is in it or what
 * the other side has in its place. */
int model_failed(struct model *model, const char *path);
/* Another edit is about to be made while the engine works. */
void model_glimpse(struct model *model, enum model_side side, const struct model_tree *tree);
/* Judges the two trees and takes them over. */
void model_end(struct model *model, const struct model_tree trees[MODEL_SIDES], const struct model_end *end);

/* Whether the two sides hold what no order tells: a conflict is to be expected. */
int model_in_conflict(const struct model *model, const char *path);

#endif
