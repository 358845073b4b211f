# Everything in one directory
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import data, fill

TITLE = 'first fill, one directory of 100,000 × 100 bytes'
ROUNDS = 3        # a round takes the better part of a minute


def measure(bench):
    tree = bench.tree('flat', data.make_files, 1, bench.size(100000), 100)
    return fill.race(bench, 'fill-flat', tree)
