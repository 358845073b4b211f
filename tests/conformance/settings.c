/*
 * Settings: GetSettingObject, EnumSettingObjects, IOfflineFilesSetting
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Needs no share. What stands in the registry before is put back; settings of which something is set are
 * left alone.
 */

#include "csctest.h"
#include <wchar.h>

#define USER OFFLINEFILES_SETTING_SCOPE_USER
#define COMPUTER OFFLINEFILES_SETTING_SCOPE_COMPUTER

#define POLICY_KEY L"Software\\Policies\\Microsoft\\Windows\\NetCache"
#define PREFERENCE_KEY L"Software\\Microsoft\\Windows\\CurrentVersion\\NetCache"

/* One of each type; of these only the first name is published. */
#define A_NUMBER OFFLINEFILES_SETTING_PinLinkTargets
#define A_STRING L"ExcludedFileTypes"
#define A_LIST L"ExcludedNames"
#define A_NUMBER_TABLE L"CustomGoOfflineActions"
#define A_STRING_TABLE L"SlowLinkParams"
/* Policies and preferences of both scopes; policies of both that add up. */
#define BOTH_SCOPES L"WorkOfflineDisabled"
#define ADDS_UP L"AssignedOfflineFolders"

static IOfflineFilesCache *cache;

/* The caller releases it. NULL after a skip when the implementation does not have that setting. */
static IOfflineFilesSetting *get_setting(const WCHAR *name)
{
    IOfflineFilesSetting *setting = NULL;
    HRESULT hr = IOfflineFilesCache_GetSettingObject(cache, name, &setting);

    if (wcscmp(name, A_NUMBER)) ok_ours(hr == S_OK, Q106, "%s: %#lx\n", wine_dbgstr_w(name), hr);
    else ok(hr == S_OK, "%s: %#lx\n", wine_dbgstr_w(name), hr);
    if (hr != S_OK) skip("there is no setting %s\n", wine_dbgstr_w(name));
    return hr == S_OK ? setting : NULL;
}

/* --- the registry, behind the back of the API */

static HKEY root_of(DWORD scope)
{
    return scope == COMPUTER ? HKEY_LOCAL_MACHINE : HKEY_CURRENT_USER;
}

/* table: NULL, or the key below. */
static BOOL registry_set(BOOL policy, DWORD scope, const WCHAR *table, const WCHAR *name, DWORD type, const void *data,
                         DWORD size)
{
    const WCHAR *path = policy ? POLICY_KEY : PREFERENCE_KEY;
    LSTATUS status;
    HKEY key;

    if (table) path = format_path(L"%ls\\%ls", path, table);
    status = RegCreateKeyExW(root_of(scope), path, 0, NULL, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL);
    if (!status)
    {
        status = RegSetValueExW(key, name, 0, type, data, size);
        RegCloseKey(key);
    }
    if (status) skip("%s cannot be written: %ld\n", wine_dbgstr_w(path), status);
    return !status;
}

static BOOL registry_set_number(BOOL policy, DWORD scope, const WCHAR *name, DWORD number)
{
    return registry_set(policy, scope, NULL, name, REG_DWORD, &number, sizeof(number));
}

/* Size of the data, in buf; -1: there is none. */
static int registry_get(BOOL policy, DWORD scope, const WCHAR *table, const WCHAR *name, DWORD *type, void *buf,
                        DWORD size)
{
    const WCHAR *path = policy ? POLICY_KEY : PREFERENCE_KEY;
    LSTATUS status;
    HKEY key;

    if (table) path = format_path(L"%ls\\%ls", path, table);
    if (RegOpenKeyExW(root_of(scope), path, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key)) return -1;
    status = RegQueryValueExW(key, name, NULL, type, buf, &size);
    RegCloseKey(key);
    return status ? -1 : (int)size;
}

/* Removes the value and the key of that name. */
static void registry_remove(BOOL policy, DWORD scope, const WCHAR *name)
{
    HKEY key;

    if (RegOpenKeyExW(root_of(scope), policy ? POLICY_KEY : PREFERENCE_KEY, 0, KEY_ALL_ACCESS | KEY_WOW64_64KEY, &key))
        return;
    RegDeleteValueW(key, name);
    RegDeleteTreeW(key, name);
    RegCloseKey(key);
}

/* Is something set in any of the four places? Then the test keeps off. */
static BOOL is_set(const WCHAR *name)
{
    HKEY key, table;
    unsigned int i;
    BOOL set = FALSE;

    for (i = 0; i < 4 && !set; i++)
    {
        if (RegOpenKeyExW(i & 1 ? HKEY_LOCAL_MACHINE : HKEY_CURRENT_USER, i & 2 ? POLICY_KEY : PREFERENCE_KEY, 0,
                          KEY_READ | KEY_WOW64_64KEY, &key))
            continue;
        set = !RegQueryValueExW(key, name, NULL, NULL, NULL, NULL);
        if (!RegOpenKeyExW(key, name, 0, KEY_READ | KEY_WOW64_64KEY, &table))
        {
            RegCloseKey(table);
            set = TRUE;
        }
        RegCloseKey(key);
    }
    if (set) skip("%s is set on this system\n", wine_dbgstr_w(name));
    return set;
}

/* --- VARIANTs */

static VARIANT number_variant(DWORD number)
{
    VARIANT value;

    V_VT(&value) = VT_UI4;
    V_UI4(&value) = number;
    return value;
}

/* The caller clears it. */
static VARIANT string_variant(const WCHAR *text)
{
    VARIANT value;

    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    return value;
}

static SAFEARRAY *make_array(VARTYPE type, ULONG rows, ULONG columns, LONG low)
{
    SAFEARRAYBOUND bounds[] = { { rows, low }, { columns, low } };

    return SafeArrayCreate(type, columns ? 2 : 1, bounds);
}

static void put_string(SAFEARRAY *array, LONG row, LONG column, const WCHAR *text)
{
    LONG indices[] = { row, column };
    VARIANT value = string_variant(text);
    VARTYPE type = 0;
    HRESULT hr;

    SafeArrayGetVartype(array, &type);
    hr = SafeArrayPutElement(array, indices, type == VT_VARIANT ? (void *)&value : (void *)V_BSTR(&value));
    ok(hr == S_OK, "SafeArrayPutElement: %#lx\n", hr);
    VariantClear(&value);
}

static void put_number(SAFEARRAY *array, LONG row, LONG column, DWORD number)
{
    LONG indices[] = { row, column };
    VARIANT value = number_variant(number);
    HRESULT hr = SafeArrayPutElement(array, indices, &value);

    ok(hr == S_OK, "SafeArrayPutElement: %#lx\n", hr);
}

static VARIANT array_variant(SAFEARRAY *array)
{
    VARTYPE type = 0;
    VARIANT value;

    SafeArrayGetVartype(array, &type);
    V_VT(&value) = VT_ARRAY | type;
    V_ARRAY(&value) = array;
    return value;
}

/* An element of a two-dimensional array as text: "s:..." or "n:...". */
static const WCHAR *element_text(SAFEARRAY *array, LONG row, LONG column)
{
    LONG indices[] = { row, column };
    const WCHAR *text = L"?";
    VARIANT value;

    VariantInit(&value);
    if (SUCCEEDED(SafeArrayGetElement(array, indices, &value)))
    {
        if (V_VT(&value) == VT_BSTR) text = format_path(L"s:%ls", V_BSTR(&value));
        if (V_VT(&value) == VT_UI4) text = format_path(L"n:%lu", V_UI4(&value));
        VariantClear(&value);
    }
    return text;
}

static LONG row_count(SAFEARRAY *array)
{
    LONG low = 0, high = -1;

    SafeArrayGetLBound(array, 1, &low);
    SafeArrayGetUBound(array, 1, &high);
    return high - low + 1;
}

/* --- what is in force, as text: "policy 1", "own 0", "own empty" */
static const WCHAR *effective(IOfflineFilesSetting *setting)
{
    BOOL by_policy = 0x55555555;
    const WCHAR *text;
    VARIANT value;
    HRESULT hr;

    memset(&value, 0x55, sizeof(value));    /* the method initialises it */
    hr = IOfflineFilesSetting_GetValue(setting, &value, &by_policy);
    ok(hr == S_OK, "GetValue: %#lx\n", hr);
    if (hr != S_OK) return L"?";
    switch (V_VT(&value))
    {
    case VT_UI4: text = format_path(L"%ls %lu", by_policy ? L"policy" : L"own", V_UI4(&value)); break;
    case VT_BSTR: text = format_path(L"%ls %ls", by_policy ? L"policy" : L"own", V_BSTR(&value)); break;
    case VT_EMPTY: text = by_policy ? L"policy empty" : L"own empty"; break;
    default: text = format_path(L"%ls type %u", by_policy ? L"policy" : L"own", V_VT(&value)); break;
    }
    VariantClear(&value);
    return text;
}

#define check_effective(setting, expected) check_effective_(__LINE__, setting, expected)
static void check_effective_(int line, IOfflineFilesSetting *setting, const WCHAR *expected)
{
    const WCHAR *text = effective(setting);

    ok_(__FILE__, line)(!wcscmp(text, expected), "got %s, not %s\n", wine_dbgstr_w(text), wine_dbgstr_w(expected));
}

/* --- tests */

static void test_find(void)
{
    fact("set.find set.unknown");
    IOfflineFilesSetting *setting;
    HRESULT hr;
    WCHAR *name;

    hr = IOfflineFilesCache_GetSettingObject(cache, L"LINKtargetCACHING", &setting);
    ok(hr == S_OK, "another case: %#lx\n", hr);
    if (hr == S_OK)
    {
        hr = IOfflineFilesSetting_GetName(setting, &name);
        ok(hr == S_OK, "GetName: %#lx\n", hr);
        ok_ours(!wcscmp(name, A_NUMBER), Q106, "name %s\n", wine_dbgstr_w(name));
        CoTaskMemFree(name);
        ok(references(setting) == 1, "the object is not alone\n");
        release(setting);
    }

    setting = (void *)0xdeadbeef;
    hr = IOfflineFilesCache_GetSettingObject(cache, L"NoSuchSetting", &setting);
    ok(hr == E32(ERROR_INVALID_NAME), "unknown name: %#lx\n", hr);
    ok_ours(!setting, Q8, "got %p\n", setting);
    hr = IOfflineFilesCache_GetSettingObject(cache, L"", &setting);
    ok_ours(hr == E32(ERROR_INVALID_NAME), Q106, "empty name: %#lx\n", hr);
    if (!on_ours()) return;    /* Windows may fault */
    hr = IOfflineFilesCache_GetSettingObject(cache, NULL, &setting);
    ok_ours(hr == E_INVALIDARG, Q8, "no name: %#lx\n", hr);
    hr = IOfflineFilesCache_GetSettingObject(cache, A_NUMBER, NULL);
    ok_ours(hr == E_POINTER, Q8, "no output: %#lx\n", hr);
    hr = IOfflineFilesCache_EnumSettingObjects(cache, NULL);
    ok_ours(hr == E_POINTER, Q8, "no output: %#lx\n", hr);
}

static void test_identity(void)
{
    fact("stg.name");
    IOfflineFilesSetting *setting = get_setting(A_NUMBER), *same;
    IOfflineFilesItem *item = (void *)0xdeadbeef;
    IUnknown *unknown;
    HRESULT hr;

    if (!setting) return;
    hr = IOfflineFilesSetting_QueryInterface(setting, &IID_IUnknown, (void **)&unknown);
    ok(hr == S_OK, "%#lx\n", hr);
    hr = IUnknown_QueryInterface(unknown, &IID_IOfflineFilesSetting, (void **)&same);
    ok(hr == S_OK && same == setting, "%#lx\n", hr);
    release(same);
    release(unknown);
    hr = IOfflineFilesSetting_QueryInterface(setting, &IID_IOfflineFilesItem, (void **)&item);
    ok(hr == E_NOINTERFACE && !item, "%#lx, %p\n", hr, item);
    release(setting);
}

/* What can be said of every setting. */
static void check_setting(IOfflineFilesSetting *setting)
{
    fact("stg.nopolicy mem.variant");
    static const VARTYPE types[] = { VT_UI4, VT_BSTR, VT_ARRAY | VT_BSTR, VT_ARRAY | VT_VARIANT, VT_ARRAY | VT_VARIANT };
    OFFLINEFILES_SETTING_VALUE_TYPE type = 0x55555555;
    DWORD scope, preferences = ~0u, policies = ~0u;
    BOOL by_policy = 0x55555555;
    WCHAR *name = NULL;
    VARIANT value;
    HRESULT hr;

    hr = IOfflineFilesSetting_GetName(setting, &name);
    ok(hr == S_OK && name && name[0], "GetName: %#lx\n", hr);
    if (hr != S_OK) return;
    winetest_push_context("%s", wine_dbgstr_w(name));
    hr = IOfflineFilesSetting_GetValueType(setting, &type);
    ok(hr == S_OK && type <= OFFLINEFILES_SETTING_VALUE_2DIM_ARRAY_BSTR_BSTR, "GetValueType: %#lx, %d\n", hr, type);
    hr = IOfflineFilesSetting_GetPreferenceScope(setting, &preferences);
    ok(hr == S_OK && !(preferences & ~(USER | COMPUTER)), "GetPreferenceScope: %#lx, %#lx\n", hr, preferences);
    hr = IOfflineFilesSetting_GetPolicyScope(setting, &policies);
    ok(hr == S_OK && !(policies & ~(USER | COMPUTER)), "GetPolicyScope: %#lx, %#lx\n", hr, policies);
    ok_ours(preferences | policies, Q106, "it can't be set at all\n");
    for (scope = USER; scope <= COMPUTER; scope++)
    {
        memset(&value, 0x55, sizeof(value));
        hr = IOfflineFilesSetting_GetPreference(setting, &value, scope);
        if (preferences & scope)
            ok(hr == S_OK || hr == E32(ERROR_FILE_NOT_FOUND), "preference of scope %lu: %#lx\n", scope, hr);
        else
            ok_ours(hr == E32(ERROR_NOT_SUPPORTED), Q108, "no preference of scope %lu: %#lx\n", scope, hr);
        if (hr != S_OK) ok(V_VT(&value) == VT_EMPTY, "type %d\n", V_VT(&value));
        VariantClear(&value);

        memset(&value, 0x55, sizeof(value));
        hr = IOfflineFilesSetting_GetPolicy(setting, &value, scope);
        if (policies & scope)
            ok(hr == S_OK || hr == E32(ERROR_FILE_NOT_FOUND), "policy of scope %lu: %#lx\n", scope, hr);
        else
            ok(hr == E32(ERROR_NOT_SUPPORTED), "no policy of scope %lu: %#lx\n", scope, hr);
        if (hr != S_OK) ok(V_VT(&value) == VT_EMPTY, "type %d\n", V_VT(&value));
        VariantClear(&value);
    }
    memset(&value, 0x55, sizeof(value));
    hr = IOfflineFilesSetting_GetValue(setting, &value, &by_policy);
    ok(hr == S_OK, "GetValue: %#lx\n", hr);
    if (hr == S_OK)
    {
        ok(V_VT(&value) == types[type] || V_VT(&value) == VT_EMPTY, "type %d, a value of %d\n", type, V_VT(&value));
        VariantClear(&value);
    }
    winetest_pop_context();
    {
        fact("mem.settingname");
        ok(is_task_memory(name), "the name is not made by CoTaskMemAlloc\n");
    }
    CoTaskMemFree(name);
}

static void test_enum(void)
{
    fact("set.enum enumr.settings stg.name stg.type stg.preferencescope stg.policyscope");
    IOfflineFilesSetting *settings[200] = { 0 }, *again, *one;
    IEnumOfflineFilesSettings *list, *clone;
    BOOL published = FALSE;
    ULONG i, count = ~0u;
    WCHAR *name, *name2;
    HRESULT hr;

    hr = IOfflineFilesCache_EnumSettingObjects(cache, &list);
    ok(hr == S_OK, "EnumSettingObjects: %#lx\n", hr);
    if (hr != S_OK) return;
    hr = IEnumOfflineFilesSettings_Next(list, ARRAY_SIZE(settings), settings, &count);
    ok(hr == S_FALSE && count && count < ARRAY_SIZE(settings), "Next: %#lx, %lu settings\n", hr, count);
    if (count >= ARRAY_SIZE(settings)) count = 0;
    for (i = 0; i < count; i++)
    {
        check_setting(settings[i]);
        hr = IOfflineFilesSetting_GetName(settings[i], &name);
        if (hr != S_OK) continue;
        published |= !wcscmp(name, A_NUMBER);
        hr = IOfflineFilesCache_GetSettingObject(cache, name, &again);
        ok(hr == S_OK, "%s is listed, and not found: %#lx\n", wine_dbgstr_w(name), hr);
        if (hr == S_OK) release(again);
        CoTaskMemFree(name);
    }
    ok(published, "LinkTargetCaching is not among them\n");

    /* at the end, and from the start */
    i = 77;
    one = (void *)0xdeadbeef;
    hr = IEnumOfflineFilesSettings_Next(list, 1, &one, &i);
    ok(hr == S_FALSE && !i, "Next at the end: %#lx, %lu\n", hr, i);
    hr = IEnumOfflineFilesSettings_Skip(list, 1);
    ok(hr == S_FALSE, "Skip at the end: %#lx\n", hr);
    hr = IEnumOfflineFilesSettings_Skip(list, 0);
    ok(hr == S_OK, "Skip of none: %#lx\n", hr);
    hr = IEnumOfflineFilesSettings_Reset(list);
    ok(hr == S_OK, "Reset: %#lx\n", hr);
    if (count >= 3)
    {
        hr = IEnumOfflineFilesSettings_Skip(list, count - 2);
        ok(hr == S_OK, "Skip: %#lx\n", hr);
        hr = IEnumOfflineFilesSettings_Clone(list, &clone);
        ok(hr == S_OK, "Clone: %#lx\n", hr);
        hr = IEnumOfflineFilesSettings_Next(list, 1, &one, &i);
        ok(hr == S_OK && i == 1, "Next: %#lx, %lu\n", hr, i);
        if (hr == S_OK)
        {
            IOfflineFilesSetting_GetName(one, &name);
            IOfflineFilesSetting_GetName(settings[count - 2], &name2);
            ok(!wcscmp(name, name2), "got %s, not %s\n", wine_dbgstr_w(name), wine_dbgstr_w(name2));
            CoTaskMemFree(name);
            CoTaskMemFree(name2);
            release(one);
        }
        hr = IEnumOfflineFilesSettings_Skip(clone, 3);
        ok(hr == S_FALSE, "Skip over the end: %#lx\n", hr);
        IEnumOfflineFilesSettings_Reset(clone);
        hr = IEnumOfflineFilesSettings_Skip(clone, count);
        ok(hr == S_OK, "Skip to the end: %#lx\n", hr);
        release(clone);
        /* that one did not move */
        hr = IEnumOfflineFilesSettings_Next(list, 1, &one, &i);
        ok(hr == S_OK && i == 1, "Next: %#lx, %lu\n", hr, i);
        if (hr == S_OK) release(one);
    }
    if (on_ours())
    {
        IEnumOfflineFilesSettings_Reset(list);
        hr = IEnumOfflineFilesSettings_Next(list, 1, &one, NULL);
        ok_ours(hr == S_OK, Q73, "one without a count: %#lx\n", hr);
        if (hr == S_OK) release(one);
        hr = IEnumOfflineFilesSettings_Next(list, 2, settings + count, NULL);
        ok_ours(hr == E_POINTER, Q73, "two without a count: %#lx\n", hr);
        hr = IEnumOfflineFilesSettings_Next(list, 1, NULL, &i);
        ok_ours(hr == E_POINTER, Q8, "no output: %#lx\n", hr);
        hr = IEnumOfflineFilesSettings_Clone(list, NULL);
        ok_ours(hr == E_POINTER, Q8, "no output: %#lx\n", hr);
    }
    for (i = 0; i < count; i++) release(settings[i]);
    release(list);
}

/* The published setting, from default to preference and back. */
static void test_number(void)
{
    fact("stg.preference stg.set stg.value stg.ui4 stg.delete stg.deletenone stg.nopreference");
    IOfflineFilesSetting *setting;
    DWORD data, type, scopes;
    VARIANT value, number;
    HRESULT hr;

    if (is_set(A_NUMBER) || !(setting = get_setting(A_NUMBER))) return;
    hr = IOfflineFilesSetting_GetPreferenceScope(setting, &scopes);
    ok_ours(hr == S_OK && scopes == (USER | COMPUTER), Q106, "GetPreferenceScope: %#lx, %#lx\n", hr, scopes);
    if (!(scopes & USER))
    {
        skip("no preference of the user\n");
        release(setting);
        return;
    }
    ok_ours(!wcscmp(effective(setting), L"own 1"), Q110, "default: %s\n", wine_dbgstr_w(effective(setting)));

    memset(&value, 0x55, sizeof(value));
    hr = IOfflineFilesSetting_GetPreference(setting, &value, USER);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "none is set: %#lx\n", hr);
    hr = IOfflineFilesSetting_DeletePreference(setting, USER);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "nothing to delete: %#lx\n", hr);

    number = number_variant(OFFLINEFILES_PINLINKTARGETS_ALWAYS);
    hr = IOfflineFilesSetting_SetPreference(setting, &number, USER);
    ok(hr == S_OK, "SetPreference: %#lx\n", hr);
    memset(&value, 0x55, sizeof(value));
    hr = IOfflineFilesSetting_GetPreference(setting, &value, USER);
    ok(hr == S_OK && V_VT(&value) == VT_UI4 && V_UI4(&value) == 2, "GetPreference: %#lx, type %d\n", hr, V_VT(&value));
    check_effective(setting, L"own 2");
    ok_ours(registry_get(FALSE, USER, NULL, A_NUMBER, &type, &data, sizeof(data)) == sizeof(data) &&
            type == REG_DWORD && data == 2, Q106, "it is not where it is expected\n");
    /* the scopes do not mean what is set */
    IOfflineFilesSetting_GetPreferenceScope(setting, &data);
    ok(data == scopes, "scopes %#lx\n", data);

    hr = IOfflineFilesSetting_DeletePreference(setting, USER);
    ok(hr == S_OK, "DeletePreference: %#lx\n", hr);
    hr = IOfflineFilesSetting_GetPreference(setting, &value, USER);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "it is deleted: %#lx\n", hr);
    release(setting);
}

/* What is not a value of the setting is refused, and leaves all as it was. */
static void test_invalid(void)
{
    fact("stg.setinvalid");
    static const VARTYPE integers[] = { VT_I4, VT_UI4, VT_INT, VT_UINT, VT_I2, VT_UI2, VT_I1, VT_UI1 };
    IOfflineFilesSetting *setting;
    VARIANT value, inner;
    unsigned int i;
    HRESULT hr;

    if (is_set(A_NUMBER) || !(setting = get_setting(A_NUMBER))) return;

    value = string_variant(L"2");
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok(hr == E32(ERROR_INVALID_PARAMETER), "a string: %#lx\n", hr);
    VariantClear(&value);
    VariantInit(&value);
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok_ours(hr == E32(ERROR_INVALID_PARAMETER), Q107, "nothing: %#lx\n", hr);
    value = array_variant(make_array(VT_VARIANT, 1, 2, 0));
    put_string(V_ARRAY(&value), 0, 0, L"name");
    put_number(V_ARRAY(&value), 0, 1, 1);
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok(hr == E32(ERROR_INVALID_PARAMETER), "an array: %#lx\n", hr);
    VariantClear(&value);
    V_VT(&value) = VT_R8;
    V_R8(&value) = 1;
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok_ours(hr == E32(ERROR_INVALID_PARAMETER), Q107, "a fraction: %#lx\n", hr);
    value = number_variant(3);
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok_ours(hr == E32(ERROR_INVALID_PARAMETER), Q107, "over the highest value: %#lx\n", hr);
    V_VT(&value) = VT_I4;
    V_I4(&value) = -1;
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok_ours(hr == E32(ERROR_INVALID_PARAMETER), Q107, "negative: %#lx\n", hr);
    if (on_ours())
    {
        hr = IOfflineFilesSetting_SetPreference(setting, NULL, USER);
        ok_ours(hr == E_INVALIDARG, Q8, "NULL: %#lx\n", hr);
        hr = IOfflineFilesSetting_GetPreference(setting, NULL, USER);
        ok_ours(hr == E_POINTER, Q8, "NULL: %#lx\n", hr);
        hr = IOfflineFilesSetting_GetName(setting, NULL);
        ok_ours(hr == E_POINTER, Q8, "NULL: %#lx\n", hr);
    }
    hr = IOfflineFilesSetting_GetPreference(setting, &value, USER);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "something was set: %#lx\n", hr);

    /* integers of other sizes, and by reference */
    for (i = 0; i < ARRAY_SIZE(integers); i++)
    {
        V_VT(&value) = integers[i];
        V_UI4(&value) = 2;
        hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
        ok_ours(hr == S_OK, Q107, "type %d: %#lx\n", integers[i], hr);
    }
    inner = number_variant(2);
    V_VT(&value) = VT_BYREF | VT_VARIANT;
    V_VARIANTREF(&value) = &inner;
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok_ours(hr == S_OK, Q107, "by reference: %#lx\n", hr);
    IOfflineFilesSetting_DeletePreference(setting, USER);
    release(setting);
}

static void test_scopes(void)
{
    fact("stg.setscope stg.nopolicyscope");
    static const DWORD strange[] = { 0, USER | COMPUTER, 4, ~0u };
    IOfflineFilesSetting *setting;
    VARIANT value, one = number_variant(1);
    unsigned int i;
    HRESULT hr;

    if ((setting = get_setting(A_NUMBER)))
    {
        for (i = 0; i < ARRAY_SIZE(strange); i++)
        {
            hr = IOfflineFilesSetting_GetPreference(setting, &value, strange[i]);
            ok_ours(hr == E_INVALIDARG, Q108, "GetPreference, scope %#lx: %#lx\n", strange[i], hr);
            hr = IOfflineFilesSetting_GetPolicy(setting, &value, strange[i]);
            ok_ours(hr == E_INVALIDARG, Q108, "GetPolicy, scope %#lx: %#lx\n", strange[i], hr);
            if (!on_ours()) continue;    /* it might do something */
            hr = IOfflineFilesSetting_SetPreference(setting, &one, strange[i]);
            ok_ours(hr == E_INVALIDARG, Q108, "SetPreference, scope %#lx: %#lx\n", strange[i], hr);
            hr = IOfflineFilesSetting_DeletePreference(setting, strange[i]);
            ok_ours(hr == E_INVALIDARG, Q108, "DeletePreference, scope %#lx: %#lx\n", strange[i], hr);
        }
        release(setting);
    }
    /* one of the machine only */
    if ((setting = get_setting(A_STRING)))
    {
        value = string_variant(L"*.tmp");
        hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
        ok(hr == E32(ERROR_NOT_SUPPORTED), "SetPreference: %#lx\n", hr);
        VariantClear(&value);
        hr = IOfflineFilesSetting_GetPolicy(setting, &value, USER);
        ok(hr == E32(ERROR_NOT_SUPPORTED), "GetPolicy: %#lx\n", hr);
        hr = IOfflineFilesSetting_DeletePreference(setting, USER);
        ok_ours(hr == E32(ERROR_NOT_SUPPORTED), Q108, "DeletePreference: %#lx\n", hr);
        release(setting);
    }
    /* one that something else keeps */
    if ((setting = get_setting(L"Enabled")))
    {
        hr = IOfflineFilesSetting_SetPreference(setting, &one, COMPUTER);
        ok_ours(hr == E32(ERROR_NOT_SUPPORTED), Q106, "SetPreference: %#lx\n", hr);
        release(setting);
    }
}

static void test_string(void)
{
    fact("stg.bstr");
    static const WCHAR variable[] = L"*.%CSCTEST_SUFFIX%";
    IOfflineFilesSetting *setting;
    VARIANT value, read;
    WCHAR data[20];
    WCHAR *longest;
    DWORD type;
    HRESULT hr;

    if (is_set(A_STRING) || !(setting = get_setting(A_STRING))) return;
    check_effective(setting, L"own empty");
    value = string_variant(L"*.dbf;*.jpg");
    hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
    if (hr == E_ACCESSDENIED) skip("not an administrator\n");
    else ok(hr == S_OK, "SetPreference: %#lx\n", hr);
    VariantClear(&value);
    if (hr == S_OK)
    {
        hr = IOfflineFilesSetting_GetPreference(setting, &read, COMPUTER);
        ok(hr == S_OK && V_VT(&read) == VT_BSTR && !wcscmp(V_BSTR(&read), L"*.dbf;*.jpg"), "GetPreference: %#lx\n", hr);
        VariantClear(&read);
        ok_ours(registry_get(FALSE, COMPUTER, NULL, A_STRING, &type, data, sizeof(data)) == 12 * sizeof(WCHAR) &&
                type == REG_SZ && !wcscmp(data, L"*.dbf;*.jpg"), Q106, "it is not where it is expected\n");
        check_effective(setting, L"own *.dbf;*.jpg");

        SetEnvironmentVariableW(L"CSCTEST_SUFFIX", L"bak");
        registry_set(FALSE, COMPUTER, NULL, A_STRING, REG_EXPAND_SZ, variable, sizeof(variable));
        check_effective(setting, L"own *.bak");

        /* too long, a zero inside, no string at all */
        longest = calloc(4098, sizeof(WCHAR));
        wmemset(longest, 'x', 4097);
        value = string_variant(longest);
        hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
        ok_ours(hr == E32(ERROR_INVALID_PARAMETER), Q107, "too long: %#lx\n", hr);
        VariantClear(&value);
        free(longest);
        V_VT(&value) = VT_BSTR;
        V_BSTR(&value) = SysAllocStringLen(L"a\0b", 3);
        hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
        ok_ours(hr == E32(ERROR_INVALID_PARAMETER), Q107, "a zero inside: %#lx\n", hr);
        VariantClear(&value);
        value = number_variant(1);
        hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
        ok(hr == E32(ERROR_INVALID_PARAMETER), "a number: %#lx\n", hr);
        check_effective(setting, L"own *.bak");

        /* a NULL BSTR is an empty one */
        V_VT(&value) = VT_BSTR;
        V_BSTR(&value) = NULL;
        hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
        ok_ours(hr == S_OK, Q107, "an empty string: %#lx\n", hr);
        check_effective(setting, L"own ");
        registry_remove(FALSE, COMPUTER, A_STRING);
    }
    release(setting);
}

static void test_list(void)
{
    fact("stg.strings");
    static const WCHAR expected[] = L"~$*\0*.tmp\0";
    IOfflineFilesSetting *setting;
    BSTR text = NULL;
    WCHAR data[20];
    VARIANT value;
    DWORD type;
    LONG i;
    HRESULT hr;

    if (is_set(A_LIST) || !(setting = get_setting(A_LIST))) return;
    value = array_variant(make_array(VT_BSTR, 2, 0, 1));
    put_string(V_ARRAY(&value), 1, 0, L"~$*");
    put_string(V_ARRAY(&value), 2, 0, L"*.tmp");
    hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
    VariantClear(&value);
    if (hr == E_ACCESSDENIED) skip("not an administrator\n");
    else ok_ours(hr == S_OK, Q107, "SetPreference: %#lx\n", hr);
    if (hr == S_OK)
    {
        ok(registry_get(FALSE, COMPUTER, NULL, A_LIST, &type, data, sizeof(data)) == sizeof(expected) &&
           type == REG_MULTI_SZ && !memcmp(data, expected, sizeof(expected)), "it is not where it is expected\n");
        memset(&value, 0x55, sizeof(value));
        hr = IOfflineFilesSetting_GetPreference(setting, &value, COMPUTER);
        ok_ours(hr == S_OK && V_VT(&value) == (VT_ARRAY | VT_BSTR), Q107, "GetPreference: %#lx, type %d\n", hr,
                V_VT(&value));
        if (hr == S_OK && V_VT(&value) == (VT_ARRAY | VT_BSTR))
        {
            ok(SafeArrayGetDim(V_ARRAY(&value)) == 1 && row_count(V_ARRAY(&value)) == 2, "%ld rows\n",
               row_count(V_ARRAY(&value)));
            i = 1;
            hr = SafeArrayGetElement(V_ARRAY(&value), &i, &text);
            ok(hr == S_OK && !wcscmp(text, L"*.tmp"), "%#lx, %s\n", hr, wine_dbgstr_w(text));
            SysFreeString(text);
        }
        VariantClear(&value);

        /* VARIANTs will do, strings with nothing in them not, a lone string neither */
        value = array_variant(make_array(VT_VARIANT, 1, 0, 0));
        put_string(V_ARRAY(&value), 0, 0, L"*.bak");
        hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
        ok_ours(hr == S_OK, Q107, "an array of VARIANT: %#lx\n", hr);
        put_string(V_ARRAY(&value), 0, 0, L"");
        hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
        ok_ours(hr == E32(ERROR_INVALID_PARAMETER), Q107, "an empty string: %#lx\n", hr);
        VariantClear(&value);
        value = string_variant(L"*.bak");
        hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
        ok_ours(hr == E32(ERROR_INVALID_PARAMETER), Q107, "a lone string: %#lx\n", hr);
        VariantClear(&value);

        value = array_variant(make_array(VT_BSTR, 0, 0, 0));
        hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
        ok_ours(hr == S_OK, Q107, "an empty list: %#lx\n", hr);
        VariantClear(&value);
        hr = IOfflineFilesSetting_GetPreference(setting, &value, COMPUTER);
        ok_ours(hr == S_OK && V_VT(&value) == (VT_ARRAY | VT_BSTR) && !row_count(V_ARRAY(&value)), Q107,
                "an empty list: %#lx, type %d\n", hr, V_VT(&value));
        VariantClear(&value);
        hr = IOfflineFilesSetting_DeletePreference(setting, COMPUTER);
        ok(hr == S_OK, "DeletePreference: %#lx\n", hr);
    }
    release(setting);
}

/* Names with numbers, in the scope of the user. */
static void test_number_table(void)
{
    fact("stg.names");
    IOfflineFilesSetting *setting;
    VARIANT value;
    DWORD data, type;
    HRESULT hr;

    if (is_set(A_NUMBER_TABLE) || !(setting = get_setting(A_NUMBER_TABLE))) return;
    value = array_variant(make_array(VT_VARIANT, 2, 2, 1));
    put_string(V_ARRAY(&value), 1, 1, L"\\\\one");
    put_number(V_ARRAY(&value), 1, 2, 1);
    put_string(V_ARRAY(&value), 2, 1, L"\\\\two");
    put_number(V_ARRAY(&value), 2, 2, 0);
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok_ours(hr == S_OK, Q107, "SetPreference: %#lx\n", hr);
    /* the same name twice */
    put_string(V_ARRAY(&value), 2, 1, L"\\\\ONE");
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok_ours(hr == E32(ERROR_INVALID_PARAMETER), Q107, "a name twice: %#lx\n", hr);
    put_string(V_ARRAY(&value), 2, 1, L"");
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok_ours(hr == E32(ERROR_INVALID_PARAMETER), Q107, "no name: %#lx\n", hr);
    put_string(V_ARRAY(&value), 2, 1, L"\\\\two");
    put_string(V_ARRAY(&value), 2, 2, L"0");
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok_ours(hr == E32(ERROR_INVALID_PARAMETER), Q107, "a string for a number: %#lx\n", hr);
    VariantClear(&value);
    ok(registry_get(FALSE, USER, A_NUMBER_TABLE, L"\\\\one", &type, &data, sizeof(data)) == sizeof(data) &&
       type == REG_DWORD && data == 1, "the row is not where it is expected\n");

    /* policies can hold only strings in a list */
    registry_set(FALSE, USER, A_NUMBER_TABLE, L"\\\\zero", REG_SZ, L"7", 2 * sizeof(WCHAR));
    registry_set(FALSE, USER, A_NUMBER_TABLE, L"\\\\zz", REG_SZ, L"x", 2 * sizeof(WCHAR));
    hr = IOfflineFilesSetting_GetPreference(setting, &value, USER);
    ok_ours(hr == S_OK && V_VT(&value) == (VT_ARRAY | VT_VARIANT), Q107, "GetPreference: %#lx, type %d\n", hr,
            V_VT(&value));
    if (hr == S_OK && V_VT(&value) == (VT_ARRAY | VT_VARIANT))
    {
        ok(SafeArrayGetDim(V_ARRAY(&value)) == 2 && row_count(V_ARRAY(&value)) == 3, "%ld rows\n",
           row_count(V_ARRAY(&value)));
        ok(!wcscmp(element_text(V_ARRAY(&value), 0, 0), L"s:\\\\one") &&
           !wcscmp(element_text(V_ARRAY(&value), 0, 1), L"n:1"), "first row: %s, %s\n",
           wine_dbgstr_w(element_text(V_ARRAY(&value), 0, 0)), wine_dbgstr_w(element_text(V_ARRAY(&value), 0, 1)));
        ok(!wcscmp(element_text(V_ARRAY(&value), 1, 1), L"n:0"), "second row: %s\n",
           wine_dbgstr_w(element_text(V_ARRAY(&value), 1, 1)));
        ok(!wcscmp(element_text(V_ARRAY(&value), 2, 1), L"n:7"), "third row: %s\n",
           wine_dbgstr_w(element_text(V_ARRAY(&value), 2, 1)));
    }
    VariantClear(&value);

    /* what is set takes the place of all rows */
    value = array_variant(make_array(VT_VARIANT, 1, 2, 0));
    put_string(V_ARRAY(&value), 0, 0, L"\\\\two");
    put_number(V_ARRAY(&value), 0, 1, 5);
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok_ours(hr == S_OK, Q107, "SetPreference: %#lx\n", hr);
    VariantClear(&value);
    hr = IOfflineFilesSetting_GetPreference(setting, &value, USER);
    ok(hr == S_OK && row_count(V_ARRAY(&value)) == 1, "%#lx\n", hr);
    VariantClear(&value);
    hr = IOfflineFilesSetting_DeletePreference(setting, USER);
    ok(hr == S_OK, "DeletePreference: %#lx\n", hr);
    hr = IOfflineFilesSetting_GetPreference(setting, &value, USER);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "it is deleted: %#lx\n", hr);
    hr = IOfflineFilesSetting_DeletePreference(setting, USER);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "nothing to delete: %#lx\n", hr);
    release(setting);
}

static void test_string_table(void)
{
    fact("stg.names");
    IOfflineFilesSetting *setting;
    WCHAR data[20];
    VARIANT value;
    DWORD type;
    HRESULT hr;

    if (is_set(A_STRING_TABLE) || !(setting = get_setting(A_STRING_TABLE))) return;
    value = array_variant(make_array(VT_BSTR, 1, 2, 0));
    put_string(V_ARRAY(&value), 0, 0, L"\\\\server\\*");
    put_string(V_ARRAY(&value), 0, 1, L"Latency=1");
    hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
    VariantClear(&value);
    if (hr == E_ACCESSDENIED) skip("not an administrator\n");
    else ok_ours(hr == S_OK, Q107, "SetPreference: %#lx\n", hr);
    if (hr == S_OK)
    {
        ok(registry_get(FALSE, COMPUTER, A_STRING_TABLE, L"\\\\server\\*", &type, data, sizeof(data)) == 20 &&
           type == REG_SZ && !wcscmp(data, L"Latency=1"), "the row is not where it is expected\n");
        hr = IOfflineFilesSetting_GetPreference(setting, &value, COMPUTER);
        ok_ours(hr == S_OK && V_VT(&value) == (VT_ARRAY | VT_VARIANT), Q107, "GetPreference: %#lx, type %d\n", hr,
                V_VT(&value));
        if (hr == S_OK && V_VT(&value) == (VT_ARRAY | VT_VARIANT))
            ok(row_count(V_ARRAY(&value)) == 1 && !wcscmp(element_text(V_ARRAY(&value), 0, 0), L"s:\\\\server\\*") &&
               !wcscmp(element_text(V_ARRAY(&value), 0, 1), L"s:Latency=1"), "wrong rows\n");
        VariantClear(&value);

        value = array_variant(make_array(VT_BSTR, 1, 3, 0));
        hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
        ok(hr == E32(ERROR_INVALID_PARAMETER), "three columns: %#lx\n", hr);
        VariantClear(&value);
        value = array_variant(make_array(VT_BSTR, 2, 0, 0));
        hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
        ok(hr == E32(ERROR_INVALID_PARAMETER), "one dimension: %#lx\n", hr);
        VariantClear(&value);
        value = array_variant(make_array(VT_UI4, 1, 2, 0));
        hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
        ok(hr == E32(ERROR_INVALID_PARAMETER), "numbers only: %#lx\n", hr);
        VariantClear(&value);
        hr = IOfflineFilesSetting_DeletePreference(setting, COMPUTER);
        ok(hr == S_OK, "DeletePreference: %#lx\n", hr);
    }
    release(setting);
}

/* From the weakest to the strongest. */
static void test_order(void)
{
    fact("stg.order stg.policy stg.nopolicy stg.value stg.empty");
    IOfflineFilesSetting *setting;
    VARIANT value;
    HRESULT hr;

    if (is_set(BOTH_SCOPES) || !(setting = get_setting(BOTH_SCOPES))) return;
    check_effective(setting, L"own 0");
    hr = IOfflineFilesSetting_GetPolicy(setting, &value, COMPUTER);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "no policy of the machine: %#lx\n", hr);
    hr = IOfflineFilesSetting_GetPolicy(setting, &value, USER);
    ok(hr == E32(ERROR_FILE_NOT_FOUND), "no policy of the user: %#lx\n", hr);
    value = number_variant(1);
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok(hr == S_OK, "SetPreference: %#lx\n", hr);
    check_effective(setting, L"own 1");
    value = number_variant(2);
    hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
    if (hr == S_OK)
    {
        check_effective(setting, L"own 2");
        if (registry_set_number(TRUE, USER, BOTH_SCOPES, 3)) check_effective(setting, L"policy 3");
        if (registry_set_number(TRUE, COMPUTER, BOTH_SCOPES, 4))
        {
            check_effective(setting, L"policy 4");
            hr = IOfflineFilesSetting_GetPolicy(setting, &value, COMPUTER);
            ok(hr == S_OK && V_VT(&value) == VT_UI4 && V_UI4(&value) == 4, "GetPolicy: %#lx\n", hr);
            hr = IOfflineFilesSetting_GetPolicy(setting, &value, USER);
            ok(hr == S_OK && V_VT(&value) == VT_UI4 && V_UI4(&value) == 3, "GetPolicy: %#lx\n", hr);
            hr = IOfflineFilesSetting_GetPreference(setting, &value, USER);
            ok(hr == S_OK && V_UI4(&value) == 1, "GetPreference: %#lx\n", hr);

            /* what is no value of the setting does not count */
            registry_set(TRUE, COMPUTER, NULL, BOTH_SCOPES, REG_SZ, L"5", 2 * sizeof(WCHAR));
            ok_ours(!wcscmp(effective(setting), L"policy 3"), Q107, "got %s\n", wine_dbgstr_w(effective(setting)));
            hr = IOfflineFilesSetting_GetPolicy(setting, &value, COMPUTER);
            ok_ours(hr == E32(ERROR_INVALID_DATA), Q107, "GetPolicy: %#lx\n", hr);
            /* and one that is there but holds nothing is empty */
            registry_set(TRUE, COMPUTER, NULL, BOTH_SCOPES, REG_NONE, NULL, 0);
            hr = IOfflineFilesSetting_GetPolicy(setting, &value, COMPUTER);
            ok_ours(hr == S_OK && V_VT(&value) == VT_EMPTY, Q107, "GetPolicy: %#lx, type %d\n", hr, V_VT(&value));
        }
        registry_remove(TRUE, COMPUTER, BOTH_SCOPES);
        registry_remove(TRUE, USER, BOTH_SCOPES);
        check_effective(setting, L"own 2");
        hr = IOfflineFilesSetting_DeletePreference(setting, COMPUTER);
        ok(hr == S_OK, "DeletePreference: %#lx\n", hr);
    }
    else skip("no preference of the machine: %#lx\n", hr);
    check_effective(setting, L"own 1");
    hr = IOfflineFilesSetting_DeletePreference(setting, USER);
    ok(hr == S_OK, "DeletePreference: %#lx\n", hr);
    check_effective(setting, L"own 0");
    release(setting);
}

/* Files that are assigned to the machine and to the user: both count. */
static void test_both_policies(void)
{
    IOfflineFilesSetting *setting;
    BOOL by_policy;
    VARIANT value;
    HRESULT hr;

    if (is_set(ADDS_UP) || !(setting = get_setting(ADDS_UP))) return;
    check_effective(setting, L"own empty");
    if (registry_set(TRUE, COMPUTER, ADDS_UP, L"\\\\s\\h\\both", REG_SZ, L"", sizeof(WCHAR)) &&
        registry_set(TRUE, COMPUTER, ADDS_UP, L"\\\\s\\h\\machine", REG_SZ, L"", sizeof(WCHAR)) &&
        registry_set(TRUE, USER, ADDS_UP, L"\\\\S\\H\\both", REG_SZ, L"", sizeof(WCHAR)) &&
        registry_set(TRUE, USER, ADDS_UP, L"\\\\s\\h\\user", REG_SZ, L"", sizeof(WCHAR)))
    {
        hr = IOfflineFilesSetting_GetPolicy(setting, &value, USER);
        ok(hr == S_OK && row_count(V_ARRAY(&value)) == 2, "GetPolicy: %#lx\n", hr);
        VariantClear(&value);
        hr = IOfflineFilesSetting_GetValue(setting, &value, &by_policy);
        ok(hr == S_OK && by_policy, "GetValue: %#lx, %d\n", hr, by_policy);
        ok_ours(hr == S_OK && row_count(V_ARRAY(&value)) == 3, Q108, "%ld rows\n", row_count(V_ARRAY(&value)));
        ok_ours(hr == S_OK && !wcscmp(element_text(V_ARRAY(&value), 2, 0), L"s:\\\\s\\h\\user"), Q108, "last row %s\n",
                wine_dbgstr_w(element_text(V_ARRAY(&value), 2, 0)));
        VariantClear(&value);
    }
    registry_remove(TRUE, COMPUTER, ADDS_UP);
    registry_remove(TRUE, USER, ADDS_UP);
    release(setting);
}

/* A thread that is no administrator: it reads everything, and sets what is its user's. */
static void test_rights(void)
{
    fact("sec.setting sec.getsetting");
    SID_IDENTIFIER_AUTHORITY authority = { SECURITY_NT_AUTHORITY };
    HANDLE token, restricted = NULL, thread = NULL;
    IOfflineFilesSetting *setting;
    SID_AND_ATTRIBUTES admins = { 0 };
    VARIANT value = number_variant(1);
    HRESULT hr;

    if (is_set(BOTH_SCOPES) || !(setting = get_setting(BOTH_SCOPES))) return;
    AllocateAndInitializeSid(&authority, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0,
                             &admins.Sid);
    if (OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token))
    {
        if (CreateRestrictedToken(token, 0, 1, &admins, 0, NULL, 0, NULL, &restricted))
            DuplicateTokenEx(restricted, TOKEN_ALL_ACCESS, NULL, SecurityImpersonation, TokenImpersonation, &thread);
        CloseHandle(token);
    }
    if (thread && SetThreadToken(NULL, thread))
    {
        hr = IOfflineFilesSetting_SetPreference(setting, &value, COMPUTER);
        ok(hr == E32(ERROR_ACCESS_DENIED), "SetPreference of the machine: %#lx\n", hr);
        hr = IOfflineFilesSetting_DeletePreference(setting, COMPUTER);
        ok(hr == E32(ERROR_ACCESS_DENIED), "DeletePreference of the machine: %#lx\n", hr);
        hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
        ok(hr == S_OK, "SetPreference of the user: %#lx\n", hr);
        check_effective(setting, L"own 1");
        release(setting);
        setting = get_setting(BOTH_SCOPES);
        SetThreadToken(NULL, NULL);
        hr = IOfflineFilesSetting_DeletePreference(setting, USER);
        ok(hr == S_OK, "DeletePreference of the user: %#lx\n", hr);
        hr = IOfflineFilesSetting_DeletePreference(setting, COMPUTER);
        ok(hr != S_OK, "something was set\n");
    }
    else skip("no token without administrators: %lu\n", GetLastError());
    CloseHandle(thread);
    CloseHandle(restricted);
    FreeSid(admins.Sid);
    release(setting);
}

/* A setting object of its own is that of no setting (Q2). */
static void test_class(void)
{
    OFFLINEFILES_SETTING_VALUE_TYPE type;
    IOfflineFilesSetting *setting;
    WCHAR *name = (void *)0xdeadbeef;
    VARIANT value;
    DWORD scope;
    BOOL by_policy;
    HRESULT hr;

    if (!on_ours()) return;    /* there it is a class of the service, and no page tells of it */
    hr = CoCreateInstance(&CLSID_OfflineFilesSetting, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesSetting,
                          (void **)&setting);
    ok_ours(hr == S_OK, Q2, "CoCreateInstance: %#lx\n", hr);
    if (hr != S_OK) return;
    hr = IOfflineFilesSetting_GetName(setting, &name);
    ok_ours(hr == OLE_E_BLANK && !name, Q2, "GetName: %#lx, %p\n", hr, name);
    hr = IOfflineFilesSetting_GetValueType(setting, &type);
    ok_ours(hr == OLE_E_BLANK, Q2, "GetValueType: %#lx\n", hr);
    hr = IOfflineFilesSetting_GetPreferenceScope(setting, &scope);
    ok_ours(hr == OLE_E_BLANK && !scope, Q2, "GetPreferenceScope: %#lx\n", hr);
    hr = IOfflineFilesSetting_GetPolicyScope(setting, &scope);
    ok_ours(hr == OLE_E_BLANK && !scope, Q2, "GetPolicyScope: %#lx\n", hr);
    memset(&value, 0x55, sizeof(value));
    hr = IOfflineFilesSetting_GetValue(setting, &value, &by_policy);
    ok_ours(hr == OLE_E_BLANK && V_VT(&value) == VT_EMPTY && !by_policy, Q2, "GetValue: %#lx\n", hr);
    hr = IOfflineFilesSetting_GetPolicy(setting, &value, USER);
    ok_ours(hr == OLE_E_BLANK, Q2, "GetPolicy: %#lx\n", hr);
    hr = IOfflineFilesSetting_GetPreference(setting, &value, USER);
    ok_ours(hr == OLE_E_BLANK, Q2, "GetPreference: %#lx\n", hr);
    value = number_variant(1);
    hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
    ok_ours(hr == OLE_E_BLANK, Q2, "SetPreference: %#lx\n", hr);
    hr = IOfflineFilesSetting_DeletePreference(setting, USER);
    ok_ours(hr == OLE_E_BLANK, Q2, "DeletePreference: %#lx\n", hr);
    release(setting);
    hr = CoCreateInstance(&CLSID_OfflineFilesSetting, (IUnknown *)cache, CLSCTX_INPROC_SERVER, &IID_IUnknown,
                          (void **)&setting);
    ok_ours(hr == CLASS_E_NOAGGREGATION, Q2, "aggregated: %#lx\n", hr);
}

/* Another apartment: values of each kind go through the proxy. */
static DWORD WINAPI apartment_proc(void *arg)
{
    IOfflineFilesSetting *setting = NULL;
    IStream *stream = arg;
    BOOL by_policy;
    VARIANT value;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = CoGetInterfaceAndReleaseStream(stream, &IID_IOfflineFilesSetting, (void **)&setting);
    ok(hr == S_OK, "unmarshalling: %#lx\n", hr);
    if (hr == S_OK)
    {
        check_setting(setting);
        hr = IOfflineFilesSetting_GetValue(setting, &value, &by_policy);
        ok(hr == S_OK && V_VT(&value) == (VT_ARRAY | VT_VARIANT), "GetValue: %#lx\n", hr);
        if (hr == S_OK && V_VT(&value) == (VT_ARRAY | VT_VARIANT))
        {
            ok(!wcscmp(element_text(V_ARRAY(&value), 0, 0), L"s:\\\\far"), "name %s\n",
               wine_dbgstr_w(element_text(V_ARRAY(&value), 0, 0)));
            hr = IOfflineFilesSetting_SetPreference(setting, &value, USER);
            ok(hr == S_OK, "SetPreference: %#lx\n", hr);
        }
        VariantClear(&value);
        release(setting);
    }
    CoUninitialize();
    return 0;
}

static void test_apartments(void)
{
    IOfflineFilesSetting *setting;
    IStream *stream;
    DWORD number = 3;
    HANDLE thread;
    HRESULT hr;

    if (is_set(A_NUMBER_TABLE) || !(setting = get_setting(A_NUMBER_TABLE))) return;
    registry_set(FALSE, USER, A_NUMBER_TABLE, L"\\\\far", REG_DWORD, &number, sizeof(number));
    hr = CoMarshalInterThreadInterfaceInStream(&IID_IOfflineFilesSetting, (IUnknown *)setting, &stream);
    ok(hr == S_OK, "marshalling: %#lx\n", hr);
    if (hr == S_OK)
    {
        thread = CreateThread(NULL, 0, apartment_proc, stream, 0, NULL);
        while (MsgWaitForMultipleObjects(1, &thread, FALSE, 30000, QS_ALLINPUT) == WAIT_OBJECT_0 + 1) pump(1);
        CloseHandle(thread);
    }
    registry_remove(FALSE, USER, A_NUMBER_TABLE);
    release(setting);
}

/* An enumerator in another apartment. */
static DWORD WINAPI enum_proc(void *arg)
{
    IOfflineFilesSetting *settings[3] = { 0 };
    IEnumOfflineFilesSettings *list = NULL, *clone;
    ULONG count = 0, i;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = CoGetInterfaceAndReleaseStream(arg, &IID_IEnumOfflineFilesSettings, (void **)&list);
    ok(hr == S_OK, "unmarshalling: %#lx\n", hr);
    if (hr == S_OK)
    {
        hr = IEnumOfflineFilesSettings_Next(list, 2, settings, &count);
        ok(hr == S_OK && count == 2, "Next: %#lx, %lu\n", hr, count);
        for (i = 0; i < count; i++)
        {
            check_setting(settings[i]);
            release(settings[i]);
        }
        hr = IEnumOfflineFilesSettings_Clone(list, &clone);
        ok(hr == S_OK, "Clone: %#lx\n", hr);
        if (hr == S_OK)
        {
            hr = IEnumOfflineFilesSettings_Skip(clone, 100000);
            ok(hr == S_FALSE, "Skip: %#lx\n", hr);
            hr = IEnumOfflineFilesSettings_Next(clone, 3, settings, &count);
            ok(hr == S_FALSE && !count, "Next: %#lx, %lu\n", hr, count);
            release(clone);
        }
        release(list);
    }
    CoUninitialize();
    return 0;
}

static void test_enum_apartments(void)
{
    IEnumOfflineFilesSettings *list;
    IStream *stream;
    HANDLE thread;
    HRESULT hr;

    hr = IOfflineFilesCache_EnumSettingObjects(cache, &list);
    ok(hr == S_OK, "EnumSettingObjects: %#lx\n", hr);
    if (hr != S_OK) return;
    hr = CoMarshalInterThreadInterfaceInStream(&IID_IEnumOfflineFilesSettings, (IUnknown *)list, &stream);
    ok(hr == S_OK, "marshalling: %#lx\n", hr);
    if (hr == S_OK)
    {
        thread = CreateThread(NULL, 0, enum_proc, stream, 0, NULL);
        while (MsgWaitForMultipleObjects(1, &thread, FALSE, 30000, QS_ALLINPUT) == WAIT_OBJECT_0 + 1) pump(1);
        CloseHandle(thread);
    }
    release(list);
}

START_TEST(settings)
{
    HRESULT hr;

    CoInitialize(NULL);
    hr = CoCreateInstance(&CLSID_OfflineFilesCache, NULL, CLSCTX_INPROC_SERVER, &IID_IOfflineFilesCache,
                          (void **)&cache);
    if (hr == S_OK)
    {
        test_find();
        test_identity();
        test_enum();
        test_number();
        test_invalid();
        test_scopes();
        test_string();
        test_list();
        test_number_table();
        test_string_table();
        test_order();
        test_both_policies();
        test_rights();
        test_class();
        test_apartments();
        test_enum_apartments();
        release(cache);
    }
    else skip("no cache object: %#lx\n", hr);
    CoUninitialize();
}
