# The figures as a picture: an SVG that needs nothing else and can be read on light and dark pages
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, BAR, STEP = 860, 190, 110, 13, 17
STYLE = '''
  svg { font: 12px system-ui, sans-serif; }
  .page { fill: #ffffff; } .text { fill: #1f2328; } .faint { fill: #59636e; } .title { font-size: 17px; font-weight: 600; }
  .ours { fill: #0969da; } .peer { fill: #afb8c1; } .over { fill: #cf222e; } .limit { stroke: #cf222e; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } .text { fill: #f0f6fc; } .faint { fill: #9198a1; }
    .ours { fill: #4493f8; } .peer { fill: #656c76; } .over { fill: #f85149; } .limit { stroke: #f85149; }
  }
'''


class Picture:
    def __init__(self):
        self.parts, self.y = [], 0

    def text(self, x, text, kind='text', anchor='start', down=0):
        self.parts.append('<text x="%d" y="%d" class="%s" text-anchor="%s">%s</text>'
                          % (x, self.y + down, kind, anchor, escape(text)))

    def bar(self, label, share, kind, value, aside=False):
        """share: of the room that there is.  aside: the value stands at the right edge."""
        room = WIDTH - LEFT - RIGHT
        self.text(LEFT - 8, label, 'faint', 'end', 11)
        width = max(1.5, room * min(1, share))
        self.parts.append('<rect x="%d" y="%d" width="%.1f" height="%d" rx="2" class="%s"/>'
                          % (LEFT, self.y, width, BAR, kind))
        if aside:
            self.text(WIDTH - 16, value, 'text', 'end', 11)
        else:
            self.text(LEFT + width + 6, value, 'text', 'start', 11)
        self.y += STEP

    def heading(self, title, text):
        self.y += 34
        self.text(16, title, 'text title')
        self.y += 20
        self.text(16, text, 'faint')
        self.y += 8

    def svg(self):
        height = self.y + 20
        return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">\n'
                '<title>Benchmarks of Offline Files for Wine</title>\n<style>%s</style>\n'
                '<rect class="page" width="100%%" height="100%%" rx="6"/>\n%s\n</svg>\n'
                % (WIDTH, height, WIDTH, height, STYLE, '\n'.join(self.parts)))


def short(value, unit):
    return ('%.3g' % value if value < 1000 else '%.0f' % value) + ' ' + unit


def limits(picture, results):
    picture.heading('Share of what is allowed', 'The red line is the limit of each row.')
    line = LEFT + (WIDTH - LEFT - RIGHT) / 1.5
    for result in results:
        share = result.share_of_limit()
        if share is None:
            continue
        picture.y += 18
        picture.text(16, '%s: at most %s' % (result.title, result.limit.text(result.unit)))
        picture.y += 6
        top = picture.y - 3
        picture.bar('', share / 1.5, 'ours' if share <= 1 else 'over', '%d %%' % round(share * 100), aside=True)
        picture.parts.append('<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" class="limit"/>' % (line, line, top, top + BAR + 6))


def programs(picture, results):
    picture.heading('All rows', 'Medians; shorter is better. Each row has a scale of its own.')
    for result in results:
        medians = {program: result.median(program) for program in result.values}
        most = max(medians.values()) or 1
        first = next(iter(medians))
        picture.y += 18
        picture.text(16, result.title)
        picture.y += 6
        for program, median in medians.items():
            picture.bar(program, median / most, 'ours' if program == first else 'peer', short(median, result.unit))


def draw(results):
    picture = Picture()
    limits(picture, results)
    programs(picture, results)
    return picture.svg()
