/*
 * What reading and writing of settings share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef __CSCSET_PRIVATE_H
#define __CSCSET_PRIVATE_H

#include "cscset.h"
#include "objbase.h"
#include "cscobj.h"
#include "cscguids.h"

/* Longest name of a value. */
#define MAX_VALUE_NAME 16383

/* Is a key of its own kept for the type? */
static inline BOOL setting_is_table(const struct setting *setting)
{
    return setting->type == OFFLINEFILES_SETTING_VALUE_2DIM_ARRAY_BSTR_UI4 ||
           setting->type == OFFLINEFILES_SETTING_VALUE_2DIM_ARRAY_BSTR_BSTR;
}

static inline HKEY setting_root(DWORD scope)
{
    return scope == OFFLINEFILES_SETTING_SCOPE_COMPUTER ? HKEY_LOCAL_MACHINE : HKEY_CURRENT_USER;
}

/* The data of a value with two zero characters and more behind it, so that it ends as a string and as a list
 * of strings.  free() it. */
LSTATUS setting_query(HKEY key, const WCHAR *name, DWORD *type, BYTE **data, DWORD *size);

#endif /* __CSCSET_PRIVATE_H */
