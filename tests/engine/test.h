/*
 * What every native test needs: checks that count, and a folder of its own
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_TEST_H
#define CSC_TEST_H

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A program is a list of RUN(function) in main, which ends with `return test_report();`.  Each function
 * prints one line `ok - name`, `not ok - name` or `skip - name: reason` (tools/run-test counts them). */

static int test_passed, test_failed, test_skipped;
static int test_failures;              /* in the running function */
static const char *test_skip_reason;

#define RUN(function) \
    do { \
        test_failures = 0; \
        test_skip_reason = NULL; \
        function(); \
        test_end(#function); \
    } while (0)

#define FAIL(...) \
    do { \
        test_failures++; \
        printf("%s:%d: ", __FILE__, __LINE__); \
        printf(__VA_ARGS__); \
        putchar('\n'); \
    } while (0)

/* All of them evaluate their arguments once and give 1 when the check holds. */
#define CHECK(condition) ((condition) ? 1 : (test_complain(__FILE__, __LINE__, #condition), 0))
#define CHECK_INT(got, expected) \
    test_check_int(__FILE__, __LINE__, #got, (long long)(got), (long long)(expected))
#define CHECK_STATUS(got, expected) \
    test_check_status(__FILE__, __LINE__, #got, (uint32_t)(got), (uint32_t)(expected))
#define CHECK_STRING(got, expected) test_check_string(__FILE__, __LINE__, #got, got, expected)

static inline void test_complain(const char *file, int line, const char *what)
{
    test_failures++;
    printf("%s:%d: not so: %s\n", file, line, what);
}

static inline int test_check_int(const char *file, int line, const char *what, long long got, long long expected)
{
    if (got == expected) return 1;
    test_failures++;
    printf("%s:%d: %s: got %lld, expected %lld\n", file, line, what, got, expected);
    return 0;
}

static inline int test_check_status(const char *file, int line, const char *what, uint32_t got, uint32_t expected)
{
    if (got == expected) return 1;
    test_failures++;
    printf("%s:%d: %s: got %#x, expected %#x\n", file, line, what, (unsigned)got, (unsigned)expected);
    return 0;
}

static inline int test_check_string(const char *file, int line, const char *what, const char *got,
                                    const char *expected)
{
    if (got && expected ? !strcmp(got, expected) : got == expected) return 1;
    test_failures++;
    printf("%s:%d: %s: got '%s', expected '%s'\n", file, line, what, got ? got : "(null)",
           expected ? expected : "(null)");
    return 0;
}

/* The running function cannot do its work here. */
static inline void test_skip(const char *reason)
{
    test_skip_reason = reason;
}

static inline void test_end(const char *name)
{
    if (test_failures)
    {
        test_failed++;
        printf("not ok - %s\n", name);
    }
    else if (test_skip_reason)
    {
        test_skipped++;
        printf("skip - %s: %s\n", name, test_skip_reason);
    }
    else
    {
        test_passed++;
        printf("ok - %s\n", name);
    }
    fflush(stdout);
}

/* The exit code of the program. */
static inline int test_report(void)
{
    printf("%d passed, %d failed, %d skipped\n", test_passed, test_failed, test_skipped);
    return test_failed || !(test_passed + test_skipped);
}

/* valgrind takes a thousand times as long for some things: fewer have to do there. */
static inline int test_under_valgrind(void)
{
    const char *preload = getenv("LD_PRELOAD");

    return preload && strstr(preload, "valgrind");
}

/* A new folder under $TMPDIR or /tmp, without links in its path; removed with test_remove_folder. */
static inline char *test_make_folder(char path[512])
{
    const char *parent = getenv("TMPDIR");
    char template[400], *real;

    snprintf(template, sizeof(template), "%s/csc-test-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(template) || !(real = realpath(template, NULL)))
    {
        perror(template);
        exit(1);
    }
    snprintf(path, 512, "%s", real);
    free(real);
    return path;
}

static inline int test_remove_entry(const char *path, const struct stat *st, int type, struct FTW *place)
{
    (void)st;
    (void)type;
    (void)place;
    return remove(path);
}

static inline void test_remove_folder(const char *path)
{
    if (nftw(path, test_remove_entry, 16, FTW_DEPTH | FTW_PHYS)) perror(path);
}

#endif
