# Looking for changes on an origin with 50 ms per operation
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import delay

TITLE = 'sync with no changes, 100 items, origin with 50 ms per operation'
ROUNDS = 3        # nearly all of the time is the delay itself


def measure(bench):
    return delay.sync(bench, 100, 50)
