/*
 * How many workers a share is worth
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Workers that wait for a distant origin leave processor and disk idle: there may be as many of them as it takes to keep these
 * busy.  Two things stand against more: an origin that answers later the more is asked at once, and work that
 * this machine itself is the limit of.  Both show in the times that calls take, so both are measured all the time.
 *
 * Pure; the caller holds the lock.
 */

#ifndef CSC_WIDTH_H
#define CSC_WIDTH_H

#include <stdint.h>

/* Calls on an origin that are short and alike, so that their time tells how busy it is. */
enum csc_call
{
    CSC_CALL_LOOK,           /* looks at something, opens it */
    CSC_CALL_CHANGE,         /* makes, renames, removes something */
    CSC_CALL_KINDS,
    CSC_CALL_OTHER = CSC_CALL_KINDS,     /* takes as long as it is large */
    CSC_CALL_FLUSH           /* takes as long as the origin's disk takes */
};

/* What one worker saw since it told the last time. */
struct csc_calls
{
    unsigned count;          /* calls of all kinds */
    unsigned short_ones;     /* looks and changes */
    unsigned slow;           /* of these, those that were not answered from memory */
    int64_t  waited;         /* ns in calls that were not answered from memory: the others are work of this machine */
    int64_t  longest;        /* ns, of one; flushes do not count */
    struct { unsigned count; int64_t time; } kinds[CSC_CALL_KINDS];      /* without what was answered from memory */
};

struct csc_width
{
    unsigned now;            /* workers that there may be */
    unsigned base, most;
    int64_t  alarm;          /* ns: a call that takes longer is no good sign */
    int64_t  busy;           /* ns outside of calls, in this window */
    struct csc_calls seen;   /* in this window */
    int64_t  rest[CSC_CALL_KINDS];       /* ns that a call takes when little is asked at once; 0: not known yet */
};

/* base: always; most: at most; the same: it does not adapt.  timeout: ns after which a call counts as hung. */
void csc_width_init(struct csc_width *width, unsigned base, unsigned most, int64_t timeout);
int csc_width_adapts(const struct csc_width *width);

/* A call took so long (ns). */
void csc_calls_add(struct csc_calls *calls, enum csc_call kind, int64_t duration);
/* Takes over what a worker saw, which begins anew, and the ns that it worked outside of calls meanwhile.  used: all
 * workers are at work.  When enough is known, now changes. */
void csc_width_tell(struct csc_width *width, struct csc_calls *calls, int64_t busy, int used);
/* How many looks one worker should do in a row, between least and most, where others wait for work: ones that take
 * long are shared out. */
unsigned csc_width_share(const struct csc_width *width, unsigned least, unsigned most);

#endif
