/*
 * Renaming in the cache, and what the log says of it
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_TESTS_RELOCATE_FIXTURE_H
#define CSC_TESTS_RELOCATE_FIXTURE_H

#include "crash_fixture.h"

static inline csc_status rename_now(struct fixture *f, const char *from, const char *to)
{
    return csc_rename_now(f->engine, from, to);
}

static inline csc_status rename_later(struct fixture *f, const char *from, const char *to)
{
    return csc_rename_later(f->engine, from, to);
}

static inline void start_again(struct fixture *f)
{
    fixture_close(f);
    CHECK_STATUS(fixture_open(f), CSC_OK);
}

/* What the newest entry of the log says of a rename. */
static inline csc_status logged(struct fixture *f, const char *to)
{
    struct csc_log_entry *list;
    csc_status status = CSC_FALSE;
    size_t count, i;

    if (csc_failed(csc_store_log_read(f->engine->store, 0, 0, &list, &count))) return CSC_E_FAIL;
    for (i = 0; i < count; i++)
        if (!strcmp(list[i].operation, "rename in the cache") && !strcmp(list[i].path, to)) status = list[i].result;
    csc_log_free(list, count);
    return status;
}

#endif
