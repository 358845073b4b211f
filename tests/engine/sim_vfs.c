/*
 * SQLite's files in the simulation
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * While there is a simulation this is SQLite's default VFS, so the store opens its database in it without knowing.
 * It behaves as SQLite's own for Unix does: no shared memory is offered (the store's exclusive WAL needs none), a new
 * log's directory is flushed with it, sectors that a write does not touch are safe.  Locks belong to an
 * incarnation and end with it.  No other thread runs in the middle of a call.
 */

#include <sqlite3.h>

#include "sim_private.h"

#define SECTOR 4096

struct database_file
{
    sqlite3_file base;
    struct sim_incarnation *incarnation;
    struct sim_node *node;
    int flush_dir, delete_on_close, locked;
};

static struct database_file *impl_from_file(sqlite3_file *file)
{
    return (struct database_file *)file;
}

static csc_status enter(struct sim_passage *passage, struct database_file *file, int changes)
{
    return sim_enter(passage, file->incarnation, SIM_DATABASE, file->node->volume, file->node->name, changes);
}

static int leave(struct sim_passage *passage, csc_status status, int error)
{
    if (!csc_failed(status = sim_leave(passage, status))) return SQLITE_OK;
    return status == CSC_E_DISK_FULL ? SQLITE_FULL : error;
}

static int failure(csc_status status, int error)
{
    return status == CSC_E_DISK_FULL ? SQLITE_FULL : error;
}

/* -- files -- */

static int file_close(sqlite3_file *base)
{
    struct database_file *file = impl_from_file(base);

    if (!file->node) return SQLITE_OK;
    if (file->node->lock_owner == file) file->node->lock_owner = NULL;
    sim_node_release(file->node);
    file->node = NULL;
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *data, int size, sqlite3_int64 offset)
{
    struct database_file *file = impl_from_file(base);
    struct sim_passage passage;
    csc_status status;
    size_t got = 0;

    if (csc_failed(status = enter(&passage, file, 0))) return failure(status, SQLITE_IOERR_READ);
    if ((uint64_t)offset < file->node->size)
    {
        got = file->node->size - (uint64_t)offset;
        if (got > (size_t)size) got = (size_t)size;
        memcpy(data, file->node->data + offset, got);
    }
    memset((char *)data + got, 0, (size_t)size - got);
    if (csc_failed(status = sim_leave(&passage, CSC_OK))) return failure(status, SQLITE_IOERR_READ);
    return got == (size_t)size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *data, int size, sqlite3_int64 offset)
{
    struct database_file *file = impl_from_file(base);
    struct sim_passage passage;
    csc_status status = enter(&passage, file, 1);

    if (passage.cut || (!csc_failed(status) && passage.part))
        sim_node_write(file->node, (uint64_t)offset, data, sim_random(passage.sim, (uint64_t)size + 1));
    if (csc_failed(status)) return failure(status, SQLITE_IOERR_WRITE);
    if (!passage.part) status = sim_node_write(file->node, (uint64_t)offset, data, (size_t)size);
    return leave(&passage, status, SQLITE_IOERR_WRITE);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct database_file *file = impl_from_file(base);
    struct sim_passage passage;
    csc_status status = enter(&passage, file, 1);

    if (csc_failed(status)) return failure(status, SQLITE_IOERR_TRUNCATE);
    return leave(&passage, sim_node_resize(file->node, (uint64_t)size), SQLITE_IOERR_TRUNCATE);
}

static int file_sync(sqlite3_file *base, int flags)
{
    struct database_file *file = impl_from_file(base);
    struct sim_passage passage;
    csc_status status = enter(&passage, file, 1);

    (void)flags;
    if (csc_failed(status)) return failure(status, SQLITE_IOERR_FSYNC);
    sim_node_flush(file->node);
    if (!file->node->volume->config.flush_file_only) sim_journal_flush(file->node->volume);
    else if (file->flush_dir && file->node->parent) sim_journal_flush_dir(file->node->parent);
    file->flush_dir = 0;
    return leave(&passage, CSC_OK, SQLITE_IOERR_FSYNC);
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size)
{
    struct database_file *file = impl_from_file(base);
    struct sim_passage passage;
    csc_status status = enter(&passage, file, 0);

    *size = (sqlite3_int64)file->node->size;
    return csc_failed(status) ? failure(status, SQLITE_IOERR_FSTAT) : leave(&passage, CSC_OK, SQLITE_IOERR_FSTAT);
}

static int file_lock(sqlite3_file *base, int level)
{
    struct database_file *file = impl_from_file(base), *owner = file->node->lock_owner;

    if (file->incarnation->dead) return SQLITE_IOERR_LOCK;
    if (owner && owner != file && !owner->incarnation->dead) return SQLITE_BUSY;
    file->node->lock_owner = file;
    if (file->locked < level) file->locked = level;
    return SQLITE_OK;
}

static int file_unlock(sqlite3_file *base, int level)
{
    struct database_file *file = impl_from_file(base);

    file->locked = level;
    if (level == SQLITE_LOCK_NONE && file->node->lock_owner == file) file->node->lock_owner = NULL;
    return SQLITE_OK;
}

static int file_check_reserved(sqlite3_file *base, int *reserved)
{
    struct database_file *file = impl_from_file(base), *owner = file->node->lock_owner;

    *reserved = owner && !owner->incarnation->dead && owner->locked >= SQLITE_LOCK_RESERVED;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int operation, void *argument)
{
    (void)base;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR;
}

static int file_characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods file_methods =
{
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
};

/* -- the VFS -- */

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *given)
{
    struct database_file *file = impl_from_file(base);
    struct sim *sim = sim_active;
    struct sim_node *dir, *node;
    struct sim_passage passage;
    csc_status status;
    char *name;

    (void)vfs;
    memset(file, 0, sizeof(*file));
    /* everything temporary is kept in memory by the store */
    if (!path) return SQLITE_CANTOPEN;
    file->incarnation = sim->incarnation;
    status = sim_enter(&passage, file->incarnation, SIM_DATABASE, sim->volumes, strrchr(path, '/') + 1, 0);
    if (csc_failed(status)) return failure(status, SQLITE_CANTOPEN);
    if (csc_failed(sim_find_parent(sim, path, &dir, &name, NULL)))
    {
        sim_leave(&passage, CSC_E_PATH_NOT_FOUND);
        return SQLITE_CANTOPEN;
    }
    node = sim_node_find(dir, name);
    if (!node && flags & SQLITE_OPEN_CREATE)
    {
        if (!csc_failed(status = sim_step(&passage))) status = sim_node_make(dir, name, CSC_TYPE_FILE, &node);
        file->flush_dir = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL) ? 1 : 0;
    }
    if (!csc_failed(status) && (!node || node->type != CSC_TYPE_FILE)) status = CSC_E_NOT_FOUND;
    if (csc_failed(status = sim_leave(&passage, status))) return failure(status, SQLITE_CANTOPEN);
    file->node = node;
    sim_node_addref(node);
    file->base.pMethods = &file_methods;
    if (given) *given = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int flush_dir)
{
    struct sim *sim = sim_active;
    struct sim_passage passage;
    struct sim_node *dir;
    csc_status status;
    char *name;

    (void)vfs;
    status = sim_enter(&passage, sim->incarnation, SIM_DATABASE, sim->volumes, strrchr(path, '/') + 1, 1);
    if (csc_failed(status)) return failure(status, SQLITE_IOERR_DELETE);
    if (!csc_failed(status = sim_find_parent(sim, path, &dir, &name, NULL))) status = sim_node_remove(dir, name, 0);
    if (!csc_failed(status) && flush_dir) sim_journal_flush_dir(dir);
    if (status == CSC_E_NOT_FOUND)
    {
        sim_leave(&passage, status);
        return SQLITE_IOERR_DELETE_NOENT;
    }
    return leave(&passage, status, SQLITE_IOERR_DELETE);
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *answer)
{
    struct sim *sim = sim_active;
    struct sim_passage passage;
    struct sim_node *node;
    csc_status status;

    (void)vfs;
    *answer = 0;
    status = sim_enter(&passage, sim->incarnation, SIM_DATABASE, sim->volumes, strrchr(path, '/') + 1, 0);
    if (csc_failed(status)) return failure(status, SQLITE_IOERR_ACCESS);
    if (!csc_failed(sim_find(sim, path, 1, &node, NULL)))
    {
        /* as for Unix: an empty file does not count as there */
        *answer = node->type != CSC_TYPE_FILE || node->size || flags != SQLITE_ACCESS_EXISTS;
        if (flags == SQLITE_ACCESS_READWRITE && node->attributes & CSC_ATTR_READONLY) *answer = 0;
    }
    return leave(&passage, CSC_OK, SQLITE_IOERR_ACCESS);
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *path, int size, char *full)
{
    (void)vfs;
    if (path[0] != '/' || strlen(path) >= (size_t)size) return SQLITE_CANTOPEN;
    strcpy(full, path);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *data)
{
    int i;

    (void)vfs;
    for (i = 0; i < size; i++) data[i] = (char)sim_random(sim_active, 256);
    return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    sim_active->monotonic += us * SIM_US;
    return us;
}

static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *julian_ms)
{
    (void)vfs;
    *julian_ms = 210866760000000 + sim_now(sim_active) / SIM_MS;
    return SQLITE_OK;
}

static int vfs_time_of_day(sqlite3_vfs *vfs, double *julian)
{
    sqlite3_int64 ms;

    vfs_time(vfs, &ms);
    *julian = (double)ms / 86400000.0;
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *text)
{
    (void)vfs;
    if (size > 0) *text = 0;
    return 0;
}

static sqlite3_vfs vfs =
{
    .iVersion = 2,
    .szOsFile = sizeof(struct database_file),
    .mxPathname = 4096,
    .zName = "sim",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_pathname,
    .xRandomness = vfs_randomness,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_time_of_day,
    .xGetLastError = vfs_last_error,
    .xCurrentTimeInt64 = vfs_time,
};

void sim_vfs_begin(struct sim *sim)
{
    (void)sim;
    /* what SQLite counts of its memory nobody asks for, and takes a lock for each piece; fails when SQLite is in use */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (sqlite3_vfs_register(&vfs, 1)) abort();
    /* its random numbers begin anew, from ours */
    sqlite3_randomness(0, NULL);
}

void sim_vfs_end(struct sim *sim)
{
    (void)sim;
    sqlite3_vfs_unregister(&vfs);
    sqlite3_randomness(0, NULL);
}
