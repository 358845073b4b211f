/*
 * csccmd: setting
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "csccmd.h"

/* ---- a value as text: one for a number or string, one for each string or row of the others ---- */

struct texts
{
    WCHAR **items;              /* xfree each, and the array */
    unsigned int count;
    BOOL list;                  /* of a type with any number of them */
};

static void free_texts(struct texts *texts)
{
    unsigned int i;

    for (i = 0; i < texts->count; i++) xfree(texts->items[i]);
    xfree(texts->items);
    memset(texts, 0, sizeof(*texts));
}

static WCHAR *number_text(DWORD number)
{
    WCHAR *text = xalloc(16 * sizeof(*text));

    _snwprintf(text, 15, L"%lu", number);
    return text;
}

/* What an element of an array or a value of one part says. */
static WCHAR *variant_text(const VARIANT *value)
{
    const WCHAR *string;
    WCHAR *text;

    if (V_VT(value) == VT_UI4) return number_text(V_UI4(value));
    string = V_VT(value) == VT_BSTR && V_BSTR(value) ? V_BSTR(value) : L"";
    text = xalloc((wcslen(string) + 1) * sizeof(*text));
    wcscpy(text, string);
    return text;
}

static WCHAR *element_text(SAFEARRAY *array, LONG *indices)
{
    VARIANT element;
    VARTYPE type;
    WCHAR *text;

    VariantInit(&element);
    if (SUCCEEDED(SafeArrayGetVartype(array, &type)))
    {
        if (type == VT_VARIANT) SafeArrayGetElement(array, indices, &element);
        else if (type == VT_BSTR && SUCCEEDED(SafeArrayGetElement(array, indices, &V_BSTR(&element))))
            V_VT(&element) = VT_BSTR;
    }
    text = variant_text(&element);
    VariantClear(&element);
    return text;
}

/* NAME=VALUE, as it is given on the command line; of a name without a value the name. */
static WCHAR *row_text(SAFEARRAY *array, LONG row)
{
    LONG indices[] = { row, 0 };
    WCHAR *name, *value, *text;

    SafeArrayGetLBound(array, 2, &indices[1]);
    name = element_text(array, indices);
    indices[1]++;
    value = element_text(array, indices);
    text = xalloc((wcslen(name) + wcslen(value) + 2) * sizeof(*text));
    wcscpy(text, name);
    if (*value) wcscat(wcscat(text, L"="), value);
    xfree(name);
    xfree(value);
    return text;
}

static void value_texts(OFFLINEFILES_SETTING_VALUE_TYPE type, const VARIANT *value, struct texts *texts)
{
    LONG low = 0, high = -1, i;
    SAFEARRAY *array;

    memset(texts, 0, sizeof(*texts));
    texts->list = type != OFFLINEFILES_SETTING_VALUE_UI4 && type != OFFLINEFILES_SETTING_VALUE_BSTR;
    if (V_VT(value) == VT_EMPTY) return;
    if (!(V_VT(value) & VT_ARRAY))
    {
        texts->items = xalloc(sizeof(*texts->items));
        texts->items[texts->count++] = variant_text(value);
        return;
    }
    array = V_ARRAY(value);
    SafeArrayGetLBound(array, 1, &low);
    SafeArrayGetUBound(array, 1, &high);
    if (high < low) return;
    texts->items = xalloc((high - low + 1) * sizeof(*texts->items));
    for (i = low; i <= high; i++)
        texts->items[texts->count++] = SafeArrayGetDim(array) == 2 ? row_text(array, i) : element_text(array, &i);
}

static void print_texts(const struct texts *texts)
{
    unsigned int i;

    for (i = 0; i < texts->count; i++)
        print(out_stream(), i ? L"; %ls" : L"%ls", *texts->items[i] ? texts->items[i] : L"\"\"");
}

static void json_texts(const WCHAR *name, OFFLINEFILES_SETTING_VALUE_TYPE type, const VARIANT *value)
{
    struct texts texts;
    unsigned int i;

    value_texts(type, value, &texts);
    if (V_VT(value) == VT_EMPTY) json_string(name, NULL);
    else if (V_VT(value) == VT_UI4) json_number(name, V_UI4(value));
    else if (texts.list)
    {
        json_list_begin(name);
        for (i = 0; i < texts.count; i++) json_list_string(texts.items[i]);
        json_list_end();
    }
    else json_string(name, texts.items[0]);
    free_texts(&texts);
}

/* ---- list and get ---------------------------------------------------------- */

static const struct
{
    BOOL policy;
    DWORD scope;
    const WCHAR *text, *name;
}
places[] =
{
    { TRUE, OFFLINEFILES_SETTING_SCOPE_COMPUTER, L"Policy of the machine:", L"machine_policy" },
    { TRUE, OFFLINEFILES_SETTING_SCOPE_USER, L"Policy of the user:", L"user_policy" },
    { FALSE, OFFLINEFILES_SETTING_SCOPE_COMPUTER, L"Preference of the machine:", L"machine_preference" },
    { FALSE, OFFLINEFILES_SETTING_SCOPE_USER, L"Preference of the user:", L"user_preference" },
};

static const WCHAR *type_text(OFFLINEFILES_SETTING_VALUE_TYPE type)
{
    switch (type)
    {
    case OFFLINEFILES_SETTING_VALUE_UI4: return L"number";
    case OFFLINEFILES_SETTING_VALUE_BSTR: return L"string";
    case OFFLINEFILES_SETTING_VALUE_BSTR_DBLNULTERM: return L"strings";
    case OFFLINEFILES_SETTING_VALUE_2DIM_ARRAY_BSTR_UI4: return L"names with numbers";
    default: return L"names with strings";
    }
}

struct facts
{
    WCHAR *name;                /* CoTaskMemFree */
    OFFLINEFILES_SETTING_VALUE_TYPE type;
    VARIANT value;
    BOOL by_policy, by_preference;
    DWORD policies, preferences;
    struct { HRESULT hr; VARIANT value; } at[ARRAYSIZE(places)];
};

static void free_facts(struct facts *facts)
{
    unsigned int i;

    CoTaskMemFree(facts->name);
    VariantClear(&facts->value);
    for (i = 0; i < ARRAYSIZE(places); i++) VariantClear(&facts->at[i].value);
}

/* To be freed in any case. */
static HRESULT read_facts(IOfflineFilesSetting *setting, struct facts *facts)
{
    unsigned int i;
    HRESULT hr;

    memset(facts, 0, sizeof(*facts));
    hr = IOfflineFilesSetting_GetName(setting, &facts->name);
    if (SUCCEEDED(hr)) hr = IOfflineFilesSetting_GetValueType(setting, &facts->type);
    if (SUCCEEDED(hr)) hr = IOfflineFilesSetting_GetPolicyScope(setting, &facts->policies);
    if (SUCCEEDED(hr)) hr = IOfflineFilesSetting_GetPreferenceScope(setting, &facts->preferences);
    if (SUCCEEDED(hr)) hr = IOfflineFilesSetting_GetValue(setting, &facts->value, &facts->by_policy);
    for (i = 0; i < ARRAYSIZE(places) && SUCCEEDED(hr); i++)
    {
        facts->at[i].hr = HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
        if (!((places[i].policy ? facts->policies : facts->preferences) & places[i].scope)) continue;
        if (places[i].policy)
            facts->at[i].hr = IOfflineFilesSetting_GetPolicy(setting, &facts->at[i].value, places[i].scope);
        else
            facts->at[i].hr = IOfflineFilesSetting_GetPreference(setting, &facts->at[i].value, places[i].scope);
        if (!places[i].policy && facts->at[i].hr == S_OK && !facts->by_policy) facts->by_preference = TRUE;
    }
    return hr;
}

static void print_value(const WCHAR *label, int width, const struct facts *facts, const VARIANT *value,
                        const WCHAR *remark)
{
    struct texts texts;

    value_texts(facts->type, value, &texts);
    print(out_stream(), L"%-*ls ", width, label);
    if (V_VT(value) == VT_EMPTY) print(out_stream(), L"-");
    print_texts(&texts);
    print(out_stream(), remark ? L" (%ls)\n" : L"\n", remark);
    free_texts(&texts);
}

static const WCHAR *source_text(const struct facts *facts)
{
    if (facts->by_policy) return L"policy";
    if (facts->by_preference) return L"preference";
    return V_VT(&facts->value) == VT_EMPTY ? NULL : L"default";
}

static void json_facts(const struct facts *facts)
{
    unsigned int i;

    json_begin(L"setting");
    json_string(L"name", facts->name);
    json_string(L"value_type", type_text(facts->type));
    json_texts(L"value", facts->type, &facts->value);
    json_string(L"source", source_text(facts));
    for (i = 0; i < ARRAYSIZE(places); i++)
        if (facts->at[i].hr != HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED))
            json_texts(places[i].name, facts->type, &facts->at[i].value);
    json_end();
}

/* Everything about a setting. */
static void print_details(const struct facts *facts)
{
    const int width = 26;
    unsigned int i;

    print(out_stream(), L"%-*ls %ls\n%-*ls %ls\n", width, L"Name:", facts->name, width, L"Type:",
          type_text(facts->type));
    print_value(L"In force:", width, facts, &facts->value, source_text(facts));
    for (i = 0; i < ARRAYSIZE(places); i++)
    {
        if (facts->at[i].hr == HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED)) continue;
        print_value(places[i].text, width, facts, &facts->at[i].value,
                    facts->at[i].hr == HRESULT_FROM_WIN32(ERROR_INVALID_DATA) ? L"data of a wrong type, ignored" : NULL);
    }
}

static HRESULT show(IOfflineFilesSetting *setting, BOOL details)
{
    struct facts facts;
    HRESULT hr = read_facts(setting, &facts);

    if (SUCCEEDED(hr) && !(global_switches & SWITCH_QUIET))
    {
        if (global_switches & SWITCH_JSON) json_facts(&facts);
        else if (details) print_details(&facts);
        else print_value(facts.name, 37, &facts, &facts.value, source_text(&facts));
    }
    free_facts(&facts);
    return hr;
}

static HRESULT list(IOfflineFilesCache *cache)
{
    IEnumOfflineFilesSettings *settings;
    IOfflineFilesSetting *setting;
    ULONG fetched;
    HRESULT hr;

    if (FAILED(hr = IOfflineFilesCache_EnumSettingObjects(cache, &settings))) return hr;
    while (SUCCEEDED(hr) && (hr = IEnumOfflineFilesSettings_Next(settings, 1, &setting, &fetched)) == S_OK)
    {
        hr = show(setting, FALSE);
        IOfflineFilesSetting_Release(setting);
    }
    IEnumOfflineFilesSettings_Release(settings);
    return hr;
}

/* ---- set and delete ----------------------------------------------------------- */

/* A whole number, decimal or with 0x; VT_EMPTY when text is none. */
static void parse_number(const WCHAR *text, VARIANT *value)
{
    unsigned long number;
    WCHAR *end;

    VariantInit(value);
    if (*text < '0' || *text > '9') return;
    number = wcstoul(text, &end, text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10);
    /* the end of the range stands for everything above, too */
    if (*end || (number == MAXDWORD && _wcsicmp(text, L"0xffffffff") && wcscmp(text, L"4294967295"))) return;
    V_VT(value) = VT_UI4;
    V_UI4(value) = number;
}

static void make_string(const WCHAR *text, size_t length, VARIANT *value)
{
    VariantInit(value);
    if ((V_BSTR(value) = SysAllocStringLen(text, length))) V_VT(value) = VT_BSTR;
}

static HRESULT put(SAFEARRAY *array, LONG row, LONG column, VARIANT *value)
{
    LONG indices[] = { row, column };
    HRESULT hr = V_VT(value) == VT_EMPTY ? E_INVALIDARG : SafeArrayPutElement(array, indices, value);

    VariantClear(value);
    return hr;
}

/* NAME or NAME=VALUE. */
static HRESULT put_row(SAFEARRAY *array, LONG row, BOOL numbers, const WCHAR *text)
{
    size_t length = wcscspn(text, L"=");
    VARIANT value;
    HRESULT hr;

    make_string(text, length, &value);
    if (FAILED(hr = put(array, row, 0, &value))) return hr;
    text += length + (text[length] == '=');
    if (numbers) parse_number(text, &value);
    else make_string(text, wcslen(text), &value);
    return put(array, row, 1, &value);
}

/* E_INVALIDARG when the words are no value of that type. */
static HRESULT parse_value(OFFLINEFILES_SETTING_VALUE_TYPE type, const WCHAR *const *words, unsigned int count,
                           VARIANT *value)
{
    const BOOL table = type == OFFLINEFILES_SETTING_VALUE_2DIM_ARRAY_BSTR_UI4 ||
                       type == OFFLINEFILES_SETTING_VALUE_2DIM_ARRAY_BSTR_BSTR;
    SAFEARRAYBOUND bounds[] = { { count, 0 }, { 2, 0 } };
    VARIANT element;
    HRESULT hr = S_OK;
    unsigned int i;

    VariantInit(value);
    if (!table && type != OFFLINEFILES_SETTING_VALUE_BSTR_DBLNULTERM)
    {
        if (count != 1) return E_INVALIDARG;
        if (type == OFFLINEFILES_SETTING_VALUE_UI4) parse_number(words[0], value);
        else make_string(words[0], wcslen(words[0]), value);
        return V_VT(value) == VT_EMPTY ? E_INVALIDARG : S_OK;
    }
    if (!(V_ARRAY(value) = SafeArrayCreate(VT_VARIANT, table ? 2 : 1, bounds))) return E_OUTOFMEMORY;
    V_VT(value) = VT_ARRAY | VT_VARIANT;
    for (i = 0; i < count && SUCCEEDED(hr); i++)
    {
        if (table)
            hr = put_row(V_ARRAY(value), i, type == OFFLINEFILES_SETTING_VALUE_2DIM_ARRAY_BSTR_UI4, words[i]);
        else
        {
            make_string(words[i], wcslen(words[i]), &element);
            hr = put(V_ARRAY(value), i, 0, &element);
        }
    }
    if (FAILED(hr)) VariantClear(value);
    return hr;
}

/* The scope that was asked for; without a word of it the user's, if there is one. */
static DWORD choose_scope(IOfflineFilesSetting *setting, const struct command *command)
{
    DWORD scopes = 0;

    if (command->switches & SWITCH_MACHINE) return OFFLINEFILES_SETTING_SCOPE_COMPUTER;
    if (command->switches & SWITCH_USER) return OFFLINEFILES_SETTING_SCOPE_USER;
    IOfflineFilesSetting_GetPreferenceScope(setting, &scopes);
    return scopes == OFFLINEFILES_SETTING_SCOPE_COMPUTER ? scopes : OFFLINEFILES_SETTING_SCOPE_USER;
}

static HRESULT set(IOfflineFilesSetting *setting, const struct command *command)
{
    OFFLINEFILES_SETTING_VALUE_TYPE type;
    VARIANT value;
    HRESULT hr;

    if (FAILED(hr = IOfflineFilesSetting_GetValueType(setting, &type))) return hr;
    if (FAILED(hr = parse_value(type, command->args + 2, command->arg_count - 2, &value))) return hr;
    hr = IOfflineFilesSetting_SetPreference(setting, &value, choose_scope(setting, command));
    VariantClear(&value);
    return hr;
}

static const WCHAR *failure_text(HRESULT hr)
{
    if (hr == HRESULT_FROM_WIN32(ERROR_INVALID_NAME)) return L"There is no setting of this name.";
    if (hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)) return L"There is no such preference.";
    if (hr == HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED)) return L"The setting has no preference of this kind.";
    if (hr == E_INVALIDARG) return L"This is no value of the setting.";
    return NULL;
}

static HRESULT run_one(IOfflineFilesCache *cache, const struct command *command)
{
    const WCHAR *action = command->args[0];
    IOfflineFilesSetting *setting;
    BOOL change = TRUE;
    HRESULT hr;

    if (FAILED(hr = IOfflineFilesCache_GetSettingObject(cache, command->args[1], &setting))) return hr;
    if (!_wcsicmp(action, L"set")) hr = set(setting, command);
    else if (!_wcsicmp(action, L"delete"))
        hr = IOfflineFilesSetting_DeletePreference(setting, choose_scope(setting, command));
    else change = FALSE;
    if (SUCCEEDED(hr)) hr = show(setting, !change);
    IOfflineFilesSetting_Release(setting);
    return hr;
}

static int check_words(const struct command *command)
{
    static const struct { const WCHAR *action; unsigned int min, max; } actions[] =
    {
        { L"list", 1, 1 }, { L"get", 2, 2 }, { L"set", 2, ~0u }, { L"delete", 2, 2 }
    };
    unsigned int i, count = command->arg_count;

    if (!count) return CMD_DONE;
    for (i = 0; i < ARRAYSIZE(actions) && _wcsicmp(actions[i].action, command->args[0]); i++) ;
    if (i == ARRAYSIZE(actions))
        return usage_error(command->verb, L"setting: \"%ls\" is nothing that can be done", command->args[0]);
    if (count < actions[i].min) return usage_error(command->verb, L"setting %ls: a name is missing", actions[i].action);
    if (count > actions[i].max)
        return usage_error(command->verb, L"setting %ls: too many arguments, beginning with \"%ls\"", actions[i].action,
                           command->args[actions[i].max]);
    if ((command->switches & SWITCH_MACHINE) && (command->switches & SWITCH_USER))
        return usage_error(command->verb, L"setting: either --machine or --user");
    return CMD_DONE;
}

int run_setting(const struct command *command)
{
    const BOOL one = command->arg_count > 1;
    IOfflineFilesCache *cache;
    HRESULT hr;
    int ret;

    if ((ret = check_words(command)) || (ret = open_cache(&cache))) return ret;
    hr = one ? run_one(cache, command) : list(cache);
    if (FAILED(hr))
    {
        const WCHAR *text = failure_text(hr), *subject = one ? command->args[1] : L"setting";

        if (text) report_error_text(subject, hr, text);
        else report_error(subject, hr);
    }
    IOfflineFilesCache_Release(cache);
    return exit_code(hr);
}
