/*
 * Tests of the POSIX system layer, in a folder of its own
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "fs_posix.h"
#include "test.h"

static struct csc_fs *fs;
static char folder[512];
static struct csc_dir *root;

static const char *in_folder(const char *name)
{
    static char paths[4][1024];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static void make_file(const char *name, const char *content)
{
    FILE *file = fopen(in_folder(name), "w");

    if (!file || fputs(content, file) < 0 || fclose(file)) FAIL("cannot make %s", name);
}

static int has_content(const char *name, const char *expected)
{
    char text[256] = "";
    FILE *file = fopen(in_folder(name), "r");
    size_t size;

    if (!file) return 0;
    size = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    return size == strlen(expected) && !strcmp(text, expected);
}

static int exists(const char *name)
{
    struct stat st;

    return !lstat(in_folder(name), &st);
}

/* -- holes -- */

static void keeps_holes(void)
{
    struct csc_file *file, *plain;
    uint64_t start = 1, end = 1;

    CHECK_STATUS(fs->create_file(fs, root, "holes", &file), CSC_OK);
    CHECK_STATUS(fs->find_data(fs, file, 0, &start, &end), CSC_OK);
    CHECK_INT(start, 0);
    CHECK_INT(end, 0);

    /* a hole, data, a hole */
    CHECK_STATUS(fs->write(fs, file, 1 << 20, "data", 4), CSC_OK);
    CHECK_STATUS(fs->set_size(fs, file, 8ull << 30), CSC_OK);
    CHECK_STATUS(fs->find_data(fs, file, 0, &start, &end), CSC_OK);
    if (start)      /* else the file system knows no holes, and all is data */
    {
        CHECK_INT(start, 1 << 20);
        CHECK(end >= (1 << 20) + 4 && end < 2 << 20);
        CHECK_STATUS(fs->find_data(fs, file, end, &start, &end), CSC_OK);
        CHECK_INT(start, 8ull << 30);
        CHECK_INT(end, 8ull << 30);
    }
    CHECK_STATUS(fs->find_data(fs, file, 9ull << 30, &start, &end), CSC_OK);
    CHECK_INT(start, 8ull << 30);
    CHECK_INT(end, 8ull << 30);
    CHECK_STATUS(fs->find_data(fs, file, UINT64_MAX, &start, &end), CSC_E_INVALID_ARG);
    CHECK_STATUS(fs->set_size(fs, file, UINT64_MAX), CSC_E_INVALID_ARG);

    CHECK_STATUS(fs->set_size(fs, file, (1 << 20) + 2), CSC_OK);
    CHECK_STATUS(fs->find_data(fs, file, 1 << 20, &start, &end), CSC_OK);
    CHECK_INT(start, 1 << 20);
    CHECK_INT(end, (1 << 20) + 2);
    fs->close_file(fs, file);

    make_file("no holes", "text");
    CHECK_STATUS(fs->open_file(fs, root, "no holes", &plain), CSC_OK);
    CHECK_STATUS(fs->find_data(fs, plain, 1, &start, &end), CSC_OK);
    CHECK_INT(start, 1);
    CHECK_INT(end, 4);
    fs->close_file(fs, plain);
    CHECK_STATUS(fs->remove_file(fs, root, "holes"), CSC_OK);
    CHECK_STATUS(fs->remove_file(fs, root, "no holes"), CSC_OK);
}

static void tells_where_copies_are_made(void)
{
    struct csc_dir *proc;
    int inside = -1;

    CHECK_STATUS(fs->copies_inside(fs, root, &inside), CSC_OK);
    CHECK_INT(inside, 1);
    if (csc_failed(fs->open_root(fs, "/proc", &proc))) return;
    CHECK_STATUS(fs->copies_inside(fs, proc, &inside), CSC_OK);
    CHECK_INT(inside, 1);
    fs->close_dir(fs, proc);
}

/* -- errors -- */

static void maps_errors(void)
{
    static const int network[] =
    {
        ENOTCONN, ESTALE, EIO, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EREMOTEIO, ENODEV, ENXIO,
        ECONNRESET, ECONNABORTED, ECONNREFUSED
    };
    static const int local[] =
    {
        ENOENT, EACCES, EPERM, EROFS, ENOTDIR, EISDIR, EEXIST, ENOTEMPTY, ENOSPC, EDQUOT, ENOMEM, EMFILE, ENAMETOOLONG,
        ELOOP, EBUSY, EINVAL, EXDEV, EAGAIN
    };
    size_t i;

    CHECK_STATUS(csc_status_from_errno(0), CSC_OK);
    CHECK_STATUS(csc_status_from_errno(ENOENT), CSC_E_NOT_FOUND);
    CHECK_STATUS(csc_status_from_errno(EISDIR), CSC_E_DIRECTORY);
    CHECK_STATUS(csc_status_from_errno(ENOSPC), CSC_E_DISK_FULL);
    CHECK_STATUS(csc_status_from_errno(123456), CSC_E_FAIL);
    for (i = 0; i < sizeof(network) / sizeof(network[0]); i++)
        if (!csc_status_is_origin_failure(csc_status_from_errno(network[i]))) FAIL("%s", strerror(network[i]));
    for (i = 0; i < sizeof(local) / sizeof(local[0]); i++)
    {
        if (csc_status_is_origin_failure(csc_status_from_errno(local[i]))) FAIL("%s", strerror(local[i]));
        CHECK(csc_failed(csc_status_from_errno(local[i])));
    }
    CHECK(csc_status_is_origin_failure(CSC_E_TIMEOUT));
    CHECK(!csc_status_is_origin_failure(CSC_OK));
}

/* -- directories -- */

static void opens_roots(void)
{
    struct csc_dir *dir;
    struct csc_stat st;

    make_file("file", "");
    CHECK_STATUS(fs->open_root(fs, in_folder("missing"), &dir), CSC_E_PATH_NOT_FOUND);
    CHECK_STATUS(fs->open_root(fs, in_folder("file"), &dir), CSC_E_DIRECTORY);
    CHECK(!symlink(folder, in_folder("root-link")));
    CHECK_STATUS(fs->open_root(fs, in_folder("root-link"), &dir), CSC_OK);
    CHECK_STATUS(fs->stat_dir(fs, dir, &st), CSC_OK);
    CHECK_INT(st.type, CSC_TYPE_DIRECTORY);
    CHECK_INT(st.attributes, CSC_ATTR_UNSEEN | CSC_ATTR_DIRECTORY);
    fs->close_dir(fs, dir);
    unlink(in_folder("root-link"));
    unlink(in_folder("file"));
}

static void never_follows_links(void)
{
    struct csc_file *file;
    struct csc_dir *dir;
    struct csc_stat st;

    make_file("target", "secret");
    mkdir(in_folder("target-dir"), 0777);
    CHECK(!symlink("target", in_folder("link")));
    CHECK(!symlink("target-dir", in_folder("dir-link")));
    CHECK(!symlink("nowhere", in_folder("dangling")));

    CHECK_STATUS(fs->open_file(fs, root, "link", &file), CSC_E_CANNOT_ACCESS);
    CHECK(!file);
    CHECK_STATUS(fs->open_dir(fs, root, "dir-link", &dir), CSC_E_CANNOT_ACCESS);
    CHECK(!dir);
    CHECK_STATUS(fs->open_dir(fs, root, "target", &dir), CSC_E_DIRECTORY);
    CHECK_STATUS(fs->open_dir(fs, root, "missing", &dir), CSC_E_NOT_FOUND);
    CHECK_STATUS(fs->open_file(fs, root, "target-dir", &file), CSC_E_DIRECTORY);
    CHECK_STATUS(fs->stat(fs, root, "link", &st), CSC_OK);
    CHECK_INT(st.type, CSC_TYPE_LINK);
    CHECK(st.attributes);
    CHECK_STATUS(fs->set_attributes(fs, root, "link", CSC_ATTR_READONLY), CSC_E_CANNOT_ACCESS);
    CHECK_STATUS(fs->create_file(fs, root, "dangling", &file), CSC_E_EXISTS);
    CHECK(!exists("nowhere"));

    /* removing and renaming take the link, not what it leads to */
    CHECK_STATUS(fs->remove_dir(fs, root, "dir-link"), CSC_E_DIRECTORY);
    CHECK_STATUS(fs->remove_file(fs, root, "dir-link"), CSC_OK);
    CHECK_STATUS(fs->rename(fs, root, "link", root, "link2", CSC_RENAME_REPLACE), CSC_OK);
    CHECK_STATUS(fs->remove_file(fs, root, "link2"), CSC_OK);
    CHECK(has_content("target", "secret"));
    CHECK(exists("target-dir"));
    unlink(in_folder("dangling"));
    unlink(in_folder("target"));
    rmdir(in_folder("target-dir"));
}

static void never_opens_special_files(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct csc_file *file;
    struct csc_stat st;
    int sock;

    CHECK(!mkfifo(in_folder("fifo"), 0666));
    CHECK_STATUS(fs->open_file(fs, root, "fifo", &file), CSC_E_CANNOT_ACCESS);   /* and does not wait */
    CHECK_STATUS(fs->stat(fs, root, "fifo", &st), CSC_OK);
    CHECK_INT(st.type, CSC_TYPE_OTHER);
    unlink(in_folder("fifo"));

    sock = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", in_folder("socket"));
    if (sock != -1 && !bind(sock, (struct sockaddr *)&address, sizeof(address)))
        CHECK_STATUS(fs->open_file(fs, root, "socket", &file), CSC_E_CANNOT_ACCESS);
    close(sock);
    unlink(in_folder("socket"));
}

struct listing
{
    int count, files, directories, links, others, fail_at;
    struct csc_dir *again;    /* listed once more inside */
    int inner;
};

static csc_status count_inner(void *context, const char *name, enum csc_file_type type)
{
    struct listing *listing = context;

    (void)name;
    (void)type;
    listing->inner++;
    return CSC_OK;
}

static csc_status count_entry(void *context, const char *name, enum csc_file_type type)
{
    struct listing *listing = context;
    struct csc_stat st;

    if (!strcmp(name, ".") || !strcmp(name, "..")) FAIL("%s is listed", name);
    if (++listing->count == listing->fail_at) return CSC_E_CANCELLED;
    if (type == CSC_TYPE_NONE && !fs->stat(fs, root, name, &st)) type = st.type;
    listing->files += type == CSC_TYPE_FILE;
    listing->directories += type == CSC_TYPE_DIRECTORY;
    listing->links += type == CSC_TYPE_LINK;
    listing->others += type == CSC_TYPE_OTHER;
    if (listing->again && listing->count == 2)
        CHECK_STATUS(fs->list(fs, listing->again, count_inner, listing), CSC_OK);
    return CSC_OK;
}

static void lists_completely(void)
{
    struct listing listing = {0};
    struct csc_dir *dir;
    char name[64];
    int i;

    CHECK_STATUS(fs->make_dir(fs, root, "many"), CSC_OK);
    CHECK_STATUS(fs->make_dir(fs, root, "many"), CSC_E_EXISTS);
    for (i = 0; i < 3000; i++)
    {
        snprintf(name, sizeof(name), "many/a rather long name of a file %d", i);
        make_file(name, "");
    }
    mkdir(in_folder("many/dir"), 0777);
    CHECK(!symlink("x", in_folder("many/link")));
    mkfifo(in_folder("many/fifo"), 0666);
    CHECK_STATUS(fs->remove_dir(fs, root, "many"), CSC_E_NOT_EMPTY);

    CHECK_STATUS(fs->open_dir(fs, root, "many", &dir), CSC_OK);
    CHECK_STATUS(fs->list(fs, dir, count_entry, &listing), CSC_OK);
    CHECK_INT(listing.count, 3003);
    CHECK_INT(listing.files, 3000);
    CHECK_INT(listing.directories, 1);
    CHECK_INT(listing.links, 1);
    CHECK_INT(listing.others, 1);

    /* again from the start, also while it is being listed */
    memset(&listing, 0, sizeof(listing));
    listing.again = dir;
    CHECK_STATUS(fs->list(fs, dir, count_entry, &listing), CSC_OK);
    CHECK_INT(listing.count, 3003);
    CHECK_INT(listing.inner, 3003);

    memset(&listing, 0, sizeof(listing));
    listing.fail_at = 10;
    CHECK_STATUS(fs->list(fs, dir, count_entry, &listing), CSC_E_CANCELLED);
    CHECK_INT(listing.count, 10);
    fs->close_dir(fs, dir);
    test_remove_folder(in_folder("many"));
}

static void reports_listing_errors(void)
{
    struct listing listing = {0};
    struct csc_dir *dir;

    /* a folder that is gone lists as nothing in readdir's ways, and must not look empty */
    mkdir(in_folder("gone"), 0777);
    CHECK_STATUS(fs->open_dir(fs, root, "gone", &dir), CSC_OK);
    rmdir(in_folder("gone"));
    CHECK_STATUS(fs->list(fs, dir, count_entry, &listing), CSC_E_NOT_FOUND);
    CHECK_INT(listing.count, 0);
    fs->close_dir(fs, dir);
}

/* -- renames -- */

static void renames(void)
{
    struct csc_dir *sub;
    csc_status status;

    mkdir(in_folder("sub"), 0777);
    CHECK_STATUS(fs->open_dir(fs, root, "sub", &sub), CSC_OK);
    make_file("a", "A");
    make_file("sub/b", "B");

    CHECK_STATUS(fs->rename(fs, root, "a", sub, "b", CSC_RENAME_NOREPLACE), CSC_E_EXISTS);
    CHECK(has_content("a", "A") && has_content("sub/b", "B"));
    CHECK_STATUS(fs->rename(fs, root, "a", sub, "c", CSC_RENAME_NOREPLACE), CSC_OK);
    CHECK(has_content("sub/c", "A") && !exists("a"));

    status = fs->rename(fs, sub, "c", sub, "b", CSC_RENAME_EXCHANGE);
    if (status != CSC_E_NOT_SUPPORTED)
    {
        CHECK_STATUS(status, CSC_OK);
        CHECK(has_content("sub/b", "A") && has_content("sub/c", "B"));
        CHECK_STATUS(fs->rename(fs, sub, "b", sub, "missing", CSC_RENAME_EXCHANGE), CSC_E_NOT_FOUND);
        CHECK(has_content("sub/b", "A"));
    }
    CHECK_STATUS(fs->rename(fs, sub, "b", root, "a", CSC_RENAME_REPLACE), CSC_OK);
    CHECK_STATUS(fs->rename(fs, sub, "c", root, "a", CSC_RENAME_REPLACE), CSC_OK);
    CHECK(exists("a") && !exists("sub/b") && !exists("sub/c"));
    CHECK_STATUS(fs->rename(fs, sub, "missing", root, "a", CSC_RENAME_REPLACE), CSC_E_NOT_FOUND);
    CHECK_STATUS(fs->rename(fs, root, "a", root, "sub", CSC_RENAME_REPLACE), CSC_E_DIRECTORY);
    CHECK_STATUS(fs->rename(fs, root, "a", root, "x", 7), CSC_E_INVALID_ARG);
    make_file("sub/b", "B");
    mkdir(in_folder("other"), 0777);
    CHECK_STATUS(fs->rename(fs, root, "other", root, "sub", CSC_RENAME_REPLACE), CSC_E_NOT_EMPTY);
    CHECK_STATUS(fs->sync_dir(fs, sub), CSC_OK);
    CHECK_STATUS(fs->sync_all(fs, sub), CSC_OK);
    fs->close_dir(fs, sub);
    test_remove_folder(in_folder("sub"));
    test_remove_folder(in_folder("other"));
    unlink(in_folder("a"));
}

/* -- files -- */

static void reads_and_writes(void)
{
    struct csc_file *file, *other;
    struct csc_stat st;
    char data[16];
    size_t got;

    CHECK_STATUS(fs->open_file(fs, root, "new", &file), CSC_E_NOT_FOUND);
    CHECK_STATUS(fs->create_file(fs, root, "new", &file), CSC_OK);
    CHECK_STATUS(fs->create_file(fs, root, "new", &other), CSC_E_EXISTS);
    CHECK_STATUS(fs->write(fs, file, 0, "hello", 5), CSC_OK);
    CHECK_STATUS(fs->write(fs, file, 10, "world", 5), CSC_OK);
    CHECK_STATUS(fs->write(fs, file, UINT64_MAX, "x", 1), CSC_E_INVALID_ARG);
    CHECK_STATUS(fs->sync_file(fs, file), CSC_OK);
    CHECK_STATUS(fs->read(fs, file, 0, data, sizeof(data), &got), CSC_OK);
    CHECK_INT(got, 15);
    CHECK(!memcmp(data, "hello\0\0\0\0\0world", 15));
    CHECK_STATUS(fs->read(fs, file, 12, data, 2, &got), CSC_OK);
    CHECK_INT(got, 2);
    CHECK_STATUS(fs->read(fs, file, 15, data, 2, &got), CSC_OK);
    CHECK_INT(got, 0);
    CHECK_STATUS(fs->read(fs, file, UINT64_MAX - 1, data, 2, &got), CSC_E_INVALID_ARG);
    CHECK_STATUS(fs->stat_file(fs, file, &st), CSC_OK);
    CHECK_INT(st.size, 15);
    CHECK_INT(st.type, CSC_TYPE_FILE);
    CHECK(st.ino && st.mtime > 0 && st.ctime > 0);
    fs->close_file(fs, file);

    /* what is opened is not written to */
    CHECK_STATUS(fs->open_file(fs, root, "new", &file), CSC_OK);
    CHECK_STATUS(fs->write(fs, file, 0, "x", 1), CSC_E_INVALID_HANDLE);
    fs->close_file(fs, file);
    CHECK_STATUS(fs->remove_file(fs, root, "new"), CSC_OK);
    CHECK_STATUS(fs->remove_file(fs, root, "new"), CSC_E_NOT_FOUND);
    CHECK_STATUS(fs->stat(fs, root, "new", &st), CSC_E_NOT_FOUND);
    CHECK_INT(st.type, CSC_TYPE_NONE);
}

static void fill(char *data, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) data[i] = (char)(i * 2654435761u >> 13);
}

/* Copies "source" into a new file of dir in pieces, and compares. */
static void check_copy(struct csc_dir *dir, const char *data, size_t size, uint64_t piece)
{
    struct csc_file *from, *to;
    uint64_t offset = 0, copied;
    char *back = malloc(size + 1);
    size_t got;

    CHECK_STATUS(fs->open_file(fs, root, "source", &from), CSC_OK);
    CHECK_STATUS(fs->create_file(fs, dir, "csc-copy", &to), CSC_OK);
    do
    {
        if (!CHECK_STATUS(fs->copy(fs, from, to, offset, piece, &copied), CSC_OK)) break;
        CHECK(copied <= piece);
        offset += copied;
    } while (copied);
    CHECK_INT(offset, size);
    CHECK_STATUS(fs->read(fs, to, 0, back, size + 1, &got), CSC_OK);
    CHECK(got == size && !memcmp(back, data, size));
    fs->close_file(fs, from);
    fs->close_file(fs, to);
    CHECK_STATUS(fs->remove_file(fs, dir, "csc-copy"), CSC_OK);
    free(back);
}

static void copies(void)
{
    size_t size = 700001;
    char *data = malloc(size);
    struct csc_file *file;

    fill(data, size);
    CHECK_STATUS(fs->create_file(fs, root, "source", &file), CSC_OK);
    CHECK_STATUS(fs->write(fs, file, 0, data, size), CSC_OK);
    fs->close_file(fs, file);
    check_copy(root, data, size, 8 << 20);
    check_copy(root, data, size, 100000);
    CHECK(!truncate(in_folder("source"), 0));
    check_copy(root, data, 0, 8 << 20);
    unlink(in_folder("source"));
    free(data);
}

static void copies_between_volumes(void)
{
    size_t size = 700001;
    struct csc_dir *other;
    struct csc_stat here, there;
    struct csc_file *file;
    char path[] = "/dev/shm/csc-test-XXXXXX", *data;

    if (!mkdtemp(path))
    {
        test_skip("no second file system at /dev/shm");
        return;
    }
    CHECK_STATUS(fs->open_root(fs, path, &other), CSC_OK);
    CHECK_STATUS(fs->stat_dir(fs, root, &here), CSC_OK);
    CHECK_STATUS(fs->stat_dir(fs, other, &there), CSC_OK);
    if (here.dev == there.dev) test_skip("/dev/shm is the file system of the test's folder");
    else
    {
        data = malloc(size);
        fill(data, size);
        CHECK_STATUS(fs->create_file(fs, root, "source", &file), CSC_OK);
        CHECK_STATUS(fs->write(fs, file, 0, data, size), CSC_OK);
        fs->close_file(fs, file);
        check_copy(other, data, size, 8 << 20);
        check_copy(other, data, size, 100000);
        CHECK_STATUS(fs->create_file(fs, other, "x", &file), CSC_OK);
        fs->close_file(fs, file);
        CHECK_STATUS(fs->rename(fs, other, "x", root, "x", CSC_RENAME_REPLACE), CSC_E_NOT_SUPPORTED);
        free(data);
        unlink(in_folder("source"));
    }
    fs->close_dir(fs, other);
    test_remove_folder(path);
}

/* Files of /proc say that they are empty: the system's own copy believes that. */
static void copies_files_of_unknown_size(void)
{
    struct csc_file *from, *to;
    struct csc_dir *proc;
    struct csc_stat st;
    uint64_t copied = 0;

    if (fs->open_root(fs, "/proc/self", &proc))
    {
        test_skip("no /proc");
        return;
    }
    CHECK_STATUS(fs->open_file(fs, proc, "status", &from), CSC_OK);
    CHECK_STATUS(fs->create_file(fs, root, "copy", &to), CSC_OK);
    CHECK_STATUS(fs->stat_file(fs, from, &st), CSC_OK);
    CHECK_INT(st.size, 0);
    CHECK_STATUS(fs->copy(fs, from, to, 0, 1 << 20, &copied), CSC_OK);
    CHECK(copied > 100);
    CHECK_STATUS(fs->stat_file(fs, to, &st), CSC_OK);
    CHECK_INT(st.size, copied);
    fs->close_file(fs, from);
    fs->close_file(fs, to);
    fs->close_dir(fs, proc);
    unlink(in_folder("copy"));
}

/* -- times and attributes -- */

static void sets_times(void)
{
    static const int64_t times[] = {0, 1, -1, 1700000000123456789, -1234567890123456789, 4102444800000000000};
    int64_t granularity;
    struct csc_file *file;
    struct csc_dir *dir;
    struct csc_stat st;
    int trusted;
    size_t i;

    CHECK_STATUS(fs->time_quality(fs, root, &granularity, &trusted), CSC_OK);
    CHECK(granularity >= 1000000 && granularity <= 2000000000);
    CHECK_STATUS(fs->create_file(fs, root, "timed", &file), CSC_OK);
    for (i = 0; i < sizeof(times) / sizeof(times[0]); i++)
    {
        /* before 1901 ext4 keeps none */
        if (times[i] < -1000000000000000000 && trusted) continue;
        CHECK_STATUS(fs->set_times(fs, file, times[i], 42), CSC_OK);
        CHECK_STATUS(fs->stat_file(fs, file, &st), CSC_OK);
        if (trusted) CHECK_INT(st.mtime, times[i]);
    }
    CHECK_STATUS(fs->set_times(fs, file, 1700000000000000000, 1600000000000000000), CSC_OK);
    CHECK_STATUS(fs->set_times(fs, file, INT64_MIN, 1650000000000000000), CSC_OK);
    CHECK_STATUS(fs->stat_file(fs, file, &st), CSC_OK);
    CHECK_INT(st.mtime, 1700000000000000000);
    CHECK_INT(st.atime, 1650000000000000000);
    fs->close_file(fs, file);
    unlink(in_folder("timed"));

    mkdir(in_folder("dir"), 0777);
    CHECK_STATUS(fs->open_dir(fs, root, "dir", &dir), CSC_OK);
    CHECK_STATUS(fs->set_dir_times(fs, dir, 1700000000000000000), CSC_OK);
    CHECK_STATUS(fs->stat(fs, root, "dir", &st), CSC_OK);
    CHECK_INT(st.mtime, 1700000000000000000);
    CHECK_INT(st.size, 0);
    fs->close_dir(fs, dir);
    rmdir(in_folder("dir"));
}

static mode_t mode_of(const char *name)
{
    struct stat st;

    return lstat(in_folder(name), &st) ? 0 : st.st_mode & 07777;
}

static void sets_attributes(void)
{
    struct csc_file *file;
    struct csc_stat st;

    make_file("a", "");
    chmod(in_folder("a"), 0664);
    CHECK_STATUS(fs->stat(fs, root, "a", &st), CSC_OK);
    CHECK_INT(st.attributes, CSC_ATTR_UNSEEN | CSC_ATTR_ARCHIVE);
    CHECK_STATUS(fs->set_attributes(fs, root, "a", CSC_ATTR_READONLY), CSC_OK);
    CHECK_INT(mode_of("a"), 0444);
    CHECK_STATUS(fs->stat(fs, root, "a", &st), CSC_OK);
    CHECK_INT(st.attributes, CSC_ATTR_UNSEEN | CSC_ATTR_ARCHIVE | CSC_ATTR_READONLY);

    /* back: whoever may read, as far as the umask lets */
    CHECK_STATUS(fs->open_file(fs, root, "a", &file), CSC_OK);
    CHECK_STATUS(fs->set_file_attributes(fs, file, 0), CSC_OK);
    CHECK_INT(mode_of("a"), 0644);
    CHECK_STATUS(fs->set_file_attributes(fs, file, CSC_ATTR_READONLY | CSC_ATTR_HIDDEN), CSC_OK);
    CHECK_INT(mode_of("a"), 0444);
    chmod(in_folder("a"), 0600);
    CHECK_STATUS(fs->set_file_attributes(fs, file, CSC_ATTR_HIDDEN), CSC_OK);
    CHECK_INT(mode_of("a"), 0600);
    fs->close_file(fs, file);
    CHECK_STATUS(fs->set_attributes(fs, root, "missing", 0), CSC_E_NOT_FOUND);

    mkdir(in_folder("d"), 0755);
    CHECK_STATUS(fs->set_attributes(fs, root, "d", CSC_ATTR_READONLY), CSC_OK);
    CHECK_INT(mode_of("d"), 0755);
    unlink(in_folder("a"));
    rmdir(in_folder("d"));
}

static void reads_dosattrib(void)
{
    /* as smbd 4.17 writes it: hidden and system */
    static const unsigned char samba[] = { 0, 0, 5, 0, 5, 0, 0, 0, 0x11, 0, 0, 0, 6, 0, 0, 0,
                                           0xd6, 0xd6, 0xdc, 0x19, 0x90, 0x7a, 0xdd, 1 };
    static const unsigned char none[] = { 0, 0, 5, 0, 5, 0, 0, 0, 0x10, 0, 0, 0, 6, 0, 0, 0 };
    static const struct { const char *text; size_t size; uint32_t attributes; int ours; } cases[] =
    {
        { "0x2", 3, 2, 1 }, { "0x6", 3, 6, 1 }, { "0x22", 4, 0x22, 1 }, { "0X2", 3, 0, 0 }, { "0x", 2, 0, 0 },
        { "0xg", 3, 0, 0 }, { "0x2 ", 4, 0, 0 }, { "2", 1, 0, 0 }, { "", 0, 0, 0 },
        { "0x2\0\0\3", 6, 2, 0 },                    /* more behind it */
        { "0x1ffffffff", 11, 0, 0 }
    };
    char longest[300];
    size_t i;
    int ours;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        CHECK_INT(csc_posix_parse_dosattrib(cases[i].text, cases[i].size, &ours), cases[i].attributes);
        CHECK_INT(ours, cases[i].ours);
    }
    CHECK_INT(csc_posix_parse_dosattrib(samba, sizeof(samba), &ours), 6);
    CHECK_INT(ours, 0);
    CHECK_INT(csc_posix_parse_dosattrib(samba, 15, &ours), 0);
    CHECK_INT(csc_posix_parse_dosattrib(none, sizeof(none), &ours), 0);
    memset(longest, '0', sizeof(longest));
    longest[1] = 'x';
    CHECK_INT(csc_posix_parse_dosattrib(longest, sizeof(longest), &ours), 0);
    CHECK_INT(ours, 0);
}

static int has_dosattrib(const char *name, const char *text)
{
    char value[64];
    ssize_t got = getxattr(in_folder(name), "user.DOSATTRIB", value, sizeof(value));

    return text ? got == (ssize_t)strlen(text) && !memcmp(value, text, strlen(text)) : got == -1 && errno == ENODATA;
}

static uint32_t see(const char *name)
{
    struct csc_stat st;

    CHECK_STATUS(fs->stat(fs, root, name, &st), CSC_OK);
    CHECK_STATUS(fs->see(fs, root, name, &st), CSC_OK);
    return st.attributes;
}

static void hides(void)
{
    static const char samba[] = { 0, 0, 5, 0, 5, 0, 0, 0, 0x11, 0, 0, 0, 2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
    const uint32_t file_bits = CSC_ATTR_ARCHIVE, dir_bits = CSC_ATTR_DIRECTORY;
    struct csc_file *file;
    struct csc_stat st;
    char value[64];

    if (fs->see(fs, root, NULL, &st) == CSC_E_NOT_SUPPORTED)
    {
        test_skip("no extended attributes here");
        return;
    }
    make_file("a", "");
    mkdir(in_folder("d"), 0755);
    CHECK_INT(see("a"), file_bits);
    CHECK_INT(see("d"), dir_bits);
    CHECK_STATUS(fs->see(fs, root, "missing", &st), CSC_E_NOT_FOUND);

    CHECK_STATUS(fs->set_attributes(fs, root, "a", CSC_ATTR_HIDDEN), CSC_OK);
    CHECK(has_dosattrib("a", "0x2"));
    CHECK_INT(see("a"), file_bits | CSC_ATTR_HIDDEN);
    if (CHECK_STATUS(fs->open_file(fs, root, "a", &file), CSC_OK))
    {
        CHECK_STATUS(fs->stat_file(fs, file, &st), CSC_OK);
        CHECK(st.attributes & CSC_ATTR_UNSEEN);
        CHECK_STATUS(fs->see_file(fs, file, &st), CSC_OK);
        CHECK_INT(st.attributes, file_bits | CSC_ATTR_HIDDEN);
        fs->close_file(fs, file);
    }
    CHECK_STATUS(fs->set_attributes(fs, root, "d", CSC_ATTR_SYSTEM | CSC_ATTR_HIDDEN), CSC_OK);
    CHECK(has_dosattrib("d", "0x6"));
    CHECK_INT(see("d"), dir_bits | CSC_ATTR_SYSTEM | CSC_ATTR_HIDDEN);

    /* READONLY keeps nobody from setting and clearing them; what was not seen stays */
    CHECK_STATUS(fs->set_attributes(fs, root, "a", CSC_ATTR_READONLY | CSC_ATTR_UNSEEN), CSC_OK);
    CHECK_INT(see("a"), file_bits | CSC_ATTR_READONLY | CSC_ATTR_HIDDEN);
    CHECK_STATUS(fs->set_attributes(fs, root, "a", CSC_ATTR_READONLY | CSC_ATTR_SYSTEM), CSC_OK);
    CHECK_INT(see("a"), file_bits | CSC_ATTR_READONLY | CSC_ATTR_SYSTEM);
    CHECK_INT(mode_of("a"), 0444);
    CHECK_STATUS(fs->open_file(fs, root, "a", &file), CSC_OK);
    CHECK_STATUS(fs->set_file_attributes(fs, file, 0), CSC_OK);
    CHECK(has_dosattrib("a", NULL));
    CHECK_INT(mode_of("a"), 0644);
    CHECK_STATUS(fs->set_file_attributes(fs, file, CSC_ATTR_HIDDEN), CSC_OK);
    CHECK_INT(see("a"), file_bits | CSC_ATTR_HIDDEN);
    fs->close_file(fs, file);

    /* the others that Samba 3 wrote stay, and of what we do not know everything */
    CHECK(!setxattr(in_folder("a"), "user.DOSATTRIB", "0x22", 4, 0));
    CHECK_STATUS(fs->set_attributes(fs, root, "a", 0), CSC_OK);
    CHECK(has_dosattrib("a", "0x20"));
    CHECK(!setxattr(in_folder("a"), "user.DOSATTRIB", samba, sizeof(samba), 0));
    CHECK_INT(see("a"), file_bits | CSC_ATTR_HIDDEN);
    CHECK_STATUS(fs->set_attributes(fs, root, "a", CSC_ATTR_SYSTEM), CSC_OK);
    CHECK_INT(getxattr(in_folder("a"), "user.DOSATTRIB", value, sizeof(value)), sizeof(samba));
    CHECK(!memcmp(value, samba, sizeof(samba)));
    unlink(in_folder("a"));
    rmdir(in_folder("d"));
}

static void converts_times(void)
{
    CHECK(csc_filetime_from_ns(0) == 116444736000000000);
    CHECK(csc_filetime_from_ns(100) == 116444736000000001);
    CHECK(csc_filetime_from_ns(-1) == 116444735999999999);
    CHECK(csc_filetime_from_ns(INT64_MIN) < 116444736000000000);
    CHECK(csc_ns_from_filetime(116444736000000000) == 0);
    CHECK(csc_ns_from_filetime(116444735999999999) == -100);
    CHECK(csc_ns_from_filetime(0) == INT64_MIN + 1);
    CHECK(csc_ns_from_filetime(UINT64_MAX) == INT64_MAX);
    CHECK(csc_ns_from_filetime(INT64_MAX) == INT64_MAX);
    CHECK(csc_ns_from_filetime(csc_filetime_from_ns(1700000000123456700)) == 1700000000123456700);
}

static void clock_runs(void)
{
    struct csc_clock *clock = csc_clock_posix();
    int64_t before = clock->monotonic(clock);

    CHECK(clock->now(clock) > 1600000000000000000);
    CHECK(clock->monotonic(clock) >= before);
}

/* -- volumes and roots -- */

static void tells_space_and_time_quality(void)
{
    uint64_t total, available;
    int64_t granularity;
    struct csc_dir *proc;
    int trusted;

    CHECK_STATUS(fs->space(fs, root, &total, &available), CSC_OK);
    CHECK(total && available <= total);
    if (fs->open_root(fs, "/proc", &proc)) return;
    CHECK_STATUS(fs->time_quality(fs, proc, &granularity, &trusted), CSC_OK);
    CHECK_INT(granularity, 2000000000);
    CHECK_INT(trusted, 0);
    fs->close_dir(fs, proc);
}

static void tells_roots_apart(void)
{
    struct csc_root_id first, again, other;

    mkdir(in_folder("root1"), 0777);
    mkdir(in_folder("root2"), 0777);
    make_file("file", "");
    CHECK_STATUS(fs->root_id(fs, in_folder("root1"), &first), CSC_OK);
    CHECK_STATUS(fs->root_id(fs, in_folder("root1"), &again), CSC_OK);
    CHECK_STATUS(fs->root_id(fs, in_folder("root2"), &other), CSC_OK);
    CHECK(csc_root_id_equal(&first, &again));
    CHECK(!csc_root_id_equal(&first, &other));
    CHECK(first.fs_type[0] && first.source[0] && first.ino);
    CHECK_STATUS(fs->root_id(fs, in_folder("missing"), &other), CSC_E_PATH_NOT_FOUND);
    CHECK_STATUS(fs->root_id(fs, in_folder("file"), &other), CSC_E_DIRECTORY);

    /* a folder made anew at the same place: its file id may be given again, but not while the old one is there */
    CHECK(!rename(in_folder("root1"), in_folder("root3")));
    mkdir(in_folder("root1"), 0777);
    CHECK_STATUS(fs->root_id(fs, in_folder("root1"), &other), CSC_OK);
    CHECK(!csc_root_id_equal(&first, &other));
    CHECK_STATUS(fs->root_id(fs, in_folder("root3"), &other), CSC_OK);
    CHECK(csc_root_id_equal(&first, &other));
    rmdir(in_folder("root1"));
    rmdir(in_folder("root2"));
    rmdir(in_folder("root3"));
    unlink(in_folder("file"));

    if (!fs->root_id(fs, "/proc", &other))
    {
        CHECK(other.anonymous);
        CHECK_STRING(other.fs_type, "proc");
    }
}

static void compares_roots(void)
{
    struct csc_root_id a = {.dev = 0x801, .ino = 2, .fs_type = "ext4", .source = "/dev/sda1"}, b = a;

    CHECK(csc_root_id_equal(&a, &b));
    strcpy(b.source, "/dev/disk/by-uuid/x");         /* only a name */
    CHECK(csc_root_id_equal(&a, &b));
    b.dev++;
    CHECK(!csc_root_id_equal(&a, &b));

    a = (struct csc_root_id){.dev = 40, .ino = 1, .anonymous = 1, .fs_type = "fuse.sshfs", .source = "host:/x"};
    b = a;
    b.dev = 41;                                      /* mounted anew */
    b.ino = 2;                                       /* FUSE counts files as it meets them */
    CHECK(csc_root_id_equal(&a, &b));
    strcpy(a.fs_type, "nfs4");
    b = a;
    b.dev = 41;
    CHECK(csc_root_id_equal(&a, &b));
    b.ino = 2;
    CHECK(!csc_root_id_equal(&a, &b));
    b = a;
    strcpy(b.source, "host:/y");
    CHECK(!csc_root_id_equal(&a, &b));
    b = a;
    strcpy(b.fs_type, "cifs");
    CHECK(!csc_root_id_equal(&a, &b));
    b = a;
    b.anonymous = 0;
    CHECK(!csc_root_id_equal(&a, &b));
    strcpy(a.fs_type, "tmpfs");
    b = a;
    CHECK(csc_root_id_equal(&a, &b));
    b.dev = 41;
    CHECK(!csc_root_id_equal(&a, &b));
    a.fs_type[0] = a.source[0] = 0;
    b = a;
    CHECK(csc_root_id_equal(&a, &b));
    b.dev = 41;
    CHECK(!csc_root_id_equal(&a, &b));
}

/* In a mount namespace of its own: 0 right, 1 wrong, 77 not possible here. */
static int watch_mounts(const char *path)
{
    struct csc_root_id bare, first, second, file_system;
    char text[256];

    if (unshare(CLONE_NEWNS) || mount("none", "/", "none", MS_REC | MS_PRIVATE, "")) return 77;
    if (fs->root_id(fs, path, &bare)) return 1;
    if (mount("a source", path, "tmpfs", 0, "size=64k")) return 77;
    if (fs->root_id(fs, path, &first) || fs->root_id(fs, path, &second)) return 1;
    if (!csc_root_id_equal(&first, &second)) return 2;
    if (csc_root_id_equal(&bare, &first)) return 3;
    if (!first.anonymous || strcmp(first.fs_type, "tmpfs")) return 4;
    snprintf(text, sizeof(text), "%s", first.source);
    text[strcspn(text, "@")] = 0;
    if (strcmp(text, "a source")) return 5;      /* \040 of mountinfo */
    if (umount(path)) return 1;
    if (fs->root_id(fs, path, &file_system) || !csc_root_id_equal(&bare, &file_system)) return 6;
    usleep(30000);      /* a birth is told by the kernel's tick */
    if (mount("a source", path, "tmpfs", 0, "size=64k") || fs->root_id(fs, path, &second)) return 1;
    if (csc_root_id_equal(&first, &second) && strchr(first.source, '@')) return 7;
    umount(path);
    return 0;
}

static void notices_mounts(void)
{
    int result;
    pid_t pid;

    mkdir(in_folder("mount point"), 0777);
    fflush(stdout);
    if (!(pid = fork())) _exit(watch_mounts(in_folder("mount point")));
    CHECK(waitpid(pid, &result, 0) == pid && WIFEXITED(result));
    if (WEXITSTATUS(result) == 77) test_skip("mounting is not allowed here");
    else CHECK_INT(WEXITSTATUS(result), 0);
    rmdir(in_folder("mount point"));
}

/* -- links -- */

static void replaces_links(void)
{
    char *target = (char *)1, long_target[1200];
    struct listing listing = {0};
    struct csc_dir *dir;

    CHECK_STATUS(fs->read_link(fs, in_folder("unc/server/share"), &target), CSC_E_NOT_FOUND);
    CHECK(!target);
    CHECK_STATUS(fs->replace_link(fs, in_folder("unc/server/share"), "/somewhere/else"), CSC_OK);
    CHECK_STATUS(fs->read_link(fs, in_folder("unc/server/share"), &target), CSC_OK);
    CHECK_STRING(target, "/somewhere/else");
    free(target);
    memset(long_target, 'x', sizeof(long_target));
    long_target[sizeof(long_target) - 1] = 0;
    CHECK_STATUS(fs->replace_link(fs, in_folder("unc/server/share"), long_target), CSC_OK);
    CHECK_STATUS(fs->read_link(fs, in_folder("unc/server/share"), &target), CSC_OK);
    CHECK_STRING(target, long_target);
    free(target);
    CHECK_STATUS(fs->replace_link(fs, in_folder("unc/server/share"), long_target), CSC_OK);

    /* nothing else is left in the folder */
    CHECK_STATUS(fs->open_root(fs, in_folder("unc/server"), &dir), CSC_OK);
    CHECK_STATUS(fs->list(fs, dir, count_entry, &listing), CSC_OK);
    CHECK_INT(listing.count, 1);
    fs->close_dir(fs, dir);

    CHECK_STATUS(fs->remove_link(fs, in_folder("unc/server/share")), CSC_OK);
    CHECK_STATUS(fs->remove_link(fs, in_folder("unc/server/share")), CSC_E_NOT_FOUND);
    CHECK(!exists("unc/server/share"));
    CHECK_STATUS(fs->replace_link(fs, "relative", "x"), CSC_E_INVALID_ARG);
    CHECK_STATUS(fs->replace_link(fs, in_folder(""), "x"), CSC_E_INVALID_ARG);
    test_remove_folder(in_folder("unc"));
}

static void leaves_what_is_no_link(void)
{
    char *target;

    mkdir(in_folder("real"), 0777);
    make_file("real/keep", "kept");
    make_file("file", "kept");
    CHECK_STATUS(fs->replace_link(fs, in_folder("real"), "/x"), CSC_E_EXISTS);
    CHECK_STATUS(fs->replace_link(fs, in_folder("file"), "/x"), CSC_E_EXISTS);
    CHECK_STATUS(fs->remove_link(fs, in_folder("real")), CSC_E_DIRECTORY);
    CHECK_STATUS(fs->remove_link(fs, in_folder("file")), CSC_E_DIRECTORY);
    CHECK_STATUS(fs->read_link(fs, in_folder("real"), &target), CSC_E_DIRECTORY);
    CHECK_STATUS(fs->read_link(fs, in_folder("file"), &target), CSC_E_DIRECTORY);
    CHECK_STATUS(fs->replace_link(fs, in_folder("file/below"), "/x"), CSC_E_DIRECTORY);
    CHECK(has_content("real/keep", "kept") && has_content("file", "kept"));

    /* a link to a folder is swapped, the folder stays */
    CHECK(!symlink("real", in_folder("link")));
    CHECK_STATUS(fs->replace_link(fs, in_folder("link"), "elsewhere"), CSC_OK);
    CHECK_STATUS(fs->remove_link(fs, in_folder("link")), CSC_OK);
    CHECK(has_content("real/keep", "kept"));
    test_remove_folder(in_folder("real"));
    unlink(in_folder("file"));
}

static void *swap_links(void *stop)
{
    int i;

    for (i = 0; i < 2000; i++)
        if (fs->replace_link(fs, in_folder("swapped"), i % 2 ? "one" : "two")) break;
    *(volatile int *)stop = 1;
    return i == 2000 ? NULL : stop;
}

static void swaps_without_a_gap(void)
{
    volatile int stop = 0;
    int opened = 0, failed = 0, fd;
    pthread_t thread;
    void *result;

    make_file("one", "1");
    make_file("two", "2");
    CHECK_STATUS(fs->replace_link(fs, in_folder("swapped"), "one"), CSC_OK);
    if (!CHECK(!pthread_create(&thread, NULL, swap_links, (void *)&stop))) return;
    do
    {
        char path[600];

        snprintf(path, sizeof(path), "%s/swapped", folder);
        if ((fd = open(path, O_RDONLY)) == -1) failed++;
        else
        {
            opened++;
            close(fd);
        }
    } while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE));
    pthread_join(thread, &result);
    CHECK(!result);
    CHECK_INT(failed, 0);
    CHECK(opened > 0);
    unlink(in_folder("swapped"));
    unlink(in_folder("one"));
    unlink(in_folder("two"));
}

/* -- the session -- */

struct seen
{
    int count, wanted;
};

static csc_status see_open_file(void *context, const char *path)
{
    struct seen *seen = context;

    seen->count++;
    seen->wanted += !strcmp(path, in_folder("tree/document"));
    return CSC_OK;
}

/* A process that is called like wineserver and holds files open. */
static pid_t start_server(const char *name)
{
    int ready[2];
    pid_t pid;
    char c;

    if (pipe(ready)) return -1;
    fflush(stdout);
    if (!(pid = fork()))
    {
        int a = open(in_folder("tree/document"), O_RDONLY), b = open(in_folder("tree2/other"), O_RDWR);

        prctl(PR_SET_NAME, name);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (a == -1 || b == -1 || write(ready[1], "x", 1) != 1) _exit(1);
        for (;;) pause();
    }
    close(ready[1]);
    if (read(ready[0], &c, 1) != 1) FAIL("the other process failed");
    close(ready[0]);
    return pid;
}

static void stop_server(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static csc_status refuse_open_file(void *context, const char *path)
{
    (void)context;
    (void)path;
    return CSC_E_CANCELLED;
}

static void finds_open_files(void)
{
    struct seen seen = {0, 0};
    char path[600];
    pid_t pid;

    mkdir(in_folder("tree"), 0777);
    mkdir(in_folder("tree2"), 0777);
    make_file("tree/document", "");
    make_file("tree2/other", "");
    snprintf(path, sizeof(path), "%s/tree", folder);

    pid = start_server("wineserver64");
    CHECK_STATUS(fs->open_files(fs, path, see_open_file, &seen), CSC_OK);
    CHECK_INT(seen.count, 1);
    CHECK_INT(seen.wanted, 1);
    strcat(path, "/");
    CHECK_STATUS(fs->open_files(fs, path, see_open_file, &seen), CSC_OK);
    CHECK_INT(seen.count, 2);
    CHECK_STATUS(fs->open_files(fs, path, refuse_open_file, NULL), CSC_E_CANCELLED);
    stop_server(pid);

    memset(&seen, 0, sizeof(seen));
    pid = start_server("other");
    CHECK_STATUS(fs->open_files(fs, path, see_open_file, &seen), CSC_OK);
    CHECK_INT(seen.count, 0);
    stop_server(pid);
    CHECK_STATUS(fs->open_files(fs, "relative", see_open_file, &seen), CSC_E_INVALID_ARG);
    test_remove_folder(in_folder("tree"));
    test_remove_folder(in_folder("tree2"));
}

static int was_written(struct csc_dir *dir, const char *name, int64_t since)
{
    int written = -1;

    CHECK_STATUS(fs->is_written(fs, dir, name, since, &written), CSC_OK);
    return written;
}

static int is_written(struct csc_dir *dir, const char *name)
{
    return was_written(dir, name, INT64_MAX);
}

static void finds_writers(void)
{
    struct csc_dir *tree, *tree2;
    pid_t pid;

    mkdir(in_folder("tree"), 0777);
    mkdir(in_folder("tree2"), 0777);
    make_file("tree/document", "");
    make_file("tree2/other", "");
    CHECK_STATUS(fs->open_dir(fs, root, "tree", &tree), CSC_OK);
    CHECK_STATUS(fs->open_dir(fs, root, "tree2", &tree2), CSC_OK);
    usleep(600000);                  /* what was found before is forgotten */
    pid = start_server("wineserver");
    CHECK_INT(is_written(tree, "document"), 0);
    CHECK_INT(is_written(tree2, "other"), 1);
    CHECK_INT(is_written(tree2, "missing"), 0);
    /* wherever it goes */
    CHECK_STATUS(fs->rename(fs, tree2, "other", tree, "moved", CSC_RENAME_NOREPLACE), CSC_OK);
    make_file("tree2/other", "");
    CHECK_INT(is_written(tree, "moved"), 1);
    CHECK_INT(is_written(tree2, "other"), 0);
    stop_server(pid);
    CHECK_INT(is_written(tree, "moved"), 0);
    fs->close_dir(fs, tree);
    fs->close_dir(fs, tree2);
    test_remove_folder(in_folder("tree"));
    test_remove_folder(in_folder("tree2"));
}

/* An answer may be as old as the question allows. */
static void remembers_writers(void)
{
    struct csc_dir *tree2;
    int64_t before, after;
    pid_t pid;

    mkdir(in_folder("tree"), 0777);
    mkdir(in_folder("tree2"), 0777);
    make_file("tree/document", "");
    make_file("tree2/other", "");
    CHECK_STATUS(fs->open_dir(fs, root, "tree2", &tree2), CSC_OK);
    before = csc_clock_posix()->now(csc_clock_posix());
    CHECK_INT(is_written(tree2, "other"), 0);
    pid = start_server("wineserver");
    usleep(600000);                  /* the list of servers is forgotten */
    after = csc_clock_posix()->now(csc_clock_posix());
    CHECK_INT(was_written(tree2, "other", before), 0);
    CHECK_INT(was_written(tree2, "other", after), 1);
    /* who is on the list is not told from it alone: a directory may be called another name since */
    CHECK_STATUS(fs->rename(fs, root, "tree2", root, "tree3", CSC_RENAME_NOREPLACE), CSC_OK);
    CHECK_INT(was_written(tree2, "other", before), 1);
    CHECK_INT(was_written(tree2, "missing", before), 0);
    stop_server(pid);
    CHECK_INT(was_written(tree2, "other", before), 0);
    /* what lies ahead is not known */
    CHECK_STATUS(fs->rename(fs, root, "tree3", root, "tree2", CSC_RENAME_NOREPLACE), CSC_OK);
    pid = start_server("wineserver");
    usleep(600000);
    CHECK_INT(was_written(tree2, "other", after), 0);
    CHECK_INT(was_written(tree2, "other", after + 3600 * (int64_t)1000000000), 1);
    stop_server(pid);
    fs->close_dir(fs, tree2);
    test_remove_folder(in_folder("tree"));
    test_remove_folder(in_folder("tree2"));
}

static void tells_the_boot(void)
{
    char first[64], second[64];

    CHECK_STATUS(fs->boot_id(fs, first), CSC_OK);
    CHECK_STATUS(fs->boot_id(fs, second), CSC_OK);
    CHECK_INT(strlen(first), 36);
    CHECK_STRING(first, second);
}

static void notes(void)
{
    struct csc_fs *fs = csc_fs_posix();
    char folder[512], note[4] = "";
    struct csc_file *file;
    struct csc_dir *dir;

    test_make_folder(folder);
    CHECK_STATUS(fs->open_root(fs, folder, &dir), CSC_OK);
    CHECK_STATUS(fs->create_file(fs, dir, "a", &file), CSC_OK);
    if (fs->set_note(fs, file, "abc", 3) == CSC_E_NOT_SUPPORTED) test_skip("no extended attributes here");
    else
    {
        CHECK_STATUS(fs->set_note(fs, file, folder, CSC_NOTE_MAX + 1), CSC_E_INVALID_ARG);
        CHECK_STATUS(fs->get_note(fs, file, note, 2), CSC_E_NOT_FOUND);
        CHECK_STATUS(fs->get_note(fs, file, note, 4), CSC_E_NOT_FOUND);
        fs->close_file(fs, file);
        /* it goes with the file */
        CHECK_STATUS(fs->rename(fs, dir, "a", dir, "b", CSC_RENAME_NOREPLACE), CSC_OK);
        CHECK_STATUS(fs->open_file(fs, dir, "b", &file), CSC_OK);
        CHECK_STATUS(fs->get_note(fs, file, note, 3), CSC_OK);
        CHECK_STRING(note, "abc");
        fs->close_file(fs, file);
        CHECK_STATUS(fs->create_file(fs, dir, "a", &file), CSC_OK);
        CHECK_STATUS(fs->get_note(fs, file, note, 3), CSC_E_NOT_FOUND);
    }
    fs->close_file(fs, file);
    fs->close_dir(fs, dir);
    test_remove_folder(folder);
}

static time_t read_a_byte(struct csc_dir *dir, const char *name)
{
    struct csc_file *file;
    struct stat st;
    size_t got;
    char byte;

    CHECK_STATUS(fs->open_file(fs, dir, name, &file), CSC_OK);
    CHECK_STATUS(fs->read(fs, file, 0, &byte, 1, &got), CSC_OK);
    CHECK_INT(got, 1);
    fs->close_file(fs, file);
    return fstatat(dir->fd, name, &st, 0) ? -1 : st.st_atime;
}

/* What the engine reads does not look as if a program had read it; files of others can be read, too. */
static void reading_is_no_use(void)
{
    struct timespec times[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
    struct csc_dir *others;

    make_file("read", "text");
    if (utimensat(root->fd, "read", times, 0)) perror("utimensat");
    CHECK_INT(read_a_byte(root, "read"), 1000000000);
    CHECK_STATUS(fs->open_root(fs, "/etc", &others), CSC_OK);
    CHECK(read_a_byte(others, "passwd") > 0);
    CHECK(read_a_byte(others, "passwd") > 0);
    fs->close_dir(fs, others);
}

int main(void)
{
    umask(022);
    fs = csc_fs_posix();
    test_make_folder(folder);
    if (fs->open_root(fs, folder, &root)) return 1;
    RUN(maps_errors);
    RUN(opens_roots);
    RUN(never_follows_links);
    RUN(never_opens_special_files);
    RUN(lists_completely);
    RUN(reports_listing_errors);
    RUN(renames);
    RUN(reads_and_writes);
    RUN(reading_is_no_use);
    RUN(copies);
    RUN(copies_between_volumes);
    RUN(copies_files_of_unknown_size);
    RUN(keeps_holes);
    RUN(tells_where_copies_are_made);
    RUN(sets_times);
    RUN(sets_attributes);
    RUN(reads_dosattrib);
    RUN(hides);
    RUN(converts_times);
    RUN(clock_runs);
    RUN(tells_space_and_time_quality);
    RUN(tells_roots_apart);
    RUN(compares_roots);
    RUN(notices_mounts);
    RUN(replaces_links);
    RUN(leaves_what_is_no_link);
    RUN(swaps_without_a_gap);
    RUN(finds_open_files);
    RUN(finds_writers);
    RUN(remembers_writers);
    RUN(tells_the_boot);
    fs->close_dir(fs, root);
    test_remove_folder(folder);
    RUN(notes);
    return test_report();
}
