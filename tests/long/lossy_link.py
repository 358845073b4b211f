#!/usr/bin/env python3
# A network of two machines whose packets get lost and arrive late.
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Usage: unshare --net lossy_link.py READY <CONTROL

Joins this network namespace (the client's, 10.77.0.1) and a new one (the server's, 10.77.0.2)
by two TAP devices and carries the packets between them. When the link is up, the ids of a process in
each go to the file READY. Each line of CONTROL is "LOSS DELAY": the share of packets to
drop, and how late the others arrive, in seconds, give or take a half. Ends with its input.
tc's netem would do it too, but many kernels come without.
"""
import fcntl
import heapq
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 0x0002, 0x1000
CLIENT, SERVER = '10.77.0.1', '10.77.0.2'


def open_tap(name):
    """Makes a TAP device; it lives as long as the descriptor."""
    fd = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH', name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


def run(*command):
    """Runs a command that must succeed."""
    subprocess.run(command, check=True)


def set_up(name, address, prefix):
    """Gives a device its address."""
    run(*prefix, 'ip', 'address', 'add', address + '/24', 'dev', name)
    run(*prefix, 'ip', 'link', 'set', name, 'up')
    run(*prefix, 'ip', 'link', 'set', 'lo', 'up')


def forward(devices):
    """Carries packets until the input ends."""
    loss = delay = 0.0
    waiting, number = [], 0
    while True:
        pause = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select([0, *devices], [], [], pause)
        if 0 in ready:
            lines = os.read(0, 4096).decode().split('\n')
            if lines == ['']:
                return
            loss, delay = map(float, lines[-2].split())
        for device in devices:
            if device not in ready:
                continue
            packet = os.read(device, 65536)
            if random.random() < loss:
                continue
            number += 1
            due = time.monotonic() + delay * random.uniform(0.5, 1.5)
            heapq.heappush(waiting, (due, number, devices[device], packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, device, packet = heapq.heappop(waiting)
            try:
                os.write(device, packet)
            except OSError:
                pass    # one more that is lost


def main():
    """Builds the link and serves it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with subprocess.Popen(['unshare', '--net', 'sleep', 'infinity'],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as holder:
        try:
            own_namespace = os.readlink('/proc/self/ns/net')
            while os.readlink(f'/proc/{holder.pid}/ns/net') == own_namespace:
                if holder.poll() is not None:
                    sys.exit('no second network namespace')
                time.sleep(0.01)
            client, server = open_tap('csc0'), open_tap('csc1')
            run('ip', 'link', 'set', 'csc1', 'netns', str(holder.pid))
            set_up('csc0', CLIENT, [])
            set_up('csc1', SERVER, ['nsenter', '--net', '--target', str(holder.pid)])
            with open(sys.argv[1] + '.new', 'w', encoding='ascii') as stream:
                stream.write(f'{os.getpid()} {holder.pid}\n')
            os.rename(sys.argv[1] + '.new', sys.argv[1])
            forward({client: server, server: client})
        finally:
            holder.kill()


main()
