# Memory that a row's programs copy into, where the machine gives free memory away
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A virtual machine may hand each free page back to its host at once.  A program that writes a large file then waits for the
host at every new page: on the machine of our figures 1 GiB takes anything from 0.4 to 4 s, all of it in the kernel's memcpy, and
whose turn is slow is luck.  In a group with a limit of memory that is used up, what is written takes the place of what was
read or written before it, which is the same for all."""
import contextlib
import os

CHUNK = 1 << 20


def own_group():
    """The directory of this process's memory group (control groups, version 1), or None."""
    try:
        with open('/proc/self/cgroup', encoding='ascii') as file:
            groups = [line.rstrip('\n').split(':', 2) for line in file]
        with open('/proc/self/mounts', encoding='utf-8') as file:
            mounts = [line.split() for line in file]
    except OSError:
        return None
    for _, controllers, path in groups:
        if 'memory' in controllers.split(','):
            for mount in mounts:
                if mount[2] == 'cgroup' and 'memory' in mount[3].split(','):
                    return mount[1] + path.rstrip('/')
    return None


def put(path, value):
    with open(path, 'w', encoding='ascii') as file:
        file.write(str(value))


def use_up(path, size):
    """Fills the memory with a file that takes no room on disk; it must stay as long as its pages are to."""
    with open(path, 'wb') as file:
        file.truncate(size)
    with open(path, 'rb', buffering=0) as file:
        chunk = bytearray(CHUNK)
        while file.readinto(chunk):
            pass


@contextlib.contextmanager
def recycled(bench, size):
    """All programs that are started meanwhile share size bytes of memory, which are in use from the beginning.  Sessions
    of Wine that run before or after are others.  Where the machine knows no such groups, the row gets a note."""
    own = own_group()
    group = own and '%s/bench-%d' % (own, os.getpid())
    try:
        if not own:
            raise OSError('no memory groups')
        os.mkdir(group)
    except OSError as reason:
        bench.note('memory was not set aside for these runs (%s)' % (reason.strerror or reason))
        yield
        return
    filler = bench.place('filler')
    try:
        bench.prefix.end_session()
        put(group + '/memory.limit_in_bytes', size)
        put(group + '/cgroup.procs', os.getpid())
        use_up(filler, size)
        bench.restart_clock()
        yield
    finally:
        bench.prefix.end_session()
        with open(group + '/cgroup.procs', encoding='ascii') as file:
            left = file.read().split()
        for pid in left:
            with contextlib.suppress(OSError):      # it ended meanwhile
                put(own + '/cgroup.procs', pid)
        with contextlib.suppress(OSError):
            os.rmdir(group)
        bench.discard(filler)
