/*
 * File system layer over POSIX: networks
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "fs_posix.h"

/* An address that only reaches the next machine comes without any network. */
static int reaches_beyond(const struct sockaddr *address)
{
    if (!address) return 0;
    if (address->sa_family == AF_INET) return 1;
    if (address->sa_family != AF_INET6) return 0;
    return !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static int counts(const struct ifaddrs *entry)
{
    const unsigned needed = IFF_UP | IFF_RUNNING;

    return (entry->ifa_flags & needed) == needed && !(entry->ifa_flags & IFF_LOOPBACK) && reaches_beyond(entry->ifa_addr);
}

csc_status csc_posix_transports(struct csc_fs *fs, unsigned *count)
{
    struct ifaddrs *list, *entry, *before;

    (void)fs;
    *count = 0;
    if (getifaddrs(&list)) return csc_status_from_errno(errno);
    for (entry = list; entry; entry = entry->ifa_next)
    {
        if (!counts(entry)) continue;
        /* an interface with several addresses is one network */
        for (before = list; before != entry; before = before->ifa_next)
            if (counts(before) && !strcmp(before->ifa_name, entry->ifa_name)) break;
        if (before == entry) ++*count;
    }
    freeifaddrs(list);
    return CSC_OK;
}
