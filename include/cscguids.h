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

/* The class that the service registers for clients of DCOM activation, and its AppID. */
DEFINE_GUID(CLSID_CscService, 0x69486dd6, 0xc19f, 0x42e8, 0xb5, 0x08, 0xa5, 0x3f, 0x9f, 0x8e, 0x67, 0xb8);
DEFINE_GUID(APPID_CscService, 0x52551a19, 0xb337, 0x498d, 0xae, 0x75, 0x22, 0x83, 0xe2, 0x99, 0x02, 0xde);

/* Makes copies of error information that another apartment or process sent (dlls/cscobj/errormarshal.c). */
DEFINE_GUID(CLSID_CscErrorMarshal, 0x3f0c5f5e, 0x9b1d, 0x4c0e, 0x8d, 0x27, 0x61, 0x7a, 0xe4, 0x52, 0x9c, 0x1b);

/* The service, its group in svchost, and its two files. */
#define CSC_SERVICE_NAME  L"CscService"
#define CSC_SERVICE_GROUP L"LocalSystemNetworkRestricted"
#define CSC_SERVICE_DLL   L"%SystemRoot%\\system32\\cscsvc.dll"
#define CSC_SERVICE_MAIN  "CscServiceMain"

/* Where the service leaves its ICscService for cscobj.dll: below HKLM, always in the 64-bit view, a
 * volatile key with an OBJREF (CoMarshalInterface, MSHCTX_LOCAL, MSHLFLAGS_TABLESTRONG) as REG_BINARY.
 * It is there before the service reports SERVICE_RUNNING and goes when the service stops. */
#define CSC_NETCACHE_KEY  L"Software\\Microsoft\\Windows\\CurrentVersion\\NetCache"
#define CSC_SESSION_NAME  L"Session"
#define CSC_SESSION_KEY   CSC_NETCACHE_KEY L"\\" CSC_SESSION_NAME
#define CSC_SESSION_VALUE L"ObjRef"

/* Where policies are, below HKLM and HKCU. */
#define CSC_POLICY_KEY    L"Software\\Policies\\Microsoft\\Windows\\NetCache"

#endif /* __CSCGUIDS_H */
