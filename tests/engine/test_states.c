/*
 * Every value of OFFLINEFILES_SYNC_STATE: when it arises, what is known and done then, or why it cannot arise
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "decide_fixture.h"

#define L OFFLINEFILES_SYNC_STATE_LOCAL_KNOWN
#define R OFFLINEFILES_SYNC_STATE_REMOTE_KNOWN
#define L_TIME OFFLINEFILES_CHANGES_LOCAL_TIME
#define L_SIZE OFFLINEFILES_CHANGES_LOCAL_SIZE
#define L_ATTR OFFLINEFILES_CHANGES_LOCAL_ATTRIBUTES
#define R_TIME OFFLINEFILES_CHANGES_REMOTE_TIME
#define R_SIZE OFFLINEFILES_CHANGES_REMOTE_SIZE
#define R_ATTR OFFLINEFILES_CHANGES_REMOTE_ATTRIBUTES

struct state_case
{
    const char *name;
    uint32_t state;
    enum row row;
    enum now local, origin;
    uint32_t known, changes;
    enum csc_action action;          /* everything allowed, nobody decides */
};

#define STATE(name) #name, OFFLINEFILES_SYNC_STATE_##name

static const struct state_case cases[] =
{
    { STATE(Stable), BASE_F, F_SAME, F_SAME, L | R, 0, CSC_DO_NOTHING },
    { /* fact: st.1 */ STATE(FileOnClient_DirOnServer), BASE_F, F_SAME, D_SAME, L | R, 0, CSC_DO_CONFLICT },
    { /* fact: st.4 */ STATE(DirOnClient_FileChangedOnServer), BASE_D, D_SAME, F_SAME, L | R, 0, CSC_DO_CONFLICT },
    { /* fact: st.6 */ STATE(FileCreatedOnClient_NoServerCopy), NO_ROW, F_SAME, NONE, L | R, 0, CSC_DO_UPLOAD },
    { /* fact: st.7 */ STATE(FileCreatedOnClient_FileChangedOnServer), SPARSE_F, F_CHANGED, F_CHANGED, L | R,
      L_TIME | L_SIZE | R_TIME | R_SIZE, CSC_DO_CONFLICT },
    { /* fact: st.8 */ STATE(FileCreatedOnClient_DirChangedOnServer), BASE_D, F_SAME, D_CHANGED, L | R, R_ATTR, CSC_DO_CONFLICT },
    { STATE(FileCreatedOnClient_FileOnServer), NO_ROW, F_CHANGED, F_SAME, L | R, 0, CSC_DO_CONFLICT },
    { STATE(FileCreatedOnClient_DirOnServer), NO_ROW, F_SAME, D_SAME, L | R, 0, CSC_DO_CONFLICT },
    { /* fact: st.11 */ STATE(FileCreatedOnClient_DeletedOnServer), NAME_F, F_SAME, NONE, L | R, 0, CSC_DO_UPLOAD },
    { STATE(FileChangedOnClient_ChangedOnServer), BASE_F, F_CHANGED, F_CHANGED, L | R,
      L_TIME | L_SIZE | R_TIME | R_SIZE, CSC_DO_CONFLICT },
    { STATE(FileChangedOnClient_DirChangedOnServer), BASE_F, F_CHANGED, D_SAME, L | R, L_TIME | L_SIZE, CSC_DO_CONFLICT },
    { STATE(FileChangedOnClient_DeletedOnServer), BASE_F, F_CHANGED, NONE, L | R, L_TIME | L_SIZE, CSC_DO_CONFLICT },
    { /* fact: st.16 */ STATE(FileSparseOnClient_ChangedOnServer), SPARSE_F, NONE, F_CHANGED, L | R, R_TIME | R_SIZE, CSC_DO_DOWNLOAD },
    { /* fact: st.17 */ STATE(FileSparseOnClient_DeletedOnServer), SPARSE_F, NONE, NONE, L | R, 0, CSC_DO_DROP_ROW },
    { /* fact: st.18 */ STATE(FileSparseOnClient_DirOnServer), NAME_F, NONE, D_SAME, L | R, 0, CSC_DO_MAKE_LOCAL },
    { /* fact: st.19 */ STATE(FileSparseOnClient_DirChangedOnServer), SPARSE_F, NONE, D_SAME, L | R, 0, CSC_DO_MAKE_LOCAL },
    { /* fact: st.20 */ STATE(DirCreatedOnClient_NoServerCopy), NO_ROW, D_SAME, NONE, L | R, 0, CSC_DO_MAKE_ORIGIN },
    { STATE(DirCreatedOnClient_DirOnServer), NO_ROW, D_SAME, D_SAME, L | R, 0, CSC_DO_ADOPT },
    { STATE(DirCreatedOnClient_FileOnServer), BASE_F, D_SAME, F_SAME, L | R, 0, CSC_DO_CONFLICT },
    { /* fact: st.23 */ STATE(DirCreatedOnClient_FileChangedOnServer), BASE_F, D_SAME, F_CHANGED, L | R, R_TIME | R_SIZE, CSC_DO_CONFLICT },
    { /* fact: st.24 */ STATE(DirCreatedOnClient_DirChangedOnServer), BASE_F, D_SAME, D_SAME, L | R, 0, CSC_DO_ADOPT },
    { /* fact: st.25 */ STATE(DirCreatedOnClient_DeletedOnServer), BASE_F, D_SAME, NONE, L | R, 0, CSC_DO_MAKE_ORIGIN },
    { /* fact: st.27 */ STATE(DirChangedOnClient_FileChangedOnServer), BASE_D, D_CHANGED, F_SAME, L | R, L_ATTR, CSC_DO_CONFLICT },
    { STATE(DirChangedOnClient_ChangedOnServer), BASE_D, D_CHANGED, D_CHANGED, L | R, L_ATTR | R_ATTR, CSC_DO_ADOPT },
    { /* fact: st.29 */ STATE(DirChangedOnClient_DeletedOnServer), BASE_D, D_CHANGED, NONE, L | R, L_ATTR, CSC_DO_DELETE_LOCAL },
    { STATE(NoClientCopy_FileOnServer), NO_ROW, NONE, F_SAME, L | R, 0, CSC_DO_DOWNLOAD },
    { STATE(NoClientCopy_DirOnServer), NO_ROW, NONE, D_SAME, L | R, 0, CSC_DO_MAKE_LOCAL },
    { /* fact: st.32 */ STATE(NoClientCopy_FileChangedOnServer), SPARSE_D, NONE, F_SAME, L | R, 0, CSC_DO_DOWNLOAD },
    { /* fact: st.33 */ STATE(NoClientCopy_DirChangedOnServer), SPARSE_D, NONE, D_CHANGED, L | R, R_ATTR, CSC_DO_MAKE_LOCAL },
    { STATE(DeletedOnClient_FileOnServer), BASE_F, NONE, F_SAME, L | R, 0, CSC_DO_DELETE_ORIGIN },
    { STATE(DeletedOnClient_DirOnServer), BASE_D, NONE, D_SAME, L | R, 0, CSC_DO_DELETE_ORIGIN },
    { STATE(DeletedOnClient_FileChangedOnServer), BASE_F, NONE, F_CHANGED, L | R, R_TIME | R_SIZE, CSC_DO_CONFLICT },
    { STATE(DeletedOnClient_DirChangedOnServer), BASE_F, NONE, D_SAME, L | R, 0, CSC_DO_CONFLICT },
    { STATE(FileSparseOnClient), SPARSE_F, NONE, F_SAME, L, 0, CSC_DO_DOWNLOAD },
    { STATE(FileChangedOnClient), BASE_F, F_CHANGED, F_SAME, L, L_TIME | L_SIZE, CSC_DO_UPLOAD },
    { /* fact: st.41 */ STATE(DirSparseOnClient), NAME_D, NONE, D_SAME, L, 0, CSC_DO_MAKE_LOCAL },
    { STATE(DirChangedOnClient), BASE_D, D_CHANGED, D_SAME, L, L_ATTR, CSC_DO_ATTRIBUTES_ORIGIN },
    { STATE(FileChangedOnServer), BASE_F, F_SAME, F_CHANGED, R, R_TIME | R_SIZE, CSC_DO_DOWNLOAD },
    { STATE(FileDeletedOnServer), BASE_F, F_SAME, NONE, R, 0, CSC_DO_DELETE_LOCAL },
    { STATE(DirChangedOnServer), BASE_D, D_SAME, D_CHANGED, R, R_ATTR, CSC_DO_ATTRIBUTES_LOCAL },
    { STATE(DirDeletedOnServer), BASE_D, D_SAME, NONE, R, 0, CSC_DO_DELETE_LOCAL },
};

/* Never produced.  The same list with its reasons stands in docs/decisions.md. */
static const struct { const char *name; uint32_t state; const char *because; } impossible[] =
{
    { STATE(FileOnClient_NoServerCopy), "what was in agreement and is missing was deleted: FileDeletedOnServer" },
    { STATE(DirOnClient_NoServerCopy), "what was in agreement and is missing was deleted: DirDeletedOnServer" },
    { STATE(DirOnClient_FileOnServer), "a file in the place of an agreed directory is a change of the server" },
    { STATE(DirChangedOnClient_FileOnServer), "a file in the place of an agreed directory is a change of the server" },
    { STATE(FileChangedOnClient_DirOnServer), "a directory in the place of an agreed file is a change of the server" },
    { STATE(FileRenamedOnClient), "reserved" },
    { STATE(DirRenamedOnClient), "reserved" },
    { STATE(FileRenamedOnServer), "reserved" },
    { STATE(DirRenamedOnServer), "reserved" },
    { STATE(FileReplacedAndDeletedOnClient_FileOnServer), "what happened before a deletion leaves no trace" },
    { STATE(FileReplacedAndDeletedOnClient_FileChangedOnServer), "what happened before a deletion leaves no trace" },
    { STATE(FileReplacedAndDeletedOnClient_DirOnServer), "what happened before a deletion leaves no trace" },
    { STATE(FileReplacedAndDeletedOnClient_DirChangedOnServer), "what happened before a deletion leaves no trace" },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int is_impossible(uint32_t state)
{
    size_t i;

    for (i = 0; i < COUNT(impossible); i++) if (impossible[i].state == state) return 1;
    return 0;
}

static void run_case(const struct state_case *c)
{
    struct csc_decision d;
    struct csc_item item;
    struct csc_question q = make_question(&item, c->row, c->local, c->origin);

    test_failures = 0;
    test_skip_reason = NULL;
    csc_decide(&q, &d);
    CHECK_INT(d.state, c->state);
    CHECK_INT(d.known, c->known);
    CHECK_INT(d.changes, c->changes);
    CHECK_INT(d.action, c->action);
    CHECK_INT(d.conflict, c->action == CSC_DO_CONFLICT);
    test_end(c->name);
}

/* Each value is in one of the lists, once. */
static void test_lists_are_complete(void)
{
    int times[OFFLINEFILES_SYNC_STATE_NUMSTATES] = { 0 };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) times[cases[i].state]++;
    for (i = 0; i < COUNT(impossible); i++)
    {
        times[impossible[i].state]++;
        CHECK(*impossible[i].because);
    }
    for (i = 0; i < OFFLINEFILES_SYNC_STATE_NUMSTATES; i++)
        if (times[i] != 1) FAIL("state %u stands %d times in the lists", (unsigned)i, times[i]);
}

/* Nothing that may stand on the sides and in the row leads to an impossible state. */
static void test_impossible_states(void)
{
    int row, local, origin, content;

    for (row = 0; row < ROW_COUNT; row++)
    for (local = 0; local < NOW_COUNT; local++)
    for (origin = 0; origin < NOW_COUNT; origin++)
    for (content = 0; content < 3; content++)
    {
        struct csc_item item;
        struct csc_question q = make_question(&item, row, local, origin);
        struct csc_decision d;

        q.content = content;
        csc_decide(&q, &d);
        if (is_impossible(d.state))
            FAIL("%s, cache %s, origin %s: state %u", row_names[row], now_names[local], now_names[origin], (unsigned)d.state);
    }
}

/* KEEPALLCHANGES is possible for the states that the documents list, and for no other. */
static void test_keep_all_list(void)
{
    static const uint32_t documented[] =
    {
        S(DirChangedOnClient_FileChangedOnServer), S(DirChangedOnClient_FileOnServer), S(DirCreatedOnClient_FileChangedOnServer),
        S(DirCreatedOnClient_FileOnServer), S(DirOnClient_FileChangedOnServer), S(DirOnClient_FileOnServer),
        S(FileChangedOnClient_ChangedOnServer), S(FileChangedOnClient_DirChangedOnServer), S(FileChangedOnClient_DirOnServer),
        S(FileCreatedOnClient_DirChangedOnServer), S(FileCreatedOnClient_DirOnServer), S(FileCreatedOnClient_FileChangedOnServer),
        S(FileCreatedOnClient_FileOnServer), S(FileOnClient_DirOnServer),
    };
    size_t i, k;

    for (i = 0; i < COUNT(cases); i++)
    {
        struct csc_decision d;
        struct csc_item item;
        struct csc_question q = make_question(&item, cases[i].row, cases[i].local, cases[i].origin);
        int listed = 0;

        for (k = 0; k < COUNT(documented); k++) listed |= documented[k] == cases[i].state;
        q.resolution = OFFLINEFILES_SYNC_CONFLICT_RESOLVE_KEEPALLCHANGES;
        csc_decide(&q, &d);
        if ((d.action == CSC_DO_KEEP_BOTH) != listed) FAIL("%s: action %d", cases[i].name, d.action);
    }
}

/* Only what would cost somebody's work is a conflict. */
static void test_conflict_list(void)
{
    size_t i;

    for (i = 0; i < COUNT(cases); i++)
    {
        int both = cases[i].local != NONE && cases[i].origin != NONE;

        if (cases[i].action == CSC_DO_CONFLICT && !both && cases[i].state != S(FileChangedOnClient_DeletedOnServer)
            && cases[i].state != S(DeletedOnClient_FileChangedOnServer) && cases[i].state != S(DeletedOnClient_DirChangedOnServer))
            FAIL("%s is a conflict", cases[i].name);
    }
}

int main(void)
{
    size_t i;

    for (i = 0; i < COUNT(cases); i++) run_case(&cases[i]);
    RUN(test_lists_are_complete);
    RUN(test_impossible_states);
    RUN(test_keep_all_list);
    RUN(test_conflict_list);
    return test_report();
}
