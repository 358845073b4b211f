/*
 * The table of decisions: every combination of cache, origin and row
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "decide_fixture.h"

struct expectation
{
    enum row row;
    enum now local, origin;
    enum csc_action action;          /* with everything allowed */
    uint32_t state;
};

/* "Same" and "changed" mean nothing where the row knows nothing: those lines stand for all of them, see below. */
static const struct expectation table[] =
{
    /* no row */
    { NO_ROW, NONE, NONE, CSC_DO_NOTHING, S(Stable) },
    { NO_ROW, NONE, F_SAME, CSC_DO_DOWNLOAD, S(NoClientCopy_FileOnServer) },
    { NO_ROW, NONE, D_SAME, CSC_DO_MAKE_LOCAL, S(NoClientCopy_DirOnServer) },
    { NO_ROW, F_SAME, NONE, CSC_DO_UPLOAD, S(FileCreatedOnClient_NoServerCopy) },
    { NO_ROW, D_SAME, NONE, CSC_DO_MAKE_ORIGIN, S(DirCreatedOnClient_NoServerCopy) },
    { NO_ROW, F_SAME, F_SAME, CSC_DO_COMPARE, S(FileCreatedOnClient_FileOnServer) },
    { NO_ROW, F_CHANGED, F_SAME, CSC_DO_CONFLICT, S(FileCreatedOnClient_FileOnServer) },        /* other size */
    { NO_ROW, F_SAME, D_SAME, CSC_DO_CONFLICT, S(FileCreatedOnClient_DirOnServer) },
    { NO_ROW, D_SAME, F_SAME, CSC_DO_CONFLICT, S(DirCreatedOnClient_FileOnServer) },
    { NO_ROW, D_SAME, D_SAME, CSC_DO_ADOPT, S(DirCreatedOnClient_DirOnServer) },
    { NO_ROW, D_SAME, D_CHANGED, CSC_DO_ATTRIBUTES_LOCAL, S(DirCreatedOnClient_DirOnServer) },

    /* a name only */
    { NAME_F, NONE, NONE, CSC_DO_DROP_ROW, S(FileSparseOnClient_DeletedOnServer) },
    { NAME_F, NONE, F_SAME, CSC_DO_DOWNLOAD, S(FileSparseOnClient) },
    { NAME_F, NONE, D_SAME, CSC_DO_MAKE_LOCAL, S(FileSparseOnClient_DirOnServer) },
    { NAME_F, F_SAME, NONE, CSC_DO_UPLOAD, S(FileCreatedOnClient_DeletedOnServer) },
    { NAME_F, F_SAME, F_SAME, CSC_DO_COMPARE, S(FileCreatedOnClient_FileOnServer) },
    { NAME_F, F_CHANGED, F_SAME, CSC_DO_CONFLICT, S(FileCreatedOnClient_FileOnServer) },
    { NAME_D, NONE, NONE, CSC_DO_DROP_ROW, S(DirDeletedOnServer) },
    { NAME_D, NONE, D_SAME, CSC_DO_MAKE_LOCAL, S(DirSparseOnClient) },
    { NAME_D, NONE, F_SAME, CSC_DO_DOWNLOAD, S(NoClientCopy_FileOnServer) },
    { NAME_D, D_SAME, NONE, CSC_DO_MAKE_ORIGIN, S(DirCreatedOnClient_DeletedOnServer) },
    { NAME_D, D_SAME, D_SAME, CSC_DO_ADOPT, S(DirCreatedOnClient_DirOnServer) },

    /* content that was dropped */
    { SPARSE_F, NONE, NONE, CSC_DO_DROP_ROW, S(FileSparseOnClient_DeletedOnServer) },
    { SPARSE_F, NONE, F_SAME, CSC_DO_DOWNLOAD, S(FileSparseOnClient) },
    { SPARSE_F, NONE, F_CHANGED, CSC_DO_DOWNLOAD, S(FileSparseOnClient_ChangedOnServer) },
    { SPARSE_F, NONE, D_SAME, CSC_DO_MAKE_LOCAL, S(FileSparseOnClient_DirChangedOnServer) },
    { SPARSE_F, F_SAME, F_SAME, CSC_DO_ADOPT, S(Stable) },
    { SPARSE_F, F_CHANGED, F_SAME, CSC_DO_CONFLICT, S(FileCreatedOnClient_FileOnServer) },
    { SPARSE_F, F_CHANGED, F_CHANGED, CSC_DO_CONFLICT, S(FileCreatedOnClient_FileChangedOnServer) },
    { SPARSE_F, F_CHANGED, NONE, CSC_DO_UPLOAD, S(FileCreatedOnClient_DeletedOnServer) },
    { SPARSE_F, F_SAME, NONE, CSC_DO_DELETE_LOCAL, S(FileDeletedOnServer) },
    { SPARSE_D, NONE, D_SAME, CSC_DO_MAKE_LOCAL, S(DirSparseOnClient) },
    { SPARSE_D, D_SAME, D_SAME, CSC_DO_ADOPT, S(Stable) },
    { SPARSE_D, NONE, NONE, CSC_DO_DROP_ROW, S(DirDeletedOnServer) },
    { SPARSE_D, NONE, F_SAME, CSC_DO_DOWNLOAD, S(NoClientCopy_FileChangedOnServer) },

    /* files that were in sync */
    { BASE_F, F_SAME, F_SAME, CSC_DO_NOTHING, S(Stable) },
    { BASE_F, F_CHANGED, F_SAME, CSC_DO_UPLOAD, S(FileChangedOnClient) },
    { BASE_F, F_SAME, F_CHANGED, CSC_DO_DOWNLOAD, S(FileChangedOnServer) },
    { BASE_F, F_CHANGED, F_CHANGED, CSC_DO_CONFLICT, S(FileChangedOnClient_ChangedOnServer) },
    { BASE_F, F_UNSURE, F_SAME, CSC_DO_COMPARE, S(FileChangedOnClient) },
    { BASE_F, F_SAME, F_UNSURE, CSC_DO_COMPARE, S(FileChangedOnServer) },
    { BASE_F, F_UNSURE, F_UNSURE, CSC_DO_COMPARE, S(FileChangedOnClient_ChangedOnServer) },
    { BASE_F, F_UNSURE, F_CHANGED, CSC_DO_CONFLICT, S(FileChangedOnClient_ChangedOnServer) },   /* sizes differ */
    { BASE_F, F_CHANGED, F_UNSURE, CSC_DO_CONFLICT, S(FileChangedOnClient_ChangedOnServer) },
    { BASE_F, NONE, NONE, CSC_DO_DROP_ROW, S(Stable) },
    { BASE_F, NONE, F_SAME, CSC_DO_DELETE_ORIGIN, S(DeletedOnClient_FileOnServer) },
    { BASE_F, NONE, F_CHANGED, CSC_DO_CONFLICT, S(DeletedOnClient_FileChangedOnServer) },
    { BASE_F, NONE, F_UNSURE, CSC_DO_CONFLICT, S(DeletedOnClient_FileChangedOnServer) },
    { BASE_F, F_SAME, NONE, CSC_DO_DELETE_LOCAL, S(FileDeletedOnServer) },
    { BASE_F, F_CHANGED, NONE, CSC_DO_CONFLICT, S(FileChangedOnClient_DeletedOnServer) },
    { BASE_F, F_UNSURE, NONE, CSC_DO_CONFLICT, S(FileChangedOnClient_DeletedOnServer) },
    { BASE_F, F_SAME, D_SAME, CSC_DO_CONFLICT, S(FileOnClient_DirOnServer) },
    { BASE_F, F_CHANGED, D_SAME, CSC_DO_CONFLICT, S(FileChangedOnClient_DirChangedOnServer) },
    { BASE_F, NONE, D_SAME, CSC_DO_CONFLICT, S(DeletedOnClient_DirChangedOnServer) },
    { BASE_F, D_SAME, NONE, CSC_DO_MAKE_ORIGIN, S(DirCreatedOnClient_DeletedOnServer) },
    { BASE_F, D_SAME, F_SAME, CSC_DO_CONFLICT, S(DirCreatedOnClient_FileOnServer) },
    { BASE_F, D_SAME, F_CHANGED, CSC_DO_CONFLICT, S(DirCreatedOnClient_FileChangedOnServer) },
    { BASE_F, D_SAME, D_SAME, CSC_DO_ADOPT, S(DirCreatedOnClient_DirChangedOnServer) },

    /* directories that were */
    { BASE_D, D_SAME, D_SAME, CSC_DO_NOTHING, S(Stable) },
    { BASE_D, D_CHANGED, D_SAME, CSC_DO_ATTRIBUTES_ORIGIN, S(DirChangedOnClient) },
    { BASE_D, D_SAME, D_CHANGED, CSC_DO_ATTRIBUTES_LOCAL, S(DirChangedOnServer) },
    { BASE_D, D_CHANGED, D_CHANGED, CSC_DO_ADOPT, S(DirChangedOnClient_ChangedOnServer) },
    { BASE_D, NONE, NONE, CSC_DO_DROP_ROW, S(Stable) },
    { BASE_D, NONE, D_SAME, CSC_DO_DELETE_ORIGIN, S(DeletedOnClient_DirOnServer) },
    { BASE_D, NONE, D_CHANGED, CSC_DO_DELETE_ORIGIN, S(DeletedOnClient_DirOnServer) },
    { BASE_D, D_SAME, NONE, CSC_DO_DELETE_LOCAL, S(DirDeletedOnServer) },
    { BASE_D, D_CHANGED, NONE, CSC_DO_DELETE_LOCAL, S(DirChangedOnClient_DeletedOnServer) },
    { BASE_D, NONE, F_SAME, CSC_DO_CONFLICT, S(DeletedOnClient_FileChangedOnServer) },
    { BASE_D, D_SAME, F_SAME, CSC_DO_CONFLICT, S(DirOnClient_FileChangedOnServer) },
    { BASE_D, D_CHANGED, F_SAME, CSC_DO_CONFLICT, S(DirChangedOnClient_FileChangedOnServer) },
    { BASE_D, F_SAME, D_SAME, CSC_DO_CONFLICT, S(FileCreatedOnClient_DirOnServer) },
    { BASE_D, F_SAME, D_CHANGED, CSC_DO_CONFLICT, S(FileCreatedOnClient_DirChangedOnServer) },
    { BASE_D, F_SAME, NONE, CSC_DO_UPLOAD, S(FileCreatedOnClient_DeletedOnServer) },
    { BASE_D, F_SAME, F_SAME, CSC_DO_COMPARE, S(FileCreatedOnClient_FileChangedOnServer) },
};

static void test_table(void)
{
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
    {
        const struct expectation *e = &table[i];
        struct csc_decision d;
        struct csc_item item;
        struct csc_question q = make_question(&item, e->row, e->local, e->origin);

        csc_decide(&q, &d);
        if (d.action != e->action || d.state != e->state)
            FAIL("%s, cache %s, origin %s: action %d state %u, expected action %d state %u", row_names[e->row],
                 now_names[e->local], now_names[e->origin], d.action, (unsigned)d.state, e->action, (unsigned)e->state);
        CHECK_INT(d.conflict, e->action == CSC_DO_CONFLICT);
    }
}

static int changes_local(enum csc_action action)
{
    return action == CSC_DO_DOWNLOAD || action == CSC_DO_MAKE_LOCAL || action == CSC_DO_ATTRIBUTES_LOCAL
           || action == CSC_DO_DELETE_LOCAL || action == CSC_DO_REPLACE_LOCAL || action == CSC_DO_KEEP_BOTH;
}

static int changes_origin(enum csc_action action)
{
    return action == CSC_DO_UPLOAD || action == CSC_DO_MAKE_ORIGIN || action == CSC_DO_ATTRIBUTES_ORIGIN
           || action == CSC_DO_DELETE_ORIGIN || action == CSC_DO_REPLACE_ORIGIN || action == CSC_DO_KEEP_BOTH;
}

/* All combinations, with variables of these names and a list of what may be done. */
#define FOR_ALL_QUESTIONS \
    for (row = 0; row < ROW_COUNT; row++) \
    for (local = 0; local < NOW_COUNT; local++) \
    for (origin = 0; origin < NOW_COUNT; origin++) \
    for (content = 0; content < 3; content++) \
    for (resolution = 0; resolution < OFFLINEFILES_SYNC_CONFLICT_RESOLVE_NUMCODES; resolution++) \
    for (m = 0; m < sizeof(mays) / sizeof(mays[0]); m++)

/* What must hold of all combinations, whatever the table says. */
static void test_invariants(void)
{
    static const uint32_t mays[] = { CSC_MAY_FILL, CSC_MAY_FILL | CSC_MAY_IN, CSC_MAY_OUT, CSC_MAY_OUT | CSC_MAY_CREATE_OUT,
                                     CSC_MAY_FILL | CSC_MAY_IN | CSC_MAY_OUT | CSC_MAY_CREATE_OUT | CSC_MAY_CACHE_NEW };
    int row, local, origin, content, resolution;
    unsigned count = 0;
    size_t m;

    FOR_ALL_QUESTIONS
    {
        struct csc_item item;
        struct csc_question q = make_question(&item, row, local, origin);
        struct csc_decision d;
        int bad = 0;

        q.content = content;
        q.may = mays[m];
        q.resolution = resolution;
        csc_decide(&q, &d);
        count++;

        /* nothing goes where it may not */
        if (changes_origin(d.action) && !(q.may & CSC_MAY_OUT)) bad = 1;
        if (changes_local(d.action) && !(q.may & CSC_MAY_IN) && !(q.may & CSC_MAY_FILL)) bad = 2;
        /* filling brings only what is missing in the cache */
        if (changes_local(d.action) && !(q.may & CSC_MAY_IN) && local != NONE) bad = 3;
        /* what there is to take from must be there */
        if ((d.action == CSC_DO_DOWNLOAD || d.action == CSC_DO_MAKE_LOCAL || d.action == CSC_DO_DELETE_ORIGIN)
            && origin == NONE) bad = 4;
        if ((d.action == CSC_DO_UPLOAD || d.action == CSC_DO_MAKE_ORIGIN || d.action == CSC_DO_DELETE_LOCAL)
            && local == NONE) bad = 5;
        if (d.action == CSC_DO_ADOPT && (local == NONE || origin == NONE)) bad = 6;
        if (d.action == CSC_DO_DROP_ROW && (!q.item || local != NONE)) bad = 7;
        /* nothing that is not known to be recorded goes, unless somebody decided it */
        if (!d.conflict)
        {
            if (d.action == CSC_DO_DOWNLOAD && local != NONE && !(row == BASE_F || row == SPARSE_F)) bad = 8;
            if (d.action == CSC_DO_DOWNLOAD && (local == F_CHANGED || local == F_UNSURE)) bad = 9;
            if (d.action == CSC_DO_UPLOAD && origin != NONE && row != BASE_F) bad = 10;
            if (d.action == CSC_DO_UPLOAD && (origin == F_CHANGED || origin == F_UNSURE)) bad = 11;
            if (d.action == CSC_DO_DELETE_LOCAL && local != F_SAME && local != D_SAME && local != D_CHANGED) bad = 12;
            if (d.action == CSC_DO_DELETE_LOCAL && row != BASE_F && row != BASE_D && row != SPARSE_F && row != SPARSE_D) bad = 13;
            if (d.action == CSC_DO_DELETE_ORIGIN && origin != F_SAME && origin != D_SAME && origin != D_CHANGED) bad = 14;
            if (d.action == CSC_DO_DELETE_ORIGIN && row != BASE_F && row != BASE_D) bad = 15;
        }
        /* a missing sparse file is no deletion, decided or not */
        if (d.action == CSC_DO_DELETE_ORIGIN && item.flags & CSC_ROW_SPARSE) bad = 16;
        /* a file never takes the place of a directory, nor the other way round */
        if ((d.action == CSC_DO_DOWNLOAD || d.action == CSC_DO_UPLOAD) && local != NONE && origin != NONE
            && (q.local.type != CSC_TYPE_FILE || q.origin.type != CSC_TYPE_FILE)) bad = 17;
        /* equal content is never a conflict, attributes aside */
        if (d.action == CSC_DO_CONFLICT && content == CSC_CONTENT_EQUAL && q.local.type == CSC_TYPE_FILE
            && q.origin.type == CSC_TYPE_FILE && q.local.size == q.origin.size
            && q.local.attributes == q.origin.attributes) bad = 18;
        /* an answer leads to something, in the end */
        if (d.action == CSC_DO_COMPARE && (content != CSC_CONTENT_UNKNOWN || q.local.type != CSC_TYPE_FILE
                                           || q.origin.type != CSC_TYPE_FILE)) bad = 19;
        /* what needs a decision was decided */
        if ((d.action == CSC_DO_REPLACE_LOCAL || d.action == CSC_DO_REPLACE_ORIGIN || d.action == CSC_DO_KEEP_BOTH)
            && (!d.conflict || local == NONE || origin == NONE)) bad = 21;
        if (d.action == CSC_DO_KEEP_BOTH && resolution != OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPALLCHANGES) bad = 22;
        /* nothing is made on the origin without leave */
        if ((d.action == CSC_DO_UPLOAD || d.action == CSC_DO_MAKE_ORIGIN) && origin == NONE
            && !(q.may & CSC_MAY_CREATE_OUT)) bad = 23;
        /* what is sparse is forgotten only when changes of the share come in */
        if (d.action == CSC_DO_DROP_ROW && item.flags & CSC_ROW_SPARSE && !(q.may & CSC_MAY_IN)) bad = 24;
        if (d.state >= OFFLINEFILES_SYNC_STATE_NUMSTATES || !d.known) bad = 20;
        if (bad)
        {
            FAIL("rule %d: %s, cache %s, origin %s, content %d, resolution %d, may %x: action %d", bad, row_names[row],
                 now_names[local], now_names[origin], content, resolution, (unsigned)q.may, d.action);
            return;
        }
    }
    CHECK_INT(count, ROW_COUNT * NOW_COUNT * NOW_COUNT * 3 * 8 * 5);
}

/* A list changes one thing only: what is not in the cache does not come, and goes nowhere either. */
static void test_excluded(void)
{
    static const uint32_t mays[] = { CSC_MAY_FILL, CSC_MAY_FILL | CSC_MAY_IN, CSC_MAY_OUT,
                                     CSC_MAY_FILL | CSC_MAY_IN | CSC_MAY_OUT | CSC_MAY_CREATE_OUT | CSC_MAY_CACHE_NEW };
    int row, local, origin, content, resolution;
    unsigned left_out = 0, forgotten = 0;
    size_t m;

    FOR_ALL_QUESTIONS
    {
        struct csc_item item;
        struct csc_question q = make_question(&item, row, local, origin);
        struct csc_decision plain, d;
        int bad = 0;

        q.content = content;
        q.may = mays[m];
        q.resolution = resolution;
        csc_decide(&q, &plain);
        q.excluded = 1;
        csc_decide(&q, &d);
        left_out += d.left_out;
        forgotten += d.action == CSC_DO_FORGET;

        if (plain.left_out || plain.action == CSC_DO_FORGET) bad = 1;
        if (d.left_out != (plain.action == CSC_DO_DOWNLOAD && local == NONE)) bad = 2;
        if (!d.left_out && d.action != plain.action) bad = 3;
        if (d.left_out && d.action != CSC_DO_NOTHING && d.action != CSC_DO_FORGET) bad = 4;
        /* a row is forgotten only where it stood for something else, or somebody decided for the origin */
        if (d.action == CSC_DO_FORGET && (!q.item || (!d.conflict && item.type == OFFLINEFILES_ITEM_TYPE_FILE))) bad = 5;
        if (d.state != plain.state || d.conflict != plain.conflict || d.changes != plain.changes) bad = 6;
        if (bad)
        {
            FAIL("rule %d: %s, cache %s, origin %s, content %d, resolution %d, may %x: action %d instead of %d", bad,
                 row_names[row], now_names[local], now_names[origin], content, resolution, (unsigned)q.may, d.action,
                 plain.action);
            return;
        }
    }
    CHECK(left_out > forgotten && forgotten);
}

/* Comparing settles it. */
static void test_content(void)
{
    struct csc_decision d;
    struct csc_item item;
    struct csc_question q;

    q = make_question(&item, BASE_F, F_UNSURE, F_SAME);
    q.content = CSC_CONTENT_EQUAL;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_ADOPT);
    q.content = CSC_CONTENT_DIFFERENT;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_UPLOAD);

    q = make_question(&item, BASE_F, F_SAME, F_UNSURE);
    q.content = CSC_CONTENT_DIFFERENT;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_DOWNLOAD);

    q = make_question(&item, BASE_F, F_UNSURE, F_UNSURE);
    q.content = CSC_CONTENT_DIFFERENT;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_CONFLICT);

    q = make_question(&item, NO_ROW, F_SAME, F_SAME);
    q.content = CSC_CONTENT_EQUAL;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_ADOPT);
    q.content = CSC_CONTENT_DIFFERENT;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_CONFLICT);
}

static void test_attributes(void)
{
    struct csc_decision d;
    struct csc_item item;
    struct csc_question q;

    q = make_question(&item, BASE_F, F_SAME, F_SAME);
    q.local.attributes |= CSC_ATTR_READONLY;
    q.local.ctime++;                        /* as chmod leaves it */
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_COMPARE);    /* the content may have been changed before, and its time set back */
    q.content = CSC_CONTENT_DIFFERENT;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_UPLOAD);
    q.content = CSC_CONTENT_EQUAL;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_ATTRIBUTES_ORIGIN);
    CHECK_INT(d.changes, OFFLINEFILES_CHANGES_LOCAL_ATTRIBUTES);
    CHECK_INT(d.operation, OFFLINEFILES_SYNC_OPERATION_SYNC_TO_SERVER);

    /* with another file in its place the content counts, too */
    q.local.ino++;
    q.content = CSC_CONTENT_UNKNOWN;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_UPLOAD);

    q = make_question(&item, BASE_F, F_SAME, F_SAME);
    q.origin.attributes |= CSC_ATTR_READONLY;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_COMPARE);
    q.content = CSC_CONTENT_EQUAL;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_ATTRIBUTES_LOCAL);

    q = make_question(&item, BASE_F, F_SAME, F_CHANGED);
    q.local.attributes |= CSC_ATTR_READONLY;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_CONFLICT);
}

static void test_resolutions(void)
{
    struct csc_decision d;
    struct csc_item item;
    struct csc_question q = make_question(&item, BASE_F, F_CHANGED, F_CHANGED);

    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLOCAL;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_UPLOAD);
    CHECK_INT(d.conflict, 1);
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPREMOTE;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_DOWNLOAD);
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLATEST;
    q.local.mtime = q.origin.mtime + 1;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_UPLOAD);
    q.local.mtime = q.origin.mtime - 1;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_DOWNLOAD);
    q.local.mtime = q.origin.mtime;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_CONFLICT);       /* Q39 */

    /* one way only: an answer for the other way leaves the conflict */
    q.may = CSC_MAY_IN | CSC_MAY_FILL;
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLOCAL;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_CONFLICT);

    q = make_question(&item, BASE_F, NONE, F_CHANGED);
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLOCAL;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_DELETE_ORIGIN);
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPREMOTE;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_DOWNLOAD);
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLATEST;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_DOWNLOAD);

    q = make_question(&item, BASE_F, F_CHANGED, NONE);
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLATEST;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_UPLOAD);         /* restored to the server */
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPREMOTE;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_DELETE_LOCAL);

    /* a file against a directory */
    q = make_question(&item, BASE_F, F_SAME, D_SAME);
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPREMOTE;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_REPLACE_LOCAL);
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLOCAL;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_REPLACE_ORIGIN);
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLATEST;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_CONFLICT);       /* Q39 */
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPALLCHANGES;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_KEEP_BOTH);

    /* NONEWFILESOUT keeps what is only in the cache from the server, whoever decides */
    q.may &= ~CSC_MAY_CREATE_OUT;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_CONFLICT);
    q = make_question(&item, BASE_F, F_CHANGED, NONE);
    q.may &= ~CSC_MAY_CREATE_OUT;
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLOCAL;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_CONFLICT);

    /* what the cache never held is not deleted for it (Q40) */
    q = make_question(&item, BASE_F, NONE, D_SAME);
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLOCAL;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_CONFLICT);
    q = make_question(&item, BASE_D, NONE, F_SAME);
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_CONFLICT);
    q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPLOCAL;
    csc_decide(&q, &d);
    CHECK_INT(d.action, CSC_DO_DELETE_ORIGIN);
}

static void test_same_state(void)
{
    struct csc_quality trusted = { 10, 1 }, coarse = { 10, 0 };
    struct csc_stat a = make_stat(F_SAME, 0), b = a;

    CHECK(csc_same_state(&a, &b, &trusted));
    b.ctime++;
    CHECK(csc_same_state(&a, &b, &trusted));
    b.ino++;
    CHECK(!csc_same_state(&a, &b, &trusted));
    CHECK(csc_same_state(&a, &b, &coarse));
    b = a;
    b.mtime++;
    CHECK(!csc_same_state(&a, &b, &coarse));
    b = a;
    b.size++;
    CHECK(!csc_same_state(&a, &b, &coarse));
    b = make_stat(NONE, 0);
    CHECK(!csc_same_state(&a, &b, &coarse));
}

int main(void)
{
    RUN(test_table);
    RUN(test_invariants);
    RUN(test_excluded);
    RUN(test_content);
    RUN(test_attributes);
    RUN(test_resolutions);
    RUN(test_same_state);
    return test_report();
}
