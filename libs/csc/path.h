/*
 * Names and UNC paths
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_PATH_H
#define CSC_PATH_H

#include <stddef.h>
#include <stdint.h>
#include "status.h"

/* -- UTF.  Strict both ways: no overlong forms, no lone surrogates (CSC_E_INVALID_NAME). -- */

/* Length of the UTF-16 form in code units, or -1 for invalid UTF-8. */
long csc_utf16_length(const char *utf8);
/* Writes at most csc_utf16_length() units and a terminator. */
csc_status csc_utf16_from_utf8(const char *utf8, uint16_t *utf16, size_t capacity, size_t *length);
/* Allocates *utf8 with malloc; length in code units. */
csc_status csc_utf8_from_utf16(const uint16_t *utf16, size_t length, char **utf8);

/* -- names -- */

/* The key under which a name is unique in its directory: each code point in its simple upper case
 * (Unicode, from the system's UnicodeData.txt at build time).  malloc. */
csc_status csc_name_key(const char *name, char **key);
/* 1 when two names have one key. */
int csc_name_equal(const char *a, const char *b);
/* CSC_OK, or why a name found on an origin or in the cache cannot be an item: CSC_E_INVALID_NAME
 * (not UTF-8, separators, control characters, the characters Windows forbids, "." and ".."),
 * CSC_E_NAME_TOO_LONG (over 255 UTF-16 units).  Trailing dots and spaces are allowed: the bytes
 * on the server must not get lost because Windows would strip them (our decision). */
csc_status csc_name_check(const char *name);
/* Temporary names of this cache on an origin: ".~csc-<cache id>-<n>.tmp", n in decimal or lower-case
 * hexadecimal digits.  Tells them from users' files.  cache_id NULL: those of any cache. */
int csc_name_is_temporary(const char *name, const char *cache_id);

/* -- UNC paths -- */

/* A parsed path.  All strings point into one allocation; free with csc_path_free. */
struct csc_path
{
    char  *server;            /* as given */
    char  *share;             /* NULL: the path names a server */
    char **components;        /* below the share */
    size_t count;
    char  *storage;
};

/* Accepts \\server[\share[\a\b]] with \ or / as separators, trailing separators and the prefix
 * \\?\UNC\ (Q11).  NULL or "": CSC_E_INVALID_ARG.  Everything else (local, relative, wildcards,
 * empty components, "." and "..", forbidden characters): CSC_E_BAD_PATH.  A component over 255
 * units or a path over 32767: CSC_E_NAME_TOO_LONG. */
csc_status csc_path_parse(const char *text, struct csc_path *path);
void csc_path_free(struct csc_path *path);
/* \\server\share\... again; malloc, NULL when out of memory. */
char *csc_path_text(const struct csc_path *path);

#endif
