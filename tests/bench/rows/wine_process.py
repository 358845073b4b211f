# What each program of Wine costs before its first line: in no other row of ours
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
TITLE = 'start and end of an empty Wine program, session up'
UNIT = 'ms'


def measure(bench):
    prefix = bench.prefix
    prefix.use('cold')
    values = bench.race({'wine': lambda n: prefix.timed_process('wine', prefix.program, 'nothing') * 1000})
    bench.discard(prefix.drop('cold'))
    return values
