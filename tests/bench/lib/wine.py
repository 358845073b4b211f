# A Wine prefix with Offline Files, its session, and the client that times the calls
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import queue
import shutil
import subprocess
import threading
import time

from .errors import Failed, Skip

CACHE = 'drive_c/windows/CSC'
LINKS = 'dosdevices/unc'
CALL_LIMIT = 300     # seconds: no call may take longer
SERVER = r'\\bench'


class Client:
    """client.exe, running; it keeps the Wine session alive."""

    def __init__(self, env, program):
        self.process = subprocess.Popen(['wine', program], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, encoding='utf-8', errors='replace')
        self.answers = queue.Queue()
        self.complaints = []
        threading.Thread(target=self.read, daemon=True).start()
        threading.Thread(target=self.listen, daemon=True).start()
        self.answer()

    def read(self):
        for line in self.process.stdout:
            self.answers.put(line.rstrip('\r\n'))
        self.answers.put('error\tthe client ended')

    def listen(self):
        for line in self.process.stderr:
            self.complaints = self.complaints[-9:] + [line.strip()]

    def answer(self):
        try:
            fields = self.answers.get(timeout=CALL_LIMIT).split('\t')
        except queue.Empty:
            raise Failed('the client did not answer within %d s' % CALL_LIMIT) from None
        if fields[0] != 'ok':
            raise Failed('\n'.join(fields[1:] + self.complaints))
        return float(fields[1]), int(fields[2]), int(fields[3])

    def call(self, *fields):
        """Seconds and number of items of one command; all items must have gone well."""
        self.process.stdin.write('\t'.join(str(field) for field in fields) + '\n')
        self.process.stdin.flush()
        seconds, items, failed = self.answer()
        if failed:
            raise Failed('%s: %d of %d items failed\n%s' % (' '.join(map(str, fields)), failed, items,
                                                          '\n'.join(self.complaints)))
        return seconds, items

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()


class Prefix:
    """One prefix for a run.  It can change its cache: each has a name, and what is not in use stands aside."""

    def __init__(self, source, build, work):
        self.source, self.build, self.work = source, build, work
        self.path = os.path.join(work, 'prefix')
        self.program = os.path.join(work, 'client.exe')
        self.env = dict(os.environ, WINEPREFIX=self.path, WINEDEBUG='-all', LC_ALL='C.UTF-8',
                        WINEDLLPATH=os.path.join(build, 'wine'),
                        WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d')
        for name in ('DISPLAY', 'WINEARCH', 'WINESERVER', 'WINELOADER'):
            self.env.pop(name, None)
        self.client = None
        self.cache = None
        self.made = False

    def make(self):
        compiler = shutil.which('x86_64-w64-mingw32-gcc')
        if not compiler or not shutil.which('wine'):
            raise Skip('needs Wine and x86_64-w64-mingw32-gcc')
        self.run([compiler, '-std=gnu11', '-O2', '-static-libgcc', '-I' + os.path.join(self.build, 'include'),
                  '-I' + os.path.join(self.source, 'include'), '-o', self.program,
                  os.path.join(self.source, 'tests/bench/client.c'), '-lole32', '-luuid', '-ladvapi32'])
        wine = os.path.join(self.build, 'wine')
        self.run(['wine', 'wineboot', '-i'])
        self.run(['wineserver', '-w'])
        self.run([os.path.join(self.source, 'tools/install-prefix'), '--build-dir', wine, '--wine-dir', wine, self.path])
        self.end_session()
        self.made = True

    def run(self, command, limit=CALL_LIMIT):
        done = subprocess.run(command, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, timeout=limit)
        text = done.stdout.decode('utf-8', errors='replace')
        if done.returncode:
            raise Failed('%s: exit code %d\n%s' % (' '.join(command), done.returncode, text))
        return text

    # -- the session and its cache

    def end_session(self):
        if self.client:
            self.client.close()
            self.client = None
        for option in '-k', '-w':
            subprocess.run(['wineserver', option], env=self.env, check=False, stderr=subprocess.DEVNULL)

    def aside(self, name):
        """Where the cache of that name stands while it is not in use."""
        return os.path.join(self.work, 'caches', name)

    def use(self, name):
        """Has the service run with the cache of that name, a new one if there is none yet."""
        if not self.made:
            self.make()
        if name == self.cache and self.client:
            return
        self.end_session()
        if self.cache and name != self.cache:
            self.swap(self.cache, away=True)
        if name != self.cache:
            self.swap(name, away=False)
        self.cache = name
        self.client = Client(self.env, self.program)

    def swap(self, name, away):
        os.makedirs(self.aside(name), exist_ok=True)
        for place in CACHE, LINKS:
            used, kept = os.path.join(self.path, place), os.path.join(self.aside(name), os.path.basename(place))
            source, target = (used, kept) if away else (kept, used)
            if not away and os.path.isdir(target):
                shutil.rmtree(target)      # that of a new prefix
            if os.path.isdir(source):
                os.rename(source, target)

    def drop(self, name):
        """Ends the use of a cache; what is left of it is at the path returned."""
        if name == self.cache:
            self.end_session()
            self.swap(name, away=True)
            self.cache = None
        return self.aside(name)

    # -- what the rows do with it

    def csccmd(self, *args):
        return self.run(['wine', os.path.join(self.build, 'wine/x86_64-windows/csccmd.exe'), *args])

    def share(self, name):
        return SERVER + '\\' + name

    def map(self, name, origin):
        self.csccmd('map', self.share(name), origin)
        return self.share(name)

    def cached(self, name):
        """The tree of a share in the cache."""
        return os.path.join(self.path, CACHE, 'v2.0.6/namespace/bench', name)

    def windows_path(self, path):
        return 'Z:' + path.replace('/', '\\')

    def service_pid(self):
        """The process of the service of this prefix."""
        for entry in os.listdir('/proc'):
            if not entry.isdigit():
                continue
            try:
                with open('/proc/%s/environ' % entry, 'rb') as file:
                    if b'WINEPREFIX=' + self.path.encode() + b'\0' not in file.read():
                        continue
                with open('/proc/%s/maps' % entry, 'rb') as file:
                    if b'/cscsvc.so' in file.read():
                        return int(entry)
            except OSError:
                continue
        raise Failed('the service does not run')

    def service_memory(self):
        """Resident memory of the service's process, bytes."""
        with open('/proc/%d/status' % self.service_pid(), encoding='ascii', errors='replace') as file:
            for line in file:
                if line.startswith('VmRSS:'):
                    return int(line.split()[1]) * 1024
        raise Failed('no VmRSS')

    def timed_process(self, *command):
        start = time.monotonic()
        self.run(list(command))
        return time.monotonic() - start
