/*
 * Tests of UNC paths
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "path.h"
#include "test.h"

/* expected: server, share and components with "|" between */
static void check_parse(const char *text, const char *expected)
{
    struct csc_path path;
    char got[512];
    size_t i, used;

    if (csc_path_parse(text, &path))
    {
        FAIL("'%s' is refused", text);
        return;
    }
    used = (size_t)snprintf(got, sizeof(got), "%s", path.server);
    if (path.share) used += (size_t)snprintf(got + used, sizeof(got) - used, "|%s", path.share);
    for (i = 0; i < path.count; i++)
        used += (size_t)snprintf(got + used, sizeof(got) - used, "|%s", path.components[i]);
    CHECK_STRING(got, expected);
    csc_path_free(&path);
    CHECK(!path.storage && !path.server && !path.count);
    csc_path_free(&path);
}

static void parses_paths(void)
{
    check_parse("\\\\server", "server");
    check_parse("\\\\server\\", "server");
    check_parse("\\\\server\\share", "server|share");
    check_parse("\\\\server\\share\\", "server|share");
    check_parse("\\\\Server\\Share\\Dir\\File.txt", "Server|Share|Dir|File.txt");
    check_parse("//server/share/a/b", "server|share|a|b");
    check_parse("\\/server\\share/a\\b/", "server|share|a|b");
    check_parse("\\\\server\\share\\a\\\\", "server|share|a");
    check_parse("\\\\127.0.0.1\\c$\\x", "127.0.0.1|c$|x");
    check_parse("\\\\?\\UNC\\server\\share\\a", "server|share|a");
    check_parse("\\\\?\\unc\\server\\share", "server|share");
    check_parse("//?/UNC/server/share/", "server|share");
    check_parse("\\\\server\\share\\ä 日\\...", "server|share|ä 日|...");
    check_parse("\\\\server\\share\\a.\\b ", "server|share|a.|b ");
}

static void check_refused(const char *text, csc_status expected)
{
    struct csc_path path;

    memset(&path, 0xaa, sizeof(path));
    if (csc_path_parse(text, &path) != expected) FAIL("'%s' is not refused as it should be", text ? text : "(null)");
    CHECK(!path.storage);
    csc_path_free(&path);
}

static void refuses_other_paths(void)
{
    static const char *const bad[] =
    {
        "\\", "\\\\", "//", "\\\\\\", "\\\\\\\\", "\\server\\share", "server\\share", "a", "C:\\a", "C:", "c:/a",
        "\\\\?\\C:\\a", "\\\\?\\UNC", "\\\\?\\UNC\\", "\\\\?\\UNC\\\\a", "\\\\?", "\\\\?\\", "\\\\.\\pipe\\a", "\\\\.", "\\??\\UNC\\a\\b",
        "\\\\server\\\\a", "\\\\server\\share\\\\a", "\\\\server\\share\\a\\\\b", "\\\\\\server\\share",
        "\\\\server\\.", "\\\\server\\..", "\\\\server\\share\\.", "\\\\server\\share\\..\\a", "\\\\server\\share\\a\\..",
        "\\\\..\\share", "\\\\server\\share\\*", "\\\\server\\share\\a?", "\\\\server\\sh:re", "\\\\ser|ver\\share",
        "\\\\server\\share\\a:b", "\\\\server\\share\\a\nb", "\\\\server\\share\\\xff", "\xff", "http://server/share"
    };
    size_t i;

    check_refused(NULL, CSC_E_INVALID_ARG);
    check_refused("", CSC_E_INVALID_ARG);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) check_refused(bad[i], CSC_E_BAD_PATH);
}

static void limits_lengths(void)
{
    static const char start[] = "\\\\s\\s\\";
    static char text[40000];
    struct csc_path path;
    size_t length, i;

    memcpy(text, start, sizeof(start));
    memset(text + sizeof(start) - 1, 'x', 255);
    CHECK_STATUS(csc_path_parse(text, &path), CSC_OK);
    csc_path_free(&path);
    memset(text + sizeof(start) - 1, 'x', 256);
    check_refused(text, CSC_E_NAME_TOO_LONG);

    for (length = 32767; length <= 32768; length++)
    {
        memset(text, 'x', length);
        text[length] = 0;
        memcpy(text, start, sizeof(start) - 1);
        for (i = sizeof(start) - 1 + 200; i < length - 1; i += 200) text[i] = '\\';
        if (length == 32767)
        {
            CHECK_STATUS(csc_path_parse(text, &path), CSC_OK);
            CHECK_INT(path.count, (length - sizeof(start) + 1) / 200 + 1);
            csc_path_free(&path);
        }
        else check_refused(text, CSC_E_NAME_TOO_LONG);
    }
}

int main(void)
{
    RUN(parses_paths);
    RUN(refuses_other_paths);
    RUN(limits_lengths);
    return test_report();
}
