/*
 * Histories by the thousand
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *   histories                            the known cases, then random histories
 *   histories --seed S --runs N          N random ones; a failure is made small and printed
 *   histories --exhaustive [--all]       all pairs of single operations, with crashes at every change (pairs.c)
 *   histories --instants [--runs N]      a pair and an edit at one call of its synchronization: N of all cases
 *   histories --replay S:I               history I of seed S, telling what happens; also pair:P, instant:I
 *   histories --file FILE                those of a file (histories.txt), or of one that a failure printed
 *   --jobs J   so many processes (the number of cores)      --print   only print the histories
 *   --keep F   go on after failures, up to F                --first I the number of the first one; of pairs without policy
 *   --whole    do not make failures smaller                 --verbose tell what happens
 */

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pairs.h"
#include "stage.h"

#define MOST_JOBS 64
#define PATIENCE 60              /* s for one history */
#define SEEN (1u << 15)
#define SAME 5                   /* exit code: another crash left the same */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DEFAULT_RUNS 300
#define DEFAULT_INSTANTS 100
#define SLOW 1
#define EACH_NTH 7
#else
#define DEFAULT_RUNS 20000
#define DEFAULT_INSTANTS 4000
#define SLOW 0
#define EACH_NTH 1
#endif
#define MOST_NUMBERS 2000
#define DEFAULT_CRASHES 3u       /* every third pair is crashed; --exhaustive crashes all */

struct job
{
    int failed;
    uint64_t number;             /* being played */
    struct history history;
    char text[STAGE_TEXT];
    /* of one pair: courses up to a crash, and what crashes left */
    unsigned seen_count;
    uint64_t seen[SEEN];
};

/* Shared by all processes. */
struct shared
{
    atomic_uint_fast64_t next, played, crashes, same;
    struct job jobs[MOST_JOBS];
    struct stage_result attempt;
};

static struct shared *shared;
static uint64_t seed = 1, first, runs = DEFAULT_RUNS;
static int jobs, print_only, keep = 1, whole, verbose, all_pairs;
static unsigned crash_every = 1;         /* every nth pair with crashes */
static enum { RANDOM, PAIRS, INSTANTS } stage;

/* Of the many cases those that are played are spread evenly. */
static uint64_t instant_number(uint64_t i)
{
    return i * 1000000007 % instant_count();
}

/* -- one history in a process of its own -- */

static int play_apart(const struct history *history, int tell)
{
    int status;
    pid_t pid;

    memset(&shared->attempt, 0, sizeof(shared->attempt));
    fflush(stdout);
    if (!(pid = fork()))
    {
        alarm(PATIENCE);
        if (!tell && !freopen("/dev/null", "w", stderr)) _exit(3);
        stage_play(history, tell, &shared->attempt);
        fflush(stdout);
        _exit(shared->attempt.failed);
    }
    if (pid == -1) abort();
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {}
    if (WIFSIGNALED(status))
        snprintf(shared->attempt.text, STAGE_TEXT, "the process died of signal %d\n", WTERMSIG(status));
    else if (WEXITSTATUS(status) > 1)
        snprintf(shared->attempt.text, STAGE_TEXT, "the process ended with %d (70: nothing goes on any more)\n",
                 WEXITSTATUS(status));
    return status != 0;
}

/* What kind of failure a text tells: its first line without names and numbers. */
static void class_of(const char *text, char class[160])
{
    const char *colon = strstr(text, ": ");
    size_t i, n = 0, length = strcspn(text, "\n");

    if (colon && colon < text + length)
    {
        length -= colon + 2 - text;
        text = colon + 2;
    }
    for (i = 0; i < length && n < 159; i++) if (!strchr("0123456789", text[i])) class[n++] = text[i];
    class[n] = 0;
}

static char wanted[160];         /* failures of another kind are other failures */

static int fails(const struct history *history)
{
    char class[160];

    if (!play_apart(history, 0)) return 0;
    class_of(shared->attempt.text, class);
    return !*wanted || !strcmp(class, wanted);
}

static void show(const char *title, const struct history *history)
{
    char *text = history_print(history);

    printf("# %s\n%send\n", title, text);
    fflush(stdout);
    free(text);
}

static void tell_failure(const char *title, struct history *history, const char *text)
{
    printf("FAILED: %s\n%s", title, text);
    if (!whole)
    {
        class_of(text, wanted);
        if (fails(history)) history_shrink(history, fails);
        else printf("(it does not fail again)\n");
        fails(history);
        printf("made small:\n%s", shared->attempt.text);
    }
    show(title, history);
}

/* -- many -- */

static void name_of(uint64_t number, char name[64])
{
    if (stage == PAIRS) snprintf(name, 64, "replay: pair:%llu", (unsigned long long)number);
    else if (stage == INSTANTS) snprintf(name, 64, "replay: instant:%llu", (unsigned long long)number);
    else snprintf(name, 64, "replay: %llu:%llu", (unsigned long long)seed, (unsigned long long)number);
}

static void tell_end(char text[STAGE_TEXT], int status)
{
    snprintf(text, STAGE_TEXT, "the process ended by signal %d, code %d (70: nothing goes on any more)\n",
             WIFSIGNALED(status) ? WTERMSIG(status) : 0, WIFEXITED(status) ? WEXITSTATUS(status) : 0);
}

static void play_here(struct job *job)
{
    struct stage_result result;

    alarm(PATIENCE);
    stage_play(&job->history, 0, &result);
    atomic_fetch_add(&shared->played, 1);
    if (result.crashed) atomic_fetch_add(&shared->crashes, 1);
    if (!result.failed) return;
    job->failed = 1;
    strcpy(job->text, result.text);
    _exit(1);
}

/* Remembers it; whether it was there already. */
static int is_seen(struct job *job, uint64_t key)
{
    uint64_t *slot = &job->seen[key % SEEN];

    if (!key) key = 1;
    while (*slot && *slot != key) if (++slot == &job->seen[SEEN]) slot = job->seen;
    if (*slot) return 1;
    if (job->seen_count == SEEN / 2) return 0;       /* full: what comes is played again */
    job->seen_count++;
    *slot = key;
    return 0;
}

/* The crash before a change, played on in a copy of this process: what led here need not be played again. */
static int branch(void *context, enum sim_crash kind, unsigned at, uint64_t course)
{
    struct job *job = context;
    int status;
    pid_t pid;

    if (is_seen(job, sim_mix_bytes(course, &kind, sizeof(kind))))
    {
        atomic_fetch_add(&shared->same, 1);
        return 0;
    }
    if (!(pid = fork()))
    {
        alarm(PATIENCE);
        return 1;
    }
    if (pid == -1) abort();
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {}
    alarm(PATIENCE);
    if (status == SAME << 8)
    {
        atomic_fetch_add(&shared->same, 1);
        return 0;
    }
    atomic_fetch_add(&shared->played, 1);
    atomic_fetch_add(&shared->crashes, 1);
    if (!status) return 0;
    pair_generate(job->number, 1, kind == SIM_POWER_LOSS, at, &job->history);
    if (!job->failed)
    {
        tell_end(job->text, status);
        job->failed = 1;
    }
    _exit(1);
}

static void crashed(void *context, uint64_t remains)
{
    if (is_seen(context, remains)) _exit(SAME);
}

static void play_pair(struct job *job, int crash)
{
    struct stage_branching branching = { branch, crashed, job };
    struct stage_result result;
    pid_t self = getpid();

    alarm(PATIENCE);
    stage_play_branching(&job->history, crash ? &branching : NULL, &result);
    if (result.failed)
    {
        job->failed = 1;
        strcpy(job->text, result.text);
        _exit(1);
    }
    if (getpid() != self) _exit(0);
    atomic_fetch_add(&shared->played, 1);
}

/* A pair under all policies, and with a crash at each change of its synchronization.  Where two crashes leave the same,
 * also under two policies, what comes then is the same; it is played once. */
static void play_group(struct job *job, uint64_t group)
{
    unsigned policy;

    memset(job->seen, 0, sizeof(job->seen));
    job->seen_count = 0;
    for (policy = 0; policy < pair_policies(); policy++)
    {
        job->number = pair_number(group, policy);
        if (!pair_generate(job->number, all_pairs, -1, 0, &job->history)) continue;
        play_pair(job, all_pairs || (pair_crashes(job->number) && group % crash_every == 0));
    }
}

static void work(struct job *job, uint64_t end)
{
    uint64_t number;

    while ((number = atomic_fetch_add(&shared->next, 1)) < end)
    {
        job->number = number;
        if (stage == PAIRS)
        {
            play_group(job, number);
            continue;
        }
        if (stage == RANDOM) history_generate(seed, number, &job->history);
        else if (!instant_generate(instant_number(number), &job->history)) _exit(3);
        play_here(job);
    }
    _exit(0);
}

static int play_many(uint64_t end)
{
    pid_t pids[MOST_JOBS] = { 0 }, pid;
    int running = 0, failures = 0, status, j;
    time_t began = time(NULL);

    atomic_store(&shared->next, first);
    atomic_store(&shared->played, 0);
    atomic_store(&shared->crashes, 0);
    atomic_store(&shared->same, 0);
    for (j = 0; j < jobs; j++)
    {
        fflush(stdout);
        if (!(pids[j] = fork())) work(&shared->jobs[j], end);
        if (pids[j] > 0) running++;
    }
    while (running && (pid = waitpid(-1, &status, 0)) > 0)
    {
        char name[64];
        struct job *job;

        for (j = 0; j < jobs && pids[j] != pid; j++) {}
        if (j == jobs) continue;
        running--;
        if (!status) continue;
        job = &shared->jobs[j];
        if (!job->failed)
            tell_end(job->text, status);
        job->failed = 0;
        name_of(job->number, name);
        failures++;
        if (failures <= keep) tell_failure(name, &job->history, job->text);
        if (failures >= keep)
        {
            atomic_store(&shared->next, end);
            continue;
        }
        fflush(stdout);
        if (!(pids[j] = fork())) work(job, end);
        if (pids[j] > 0) running++;
    }
    printf("%llu histories played in %ld s, %llu with a crash, %d failed\n",
           (unsigned long long)atomic_load(&shared->played), (long)(time(NULL) - began),
           (unsigned long long)atomic_load(&shared->crashes), failures);
    if (atomic_load(&shared->same))
        printf("%llu more crashes left what another one had left\n", (unsigned long long)atomic_load(&shared->same));
    return failures;
}

/* -- files -- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size, got;

    if (!file) return NULL;
    text = malloc((size = 1 << 20) + 1);
    if (!text) abort();
    got = fread(text, 1, size, file);
    text[got] = 0;
    fclose(file);
    return text;
}

/* With each number in the place of the first AT_EACH, until that does not come to pass any more.  The number of the one that
 * failed stays. */
static int play_each(struct history *history)
{
    struct step *each = history->steps, *end = each + history->count;
    int came = 1;

    while (each < end && each->at != AT_EACH) each++;
    if (each == end) return play_apart(history, verbose);
    for (each->at = each->kind == STEP_NEXT_CRASH; came && each->at < MOST_NUMBERS; each->at += EACH_NTH)
    {
        if (play_each(history)) return 1;
        came = shared->attempt.came[each - history->steps];
    }
    each->at = AT_EACH;
    return 0;
}

/* Cases begin with "# name"; the result of each is one line. */
static int play_file(const char *path)
{
    char *text = read_file(path), name[128];
    const char *at = text, *hash, *end;
    struct history history;
    int failed = 0;

    if (!text)
    {
        perror(path);
        return 1;
    }
    while ((hash = strstr(at, "\nworld")) || (at == text && !strncmp(at, "world", 5) && (hash = at)))
    {
        /* the last comment before it is its name */
        const char *line = hash;

        strcpy(name, "history");
        while (line > at && line[-1] != '\n') line--;
        if (*line == '#')
        {
            end = strchr(line, '\n');
            snprintf(name, sizeof(name), "%.*s", (int)(end - line - 2), line + 2);
        }
        if (!history_parse(*hash == '\n' ? hash + 1 : hash, &history, &at))
        {
            printf("not ok - %s: is no history, and what follows is not played\n", name);
            free(text);
            return failed + 1;
        }
        if (play_each(&history))
        {
            printf("%snot ok - %s\n", shared->attempt.text, name);
            if (strstr(hash + 1, "next *") && strstr(hash + 1, "next *") < at) show(name, &history);
            failed++;
        }
        else printf("ok - %s\n", name);
        fflush(stdout);
    }
    free(text);
    return failed;
}

/* -- the program -- */

static int replay(const char *what)
{
    struct history history;
    const char *colon = strchr(what, ':');
    uint64_t number;

    if (!colon) return 2;
    number = strtoull(colon + 1, NULL, 10);
    if (!strncmp(what, "pair:", 5))
    {
        if (!pair_generate(number, 1, -1, 0, &history)) return 2;
    }
    else if (!strncmp(what, "instant:", 8))
    {
        if (!instant_generate(instant_number(number), &history)) return 2;
    }
    else history_generate(strtoull(what, NULL, 10), number, &history);
    show(what, &history);
    if (print_only) return 0;
    if (!play_apart(&history, 1)) return 0;
    tell_failure(what, &history, shared->attempt.text);
    return 1;
}

static int play_default(void)
{
    const char *source = getenv("SRC_DIR");
    char path[1024];
    int failed = 0, more;

    if (source)
    {
        snprintf(path, sizeof(path), "%s/tests/engine/histories.txt", source);
        failed = play_file(path);
    }
    else printf("skip - known cases: SRC_DIR is not set\n");
    more = play_many(first + runs);
    printf("%s - %llu random histories\n", more ? "not ok" : "ok", (unsigned long long)runs);
    failed += more;
    first = 0;
    stage = INSTANTS;
    more = play_many(DEFAULT_INSTANTS);
    printf("%s - %d edits at a call of a synchronization\n", more ? "not ok" : "ok", DEFAULT_INSTANTS);
    failed += more;
    stage = PAIRS;
    crash_every = DEFAULT_CRASHES;
    more = play_many(SLOW ? 20 : pair_groups(0));
    printf("%s - pairs of operations\n", more ? "not ok" : "ok");
    return failed + more;
}

static int usage(void)
{
    fprintf(stderr, "usage: histories [--seed S] [--runs N] [--first I] [--jobs J] [--keep F] [--print] [--whole] [--verbose] [--hidden]\n"
                    "                 [--instants] [--exhaustive [--all]] [--replay S:I] [--file FILE]\n");
    return 2;
}

int main(int argc, char **argv)
{
    const char *replayed = NULL, *file = NULL;
    int random = 0, i;

    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return 2;
    stage_prepare();
    for (i = 1; i < argc; i++)
    {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (!strcmp(argv[i], "--print")) print_only = 1;
        else if (!strcmp(argv[i], "--whole")) whole = 1;
        else if (!strcmp(argv[i], "--verbose")) verbose = 1;
        else if (!strcmp(argv[i], "--hidden")) history_hidden = 1;
        else if (!strcmp(argv[i], "--exhaustive")) stage = PAIRS;
        else if (!strcmp(argv[i], "--instants")) stage = INSTANTS;
        else if (!strcmp(argv[i], "--all")) all_pairs = 1;
        else if (!value) return usage();
        else
        {
            i++;
            if (!strcmp(argv[i - 1], "--seed")) seed = strtoull(value, NULL, 10), random = 1;
            else if (!strcmp(argv[i - 1], "--runs")) runs = strtoull(value, NULL, 10), random = 1;
            else if (!strcmp(argv[i - 1], "--first")) first = strtoull(value, NULL, 10), random = 1;
            else if (!strcmp(argv[i - 1], "--jobs")) jobs = atoi(value);
            else if (!strcmp(argv[i - 1], "--keep")) keep = atoi(value);
            else if (!strcmp(argv[i - 1], "--replay")) replayed = value;
            else if (!strcmp(argv[i - 1], "--file")) file = value;
            else return usage();
        }
    }
    if (jobs <= 0) jobs = sysconf(_SC_NPROCESSORS_ONLN);
    if (jobs > MOST_JOBS) jobs = MOST_JOBS;
    if (replayed) return replay(replayed);
    if (file) return play_file(file) != 0;
    if (stage == PAIRS)
    {
        uint64_t count = pair_groups(all_pairs);

        return play_many(random && first + runs < count ? first + runs : count) != 0;
    }
    if (print_only)
    {
        for (; runs--; first++)
        {
            struct history history;
            char name[64];

            name_of(first, name);
            history_generate(seed, first, &history);
            show(name, &history);
        }
        return 0;
    }
    if (stage == INSTANTS) return play_many(first + (random ? runs : DEFAULT_INSTANTS)) != 0;
    if (!random) return play_default() != 0;
    return play_many(first + runs) != 0;
}
