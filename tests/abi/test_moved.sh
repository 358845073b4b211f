#!/bin/sh
# Shows that the ABI tests can fail: breaks a copy of cscobj.idl in one way at
# a time and expects run.sh to notice each.
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: [BUILD_DIR=...] [SRC_DIR=...] test_moved.sh     (environment as in run.sh)

SRC_DIR=${SRC_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
export SRC_DIR
temp=$(mktemp -d) || exit 1
passed=0; failed=0; skipped=0

cleanup()
{
    if test -n "$own_prefix"; then
        wineserver -k 2>/dev/null
        wineserver -w 2>/dev/null
    fi
    rm -rf "$temp"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

have_wine=no
if command -v "${WINE:-wine}" >/dev/null 2>&1; then
    have_wine=yes
    if test -z "$WINEPREFIX"; then
        own_prefix=$temp/prefix
        WINEPREFIX=$own_prefix
        export WINEPREFIX
        WINEDLLOVERRIDES=mscoree,mshtml= WINEDEBUG=-all "${WINE:-wine}" cmd /c exit >/dev/null 2>&1
    fi
fi

# change FILE: the program on stdin edits the text `t` of the IDL; it must change it exactly once
change()
{
    cat > "$temp/change.py"
    python3 - "$SRC_DIR/include/cscobj.idl" "$temp/change.py" "$1" <<\END
import re
import sys

t = original = open(sys.argv[1], encoding="utf-8").read()

def replace(old, new):
    global t
    if t.count(old) != 1:
        sys.exit("found %d times: %s" % (t.count(old), old))
    t = t.replace(old, new)

exec(open(sys.argv[2]).read())
if t == original:
    sys.exit("nothing was changed")
open(sys.argv[3], "w", encoding="utf-8").write(t)
END
}

# expect_failure NAME PATTERN: run.sh on the changed IDL must fail with a line that has PATTERN
expect_failure()
{
    IDL=$temp/cscobj.idl BUILD_DIR=$temp/build BITS=64 "$SRC_DIR/tests/abi/run.sh" > "$temp/log" 2>&1
    if test $? -ne 0 && grep -q "$2" "$temp/log"; then
        passed=$((passed + 1)); echo "ok - noticed: $1"
    else
        failed=$((failed + 1)); echo "not ok - not noticed: $1"; sed 's/^/#   /' "$temp/log"
    fi
    rm -rf "$temp/build" "$temp/cscobj.idl"
}

# mutation NAME PATTERN, with the change on stdin
mutation()
{
    if change "$temp/cscobj.idl"; then
        expect_failure "$1" "$2"
    else
        failed=$((failed + 1)); echo "not ok - cannot make the change: $1"
    fi
}

mutation "two methods swapped" "IOfflineFilesChangeInfo::IsDirty is not in slot 3" <<\END
replace("IsDirty([out] BOOL *pbDirty)", "IsX([out] BOOL *pbDirty)")
replace("IsDeletedOffline([out] BOOL *pbDeletedOffline)", "IsDirty([out] BOOL *pbDirty)")
replace("IsX([out] BOOL *pbDirty)", "IsDeletedOffline([out] BOOL *pbDeletedOffline)")
END

mutation "a method added" "IOfflineFilesGhostInfo has another number of methods" <<\END
replace("HRESULT IsGhosted([out] BOOL *pbGhosted);", "HRESULT IsGhosted([out] BOOL *pbGhosted); HRESULT More();")
END

mutation "a method renamed" "IsGhosted" <<\END
replace("HRESULT IsGhosted(", "HRESULT IsGhostly(")
END

mutation "a value of an enumeration changed" "OFFLINEFILES_OP_ABORT has another value" <<\END
t = re.sub(r"(OFFLINEFILES_OP_ABORT\s*=) 2", r"\1 3", t)
END

mutation "a member of an enumeration added" "enumeration members" <<\END
t = re.sub(r"(OFFLINEFILES_OP_ABORT\s*=) 2", r"\1 2, OFFLINEFILES_OP_MORE = 3", t)
END

mutation "a constant changed" "OFFLINEFILES_DELETE_FLAG_DELMODIFIED has another value" <<\END
t = re.sub(r"(OFFLINEFILES_DELETE_FLAG_DELMODIFIED\s+)0x00000004", r"\g<1>0x00000008", t)
END

mutation "a flag missing in a mask" "OFFLINEFILES_ITEM_FILTER_FLAGS has another value" <<\END
t = t.replace('cpp_quote("     OFFLINEFILES_ITEM_FILTER_FLAG_DIRTY | \\\\")\n', "")
END

mutation "a parameter dropped" "IOfflineFilesCache::DeleteItems has another signature" <<\END
head, tail = t.split("HRESULT DeleteItems(", 1)
t = head + "HRESULT DeleteItems(" + tail.replace("        [in] DWORD dwFlags,\n", "", 1)
END

mutation "the type of a parameter changed" "IOfflineFilesCache::SetDiskSpaceLimits has another signature" <<\END
head, tail = t.split("HRESULT SetDiskSpaceLimits(", 1)
t = head + "HRESULT SetDiskSpaceLimits(" + tail.replace("ULONGLONG cbLimit", "ULONG cbLimit", 1)
END

mutation "a marshalling attribute dropped" "parameter pIProgress: attributes" <<\END
head, tail = t.split("HRESULT DeleteItems(", 1)
t = head + "HRESULT DeleteItems(" + tail.replace("[in, unique] IOfflineFilesSimpleProgress", "[in] IOfflineFilesSimpleProgress", 1)
END

mutation "an interface derived from another one" "IOfflineFilesServerItem" <<\END
replace("interface IOfflineFilesServerItem : IOfflineFilesItem", "interface IOfflineFilesServerItem : IUnknown")
END

if test $have_wine = yes; then
    mutation "an interface missing in the type library" "no type with the IID of IOfflineFilesSuspendInfo" <<\END
replace("    interface IOfflineFilesSuspendInfo;\n", "")
END
    mutation "an IID changed" "not ok - IID_IOfflineFilesCache2" <<\END
replace("8c075039-1551-4ed9-8781-56705c04d3c0", "8c075039-1551-4ed9-8781-56705c04d3c1")
END
    mutation "a CLSID changed" "not ok - CLSID_OfflineFilesCache" <<\END
replace("48c6be7c-3871-43cc-b46f-1449a1bb2ff3", "48c6be7c-3871-43cc-b46f-1449a1bb2ff4")
END
else
    skipped=$((skipped + 3))
    echo "skip - changed IID, CLSID and type library: no Wine"
fi

echo "$passed passed, $failed failed, $skipped skipped"
test $failed -eq 0
