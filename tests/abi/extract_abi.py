#!/usr/bin/env python3
# Turn the page of published ABI facts into tests/abi/abi.txt.
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: extract_abi.py FACTS.md > abi.txt
#
# The page is Markdown: one section per interface with a table of slots, one
# section per enumeration, one table of classes and one of constants. The
# result has one fact a line (see the head that is written below), so that it
# can be read by eye, compared, and parsed without a Markdown reader.

import re
import sys

HEAD = """\
# Published facts of the Offline Files ABI (made by extract_abi.py, read by gen_abi_test.py).
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# class NAME CLSID
# library NAME
# interface NAME BASE IID [unique]     followed by its own methods:
# method SLOT NAME                     followed by its parameters:
# param ATTRIBUTES | TYPE | NAME
# enum NAME                            followed by its members:
# member NAME VALUE
# const NAME VALUE                     VALUE is a number, a name, a string, or NAME|NAME|...
"""


def fail(line_number, text):
    sys.exit("extract_abi.py: line %d: cannot read: %s" % (line_number, text))


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def split_param(text, line_number):
    """`[a,b] const TYPE *name` -> "a,b", "const TYPE*", "name"."""
    match = re.fullmatch(r"\[([a-z_,]+)\] (.*?)\s*(\**)\s*(\w+)", text.strip().strip("`"))
    if not match:
        fail(line_number, text)
    attributes, base, stars, name = match.groups()
    return attributes, base + stars, name


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: extract_abi.py FACTS.md > abi.txt")
    out = [HEAD]
    section = None
    subject = None
    counts = dict.fromkeys(("class", "interface", "method", "enum", "member", "const"), 0)

    def emit(kind, text):
        counts[kind] = counts.get(kind, 0) + 1
        out.append("%s %s" % (kind, text))

    for number, line in enumerate(open(sys.argv[1], encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if line.startswith("## "):
            section = line[3:].split()[0]
            continue
        if line.startswith("### "):
            subject = line[4:].strip()
            if section == "Enumerations":
                emit("enum", subject)
            continue
        if section == "Classes" and line.startswith("| "):
            name, value = cells(line)
            if name.startswith("CLSID_"):
                emit("class", "%s %s" % (name[len("CLSID_"):], value))
            elif name == "library":
                emit("library", value.split()[0])
        elif section == "Interfaces":
            if line.startswith("IID "):
                match = re.fullmatch(r"(\w+) : (\w+)( \(unique\))?", subject)
                if not match:
                    fail(number, subject)
                emit("interface", "%s %s %s%s" % (match[1], match[2], line[4:].strip(),
                                                  " unique" if match[3] else ""))
            elif re.match(r"\| \d", line):
                slot, name, params = cells(line)
                emit("method", "%s %s" % (slot, name))
                if params != "(none)":
                    for param in params.split(";"):
                        emit("param", "%s | %s | %s" % split_param(param, number))
        elif section == "Enumerations" and " = " in line:
            for member in line.split(","):
                name, value = member.split("=")
                emit("member", "%s %d" % (name.strip(), int(value)))
        elif section == "Constants" and line.startswith("| OFFLINEFILES"):
            name, value = cells(line)
            if value.startswith("all of: "):
                value = "|".join(part.strip() for part in value[len("all of: "):].split(","))
            emit("const", "%s %s" % (name, value))
    print("\n".join(out))
    print("; ".join("%s %d" % item for item in counts.items()), file=sys.stderr)


if __name__ == "__main__":
    main()
