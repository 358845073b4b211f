# One big file
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import data, fill, memory
from lib.measure import Limit

TITLE = 'first fill, one file of 1 GiB'
LIMIT = Limit(1.2, 'cp -a')
ROUNDS = 7            # the kernel's copying takes from once to twice the time, whoever asks for it


def measure(bench):
    tree = bench.tree('large', data.make_large, bench.size(1 << 30))
    with memory.recycled(bench, bench.size(6 << 30)):
        return fill.race(bench, 'fill-large', tree, ('rsync', 'cp', 'unison', 'xcopy'))
