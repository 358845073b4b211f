# Nothing has changed: what runs every twenty minutes
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import peers, wide
from lib.measure import OURS, Limit

TITLE = 'sync with no changes, 100,000 items'
LIMIT = Limit(1.0, 'rsync -a')


def measure(bench):
    tree, share, copies = wide.filled(bench)
    programs = {OURS: lambda n: bench.prefix.client.call('sync', bench.prefix.share(share))[0],
                'rsync -a': lambda n: peers.rsync(tree, copies['rsync'])}
    if 'unison' in copies:
        programs['unison'] = lambda n: peers.unison(tree, *copies['unison'])
    return bench.race(programs, check=lambda n: wide.check(bench))
