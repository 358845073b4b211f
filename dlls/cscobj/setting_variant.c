/*
 * Values of settings as VARIANTs
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Our decision (Q107): a list of strings is a SAFEARRAY of BSTR with one dimension; a table is a SAFEARRAY of
 * VARIANT with two, the first counts the rows, the second is the name and its number or string.
 * Lower bounds are 0; any are taken.
 */

#include "setting.h"

#include <string.h>
#include <wchar.h>

/* ---- to a VARIANT -------------------------------------------------------- */

/* The array takes over the BSTR. */
static HRESULT put_text(SAFEARRAY *array, LONG *indices, const WCHAR *text)
{
    VARIANT element;
    HRESULT hr;

    V_VT(&element) = VT_BSTR;
    if (!(V_BSTR(&element) = SysAllocString(text))) return E_OUTOFMEMORY;
    hr = SafeArrayPutElement(array, indices, &element);
    VariantClear(&element);
    return hr;
}

static HRESULT put_row(SAFEARRAY *array, LONG index, BOOL numbers, const struct setting_row *row)
{
    LONG indices[] = { index, 0 };
    VARIANT number;
    HRESULT hr;

    if (FAILED(hr = put_text(array, indices, row->name))) return hr;
    indices[1] = 1;
    if (!numbers) return put_text(array, indices, row->text);
    V_VT(&number) = VT_UI4;
    V_UI4(&number) = row->number;
    return SafeArrayPutElement(array, indices, &number);
}

static HRESULT table_to_variant(const struct setting *setting, const struct setting_value *value, VARIANT *out)
{
    const BOOL numbers = setting->type == OFFLINEFILES_SETTING_VALUE_2DIM_ARRAY_BSTR_UI4;
    SAFEARRAYBOUND bounds[] = { { value->count, 0 }, { 2, 0 } };
    SAFEARRAY *array = SafeArrayCreate(VT_VARIANT, ARRAYSIZE(bounds), bounds);
    HRESULT hr = S_OK;
    ULONG i;

    if (!array) return E_OUTOFMEMORY;
    for (i = 0; SUCCEEDED(hr) && i < value->count; i++) hr = put_row(array, i, numbers, &value->rows[i]);
    if (SUCCEEDED(hr))
    {
        V_VT(out) = VT_ARRAY | VT_VARIANT;
        V_ARRAY(out) = array;
    }
    else SafeArrayDestroy(array);
    return hr;
}

static HRESULT list_to_variant(const struct setting_value *value, VARIANT *out)
{
    SAFEARRAY *array = SafeArrayCreateVector(VT_BSTR, 0, value->count);
    HRESULT hr = S_OK;
    BSTR text;
    LONG i;

    if (!array) return E_OUTOFMEMORY;
    for (i = 0; SUCCEEDED(hr) && i < (LONG)value->count; i++)
    {
        if (!(text = SysAllocString(value->rows[i].name))) hr = E_OUTOFMEMORY;
        else hr = SafeArrayPutElement(array, &i, text);
        SysFreeString(text);
    }
    if (SUCCEEDED(hr))
    {
        V_VT(out) = VT_ARRAY | VT_BSTR;
        V_ARRAY(out) = array;
    }
    else SafeArrayDestroy(array);
    return hr;
}

HRESULT setting_to_variant(const struct setting *setting, const struct setting_value *value, VARIANT *out)
{
    if (value->empty) return S_OK;
    switch (setting->type)
    {
    case OFFLINEFILES_SETTING_VALUE_UI4:
        V_VT(out) = VT_UI4;
        V_UI4(out) = value->number;
        return S_OK;
    case OFFLINEFILES_SETTING_VALUE_BSTR:
        if (!(V_BSTR(out) = SysAllocString(value->text))) return E_OUTOFMEMORY;
        V_VT(out) = VT_BSTR;
        return S_OK;
    case OFFLINEFILES_SETTING_VALUE_BSTR_DBLNULTERM:
        return list_to_variant(value, out);
    default:
        return table_to_variant(setting, value, out);
    }
}

/* ---- from a VARIANT ------------------------------------------------------ */

/* Any integer that is not negative will do. */
static HRESULT get_number(const VARIANT *from, DWORD *number)
{
    LONGLONG value;

    switch (V_VT(from))
    {
    case VT_UI4:  value = V_UI4(from); break;
    case VT_UINT: value = V_UINT(from); break;
    case VT_UI2:  value = V_UI2(from); break;
    case VT_UI1:  value = V_UI1(from); break;
    case VT_I4:   value = V_I4(from); break;
    case VT_INT:  value = V_INT(from); break;
    case VT_I2:   value = V_I2(from); break;
    case VT_I1:   value = V_I1(from); break;
    case VT_BOOL: value = V_BOOL(from) != VARIANT_FALSE; break;
    default: return E_INVALIDARG;
    }
    if (value < 0) return E_INVALIDARG;
    *number = value;
    return S_OK;
}

/* The string of a VARIANT, which keeps it; the registry can't hold one with a zero inside. */
static HRESULT get_text(const VARIANT *from, BOOL may_be_empty, const WCHAR **text)
{
    if (V_VT(from) != VT_BSTR) return E_INVALIDARG;
    *text = V_BSTR(from) ? V_BSTR(from) : L"";
    if (wcslen(*text) != SysStringLen(V_BSTR(from))) return E_INVALIDARG;
    return **text || may_be_empty ? S_OK : E_INVALIDARG;
}

/* An element of an array of VARIANT or BSTR; VariantClear it. */
static HRESULT get_element(SAFEARRAY *array, VARTYPE type, LONG *indices, VARIANT *element)
{
    VariantInit(element);
    if (type == VT_VARIANT) return SafeArrayGetElement(array, indices, element);
    V_VT(element) = VT_BSTR;
    V_BSTR(element) = NULL;
    return SafeArrayGetElement(array, indices, &V_BSTR(element));
}

static HRESULT get_bounds(SAFEARRAY *array, UINT dimension, LONG *low, ULONG *count)
{
    LONG high;
    HRESULT hr;

    if (FAILED(hr = SafeArrayGetLBound(array, dimension, low)) || FAILED(hr = SafeArrayGetUBound(array, dimension, &high)))
        return hr;
    *count = (ULONG)high - (ULONG)*low + 1;
    return S_OK;
}

static HRESULT add_row(struct setting_value *value, const WCHAR *name, DWORD number, const WCHAR *text)
{
    LSTATUS status = setting_add_row(value, name, number, text);

    return HRESULT_FROM_WIN32(status);
}

static HRESULT get_list(SAFEARRAY *array, VARTYPE type, struct setting_value *value)
{
    const WCHAR *text;
    VARIANT element;
    ULONG i, count;
    LONG low, index;
    HRESULT hr;

    if (SafeArrayGetDim(array) != 1 || FAILED(get_bounds(array, 1, &low, &count))) return E_INVALIDARG;
    for (i = 0, hr = S_OK; SUCCEEDED(hr) && i < count; i++)
    {
        index = low + i;
        if (FAILED(hr = get_element(array, type, &index, &element))) break;
        if (SUCCEEDED(hr = get_text(&element, FALSE, &text))) hr = add_row(value, text, 0, NULL);
        VariantClear(&element);
    }
    return hr;
}

static HRESULT get_row(const struct setting *setting, const VARIANT *name, const VARIANT *data,
                       struct setting_value *value)
{
    const WCHAR *name_text, *text = NULL;
    DWORD number = 0;
    HRESULT hr;

    if (FAILED(hr = get_text(name, FALSE, &name_text))) return hr;
    /* that of a value in the registry: once only */
    if (setting_has_row(value, name_text)) return E_INVALIDARG;
    if (setting->type == OFFLINEFILES_SETTING_VALUE_2DIM_ARRAY_BSTR_UI4) hr = get_number(data, &number);
    else if (V_VT(data) == VT_EMPTY) text = L"";
    else hr = get_text(data, TRUE, &text);
    return SUCCEEDED(hr) ? add_row(value, name_text, number, text) : hr;
}

static HRESULT get_table(const struct setting *setting, SAFEARRAY *array, VARTYPE type, struct setting_value *value)
{
    ULONG i, count, columns;
    LONG low, column_low, indices[2];
    VARIANT name, data;
    HRESULT hr;

    if (SafeArrayGetDim(array) != 2 || FAILED(get_bounds(array, 1, &low, &count)) ||
        FAILED(get_bounds(array, 2, &column_low, &columns)) || columns != 2)
        return E_INVALIDARG;
    for (i = 0, hr = S_OK; SUCCEEDED(hr) && i < count; i++)
    {
        indices[0] = low + i;
        indices[1] = column_low;
        if (FAILED(hr = get_element(array, type, indices, &name))) break;
        indices[1]++;
        if (SUCCEEDED(hr = get_element(array, type, indices, &data)))
        {
            hr = get_row(setting, &name, &data, value);
            VariantClear(&data);
        }
        VariantClear(&name);
    }
    return hr;
}

static HRESULT get_array(const struct setting *setting, const VARIANT *from, struct setting_value *value)
{
    const VARTYPE type = V_VT(from) & ~VT_ARRAY;

    if (!(V_VT(from) & VT_ARRAY) || !V_ARRAY(from) || (type != VT_VARIANT && type != VT_BSTR)) return E_INVALIDARG;
    if (setting->type == OFFLINEFILES_SETTING_VALUE_BSTR_DBLNULTERM) return get_list(V_ARRAY(from), type, value);
    return get_table(setting, V_ARRAY(from), type, value);
}

HRESULT setting_from_variant(const struct setting *setting, const VARIANT *from, struct setting_value *value)
{
    const WCHAR *text;
    VARIANT copy;
    HRESULT hr;

    memset(value, 0, sizeof(*value));
    VariantInit(&copy);
    /* follows references */
    if (FAILED(hr = VariantCopyInd(&copy, (VARIANT *)from))) return hr == E_OUTOFMEMORY ? hr : E_INVALIDARG;
    switch (setting->type)
    {
    case OFFLINEFILES_SETTING_VALUE_UI4:
        hr = get_number(&copy, &value->number);
        break;
    case OFFLINEFILES_SETTING_VALUE_BSTR:
        if (SUCCEEDED(hr = get_text(&copy, TRUE, &text)) && !(value->text = wcsdup(text))) hr = E_OUTOFMEMORY;
        break;
    default:
        hr = get_array(setting, &copy, value);
        break;
    }
    VariantClear(&copy);
    if (SUCCEEDED(hr) && !setting_in_range(setting, value)) hr = E_INVALIDARG;
    if (FAILED(hr)) setting_clear(value);
    return hr;
}
