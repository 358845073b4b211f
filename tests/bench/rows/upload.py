# New files on their way to the server
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import data, peers
from lib.measure import OURS

import os

TITLE = 'upload of 5,000 new files of 4 KiB'
NAME = 'upload'


def measure(bench):
    prefix = bench.prefix
    prefix.use(NAME)
    tree = bench.tree('small', data.make_files, 50, bench.size(100), 4096)
    origins, copies = {}, {}

    def prepare(n):
        share = '%s-%d' % (NAME, n)
        origins[n] = bench.place(NAME)
        os.makedirs(origins[n])
        prefix.csccmd('pin', '--deep', '--fill', prefix.map(share, origins[n]))
        prefix.csccmd('offline', prefix.share(share))
        peers.cp(tree + '/.', prefix.cached(share))

    def ours(n):
        seconds, items = prefix.client.call('sync', prefix.share('%s-%d' % (NAME, n)))
        return seconds

    def peer(label, run):
        def timed(n):
            copies[label] = bench.place(NAME)
            return run(tree, copies[label])
        return timed

    def check(n):
        bench.check_same(tree, origins[n], 'ours')
        bench.discard(origins[n], *copies.values())

    # the one that, too, has each file on the server's disk before it has its name
    durable = 'rsync -a --fsync'
    values = bench.race({OURS: ours, durable: peer('durable', lambda source, target: peers.rsync(source, target, '--fsync')),
                         'rsync -a': peer('rsync', peers.rsync), 'cp -a': peer('cp', peers.cp)}, prepare, check)
    bench.discard(prefix.drop(NAME))
    return values
