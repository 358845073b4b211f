/*
 * The second record: what must outlive a damaged database
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two small text files beside the database.  "shares.txt" says which share has which origin, and whether it is
 * offline; it is on disk before a link is swapped.  "pins.txt" says what is pinned and suspended; it follows
 * changes within seconds.  They are read only when the database is damaged or gone (rebuild.c).  A line is a
 * record, fields are separated by tabs, "%XX" stands for a byte, the last line has a checksum of all before.
 */

#ifndef CSC_SIDECAR_H
#define CSC_SIDECAR_H

#include "engine.h"

#define CSC_SIDECAR_SHARES "shares.txt"
#define CSC_SIDECAR_PINS   "pins.txt"

/* -- sidecar_text.c: text to records and back; pure -- */

struct csc_sidecar_share
{
    struct csc_scope_row row;    /* without id, root_item, last_sync */
    int made_server;             /* map made the directory of the server */
};

struct csc_sidecar_shares
{
    char   cache_id[9];
    struct csc_sidecar_share *list;
    size_t count;
};

/* An item whose pin is not what its container hands down, or that is suspended. */
struct csc_sidecar_pin
{
    char    *server, *share;
    char    *path;               /* below the share, "/" separated; "" for the share itself */
    uint32_t type, pin;          /* as in struct csc_item */
    uint32_t flags;              /* CSC_ROW_SUSPENDED or 0 */
};

struct csc_sidecar_pins
{
    struct csc_sidecar_pin *list;
    size_t count;
};

/* Texts without a terminator in an empty buffer.  CSC_E_OUT_OF_MEMORY. */
csc_status csc_sidecar_format_shares(const struct csc_sidecar_shares *shares, struct csc_buffer *text);
csc_status csc_sidecar_format_pins(const struct csc_sidecar_pins *pins, struct csc_buffer *text);
/* CSC_E_CORRUPT: anything is wrong with the text; nothing of it is believed then. */
csc_status csc_sidecar_parse_shares(const char *text, size_t size, struct csc_sidecar_shares *shares);
csc_status csc_sidecar_parse_pins(const char *text, size_t size, struct csc_sidecar_pins *pins);
void csc_sidecar_shares_free(struct csc_sidecar_shares *shares);
void csc_sidecar_pins_free(struct csc_sidecar_pins *pins);

/* -- sidecar.c: the files -- */

/* Writes a file as a whole: a new one beside it, flushed, renamed into place. */
csc_status csc_write_durably(struct csc_fs *fs, struct csc_dir *dir, const char *name, const void *data, size_t size);
/* Reads a file as a whole.  CSC_E_NOT_FOUND; CSC_E_CORRUPT: larger than any that was written. */
csc_status csc_read_whole(struct csc_fs *fs, struct csc_dir *dir, const char *name, struct csc_buffer *data);

/* Brings shares.txt up to what the store says; what cannot be written is tried again by the monitor.  Engine
 * locked. */
csc_status csc_sidecar_write_shares(struct csc_engine *engine);
/* The same for pins.txt; on the monitor's thread, or where there is none. */
csc_status csc_sidecar_write_pins(struct csc_engine *engine);
/* Monitor: writes what is due. */
void csc_sidecar_tick(struct csc_engine *engine);
/* Pins may have changed: pins.txt is written soon. */
void csc_sidecar_pins_changed(struct csc_engine *engine);
/* CSC_E_NOT_FOUND: there is none; CSC_E_CORRUPT. */
csc_status csc_sidecar_read_shares(struct csc_engine *engine, struct csc_sidecar_shares *shares);
csc_status csc_sidecar_read_pins(struct csc_engine *engine, struct csc_sidecar_pins *pins);

#endif
