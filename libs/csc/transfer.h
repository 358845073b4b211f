/*
 * Moving, replacing and removing content, without ever losing any
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each function looks again right before it replaces or removes: CSC_E_CHANGED means that what stands there is not
 * what was decided about, and that nothing was done.  But for downloads, the rows are left to the caller.
 * CSC_E_CANCELLED: the operation stops or the thread was abandoned; nothing was placed.
 */

#ifndef CSC_TRANSFER_H
#define CSC_TRANSFER_H

#include "pair.h"

struct csc_blocks;

/* Files larger than this are looked at for holes, and only what changed in them is sent. */
#define CSC_LARGE ((uint64_t)1024 * 1024)

/* What the store is told of a download. */
struct csc_landing
{
    csc_status (*announce)(struct csc_landing *landing);   /* before the file has its name; sets the following */
    int announced;                       /* the row was written already: it says that a download is about to take its place */
    struct csc_store_change change;      /* ... which has to be durable before */
    csc_status (*agree)(struct csc_landing *landing);      /* when it has it: the row with its new bases and flags */
};

/* The file origin_name of a directory to local_name of the same directory in the cache.  expected: what is in the
 * cache now, type NONE for nothing.  item: its bases and flags are set, then the row is written.  In a first fill (fill_mark.c) what
 * nothing was announced of gets its name without; when its row cannot be written then, it is gone again.  agreed: see
 * csc_racy_read. */
csc_status csc_download(struct csc_node *node, const char *origin_name, const char *local_name,
                        const struct csc_stat *expected, struct csc_item *item, struct csc_landing *landing,
                        struct csc_blocks *agreed);
/* The other way; expected: what is on the origin now. */
csc_status csc_upload(struct csc_node *node, const char *local_name, const char *origin_name,
                      const struct csc_stat *expected, struct csc_item *item, const char *key,
                      struct csc_blocks *agreed);

/* -- note.c: what a downloaded file says of itself, for the time until its row is in the database for certain -- */
struct csc_note
{
    uint32_t format;              /* 1 */
    uint32_t attributes;
    uint64_t size, ino;           /* the file itself */
    int64_t  mtime;               /* as on the origin */
    int64_t  placed;              /* when, about */
    uint64_t place;               /* hash of scope and path */
};
/* Writes it; written: what the complete file is. A system without notes is none the worse. */
void csc_note_write(struct csc_node *node, const char *key, struct csc_file *file, const struct csc_stat *written);
/* 1: the file of the cache is what was downloaded to this very place, and nobody changed it since. */
int csc_note_holds(struct csc_node *node, const char *key, const char *name, const struct csc_stat *stat,
                   struct csc_note *note);
/* 1: it was written into the file that this base of the cache was recorded of, whatever became of that since. */
int csc_note_is_of(const struct csc_note *note, const struct csc_base *base);

/* Reads both files.  The stats are those that the answer holds for.  agreed: see csc_racy_read; NULL: not wanted. */
csc_status csc_compare_content(struct csc_node *node, const char *local_name, const char *origin_name,
                               struct csc_stat *local, struct csc_stat *origin, int64_t *recorded, int *equal,
                               struct csc_blocks *agreed);

/* Waits until a change of a file that was written at mtime is certain to show in its time, when that takes at most so many
 * ns.  1: waited. */
int csc_wait_out_tick(struct csc_pair *pair, enum csc_which side, int64_t mtime, int64_t most);

/* Whether files that are half way stay as they are, for the sweep of temporary files to look at: the thread was abandoned, or
 * the server may have done what it did not answer, and going back without seeing that would make it worse. */
int csc_is_for_sweep(enum csc_which side, csc_status status);

/* Moves a file to a temporary name, from which a crash brings it back while its row is there; in the cache that is in
 * pair->temp.  item: its row, 0: none; then a note in the store says where it belongs, until csc_aside_forget. */
csc_status csc_set_aside(struct csc_node *node, enum csc_which side, const char *name, const char *key, int64_t item,
                         const struct csc_stat *expected, char aside[CSC_TEMP_NAME]);
/* Back again: name, item and expected as they were given to it.  When the place is taken it gets a name that shows. */
void csc_put_back(struct csc_node *node, enum csc_which side, const char *aside, const char *name, int64_t item,
                  const struct csc_stat *expected);
/* A file that csc_set_aside moved in the cache is gone for good. */
void csc_aside_forget(struct csc_pair *pair, const char *aside);
/* Removes a file. */
csc_status csc_remove_file(struct csc_node *node, enum csc_which side, const char *name, const char *key, int64_t item,
                           const struct csc_stat *expected);

/* Makes sure that what stands on the origin is there after a power loss of that machine, too: a file that may be what a cut-off
 * synchronization put there, and its name.  name NULL: only the directory, in which something is missing.  What the origin
 * cannot flush is taken as it is. */
csc_status csc_flush_origin(struct csc_node *node, const char *name, const struct csc_stat *stat);

/* Gives a file or directory the SETTABLE attributes; *now: what stands there afterwards. */
csc_status csc_give_attributes(struct csc_node *node, enum csc_which side, const char *name, uint32_t attributes,
                               const struct csc_stat *expected, struct csc_stat *now);

/* Gives an entry another name that differs in case only. */
csc_status csc_change_case(struct csc_node *node, enum csc_which side, const char *name, const char *new_name);

/* Makes the names in a directory durable, where the file system can. */
csc_status csc_sync_dir(struct csc_fs *fs, struct csc_dir *dir);

/* What became of a failure on the origin: a dead origin stops the operation and has the scope probed. */
csc_status csc_origin_result(struct csc_pair *pair, csc_status status);
/* The same of one in the cache: a full disk stops the operation. */
csc_status csc_local_result(struct csc_pair *pair, csc_status status);

#endif
