/*
 * csccmd: the command line
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "csccmd.h"

static const struct verb verbs[] =
{
    { L"status", run_status, 0, 0, 0, -1, L"",
      L"show the state of the feature, the cache and every share",
      L"Prints whether Offline Files is enabled and running, where the cache is and how big,\n"
      L"for every share its state, its origin and what is cached of it, and the names of files that exclusion\n"
      L"lists keep out of the cache.\n" },
    { L"map", run_map, 0, 2, 2, 1, L"\\\\server\\share /unix/dir",
      L"make a directory the origin of a share",
      L"Makes the directory (a mounted file system or any other) the real place of the share.\n"
      L"Programs then reach it as \\\\server\\share. The directory is an absolute Unix path or\n"
      L"a path with a drive letter. Nothing in it is changed.\n" },
    { L"unmap", run_unmap, SWITCH_DISCARD_CHANGES | SWITCH_KEEP_LINK | SWITCH_ALL, 0, 1, -1,
      L"[--discard-changes] [--keep-link] \\\\server\\share | --all",
      L"forget a share and what is cached of it",
      L"Puts back what stood at \\\\server\\share before it was mapped and removes the cached copies.\n"
      L"Refuses while changes made offline are not synchronized.\n"
      L"  --discard-changes  unmap although such changes get lost\n"
      L"  --keep-link        leave \\\\server\\share pointing at the origin\n"
      L"  --all              every mapped share\n" },
    { L"pin", run_pin, SWITCH_DEEP | SWITCH_FILL, 1, UINT_MAX, -1, L"[--deep] [--fill] PATH...",
      L"make items always available offline",
      L"Keeps files, directories and shares in the cache.\n"
      L"  --deep  everything below a directory as well, now; otherwise it follows with the next sync\n"
      L"  --fill  also fetch the content now; otherwise the next sync fetches it\n" },
    { L"unpin", run_unpin, SWITCH_DEEP, 1, UINT_MAX, -1, L"[--deep] PATH...",
      L"take back a pin",
      L"The items are no longer kept. Those with changes that are not synchronized stay until they are.\n"
      L"  --deep  everything below a directory as well; otherwise only the files in it\n" },
    { L"sync", run_sync, SWITCH_IN | SWITCH_OUT, 0, UINT_MAX, -1, L"[--in] [--out] [PATH...]",
      L"synchronize with the origin",
      L"Synchronizes items and everything below them; without a path, all shares.\n"
      L"  --in   bring changes of the origin into the cache, also new files of pinned directories\n"
      L"  --out  send local changes to the origin\n"
      L"Without either, both are done. An item that was changed on both sides is reported and both\n"
      L"copies are kept.\n" },
    { L"offline", run_offline, SWITCH_FORCE, 0, UINT_MAX, -1, L"[--force] [PATH...]",
      L"work offline",
      L"Takes the shares of the paths offline until \"csccmd online\"; without a path, all shares.\n"
      L"  --force  also if files are open that are not in the cache\n" },
    { L"online", run_online, 0, 0, UINT_MAX, -1, L"[PATH...]",
      L"work online again",
      L"Synchronizes the shares of the paths and takes them online; without a path, all shares.\n" },
    { L"suspend", run_suspend, 0, 1, UINT_MAX, -1, L"PATH...",
      L"keep a tree offline",
      L"Suspends shares or directories with everything below them: they are offline until \"csccmd resume\",\n"
      L"and left out when shares are synchronized by themselves. \"csccmd sync PATH\" still does it.\n" },
    { L"resume", run_resume, 0, 1, UINT_MAX, -1, L"PATH...",
      L"end a suspension",
      L"Releases shares or directories that were suspended. A share comes back online when its origin\n"
      L"is there.\n" },
    { L"list", run_list, SWITCH_RECURSIVE | SWITCH_NAME | SWITCH_SINCE | SWITCH_ONLY, 0, 1, -1,
      L"[-r] [--name PATTERN] [--since T] [--only STATE,...] [PATH]",
      L"list what is in the cache",
      L"Lists the items in a server, share or directory; without a path, the servers.\n"
      L"  -r, --recursive   everything below as well\n"
      L"  --name PATTERN    only files with such names, * and ? stand for anything, as in *.doc\n"
      L"  --since T         only files that were written since then: 90s, 30m, 2h, 7d, 1w, or a date\n"
      L"  --only STATE,...  only items that are all of: changed, new, deleted, sparse, ghost, pinned, suspended,\n"
      L"                    offline, online, file; with not- in front they must not be\n"
      L"A line has the kind (v server, s share, d directory, f file), the state, the size and the path.\n"
      L"State: P pinned (p: something below is), S content not complete, G name only, M changed,\n"
      L"N made offline, D deleted offline, O offline (o: to be synchronized, or suspended).\n" },
    { L"rename", run_rename, SWITCH_LATER, 2, 2, -1, L"[--later] OLDPATH NEWPATH",
      L"follow a rename that was made on the server",
      L"Renames a file or directory in the cache, within its share. Nothing is renamed on the origin: when\n"
      L"somebody moved it there, the cache follows without fetching it again. A share, or a server with all\n"
      L"its shares, gets another name and keeps its origin. Fails while it, or something below it, is open.\n"
      L"  --later  at the next start of the service (needs an administrator)\n" },
    { L"info", run_info, 0, 1, 1, -1, L"PATH",
      L"show everything that is known about an item",
      L"Prints kind, size, attributes, times, pins, changes and the connection of an item of the cache.\n" },
    { L"conflicts", run_conflicts, 0, 0, 1, -1, L"[PATH]",
      L"list items that were changed on both sides",
      L"Lists the conflicts that nobody decided yet, at the path and below, or all: since when, what happened,\n"
      L"and where the version of the cache is.\n" },
    { L"resolve", run_resolve, SWITCH_KEEP, 1, UINT_MAX, -1, L"--keep local|remote|both|latest PATH...",
      L"decide conflicts",
      L"Synchronizes items and everything below them, and decides the conflicts that are met.\n"
      L"  --keep local   the version of the cache goes to the origin; what was deleted here goes there, too\n"
      L"  --keep remote  the version of the origin comes into the cache; what was deleted there goes here, too\n"
      L"  --keep both    both stay, on both sides: the origin's under its name, the cache's as \"NAME (USER vN)\"\n"
      L"  --keep latest  the version that was written last; what was deleted on one side comes back\n" },
    { L"delete", run_delete, SWITCH_MODIFIED, 1, UINT_MAX, -1, L"[--modified] PATH...",
      L"remove items from the cache",
      L"Removes items and everything below them from the cache. The origin is not touched.\n"
      L"Items with changes that are not synchronized are spared.\n"
      L"  --modified  remove them too; their changes get lost\n" },
    { L"quota", run_quota, SWITCH_LIMIT | SWITCH_UNPINNED_LIMIT, 0, 0, -1,
      L"[--limit SIZE] [--unpinned-limit SIZE]",
      L"show or set how much the cache may take",
      L"Prints the limits of the cache and what it takes; with a switch, sets them first.\n"
      L"  --limit SIZE           for all content\n"
      L"  --unpinned-limit SIZE  for content that is not pinned: what was used least recently goes first\n"
      L"SIZE is a number of bytes, or of units as in 500M, 20G. What is too much for the drive is lowered.\n" },
    { L"setting", run_setting, SWITCH_MACHINE | SWITCH_USER, 0, UINT_MAX, -1,
      L"[list] | get NAME | set [--machine|--user] NAME VALUE... | delete [--machine|--user] NAME",
      L"show or change settings",
      L"Lists all settings with what is in force and where that comes from, tells everything about one, sets\n"
      L"or deletes a preference. A policy cannot be changed here, and wins.\n"
      L"  --machine  the preference for everybody; only administrators may change it\n"
      L"  --user     that of the user; it is the one meant without a switch, if the setting has it\n"
      L"VALUE is a number (0x before hexadecimal digits), a string, or several of strings, NAME=NUMBER or\n"
      L"NAME=STRING, as the type of the setting says; these take the place of all that were there. A string may\n"
      L"be empty (\"\"), a value that begins with - or / stands behind --.\n" },
    { L"log", run_log, SWITCH_SINCE | SWITCH_ERRORS, 0, 1, -1, L"[--since T] [--errors] [PATH]",
      L"show what was done",
      L"Prints the record of synchronizations, failures, conflicts, transitions and recoveries, oldest\n"
      L"first, of an item and everything below it or of all: time (UTC), what was done, path, error code, reason.\n"
      L"  --since T  not older than T: 90s, 30m, 2h, 7d, 1w, or a date as 2026-05-31 or 2026-05-31T12:30\n"
      L"             (local time; UTC with a Z behind)\n"
      L"  --errors   only what failed\n" },
    { L"watch", run_watch, SWITCH_EVENTS | SWITCH_SECONDS, 0, 1, -1, L"[--count N] [--seconds N] [PATH]",
      L"tell what happens",
      L"Prints the published events as they come, until Ctrl+C: time (UTC), event, path, what else it tells.\n"
      L"With a path, those about it and everything below it, and those that name no path.\n"
      L"  --count N    ends after N events\n"
      L"  --seconds N  ends after N seconds\n" },
    { L"extract", run_extract, SWITCH_CACHE | SWITCH_TARGET | SWITCH_ONLY_MODIFIED, 0, 0, -1,
      L"--cache DIR --target DIR [--only-modified]",
      L"copy the files out of a cache folder",
      L"Copies the files of a cache, also of another prefix that does not start any more. Nothing in the\n"
      L"cache is changed, nothing in the target is overwritten.\n"
      L"  --cache DIR      the prefix, its Windows folder, or the folder CSC in that\n"
      L"  --target DIR     where the files go, as server/share/...; made when it is missing\n"
      L"  --only-modified  only what was changed and not synchronized; everything when the database that\n"
      L"                   tells it cannot be read\n"
      L"Directories are absolute Unix paths or paths with a drive letter. The native program csc-extract\n"
      L"does the same without Wine.\n" },
    { L"enable", run_enable, 0, 0, 0, -1, L"",
      L"switch Offline Files on",
      L"Enables the feature and starts it if it can start without a restart.\n" },
    { L"disable", run_disable, 0, 0, 0, -1, L"",
      L"switch Offline Files off",
      L"Disables the feature. What runs goes on until the Wine session ends.\n" },
    { L"help", NULL, 0, 0, 1, -1, L"[VERB]",
      L"explain a verb",
      L"Explains a verb; without one, lists all.\n" },
};

static const struct
{
    const WCHAR *name;
    unsigned int bit;
    enum switch_value value;     /* what it takes */
}
switches[] =
{
    { L"json", SWITCH_JSON, VALUE_NONE },
    { L"quiet", SWITCH_QUIET, VALUE_NONE },
    { L"q", SWITCH_QUIET, VALUE_NONE },
    { L"help", SWITCH_HELP, VALUE_NONE },
    { L"h", SWITCH_HELP, VALUE_NONE },
    { L"?", SWITCH_HELP, VALUE_NONE },
    { L"deep", SWITCH_DEEP, VALUE_NONE },
    { L"fill", SWITCH_FILL, VALUE_NONE },
    { L"in", SWITCH_IN, VALUE_NONE },
    { L"out", SWITCH_OUT, VALUE_NONE },
    { L"recursive", SWITCH_RECURSIVE, VALUE_NONE },
    { L"r", SWITCH_RECURSIVE, VALUE_NONE },
    { L"modified", SWITCH_MODIFIED, VALUE_NONE },
    { L"discard-changes", SWITCH_DISCARD_CHANGES, VALUE_NONE },
    { L"keep-link", SWITCH_KEEP_LINK, VALUE_NONE },
    { L"all", SWITCH_ALL, VALUE_NONE },
    { L"force", SWITCH_FORCE, VALUE_NONE },
    { L"since", SWITCH_SINCE, VALUE_SINCE },
    { L"errors", SWITCH_ERRORS, VALUE_NONE },
    { L"cache", SWITCH_CACHE, VALUE_CACHE },
    { L"target", SWITCH_TARGET, VALUE_TARGET },
    { L"only-modified", SWITCH_ONLY_MODIFIED, VALUE_NONE },
    { L"limit", SWITCH_LIMIT, VALUE_LIMIT },
    { L"unpinned-limit", SWITCH_UNPINNED_LIMIT, VALUE_UNPINNED_LIMIT },
    { L"keep", SWITCH_KEEP, VALUE_KEEP },
    { L"machine", SWITCH_MACHINE, VALUE_NONE },
    { L"user", SWITCH_USER, VALUE_NONE },
    { L"count", SWITCH_EVENTS, VALUE_EVENTS },
    { L"seconds", SWITCH_SECONDS, VALUE_SECONDS },
    { L"name", SWITCH_NAME, VALUE_NAME },
    { L"only", SWITCH_ONLY, VALUE_ONLY },
    { L"later", SWITCH_LATER, VALUE_NONE },
};

const struct verb *verb_at(unsigned int index)
{
    return index < ARRAYSIZE(verbs) ? &verbs[index] : NULL;
}

const struct verb *find_verb(const WCHAR *name)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(verbs); i++)
        if (!_wcsicmp(verbs[i].name, name)) return &verbs[i];
    return NULL;
}

int usage_error(const struct verb *verb, const WCHAR *format, ...)
{
    WCHAR message[512];
    va_list args;

    va_start(args, format);
    _vsnwprintf(message, ARRAYSIZE(message), format, args);
    va_end(args);
    message[ARRAYSIZE(message) - 1] = 0;

    print(err_stream(), L"csccmd: %ls\n", message);
    if (verb) print(err_stream(), L"Usage: csccmd %ls %ls\n", verb->name, verb->usage);
    else print(err_stream(), L"\"csccmd help\" lists the verbs.\n");
    return CMD_USAGE;
}

/* The name of a switch without its dashes or slash, NULL if arg is none. */
static const WCHAR *switch_name(const WCHAR *arg, BOOL slash_is_path)
{
    if (arg[0] == '-' && arg[1] == '-' && arg[2]) return arg + 2;
    if (arg[0] == '-' && arg[1] && arg[1] != '-') return arg + 1;
    /* two slashes begin a server name */
    if (arg[0] == '/' && arg[1] != '/' && !slash_is_path) return arg + 1;
    return NULL;
}

/* Finds a switch; 0: there is none of this name. */
static unsigned int find_switch(const WCHAR *name, enum switch_value *value, const WCHAR **text)
{
    size_t length = wcscspn(name, L"=:");
    unsigned int i;

    *value = VALUE_NONE;
    *text = NULL;
    for (i = 0; i < ARRAYSIZE(switches); i++)
    {
        if (wcslen(switches[i].name) != length || _wcsnicmp(switches[i].name, name, length)) continue;
        if (name[length] && switches[i].value == VALUE_NONE) return 0;
        if (name[length]) *text = name + length + 1;
        *value = switches[i].value;
        return switches[i].bit;
    }
    return 0;
}

/* Paths of shares may be written with slashes, which Unix shells leave alone. */
static const WCHAR *unc_path(const WCHAR *arg)
{
    WCHAR *path, *p;

    if (!((arg[0] == '\\' && arg[1] == '\\') || (arg[0] == '/' && arg[1] == '/'))) return arg;
    path = xalloc((wcslen(arg) + 1) * sizeof(*path));
    wcscpy(path, arg);
    for (p = path; *p; p++) if (*p == '/') *p = '\\';
    return path;
}

/* The switches of Microsoft's program of this name. Returns -1 if name is none of them. */
static int parse_alias(const WCHAR *name, int argc, struct command *command)
{
    static const WCHAR disconnect[] = L"disconnect:", moveshare[] = L"moveshare";

    if (!_wcsicmp(name, L"enable") || !_wcsicmp(name, L"disable"))
    {
        command->verb = find_verb(name);
        return CMD_DONE;
    }
    if (!_wcsnicmp(name, disconnect, ARRAYSIZE(disconnect) - 1))
    {
        name += ARRAYSIZE(disconnect) - 1;
        if (!*name) return usage_error(NULL, L"/disconnect: needs a share, as in /disconnect:\\\\server\\share");
        command->verb = find_verb(L"offline");
        command->args[command->arg_count++] = unc_path(name);
        return CMD_DONE;
    }
    if (!_wcsicmp(name, L"disconnect"))
        return usage_error(NULL, L"/disconnect: needs a share, as in /disconnect:\\\\server\\share");
    if (!_wcsicmp(name, L"resid"))
        return usage_error(NULL, L"/resid is not supported: the cache holds no security identifiers");
    if (!_wcsnicmp(name, moveshare, ARRAYSIZE(moveshare) - 1) &&
        (!name[ARRAYSIZE(moveshare) - 1] || name[ARRAYSIZE(moveshare) - 1] == ':'))
        return usage_error(NULL, L"/moveshare is not supported: unmap the old share and map the new one");
    (void)argc;
    return -1;
}

static int check_arguments(const struct command *command)
{
    const struct verb *verb = command->verb;
    BOOL all = !!(command->switches & SWITCH_ALL);

    if (command->switches & SWITCH_HELP) return CMD_DONE;
    if (command->arg_count < verb->min_args)
        return usage_error(verb, verb->max_args == 1 || verb->max_args == UINT_MAX ? L"%ls: a path is missing"
                           : L"%ls: an argument is missing", verb->name);
    if (command->arg_count > verb->max_args)
        return usage_error(verb, L"%ls: too many arguments, beginning with \"%ls\"", verb->name,
                           command->args[verb->max_args]);
    if (verb->switches & SWITCH_ALL)
    {
        if (all && command->arg_count) return usage_error(verb, L"%ls: either a share or --all", verb->name);
        if (!all && !command->arg_count) return usage_error(verb, L"%ls: a share or --all is missing", verb->name);
    }
    return CMD_DONE;
}

/* Words stand for paths and names, except where they are values. */
static BOOL may_be_empty(const struct command *command)
{
    return command->verb->run == run_setting && command->arg_count >= 2 && !_wcsicmp(command->args[0], L"set");
}

int parse_command_line(int argc, WCHAR *argv[], struct command *command)
{
    BOOL switches_end = FALSE, slash_is_path;
    const WCHAR *name, *text;
    enum switch_value value;
    unsigned int bit;
    int i, ret;

    memset(command, 0, sizeof(*command));
    command->args = xalloc((argc + 1) * sizeof(*command->args));

    for (i = 1; i < argc; i++)
    {
        if (!switches_end && !wcscmp(argv[i], L"--"))
        {
            switches_end = TRUE;
            continue;
        }
        slash_is_path = command->verb && command->verb->path_arg == (int)command->arg_count;
        name = switches_end ? NULL : switch_name(argv[i], slash_is_path);
        if (!name)
        {
            if (command->verb)
            {
                if (!argv[i][0] && !may_be_empty(command))
                    return usage_error(command->verb, L"%ls: an argument is empty", command->verb->name);
                command->args[command->arg_count] = slash_is_path ? argv[i] : unc_path(argv[i]);
                command->arg_count++;
            }
            else if (!(command->verb = find_verb(argv[i])))
                return usage_error(NULL, L"unknown verb \"%ls\"", argv[i]);
            continue;
        }

        bit = find_switch(name, &value, &text);
        if (!command->verb && !(bit & SWITCHES_GLOBAL) && argv[i][0] == '/')
        {
            if ((ret = parse_alias(name, argc, command)) == CMD_DONE) continue;
            if (ret > 0) return ret;
        }
        if (!bit) return usage_error(command->verb, L"unknown switch \"%ls\"", argv[i]);
        if (!(bit & SWITCHES_GLOBAL))
        {
            if (!command->verb) return usage_error(NULL, L"switch \"%ls\" before the verb", argv[i]);
            if (!(bit & command->verb->switches))
                return usage_error(command->verb, L"%ls: there is no switch \"%ls\"", command->verb->name, argv[i]);
        }
        if (value != VALUE_NONE)
        {
            if (!text && i + 1 < argc) text = argv[++i];
            if (!text || !*text) return usage_error(command->verb, L"%ls: \"%ls\" needs a value", command->verb->name, argv[i]);
            command->values[value] = text;
        }
        command->switches |= bit;
    }

    if (!command->verb)
    {
        if (!(command->switches & SWITCH_HELP)) return usage_error(NULL, L"a verb is missing");
        command->verb = find_verb(L"help");
    }
    return check_arguments(command);
}
