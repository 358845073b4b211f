# A few changes among many items
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
import os

from lib import data, wide
from lib.measure import Limit

TITLE = 'sync with 100 changes in 100,000 items'
LIMIT = Limit(1.1, 'rsync -a')


def change(tree, n):
    """50 files written anew, 50 that were not there."""
    content = data.Content(data.SEED + n + 1)
    time = data.AGED + 1000 * (n + 1)
    folders = sorted(os.path.join(folder, name) for folder, names, _ in os.walk(tree) for name in names)
    for k in range(50):
        folder = folders[(k * 7919 + n) % len(folders)]
        data.write(os.path.join(folder, 'new-%d-%d.bin' % (n, k)), content.of(1500), time)
        files = sorted(name for name in os.listdir(folder) if name.startswith('f'))
        if files:
            data.write(os.path.join(folder, files[k % len(files)]), content.of(1200 + n), time)


def measure(bench):
    tree, _, _ = wide.filled(bench)
    return bench.race(wide.programs(bench), lambda n: change(tree, n), lambda n: wide.check(bench))
