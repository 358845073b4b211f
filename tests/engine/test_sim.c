/*
 * The simulation itself, and the engine in it
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "op.h"
#include "scope.h"
#include "sim.h"
#include "test.h"

#define SHARE "\\\\server\\share"
#define ORIGIN "/mnt/server"
#define THROUGH "/c/dosdevices/unc/server/share"
#define TREE "/c/windows/CSC/v2.0.6/namespace/server/share"
#define SYNC_BOTH (OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT | \
                   OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE)
#define PIN_ALL (OFFLINEFILES_PIN_CONTROL_FLAG_FILL | OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER)

/* -- a world with an engine -- */

struct world
{
    struct sim *sim;
    struct sim_volume *origin;
    struct csc_engine *engine;
};

static csc_status open_engine(struct world *world)
{
    struct csc_engine_config config;

    sim_engine_config(world->sim, &config);
    return csc_engine_open(&config, &world->engine);
}

static void make_world(struct world *world, const struct sim_config *config)
{
    struct sim_volume_config server = { .mount_point = ORIGIN, .granularity = SIM_MS, .volatile_only = 1 };

    memset(world, 0, sizeof(*world));
    world->sim = sim_create(config);
    world->origin = sim_mount(world->sim, &server);
}

static void end_world(struct world *world)
{
    csc_engine_close(world->engine);
    sim_destroy(world->sim);
}

static void put(struct world *world, const char *path, const char *text)
{
    CHECK_STATUS(sim_write(world->sim, path, text, strlen(text)), CSC_OK);
}

/* The content of a file; static, "(none)" when there is none. */
static const char *content(struct world *world, const char *path)
{
    static char text[256];
    void *data;
    size_t size;

    if (csc_failed(sim_read(world->sim, path, &data, &size))) return "(none)";
    snprintf(text, sizeof(text), "%s", (char *)data);
    free(data);
    return text;
}

/* A share with three files, all of them cached. */
static csc_status set_up(struct world *world)
{
    csc_status status;

    put(world, ORIGIN "/a", "one");
    put(world, ORIGIN "/b", "two");
    sim_make_dir(world->sim, ORIGIN "/d");
    put(world, ORIGIN "/d/c", "three");
    if (csc_failed(status = open_engine(world))) return status;
    if (csc_failed(status = csc_map(world->engine, SHARE, ORIGIN, 0))) return status;
    return sim_run_op(world->engine, CSC_OP_PIN, PIN_ALL, 1, SHARE);
}

static csc_status go_offline(struct world *world)
{
    int prevented;

    return csc_go_offline(world->engine, SHARE, 1, &prevented);
}

static csc_status sync_share(struct world *world)
{
    return sim_run_op(world->engine, CSC_OP_SYNC, SYNC_BOTH, 1, SHARE);
}

/* Offline, edits on both sides, online again. */
static csc_status use(struct world *world)
{
    struct sim *sim = world->sim;
    csc_status status;

    if (csc_failed(status = set_up(world))) return status;
    sim_sleep(sim, 3 * SIM_S);
    if (csc_failed(status = go_offline(world))) return status;
    sim_write(sim, THROUGH "/a", "one more", 8);
    sim_write(sim, THROUGH "/new", "new", 3);
    sim_remove(sim, THROUGH "/d/c");
    sim_write(sim, ORIGIN "/b", "two more", 8);
    sim_sleep(sim, 3 * SIM_S);
    return sim_run_op(world->engine, CSC_OP_ONLINE, 0, 1, SHARE);
}

static void check_used(struct world *world)
{
    static const char *const sides[] = { ORIGIN, TREE };
    char path[256];
    size_t i;

    for (i = 0; i < 2; i++)
    {
        snprintf(path, sizeof(path), "%s/a", sides[i]);
        CHECK_STRING(content(world, path), "one more");
        snprintf(path, sizeof(path), "%s/b", sides[i]);
        CHECK_STRING(content(world, path), "two more");
        snprintf(path, sizeof(path), "%s/new", sides[i]);
        CHECK_STRING(content(world, path), "new");
        snprintf(path, sizeof(path), "%s/d/c", sides[i]);
        CHECK_STRING(content(world, path), "(none)");
    }
}

static void test_engine_runs(void)
{
    struct sim_config config = { .seed = 1, .preempt = 100 };
    struct world world;

    make_world(&world, &config);
    CHECK_STATUS(use(&world), CSC_OK);
    check_used(&world);
    csc_engine_close(world.engine);
    world.engine = NULL;
    CHECK_INT(sim_threads(world.sim), 0);
    end_world(&world);
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
        CHECK_STATUS(use(&world), CSC_OK);
        hashes[i] = sim_hash(world.sim);
        end_world(&world);
    }
    CHECK(hashes[0] == hashes[1]);
    CHECK(hashes[0] != hashes[2]);
}

/* Cut anywhere, the same edits are on both sides after the next synchronization. */
static void crash_everywhere(enum sim_crash kind, const struct sim_config *base)
{
    struct world world;
    unsigned nth = 0;
    int crashed = 1;

    while (crashed && !test_failures)
    {
        struct sim_config config = *base;

        config.seed = base->seed + ++nth;
        make_world(&world, &config);
        CHECK_STATUS(set_up(&world), CSC_OK);
        sim_sleep(world.sim, 3 * SIM_S);
        CHECK_STATUS(go_offline(&world), CSC_OK);
        put(&world, THROUGH "/a", "one more");
        put(&world, THROUGH "/new", "new");
        sim_remove(world.sim, THROUGH "/d/c");
        put(&world, ORIGIN "/b", "two more");
        sim_sleep(world.sim, 3 * SIM_S);
        sim_crash_at(world.sim, nth, kind);
        sim_run_op(world.engine, CSC_OP_ONLINE, 0, 1, SHARE);
        csc_engine_close(world.engine);
        world.engine = NULL;
        crashed = sim_crashed(world.sim);
        sim_restart(world.sim);
        if (CHECK_STATUS(open_engine(&world), CSC_OK))
        {
            csc_status online = sim_run_op(world.engine, CSC_OP_ONLINE, 0, 1, SHARE), status = sync_share(&world);

            if (kind == SIM_KILL)
            {
                CHECK_STATUS(online, CSC_OK);
                CHECK_STATUS(status, CSC_OK);
                check_used(&world);
            }
            else
            {
                /* a download that was cut may look like an edit: a conflict, but nothing is lost */
                CHECK_STRING(content(&world, TREE "/a"), "one more");
                CHECK_STRING(content(&world, TREE "/new"), "new");
                CHECK_STRING(content(&world, ORIGIN "/b"), "two more");
            }
        }
        if (test_failures)
        {
            printf("  %s at change %u\n", kind == SIM_KILL ? "killed" : "power loss", nth);
            sim_print_tree(world.sim, ORIGIN, stdout);
            sim_print_tree(world.sim, TREE, stdout);
        }
        end_world(&world);
    }
    CHECK(nth > 20);
}

static void test_killed_everywhere(void)
{
    struct sim_config config = { .seed = 1000, .preempt = 100 };

    crash_everywhere(SIM_KILL, &config);
}

static void test_power_lost_everywhere(void)
{
    struct sim_config config = { .seed = 2000, .preempt = 100 };

    crash_everywhere(SIM_POWER_LOSS, &config);
    config.seed = 3000;
    config.disk.flush_file_only = 1;
    crash_everywhere(SIM_POWER_LOSS, &config);
}

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

int main(void)
{
    RUN(test_as_posix);
    RUN(test_engine_runs);
    RUN(test_same_seed_same_run);
    RUN(test_killed_everywhere);
    RUN(test_power_lost_everywhere);
    return test_report();
}
