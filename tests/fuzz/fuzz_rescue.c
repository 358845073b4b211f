/*
 * A cache whose database something damaged: files are copied out of it, and the database is made anew
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whatever the database says, what a user wrote is still there afterwards.
 */

#include "sync_fixture.h"
#include "extract.h"
#include "fuzz_database.h"

static struct fixture world;
static char target[1200];

static void at_exit(void)
{
    if (world.engine) fixture_close(&world);
    fixture_destroy(&world);
    free(sound);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char path[1200];

    (void)argc; (void)argv;
    if (!access("/dev/shm", W_OK)) setenv("TMPDIR", "/dev/shm", 1);
    fixture_make(&world);
    HOLDS(!csc_map(world.engine, SHARE, world.origin, 0));
    origin_write(&world, "file", "content");
    fixture_mkdir(world.origin, "dir");
    origin_write(&world, "dir/other", "other");
    HOLDS(!pin_all(&world));
    HOLDS(!go_offline(&world));
    fixture_close(&world);
    change(tree_of(&world), "file", "mine", 1);
    change(tree_of(&world), "dir/new", "new", 1);
    snprintf(database, sizeof(database), "%s", fixture_path(path, world.cache, "v2.0.6/csc.db"));
    snprintf(target, sizeof(target), "%s", fixture_path(path, world.folder, "target"));
    read_sound();
    atexit(at_exit);
    return 0;
}

static int holds(const char *base, const char *below, const char *text)
{
    const char *there = fixture_exists(base, below) ? fixture_read(base, below) : NULL;

    return there && !strcmp(there, text);
}

/* In the cache's tree, or already where it was to go. */
static void check_kept(void)
{
    HOLDS(holds(tree_of(&world), "file", "mine") || holds(world.origin, "file", "mine"));
    HOLDS(holds(tree_of(&world), "dir/new", "new") || holds(world.origin, "dir/new", "new"));
}

static void extract(int only_modified)
{
    struct csc_extract_request request = { .fs = csc_fs_posix(), .clock = csc_clock_posix(), .cache = world.cache,
                                           .target = target, .only_modified = only_modified };
    struct csc_extract_report report;
    struct csc_extract *extract;
    csc_status status;

    if (csc_extract_open(&request, &extract)) return;
    while (!(status = csc_extract_next(extract, &report))) HOLDS(report.path);
    csc_extract_close(extract);
    HOLDS(status == CSC_FALSE);
    HOLDS(holds(target, "server/share/file", "mine"));
    HOLDS(holds(target, "server/share/dir/new", "new"));
    test_remove_folder(target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[1200];
    uint32_t kind;

    if (!size) return 0;
    kind = *data;
    write_damaged(data + 1, size - 1);
    extract(kind & 1);
    if (kind & 2)
    {
        /* a version that is newer than ours is refused, and nothing is touched */
        if (!fixture_open(&world)) fixture_close(&world);
        else HOLDS(!world.engine);
        check_kept();
        change(tree_of(&world), "file", "mine", 1);
        change(tree_of(&world), "dir/new", "new", 1);
        origin_write(&world, "file", "content");
        remove_at(world.origin, "dir/new");
    }
    if (count_in(world.cache, "v2.0.6") > 60)
    {
        struct dirent *entry;
        DIR *dir = opendir(fixture_path(path, world.cache, "v2.0.6"));
        char old[1600];

        /* kept databases and what was rescued */
        while (dir && (entry = readdir(dir)))
        {
            snprintf(old, sizeof(old), "%s/%s", path, entry->d_name);
            if (!strncmp(entry->d_name, "csc.db.corrupt-", 15)) unlink(old);
            else if (!strncmp(entry->d_name, "rescued-", 8)) test_remove_folder(old);
        }
        if (dir) closedir(dir);
    }
    return 0;
}
