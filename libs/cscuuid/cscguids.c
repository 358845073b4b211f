/*
 * Identifiers that no .idl file defines
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdarg.h>
#include "windef.h"
#include "initguid.h"
#include "cscguids.h"
