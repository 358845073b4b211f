# The data of the benchmarks: made from a fixed seed, the same on each machine
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import random
import subprocess

from .errors import Failed

SEED = 20261122
AGED = 1700000000     # a file just made is racy and would be read again, so all are old
MIX_MOST = 1 << 20


class Content:
    """Bytes that do not compress, different in each file."""

    def __init__(self, seed=SEED):
        self.random = random.Random(seed)
        self.block = self.random.randbytes(MIX_MOST)
        self.count = 0

    def of(self, size):
        self.count += 1
        start = self.random.randrange(MIX_MOST - size + 1)
        return (b'%012d' % self.count)[:size] + self.block[start + min(size, 12):start + size]

    def mixed_size(self):
        """As in a home directory: half of the files below 8 KiB, one in a hundred over 80, few up to 1 MiB."""
        return min(MIX_MOST, int(self.random.lognormvariate(9.01, 1.0)))


def write(path, data, time=AGED):
    with open(path, 'wb') as file:
        file.write(data)
    os.utime(path, (time, time))


def make_files(path, folders, files, size, name='d%04d'):
    """folders directories of files files each; size: bytes, or a function that tells."""
    content = Content()
    number = 0
    for n in range(folders):
        folder = os.path.join(path, name % n)
        os.makedirs(folder)
        for _ in range(files):
            write(os.path.join(folder, 'f%06d.bin' % number), content.of(size if isinstance(size, int) else size(content)))
            number += 1


def make_mixed(path, folders, files):
    make_files(path, folders, files, Content.mixed_size)


def make_wide(path, folders, files):
    """A tree of two levels, ten directories above."""
    for n in range(10):
        make_files(os.path.join(path, 't%d' % n), folders // 10, files, 1024)


def make_deep(path, levels, files):
    """One directory in the other."""
    content = Content()
    for n in range(levels):
        path = os.path.join(path, 'd%03d' % n)
        os.makedirs(path)
        for k in range(files):
            write(os.path.join(path, 'f%02d.bin' % k), content.of(1024))


def make_large(path, size):
    content = Content()
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, 'large.bin'), 'wb') as file:
        for _ in range(size >> 20):
            file.write(content.of(1 << 20))
    os.utime(os.path.join(path, 'large.bin'), (AGED, AGED))


def check_same(left, right, what):
    """Fails unless both trees have the same names and bytes."""
    done = subprocess.run(['diff', '-rq', '--no-dereference', left, right], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=dict(os.environ, LC_ALL='C'))
    if done.returncode:
        text = done.stdout.decode(errors='replace').splitlines()
        raise Failed('%s: the end state is wrong, %d differences\n%s' % (what, len(text), '\n'.join(text[:5])))
