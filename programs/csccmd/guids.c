/*
 * csccmd: the identifiers of the interfaces that it uses
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdarg.h>

#include <windef.h>
#include <winbase.h>
#include <objbase.h>

#include <initguid.h>
#include "cscobj.h"
#include "cscsvc.h"
