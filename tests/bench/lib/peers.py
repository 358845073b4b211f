# The programs that ours is compared with, each timed as a whole process
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import shutil
import subprocess
import time

from .errors import Failed

LIMIT = 300           # seconds


def timed(*command, env=None):
    start = time.monotonic()
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=env, timeout=LIMIT)
    seconds = time.monotonic() - start
    if done.returncode:
        raise Failed('%s: exit code %d\n%s' % (' '.join(command), done.returncode,
                                               done.stdout.decode(errors='replace')[-2000:]))
    return seconds


def rsync(source, target, *options):
    return timed('rsync', '-a', *options, source + '/', target)


def cp(source, target):
    """target must not exist yet."""
    return timed('cp', '-a', source, target)


def unison(source, target, archives):
    """archives: the folder where it keeps what it knows of these two trees."""
    os.makedirs(archives, exist_ok=True)
    os.makedirs(target, exist_ok=True)
    return timed('unison', source, target, '-ui', 'text', '-batch', '-silent', '-times', '-log=false',
                 '-confirmbigdel=false', env=dict(os.environ, UNISON=archives, HOME=archives, LC_ALL='C.UTF-8'))


def xcopy(prefix, source, target):
    """Wine's, with the start of its process."""
    return prefix.timed_process('wine', 'xcopy', '/E', '/I', '/Q', '/Y', prefix.windows_path(source),
                                prefix.windows_path(target))


def missing(name):
    """Why a peer cannot take part, or None."""
    return None if shutil.which(name) else name + ' is not installed'
