/*
 * Files and folders that an administrator assigned
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The lists AssignedOfflineFolders of machine and user: what is on them is pinned, what left them loses that pin.  The
 * store remembers what was applied, so that a restart does not forget what has to go.  [behaviour.md §2.2.14, A.6]; Q65
 */

#ifndef CSC_ADMINPIN_H
#define CSC_ADMINPIN_H

#include "op.h"

struct csc_admin_pin
{
    char    *path;                 /* \\server\share\..., in one form */
    char    *key;                  /* csc_name_key of it */
    uint32_t reason;               /* CSC_PIN_COMPUTER or CSC_PIN_USER_POLICY */
};

/* Pure: 1 when an entry that was applied loses its pin: it is not wanted any more, and is not below something that is
 * wanted for the same reason, whose pin it has, too. */
int csc_admin_pin_goes(const struct csc_admin_pin *applied, const struct csc_admin_list *wanted);

/* An engine has lists of its own, from open to close. */
csc_status csc_admin_pins_load(struct csc_engine *engine);
void csc_admin_pins_free(struct csc_engine *engine);

/* from was renamed in the cache: what is noted as pinned there is noted under its new name, so that it can lose that pin.
 * Not committed yet. */
csc_status csc_admin_pins_renamed(struct csc_engine *engine, const struct csc_path *from, const char *to);

/* The paths of an operation CSC_OP_ADMIN_PIN or CSC_OP_ADMIN_UNPIN, with a reason each; what has no place in a cache is
 * left out.  The caller's to free, also after a failure. */
csc_status csc_admin_pins_paths(struct csc_engine *engine, enum csc_op_kind kind, struct csc_path **paths,
                                uint32_t **reasons, size_t *count);
/* Planner: before a path is worked on.  CSC_FALSE: nothing is to be done for it. */
csc_status csc_admin_pin_begin(struct csc_op *op, const struct csc_path *path);
/* Planner: what came of it. */
void csc_admin_pin_done(struct csc_op *op, const struct csc_path *path, csc_status status);
/* The operation is over, nothing of it runs any more. */
void csc_admin_pins_ended(struct csc_op *op);
/* Monitor: applies what changed, and tries again what failed. */
void csc_admin_pins_tick(struct csc_engine *engine, int64_t now);

#endif
