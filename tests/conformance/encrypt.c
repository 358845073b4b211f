/*
 * Encrypt and GetEncryptionStatus
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csctest.h"

static HRESULT encrypt(BOOL on, DWORD flags, BOOL async, struct sink *sink)
{
    return IOfflineFilesCache_Encrypt(unit_cache(), NULL, on, flags, async,
                                      sink ? &sink->IOfflineFilesSyncProgress_iface : NULL);
}

static BOOL status(BOOL *encrypted, BOOL *partial)
{
    HRESULT hr;

    *encrypted = *partial = 99;
    hr = IOfflineFilesCache_GetEncryptionStatus(unit_cache(), encrypted, partial);
    ok(hr == S_OK, "GetEncryptionStatus: %#lx\n", hr);
    ok(*encrypted == TRUE || *encrypted == FALSE, "encrypted %d\n", *encrypted);
    ok(*partial == TRUE || *partial == FALSE, "partial %d\n", *partial);
    return hr == S_OK;
}

static void test_status(void)
{
    fact("enc.status enc.now");
    BOOL encrypted, partial, one = 99;
    HRESULT hr;

    if (!status(&encrypted, &partial)) return;
    if (!on_ours()) return;
    hr = IOfflineFilesCache_GetEncryptionStatus(unit_cache(), NULL, &one);
    ok_ours(hr == E_POINTER, Q8, "GetEncryptionStatus: %#lx\n", hr);
    hr = IOfflineFilesCache_GetEncryptionStatus(unit_cache(), &one, NULL);
    ok_ours(hr == E_POINTER, Q8, "GetEncryptionStatus: %#lx\n", hr);
}

/* Where whoever started this made the cache an encrypted one. */
static void test_encrypted(void)
{
    fact("enc.status enc.encrypt file.encrypted");
    IOfflineFilesFileItem *file;
    BOOL encrypted, partial;
    IOfflineFilesItem *item;
    HRESULT hr;

    if (!GetEnvironmentVariableW(L"CSCTEST_ENCRYPTED", NULL, 0) || !status(&encrypted, &partial)) return;
    ok(encrypted && !partial, "encrypted %d, partial %d\n", encrypted, partial);
    write_file(unc(L"secret"), "secret");
    hr = pin(unc(L"secret"), FALSE, PIN_USER_FILL, NULL);
    ok(hr == S_OK, "Pin: %#lx\n", hr);
    hr = IOfflineFilesCache_FindItem(unit_cache(), unc(L"secret"), 0, &item);
    ok(hr == S_OK, "FindItem: %#lx\n", hr);
    if (FAILED(hr)) return;
    hr = IOfflineFilesItem_QueryInterface(item, &IID_IOfflineFilesFileItem, (void **)&file);
    ok(hr == S_OK, "no IOfflineFilesFileItem: %#lx\n", hr);
    if (hr == S_OK)
    {
        encrypted = 99;
        hr = IOfflineFilesFileItem_IsEncrypted(file, &encrypted);
        ok(hr == S_OK && encrypted == TRUE, "IsEncrypted: %#lx, %d\n", hr, encrypted);
        release(file);
    }
    release(item);
}

static void test_flags(void)
{
    fact("enc.flags");
    BOOL encrypted, partial;
    unsigned int bit;
    HRESULT hr;

    if (!status(&encrypted, &partial)) return;
    for (bit = 0; bit < 32; bit++)
    {
        hr = encrypt(encrypted, 1u << bit, FALSE, NULL);
        if ((1u << bit) & OFFLINEFILES_ENCRYPTION_CONTROL_FLAGS)
            ok(hr == S_OK, "flag %#x: %#lx\n", 1u << bit, hr);
        else
            ok_ours(hr == E_INVALIDARG, Q9, "flag %#x: %#lx\n", 1u << bit, hr);
    }
}

/* What the cache is already. */
static void test_same(void)
{
    fact("enc.encrypt async.encrypt");
    BOOL encrypted, partial, before;
    struct sink *sink = sink_create();
    HRESULT hr;

    if (status(&before, &partial))
    {
        hr = encrypt(before, 0, FALSE, sink);
        ok(hr == S_OK, "Encrypt: %#lx\n", hr);
        check_protocol(sink, S_OK, GetCurrentThreadId());
        sink_reset(sink);
        hr = encrypt(before, 0, TRUE, sink);
        ok(hr == S_OK, "Encrypt: %#lx\n", hr);
        ok(sink_wait(sink), "no End\n");
        check_protocol(sink, S_OK, 0);
        status(&encrypted, &partial);
        ok(encrypted == before, "encrypted %d, before %d\n", encrypted, before);
    }
    sink_free(sink);
}

/* The other way, and back. On a volume that cannot encrypt the error tells it. */
static void test_other(void)
{
    fact("enc.encrypt");
    BOOL encrypted, partial, before;
    struct sink *sink = sink_create();
    HRESULT hr;

    if (on_ours() && status(&before, &partial))
    {
        hr = encrypt(!before, 0, FALSE, sink);
        ok_ours(hr == E32(ERROR_VOLUME_NOT_SUPPORT_EFS), Q59, "Encrypt: %#lx\n", hr);
        check_protocol(sink, hr, GetCurrentThreadId());
        sink_reset(sink);
        hr = encrypt(!before, 0, TRUE, sink);
        ok_ours(hr == S_OK, Q59, "Encrypt: %#lx\n", hr);
        ok(sink_wait(sink), "no End\n");
        check_protocol(sink, E32(ERROR_VOLUME_NOT_SUPPORT_EFS), 0);
        status(&encrypted, &partial);
        ok(encrypted == before && !partial, "encrypted %d, before %d, partial %d\n", encrypted, before, partial);
    }
    sink_free(sink);
}

static void test_cancel(void)
{
    BOOL encrypted, partial;
    struct sink *sink = sink_create();
    HRESULT hr;

    sink->abort_begin = TRUE;
    if (status(&encrypted, &partial))
    {
        hr = encrypt(encrypted, 0, FALSE, sink);
        ok(hr == E32(ERROR_CANCELLED), "Encrypt: %#lx\n", hr);
        check_protocol(sink, E32(ERROR_CANCELLED), GetCurrentThreadId());
    }
    sink_free(sink);
}

START_TEST(encrypt)
{
    CoInitialize(NULL);
    if (begin_unit(L"encrypt"))
    {
        test_status();
        test_encrypted();
        test_flags();
        test_same();
        test_other();
        test_cancel();
        end_unit();
    }
    CoUninitialize();
}
