/*
 * Service for Offline Files: policies that change what the engine does
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * docs/policies.md lists every policy and what becomes of it.
 */

#include "cscsvc_private.h"
#include "cscset.h"
#include "cscobj.h"
#include "wine/debug.h"

#include <stdlib.h>

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

/* A setting of the table that has a default. */
static DWORD number_of(const WCHAR *name)
{
    DWORD number = 0;

    setting_number(name, &number);
    return number;
}

/* [behaviour.md §6.2, A.4] */
static void hand_over_background(void *engine)
{
    struct csc_unix_set_background_policy_params params = { .engine = engine };

    if ((params.configured = number_of(L"BackgroundSyncEnabled") != 0))
    {
        params.period = number_of(L"BackgroundSyncPeriodMin");
        params.variance = number_of(L"BackgroundSyncMaxStartMin");
        params.ignore_blockout_after = number_of(L"BackgroundSyncIgnoreBlockOutAfterMin");
        params.blockout_start = number_of(L"BackgroundSyncBlockOutStartTime");
        params.blockout_duration = number_of(L"BackgroundSyncBlockOutDurationMin");
        params.forced_offline = number_of(L"BackgroundSyncEnabledForForcedOffline");
        TRACE("background synchronization: period %u, variance %u, not from %04u for %u, at the latest after %u, "
              "forced offline %u\n", params.period, params.variance, params.blockout_start, params.blockout_duration,
              params.ignore_blockout_after, params.forced_offline);
    }
    unix_call(CSC_UNIX_SET_BACKGROUND_POLICY, &params);
}

/* [behaviour.md §6.2, A.3] */
static void hand_over_slow_links(void *engine)
{
    struct csc_unix_set_slow_links_params params = { .engine = engine };
    struct setting_value rows = { 0 };
    struct csc_unix_text *texts;
    ULONG i;

    if (number_of(L"SlowLinkEnabled") && setting_effective(setting_find(L"SlowLinkParams"), &rows, NULL))
        memset(&rows, 0, sizeof(rows));
    if (rows.count <= CSC_MAX_PATHS && (texts = malloc((2 * rows.count + 1) * sizeof(*texts))))
    {
        for (i = 0; i < rows.count; i++)
        {
            if (FAILED(wire_text(rows.rows[i].name, &texts[params.count])) ||
                FAILED(wire_text(rows.rows[i].text, &texts[rows.count + params.count])))
                continue;
            params.count++;
        }
        params.patterns = texts;
        params.parameters = texts + rows.count;
        unix_call(CSC_UNIX_SET_SLOW_LINKS, &params);
        free(texts);
    }
    setting_clear(&rows);
}

static HRESULT read_assigned(DWORD scope, struct setting_value *value)
{
    LSTATUS status = setting_read(setting_find(L"AssignedOfflineFolders"), TRUE, scope, value);

    if (!status) return S_OK;
    memset(value, 0, sizeof(*value));
    /* a list that cannot be read is not an empty one: nothing may lose its pin because of it */
    return status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND ? S_OK : HRESULT_FROM_WIN32(status);
}

/* The lists of both scopes.  [behaviour.md §6.1, A.6] */
static HRESULT hand_over_assigned(void *engine)
{
    struct csc_unix_set_admin_pins_params params = { .engine = engine };
    struct setting_value lists[2] = {{ 0 }};
    struct csc_unix_text *paths = NULL;
    ULONG count = 0, list, i;
    HRESULT hr;

    hr = read_assigned(OFFLINEFILES_SETTING_SCOPE_COMPUTER, &lists[0]);
    if (SUCCEEDED(hr)) hr = read_assigned(OFFLINEFILES_SETTING_SCOPE_USER, &lists[1]);
    if (SUCCEEDED(hr) && lists[0].count + lists[1].count > CSC_MAX_PATHS) hr = E_INVALIDARG;
    if (SUCCEEDED(hr) && !(paths = malloc((lists[0].count + lists[1].count + 1) * sizeof(*paths)))) hr = E_OUTOFMEMORY;
    for (list = 0; SUCCEEDED(hr) && list < 2; list++)
        for (i = 0; i < lists[list].count; i++)
        {
            if (FAILED(wire_text(lists[list].rows[i].name, &paths[count]))) continue;
            count++;
            if (list) params.user_count++;
            else params.machine_count++;
        }
    if (SUCCEEDED(hr))
    {
        params.economical = number_of(L"EconomicalAdminPinning") != 0;
        params.paths = paths;
        if (count) TRACE("assigned files: %u by the machine, %u by the user\n", params.machine_count, params.user_count);
        hr = unix_call(CSC_UNIX_SET_ADMIN_PINS, &params);
    }
    else WARN("the lists of assigned files cannot be read: %#lx\n", hr);
    free(paths);
    setting_clear(&lists[0]);
    setting_clear(&lists[1]);
    return hr;
}

HRESULT hand_over_policies(void *engine)
{
    hand_over_background(engine);
    hand_over_slow_links(engine);
    hand_over_exclusions(engine);
    return hand_over_assigned(engine);
}

void apply_policies(enum settings_step step, unsigned int what)
{
    void *engine;

    if (step != SETTINGS_APPLY || FAILED(engine_enter(&engine))) return;
    hand_over_policies(engine);
    engine_leave();
}
