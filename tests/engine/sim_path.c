/*
 * Paths in the simulation
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sim_private.h"

#define MAX_LINKS 40

/* The volume that "/.volumes/N" or something below it names; rest: what follows. */
static struct sim_volume *server_volume(struct sim *sim, const char *path, const char **rest)
{
    static const char start[] = "/.volumes/";
    struct sim_volume *volume;
    char *end;

    if (strncmp(path, start, sizeof(start) - 1)) return NULL;
    unsigned long number = strtoul(path + sizeof(start) - 1, &end, 10);
    for (volume = sim->volumes; volume && volume->number != number; volume = volume->next) {}
    if (!volume || (*end && *end != '/')) return NULL;
    *rest = end;
    return volume;
}

csc_status sim_cross(struct sim_node **node)
{
    struct sim_volume *volume = (*node)->mounted;

    switch (volume->presence)
    {
    case SIM_UNMOUNTED:
        return CSC_OK;
    case SIM_GONE:
    case SIM_HUNG:
        return CSC_E_BAD_NETPATH;
    default:
        *node = volume->root;
        return CSC_OK;
    }
}

/* Goes down to the last component, or to the directory that holds it. */
static csc_status walk(struct sim *sim, const char *path, int parent_only, int follow, int links, struct sim_node **ret,
                       char **name, struct sim_volume **met)
{
    struct sim_volume *volume;
    const char *rest = path;
    struct sim_node *node;
    int by_server = 0;

    if (path[0] != '/') return CSC_E_INVALID_ARG;
    if ((volume = server_volume(sim, path, &rest))) by_server = 1;
    else volume = sim->volumes;
    node = volume->root;
    if (met && !*met) *met = volume;

    for (;;)
    {
        char component[256];
        struct sim_node *child;
        size_t length;
        csc_status status;

        while (*rest == '/') rest++;
        if (!*rest) break;
        length = strcspn(rest, "/");
        if (node->type != CSC_TYPE_DIRECTORY) return CSC_E_DIRECTORY;
        if (parent_only && !rest[length + strspn(rest + length, "/")])
        {
            *ret = node;
            *name = (char *)rest;
            return CSC_OK;
        }
        if (length >= sizeof(component)) return CSC_E_NAME_TOO_LONG;
        memcpy(component, rest, length);
        component[length] = 0;
        rest += length;
        if (!strcmp(component, ".")) continue;
        if (!strcmp(component, ".."))
        {
            if (node->parent) node = node->parent;
            continue;
        }
        if (node == node->volume->root && node->volume->presence == SIM_EMPTIED && !by_server) return CSC_E_NOT_FOUND;
        if (!(child = sim_node_find(node, component))) return CSC_E_NOT_FOUND;
        if (child->mounted)
        {
            if (met) *met = child->mounted;
            if (csc_failed(status = sim_cross(&child))) return status;
        }
        if (child->type == CSC_TYPE_LINK && (*rest || follow))
        {
            char *target;

            if (links >= MAX_LINKS) return CSC_E_CANNOT_ACCESS;
            /* links of the engine and of the tests are absolute */
            if (asprintf(&target, "%.*s%s", (int)child->size, (const char *)child->data, parent_only ? "" : rest) == -1) abort();
            if (!parent_only)
            {
                status = walk(sim, target, 0, follow, links + 1, ret, name, met);
                free(target);
                return status;
            }
            status = walk(sim, target, 0, 1, links + 1, &child, NULL, met);
            free(target);
            if (csc_failed(status)) return status;
        }
        node = child;
    }
    if (parent_only) return CSC_E_INVALID_ARG;
    *ret = node;
    return CSC_OK;
}

csc_status sim_find(struct sim *sim, const char *path, int follow, struct sim_node **node, struct sim_volume **met)
{
    *node = NULL;
    if (met) *met = NULL;
    return walk(sim, path, 0, follow, 0, node, NULL, met);
}

csc_status sim_find_parent(struct sim *sim, const char *path, struct sim_node **dir, char **name, struct sim_volume **met)
{
    *dir = NULL;
    if (met) *met = NULL;
    return walk(sim, path, 1, 0, 0, dir, name, met);
}
