/*
 * Reasons to keep items
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sync.h"

uint32_t csc_pin_reasons(uint32_t flags)
{
    uint32_t reasons = 0;

    if (flags & OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER) reasons |= CSC_PIN_USER;
    if (flags & OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER_POLICY) reasons |= CSC_PIN_USER_POLICY;
    if (flags & OFFLINEFILES_PIN_CONTROL_FLAG_FORALL) reasons |= CSC_PIN_COMPUTER;
    if (flags & OFFLINEFILES_PIN_CONTROL_FLAG_FORREDIR) reasons |= CSC_PIN_REDIRECTION;
    return reasons;
}

uint32_t csc_pin_inherited(uint32_t pin, uint32_t sync_flags)
{
    uint32_t reasons = pin >> CSC_PIN_INHERIT_SHIFT & CSC_PIN_REASONS;

    if ((sync_flags & OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES) && (pin & CSC_PIN_REASONS))
    {
        uint32_t chosen = csc_pin_reasons(sync_flags);

        /* without a reason of its own a new file gets its container's */
        reasons |= chosen ? chosen : pin & CSC_PIN_REASONS;
    }
    return reasons | reasons << CSC_PIN_INHERIT_SHIFT;
}
