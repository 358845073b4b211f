/*
 * Random changes on both sides, with and without crashes
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * After each synchronization every change that somebody made must still be where it was made, what changed on one
 * side only must be on both, and another synchronization must find nothing to do.  CSC_TEST_SEED, CSC_TEST_WORLDS and
 * CSC_TEST_ROUNDS choose other runs; the seed of a failure is printed.
 */

#include "killing_fs.h"
#include "sync_fixture.h"

/* -- the world -- */

static const char *const places[] =
{
    "a", "b", "c", "d", "d/a", "d/b", "d/e", "d/e/a", "d/e/b", "f", "f/a", "f/b"
};
#define PLACES (sizeof(places) / sizeof(places[0]))
#define CONTENT 24
#define DIRECTORY "(directory)"

struct snapshot { char at[PLACES][CONTENT]; };      /* "": nothing there */

static unsigned long long state;

static unsigned pick(unsigned limit)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(state >> 33) % limit;
}

static void take(const char *base, struct snapshot *snapshot)
{
    char path[1200];
    struct stat st;
    size_t i;

    memset(snapshot, 0, sizeof(*snapshot));
    for (i = 0; i < PLACES; i++)
    {
        if (lstat(fixture_path(path, base, places[i]), &st)) continue;
        snprintf(snapshot->at[i], CONTENT, "%s", S_ISDIR(st.st_mode) ? DIRECTORY : fixture_read(base, places[i]));
    }
}

static void remove_below(const char *base, const char *below)
{
    char path[1200];
    size_t i;

    for (i = PLACES; i--;)
        if (!strncmp(places[i], below, strlen(below)) && places[i][strlen(below)] == '/')
            remove(fixture_path(path, base, places[i]));
    remove(fixture_path(path, base, below));
}

/* Somebody does something; contents are never the same twice. */
static void mutate(const char *base)
{
    static int tick;
    const char *place = places[pick(PLACES)];
    char text[CONTENT], path[1200], parent[64];
    struct stat st;
    char *slash;

    snprintf(parent, sizeof(parent), "%s", place);
    if ((slash = strrchr(parent, '/')))
    {
        *slash = 0;
        if (lstat(fixture_path(path, base, parent), &st) || !S_ISDIR(st.st_mode)) return;
    }
    if (lstat(fixture_path(path, base, place), &st)) st.st_mode = 0;
    tick++;
    switch (pick(6))
    {
    case 0: case 1: case 2:
        if (S_ISDIR(st.st_mode)) return;
        snprintf(text, sizeof(text), "text %d %u", tick, pick(1000000));
        fixture_write(base, place, text);
        if (pick(2)) fixture_touch(base, place, 1000000000 + tick);
        break;
    case 3:
        if (!st.st_mode) mkdir(fixture_path(path, base, place), 0777);
        break;
    case 4:
        if (S_ISREG(st.st_mode)) remove(fixture_path(path, base, place));
        break;
    default:
        if (S_ISDIR(st.st_mode)) remove_below(base, place);
        break;
    }
}

static int is_file(const char *text)
{
    return *text && strcmp(text, DIRECTORY);
}

static void check_round(const struct snapshot *before_local, const struct snapshot *before_origin,
                        const struct snapshot *local, const struct snapshot *origin, const struct snapshot *base)
{
    size_t i;

    for (i = 0; i < PLACES; i++)
    {
        const char *l = before_local->at[i], *o = before_origin->at[i], *b = base->at[i];

        /* what somebody wrote stays where it was written */
        if (is_file(l) && strcmp(l, b) && strcmp(local->at[i], l))
            FAIL("%s: the cache held '%s' (base '%s', origin '%s'), now '%s'", places[i], l, b, o, local->at[i]);
        if (is_file(o) && strcmp(o, b) && strcmp(origin->at[i], o))
            FAIL("%s: the origin held '%s' (base '%s', cache '%s'), now '%s'", places[i], o, b, l, origin->at[i]);
        /* one side alone is followed */
        if (is_file(b) && !strcmp(l, b) && is_file(o) && strcmp(o, b) && strcmp(local->at[i], o))
            FAIL("%s: '%s' did not come into the cache, which holds '%s'", places[i], o, local->at[i]);
        if (is_file(b) && !strcmp(o, b) && is_file(l) && strcmp(l, b) && strcmp(origin->at[i], l))
            FAIL("%s: '%s' did not get to the origin, which holds '%s'", places[i], l, origin->at[i]);
        /* nothing appears out of nowhere */
        if (is_file(local->at[i]) && strcmp(local->at[i], l) && strcmp(local->at[i], o))
            FAIL("%s: the cache has '%s'", places[i], local->at[i]);
        if (is_file(origin->at[i]) && strcmp(origin->at[i], l) && strcmp(origin->at[i], o))
            FAIL("%s: the origin has '%s'", places[i], origin->at[i]);
    }
}

/* Synchronizes in a child that is killed somewhere on the way, or gets through. */
static void crash(struct fixture *f)
{
    int status, steps = 1 + (int)pick(30);
    pid_t pid;

    fflush(stdout);
    fixture_close(f);
    if (!(pid = fork()))
    {
        f->fs.make_dir = step_make_dir;
        f->fs.remove_dir = step_remove_dir;
        f->fs.remove_file = step_remove_file;
        f->fs.rename = step_rename;
        f->fs.create_file = step_create_file;
        if (fixture_open(f)) _exit(2);
        atomic_store(&steps_left, steps);
        sync_share(f, SYNC_BOTH);
        kill(getpid(), SIGKILL);
    }
    if (pid == -1 || waitpid(pid, &status, 0) != pid) FAIL("no child");
    CHECK_STATUS(fixture_open(f), CSC_OK);
}

static void run(unsigned long long seed, int rounds, int crashes)
{
    struct snapshot before_local, before_origin, local, origin, again_local, again_origin, base;
    struct fixture f;
    int round, i;
    size_t p;

    state = seed * 7919 + 1;
    world_make(&f);
    origin_write(&f, "anchor", "so that the root is never empty");
    CHECK_STATUS(pin_all(&f), CSC_OK);
    CHECK_STATUS(go_offline(&f), CSC_OK);
    memset(&base, 0, sizeof(base));
    for (round = 0; round < rounds && !test_failures; round++)
    {
        for (i = (int)pick(8); i--;) mutate(f.origin);
        for (i = (int)pick(8); i--;) mutate(tree_of(&f));
        take(tree_of(&f), &before_local);
        take(f.origin, &before_origin);
        if (crashes) crash(&f);
        sync_share(&f, SYNC_BOTH);
        take(tree_of(&f), &local);
        take(f.origin, &origin);
        check_round(&before_local, &before_origin, &local, &origin, &base);
        sync_share(&f, SYNC_BOTH);
        take(tree_of(&f), &again_local);
        take(f.origin, &again_origin);
        if (memcmp(&local, &again_local, sizeof(local)) || memcmp(&origin, &again_origin, sizeof(origin)))
            for (p = 0; p < PLACES; p++)
                if (strcmp(local.at[p], again_local.at[p]) || strcmp(origin.at[p], again_origin.at[p]))
                    FAIL("%s: not settled: '%s' '%s', then '%s' '%s' (base '%s')", places[p], local.at[p], origin.at[p],
                         again_local.at[p], again_origin.at[p], base.at[p]);
        for (p = 0; p < PLACES; p++)
            if (!strcmp(again_local.at[p], again_origin.at[p])) memcpy(base.at[p], again_local.at[p], CONTENT);
        CHECK(is_clean(&f));
    }
    if (test_failures) printf("  seed %llu, round %d%s\n", seed, round, crashes ? ", with crashes" : "");
    fixture_destroy(&f);
}

static int setting(const char *name, int otherwise)
{
    const char *text = getenv(name);

    return text ? atoi(text) : otherwise;
}

static void run_many(int crashes, int worlds)
{
    int first = setting("CSC_TEST_SEED", 1), last = first + setting("CSC_TEST_WORLDS", worlds), seed;
    int rounds = setting("CSC_TEST_ROUNDS", crashes ? 10 : 25);

    for (seed = first; seed < last && !test_failures; seed++) run(seed, rounds, crashes);
}

static void test_random_changes(void) { run_many(0, test_under_valgrind() ? 5 : 20); }
static void test_random_crashes(void) { run_many(1, test_under_valgrind() ? 4 : 10); }

int main(void)
{
    RUN(test_random_changes);
    RUN(test_random_crashes);
    return test_report();
}
