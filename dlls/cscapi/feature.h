/*
 * State of the Offline Files feature: what is configured, and what runs
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Windows keeps the state in a driver, csc.sys, and in the service CscService.  Wine has no such
 * driver; what it does there is the service's work here.  So the service alone decides.
 */

#ifndef __CSCAPI_FEATURE_H
#define __CSCAPI_FEATURE_H

#include <stdarg.h>

#include "windef.h"
#include "winbase.h"

enum feature_policy
{
    POLICY_NONE,
    POLICY_DISABLED,
    POLICY_ENABLED
};

struct feature
{
    BOOL  installed;             /* the service exists */
    DWORD start_type;            /* SERVICE_*_START, SERVICE_DISABLED */
    BOOL  running;
    enum feature_policy policy;  /* machine policy "Enabled" [behaviour.md §6] */
};

/* A Win32 code.  A service that does not exist is no error. */
DWORD feature_read(struct feature *feature);
/* Configured to run: the policy if there is one, otherwise automatic start. [behaviour.md §1.3] */
BOOL feature_enabled(const struct feature *feature);
/* The service can run now, without a restart. [behaviour.md §4.3] */
BOOL feature_available(const struct feature *feature);
/* ERROR_SERVICE_DOES_NOT_EXIST, ERROR_ACCESS_DENIED, ... */
DWORD feature_set_start_type(DWORD start_type);
/* Starts the service and waits until it runs; when it stops instead, the reason it gave. */
DWORD feature_start(void);

#endif /* __CSCAPI_FEATURE_H */
