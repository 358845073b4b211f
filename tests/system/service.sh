# Helpers of the tests that kill things; to be sourced after lib.sh.
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# unix_pids PATTERN: processes of this prefix whose command line matches the shell pattern
unix_pids()
{
    local dir line
    for dir in /proc/[0-9]*; do
        line=$(tr '\0' ' ' 2>/dev/null <"$dir/cmdline") || continue
        # shellcheck disable=SC2254
        case $line in
            $1) tr '\0' '\n' 2>/dev/null <"$dir/environ" | grep -qxF "WINEPREFIX=$WINEPREFIX" && echo "${dir#/proc/}" ;;
        esac
    done
    return 0
}

service_pid() { unix_pids '*svchost.exe -k LocalSystemNetworkRestricted*'; }

services_run() { [ -n "$(unix_pids '*services.exe*')" ]; }

# hold_session LOG: keeps the Wine session alive until the end of the test, so that services live on
# between two programs; stderr of the services goes to the file
hold_session()
{
    mkfifo "$work/hold" || exit 1
    exec 8<>"$work/hold"
    wine cmd /c 'set /p end=' <&8 >/dev/null 2>"$1" &
    holder=$!
    on_exit 'exec 8>&-'
    wait_for 30 services_run || { not_ok "the Wine session starts"; finish; }
}

milliseconds() { date +%s%3N; }

# same_trees WHAT EXPECTED FOUND: names and contents, byte for byte
same_trees()
{
    local text
    if text=$(diff -r "$2" "$3" 2>&1); then ok "$1"; else not_ok "$1" "$(printf '%s\n' "$text" | head -n 20)"; fi
}

# cached_tree SERVER SHARE: where the cache keeps the files of a share
cached_tree() { printf '%s/drive_c/windows/CSC/v2.0.6/namespace/%s/%s' "$WINEPREFIX" "$1" "$2"; }

# start_cmd: a Windows program that runs all the time, fed line by line by in_cmd
start_cmd()
{
    mkfifo "$work/keys" || exit 1
    wine cmd.exe /q <"$work/keys" >"$work/cmd.log" 2>&1 &
    cmd_pid=$!
    exec 6>"$work/keys"
    on_exit 'exec 6>&-'
}

# in_cmd COMMAND [SECONDS]: has it run a command; sets cmd_ms to how long that took, fails when it was not done
# within the time (default 30)
cmd_serial=0
in_cmd()
{
    local mark begin end
    cmd_serial=$((cmd_serial + 1)) mark=$WINEPREFIX/drive_c/mark.$cmd_serial
    begin=$(milliseconds) end=$((begin + ${2:-30} * 1000))
    # one line at a time: Wine's cmd drops what follows the first line in a pipe
    printf '%s&echo done>C:\\mark.%d\n' "$1" "$cmd_serial" >&6
    until [ -e "$mark" ]; do
        cmd_ms=$(($(milliseconds) - begin))
        [ $((begin + cmd_ms)) -lt $end ] || return 1
        sleep 0.02
    done
    cmd_ms=$(($(milliseconds) - begin))
}
