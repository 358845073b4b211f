/*
 * Lines for the debug channel
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdarg.h>
#include <stdio.h>

#include "engine.h"

void csc_trace(struct csc_engine *engine, const char *format, ...)
{
    char text[1024];
    va_list args;

    if (!engine->config.trace) return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    engine->config.trace(text);
}
