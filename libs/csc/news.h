/*
 * News: the published events, from where something happened to who wants to know
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An event is told when what it says is committed: what is posted while a transaction of the store is open waits
 * for its end, in order, and goes with it when it is taken back.  Each subscription has a bounded queue of its own;
 * who is slow finds DATALOST at the place of the gap, who does not come back loses the subscription.
 * Nothing is done for anybody while there is no subscription.  [behaviour.md §2.23, §2.24]; Q101
 *
 * The lock in here is the last in the order of locks.
 */

#ifndef CSC_NEWS_H
#define CSC_NEWS_H

#include <stdint.h>

#include "csc.h"
#include "public.h"

struct csc_news;

#define CSC_NEWS_QUEUE   (512u * 1024)   /* bytes that wait for one subscriber */
#define CSC_NEWS_PENDING 16384u          /* events that wait for a commit */
#define CSC_NEWS_BATCH   32u             /* events of one pull */
#define CSC_NEWS_MAX     256u            /* subscriptions */

/* What is told.  Fields that an event has no use for are 0. */
struct csc_news_event
{
    uint32_t event;                /* OFFLINEFILES_EVENT_* */
    uint32_t item_type;            /* OFFLINEFILES_ITEM_TYPE */
    csc_status status;
    uint32_t detail;               /* as in struct csc_wire_news */
    int64_t  time;                 /* ns, of a conflict */
    const uint8_t *sync_id;        /* 16 bytes */
    const char *path, *old_path;   /* \\server\share\..., UTF-8 */
    int fact;                      /* a change of the store: it is taken back together with the change */
};

/* ping: ns between two PINGs of a subscription; one that was not pulled for twice that is removed. */
csc_status csc_news_create(struct csc_clock *clock, int64_t ping, struct csc_news **news);
void csc_news_release(struct csc_news *news);
/* 1: somebody listens.  To leave out work that only news would need. */
int csc_news_wanted(struct csc_news *news);
/* Events about what cannot be named (no UTF-8) are left out; without memory there is DATALOST instead. */
void csc_news_post(struct csc_news *news, const struct csc_news_event *event);
/* Something happened that cannot be told: DATALOST for all. */
void csc_news_lose(struct csc_news *news);
/* The same as csc_news_post for an event without parameters but detail. */
void csc_news_tell(struct csc_news *news, uint32_t event, uint32_t detail);

/* -- for the store, which is locked -- */
void csc_news_begin(struct csc_news *news);                    /* a transaction is open */
void csc_news_commit(struct csc_news *news);                   /* ... and was committed */
uint64_t csc_news_mark(struct csc_news *news);
void csc_news_take_back(struct csc_news *news, uint64_t mark); /* facts since; 0: all of the transaction */

/* -- subscribe.c: subscriptions; csc_subscribe and the others for clients are in csc.h -- */
/* Monitor: takes the subscriptions of who did not come back, with a line in the record; the store is listened to no
 * longer than it has to. */
void csc_news_tick(struct csc_engine *engine, int64_t now);
/* Closing the engine: all subscriptions end, their pulls return CSC_E_CANCELLED, there are no new ones. */
void csc_news_shutdown(struct csc_engine *engine);

/* -- news_filter.c: pure -- */
struct csc_news_filter
{
    uint64_t events;               /* bit n: OFFLINEFILES_EVENT n is wanted */
    uint32_t match;                /* OFFLINEFILES_PATHFILTER_MATCH_* */
    char *key;                     /* csc_name_key of the path, NULL: any */
};
/* path NULL: any.  CSC_E_INVALID_ARG: no such match; CSC_E_BAD_PATH and the like. */
csc_status csc_news_filter_set(struct csc_news_filter *filter, uint64_t events, uint32_t match, const char *path);
/* keys: csc_name_key of path and old path of the event, NULL: it has none.  PING and DATALOST always pass, and events
 * without a path pass every path filter (Q102). */
int csc_news_filter_passes(const struct csc_news_filter *filter, uint32_t event, const char *key, const char *old_key);

#endif
