/*
 * Which events a subscriber wants
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "news.h"
#include "path.h"

csc_status csc_news_filter_set(struct csc_news_filter *filter, uint64_t events, uint32_t match, const char *path)
{
    struct csc_path parsed;
    csc_status status;
    char *text;

    filter->events = events;
    filter->match = match;
    filter->key = NULL;
    if (!path) return CSC_OK;
    if (match > OFFLINEFILES_PATHFILTER_SELFORDESCENDENT) return CSC_E_INVALID_ARG;
    if (csc_failed(status = csc_path_parse(path, &parsed))) return status;
    text = csc_path_text(&parsed);
    csc_path_free(&parsed);
    if (!text) return CSC_E_OUT_OF_MEMORY;
    status = csc_name_key(text, &filter->key);
    free(text);
    return status;
}

/* Is key below the container, and right below? */
static int is_below(const char *container, const char *key, int *child)
{
    size_t length = strlen(container);

    if (strncmp(container, key, length) || key[length] != '\\' || !key[length + 1]) return 0;
    *child = !strchr(key + length + 1, '\\');
    return 1;
}

static int path_passes(const struct csc_news_filter *filter, uint32_t event, const char *key)
{
    int self = !strcmp(filter->key, key), child = 0, below = is_below(filter->key, key, &child), above;

    /* a container that goes offline takes with it what is below */
    if ((event == OFFLINEFILES_EVENT_ITEMDISCONNECTED || event == OFFLINEFILES_EVENT_ITEMRECONNECTED) &&
        is_below(key, filter->key, &above))
        return 1;
    switch (filter->match)
    {
    case OFFLINEFILES_PATHFILTER_SELF: return self;
    case OFFLINEFILES_PATHFILTER_CHILD: return child;
    case OFFLINEFILES_PATHFILTER_DESCENDENT: return below;
    case OFFLINEFILES_PATHFILTER_SELFORCHILD: return self || child;
    default: return self || below;
    }
}

int csc_news_filter_passes(const struct csc_news_filter *filter, uint32_t event, const char *key, const char *old_key)
{
    if (event == OFFLINEFILES_EVENT_PING || event == OFFLINEFILES_EVENT_DATALOST) return 1;
    if (event >= OFFLINEFILES_NUM_EVENTS || !(filter->events >> event & 1)) return 0;
    if (!filter->key || (!key && !old_key)) return 1;
    return (key && path_passes(filter, event, key)) || (old_key && path_passes(filter, event, old_key));
}
