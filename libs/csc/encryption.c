/*
 * Encryption of the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Linux encrypts directories, with all that is made in them, as somebody set up before there was anything in them; a
 * file in one cannot be anything else, and a file elsewhere cannot become so.  So what tells of the cache's content are the
 * directories that it is made in: that of the trees, each tree (which may be a mount of its own), and the temporary one.
 * Encrypted is only what all of them are.  [behaviour.md §2.2.6, §2.2.7]; Q59
 */

#include <stdlib.h>

#include "scope.h"

struct tally
{
    struct csc_fs *fs;
    unsigned encrypted, plain;
};

static csc_status count_directory(struct tally *tally, const char *path)
{
    struct csc_stat stat;
    struct csc_dir *dir;
    csc_status status;

    if (csc_failed(status = tally->fs->open_root(tally->fs, path, &dir))) return status;
    status = tally->fs->stat_dir(tally->fs, dir, &stat);
    tally->fs->close_dir(tally->fs, dir);
    if (csc_failed(status)) return status;
    if (stat.encrypted) tally->encrypted++;
    else tally->plain++;
    return CSC_OK;
}

csc_status csc_encryption_status(struct csc_engine *engine, int *encrypted, int *partial)
{
    struct tally tally = { .fs = engine->fs };
    struct csc_scope **scopes;
    csc_status status, seen;
    size_t count, i;

    *encrypted = *partial = 0;
    if (csc_failed(status = csc_scopes_of_server(engine, NULL, &scopes, &count))) return status;
    status = count_directory(&tally, engine->namespace_dir);
    if (!csc_failed(status)) status = count_directory(&tally, engine->temp_dir);
    for (i = 0; i < count; i++)
    {
        if (!csc_failed(status))
        {
            seen = count_directory(&tally, scopes[i]->cache_path);
            /* a tree that is gone holds nothing */
            if (csc_failed(seen) && seen != CSC_E_NOT_FOUND && seen != CSC_E_PATH_NOT_FOUND) status = seen;
        }
        csc_scope_release(scopes[i]);
    }
    free(scopes);
    if (csc_failed(status)) return status;
    *encrypted = !tally.plain;
    *partial = tally.plain && tally.encrypted;
    return CSC_OK;
}

csc_status csc_encrypt(struct csc_engine *engine, int encrypt)
{
    int encrypted, partial;
    csc_status status;

    if (csc_failed(status = csc_encryption_status(engine, &encrypted, &partial))) return status;
    return encrypted == (encrypt != 0) && !partial ? CSC_OK : CSC_E_NO_ENCRYPTION;
}
