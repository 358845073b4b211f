/*
 * csccmd: help
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csccmd.h"

void print_usage(HANDLE stream)
{
    const struct verb *verb;
    unsigned int i;

    print(stream, L"csccmd works with Offline Files: shares that stay when their server is gone.\n\n"
                  L"Usage: csccmd [--json] [--quiet] VERB [ARGUMENTS]\n\n");
    for (i = 0; (verb = verb_at(i)); i++) print(stream, L"  %-11ls%ls\n", verb->name, verb->summary);
    print(stream, L"\n"
                  L"  --json   results for scripts: one JSON object a line, a summary last\n"
                  L"  --quiet  errors only\n"
                  L"Switches may also be written /json, /quiet and so on. Paths are \\\\server\\share\\... or\n"
                  L"//server/share/...\n\n"
                  L"Exit codes: 0 done, 1 some items failed, 2 wrong usage, 3 service not available, 4 cancelled.\n"
                  L"\"csccmd help VERB\" explains a verb.\n");
}

void print_verb_help(const struct verb *verb)
{
    print(out_stream(), L"Usage: csccmd %ls %ls\n\n%ls", verb->name, verb->usage, verb->text);
}

int print_help(const struct command *command)
{
    const struct verb *verb;

    if (!command->arg_count)
    {
        print_usage(out_stream());
        return CMD_DONE;
    }
    if (!(verb = find_verb(command->args[0])))
        return usage_error(NULL, L"help: unknown verb \"%ls\"", command->args[0]);
    print_verb_help(verb);
    return CMD_DONE;
}
