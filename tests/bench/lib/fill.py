# The race of all rows about a first fill: the same tree into fresh places
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from . import peers
from .measure import OURS


def race(bench, name, tree, with_peers=('rsync', 'cp')):
    prefix = bench.prefix
    prefix.use(name)
    made = {}

    def ours(n):
        seconds, _ = prefix.client.call('pin', prefix.share('%s-%d' % (name, n)))
        return seconds

    def peer(program, run):
        def timed(n):
            made[program] = bench.place(name)
            return run(made[program])
        return timed

    def prepare(n):
        prefix.map('%s-%d' % (name, n), tree)

    def check(n):
        share = '%s-%d' % (name, n)
        bench.check_same(tree, prefix.cached(share), 'ours')
        if n == 0:
            for program, target in made.items():
                bench.check_same(tree, target, program)
        bench.discard(*made.values())

    commands = {
        'rsync': ('rsync -a', lambda target: peers.rsync(tree, target)),
        'cp': ('cp -a', lambda target: peers.cp(tree, target)),
        'unison': ('unison', lambda target: peers.unison(tree, target, bench.place('unison'))),
        'xcopy': ("Wine's xcopy", lambda target: peers.xcopy(prefix, tree, target)),
    }
    programs = {OURS: ours}
    for peer_name in with_peers:
        label, run = commands[peer_name]
        reason = peers.missing(peer_name) if peer_name != 'xcopy' else None
        if reason:
            bench.note(reason)
        else:
            programs[label] = peer(label, run)
    values = bench.race(programs, prepare, check)
    bench.discard(prefix.drop(name))
    return values
