/*
 * What the planner of each kind of operation does
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "adminpin.h"
#include "link_target.h"
#include "plan.h"
#include "scope.h"
#include "sync.h"

void csc_op_settle_down(struct csc_op *op)
{
    csc_work_drain(op);
    csc_op_drop_works(op);
    pthread_mutex_lock(&op->lock);
    while (op->running) pthread_cond_wait(&op->wake, &op->lock);
    pthread_mutex_unlock(&op->lock);
}

/* The path as the client gave it, in one form. */
static char *path_text(const struct csc_path *path)
{
    size_t length = 2 + strlen(path->server) + 1, i;
    char *text;

    if (path->share) length += 1 + strlen(path->share);
    for (i = 0; i < path->count; i++) length += 1 + strlen(path->components[i]);
    if (!(text = malloc(length))) return NULL;
    strcpy(text, "\\\\");
    strcat(text, path->server);
    if (path->share)
    {
        strcat(text, "\\");
        strcat(text, path->share);
    }
    for (i = 0; i < path->count; i++)
    {
        strcat(text, "\\");
        strcat(text, path->components[i]);
    }
    return text;
}

/* The path as a whole failed. */
static csc_status report_path(struct csc_op *op, const struct csc_path *path, csc_status why)
{
    char *text = path_text(path);
    csc_status status;

    if (!text) return CSC_E_OUT_OF_MEMORY;
    pthread_mutex_lock(&op->lock);
    op->named_file = 1;
    pthread_mutex_unlock(&op->lock);
    status = csc_op_report(op, text, OFFLINEFILES_SYNC_OPERATION_PREPARE, why, 1);
    free(text);
    return status;
}

static csc_status run_in_scope(struct csc_op *op, struct csc_scope *scope, const struct csc_path *path)
{
    csc_status status;

    if (csc_failed(status = csc_op_own_scope(op, scope))) return status;
    switch (op->kind)
    {
    case CSC_OP_SYNC: status = csc_sync_path(op, scope, path); break;
    case CSC_OP_PIN: status = csc_pin_path(op, scope, path); break;
    case CSC_OP_UNPIN: status = csc_unpin_path(op, scope, path); break;
    case CSC_OP_DELETE: status = csc_delete_path(op, scope, path); break;
    case CSC_OP_ONLINE:
        status = op->automatic == CSC_AUTO_SLOW ? csc_slow_run(op, scope) : csc_online_run(op, scope);
        break;
    default: status = CSC_E_INVALID_ARG; break;
    }
    csc_op_settle_down(op);
    csc_op_disown_scope(op, scope);
    return status;
}

static csc_status plan_path(struct csc_op *op, const struct csc_path *path)
{
    struct csc_scope *one = NULL, **scopes = &one;
    csc_status status = CSC_OK, failed;
    size_t count = 1, i;

    if (op->kind == CSC_OP_DELETE_NOTHING) return report_path(op, path, CSC_E_NOT_FOUND);
    if (op->reasons && (status = csc_admin_pin_begin(op, path))) return csc_failed(status) ? status : CSC_OK;
    if (!path->share) status = csc_scopes_of_server(op->engine, path->server, &scopes, &count);
    else if (op->kind == CSC_OP_PIN) status = csc_scope_find_or_adopt(op->engine, path, &one);
    else status = csc_scope_find(op->engine, path, &one);
    if (!csc_failed(status) && !count) status = CSC_E_BAD_NETPATH;
    if (csc_failed(status)) count = 0;

    for (i = 0; i < count; i++)
    {
        if (!csc_failed(status) && csc_failed(failed = run_in_scope(op, scopes[i], path)))
        {
            if (csc_op_stopping(op)) status = failed;
            else if (path->share) status = failed;
            else status = report_path(op, path, failed);
        }
        csc_scope_release(scopes[i]);
    }
    if (scopes != &one) free(scopes);
    if (op->reasons) csc_admin_pin_done(op, path, csc_op_stopping(op) ? CSC_E_CANCELLED : status);
    if (csc_op_stopping(op)) return csc_op_stop_status(op);
    /* what left the lists and the cache is gone as wanted */
    if (op->reasons && op->kind == CSC_OP_UNPIN && (status == CSC_E_NOT_FOUND || status == CSC_E_BAD_NETPATH)) return CSC_OK;
    /* what went wrong is told of the path; only a lack of memory or a broken store ends everything */
    if (!csc_failed(status) || status == CSC_E_OUT_OF_MEMORY || status == CSC_E_CORRUPT) return status;
    return report_path(op, path, status);
}

csc_status csc_plan(struct csc_op *op)
{
    csc_status status = CSC_OK;
    size_t i;

    if (op->kind == CSC_OP_ENCRYPT) return csc_encrypt(op->engine, op->deep);
    for (i = 0; i < op->count && !csc_failed(status); i++) status = plan_path(op, &op->paths[i]);
    return csc_failed(status) ? status : csc_links_pin(op);
}
