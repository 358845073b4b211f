/*
 * Where shell links lead to
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_LINK_TARGET_H
#define CSC_LINK_TARGET_H

#include <stddef.h>
#include "op.h"



/* Bytes of a link file that are looked at; what is behind them does not matter here. */
#define CSC_LINK_BYTES (256u * 1024)

/* 1: the name of a shell link. */
int csc_is_link_name(const char *name);

/* The UNC path of the file that a shell link leads to, from the beginning of its content; pure.  CSC_OK: *path is
 * UTF-8, malloc.  CSC_FALSE: there is none: not a link, a damaged one, to a directory, to a local path.
 * CSC_E_OUT_OF_MEMORY.  [MS-SHLLINK 2.1, 2.3] */
csc_status csc_link_target(const void *data, size_t size, char **path);

/* -- link_pin.c: pinning what links lead to [behaviour.md §2.2.1, §2.2.4] -- */

struct csc_node;

/* 1: a synchronization that also pins what links lead to that it pins. */
int csc_pins_links(const struct csc_op *op);
/* Worker or planner: the file name of a directory was pinned for these reasons (CSC_PIN_*) by an operation that
 * pins targets, too; if it is a link that can be read, its target is remembered.  local: 1: read the cache's copy. */
void csc_links_note(struct csc_node *dir, int local, const char *name, uint32_t reasons);
/* Planner, when no scope is owned: pins what was remembered. */
csc_status csc_links_pin(struct csc_op *op);
void csc_links_free(struct csc_op *op);

#endif
