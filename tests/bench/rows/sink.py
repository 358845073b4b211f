# What a progress sink in another process costs
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import data
from lib.measure import OURS, Limit

TITLE = 'first fill, 5,000 × 4 KiB, with a progress sink that answers each item'
LIMIT = Limit(1.1, 'without a sink')
NAME = 'sink'


def measure(bench):
    prefix = bench.prefix
    prefix.use(NAME)
    tree = bench.tree('small', data.make_files, 50, bench.size(100), 4096)

    def prepare(n):
        for kind in 'with', 'without':
            prefix.map('%s-%d' % (kind, n), tree)

    def check(n):
        for kind in 'with', 'without':
            bench.check_same(tree, prefix.cached('%s-%d' % (kind, n)), kind + ' a sink')

    values = bench.race({OURS: lambda n: prefix.client.call('pin', prefix.share('with-%d' % n))[0],
                         'without a sink': lambda n: prefix.client.call('pin-alone', prefix.share('without-%d' % n))[0]},
                        prepare, check)
    bench.discard(prefix.drop(NAME))
    return values
