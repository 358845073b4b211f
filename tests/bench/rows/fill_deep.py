# A deep tree
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import data, fill

TITLE = 'first fill, 200 directories one in the other, 25 × 1 KiB in each'


def measure(bench):
    tree = bench.tree('deep', data.make_deep, bench.size(200), 25)
    return fill.race(bench, 'fill-deep', tree)
