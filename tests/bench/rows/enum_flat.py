# A flat enumeration, from another process, with the path of each item
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import wide
from lib.errors import Failed
from lib.measure import OURS, Limit

TITLE = 'flat enumeration of 100,000 items'
LIMIT = Limit(1.0)


def measure(bench):
    tree, share, _ = wide.filled(bench)
    expected = wide.count(tree)

    def ours(n):
        seconds, items = bench.prefix.client.call('enum', bench.prefix.share(share))
        if items != expected:
            raise Failed('%d items instead of %d' % (items, expected))
        return seconds

    return bench.race({OURS: ours})
