/*
 * Encryption of the cache
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Linux encrypts directories, with all that is made in them, as somebody set up before there was anything in them; a
 * file in one cannot be anything else, and a file elsewhere cannot become so.  So the cache is what its directory is,
 * wholly, and nobody can change that behind it.  [behaviour.md §2.2.6, §2.2.7]; Q59
 */

#include "scope.h"

csc_status csc_encryption_status(struct csc_engine *engine, int *encrypted, int *partial)
{
    struct csc_fs *fs = engine->fs;
    struct csc_stat stat;
    struct csc_dir *dir;
    csc_status status;

    *encrypted = *partial = 0;
    if (csc_failed(status = fs->open_root(fs, engine->namespace_dir, &dir))) return status;
    if (!csc_failed(status = fs->stat_dir(fs, dir, &stat))) *encrypted = stat.encrypted;
    fs->close_dir(fs, dir);
    return status;
}

csc_status csc_encrypt(struct csc_engine *engine, int encrypt)
{
    int encrypted, partial;
    csc_status status;

    if (csc_failed(status = csc_encryption_status(engine, &encrypted, &partial))) return status;
    return encrypted == (encrypt != 0) ? CSC_OK : CSC_E_NO_ENCRYPTION;
}
