/*
 * Which of several values of a setting is in force
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "private.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <wchar.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscset);

static const struct
{
    BOOL policy;
    DWORD scope;
}
order[] =
{
    { TRUE, OFFLINEFILES_SETTING_SCOPE_COMPUTER },
    { TRUE, OFFLINEFILES_SETTING_SCOPE_USER },
    { FALSE, OFFLINEFILES_SETTING_SCOPE_COMPUTER },
    { FALSE, OFFLINEFILES_SETTING_SCOPE_USER }
};

/* ERROR_FILE_NOT_FOUND for what is not there or makes no sense, too. */
static LSTATUS read_sensible(const struct setting *setting, BOOL policy, DWORD scope, struct setting_value *value)
{
    LSTATUS status;

    if (!((policy ? setting->policy : setting->preference) & scope)) return ERROR_FILE_NOT_FOUND;
    status = setting_read(setting, policy, scope, value);
    if (status == ERROR_INVALID_DATA) return ERROR_FILE_NOT_FOUND;
    if (status || setting_in_range(setting, value)) return status;
    WARN("%s of %s, scope %#lx, is out of range\n", policy ? "policy" : "preference", debugstr_w(setting->name), scope);
    setting_clear(value);
    return ERROR_FILE_NOT_FOUND;
}

/* Appends the rows of the user's policy that value does not have. */
static LSTATUS add_user_policy(const struct setting *setting, struct setting_value *value)
{
    struct setting_value more;
    LSTATUS status;
    ULONG i;

    status = read_sensible(setting, TRUE, OFFLINEFILES_SETTING_SCOPE_USER, &more);
    if (status) return status == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : status;
    for (i = 0; !status && i < more.count; i++)
        if (!setting_has_row(value, more.rows[i].name))
            status = setting_add_row(value, more.rows[i].name, more.rows[i].number, more.rows[i].text);
    setting_clear(&more);
    return status;
}

LSTATUS setting_effective(const struct setting *setting, struct setting_value *value, BOOL *by_policy)
{
    LSTATUS status = ERROR_FILE_NOT_FOUND;
    unsigned int i;

    if (by_policy) *by_policy = FALSE;
    for (i = 0; i < ARRAYSIZE(order) && status == ERROR_FILE_NOT_FOUND; i++)
    {
        if ((status = read_sensible(setting, order[i].policy, order[i].scope, value))) continue;
        if (by_policy) *by_policy = order[i].policy;
        if (!i && (setting->flags & SETTING_ADDITIVE)) status = add_user_policy(setting, value);
        if (status) setting_clear(value);
    }
    if (status != ERROR_FILE_NOT_FOUND) return status;
    memset(value, 0, sizeof(*value));
    if (setting->flags & SETTING_DEFAULT) value->number = setting->number;
    else value->empty = TRUE;
    return ERROR_SUCCESS;
}

/* What is in force of a setting that must be in the table. */
static LSTATUS named_effective(const WCHAR *name, struct setting_value *value)
{
    const struct setting *setting = setting_find(name);

    if (setting) return setting_effective(setting, value, NULL);
    ERR("%s is not in the table of settings\n", debugstr_w(name));
    return ERROR_INVALID_NAME;
}

BOOL setting_number(const WCHAR *name, DWORD *number)
{
    struct setting_value value;
    BOOL found;

    if (named_effective(name, &value)) return FALSE;
    if ((found = !value.empty)) *number = value.number;
    setting_clear(&value);
    return found;
}

/* One string of a list; returns where the next goes. */
static WCHAR *put(WCHAR *to, const WCHAR *from, size_t length)
{
    while (length && iswspace(from[length - 1])) length--;
    for (; length && iswspace(*from); from++) length--;
    if (!length) return to;
    wmemcpy(to, from, length);
    to[length] = 0;
    return to + length + 1;
}

WCHAR *setting_list(const WCHAR *name)
{
    struct setting_value value;
    size_t length = 1, part;
    WCHAR *list, *end;
    const WCHAR *text;
    ULONG i;

    if (named_effective(name, &value)) return NULL;
    if (value.text) length += wcslen(value.text) + 1;
    for (i = 0; i < value.count; i++) length += wcslen(value.rows[i].name) + 1;
    if (!value.empty && (list = malloc(length * sizeof(WCHAR))))
    {
        end = list;
        for (text = value.text; text && *text; text += part + (text[part] != 0))
        {
            part = wcscspn(text, L";");
            end = put(end, text, part);
        }
        for (i = 0; i < value.count; i++) end = put(end, value.rows[i].name, wcslen(value.rows[i].name));
        *end = 0;
    }
    else list = NULL;
    setting_clear(&value);
    return list;
}
