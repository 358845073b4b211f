/*
 * Exclusion lists: the patterns, and in simulated time what comes into the cache and what does not
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "exclude.h"
#include "sim_world.h"

#define KEEPREMOTE OFFLINEFILES_SYNC_CONTROL_CR_KEEPREMOTE

/* -- the patterns -- */

static void test_patterns(void)
{
    static const char *const patterns[] = { "*.pst", "~$*", "*.db?", "", "notes", "\xff", "a.*" };
    static const struct { const char *name; int matches; } cases[] =
    {
        { "mail.pst", 1 }, { "MAIL.PST", 1 }, { "mail.pst.txt", 0 }, { "mail.ps", 0 }, { ".pst", 1 },
        { "~$report.docx", 1 }, { "report~$.docx", 0 },
        { "x.db", 1 }, { "x.dbf", 1 }, { "x.dbfx", 0 }, { "Thumbs.db", 1 },
        { "notes", 1 }, { "notes.txt", 0 }, { "a", 1 }, { "a.txt", 1 }, { "\xc3\x84.PsT", 1 }, { "b", 0 }, { "\xff.pst", 0 },
    };
    char too_long[CSC_PATTERN_MAX + 2];
    const char *long_patterns[] = { too_long, "*.x" };
    struct csc_exclusions set;
    size_t useless, i;

    CHECK_STATUS(csc_exclusions_make(patterns, sizeof(patterns) / sizeof(patterns[0]), &set, &useless), CSC_OK);
    CHECK_INT(set.count, 5);
    CHECK_INT(useless, 2);
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (!CHECK_INT(csc_exclusions_match(&set, cases[i].name), cases[i].matches)) printf("  %s\n", cases[i].name);
    csc_exclusions_free(&set);
    CHECK(!csc_exclusions_match(&set, "mail.pst"));

    memset(too_long, 'a', sizeof(too_long) - 1);
    too_long[sizeof(too_long) - 1] = 0;
    CHECK_STATUS(csc_exclusions_make(long_patterns, 2, &set, &useless), CSC_OK);
    CHECK_INT(set.count, 1);
    CHECK_INT(useless, 1);
    CHECK(csc_exclusions_match(&set, "1.x"));
    csc_exclusions_free(&set);
    CHECK_STATUS(csc_exclusions_make(NULL, 0, &set, NULL), CSC_OK);
    CHECK(!csc_exclusions_match(&set, "x"));
    csc_exclusions_free(&set);
}

/* -- the engine -- */

static const char *const lists[] = { "*.pst", "*.mdb" };

static void set_lists(struct world *world, int on)
{
    CHECK_STATUS(csc_set_exclusions(world->engine, lists, on ? sizeof(lists) / sizeof(lists[0]) : 0), CSC_OK);
}

/* A share of which nothing is pinned: a, x.pst, d/c, d/Y.MDB, and a directory that is called like a file of the lists. */
static void make(struct world *world, uint64_t seed, int with_lists)
{
    struct sim_config config = { .seed = seed, .preempt = 100 };

    make_world(world, &config);
    put(world, ORIGIN "/a", "one");
    put(world, ORIGIN "/x.pst", "mail");
    sim_make_dir(world->sim, ORIGIN "/d");
    put(world, ORIGIN "/d/c", "three");
    put(world, ORIGIN "/d/Y.MDB", "base");
    sim_make_dir(world->sim, ORIGIN "/e.pst");
    put(world, ORIGIN "/e.pst/f", "four");
    CHECK_STATUS(open_engine(world), CSC_OK);
    if (with_lists) set_lists(world, 1);
    CHECK_STATUS(csc_map(world->engine, SHARE, ORIGIN, 0), CSC_OK);
}

static csc_status run(struct world *world, enum csc_op_kind kind, uint32_t flags, const char *path)
{
    return sim_run_op(world->engine, kind, flags, 1, path);
}

static csc_status find(struct world *world, const char *path)
{
    struct csc_buffer record = { 0 };
    csc_status status = csc_find(world->engine, path, 0, &record);

    csc_buffer_free(&record);
    return status;
}

static int cacheable(struct world *world, const char *path)
{
    uint32_t mode;
    int is;

    if (!CHECK_STATUS(csc_is_cacheable(world->engine, path, &is, &mode), CSC_OK)) return -1;
    CHECK_INT(mode, is ? OFFLINEFILES_CACHING_MODE_MANUAL : OFFLINEFILES_CACHING_MODE_NONE);
    return is;
}

/* Calls that open a file of this name on the origin, from now on. */
static int watch_for(struct world *world, const char *name)
{
    struct sim_rule rule = { .volume = world->origin, .calls = SIM_BIT(SIM_OPEN_FILE), .name = name, .fault = SIM_FAULT_SLOW };

    return sim_add_rule(world->sim, &rule);
}

/* Whether the record of what was done holds a line with these words. */
static int is_logged(struct world *world, const char *operation, const char *words)
{
    struct csc_log_entry *list;
    size_t count, i;
    int found = 0;

    if (!CHECK_STATUS(csc_store_log_after(world->engine->store, 0, 0, 0, 1000, &list, &count), CSC_OK)) return 0;
    for (i = 0; i < count; i++)
        if (!strcmp(list[i].operation, operation) && list[i].reason && strstr(list[i].reason, words)) found = 1;
    csc_log_free(list, count);
    return found;
}

static void test_not_fetched(void)
{
    int mail, base;
    struct world world;

    make(&world, 1, 1);
    mail = watch_for(&world, "x.pst");
    base = watch_for(&world, "Y.MDB");
    CHECK_STATUS(run(&world, CSC_OP_PIN, PIN_ALL, SHARE), CSC_OK);
    CHECK(is_logged(&world, "pin", "2 left out by exclusion lists"));
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK(is_logged(&world, "synchronize", "2 left out by exclusion lists"));
    sim_sleep(world.sim, 3600 * SIM_S);
    CHECK_STRING(content(&world, TREE "/a"), "one");
    CHECK_STRING(content(&world, TREE "/d/c"), "three");
    CHECK_STRING(content(&world, TREE "/e.pst/f"), "four");
    CHECK_STRING(content(&world, TREE "/x.pst"), "(none)");
    CHECK_STRING(content(&world, TREE "/d/Y.MDB"), "(none)");
    CHECK_STATUS(find(&world, SHARE "\\x.pst"), CSC_E_NOT_FOUND);
    CHECK_STATUS(find(&world, SHARE "\\e.pst"), CSC_OK);

    /* by name it is told */
    CHECK_STATUS(run(&world, CSC_OP_PIN, PIN_ALL, SHARE "\\x.pst"), CSC_E_EXCLUDED);
    CHECK_STATUS(run(&world, CSC_OP_PIN, PIN_ALL, SHARE "\\d\\y.mdb"), CSC_E_EXCLUDED);
    CHECK_STATUS(run(&world, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\x.pst"), CSC_E_EXCLUDED);
    CHECK_STATUS(run(&world, CSC_OP_PIN, PIN_ALL, SHARE "\\e.pst"), CSC_OK);
    CHECK_STATUS(run(&world, CSC_OP_PIN, PIN_ALL, SHARE "\\none.pst"), CSC_E_NOT_FOUND);
    CHECK(is_logged(&world, "look", "An exclusion list names it"));
    CHECK_STATUS(find(&world, SHARE "\\x.pst"), CSC_E_NOT_FOUND);
    CHECK_INT(cacheable(&world, SHARE "\\x.pst"), 0);
    CHECK_INT(cacheable(&world, SHARE "\\d\\new.MDB"), 0);
    CHECK_INT(cacheable(&world, SHARE "\\a"), 1);
    CHECK_INT(cacheable(&world, SHARE "\\d\\new"), 1);
    CHECK_INT(cacheable(&world, SHARE "\\e.pst"), 1);
    CHECK_INT(cacheable(&world, SHARE), 1);
    CHECK_INT(sim_rule_hits(world.sim, mail) + sim_rule_hits(world.sim, base), 0);

    /* without the lists it comes like the others */
    set_lists(&world, 0);
    CHECK_INT(cacheable(&world, SHARE "\\x.pst"), 1);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_STRING(content(&world, TREE "/x.pst"), "mail");
    CHECK_STRING(content(&world, TREE "/d/Y.MDB"), "base");
    end_world(&world);
}

/* In a directory that nobody pinned a file is not cached by itself, list or not. */
static void test_not_pinned(void)
{
    struct world world;

    make(&world, 2, 1);
    CHECK_STATUS(run(&world, CSC_OP_PIN, PIN_ALL, SHARE "\\a"), CSC_OK);
    CHECK_STATUS(run(&world, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\x.pst"), CSC_E_NOT_FOUND);
    end_world(&world);
}

/* What is cached already stays, and is kept up to date both ways. */
static void test_cached_before(void)
{
    struct world world;

    make(&world, 3, 0);
    CHECK_STATUS(run(&world, CSC_OP_PIN, PIN_ALL, SHARE), CSC_OK);
    sim_sleep(world.sim, 5 * SIM_S);
    set_lists(&world, 1);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_STRING(content(&world, TREE "/x.pst"), "mail");
    CHECK_INT(cacheable(&world, SHARE "\\x.pst"), 1);
    CHECK_STATUS(run(&world, CSC_OP_SYNC, SYNC_BOTH, SHARE "\\x.pst"), CSC_OK);
    CHECK_STATUS(run(&world, CSC_OP_PIN, PIN_ALL, SHARE "\\x.pst"), CSC_E_EXCLUDED);

    put(&world, ORIGIN "/x.pst", "more mail");
    sim_sleep(world.sim, 5 * SIM_S);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_STRING(content(&world, TREE "/x.pst"), "more mail");

    CHECK_STATUS(go_offline(&world), CSC_OK);
    put(&world, THROUGH "/x.pst", "written offline");
    CHECK_STATUS(sim_remove(world.sim, THROUGH "/d/Y.MDB"), CSC_OK);
    sim_sleep(world.sim, 5 * SIM_S);
    CHECK_STATUS(go_online(&world), CSC_OK);
    CHECK_STRING(content(&world, ORIGIN "/x.pst"), "written offline");
    CHECK_STRING(content(&world, TREE "/x.pst"), "written offline");
    CHECK_STRING(content(&world, ORIGIN "/d/Y.MDB"), "(none)");         /* the user deleted it */

    /* gone from the cache it does not come back */
    CHECK_STATUS(run(&world, CSC_OP_DELETE, 0, SHARE "\\x.pst"), CSC_OK);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_STRING(content(&world, TREE "/x.pst"), "(none)");
    CHECK_STRING(content(&world, ORIGIN "/x.pst"), "written offline");
    CHECK_INT(cacheable(&world, SHARE "\\x.pst"), 0);
    end_world(&world);
}

/* A program made it while the share was offline: it goes to the server as it would have gone there online. */
static void test_created_offline(void)
{
    struct world world;

    make(&world, 4, 1);
    CHECK_STATUS(run(&world, CSC_OP_PIN, PIN_ALL, SHARE), CSC_OK);
    CHECK_STATUS(go_offline(&world), CSC_OK);
    put(&world, THROUGH "/new.pst", "new");
    put(&world, THROUGH "/d/~new.mdb", "new, too");
    CHECK_INT(cacheable(&world, SHARE "\\new.pst"), 1);
    sim_sleep(world.sim, 5 * SIM_S);
    CHECK_STATUS(go_online(&world), CSC_OK);
    CHECK_STRING(content(&world, ORIGIN "/new.pst"), "new");
    CHECK_STRING(content(&world, ORIGIN "/d/~new.mdb"), "new, too");
    CHECK_STRING(content(&world, TREE "/new.pst"), "new");

    /* a name of the lists for what was none, and the other way round */
    CHECK_STATUS(go_offline(&world), CSC_OK);
    CHECK_STATUS(sim_rename(world.sim, THROUGH "/a", THROUGH "/a.pst"), CSC_OK);
    CHECK_STATUS(sim_rename(world.sim, THROUGH "/new.pst", THROUGH "/new.txt"), CSC_OK);
    sim_sleep(world.sim, 5 * SIM_S);
    CHECK_STATUS(go_online(&world), CSC_OK);
    CHECK_STRING(content(&world, ORIGIN "/a"), "(none)");
    CHECK_STRING(content(&world, ORIGIN "/a.pst"), "one");
    CHECK_STRING(content(&world, TREE "/a.pst"), "one");
    CHECK_STRING(content(&world, ORIGIN "/new.pst"), "(none)");
    CHECK_STRING(content(&world, ORIGIN "/new.txt"), "new");
    CHECK_STRING(content(&world, TREE "/new.txt"), "new");
    end_world(&world);
}

/* Conflicts that somebody decides for the origin's version: what was deleted in the cache stays on the origin alone. */
static void test_conflicts(void)
{
    struct world world;

    make(&world, 5, 0);
    put(&world, ORIGIN "/both.pst", "1");
    CHECK_STATUS(run(&world, CSC_OP_PIN, PIN_ALL, SHARE), CSC_OK);
    sim_sleep(world.sim, 5 * SIM_S);
    set_lists(&world, 1);
    CHECK_STATUS(go_offline(&world), CSC_OK);
    CHECK_STATUS(sim_remove(world.sim, THROUGH "/x.pst"), CSC_OK);
    CHECK_STATUS(sim_remove_tree(world.sim, THROUGH "/d"), CSC_OK);
    put(&world, THROUGH "/both.pst", "mine");
    put(&world, ORIGIN "/x.pst", "newer mail");
    put(&world, ORIGIN "/d/Y.MDB", "newer base");
    put(&world, ORIGIN "/both.pst", "theirs");
    sim_sleep(world.sim, 5 * SIM_S);
    CHECK_STATUS(sync_share(&world), CSC_E_MORE_DATA);
    CHECK_INT(count_conflicts(world.engine, 0), 3);
    CHECK_STRING(content(&world, ORIGIN "/x.pst"), "newer mail");
    CHECK_STRING(content(&world, ORIGIN "/d/Y.MDB"), "newer base");
    CHECK_STRING(content(&world, TREE "/both.pst"), "mine");

    CHECK_STATUS(run(&world, CSC_OP_SYNC, SYNC_BOTH | KEEPREMOTE, SHARE), CSC_OK);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    CHECK_INT(count_conflicts(world.engine, 0), 0);
    CHECK(is_logged(&world, "leave out", "an exclusion list names it"));
    CHECK_STRING(content(&world, ORIGIN "/x.pst"), "newer mail");
    CHECK_STRING(content(&world, TREE "/x.pst"), "(none)");
    CHECK_STATUS(find(&world, SHARE "\\x.pst"), CSC_E_NOT_FOUND);
    CHECK_STRING(content(&world, ORIGIN "/d/Y.MDB"), "newer base");
    CHECK_STRING(content(&world, TREE "/d/Y.MDB"), "(none)");
    CHECK_STRING(content(&world, ORIGIN "/both.pst"), "theirs");
    CHECK_STRING(content(&world, TREE "/both.pst"), "theirs");         /* a cached copy is kept up to date */
    end_world(&world);
}

static void now_listed(struct sim *sim, void *context)
{
    (void)sim;
    set_lists(context, 1);
}

/* In force at once: also for what a fill had already planned. */
static void test_while_a_fill_runs(void)
{
    struct world world;
    struct sim_rule rule = { .calls = SIM_BIT(SIM_OPEN_FILE), .name = "a", .times = 1, .fault = SIM_FAULT_ACT,
                             .act = now_listed, .context = &world };
    int mail;

    make(&world, 6, 0);
    sim_make_dir(world.sim, ORIGIN "/z");
    put(&world, ORIGIN "/z/x.pst", "mail");
    rule.volume = world.origin;
    sim_add_rule(world.sim, &rule);
    mail = watch_for(&world, "x.pst");
    CHECK_STATUS(run(&world, CSC_OP_PIN, PIN_ALL, SHARE), CSC_OK);
    sim_sleep(world.sim, 60 * SIM_S);
    CHECK_INT(sim_rule_hits(world.sim, mail), 0);
    CHECK_STRING(content(&world, TREE "/a"), "one");
    CHECK_STRING(content(&world, TREE "/x.pst"), "(none)");
    CHECK_STRING(content(&world, TREE "/z/x.pst"), "(none)");
    end_world(&world);
}

/* A name that waited for its content when the list came: it waits on, over starts of the service, and gets it later. */
static void test_name_without_content(void)
{
    struct csc_engine_config config;
    struct world world;
    int mail;

    make(&world, 7, 0);
    mail = watch_for(&world, "x.pst");
    CHECK_STATUS(run(&world, CSC_OP_PIN, OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER, SHARE "\\x.pst"), CSC_OK);
    set_lists(&world, 1);
    CHECK_STATUS(find(&world, SHARE "\\x.pst"), CSC_OK);
    CHECK_STATUS(sync_share(&world), CSC_OK);
    sim_sleep(world.sim, 3600 * SIM_S);
    csc_engine_close(world.engine);
    sim_restart(world.sim);
    sim_engine_config(world.sim, &config);
    config.excluded = lists;
    config.excluded_count = 2;
    CHECK_STATUS(csc_engine_open(&config, &world.engine), CSC_OK);
    sim_sleep(world.sim, 3600 * SIM_S);
    CHECK_INT(sim_rule_hits(world.sim, mail), 0);
    CHECK_STRING(content(&world, TREE "/x.pst"), "(none)");
    CHECK_STATUS(find(&world, SHARE "\\x.pst"), CSC_OK);
    CHECK_INT(cacheable(&world, SHARE "\\x.pst"), 0);
    set_lists(&world, 0);
    sim_sleep(world.sim, 10 * SIM_S);
    CHECK_STRING(content(&world, TREE "/x.pst"), "mail");
    end_world(&world);
}

/* -- by chance -- */

enum { OTHERS, OWN, PLAIN_OTHERS, PLAIN_OWN, FILE_COUNT };

/* Who writes: other people on the server, or programs of this prefix. */
static const char *const files[FILE_COUNT] = { "others.pst", "own.pst", "others.txt", "own.txt" };

struct play
{
    struct world world;
    uint64_t random;
    char last[FILE_COUNT][32];      /* what was written last; "(none)": deleted, or never there */
    int listed, offline, writes;
    int toggles;                    /* the lists come and go */
    enum sim_crash crash_kind;
    int power_lost;                 /* there may be conflicts, and what was deleted may be there again */
};

static unsigned choose(struct play *play, unsigned limit)
{
    play->random = play->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(play->random >> 33) % limit;
}

static const char *place(const char *root, int file)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", root, files[file]);
    return path;
}

static csc_status open_play(struct play *play)
{
    struct csc_engine_config config;

    sim_engine_config(play->world.sim, &config);
    config.excluded = lists;
    config.excluded_count = play->listed ? sizeof(lists) / sizeof(lists[0]) : 0;
    return csc_engine_open(&config, &play->world.engine);
}

/* After a crash: the next incarnation.  It is synchronized at once: when somebody goes on working on what was just sent
 * and not recorded, that is a conflict, list or not.  A power loss may take back what was recorded longer ago. */
static void carry_on(struct play *play)
{
    if (!sim_crashed(play->world.sim)) return;
    csc_engine_close(play->world.engine);
    play->world.engine = NULL;
    sim_restart(play->world.sim);
    if (!CHECK_STATUS(open_play(play), CSC_OK)) return;
    if (csc_failed(sync_share(&play->world))) CHECK(play->power_lost);
}

static void write_somewhere(struct play *play, int file)
{
    const char *root = file == OWN || file == PLAIN_OWN ? THROUGH : ORIGIN;
    struct sim *sim = play->world.sim;

    /* a program that writes what it does not see makes a conflict, which is not what this is about */
    if (root[1] == 'c' && play->offline && !sim_exists(sim, place(THROUGH, file)) && sim_exists(sim, place(ORIGIN, file))) return;
    /* what is cached and was deleted on the server, made again and then met by a power loss is a conflict, list or not */
    if (!choose(play, 4) && sim_exists(sim, place(root, file)) && (root[1] == 'c' || (file == OTHERS && !play->toggles)))
    {
        CHECK_STATUS(sim_remove(sim, place(root, file)), CSC_OK);
        strcpy(play->last[file], "(none)");
        return;
    }
    snprintf(play->last[file], sizeof(play->last[file]), "%s %d", files[file], ++play->writes);
    put(&play->world, place(root, file), play->last[file]);
}

static int synchronized(struct play *play)
{
    int tries;

    for (tries = 0; tries < 5; tries++)
    {
        csc_status status = sync_share(&play->world);

        if (status == CSC_OK) return 1;
        carry_on(play);
        sim_sleep(play->world.sim, 30 * SIM_S);
    }
    return 0;
}

static void step(struct play *play)
{
    struct sim *sim = play->world.sim;

    switch (choose(play, 10))
    {
    case 0: case 1: case 2: case 3: write_somewhere(play, (int)choose(play, FILE_COUNT)); break;
    case 4:
        play->power_lost |= play->crash_kind == SIM_POWER_LOSS;
        sim_crash_at(sim, 1 + choose(play, 60), play->crash_kind);
        break;
    case 5: sync_share(&play->world); break;
    case 6:
        /* in order before: a program would go on with an old version, and conflict */
        sim_crash_at(sim, 0, SIM_KILL);
        if (!play->offline && synchronized(play) && !csc_failed(go_offline(&play->world))) play->offline = 1;
        break;
    case 7:
        sim_crash_at(sim, 0, SIM_KILL);
        if (play->offline && !csc_failed(go_online(&play->world))) play->offline = 0;
        break;
    case 8:
        if (play->toggles) set_lists(&play->world, play->listed = !play->listed);
        break;
    case 9: sim_sleep(sim, (1 + choose(play, 40)) * SIM_S); break;
    }
    sim_sleep(sim, SIM_S);
    carry_on(play);
}

/* Every file is on the origin as it was written last; in the cache it is the same, or not at all.  After a power loss the
 * last version of a program is at least on one of the sides. */
static void check_play(struct play *play, int all)
{
    int file;

    for (file = 0; file < FILE_COUNT; file++)
    {
        if (!play->power_lost || file == OTHERS || file == PLAIN_OTHERS)
            CHECK_STRING(content(&play->world, place(ORIGIN, file)), play->last[file]);
        else if (strcmp(play->last[file], "(none)"))
            CHECK(!strcmp(content(&play->world, place(ORIGIN, file)), play->last[file])
                  || !strcmp(content(&play->world, place(TREE, file)), play->last[file]));
        if (play->power_lost) continue;
        if (all || file >= PLAIN_OTHERS || sim_exists(play->world.sim, place(TREE, file)))
            CHECK_STRING(content(&play->world, place(TREE, file)), play->last[file]);
    }
    CHECK_INT(play->power_lost ? 0 : count_conflicts(play->world.engine, 0), 0);
}

static void run_play(uint64_t seed, int toggles, enum sim_crash crash_kind)
{
    struct sim_config config = { .seed = seed, .preempt = 100 };
    struct play play = { .random = seed, .listed = 1, .toggles = toggles, .crash_kind = crash_kind };
    int file, watch, i;

    for (file = 0; file < FILE_COUNT; file++) strcpy(play.last[file], "(none)");
    make_world(&play.world, &config);
    put(&play.world, ORIGIN "/stays", "stays");          /* an empty origin is none */
    watch = watch_for(&play.world, files[OTHERS]);
    CHECK_STATUS(open_play(&play), CSC_OK);
    CHECK_STATUS(csc_map(play.world.engine, SHARE, ORIGIN, 0), CSC_OK);
    CHECK_STATUS(run(&play.world, CSC_OP_PIN, PIN_ALL, SHARE), CSC_OK);
    for (i = 0; i < 25 && !test_failures; i++) step(&play);

    sim_crash_at(play.world.sim, 0, SIM_KILL);
    carry_on(&play);
    if (play.offline && csc_failed(go_online(&play.world))) CHECK(play.power_lost);
    sim_sleep(play.world.sim, 5 * SIM_S);
    CHECK(synchronized(&play) || play.power_lost);
    check_play(&play, 0);
    if (!toggles)
    {
        CHECK_INT(sim_rule_hits(play.world.sim, watch), 0);
        CHECK_STRING(content(&play.world, place(TREE, OTHERS)), "(none)");
    }
    set_lists(&play.world, 0);
    CHECK(synchronized(&play) || play.power_lost);
    check_play(&play, 1);
    if (test_failures)
    {
        printf("  seed %llu, toggles %d, %s\n", (unsigned long long)seed, toggles, crash_kind == SIM_KILL ? "killed" : "power loss");
        sim_print_tree(play.world.sim, ORIGIN, stdout);
        sim_print_tree(play.world.sim, TREE, stdout);
    }
    end_world(&play.world);
}

static void test_by_chance(void)
{
    uint64_t seed, runs = getenv("CSC_TEST_ALL") ? 5000 : 60;

    for (seed = 1; seed <= runs && !test_failures; seed++) run_play(seed, seed % 2, seed / 2 % 2 ? SIM_KILL : SIM_POWER_LOSS);
}

int main(void)
{
    RUN(test_patterns);
    RUN(test_not_fetched);
    RUN(test_not_pinned);
    RUN(test_cached_before);
    RUN(test_created_offline);
    RUN(test_conflicts);
    RUN(test_while_a_fill_runs);
    RUN(test_name_without_content);
    RUN(test_by_chance);
    return test_report();
}
