/*
 * Settings: policies and preferences, and where they are
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A setting is one value of four keys: CSC_POLICY_KEY and CSC_NETCACHE_KEY (cscguids.h), each below
 * HKLM (scope OFFLINEFILES_SETTING_SCOPE_COMPUTER) and HKCU (..._USER).  The name of the setting is the
 * name of the value, or, for the two types of tables, of a key with one value for each row.
 * libs/cscset implements this for cscobj.dll and the service; everything works without the service.
 * [behaviour.md §2.19, §6]; Q106-Q109
 */

#ifndef __CSCSET_H
#define __CSCSET_H

#include <stdarg.h>

#include "windef.h"
#include "winbase.h"
#include "winreg.h"

#define SETTING_SCOPES 3u     /* all bits of a scope */

/* setting.flags */
#define SETTING_DEFAULT  1    /* number is the value where nothing is set */
#define SETTING_ADDITIVE 2    /* the policies of machine and user hold both */

struct setting
{
    const WCHAR *name;
    BYTE  type;               /* OFFLINEFILES_SETTING_VALUE_TYPE */
    BYTE  policy;             /* scopes it can have as a policy */
    BYTE  preference;         /* and as a preference */
    BYTE  flags;
    DWORD min, max;           /* UI4: what makes sense; strings: max characters */
    DWORD number;
};

struct setting_row
{
    WCHAR *name;
    DWORD  number;            /* type 2DIM_ARRAY_BSTR_UI4 */
    WCHAR *text;              /* type 2DIM_ARRAY_BSTR_BSTR, never NULL there */
};

/* A value of any type; which members count follows from the type of the setting. */
struct setting_value
{
    BOOL   empty;             /* it is there, but holds nothing */
    DWORD  number;            /* UI4 */
    WCHAR *text;              /* BSTR */
    struct setting_row *rows; /* the tables; BSTR_DBLNULTERM: a name each */
    ULONG  count;
};

/* -- table.c -- */

/* The setting with that number, in the order of enumeration, or NULL. */
const struct setting *setting_at(ULONG index);
/* The setting of that name, in any case, or NULL. */
const struct setting *setting_find(const WCHAR *name);

/* -- read.c.  The functions return codes of Windows and fill value only with ERROR_SUCCESS; then it is
 * the caller's, to be given to setting_clear.  scope: one bit, one that the setting has. -- */

/* The policy or preference of one scope as it stands there.  ERROR_FILE_NOT_FOUND: none,
 * ERROR_INVALID_DATA: not of the setting's type.  In a table, rows of another type are left out. */
LSTATUS setting_read(const struct setting *setting, BOOL policy, DWORD scope, struct setting_value *value);
/* Is it within the limits of the table? */
BOOL setting_in_range(const struct setting *setting, const struct setting_value *value);
void setting_clear(struct setting_value *value);
/* Is there a row of that name, in any case? */
BOOL setting_has_row(const struct setting_value *value, const WCHAR *name);
/* Adds a row with copies of the strings (text may be NULL).  ERROR_NOT_ENOUGH_MEMORY leaves all as it was. */
LSTATUS setting_add_row(struct setting_value *value, const WCHAR *name, DWORD number, const WCHAR *text);

/* -- write.c -- */

/* Stores a preference; the rows of a table take the place of those that are there. */
LSTATUS setting_write(const struct setting *setting, DWORD scope, const struct setting_value *value);
/* Removes a preference.  ERROR_FILE_NOT_FOUND: there is none. */
LSTATUS setting_delete(const struct setting *setting, DWORD scope);

/* -- effective.c -- */

/* What is in force: policy of the machine, of the user, preference of the machine, of the user,
 * default.  A value that makes no sense is passed over.  Additive settings: the rows of both policies.
 * value->empty when nothing is set and there is no default.  by_policy may be NULL. */
LSTATUS setting_effective(const struct setting *setting, struct setting_value *value, BOOL *by_policy);
/* The same of a UI4 setting, which must be in the table.  FALSE: nothing is set, and there is no
 * default; number stays as it was. */
BOOL setting_number(const WCHAR *name, DWORD *number);
/* What is in force of a BSTR or BSTR_DBLNULTERM setting: strings with a terminator each, and one more at
 * the end.  A BSTR is cut at semicolons and trimmed.  NULL: nothing is set, or no memory.  free() it. */
WCHAR *setting_list(const WCHAR *name);

#endif /* __CSCSET_H */
