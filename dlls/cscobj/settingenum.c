/*
 * Enumerators of settings
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "setting.h"
#include "wine/debug.h"

#include <stdlib.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

struct setting_enum
{
    IEnumOfflineFilesSettings IEnumOfflineFilesSettings_iface;
    LONG refs;
    SRWLOCK lock;
    ULONG position;         /* in the table */
};

static HRESULT setting_enum_create_at(ULONG position, IEnumOfflineFilesSettings **ret);

static inline struct setting_enum *impl_from_IEnumOfflineFilesSettings(IEnumOfflineFilesSettings *iface)
{
    return CONTAINING_RECORD(iface, struct setting_enum, IEnumOfflineFilesSettings_iface);
}

static HRESULT WINAPI setting_enum_QueryInterface(IEnumOfflineFilesSettings *iface, REFIID iid, void **obj)
{
    if (!obj) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IEnumOfflineFilesSettings))
    {
        IEnumOfflineFilesSettings_AddRef(iface);
        *obj = iface;
        return S_OK;
    }
    *obj = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI setting_enum_AddRef(IEnumOfflineFilesSettings *iface)
{
    return InterlockedIncrement(&impl_from_IEnumOfflineFilesSettings(iface)->refs);
}

static ULONG WINAPI setting_enum_Release(IEnumOfflineFilesSettings *iface)
{
    struct setting_enum *self = impl_from_IEnumOfflineFilesSettings(iface);
    ULONG refs = InterlockedDecrement(&self->refs);

    if (!refs)
    {
        free(self);
        module_release();
    }
    return refs;
}

/* fetched may be NULL for one element (Q73). */
static HRESULT WINAPI setting_enum_Next(IEnumOfflineFilesSettings *iface, ULONG count, IOfflineFilesSetting **settings,
                                        ULONG *fetched)
{
    struct setting_enum *self = impl_from_IEnumOfflineFilesSettings(iface);
    const struct setting *setting;
    HRESULT hr = S_OK;
    ULONG i;

    TRACE("%p, count %lu, settings %p, fetched %p\n", self, count, settings, fetched);

    if (fetched) *fetched = 0;
    if ((count && !settings) || (!fetched && count != 1)) return E_POINTER;
    for (i = 0; i < count; i++) settings[i] = NULL;

    AcquireSRWLockExclusive(&self->lock);
    for (i = 0; i < count && (setting = setting_at(self->position + i)); i++)
        if (FAILED(hr = setting_create(setting, &settings[i]))) break;
    if (SUCCEEDED(hr)) self->position += i;
    ReleaseSRWLockExclusive(&self->lock);

    if (FAILED(hr))
    {
        while (i--)
        {
            IOfflineFilesSetting_Release(settings[i]);
            settings[i] = NULL;
        }
        return hr;
    }
    if (fetched) *fetched = i;
    return i == count ? S_OK : S_FALSE;
}

static HRESULT WINAPI setting_enum_Skip(IEnumOfflineFilesSettings *iface, ULONG count)
{
    struct setting_enum *self = impl_from_IEnumOfflineFilesSettings(iface);

    TRACE("%p, count %lu\n", self, count);

    AcquireSRWLockExclusive(&self->lock);
    for (; count && setting_at(self->position); count--) self->position++;
    ReleaseSRWLockExclusive(&self->lock);
    return count ? S_FALSE : S_OK;
}

static HRESULT WINAPI setting_enum_Reset(IEnumOfflineFilesSettings *iface)
{
    struct setting_enum *self = impl_from_IEnumOfflineFilesSettings(iface);

    TRACE("%p\n", self);

    AcquireSRWLockExclusive(&self->lock);
    self->position = 0;
    ReleaseSRWLockExclusive(&self->lock);
    return S_OK;
}

static HRESULT WINAPI setting_enum_Clone(IEnumOfflineFilesSettings *iface, IEnumOfflineFilesSettings **ret)
{
    struct setting_enum *self = impl_from_IEnumOfflineFilesSettings(iface);
    ULONG position;

    TRACE("%p, ret %p\n", self, ret);

    if (!ret) return E_POINTER;
    AcquireSRWLockShared(&self->lock);
    position = self->position;
    ReleaseSRWLockShared(&self->lock);
    return setting_enum_create_at(position, ret);
}

static const IEnumOfflineFilesSettingsVtbl setting_enum_vtbl =
{
    setting_enum_QueryInterface,
    setting_enum_AddRef,
    setting_enum_Release,
    setting_enum_Next,
    setting_enum_Skip,
    setting_enum_Reset,
    setting_enum_Clone
};

static HRESULT setting_enum_create_at(ULONG position, IEnumOfflineFilesSettings **ret)
{
    struct setting_enum *self;

    *ret = NULL;
    if (!(self = calloc(1, sizeof(*self)))) return E_OUTOFMEMORY;
    self->IEnumOfflineFilesSettings_iface.lpVtbl = (IEnumOfflineFilesSettingsVtbl *)&setting_enum_vtbl;
    self->refs = 1;
    InitializeSRWLock(&self->lock);
    self->position = position;
    module_addref();
    *ret = &self->IEnumOfflineFilesSettings_iface;
    return S_OK;
}

HRESULT setting_enum_create(IEnumOfflineFilesSettings **ret)
{
    if (!ret) return E_POINTER;
    return setting_enum_create_at(0, ret);
}
