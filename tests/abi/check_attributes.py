#!/usr/bin/env python3
# Compare the marshalling attributes of cscobj.idl with the published ones.
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: check_attributes.py FACTS CSCOBJ_IDL
#
# The generated header does not show them, so they are read from the IDL
# itself. A type of LPCWSTR, size_is(cPaths), and so on is compared by the
# attribute's name, and its argument must name a parameter of the method.

import re
import sys

from abi_facts import Facts

passed = 0
failed = 0


def check(good, text):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("not ok - " + text)


def split_params(text):
    """Split at the commas between parameters, not at those inside brackets."""
    parts, depth, start = [], 0, 0
    for i, char in enumerate(text):
        depth += (char in "([") - (char in ")]")
        if char == "," and not depth:
            parts.append(text[start:i])
            start = i + 1
    last = text[start:].strip()
    return [part.strip() for part in parts] + ([last] if last else [])


def parse_param(text):
    """Returns ({attribute: argument}, type, name)."""
    match = re.fullmatch(r"\[(.*?)\]\s*(.*?)\s*(\**)\s*(\w+)", text, re.S)
    if not match:
        return {}, text, ""
    attributes = {}
    for attribute in split_params(match[1]):
        name, _, argument = attribute.partition("(")
        attributes[name] = argument.rstrip(")").lstrip("*")
    return attributes, match[2] + match[3], match[4]


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: check_attributes.py FACTS CSCOBJ_IDL")
    facts = Facts(sys.argv[1])
    idl = open(sys.argv[2], encoding="utf-8").read()
    idl = re.sub(r"/\*.*?\*/", "", idl, flags=re.S)

    found = {}
    for attributes, name, base, body in re.findall(
            r"\[([^\[\]]*)\]\s*interface (\w+) : (\w+)\s*\{(.*?)\n\}", idl, re.S):
        found[name] = (set(a.strip() for a in attributes.split(",")), base, body)
    check(list(found) == list(facts.interfaces), "the interfaces, in the order of the header")

    for interface in facts.interfaces.values():
        if interface.name not in found:
            continue
        attributes, base, body = found[interface.name]
        check("object" in attributes, "%s is an object" % interface.name)
        check("uuid(%s)" % interface.iid.lower() in attributes, "%s: uuid" % interface.name)
        check(("pointer_default(unique)" in attributes) == interface.unique,
              "%s: pointer_default" % interface.name)
        check(base == interface.base, "%s: base" % interface.name)
        methods = re.findall(r"HRESULT\s+(\w+)\((.*?)\);", body, re.S)
        check([name for name, _ in methods] == [method.name for method in interface.methods],
              "%s: methods and their order" % interface.name)
        for method, (_, text) in zip(interface.methods, methods):
            where = "%s::%s" % (interface.name, method.name)
            params = [parse_param(param) for param in split_params(text)]
            check(len(params) == len(method.params), where + ": number of parameters")
            names = [name for _, _, name in params]
            for expected, (actual, type_name, name) in zip(method.params, params):
                what = "%s, parameter %s: " % (where, expected.name)
                # LPCWSTR is a [string] itself, and arrays of it must not repeat that (see the IDL)
                implied = {"string"} if type_name == "LPCWSTR*" else set()
                check(set(actual) | implied == set(expected.attributes), what + "attributes")
                check("string" not in actual or type_name != "LPCWSTR*", what + "[string] is repeated")
                check(type_name == expected.type, what + "type")
                check(name == expected.name, what + "name")
                for attribute in ("size_is", "length_is"):
                    if attribute in actual:
                        check(actual[attribute] in names, what + attribute)

    for enum in facts.enums:
        check(re.search(r"typedef \[v1_enum\] enum tag%s\b" % enum, idl), "%s is a v1_enum" % enum)

    print("attributes: %d passed, %d failed" % (passed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
