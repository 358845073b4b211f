# An origin as far away as a server in the next country
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import delay

TITLE = 'first fill, 40 × 4 KiB, origin with 50 ms per operation'
ROUNDS = 3        # nearly all of the time is the delay itself


def measure(bench):
    return delay.fill(bench, 40, 50)
