/*
 * Histories: made, written, read and made smaller
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

/* -- words -- */

static const char *const kinds[STEP_KINDS] =
{
    "write", "save", "keeptime", "same", "touch", "delete", "mkdir", "rename", "case", "readonly", "swap",
    "sync", "offline", "online", "pin", "unpin", "forget", "wait", "restart", "crash",
    "suspend", "resume", "limit", "lose",
    "presence", "crash", "fault", "presence", "edit", "abort", "sync"
};
static const char *const policies[POLICY_COUNT] =
{
    "none", "keeplocal", "keepremote", "keeplatest", "keepall", "skip", "log", "abort", "invalid", "mixed"
};
static const char *const faults[FAULT_COUNT] =
{
    "origin-io", "origin-late", "origin-part", "origin-full", "origin-access", "origin-hang", "cache-io", "cache-full",
    "cache-part", "cache-flush"
};
static const char *const calls[CALL_COUNT] =
{
    "any", "list", "stat", "open-file", "create-file", "stat-file", "copy", "read", "set-times", "sync-file", "sync-dir",
    "rename", "remove-file", "make-dir", "remove-dir"
};
static const char *const crashes[] = { "kill", "power" };
static const char *const presences[] = { "present", "unmounted", "emptied", "gone", "hung" };
static const char *const directions[] = { "-", "in", "out", "both", "fill", "in+fill", "out+fill", "both+fill" };

static int find_word(const char *word, const char *const *words, int count)
{
    int i;

    for (i = 0; i < count; i++) if (!strcmp(word, words[i])) return i;
    return -1;
}

static const char *show_path(const char *path)
{
    return *path ? path : ".";
}

static void print_edit(const struct step *s, enum step_kind kind, char *line, size_t size)
{
    int n = snprintf(line, size, "%s %s %s", s->origin ? "origin" : "local", kinds[kind], s->path);

    if (kind == STEP_WRITE || kind == STEP_SAVE || kind == STEP_KEEP_TIME || kind == STEP_SWAP)
        n += snprintf(line + n, size - n, " %d/%d", s->content, s->size);
    if (kind == STEP_RENAME) n += snprintf(line + n, size - n, " %s", s->to);
    if (s->later) n += snprintf(line + n, size - n, " +%lld", (long long)s->later);
    if (s->then) snprintf(line + n, size - n, " then %s %d", crashes[s->then - 1], s->changes);
}

void step_print(const struct step *s, char *line, size_t size)
{
    int n;

    if (s->kind < STEP_EDITS)
    {
        print_edit(s, s->kind, line, size);
        return;
    }
    switch (s->kind)
    {
    case STEP_SYNC:
        snprintf(line, size, "sync %s %s %s%s", show_path(s->path), directions[s->flags & 7], policies[s->policy],
                 s->ask ? " ask" : "");
        break;
    case STEP_PIN: case STEP_UNPIN:
        snprintf(line, size, "%s %s %s", kinds[s->kind], show_path(s->path), s->deep ? "deep" : "shallow");
        break;
    case STEP_FORGET: snprintf(line, size, "forget %s %s", show_path(s->path), s->flags ? "all" : "clean"); break;
    case STEP_SUSPEND: case STEP_RESUME: snprintf(line, size, "%s %s", kinds[s->kind], show_path(s->path)); break;
    case STEP_NEXT_SYNC: snprintf(line, size, "next %d sync %s %s", s->at, show_path(s->path), directions[s->flags & 7]); break;
    case STEP_LIMIT: snprintf(line, size, "limit %d", s->amount); break;
    case STEP_LOSE: snprintf(line, size, "lose %s %d/%d", s->path, s->content, s->size); break;
    case STEP_WAIT: snprintf(line, size, "wait %d", s->amount); break;
    case STEP_CRASH: snprintf(line, size, "crash %s", crashes[s->amount]); break;
    case STEP_PRESENCE: snprintf(line, size, "presence %s", presences[s->amount]); break;
    case STEP_NEXT_CRASH: snprintf(line, size, "next %d crash %s", s->at, crashes[s->amount]); break;
    case STEP_NEXT_FAULT: snprintf(line, size, "next %d fault %s %d", s->at, faults[s->flags], s->amount); break;
    case STEP_NEXT_PRESENCE: snprintf(line, size, "next %d presence %s", s->at, presences[s->amount]); break;
    case STEP_NEXT_ABORT: snprintf(line, size, "next %d abort", s->at); break;
    case STEP_NEXT_EDIT:
        n = snprintf(line, size, "next %d ", s->at);
        if (s->call) n += snprintf(line + n, size - n, "at %s ", calls[s->call]);
        print_edit(s, s->edit, line + n, size - n);
        break;
    default: snprintf(line, size, "%s", kinds[s->kind]); break;
    }
}

char *history_print(const struct history *h)
{
    const struct world *w = &h->world;
    char *text = NULL, line[256];
    size_t size;
    FILE *out = open_memstream(&text, &size);
    int i;

    if (!out) abort();
    fprintf(out, "world gran=%lld cachegran=%lld preempt=%d seed=%llu final=%s", (long long)w->granularity,
            (long long)w->cache_granularity, w->preempt, (unsigned long long)w->seed, policies[w->final_policy]);
    if (w->untrusted) fputs(" untrusted", out);
    if (w->ignore_case) fputs(" nocase", out);
    if (w->no_exchange) fputs(" noexchange", out);
    if (w->reuse_inodes) fputs(" reuse", out);
    if (w->no_types) fputs(" notypes", out);
    if (w->anonymous) fputs(" anonymous", out);
    if (w->writeback) fputs(" writeback", out);
    if (w->file_flush) fputs(" fileflush", out);
    if (w->shared_power) fputs(" sharedpower", out);
    if (w->short_copies) fputs(" short", out);
    if (w->hidden) fputs(" hidden", out);
    fprintf(out, " order=%d\n", w->order);
    for (i = 0; i < h->count; i++)
    {
        step_print(&h->steps[i], line, sizeof(line));
        fprintf(out, "%s\n", line);
    }
    fclose(out);
    return text;
}

/* -- reading -- */

static int parse_world(char *line, struct world *w)
{
    char *word, *value, *state;

    memset(w, 0, sizeof(*w));
    for (word = strtok_r(line, " ", &state); (word = strtok_r(NULL, " ", &state));)
    {
        if ((value = strchr(word, '='))) *value++ = 0;
        if (!strcmp(word, "gran") && value) w->granularity = atoll(value);
        else if (!strcmp(word, "cachegran") && value) w->cache_granularity = atoll(value);
        else if (!strcmp(word, "preempt") && value) w->preempt = atoi(value);
        else if (!strcmp(word, "seed") && value) w->seed = strtoull(value, NULL, 10);
        else if (!strcmp(word, "final") && value && find_word(value, policies, POLICY_COUNT) >= 0)
            w->final_policy = find_word(value, policies, POLICY_COUNT);
        else if (!strcmp(word, "order") && value) w->order = atoi(value);
        else if (!strcmp(word, "untrusted")) w->untrusted = 1;
        else if (!strcmp(word, "nocase")) w->ignore_case = 1;
        else if (!strcmp(word, "noexchange")) w->no_exchange = 1;
        else if (!strcmp(word, "reuse")) w->reuse_inodes = 1;
        else if (!strcmp(word, "notypes")) w->no_types = 1;
        else if (!strcmp(word, "anonymous")) w->anonymous = 1;
        else if (!strcmp(word, "writeback")) w->writeback = 1;
        else if (!strcmp(word, "fileflush")) w->file_flush = 1;
        else if (!strcmp(word, "sharedpower")) w->shared_power = 1;
        else if (!strcmp(word, "short")) w->short_copies = 1;
        else if (!strcmp(word, "hidden")) w->hidden = 1;
        else return 0;
    }
    return 1;
}

static int copy_path(char *to, const char *from)
{
    if (!from) return 0;
    if (!strcmp(from, ".")) from = "";
    if (strlen(from) >= 48) return 0;
    strcpy(to, from);
    return 1;
}

/* words[0] is the side. */
static int parse_edit(char **words, struct step *s, enum step_kind *kind)
{
    int found, i;

    if (strcmp(words[0], "origin") && strcmp(words[0], "local")) return 0;
    s->origin = !strcmp(words[0], "origin");
    if (!words[1] || (found = find_word(words[1], kinds, STEP_EDITS)) < 0) return 0;
    *kind = found;
    if (!copy_path(s->path, words[2])) return 0;
    for (i = 3; words[i]; i++)
    {
        if (*words[i] == '+') s->later = atoll(words[i] + 1);
        else if (!strcmp(words[i], "then") && words[i + 1] && words[i + 2])
        {
            if ((found = find_word(words[i + 1], crashes, 2)) < 0) return 0;
            s->then = found + 1;
            s->changes = atoi(words[i + 2]);
            i += 2;
        }
        else if (*kind == STEP_RENAME) { if (!copy_path(s->to, words[i])) return 0; }
        else if (sscanf(words[i], "%d/%d", &s->content, &s->size) != 2) return 0;
    }
    return 1;
}

static int parse_step(char *line, struct step *s)
{
    char *words[18] = { 0 }, *state;
    int count = 0, i, found;

    memset(s, 0, sizeof(*s));
    for (words[0] = strtok_r(line, " ", &state); words[count] && count < 16;) words[++count] = strtok_r(NULL, " ", &state);
    if (!words[0]) return 0;
    if (!strcmp(words[0], "origin") || !strcmp(words[0], "local")) return parse_edit(words, s, &s->kind);
    if (!strcmp(words[0], "next"))
    {
        if (count < 3) return 0;
        s->at = !strcmp(words[1], "*") ? AT_EACH : atoi(words[1]);
        if (!strcmp(words[2], "crash") && words[3])
        {
            s->kind = STEP_NEXT_CRASH;
            return (s->amount = find_word(words[3], crashes, 2)) >= 0;
        }
        if (!strcmp(words[2], "presence") && words[3])
        {
            s->kind = STEP_NEXT_PRESENCE;
            return (s->amount = find_word(words[3], presences, 5)) >= 0;
        }
        if (!strcmp(words[2], "fault") && words[3] && words[4])
        {
            s->kind = STEP_NEXT_FAULT;
            s->amount = atoi(words[4]);
            return (s->flags = find_word(words[3], faults, FAULT_COUNT)) >= 0;
        }
        if (!strcmp(words[2], "sync") && words[3] && words[4])
        {
            s->kind = STEP_NEXT_SYNC;
            return copy_path(s->path, words[3]) && (s->flags = find_word(words[4], directions, 8)) >= 0;
        }
        if (!strcmp(words[2], "abort"))
        {
            s->kind = STEP_NEXT_ABORT;
            return 1;
        }
        s->kind = STEP_NEXT_EDIT;
        if (strcmp(words[2], "at")) return parse_edit(words + 2, s, &s->edit);
        if (!words[3] || (found = find_word(words[3], calls, CALL_COUNT)) < 0 || !words[4]) return 0;
        s->call = found;
        return parse_edit(words + 4, s, &s->edit);
    }
    for (found = -1, i = STEP_EDITS; i <= STEP_PRESENCE; i++) if (!strcmp(words[0], kinds[i])) found = i;
    if (found < 0) return 0;
    s->kind = found;
    switch (s->kind)
    {
    case STEP_SYNC:
        if (count < 4 || !copy_path(s->path, words[1]) || (s->flags = find_word(words[2], directions, 8)) < 0) return 0;
        if ((s->policy = find_word(words[3], policies, POLICY_COUNT)) < 0) return 0;
        s->ask = words[4] && !strcmp(words[4], "ask");
        return 1;
    case STEP_PIN: case STEP_UNPIN:
        s->deep = words[2] && !strcmp(words[2], "deep");
        return copy_path(s->path, words[1]);
    case STEP_FORGET:
        s->flags = words[2] && !strcmp(words[2], "all");
        return copy_path(s->path, words[1]);
    case STEP_SUSPEND: case STEP_RESUME: return copy_path(s->path, words[1]);
    case STEP_LIMIT: return words[1] && (s->amount = atoi(words[1])) > 0;
    case STEP_LOSE:
        return words[1] && words[2] && copy_path(s->path, words[1]) && sscanf(words[2], "%d/%d", &s->content, &s->size) == 2;
    case STEP_WAIT: return words[1] && (s->amount = atoi(words[1])) > 0;
    case STEP_CRASH: return words[1] && (s->amount = find_word(words[1], crashes, 2)) >= 0;
    case STEP_PRESENCE: return words[1] && (s->amount = find_word(words[1], presences, 5)) >= 0;
    default: return 1;
    }
}

int history_parse(const char *text, struct history *h, const char **rest)
{
    char line[256];
    size_t length;
    int worlds = 0;

    memset(h, 0, sizeof(*h));
    for (; *text; text += length + (text[length] == '\n'))
    {
        length = strcspn(text, "\n");
        if (length >= sizeof(line)) length = sizeof(line) - 1;
        memcpy(line, text, length);
        line[length] = 0;
        if (!*line || *line == '#') continue;
        if (!strcmp(line, "end"))
        {
            text += length + (text[length] == '\n');
            break;
        }
        if (!strncmp(line, "world", 5)) worlds += parse_world(line, &h->world);
        else if (h->count == MAX_STEPS || !parse_step(line, &h->steps[h->count++]))
        {
            fprintf(stderr, "not understood: %.*s\n", (int)length, text);
            return 0;
        }
    }
    if (rest) *rest = text;
    return worlds == 1;
}

/* -- making -- */

static uint64_t state;

static unsigned pick(unsigned limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state * 2685821657736338717ull) >> 33) % limit;
}

static int chance(unsigned percent)
{
    return pick(100) < percent;
}

static const char *const places[] = { "a", "b", "c", "d", "d/a", "d/b", "d/e", "d/e/a", "f", "f/a", "A.txt" };
#define PLACES (sizeof(places) / sizeof(places[0]))

static struct step *add(struct history *h, enum step_kind kind)
{
    struct step *s = &h->steps[h->count < MAX_STEPS - 1 ? h->count++ : h->count];

    memset(s, 0, sizeof(*s));
    s->kind = kind;
    return s;
}

static int next_content;

static void fill_edit(struct step *s, enum step_kind *kind, int origin)
{
    static const int sizes[] = { 8, 8, 8, 8, 8, 9, 40, 0, 300, 5000 };
    static const int64_t later[] = { 0, 0, 0, 1000, 1000000, 20000000, 1000000000, 5000000000ll, 3600000000000ll };
    unsigned dice = pick(100);

    s->origin = origin;
    strcpy(s->path, places[pick(PLACES)]);
    s->later = later[pick(sizeof(later) / sizeof(later[0]))];
    *kind = dice < 30 ? STEP_WRITE : dice < 40 ? STEP_SAVE : dice < 44 ? STEP_KEEP_TIME : dice < 50 ? STEP_SAME :
            dice < 54 ? STEP_TOUCH : dice < 68 ? STEP_DELETE : dice < 78 ? STEP_MKDIR : dice < 89 ? STEP_RENAME :
            dice < 92 ? STEP_CASE : dice < 95 ? STEP_READONLY : STEP_SWAP;
    if (*kind == STEP_RENAME) strcpy(s->to, places[pick(PLACES)]);
    s->size = sizes[pick(sizeof(sizes) / sizeof(sizes[0]))];
    s->content = s->size ? ++next_content : 0;
}

static void add_edits(struct history *h, unsigned most)
{
    unsigned count = pick(most + 1);
    struct step *s;

    while (count--)
    {
        s = add(h, STEP_WRITE);
        fill_edit(s, &s->kind, chance(45));
    }
}

/* When in a run an edit is made; often at a call that changes names or looks at what came of it. */
static void choose_moment(struct step *s)
{
    static const enum step_call near[] = { CALL_RENAME, CALL_RENAME, CALL_STAT_FILE, CALL_COPY, CALL_REMOVE_FILE, CALL_STAT,
                                           CALL_SYNC_DIR, CALL_LIST };

    if (chance(60)) s->at = pick(chance(50) ? 20 : 100);
    else
    {
        s->call = near[pick(8)];
        s->at = pick(s->call == CALL_STAT ? 20 : 6);
    }
    if (!chance(15)) return;
    s->then = 1 + chance(50);
    s->changes = 1 + pick(4);
}

static void add_disturbance(struct history *h, int harsh)
{
    unsigned dice = pick(100);
    struct step *s;

    if (dice < 30)
    {
        s = add(h, STEP_NEXT_CRASH);
        s->at = 1 + pick(chance(50) ? 12 : 60);
        s->amount = chance(50);
    }
    else if (dice < 55)
    {
        s = add(h, STEP_NEXT_FAULT);
        s->at = pick(chance(50) ? 15 : 80);
        s->flags = pick(FAULT_CACHE_FLUSH);
        if (s->flags == FAULT_ORIGIN_HANG && !harsh) s->flags = FAULT_ORIGIN_IO;
        s->amount = chance(60) ? 1 : chance(50) ? 3 : 0;
    }
    else if (dice < 70)
    {
        s = add(h, STEP_NEXT_PRESENCE);
        s->at = pick(40);
        s->amount = 1 + pick(harsh ? 4 : 3);
        if (chance(50))
        {
            struct step *back = add(h, STEP_NEXT_PRESENCE);

            back->at = s->at + 1 + pick(20);
        }
    }
    else if (dice < 95)
    {
        s = add(h, STEP_NEXT_EDIT);
        fill_edit(s, &s->edit, chance(50));
        choose_moment(s);
        if (chance(40))
        {
            struct step *again = add(h, STEP_NEXT_EDIT);
            char path[48];

            strcpy(path, s->path);
            fill_edit(again, &again->edit, chance(50));
            if (chance(50)) strcpy(again->path, path);
            choose_moment(again);
        }
    }
    else
    {
        s = add(h, STEP_NEXT_ABORT);
        s->at = 1 + pick(8);
    }
}

static void add_sync(struct history *h)
{
    struct step *s = add(h, STEP_SYNC);
    unsigned dice = pick(100);

    s->flags = dice < 75 ? STEP_IN | STEP_OUT : dice < 85 ? STEP_OUT : dice < 95 ? STEP_IN : STEP_FILL;
    if (chance(20)) s->flags |= STEP_FILL;
    s->ask = chance(40);
    if (chance(50)) s->policy = POLICY_NONE;
    else s->policy = 1 + pick(s->ask ? POLICY_COUNT - 1 : POLICY_LATEST);
    if (chance(12)) strcpy(s->path, places[pick(PLACES)]);
}

static void add_run(struct history *h, int rare)
{
    unsigned dice = pick(100);
    struct step *s;

    if (dice < 72) add_sync(h);
    else if (dice < 77) add(h, STEP_OFFLINE);
    else if (dice < 83) add(h, STEP_ONLINE);
    else if (dice < 88)
    {
        s = add(h, STEP_WAIT);
        s->amount = chance(50) ? 1 + pick(300) : 1 + pick(40000);
    }
    else if (dice < 91) add(h, STEP_RESTART);
    else if (dice < 94) add(h, STEP_CRASH)->amount = chance(50);
    else if (!rare) add_sync(h);
    else if (dice < 96)
    {
        s = add(h, STEP_FORGET);
        if (chance(80)) strcpy(s->path, places[pick(PLACES)]);
        s->flags = chance(30);
    }
    else if (dice < 98)
    {
        s = add(h, STEP_UNPIN);
        if (chance(50)) strcpy(s->path, places[pick(PLACES)]);
        s->deep = chance(50);
    }
    else
    {
        s = add(h, STEP_PIN);
        if (chance(70)) strcpy(s->path, places[pick(PLACES)]);
        s->deep = chance(50);
    }
}

/* What not every history has: suspended trees, a small cache, several clients at once. */
static void add_extra(struct history *h)
{
    unsigned dice = pick(100);
    struct step *s;

    if (dice < 30)
    {
        s = add(h, STEP_SUSPEND);
        if (chance(70)) strcpy(s->path, places[pick(PLACES)]);
    }
    else if (dice < 50)
    {
        s = add(h, STEP_RESUME);
        if (chance(70)) strcpy(s->path, places[pick(PLACES)]);
    }
    else if (dice < 65) add(h, STEP_LIMIT)->amount = 1 + pick(chance(50) ? 40 : 8000);
    else
    {
        s = add(h, STEP_NEXT_SYNC);
        s->at = 1;
        s->flags = 1 + pick(7);
        if (chance(30)) strcpy(s->path, places[pick(PLACES)]);
    }
}

/* The first time the share goes offline the flush fails, and the power goes before another one; maybe a program wrote over
 * what had been downloaded. */
static void add_loss(struct history *h)
{
    int writes[MAX_STEPS], count = 0, i;
    struct step *s;

    for (i = 0; i < h->count && h->steps[i].kind != STEP_OFFLINE; i++)
        if (h->steps[i].kind == STEP_WRITE && h->steps[i].size > 7) writes[count++] = i;
    if (i == h->count || !count || h->count > MAX_STEPS - 4) return;
    s = &h->steps[i];
    memmove(s + 3, s + 1, (h->count - i - 1) * sizeof(*s));
    h->count += 2;
    s[1] = s[0];
    memset(s, 0, sizeof(*s));
    s->kind = STEP_NEXT_FAULT;
    s->flags = FAULT_CACHE_FLUSH;
    s->amount = 1;
    memset(s + 2, 0, sizeof(*s));
    s[2].kind = chance(75) ? STEP_LOSE : STEP_CRASH;
    s[2].amount = 1;
    if (s[2].kind == STEP_CRASH) return;
    strcpy(s[2].path, h->steps[writes[pick(count)]].path);
    s[2].content = ++next_content;
    s[2].size = 8;
}

int history_hidden;

void history_generate(uint64_t seed, uint64_t number, struct history *h)
{
    static const int64_t granularities[] = { 1, 1, 100, 1000000, 10000000, 1000000000, 2000000000 };
    static const int preempts[] = { 0, 20, 100, 400 };
    struct world *w = &h->world;
    int disturbed, rare, harsh, rounds, initial, i;

    memset(h, 0, sizeof(*h));
    state = (seed + 1) * 0x9e3779b97f4a7c15ull ^ (number + 1) * 0xbf58476d1ce4e5b9ull;
    if (!state) state = 1;
    for (i = 0; i < 8; i++) pick(2);
    next_content = 0;

    w->granularity = granularities[pick(7)];
    w->cache_granularity = chance(70) ? 1 : granularities[pick(5)];
    w->untrusted = chance(30);
    w->ignore_case = chance(30);
    w->no_exchange = chance(25);
    w->reuse_inodes = chance(30);
    w->no_types = chance(20);
    w->order = pick(3);
    w->anonymous = chance(30);
    w->writeback = chance(40);
    w->file_flush = chance(20);
    w->shared_power = chance(50);
    w->short_copies = number % 4 == 1;
    w->hidden = history_hidden;
    w->preempt = preempts[pick(4)];
    w->seed = ((uint64_t)pick(1u << 31) << 20) ^ pick(1u << 31);
    w->final_policy = pick(4);

    disturbed = chance(60) ? 25 + pick(50) : 0;
    harsh = chance(25);
    rare = chance(25);
    rounds = 1 + pick(chance(60) ? 3 : 7);

    for (initial = pick(7); initial--;)
    {
        struct step *s = add(h, STEP_WRITE);

        fill_edit(s, &s->kind, 1);
        s->kind = chance(30) ? STEP_MKDIR : STEP_WRITE;
    }
    add(h, STEP_PIN)->deep = 1;
    if (chance(85)) add(h, STEP_OFFLINE);
    while (rounds-- && h->count < MAX_STEPS - 30)
    {
        add_edits(h, 6);
        if (chance(disturbed)) add_disturbance(h, harsh);
        if (disturbed && chance(10)) add_disturbance(h, harsh);
        if (disturbed && chance(12))
        {
            add(h, STEP_PRESENCE)->amount = 1 + pick(harsh ? 4 : 3);
            add_run(h, rare);
            if (chance(50)) add_edits(h, 3);
            add(h, STEP_PRESENCE)->amount = 0;
        }
        if (number % 4 == 3 && chance(50)) add_extra(h);
        add_run(h, rare);
        if (chance(20)) add_run(h, rare);
    }
    if (number % 32 == 7) add_loss(h);
}

/* -- making smaller -- */

static int try(struct history *h, const struct history *attempt, int (*fails)(const struct history *history))
{
    if (!fails(attempt)) return 0;
    *h = *attempt;
    return 1;
}

static int remove_steps(struct history *h, int first, int count, int (*fails)(const struct history *history))
{
    struct history attempt = *h;

    if (first + count > h->count) count = h->count - first;
    memmove(attempt.steps + first, attempt.steps + first + count, (h->count - first - count) * sizeof(struct step));
    attempt.count -= count;
    return try(h, &attempt, fails);
}

/* Calls change on a copy and keeps it when it still fails. */
#define SIMPLER(statement) \
    do { \
        struct history attempt = *h; \
        struct world *w = &attempt.world; \
        struct step *s = attempt.steps + i; \
        (void)w; (void)s; \
        statement; \
        if (memcmp(&attempt, h, sizeof(attempt))) smaller |= try(h, &attempt, fails); \
    } while (0)

void history_shrink(struct history *h, int (*fails)(const struct history *history))
{
    int smaller, size, i;

    do
    {
        smaller = 0;
        for (size = h->count / 2 > 0 ? h->count / 2 : 1; size; size /= 2)
            for (i = 0; i < h->count;)
                if (remove_steps(h, i, size, fails)) smaller = 1;
                else i += size;
        i = 0;
        SIMPLER(w->preempt = 0);
        SIMPLER(w->untrusted = 0);
        SIMPLER(w->ignore_case = 0);
        SIMPLER(w->no_exchange = 0);
        SIMPLER(w->reuse_inodes = 0);
        SIMPLER(w->no_types = 0);
        SIMPLER(w->order = 0);
        SIMPLER(w->anonymous = 0);
        SIMPLER(w->writeback = 0);
        SIMPLER(w->file_flush = 0);
        SIMPLER(w->shared_power = 0);
        SIMPLER(w->short_copies = 0);
        SIMPLER(w->hidden = 0);
        SIMPLER(w->granularity = 1);
        SIMPLER(w->cache_granularity = 1);
        SIMPLER(w->final_policy = 0);
        SIMPLER(w->seed = 1);
        for (i = 0; i < h->count; i++)
        {
            SIMPLER(s->later = 0);
            SIMPLER(if (s->content) s->size = 8);
            SIMPLER(s->ask = 0);
            SIMPLER(s->policy = 0);
            SIMPLER(if (s->kind == STEP_SYNC) s->flags = 3);
            SIMPLER(if (s->kind == STEP_SYNC) s->path[0] = 0);
            SIMPLER(if (s->kind == STEP_SAVE) s->kind = STEP_WRITE);
            SIMPLER(if (s->kind == STEP_SWAP) s->kind = STEP_MKDIR);
            SIMPLER(if (s->kind == STEP_NEXT_EDIT && s->edit == STEP_SAVE) s->edit = STEP_WRITE);
            SIMPLER(if (s->kind == STEP_NEXT_CRASH) s->amount = 0);
            SIMPLER(if (s->kind == STEP_NEXT_FAULT) s->amount = 1);
            SIMPLER(s->then = 0);
            SIMPLER(s->call = CALL_ANY);
            SIMPLER(if (s->at) s->at /= 2);
            SIMPLER(if (s->at) s->at--);
            SIMPLER(if (s->kind == STEP_WAIT && s->amount > 1) s->amount /= 2);
        }
    }
    while (smaller);
}
