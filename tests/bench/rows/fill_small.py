# Many small files: the work of the first day
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import data, fill
from lib.measure import Limit

TITLE = 'first fill, 5,000 × 4 KiB'
LIMIT = Limit(1.2, 'rsync -a')


def measure(bench):
    tree = bench.tree('small', data.make_files, 50, bench.size(100), 4096)
    return fill.race(bench, 'fill-small', tree, ('rsync', 'cp', 'unison', 'xcopy'))
