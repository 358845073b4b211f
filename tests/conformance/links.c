/*
 * Pinning the targets of shell links
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"
#include <shlobj.h>

/* A link as programs make them. */
static BOOL make_link(const WCHAR *link, const WCHAR *target)
{
    IPersistFile *file;
    IShellLinkW *shell;
    HRESULT hr;

    hr = CoCreateInstance(&CLSID_ShellLink, NULL, CLSCTX_INPROC_SERVER, &IID_IShellLinkW, (void **)&shell);
    ok(hr == S_OK, "CoCreateInstance: %#lx\n", hr);
    if (FAILED(hr)) return FALSE;
    hr = IShellLinkW_SetPath(shell, target);
    ok(SUCCEEDED(hr), "SetPath: %#lx\n", hr);
    if (SUCCEEDED(hr) && SUCCEEDED(hr = IShellLinkW_QueryInterface(shell, &IID_IPersistFile, (void **)&file)))
    {
        hr = IPersistFile_Save(file, link, TRUE);
        ok(SUCCEEDED(hr), "Save: %#lx\n", hr);
        IPersistFile_Release(file);
    }
    IShellLinkW_Release(shell);
    return SUCCEEDED(hr);
}

static BOOL is_pinned(const WCHAR *path)
{
    IOfflineFilesPinInfo *info = find_interface(path, &IID_IOfflineFilesPinInfo);
    BOOL pinned = FALSE;
    HRESULT hr;

    if (!info) return FALSE;
    hr = IOfflineFilesPinInfo_IsPinned(info, &pinned);
    ok(hr == S_OK, "IsPinned: %#lx\n", hr);
    release(info);
    return pinned;
}

static void test_pin(void)
{
    fact("pin.links");
    HRESULT hr;

    make_dir(unc(L"targets"));
    make_dir(unc(L"targets\\folder"));
    write_file(unc(L"targets\\file.txt"), "what the link leads to");
    if (!make_link(unc(L"to file.lnk"), unc(L"targets\\file.txt"))) return;
    if (!make_link(unc(L"to folder.lnk"), unc(L"targets\\folder"))) return;

    hr = pin(unc(L"to file.lnk"), FALSE, PIN_USER_FILL, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    ok(is_pinned(unc(L"to file.lnk")), "the link is not pinned\n");
    ok(!is_pinned(unc(L"targets\\file.txt")), "the target is pinned\n");

    hr = pin(unc(L"to file.lnk"), FALSE, PIN_USER_FILL | OFFLINEFILES_PIN_CONTROL_FLAG_PINLINKTARGETS, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    ok(is_pinned(unc(L"targets\\file.txt")), "the target is not pinned\n");
    ok(!is_pinned(unc(L"targets")), "the folder of the target is pinned\n");

    hr = pin(unc(L"to folder.lnk"), FALSE, PIN_USER_FILL | OFFLINEFILES_PIN_CONTROL_FLAG_PINLINKTARGETS, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    ok(!is_pinned(unc(L"targets\\folder")), "a folder was pinned because of a link\n");
}

static void test_sync(void)
{
    fact("sync.links");
    const DWORD links = OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES |
                        OFFLINEFILES_SYNC_CONTROL_FLAG_PINLINKTARGETS | OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER;
    HRESULT hr;

    make_dir(unc(L"pinned"));
    hr = pin(unc(L"pinned"), TRUE, PIN_USER_FILL, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    write_file(unc(L"targets\\second.txt"), "another one");
    if (!make_link(unc(L"pinned\\second.lnk"), unc(L"targets\\second.txt"))) return;
    hr = sync_path(unc(L"pinned"), links, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    ok(is_pinned(unc(L"pinned\\second.lnk")), "the new link is not pinned\n");
    ok(is_pinned(unc(L"targets\\second.txt")), "its target is not pinned\n");
}

/* The setting LinkTargetCaching against the flag; Q110. */
static void test_setting(void)
{
    const DWORD flag = OFFLINEFILES_PIN_CONTROL_FLAG_PINLINKTARGETS;
    IOfflineFilesSetting *setting;
    VARIANT value;
    HRESULT hr;

    hr = IOfflineFilesCache_GetSettingObject(unit_cache(), OFFLINEFILES_SETTING_PinLinkTargets, &setting);
    ok(hr == S_OK, "GetSettingObject: %#lx\n", hr);
    if (hr != S_OK) return;
    hr = IOfflineFilesSetting_GetPreference(setting, &value, OFFLINEFILES_SETTING_SCOPE_USER);
    if (hr != E32(ERROR_FILE_NOT_FOUND))
    {
        skip("somebody set the preference\n");
        release(setting);
        return;
    }
    write_file(unc(L"targets\\third.txt"), "a third one");
    if (make_link(unc(L"to third.lnk"), unc(L"targets\\third.txt")))
    {
        V_VT(&value) = VT_UI4;
        V_UI4(&value) = OFFLINEFILES_PINLINKTARGETS_NEVER;
        hr = IOfflineFilesSetting_SetPreference(setting, &value, OFFLINEFILES_SETTING_SCOPE_USER);
        ok(hr == S_OK, "SetPreference: %#lx\n", hr);
        hr = pin(unc(L"to third.lnk"), FALSE, PIN_USER_FILL | flag, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        ok_ours(!is_pinned(unc(L"targets\\third.txt")), Q110, "never: the target is pinned\n");
        V_UI4(&value) = OFFLINEFILES_PINLINKTARGETS_ALWAYS;
        hr = IOfflineFilesSetting_SetPreference(setting, &value, OFFLINEFILES_SETTING_SCOPE_USER);
        ok(hr == S_OK, "SetPreference: %#lx\n", hr);
        hr = pin(unc(L"to third.lnk"), FALSE, PIN_USER_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        ok_ours(is_pinned(unc(L"targets\\third.txt")), Q110, "always: the target is not pinned\n");
        hr = IOfflineFilesSetting_DeletePreference(setting, OFFLINEFILES_SETTING_SCOPE_USER);
        ok(hr == S_OK, "DeletePreference: %#lx\n", hr);
    }
    release(setting);
}

/* What the flag needs beside it. */
static void test_ignored(void)
{
    HRESULT hr;

    write_file(unc(L"targets\\fourth.txt"), "a fourth one");
    if (!make_link(unc(L"pinned\\fourth.lnk"), unc(L"targets\\fourth.txt"))) return;
    {
        fact("sync.linknew");
        hr = sync_path(unc(L"pinned"), OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN |
                       OFFLINEFILES_SYNC_CONTROL_FLAG_PINLINKTARGETS, NULL);
        ok(hr == S_OK, "Synchronize: %#lx\n", hr);
        ok(!is_pinned(unc(L"targets\\fourth.txt")), "the target is pinned without PINNEWFILES\n");
    }
    {
        fact("sync.linkdirs");
        if (!make_link(unc(L"pinned\\directory.lnk"), unc(L"targets\\folder"))) return;
        hr = sync_path(unc(L"pinned"), OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES |
                       OFFLINEFILES_SYNC_CONTROL_FLAG_PINLINKTARGETS | OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER, NULL);
        ok(hr == S_OK, "Synchronize: %#lx\n", hr);
        ok(is_pinned(unc(L"pinned\\directory.lnk")), "the new link is not pinned\n");
        ok(!is_pinned(unc(L"targets\\folder")), "a folder was pinned because of a link\n");
    }
}

START_TEST(links)
{
    CoInitialize(NULL);
    if (begin_unit(L"links"))
    {
        test_pin();
        test_sync();
        test_setting();
        test_ignored();
        end_unit();
    }
    CoUninitialize();
}
