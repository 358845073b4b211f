/*
 * csccmd: state of the feature
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef __CSCCMD_FEATURE_H
#define __CSCCMD_FEATURE_H

/* OfflineFilesQueryStatus of cscapi.dll; fails if there is no such DLL. */
HRESULT query_feature(BOOL *active, BOOL *enabled);

#endif /* __CSCCMD_FEATURE_H */
