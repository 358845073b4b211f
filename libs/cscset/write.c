/*
 * Preferences: to set and to remove
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "private.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <wchar.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscset);

static LSTATUS write_text(HKEY key, const WCHAR *name, const WCHAR *text)
{
    return RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text, (wcslen(text) + 1) * sizeof(WCHAR));
}

static LSTATUS write_list(HKEY key, const WCHAR *name, const struct setting_value *value)
{
    WCHAR *data, *end;
    size_t length = 1;
    LSTATUS status;
    ULONG i;

    for (i = 0; i < value->count; i++) length += wcslen(value->rows[i].name) + 1;
    if (!(data = malloc(length * sizeof(WCHAR)))) return ERROR_NOT_ENOUGH_MEMORY;
    for (i = 0, end = data; i < value->count; i++)
    {
        wcscpy(end, value->rows[i].name);
        end += wcslen(end) + 1;
    }
    *end = 0;
    status = RegSetValueExW(key, name, 0, REG_MULTI_SZ, (const BYTE *)data, length * sizeof(WCHAR));
    free(data);
    return status;
}

static LSTATUS write_row(const struct setting *setting, HKEY table, const struct setting_row *row)
{
    if (setting->type == OFFLINEFILES_SETTING_VALUE_2DIM_ARRAY_BSTR_UI4)
        return RegSetValueExW(table, row->name, 0, REG_DWORD, (const BYTE *)&row->number, sizeof(row->number));
    return write_text(table, row->name, row->text);
}

/* Removes the rows that value does not have. */
static LSTATUS remove_others(HKEY table, const struct setting_value *value)
{
    WCHAR *name = malloc((MAX_VALUE_NAME + 1) * sizeof(WCHAR));
    struct setting_value others = { 0 };
    LSTATUS status = ERROR_SUCCESS;
    DWORD i, length;

    if (!name) return ERROR_NOT_ENOUGH_MEMORY;
    for (i = 0; !status; i++)
    {
        length = MAX_VALUE_NAME + 1;
        if (RegEnumValueW(table, i, name, &length, NULL, NULL, NULL, NULL)) break;
        if (!setting_has_row(value, name)) status = setting_add_row(&others, name, 0, NULL);
    }
    for (i = 0; !status && i < others.count; i++) status = RegDeleteValueW(table, others.rows[i].name);
    setting_clear(&others);
    free(name);
    return status;
}

/* What is not wanted any more goes last: so nobody ever finds less than what stays. */
static LSTATUS write_table(const struct setting *setting, HKEY key, const struct setting_value *value)
{
    LSTATUS status;
    HKEY table;
    ULONG i;

    if ((status = RegCreateKeyExW(key, setting->name, 0, NULL, 0, KEY_READ | KEY_WRITE | KEY_WOW64_64KEY, NULL, &table,
                                  NULL)))
        return status;
    for (i = 0; !status && i < value->count; i++) status = write_row(setting, table, &value->rows[i]);
    if (!status) status = remove_others(table, value);
    RegCloseKey(table);
    return status;
}

LSTATUS setting_write(const struct setting *setting, DWORD scope, const struct setting_value *value)
{
    LSTATUS status;
    HKEY key;

    if ((status = RegCreateKeyExW(setting_root(scope), CSC_NETCACHE_KEY, 0, NULL, 0,
                                  KEY_READ | KEY_WRITE | KEY_WOW64_64KEY, NULL, &key, NULL)))
        return status;
    switch (setting->type)
    {
    case OFFLINEFILES_SETTING_VALUE_UI4:
        status = RegSetValueExW(key, setting->name, 0, REG_DWORD, (const BYTE *)&value->number, sizeof(value->number));
        break;
    case OFFLINEFILES_SETTING_VALUE_BSTR:
        status = write_text(key, setting->name, value->text);
        break;
    case OFFLINEFILES_SETTING_VALUE_BSTR_DBLNULTERM:
        status = write_list(key, setting->name, value);
        break;
    default:
        status = write_table(setting, key, value);
        break;
    }
    RegCloseKey(key);
    TRACE("%s, scope %#lx: %ld\n", debugstr_w(setting->name), scope, status);
    return status;
}

LSTATUS setting_delete(const struct setting *setting, DWORD scope)
{
    LSTATUS status;
    HKEY key;

    if ((status = RegOpenKeyExW(setting_root(scope), CSC_NETCACHE_KEY, 0, KEY_READ | KEY_WRITE | KEY_WOW64_64KEY,
                                &key)))
        return status;
    status = setting_is_table(setting) ? RegDeleteTreeW(key, setting->name) : RegDeleteValueW(key, setting->name);
    RegCloseKey(key);
    TRACE("%s, scope %#lx: %ld\n", debugstr_w(setting->name), scope, status);
    return status;
}
