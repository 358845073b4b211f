# Everything in one directory
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import data, fill

TITLE = 'first fill, one directory of 100,000 × 100 bytes'


def measure(bench):
    tree = bench.tree('flat', data.make_files, 1, bench.size(100000), 100)
    return fill.race(bench, 'fill-flat', tree)
