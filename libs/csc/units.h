/*
 * Units of time
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_UNITS_H
#define CSC_UNITS_H

/* times are in ns */
#define CSC_NS_PER_MS 1000000LL
#define CSC_NS_PER_S  1000000000LL

#endif
