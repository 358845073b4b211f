/*
 * Room in the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "room.h"
#include "scope.h"

/* Adding up the rows takes a while in a large cache: between two sums the reservations are counted.  When the cache
 * seems full the sum is made sooner, something may have gone. */
#define SUM_EVERY     (30 * CSC_NS_PER_S)
#define SUM_WHEN_FULL (CSC_NS_PER_S)

csc_status csc_room_init(struct csc_engine *engine)
{
    struct csc_room *room = &engine->room;
    csc_status status;
    char *value;

    room->policy = engine->config.quota_policy;
    status = csc_store_meta_get(engine->store, CSC_META_LIMITS, &value);
    if (csc_failed(status)) return status == CSC_E_NOT_FOUND ? CSC_OK : status;
    room->chosen = sscanf(value, "%" SCNu64 " %" SCNu64, &room->chosen_limit, &room->chosen_unpinned_limit) == 2;
    if (!room->chosen) csc_trace(engine, "the limits in the store make no sense: %s", value);
    free(value);
    return CSC_OK;
}

static csc_status volume_size(struct csc_engine *engine, uint64_t *volume)
{
    struct csc_dir *dir;
    csc_status status;
    uint64_t available;

    if (csc_failed(status = engine->fs->open_root(engine->fs, engine->namespace_dir, &dir))) return status;
    status = engine->fs->space(engine->fs, dir, volume, &available);
    engine->fs->close_dir(engine->fs, dir);
    return status;
}

/* room->lock held. */
static csc_status look(struct csc_engine *engine, uint64_t *volume, struct csc_usage *usage, struct csc_quota *quota)
{
    struct csc_room *room = &engine->room;
    struct csc_quota_question question =
    {
        .policy = room->policy, .chosen = room->chosen, .chosen_limit = room->chosen_limit,
        .chosen_unpinned_limit = room->chosen_unpinned_limit, .system_drive = engine->config.system_drive,
    };
    csc_status status;

    if (csc_failed(status = volume_size(engine, volume))) return status;
    if (csc_failed(status = csc_store_usage(engine->store, 0, usage))) return status;
    question.volume = *volume;
    question.used = usage->bytes;
    csc_quota_decide(&question, quota);
    return CSC_OK;
}

csc_status csc_room_look(struct csc_engine *engine, uint64_t *volume, struct csc_usage *usage, struct csc_quota *quota)
{
    csc_status status;

    pthread_mutex_lock(&engine->room.lock);
    status = look(engine, volume, usage, quota);
    pthread_mutex_unlock(&engine->room.lock);
    return status;
}

/* room->lock held. */
static csc_status sum_up(struct csc_engine *engine, int64_t now)
{
    struct csc_usage usage;
    struct csc_quota quota;
    csc_status status;
    uint64_t volume;

    if (csc_failed(status = look(engine, &volume, &usage, &quota))) return status;
    engine->room.stored = usage.bytes;
    engine->room.limit = quota.target;
    engine->room.summed = now;
    engine->room.sums++;
    engine->room.too_much = 0;
    return CSC_OK;
}

static int fits(const struct csc_room *room, uint64_t bytes)
{
    uint64_t taken = room->stored + room->reserved;

    return taken <= room->limit && bytes <= room->limit - taken;
}

csc_status csc_room_take(struct csc_engine *engine, uint64_t bytes)
{
    int64_t now = engine->clock->monotonic(engine->clock), age;
    struct csc_room *room = &engine->room;
    csc_status status = CSC_OK;

    if (!bytes) return CSC_OK;
    pthread_mutex_lock(&room->lock);
    age = now - room->summed;
    if (!room->summed || age >= SUM_EVERY || (!fits(room, bytes) && (age >= SUM_WHEN_FULL || room->too_much)))
        status = sum_up(engine, now);
    if (!csc_failed(status))
    {
        if (fits(room, bytes)) room->reserved += bytes;
        else status = CSC_E_DISK_FULL;
    }
    pthread_mutex_unlock(&room->lock);
    return status;
}

void csc_room_return(struct csc_engine *engine, uint64_t bytes)
{
    if (!bytes) return;
    pthread_mutex_lock(&engine->room.lock);
    engine->room.reserved -= bytes;
    pthread_mutex_unlock(&engine->room.lock);
}

csc_status csc_room_store(struct csc_engine *engine, struct csc_item *item, uint64_t bytes)
{
    struct csc_room *room = &engine->room;
    csc_status status;
    unsigned sums;

    pthread_mutex_lock(&room->lock);
    sums = room->sums;
    pthread_mutex_unlock(&room->lock);
    /* without the lock: writing waits for others who write, and nobody who wants room has to wait with it */
    status = csc_store_item_put(engine->store, item);
    pthread_mutex_lock(&room->lock);
    room->reserved -= bytes;
    if (!csc_failed(status)) room->stored += bytes;
    /* the row may have been added up meanwhile, and counts twice */
    if (room->sums != sums) room->too_much = 1;
    pthread_mutex_unlock(&room->lock);
    return status;
}

void csc_room_refuse(struct csc_engine *engine, uint64_t bytes)
{
    pthread_mutex_lock(&engine->room.lock);
    if (engine->room.refused < bytes) engine->room.refused = bytes;
    pthread_mutex_unlock(&engine->room.lock);
    atomic_store(&engine->evict_wanted, 1);
}

uint64_t csc_room_refused(struct csc_engine *engine)
{
    uint64_t refused;

    pthread_mutex_lock(&engine->room.lock);
    refused = engine->room.refused;
    engine->room.refused = 0;
    pthread_mutex_unlock(&engine->room.lock);
    return refused;
}

void csc_room_forget_sum(struct csc_engine *engine)
{
    pthread_mutex_lock(&engine->room.lock);
    engine->room.summed = 0;
    pthread_mutex_unlock(&engine->room.lock);
}

/* -- for clients -- */

csc_status csc_disk_space(struct csc_engine *engine, uint64_t *total, uint64_t *limit, uint64_t *used,
                          uint64_t *unpinned_limit, uint64_t *unpinned_used)
{
    struct csc_usage usage;
    struct csc_quota quota;
    csc_status status;

    if (csc_failed(status = csc_room_look(engine, total, &usage, &quota))) return status;
    *used = usage.bytes;
    *unpinned_used = usage.bytes_unpinned;
    *limit = quota.limit;
    *unpinned_limit = quota.unpinned_limit;
    return CSC_OK;
}

csc_status csc_set_disk_limits(struct csc_engine *engine, uint64_t limit, uint64_t unpinned_limit)
{
    struct csc_room *room = &engine->room;
    csc_status status = CSC_OK;
    char text[48];

    snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64, limit, unpinned_limit);
    pthread_mutex_lock(&room->lock);
    if (room->policy.limited || room->policy.unpinned_limited) status = CSC_E_POLICY;               /* Q63 */
    csc_store_forget_changes(engine->store);
    if (!csc_failed(status)) status = csc_store_meta_set(engine->store, CSC_META_LIMITS, text);
    if (!csc_failed(status)) status = csc_store_commit(engine->store, 1);
    if (!csc_failed(status))
    {
        room->chosen = 1;
        room->chosen_limit = limit;
        room->chosen_unpinned_limit = unpinned_limit;
        room->summed = 0;
        atomic_store(&engine->evict_wanted, 1);
    }
    pthread_mutex_unlock(&room->lock);
    return status;
}

void csc_set_quota_policy(struct csc_engine *engine, const struct csc_quota_policy *policy)
{
    pthread_mutex_lock(&engine->room.lock);
    engine->room.policy = *policy;
    engine->room.summed = 0;
    pthread_mutex_unlock(&engine->room.lock);
}
