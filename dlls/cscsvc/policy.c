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
#include "wine/debug.h"

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

void hand_over_policies(void *engine)
{
    hand_over_background(engine);
}

void apply_policies(enum settings_step step, unsigned int what)
{
    void *engine;

    if (step != SETTINGS_APPLY || FAILED(engine_enter(&engine))) return;
    hand_over_policies(engine);
    engine_leave();
}
