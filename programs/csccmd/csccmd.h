/*
 * csccmd: what its parts share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef __CSCCMD_H
#define __CSCCMD_H

#include <stdarg.h>

#define COBJMACROS
#ifndef CONST_VTABLE
#define CONST_VTABLE
#endif
#include <windef.h>
#include <winbase.h>
#include <objbase.h>

#include "cscobj.h"
#include "cscsvc.h"

/* Exit codes of the program (documented in csccmd.1). */
enum
{
    CMD_DONE        = 0,
    CMD_FAILED      = 1,  /* some items failed */
    CMD_USAGE       = 2,
    CMD_NO_SERVICE  = 3,
    CMD_CANCELLED   = 4
};

/* Switches, as bits of struct command.switches. */
#define SWITCH_JSON            0x0001
#define SWITCH_QUIET           0x0002
#define SWITCH_HELP            0x0004
#define SWITCH_DEEP            0x0008
#define SWITCH_FILL            0x0010
#define SWITCH_IN              0x0020
#define SWITCH_OUT             0x0040
#define SWITCH_RECURSIVE       0x0080
#define SWITCH_MODIFIED        0x0100
#define SWITCH_DISCARD_CHANGES 0x0200
#define SWITCH_KEEP_LINK       0x0400
#define SWITCH_ALL             0x0800
#define SWITCH_FORCE           0x1000
#define SWITCH_LIMIT           0x2000
#define SWITCH_UNPINNED_LIMIT  0x4000
#define SWITCH_KEEP            0x8000
#define SWITCH_SINCE           0x10000
#define SWITCH_ERRORS          0x20000
#define SWITCH_CACHE           0x40000
#define SWITCH_TARGET          0x80000
#define SWITCH_ONLY_MODIFIED   0x100000
#define SWITCH_MACHINE         0x200000
#define SWITCH_USER            0x400000
#define SWITCH_EVENTS          0x20000000
#define SWITCH_SECONDS         0x40000000
#define SWITCH_NAME            0x800000
#define SWITCH_ONLY            0x1000000
#define SWITCH_LATER           0x8000000
#define SWITCHES_GLOBAL        (SWITCH_JSON | SWITCH_QUIET | SWITCH_HELP)

/* Values of switches, as in --limit 5G, --limit=5G or /limit:5G. */
enum switch_value
{
    VALUE_NONE = -1,
    VALUE_LIMIT,
    VALUE_UNPINNED_LIMIT,
    VALUE_KEEP,
    VALUE_SINCE,
    VALUE_CACHE,
    VALUE_TARGET,
    VALUE_EVENTS,
    VALUE_SECONDS,
    VALUE_NAME,
    VALUE_ONLY,
    VALUE_COUNT
};

struct command;

struct verb
{
    const WCHAR *name;
    int (*run)(const struct command *command);  /* NULL: help */
    unsigned int switches;                      /* allowed beside the global ones */
    unsigned int min_args;
    unsigned int max_args;
    int path_arg;                               /* index of an argument that may start with one '/', or -1 */
    const WCHAR *usage;                         /* what follows the name */
    const WCHAR *summary;
    const WCHAR *text;
};

/* A parsed command line; args point into it or into memory that lives as long as the program. */
struct command
{
    const struct verb *verb;
    unsigned int switches;
    unsigned int arg_count;
    const WCHAR **args;
    const WCHAR *values[VALUE_COUNT];           /* of switches that take one, NULL: not given */
};

/* args.c */
const struct verb *find_verb(const WCHAR *name);
const struct verb *verb_at(unsigned int index);  /* NULL past the last one */
/* Parses the command line. CMD_DONE and *command, or CMD_USAGE after a message on stderr. */
int parse_command_line(int argc, WCHAR *argv[], struct command *command);
/* Complains about the use of a verb (NULL: of the program) on stderr; returns CMD_USAGE. */
int usage_error(const struct verb *verb, const WCHAR *format, ...);

/* excluded.c */
/* The patterns of names that exclusion lists keep out of the cache: a line, none where there are none, or a member of the
 * JSON object. */
void print_excluded(IOfflineFilesCache *cache);

/* help.c */
int print_help(const struct command *command);
void print_verb_help(const struct verb *verb);
void print_usage(HANDLE stream);

/* output.c */
extern unsigned int global_switches;  /* SWITCH_JSON and SWITCH_QUIET as given */
void *xalloc(SIZE_T size);            /* zeroed; ends the program when there is no memory; xfree */
void xfree(void *memory);
HANDLE out_stream(void);              /* stdout */
HANDLE err_stream(void);              /* stderr */
BOOL is_console(HANDLE stream);
unsigned int console_width(void);     /* columns of the console at stdout, 0 if there is none */
/* Writes UTF-16 text: through the console's own functions or as UTF-8. stdout is buffered. */
void write_text(HANDLE stream, const WCHAR *text, SIZE_T length);
void print(HANDLE stream, const WCHAR *format, ...);
void flush_output(void);
/* Flushes if the last flush was a while ago: keeps a reader of a pipe up to date. */
void flush_output_now_and_then(void);

/* errors.c */
/* Text of an error without a trailing line break; to be freed with xfree. */
WCHAR *error_text(HRESULT hr);
/* Tells about an error on stderr, or as an object with --json. subject: path or what failed. */
void report_error(const WCHAR *subject, HRESULT hr);
/* As report_error, with our own text. */
void report_error_text(const WCHAR *subject, HRESULT hr, const WCHAR *text);
/* Whether the error tells that the service (and not an item) failed. */
BOOL is_service_error(HRESULT hr);
/* The exit code that belongs to the error of a whole call. */
int exit_code(HRESULT hr);
/* The worse one of two exit codes. */
int worse_exit(int a, int b);

/* json.c: one object a line on stdout */
void json_begin(const WCHAR *type);
void json_string(const WCHAR *name, const WCHAR *value);  /* NULL gives null */
void json_string_n(const WCHAR *name, const WCHAR *value, SIZE_T length);
void json_number(const WCHAR *name, ULONGLONG value);
void json_bool(const WCHAR *name, BOOL value);
void json_hresult(HRESULT hr);                            /* member "hresult" */
void json_time(const WCHAR *name, const FILETIME *time);  /* ISO 8601 in UTC, null if not set */
void json_list_begin(const WCHAR *name);                  /* an array of strings */
void json_list_string(const WCHAR *value);
void json_list_end(void);
void json_end(void);
/* A summary object for a verb that ended (CMD_*) before it wrote its own. */
void json_default_summary(const WCHAR *verb, int code);

/* text.c */
#define BYTES_TEXT_SIZE 32
#define TIME_TEXT_SIZE  40
const WCHAR *format_bytes(ULONGLONG bytes, WCHAR buffer[BYTES_TEXT_SIZE]);
/* ISO 8601 in UTC; FALSE if the time is not set or not valid. */
BOOL format_time(const FILETIME *time, WCHAR buffer[TIME_TEXT_SIZE]);
const WCHAR *connect_state_text(OFFLINEFILES_CONNECT_STATE state, OFFLINEFILES_OFFLINE_REASON reason);
const WCHAR *connect_state_name(OFFLINEFILES_CONNECT_STATE state);
const WCHAR *offline_reason_name(OFFLINEFILES_OFFLINE_REASON reason);
const WCHAR *caching_mode_text(OFFLINEFILES_CACHING_MODE mode);
const WCHAR *caching_mode_name(OFFLINEFILES_CACHING_MODE mode);
const WCHAR *item_type_name(OFFLINEFILES_ITEM_TYPE type);
/* Columns that a character takes on a terminal: 0, 1 or 2. */
unsigned int char_columns(WCHAR c);

/* service.c */
/* The cache object; reports the error and returns CMD_NO_SERVICE if there is none. */
int open_cache(IOfflineFilesCache **cache);
/* The cache object and the private session behind it. */
int open_session(IOfflineFilesCache **cache, ICscSession **session);
/* Paths of all shares in the cache, for free_paths; reports its errors. */
int list_share_paths(IOfflineFilesCache *cache, WCHAR ***paths, unsigned int *count);
void free_paths(WCHAR **paths, unsigned int count);

/* item.c */
#define FACT_PIN        0x0001
#define FACT_CHANGE     0x0002
#define FACT_LOCAL      0x0004
#define FACT_ORIGINAL   0x0008
#define FACT_GHOST      0x0010
#define FACT_CONNECTION 0x0020
#define FACT_SHARE      0x0040
#define FACT_FILE       0x0080
#define FACT_DIRTY_SIZE 0x0100
#define FACT_SUSPEND    0x0200
#define FACT_PARTLY     0x0400
#define FACT_TRANSPARENT 0x0800

struct copy_facts
{
    DWORD attributes;
    ULONGLONG size;
    FILETIME creation, write, change, access;
};

struct pin_facts
{
    BOOL pinned;
    BOOL inherit;
};

/* What the interfaces of an item tell; "known" says which parts (FACT_*) are there. */
struct item_facts
{
    unsigned int known;
    OFFLINEFILES_ITEM_TYPE type;
    WCHAR *path;
    BOOL marked_for_deletion;
    BOOL pinned, partly_pinned;
    struct pin_facts user, user_policy, computer, redirection;
    BOOL dirty, deleted, created, data, attributes, time;
    struct copy_facts local, original;
    BOOL ghost, sparse, encrypted, transparent;
    OFFLINEFILES_CONNECT_STATE state;
    OFFLINEFILES_OFFLINE_REASON reason;
    WCHAR *share;
    OFFLINEFILES_CACHING_MODE caching_mode;
    BOOL dfs;
    ULONGLONG dirty_bytes;
    BOOL suspended, suspended_root;
};

/* Reads the parts of "wanted" that the item has; others than type and path may be missing. */
HRESULT read_item(IOfflineFilesItem *item, unsigned int wanted, struct item_facts *facts);
void free_item(struct item_facts *facts);

/* list.c */
/* Where the cached copy of an item stands; NULL if that cannot be told. To be freed with xfree. */
WCHAR *cached_path(IOfflineFilesCache *cache, const WCHAR *path);

/* log.c */
/* The time that a value of --since means, as "2h" or "2026-05-31"; FALSE: none. */
BOOL parse_since(const WCHAR *text, FILETIME *time);

/* filter.c */
/* What list is told to show. */
struct list_filter
{
    IOfflineFilesItemFilter IOfflineFilesItemFilter_iface;
    BOOL any;                    /* there are conditions */
    BOOL files_only;             /* some of them are for files alone */
    const WCHAR *pattern;        /* NULL: none */
    FILETIME since;
    BOOL has_since;
    ULONGLONG flags, mask;
};
/* Reads --name, --since and --only.  CMD_DONE, or CMD_USAGE after a message. */
int read_list_filter(const struct command *command, struct list_filter *filter);

/* share.c */
/* Wine's name for the Unix path of a path with a drive letter; NULL if it has none. xfree. */
WCHAR *unix_path(const WCHAR *path);

/* progress.c */
struct progress;
/* A sink for one operation. verb: its name in the summary. */
struct progress *create_progress(const WCHAR *verb);
IOfflineFilesSyncProgress *progress_sync_sink(struct progress *progress);
IOfflineFilesSimpleProgress *progress_simple_sink(struct progress *progress);
/* Asks about each item that failed, before it is told: TRUE tries it once more. */
void progress_ask_retry(struct progress *progress, BOOL (*retry)(void *context, const WCHAR *path, HRESULT hr),
                        void *context);
/* Tells the outcome, releases the sink and returns the exit code. subject names the operation in
 * an error that does not belong to an item. */
int finish_progress(struct progress *progress, HRESULT hr, const WCHAR *subject);
void install_cancel_handler(void);

/* The verbs. */
int run_status(const struct command *command);
int run_map(const struct command *command);
int run_unmap(const struct command *command);
int run_pin(const struct command *command);
int run_unpin(const struct command *command);
int run_sync(const struct command *command);
int run_delete(const struct command *command);
int run_offline(const struct command *command);
int run_online(const struct command *command);
int run_suspend(const struct command *command);
int run_resume(const struct command *command);
int run_list(const struct command *command);
int run_rename(const struct command *command);
int run_info(const struct command *command);
int run_quota(const struct command *command);
int run_setting(const struct command *command);
int run_conflicts(const struct command *command);
int run_resolve(const struct command *command);
int run_log(const struct command *command);
int run_watch(const struct command *command);
int run_extract(const struct command *command);
int run_enable(const struct command *command);
int run_disable(const struct command *command);

#endif /* __CSCCMD_H */
