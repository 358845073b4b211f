# The tree of 100,000 items that several rows share, filled, and copied by the peers
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
import os

from . import data, peers
from .measure import OURS

NAME = 'wide'


def fill(bench):
    tree = bench.tree(NAME, data.make_wide, 1000, bench.size(100) - 1)
    share = bench.prefix.map(NAME, tree)
    bench.prefix.client.call('pin', share)
    copies = {'rsync': bench.place(NAME)}
    peers.rsync(tree, copies['rsync'])
    if peers.missing('unison'):
        bench.note(peers.missing('unison'))
    else:
        copies['unison'] = (bench.place(NAME), bench.place('unison'))
        peers.unison(tree, *copies['unison'])
    return tree, NAME, copies


def filled(bench):
    """The origin, the name of the share, and the copies of the peers: rsync: a path; unison: a path and its archives."""
    bench.prefix.use(NAME)
    return bench.once(NAME, lambda: fill(bench))


def programs(bench):
    """A synchronization by ours and by each peer."""
    tree, share, copies = filled(bench)
    result = {OURS: lambda n: bench.prefix.client.call('sync', bench.prefix.share(share))[0],
              'rsync -a': lambda n: peers.rsync(tree, copies['rsync'])}
    if 'unison' in copies:
        result['unison'] = lambda n: peers.unison(tree, *copies['unison'])
    return result


def check(bench):
    """All copies are as the origin is now."""
    tree, share, copies = filled(bench)
    bench.check_same(tree, bench.prefix.cached(share), 'ours')


def count(tree):
    """How many items are below the root."""
    return sum(len(folders) + len(files) for _, folders, files in os.walk(tree))
