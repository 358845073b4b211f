/*
 * Works on single items of a pair
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_ITEM_H
#define CSC_ITEM_H

#include "blocks.h"
#include "scan.h"
#include "transfer.h"

struct csc_item_work
{
    struct csc_work work;
    struct csc_node *dir;              /* container; with a reference */
    struct csc_node *child;            /* the directory itself, if it is one; with a reference */
    char *name, *key;                  /* name: as it is shown */

    struct csc_item item;              /* the row */
    int has_item;
    char *names[CSC_SIDES];            /* NULL: missing on that side */
    struct csc_stat stat[CSC_SIDES];

    uint32_t may;                      /* CSC_MAY_* */
    int resolution;                    /* of a conflict, without asking */
    uint32_t pin_new;                  /* pin bits of a new row */
    uint32_t pin_add;                  /* pin: bits that any row gets */
    int fill;                          /* pin: fill what is sparse */
    uint64_t room;                     /* bytes reserved for a download (room.h) */
    int announced;                     /* the row has CSC_ROW_PLACING because of this work */
    int64_t announced_item;
    struct csc_landing landing;
    int64_t moved_from;                /* row of what it was before it got this name in the cache; 0: none */
    int moved_over;                    /* ... and what stands in that one's place moved there, too */
    int moved;                         /* it was renamed on the origin */
    int64_t left;                      /* row of what it was, which stays as it is: its name on the origin could not follow */
    int treat_sparse;                  /* what is missing in the cache was not deleted by anybody */
    enum csc_after removal;            /* a directory, when all below it is done */
    enum csc_after stays_in;           /* its container is to go, and stays unless this goes, too, in the end */
    void *context;                     /* of who made it */
    csc_status refused;                /* delete: why it is not done */
    struct csc_decision decision;      /* the last one */
    enum csc_content content;          /* of the two files as they stand in stat */
    int64_t compared;                  /* when the comparison began */
    enum csc_content proof[CSC_SIDES]; /* of each against the agreed content (racy.c) */
    struct csc_blocks agreed;          /* hashes of the content that is just being agreed on, where that is needed */
};

/* From a cell of a scan; child may be NULL.  One reference. */
csc_status csc_item_work_create(struct csc_op *op, struct csc_node *dir, struct csc_node *child,
                                const struct csc_cell *cell, struct csc_item_work **work);
/* A directory that is to be removed. */
csc_status csc_item_work_of_node(struct csc_op *op, struct csc_node *node, struct csc_item_work **work);

/* The question that csc_decide is asked. */
void csc_item_ask(const struct csc_item_work *work, struct csc_question *question);

/* Only the origin has it, as a file that an exclusion list names. */
int csc_item_is_excluded(const struct csc_item_work *work);

/* Planner: reserves room for a download, so that what can be evicted for it is; without, the download fails. */
void csc_item_reserve(struct csc_item_work *work);

/* Looks at both sides and the row again. */
csc_status csc_item_refresh(struct csc_item_work *work);

/* Synchronizes: csc_work.run. */
csc_status csc_item_sync(struct csc_work *work);
/* Removes a directory on one side, when empty: csc_work.run. */
csc_status csc_item_remove_dir(struct csc_work *work);

/* Fills in what a new row begins with (pin_new, names, type). */
csc_status csc_item_new_row(struct csc_item_work *work, uint32_t type);
/* Whether it comes without a row that tells of it before: the mark of a first fill does (fill_mark.c). */
int csc_item_needs_no_announcement(const struct csc_item_work *work);
/* Writes into the row that a download is about to come.  A planner does it for what it submits, so that many rows
 * become durable together; otherwise csc_item_transfer does. */
csc_status csc_item_announce(struct csc_item_work *work);
csc_status csc_item_announce_early(struct csc_item_work *work);      /* only where there is nothing else to do for it */
/* The steps. */
csc_status csc_item_transfer(struct csc_item_work *work, enum csc_which to);     /* a file, with its row */
csc_status csc_item_make_dir(struct csc_item_work *work, enum csc_which to);     /* a directory, with its row */
/* Both sides agree; recorded: time of a comparison, INT64_MIN: there was none. */
csc_status csc_item_adopt(struct csc_item_work *work, int64_t recorded);
/* Two files without an agreement on record: adopted when their content is equal, else left alone. */
csc_status csc_item_recognise(struct csc_item_work *work);
csc_status csc_item_put_row(struct csc_item_work *work);
csc_status csc_item_delete_row(struct csc_item_work *work);
/* Tells the node of a directory about its row. */
void csc_item_note_child(struct csc_item_work *work);

/* -- move.c -- */
/* Carries out on the origin that something got another name in the cache, and moves its row, when nothing else
 * touched it; otherwise nothing is done.  Either way moved_from is answered.  CSC_WORK_LOUD: there is something
 * to do, and the work is quiet. */
csc_status csc_item_move(struct csc_item_work *work);
/* Before the new name is decided against: nobody deleted what has the old one on the origin, which comes back.  undo: that
 * failed. */
csc_status csc_item_leave(struct csc_item_work *work, int undo);
/* When the new name has a row of its own, the one that was left lets go of the file's number: both would claim it when it is
 * renamed back. */
csc_status csc_item_let_go(struct csc_item_work *work);

/* -- pin.c, delete.c: csc_work.run -- */
csc_status csc_item_pin(struct csc_work *work);

/* -- known.c -- */
struct csc_tree_look
{
    int known;                 /* everything below is as both sides agreed */
    uint64_t digest;           /* of names, types, sizes, times: the same as long as nobody changes anything */
};
/* Looks at all below a directory; row: its item, 0: none. */
csc_status csc_tree_look(struct csc_pair *pair, enum csc_which side, struct csc_dir *parent, const char *name,
                         int64_t row, struct csc_tree_look *look);

/* -- replace.c: conflicts that were decided and need more than one step; CSC_E_CHANGED: what was in the way is gone,
 * decide again -- */
csc_status csc_replace_side(struct csc_item_work *work, enum csc_which side);
/* Gives what is in the cache the name work->new_name.  CSC_E_INVALID_NAME and the like, CSC_E_EXISTS: it cannot have it,
 * nothing was done. */
csc_status csc_keep_both(struct csc_item_work *work);

/* The conflict of a directory that was deleted in the cache while the origin got something new in it: csc_work.run. */
csc_status csc_item_kept_dir(struct csc_work *work);

/* Is what is missing on the origin to be believed?  CSC_E_NOT_READY. */
csc_status csc_pair_believe_missing(struct csc_pair *pair);

/* -- resolve.c -- */
/* Writes a conflict down, or forgets it. */
csc_status csc_conflict_record(struct csc_item_work *work);
csc_status csc_conflict_forget(struct csc_item_work *work);
/* Carries KEEPALLCHANGES out; a name that cannot be had leaves the conflict (Q35). */
csc_status csc_conflict_keep_both(struct csc_item_work *work);
/* 1: the client has to be asked first; the fields of the work are set. */
int csc_conflict_must_ask(struct csc_item_work *work);
/* The resolution that holds for an item without (more) asking. */
int csc_conflict_resolution(const struct csc_item_work *work);
/* The resolution in the CR field of synchronization flags. */
int csc_conflict_policy(uint32_t flags);

#endif
