# Rows about single calls of the API in caches of many items
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import random

from . import peers
from .data import SEED
from .errors import Failed, Skip
from .wine import CACHE, LINKS

SIZES = 1000000, 100000, 10000, 1000
FOLDER = 1000         # files in a directory of the native helper
CALLS = 2000


def label(count):
    return '{:,} items'.format(count)


def path_of(number):
    return r'\\bench\share\d%05d\f%08d.dat' % (number // FOLDER, number)


def fill_cache(bench, name, count):
    """The native helper opens the engine by itself, writes the rows and ends; no service runs meanwhile."""
    program = os.path.join(bench.build, 'bin/csc-bench')
    if not os.path.exists(program):
        raise Skip('csc-bench, which makes large caches, is not built')
    bench.prefix.use(name)
    bench.prefix.end_session()
    origin = bench.place('origin')
    os.makedirs(origin)
    peers.timed(program, os.path.join(bench.prefix.path, CACHE), os.path.join(bench.prefix.path, LINKS),
                'map=' + origin, 'store=%d' % count)
    chosen = random.Random(SEED).sample(range(count), min(count, 20000))
    paths = bench.place('paths')
    with open(paths, 'w', encoding='ascii') as file:
        file.write(''.join(path_of(number) + '\n' for number in chosen))
    return bench.prefix.windows_path(paths)


def large_cache(bench, count, fresh=False):
    """Has the service run with a cache of so many files; fresh: a service that has done nothing yet.  The file with the
    paths of some of them."""
    name = 'items-%d' % count
    paths = bench.once(name, lambda: fill_cache(bench, name, count))
    if fresh:
        bench.prefix.end_session()
    bench.prefix.use(name)
    return paths


def find(bench, paths):
    """µs of one call."""
    seconds, items = bench.prefix.client.call('find', CALLS, paths)
    return seconds / items * 1e6


def empty(bench):
    seconds, items = bench.prefix.client.call('empty', CALLS)
    return seconds / items * 1e6


def list_directory(bench):
    """ms of one list of a directory with FOLDER files."""
    seconds, items = bench.prefix.client.call('list', 20, r'\\bench\share\d00000')
    if items != 20 * FOLDER:
        raise Failed('%d items instead of %d' % (items, 20 * FOLDER))
    return seconds / 20 * 1e3


def growth(bench, once, rounds=None):
    """once: gives the figure of a cache of so many items.  The largest first, so that it is compared with the others; all
    rounds of one before the next: a change of the cache takes longer than what is measured."""
    sizes = [size for size in SIZES if size <= bench.size(SIZES[0])]
    values = {}
    for size in sizes:
        values.update(bench.race({label(size): lambda n: once(size)}, rounds=rounds))
    return values
