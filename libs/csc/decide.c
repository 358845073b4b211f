/*
 * What to do with one item
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "decide.h"

#define S(name) OFFLINEFILES_SYNC_STATE_##name

/* One side, in relation to the row. */
enum condition
{
    MISSING,        /* nothing there and nothing expected */
    SPARSE,         /* nothing there, a name without content (cache only) */
    DELETED,        /* nothing there, but it was */
    CREATED,        /* there, and the row knows nothing of it or something of another type */
    SAME,
    UNSURE,
    CHANGED
};

struct side
{
    enum condition condition;
    int is_dir;              /* what is there */
    int exchanged;           /* CREATED, and both sides agreed on something of the other type before */
    int attributes_only;     /* CHANGED, but not the content as far as its size and time tell */
    uint32_t changes;        /* OFFLINEFILES_CHANGES_LOCAL_* */
};

static int row_is_dir(const struct csc_item *item)
{
    return item->type != OFFLINEFILES_ITEM_TYPE_FILE;
}

/* Judges what stands there against the base of the same type. */
static void judge(struct side *side, const struct csc_base *base, uint32_t type, const struct csc_stat *now,
                  const struct csc_quality *quality, enum csc_content proof)
{
    enum csc_difference difference = csc_compare_side(base, type, now, quality->granularity, quality->trusted);
    struct csc_stat content = *now;

    side->condition = difference == CSC_SAME ? SAME : difference == CSC_UNSURE ? UNSURE : CHANGED;
    if (side->condition == UNSURE && proof != CSC_CONTENT_UNKNOWN)
    {
        side->condition = proof == CSC_CONTENT_EQUAL ? SAME : CHANGED;
        if (side->condition == CHANGED) side->changes |= OFFLINEFILES_CHANGES_LOCAL_TIME;     /* written in the same tick */
        return;
    }
    /* the only trace of a change whose author set the time back */
    if (side->condition == UNSURE && quality->trusted && now->ctime != base->ctime)
        side->changes |= OFFLINEFILES_CHANGES_LOCAL_TIME;
    if (side->condition != CHANGED) return;
    if (csc_attributes_differ(now->attributes, base->attributes))
    {
        side->changes |= OFFLINEFILES_CHANGES_LOCAL_ATTRIBUTES;
        content.attributes = base->attributes;
        side->attributes_only = csc_compare_side(base, type, &content, quality->granularity, 0) == CSC_SAME &&
                                (!quality->trusted || now->ino == base->ino);
    }
    if (type != OFFLINEFILES_ITEM_TYPE_FILE) return;
    if (now->size != base->size) side->changes |= OFFLINEFILES_CHANGES_LOCAL_SIZE;
    if (now->mtime != base->mtime) side->changes |= OFFLINEFILES_CHANGES_LOCAL_TIME;
}

static void look_at_local(struct side *side, const struct csc_question *q)
{
    const struct csc_item *item = q->item;

    memset(side, 0, sizeof(*side));
    side->is_dir = q->local.type == CSC_TYPE_DIRECTORY;
    if (q->local.type == CSC_TYPE_NONE)
    {
        if (!item) side->condition = MISSING;
        else if (!(item->flags & CSC_ROW_BASE) || (item->flags & CSC_ROW_SPARSE)) side->condition = SPARSE;
        else side->condition = DELETED;
        return;
    }
    side->condition = CREATED;
    if (!item || !(item->flags & CSC_ROW_BASE)) return;
    if ((side->exchanged = row_is_dir(item) != side->is_dir)) return;
    judge(side, &item->local, item->type, &q->local, &q->local_quality, q->proof[0]);
    /* Content beside a sparse row is what was there before (a removal cut off by a crash), or somebody
     * made it without having seen the origin's. */
    if ((item->flags & CSC_ROW_SPARSE) && side->condition != SAME) side->condition = CREATED;
}

static void look_at_origin(struct side *side, const struct csc_question *q)
{
    const struct csc_item *item = q->item;

    memset(side, 0, sizeof(*side));
    side->is_dir = q->origin.type == CSC_TYPE_DIRECTORY;
    if (q->origin.type == CSC_TYPE_NONE)
    {
        side->condition = item ? DELETED : MISSING;
        return;
    }
    side->condition = CREATED;
    if (!item || !(item->flags & CSC_ROW_BASE)) return;
    if ((side->exchanged = row_is_dir(item) != side->is_dir)) return;
    judge(side, &item->origin, item->type, &q->origin, &q->origin_quality, q->proof[1]);
}

static void decide(struct csc_decision *d, enum csc_action action, uint32_t state)
{
    d->action = action;
    d->state = state;
}

/* A step into the cache or to the origin, when the direction is allowed. */
static void decide_if(struct csc_decision *d, int allowed, enum csc_action action, uint32_t state)
{
    decide(d, allowed ? action : CSC_DO_NOTHING, state);
}

static int moved(const struct side *side)
{
    return side->condition == CHANGED || side->condition == UNSURE || side->exchanged;
}

/* The name of a state in which one side holds a file and the other a directory.  What took the place of
 * something of the other type since the agreement counts as changed. */
static uint32_t mixed_state(const struct side *local, const struct side *origin)
{
    int changed = moved(origin);

    if (!local->is_dir)
    {
        if (local->condition == CREATED) return changed ? S(FileCreatedOnClient_DirChangedOnServer)
                                                        : S(FileCreatedOnClient_DirOnServer);
        return local->condition == SAME ? S(FileOnClient_DirOnServer) : S(FileChangedOnClient_DirChangedOnServer);
    }
    if (local->condition == CREATED) return changed ? S(DirCreatedOnClient_FileChangedOnServer)
                                                    : S(DirCreatedOnClient_FileOnServer);
    return local->condition == SAME ? S(DirOnClient_FileChangedOnServer) : S(DirChangedOnClient_FileChangedOnServer);
}

static int attributes_differ(const struct csc_question *q)
{
    return csc_attributes_differ(q->local.attributes, q->origin.attributes) != 0;
}

/* Attributes of two sides whose content agrees. */
static void decide_attributes(const struct csc_question *q, const struct side *local, const struct side *origin,
                              struct csc_decision *d, uint32_t state)
{
    int in = (q->may & CSC_MAY_IN) != 0, out = (q->may & CSC_MAY_OUT) != 0;
    int local_changed = (local->changes & OFFLINEFILES_CHANGES_LOCAL_ATTRIBUTES) != 0;
    int origin_changed = (origin->changes & OFFLINEFILES_CHANGES_LOCAL_ATTRIBUTES) != 0;

    if (!attributes_differ(q)) decide(d, CSC_DO_ADOPT, state);
    else if (local_changed && origin_changed) decide(d, CSC_DO_CONFLICT, state);
    else if (local_changed) decide_if(d, out, CSC_DO_ATTRIBUTES_ORIGIN, state);
    else decide_if(d, in, CSC_DO_ATTRIBUTES_LOCAL, state);    /* also when nothing is known: the share's count */
}

static void decide_two_dirs(const struct csc_question *q, const struct side *local, const struct side *origin,
                            struct csc_decision *d)
{
    uint32_t state = local->condition == CREATED ? (moved(origin) ? S(DirCreatedOnClient_DirChangedOnServer)
                                                                  : S(DirCreatedOnClient_DirOnServer)) :
                     local->condition == CHANGED ? (moved(origin) ? S(DirChangedOnClient_ChangedOnServer) : S(DirChangedOnClient)) :
                     moved(origin) ? S(DirChangedOnServer) : S(Stable);

    if (local->condition == SAME && origin->condition == SAME && !(q->item->flags & CSC_ROW_SPARSE))
        decide(d, CSC_DO_NOTHING, state);
    else
        decide_attributes(q, local, origin, d, state);
}

/* What is to follow a change that shows in the attributes.  Setting them moved ctime, too: whether the content was
 * changed as well, and its time set back, only a comparison tells. */
static enum csc_action attributes_or(const struct csc_question *q, const struct side *side, enum csc_action attributes,
                                     enum csc_action content)
{
    if (!side->attributes_only || q->content == CSC_CONTENT_DIFFERENT) return content;
    return q->content == CSC_CONTENT_EQUAL ? attributes : CSC_DO_COMPARE;
}

static void decide_two_files(const struct csc_question *q, const struct side *local, const struct side *origin,
                             struct csc_decision *d)
{
    int in = (q->may & CSC_MAY_IN) != 0, out = (q->may & CSC_MAY_OUT) != 0;
    int sparse = q->item && (q->item->flags & CSC_ROW_SPARSE);
    uint32_t state;

    if (local->condition == SAME && origin->condition == SAME)
    {
        decide(d, sparse ? CSC_DO_ADOPT : CSC_DO_NOTHING, S(Stable));
        return;
    }
    if (local->condition == SAME && origin->condition == CHANGED)
    {
        decide_if(d, in, attributes_or(q, origin, CSC_DO_ATTRIBUTES_LOCAL, CSC_DO_DOWNLOAD), S(FileChangedOnServer));
        return;
    }
    if (local->condition == CHANGED && origin->condition == SAME)
    {
        decide_if(d, out, attributes_or(q, local, CSC_DO_ATTRIBUTES_ORIGIN, CSC_DO_UPLOAD), S(FileChangedOnClient));
        return;
    }

    state = local->condition == CREATED ? (moved(origin) ? S(FileCreatedOnClient_FileChangedOnServer)
                                                         : S(FileCreatedOnClient_FileOnServer)) :
            local->condition == SAME ? S(FileChangedOnServer) :
            origin->condition == SAME ? S(FileChangedOnClient) : S(FileChangedOnClient_ChangedOnServer);

    /* of the rest, the content tells */
    if (q->content == CSC_CONTENT_UNKNOWN && q->local.size == q->origin.size)
        decide(d, CSC_DO_COMPARE, state);
    else if (q->content == CSC_CONTENT_EQUAL)
        decide_attributes(q, local, origin, d, state);
    else if (local->condition == SAME)
        decide_if(d, in, CSC_DO_DOWNLOAD, state);
    else if (origin->condition == SAME && local->condition != CREATED)
        decide_if(d, out, CSC_DO_UPLOAD, state);
    else
        decide(d, CSC_DO_CONFLICT, state);
}

static void decide_local_only(const struct csc_question *q, const struct side *local, const struct side *origin,
                              struct csc_decision *d)
{
    int in = (q->may & CSC_MAY_IN) != 0, out = (q->may & CSC_MAY_OUT) != 0;

    if (local->condition == CREATED)
    {
        uint32_t state = origin->condition == DELETED ?
            (local->is_dir ? S(DirCreatedOnClient_DeletedOnServer) : S(FileCreatedOnClient_DeletedOnServer)) :
            (local->is_dir ? S(DirCreatedOnClient_NoServerCopy) : S(FileCreatedOnClient_NoServerCopy));

        decide_if(d, out && (q->may & CSC_MAY_CREATE_OUT), local->is_dir ? CSC_DO_MAKE_ORIGIN : CSC_DO_UPLOAD, state);
    }
    /* a directory's own attributes are not worth keeping what was deleted */
    else if (local->is_dir)
        decide_if(d, in, CSC_DO_DELETE_LOCAL,
                  local->condition == CHANGED ? S(DirChangedOnClient_DeletedOnServer) : S(DirDeletedOnServer));
    else if (local->condition == SAME)
        decide_if(d, in, CSC_DO_DELETE_LOCAL, S(FileDeletedOnServer));
    else
        decide(d, CSC_DO_CONFLICT, S(FileChangedOnClient_DeletedOnServer));
}

static void decide_origin_only(const struct csc_question *q, const struct side *local, const struct side *origin,
                               struct csc_decision *d)
{
    int in = (q->may & CSC_MAY_IN) != 0, out = (q->may & CSC_MAY_OUT) != 0;
    enum csc_action fetch = origin->is_dir ? CSC_DO_MAKE_LOCAL : CSC_DO_DOWNLOAD;

    if (local->condition == MISSING)
    {
        decide_if(d, in && (q->may & CSC_MAY_CACHE_NEW), fetch,
                  origin->is_dir ? S(NoClientCopy_DirOnServer) : S(NoClientCopy_FileOnServer));
        return;
    }
    if (local->condition == SPARSE)
    {
        int fill = in || (q->may & CSC_MAY_FILL);

        if (!row_is_dir(q->item))
        {
            /* the name stands for a directory now: more than filling */
            if (origin->is_dir)
                decide_if(d, in, fetch, moved(origin) ? S(FileSparseOnClient_DirChangedOnServer)
                                                      : S(FileSparseOnClient_DirOnServer));
            else
                decide_if(d, fill, fetch, moved(origin) ? S(FileSparseOnClient_ChangedOnServer) : S(FileSparseOnClient));
        }
        else if (origin->is_dir)
            decide_if(d, fill, fetch, moved(origin) ? S(NoClientCopy_DirChangedOnServer) : S(DirSparseOnClient));
        else
            decide_if(d, in, fetch, moved(origin) ? S(NoClientCopy_FileChangedOnServer) : S(NoClientCopy_FileOnServer));
        return;
    }
    /* deleted in the cache */
    if (row_is_dir(q->item) != origin->is_dir)
        decide(d, CSC_DO_CONFLICT, origin->is_dir ? S(DeletedOnClient_DirChangedOnServer)
                                                  : S(DeletedOnClient_FileChangedOnServer));
    else if (origin->is_dir)
        decide_if(d, out, CSC_DO_DELETE_ORIGIN, S(DeletedOnClient_DirOnServer));
    else if (origin->condition == SAME)
        decide_if(d, out, CSC_DO_DELETE_ORIGIN, S(DeletedOnClient_FileOnServer));
    else
        decide(d, CSC_DO_CONFLICT, S(DeletedOnClient_FileChangedOnServer));
}

/* What KEEPLOCAL does. */
static enum csc_action keep_local(const struct csc_question *q)
{
    int create = (q->may & CSC_MAY_CREATE_OUT) != 0;

    if (!(q->may & CSC_MAY_OUT)) return CSC_DO_CONFLICT;
    if (q->local.type == CSC_TYPE_NONE)
        /* what the cache never held is no part of what was deleted in it (Q40) */
        return q->origin.type == CSC_TYPE_DIRECTORY ? CSC_DO_CONFLICT : CSC_DO_DELETE_ORIGIN;
    if (q->origin.type == CSC_TYPE_NONE) return create ? CSC_DO_UPLOAD : CSC_DO_CONFLICT;
    if (q->local.type != q->origin.type) return CSC_DO_REPLACE_ORIGIN;
    if (q->local.type == CSC_TYPE_DIRECTORY || q->content == CSC_CONTENT_EQUAL) return CSC_DO_ATTRIBUTES_ORIGIN;
    return CSC_DO_UPLOAD;
}

static enum csc_action keep_remote(const struct csc_question *q)
{
    if (!(q->may & CSC_MAY_IN)) return CSC_DO_CONFLICT;
    if (q->origin.type == CSC_TYPE_NONE) return CSC_DO_DELETE_LOCAL;
    if (q->local.type == CSC_TYPE_NONE)
        return q->origin.type == CSC_TYPE_DIRECTORY ? CSC_DO_MAKE_LOCAL : CSC_DO_DOWNLOAD;
    if (q->local.type != q->origin.type) return CSC_DO_REPLACE_LOCAL;
    if (q->origin.type == CSC_TYPE_DIRECTORY || q->content == CSC_CONTENT_EQUAL) return CSC_DO_ATTRIBUTES_LOCAL;
    return CSC_DO_DOWNLOAD;
}

/* The later of two wins.  Nobody knows when something was deleted: what is left is kept [behaviour.md §3.14].  Equal
 * times decide nothing, and a directory's tells nothing about what is in it (Q39). */
static enum csc_action keep_latest(const struct csc_question *q)
{
    if (q->origin.type == CSC_TYPE_NONE) return keep_local(q);
    if (q->local.type == CSC_TYPE_NONE) return keep_remote(q);
    if (q->local.type == CSC_TYPE_DIRECTORY || q->origin.type == CSC_TYPE_DIRECTORY) return CSC_DO_CONFLICT;
    if (q->local.mtime == q->origin.mtime) return CSC_DO_CONFLICT;
    return q->local.mtime > q->origin.mtime ? keep_local(q) : keep_remote(q);
}

int csc_can_keep_both(const struct csc_question *q)
{
    return q->local.type != CSC_TYPE_NONE && q->origin.type != CSC_TYPE_NONE
           && (q->local.type == CSC_TYPE_FILE || q->origin.type == CSC_TYPE_FILE);
}

/* Turns a conflict into what somebody decided for it, where that is possible and allowed. */
static enum csc_action resolve(const struct csc_question *q)
{
    static const uint32_t both = CSC_MAY_IN | CSC_MAY_OUT | CSC_MAY_CREATE_OUT;

    switch (q->resolution)
    {
    case OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLOCAL: return keep_local(q);
    case OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPREMOTE: return keep_remote(q);
    case OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLATEST: return keep_latest(q);
    case OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPALLCHANGES:
        return csc_can_keep_both(q) && (q->may & both) == both ? CSC_DO_KEEP_BOTH : CSC_DO_CONFLICT;
    default: return CSC_DO_CONFLICT;
    }
}

/* A copy that is in the cache is kept up to date all the same: an old one would become a conflict.  One that was deleted
 * there, in favour of the origin's, is forgotten, or it would count as deleted for ever. */
static void leave_out(const struct csc_question *q, struct csc_decision *d)
{
    if (d->action != CSC_DO_DOWNLOAD || q->local.type != CSC_TYPE_NONE) return;
    d->left_out = 1;
    d->action = d->conflict || (q->item && row_is_dir(q->item)) ? CSC_DO_FORGET : CSC_DO_NOTHING;
}

static uint32_t operation_of(const struct csc_question *q, enum csc_action action)
{
    switch (action)
    {
    case CSC_DO_DOWNLOAD:
        return q->local.type == CSC_TYPE_NONE ? OFFLINEFILES_SYNC_OPERATION_CREATE_COPY_ON_CLIENT
                                              : OFFLINEFILES_SYNC_OPERATION_SYNC_TO_CLIENT;
    case CSC_DO_UPLOAD:
        return q->origin.type == CSC_TYPE_NONE ? OFFLINEFILES_SYNC_OPERATION_CREATE_COPY_ON_SERVER
                                               : OFFLINEFILES_SYNC_OPERATION_SYNC_TO_SERVER;
    case CSC_DO_MAKE_LOCAL: return OFFLINEFILES_SYNC_OPERATION_CREATE_COPY_ON_CLIENT;
    case CSC_DO_MAKE_ORIGIN: return OFFLINEFILES_SYNC_OPERATION_CREATE_COPY_ON_SERVER;
    case CSC_DO_ATTRIBUTES_LOCAL:
    case CSC_DO_REPLACE_LOCAL: return OFFLINEFILES_SYNC_OPERATION_SYNC_TO_CLIENT;
    case CSC_DO_ATTRIBUTES_ORIGIN:
    case CSC_DO_REPLACE_ORIGIN:
    case CSC_DO_KEEP_BOTH: return OFFLINEFILES_SYNC_OPERATION_SYNC_TO_SERVER;
    case CSC_DO_DELETE_LOCAL:
    case CSC_DO_FORGET:
    case CSC_DO_DROP_ROW: return OFFLINEFILES_SYNC_OPERATION_DELETE_CLIENT_COPY;
    case CSC_DO_DELETE_ORIGIN: return OFFLINEFILES_SYNC_OPERATION_DELETE_SERVER_COPY;
    default: return OFFLINEFILES_SYNC_OPERATION_PREPARE;
    }
}

/* The bits that the wording of a state speaks of. [behaviour.md §3.15] */
static uint32_t known_sides(uint32_t state)
{
    switch (state)
    {
    case S(FileSparseOnClient): case S(FileChangedOnClient): case S(DirSparseOnClient): case S(DirChangedOnClient):
        return OFFLINEFILES_SYNC_STATE_LOCAL_KNOWN;
    case S(FileChangedOnServer): case S(FileDeletedOnServer): case S(DirChangedOnServer): case S(DirDeletedOnServer):
        return OFFLINEFILES_SYNC_STATE_REMOTE_KNOWN;
    default:
        return OFFLINEFILES_SYNC_STATE_LOCAL_KNOWN | OFFLINEFILES_SYNC_STATE_REMOTE_KNOWN;
    }
}

void csc_decide(const struct csc_question *q, struct csc_decision *d)
{
    struct side local, origin;
    int has_local = q->local.type != CSC_TYPE_NONE, has_origin = q->origin.type != CSC_TYPE_NONE;

    memset(d, 0, sizeof(*d));
    look_at_local(&local, q);
    look_at_origin(&origin, q);
    d->changes = local.changes | origin.changes << 3;

    if (!has_local && !has_origin)
    {
        if (local.condition == SPARSE)
            decide_if(d, (q->may & CSC_MAY_IN) != 0, CSC_DO_DROP_ROW,
                      row_is_dir(q->item) ? S(DirDeletedOnServer) : S(FileSparseOnClient_DeletedOnServer));
        else decide(d, q->item ? CSC_DO_DROP_ROW : CSC_DO_NOTHING, S(Stable));     /* gone from both, as agreed */
    }
    else if (!has_origin) decide_local_only(q, &local, &origin, d);
    else if (!has_local) decide_origin_only(q, &local, &origin, d);
    else if (local.is_dir != origin.is_dir) decide(d, CSC_DO_CONFLICT, mixed_state(&local, &origin));
    else if (local.is_dir) decide_two_dirs(q, &local, &origin, d);
    else decide_two_files(q, &local, &origin, d);

    if (d->action == CSC_DO_CONFLICT)
    {
        d->conflict = 1;
        d->action = resolve(q);
        /* filling only looks at what is sparse */
        if (d->action == CSC_DO_CONFLICT && !(q->may & (CSC_MAY_IN | CSC_MAY_OUT))) d->action = CSC_DO_NOTHING;
    }
    if (q->excluded) leave_out(q, d);
    d->known = known_sides(d->state);
    d->operation = operation_of(q, d->action);
}

int csc_same_state(const struct csc_stat *expected, const struct csc_stat *seen, const struct csc_quality *quality)
{
    if (expected->type != seen->type) return 0;
    if (expected->type != CSC_TYPE_FILE) return 1;
    if (expected->size != seen->size || expected->mtime != seen->mtime) return 0;
    if (csc_attributes_differ(expected->attributes, seen->attributes)) return 0;
    return !quality->trusted || expected->ino == seen->ino;
}

void csc_base_record(struct csc_base *base, const struct csc_stat *stat, int64_t recorded)
{
    base->size = stat->size;
    base->ino = stat->ino;
    base->mtime = stat->mtime;
    base->ctime = stat->ctime;
    if (stat->attributes & CSC_ATTR_UNSEEN)
        base->attributes = (stat->attributes & ~(CSC_ATTR_UNSEEN | CSC_ATTR_HIDDEN | CSC_ATTR_SYSTEM)) |
                           (base->attributes & (CSC_ATTR_HIDDEN | CSC_ATTR_SYSTEM));
    else base->attributes = stat->attributes;
    base->recorded = recorded;
    base->btime = stat->btime;
    base->atime = stat->atime;
}
