/*
 * csccmd: the long operations: pin, unpin, sync, delete
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "csccmd.h"

/* How an error of a whole call is introduced. */
static const WCHAR *subject(const struct command *command)
{
    return command->arg_count ? command->args[0] : L"all shares";
}

int run_pin(const struct command *command)
{
    DWORD flags = OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER;
    struct progress *progress;
    IOfflineFilesCache *cache;
    HRESULT hr;
    int ret;

    if (command->switches & SWITCH_FILL) flags |= OFFLINEFILES_PIN_CONTROL_FLAG_FILL;
    if ((ret = open_cache(&cache))) return ret;
    progress = create_progress(L"pin");
    hr = IOfflineFilesCache_Pin(cache, NULL, command->args, command->arg_count, !!(command->switches & SWITCH_DEEP),
                                FALSE, flags, progress_sync_sink(progress));
    ret = finish_progress(progress, hr, subject(command));
    IOfflineFilesCache_Release(cache);
    return ret;
}

int run_unpin(const struct command *command)
{
    struct progress *progress;
    IOfflineFilesCache *cache;
    HRESULT hr;
    int ret;

    if ((ret = open_cache(&cache))) return ret;
    progress = create_progress(L"unpin");
    hr = IOfflineFilesCache_Unpin(cache, NULL, command->args, command->arg_count, !!(command->switches & SWITCH_DEEP),
                                  FALSE, OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER, progress_sync_sink(progress));
    ret = finish_progress(progress, hr, subject(command));
    IOfflineFilesCache_Release(cache);
    return ret;
}

static DWORD sync_control(unsigned int switches)
{
    DWORD flags = 0;

    if (!(switches & (SWITCH_IN | SWITCH_OUT))) switches |= SWITCH_IN | SWITCH_OUT;
    if (switches & SWITCH_IN)
        flags |= OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE |
                 OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES | OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORUSER;
    if (switches & SWITCH_OUT) flags |= OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT;
    return flags;
}

int run_sync(const struct command *command)
{
    const WCHAR **paths = command->args;
    unsigned int count = command->arg_count;
    struct progress *progress;
    IOfflineFilesCache *cache;
    WCHAR **shares = NULL;
    HRESULT hr = S_OK;
    int ret;

    if ((ret = open_cache(&cache))) return ret;
    if (!count)
    {
        if ((ret = list_share_paths(cache, &shares, &count)))
        {
            IOfflineFilesCache_Release(cache);
            return ret;
        }
        paths = (const WCHAR **)shares;
    }

    progress = create_progress(L"sync");
    if (count)
        hr = IOfflineFilesCache_Synchronize(cache, NULL, paths, count, FALSE, sync_control(command->switches), NULL,
                                            progress_sync_sink(progress), NULL);
    ret = finish_progress(progress, hr, subject(command));
    if (shares) free_paths(shares, count);
    IOfflineFilesCache_Release(cache);
    return ret;
}

int run_delete(const struct command *command)
{
    DWORD flags = command->switches & SWITCH_MODIFIED ? OFFLINEFILES_DELETE_FLAG_DELMODIFIED : 0;
    struct progress *progress;
    IOfflineFilesCache *cache;
    HRESULT hr;
    int ret;

    if ((ret = open_cache(&cache))) return ret;
    progress = create_progress(L"delete");
    hr = IOfflineFilesCache_DeleteItems(cache, command->args, command->arg_count, flags, FALSE,
                                        progress_simple_sink(progress));
    ret = finish_progress(progress, hr, subject(command));
    IOfflineFilesCache_Release(cache);
    return ret;
}
