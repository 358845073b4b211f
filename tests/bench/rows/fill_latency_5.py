# An origin as far away as a server in the same building
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from fractions import Fraction

from lib import delay
from lib.measure import Limit

TITLE = 'first fill, 300 × 4 KiB, origin with 5 ms per operation'
LIMIT = Limit(Fraction(1, 6), 'rsync -a')


def measure(bench):
    return delay.fill(bench, 300, 5)
