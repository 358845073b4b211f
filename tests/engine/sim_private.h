/*
 * What the files of the simulation share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_TESTS_SIM_PRIVATE_H
#define CSC_TESTS_SIM_PRIVATE_H

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define SIM_SECTOR 512
#define SIM_NO_DEADLINE INT64_MAX

/* The simulation itself runs out of memory: nothing can be tested any more. */
void *sim_alloc(size_t size);                      /* zeroed */
void *sim_realloc(void *memory, size_t size);
char *sim_strdup(const char *text);

/* -- sim_tree.c: nodes, volumes, what a power loss leaves -- */

/* A write or a change of size that was not flushed. */
struct sim_change
{
    struct sim_change *next;
    int      resize;                 /* offset is the new size */
    uint64_t offset;
    size_t   size;
    unsigned char data[];
};

struct sim_node
{
    struct sim_volume *volume;
    uint64_t ino, serial;            /* serial: order of creation */
    enum csc_file_type type;
    unsigned refs;                   /* the entry in parent, open handles, the journal */
    uint32_t attributes;             /* SETTABLE bits */
    unsigned char note[CSC_NOTE_MAX]; /* a power loss does not take it back: it goes with the name's own change */
    size_t   note_size;
    int64_t  mtime, ctime, btime;
    struct sim_node *parent;         /* NULL: removed, or the root of a volume */
    char    *name;
    /* directory: sorted by name */
    struct sim_node **children;
    size_t   count, capacity;
    struct sim_volume *mounted;
    /* file; link: the text */
    unsigned char *data;
    size_t   size, room;
    /* file: what a power loss finds, when that is not the same */
    int      unflushed;
    unsigned char *durable;
    size_t   durable_size;
    int64_t  durable_mtime;
    int      times_set;              /* since the last write: a change of its own in the journal */
    struct sim_change *changes, **changes_tail;
    struct sim_node *next_unflushed, *prev_unflushed;      /* volume->unflushed */
    /* file: SQLite's lock */
    void    *lock_owner;
    int      lock_level;
};

/* How to take a change of names or times back. */
enum sim_undo_kind { SIM_UNDO_MADE, SIM_UNDO_REMOVED, SIM_UNDO_RENAMED, SIM_UNDO_EXCHANGED, SIM_UNDO_TIMES, SIM_UNDO_ATTRIBUTES };

struct sim_undo
{
    enum sim_undo_kind kind;
    struct sim_node *node, *other;   /* other: what a rename replaced, what was exchanged with */
    struct sim_node *parent;         /* where node was */
    char    *name;
    int64_t  mtime, ctime, other_ctime;
    uint32_t attributes;
};

struct sim_volume
{
    struct sim_volume *next;
    struct sim *sim;
    struct sim_volume_config config;
    char    *mount_point, *server_path, *fs_type, *source;
    unsigned number;
    uint64_t dev;
    struct sim_node *root;
    enum sim_presence presence;
    unsigned epoch;                  /* what was opened in another one fails */
    uint64_t used, next_ino;
    uint64_t *free_inodes;
    size_t   free_count, free_room;
    struct sim_undo *journal;
    size_t   journal_count, journal_room;
    struct sim_node *unflushed;
};

struct sim_volume *sim_volume_create(struct sim *sim, const struct sim_volume_config *config, const char *mount_point);
void sim_volume_free(struct sim_volume *volume);
int64_t sim_stamp(struct sim_volume *volume);      /* now, as the volume keeps times */

void sim_node_addref(struct sim_node *node);
void sim_node_release(struct sim_node *node);
struct sim_node *sim_node_find(struct sim_node *dir, const char *name);
int  sim_node_is_below(struct sim_node *node, struct sim_node *ancestor);      /* or the same */
void sim_node_stat(struct sim_node *node, struct csc_stat *stat);
/* The absolute path of a node through its volume's mount point; NULL when it was removed. */
char *sim_node_path(struct sim_node *node);

/* Changes, with their entry in the journal.  Rules of POSIX are checked. */
csc_status sim_node_make(struct sim_node *dir, const char *name, enum csc_file_type type, struct sim_node **node);
csc_status sim_node_remove(struct sim_node *dir, const char *name, int directory);
csc_status sim_node_rename(struct sim_node *from, const char *old_name, struct sim_node *to, const char *new_name, int mode);
csc_status sim_node_write(struct sim_node *node, uint64_t offset, const void *data, size_t size);
csc_status sim_node_resize(struct sim_node *node, uint64_t size);
void sim_node_set_times(struct sim_node *node, int64_t mtime);
void sim_node_set_attributes(struct sim_node *node, uint32_t attributes);

/* Makes durable. */
void sim_node_flush(struct sim_node *node);        /* data, times */
void sim_journal_flush(struct sim_volume *volume);
void sim_journal_flush_dir(struct sim_node *dir);  /* up to the last change in it */
void sim_volume_flush(struct sim_volume *volume);
/* What is there now goes into a hash. */
uint64_t sim_volume_mix(struct sim_volume *volume, uint64_t hash);
/* Power loss: takes something legal of what is not durable back. */
void sim_volume_lose(struct sim_volume *volume);

/* -- sim.c: life, faults -- */

struct sim_incarnation
{
    struct csc_fs fs;                /* first */
    struct sim *sim;
    struct sim_incarnation *next;
    int      dead;
    unsigned number;
};

struct sim_active_rule
{
    struct sim_rule rule;
    char    *name;
    int      number;
    unsigned seen, hits;
};

struct sim
{
    struct sim_config config;
    char    *cache_dir, *unc_dir;
    uint64_t random, hash;
    int      print;
    struct sim_volume *volumes;      /* the disk first */
    unsigned volume_count;
    uint64_t serial, next_dev;
    struct sim_incarnation *incarnation, *incarnations;
    struct csc_clock clock;
    int64_t  monotonic, wall_offset;
    int64_t  clock_set;               /* when, monotonic */
    uint64_t mutations, crash_after; /* crash_after: the value of mutations that is never reached; 0: none */
    enum sim_crash crash_kind;
    void   (*watch)(struct sim *sim, void *context);
    void    *watch_context;
    unsigned boots, links;
    struct sim_active_rule **rules;
    size_t   rule_count;
    int      next_rule;
    unsigned releases;               /* moves when hung calls are let go */
    struct sim_handle *handles;
};

extern struct sim *sim_active;       /* NULL: none */

void sim_trace(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
int  sim_traced(struct sim *sim);
void sim_mix(struct sim *sim, uint64_t value);     /* into the hash */
void sim_stuck(struct sim *sim, const char *text) __attribute__((noreturn));

/* A call of the engine on its way. */
struct sim_passage
{
    struct sim *sim;
    struct sim_incarnation *incarnation;
    enum sim_call call;
    const char *name;                /* while the call enters */
    int      cut;                    /* the crash falls into this call: a write may have arrived in part */
    int      late, part;             /* SIM_FAULT_LATE, SIM_FAULT_PART */
    csc_status status;               /* ... and how it ends */
};

/* Costs time, lets others run, finds faults, counts and crashes.  A failure: the call ends with it and must have no
 * effect, except when passage->cut is set.  volume may be NULL. */
csc_status sim_enter(struct sim_passage *passage, struct sim_incarnation *incarnation, enum sim_call call,
                     struct sim_volume *volume, const char *name, int changes);
/* One more change within a call that makes several: it may be where the crash is. */
csc_status sim_step(struct sim_passage *passage);
/* What the call answers. */
csc_status sim_leave(struct sim_passage *passage, csc_status status);

/* -- sim_path.c -- */

/* Steps from a mount point to what shows there. */
csc_status sim_cross(struct sim_node **node);
/* Follows an absolute path; the last component too when follow is set and it is a link.  Crossing a mount point
 * whose volume is not there fails as for the engine.  met: the last volume met on the way, whatever its
 * presence (may be NULL).  node: no reference. */
csc_status sim_find(struct sim *sim, const char *path, int follow, struct sim_node **node, struct sim_volume **met);
/* The directory of a path and its last component, which points into path; links before it are followed. */
csc_status sim_find_parent(struct sim *sim, const char *path, struct sim_node **dir, char **name, struct sim_volume **met);

/* -- sim_fs.c -- */
extern const struct csc_fs sim_fs_table;

/* -- sim_user.c -- */
struct sim_handle
{
    struct sim_handle *next;
    struct sim *sim;
    struct sim_node *node;
    int64_t opened;                   /* monotonic */
    int stale;
};
/* What programs hold open is lost; volume NULL: on all of them. */
void sim_forget_handles(struct sim *sim, struct sim_volume *volume);

/* -- sim_vfs.c: SQLite's default VFS while there is a simulation -- */
void sim_vfs_begin(struct sim *sim);
void sim_vfs_end(struct sim *sim);

/* -- sim_sched.c -- */
void sim_sched_begin(struct sim *sim);
void sim_sched_end(struct sim *sim);
void sim_preempt(struct sim *sim);                 /* perhaps lets another thread run */
void sim_yield(struct sim *sim);                   /* lets the others run once */
void sim_wait_until(struct sim *sim, int64_t monotonic);
/* Waits while *word is value. */
void sim_wait_word(struct sim *sim, const volatile unsigned *word, unsigned value, const char *why);
/* Runs the others until none is left. */
void sim_drain(struct sim *sim);
unsigned sim_thread_id(struct sim *sim);

#endif
