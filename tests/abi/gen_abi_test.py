#!/usr/bin/env python3
# Make the C source of the ABI test from the published facts.
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: gen_abi_test.py header FACTS CSCOBJ_H > abi_test.c
#        gen_abi_test.py typelib FACTS > typelib_facts.h
#
# "header" makes a program that must compile against CSCOBJ_H: static
# assertions hold each slot, signature, enum value and constant to the facts,
# and what can only be seen at run time (GUIDs, strings) is checked by running
# it. CSCOBJ_H is also read here, so that something that is declared there but
# not among the facts is noticed. "typelib" makes the table for typelib_test.c.
#
# DOCUMENTED tells which facts of tests/conformance/facts.txt this shows.

import re
import sys

from abi_facts import Facts, guid_initializer

COUNTS = {"interfaces": 35, "enums": 14, "methods": 137, "classes": 2}


def has_enum(name):
    """The values of an enumeration are compared."""
    return lambda facts: bool(facts.enums["OFFLINEFILES_" + name].members)


def has_consts(*prefixes):
    """Constants that begin with each of these are compared."""
    return lambda facts: all(any(name.startswith("OFFLINEFILES_" + prefix) for name in facts.consts) for prefix in prefixes)


def method_names(facts, interface):
    """The methods that an interface adds to its base."""
    return [method.name for method in facts.interfaces[interface].methods]


# Facts of tests/conformance/facts.txt, and whether what they are about is among that which is compared with the header.
DOCUMENTED = {
    "class.setting": lambda facts: "OfflineFilesSetting" in facts.classes,
    "sec.policies": lambda facts: not any(method.name in ("SetPolicy", "DeletePolicy")
                                          for interface in facts.interfaces.values() for method in interface.methods),
    "item.markers": lambda facts: not any(method_names(facts, "IOfflineFiles%sItem" % kind)
                                          for kind in ("Server", "Share", "Directory")),
    "ev.closehandle": lambda facts: method_names(facts, "IOfflineFilesEvents4") == ["PrefetchCloseHandleBegin",
                                                                                    "PrefetchCloseHandleEnd"],
    "val.itemtype": has_enum("ITEM_TYPE"),
    "val.itemcopy": has_enum("ITEM_COPY"),
    "val.itemtime": has_enum("ITEM_TIME"),
    "val.compare": has_enum("COMPARE"),
    "val.connectstate": has_enum("CONNECT_STATE"),
    "val.offlinereason": has_enum("OFFLINE_REASON"),
    "val.cachingmode": has_enum("CACHING_MODE"),
    "val.opresponse": has_enum("OP_RESPONSE"),
    "val.pathfilter": has_enum("PATHFILTER_MATCH"),
    "val.events": has_enum("EVENTS"),
    "val.settingtype": has_enum("SETTING_VALUE_TYPE"),
    "val.syncoperation": has_enum("SYNC_OPERATION"),
    "val.resolve": has_enum("SYNC_CONFLICT_RESOLVE"),
    "val.syncstate": has_enum("SYNC_STATE"),
    "val.itemchange": has_consts("SYNC_ITEM_CHANGE_"),
    "val.filterflags": has_consts("ITEM_FILTER_FLAG_"),
    "val.flags": has_consts("ITEM_QUERY_FLAGS", "ENUM_FLAGS", "SETTING_SCOPE_", "SYNC_CONTROL_FLAGS", "SYNC_CONTROL_CR_MASK",
                            "PIN_CONTROL_FLAGS", "ENCRYPTION_CONTROL_FLAGS", "DELETE_FLAGS", "TRANSITION_FLAGS"),
    "lnk.name": lambda facts: facts.consts["OFFLINEFILES_SETTING_PinLinkTargets"] == 'L"LinkTargetCaching"' and
                has_consts("PINLINKTARGETS_NEVER", "PINLINKTARGETS_EXPLICIT", "PINLINKTARGETS_ALWAYS")(facts),
}

PREAMBLE = """\
/* Made by gen_abi_test.py; do not edit.
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include "cscobj.h"

static int passed, failed;

static void check(int good, const char *what)
{
    if (good) passed++;
    else
    {
        failed++;
        printf("not ok - %s\\n", what);
    }
}

static void check_guid(const GUID *actual, GUID expected, const char *what)
{
    check(!memcmp(actual, &expected, sizeof(expected)), what);
}

/* A fact that the compiler checks; counted here, so that the totals say how many there are. */
#define FACT(text, condition) do { _Static_assert(condition, text); passed++; } while (0)
#define SLOT(iface, method, slot) \\
    FACT(#iface "::" #method " is not in slot " #slot, \\
         offsetof(iface##Vtbl, method) == (slot) * sizeof(void *))
#define SIGNATURE(iface, method, result, ...) \\
    FACT(#iface "::" #method " has another signature", \\
         __builtin_types_compatible_p(__typeof__(((iface##Vtbl *)0)->method), \\
                                      result (STDMETHODCALLTYPE *)(__VA_ARGS__)))
#define MEMBER(type, name, value) \\
    FACT(#name " has another value", name == (value)); \\
    FACT(#name " is too wide", sizeof(type) == 4)
#define CONSTANT(name, value) \\
    FACT(#name " has another value", (ULONGLONG)(name) == (value))

"""


def declared(header, facts):
    """What the header declares, by name, for comparison with the facts."""
    interfaces = set(re.findall(r"^MIDL_INTERFACE\(.*?\)\s*(\w+)", header, re.M))
    methods = sum(len(re.findall(r"virtual HRESULT STDMETHODCALLTYPE \w+\(", body))
                  for body in re.findall(r"^MIDL_INTERFACE\(.*?\n};", header, re.M | re.S))
    enums = set(re.findall(r"typedef enum tag(\w+)", header))
    members = set()
    for body in re.findall(r"typedef enum tag\w+\s*\{(.*?)\}", header, re.S):
        members |= set(re.findall(r"(\w+)\s*=", body))
    consts = set(re.findall(r"^#define (OFFLINEFILES_\w+)", header, re.M))
    classes = set(re.findall(r"DEFINE_GUID\(CLSID_(\w+),", header))
    expected_members = {name for enum in facts.enums.values() for name, _ in enum.members}
    return [
        ("interfaces", interfaces, set(facts.interfaces)),
        ("enumerations", enums, set(facts.enums)),
        ("enumeration members", members, expected_members),
        ("constants", consts, set(facts.consts)),
        ("classes", classes, set(facts.classes)),
    ], methods


def header_test(facts, header):
    out = [PREAMBLE]
    calls = []

    def function(name, lines):
        calls.append(name)
        out.append("static void %s(void)\n{\n%s\n}\n" % (name, "\n".join("    " + l for l in lines)))

    for interface in facts.interfaces.values():
        vtable = facts.vtable(interface)
        lines = []
        for slot, name, result, types in vtable:
            lines.append("SLOT(%s, %s, %d);" % (interface.name, name, slot))
            lines.append("SIGNATURE(%s, %s, %s, %s);"
                         % (interface.name, name, result, ", ".join([interface.name + " *"] + types)))
        lines.append('FACT("%s has another number of methods", sizeof(%sVtbl) == %d * sizeof(void *));'
                     % (interface.name, interface.name, len(vtable)))
        lines.append('check_guid(&IID_%s, (GUID)%s, "IID_%s");'
                     % (interface.name, guid_initializer(interface.iid), interface.name))
        function("test_" + interface.name, lines)

    for enum in facts.enums.values():
        function("test_" + enum.name,
                 ['FACT("enum tag%s is not %s", __builtin_types_compatible_p(enum tag%s, %s));'
                  % (enum.name, enum.name, enum.name, enum.name)] +
                 ["MEMBER(%s, %s, %d);" % (enum.name, name, value) for name, value in enum.members])

    lines = []
    for name in facts.consts:
        value = facts.value(name)
        if isinstance(value, str):
            lines.append('check(!wcscmp(%s, %s), "%s");' % (name, value, name))
        else:
            lines.append("CONSTANT(%s, 0x%xull);" % (name, value))
    function("test_constants", lines)

    function("test_classes", ['check_guid(&CLSID_%s, (GUID)%s, "CLSID_%s");'
                              % (name, guid_initializer(clsid), name)
                              for name, clsid in facts.classes.items()])

    sets, methods = declared(header, facts)
    lines = []
    for what, actual, expected in sets:
        difference = sorted(actual ^ expected)
        lines.append('check(%d, "%s: declared %d, published %d%s");'
                     % (not difference, what, len(actual), len(expected),
                        ", different: " + " ".join(difference) if difference else ""))
    actual_counts = {"interfaces": len(facts.interfaces), "enums": len(facts.enums),
                     "methods": facts.method_count(), "classes": len(facts.classes)}
    for what, expected in COUNTS.items():
        lines.append('check(%d == %d, "the facts have %d %s, not %d");'
                     % (actual_counts[what], expected, actual_counts[what], what, expected))
    lines.append('check(%d == %d, "the header declares %d methods, not %d");'
                 % (methods, facts.method_count(), methods, facts.method_count()))
    for name, is_compared in DOCUMENTED.items():
        lines.append('check(%d, "what fact %s is about is compared");' % (is_compared(facts), name))
    function("test_counts", lines)

    out.append("int main(void)\n{\n%s\n"
               '    printf("abi (%%u bit): %%d passed, %%d failed\\n",'
               " (unsigned int)sizeof(void *) * 8, passed, failed);\n"
               "    return failed != 0;\n}" % "\n".join("    %s();" % call for call in calls))
    return "\n".join(out)


def typelib_table(facts):
    out = ["/* Made by gen_abi_test.py; do not edit.",
           " * SPDX-License-Identifier: LGPL-2.1-or-later */", ""]
    for interface in facts.interfaces.values():
        out.append("static const struct method_facts %s_methods[] =\n{" % interface.name)
        for method in interface.methods:
            names = ", ".join('L"%s"' % p.name for p in method.params)
            out.append('    { %d, L"%s", %d, { %s } },'
                       % (method.slot, method.name, len(method.params), names or "NULL"))
        out.append("    { 0, NULL, 0, { NULL } }\n};\n")
    out.append("static const struct interface_facts interfaces[] =\n{")
    for interface in facts.interfaces.values():
        out.append('    { L"%s", L"%s", %s, %d, %d, %s_methods },'
                   % (interface.name, interface.base, guid_initializer(interface.iid),
                      len(interface.methods), len(facts.vtable(interface)), interface.name))
    out.append("};\n")
    for enum in facts.enums.values():
        out.append("static const struct member_facts %s_members[] =\n{" % enum.name)
        out += ['    { L"%s", %d },' % member for member in enum.members]
        out.append("};\n")
    out.append("static const struct enum_facts enums[] =\n{")
    out += ['    { L"tag%s", %d, %s_members },' % (enum.name, len(enum.members), enum.name)
            for enum in facts.enums.values()]
    out.append("};\n")
    out.append("static const struct class_facts classes[] =\n{")
    out += ['    { L"%s", L"I%s", %s },' % (name, name, guid_initializer(clsid))
            for name, clsid in facts.classes.items()]
    out.append('};\n\nstatic const WCHAR library_name[] = L"%s";' % facts.library)
    return "\n".join(out)


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "header":
        with open(sys.argv[3], encoding="utf-8") as header:
            print(header_test(Facts(sys.argv[2]), header.read()))
    elif len(sys.argv) == 3 and sys.argv[1] == "typelib":
        print(typelib_table(Facts(sys.argv[2])))
    else:
        sys.exit("usage: gen_abi_test.py header FACTS CSCOBJ_H | typelib FACTS")


if __name__ == "__main__":
    main()
