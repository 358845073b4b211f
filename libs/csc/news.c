/*
 * News: posting, and waiting for the store
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "news_private.h"
#include "path.h"

csc_status csc_news_create(struct csc_clock *clock, int64_t ping, struct csc_news **ret)
{
    struct csc_news *news = calloc(1, sizeof(*news));

    *ret = NULL;
    if (!news) return CSC_E_OUT_OF_MEMORY;
    atomic_init(&news->refs, 1);
    atomic_init(&news->wanted, 0);
    news->clock = clock;
    news->ping = ping;
    news->tail = &news->pending;
    pthread_mutex_init(&news->lock, NULL);
    pthread_mutex_init(&news->listening, NULL);
    *ret = news;
    return CSC_OK;
}

static void free_pending(struct csc_pending *pending)
{
    free(pending->key);
    free(pending->old_key);
    free(pending);
}

static void forget_pending(struct csc_news *news)
{
    struct csc_pending *pending;

    while ((pending = news->pending))
    {
        news->pending = pending->next;
        free_pending(pending);
    }
    news->tail = &news->pending;
    news->count = 0;
    news->lost = 0;
}

void csc_news_release(struct csc_news *news)
{
    if (!news || atomic_fetch_sub(&news->refs, 1) != 1) return;
    forget_pending(news);
    pthread_mutex_destroy(&news->lock);
    pthread_mutex_destroy(&news->listening);
    free(news);
}

int csc_news_wanted(struct csc_news *news)
{
    return news && atomic_load_explicit(&news->wanted, memory_order_relaxed) != 0;
}

/* -- records -- */

static uint16_t *put_text(uint16_t *place, const char *text, size_t units)
{
    size_t written = 0;

    if (text) csc_utf16_from_utf8(text, place, units + 1, &written);
    return place + units + 1;
}

/* *pending NULL without a failure: it is about something that has no name. */
static csc_status make_pending(const struct csc_news_event *event, struct csc_pending **ret)
{
    long units = event->path ? csc_utf16_length(event->path) : 0;
    long old_units = event->old_path ? csc_utf16_length(event->old_path) : 0;
    struct csc_pending *pending;
    csc_status status = CSC_OK;
    size_t size;

    *ret = NULL;
    if (units < 0 || old_units < 0 || units > (long)CSC_MAX_PATH_UNITS || old_units > (long)CSC_MAX_PATH_UNITS)
        return CSC_OK;
    size = (sizeof(pending->record) + (size_t)(units + old_units + 2) * sizeof(uint16_t) + 7) & ~(size_t)7;
    if (!(pending = calloc(1, offsetof(struct csc_pending, record) + size))) return CSC_E_OUT_OF_MEMORY;
    pending->fact = event->fact;
    pending->record.size = (uint32_t)size;
    pending->record.event = event->event;
    pending->record.item_type = event->item_type;
    pending->record.status = event->status;
    pending->record.detail = event->detail;
    pending->record.time = event->time ? csc_filetime_from_ns(event->time) : 0;
    if (event->sync_id) memcpy(pending->record.sync_id, event->sync_id, sizeof(pending->record.sync_id));
    pending->record.path_length = (uint32_t)units;
    pending->record.old_length = (uint32_t)old_units;
    put_text(put_text(pending->record.strings, event->path, (size_t)units), event->old_path, (size_t)old_units);
    if (event->path) status = csc_name_key(event->path, &pending->key);
    if (!csc_failed(status) && event->old_path) status = csc_name_key(event->old_path, &pending->old_key);
    if (csc_failed(status))
    {
        free_pending(pending);
        return status;
    }
    *ret = pending;
    return CSC_OK;
}

/* -- delivery -- */

/* Locked. */
static void note_loss(struct csc_subscription *subscription)
{
    subscription->lost = 1;
    pthread_cond_signal(&subscription->arrived);
}

void csc_news_deliver(struct csc_news *news, const struct csc_pending *pending)
{
    struct csc_subscription *subscription;

    for (subscription = news->subscriptions; subscription; subscription = subscription->next)
    {
        if (subscription->lost) continue;
        if (!csc_news_filter_passes(&subscription->filter, pending->record.event, pending->key, pending->old_key)) continue;
        if (csc_ring_put(&subscription->ring, &pending->record)) pthread_cond_signal(&subscription->arrived);
        else note_loss(subscription);
    }
}

static void lose_for_all(struct csc_news *news)
{
    struct csc_subscription *subscription;

    for (subscription = news->subscriptions; subscription; subscription = subscription->next) note_loss(subscription);
}

void csc_news_post(struct csc_news *news, const struct csc_news_event *event)
{
    struct csc_pending *pending;
    csc_status status;

    if (!csc_news_wanted(news)) return;
    status = make_pending(event, &pending);
    if (!csc_failed(status) && !pending) return;

    pthread_mutex_lock(&news->lock);
    if (news->open && !csc_failed(status) && news->count < CSC_NEWS_PENDING && !news->lost)
    {
        pending->number = ++news->number;
        *news->tail = pending;
        news->tail = &pending->next;
        news->count++;
        pending = NULL;
    }
    else if (news->open) news->lost = 1;       /* told behind those that wait */
    else if (csc_failed(status)) lose_for_all(news);
    else csc_news_deliver(news, pending);
    pthread_mutex_unlock(&news->lock);
    if (pending) free_pending(pending);
}

void csc_news_lose(struct csc_news *news)
{
    pthread_mutex_lock(&news->lock);
    if (news->open) news->lost = 1;
    else lose_for_all(news);
    pthread_mutex_unlock(&news->lock);
}

void csc_news_tell(struct csc_news *news, uint32_t event, uint32_t detail)
{
    struct csc_news_event told = { .event = event, .detail = detail };

    csc_news_post(news, &told);
}

/* -- transactions -- */

void csc_news_begin(struct csc_news *news)
{
    pthread_mutex_lock(&news->lock);
    news->open = 1;
    pthread_mutex_unlock(&news->lock);
}

void csc_news_commit(struct csc_news *news)
{
    struct csc_pending *pending;

    pthread_mutex_lock(&news->lock);
    for (pending = news->pending; pending; pending = pending->next) csc_news_deliver(news, pending);
    if (news->lost) lose_for_all(news);
    forget_pending(news);
    news->open = 0;
    pthread_mutex_unlock(&news->lock);
}

uint64_t csc_news_mark(struct csc_news *news)
{
    uint64_t mark;

    pthread_mutex_lock(&news->lock);
    mark = news->number;
    pthread_mutex_unlock(&news->lock);
    return mark;
}

void csc_news_take_back(struct csc_news *news, uint64_t mark)
{
    struct csc_pending **link, *pending;

    pthread_mutex_lock(&news->lock);
    for (link = &news->pending; (pending = *link);)
    {
        if (!pending->fact || pending->number <= mark)
        {
            link = &pending->next;
            continue;
        }
        *link = pending->next;
        news->count--;
        free_pending(pending);
    }
    news->tail = link;
    pthread_mutex_unlock(&news->lock);
}
