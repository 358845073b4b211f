#!/usr/bin/env python3
# Writes the table of simple upper-case mappings that names are compared by.
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Usage: gen_upcase.py UNICODEDATA OUTPUT

UNICODEDATA is Unicode's UnicodeData.txt, OUTPUT the C header. The table has two
stages: the block of a code point, then its distance to the upper case. Equal
blocks are stored once.
"""
import sys

BLOCK = 64
PER_LINE = 16


def read_deltas(path):
    """Returns {code point: distance to its simple upper case}, without zeros."""
    deltas = {}
    with open(path, encoding='ascii') as stream:
        for line in stream:
            fields = line.split(';')
            if len(fields) < 15:
                raise ValueError(f'{path}: not UnicodeData.txt: {line!r}')
            if fields[12]:
                code = int(fields[0], 16)
                deltas[code] = int(fields[12], 16) - code
    if deltas.get(0x61) != -0x20:
        raise ValueError(f'{path}: has no upper case for "a"')
    return deltas


def rows(values):
    """The values as lines of a C initializer."""
    return ['    ' + ', '.join(str(value) for value in values[i:i + PER_LINE]) + ','
            for i in range(0, len(values), PER_LINE)]


def main():
    source, output = sys.argv[1:]
    deltas = read_deltas(source)
    limit = (max(deltas) // BLOCK + 1) * BLOCK
    blocks, numbers = [], []
    for start in range(0, limit, BLOCK):
        block = [deltas.get(code, 0) for code in range(start, start + BLOCK)]
        if block not in blocks:
            blocks.append(block)
        numbers.append(blocks.index(block))
    if len(blocks) > 256:
        raise ValueError(f'{len(blocks)} blocks do not fit into a byte')
    lines = ['/* Made by gen_upcase.py from UnicodeData.txt */', '',
             f'#define CSC_UPCASE_BLOCK {BLOCK}', f'#define CSC_UPCASE_LIMIT {limit:#x}', '',
             f'static const uint8_t csc_upcase_blocks[{len(numbers)}] =', '{', *rows(numbers), '};', '',
             f'static const int32_t csc_upcase_deltas[{len(blocks)}][{BLOCK}] =', '{']
    for block in blocks:
        lines += ['    {', *('    ' + row for row in rows(block)), '    },']
    lines += ['};', '']
    with open(output, 'w', encoding='ascii') as stream:
        stream.write('\n'.join(lines))


if __name__ == '__main__':
    main()
