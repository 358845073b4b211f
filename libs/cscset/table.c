/*
 * The table of settings
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Names, meanings and scopes of policies are those of behaviour.md §6.2, the others those of §6.3 and
 * §6.4 or our own (see README.md).  What can be a policy can be a preference of the same scope, too, unless
 * something else already keeps it: the start type of the service (Enabled), pins
 * (AssignedOfflineFolders), Encrypt, SetDiskSpaceLimits.
 */

#include "cscset.h"
#define COBJMACROS
#include "objbase.h"
#include "cscobj.h"

#include <wchar.h>

#define U  OFFLINEFILES_SETTING_SCOPE_USER
#define C  OFFLINEFILES_SETTING_SCOPE_COMPUTER
#define UC (U | C)
#define NO 0

/* name, scopes of the policy, of the preference, least and greatest, [default] */
#define NUMBER(name, policy, preference, min, max, number) \
    { name, OFFLINEFILES_SETTING_VALUE_UI4, policy, preference, SETTING_DEFAULT, min, max, number }
#define NUMBER_OR_NONE(name, policy, preference, min, max) \
    { name, OFFLINEFILES_SETTING_VALUE_UI4, policy, preference, 0, min, max, 0 }
/* 0 is off, whatever else is on */
#define SWITCH(name, policy, preference, number) NUMBER(name, policy, preference, 0, MAXDWORD, number)
#define LIST(name, kind, policy, preference, flags, max) \
    { name, OFFLINEFILES_SETTING_VALUE_ ## kind, policy, preference, flags, 0, max, 0 }

static const struct setting settings[] =
{
    /* the one with a published name (Q110) */
    NUMBER(OFFLINEFILES_SETTING_PinLinkTargets, NO, UC, OFFLINEFILES_PINLINKTARGETS_NEVER,
           OFFLINEFILES_PINLINKTARGETS_ALWAYS, OFFLINEFILES_PINLINKTARGETS_EXPLICIT),

    /* Windows Vista and later */
    LIST(L"AssignedOfflineFolders", 2DIM_ARRAY_BSTR_BSTR, UC, NO, SETTING_ADDITIVE, 0),
    SWITCH(L"BackgroundSyncEnabled", C, C, 1),
    NUMBER(L"BackgroundSyncPeriodMin", C, C, 1, 1440, 120),
    NUMBER(L"BackgroundSyncMaxStartMin", C, C, 0, 3600, 60),
    NUMBER(L"BackgroundSyncIgnoreBlockOutAfterMin", C, C, 0, MAXDWORD, 0),
    NUMBER(L"BackgroundSyncBlockOutStartTime", C, C, 0, 2400, 0),
    NUMBER(L"BackgroundSyncBlockOutDurationMin", C, C, 0, 1440, 0),
    SWITCH(L"BackgroundSyncEnabledForForcedOffline", C, C, 0),
    NUMBER_OR_NONE(L"CacheQuotaLimit", C, NO, 0, MAXDWORD),
    NUMBER_OR_NONE(L"CacheQuotaLimitUnpinned", C, NO, 0, MAXDWORD),
    SWITCH(L"DisableFRAdminPin", U, NO, 0),
    SWITCH(L"EconomicalAdminPinning", C, C, 1),
    SWITCH(L"Enabled", C, NO, 1),
    NUMBER_OR_NONE(L"EncryptCache", C, NO, 0, 1),
    LIST(L"ExcludedFileTypes", BSTR, C, C, 0, 4096),
    SWITCH(L"NoMakeAvailableOffline", UC, UC, 0),
    NUMBER_OR_NONE(L"OnlineCachingLatencyThreshold", C, C, 0, 100000000),
    SWITCH(L"SlowLinkEnabled", C, C, 1),
    LIST(L"SlowLinkParams", 2DIM_ARRAY_BSTR_BSTR, C, C, 0, 0),
    SWITCH(L"SyncEnabledForCostedNetwork", C, C, 0),
    SWITCH(L"WorkOfflineDisabled", UC, UC, 0),

    /* before Windows Vista: kept and told; of no effect here (Q106) but for ExcludeExtensions (Q18) */
    SWITCH(L"AlwaysPinSubFolders", C, C, 0),
    LIST(L"CustomGoOfflineActions", 2DIM_ARRAY_BSTR_UI4, UC, UC, 0, 0),
    NUMBER(L"DefCacheSize", C, C, 0, 10000, 1000),
    NUMBER_OR_NONE(L"EventLoggingLevel", UC, UC, 0, 3),
    LIST(L"ExcludeExtensions", BSTR, C, C, 0, 4096),
    NUMBER(L"GoOfflineAction", UC, UC, 0, 1, 0),
    NUMBER_OR_NONE(L"GoOfflineOnSlowLink", NO, UC, 0, MAXDWORD),
    NUMBER(L"InitialBalloonTimeoutSeconds", UC, UC, 10, 60, 30),
    SWITCH(L"NoCacheViewer", UC, UC, 0),
    SWITCH(L"NoConfigCache", UC, UC, 0),
    LIST(L"NoMakeAvailableOfflineList", 2DIM_ARRAY_BSTR_BSTR, UC, UC, 0, 0),
    SWITCH(L"NoReminders", UC, UC, 0),
    SWITCH(L"PurgeAtLogoff", C, C, 0),
    SWITCH(L"PurgeOnlyAutoCacheAtLogoff", C, C, 0),
    NUMBER(L"ReminderBalloonTimeoutSeconds", UC, UC, 10, 60, 15),
    NUMBER(L"ReminderFreqMinutes", UC, UC, 0, 1440, 60),
    SWITCH(L"SilentForcedAutoReconnect", NO, C, 0),
    NUMBER(L"SlowLinkSpeed", C, UC, 0, MAXDWORD, 640),
    NUMBER_OR_NONE(L"SyncAtLogoff", UC, UC, 0, 1),
    NUMBER_OR_NONE(L"SyncAtLogon", UC, UC, 0, 1),
    NUMBER_OR_NONE(L"SyncAtSuspend", UC, UC, 0, 1),

    /* our own */
    NUMBER_OR_NONE(L"AnswerTimeout", NO, C, 1000, 24 * 60 * 60 * 1000),
    LIST(L"ExcludedNames", BSTR_DBLNULTERM, C, C, 0, 0),
    NUMBER(L"OnlineSyncInterval", NO, C, 0, 24 * 60 * 60 * 1000, 20 * 60 * 1000),
    NUMBER_OR_NONE(L"OriginTimeout", NO, C, 100, 10 * 60 * 1000),
    NUMBER_OR_NONE(L"PingInterval", NO, C, 1000, 60 * 60 * 1000),
    NUMBER_OR_NONE(L"ProbeInterval", NO, C, 100, 60 * 60 * 1000),
    NUMBER_OR_NONE(L"Workers", NO, C, 1, 64)
};

const struct setting *setting_at(ULONG index)
{
    return index < ARRAYSIZE(settings) ? &settings[index] : NULL;
}

const struct setting *setting_find(const WCHAR *name)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(settings); i++)
        if (!_wcsicmp(settings[i].name, name)) return &settings[i];
    return NULL;
}
