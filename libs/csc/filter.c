/*
 * Filters of a find or an enumeration
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "filter.h"
#include "public.h"

#define FILETIME_PER_DAY 864000000000ull

#define CONDITIONS (CSC_FILTER_FLAGS | CSC_FILTER_TIME | CSC_FILTER_PATTERN)

/* The flags with a meaning; the others of the header's mask are reserved and not looked at (Q78). */
#define KNOWN_FLAGS (OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED_DATA | OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED_ATTRIBUTES | \
                     OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED | OFFLINEFILES_ITEM_FILTER_FLAG_CREATED | \
                     OFFLINEFILES_ITEM_FILTER_FLAG_DELETED | OFFLINEFILES_ITEM_FILTER_FLAG_DIRTY | \
                     OFFLINEFILES_ITEM_FILTER_FLAG_SPARSE | OFFLINEFILES_ITEM_FILTER_FLAG_FILE | \
                     OFFLINEFILES_ITEM_FILTER_FLAG_DIRECTORY | OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_USER | \
                     OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_COMPUTER | OFFLINEFILES_ITEM_FILTER_FLAG_PINNED | \
                     OFFLINEFILES_ITEM_FILTER_FLAG_GHOST | OFFLINEFILES_ITEM_FILTER_FLAG_SUSPENDED | \
                     OFFLINEFILES_ITEM_FILTER_FLAG_OFFLINE | OFFLINEFILES_ITEM_FILTER_FLAG_ONLINE)

static csc_status make_filter(const struct csc_wire_filter *wire, enum csc_filter_position position,
                              struct csc_filter *filter)
{
    size_t length = 0;

    if (wire->conditions & ~(CONDITIONS | CSC_FILTER_TIME_OF_DAY)) return CSC_E_INVALID_ARG;
    filter->conditions = wire->conditions;
    if (wire->conditions & CSC_FILTER_FLAGS)
    {
        if (wire->mask & ~(uint64_t)OFFLINEFILES_ITEM_FILTER_FLAGS) return CSC_E_INVALID_ARG;
        filter->flags = wire->flags;
        filter->mask = wire->mask & KNOWN_FLAGS;
        if (!filter->mask) filter->conditions &= ~CSC_FILTER_FLAGS;
    }
    if (wire->conditions & CSC_FILTER_TIME)
    {
        if (wire->time_type > OFFLINEFILES_ITEM_TIME_LASTWRITE || wire->compare > OFFLINEFILES_COMPARE_GTE)
            return CSC_E_INVALID_ARG;
        filter->time = wire->time;
        filter->time_type = wire->time_type;
        filter->compare = wire->compare;
    }
    if (wire->conditions & CSC_FILTER_PATTERN)
    {
        if (position != CSC_FILTER_INCLUDE_FILE) return CSC_E_INVALID_ARG;
        while (length < CSC_FILTER_PATTERN_UNITS && wire->pattern[length]) length++;
        if (!csc_pattern_make(wire->pattern, length, &filter->pattern)) return CSC_E_INVALID_ARG;
        if (filter->pattern.everything) filter->conditions &= ~CSC_FILTER_PATTERN;
    }
    return CSC_OK;
}

csc_status csc_filters_make(const struct csc_wire_filters *wire, struct csc_filters *filters)
{
    csc_status status = CSC_OK;
    int position;

    memset(filters, 0, sizeof(*filters));
    for (position = 0; position < CSC_FILTER_COUNT && !csc_failed(status); position++)
        status = make_filter(&wire->at[position], position, &filters->at[position]);
    return status;
}

/* All flags whose condition is true for the item. */
static uint64_t flags_of(const struct csc_wire_item *item)
{
    static const struct { uint32_t in_record; uint64_t flags; } table[] =
    {
        { CSC_ITEM_MODIFIED_DATA,
          OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED_DATA | OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED },
        { CSC_ITEM_MODIFIED_ATTRIBUTES,
          OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED_ATTRIBUTES | OFFLINEFILES_ITEM_FILTER_FLAG_MODIFIED },
        { CSC_ITEM_CREATED_OFFLINE, OFFLINEFILES_ITEM_FILTER_FLAG_CREATED },
        { CSC_ITEM_DELETED_OFFLINE, OFFLINEFILES_ITEM_FILTER_FLAG_DELETED },
        { CSC_ITEM_DIRTY, OFFLINEFILES_ITEM_FILTER_FLAG_DIRTY },
        { CSC_ITEM_SPARSE, OFFLINEFILES_ITEM_FILTER_FLAG_SPARSE },
        { CSC_ITEM_GHOST, OFFLINEFILES_ITEM_FILTER_FLAG_GHOST },
        { CSC_ITEM_SUSPENDED, OFFLINEFILES_ITEM_FILTER_FLAG_SUSPENDED },
    };
    uint64_t flags = item->type == OFFLINEFILES_ITEM_TYPE_FILE ? OFFLINEFILES_ITEM_FILTER_FLAG_FILE
                                                               : OFFLINEFILES_ITEM_FILTER_FLAG_DIRECTORY;
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(*table); i++)
        if (item->flags & table[i].in_record) flags |= table[i].flags;
    if (item->pin & CSC_PIN_USER) flags |= OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_USER;
    if (item->pin & CSC_PIN_COMPUTER) flags |= OFFLINEFILES_ITEM_FILTER_FLAG_PINNED_COMPUTER;
    if (item->pin & CSC_PIN_REASONS) flags |= OFFLINEFILES_ITEM_FILTER_FLAG_PINNED;
    if (item->connect_state == OFFLINEFILES_CONNECT_STATE_OFFLINE) flags |= OFFLINEFILES_ITEM_FILTER_FLAG_OFFLINE;
    if (item->connect_state == OFFLINEFILES_CONNECT_STATE_ONLINE) flags |= OFFLINEFILES_ITEM_FILTER_FLAG_ONLINE;
    return flags;
}

static int time_matches(const struct csc_filter *filter, const struct csc_wire_item *item)
{
    static const enum csc_wire_time index[] = { CSC_TIME_CREATION, CSC_TIME_LAST_ACCESS, CSC_TIME_LAST_WRITE };
    uint64_t left, right = filter->time;

    if (item->flags & CSC_ITEM_HAS_LOCAL) left = item->local_times[index[filter->time_type]];
    else if (item->flags & CSC_ITEM_HAS_ORIGINAL) left = item->original_times[index[filter->time_type]];
    else return 0;
    if (!(filter->conditions & CSC_FILTER_TIME_OF_DAY))
    {
        left /= FILETIME_PER_DAY;
        right /= FILETIME_PER_DAY;
    }
    switch (filter->compare)
    {
    case OFFLINEFILES_COMPARE_EQ:  return left == right;
    case OFFLINEFILES_COMPARE_NEQ: return left != right;
    case OFFLINEFILES_COMPARE_LT:  return left < right;
    case OFFLINEFILES_COMPARE_GT:  return left > right;
    case OFFLINEFILES_COMPARE_LTE: return left <= right;
    default:                       return left >= right;
    }
}

static int name_matches(const struct csc_filter *filter, const struct csc_wire_item *item)
{
    size_t start = item->path_length;

    while (start && item->path[start - 1] != '\\') start--;
    return csc_pattern_matches(&filter->pattern, item->path + start, item->path_length - start);
}

/* The pattern comes first, as documented; nobody can tell. */
static int matches(const struct csc_filter *filter, const struct csc_wire_item *item)
{
    if ((filter->conditions & CSC_FILTER_PATTERN) && !name_matches(filter, item)) return 0;
    if ((filter->conditions & CSC_FILTER_FLAGS) && ((flags_of(item) ^ filter->flags) & filter->mask)) return 0;
    return !(filter->conditions & CSC_FILTER_TIME) || time_matches(filter, item);
}

int csc_filters_pass(const struct csc_filters *filters, const struct csc_wire_item *item)
{
    int file = item->type == OFFLINEFILES_ITEM_TYPE_FILE;
    const struct csc_filter *include = &filters->at[file ? CSC_FILTER_INCLUDE_FILE : CSC_FILTER_INCLUDE_DIRECTORY];
    const struct csc_filter *exclude = &filters->at[file ? CSC_FILTER_EXCLUDE_FILE : CSC_FILTER_EXCLUDE_DIRECTORY];

    if ((include->conditions & CONDITIONS) && !matches(include, item)) return 0;
    return !(exclude->conditions & CONDITIONS) || !matches(exclude, item);
}
