/*
 * Killed at every step of carrying out what was decided about a conflict
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nothing may be lost, and the same answer, given again to whatever is still a conflict, has to end where it would
 * have ended without the crash.
 */

#include "crash_fixture.h"
#include "conflict_fixture.h"

/* of the running scenario */
static enum kind kind_now;
static uint32_t answer_now;

static int searched_found;
static const char *searched_text;

static int search_file(const char *path, const struct stat *st, int type, struct FTW *place)
{
    char text[64] = "";
    FILE *file;
    size_t got;

    (void)place;
    if (type != FTW_F || st->st_size != (off_t)strlen(searched_text) || !(file = fopen(path, "rb"))) return 0;
    got = fread(text, 1, sizeof(text) - 1, file);
    text[got] = 0;
    fclose(file);
    searched_found |= !strcmp(text, searched_text);
    return 0;
}

/* Whether a file with this content is anywhere in the world, under whatever name. */
static int is_anywhere(struct fixture *f, const char *text)
{
    searched_found = 0;
    searched_text = text;
    if (nftw(f->folder, search_file, 16, FTW_PHYS)) perror(f->folder);
    return searched_found;
}

static void prepare(struct fixture *f)
{
    arrange_conflict(f, kind_now);
}

static void operate(struct fixture *f)
{
    struct client client;

    CHECK_STATUS(run_answer(f, &client, answer_now, COPY), CSC_OK);
    client_free(&client);
}

/* What the losing side may lose is what was decided about: its file.  The files in its directory were not. */
static void check_left(struct fixture *f)
{
    int file_loses = answer_now == R(KEEPREMOTE) && !local_is_dir(kind_now);

    CHECK(is_anywhere(f, "other"));
    if (answer_now != R(KEEPLOCAL) || origin_is_dir(kind_now)) CHECK(is_anywhere(f, "theirs"));
    switch (kind_now)
    {
    case CHANGED_DIR_FILE: CHECK(is_anywhere(f, "mine!")); CHECK(is_anywhere(f, "new")); break;
    case CREATED_DIR_FILE: CHECK(is_anywhere(f, "new")); break;
    case DIR_FILE: if (answer_now != R(KEEPREMOTE)) CHECK(is_anywhere(f, "old")); break;
    case FILE_DIR: if (!file_loses) CHECK(is_anywhere(f, "base")); break;
    default: if (!file_loses) CHECK(is_anywhere(f, "mine!")); break;
    }
}

static void finish(struct fixture *f)
{
    struct client client;

    CHECK_STATUS(run_answer(f, &client, answer_now, COPY), CSC_OK);
    client_free(&client);
    if (answer_now == R(KEEPLOCAL)) check_mine(f, kind_now, "it.txt");
    else check_theirs(f, kind_now);
    if (answer_now == R(KEEPALLCHANGES))
    {
        check_mine(f, kind_now, COPY);
        CHECK_INT(count_in(f->origin, NULL), 3);
        CHECK_INT(count_in(tree_of(f), NULL), 3);
    }
    check_left(f);
    CHECK_INT(conflict_count(f), 0);
    CHECK_STATUS(sync_share(f, SYNC_BOTH), CSC_OK);
}

static void run_kind(enum kind kind, uint32_t answer)
{
    struct scenario scenario = { kinds[kind], prepare, operate, check_left, finish };

    kind_now = kind;
    answer_now = answer;
    run_scenario(&scenario);
}

static void test_keep_both_files(void)
{
    run_kind(BOTH_CHANGED, R(KEEPALLCHANGES));
    run_kind(BOTH_CREATED, R(KEEPALLCHANGES));
}

static void test_keep_both_file_and_directory(void)
{
    run_kind(CHANGED_FILE_DIR, R(KEEPALLCHANGES));
    run_kind(CHANGED_DIR_FILE, R(KEEPALLCHANGES));
}

static void test_keep_local(void)
{
    run_kind(FILE_DIR, R(KEEPLOCAL));
    run_kind(CHANGED_FILE_DIR, R(KEEPLOCAL));
    run_kind(CHANGED_DIR_FILE, R(KEEPLOCAL));
}

static void test_keep_remote(void)
{
    run_kind(CHANGED_FILE_DIR, R(KEEPREMOTE));
    run_kind(DIR_FILE, R(KEEPREMOTE));
    run_kind(CHANGED_DIR_FILE, R(KEEPREMOTE));
}

/* -- a download that the store does not know of -- */

/* Whether files can carry a note in the test's folder. */
static int has_notes(void)
{
    struct csc_fs *fs = csc_fs_posix();
    struct csc_file *file;
    struct csc_dir *dir;
    char folder[512];
    int has = 0;

    test_make_folder(folder);
    if (CHECK_STATUS(fs->open_root(fs, folder, &dir), CSC_OK))
    {
        if (CHECK_STATUS(fs->create_file(fs, dir, "x", &file), CSC_OK))
        {
            has = !csc_failed(fs->set_note(fs, file, "x", 1));
            fs->close_file(fs, file);
        }
        fs->close_dir(fs, dir);
    }
    test_remove_folder(folder);
    return has;
}

static void prepare_download(struct fixture *f)
{
    origin_write(f, "other", "other");
    origin_write(f, "old", "first");
    CHECK_STATUS(pin_all(f), CSC_OK);
    change(f->origin, "old", "second, longer", 1);
    change(f->origin, "new", "second", 1);
}

static void operate_download(struct fixture *f)
{
    CHECK_STATUS(sync_share(f, SYNC_BOTH), CSC_OK);
}

static void check_left_download(struct fixture *f)
{
    CHECK_STRING(fixture_read(f->origin, "old"), "second, longer");
    CHECK_STRING(fixture_read(f->origin, "new"), "second");
}

/* The origin changes once more before anybody looks: that is no conflict, the cache's side was never touched. */
static void finish_download(struct fixture *f)
{
    change(f->origin, "old", "third", 2);
    change(f->origin, "new", "third, longer", 2);
    CHECK_STATUS(sync_share(f, SYNC_BOTH), CSC_OK);
    CHECK_INT(conflict_count(f), 0);
    CHECK(is_at(tree_of(f), "old", "third") && is_at(tree_of(f), "new", "third, longer"));
    CHECK(is_at(f->origin, "old", "third") && is_at(f->origin, "new", "third, longer"));
}

static void test_download_then_change(void)
{
    static const struct scenario scenario =
        { "download", prepare_download, operate_download, check_left_download, finish_download };

    if (has_notes()) run_scenario(&scenario);
    else test_skip("no extended attributes here");
}

int main(void)
{
    RUN(test_keep_both_files);
    RUN(test_keep_both_file_and_directory);
    RUN(test_keep_local);
    RUN(test_keep_remote);
    RUN(test_download_then_change);
    return test_report();
}
