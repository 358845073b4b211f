/*
 * Files whose times prove nothing: what they held when both sides agreed
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_RACY_H
#define CSC_RACY_H

#include "blocks.h"
#include "item.h"

/* Makes the list of an agreed content, when nothing but its content could tell later whether the origin's file was changed
 * since.  file: the copy in the cache, open; written: that one's state; source: the origin's file; recorded: when they were
 * looked at.  certain: nobody else can have written to the copy meanwhile, or it would show in its times.  agreed
 * stays empty when there is no need for it, when the file is large (blocks.c makes its list later), or when reading fails:
 * without it such a file is in conflict once too often. */
void csc_racy_read(struct csc_pair *pair, struct csc_file *file, const struct csc_stat *written, const struct csc_stat *source,
                   int64_t recorded, int certain, struct csc_blocks *agreed);

/* Stores what csc_racy_read made (work->agreed), after the row. */
void csc_racy_note(struct csc_item_work *work);

/* Before a file that was renamed and changed in the cache is renamed on the origin, which moves its ctime there: stores what it
 * holds, durably, so that a crash before the row says so leaves no doubt.  origin: its state, as agreed.  Whatever fails:
 * without it such a file is in conflict once too often. */
void csc_racy_remember(struct csc_node *dir, const struct csc_item *row, const struct csc_stat *origin);

/* Finds out for either side by its content whether it is as agreed, where its times do not tell and the content of the
 * agreed version is known: sets work->proof.  Reads the files, and waits until their clocks have moved on.  CSC_E_CHANGED:
 * look again. */
csc_status csc_racy_prove(struct csc_item_work *work);

#endif
