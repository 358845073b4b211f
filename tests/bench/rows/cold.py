# The first call of the day: the service does not run yet
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from lib import data
from lib.errors import Failed
from lib.measure import OURS, Limit

TITLE = 'CoCreateInstance to first answer, service not running, Wine session up'
UNIT = 'ms'
LIMIT = Limit(150)
NAME = 'cold'


def measure(bench):
    prefix = bench.prefix
    prefix.use(NAME)
    tree = bench.tree('small', data.make_files, 50, bench.size(100), 4096)
    share = prefix.map('cold', tree)
    prefix.client.call('pin', share)

    def ours(n):
        line = prefix.run(['wine', prefix.program, 'cold', share]).strip().split('\t')
        if line[0] != 'ok':
            raise Failed(' '.join(line))
        return float(line[1]) * 1000

    values = bench.race({OURS: ours})
    bench.discard(prefix.drop(NAME))
    return values
