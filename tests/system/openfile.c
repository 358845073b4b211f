/*
 * Holds a file open for a test: openfile PATH r|w SHARE [TEXT]
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * SHARE: FILE_SHARE_* as a number.  Prints "open" and waits for a line; then writes TEXT, where there is one, at the
 * beginning of the file, and ends.  Exit code: the error of Windows, 0: none.
 */

#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

int wmain(int argc, WCHAR **argv)
{
    char line[16], text[256];
    DWORD written, error = 0;
    HANDLE file;
    int size;

    if (argc < 4) return ERROR_BAD_ARGUMENTS;
    file = CreateFileW(argv[1], argv[2][0] == 'w' ? GENERIC_READ | GENERIC_WRITE : GENERIC_READ, wcstoul(argv[3], NULL, 0),
                       NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
    {
        error = GetLastError();
        printf("error %lu\n", error);
        return (int)error;
    }
    printf("open\n");
    fflush(stdout);
    if (!fgets(line, sizeof(line), stdin)) line[0] = 0;
    if (argc > 4)
    {
        size = WideCharToMultiByte(CP_UTF8, 0, argv[4], -1, text, sizeof(text), NULL, NULL);
        if (size < 1 || !WriteFile(file, text, (DWORD)size - 1, &written, NULL)) error = GetLastError();
    }
    CloseHandle(file);
    return (int)error;
}
