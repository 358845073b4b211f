/*
 * Copying files out of the cache folder of a prefix that does not start any more
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Needs no engine and no service, and changes nothing in the cache: the database is read from a copy.  Without a
 * readable database everything counts as modified.
 */

#ifndef CSC_EXTRACT_H
#define CSC_EXTRACT_H

#include "buffer.h"
#include "fs.h"
#include "cscwire.h"

struct csc_extract;

struct csc_extract_request
{
    struct csc_fs    *fs;
    struct csc_clock *clock;
    const char *cache;            /* a CSC folder, the version folder in it, a Windows folder, or a whole prefix */
    const char *target;           /* made when missing; nothing that is there already is overwritten */
    int only_modified;            /* leave out what is as it was last synchronized */
};

/* One step, kind CSC_EXTRACT_* of cscwire.h. */
struct csc_extract_report
{
    uint32_t    kind;
    csc_status  status;           /* of CSC_EXTRACT_FAILED */
    uint64_t    bytes;            /* of CSC_EXTRACT_COPIED */
    const char *path;             /* below the cache: "server/share/dir/file"; of CSC_EXTRACT_NOTICE its text */
    const char *name;             /* below the target, when it got another name there; else NULL */
};

/* CSC_E_PATH_NOT_FOUND: there is no cache; CSC_E_INVALID_ARG: one lies in the other, or a path is relative. */
csc_status csc_extract_open(const struct csc_extract_request *request, struct csc_extract **extract);
/* Copies until there is something to tell.  The report's strings are valid until the next call.  CSC_FALSE: the end,
 * all that was copied is on disk. */
csc_status csc_extract_next(struct csc_extract *extract, struct csc_extract_report *report);
/* As csc_extract_next, several reports as struct csc_wire_extract, as many as there are in some tenths of a second. */
csc_status csc_extract_pull(struct csc_extract *extract, struct csc_buffer *records);
void csc_extract_close(struct csc_extract *extract);

#endif
