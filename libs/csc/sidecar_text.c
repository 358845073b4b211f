/*
 * The second record as text
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "sidecar.h"


#define SHARES_HEAD "csc-shares\t1\n"
#define PINS_HEAD   "csc-pins\t1\n"
/* fields of a record that have no text of their own */
#define NO_TEXT     "%n"
#define EMPTY_TEXT  "%e"

#define SHARE_FIELDS 14
#define PIN_FIELDS   7

static uint64_t sum(const char *text, size_t size)
{
    uint64_t hash = 14695981039346656037u;
    size_t i;

    for (i = 0; i < size; i++) hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
    return hash;
}

/* -- writing -- */

static csc_status add(struct csc_buffer *text, const char *data, size_t size)
{
    void *place = csc_buffer_add(text, size);

    if (!place) return CSC_E_OUT_OF_MEMORY;
    memcpy(place, data, size);
    return CSC_OK;
}

static csc_status add_text(struct csc_buffer *text, const char *field)
{
    static const char digits[] = "0123456789abcdef";
    csc_status status;

    if ((status = add(text, "\t", 1))) return status;
    if (!field) return add(text, NO_TEXT, strlen(NO_TEXT));
    if (!*field) return add(text, EMPTY_TEXT, strlen(EMPTY_TEXT));
    for (; *field && !status; field++)
    {
        unsigned char c = *field;
        char escaped[3] = { '%', digits[c >> 4], digits[c & 15] };

        status = c <= ' ' || c == '%' || c == 0x7f ? add(text, escaped, 3) : add(text, field, 1);
    }
    return status;
}

static csc_status add_number(struct csc_buffer *text, uint64_t number)
{
    char field[32];

    snprintf(field, sizeof(field), "%" PRIu64, number);
    return add_text(text, field);
}

static csc_status add_end(struct csc_buffer *text)
{
    char line[32];

    snprintf(line, sizeof(line), "end\t%016" PRIx64 "\n", sum((const char *)text->data, text->size));
    return add(text, line, strlen(line));
}

csc_status csc_sidecar_format_shares(const struct csc_sidecar_shares *shares, struct csc_buffer *text)
{
    csc_status status = add(text, SHARES_HEAD, strlen(SHARES_HEAD));
    size_t i;

    if (!status) status = add(text, "cache", 5);
    if (!status) status = add_text(text, shares->cache_id);
    if (!status) status = add(text, "\n", 1);
    for (i = 0; i < shares->count && !status; i++)
    {
        const struct csc_scope_row *row = &shares->list[i].row;
        const char *texts[] = { row->server, row->share, row->origin, row->link_before, row->root.fs_type,
                                row->root.source };
        uint64_t numbers[] = { row->root.dev, row->root.ino, row->root.anonymous != 0, row->offline, row->reason,
                               row->caching_mode, shares->list[i].made_server != 0 };
        size_t j;

        status = add(text, "share", 5);
        for (j = 0; j < sizeof(texts) / sizeof(texts[0]) && !status; j++) status = add_text(text, texts[j]);
        for (j = 0; j < sizeof(numbers) / sizeof(numbers[0]) && !status; j++) status = add_number(text, numbers[j]);
        if (!status) status = add(text, "\n", 1);
    }
    return status ? status : add_end(text);
}

csc_status csc_sidecar_format_pins(const struct csc_sidecar_pins *pins, struct csc_buffer *text)
{
    csc_status status = add(text, PINS_HEAD, strlen(PINS_HEAD));
    size_t i;

    for (i = 0; i < pins->count && !status; i++)
    {
        const struct csc_sidecar_pin *pin = &pins->list[i];

        status = add(text, "pin", 3);
        if (!status) status = add_text(text, pin->server);
        if (!status) status = add_text(text, pin->share);
        if (!status) status = add_text(text, pin->path);
        if (!status) status = add_number(text, pin->type);
        if (!status) status = add_number(text, pin->pin);
        if (!status) status = add_number(text, pin->flags);
        if (!status) status = add(text, "\n", 1);
    }
    return status ? status : add_end(text);
}

/* -- reading -- */

/* Text in memory of its own, being taken apart line by line. */
struct reader
{
    char *text, *next;
};

/* Checks the whole of it: head, checksum, no zero bytes. */
static csc_status open_text(struct reader *reader, const char *text, size_t size, const char *head)
{
    char line[32];
    size_t body;

    reader->text = reader->next = NULL;
    if (size < strlen(head) || memcmp(text, head, strlen(head)) || memchr(text, 0, size)) return CSC_E_CORRUPT;
    snprintf(line, sizeof(line), "end\t%016x\n", 0);
    if (size < strlen(head) + strlen(line)) return CSC_E_CORRUPT;
    body = size - strlen(line);
    snprintf(line, sizeof(line), "end\t%016" PRIx64 "\n", sum(text, body));
    if (memcmp(text + body, line, strlen(line))) return CSC_E_CORRUPT;
    if (!(reader->text = malloc(body + 1))) return CSC_E_OUT_OF_MEMORY;
    memcpy(reader->text, text, body);
    reader->text[body] = 0;
    reader->next = reader->text + strlen(head);
    return CSC_OK;
}

/* The fields of the next line; count 0 at the end. */
static csc_status next_line(struct reader *reader, char **fields, size_t max, size_t *count)
{
    char *end, *tab;

    *count = 0;
    if (!*reader->next) return CSC_OK;
    if (!(end = strchr(reader->next, '\n'))) return CSC_E_CORRUPT;
    *end = 0;
    for (;;)
    {
        if (*count == max) return CSC_E_CORRUPT;
        fields[(*count)++] = reader->next;
        if (!(tab = strchr(reader->next, '\t'))) break;
        *tab = 0;
        reader->next = tab + 1;
    }
    reader->next = end + 1;
    return CSC_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* NULL in *text where that was written. */
static csc_status take_text(const char *field, char **text)
{
    char *out;

    *text = NULL;
    if (!strcmp(field, NO_TEXT)) return CSC_OK;
    if (!(*text = out = malloc(strlen(field) + 1))) return CSC_E_OUT_OF_MEMORY;
    if (!strcmp(field, EMPTY_TEXT)) field = "";
    for (; *field; field++)
    {
        int high, low;

        if (*field != '%') *out++ = *field;
        else if ((high = hex_digit(field[1])) < 0 || (low = hex_digit(field[2])) < 0 || !(high | low)) return CSC_E_CORRUPT;
        else
        {
            *out++ = (char)(high << 4 | low);
            field += 2;
        }
    }
    *out = 0;
    return CSC_OK;
}

static csc_status take_number(const char *field, uint64_t max, uint64_t *number)
{
    char *end;

    *number = 0;
    if (*field < '0' || *field > '9') return CSC_E_CORRUPT;
    *number = strtoull(field, &end, 10);
    return *end || *number > max ? CSC_E_CORRUPT : CSC_OK;
}

static csc_status take_number_32(const char *field, uint32_t *number)
{
    uint64_t wide;
    csc_status status = take_number(field, UINT32_MAX, &wide);

    *number = (uint32_t)wide;
    return status;
}

/* A text that has to be there and to fit. */
static csc_status take_array(const char *field, char *array, size_t size)
{
    char *text;
    csc_status status = take_text(field, &text);

    if (!status && (!text || strlen(text) >= size)) status = CSC_E_CORRUPT;
    if (!status) strcpy(array, text);
    free(text);
    return status;
}

static void clear_share(struct csc_sidecar_share *share)
{
    free(share->row.server);
    free(share->row.share);
    free(share->row.origin);
    free(share->row.link_before);
}

static csc_status take_share(char **fields, struct csc_sidecar_share *share)
{
    struct csc_scope_row *row = &share->row;
    uint64_t anonymous = 0, made = 0;
    csc_status status;

    if ((status = take_text(fields[1], &row->server)) || (status = take_text(fields[2], &row->share)) ||
        (status = take_text(fields[3], &row->origin)) || (status = take_text(fields[4], &row->link_before)) ||
        (status = take_array(fields[5], row->root.fs_type, sizeof(row->root.fs_type))) ||
        (status = take_array(fields[6], row->root.source, sizeof(row->root.source))) ||
        (status = take_number(fields[7], UINT64_MAX, &row->root.dev)) ||
        (status = take_number(fields[8], UINT64_MAX, &row->root.ino)) ||
        (status = take_number(fields[9], 1, &anonymous)) || (status = take_number_32(fields[10], &row->offline)) ||
        (status = take_number_32(fields[11], &row->reason)) ||
        (status = take_number_32(fields[12], &row->caching_mode)) || (status = take_number(fields[13], 1, &made)))
        return status;
    row->root.anonymous = (int)anonymous;
    share->made_server = (int)made;
    if (!row->server || !row->share || !row->origin || row->origin[0] != '/' || row->offline > 1 ||
        csc_name_check(row->server) || csc_name_check(row->share))
        return CSC_E_CORRUPT;
    return CSC_OK;
}

csc_status csc_sidecar_parse_shares(const char *text, size_t size, struct csc_sidecar_shares *shares)
{
    struct csc_sidecar_share *list;
    char *fields[SHARE_FIELDS];
    struct reader reader;
    csc_status status;
    size_t count;

    memset(shares, 0, sizeof(*shares));
    if ((status = open_text(&reader, text, size, SHARES_HEAD))) return status;
    status = next_line(&reader, fields, SHARE_FIELDS, &count);
    if (!status && (count != 2 || strcmp(fields[0], "cache"))) status = CSC_E_CORRUPT;
    if (!status) status = take_array(fields[1], shares->cache_id, sizeof(shares->cache_id));
    while (!status && !(status = next_line(&reader, fields, SHARE_FIELDS, &count)) && count)
    {
        if (count != SHARE_FIELDS || strcmp(fields[0], "share")) status = CSC_E_CORRUPT;
        else if (!(list = realloc(shares->list, (shares->count + 1) * sizeof(*list)))) status = CSC_E_OUT_OF_MEMORY;
        else
        {
            shares->list = list;
            memset(&list[shares->count], 0, sizeof(*list));
            status = take_share(fields, &list[shares->count++]);
        }
    }
    free(reader.text);
    if (status) csc_sidecar_shares_free(shares);
    return status;
}

static void clear_pin(struct csc_sidecar_pin *pin)
{
    free(pin->server);
    free(pin->share);
    free(pin->path);
}

/* Whether each component is a name of an item. */
static int is_relative_path(const char *path)
{
    char name[1024];             /* 255 UTF-16 units have at most 765 bytes */
    size_t length;

    if (!*path) return 1;
    for (;;)
    {
        length = strcspn(path, "/");
        if (length >= sizeof(name)) return 0;
        memcpy(name, path, length);
        name[length] = 0;
        if (csc_name_check(name)) return 0;
        if (!path[length]) return 1;
        path += length + 1;
    }
}

static csc_status take_pin(char **fields, struct csc_sidecar_pin *pin)
{
    csc_status status;

    if ((status = take_text(fields[1], &pin->server)) || (status = take_text(fields[2], &pin->share)) ||
        (status = take_text(fields[3], &pin->path)) || (status = take_number_32(fields[4], &pin->type)) ||
        (status = take_number_32(fields[5], &pin->pin)) || (status = take_number_32(fields[6], &pin->flags)))
        return status;
    if (!pin->server || !pin->share || !pin->path || !is_relative_path(pin->path) || pin->type > 2 ||
        pin->pin > 0xff || (pin->flags & ~CSC_ROW_SUSPENDED))
        return CSC_E_CORRUPT;
    return CSC_OK;
}

csc_status csc_sidecar_parse_pins(const char *text, size_t size, struct csc_sidecar_pins *pins)
{
    struct csc_sidecar_pin *list;
    char *fields[PIN_FIELDS];
    struct reader reader;
    csc_status status;
    size_t count, capacity = 0;

    memset(pins, 0, sizeof(*pins));
    if ((status = open_text(&reader, text, size, PINS_HEAD))) return status;
    while (!status && !(status = next_line(&reader, fields, PIN_FIELDS, &count)) && count)
    {
        if (count != PIN_FIELDS || strcmp(fields[0], "pin"))
        {
            status = CSC_E_CORRUPT;
            break;
        }
        if (pins->count == capacity)
        {
            capacity = capacity ? capacity * 2 : 64;
            if (!(list = realloc(pins->list, capacity * sizeof(*list))))
            {
                status = CSC_E_OUT_OF_MEMORY;
                break;
            }
            pins->list = list;
        }
        memset(&pins->list[pins->count], 0, sizeof(*pins->list));
        status = take_pin(fields, &pins->list[pins->count++]);
    }
    free(reader.text);
    if (status) csc_sidecar_pins_free(pins);
    return status;
}

void csc_sidecar_shares_free(struct csc_sidecar_shares *shares)
{
    size_t i;

    for (i = 0; i < shares->count; i++) clear_share(&shares->list[i]);
    free(shares->list);
    memset(shares, 0, sizeof(*shares));
}

void csc_sidecar_pins_free(struct csc_sidecar_pins *pins)
{
    size_t i;

    for (i = 0; i < pins->count; i++) clear_pin(&pins->list[i]);
    free(pins->list);
    memset(pins, 0, sizeof(*pins));
}
