# What may keep a row from giving a figure
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later


class Failed(Exception):
    """Something went wrong, or an end state is not what it should be: there is no figure."""


class Skip(Exception):
    """The machine lacks what the row needs."""
