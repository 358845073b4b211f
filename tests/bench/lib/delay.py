# Rows of an origin with latency: a mount of our own that lets each operation wait, the same for all
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import subprocess
import time

from . import data, peers
from .errors import Failed, Skip
from .measure import OURS

MOUNT_LIMIT = 10      # seconds


class Mount:
    """What stands at source, slowly."""

    def __init__(self, bench, source, milliseconds):
        program = os.path.join(bench.build, 'tests/bench/delayfs')
        if not os.path.exists(program):
            raise Skip('tests/bench/delayfs is not built')
        if not os.access('/dev/fuse', os.W_OK) or peers.missing('fusermount3'):
            raise Skip('nothing can be mounted by FUSE here')
        self.path = bench.place('mount')
        os.makedirs(self.path)
        with open(self.path + '.log', 'wb') as log:
            self.process = subprocess.Popen([program, '--delay', str(milliseconds), source, self.path],
                                            stdin=subprocess.DEVNULL, stderr=log)
        end = time.monotonic() + MOUNT_LIMIT
        while not os.path.ismount(self.path):
            if time.monotonic() > end or self.process.poll():
                with open(self.path + '.log', encoding='utf-8', errors='replace') as log:
                    raise Failed('delayfs does not mount\n' + log.read())
            time.sleep(0.05)

    def close(self):
        subprocess.run(['fusermount3', '-u', '-z', self.path], check=False, stderr=subprocess.DEVNULL)
        try:
            self.process.wait(MOUNT_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()


def small_tree(bench, files):
    return bench.tree('far-%d' % files, data.make_files, 10, bench.size(files) // 10 + bench.quick, 4096)


def fill(bench, files, milliseconds):
    """Each program has a fresh mount in each round: nobody finds what another one has read."""
    prefix = bench.prefix
    name = 'fill-latency-%d' % milliseconds
    tree = small_tree(bench, files)
    targets = {}

    def slow(work):
        def timed(n):
            mount = Mount(bench, tree, milliseconds)
            try:
                return work(n, mount.path)
            finally:
                mount.close()
        return timed

    def ours(n, origin):
        return prefix.client.call('pin', prefix.map('%s-%d' % (name, n), origin))[0]

    def rsync(n, origin):
        targets[n] = bench.place(name)
        return peers.rsync(origin, targets[n])

    def check(n):
        bench.check_same(tree, prefix.cached('%s-%d' % (name, n)), 'ours')
        bench.check_same(tree, targets[n], 'rsync -a')

    Mount(bench, tree, milliseconds).close()
    prefix.use(name)
    values = bench.race({OURS: slow(ours), 'rsync -a': slow(rsync)}, check=check)
    bench.discard(prefix.drop(name))
    return values


def sync(bench, files, milliseconds):
    prefix = bench.prefix
    name = 'sync-latency-%d' % milliseconds
    tree, target = small_tree(bench, files), bench.place(name)
    mount = Mount(bench, tree, milliseconds)
    try:
        prefix.use(name)
        share = prefix.map(name, mount.path)
        prefix.client.call('pin', share)
        peers.rsync(tree, target)
        values = bench.race({OURS: lambda n: prefix.client.call('sync', share)[0],
                             'rsync -a': lambda n: peers.rsync(mount.path, target)},
                            check=lambda n: bench.check_same(tree, prefix.cached(name), 'ours'))
        bench.discard(prefix.drop(name))
        return values
    finally:
        prefix.end_session()
        mount.close()
