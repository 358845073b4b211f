# Listing a directory of 1,000 files as the cache grows
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import calls

TITLE = 'EnumItems of a directory of 1,000 files as the cache grows'
UNIT = 'ms'


def measure(bench):
    def once(count):
        calls.large_cache(bench, count)
        return calls.list_directory(bench)

    return calls.growth(bench, once)
