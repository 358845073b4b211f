/*
 * Objects of settings and what they share
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef __CSCOBJ_SETTING_H
#define __CSCOBJ_SETTING_H

#include "cscobj_private.h"
#include "oleauto.h"
#include "cscset.h"

/* ---- setting.c ---- */

/* Makes the object of a setting; of none (NULL): its methods say OLE_E_BLANK (Q2). */
HRESULT setting_create(const struct setting *setting, IOfflineFilesSetting **ret);

/* ---- setting_variant.c ---- */

/* Fills out, which must be VT_EMPTY and stays so on failure and for an empty value. */
HRESULT setting_to_variant(const struct setting *setting, const struct setting_value *value, VARIANT *out);
/* The value in from, to be given to setting_clear.  E_INVALIDARG, which is E32(ERROR_INVALID_PARAMETER):
 * not of the type of the setting, or out of its range. */
HRESULT setting_from_variant(const struct setting *setting, const VARIANT *from, struct setting_value *value);

#endif /* __CSCOBJ_SETTING_H */
