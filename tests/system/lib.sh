# Helpers of the system tests; to be sourced by bash.
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A test prints `ok - what`, `not ok - what` and `skip - what: reason`, ends with `finish`, and
# runs in its own folder and Wine prefix below $BUILD_DIR/system-tests, which go away with it
# (KEEP=1 leaves them).
#
#   work            the test's folder
#   WINEPREFIX      its prefix, there after make_prefix
#   out, err, rc    stdout, stderr and exit code of the last csccmd or capture
#   private_mounts  set before lib.sh is sourced: what the test mounts is seen by it alone, where the system
#                   allows that. Wine looks at every mounted file system now and then, so a mount
#                   that hangs would hold up other tests.

set -u
if [ -n "${private_mounts-}" ] && [ -z "${CSC_TEST_PRIVATE-}" ] && unshare --mount true 2>/dev/null; then
    CSC_TEST_PRIVATE=1 exec unshare --mount "$0" "$@"
fi
: "${SRC_DIR:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${BUILD_DIR:=$SRC_DIR/build}"
test_name=$(basename "$0" .test)
mkdir -p "$BUILD_DIR/system-tests" || exit 1
work=$(mktemp -d "$BUILD_DIR/system-tests/$test_name.XXXXXX") || exit 1
export SRC_DIR BUILD_DIR WINEPREFIX=$work/prefix LC_ALL=C.UTF-8
export WINEDEBUG=${CSC_TEST_WINEDEBUG:--all} WINEDLLPATH=$BUILD_DIR/wine
export WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
unset WINEARCH WINESERVER WINELOADER
# Wine's Wayland driver complains where there is none
export XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"

passed=0 failed=0 skipped=0
out='' err='' rc=0

ok() { passed=$((passed + 1)); printf 'ok - %s\n' "$1"; }

# not_ok WHAT [DETAIL]
not_ok()
{
    failed=$((failed + 1))
    printf 'not ok - %s\n' "$1"
    [ -z "${2-}" ] || printf '%s\n' "$2" | sed 's/^/    /'
}

# skip WHAT REASON
skip() { skipped=$((skipped + 1)); printf 'skip - %s: %s\n' "$1" "$2"; }

# check WHAT COMMAND...: ok if the command succeeds; its output is shown if it does not
check()
{
    local what=$1 text
    shift
    if text=$("$@" 2>&1); then ok "$what"; else not_ok "$what" "$text"; fi
}

# equal WHAT EXPECTED FOUND
equal()
{
    if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "expected: $2"$'\n'"found:    $3"; fi
}

# matches WHAT PATTERN TEXT: a shell pattern
matches()
{
    # shellcheck disable=SC2053
    if [[ $3 == $2 ]]; then ok "$1"; else not_ok "$1" "pattern: $2"$'\n'"text:    $3"; fi
}

# wait_for SECONDS COMMAND...: polls until the command succeeds
wait_for()
{
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# capture COMMAND...: sets out, err and rc
capture()
{
    "$@" >"$work/stdout" 2>"$work/stderr" </dev/null
    rc=$?
    out=$(tr -d '\r' <"$work/stdout")
    err=$(tr -d '\r' <"$work/stderr")
}

# csccmd ARGUMENTS...: runs the program of the build and sets out, err and rc
csccmd() { capture wine "$BUILD_DIR/wine/x86_64-windows/csccmd.exe" "$@"; }

# expect_csccmd WHAT CODE ARGUMENTS...: a run that must end with that exit code
expect_csccmd()
{
    local what=$1 code=$2
    shift 2
    csccmd "$@"
    if [ "$rc" = "$code" ]; then ok "$what"; else not_ok "$what" "exit code $rc, not $code"$'\n'"$out"$'\n'"$err"; fi
}

# make_prefix: a new prefix at $WINEPREFIX; ends the test if that does not work. Wine itself failed
# to once ("could not load kernel32.dll"), before anything of ours was there: that is told, and done again.
make_prefix()
{
    local try
    for try in 1 2 3; do
        mkdir -p "$WINEPREFIX"
        if wine wineboot -i >"$work/wineboot.log" 2>&1; then
            wineserver -w
            return
        fi
        printf '# attempt %d to make a prefix: %s\n' $try "$(tail -n 1 "$work/wineboot.log")"
        stop_wine
        remove_server_folder
        rm -rf "$WINEPREFIX"
    done
    not_ok "a Wine prefix can be made" "$(tail -n 20 "$work/wineboot.log")"
    finish
}

# install_csc: puts Offline Files into the prefix; ends the test if that does not work
install_csc()
{
    if ! "$SRC_DIR/tools/install-prefix" "$WINEPREFIX" >"$work/install.log" 2>&1; then
        not_ok "tools/install-prefix" "$(tail -n 20 "$work/install.log")"
        finish
    fi
}

# stop_wine: ends the Wine session of the prefix, and nobody else's
stop_wine()
{
    [ -d "$WINEPREFIX" ] || return 0
    wineserver -k 2>/dev/null
    wineserver -w 2>/dev/null
}

# Debian's Wine keeps the server's lock of each prefix in a folder of its own in /tmp, which the prefix names, and leaves it.
remove_server_folder()
{
    local name
    name=$(cat "$WINEPREFIX/wineserver" 2>/dev/null)
    [[ $name =~ ^wine-[A-Za-z0-9]{6}$ ]] && rm -rf "/tmp/$name"
}

# on_exit COMMAND: something that has to be cleaned up at the end (in reverse order)
exit_commands=()
on_exit() { exit_commands=("$1" ${exit_commands[@]+"${exit_commands[@]}"}); }

cleanup()
{
    local command
    trap - EXIT
    for command in ${exit_commands[@]+"${exit_commands[@]}"}; do eval "$command"; done
    stop_wine
    [ -n "${KEEP-}" ] || { remove_server_folder; rm -rf "$work"; }
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# finish: ends the test with its exit code
finish()
{
    printf '# %s: %d passed, %d failed, %d skipped\n' "$test_name" $passed $failed $skipped
    [ $failed = 0 ] && [ $((passed + skipped)) -gt 0 ]
    exit
}
