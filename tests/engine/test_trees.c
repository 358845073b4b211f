/*
 * Trees that are deep, wide or large
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sync_fixture.h"

#define DEPTH (test_under_valgrind() ? 300 : 4000)

/* Opens the directory that stands `depth` levels of "d" below base, making them when wanted. */
static int descend(const char *base, int depth, int make)
{
    int fd = open(base, O_RDONLY | O_DIRECTORY), next;

    while (depth-- && fd != -1)
    {
        if (make) mkdirat(fd, "d", 0777);
        next = openat(fd, "d", O_RDONLY | O_DIRECTORY);
        close(fd);
        fd = next;
    }
    return fd;
}

/* Takes a chain of directories away from the top, since its whole path is too long for the system. */
static void remove_chain(const char *base)
{
    int fd = open(base, O_RDONLY | O_DIRECTORY);

    if (fd == -1) return;
    for (;;)
    {
        unlinkat(fd, "d/bottom", 0);
        if (renameat(fd, "d/d", fd, "rest") == -1) break;
        unlinkat(fd, "d", AT_REMOVEDIR);
        renameat(fd, "rest", fd, "d");
    }
    unlinkat(fd, "d", AT_REMOVEDIR);
    close(fd);
}

static void test_deep(void)
{
    struct fixture f;
    char text[8] = "";
    int fd, file;

    world_make(&f);
    origin_write(&f, "top", "t");
    fd = descend(f.origin, DEPTH, 1);
    if (CHECK(fd != -1))
    {
        file = openat(fd, "bottom", O_WRONLY | O_CREAT, 0666);
        CHECK_INT(write(file, "deep", 4), 4);
        close(file);
        close(fd);
    }
    CHECK_STATUS(pin_all(&f), CSC_OK);
    fd = descend(tree_of(&f), DEPTH, 0);
    if (CHECK(fd != -1))
    {
        file = openat(fd, "bottom", O_RDONLY);
        CHECK_INT(read(file, text, sizeof(text)), 4);
        CHECK_STRING(text, "deep");
        close(file);
        close(fd);
    }
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);

    CHECK_STATUS(go_offline(&f), CSC_OK);
    remove_chain(tree_of(&f));
    CHECK_INT(count_in(tree_of(&f), NULL), 1);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(count_in(f.origin, NULL), 1);
    remove_chain(f.origin);
    remove_chain(tree_of(&f));
    fixture_destroy(&f);
}

#define DIRS  (test_under_valgrind() ? 10 : 200)
#define FILES 100

/* Work per item must not grow with their number. */
static void test_large(void)
{
    struct client client = { .ask = 0 };
    int64_t start, fill, again;
    struct fixture f;
    char name[64];
    int d, i;

    world_make(&f);
    for (d = 0; d < DIRS; d++)
    {
        snprintf(name, sizeof(name), "dir%03d", d);
        fixture_mkdir(f.origin, name);
        for (i = 0; i < FILES; i++)
        {
            snprintf(name, sizeof(name), "dir%03d/file%03d", d, i);
            origin_write(&f, name, "some content");
        }
    }
    start = fixture_now();
    client.deep = 1;
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE), CSC_OK);
    fill = fixture_now() - start;
    CHECK_INT(client.totals.items_done, DIRS * (FILES + 1) + 1);
    for (d = 0; d < DIRS; d++)
    {
        snprintf(name, sizeof(name), "dir%03d", d);
        if (!CHECK_INT(count_in(tree_of(&f), name), FILES)) break;
    }
    start = fixture_now();
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    again = fixture_now() - start;
    CHECK_INT(client.totals.items_done, 0);
    printf("# %d files: filled in %d ms, synchronized again in %d ms\n", DIRS * FILES, (int)fill, (int)again);
    CHECK(again < 60000);

    /* all of them go, from either side */
    CHECK_STATUS(go_offline(&f), CSC_OK);
    for (d = 0; d < DIRS; d++)
    {
        for (i = 0; i < FILES; i++)
        {
            snprintf(name, sizeof(name), "dir%03d/file%03d", d, i);
            remove_at(d % 2 ? f.origin : tree_of(&f), name);
        }
        snprintf(name, sizeof(name), "dir%03d", d);
        if (d > 1) remove_at(d % 2 ? f.origin : tree_of(&f), name);
    }
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    CHECK_INT(count_in(f.origin, NULL), 2);
    CHECK_INT(count_in(tree_of(&f), NULL), 2);
    CHECK(is_clean(&f));
    client_free(&client);
    fixture_destroy(&f);
}

/* One directory with many names. */
static void test_wide(void)
{
    struct fixture f;
    char name[64];
    int i, count;

    world_make(&f);
    fixture_mkdir(f.origin, "wide");
    count = test_under_valgrind() ? 500 : 5000;
    for (i = 0; i < count; i++)
    {
        snprintf(name, sizeof(name), "wide/directory number %d", i);
        if (i % 5) origin_write(&f, name, "");
        else fixture_mkdir(f.origin, name);
    }
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_INT(count_in(tree_of(&f), "wide"), count);
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_deep);
    RUN(test_large);
    RUN(test_wide);
    return test_report();
}
