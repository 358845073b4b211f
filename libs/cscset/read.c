/*
 * Settings as they stand in the registry
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "private.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <wchar.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscset);

static void free_row(struct setting_row *row)
{
    free(row->name);
    free(row->text);
}

void setting_clear(struct setting_value *value)
{
    ULONG i;

    for (i = 0; i < value->count; i++) free_row(&value->rows[i]);
    free(value->rows);
    free(value->text);
    memset(value, 0, sizeof(*value));
}

BOOL setting_has_row(const struct setting_value *value, const WCHAR *name)
{
    ULONG i;

    for (i = 0; i < value->count; i++)
        if (!wcsicmp(value->rows[i].name, name)) return TRUE;
    return FALSE;
}

LSTATUS setting_add_row(struct setting_value *value, const WCHAR *name, DWORD number, const WCHAR *text)
{
    struct setting_row *rows, row = { wcsdup(name), number, text ? wcsdup(text) : NULL };

    if (!row.name || (text && !row.text) || !(rows = realloc(value->rows, (value->count + 1) * sizeof(*rows))))
    {
        free_row(&row);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    rows[value->count++] = row;
    value->rows = rows;
    return ERROR_SUCCESS;
}

BOOL setting_in_range(const struct setting *setting, const struct setting_value *value)
{
    if (value->empty) return TRUE;
    switch (setting->type)
    {
    case OFFLINEFILES_SETTING_VALUE_UI4:
        return value->number >= setting->min && value->number <= setting->max;
    case OFFLINEFILES_SETTING_VALUE_BSTR:
        return wcslen(value->text) <= setting->max;
    default:
        return TRUE;
    }
}

LSTATUS setting_query(HKEY key, const WCHAR *name, DWORD *type, BYTE **data, DWORD *size)
{
    const DWORD zeros = 2 * sizeof(WCHAR) + 1;
    DWORD room = 256;
    BYTE *grown;
    LSTATUS status;

    *data = NULL;
    for (;;)
    {
        if (!(grown = realloc(*data, room + zeros)))
        {
            status = ERROR_NOT_ENOUGH_MEMORY;
            break;
        }
        *data = grown;
        *size = room;
        if (!(status = RegQueryValueExW(key, name, NULL, type, *data, size)))
        {
            memset(*data + *size, 0, zeros);
            return ERROR_SUCCESS;
        }
        /* It may have grown since it told its size. */
        if (status != ERROR_MORE_DATA || *size <= room) break;
        room = *size;
    }
    free(*data);
    *data = NULL;
    return status;
}

/* data is a string, with variables or without.  NULL: no memory. */
static WCHAR *read_text(DWORD type, const BYTE *data)
{
    const WCHAR *text = (const WCHAR *)data;
    WCHAR *expanded;
    DWORD length;

    if (type == REG_SZ) return wcsdup(text);
    if (!(length = ExpandEnvironmentStringsW(text, NULL, 0))) return wcsdup(text);
    if ((expanded = malloc(length * sizeof(WCHAR)))) ExpandEnvironmentStringsW(text, expanded, length);
    return expanded;
}

static BOOL is_text(DWORD type)
{
    return type == REG_SZ || type == REG_EXPAND_SZ;
}

/* A number, or the digits of one: lists of policies hold only strings. */
static BOOL read_number(DWORD type, const BYTE *data, DWORD size, DWORD *number)
{
    WCHAR *end;

    if (type == REG_DWORD && size == sizeof(*number))
    {
        memcpy(number, data, sizeof(*number));
        return TRUE;
    }
    if (!is_text(type) || *(const WCHAR *)data < '0' || *(const WCHAR *)data > '9') return FALSE;
    *number = wcstoul((const WCHAR *)data, &end, 10);
    return !*end;
}

static LSTATUS read_list(const BYTE *data, DWORD size, struct setting_value *value)
{
    const WCHAR *text = (const WCHAR *)data, *end = text + size / sizeof(WCHAR);
    LSTATUS status = ERROR_SUCCESS;

    for (; !status && text < end && *text; text += wcslen(text) + 1) status = setting_add_row(value, text, 0, NULL);
    return status;
}

static LSTATUS read_single(const struct setting *setting, HKEY key, struct setting_value *value)
{
    LSTATUS status = ERROR_SUCCESS;
    DWORD type, size;
    BYTE *data;

    if ((status = setting_query(key, setting->name, &type, &data, &size))) return status;
    if (type == REG_NONE) value->empty = TRUE;
    else if (setting->type == OFFLINEFILES_SETTING_VALUE_UI4 && type == REG_DWORD && size == sizeof(DWORD))
        memcpy(&value->number, data, sizeof(DWORD));
    else if (setting->type == OFFLINEFILES_SETTING_VALUE_BSTR && is_text(type))
    {
        if (!(value->text = read_text(type, data))) status = ERROR_NOT_ENOUGH_MEMORY;
    }
    else if (setting->type == OFFLINEFILES_SETTING_VALUE_BSTR_DBLNULTERM && type == REG_MULTI_SZ)
        status = read_list(data, size, value);
    else
    {
        WARN("%s has data of type %lu with %lu bytes\n", debugstr_w(setting->name), type, size);
        status = ERROR_INVALID_DATA;
    }
    free(data);
    return status;
}

static LSTATUS read_row(const struct setting *setting, HKEY table, const WCHAR *name, struct setting_value *value)
{
    DWORD type, size, number;
    LSTATUS status;
    WCHAR *text;
    BYTE *data;

    if ((status = setting_query(table, name, &type, &data, &size)))
        return status == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : status;    /* just gone */
    if (setting->type == OFFLINEFILES_SETTING_VALUE_2DIM_ARRAY_BSTR_UI4)
    {
        if (read_number(type, data, size, &number)) status = setting_add_row(value, name, number, NULL);
        else WARN("row %s of %s is no number\n", debugstr_w(name), debugstr_w(setting->name));
    }
    else if (!is_text(type)) WARN("row %s of %s is no string\n", debugstr_w(name), debugstr_w(setting->name));
    else if (!(text = read_text(type, data))) status = ERROR_NOT_ENOUGH_MEMORY;
    else
    {
        status = setting_add_row(value, name, 0, text);
        free(text);
    }
    free(data);
    return status;
}

static LSTATUS read_table(const struct setting *setting, HKEY key, struct setting_value *value)
{
    WCHAR *name = malloc((MAX_VALUE_NAME + 1) * sizeof(WCHAR));
    LSTATUS status;
    DWORD i, length;
    HKEY table;

    if (!name) return ERROR_NOT_ENOUGH_MEMORY;
    if (!(status = RegOpenKeyExW(key, setting->name, 0, KEY_READ | KEY_WOW64_64KEY, &table)))
    {
        for (i = 0; !status; i++)
        {
            length = MAX_VALUE_NAME + 1;
            if ((status = RegEnumValueW(table, i, name, &length, NULL, NULL, NULL, NULL))) break;
            if (length) status = read_row(setting, table, name, value);
        }
        if (status == ERROR_NO_MORE_ITEMS) status = ERROR_SUCCESS;
        RegCloseKey(table);
    }
    free(name);
    return status;
}

LSTATUS setting_read(const struct setting *setting, BOOL policy, DWORD scope, struct setting_value *value)
{
    LSTATUS status;
    HKEY key;

    memset(value, 0, sizeof(*value));
    if ((status = RegOpenKeyExW(setting_root(scope), policy ? CSC_POLICY_KEY : CSC_NETCACHE_KEY, 0,
                                KEY_READ | KEY_WOW64_64KEY, &key)))
        return status;
    status = setting_is_table(setting) ? read_table(setting, key, value) : read_single(setting, key, value);
    RegCloseKey(key);
    if (status) setting_clear(value);
    return status;
}
