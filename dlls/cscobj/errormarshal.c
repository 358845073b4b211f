/*
 * Error information that goes to other apartments and processes: by value
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The objects of errorinfo.c never change, and a sink may keep them when the operation, its thread and even its process
 * are gone.  A reference would die with the thread's apartment; a copy does not.  (The free-threaded marshaler would do
 * inside one process only, and in Wine not even there: arguments of calls are marshalled for another process.)
 */

#include "cscobj_private.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

/* What stands in a stream, before the record. */
struct header
{
    UINT32 kind;            /* enum error_kind */
    UINT32 size;            /* of the record, bytes */
};

static inline struct error_marshal *impl_from_IMarshal(IMarshal *iface)
{
    return CONTAINING_RECORD(iface, struct error_marshal, IMarshal_iface);
}

static HRESULT WINAPI marshal_QueryInterface(IMarshal *iface, REFIID iid, void **obj)
{
    struct error_marshal *marshal = impl_from_IMarshal(iface);

    if (marshal->outer) return IUnknown_QueryInterface(marshal->outer, iid, obj);
    if (!obj) return E_POINTER;
    *obj = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IMarshal)) return E_NOINTERFACE;
    IMarshal_AddRef(iface);
    *obj = iface;
    return S_OK;
}

/* Without an object it is the static one that unmarshals. */
static ULONG WINAPI marshal_AddRef(IMarshal *iface)
{
    struct error_marshal *marshal = impl_from_IMarshal(iface);

    if (marshal->outer) return IUnknown_AddRef(marshal->outer);
    module_addref();
    return 2;
}

static ULONG WINAPI marshal_Release(IMarshal *iface)
{
    struct error_marshal *marshal = impl_from_IMarshal(iface);

    if (marshal->outer) return IUnknown_Release(marshal->outer);
    module_release();
    return 1;
}

static HRESULT WINAPI marshal_GetUnmarshalClass(IMarshal *iface, REFIID iid, void *object, DWORD context,
                                                void *context_data, DWORD flags, CLSID *clsid)
{
    if (!clsid) return E_POINTER;
    *clsid = CLSID_CscErrorMarshal;
    return S_OK;
}

static HRESULT WINAPI marshal_GetMarshalSizeMax(IMarshal *iface, REFIID iid, void *object, DWORD context,
                                                void *context_data, DWORD flags, DWORD *size)
{
    if (!size) return E_POINTER;
    *size = sizeof(struct header) + impl_from_IMarshal(iface)->size;
    return S_OK;
}

static HRESULT WINAPI marshal_MarshalInterface(IMarshal *iface, IStream *stream, REFIID iid, void *object, DWORD context,
                                               void *context_data, DWORD flags)
{
    struct error_marshal *marshal = impl_from_IMarshal(iface);
    struct header header = { marshal->kind, marshal->size };
    HRESULT hr;

    TRACE("%p, %s, context %lu, flags %#lx\n", marshal, debugstr_guid(iid), context, flags);

    if (!marshal->outer) return E_UNEXPECTED;
    if (FAILED(hr = IStream_Write(stream, &header, sizeof(header), NULL))) return hr;
    return IStream_Write(stream, marshal->data, marshal->size, NULL);
}

static HRESULT read_record(IStream *stream, void *data, ULONG size)
{
    ULONG got = 0;
    HRESULT hr = IStream_Read(stream, data, size, &got);

    if (FAILED(hr)) return hr;
    return got == size ? S_OK : STG_E_READFAULT;
}

/* The bytes come from another process, which may be anybody's. */
static HRESULT WINAPI marshal_UnmarshalInterface(IMarshal *iface, IStream *stream, REFIID iid, void **obj)
{
    struct csc_wire_error error;
    struct csc_wire_copy copy;
    struct header header;
    IUnknown *unknown = NULL;
    HRESULT hr;

    if (!obj) return E_POINTER;
    *obj = NULL;
    if (FAILED(hr = read_record(stream, &header, sizeof(header)))) return hr;
    if (header.kind == ERROR_KIND_INFO && header.size == sizeof(error))
    {
        if (FAILED(hr = read_record(stream, &error, sizeof(error)))) return hr;
        if (!wire_error_sound(&error)) return E_INVALIDARG;
        hr = error_info_create(&error, (IOfflineFilesSyncErrorInfo **)&unknown);
    }
    else if (header.kind == ERROR_KIND_ITEM && header.size == sizeof(copy))
    {
        if (FAILED(hr = read_record(stream, &copy, sizeof(copy)))) return hr;
        hr = error_item_create(&copy, (IOfflineFilesSyncErrorItemInfo **)&unknown);
    }
    else return E_INVALIDARG;
    if (FAILED(hr)) return hr;
    hr = IUnknown_QueryInterface(unknown, iid, obj);
    IUnknown_Release(unknown);
    return hr;
}

/* Nothing is held by what stands in a stream. */
static HRESULT WINAPI marshal_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    return S_OK;
}

static HRESULT WINAPI marshal_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    return S_OK;
}

static const IMarshalVtbl marshal_vtbl =
{
    marshal_QueryInterface,
    marshal_AddRef,
    marshal_Release,
    marshal_GetUnmarshalClass,
    marshal_GetMarshalSizeMax,
    marshal_MarshalInterface,
    marshal_UnmarshalInterface,
    marshal_ReleaseMarshalData,
    marshal_DisconnectObject
};

void error_marshal_init(struct error_marshal *marshal, IUnknown *outer, enum error_kind kind, const void *data, UINT32 size)
{
    marshal->IMarshal_iface.lpVtbl = (IMarshalVtbl *)&marshal_vtbl;
    marshal->outer = outer;
    marshal->kind = kind;
    marshal->data = data;
    marshal->size = size;
}

static struct error_marshal unmarshaler = { { (IMarshalVtbl *)&marshal_vtbl }, NULL, 0, 0, NULL };

HRESULT error_unmarshaler_create(REFIID iid, void **obj)
{
    return IMarshal_QueryInterface(&unmarshaler.IMarshal_iface, iid, obj);
}
