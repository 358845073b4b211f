/*
 * Service for Offline Files: changes of policies and preferences
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How to hook in: write a settings_listener, give it to settings_watch_listen where run() of main.c does,
 * and read what you need (include/cscset.h) in the step SETTINGS_APPLY.  It is not called for what
 * is set when the service starts: read that once yourself.
 */

#ifndef __CSCSVC_SETTINGS_WATCH_H
#define __CSCSVC_SETTINGS_WATCH_H

#include <stdarg.h>

#include "windef.h"
#include "winbase.h"

/* What changed, a mask. */
#define SETTINGS_POLICY      1u
#define SETTINGS_PREFERENCES 2u

/* The steps of one change.  All listeners get through one before the first gets to the next. */
enum settings_step
{
    SETTINGS_DETECTED,    /* it was noticed (events PolicyChangeDetected, PreferenceChangeDetected) */
    SETTINGS_APPLY,       /* read the settings again and put them in force */
    SETTINGS_APPLIED      /* they are in force (event SettingsChangesApplied) */
};

/* Called on the thread of the watch, which is in the multithreaded apartment, within seconds of a
 * change of one of the keys.  May take some tenths of a second, not wait for an
 * origin: what takes longer is to be started, not done.  The engine may be gone: use engine_enter. */
typedef void (*settings_listener)(enum settings_step step, unsigned int what);

/* Adds a listener for the life of the service; again: nothing happens.  At most 8, more are a
 * mistake (FALSE). */
BOOL settings_watch_listen(settings_listener listener);

/* Takes down what is set now.  Changes from here on are told once the watch runs. */
void settings_watch_remember(void);
/* Starts the thread; the error of Windows when that fails. */
HRESULT settings_watch_start(void);
/* Ends it; waits up to 5 s for a listener that is just being called.  No thread: nothing happens. */
void settings_watch_stop(void);

#endif /* __CSCSVC_SETTINGS_WATCH_H */
