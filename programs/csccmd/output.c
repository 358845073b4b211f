/*
 * csccmd: text to the console or, as UTF-8, to a file or pipe
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>

#include "csccmd.h"

#define BUFFER_SIZE    65536
#define FLUSH_INTERVAL 200   /* milliseconds */
#define WRITE_CHUNK    4096  /* code units a call: old consoles refuse long writes */

unsigned int global_switches;

static char buffer[BUFFER_SIZE];
static SIZE_T buffered;
static ULONGLONG last_flush;

void *xalloc(SIZE_T size)
{
    void *memory = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size ? size : 1);

    if (!memory)
    {
        static const char message[] = "csccmd: out of memory\n";
        DWORD written;

        WriteFile(err_stream(), message, sizeof(message) - 1, &written, NULL);
        ExitProcess(CMD_FAILED);
    }
    return memory;
}

void xfree(void *memory)
{
    HeapFree(GetProcessHeap(), 0, memory);
}

HANDLE out_stream(void)
{
    return GetStdHandle(STD_OUTPUT_HANDLE);
}

HANDLE err_stream(void)
{
    return GetStdHandle(STD_ERROR_HANDLE);
}

BOOL is_console(HANDLE stream)
{
    DWORD mode;

    return stream && stream != INVALID_HANDLE_VALUE && GetConsoleMode(stream, &mode);
}

unsigned int console_width(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;

    if (!is_console(out_stream()) || !GetConsoleScreenBufferInfo(out_stream(), &info)) return 0;
    return info.srWindow.Right - info.srWindow.Left + 1;
}

/* Writes all bytes; a reader that went away is no reason to stop working. */
static void write_bytes(HANDLE stream, const char *data, SIZE_T size)
{
    DWORD written;

    while (size)
    {
        if (!WriteFile(stream, data, (DWORD)size, &written, NULL) || !written) return;
        data += written;
        size -= written;
    }
}

void flush_output(void)
{
    if (buffered) write_bytes(out_stream(), buffer, buffered);
    buffered = 0;
    last_flush = GetTickCount64();
}

void flush_output_now_and_then(void)
{
    if (buffered && GetTickCount64() - last_flush >= FLUSH_INTERVAL) flush_output();
}

static void write_utf8(HANDLE stream, const WCHAR *text, SIZE_T length)
{
    SIZE_T size = length * 3;  /* the most that UTF-16 needs */
    char *bytes = xalloc(size);
    int count = WideCharToMultiByte(CP_UTF8, 0, text, (int)length, bytes, (int)size, NULL, NULL);

    if (stream == out_stream())
    {
        if (buffered + count > BUFFER_SIZE) flush_output();
        if (count > BUFFER_SIZE) write_bytes(stream, bytes, count);
        else
        {
            memcpy(buffer + buffered, bytes, count);
            buffered += count;
        }
    }
    else write_bytes(stream, bytes, count);
    xfree(bytes);
}

static void write_console(HANDLE stream, const WCHAR *text, SIZE_T length)
{
    DWORD chunk, written;

    while (length)
    {
        chunk = length < WRITE_CHUNK ? (DWORD)length : WRITE_CHUNK;
        /* a pair of surrogates stays together */
        if (chunk > 1 && chunk < length && IS_HIGH_SURROGATE(text[chunk - 1])) chunk--;
        if (!WriteConsoleW(stream, text, chunk, &written, NULL) || !written) return;
        text += written;
        length -= written;
    }
}

void write_text(HANDLE stream, const WCHAR *text, SIZE_T length)
{
    if (!length) return;
    /* what was said before on stdout comes first also when both go to the same place */
    if (stream != out_stream()) flush_output();
    if (is_console(stream)) write_console(stream, text, length);
    else write_utf8(stream, text, length);
}

static void vprint(HANDLE stream, const WCHAR *format, va_list args)
{
    va_list copy;
    WCHAR *text;
    int length;

    va_copy(copy, args);
    length = _vscwprintf(format, copy);
    va_end(copy);
    if (length <= 0) return;
    text = xalloc((length + 1) * sizeof(*text));
    length = _vsnwprintf(text, length + 1, format, args);
    if (length > 0) write_text(stream, text, length);
    xfree(text);
}

void print(HANDLE stream, const WCHAR *format, ...)
{
    va_list args;

    va_start(args, format);
    vprint(stream, format, args);
    va_end(args);
}
