# Directories that were renamed offline: nothing is sent again
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
import os

from lib import data, peers
from lib.measure import OURS

TITLE = 'sync with 100 renamed directories of 1,000 files each'
NAME = 'sync-renames'


def rename_all(tree, n):
    for name in sorted(os.listdir(tree)):
        os.rename(os.path.join(tree, name), os.path.join(tree, '%s-%d' % (name.split('-')[0], n)))


def measure(bench):
    prefix = bench.prefix
    prefix.use(NAME)
    origin, source, target = bench.place(NAME), bench.place(NAME), bench.place(NAME)
    data.make_files(origin, 100, bench.size(1000), 512)
    peers.rsync(origin, source)
    peers.rsync(source, target)
    share = prefix.map('renames', origin)
    prefix.client.call('pin', share)
    prefix.csccmd('offline', share)

    def prepare(n):
        rename_all(prefix.cached('renames'), n)
        rename_all(source, n)

    def check(n):
        bench.check_same(prefix.cached('renames'), origin, 'ours')
        bench.check_same(source, origin, 'ours')
        bench.check_same(source, target, 'rsync -a --delete')

    values = bench.race({OURS: lambda n: prefix.client.call('sync', share)[0],
                         'rsync -a --delete': lambda n: peers.rsync(source, target, '--delete')}, prepare, check)
    bench.discard(prefix.drop(NAME), origin, source, target)
    return values
