# A home directory: sizes as people have them
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import data, fill

TITLE = 'first fill, 100,000 files of mixed size (median 8 KiB, up to 1 MiB)'
ROUNDS = 3        # a round takes the better part of a minute


def measure(bench):
    tree = bench.tree('mixed', data.make_mixed, 1000, bench.size(100))
    return fill.race(bench, 'fill-mixed', tree)
