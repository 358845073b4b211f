/*
 * News: subscriptions
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The store is listened to from the first subscription to the last.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "news_private.h"
#include "scope.h"

/* A subscription that was not pulled for so many pings is removed. */
#define MISSED_PINGS 2

/* -- coming and going; news->listening is held -- */

static csc_status list(struct csc_news *news, struct csc_subscription *subscription)
{
    csc_status status = CSC_OK;
    unsigned count;

    pthread_mutex_lock(&news->lock);
    if (news->closed) status = CSC_E_CANCELLED;
    else if ((count = atomic_load(&news->wanted)) >= CSC_NEWS_MAX) status = CSC_E_NO_RESOURCES;
    else
    {
        subscription->next = news->subscriptions;
        news->subscriptions = subscription;
        subscription->listed = 1;
        atomic_store(&news->wanted, count + 1);
    }
    pthread_mutex_unlock(&news->lock);
    return status;
}

/* News locked, too. */
static void unlist(struct csc_subscription *subscription)
{
    struct csc_news *news = subscription->news;
    struct csc_subscription **link;

    if (!subscription->listed) return;
    for (link = &news->subscriptions; *link != subscription; link = &(*link)->next) ;
    *link = subscription->next;
    subscription->listed = 0;
    atomic_fetch_sub(&news->wanted, 1);
    csc_ring_free(&subscription->ring);
}

static void destroy(struct csc_subscription *subscription)
{
    free(subscription->filter.key);
    csc_ring_free(&subscription->ring);
    pthread_cond_destroy(&subscription->arrived);
    csc_news_release(subscription->news);
    free(subscription);
}

csc_status csc_subscribe(struct csc_engine *engine, uint64_t events, uint32_t match, const char *path,
                         struct csc_subscription **ret)
{
    struct csc_news *news = engine->news;
    struct csc_subscription *subscription = calloc(1, sizeof(*subscription));
    pthread_condattr_t monotonic;
    csc_status status;
    int first;

    *ret = NULL;
    if (!subscription) return CSC_E_OUT_OF_MEMORY;
    if (csc_failed(status = csc_news_filter_set(&subscription->filter, events, match, path)))
    {
        free(subscription);
        return status;
    }
    subscription->engine = engine;
    subscription->news = news;
    atomic_fetch_add(&news->refs, 1);
    csc_ring_init(&subscription->ring, CSC_NEWS_QUEUE);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&subscription->arrived, &monotonic);
    pthread_condattr_destroy(&monotonic);
    subscription->pulled = subscription->pinged = news->clock->monotonic(news->clock);

    pthread_mutex_lock(&news->listening);
    first = !csc_news_wanted(news);
    if (!csc_failed(status = list(news, subscription)) && first &&
        csc_failed(status = csc_store_listen(engine->store, news)))
    {
        pthread_mutex_lock(&news->lock);
        unlist(subscription);
        pthread_mutex_unlock(&news->lock);
    }
    pthread_mutex_unlock(&news->listening);
    if (csc_failed(status)) destroy(subscription);
    else *ret = subscription;
    return status;
}

void csc_subscription_cancel(struct csc_subscription *subscription)
{
    pthread_mutex_lock(&subscription->news->lock);
    subscription->cancelled = 1;
    pthread_cond_broadcast(&subscription->arrived);
    pthread_mutex_unlock(&subscription->news->lock);
}

void csc_unsubscribe(struct csc_subscription *subscription)
{
    struct csc_news *news;
    int last;

    if (!subscription) return;
    news = subscription->news;
    pthread_mutex_lock(&news->listening);
    pthread_mutex_lock(&news->lock);
    last = subscription->listed;
    unlist(subscription);
    last = last && !news->subscriptions;
    pthread_mutex_unlock(&news->lock);
    if (last) csc_store_listen(subscription->engine->store, NULL);
    pthread_mutex_unlock(&news->listening);
    destroy(subscription);
}

/* Takes the subscriptions of who did not come back; how many. */
static unsigned expire(struct csc_news *news, int64_t now)
{
    struct csc_subscription *subscription, *next;
    unsigned expired = 0;

    pthread_mutex_lock(&news->lock);
    for (subscription = news->subscriptions; subscription; subscription = next)
    {
        next = subscription->next;
        if (subscription->pulling || now - subscription->pulled <= MISSED_PINGS * news->ping) continue;
        subscription->expired = 1;
        expired++;
        unlist(subscription);
    }
    pthread_mutex_unlock(&news->lock);
    return expired;
}

void csc_news_tick(struct csc_engine *engine, int64_t now)
{
    struct csc_news *news = engine->news;
    unsigned expired;
    char reason[128];

    if (!csc_news_wanted(news)) return;
    pthread_mutex_lock(&news->listening);
    if ((expired = expire(news, now)) && !csc_news_wanted(news)) csc_store_listen(engine->store, NULL);
    pthread_mutex_unlock(&news->listening);
    if (!expired) return;
    snprintf(reason, sizeof(reason), "%u did not take their events for %u s.", expired,
             (unsigned)(MISSED_PINGS * news->ping / CSC_NS_PER_S));
    csc_store_log(engine->store, "end subscriptions", NULL, CSC_E_TIMEOUT, reason);
}

void csc_news_shutdown(struct csc_engine *engine)
{
    struct csc_news *news = engine->news;
    struct csc_subscription *subscription;

    if (!news) return;
    pthread_mutex_lock(&news->listening);
    pthread_mutex_lock(&news->lock);
    news->closed = 1;
    while ((subscription = news->subscriptions))
    {
        subscription->cancelled = 1;
        pthread_cond_broadcast(&subscription->arrived);
        unlist(subscription);
    }
    pthread_mutex_unlock(&news->lock);
    if (engine->store) csc_store_listen(engine->store, NULL);
    pthread_mutex_unlock(&news->listening);
}

/* -- pulling; the news are locked -- */

static csc_status add_plain(struct csc_buffer *records, uint32_t event)
{
    size_t size = (sizeof(struct csc_wire_news) + 2 * sizeof(uint16_t) + 7) & ~(size_t)7;
    struct csc_wire_news *record = csc_buffer_add(records, size);

    if (!record) return CSC_E_OUT_OF_MEMORY;
    memset(record, 0, size);
    record->size = (uint32_t)size;
    record->event = event;
    return CSC_OK;
}

static csc_status hand_out(struct csc_subscription *subscription, int64_t now, struct csc_buffer *records)
{
    csc_status status = csc_ring_take(&subscription->ring, CSC_NEWS_BATCH, records);

    if (!csc_failed(status) && subscription->lost && !subscription->ring.used &&
        !csc_failed(status = add_plain(records, OFFLINEFILES_EVENT_DATALOST)))
        subscription->lost = 0;
    if (!csc_failed(status) && now - subscription->pinged >= subscription->news->ping &&
        !csc_failed(status = add_plain(records, OFFLINEFILES_EVENT_PING)))
        subscription->pinged = now;
    return records->size ? CSC_OK : status;
}

static void add_time(struct timespec *time, int64_t ns)
{
    time->tv_sec += ns / CSC_NS_PER_S;
    time->tv_nsec += ns % CSC_NS_PER_S;
    if (time->tv_nsec >= CSC_NS_PER_S) time->tv_nsec -= CSC_NS_PER_S, time->tv_sec++;
}

csc_status csc_news_pull(struct csc_subscription *subscription, uint32_t timeout, struct csc_buffer *records)
{
    struct csc_news *news = subscription->news;
    csc_status status = CSC_OK;
    struct timespec until;
    int64_t now, wait = (int64_t)timeout * CSC_NS_PER_MS, ping;
    int waited = 0;

    pthread_mutex_lock(&news->lock);
    subscription->pulling++;
    now = news->clock->monotonic(news->clock);
    ping = subscription->pinged + news->ping - now;
    if (ping < wait) wait = ping > 0 ? ping : 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    add_time(&until, wait);
    while (!subscription->ring.used && !subscription->lost && !subscription->cancelled && !subscription->expired &&
           waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&subscription->arrived, &news->lock, &until);
    now = news->clock->monotonic(news->clock);
    if (subscription->expired) status = CSC_E_TIMEOUT;
    else if (subscription->cancelled) status = CSC_E_CANCELLED;
    else status = hand_out(subscription, now, records);
    subscription->pulling--;
    subscription->pulled = now;
    pthread_mutex_unlock(&news->lock);
    return status;
}

/* -- what the other half of the service has to tell -- */

csc_status csc_publish(struct csc_engine *engine, uint32_t event, uint32_t flags)
{
    switch (event)
    {
    case OFFLINEFILES_EVENT_BACKGROUNDSYNCBEGIN:
    case OFFLINEFILES_EVENT_BACKGROUNDSYNCEND:
        csc_news_tell(engine->news, event, flags);
        return CSC_OK;
    case OFFLINEFILES_EVENT_POLICYCHANGEDETECTED:
    case OFFLINEFILES_EVENT_PREFERENCECHANGEDETECTED:
    case OFFLINEFILES_EVENT_SETTINGSCHANGESAPPLIED:
        csc_news_tell(engine->news, event, 0);
        return CSC_OK;
    }
    return CSC_E_INVALID_ARG;
}
