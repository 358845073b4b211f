/*
 * What is large: files over 4 GiB with holes, directories with 100,000 entries
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <sys/resource.h>

#include "blocks.h"
#include "sync_fixture.h"

#define GIB  ((int64_t)1 << 30)
#define SIZE (5 * GIB + 12345)
#define NEAR_END (5 * GIB - 4096 * 7)

/* -- holes -- */

static void write_at(const char *base, const char *below, int64_t offset, const char *text, int seconds)
{
    char path[1200];
    int fd = open(fixture_path(path, base, below), O_WRONLY | O_CREAT, 0666);

    if (fd == -1 || pwrite(fd, text, strlen(text), offset) != (ssize_t)strlen(text)) perror(path);
    if (fd != -1) close(fd);
    fixture_touch(base, below, 1000000000 + seconds);
}

static void make_sparse(const char *base, const char *below)
{
    char path[1200];

    write_at(base, below, 0, "the beginning", 0);
    if (truncate(fixture_path(path, base, below), SIZE)) perror(path);
    write_at(base, below, NEAR_END, "near the end", 0);
}

/* 1: the file has these texts at its beginning and near its end, its size, and takes little room. */
static int is_sparse(const char *base, const char *below, const char *first, const char *last)
{
    char path[1200], text[64] = "";
    struct stat st;
    int fd = open(fixture_path(path, base, below), O_RDONLY), good = 1;

    if (!CHECK(fd != -1) || fstat(fd, &st)) return 0;
    good &= CHECK_INT(st.st_size, SIZE);
    good &= CHECK(st.st_blocks * 512 < 8 * 1024 * 1024);
    CHECK_INT(pread(fd, text, strlen(first), 0), strlen(first));
    good &= CHECK_STRING(text, first);
    memset(text, 0, sizeof(text));
    CHECK_INT(pread(fd, text, strlen(last), NEAR_END), strlen(last));
    good &= CHECK_STRING(text, last);
    memset(text, 'x', sizeof(text));
    CHECK_INT(pread(fd, text, 8, 3 * GIB), 8);
    good &= !memcmp(text, "\0\0\0\0\0\0\0\0", 8);
    close(fd);
    return good;
}

static int knows_holes(const char *base)
{
    char path[1200];
    int fd = open(fixture_path(path, base, "probe"), O_RDWR | O_CREAT, 0666), knows;

    knows = fd != -1 && !ftruncate(fd, GIB) && lseek(fd, 0, SEEK_DATA) == -1 && errno == ENXIO;
    if (fd != -1) close(fd);
    unlink(path);
    return knows;
}

static void wait_for_blocks(struct fixture *f)
{
    struct csc_scope *scope = fixture_scope(f, SHARE);
    int64_t until = fixture_now() + 60000;
    struct csc_item item;

    while (scope && fixture_now() < until
           && !csc_failed(csc_store_blocks_wanted(f->engine->store, scope->row.id, 0, &item)))
    {
        csc_item_clear(&item);
        usleep(20000);
    }
    CHECK(fixture_now() < until);
    if (scope) csc_scope_release(scope);
}

static void test_sparse(void)
{
    struct client client = { 0 };
    struct fixture f;
    int64_t start;

    world_make(&f);
    if (!knows_holes(f.origin))
    {
        printf("skip - the file system keeps no holes\n");
        fixture_destroy(&f);
        return;
    }
    make_sparse(f.origin, "a");
    start = fixture_now();
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK(is_sparse(tree_of(&f), "a", "the beginning", "near the end"));
    printf("# 5 GiB of holes filled in %d ms\n", (int)(fixture_now() - start));
    CHECK_STATUS(go_offline(&f), CSC_OK);
    wait_for_blocks(&f);

    /* a little of it changed: a little is sent, and the rest stays holes */
    write_at(tree_of(&f), "a", NEAR_END, "changed here", 10);
    start = fixture_now();
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    printf("# a change sent in %d ms\n", (int)(fixture_now() - start));
    CHECK_INT(client.totals.bytes_sent, csc_block_size(SIZE));
    CHECK(is_sparse(f.origin, "a", "the beginning", "changed here"));

    /* a new one is sent as a whole, without its holes */
    make_sparse(tree_of(&f), "new");
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK(client.totals.bytes_sent < 1024 * 1024);
    CHECK(is_sparse(f.origin, "new", "the beginning", "near the end"));

    /* comparing does not read the holes either */
    fixture_touch(f.origin, "new", 1000000100);
    fixture_touch(tree_of(&f), "new", 1000000200);
    start = fixture_now();
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    printf("# compared in %d ms\n", (int)(fixture_now() - start));
    CHECK_INT(client.totals.bytes_done, 0);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), CSC_OK);
    CHECK_INT(client.totals.items_done, 0);
    client_free(&client);
    fixture_destroy(&f);
}

/* -- a wide directory -- */

#define ENTRIES (test_under_valgrind() ? 500 : 100000)

static long memory(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

/* MiB now */
static long resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    CHECK(file && fscanf(file, "%*d %ld", &pages) == 1);
    if (file) fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024) / 1024;
}

static void test_wide(void)
{
    struct client client = { .deep = 1 };
    int64_t start, pinned, again, listed;
    struct fixture f;
    struct csc_enum *items;
    struct csc_buffer records = { 0 };
    long before, kept;
    char name[64];
    size_t count = 0, at;
    int i;

    world_make(&f);
    fixture_mkdir(f.origin, "wide");
    for (i = 0; i < ENTRIES; i++)
    {
        snprintf(name, sizeof(name), "wide/entry number %d", i);
        fixture_write(f.origin, name, "");
    }
    before = memory();
    kept = resident();
    start = fixture_now();
    /* names only: how long the content takes is the disk's affair */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_USER, SHARE), CSC_OK);
    pinned = fixture_now() - start;
    CHECK_INT(client.totals.items_done, ENTRIES + 2);
    start = fixture_now();
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_OUT, SHARE), CSC_OK);
    again = fixture_now() - start;
    CHECK_INT(client.totals.items_failed, 0);

    start = fixture_now();
    CHECK_STATUS(csc_enum_open(f.engine, SHARE "\\wide", 0, 0, &items), CSC_OK);
    while (csc_enum_next(items, 1 << 20, &records) == CSC_OK)
    {
        for (at = 0; at < records.size; at += ((const struct csc_wire_item *)(records.data + at))->size) count++;
        records.size = 0;
    }
    csc_enum_close(items);
    csc_buffer_free(&records);
    listed = fixture_now() - start;
    CHECK_INT(count, ENTRIES);
    kept = resident() - kept;
    printf("# %d entries: pinned in %d ms, synchronized in %d ms, listed in %d ms, %ld MiB more, %ld MiB of them kept\n", ENTRIES,
           (int)pinned, (int)again, (int)listed, memory() - before, kept);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)      /* which keep what was freed */
    if (!test_under_valgrind())
    {
        CHECK(memory() - before < 120);
        CHECK(kept < 60);
    }
#endif
    client_free(&client);
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_sparse);
    RUN(test_wide);
    return test_report();
}
