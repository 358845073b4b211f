/*
 * Included before everything else in generated proxy code, see PROXY_CFLAGS
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef __CSCPROXY_H
#define __CSCPROXY_H

#include <rpc.h>
#include <rpcndr.h>
#include <unknwn.h>

/* dlldata.c makes the class factory of the proxies under this name. */
#define PROXY_CLSID CLSID_CscPSFactory

/* The vtables of the proxies need these; rpcrt4 exports them, but mingw's
 * unknwn.h declares them for C++ only. */
#ifdef __MINGW32__
HRESULT STDMETHODCALLTYPE IUnknown_QueryInterface_Proxy(IUnknown *iface, REFIID iid, void **obj);
ULONG STDMETHODCALLTYPE IUnknown_AddRef_Proxy(IUnknown *iface);
ULONG STDMETHODCALLTYPE IUnknown_Release_Proxy(IUnknown *iface);
#endif

#endif /* __CSCPROXY_H */
