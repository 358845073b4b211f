# Reads tests/conformance/facts.txt.
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documented facts. A line of the file is

    ID | SECTION | TEXT
    ID | SECTION | TEXT | reason: why no test of the program can show it
    ID | SECTION | TEXT | elsewhere: FILE which shows it, relative to the tree
    ID | SECTION | TEXT | pending: what it waits for

Lines that start with # are comments. Without a mark a fact must be named by fact("ID") in a source of the tests.
"""
import re
import sys
from dataclasses import dataclass

MARKS = ('reason', 'elsewhere', 'pending')


@dataclass
class Fact:
    """One documented fact; mark is one of MARKS or empty, why its text."""
    id: str
    section: str
    text: str
    mark: str
    why: str
    line: int


def read_facts(path):
    """All facts in their order. Ends the program when the file is wrong."""
    facts, seen, wrong = [], set(), []
    with open(path, encoding='ascii') as stream:
        for number, line in enumerate(stream, 1):
            line = line.rstrip()
            if not line or line.startswith('#'):
                continue
            parts = [part.strip() for part in line.split('|')]
            mark, why = '', ''
            if len(parts) == 4:
                mark, _, why = (part.strip() for part in parts[3].partition(':'))
            if len(parts) not in (3, 4) or not all(parts) or (len(parts) == 4 and (mark not in MARKS or not why)):
                wrong.append(f'{path}:{number}: not a fact: {line}')
                continue
            if not re.fullmatch(r'[a-z][a-z0-9]*(\.[a-z0-9]+)+', parts[0]):
                wrong.append(f'{path}:{number}: not an id: {parts[0]}')
            if not re.fullmatch(r'[1-5](\.\d+)*', parts[1]):
                wrong.append(f'{path}:{number}: not a section: {parts[1]}')
            if parts[0] in seen:
                wrong.append(f'{path}:{number}: {parts[0]} is there twice')
            seen.add(parts[0])
            facts.append(Fact(parts[0], parts[1], parts[2], mark, why, number))
    if wrong:
        sys.exit('\n'.join(wrong))
    return facts
