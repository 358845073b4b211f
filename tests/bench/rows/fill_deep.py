# A tree as deep as rsync can go
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import data, fill

TITLE = 'first fill, 500 directories one in the other, 10 × 1 KiB in each'


def measure(bench):
    tree = bench.tree('deep', data.make_deep, bench.size(500), 10)
    return fill.race(bench, 'fill-deep', tree)
