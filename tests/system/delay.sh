# An origin with latency for tests (see tests/bench/delayfs.c); to be sourced after lib.sh.
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# private_mounts has to be set before lib.sh is sourced.

delayfs=$BUILD_DIR/tests/bench/delayfs

# delay_missing: prints what keeps such origins from being made here; fails when nothing does
delay_missing()
{
    if [ ! -x "$delayfs" ]; then echo "tests/bench/delayfs was not built (Debian packages libfuse3-dev and pkg-config)"
    elif [ ! -w /dev/fuse ]; then echo "there is no /dev/fuse to mount with"
    elif ! command -v fusermount3 >/dev/null; then echo "no fusermount3 (Debian package fuse3)"
    else return 1
    fi
}

# delay_mount SOURCE MOUNTPOINT MS [OPTION...]: until the end of the test; not to be called in a subshell
delay_mount()
{
    local source=$1 mount=$2 ms=$3
    shift 3
    mkdir -p "$mount" || return 1
    "$delayfs" --delay "$ms" "$@" "$source" "$mount" >/dev/null 2>"$work/delayfs.log" </dev/null &
    disown $!
    on_exit "fusermount3 -u -z '$mount' 2>/dev/null"
    wait_for 5 test -e "$mount/.delayfs"
}

# delay_set MOUNTPOINT MS: from now on
delay_set() { echo "$2" >"$1/.delayfs"; }

delay_reset() { echo reset >"$1/.delayfs"; }

# delay_operations MOUNTPOINT: how many there were since delay_reset
delay_operations() { awk '$1 != "delay" && $1 != "most" { sum += $2 } END { print sum + 0 }' "$1/.delayfs"; }

# delay_most MOUNTPOINT: how many of them waited at once
delay_most() { awk '$1 == "most" { print $2 }' "$1/.delayfs"; }
