/*
 * Operations whose clients do not answer
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An operation asks its client about each item and waits for the answers, as long as the client likes: a handler of
 * conflicts may have a dialog open.  Meanwhile it owns a share.  Once somebody else wants that share, a client that has
 * not taken a question nor given an answer for csc_engine_config.answer_timeout counts as hung, and its operation is
 * cancelled: nothing is done that it was not asked about, and the next synchronization does what is left.
 * (decision to Q28)
 */

#ifndef CSC_SILENCE_H
#define CSC_SILENCE_H

#include "op.h"

/* Whether nobody owns the scope.  If somebody does, the caller is noted as one who wants it: for what comes back later
 * instead of waiting.  engine->lock held; now: monotonic ns. */
int csc_scope_free_for(struct csc_scope *scope, int64_t now);
/* The client pulled.  answered: it took a question, or gave an answer; just asking for more is a sign of life only
 * while nothing waits for it.  op->lock held. */
void csc_op_heard(struct csc_op *op, int answered);
/* Monitor, a few times a second: ends the operations of hung clients, with a line in the record for each. */
void csc_silence_tick(struct csc_engine *engine, int64_t now);

#endif
