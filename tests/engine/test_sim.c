/*
 * The simulation itself
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <pthread.h>
#include <sys/wait.h>

#include "sim_world.h"

/* -- the same calls on the simulation and on a real file system -- */

#define DIRS  4
#define FILES 3
#define CALLS 400

struct side
{
    struct csc_fs *fs;
    char root[512];
    struct csc_dir *dirs[DIRS];
    struct csc_file *files[FILES];
};

struct seen
{
    csc_status status;
    char text[4096];
};

static uint64_t random_state;

static unsigned pick(unsigned limit)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(random_state >> 33) % limit;
}

/* One call, the same for both sides. */
struct call
{
    unsigned kind, dir, other_dir, file, other_file, mode, number;
    const char *name, *other_name;
};

static const char *const names[] = { "a", "b", "c", "D", "d", "link", "name with blanks", "e" };

static void choose_call(struct call *call)
{
    call->kind = pick(24);
    call->dir = pick(DIRS);
    call->other_dir = pick(DIRS);
    call->file = pick(FILES);
    call->other_file = pick(FILES);
    call->mode = pick(3);
    call->number = pick(10000);
    call->name = names[pick(sizeof(names) / sizeof(names[0]))];
    call->other_name = names[pick(sizeof(names) / sizeof(names[0]))];
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct listing
{
    char *names[64];
    size_t count;
};

static csc_status list_name(void *context, const char *name, enum csc_file_type type)
{
    struct listing *listing = context;

    if (asprintf(&listing->names[listing->count++], "%s:%d ", name, type) == -1) abort();
    return CSC_OK;
}

static void see_stat(struct seen *seen, const struct csc_stat *stat)
{
    if (csc_failed(seen->status)) return;
    snprintf(seen->text, sizeof(seen->text), "type %d attributes %x size %llu", stat->type, stat->attributes,
             (unsigned long long)stat->size);
}

static void see_list(struct side *side, const struct call *call, struct seen *seen)
{
    struct listing listing = { .count = 0 };
    size_t i;

    seen->status = side->fs->list(side->fs, side->dirs[call->dir], list_name, &listing);
    qsort(listing.names, listing.count, sizeof(char *), compare_text);
    for (i = 0; i < listing.count; i++)
    {
        strcat(seen->text, listing.names[i]);
        free(listing.names[i]);
    }
}

static void see_data(struct side *side, const struct call *call, struct seen *seen)
{
    char data[256] = "";
    size_t got = 0, i;

    seen->status = side->fs->read(side->fs, side->files[call->file], call->number % 300, data, sizeof(data), &got);
    for (i = 0; i < got; i++) snprintf(seen->text + i * 2, 3, "%02x", (unsigned char)data[i]);
}

static void open_dir(struct side *side, const struct call *call, struct seen *seen)
{
    struct csc_dir *dir = NULL;

    if (call->number % 4) seen->status = side->fs->open_dir(side->fs, side->dirs[call->dir], call->name, &dir);
    else seen->status = side->fs->open_root(side->fs, side->root, &dir);
    if (csc_failed(seen->status)) return;
    side->fs->close_dir(side->fs, side->dirs[call->other_dir]);
    side->dirs[call->other_dir] = dir;
}

static void open_file(struct side *side, const struct call *call, struct seen *seen, int create)
{
    struct csc_file *file = NULL;

    if (create) seen->status = side->fs->create_file(side->fs, side->dirs[call->dir], call->name, &file);
    else seen->status = side->fs->open_file(side->fs, side->dirs[call->dir], call->name, &file);
    if (csc_failed(seen->status)) return;
    side->fs->close_file(side->fs, side->files[call->file]);
    side->files[call->file] = file;
}

/* For link calls: a path of a name in the root. */
static char *path_of(struct side *side, const char *name, char path[600])
{
    snprintf(path, 600, "%s/%s", side->root, name);
    return path;
}

static void do_call(struct side *side, const struct call *call, struct seen *seen)
{
    struct csc_dir *dir = side->dirs[call->dir], *other_dir = side->dirs[call->other_dir];
    struct csc_file *file = side->files[call->file], *other_file = side->files[call->other_file];
    struct csc_fs *fs = side->fs;
    char data[700], path[600], *target;
    struct csc_stat stat;
    uint64_t copied;

    memset(seen, 0, sizeof(*seen));
    memset(&stat, 0, sizeof(stat));
    memset(data, (int)(call->number % 250) + 1, sizeof(data));
    switch (call->kind)
    {
    case 0: case 1: open_dir(side, call, seen); break;
    case 2: case 3: seen->status = fs->make_dir(fs, dir, call->name); break;
    case 4: open_file(side, call, seen, 0); break;
    case 5: case 6: case 7: open_file(side, call, seen, 1); break;
    case 8: see_list(side, call, seen); break;
    case 9: seen->status = fs->stat(fs, dir, call->name, &stat); see_stat(seen, &stat); break;
    case 10: seen->status = fs->remove_dir(fs, dir, call->name); break;
    case 11: seen->status = fs->remove_file(fs, dir, call->name); break;
    case 12: case 13: case 14:
        seen->status = fs->rename(fs, dir, call->name, other_dir, call->other_name, (int)call->mode);
        break;
    case 15: case 16:
        if (file) seen->status = fs->write(fs, file, call->number % 500, data, call->number % 700);
        break;
    case 17:
        if (file && other_file && file != other_file)
        {
            seen->status = fs->copy(fs, file, other_file, call->number % 300, 200, &copied);
            if (!csc_failed(seen->status)) snprintf(seen->text, sizeof(seen->text), "%llu", (unsigned long long)copied);
        }
        break;
    case 18:
        if (file) seen->status = fs->stat_file(fs, file, &stat);
        see_stat(seen, &stat);
        break;
    case 19:
        if (file) see_data(side, call, seen);
        break;
    case 20:
        if (call->number % 2) seen->status = fs->set_attributes(fs, dir, call->name, call->number & 2 ? CSC_ATTR_READONLY : 0);
        else if (file) seen->status = fs->set_file_attributes(fs, file, call->number & 2 ? CSC_ATTR_READONLY : 0);
        break;
    case 21:
        if (file) seen->status = fs->set_size(fs, file, call->number % 900);
        break;
    case 22:
        if (call->number % 2) seen->status = fs->replace_link(fs, path_of(side, call->name, path), call->other_name);
        else seen->status = fs->remove_link(fs, path_of(side, call->name, path));
        break;
    default:
        seen->status = fs->read_link(fs, path_of(side, call->name, path), &target);
        if (csc_failed(seen->status)) break;
        snprintf(seen->text, sizeof(seen->text), "%s", target);
        free(target);
        break;
    }
}

static void close_side(struct side *side)
{
    int i;

    for (i = 0; i < DIRS; i++) side->fs->close_dir(side->fs, side->dirs[i]);
    for (i = 0; i < FILES; i++) side->fs->close_file(side->fs, side->files[i]);
}

static void open_side(struct side *side)
{
    int i;

    for (i = 0; i < DIRS; i++) CHECK_STATUS(side->fs->open_root(side->fs, side->root, &side->dirs[i]), CSC_OK);
    memset(side->files, 0, sizeof(side->files));
}

static void compare_sides(uint64_t seed)
{
    struct sim_config config = { .seed = seed };
    struct sim *sim = sim_create(&config);
    struct side real = { .fs = csc_fs_posix() }, simulated = { .fs = sim_fs(sim), .root = "/work" };
    struct seen a, b;
    struct call call;
    int i;

    random_state = seed * 7919 + 3;
    test_make_folder(real.root);
    sim_make_dir(sim, simulated.root);
    open_side(&real);
    open_side(&simulated);
    for (i = 0; i < CALLS && !test_failures; i++)
    {
        choose_call(&call);
        do_call(&real, &call, &a);
        do_call(&simulated, &call, &b);
        if (CHECK_STATUS(b.status, a.status) && CHECK_STRING(b.text, a.text)) continue;
        printf("  seed %llu call %d: kind %u name %s other %s mode %u number %u\n", (unsigned long long)seed, i, call.kind,
               call.name, call.other_name, call.mode, call.number);
    }
    close_side(&real);
    close_side(&simulated);
    test_remove_folder(real.root);
    sim_destroy(sim);
}

/* Random calls answer the same on both. */
static void test_as_posix(void)
{
    uint64_t seed;

    for (seed = 1; seed <= 100 && !test_failures; seed++) compare_sides(seed);
}

/* -- what a power loss leaves -- */

enum outcome { MISSING = 1, EMPTY = 2, WHOLE = 4, ZEROS = 8, PREFIX = 16, OTHER = 32, OLD = 64 };

static enum outcome outcome_of(struct sim *sim, const char *path, const char *expected, size_t size)
{
    enum outcome outcome = OTHER;
    unsigned char *data;
    size_t got, i;

    if (csc_failed(sim_read(sim, path, (void **)&data, &got))) return MISSING;
    for (i = 0; i < got && !data[i]; i++) {}
    if (!got) outcome = EMPTY;
    else if (got == 3 && !memcmp(data, "old", 3)) outcome = OLD;
    else if (got == size && !memcmp(data, expected, size)) outcome = WHOLE;
    else if (got <= size && !memcmp(data, expected, got)) outcome = PREFIX;
    else if (i == got) outcome = ZEROS;
    free(data);
    return outcome;
}

/* Writes a file under a temporary name and renames it over an old one; flush: data and directory. */
static enum outcome replace_and_lose(uint64_t seed, enum sim_data data, int flush_file_only, int flush, enum sim_crash kind)
{
    static char text[3000];
    struct sim_config config = { .seed = seed, .disk = { .data = data, .flush_file_only = flush_file_only } };
    struct sim *sim = sim_create(&config);
    struct csc_fs *fs = sim_fs(sim);
    enum outcome outcome;
    struct csc_file *file;
    struct csc_dir *dir;

    memset(text, 'x', sizeof(text));
    sim_make_dir(sim, "/w");
    sim_write(sim, "/w/file", "old", 3);
    CHECK_STATUS(fs->open_root(fs, "/w", &dir), CSC_OK);
    CHECK_STATUS(fs->create_file(fs, dir, "new", &file), CSC_OK);
    CHECK_STATUS(fs->write(fs, file, 0, text, 1500), CSC_OK);
    CHECK_STATUS(fs->write(fs, file, 1500, text, 1500), CSC_OK);
    if (flush) CHECK_STATUS(fs->sync_file(fs, file), CSC_OK);
    fs->close_file(fs, file);
    CHECK_STATUS(fs->rename(fs, dir, "new", dir, "file", CSC_RENAME_REPLACE), CSC_OK);
    if (flush) CHECK_STATUS(fs->sync_dir(fs, dir), CSC_OK);
    fs->close_dir(fs, dir);
    sim_crash(sim, kind);
    outcome = outcome_of(sim, "/w/file", text, sizeof(text));
    sim_destroy(sim);
    return outcome;
}

static void test_power_loss_outcomes(void)
{
    static const struct { enum sim_data data; int file_only, flush; enum sim_crash kind; unsigned outcomes; } cases[] =
    {
        { SIM_DATA_ORDERED, 0, 0, SIM_KILL, WHOLE },
        { SIM_DATA_ORDERED, 0, 1, SIM_POWER_LOSS, WHOLE },
        { SIM_DATA_ORDERED, 1, 1, SIM_POWER_LOSS, WHOLE },
        { SIM_DATA_WRITEBACK, 0, 1, SIM_POWER_LOSS, WHOLE },
        { SIM_DATA_ORDERED, 0, 0, SIM_POWER_LOSS, WHOLE | OLD | EMPTY | PREFIX },
        { SIM_DATA_WRITEBACK, 0, 0, SIM_POWER_LOSS, WHOLE | OLD | EMPTY | PREFIX | ZEROS | OTHER },
    };
    unsigned seen;
    uint64_t seed;
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        for (seed = 1, seen = 0; seed <= 1000; seed++)
            seen |= replace_and_lose(seed, cases[i].data, cases[i].file_only, cases[i].flush, cases[i].kind);
        if (!CHECK_INT(seen, cases[i].outcomes)) printf("  case %zu\n", i);
    }
}

/* Of names that were made one after the other a power loss leaves the first ones. */
static void test_names_stay_in_order(void)
{
    unsigned left, counts[9] = { 0 };
    uint64_t seed;

    for (seed = 1; seed <= 300; seed++)
    {
        struct sim_config config = { .seed = seed };
        struct sim *sim = sim_create(&config);
        struct csc_fs *fs = sim_fs(sim);
        struct csc_dir *dir;
        char name[8];

        sim_make_dir(sim, "/w");
        CHECK_STATUS(fs->open_root(fs, "/w", &dir), CSC_OK);
        for (left = 0; left < 8; left++)
        {
            snprintf(name, sizeof(name), "%u", left);
            CHECK_STATUS(fs->make_dir(fs, dir, name), CSC_OK);
            if (left == 2) CHECK_STATUS(fs->sync_dir(fs, dir), CSC_OK);
        }
        fs->close_dir(fs, dir);
        sim_crash(sim, SIM_POWER_LOSS);
        for (left = 0; left < 8; left++)
        {
            snprintf(name, sizeof(name), "/w/%u", left);
            if (!sim_exists(sim, name)) break;
        }
        counts[left]++;
        for (; left < 8; left++)
        {
            snprintf(name, sizeof(name), "/w/%u", left);
            CHECK(!sim_exists(sim, name));
        }
        sim_destroy(sim);
    }
    for (left = 0; left < 3; left++) CHECK_INT(counts[left], 0);
    for (left = 3; left <= 8; left++) CHECK(counts[left] > 0);
}

/* -- volumes of other kinds -- */

static void test_volumes(void)
{
    struct sim_config config = { .seed = 1, .call_cost = -1 };
    struct sim_volume_config fat = { .mount_point = "/mnt/fat", .granularity = 2 * SIM_S, .ignore_case = 1, .no_exchange = 1,
                                     .reuse_inodes = 1, .anonymous = 1, .capacity = 100, .untrusted_ctime = 1,
                                     .volatile_only = 1 };
    struct sim *sim = sim_create(&config);
    struct sim_volume *volume = sim_mount(sim, &fat);
    struct csc_fs *fs = sim_fs(sim);
    struct csc_root_id before, after;
    struct csc_dir *dir, *root;
    struct csc_stat stat;
    int64_t granularity;
    uint64_t ino;
    char big[101];
    int trusted;

    CHECK_STATUS(sim_write(sim, "/mnt/fat/Name", "x", 1), CSC_OK);
    CHECK_STATUS(fs->open_root(fs, "/mnt/fat", &dir), CSC_OK);
    CHECK_STATUS(fs->stat(fs, dir, "nAME", &stat), CSC_OK);
    CHECK_INT(stat.mtime % (2 * SIM_S), 0);
    ino = stat.ino;
    CHECK_STATUS(fs->make_dir(fs, dir, "name"), CSC_E_EXISTS);
    CHECK_STATUS(fs->rename(fs, dir, "name", dir, "NAME", CSC_RENAME_REPLACE), CSC_OK);
    CHECK(sim_exists(sim, "/mnt/fat/name"));
    CHECK_STATUS(fs->rename(fs, dir, "name", dir, "other", CSC_RENAME_EXCHANGE), CSC_E_NOT_SUPPORTED);
    CHECK_STATUS(fs->remove_file(fs, dir, "name"), CSC_OK);
    sim_sleep(sim, 5 * SIM_S);
    CHECK_STATUS(sim_write(sim, "/mnt/fat/new", "y", 1), CSC_OK);
    CHECK_STATUS(sim_stat(sim, "/mnt/fat/new", &stat), CSC_OK);
    CHECK(stat.ino == ino);
    memset(big, 'b', sizeof(big));
    CHECK_STATUS(sim_write(sim, "/mnt/fat/big", big, sizeof(big)), CSC_E_DISK_FULL);
    CHECK_STATUS(fs->time_quality(fs, dir, &granularity, &trusted), CSC_OK);
    CHECK_INT(granularity, 2 * SIM_S);
    CHECK(!trusted);

    /* other roots at the same path */
    CHECK_STATUS(fs->root_id(fs, "/mnt/fat", &before), CSC_OK);
    sim_set_presence(sim, volume, SIM_UNMOUNTED);
    CHECK_STATUS(fs->root_id(fs, "/mnt/fat", &after), CSC_OK);
    CHECK(!csc_root_id_equal(&before, &after));
    CHECK_STATUS(fs->stat(fs, dir, "new", &stat), CSC_OK);
    sim_set_presence(sim, volume, SIM_EMPTIED);
    CHECK_STATUS(fs->root_id(fs, "/mnt/fat", &after), CSC_OK);
    CHECK(csc_root_id_equal(&before, &after));
    CHECK_STATUS(fs->stat(fs, dir, "new", &stat), CSC_E_IO);
    CHECK_STATUS(fs->open_root(fs, "/mnt/fat", &root), CSC_OK);
    CHECK_STATUS(fs->stat(fs, root, "new", &stat), CSC_E_NOT_FOUND);
    CHECK_STATUS(fs->make_dir(fs, root, "new"), CSC_E_ACCESS_DENIED);
    fs->close_dir(fs, root);
    CHECK(sim_exists(sim, "/.volumes/1/new"));
    sim_set_presence(sim, volume, SIM_GONE);
    CHECK_STATUS(fs->root_id(fs, "/mnt/fat", &after), CSC_E_BAD_NETPATH);
    sim_remount(sim, volume);
    CHECK_STATUS(fs->root_id(fs, "/mnt/fat", &after), CSC_OK);
    CHECK(after.dev != before.dev);
    CHECK(csc_root_id_equal(&before, &after));
    fs->close_dir(fs, dir);
    sim_destroy(sim);
}

/* -- the scheduler -- */

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;

static void lock_in_order(void *context)
{
    struct sim *sim = context;

    pthread_mutex_lock(&first);
    sim_sleep(sim, SIM_MS);
    pthread_mutex_lock(&second);
}

static void lock_the_other_way(void *context)
{
    struct sim *sim = context;

    pthread_mutex_lock(&second);
    sim_sleep(sim, SIM_MS);
    pthread_mutex_lock(&first);
}

static void exit_well(void *context, const char *text)
{
    (void)context;
    _exit(strstr(text, "waits for the mutex") ? 0 : 1);
}

/* Threads that wait for each other are found. */
static void test_deadlock(void)
{
    int status;
    pid_t pid;

    fflush(stdout);
    if (!(pid = fork()))
    {
        struct sim_config config = { .seed = 1, .stuck = exit_well };
        struct sim *sim = sim_create(&config);
        struct sim_thread *a = sim_spawn(sim, "a", lock_in_order, sim), *b = sim_spawn(sim, "b", lock_the_other_way, sim);

        sim_join(sim, a);
        sim_join(sim, b);
        _exit(2);
    }
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status));
}

static _Thread_local int own = 1;
static int raced;

static void count(void *context)
{
    struct sim *sim = context;
    int i, seen;

    for (i = 0; i < 50; i++)
    {
        own++;
        seen = raced;
        pthread_mutex_lock(&first);
        pthread_mutex_unlock(&first);
        raced = seen + 1;
    }
    if (own != 51) FAIL("a thread-local variable is %d", own);
    sim_sleep(sim, 1);
}

/* Threads have variables of their own, and meet where they may. */
static void test_threads(void)
{
    int lost = 0;
    uint64_t seed;

    for (seed = 1; seed < 20; seed++)
    {
        struct sim_config config = { .seed = seed, .preempt = 200 };
        struct sim *sim = sim_create(&config);
        struct sim_thread *threads[3];
        int i;

        raced = 0;
        for (i = 0; i < 3; i++) threads[i] = sim_spawn(sim, "counter", count, sim);
        for (i = 0; i < 3; i++) sim_join(sim, threads[i]);
        lost += raced != 150;
        CHECK_INT(own, 1);
        sim_destroy(sim);
    }
    CHECK(lost > 5);
}

/* The same seed gives the same run, another one another. */
static void test_same_seed_same_run(void)
{
    uint64_t hashes[3];
    struct world world;
    int i;

    for (i = 0; i < 3; i++)
    {
        struct sim_config config = { .seed = i < 2 ? 5 : 6, .preempt = 300 };

        make_world(&world, &config);
        CHECK_STATUS(set_up_edited(&world), CSC_OK);
        CHECK_STATUS(go_online(&world), CSC_OK);
        hashes[i] = sim_hash(world.sim);
        end_world(&world);
    }
    CHECK(hashes[0] == hashes[1]);
    CHECK(hashes[0] != hashes[2]);
}

int main(void)
{
    RUN(test_as_posix);
    RUN(test_power_loss_outcomes);
    RUN(test_names_stay_in_order);
    RUN(test_volumes);
    RUN(test_threads);
    RUN(test_deadlock);
    RUN(test_same_seed_same_run);
    return test_report();
}
