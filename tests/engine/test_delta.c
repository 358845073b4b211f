/*
 * Large files of which only what changed is sent
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "blake2b.h"
#include "blocks.h"
#include "fs_posix.h"
#include "sync_fixture.h"

#define KIB ((size_t)1024)
#define MIB (KIB * KIB)
#define BLOCK (64 * KIB)
#define SIZE (4 * MIB + 17)

/* -- the hash -- */

static void test_hash(void)
{
    static const struct { size_t size; unsigned factor; const char *hash; } known[] =
    {
        { 0, 1, "cae66941d9efbd404e4d88758ea67670" },
        { 128, 1, "a74787004ef589e31149183900d0294a" },
        { 129, 1, "aaf1b0371f6d4ee49ee4fb5ddd9c49ef" },
        { 1000, 7, "8095a6f38992fefe1c12ac8ec5e70791" },
    };
    unsigned char data[1000], hash[64];
    char text[65];
    size_t i, j;

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    {
        for (j = 0; j < known[i].size; j++) data[j] = (unsigned char)(j * known[i].factor);
        csc_blake2b(data, known[i].size, hash, 16);
        for (j = 0; j < 16; j++) snprintf(text + 2 * j, 3, "%02x", hash[j]);
        CHECK_STRING(text, known[i].hash);
    }
    csc_blake2b("abc", 3, hash, 64);
    for (j = 0; j < 16; j++) snprintf(text + 2 * j, 3, "%02x", hash[j]);
    CHECK_STRING(text, "ba80a53f981c4d0d6a2797b69f12f6e9");
}

static void test_block_sizes(void)
{
    CHECK_INT(csc_block_size(MIB + 1), BLOCK);
    CHECK_INT(csc_block_size(4096 * MIB), BLOCK);
    CHECK_INT(csc_block_size(4096 * MIB + 1), 2 * BLOCK);
    CHECK_INT(csc_block_size(1ull << 50), MIB);
    CHECK_INT(csc_block_count(BLOCK, BLOCK), 1);
    CHECK_INT(csc_block_count(BLOCK + 1, BLOCK), 2);
}

/* -- a file and what is done to it -- */

struct content
{
    unsigned char *data;
    size_t size;
};

static void content_make(struct content *content, size_t size, unsigned seed)
{
    size_t i;

    content->data = malloc(size + MIB);       /* room for what a test adds */
    content->size = size;
    for (i = 0; i < size; i++) content->data[i] = (unsigned char)((i * 2654435761u + seed) >> 13 | 1);
}

static void content_write(const struct content *content, const char *base, const char *below, int seconds)
{
    char path[1200];
    int fd = open(fixture_path(path, base, below), O_WRONLY | O_CREAT | O_TRUNC, 0666);

    if (fd == -1 || write(fd, content->data, content->size) != (ssize_t)content->size) perror(path);
    if (fd != -1) close(fd);
    fixture_touch(base, below, 1000000000 + seconds);
}

static int content_is(const struct content *content, const char *base, const char *below)
{
    unsigned char *data = malloc(content->size + 1);
    char path[1200];
    int fd = open(fixture_path(path, base, below), O_RDONLY), equal;

    equal = fd != -1 && read(fd, data, content->size + 1) == (ssize_t)content->size
            && !memcmp(data, content->data, content->size);
    if (fd != -1) close(fd);
    free(data);
    return equal;
}

/* -- a file system with something added -- */

static struct
{
    int outside;                          /* the origin cannot copy by itself */
    void (*before_reuse)(struct fixture *f);
    struct fixture *f;
    atomic_int reused;                    /* copies from one file of the origin to another */
} world;

static int is_on_origin(const struct csc_file *file)
{
    char link[64], path[1200];
    ssize_t size;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", file->fd);
    size = readlink(link, path, sizeof(path) - 1);
    path[size > 0 ? size : 0] = 0;
    return fixture_is_origin(world.f, path);
}

static csc_status world_copies_inside(struct csc_fs *fs, struct csc_dir *dir, int *inside)
{
    csc_status status = csc_fs_posix()->copies_inside(csc_fs_posix(), dir, inside);

    (void)fs;
    if (world.outside) *inside = 0;
    return status;
}

static csc_status world_copy(struct csc_fs *fs, struct csc_file *from, struct csc_file *to, uint64_t offset,
                             uint64_t size, uint64_t *copied)
{
    (void)fs;
    if (is_on_origin(from) && is_on_origin(to))
    {
        if (!atomic_fetch_add(&world.reused, 1) && world.before_reuse) world.before_reuse(world.f);
    }
    return csc_fs_posix()->copy(csc_fs_posix(), from, to, offset, size, copied);
}

/* 1: the engine knows the blocks of \\server\share\a; waits for it. */
static int wait_for_blocks(struct fixture *f)
{
    struct csc_scope *scope = fixture_scope(f, SHARE);
    int64_t until = fixture_now() + 20000;
    struct csc_blocks blocks;
    struct csc_item item;
    int found = 0;

    while (scope && !found && fixture_now() < until)
    {
        if (csc_failed(csc_store_item_find(f->engine->store, scope->row.root_item, "A", &item))) break;
        found = !csc_failed(csc_store_blocks_get(f->engine->store, &item, &blocks));
        if (found) csc_blocks_free(&blocks);
        else usleep(20000);
        csc_item_clear(&item);
    }
    if (scope) csc_scope_release(scope);
    return found;
}

/* A large file in sync, offline, its blocks known. */
static void one_large(struct fixture *f, struct content *content, size_t size)
{
    memset(&world, 0, sizeof(world));
    world.f = f;
    fixture_make(f);
    f->fs.copies_inside = world_copies_inside;
    f->fs.copy = world_copy;
    CHECK_STATUS(csc_map(f->engine, SHARE, f->origin, 0), CSC_OK);
    content_make(content, size, 1);
    content_write(content, f->origin, "a", 0);
    CHECK_STATUS(pin_all(f), CSC_OK);
    CHECK_STATUS(go_offline(f), CSC_OK);
    if (size > MIB) CHECK(wait_for_blocks(f));
}

static void finish(struct fixture *f, struct content *content)
{
    free(content->data);
    fixture_destroy(f);
}

/* Synchronizes; how many bytes were sent. */
static uint64_t sent_by(struct fixture *f, csc_status expected)
{
    struct client client = { 0 };
    uint64_t sent;

    CHECK_STATUS(client_one(f, &client, CSC_OP_SYNC, SYNC_BOTH, SHARE), expected);
    sent = client.totals.bytes_sent;
    client_free(&client);
    return sent;
}

static void check_same(struct fixture *f, const struct content *content)
{
    CHECK(content_is(content, f->origin, "a"));
    CHECK(content_is(content, tree_of(f), "a"));
    CHECK_INT(count_in(f->origin, NULL), 1);
    CHECK(is_clean(f));
    CHECK_INT(fixture_flags(f, SHARE "\\a"), 0);
}

/* -- changes -- */

static void edit_begin(struct content *content) { content->data[0] ^= 2; }
static void edit_middle(struct content *content) { content->data[content->size / 2] ^= 2; }
static void edit_end(struct content *content) { content->data[content->size - 1] ^= 2; }
static void edit_nothing(struct content *content) { (void)content; }

static void edit_three(struct content *content)
{
    edit_begin(content);
    edit_middle(content);
    edit_end(content);
}

static void edit_border(struct content *content)
{
    content->data[5 * BLOCK - 1] ^= 2;
    content->data[5 * BLOCK] ^= 2;
}

static void edit_append(struct content *content)
{
    memset(content->data + content->size, 'x', 100);
    content->size += 100;
}

static void edit_append_block(struct content *content)
{
    memset(content->data + content->size, 'x', 3 * BLOCK);
    content->size += 3 * BLOCK;
}

static void edit_truncate(struct content *content) { content->size = 3 * MIB; }
static void edit_truncate_odd(struct content *content) { content->size = 3 * MIB + 5; }

static void edit_insert(struct content *content)
{
    memmove(content->data + 2 * MIB + 7, content->data + 2 * MIB, content->size - 2 * MIB);
    memset(content->data + 2 * MIB, 'i', 7);
    content->size += 7;
}

static void edit_zeros(struct content *content) { memset(content->data + MIB, 0, MIB); }

static void edit_zero_end(struct content *content)
{
    memset(content->data + content->size, 0, 2 * BLOCK);
    memset(content->data + content->size - 2 * BLOCK, 0, 2 * BLOCK);
    content->size += 2 * BLOCK;
}

static void edit_to_small(struct content *content) { content->size = MIB; }

static void test_changes(void)
{
    static const struct
    {
        const char *name;
        void (*edit)(struct content *content);
        uint64_t most;                   /* bytes that may be sent */
        int exactly;
    }
    edits[] =
    {
        { "begin", edit_begin, BLOCK, 1 },
        { "middle", edit_middle, BLOCK, 1 },
        { "end", edit_end, 17, 1 },
        { "three places", edit_three, 2 * BLOCK + 17, 1 },
        { "across a border", edit_border, 2 * BLOCK, 1 },
        { "append", edit_append, 117, 1 },
        { "append blocks", edit_append_block, 3 * BLOCK + 17, 1 },
        { "truncate", edit_truncate, 0, 1 },
        { "truncate inside a block", edit_truncate_odd, BLOCK, 0 },
        { "insert", edit_insert, 2 * MIB + 24, 1 },
        { "zeros", edit_zeros, 0, 1 },
        { "zeros at the end", edit_zero_end, BLOCK, 0 },
        { "touched only", edit_nothing, 0, 1 },
        { "no longer large", edit_to_small, MIB, 1 },
    };
    size_t i;

    for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++)
    {
        struct content content;
        struct fixture f;
        uint64_t sent;

        one_large(&f, &content, SIZE);
        edits[i].edit(&content);
        content_write(&content, tree_of(&f), "a", 10);
        sent = sent_by(&f, CSC_OK);
        if (edits[i].exactly ? !CHECK_INT(sent, edits[i].most) : !CHECK(sent <= edits[i].most))
            printf("  %s: %u sent\n", edits[i].name, (unsigned)sent);
        check_same(&f, &content);
        CHECK_INT(sent_by(&f, CSC_OK), 0);

        /* what was sent is known at once */
        if (content.size > MIB)
        {
            edit_begin(&content);
            content_write(&content, tree_of(&f), "a", 20);
            CHECK_INT(sent_by(&f, CSC_OK), BLOCK);
            check_same(&f, &content);
        }
        if (test_failures) printf("  after: %s\n", edits[i].name);
        finish(&f, &content);
    }
}

/* Programs save by writing a new file and renaming it. */
static void test_saved_over(void)
{
    char from[1200], to[1200];
    struct content content;
    struct fixture f;

    one_large(&f, &content, SIZE);
    edit_middle(&content);
    content_write(&content, tree_of(&f), "saving", 10);
    CHECK(!rename(fixture_path(from, tree_of(&f), "saving"), fixture_path(to, tree_of(&f), "a")));
    CHECK_INT(sent_by(&f, CSC_OK), BLOCK);
    check_same(&f, &content);
    finish(&f, &content);
}

/* -- when all of it has to travel -- */

static void test_unknown_blocks(void)
{
    struct content content;
    struct csc_blocks blocks = { .size = SIZE, .block = BLOCK };
    struct csc_scope *scope;
    struct csc_item item;
    struct fixture f;

    /* a list of another content under the same id */
    one_large(&f, &content, SIZE);
    if ((scope = fixture_scope(&f, SHARE)))
    {
        CHECK_STATUS(csc_store_item_find(f.engine->store, scope->row.root_item, "A", &item), CSC_OK);
        blocks.hashes = calloc(csc_block_count(SIZE, BLOCK), CSC_BLOCK_HASH);
        item.local.recorded--;
        CHECK_STATUS(csc_store_blocks_put(f.engine->store, &item, &blocks), CSC_OK);
        item.local.recorded++;
        csc_blocks_free(&blocks);
        CHECK_STATUS(csc_store_blocks_get(f.engine->store, &item, &blocks), CSC_E_NOT_FOUND);
        csc_item_clear(&item);
        csc_scope_release(scope);
    }
    edit_begin(&content);
    content_write(&content, tree_of(&f), "a", 10);
    CHECK_INT(sent_by(&f, CSC_OK), SIZE);
    check_same(&f, &content);
    CHECK_INT(world.reused, 0);
    finish(&f, &content);
}

static void test_cannot_copy(void)
{
    struct content content;
    struct fixture f;

    one_large(&f, &content, SIZE);
    world.outside = 1;
    edit_begin(&content);
    content_write(&content, tree_of(&f), "a", 10);
    CHECK_INT(sent_by(&f, CSC_OK), SIZE);
    CHECK_INT(world.reused, 0);
    check_same(&f, &content);
    finish(&f, &content);
}

static void test_small(void)
{
    struct content content;
    struct fixture f;

    one_large(&f, &content, MIB);
    edit_begin(&content);
    content_write(&content, tree_of(&f), "a", 10);
    CHECK_INT(sent_by(&f, CSC_OK), MIB);
    check_same(&f, &content);
    finish(&f, &content);
}

/* A decision for the cache's copy is made about another version of the origin than the blocks are of. */
static void test_keep_local(void)
{
    struct content content, theirs;
    struct client client = { 0 };
    struct fixture f;

    one_large(&f, &content, SIZE);
    content_make(&theirs, SIZE, 1);
    edit_end(&theirs);
    content_write(&theirs, f.origin, "a", 20);
    edit_begin(&content);
    content_write(&content, tree_of(&f), "a", 10);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_SYNC, SYNC_BOTH | OFFLINEFILES_SYNC_CONTROL_CR_KEEPLOCAL, SHARE), CSC_OK);
    CHECK_INT(client.totals.bytes_sent, SIZE);
    CHECK_INT(world.reused, 0);
    check_same(&f, &content);
    client_free(&client);
    free(theirs.data);
    finish(&f, &content);
}

/* -- the origin moves -- */

static void origin_written(struct fixture *f)
{
    char path[1200];
    int fd = open(fixture_path(path, f->origin, "a"), O_WRONLY);

    CHECK_INT(pwrite(fd, "theirs", 6, 3 * MIB), 6);
    close(fd);
}

static void origin_written_unseen(struct fixture *f)
{
    origin_written(f);
    fixture_touch(f->origin, "a", 1000000000);
}

static void origin_shortened(struct fixture *f)
{
    char path[1200];

    CHECK(!truncate(fixture_path(path, f->origin, "a"), MIB));
}

/* Somebody writes to the origin's file while its blocks are being copied: nothing of that gets mixed in. */
static void test_origin_moves(void)
{
    void (*const acts[])(struct fixture *f) = { origin_written, origin_written_unseen, origin_shortened };
    int i;

    for (i = 0; i < 3; i++)
    {
        struct content content, theirs;
        struct fixture f;

        one_large(&f, &content, SIZE);
        content_make(&theirs, SIZE, 1);
        if (i < 2) memcpy(theirs.data + 3 * MIB, "theirs", 6);
        else theirs.size = MIB;
        edit_begin(&content);
        content_write(&content, tree_of(&f), "a", 10);
        world.before_reuse = acts[i];
        sent_by(&f, CSC_E_MORE_DATA);
        CHECK(world.reused > 0);
        CHECK_INT(conflict_count(&f), 1);
        CHECK(content_is(&theirs, f.origin, "a"));
        CHECK(content_is(&content, tree_of(&f), "a"));
        CHECK_INT(count_in(f.origin, NULL), 1);
        if (test_failures) printf("  after act %d\n", i);
        free(theirs.data);
        finish(&f, &content);
    }
}

/* The origin's file was changed before, with its time set back. */
static void test_origin_moved_unseen(void)
{
    struct content content, theirs;
    struct fixture f;

    one_large(&f, &content, SIZE);
    content_make(&theirs, SIZE, 1);
    memcpy(theirs.data + 3 * MIB, "theirs", 6);
    origin_written_unseen(&f);
    edit_begin(&content);
    content_write(&content, tree_of(&f), "a", 10);
    sent_by(&f, CSC_E_MORE_DATA);
    CHECK_INT(world.reused, 0);
    CHECK(content_is(&theirs, f.origin, "a"));
    CHECK(content_is(&content, tree_of(&f), "a"));
    free(theirs.data);
    finish(&f, &content);
}

/* -- the lists -- */

/* A file that was changed before its list was made gets none: it would be of the wrong version. */
static void test_list_of_agreed_only(void)
{
    struct content content;
    struct csc_blocks blocks;
    struct csc_scope *scope;
    struct csc_item item;
    struct fixture f;

    one_large(&f, &content, SIZE);
    content.data[7] ^= 2;
    content_write(&content, f.origin, "a", 10);
    /* comes into the cache, and is changed there before anybody can have read it */
    CHECK_STATUS(sync_share(&f, SYNC_BOTH), CSC_OK);
    if ((scope = fixture_scope(&f, SHARE)))
    {
        edit_end(&content);
        content_write(&content, tree_of(&f), "a", 20);
        usleep(1500000);
        CHECK_STATUS(csc_store_item_find(f.engine->store, scope->row.root_item, "A", &item), CSC_OK);
        /* the list was made before the change, or not at all */
        if (!csc_store_blocks_get(f.engine->store, &item, &blocks))
        {
            unsigned char hash[CSC_BLOCK_HASH];

            csc_blake2b(content.data + SIZE / BLOCK * BLOCK, 17, hash, sizeof(hash));
            CHECK(memcmp(blocks.hashes + SIZE / BLOCK * CSC_BLOCK_HASH, hash, sizeof(hash)));
            csc_blocks_free(&blocks);
        }
        /* rows take their lists along */
        CHECK_STATUS(csc_store_item_delete(f.engine->store, item.id), CSC_OK);
        CHECK_STATUS(csc_store_blocks_get(f.engine->store, &item, &blocks), CSC_E_NOT_FOUND);
        blocks.size = SIZE;
        blocks.block = BLOCK;
        blocks.hashes = calloc(csc_block_count(SIZE, BLOCK), CSC_BLOCK_HASH);
        CHECK_STATUS(csc_store_blocks_put(f.engine->store, &item, &blocks), CSC_OK);
        csc_blocks_free(&blocks);
        CHECK_STATUS(csc_store_blocks_get(f.engine->store, &item, &blocks), CSC_E_NOT_FOUND);
        csc_item_clear(&item);
        csc_scope_release(scope);
    }
    finish(&f, &content);
}

int main(void)
{
    RUN(test_hash);
    RUN(test_block_sizes);
    RUN(test_changes);
    RUN(test_saved_over);
    RUN(test_unknown_blocks);
    RUN(test_cannot_copy);
    RUN(test_small);
    RUN(test_keep_local);
    RUN(test_origin_moves);
    RUN(test_origin_moved_unseen);
    RUN(test_list_of_agreed_only);
    return test_report();
}
