/*
 * BLAKE2b, a cryptographic hash (RFC 7693)
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_BLAKE2B_H
#define CSC_BLAKE2B_H

#include <stddef.h>

/* hash: length bytes (1-64) of the data's hash, without a key. */
void csc_blake2b(const void *data, size_t size, unsigned char *hash, size_t length);

#endif
