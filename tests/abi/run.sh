#!/bin/sh
# The ABI tests: IDL, header, IIDs and type library against the published facts.
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: [BUILD_DIR=...] [SRC_DIR=...] run.sh
#
# Needs widl, mingw gcc and python3; Wine where it is installed, with 32-bit
# programs where that Wine runs them. WIDL, WIDL_FLAGS, MINGW64_CC, MINGW32_CC,
# WINE, IDL (the file to test) and BITS (64, 32) can be set. Generated files go to
# $BUILD_DIR/tests/abi. One line a test, "ok -", "not ok -" or "skip -"; the
# last line is "N passed, N failed, N skipped".

SRC_DIR=${SRC_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
here=$SRC_DIR/tests/abi
if test -z "$BUILD_DIR"; then
    BUILD_DIR=$(mktemp -d) || exit 1
    own_build=$BUILD_DIR
fi
work=$BUILD_DIR/tests/abi
idl=${IDL:-$SRC_DIR/include/cscobj.idl}
facts=$here/abi.txt
widl=${WIDL:-widl}
if test -z "$WIDL_FLAGS"; then
    for dir in /usr/include/wine/wine/windows /usr/include/wine/windows; do
        if test -f "$dir/oaidl.idl"; then WIDL_FLAGS="-I$dir"; break; fi
    done
    for dir in /usr/lib/*/wine/x86_64-windows; do
        if test -f "$dir/stdole2.tlb"; then WIDL_FLAGS="$WIDL_FLAGS -L $dir"; break; fi
    done
fi
WINE=${WINE:-wine}
WINEDEBUG=${WINEDEBUG:--all}
export WINEDEBUG
passed=0; failed=0; skipped=0

ok() { passed=$((passed + 1)); echo "ok - $1"; }
not_ok() { failed=$((failed + 1)); echo "not ok - $1"; test -z "$2" || sed 's/^/#   /' "$2"; }
skip() { skipped=$((skipped + 1)); echo "skip - $1"; }

# try NAME COMMAND...: the command's output is shown when it fails, else its last line
try()
{
    name=$1; shift
    if "$@" > "$work/log" 2>&1; then
        ok "$name ($(tail -n 1 "$work/log" | tr -d '\r'))"
    else
        not_ok "$name" "$work/log"
    fi
}

cleanup()
{
    if test -n "$own_prefix"; then
        wineserver -k 2>/dev/null
        wineserver -w 2>/dev/null
        rm -rf "$own_prefix"
    fi
    test -z "$own_build" || rm -rf "$own_build"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

mkdir -p "$work" || exit 1

have_wine=no
if command -v "$WINE" >/dev/null 2>&1; then
    have_wine=yes
    if test -z "$WINEPREFIX"; then
        own_prefix=$(mktemp -d) || exit 1
        WINEPREFIX=$own_prefix
        export WINEPREFIX
        WINEDLLOVERRIDES="${WINEDLLOVERRIDES:-mscoree,mshtml=}" "$WINE" cmd /c exit >/dev/null 2>&1 ||
            have_wine=no
    fi
fi

try "marshalling attributes" python3 "$here/check_attributes.py" "$facts" "$idl"

# one_arch BITS COMPILER
one_arch()
{
    dir=$work/$1
    mkdir -p "$dir" || return
    flags="--win$1 -Oicf $WIDL_FLAGS"
    if ! { $widl $flags -h -H "$dir/cscobj.h" "$idl" &&
           $widl $flags -u -o "$dir/cscobj_i.c" "$idl" &&
           $widl $flags -t -o "$dir/cscobj.tlb" "$idl"; } > "$work/log" 2>&1; then
        not_ok "widl, $1 bit" "$work/log"
        return
    fi
    python3 "$here/gen_abi_test.py" header "$facts" "$dir/cscobj.h" > "$dir/abi_test.c" &&
    python3 "$here/gen_abi_test.py" typelib "$facts" > "$dir/typelib_facts.h" || {
        not_ok "generator, $1 bit"
        return
    }
    rm -f "$dir"/*.exe
    if $2 -std=gnu11 -Wall -Wextra -static-libgcc -I"$dir" -o "$dir/abi_test.exe" \
            "$dir/abi_test.c" "$dir/cscobj_i.c" > "$work/log" 2>&1 && ! test -s "$work/log"; then
        ok "slots, signatures, enumerations and constants, $1 bit (static assertions)"
    else
        not_ok "slots, signatures, enumerations and constants, $1 bit (static assertions)" "$work/log"
        return
    fi
    if ! $2 -std=gnu11 -Wall -Wextra -static-libgcc -municode -I"$dir" -o "$dir/typelib_test.exe" \
            "$here/typelib_test.c" -loleaut32 -lole32 -luuid > "$work/log" 2>&1; then
        not_ok "compile typelib_test, $1 bit" "$work/log"
        return
    fi
    if test $have_wine = no; then
        skip "run the ABI tests, $1 bit: no Wine"
        return
    fi
    if test "$1" = 32 && ! test -d "$WINEPREFIX/drive_c/windows/syswow64"; then
        skip "run the ABI tests, 32 bit: this Wine prefix has no 32-bit part"
        return
    fi
    if test "$1" = 32 && ! "$WINE" 'C:\windows\syswow64\rundll32.exe' >/dev/null 2>&1; then
        skip "run the ABI tests, 32 bit: this Wine runs no 32-bit programs (wine32 is not installed)"
        return
    fi
    try "GUIDs and strings, $1 bit" "$WINE" "$dir/abi_test.exe"
    try "type library, $1 bit" "$WINE" "$dir/typelib_test.exe" "$dir/cscobj.tlb"
    case $1 in 64) dll=$BUILD_DIR/wine/x86_64-windows/cscobj.dll ;; *) dll=$BUILD_DIR/wine/i386-windows/cscobj.dll ;; esac
    if test -z "$IDL" && test -f "$dll"; then
        try "type library in cscobj.dll, $1 bit" "$WINE" "$dir/typelib_test.exe" "$dll"
    fi
}

case ${BITS:-64 32} in *64*) one_arch 64 "${MINGW64_CC:-x86_64-w64-mingw32-gcc}" ;; esac
case ${BITS:-64 32} in *32*) one_arch 32 "${MINGW32_CC:-i686-w64-mingw32-gcc}" ;; esac

if test -z "$IDL"; then
    # shows that the checks above can fail; only in the outer run
    SRC_DIR=$SRC_DIR WIDL=$widl WIDL_FLAGS=$WIDL_FLAGS WINE=$WINE \
        "$here/test_moved.sh" > "$work/moved.log" 2>&1
    grep '^ok -\|^not ok -\|^skip -\|^#' "$work/moved.log"
    moved_passed=$(grep -c '^ok -' "$work/moved.log")
    moved_failed=$(grep -c '^not ok -' "$work/moved.log")
    skipped=$((skipped + $(grep -c '^skip -' "$work/moved.log")))
    test $((moved_passed + moved_failed)) -gt 0 || not_ok "test_moved.sh" "$work/moved.log"
    passed=$((passed + moved_passed))
    failed=$((failed + moved_failed))
fi

echo "$passed passed, $failed failed, $skipped skipped"
test $failed -eq 0
