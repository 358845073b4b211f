/*
 * The simulation: its life, crashes, faults
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "op.h"
#include "scope.h"
#include "sim_private.h"

#define DEFAULT_START   ((int64_t)1780000000 * SIM_S)
#define FIRST_MONOTONIC (1000 * SIM_S)
#define DEFAULT_COST    (20 * SIM_US)

struct sim *sim_active;

const char *const sim_call_names[SIM_CALL_COUNT] =
{
    "open_root", "open_dir", "stat_dir", "list", "stat", "make_dir", "remove_dir", "remove_file", "rename", "sync_dir",
    "open_file", "create_file", "stat_file", "read", "write", "copy", "find_data", "set_size", "sync_file", "set_times",
    "set_file_attributes", "see", "set_note", "get_note", "set_attributes", "set_dir_times", "sync_all", "space", "root_id", "copies_inside",
    "time_quality", "read_link", "replace_link",
    "remove_link", "random", "database"
};

/* -- random numbers, hash, trace -- */

uint64_t sim_random(struct sim *sim, uint64_t limit)
{
    uint64_t value = sim->random += 0x9e3779b97f4a7c15u;

    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return (value ^ (value >> 31)) % limit;
}

void sim_mix(struct sim *sim, uint64_t value)
{
    sim->hash = (sim->hash ^ value) * 0x100000001b3u;
    sim->hash ^= sim->hash >> 29;
}

uint64_t sim_mix_bytes(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint64_t word = size;

    for (;; bytes += sizeof(word), size -= sizeof(word))
    {
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
        word = 0;
        if (!size) return hash;
        if (size < sizeof(word)) break;
        memcpy(&word, bytes, sizeof(word));
    }
    memcpy(&word, bytes, size);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

uint64_t sim_hash(struct sim *sim)
{
    return sim->hash;
}

int sim_traced(struct sim *sim)
{
    return sim->print || sim->config.trace;
}

void sim_trace(struct sim *sim, const char *format, ...)
{
    char line[1024];
    va_list args;

    if (!sim_traced(sim)) return;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (sim->config.trace) sim->config.trace(sim->config.context, line);
    if (sim->print)
        fprintf(stderr, "sim: %lld.%06lld [%u] %s\n", (long long)(sim->monotonic / SIM_S),
                (long long)(sim->monotonic % SIM_S / 1000), sim_thread_id(sim), line);
}

void sim_stuck(struct sim *sim, const char *text)
{
    if (sim->config.stuck) sim->config.stuck(sim->config.context, text);
    fflush(stdout);
    fprintf(stderr, "%s\n", text);
    exit(SIM_EXIT_STUCK);
}

/* -- clock -- */

int64_t sim_monotonic(struct sim *sim)
{
    return sim->monotonic;
}

int64_t sim_now(struct sim *sim)
{
    return sim->monotonic + sim->wall_offset;
}

void sim_set_clock(struct sim *sim, int64_t now)
{
    sim->wall_offset = now - sim->monotonic;
    sim->clock_set = sim->monotonic;
}

static int64_t clock_now(struct csc_clock *clock)
{
    (void)clock;
    return sim_now(sim_active);
}

static int64_t clock_monotonic(struct csc_clock *clock)
{
    (void)clock;
    return sim_monotonic(sim_active);
}

struct csc_clock *sim_clock(struct sim *sim)
{
    return &sim->clock;
}

/* -- life -- */

static void begin_incarnation(struct sim *sim)
{
    struct sim_incarnation *incarnation = sim_alloc(sizeof(*incarnation));

    incarnation->fs = sim_fs_table;
    incarnation->sim = sim;
    incarnation->next = sim->incarnations;
    incarnation->number = sim->incarnations ? sim->incarnations->number + 1 : 1;
    sim->incarnations = sim->incarnation = incarnation;
    sim->mutations = sim->crash_after = 0;
}

/* A Wine prefix is there before the engine. */
static void make_parent(struct sim *sim, const char *path)
{
    char *parent = sim_strdup(path);

    *strrchr(parent, '/') = 0;
    if (*parent) sim_make_path(sim, parent);
    free(parent);
}

struct sim *sim_create(const struct sim_config *config)
{
    struct sim *sim;

    if (sim_active) abort();
    if (!(sim = calloc(1, sizeof(*sim)))) return NULL;
    sim->config = *config;
    if (!sim->config.start) sim->config.start = DEFAULT_START;
    if (!sim->config.call_cost) sim->config.call_cost = DEFAULT_COST;
    if (!sim->config.longest) sim->config.longest = 86400 * SIM_S;
    if (!sim->config.most_switches) sim->config.most_switches = 20000000;
    sim->cache_dir = sim_strdup(config->cache_dir ? config->cache_dir : "/c/windows/CSC");
    sim->unc_dir = sim_strdup(config->unc_dir ? config->unc_dir : "/c/dosdevices/unc");
    sim->random = config->seed * 0xd1342543de82ef95u + 1;
    sim->hash = 0xcbf29ce484222325u;
    sim->print = getenv("CSC_SIM_TRACE") != NULL;
    sim->clock.now = clock_now;
    sim->clock.monotonic = clock_monotonic;
    sim->monotonic = FIRST_MONOTONIC;
    sim->wall_offset = sim->config.start - sim->monotonic;
    sim->volumes = sim_volume_create(sim, &config->disk, "/");
    begin_incarnation(sim);
    sim_active = sim;
    sim_sched_begin(sim);
    sim_vfs_begin(sim);
    make_parent(sim, sim->cache_dir);
    make_parent(sim, sim->unc_dir);
    return sim;
}

/* Nothing of this incarnation has an effect any more; what hangs comes back. */
static void end_incarnation(struct sim *sim)
{
    sim->incarnation->dead = 1;
    sim_release(sim);
}

void sim_destroy(struct sim *sim)
{
    struct sim_incarnation *incarnation;
    struct sim_volume *volume;

    if (!sim) return;
    end_incarnation(sim);
    sim_drain(sim);
    while (sim->handles) sim_handle_close(sim->handles);
    sim_clear_rules(sim);
    free(sim->rules);
    sim_vfs_end(sim);
    sim_sched_end(sim);
    while ((volume = sim->volumes))
    {
        sim->volumes = volume->next;
        sim_volume_free(volume);
    }
    while ((incarnation = sim->incarnations))
    {
        sim->incarnations = incarnation->next;
        free(incarnation);
    }
    free(sim->cache_dir);
    free(sim->unc_dir);
    sim_active = NULL;
    free(sim);
}

struct csc_fs *sim_fs(struct sim *sim)
{
    return &sim->incarnation->fs;
}

static void engine_trace(const char *text)
{
    if (sim_active) sim_trace(sim_active, "engine: %s", text);
}

void sim_engine_config(struct sim *sim, struct csc_engine_config *config)
{
    memset(config, 0, sizeof(*config));
    config->fs = sim_fs(sim);
    config->clock = sim_clock(sim);
    config->cache_dir = sim->cache_dir;
    config->unc_dir = sim->unc_dir;
    config->workers = 2;
    config->origin_timeout = 4000;
    config->probe_interval = 3000;
    config->trace = engine_trace;
}

/* -- crashes -- */

uint64_t sim_mutations(struct sim *sim)
{
    return sim->mutations;
}

void sim_crash_at(struct sim *sim, uint64_t nth, enum sim_crash kind)
{
    sim->crash_after = nth ? sim->mutations + nth : 0;
    sim->crash_kind = kind;
}

void sim_crash(struct sim *sim, enum sim_crash kind)
{
    struct sim_volume *volume;

    if (sim->incarnation->dead) return;
    sim_trace(sim, "crash after %llu changes: %s", (unsigned long long)sim->mutations,
              kind == SIM_KILL ? "killed" : "power loss");
    sim_mix(sim, 0xc4a5 + kind);
    end_incarnation(sim);
    if (kind == SIM_KILL) return;
    sim->boots++;
    sim_forget_handles(sim, NULL);
    for (volume = sim->volumes; volume; volume = volume->next) sim_volume_lose(volume);
}

void sim_watch_changes(struct sim *sim, void (*watch)(struct sim *sim, void *context), void *context)
{
    sim->watch = watch;
    sim->watch_context = context;
}

uint64_t sim_remains(struct sim *sim)
{
    struct sim_volume *volume;
    uint64_t hash = sim->boots;

    for (volume = sim->volumes; volume; volume = volume->next) hash = sim_volume_mix(volume, hash);
    return hash;
}

int sim_crashed(struct sim *sim)
{
    return sim->incarnation->dead;
}

void sim_restart(struct sim *sim)
{
    end_incarnation(sim);
    sim_drain(sim);
    begin_incarnation(sim);
    sim_trace(sim, "incarnation %u", sim->incarnation->number);
}

/* -- volumes -- */

struct sim_volume *sim_disk(struct sim *sim)
{
    return sim->volumes;
}

struct sim_volume *sim_mount(struct sim *sim, const struct sim_volume_config *config)
{
    struct sim_volume *volume, **place;
    struct sim_node *node;

    if (sim_make_path(sim, config->mount_point) || sim_find(sim, config->mount_point, 1, &node, NULL) || node->mounted ||
        node == node->volume->root)
        abort();
    volume = sim_volume_create(sim, config, config->mount_point);
    node->mounted = volume;
    for (place = &sim->volumes; *place; place = &(*place)->next) {}
    *place = volume;
    return volume;
}

void sim_set_presence(struct sim *sim, struct sim_volume *volume, enum sim_presence presence)
{
    if (volume->presence == presence) return;
    sim_trace(sim, "%s: presence %d", volume->mount_point, presence);
    sim_mix(sim, 0x9e5 + presence);
    if (presence == SIM_EMPTIED || volume->presence == SIM_EMPTIED) volume->epoch++;
    volume->presence = presence;
    sim_release(sim);
}

void sim_remount(struct sim *sim, struct sim_volume *volume)
{
    sim_set_presence(sim, volume, SIM_PRESENT);
    volume->epoch++;
    if (volume->config.anonymous) volume->dev = ++sim->next_dev;
    sim_forget_handles(sim, volume);
}

void sim_set_capacity(struct sim *sim, struct sim_volume *volume, uint64_t capacity)
{
    (void)sim;
    volume->config.capacity = capacity;
}

uint64_t sim_used(struct sim *sim, struct sim_volume *volume)
{
    (void)sim;
    return volume->used;
}

const char *sim_server_path(struct sim *sim, struct sim_volume *volume)
{
    (void)sim;
    return volume->server_path;
}

/* -- faults -- */

int sim_add_rule(struct sim *sim, const struct sim_rule *rule)
{
    struct sim_active_rule *active = sim_alloc(sizeof(*active));

    active->rule = *rule;
    if (!active->rule.calls) active->rule.calls = (SIM_BIT(SIM_CALL_COUNT) - 1) & ~SIM_BIT(SIM_DATABASE);
    if (!rule->status && (rule->fault == SIM_FAULT_ERROR || rule->fault == SIM_FAULT_LATE || rule->fault == SIM_FAULT_PART))
        active->rule.status = CSC_E_IO;
    if (rule->name) active->rule.name = active->name = sim_strdup(rule->name);
    active->number = ++sim->next_rule;
    sim->rules = sim_realloc(sim->rules, (sim->rule_count + 1) * sizeof(*sim->rules));
    sim->rules[sim->rule_count++] = active;
    return active->number;
}

void sim_remove_rule(struct sim *sim, int number)
{
    size_t i;

    for (i = 0; i < sim->rule_count; i++)
    {
        if (sim->rules[i]->number != number) continue;
        free(sim->rules[i]->name);
        free(sim->rules[i]);
        memmove(sim->rules + i, sim->rules + i + 1, (sim->rule_count - i - 1) * sizeof(*sim->rules));
        sim->rule_count--;
        return;
    }
}

void sim_clear_rules(struct sim *sim)
{
    while (sim->rule_count) sim_remove_rule(sim, sim->rules[0]->number);
}

unsigned sim_rule_hits(struct sim *sim, int number)
{
    size_t i;

    for (i = 0; i < sim->rule_count; i++)
        if (sim->rules[i]->number == number) return sim->rules[i]->hits;
    return 0;
}

void sim_release(struct sim *sim)
{
    sim->releases++;
}

static int fits(struct sim *sim, struct sim_active_rule *active, enum sim_call call, struct sim_volume *volume,
                const char *name)
{
    const struct sim_rule *rule = &active->rule;

    if (!(rule->calls & SIM_BIT(call))) return 0;
    if (rule->volume && rule->volume != volume) return 0;
    if (rule->name && (!name || strcmp(rule->name, name))) return 0;
    if (rule->chance && sim_random(sim, 1000000) >= rule->chance) return 0;
    if (active->seen < rule->skip)
    {
        active->seen++;
        return 0;
    }
    if (rule->times && active->hits >= rule->times) return 0;
    active->hits++;
    return 1;
}

static csc_status find_fault(struct sim_passage *passage, struct sim_volume *volume, const char *name)
{
    struct sim *sim = passage->sim;
    int number, last = 0;
    size_t i;

    /* what happens meanwhile may change the rules: they are found again by their number, which only grows */
    for (;;)
    {
        struct sim_rule rule;

        for (i = 0; i < sim->rule_count && sim->rules[i]->number <= last; i++) {}
        if (i == sim->rule_count) return CSC_OK;
        number = last = sim->rules[i]->number;
        if (!fits(sim, sim->rules[i], passage->call, volume, name)) continue;
        rule = sim->rules[i]->rule;
        sim_trace(sim, "rule %d meets %s %s", number, sim_call_names[passage->call], name ? name : "");
        sim_mix(sim, number);
        switch (rule.fault)
        {
        case SIM_FAULT_ACT:
            rule.act(sim, rule.context);
            break;
        case SIM_FAULT_SLOW:
            sim_wait_until(sim, sim->monotonic + rule.delay);
            break;
        case SIM_FAULT_HANG:
            sim_wait_word(sim, &sim->releases, sim->releases, sim_call_names[passage->call]);
            return rule.status;
        case SIM_FAULT_LATE:
        case SIM_FAULT_PART:
            passage->late = rule.fault == SIM_FAULT_LATE;
            passage->part = rule.fault == SIM_FAULT_PART;
            passage->status = rule.status;
            return CSC_OK;
        default:
            return rule.status;
        }
        if (passage->incarnation->dead) return CSC_E_IO;
    }
}

/* A server that is not there. */
static csc_status check_presence(struct sim_passage *passage, struct sim_volume *volume)
{
    struct sim *sim = passage->sim;

    while (volume && volume->presence == SIM_HUNG && !passage->incarnation->dead)
        sim_wait_word(sim, &sim->releases, sim->releases, sim_call_names[passage->call]);
    if (passage->incarnation->dead) return CSC_E_IO;
    return volume && volume->presence == SIM_GONE ? CSC_E_BAD_NETPATH : CSC_OK;
}

static csc_status enter(struct sim_passage *passage, struct sim_volume *volume, const char *name, int changes)
{
    struct sim *sim = passage->sim;
    csc_status status;

    if (passage->incarnation->dead) return CSC_E_IO;
    if (sim->config.call_cost > 0) sim->monotonic += (int64_t)sim_random(sim, (uint64_t)sim->config.call_cost + 1);
    /* SQLite holds locks of its own that the scheduler does not know */
    if (passage->call != SIM_DATABASE) sim_preempt(sim);
    if (passage->incarnation->dead) return CSC_E_IO;
    if (csc_failed(status = find_fault(passage, volume, name))) return status;
    if (csc_failed(status = check_presence(passage, volume))) return status;
    return changes ? sim_step(passage) : CSC_OK;
}

csc_status sim_step(struct sim_passage *passage)
{
    struct sim *sim = passage->sim;

    if (passage->incarnation->dead) return CSC_E_IO;
    if (sim->watch) sim->watch(sim, sim->watch_context);
    if (++sim->mutations != sim->crash_after) return CSC_OK;
    sim_crash(sim, sim->crash_kind);
    passage->cut = sim->crash_kind == SIM_KILL;
    return CSC_E_IO;
}

csc_status sim_enter(struct sim_passage *passage, struct sim_incarnation *incarnation, enum sim_call call,
                     struct sim_volume *volume, const char *name, int changes)
{
    csc_status status;

    memset(passage, 0, sizeof(*passage));
    passage->sim = incarnation->sim;
    passage->incarnation = incarnation;
    passage->call = call;
    passage->name = name ? name : "";
    sim_mix(passage->sim, sim_mix_bytes(0, passage->name, strlen(passage->name)));
    if (sim_traced(passage->sim)) sim_trace(passage->sim, "%s %s", sim_call_names[call], passage->name);
    if (!csc_failed(status = enter(passage, volume, name, changes))) return CSC_OK;
    return sim_leave(passage, status);
}

csc_status sim_leave(struct sim_passage *passage, csc_status status)
{
    struct sim *sim = passage->sim;

    if ((passage->late || passage->part) && !csc_failed(status) && passage->call != SIM_COPY) status = passage->status;
    if (csc_failed(status)) sim_trace(sim, "%s: %08x", sim_call_names[passage->call], (unsigned)status);
    sim_mix(sim, (uint64_t)passage->call << 32 ^ (uint32_t)status);
    sim_mix(sim, (uint64_t)sim->monotonic);
    return status;
}
