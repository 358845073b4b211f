# A few changes among many items
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
import os

from lib import data, peers, wide
from lib.measure import OURS, Limit

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
    tree, share, copies = wide.filled(bench)
    programs = {OURS: lambda n: bench.prefix.client.call('sync', bench.prefix.share(share))[0],
                'rsync -a': lambda n: peers.rsync(tree, copies['rsync'])}
    if 'unison' in copies:
        programs['unison'] = lambda n: peers.unison(tree, *copies['unison'])
    return bench.race(programs, lambda n: change(tree, n), lambda n: wide.check(bench))
