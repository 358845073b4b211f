/*
 * csccmd: command line tool of Offline Files
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csccmd.h"

static int run(const struct command *command)
{
    HRESULT hr;
    int ret;

    /* In a process with a multi-threaded apartment Wine prints an error for each call that goes out to
     * another one: it looks for the object at home first. */
    if (FAILED(hr = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED)))
    {
        report_error(L"COM", hr);
        return CMD_NO_SERVICE;
    }
    install_cancel_handler();
    ret = command->verb->run(command);
    CoUninitialize();
    return ret;
}

int __cdecl wmain(int argc, WCHAR *argv[])
{
    struct command command;
    int ret;

    if ((ret = parse_command_line(argc, argv, &command)) == CMD_DONE)
    {
        global_switches = command.switches & (SWITCH_JSON | SWITCH_QUIET);
        if (!command.verb->run) ret = print_help(&command);
        else if (command.switches & SWITCH_HELP) print_verb_help(command.verb);
        else
        {
            ret = run(&command);
            if ((global_switches & SWITCH_JSON) && ret != CMD_USAGE) json_default_summary(command.verb->name, ret);
        }
    }
    flush_output();
    return ret;
}
