# Looking for changes on an origin with 5 ms per operation
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import delay

TITLE = 'sync with no changes, 300 items, origin with 5 ms per operation'


def measure(bench):
    return delay.sync(bench, 300, 5)
