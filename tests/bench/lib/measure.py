# Rounds, their order, and what a row gives
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import shutil
import statistics
import time
from dataclasses import dataclass, field

from . import data
from .wine import Prefix

OURS = 'ours'
ROW_LIMIT = 200      # seconds: no round begins later, but for the first that counts
ROOM = 10 << 30       # bytes of disk that stay free; below it what is done with goes at once


@dataclass
class Limit:
    """most: times the median of what is named by of, or without of in the unit of the row."""
    most: float
    of: str = ''

    def text(self, unit):
        most = str(self.most).removesuffix('.0')
        return '%s × %s' % (most, self.of) if self.of else '%s %s' % (most, unit)


@dataclass
class Result:
    """What a row gave: for each program the figures of all rounds.  The first one is the one that counts."""
    title: str
    unit: str
    values: dict
    limit: Limit = None
    notes: list = field(default_factory=list)

    def median(self, program):
        return statistics.median(self.values[program])

    def share_of_limit(self):
        """How much of what is allowed the first program takes: at most 1 is met.  None: there is no limit."""
        first = next(iter(self.values))
        if not self.limit or (self.limit.of and self.limit.of not in self.values):
            return None
        allowed = self.limit.most * (self.median(self.limit.of) if self.limit.of else 1)
        return self.median(first) / allowed


class Bench:
    """What the rows work with: places, trees, the prefix, rounds."""

    def __init__(self, source, build, work, rounds, quick):
        self.source, self.build, self.work = source, build, work
        self.given, self.quick = rounds, quick
        self.prefix = Prefix(source, build, work)
        self.places = 0
        self.kept = {}
        self.notes = []

    def begin(self, rounds):
        """Of a row, which has so many rounds if none were asked for."""
        self.rounds = self.given or rounds
        self.notes = []
        self.restart_clock()

    def restart_clock(self):
        """What a row did so far was to prepare it."""
        self.end = time.monotonic() + ROW_LIMIT

    def size(self, number):
        """A number of files, directories or bytes; a twentieth of it in a quick run."""
        return max(1, number // 20) if self.quick else number

    def place(self, name):
        """A path that nothing has stood at yet."""
        self.places += 1
        return os.path.join(self.work, '%s.%d' % (name, self.places))

    def tree(self, name, make, *numbers):
        """The tree of that name; it is made at its first use and kept for other rows."""
        path = os.path.join(self.work, 'data', name)
        if not os.path.isdir(path):
            os.makedirs(path)
            make(path, *numbers)
        return path

    def once(self, name, make):
        """What make returned at its first use."""
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]

    def discard(self, *paths):
        """Files are removed at the end of the run: ext4 makes files up to twenty times slower for minutes where many
        were removed.  When the disk gets full they go at once."""
        bin_ = os.path.join(self.work, 'discarded')
        os.makedirs(bin_, exist_ok=True)
        for path in paths:
            if os.path.lexists(path):
                self.places += 1
                os.rename(path, os.path.join(bin_, str(self.places)))
        if shutil.disk_usage(self.work).free < ROOM:
            shutil.rmtree(bin_)
            self.note('the disk was nearly full, so files were removed before or between these rounds')

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def recover(self):
        """After a row that failed: nothing of what it used is used again."""
        if self.prefix.made:
            self.prefix.end_session()
            if self.prefix.cache:
                self.prefix.drop(self.prefix.cache)
        self.discard(os.path.join(self.work, 'caches'))
        self.kept = {}

    def settle(self):
        """What was written before must not be written out during the next run."""
        os.sync()

    def race(self, programs, prepare=None, check=None, rounds=None):
        """programs: name -> function of the number of the round, which gives its figure.  They run one after the other,
        each round begins with another one; round 0 does not count.  prepare and check: called with that number, before
        and after the round."""
        names = list(programs)
        values = {name: [] for name in names}
        for n in range((rounds or self.rounds) + 1):
            if n > 1 and time.monotonic() > self.end:
                self.note('only %d rounds: the time was up' % (n - 1))
                break
            if prepare:
                prepare(n)
            for name in names[n % len(names):] + names[:n % len(names)]:
                self.settle()
                figure = programs[name](n)
                if n:
                    values[name].append(figure)
            if check:
                check(n)
        return values

    def check_same(self, left, right, what):
        data.check_same(left, right, what)
