/*
 * UTF-8 code points, for the files that walk over names
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_UTF_H
#define CSC_UTF_H

#include <stddef.h>
#include <stdint.h>

#define CSC_UTF_INVALID UINT32_MAX

/* The code point at *text, which is moved behind it; 0 at the end (not moved), CSC_UTF_INVALID
 * for anything that is not strict UTF-8 (not moved). */
uint32_t csc_utf8_next(const char **text);
/* Bytes that a valid code point takes. */
size_t csc_utf8_size(uint32_t code);
/* Writes a valid code point; returns the place behind it. */
char *csc_utf8_put(char *text, uint32_t code);
/* Simple upper case of a code point (name.c). */
uint32_t csc_upcase(uint32_t code);

#endif
