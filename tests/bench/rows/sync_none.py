# Nothing has changed: what runs every twenty minutes
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import wide
from lib.measure import Limit

TITLE = 'sync with no changes, 100,000 items'
LIMIT = Limit(1.0, 'rsync -a')


def measure(bench):
    return bench.race(wide.programs(bench), check=lambda n: wide.check(bench))
