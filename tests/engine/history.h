/*
 * Histories: what people, networks and power supplies do, one step a line
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *     world gran=2000000000 untrusted nocase preempt=100 seed=7
 *     origin write d/a 3/300                 content 3, 300 bytes
 *     sync both none
 *     local save d/a 4/300 +1000000          a millisecond later
 *     next 12 crash kill                     of the next step that runs the engine
 *     next 2 at rename origin write d/a 5/8 then kill 1      an edit right before the third rename, a kill right after
 *     next * crash power                     in known cases: before each change, a history of its own for each
 *     sync both keeplatest ask
 *
 * A step that cannot be done where the trees stand (no such file) is passed over, so that any part of a history
 * is a history.  history.c has the words; docs/testing.md explains them.
 */

#ifndef CSC_TESTS_HISTORY_H
#define CSC_TESTS_HISTORY_H

#include <stddef.h>
#include <stdint.h>

enum step_kind
{
    /* edits; local: what a program of this user does below the UNC path (in the cache while the share is offline) */
    STEP_WRITE,          /* path, content: new, or in place */
    STEP_SAVE,           /* path, content: a new file renamed over the old one */
    STEP_KEEP_TIME,      /* path, content: in place, and the old time set again */
    STEP_SAME,           /* path: with what the other side has there */
    STEP_TOUCH,          /* path */
    STEP_DELETE,         /* path, with all that is below */
    STEP_MKDIR,          /* path */
    STEP_RENAME,         /* path, to: a file replaces a file */
    STEP_CASE,           /* path: its name in the other case */
    STEP_READONLY,       /* path: sets or clears the attribute */
    STEP_SWAP,           /* path, content: a directory in the place of a file or the other way round */
    STEP_EDITS,
    /* what runs the engine */
    STEP_SYNC = STEP_EDITS, /* path ("" whole), flags, policy, ask */
    STEP_OFFLINE,
    STEP_ONLINE,
    STEP_PIN,            /* path, deep */
    STEP_UNPIN,          /* path, deep */
    STEP_FORGET,         /* path, flags: 1 with unsynchronized changes: delete from the cache */
    STEP_WAIT,           /* amount, ms */
    STEP_RESTART,        /* close and open */
    STEP_CRASH,          /* amount: kind */
    STEP_SUSPEND,        /* path */
    STEP_RESUME,         /* path */
    STEP_LIMIT,          /* amount: bytes that the cache may take; what is not pinned half of it */
    STEP_LOSE,           /* path, content (of the size that is there): a program writes over a download that was not flushed, and
                          * flushes only the data (fdatasync); then the power goes.  An even content has a zero in it */
    STEP_RUNS,
    /* the origin, until it is changed again */
    STEP_PRESENCE = STEP_RUNS,   /* amount: enum sim_presence */
    /* what happens in the next step that runs the engine */
    STEP_NEXT_CRASH,     /* at, amount: kind */
    STEP_NEXT_FAULT,     /* at, amount: times, flags: which fault */
    STEP_NEXT_PRESENCE,  /* at, amount: enum sim_presence */
    STEP_NEXT_EDIT,      /* at, edit: an edit in the middle */
    STEP_NEXT_ABORT,     /* at: the client cancels after so many events */
    STEP_NEXT_SYNC,      /* path, flags: another client synchronizes at the same time */
    STEP_KINDS
};

enum step_policy
{
    POLICY_NONE, POLICY_LOCAL, POLICY_REMOTE, POLICY_LATEST, POLICY_ALL, POLICY_SKIP, POLICY_LOG, POLICY_ABORT,
    POLICY_INVALID, POLICY_MIXED, POLICY_COUNT
};

/* faults of STEP_NEXT_FAULT */
enum step_fault
{
    FAULT_ORIGIN_IO, FAULT_ORIGIN_LATE, FAULT_ORIGIN_PART, FAULT_ORIGIN_FULL, FAULT_ORIGIN_ACCESS, FAULT_ORIGIN_HANG,
    FAULT_CACHE_IO, FAULT_CACHE_FULL, FAULT_CACHE_PART, FAULT_CACHE_FLUSH, FAULT_COUNT
};

/* calls of the engine that an edit may be bound to */
enum step_call
{
    CALL_ANY, CALL_LIST, CALL_STAT, CALL_OPEN_FILE, CALL_CREATE_FILE, CALL_STAT_FILE, CALL_COPY, CALL_READ, CALL_SET_TIMES,
    CALL_SYNC_FILE, CALL_SYNC_DIR, CALL_RENAME, CALL_REMOVE_FILE, CALL_MAKE_DIR, CALL_REMOVE_DIR, CALL_COUNT
};

#define STEP_IN 1
#define STEP_OUT 2
#define STEP_FILL 4

#define AT_EACH (-1)             /* stands for all numbers until it does not come to pass any more; histories.c puts them in */

struct step
{
    enum step_kind kind, edit;   /* edit: of STEP_NEXT_EDIT */
    int origin;                  /* edits: 1 on the origin, 0 by this user */
    char path[48], to[48];
    int content, size;
    int64_t later;               /* edits: the clock moves so far before, ns */
    int flags, policy, ask, deep;
    int at, amount;              /* at: may be AT_EACH */
    enum step_call call;         /* STEP_NEXT_EDIT: at counts only these */
    int then, changes;           /* ... and a crash follows: 1 + kind, before so many changes later */
};

struct world
{
    int64_t granularity, cache_granularity;
    int untrusted, ignore_case, no_exchange, reuse_inodes, no_types, order, anonymous, writeback, file_flush;
    int short_copies;            /* a file is copied in several parts */
    int shared_power;            /* a power loss hits the origin, too */
    int hidden;                  /* both sides keep HIDDEN and SYSTEM, and "readonly" means both of these instead */
    int preempt;
    uint64_t seed;
    int final_policy;            /* of the last synchronizations */
};

#define MAX_STEPS 128

struct history
{
    struct world world;
    struct step steps[MAX_STEPS];
    int count;
};

/* 1: random worlds keep HIDDEN and SYSTEM. */
extern int history_hidden;
/* Makes the history that number stands for. */
void history_generate(uint64_t seed, uint64_t number, struct history *history);
/* As text, to be freed. */
char *history_print(const struct history *history);
/* Reads it again, up to the end of the text or a line "end", behind which *rest points then; 0 and a message on
 * stderr when it makes no sense. */
int history_parse(const char *text, struct history *history, const char **rest);
void step_print(const struct step *step, char *line, size_t size);

/* Makes it as small as it can get while fails() says that it fails. */
void history_shrink(struct history *history, int (*fails)(const struct history *history));

#endif
