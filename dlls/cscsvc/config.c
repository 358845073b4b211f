/*
 * Service for Offline Files: settings of the machine
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscsvc_private.h"
#include "winreg.h"
#include "cscguids.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(cscsvc);

/* A DWORD from min to max, otherwise 0: what stands there by mistake must not stop the service. */
static DWORD read_number(HKEY key, const WCHAR *name, DWORD min, DWORD max)
{
    DWORD value, type, size = sizeof(value);

    if (RegQueryValueExW(key, name, NULL, &type, (BYTE *)&value, &size)) return 0;
    if (type != REG_DWORD || size != sizeof(value))
    {
        WARN("%s is not a DWORD\n", debugstr_w(name));
        return 0;
    }
    if (value && (value < min || value > max))
    {
        WARN("%s is %lu, not from %lu to %lu\n", debugstr_w(name), value, min, max);
        return 0;
    }
    return value;
}

void read_service_config(struct service_config *config)
{
    HKEY key;

    memset(config, 0, sizeof(*config));
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, CSC_NETCACHE_KEY, 0, KEY_READ | KEY_WOW64_64KEY, &key)) return;
    config->workers = read_number(key, L"Workers", 1, 64);
    config->origin_timeout = read_number(key, L"OriginTimeout", 100, 10 * 60 * 1000);
    config->probe_interval = read_number(key, L"ProbeInterval", 100, 60 * 60 * 1000);
    RegCloseKey(key);
}

/* One policy value; a policy that is not a number is none. */
static uint32_t read_policy(HKEY key, const WCHAR *name, uint32_t *value)
{
    DWORD data, type, size = sizeof(data);

    if (RegQueryValueExW(key, name, NULL, &type, (BYTE *)&data, &size)) return 0;
    if (type != REG_DWORD || size != sizeof(data))
    {
        WARN("policy %s is not a DWORD\n", debugstr_w(name));
        return 0;
    }
    *value = data;
    return 1;
}

void read_quota_policy(struct csc_unix_quota_policy *policy)
{
    HKEY key;

    memset(policy, 0, sizeof(*policy));
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, CSC_POLICY_KEY, 0, KEY_READ | KEY_WOW64_64KEY, &key)) return;
    policy->limited = read_policy(key, L"CacheQuotaLimit", &policy->limit);
    policy->unpinned_limited = read_policy(key, L"CacheQuotaLimitUnpinned", &policy->unpinned_limit);
    RegCloseKey(key);
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
