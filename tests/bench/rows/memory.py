# Memory of the service, large cache opened and asked
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import calls
from lib.measure import Limit

TITLE = 'memory of the service after 2,000 calls of FindItem and a list'
UNIT = 'MB'
LIMIT = Limit(100)


def measure(bench):
    def once(count):
        paths = calls.large_cache(bench, count, fresh=True)   # a service of its own for each round
        calls.find(bench, paths)
        calls.list_directory(bench)
        return bench.prefix.service_memory() / 1e6

    return calls.growth(bench, once, rounds=2)
