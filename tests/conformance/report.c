/*
 * The main function, and a page about a run of all units
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *   cscobj_test UNIT [\\server\share]                    one unit, as wine/test.h does it
 *   cscobj_test --report OUT.html [\\server\share]       all units, each in a process of its own
 *   cscobj_test --compare A.html B.html                  what differs between two pages
 */

#include "csctest.h"
#include "facts.h"

#define UNIT_TIMEOUT (10 * 60 * 1000)

struct totals
{
    unsigned int count[FACT_RESULTS];
};

struct unit_run
{
    DWORD exit_code;     /* STILL_ACTIVE: it did not end in time; ~0u: it could not be started */
    DWORD milliseconds;
    char *output;        /* may be NULL */
};

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    long size;

    if (!file) return NULL;
    if (!fseek(file, 0, SEEK_END) && (size = ftell(file)) >= 0 && !fseek(file, 0, SEEK_SET) &&
        (text = malloc(size + 1)))
        text[fread(text, 1, size, file)] = 0;
    fclose(file);
    return text;
}

static void write_escaped(FILE *file, const char *text)
{
    for (; *text; text++)
    {
        unsigned char c = *text;

        if (c == '<') fputs("&lt;", file);
        else if (c == '>') fputs("&gt;", file);
        else if (c == '&') fputs("&amp;", file);
        else if (c >= ' ' || c == '\n' || c == '\t') fputc(c, file);
    }
}

/* --- what runs here */

static void describe_system(char *buffer, size_t size)
{
    LONG (WINAPI *get_version)(RTL_OSVERSIONINFOW *) =
        (void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlGetVersion");
    const char *(CDECL *wine_version)(void) =
        (void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version");
    RTL_OSVERSIONINFOW version;

    memset(&version, 0, sizeof(version));
    version.dwOSVersionInfoSize = sizeof(version);
    if (get_version) get_version(&version);
    snprintf(buffer, size, "%s%s%sWindows %lu.%lu.%lu, %u-bit program", wine_version ? "Wine " : "",
             wine_version ? wine_version() : "", wine_version ? " as " : "", version.dwMajorVersion,
             version.dwMinorVersion, version.dwBuildNumber, (unsigned int)sizeof(void *) * 8);
}

/* Version of a file of the system directory; "none" if it is not there. */
static void file_version(const WCHAR *name, char *buffer, size_t size)
{
    WCHAR path[MAX_PATH];
    VS_FIXEDFILEINFO *info;
    DWORD length, handle;
    void *data = NULL;
    UINT got;

    length = GetSystemDirectoryW(path, MAX_PATH);
    snprintf(buffer, size, "none");
    if (!length || length + wcslen(name) + 2 > MAX_PATH) return;
    wcscat(wcscat(path, L"\\"), name);
    if (GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES) return;
    snprintf(buffer, size, "no version");
    if (!(length = GetFileVersionInfoSizeW(path, &handle)) || !(data = malloc(length))) return;
    if (GetFileVersionInfoW(path, 0, length, data) && VerQueryValueW(data, L"\\", (void **)&info, &got))
        snprintf(buffer, size, "%u.%u.%u.%u", HIWORD(info->dwFileVersionMS), LOWORD(info->dwFileVersionMS),
                 HIWORD(info->dwFileVersionLS), LOWORD(info->dwFileVersionLS));
    free(data);
}

/* --- running */

/* Runs one unit with its output in a file of its own. */
static void run_unit(const char *name, const char *log, struct unit_run *run)
{
    SECURITY_ATTRIBUTES inherit = { sizeof(inherit), NULL, TRUE };
    PROCESS_INFORMATION process;
    char self[MAX_PATH], command[MAX_PATH + 64];
    STARTUPINFOA startup;
    HANDLE output;
    DWORD start = GetTickCount();

    memset(run, 0, sizeof(*run));
    run->exit_code = ~0u;
    GetModuleFileNameA(NULL, self, MAX_PATH);
    snprintf(command, sizeof(command), "\"%s\" %s", self, name);
    /* What the unit starts (on Wine the desktop) may hold its output longer than it lives. */
    output = CreateFileA(log, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, &inherit,
                         CREATE_ALWAYS, 0, NULL);
    if (output == INVALID_HANDLE_VALUE) return;
    memset(&startup, 0, sizeof(startup));
    startup.cb = sizeof(startup);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = startup.hStdError = output;
    if (CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
    {
        if (WaitForSingleObject(process.hProcess, UNIT_TIMEOUT) == WAIT_TIMEOUT)
        {
            TerminateProcess(process.hProcess, 1);
            WaitForSingleObject(process.hProcess, 10000);
            run->exit_code = STILL_ACTIVE;
        }
        else
            GetExitCodeProcess(process.hProcess, &run->exit_code);
        CloseHandle(process.hThread);
        CloseHandle(process.hProcess);
    }
    CloseHandle(output);
    run->milliseconds = GetTickCount() - start;
    run->output = read_file(log);
}

static void read_totals(const char *path, struct totals *totals)
{
    char *text = read_file(path), *line;

    if (!text) return;
    for (line = strtok(text, "\r\n"); line; line = strtok(NULL, "\r\n"))
    {
        unsigned int n[FACT_RESULTS], i;
        char id[64];
        int index;

        if (sscanf(line, "%63s %u %u %u %u", id, &n[0], &n[1], &n[2], &n[3]) != 5) continue;
        if ((index = fact_find(id, strlen(id))) < 0) continue;
        for (i = 0; i < FACT_RESULTS; i++) totals[index].count[i] += n[i];
    }
    free(text);
}

/* --- the page */

/* One word for a fact; also the class of its row. */
static const char *verdict(const struct fact_info *fact, const struct totals *totals)
{
    if (totals->count[FACT_FAILED]) return "failed";
    if (totals->count[FACT_DIFFERS]) return "differs-by-decision";
    if (totals->count[FACT_PASSED]) return "passed";
    if (totals->count[FACT_SKIPPED]) return "skipped";
    return fact->mark[0] ? "not-here" : "not-run";
}

static void write_page(FILE *file, const char *share, const struct totals *totals, const struct unit_run *runs)
{
    static const WCHAR *const files[] =
        { L"cscobj.dll", L"cscapi.dll", L"cscsvc.dll", L"cscdll.dll", L"drivers\\csc.sys" };
    static const char *const verdicts[] =
        { "passed", "failed", "differs-by-decision", "skipped", "not-run", "not-here" };
    unsigned int i, j, counts[ARRAY_SIZE(verdicts)] = { 0 };
    char system[128], text[64];
    SYSTEMTIME now;

    describe_system(system, sizeof(system));
    GetSystemTime(&now);
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Offline Files conformance</title>\n"
          "<style>body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}"
          "td,th{border:1px solid #999;padding:2px 6px;text-align:left;vertical-align:top}"
          ".failed,.not-run{background:#fbb}.passed{background:#cfc}.skipped{background:#ffc}"
          ".differs-by-decision{background:#cdf}pre{white-space:pre-wrap}</style></head>\n"
          "<body><h1>Offline Files conformance</h1>\n", file);

    fprintf(file, "<table>\n<tr><th>system<td>%s\n<tr><th>implementation<td>%s\n<tr><th>time (UTC)<td>%04u-%02u-%02u "
            "%02u:%02u\n<tr><th>share<td>", system, on_ours() ? "Offline Files for Wine" : "Microsoft's",
            now.wYear, now.wMonth, now.wDay, now.wHour, now.wMinute);
    write_escaped(file, share);
    for (i = 0; i < ARRAY_SIZE(files); i++)
    {
        file_version(files[i], text, sizeof(text));
        fprintf(file, "\n<tr><th>%ls<td>%s", files[i], text);
    }
    fputs("\n</table>\n<h2>Result</h2>\n<table><tr><th>facts<th>\n", file);
    for (i = 0; i < facts_count; i++)
    {
        const char *word = verdict(&facts[i], &totals[i]);

        for (j = 0; strcmp(verdicts[j], word); j++) {}
        counts[j]++;
    }
    for (j = 0; j < ARRAY_SIZE(verdicts); j++)
        fprintf(file, "<tr class=\"%s\"><td>%s<td>%u\n", verdicts[j], verdicts[j], counts[j]);

    fputs("</table>\n<h2>Units</h2>\n<table><tr><th>unit<th>result<th>seconds\n", file);
    for (i = 0; i < unit_count; i++)
    {
        const struct unit_run *run = &runs[i];

        fprintf(file, "<tr class=\"%s\"><td><a href=\"#%s\">%s</a><td>", run->exit_code ? "failed" : "passed",
                unit_names[i], unit_names[i]);
        if (run->exit_code == STILL_ACTIVE) fputs("did not end in time", file);
        else if (run->exit_code == ~0u) fputs("could not be started", file);
        else if (run->exit_code >= 0x80000000) fprintf(file, "crashed: %#lx", run->exit_code);
        else if (run->exit_code) fprintf(file, "%lu failures", run->exit_code);
        else fputs("passed", file);
        fprintf(file, "<td>%lu.%lu\n", run->milliseconds / 1000, run->milliseconds % 1000 / 100);
    }

    fputs("</table>\n<h2>Facts</h2>\n<p>Checks: passed, failed, skipped, differing from how this project decided an "
          "open question. <i>not-here</i>: no test of this program can show it, the last column says why.</p>\n"
          "<table><tr><th>id<th>section<th>fact<th>result<th>checks<th>\n", file);
    for (i = 0; i < facts_count; i++)
    {
        const unsigned int *n = totals[i].count;
        const char *word = verdict(&facts[i], &totals[i]);

        fprintf(file, "<tr class=\"%s\"><td>%s<td>%s<td>", word, facts[i].id, facts[i].section);
        write_escaped(file, facts[i].text);
        fprintf(file, "<td>%s<td>%u %u %u %u<td>", word, n[FACT_PASSED], n[FACT_FAILED], n[FACT_SKIPPED],
                n[FACT_DIFFERS]);
        write_escaped(file, facts[i].mark);
        fputc('\n', file);
    }
    fputs("</table>\n<h2>Output</h2>\n", file);
    for (i = 0; i < unit_count; i++)
    {
        fprintf(file, "<h3 id=\"%s\">%s</h3>\n<pre>", unit_names[i], unit_names[i]);
        write_escaped(file, runs[i].output ? runs[i].output : "");
        fputs("</pre>\n", file);
    }

    /* for compare.c */
    fprintf(file, "<!-- cscobj_test results\nsystem %s\n", system);
    for (i = 0; i < facts_count; i++)
    {
        const unsigned int *n = totals[i].count;

        fprintf(file, "%s %s %u %u %u %u\n", facts[i].id, verdict(&facts[i], &totals[i]), n[0], n[1], n[2], n[3]);
    }
    fputs("end -->\n</body></html>\n", file);
}

int write_report(const char *output, const char *share)
{
    char folder[MAX_PATH], log[MAX_PATH], results[MAX_PATH], name[MAX_PATH];
    WCHAR unc[MAX_PATH], origin[MAX_PATH];
    unsigned int i, failed = 0;
    struct totals *totals = calloc(facts_count, sizeof(*totals));
    struct unit_run *runs = calloc(unit_count, sizeof(*runs));
    FILE *file = fopen(output, "w");
    DWORD error;

    if (!file || !totals || !runs)
    {
        fprintf(stderr, "cannot write %s\n", output);
        if (file) fclose(file);
        free(totals);
        free(runs);
        return 2;
    }
    if (share) SetEnvironmentVariableA("CSCTEST_UNC", share);
    if (!GetEnvironmentVariableW(L"CSCTEST_UNC", unc, MAX_PATH))
    {
        /* one for all units */
        if ((error = test_share_create(unc, origin)))
            fprintf(stderr, "cannot make a share: error %lu; what needs one is skipped\n", error);
        else
        {
            SetEnvironmentVariableW(L"CSCTEST_UNC", unc);
            SetEnvironmentVariableW(L"CSCTEST_ORIGIN", origin);
        }
    }
    if (!GetEnvironmentVariableA("CSCTEST_UNC", name, sizeof(name))) strcpy(name, "none");

    GetTempPathA(MAX_PATH, folder);
    snprintf(results, sizeof(results), "%scsctest-%lu.facts", folder, GetCurrentProcessId());
    SetEnvironmentVariableA("CSCTEST_FACTS", results);
    for (i = 0; i < unit_count; i++)
    {
        printf("%s\n", unit_names[i]);
        fflush(stdout);
        snprintf(log, sizeof(log), "%scsctest-%lu.%u.log", folder, GetCurrentProcessId(), i);
        run_unit(unit_names[i], log, &runs[i]);
        DeleteFileA(log);
        if (runs[i].exit_code) failed++;
    }
    read_totals(results, totals);
    DeleteFileA(results);
    write_page(file, name, totals, runs);
    test_share_remove();
    if (fclose(file))
    {
        fprintf(stderr, "cannot write %s\n", output);
        failed++;
    }
    for (i = 0; i < unit_count; i++) free(runs[i].output);
    free(totals);
    free(runs);
    printf("%u units, %u with failures; the report is in %s\n", unit_count, failed, output);
    return failed != 0;
}

int main(int argc, char **argv)
{
    if ((argc == 3 || argc == 4) && !strcmp(argv[1], "--report")) return write_report(argv[2], argv[3]);
    if (argc == 4 && !strcmp(argv[1], "--compare")) return compare_reports(argv[2], argv[3]);
    if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--list"))
    {
        fprintf(stderr, "usage: cscobj_test UNIT [\\\\server\\share]\n"
                        "       cscobj_test --list\n"
                        "       cscobj_test --report OUT.html [\\\\server\\share]\n"
                        "       cscobj_test --compare A.html B.html\n");
        return 2;
    }
    return winetest_main(argc, argv);
}
