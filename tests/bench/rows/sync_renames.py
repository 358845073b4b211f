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

    def check(n):
        bench.check_same(prefix.cached('renames'), origin, 'ours')

    values = bench.race({OURS: lambda n: prefix.client.call('sync', share)[0]},
                        lambda n: rename_all(prefix.cached('renames'), n), check)
    # It sends and deletes all files, which takes minutes: ext4 makes files slowly where many were removed.
    rename_all(source, 0)
    bench.settle()
    values['rsync -a --delete'] = [peers.rsync(source, target, '--delete')]
    bench.check_same(source, target, 'rsync -a --delete')
    bench.note('one round of rsync: it sends and deletes all files')
    bench.discard(prefix.drop(NAME), origin, source, target)
    return values
