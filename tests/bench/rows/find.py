# FindItem in a large cache, from another process
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import calls
from lib.measure import OURS, Limit

TITLE = 'FindItem, 1,000,000 items cached'
UNIT = 'µs'
LIMIT = Limit(1.3, 'one empty COM call')


def measure(bench):
    paths = calls.large_cache(bench, bench.size(1000000))
    return bench.race({OURS: lambda n: calls.find(bench, paths), 'one empty COM call': lambda n: calls.empty(bench)})
