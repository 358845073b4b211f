/*
 * The simulation: a file system, a clock and a scheduler on which the engine runs as it is
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Everything that happens in a simulation follows from its seed: the same seed and the same calls give the same
 * run, to the last byte (sim_hash).  Its parts:
 *
 *  - a tree of names in memory, with the machine's own disk at "/" and other volumes mounted in it (sim_fs.c);
 *  - two ways into it: the engine's (sim_fs(), with faults and crashes) and the users' (sim_write and the
 *    like: programs of this user and everybody else who has the server's files; no faults, effect at once);
 *  - SQLite's files in the same tree (sim_vfs.c); the engine's store needs no change for that;
 *  - one clock, which moves only when all threads wait, and by what calls cost (sim_clock.c);
 *  - the engine's threads as coroutines of one thread (sim_sched.c): one runs at a time, who is next follows
 *    from the seed.  What the engine calls in pthreads and time is replaced when the program is linked
 *    (SIM_LDFLAGS, tests/engine/Makefile.in; name the program in NATIVE_TESTS_SIM).
 *
 * One simulation at a time in a process.  The caller of sim_create becomes the thread "main" of the
 * simulation and may call the engine like any client.  A call of the engine that waits lets the other threads
 * run; so do sim_sleep and sim_join.  The users' functions never let others run.
 *
 * A crash (sim_crash_at, sim_crash) ends an incarnation: from then on nothing that the engine calls has an
 * effect, everything fails with CSC_E_IO, hung calls come back.  The caller finds out with sim_crashed(), closes the
 * engine that was (csc_op_close, csc_enum_close, csc_engine_close, as ever: nothing leaks), and
 * begins the next one with sim_restart() and csc_engine_open().
 *
 *     struct sim_config config = { .seed = seed, .preempt = 100 };
 *     struct sim_volume_config server = { .mount_point = "/mnt/server", .granularity = 2000000000 };
 *     struct sim *sim = sim_create(&config);
 *     struct sim_volume *origin = sim_mount(sim, &server);
 *     struct csc_engine_config engine_config;
 *     struct csc_engine *engine;
 *
 *     sim_write(sim, "/mnt/server/a", "one", 3);
 *     sim_engine_config(sim, &engine_config);
 *     csc_engine_open(&engine_config, &engine);
 *     csc_map(engine, "\\\\server\\share", "/mnt/server", 0);
 *     sim_crash_at(sim, 17, SIM_POWER_LOSS);
 *     ... csc_op_start, csc_op_pull ...
 *     if (sim_crashed(sim)) { csc_engine_close(engine); sim_restart(sim); csc_engine_open(&engine_config, &engine); }
 *     csc_engine_close(engine);
 *     sim_destroy(sim);
 */

#ifndef CSC_TESTS_SIM_H
#define CSC_TESTS_SIM_H

#include <stdint.h>
#include <stdio.h>

#include "csc.h"

struct sim;
struct sim_volume;
struct sim_thread;
struct sim_handle;

#define SIM_US ((int64_t)1000)
#define SIM_MS ((int64_t)1000000)
#define SIM_S  ((int64_t)1000000000)

/* -- volumes -- */

/* In which order a listing tells the names. */
enum sim_order { SIM_ORDER_CREATION, SIM_ORDER_NAME, SIM_ORDER_SHUFFLED };    /* shuffled: anew at each listing */

/* What a power loss may do to data that was written and not flushed. */
enum sim_data
{
    SIM_DATA_ORDERED,     /* a file is as long as what arrived of it: a prefix; overwritten sectors old or new */
    SIM_DATA_WRITEBACK    /* the length may have arrived without the data: zeros where nothing was before */
};

/* All zero: a well-behaved disk with times of 1 ns. */
struct sim_volume_config
{
    const char *mount_point;     /* absolute; made when missing */
    int64_t  granularity;        /* steps in which times are kept, ns; 0: 1 */
    int64_t  told_granularity;   /* what csc_fs.time_quality says; 0: the same */
    int      untrusted_ctime;    /* csc_fs.time_quality says so, and a change moves ctime only by chance */
    int      ignore_case;        /* ASCII letters of either case are the same name; the case is kept */
    int      no_exchange;        /* CSC_RENAME_EXCHANGE: CSC_E_NOT_SUPPORTED */
    int      reuse_inodes;       /* the number of a removed file goes to the next one made */
    int      keeps_hidden;       /* HIDDEN and SYSTEM are kept, READONLY also on directories */
    int      lists_no_types;     /* csc_fs.list tells CSC_TYPE_NONE */
    int      no_holes;           /* csc_fs.find_data: all is data; otherwise blocks of zeros are holes */
    int      copies_inside;      /* csc_fs.copies_inside says so */
    enum sim_order order;
    int      anonymous;          /* root id: the device number is another one after each sim_remount */
    const char *fs_type, *source;           /* root id; NULL: "ext4" or "fuse.sshfs", and the mount point */
    uint64_t capacity;           /* bytes of files; 0: no limit.  Over it: CSC_E_DISK_FULL */
    enum sim_data data;
    int      flush_file_only;    /* sync_file flushes the file but not the journal (ext4 flushes both) */
    int      volatile_only;      /* nothing of it survives or needs to: power loss leaves it alone (a server's disk) */
};

/* Who answers at the mount point. */
enum sim_presence
{
    SIM_PRESENT,
    SIM_UNMOUNTED,        /* the empty directory below the mount point shows, with its own root id; what is
                           * open stays open and works */
    SIM_EMPTIED,          /* nasty: same root id, empty; nothing can be made in it, what is open fails with CSC_E_IO */
    SIM_GONE,             /* each call fails with CSC_E_BAD_NETPATH (ENOTCONN) */
    SIM_HUNG              /* each call hangs until this changes */
};

/* Makes an empty volume and mounts it; freed with the simulation. */
struct sim_volume *sim_mount(struct sim *sim, const struct sim_volume_config *config);
/* The machine's own disk, at "/". */
struct sim_volume *sim_disk(struct sim *sim);
void sim_set_presence(struct sim *sim, struct sim_volume *volume, enum sim_presence presence);
/* As after umount and mount: present; another device number when anonymous; what was open fails with CSC_E_IO. */
void sim_remount(struct sim *sim, struct sim_volume *volume);
/* Changes what can be changed while mounted: capacity (less than used: full). */
void sim_set_capacity(struct sim *sim, struct sim_volume *volume, uint64_t capacity);
uint64_t sim_used(struct sim *sim, struct sim_volume *volume);

/* -- life -- */

struct sim_config
{
    uint64_t seed;               /* of scheduling, costs, faults with a chance, and what a power loss leaves */
    unsigned preempt;            /* chance in 1000 that a call of the file system or a lock lets another thread run
                                  * although this one could go on; 0: only where it must */
    int64_t  start;              /* wall clock, ns since 1970; 0: some day in 2026 */
    int64_t  call_cost;          /* most that a file system call takes, ns (seeded below it); 0: 20 us; negative: none */
    int64_t  longest;            /* simulated ns after which the run counts as stuck; 0: one day */
    uint64_t most_switches;      /* switches between threads after which it counts as stuck; 0: 20 million */
    const char *cache_dir, *unc_dir;        /* NULL: "/c/windows/CSC", "/c/dosdevices/unc" */
    struct sim_volume_config disk;          /* the machine's own disk; mount_point is not used */
    /* A line for each call of the engine and each switch; NULL: none.  CSC_SIM_TRACE in the environment
     * prints them to stderr. */
    void (*trace)(void *context, const char *line);
    /* The run cannot go on: all threads wait for ever (the text lists who waits for what), or it is stuck.
     * Must not return.  NULL: prints the text to stderr and exits with code SIM_EXIT_STUCK. */
    void (*stuck)(void *context, const char *text);
    void *context;
};

#define SIM_EXIT_STUCK 70

/* NULL: out of memory. */
struct sim *sim_create(const struct sim_config *config);
/* All engines are closed before, hung calls are released. */
void sim_destroy(struct sim *sim);

/* What the engine of this incarnation gets.  sim_engine_config fills in everything that a csc_engine_config needs:
 * call it anew after sim_restart. Two workers, time-out 4000 ms, probes each 3000 ms. */
struct csc_fs *sim_fs(struct sim *sim);
struct csc_clock *sim_clock(struct sim *sim);
void sim_engine_config(struct sim *sim, struct csc_engine_config *config);

/* Moves with every call, result and switch so far: equal for equal runs. */
uint64_t sim_hash(struct sim *sim);
/* A hash, and these bytes. */
uint64_t sim_mix_bytes(uint64_t hash, const void *data, size_t size);
/* The simulation's own random numbers, below limit (not 0).  Histories should have a generator of their own. */
uint64_t sim_random(struct sim *sim, uint64_t limit);

/* -- crashes -- */

enum sim_crash
{
    SIM_KILL,             /* kill -9: all calls that returned stay; a write that is cut may have arrived in part */
    SIM_POWER_LOSS        /* of what was not flushed, some legal part is lost; another boot id afterwards */
};

/* Calls of the engine that change a file system, so far in this incarnation, those of the database included. */
uint64_t sim_mutations(struct sim *sim);
/* The nth changing call from now on (1: the next one) does not take place any more; 0: none. */
void sim_crash_at(struct sim *sim, uint64_t nth, enum sim_crash kind);
void sim_crash(struct sim *sim, enum sim_crash kind);        /* now */
/* Calls watch before each changing call of the engine; it may ask for a crash at this one.  NULL: no more. */
void sim_watch_changes(struct sim *sim, void (*watch)(struct sim *sim, void *context), void *context);
/* What of all volumes the next incarnation finds: equal for equal trees, with times, numbers, contents and notes. */
uint64_t sim_remains(struct sim *sim);
int  sim_crashed(struct sim *sim);                           /* this incarnation ended */
/* Begins the next incarnation.  All engines of the last one must have been closed.  Also without a crash. */
void sim_restart(struct sim *sim);

/* -- faults -- */

enum sim_call
{
    SIM_OPEN_ROOT, SIM_OPEN_DIR, SIM_STAT_DIR, SIM_LIST, SIM_STAT, SIM_MAKE_DIR, SIM_REMOVE_DIR, SIM_REMOVE_FILE,
    SIM_RENAME, SIM_SYNC_DIR, SIM_OPEN_FILE, SIM_CREATE_FILE, SIM_STAT_FILE, SIM_READ, SIM_WRITE, SIM_COPY, SIM_FIND_DATA,
    SIM_SET_SIZE,
    SIM_SYNC_FILE, SIM_SET_TIMES, SIM_SET_FILE_ATTRIBUTES, SIM_SEE, SIM_SET_NOTE, SIM_GET_NOTE, SIM_SET_ATTRIBUTES, SIM_SET_DIR_TIMES,
    SIM_SYNC_ALL, SIM_SPACE, SIM_ROOT_ID, SIM_COPIES_INSIDE, SIM_TIME_QUALITY, SIM_READ_LINK, SIM_REPLACE_LINK, SIM_REMOVE_LINK,
    SIM_RANDOM,
    SIM_DATABASE,         /* any call of SQLite that reads or changes a file: fails with SQLITE_IOERR or SQLITE_FULL */
    SIM_CALL_COUNT
};
#define SIM_BIT(call) ((uint64_t)1 << (call))
extern const char *const sim_call_names[SIM_CALL_COUNT];

enum sim_fault
{
    SIM_FAULT_ERROR,      /* fails with status (CSC_OK: CSC_E_IO), without effect */
    SIM_FAULT_LATE,       /* takes effect, and fails with status all the same (a lost reply) */
    SIM_FAULT_PART,       /* write: only part is written, list: only some names are told, then it fails with status;
                           * copy: fewer bytes than asked, no error; others: as ERROR */
    SIM_FAULT_SLOW,       /* takes delay ns longer */
    SIM_FAULT_HANG,       /* hangs until sim_release or a crash; then as ERROR, or when status is CSC_OK goes on */
    SIM_FAULT_ACT         /* act(sim, context) is called before the call: it may use the users' functions,
                           * sim_set_presence and sim_crash */
};

/* Which calls of the engine meet a fault.  Rules are looked at in the order in which they were added;
 * ACT and SLOW let the next ones follow, the others end the search. */
struct sim_rule
{
    struct sim_volume *volume;   /* NULL: any */
    uint64_t calls;              /* SIM_BIT of each; 0: all but SIM_DATABASE */
    const char *name;            /* last component of the path; NULL: any.  Copied. */
    unsigned skip;               /* so many calls that fit pass first */
    unsigned times;              /* so many meet it then; 0: all */
    unsigned chance;             /* in 1,000,000; 0: always.  Skip and times count only those that the chance hit */
    enum sim_fault fault;
    csc_status status;
    int64_t delay;
    void (*act)(struct sim *sim, void *context);
    void *context;
};

/* Gives a number for sim_remove_rule. */
int  sim_add_rule(struct sim *sim, const struct sim_rule *rule);
void sim_remove_rule(struct sim *sim, int number);
void sim_clear_rules(struct sim *sim);
unsigned sim_rule_hits(struct sim *sim, int number);         /* how many calls met it; 0 once removed */
/* Lets all calls that hang by a rule come back. */
void sim_release(struct sim *sim);

/* -- time and threads -- */

int64_t sim_now(struct sim *sim);                  /* wall clock, ns since 1970 */
int64_t sim_monotonic(struct sim *sim);
void sim_set_clock(struct sim *sim, int64_t now);  /* somebody sets the wall clock; monotonic goes on */
/* Time passes: the engine's threads do what is due. */
void sim_sleep(struct sim *sim, int64_t ns);
/* Another client's thread.  Freed by sim_join, which every thread needs. */
struct sim_thread *sim_spawn(struct sim *sim, const char *name, void (*run)(void *context), void *context);
void sim_join(struct sim *sim, struct sim_thread *thread);
/* Threads that have not ended, main not counted: 0 after csc_engine_close. */
unsigned sim_threads(struct sim *sim);

/* -- the users' functions --
 * Paths are absolute; symbolic links in them are followed (so "<unc_dir>/server/share/x" is what a program sees), by
 * sim_remove, sim_rename, sim_lstat and sim_read_link not in the last component.  On the machine's
 * own disk what they do is durable at once.  A volume that is not SIM_PRESENT shows as the engine would see it,
 * SIM_HUNG as SIM_GONE; to work on a server's files meanwhile, use sim_server_path(). */

/* A path below which the volume always is, whatever its presence: "/.volumes/N".  Static for the simulation. */
const char *sim_server_path(struct sim *sim, struct sim_volume *volume);

csc_status sim_write(struct sim *sim, const char *path, const void *data, size_t size);   /* new, or in place */
/* As sim_write, and sets the time of last change as somebody who preserves times would (cp -p). */
csc_status sim_write_at(struct sim *sim, const char *path, const void *data, size_t size, int64_t mtime);
/* Writes over the beginning of a file, whose times do not reach the disk (fdatasync): as after a power loss. */
csc_status sim_overwrite(struct sim *sim, const char *path, const void *data, size_t size);
/* Writes a temporary file and renames it over path: another file id, as many editors do. */
csc_status sim_save(struct sim *sim, const char *path, const void *data, size_t size);
csc_status sim_append(struct sim *sim, const char *path, const void *data, size_t size);
/* The whole file; data is allocated, with a 0 behind it. */
csc_status sim_read(struct sim *sim, const char *path, void **data, size_t *size);
csc_status sim_make_dir(struct sim *sim, const char *path);          /* CSC_E_EXISTS */
csc_status sim_make_path(struct sim *sim, const char *path);         /* with its parents; fine when it is there */
csc_status sim_remove(struct sim *sim, const char *path);            /* a file, a link, an empty directory */
csc_status sim_remove_tree(struct sim *sim, const char *path);
csc_status sim_rename(struct sim *sim, const char *from, const char *to);     /* replaces a file */
csc_status sim_touch(struct sim *sim, const char *path, int64_t mtime);
csc_status sim_set_attributes(struct sim *sim, const char *path, uint32_t attributes);
csc_status sim_link(struct sim *sim, const char *target, const char *path);   /* a symbolic link */
csc_status sim_read_link(struct sim *sim, const char *path, char **target);   /* allocated */
csc_status sim_stat(struct sim *sim, const char *path, struct csc_stat *stat);
csc_status sim_lstat(struct sim *sim, const char *path, struct csc_stat *stat);
int sim_exists(struct sim *sim, const char *path);

/* Everything below a directory, parents first, names in byte order.  path is relative to the directory; link is
 * the text of a symbolic link, data and size the content of a file, all valid during the call only. */
struct sim_entry
{
    const char *path;
    struct csc_stat stat;
    const void *data;
    size_t size;
    const char *link;
};
typedef void (*sim_entry_callback)(void *context, const struct sim_entry *entry);
csc_status sim_walk(struct sim *sim, const char *path, sim_entry_callback callback, void *context);
/* For a report: one line an entry, with the beginning of the content. */
void sim_print_tree(struct sim *sim, const char *path, FILE *stream);

/* A program that has a file open (csc_fs.open_files tells it): what it writes goes to the file wherever that
 * went meanwhile, also when its name is gone. */
csc_status sim_open(struct sim *sim, const char *path, struct sim_handle **handle);
csc_status sim_handle_write(struct sim_handle *handle, uint64_t offset, const void *data, size_t size);
csc_status sim_handle_read(struct sim_handle *handle, void **data, size_t *size);
void sim_handle_close(struct sim_handle *handle);

/* -- short ways to run the engine, for main or a client's thread -- */

/* Runs an operation over one path to its end without being asked; the status of its END, or why it could not start. */
csc_status sim_run_op(struct csc_engine *engine, enum csc_op_kind kind, uint32_t flags, int deep, const char *path);
/* Waits until the share's state is as wanted (OFFLINEFILES_CONNECT_STATE); 1 when it came within limit ns. */
int sim_wait_state(struct sim *sim, struct csc_engine *engine, const char *share, uint32_t state, int64_t limit);

#endif
