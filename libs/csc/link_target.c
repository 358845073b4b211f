/*
 * Where shell links lead to
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Links come from servers, so nothing in them is believed: every offset and size is checked against what contains it.
 * Of the target only LinkInfo is used.  Text in a code page is taken when it is ASCII: nobody knows which code page the
 * other side had, and a guess could pin another file.
 */

#include <stdlib.h>
#include <string.h>

#include "link_target.h"
#include "path.h"

#define HEADER_SIZE          0x4cu
#define HAS_ID_LIST          0x001u
#define HAS_LINK_INFO        0x002u
#define FORCE_NO_LINK_INFO   0x100u
#define INFO_HEADER          0x1cu    /* of LinkInfo; with offsets of UTF-16 text 0x24 */
#define INFO_HEADER_UNICODE  0x24u
#define INFO_LOCAL           0x1u     /* LinkInfoFlags: VolumeIDAndLocalBasePath */
#define INFO_NETWORK         0x2u     /* CommonNetworkRelativeLinkAndPathSuffix */
#define NETWORK_HEADER       0x14u    /* of CommonNetworkRelativeLink; with offsets of UTF-16 text 0x1c */
#define NETWORK_HEADER_UNICODE 0x1cu

struct bytes
{
    const unsigned char *data;
    size_t size;
};

/* 1: there are count bytes at an offset. */
static int within(const struct bytes *bytes, size_t offset, size_t count)
{
    return offset <= bytes->size && count <= bytes->size - offset;
}

/* A number that is not there is 0, which no size or offset that matters can be. */
static uint32_t number(const struct bytes *bytes, size_t offset, size_t width)
{
    uint32_t value = 0;
    size_t i;

    if (!within(bytes, offset, width)) return 0;
    for (i = width; i--;) value = value << 8 | bytes->data[offset + i];
    return value;
}

/* A structure that begins with its own size in 32 bits. */
static int structure(const struct bytes *outer, size_t offset, size_t least, struct bytes *inner)
{
    uint32_t size = number(outer, offset, 4);

    if (size < least || !within(outer, offset, size)) return 0;
    inner->data = outer->data + offset;
    inner->size = size;
    return 1;
}

/* Text up to its terminator; NULL: not there, not ASCII, or no memory (*status). */
static char *ansi_text(const struct bytes *bytes, size_t offset, csc_status *status)
{
    const unsigned char *from, *end, *p;
    char *text;

    if (!offset || offset >= bytes->size) return NULL;
    from = bytes->data + offset;
    if (!(end = memchr(from, 0, bytes->size - offset))) return NULL;
    for (p = from; p < end; p++) if (*p >= 0x80) return NULL;
    if (!(text = strdup((const char *)from))) *status = CSC_E_OUT_OF_MEMORY;
    return text;
}

static char *wide_text(const struct bytes *bytes, size_t offset, csc_status *status)
{
    size_t count = 0, i;
    uint16_t *units;
    char *text = NULL;
    csc_status result;

    if (!offset) return NULL;
    while (within(bytes, offset + 2 * count, 2) && number(bytes, offset + 2 * count, 2)) count++;
    if (!within(bytes, offset + 2 * count, 2)) return NULL;
    if (!(units = malloc((count + 1) * sizeof(*units))))
    {
        *status = CSC_E_OUT_OF_MEMORY;
        return NULL;
    }
    for (i = 0; i < count; i++) units[i] = (uint16_t)number(bytes, offset + 2 * i, 2);
    result = csc_utf8_from_utf16(units, count, &text);
    free(units);
    if (result == CSC_E_OUT_OF_MEMORY) *status = result;
    return csc_failed(result) ? NULL : text;
}

/* Text that is there once or twice: an offset of UTF-16 text of 0 means that there is none. */
static char *either_text(const struct bytes *bytes, size_t wide, size_t ansi, csc_status *status)
{
    return wide ? wide_text(bytes, wide, status) : ansi_text(bytes, ansi, status);
}

/* The share that a CommonNetworkRelativeLink names. */
static char *share_of(const struct bytes *info, csc_status *status)
{
    struct bytes net;
    uint32_t name;

    if (!structure(info, number(info, 20, 4), NETWORK_HEADER, &net)) return NULL;
    name = number(&net, 8, 4);
    if (name > NETWORK_HEADER && net.size >= NETWORK_HEADER_UNICODE)
        return either_text(&net, number(&net, 20, 4), name, status);
    return ansi_text(&net, name, status);
}

static char *joined(const char *base, const char *separator, const char *suffix)
{
    char *text = malloc(strlen(base) + strlen(separator) + strlen(suffix) + 1);

    if (text) strcat(strcat(strcpy(text, base), separator), suffix);
    return text;
}

static csc_status target_of(const struct bytes *info, char **path)
{
    uint32_t header = number(info, 4, 4), flags = number(info, 8, 4);
    int wide = header >= INFO_HEADER_UNICODE && info->size >= INFO_HEADER_UNICODE;
    csc_status status = CSC_FALSE;
    char *base, *suffix;

    if (header < INFO_HEADER || header > info->size) return CSC_FALSE;
    if (flags & INFO_NETWORK) base = share_of(info, &status);
    else if (flags & INFO_LOCAL) base = either_text(info, wide ? number(info, 28, 4) : 0, number(info, 16, 4), &status);
    else return CSC_FALSE;
    if (!base) return status;
    suffix = either_text(info, wide ? number(info, 32, 4) : 0, number(info, 24, 4), &status);
    /* a base path that is one of the network, as some programs write it */
    if (suffix && base[0] == '\\' && base[1] == '\\')
    {
        size_t length = strlen(base);
        int separate = (flags & INFO_NETWORK) && suffix[0] && base[length - 1] != '\\';

        *path = joined(base, separate ? "\\" : "", suffix);
        status = *path ? CSC_OK : CSC_E_OUT_OF_MEMORY;
    }
    free(base);
    free(suffix);
    return status;
}

int csc_is_link_name(const char *name)
{
    size_t length = strlen(name);

    return length > 4 && name[length - 4] == '.' && (name[length - 3] | 0x20) == 'l' && (name[length - 2] | 0x20) == 'n'
           && (name[length - 1] | 0x20) == 'k';
}

csc_status csc_link_target(const void *data, size_t size, char **path)
{
    static const unsigned char class_id[16] = { 0x01, 0x14, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 };
    const struct bytes link = { data, size };
    size_t at = HEADER_SIZE;
    struct csc_path parsed;
    struct bytes info;
    csc_status status;
    uint32_t flags;

    *path = NULL;
    if (!within(&link, 0, HEADER_SIZE) || number(&link, 0, 4) != HEADER_SIZE) return CSC_FALSE;
    if (memcmp(link.data + 4, class_id, sizeof(class_id))) return CSC_FALSE;
    flags = number(&link, 20, 4);
    if (!(flags & HAS_LINK_INFO) || (flags & FORCE_NO_LINK_INFO)) return CSC_FALSE;
    if (number(&link, 24, 4) & CSC_ATTR_DIRECTORY) return CSC_FALSE;
    if (flags & HAS_ID_LIST) at += 2 + number(&link, at, 2);
    if (!structure(&link, at, INFO_HEADER, &info)) return CSC_FALSE;
    if ((status = target_of(&info, path))) return status;

    /* something below a share, in a form that can be an item */
    status = csc_path_parse(*path, &parsed);
    if (!csc_failed(status))
    {
        if (!parsed.share || !parsed.count) status = CSC_FALSE;
        csc_path_free(&parsed);
    }
    if (status == CSC_OK) return CSC_OK;
    free(*path);
    *path = NULL;
    return status == CSC_E_OUT_OF_MEMORY ? status : CSC_FALSE;
}
