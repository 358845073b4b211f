/*
 * Service for Offline Files: published events
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The engine filters and queues them (libs/csc/news.c); a subscription is a handle of its session and goes with it.
 */

#include "cscsvc_private.h"
#include "cscobj.h"

/* Subscriptions of one process, and how long a pull may keep a thread of the service, ms. */
#define MAX_SUBSCRIPTIONS 64
#define MAX_NEWS_TIMEOUT  5000

void publish_event(DWORD event, DWORD flags)
{
    struct csc_unix_publish_params params = { .event = event, .flags = flags };

    if (FAILED(engine_enter(&params.engine))) return;
    unix_call(CSC_UNIX_PUBLISH, &params);
    engine_leave();
}

void publish_settings_change(enum settings_step step, unsigned int what)
{
    if (step == SETTINGS_DETECTED)
    {
        if (what & SETTINGS_POLICY) publish_event(OFFLINEFILES_EVENT_POLICYCHANGEDETECTED, 0);
        if (what & SETTINGS_PREFERENCES) publish_event(OFFLINEFILES_EVENT_PREFERENCECHANGEDETECTED, 0);
    }
    else if (step == SETTINGS_APPLIED) publish_event(OFFLINEFILES_EVENT_SETTINGSCHANGESAPPLIED, 0);
}

HRESULT news_subscribe(struct handle_table *handles, ULONGLONG events, DWORD match, LPCWSTR path, ULONGLONG *handle)
{
    struct csc_unix_subscribe_params params = { .match = match, .events = events };
    HRESULT hr;

    if (!handle) return E_POINTER;
    *handle = 0;
    if (path && FAILED(hr = wire_text(path, &params.path))) return hr;
    /* Some that come at the same time may exceed it by a few: the engine has a limit of its own. */
    if (handles_count(handles, HANDLE_SUBSCRIPTION) >= MAX_SUBSCRIPTIONS)
        return HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES);
    if (FAILED(hr = engine_enter(&params.engine))) return hr;
    hr = unix_call(CSC_UNIX_SUBSCRIBE, &params);
    if (SUCCEEDED(hr) && FAILED(hr = handles_add(handles, HANDLE_SUBSCRIPTION, params.subscription, 0, handle)))
    {
        struct csc_unix_subscription_params close_params = { .subscription = params.subscription };
        unix_call(CSC_UNIX_UNSUBSCRIBE, &close_params);
    }
    engine_leave();
    return hr;
}

HRESULT news_pull(struct handle_table *handles, ULONGLONG handle, DWORD timeout, DWORD *size, BYTE **data)
{
    struct csc_unix_news_pull_params params = { .timeout = min(timeout, MAX_NEWS_TIMEOUT) };
    struct handle_entry *entry;
    void *engine;
    HRESULT hr;

    if (!size || !data) return E_POINTER;
    *size = 0;
    *data = NULL;
    if (FAILED(hr = engine_enter(&engine))) return hr;
    if ((entry = handles_get(handles, HANDLE_SUBSCRIPTION, handle)))
    {
        /* Two pulls at once would race for the order. */
        if (TryAcquireSRWLockExclusive(&entry->use))
        {
            params.subscription = entry->object;
            hr = unix_call(CSC_UNIX_NEWS_PULL, &params);
            ReleaseSRWLockExclusive(&entry->use);
        }
        else hr = HRESULT_FROM_WIN32(ERROR_BUSY);
        handle_release(entry);
    }
    else hr = HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE);
    engine_leave();
    return wire_blob(hr, &params.records, size, data);
}
