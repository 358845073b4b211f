/*
 * Tests of what opening the engine does after a crash or a power loss
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fixture.h"
#include "pair.h"

#define SHARE "\\\\server\\share"

static void make(struct fixture *fixture)
{
    fixture_make(fixture);
    CHECK_STATUS(csc_map(fixture->engine, SHARE, fixture->origin, 0), CSC_OK);
}

static void reopen(struct fixture *fixture)
{
    fixture_close(fixture);
    CHECK_STATUS(fixture_open(fixture), CSC_OK);
}

static void add_flags(struct fixture *fixture, int64_t id, uint32_t flags)
{
    struct csc_item item;

    if (!CHECK_STATUS(csc_store_item_get(fixture->engine->store, id, &item), CSC_OK)) return;
    item.flags |= flags;
    CHECK_STATUS(csc_store_item_put(fixture->engine->store, &item), CSC_OK);
    csc_item_clear(&item);
}

static uint32_t row_flags(struct fixture *fixture, int64_t id)
{
    struct csc_item item;
    uint32_t flags;

    if (!CHECK_STATUS(csc_store_item_get(fixture->engine->store, id, &item), CSC_OK)) return 0;
    flags = item.flags;
    csc_item_clear(&item);
    return flags;
}

/* Moves a file of the tree, or (below NULL) writes a new one, to a temporary name as an operation would. */
static char *leave(struct fixture *fixture, enum csc_temp_use use, int64_t item, const char *below, const char *text)
{
    char name[CSC_TEMP_NAME], temp[1200], from[1200], to[1200], tree[1200];

    csc_temp_local_name(fixture->engine, use, item, name);
    fixture_path(temp, fixture->cache, "v2.0.6/temp");
    if (text) fixture_write(temp, name, text);
    else if (rename(fixture_path(from, fixture_tree(fixture, tree), below), fixture_path(to, temp, name))) perror(from);
    return strdup(name);
}

static int temp_is_empty(struct fixture *fixture)
{
    char path[1200];

    fixture_path(path, fixture->cache, "v2.0.6/temp");
    if (rmdir(path)) return 0;
    mkdir(path, 0777);
    return 1;
}

static void litter_is_removed(void)
{
    struct fixture fixture;
    int64_t file;

    make(&fixture);
    file = fixture_cached_file(&fixture, 0, "file", 0, "file", "text");
    free(leave(&fixture, CSC_TEMP_COPY, file, NULL, "half a dow"));
    free(leave(&fixture, CSC_TEMP_COPY, 0, NULL, "half a dow"));
    fixture_mkdir(fixture.cache, "v2.0.6/temp/gone-1/dir/below");
    fixture_write(fixture.cache, "v2.0.6/temp/gone-1/dir/below/file", "x");
    fixture_write(fixture.cache, "v2.0.6/temp/something", "x");
    if (symlink("/etc", fixture_path((char[1200]){ 0 }, fixture.cache, "v2.0.6/temp/gone-1/link"))) perror("link");
    reopen(&fixture);
    CHECK(temp_is_empty(&fixture));
    CHECK_STRING(fixture_read(fixture_tree(&fixture, (char[1200]){ 0 }), "file"), "text");
    fixture_destroy(&fixture);
}

static void an_unconfirmed_removal_is_undone(void)
{
    struct fixture fixture;
    int64_t dir, clean, edited, gone;
    char tree[1200];

    make(&fixture);
    fixture_tree(&fixture, tree);
    dir = fixture_cached_dir(&fixture, 0, "dir", 0, "dir");
    clean = fixture_cached_file(&fixture, dir, "clean", 0, "dir/clean", "text");
    edited = fixture_cached_file(&fixture, dir, "edited", 0, "dir/edited", "text");
    gone = fixture_cached_file(&fixture, dir, "gone", 0, "dir/gone", "text");
    fixture_write(tree, "dir/edited", "edited a moment before");
    free(leave(&fixture, CSC_TEMP_REMOVE, clean, "dir/clean", NULL));
    free(leave(&fixture, CSC_TEMP_REMOVE, edited, "dir/edited", NULL));
    free(leave(&fixture, CSC_TEMP_REMOVE, gone, "dir/gone", NULL));
    CHECK_STATUS(csc_store_item_delete(fixture.engine->store, gone), CSC_OK);
    reopen(&fixture);
    CHECK(temp_is_empty(&fixture));
    CHECK_STRING(fixture_read(tree, "dir/clean"), "text");
    CHECK_STRING(fixture_read(tree, "dir/edited"), "edited a moment before");
    CHECK(!fixture_exists(tree, "dir/gone"));
    /* moving it touched its ctime, so a sync has to compare it */
    CHECK(!(fixture_flags(&fixture, SHARE "\\dir\\clean") & CSC_ITEM_DELETED_OFFLINE));
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir\\edited") & CSC_ITEM_DIRTY, CSC_ITEM_DIRTY);
    fixture_destroy(&fixture);
}

/* How many files of a directory have "(kept " in their names and the given content. */
static int count_kept(const char *tree, const char *text)
{
    char command[2600];
    FILE *pipe;
    int count = -1;

    snprintf(command, sizeof(command), "cd '%s' && grep -lx -- '%s' *'(kept '* 2>/dev/null | wc -l", tree, text);
    if (!(pipe = popen(command, "r"))) return -1;
    if (fscanf(pipe, "%d", &count) != 1) count = -1;
    pclose(pipe);
    return count;
}

static void a_replacement_that_was_cut_off_loses_nothing(void)
{
    struct fixture fixture;
    int64_t before, after, raced, sparse;
    char tree[1200];

    make(&fixture);
    fixture_tree(&fixture, tree);
    /* complete download, not exchanged yet: what stands there is what was recorded */
    before = fixture_cached_file(&fixture, 0, "before", 0, "before", "old");
    free(leave(&fixture, CSC_TEMP_PLACE, before, NULL, "downloaded"));
    /* exchanged: what came out is what was recorded */
    after = fixture_cached_file(&fixture, 0, "after", 0, "after", "old");
    free(leave(&fixture, CSC_TEMP_PLACE, after, "after", NULL));
    fixture_write(tree, "after", "downloaded");
    /* exchanged, and what came out had just been edited */
    raced = fixture_cached_file(&fixture, 0, "raced.txt", 0, "raced.txt", "old");
    fixture_write(tree, "raced.txt", "edited");
    free(leave(&fixture, CSC_TEMP_PLACE, raced, "raced.txt", NULL));
    fixture_write(tree, "raced.txt", "downloaded");
    /* the first download */
    sparse = fixture_row(&fixture, 0, "sparse", OFFLINEFILES_ITEM_TYPE_FILE, 0, CSC_ROW_SPARSE, NULL);
    free(leave(&fixture, CSC_TEMP_PLACE, sparse, NULL, "downloaded"));

    reopen(&fixture);
    CHECK(temp_is_empty(&fixture));
    CHECK_STRING(fixture_read(tree, "before"), "old");
    CHECK_STRING(fixture_read(tree, "after"), "downloaded");
    CHECK_STRING(fixture_read(tree, "raced.txt"), "downloaded");
    CHECK_INT(count_kept(tree, "edited"), 1);
    CHECK_INT(count_kept(tree, "old"), 0);
    CHECK(!fixture_exists(tree, "sparse"));
    fixture_destroy(&fixture);
}

static void what_nobody_knows_stays(void)
{
    struct fixture fixture;
    char *name, temp[1200];

    make(&fixture);
    name = leave(&fixture, CSC_TEMP_REMOVE, 0, NULL, "whose is it?");
    reopen(&fixture);
    CHECK_STRING(fixture_read(fixture_path(temp, fixture.cache, "v2.0.6/temp"), name), "whose is it?");
    free(name);
    fixture_destroy(&fixture);
}

/* Rows that wait for a flush: one whole, one cut short, one lost, a lost directory. */
struct unflushed
{
    int64_t whole, cut, lost, dir;
    char tree[1200];
};

static void make_unflushed(struct fixture *fixture, struct unflushed *rows)
{
    make(fixture);
    fixture_tree(fixture, rows->tree);
    rows->whole = fixture_cached_file(fixture, 0, "whole", 0, "whole", "content");
    rows->cut = fixture_cached_file(fixture, 0, "cut", 0, "cut", "content");
    rows->lost = fixture_cached_file(fixture, 0, "lost", 0, "lost", "content");
    rows->dir = fixture_cached_dir(fixture, 0, "dir", 0, "dir");
    add_flags(fixture, rows->whole, CSC_ROW_UNFLUSHED);
    add_flags(fixture, rows->cut, CSC_ROW_UNFLUSHED);
    add_flags(fixture, rows->lost, CSC_ROW_UNFLUSHED);
    add_flags(fixture, rows->dir, CSC_ROW_UNFLUSHED);
}

static void damage(struct unflushed *rows)
{
    char path[1200];

    if (truncate(fixture_path(path, rows->tree, "cut"), 0)) perror(path);
    unlink(fixture_path(path, rows->tree, "lost"));
    rmdir(fixture_path(path, rows->tree, "dir"));
}

static void a_power_loss_makes_sparse_what_it_damaged(void)
{
    struct unflushed rows;
    struct fixture fixture;

    make_unflushed(&fixture, &rows);
    fixture_set_mood(&fixture, ORIGIN_DEAD);      /* so that nothing is filled meanwhile */
    fixture_close(&fixture);
    damage(&rows);
    strcpy(fixture.boot_id, "second");
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    CHECK_INT(row_flags(&fixture, rows.whole), CSC_ROW_BASE | CSC_ROW_SPARSE);    /* its content may be anything */
    CHECK_INT(row_flags(&fixture, rows.cut), CSC_ROW_BASE | CSC_ROW_SPARSE);
    CHECK_INT(row_flags(&fixture, rows.lost), CSC_ROW_BASE | CSC_ROW_SPARSE);
    CHECK_INT(row_flags(&fixture, rows.dir), CSC_ROW_BASE | CSC_ROW_ENUMERATED);
    CHECK(!fixture_exists(rows.tree, "whole"));
    CHECK(!fixture_exists(rows.tree, "cut"));
    CHECK(fixture_exists(rows.tree, "dir"));
    CHECK_INT(fixture_flags(&fixture, SHARE "\\lost"), CSC_ITEM_SPARSE | CSC_ITEM_GHOST);
    CHECK_INT(fixture_flags(&fixture, SHARE "\\dir"), 0);
    fixture_destroy(&fixture);
}

static void without_a_power_loss_they_are_changes(void)
{
    struct unflushed rows;
    struct fixture fixture;

    make_unflushed(&fixture, &rows);
    fixture_set_mood(&fixture, ORIGIN_DEAD);
    fixture_close(&fixture);
    damage(&rows);
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    CHECK(!(row_flags(&fixture, rows.cut) & CSC_ROW_SPARSE));
    CHECK(fixture_exists(rows.tree, "cut"));
    CHECK_INT(fixture_flags(&fixture, SHARE "\\lost"), CSC_ITEM_DIRTY | CSC_ITEM_DELETED_OFFLINE);
    fixture_destroy(&fixture);
}

static void offline_a_changed_file_is_kept(void)
{
    struct unflushed rows;
    struct fixture fixture;
    int prevented;

    make_unflushed(&fixture, &rows);
    CHECK_STATUS(csc_go_offline(fixture.engine, SHARE, 1, &prevented), CSC_OK);
    /* the flush of the transition reached the disk */
    CHECK(!(row_flags(&fixture, rows.cut) & CSC_ROW_UNFLUSHED));
    add_flags(&fixture, rows.cut, CSC_ROW_UNFLUSHED);
    add_flags(&fixture, rows.lost, CSC_ROW_UNFLUSHED);
    fixture_close(&fixture);
    damage(&rows);
    fixture_write(rows.tree, "cut", "edited by somebody");
    strcpy(fixture.boot_id, "second");
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    CHECK_STRING(fixture_read(rows.tree, "cut"), "edited by somebody");
    /* but what is missing may have been lost as well as deleted: it comes back */
    CHECK_INT(row_flags(&fixture, rows.lost), CSC_ROW_BASE | CSC_ROW_SPARSE);
    fixture_destroy(&fixture);
}

/* A program that opened the file while the share was offline wrote to it after that. */
static void a_late_change_is_kept(void)
{
    struct csc_scope *scope;
    struct unflushed rows;
    struct fixture fixture;

    make_unflushed(&fixture, &rows);
    fixture_set_mood(&fixture, ORIGIN_DEAD);
    scope = fixture_scope(&fixture, SHARE);
    CHECK_STATUS(csc_scope_set_settling(scope, 1), CSC_OK);
    csc_scope_release(scope);
    fixture_close(&fixture);
    fixture_write(rows.tree, "cut", "written late");
    strcpy(fixture.boot_id, "second");
    CHECK_STATUS(fixture_open(&fixture), CSC_OK);
    CHECK_STRING(fixture_read(rows.tree, "cut"), "written late");
    fixture_destroy(&fixture);
}

static void temporary_names_are_not_given_twice(void)
{
    struct fixture fixture;
    uint64_t first;

    make(&fixture);
    first = atomic_load(&fixture.engine->next_temp) + 1000;
    usleep(20000);
    reopen(&fixture);
    CHECK(atomic_load(&fixture.engine->next_temp) > first);
    CHECK_INT(strlen(fixture.engine->cache_id), 8);
    fixture_destroy(&fixture);
}

static void the_cache_keeps_its_id(void)
{
    struct fixture fixture;
    char id[9];

    make(&fixture);
    strcpy(id, fixture.engine->cache_id);
    reopen(&fixture);
    CHECK_STRING(fixture.engine->cache_id, id);
    fixture_destroy(&fixture);
}

int main(void)
{
    RUN(litter_is_removed);
    RUN(an_unconfirmed_removal_is_undone);
    RUN(a_replacement_that_was_cut_off_loses_nothing);
    RUN(what_nobody_knows_stays);
    RUN(a_power_loss_makes_sparse_what_it_damaged);
    RUN(without_a_power_loss_they_are_changes);
    RUN(offline_a_changed_file_is_kept);
    RUN(a_late_change_is_kept);
    RUN(temporary_names_are_not_given_twice);
    RUN(the_cache_keeps_its_id);
    return test_report();
}
