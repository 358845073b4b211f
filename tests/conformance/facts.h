/*
 * The documented facts and the units, as tools/make-testlist writes them from facts.txt and the sources
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef FACTS_H
#define FACTS_H

struct fact_info
{
    const char *id, *section, *text;
    const char *mark;   /* empty: the units test it; else why not, or where else */
};

extern const struct fact_info facts[];
extern const unsigned int facts_count;
extern const char *const unit_names[];
extern const unsigned int unit_count;

/* Index of a fact by its id, which has this length; -1: there is none. */
int fact_find(const char *id, size_t length);

/* main() of wine/test.h: runs one unit. */
int winetest_main(int argc, char **argv);

/* report.c: runs all units and writes a page about them. Returns the exit code of the program. */
int write_report(const char *output, const char *share);
/* compare.c: tells what differs between two pages. */
int compare_reports(const char *first, const char *second);

#endif /* FACTS_H */
