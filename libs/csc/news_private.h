/*
 * What the files of the news share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_NEWS_PRIVATE_H
#define CSC_NEWS_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "news.h"
#include "ring.h"

/* An event that waits for the end of a transaction. */
struct csc_pending
{
    struct csc_pending *next;
    uint64_t number;
    int fact;
    char *key, *old_key;               /* for path filters */
    struct csc_wire_news record;
};

struct csc_news
{
    atomic_uint refs;                  /* the engine and each subscription */
    atomic_uint wanted;                /* subscriptions in the list */
    struct csc_clock *clock;
    int64_t ping;                      /* ns */
    pthread_mutex_t listening;         /* subscriptions come and go one after the other; before the store's lock */

    pthread_mutex_t lock;              /* everything below */
    struct csc_subscription *subscriptions;
    struct csc_pending *pending, **tail;
    unsigned count;                    /* of these */
    uint64_t number;                   /* of the last one */
    int open;                          /* a transaction of the store is open */
    int closed;                        /* no more subscriptions */
    int lost;                          /* pending events had to be left out */
};

struct csc_subscription
{
    struct csc_subscription *next;     /* lock of the news, as all below */
    struct csc_engine *engine;
    struct csc_news *news;             /* with a reference */
    struct csc_news_filter filter;     /* never changes */
    struct csc_ring ring;
    pthread_cond_t arrived;            /* monotonic clock */
    int listed;
    int lost;                          /* events were left out: nothing is queued until that is told */
    int cancelled;                     /* pulls return at once */
    int expired;                       /* it was not pulled for too long */
    int pulling;
    int64_t pulled, pinged;            /* when the last pull ended, when it was pinged last; monotonic ns */
};

/* Puts a record into the queues of who wants it.  Locked. */
void csc_news_deliver(struct csc_news *news, const struct csc_pending *pending);

#endif
