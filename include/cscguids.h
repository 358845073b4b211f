/*
 * Identifiers that Offline Files for Wine fixes for itself
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef __CSCGUIDS_H
#define __CSCGUIDS_H

#include <guiddef.h>

/* The class of the proxies in cscobj.dll, for cscobj.idl and cscsvc.idl alike:
 * {A65D1A47-2DDD-42C3-BFC6-31438C62668A}. The library libs/cscuuid defines it. */
DEFINE_GUID(CLSID_CscPSFactory, 0xa65d1a47, 0x2ddd, 0x42c3,
            0xbf, 0xc6, 0x31, 0x43, 0x8c, 0x62, 0x66, 0x8a);

#endif /* __CSCGUIDS_H */
