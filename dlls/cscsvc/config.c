/*
 * Service for Offline Files: settings of the machine
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscsvc_private.h"
#include "cscset.h"

void read_service_config(struct service_config *config)
{
    memset(config, 0, sizeof(*config));
    setting_number(L"Workers", &config->workers);
    setting_number(L"OriginTimeout", &config->origin_timeout);
    setting_number(L"ProbeInterval", &config->probe_interval);
    setting_number(L"PingInterval", &config->ping_interval);
    setting_number(L"AnswerTimeout", &config->answer_timeout);
    setting_number(L"OnlineSyncInterval", &config->online_sync_interval);
    if (config->online_sync_interval) config->online_sync_interval = max(config->online_sync_interval, 1000);
}

void read_quota_policy(struct csc_unix_quota_policy *policy)
{
    DWORD limit = 0, unpinned_limit = 0;

    policy->limited = setting_number(L"CacheQuotaLimit", &limit);
    policy->limit = limit;
    policy->unpinned_limited = setting_number(L"CacheQuotaLimitUnpinned", &unpinned_limit);
    policy->unpinned_limit = unpinned_limit;
}

/* A policy may have come or gone since the service started. */
HRESULT hand_over_quota_policy(void *engine)
{
    struct csc_unix_set_quota_policy_params params = { .engine = engine };

    read_quota_policy(&params.policy);
    return unix_call(CSC_UNIX_SET_QUOTA_POLICY, &params);
}

void apply_quota_policy(enum settings_step step, unsigned int what)
{
    void *engine;

    if (step != SETTINGS_APPLY || !(what & SETTINGS_POLICY) || FAILED(engine_enter(&engine))) return;
    hand_over_quota_policy(engine);
    engine_leave();
}
