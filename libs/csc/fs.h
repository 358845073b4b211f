/*
 * The system layer: everything the engine does to a file system
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The engine never calls the system itself.  It calls a struct csc_fs: the
 * POSIX one (fs_posix.c), the guarded one that lets hung calls on an origin be
 * abandoned (guard.c, wraps another), or a simulated one in the tests.  Names
 * are UTF-8 path components without separators, relative to an open directory,
 * and symbolic links are never followed below a root: nothing can leave it.
 *
 * Times are nanoseconds since 1970 UTC.  Every function returns a csc_status.
 */

#ifndef CSC_FS_H
#define CSC_FS_H

#include <stddef.h>
#include <stdint.h>
#include "status.h"

struct csc_fs;
struct csc_dir;      /* an open directory, defined by the implementation */
struct csc_file;     /* an open file */

enum csc_file_type
{
    CSC_TYPE_NONE,       /* does not exist */
    CSC_TYPE_FILE,
    CSC_TYPE_DIRECTORY,
    CSC_TYPE_LINK,       /* symbolic link: reported, never followed */
    CSC_TYPE_OTHER       /* device, fifo, socket */
};

/* FILE_ATTRIBUTE_* values that the engine handles */
#define CSC_ATTR_READONLY  0x01u
#define CSC_ATTR_HIDDEN    0x02u
#define CSC_ATTR_SYSTEM    0x04u
#define CSC_ATTR_DIRECTORY 0x10u
#define CSC_ATTR_ARCHIVE   0x20u
#define CSC_ATTR_NORMAL    0x80u
#define CSC_ATTR_SETTABLE  (CSC_ATTR_READONLY | CSC_ATTR_HIDDEN | CSC_ATTR_SYSTEM)
/* Nobody looked whether it is HIDDEN or SYSTEM: where that costs a call of its own, stat leaves it to csc_fs.see. */
#define CSC_ATTR_UNSEEN    0x80000000u

/* The bits for csc_fs.set_attributes that give a file the attributes of another: what was not seen stays as it is. */
static inline uint32_t csc_attributes_to_set(uint32_t attributes)
{
    if (attributes & CSC_ATTR_UNSEEN) return attributes & (CSC_ATTR_READONLY | CSC_ATTR_UNSEEN);
    return attributes & CSC_ATTR_SETTABLE;
}

/* Where two sets of attributes differ, as far as both are known. */
static inline uint32_t csc_attributes_differ(uint32_t a, uint32_t b)
{
    uint32_t known = (a | b) & CSC_ATTR_UNSEEN ? CSC_ATTR_READONLY : CSC_ATTR_SETTABLE;

    return (a ^ b) & known;
}

struct csc_stat
{
    enum csc_file_type type;
    uint32_t attributes;     /* CSC_ATTR_*; never 0 for what exists */
    uint64_t size;           /* bytes; 0 for directories */
    uint64_t dev, ino;
    int64_t  mtime, ctime, atime, btime;  /* btime 0: unknown */
    int      encrypted;      /* the file system keeps its content encrypted; what is made in such a directory, too */
};

/* What tells an origin's root from another directory that stands at its path (an unmounted mount
 * point, another server).  Anonymous devices (major 0: FUSE, NFS, CIFS) get a new number at each
 * mount; for those fs_type and source stand in for dev.  fs.c: csc_root_id_equal. */
struct csc_root_id
{
    uint64_t dev, ino;
    int      anonymous;       /* device number changes from mount to mount */
    char     fs_type[32];     /* from mountinfo, may be empty */
    char     source[256];
};

/* HIDDEN and SYSTEM, where they were not looked at, are those of other attributes. */
static inline void csc_attributes_take(struct csc_stat *stat, uint32_t attributes)
{
    const uint32_t both = CSC_ATTR_HIDDEN | CSC_ATTR_SYSTEM;

    if (!(stat->attributes & CSC_ATTR_UNSEEN) || (attributes & CSC_ATTR_UNSEEN)) return;
    stat->attributes = (stat->attributes & ~(CSC_ATTR_UNSEEN | both)) | (attributes & both);
}

#define CSC_NOTE_MAX 64

#define CSC_RENAME_REPLACE   0   /* an existing target is replaced atomically */
#define CSC_RENAME_NOREPLACE 1   /* CSC_E_EXISTS when the target exists */
#define CSC_RENAME_EXCHANGE  2   /* both exist and change places atomically; CSC_E_NOT_SUPPORTED where impossible */

/* Called for each entry except "." and "..": type is CSC_TYPE_NONE when the listing does not tell.
 * A failure stops the listing and is returned by it. */
typedef csc_status (*csc_list_callback)(void *context, const char *name, enum csc_file_type type);

/* Called for each open file of a Wine session below a path; path is absolute. */
typedef csc_status (*csc_open_file_callback)(void *context, const char *path);

struct csc_fs
{
    const char *name;                       /* "posix", "guard", "sim": for messages */

    /* -- directories; every struct csc_dir is closed by its opener -- */
    /* root: absolute path; links in it are followed.  CSC_E_PATH_NOT_FOUND; CSC_E_DIRECTORY: not a directory. */
    csc_status (*open_root)(struct csc_fs *fs, const char *path, struct csc_dir **dir);
    /* CSC_E_CANNOT_ACCESS: a link; CSC_E_DIRECTORY: another thing than a directory. */
    csc_status (*open_dir)(struct csc_fs *fs, struct csc_dir *parent, const char *name, struct csc_dir **dir);
    void       (*close_dir)(struct csc_fs *fs, struct csc_dir *dir);
    csc_status (*stat_dir)(struct csc_fs *fs, struct csc_dir *dir, struct csc_stat *stat);
    /* Complete or an error: a listing that broke off is never reported as CSC_OK. */
    csc_status (*list)(struct csc_fs *fs, struct csc_dir *dir, csc_list_callback callback, void *context);
    /* CSC_E_NOT_FOUND and type NONE when there is no such name. */
    csc_status (*stat)(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat);
    csc_status (*make_dir)(struct csc_fs *fs, struct csc_dir *dir, const char *name);     /* CSC_E_EXISTS */
    csc_status (*remove_dir)(struct csc_fs *fs, struct csc_dir *dir, const char *name);   /* CSC_E_NOT_EMPTY */
    csc_status (*remove_file)(struct csc_fs *fs, struct csc_dir *dir, const char *name);
    csc_status (*rename)(struct csc_fs *fs, struct csc_dir *from, const char *old_name,
                         struct csc_dir *to, const char *new_name, int mode);
    csc_status (*sync_dir)(struct csc_fs *fs, struct csc_dir *dir);      /* make renames in it durable */

    /* -- files -- */
    /* For reading.  CSC_E_CANNOT_ACCESS: a link, fifo, socket or device. */
    csc_status (*open_file)(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file);
    /* New file for reading and writing; CSC_E_EXISTS. */
    csc_status (*create_file)(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_file **file);
    void       (*close_file)(struct csc_fs *fs, struct csc_file *file);
    csc_status (*stat_file)(struct csc_fs *fs, struct csc_file *file, struct csc_stat *stat);
    /* At the given offset; fewer bytes than asked only at the end of the file. */
    csc_status (*read)(struct csc_fs *fs, struct csc_file *file, uint64_t offset, void *data, size_t size, size_t *got);
    csc_status (*write)(struct csc_fs *fs, struct csc_file *file, uint64_t offset, const void *data, size_t size);
    /* Copies at most size bytes at offset of one file to the same offset of another, inside the system
     * where it can; copied is 0 at the end of the source.  Keep size small enough (8 MiB) that
     * a slow origin is not taken for a hung one. */
    csc_status (*copy)(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset,
                       uint64_t size, uint64_t *copied);
    /* The first run of data at or after offset: *start up to *end.  What lies between runs are holes, which read as
     * zeros; at or behind the end of the file both are its size.  Where the system cannot tell, all is data. */
    csc_status (*find_data)(struct csc_fs *fs, struct csc_file *file, uint64_t offset, uint64_t *start, uint64_t *end);
    csc_status (*set_size)(struct csc_fs *fs, struct csc_file *file, uint64_t size);   /* what is added is a hole */
    csc_status (*sync_file)(struct csc_fs *fs, struct csc_file *file);
    csc_status (*set_times)(struct csc_fs *fs, struct csc_file *file, int64_t mtime, int64_t atime); /* INT64_MIN: leave */
    /* The SETTABLE bits; with UNSEEN, HIDDEN and SYSTEM stay.  What the system cannot keep (READONLY of directories on
     * POSIX) is left out and not reported by stat either. */
    csc_status (*set_file_attributes)(struct csc_fs *fs, struct csc_file *file, uint32_t attributes);
    csc_status (*set_attributes)(struct csc_fs *fs, struct csc_dir *dir, const char *name, uint32_t attributes);
    /* Takes UNSEEN from the attributes of a stat, and sets HIDDEN and SYSTEM.  name NULL: the directory itself.
     * CSC_E_NOT_SUPPORTED: the volume cannot keep them. */
    csc_status (*see)(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_stat *stat);
    csc_status (*see_file)(struct csc_fs *fs, struct csc_file *file, struct csc_stat *stat);
    /* A few bytes of ours that go with a file wherever it is renamed to: at most CSC_NOTE_MAX.  CSC_E_NOT_SUPPORTED where
     * the system has no place for them.  get: CSC_E_NOT_FOUND when there is none, or one of another size. */
    csc_status (*set_note)(struct csc_fs *fs, struct csc_file *file, const void *note, size_t size);
    csc_status (*get_note)(struct csc_fs *fs, struct csc_file *file, void *note, size_t size);
    csc_status (*set_dir_times)(struct csc_fs *fs, struct csc_dir *dir, int64_t mtime);

    /* -- the volume -- */
    csc_status (*sync_all)(struct csc_fs *fs, struct csc_dir *dir);      /* flush the file system of dir */
    csc_status (*space)(struct csc_fs *fs, struct csc_dir *dir, uint64_t *total, uint64_t *available);
    /* Who stands at an origin's path now.  Fails when it cannot be reached. */
    csc_status (*root_id)(struct csc_fs *fs, const char *path, struct csc_root_id *id);
    /* 1 in *inside: copying between two files of the volume of dir brings no content to this machine over a network. */
    csc_status (*copies_inside)(struct csc_fs *fs, struct csc_dir *dir, int *inside);
    /* Granularity of recorded times on the volume of dir, ns: a file changed later than this before
     * it was recorded is racy.  trusted_ctime: ctime moves with every change and never otherwise. */
    csc_status (*time_quality)(struct csc_fs *fs, struct csc_dir *dir, int64_t *granularity, int *trusted_ctime);

    /* -- UNC links (invariant 9: only ever symlink + rename) -- */
    /* CSC_OK: a symbolic link, its text in target (allocated with malloc).  CSC_E_NOT_FOUND: nothing there;
     * CSC_E_DIRECTORY: something that is not a link. */
    csc_status (*read_link)(struct csc_fs *fs, const char *path, char **target);
    /* Atomically makes path a symbolic link to target, creating missing parent directories. Refuses
     * (CSC_E_EXISTS) when something stands there that is not a link. */
    csc_status (*replace_link)(struct csc_fs *fs, const char *path, const char *target);
    csc_status (*remove_link)(struct csc_fs *fs, const char *path);      /* only if it is a link */

    /* -- the session -- */
    /* Files that programs of Wine sessions (wineserver) of this user hold open below the absolute path
     * root, which is compared as text: it must not lead through symbolic links.  Touches no target. */
    csc_status (*open_files)(struct csc_fs *fs, const char *root, csc_open_file_callback callback, void *context);
    /* 1 in *written: a program of such a session has the file open for writing.  What cannot be told: 0.
     * since: ns; the answer may be that of this moment, or of any later one.  INT64_MAX: it is that of now.  A file keeps its
     * name meanwhile, but not the directories above it. */
    csc_status (*is_written)(struct csc_fs *fs, struct csc_dir *dir, const char *name, int64_t since, int *written);
    /* Changes with each boot of the machine: text of at most 63 characters. */
    csc_status (*boot_id)(struct csc_fs *fs, char id[64]);
    /* Networks that the machine is connected to: those with an address that reaches beyond itself. */
    csc_status (*transports)(struct csc_fs *fs, unsigned *count);
    /* Numbers that nobody else has drawn. */
    csc_status (*random)(struct csc_fs *fs, void *data, size_t size);
};

struct csc_clock
{
    int64_t (*now)(struct csc_clock *clock);        /* ns since 1970 UTC */
    int64_t (*monotonic)(struct csc_clock *clock);  /* ns, never goes back */
};

/* The real ones.  Static objects, never freed. */
struct csc_fs *csc_fs_posix(void);
struct csc_clock *csc_clock_posix(void);

/* 1: the same root.  Exact device and file id, or for anonymous devices the same source, type and
 * file id (FUSE: no file id, it numbers files anew at each mount).  Two tmpfs mounts are never the same (our decision: a fresh tmpfs is an empty directory). */
int csc_root_id_equal(const struct csc_root_id *recorded, const struct csc_root_id *seen);

/* ns since 1970 <-> FILETIME */
uint64_t csc_filetime_from_ns(int64_t ns);
int64_t  csc_ns_from_filetime(uint64_t filetime);

#endif
