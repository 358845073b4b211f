/*
 * csc-extract: copies files out of the cache folder of a prefix, without Wine
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "extract.h"
#include "status.h"

enum { DONE = 0, FAILED = 1, USAGE = 2 };

static void print_usage(FILE *stream)
{
    fputs("Usage: csc-extract --cache DIR --target DIR [--only-modified] [--quiet]\n"
          "\n"
          "Copies the files out of a cache of Offline Files, also when its prefix does not start any\n"
          "more. Nothing in the cache is changed, nothing in the target is overwritten.\n"
          "\n"
          "  --cache DIR      the prefix, its folder drive_c/windows, or the folder CSC in that\n"
          "  --target DIR     where the files go, as server/share/...; made when it is missing\n"
          "  --only-modified  only what was changed and not synchronized; everything when the\n"
          "                   database that tells it cannot be read\n"
          "  --quiet          tell only what went wrong\n"
          "\n"
          "Exit code: 0 all copied, 1 something could not be copied, 2 wrong usage.\n", stream);
}

static int wrong_usage(const char *what, const char *argument)
{
    fprintf(stderr, "csc-extract: %s%s\n", what, argument);
    print_usage(stderr);
    return USAGE;
}

/* Absolute; links are resolved later.  malloc. */
static char *make_absolute(const char *path)
{
    char directory[PATH_MAX], *absolute;

    if (*path == '/') return strdup(path);
    if (!getcwd(directory, sizeof(directory))) return NULL;
    if (!(absolute = malloc(strlen(directory) + strlen(path) + 2))) return NULL;
    sprintf(absolute, "%s/%s", directory, path);
    return absolute;
}

static void tell_failure(const char *path, csc_status status)
{
    fprintf(stderr, "csc-extract: %s: %s (0x%08x)\n", path, csc_status_text(status), (unsigned)status);
}

static int run(struct csc_extract *extract, int quiet)
{
    unsigned long long copied = 0, bytes = 0, present = 0, failed = 0;
    struct csc_extract_report report;
    csc_status status;

    while (!(status = csc_extract_next(extract, &report)))
    {
        switch (report.kind)
        {
        case CSC_EXTRACT_NOTICE:
            fprintf(stderr, "csc-extract: %s\n", report.path);
            break;
        case CSC_EXTRACT_FAILED:
            failed++;
            tell_failure(report.path, report.status);
            break;
        case CSC_EXTRACT_PRESENT:
            present++;
            if (!quiet) printf("there already: %s\n", report.path);
            break;
        default:
            copied++;
            bytes += report.bytes;
            if (quiet) break;
            if (report.name) printf("%s -> %s\n", report.path, report.name);
            else printf("%s\n", report.path);
            break;
        }
    }
    if (csc_failed(status))
    {
        failed++;
        tell_failure("target", status);
    }
    if (!quiet)
        printf("%llu copied (%llu bytes), %llu there already, %llu failed\n", copied, bytes, present, failed);
    if (fflush(stdout) || ferror(stdout)) return FAILED;
    return failed ? FAILED : DONE;
}

int main(int argc, char **argv)
{
    struct csc_extract_request request = { .fs = csc_fs_posix(), .clock = csc_clock_posix() };
    const char *cache = NULL, *target = NULL;
    struct csc_extract *extract;
    int i, quiet = 0, ret;
    csc_status status;

    for (i = 1; i < argc; i++)
    {
        const char **value = !strncmp(argv[i], "--cache", 7) ? &cache : !strncmp(argv[i], "--target", 8) ? &target : NULL;
        size_t length = value == &cache ? 7 : 8;

        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
        {
            print_usage(stdout);
            return DONE;
        }
        if (!strcmp(argv[i], "--only-modified")) request.only_modified = 1;
        else if (!strcmp(argv[i], "--quiet") || !strcmp(argv[i], "-q")) quiet = 1;
        else if (!value || (argv[i][length] && argv[i][length] != '=')) return wrong_usage("unknown argument ", argv[i]);
        else if (argv[i][length]) *value = argv[i] + length + 1;
        else if (i + 1 < argc) *value = argv[++i];
        else return wrong_usage("no directory after ", argv[i]);
    }
    if (!cache || !*cache) return wrong_usage("--cache is missing", "");
    if (!target || !*target) return wrong_usage("--target is missing", "");
    request.cache = make_absolute(cache);
    request.target = make_absolute(target);
    if (!request.cache || !request.target) status = CSC_E_OUT_OF_MEMORY;
    else status = csc_extract_open(&request, &extract);
    if (csc_failed(status))
    {
        if (status == CSC_E_PATH_NOT_FOUND) fprintf(stderr, "csc-extract: %s: no cache is there\n", cache);
        else if (status == CSC_E_INVALID_ARG) fprintf(stderr, "csc-extract: the target may not be in the cache, nor the other way round\n");
        else tell_failure(target, status);
        ret = FAILED;
    }
    else
    {
        ret = run(extract, quiet);
        csc_extract_close(extract);
    }
    free((char *)request.cache);
    free((char *)request.target);
    return ret;
}
