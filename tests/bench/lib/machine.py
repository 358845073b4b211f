# What a reader has to know of the machine
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import subprocess

BUSY = 0.5            # load above it: other programs run


def first_line(*command):
    try:
        return subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True).stdout.split('\n')[0].strip()
    except OSError:
        return ''


def value(path, name, separator):
    try:
        with open(path, encoding='utf-8') as file:
            for line in file:
                if line.startswith(name + separator):
                    return line.split(separator, 1)[1].strip().strip('"')
    except OSError:
        pass
    return ''


def describe(work):
    """In words; no name of the machine."""
    memory = int((value('/proc/meminfo', 'MemTotal', ':') or '0').split()[0]) / (1 << 20)
    parts = [value('/etc/os-release', 'PRETTY_NAME', '='), 'Linux ' + '.'.join(os.uname().release.split('.')[:2]),
             first_line('wine', '--version'), '%d cores' % os.cpu_count(), '%.0f GiB of memory' % memory,
             first_line('findmnt', '-n', '-o', 'FSTYPE', '-T', work), ' '.join(first_line('rsync', '--version').split()[0:3:2]),
             ' '.join(first_line('unison', '-version').split()[:3:2])]
    return ', '.join(part for part in parts if part)


def busy():
    """Whether other programs run on it."""
    return os.getloadavg()[0] > BUSY


def commit(source):
    return first_line('git', '-C', source, 'log', '-1', '--format=%h %s')
