# FindItem as the cache grows: the time must stay what it is
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import calls

TITLE = 'FindItem as the cache grows'
UNIT = 'µs'


def measure(bench):
    def once(count):
        paths = calls.large_cache(bench, count)
        return calls.find(bench, paths)

    return calls.growth(bench, once)
