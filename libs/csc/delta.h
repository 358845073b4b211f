/*
 * Sending only what changed in a large file
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_DELTA_H
#define CSC_DELTA_H

#include "blocks.h"
#include "pair.h"

struct csc_delta
{
    struct csc_pair *pair;
    struct csc_blocks base;          /* of the version that both sides had */
    struct csc_file *old;            /* the origin's file, which is that version */
    struct csc_stat before;          /* ... when it was opened */
    struct csc_blocks sent;          /* of the new version; hashes NULL: not known */
};

/* Begins to send source, a file of the cache whose row is item, over the file `name` of a directory of the origin, which is
 * expected.  CSC_FALSE: all of it has to be sent.  csc_delta_close follows in any case. */
csc_status csc_delta_open(struct csc_pair *pair, struct csc_dir *dir, const char *name, const struct csc_stat *expected,
                          const struct csc_item *item, const struct csc_stat *source, struct csc_delta *delta);
/* Makes the content of the new file `to` on the origin.  total: what of size there was.
 * CSC_E_CHANGED: the origin's file is not the agreed version any more. */
csc_status csc_delta_copy(struct csc_delta *delta, struct csc_file *from, struct csc_file *to, uint64_t size,
                          uint64_t *total);
/* Notes the blocks of what was sent; the row's base is that of the new version already. */
void csc_delta_note(struct csc_delta *delta, const struct csc_item *item);
void csc_delta_close(struct csc_delta *delta);

#endif
