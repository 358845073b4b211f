# Figures as a table, and where they are kept
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
import json
import os
from fractions import Fraction

from . import chart
from .measure import Limit, Result

BEGIN, END = '<!-- figures: written by tests/bench/run -->', '<!-- end of figures -->'


def figure(value, unit):
    digits = 3 if unit in ('s', '') and value < 10 else 1 if value < 1000 else 0
    return '{:,.{}f} {}'.format(value, digits, unit)


def verdict(result):
    share = result.share_of_limit()
    return '' if share is None else 'met' if share <= 1 else 'not met'


def lines(result):
    """The lines of a row in the table."""
    first = next(iter(result.values))
    for program, values in result.values.items():
        median, ratio, limit, met = result.median(program), '', '', ''
        if program != first:
            ratio = '%.2f' % (result.median(first) / median)
        elif result.limit:
            limit, met = result.limit.text(result.unit), verdict(result)
        yield '| %s | %s | %s | %s-%s | %s | %s | %s |' % (
            result.title if program == first else '', program, figure(median, result.unit),
            figure(min(values), result.unit).split()[0], figure(max(values), result.unit).split()[0], ratio, limit, met)


HEAD = ['| work | program | median | min-max | first / it | limit | |', '|---|---|---|---|---|---|---|']


class Store:
    """The figures of the last run of each row, in docs."""

    def __init__(self, source):
        self.docs = os.path.join(source, 'docs')
        self.path = os.path.join(self.docs, 'benchmarks.json')
        self.rows = {}
        if os.path.exists(self.path):
            with open(self.path, encoding='utf-8') as file:
                self.rows = json.load(file)

    def put(self, name, result, about):
        limit = result.limit and {'most': str(result.limit.most), 'of': result.limit.of}
        values = {program: [float('%.6g' % value) for value in values] for program, values in result.values.items()}
        self.rows[name] = dict(about, title=result.title, unit=result.unit, values=values, limit=limit, notes=result.notes)

    def results(self, order):
        for name in order:
            if name in self.rows:
                row = self.rows[name]
                limit = row['limit'] and Limit(number(row['limit']['most']), row['limit']['of'])
                yield name, Result(row['title'], row['unit'], row['values'], limit, row['notes'])

    def write(self, order):
        """The figures, the table in benchmarks.md, and the chart."""
        with open(self.path, 'w', encoding='utf-8') as file:
            json.dump(self.rows, file, indent=1, ensure_ascii=False)
            file.write('\n')
        page = os.path.join(self.docs, 'benchmarks.md')
        with open(page, encoding='utf-8') as file:
            text = file.read()
        before, rest = text.split(BEGIN)
        after = rest.split(END)[1]
        with open(page, 'w', encoding='utf-8') as file:
            file.write(before + BEGIN + '\n' + self.text(order) + END + after)
        with open(os.path.join(self.docs, 'benchmarks.svg'), 'w', encoding='utf-8') as file:
            file.write(chart.draw([result for _, result in self.results(order)]))

    def text(self, order):
        table, runs, notes = list(HEAD) if self.rows else [], {}, []
        for name, result in self.results(order):
            table += lines(result)
            row = self.rows[name]
            about = '%s, %d rounds, commit "%s", %s%s' % (
                row['when'], row['rounds'], row['commit'], row['machine'],
                '; **the machine was busy with other work**' if row['busy'] else '')
            runs.setdefault(about, []).append('%s (%d s)' % (name, row['took']))
            notes += ['%s: %s.' % (name, note) for note in row['notes']]
        waiting = [name for name in order if name not in self.rows]
        text = '\n'.join(table + ['', '']) if table else ''
        for about, names in runs.items():
            text += 'Measured %s: %s.\n\n' % (about, ', '.join(names))
        if notes:
            text += '\n'.join('- ' + note for note in notes) + '\n\n'
        if waiting:
            text += 'Not measured yet: %s.\n\n' % ', '.join(waiting)
        return text


def number(text):
    return Fraction(text) if '/' in text else float(text)
