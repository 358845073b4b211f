/*
 * Pinning: reasons, depth, inheritance, partly pinned containers
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

static const struct
{
    DWORD flag;
    const char *name;
}
reasons[] =
{
    { OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER, "FORUSER" },
    { OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER_POLICY, "FORUSER_POLICY" },
    { OFFLINEFILES_PIN_CONTROL_FLAG_FORALL, "FORALL" },
    { OFFLINEFILES_PIN_CONTROL_FLAG_FORREDIR, "FORREDIR" },
};

/* Asks for one reason by its index in the table. */
static HRESULT ask(IOfflineFilesPinInfo *info, unsigned int reason, BOOL *pinned, BOOL *inherit)
{
    switch (reason)
    {
    case 0:
        return IOfflineFilesPinInfo_IsPinnedForUser(info, pinned, inherit);
    case 1:
        return IOfflineFilesPinInfo_IsPinnedForUserByPolicy(info, pinned, inherit);
    case 2:
        return IOfflineFilesPinInfo_IsPinnedForComputer(info, pinned, inherit);
    default:
        return IOfflineFilesPinInfo_IsPinnedForFolderRedirection(info, pinned, inherit);
    }
}

/* ok() that an item is pinned for exactly these reasons. A path that is not cached has none. */
#define check_pins(path, flags) check_pins_(__LINE__, path, flags)
static void check_pins_(int line, const WCHAR *path, DWORD flags)
{
    IOfflineFilesPinInfo *info = find_interface(path, &IID_IOfflineFilesPinInfo);
    BOOL pinned, inherit;
    unsigned int i;
    HRESULT hr;

    if (!info)
    {
        ok_(__FILE__, line)(!flags, "%ls is not cached\n", path);
        return;
    }
    pinned = 99;
    hr = IOfflineFilesPinInfo_IsPinned(info, &pinned);
    ok_(__FILE__, line)(hr == S_OK && !pinned == !flags, "%ls: IsPinned: %#lx, %d\n", path, hr, pinned);
    for (i = 0; i < ARRAY_SIZE(reasons); i++)
    {
        BOOL expected = !!(flags & reasons[i].flag);

        pinned = inherit = 99;
        hr = ask(info, i, &pinned, &inherit);
        ok_(__FILE__, line)(hr == S_OK && !pinned == !expected, "%ls: %s: %#lx, %d\n", path, reasons[i].name, hr,
                            pinned);
        ok_(__FILE__, line)(inherit != 99 && (expected || !inherit), "%ls: %s: inherit %d\n", path, reasons[i].name,
                            inherit);
    }
    release(info);
}

static BOOL inherits(const WCHAR *path, unsigned int reason)
{
    IOfflineFilesPinInfo *info = find_interface(path, &IID_IOfflineFilesPinInfo);
    BOOL pinned = FALSE, inherit = FALSE;

    if (!info) return FALSE;
    ask(info, reason, &pinned, &inherit);
    release(info);
    return inherit;
}

static BOOL partly(const WCHAR *path)
{
    IOfflineFilesPinInfo2 *info = find_interface(path, &IID_IOfflineFilesPinInfo2);
    BOOL value = 99;
    HRESULT hr;

    ok(info != NULL, "%ls: no PinInfo2\n", path);
    if (!info) return FALSE;
    hr = IOfflineFilesPinInfo2_IsPartlyPinned(info, &value);
    ok(hr == S_OK && value != 99, "%ls: IsPartlyPinned: %#lx, %d\n", path, hr, value);
    if (on_ours()) ok_ours(IOfflineFilesPinInfo2_IsPartlyPinned(info, NULL) == E_POINTER, Q8, "IsPartlyPinned\n");
    release(info);
    return value;
}

/* Each reason on its own. */
static void test_reasons(void)
{
    fact("pin.user pin.policy pin.all pin.redir pi.any pi.user pi.policy pi.computer pi.redir unpin.reason "
         "unpin.select");
    const WCHAR *path = unc(L"reasons.txt");
    IOfflineFilesPinInfo *info;
    BOOL pinned, inherit;
    unsigned int i;
    HRESULT hr;

    write_file(path, "reasons");
    for (i = 0; i < ARRAY_SIZE(reasons); i++)
    {
        winetest_push_context("%s", reasons[i].name);
        hr = pin(path, FALSE, reasons[i].flag | OFFLINEFILES_PIN_CONTROL_FLAG_FILL, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        check_pins(path, reasons[i].flag);
        /* again is no error and changes nothing */
        hr = pin(path, FALSE, reasons[i].flag, NULL);
        ok(hr == S_OK, "Pin: %#lx\n", hr);
        check_pins(path, reasons[i].flag);
        /* another reason is not removed by this one */
        hr = unpin(path, FALSE, reasons[(i + 1) % ARRAY_SIZE(reasons)].flag, NULL);
        ok_ours(hr == S_OK, Q51, "Unpin: %#lx\n", hr);
        check_pins(path, reasons[i].flag);
        hr = unpin(path, FALSE, reasons[i].flag, NULL);
        ok(hr == S_OK, "Unpin: %#lx\n", hr);
        check_pins(path, 0);
        winetest_pop_context();
    }

    /* all together, taken away one by one */
    for (i = 0; i < ARRAY_SIZE(reasons); i++) ok(pin(path, FALSE, reasons[i].flag, NULL) == S_OK, "Pin failed\n");
    check_pins(path, 0x1e0);
    ok(unpin(path, FALSE, reasons[1].flag, NULL) == S_OK, "Unpin failed\n");
    check_pins(path, 0x1a0);
    hr = unpin(path, FALSE, reasons[0].flag | reasons[3].flag, NULL);
    ok_ours(hr == S_OK, Q46, "Unpin of two reasons: %#lx\n", hr);
    if (on_ours()) check_pins(path, 0x80);
    ok(unpin(path, FALSE, reasons[2].flag, NULL) == S_OK, "Unpin failed\n");
    hr = pin(path, FALSE, reasons[0].flag | reasons[2].flag, NULL);
    ok_ours(hr == S_OK, Q46, "Pin for two reasons: %#lx\n", hr);
    if (on_ours()) check_pins(path, 0xa0);

    info = find_interface(path, &IID_IOfflineFilesPinInfo);
    if (info && on_ours())
    {
        ok_ours(IOfflineFilesPinInfo_IsPinned(info, NULL) == E_POINTER, Q8, "IsPinned\n");
        for (i = 0; i < ARRAY_SIZE(reasons); i++)
        {
            ok_ours(ask(info, i, NULL, &inherit) == E_POINTER, Q8, "%s\n", reasons[i].name);
            ok_ours(ask(info, i, &pinned, NULL) == E_POINTER, Q8, "%s\n", reasons[i].name);
        }
    }
    release(info);
}

static void make_tree(const WCHAR *name)
{
    make_dir(unc(name));
    make_dir(unc(format_path(L"%s\\sub", name)));
    write_file(unc(format_path(L"%s\\top.txt", name)), "top");
    write_file(unc(format_path(L"%s\\sub\\below.txt", name)), "below");
}

static void test_deep(void)
{
    fact("pin.kinds pin.deep pi.inherit pi.partly");
    HRESULT hr;

    make_tree(L"deep");
    hr = pin(unc(L"deep"), TRUE, PIN_USER_FILL, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    check_pins(unc(L"deep"), PIN_USER);
    check_pins(unc(L"deep\\top.txt"), PIN_USER);
    check_pins(unc(L"deep\\sub"), PIN_USER);
    check_pins(unc(L"deep\\sub\\below.txt"), PIN_USER);
    ok(inherits(unc(L"deep"), 0), "the pin of a folder is not inherited\n");
    ok(inherits(unc(L"deep\\sub"), 0), "the pin of a subfolder is not inherited\n");
    ok(!partly(unc(L"deep")), "a pinned folder is partly pinned\n");
    ok(partly(unc(NULL)), "the folder above is not partly pinned\n");
    ok(partly(share_path()), "the share is not partly pinned\n");

    /* new files of a pinned folder are pinned by a synchronization that is told to */
    fact("sync.pinnew sync.foruser");
    write_file(unc(L"deep\\sub\\new.txt"), "new");
    hr = sync_path(unc(L"deep"), OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES |
                   OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_pins(unc(L"deep\\sub\\new.txt"), PIN_USER);

    /* a shallow unpin is for the files right inside */
    fact("unpin.shallow");
    hr = unpin(unc(L"deep"), FALSE, PIN_USER, NULL);
    ok(hr == S_OK, "Unpin: %#lx\n", hr);
    if (on_ours()) check_pins(unc(L"deep"), 0);   /* Q50 */
    ok_ours(!inherits(unc(L"deep"), 0), Q50, "the pin of the folder is still inherited\n");
    check_pins(unc(L"deep\\top.txt"), 0);
    check_pins(unc(L"deep\\sub"), PIN_USER);
    check_pins(unc(L"deep\\sub\\below.txt"), PIN_USER);

    fact("unpin.deep unpin.content");
    hr = unpin(unc(L"deep"), TRUE, PIN_USER, NULL);
    ok(hr == S_OK, "Unpin: %#lx\n", hr);
    check_pins(unc(L"deep"), 0);
    check_pins(unc(L"deep\\sub"), 0);
    check_pins(unc(L"deep\\sub\\below.txt"), 0);
    check_pins(unc(L"deep\\sub\\new.txt"), 0);
    check_file(unc(L"deep\\sub\\below.txt"), "below");
}

static void test_shallow(void)
{
    fact("pin.shallow");
    HRESULT hr;

    make_tree(L"shallow");
    hr = pin(unc(L"shallow"), FALSE, PIN_USER, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    check_pins(unc(L"shallow"), PIN_USER);
    check_pins(unc(L"shallow\\top.txt"), 0);
    check_pins(unc(L"shallow\\sub"), 0);
    ok_ours(inherits(unc(L"shallow"), 0), Q48, "a shallow pin is not inherited\n");

    /* the children follow at the next synchronization */
    fact("pin.shallowsync");
    hr = sync_path(unc(L"shallow"), OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES |
                   OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER, NULL);
    ok(hr == S_OK, "Synchronize: %#lx\n", hr);
    check_pins(unc(L"shallow\\top.txt"), PIN_USER);
    check_pins(unc(L"shallow\\sub"), PIN_USER);
    check_pins(unc(L"shallow\\sub\\below.txt"), PIN_USER);
}

/* Several paths in one call, of which one fails. */
static void test_several(void)
{
    fact("long.each");
    const WCHAR *paths[3];
    struct sink *sink = sink_create();
    HRESULT hr;

    write_file(unc(L"several1.txt"), "1");
    write_file(unc(L"several2.txt"), "2");
    paths[0] = unc(L"several1.txt");
    paths[1] = unc(L"several-missing.txt");
    paths[2] = unc(L"several2.txt");
    hr = IOfflineFilesCache_Pin(unit_cache(), NULL, paths, 3, FALSE, FALSE, PIN_USER_FILL,
                                &sink->IOfflineFilesSyncProgress_iface);
    ok_ours(hr == E32(ERROR_MORE_DATA), Q14, "Pin: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    ok(sink_result(sink, paths[0]) == S_OK, "%#lx\n", sink_result(sink, paths[0]));
    ok(FAILED(sink_result(sink, paths[1])), "%#lx\n", sink_result(sink, paths[1]));
    ok_ours(sink_result(sink, paths[1]) == E32(ERROR_FILE_NOT_FOUND), Q17, "%#lx\n", sink_result(sink, paths[1]));
    ok(sink_result(sink, paths[2]) == S_OK, "%#lx\n", sink_result(sink, paths[2]));
    check_pins(paths[0], PIN_USER);
    check_pins(paths[2], PIN_USER);

    sink_reset(sink);
    hr = IOfflineFilesCache_Unpin(unit_cache(), NULL, paths, 3, FALSE, FALSE, PIN_USER,
                                  &sink->IOfflineFilesSyncProgress_iface);
    ok_ours(hr == E32(ERROR_MORE_DATA), Q14, "Unpin: %#lx\n", hr);
    check_protocol(sink, hr, GetCurrentThreadId());
    check_pins(paths[0], 0);
    check_pins(paths[2], 0);
    sink_free(sink);
}

START_TEST(pininfo)
{
    CoInitialize(NULL);
    if (begin_unit(L"pininfo"))
    {
        test_reasons();
        test_deep();
        test_shallow();
        test_several();
        end_unit();
    }
    CoUninitialize();
}
