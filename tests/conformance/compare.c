/*
 * What differs between the reports of two runs
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"
#include "facts.h"

struct entry
{
    char id[64], verdict[32];
};

struct report
{
    char system[160];
    struct entry *entries;
    unsigned int count;
};

/* Reads the block that report.c puts at the end of a page; FALSE after telling why not. */
static BOOL read_report(const char *path, struct report *report)
{
    FILE *file = fopen(path, "r");
    BOOL inside = FALSE, complete = FALSE;
    unsigned int room = 0;
    char line[512];

    memset(report, 0, sizeof(*report));
    if (!file)
    {
        fprintf(stderr, "cannot read %s\n", path);
        return FALSE;
    }
    while (!complete && fgets(line, sizeof(line), file))
    {
        line[strcspn(line, "\r\n")] = 0;
        if (!inside)
        {
            inside = !strcmp(line, "<!-- cscobj_test results");
            continue;
        }
        if (!strcmp(line, "end -->")) complete = TRUE;
        else if (!strncmp(line, "system ", 7)) lstrcpynA(report->system, line + 7, sizeof(report->system));
        else
        {
            struct entry entry;

            if (sscanf(line, "%63s %31s", entry.id, entry.verdict) != 2) break;
            if (report->count == room)
            {
                void *larger = realloc(report->entries, (room = room ? room * 2 : 512) * sizeof(entry));

                if (!larger) break;
                report->entries = larger;
            }
            report->entries[report->count++] = entry;
        }
    }
    fclose(file);
    if (!complete) fprintf(stderr, "%s is no complete report of cscobj_test\n", path);
    return complete;
}

static const char *find_verdict(const struct report *report, const char *id)
{
    unsigned int i;

    for (i = 0; i < report->count; i++)
    {
        if (!strcmp(report->entries[i].id, id)) return report->entries[i].verdict;
    }
    return "unknown";
}

static void print_row(const char *id, const char *first, const char *second)
{
    int index = fact_find(id, strlen(id));

    printf("%-20s %-20s %-20s %s\n", id, first, second, index < 0 ? "" : facts[index].text);
}

int compare_reports(const char *first, const char *second)
{
    struct report a, b;
    unsigned int i, different = 0, equal = 0;
    int result = 2;

    memset(&b, 0, sizeof(b));
    if (read_report(first, &a) && read_report(second, &b))
    {
        printf("A: %s (%s)\nB: %s (%s)\n\n", a.system, first, b.system, second);
        for (i = 0; i < a.count; i++)
        {
            const char *other = find_verdict(&b, a.entries[i].id);

            if (!strcmp(a.entries[i].verdict, other)) equal++;
            else
            {
                if (!different++) print_row("fact", "A", "B");
                print_row(a.entries[i].id, a.entries[i].verdict, other);
            }
        }
        for (i = 0; i < b.count; i++)
        {
            if (strcmp(find_verdict(&a, b.entries[i].id), "unknown")) continue;
            if (!different++) print_row("fact", "A", "B");
            print_row(b.entries[i].id, "unknown", b.entries[i].verdict);
        }
        printf("%s%u facts differ, %u are the same\n", different ? "\n" : "", different, equal);
        result = different != 0;
    }
    free(a.entries);
    free(b.entries);
    return result;
}
