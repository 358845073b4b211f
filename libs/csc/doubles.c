/*
 * Names in the cache that differ in case only
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A program may make something, or change the case of a name, in the instant in which the engine puts a name there that is
 * the same but for its case; where the file system tells case, both stand there.  Programs of Windows reach one of them only,
 * and the other one would never be synchronized.
 */

#include <stdlib.h>
#include <string.h>

#include "scan.h"
#include "scope.h"
#include "transfer.h"
#include "visit.h"

static const struct csc_seen *find_seen(const struct csc_seen_list *seen, const char *name)
{
    size_t i;

    for (i = 0; i < seen->count; i++) if (!strcmp(seen->list[i].name, name)) return &seen->list[i];
    return NULL;
}

/* What stands in the cache under the name that the row with this key has. */
static const struct csc_seen *find_known(const struct csc_scan *scan, const char *key)
{
    size_t i;

    for (i = 0; i < scan->rows.count; i++)
        if (!strcmp(scan->rows.items[i].key, key)) return find_seen(&scan->side[CSC_LOCAL], scan->rows.items[i].name);
    return NULL;
}

csc_status csc_keep_double(struct csc_visit *visit, struct csc_scan *scan, const char *name)
{
    const struct csc_seen *second = find_seen(&scan->side[CSC_LOCAL], name), *known;
    struct csc_pair *pair = visit->pair;
    struct csc_fs *fs = pair->fs[CSC_LOCAL];
    struct csc_dir *dir;
    csc_status status;
    char *kept;

    if (!(visit->may & CSC_MAY_OUT) || !second || !second->key || csc_failed(second->status)) return CSC_FALSE;
    if (!(known = find_known(scan, second->key)) || known == second || csc_failed(known->status)) return CSC_FALSE;
    if (find_seen(&scan->side[CSC_ORIGIN], name)) return CSC_FALSE;
    if (!(kept = csc_temp_kept_name(pair->engine, name))) return CSC_E_OUT_OF_MEMORY;
    if (!csc_failed(status = csc_node_dir(scan->node, CSC_LOCAL, &dir)))
    {
        /* of two directories an empty one holds nothing that the other does not */
        if (second->stat.type != CSC_TYPE_DIRECTORY || known->stat.type != CSC_TYPE_DIRECTORY) status = CSC_E_NOT_EMPTY;
        else status = fs->remove_dir(fs, dir, name);
        if (status == CSC_E_NOT_EMPTY)
        {
            status = fs->rename(fs, dir, name, dir, kept, CSC_RENAME_NOREPLACE);
            if (!csc_failed(status))
                csc_store_log(pair->engine->store, "keep", kept, CSC_OK, "Its name differed in case only from that of something else.");
            if (!csc_failed(status)) status = csc_pair_look_again(scan->node, kept, 0);
        }
        csc_node_done(scan->node, CSC_LOCAL);
    }
    free(kept);
    return status == CSC_E_OUT_OF_MEMORY ? status : csc_failed(status) ? CSC_FALSE : CSC_OK;
}
