# Size of the database
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
import os

from lib import calls
from lib.wine import CACHE

TITLE = 'database per item'
UNIT = 'bytes'


def measure(bench):
    def once(count):
        calls.large_cache(bench, count)
        folder = os.path.join(bench.prefix.path, CACHE, 'v2.0.6')
        return sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)
                   if name.startswith('csc.db')) / count

    return calls.growth(bench, once, rounds=1)
