/*
 * How many workers a share is worth
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "width.h"

#define MS          ((int64_t)1000000)
#define FROM_MEMORY (MS / 5)          /* what is answered sooner did not go over a network */
#define SELDOM      10                /* one call in so many may take longer without telling anything */
#define ALARM       8                 /* such a part of the time after which a call counts as hung */
#define SHARE       (20 * MS)         /* looks that one worker does in a row should not take longer */

void csc_width_init(struct csc_width *width, unsigned base, unsigned most, int64_t timeout)
{
    memset(width, 0, sizeof(*width));
    width->now = width->base = base ? base : 1;
    width->most = most > width->base ? most : width->base;
    width->alarm = timeout / ALARM;
}

int csc_width_adapts(const struct csc_width *width)
{
    return width->most > width->base;
}

void csc_calls_add(struct csc_calls *calls, enum csc_call kind, int64_t duration)
{
    calls->count++;
    if (kind != CSC_CALL_FLUSH && duration > calls->longest) calls->longest = duration;
    if (kind < CSC_CALL_KINDS) calls->short_ones++;
    if (duration < FROM_MEMORY) return;
    calls->waited += duration;
    if (kind >= CSC_CALL_KINDS) return;
    calls->slow++;
    calls->kinds[kind].count++;
    calls->kinds[kind].time += duration;
}

/* How much longer calls take than at rest, in hundredths; 100 when nothing is known. */
static int64_t strain(const struct csc_width *width)
{
    int64_t time = 0, rest = 0;
    int kind;

    for (kind = 0; kind < CSC_CALL_KINDS; kind++)
    {
        if (!width->seen.kinds[kind].count || !width->rest[kind]) continue;
        time += width->seen.kinds[kind].time / 100;
        rest += width->seen.kinds[kind].count * width->rest[kind] / 100;
    }
    return rest ? time * 100 / rest : 100;
}

/* What calls take while no more than the base is at work counts as rest, and what is less than that always. */
static void learn(struct csc_width *width)
{
    int64_t mean;
    int kind;

    for (kind = 0; kind < CSC_CALL_KINDS; kind++)
    {
        if (!width->seen.kinds[kind].count) continue;
        mean = width->seen.kinds[kind].time / width->seen.kinds[kind].count;
        if (!width->rest[kind] || width->now == width->base || mean < width->rest[kind]) width->rest[kind] = mean;
    }
}

/* Workers of which as many are not waiting as the base: more would only stand in each other's way. */
static unsigned useful(const struct csc_width *width)
{
    int64_t busy = width->busy > 0 ? width->busy : 1, times = width->seen.waited / busy + 1;

    /* an origin on this machine: a call takes long now and then, when others have the processor or the disk */
    if (width->seen.short_ones && width->seen.slow <= width->seen.short_ones / SELDOM) return width->base;
    if (times > width->most) return width->most;
    times = (width->seen.waited + busy) * width->base / busy;
    return times > width->most ? width->most : times < width->base ? width->base : (unsigned)times;
}

static void decide(struct csc_width *width, int used)
{
    unsigned wanted = useful(width), now = width->now;
    int64_t strained = strain(width);

    if (width->seen.longest > width->alarm) now /= 2;
    else if (strained > 200) now -= now / 4;
    else if (wanted < now) now -= (now - wanted + 3) / 4;
    else if (used && strained <= 150) now = wanted > 2 * now ? 2 * now : wanted;
    width->now = now < width->base ? width->base : now;
}

void csc_width_tell(struct csc_width *width, struct csc_calls *calls, int64_t busy, int used)
{
    int kind;

    width->seen.count += calls->count;
    width->seen.short_ones += calls->short_ones;
    width->seen.slow += calls->slow;
    width->seen.waited += calls->waited;
    if (calls->longest > width->seen.longest) width->seen.longest = calls->longest;
    for (kind = 0; kind < CSC_CALL_KINDS; kind++)
    {
        width->seen.kinds[kind].count += calls->kinds[kind].count;
        width->seen.kinds[kind].time += calls->kinds[kind].time;
    }
    memset(calls, 0, sizeof(*calls));
    width->busy += busy;
    if (width->seen.count < 2 * width->now || !csc_width_adapts(width)) return;
    decide(width, used);
    learn(width);
    memset(&width->seen, 0, sizeof(width->seen));
    width->busy = 0;
}

unsigned csc_width_share(const struct csc_width *width, unsigned least, unsigned most)
{
    int64_t look = width->rest[CSC_CALL_LOOK], share;

    if (!csc_width_adapts(width)) return most;
    /* before the first window is full what was seen so far has to do */
    if (!look && width->seen.kinds[CSC_CALL_LOOK].count)
        look = width->seen.kinds[CSC_CALL_LOOK].time / width->seen.kinds[CSC_CALL_LOOK].count;
    if (!look) return most;
    share = SHARE / look;
    return share < least ? least : share > most ? most : (unsigned)share;
}
