/*
 * Formats that others write into single files: shell links, and the attributes of Wine and Samba
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fs_posix.h"
#include "fuzz.h"
#include "link_target.h"
#include "path.h"

/* HeaderSize and LinkCLSID [MS-SHLLINK 2.1]; LinkFlags and what else there is come from the input. */
static const uint8_t link_head[] = { 0x4c, 0, 0, 0, 0x01, 0x14, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 };

static void try_link(const uint8_t *data, size_t size)
{
    struct csc_path parsed;
    csc_status status;
    char *path = NULL;

    status = csc_link_target(data, size, &path);
    HOLDS(status == CSC_OK || status == CSC_FALSE);
    if (status) return;
    HOLDS(path && path[0] == '\\' && path[1] == '\\');
    /* whether it is a path that can be pinned is looked at later; it is text in any case */
    if (!csc_path_parse(path, &parsed)) csc_path_free(&parsed);
    free(path);
}

static void try_attributes(const uint8_t *data, size_t size)
{
    int ours = 2;
    uint32_t attributes = csc_posix_parse_dosattrib(data, size, &ours);

    HOLDS(ours == 0 || ours == 1);
    HOLDS(!ours || (size > 2 && data[0] == '0' && data[1] == 'x'));
    if (!size) HOLDS(!attributes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy;
    int kind;

    if (!size) return 0;
    kind = *data++ & 3;
    size--;
    if (kind == 0) try_attributes(data, size);
    else if (kind == 1) try_link(data, size);
    else
    {
        HOLDS((copy = malloc(sizeof(link_head) + size)));
        memcpy(copy, link_head, sizeof(link_head));
        if (size) memcpy(copy + sizeof(link_head), data, size);
        try_link(copy, sizeof(link_head) + size);
        free(copy);
    }
    return 0;
}
