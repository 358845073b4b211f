/*
 * Settings: the objects of IOfflineFilesSetting
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * They work on the registry, with the rights of the caller and without the service (Q109).
 */

#include "setting.h"
#include "wine/debug.h"

#include <stdlib.h>
#include <wchar.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscobj);

struct setting_object
{
    IOfflineFilesSetting IOfflineFilesSetting_iface;
    LONG refs;
    const struct setting *setting;      /* NULL: of none */
};

static inline struct setting_object *impl_from_IOfflineFilesSetting(IOfflineFilesSetting *iface)
{
    return CONTAINING_RECORD(iface, struct setting_object, IOfflineFilesSetting_iface);
}

static HRESULT WINAPI setting_QueryInterface(IOfflineFilesSetting *iface, REFIID iid, void **obj)
{
    if (!obj) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IOfflineFilesSetting))
    {
        IOfflineFilesSetting_AddRef(iface);
        *obj = iface;
        return S_OK;
    }
    *obj = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI setting_AddRef(IOfflineFilesSetting *iface)
{
    return InterlockedIncrement(&impl_from_IOfflineFilesSetting(iface)->refs);
}

static ULONG WINAPI setting_Release(IOfflineFilesSetting *iface)
{
    struct setting_object *self = impl_from_IOfflineFilesSetting(iface);
    ULONG refs = InterlockedDecrement(&self->refs);

    if (!refs)
    {
        free(self);
        module_release();
    }
    return refs;
}

static HRESULT WINAPI setting_GetName(IOfflineFilesSetting *iface, LPWSTR *name)
{
    const struct setting *setting = impl_from_IOfflineFilesSetting(iface)->setting;

    if (!name) return E_POINTER;
    *name = NULL;
    if (!setting) return OLE_E_BLANK;
    *name = copy_string_for_caller(setting->name, wcslen(setting->name));
    return *name ? S_OK : E_OUTOFMEMORY;
}

static HRESULT WINAPI setting_GetValueType(IOfflineFilesSetting *iface, OFFLINEFILES_SETTING_VALUE_TYPE *type)
{
    const struct setting *setting = impl_from_IOfflineFilesSetting(iface)->setting;

    if (!type) return E_POINTER;
    *type = OFFLINEFILES_SETTING_VALUE_UI4;
    if (!setting) return OLE_E_BLANK;
    *type = setting->type;
    return S_OK;
}

/* Exactly one scope is meant in a call (Q108). */
static HRESULT check_scope(DWORD scope, DWORD supported)
{
    if (scope != OFFLINEFILES_SETTING_SCOPE_USER && scope != OFFLINEFILES_SETTING_SCOPE_COMPUTER) return E_INVALIDARG;
    return scope & supported ? S_OK : HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
}

/* Preferences of the machine are the administrators'.  On Wine nothing else would keep others off. */
static HRESULT check_change(const struct setting *setting, DWORD scope)
{
    HRESULT hr;

    if (!setting) return OLE_E_BLANK;
    if (FAILED(hr = check_scope(scope, setting->preference))) return hr;
    if (scope == OFFLINEFILES_SETTING_SCOPE_COMPUTER && !caller_is_administrator()) return E_ACCESSDENIED;
    return S_OK;
}

static HRESULT get(const struct setting *setting, BOOL policy, VARIANT *out, DWORD scope)
{
    struct setting_value value;
    LSTATUS status;
    HRESULT hr;

    if (!out) return E_POINTER;
    VariantInit(out);
    if (!setting) return OLE_E_BLANK;
    if (FAILED(hr = check_scope(scope, policy ? setting->policy : setting->preference))) return hr;
    if ((status = setting_read(setting, policy, scope, &value))) return HRESULT_FROM_WIN32(status);
    hr = setting_to_variant(setting, &value, out);
    setting_clear(&value);
    return hr;
}

static HRESULT WINAPI setting_GetPreference(IOfflineFilesSetting *iface, VARIANT *value, DWORD scope)
{
    const struct setting *setting = impl_from_IOfflineFilesSetting(iface)->setting;

    TRACE("%s, value %p, scope %#lx\n", setting ? debugstr_w(setting->name) : "blank", value, scope);

    return get(setting, FALSE, value, scope);
}

static HRESULT get_scope(const struct setting *setting, DWORD supported, DWORD *scope)
{
    if (!scope) return E_POINTER;
    *scope = supported;
    return setting ? S_OK : OLE_E_BLANK;
}

static HRESULT WINAPI setting_GetPreferenceScope(IOfflineFilesSetting *iface, DWORD *scope)
{
    const struct setting *setting = impl_from_IOfflineFilesSetting(iface)->setting;

    return get_scope(setting, setting ? setting->preference : 0, scope);
}

static HRESULT WINAPI setting_SetPreference(IOfflineFilesSetting *iface, const VARIANT *variant, DWORD scope)
{
    const struct setting *setting = impl_from_IOfflineFilesSetting(iface)->setting;
    struct setting_value value;
    LSTATUS status;
    HRESULT hr;

    TRACE("%s, value %p, scope %#lx\n", setting ? debugstr_w(setting->name) : "blank", variant, scope);

    if (!variant) return E_INVALIDARG;
    if (FAILED(hr = check_change(setting, scope)) || FAILED(hr = setting_from_variant(setting, variant, &value)))
        return hr;
    status = setting_write(setting, scope, &value);
    setting_clear(&value);
    return HRESULT_FROM_WIN32(status);
}

static HRESULT WINAPI setting_DeletePreference(IOfflineFilesSetting *iface, DWORD scope)
{
    const struct setting *setting = impl_from_IOfflineFilesSetting(iface)->setting;
    LSTATUS status;
    HRESULT hr;

    TRACE("%s, scope %#lx\n", setting ? debugstr_w(setting->name) : "blank", scope);

    if (FAILED(hr = check_change(setting, scope))) return hr;
    status = setting_delete(setting, scope);
    return HRESULT_FROM_WIN32(status);
}

static HRESULT WINAPI setting_GetPolicy(IOfflineFilesSetting *iface, VARIANT *value, DWORD scope)
{
    const struct setting *setting = impl_from_IOfflineFilesSetting(iface)->setting;

    TRACE("%s, value %p, scope %#lx\n", setting ? debugstr_w(setting->name) : "blank", value, scope);

    return get(setting, TRUE, value, scope);
}

static HRESULT WINAPI setting_GetPolicyScope(IOfflineFilesSetting *iface, DWORD *scope)
{
    const struct setting *setting = impl_from_IOfflineFilesSetting(iface)->setting;

    return get_scope(setting, setting ? setting->policy : 0, scope);
}

static HRESULT WINAPI setting_GetValue(IOfflineFilesSetting *iface, VARIANT *out, BOOL *by_policy)
{
    const struct setting *setting = impl_from_IOfflineFilesSetting(iface)->setting;
    struct setting_value value;
    LSTATUS status;
    BOOL policy;
    HRESULT hr;

    TRACE("%s, value %p, by policy %p\n", setting ? debugstr_w(setting->name) : "blank", out, by_policy);

    if (out) VariantInit(out);
    if (by_policy) *by_policy = FALSE;
    if (!out || !by_policy) return E_POINTER;
    if (!setting) return OLE_E_BLANK;
    if ((status = setting_effective(setting, &value, &policy))) return HRESULT_FROM_WIN32(status);
    if (SUCCEEDED(hr = setting_to_variant(setting, &value, out))) *by_policy = policy;
    setting_clear(&value);
    return hr;
}

static const IOfflineFilesSettingVtbl setting_vtbl =
{
    setting_QueryInterface,
    setting_AddRef,
    setting_Release,
    setting_GetName,
    setting_GetValueType,
    setting_GetPreference,
    setting_GetPreferenceScope,
    setting_SetPreference,
    setting_DeletePreference,
    setting_GetPolicy,
    setting_GetPolicyScope,
    setting_GetValue
};

HRESULT setting_create(const struct setting *setting, IOfflineFilesSetting **ret)
{
    struct setting_object *self;

    *ret = NULL;
    if (!(self = calloc(1, sizeof(*self)))) return E_OUTOFMEMORY;
    self->IOfflineFilesSetting_iface.lpVtbl = (IOfflineFilesSettingVtbl *)&setting_vtbl;
    self->refs = 1;
    self->setting = setting;
    module_addref();
    *ret = &self->IOfflineFilesSetting_iface;
    return S_OK;
}

HRESULT setting_find_object(const WCHAR *name, IOfflineFilesSetting **ret)
{
    const struct setting *setting;

    if (!ret) return E_POINTER;
    *ret = NULL;
    if (!name) return E_INVALIDARG;
    if (!(setting = setting_find(name))) return HRESULT_FROM_WIN32(ERROR_INVALID_NAME);
    return setting_create(setting, ret);
}

HRESULT setting_create_blank(REFIID iid, void **obj)
{
    IOfflineFilesSetting *setting;
    HRESULT hr;

    *obj = NULL;
    if (FAILED(hr = setting_create(NULL, &setting))) return hr;
    hr = IOfflineFilesSetting_QueryInterface(setting, iid, obj);
    IOfflineFilesSetting_Release(setting);
    return hr;
}
