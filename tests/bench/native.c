/*
 * csc-bench: the engine by itself, without Wine, for profiles and for large caches
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * csc-bench CACHE UNC STEP...   runs the steps one after the other in one process, which opens the cache that stands at
 * CACHE (made when missing; the service of a prefix must not run: its cache is drive_c/windows/CSC, UNC is
 * dosdevices/unc) and tells of each how long it took, in ms of the clock and of the processor, and how much memory the
 * process has then (now and at most so far, KiB).  The share is \\bench\share.
 *
 *   map=DIR          its origin
 *   store=N, tree=N  N files of rows, without or with (empty) files in the cache; see make_store.c
 *   pin, sync        pins the share and fills it; synchronizes it
 *   find=N           finds N files spread over all, of the 10^6 (or less: find=N/FILES) that store= made
 *   root=N           finds the share itself N times
 *   list             lists all items of the share flat, in pieces of 1 MiB
 *   sleep=MS         nothing
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "native.h"
#include "op.h"
#include "public.h"

static double clock_ms(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static long resident(void)
{
    long pages = 0, all;
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file) return 0;
    if (fscanf(file, "%ld %ld", &all, &pages) != 2) pages = 0;
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Runs an operation to its end; each item that failed is told. */
static csc_status run(struct csc_engine *engine, const struct csc_op_request *request)
{
    struct csc_wire_totals totals = { 0 };
    struct csc_buffer events = { 0 };
    csc_status status, result = CSC_E_FAIL;
    struct csc_op *op;
    size_t at;

    if (csc_failed(status = csc_op_start(engine, request, &op))) return status;
    while (!totals.ended && !csc_failed(status))
    {
        events.size = 0;
        status = csc_op_pull(op, 1000, NULL, 0, &totals, &events);
        for (at = 0; !csc_failed(status) && at < events.size;)
        {
            const struct csc_wire_event *event = (const struct csc_wire_event *)(events.data + at);

            if (event->kind == CSC_EVENT_END) result = event->status;
            at += event->size;
        }
    }
    csc_buffer_free(&events);
    csc_op_close(op);
    printf("  %llu items, %llu failed\n", (unsigned long long)totals.items_done, (unsigned long long)totals.items_failed);
    return csc_failed(status) ? status : result;
}

static csc_status run_on_share(struct csc_engine *engine, enum csc_op_kind kind, uint32_t flags)
{
    static const char *const paths[] = { BENCH_SHARE };
    struct csc_op_request request = { .kind = kind, .flags = flags, .deep = 1, .paths = paths, .count = 1 };

    return run(engine, &request);
}

static csc_status find(struct csc_engine *engine, const char *value)
{
    struct csc_buffer record = { 0 };
    unsigned long count, files = 1000000, n;
    csc_status status = CSC_OK;
    char path[128], *end;

    count = strtoul(value, &end, 10);
    if (*end == '/') files = strtoul(end + 1, NULL, 10);
    for (n = 0; n < count && !csc_failed(status); n++)
    {
        record.size = 0;
        bench_path((n * 7919) % files, path, sizeof(path));
        status = csc_find(engine, path, 0, &record);
    }
    csc_buffer_free(&record);
    return status;
}

static csc_status find_root(struct csc_engine *engine, const char *value)
{
    struct csc_buffer record = { 0 };
    unsigned long count = strtoul(value, NULL, 10);
    csc_status status = CSC_OK;

    for (; count && !csc_failed(status); count--)
    {
        record.size = 0;
        status = csc_find(engine, BENCH_SHARE, 0, &record);
    }
    csc_buffer_free(&record);
    return status;
}

static csc_status list(struct csc_engine *engine)
{
    struct csc_buffer records = { 0 };
    unsigned long count = 0;
    struct csc_enum *snapshot;
    csc_status status;
    size_t at;

    if (csc_failed(status = csc_enum_open(engine, BENCH_SHARE, 0, OFFLINEFILES_ENUM_FLAT, &snapshot))) return status;
    while (!csc_failed(status = csc_enum_next(snapshot, 1 << 20, &records)) && status != CSC_FALSE)
    {
        for (at = 0; at < records.size; count++) at += ((const struct csc_wire_item *)(records.data + at))->size;
        records.size = 0;
    }
    csc_buffer_free(&records);
    csc_enum_close(snapshot);
    printf("  %lu items\n", count);
    return csc_failed(status) ? status : CSC_OK;
}

static csc_status take_step(struct csc_engine *engine, const char *step)
{
    const char *value = strchr(step, '=');
    size_t length = value ? (size_t)(value++ - step) : strlen(step);

#define IS(name) (length == sizeof(name) - 1 && !strncmp(step, name, length))
    if (IS("map") && value) return csc_map(engine, BENCH_SHARE, value, 0);
    if (IS("store") && value) return bench_make_store(engine, strtoul(value, NULL, 10), 0);
    if (IS("tree") && value) return bench_make_store(engine, strtoul(value, NULL, 10), 1);
    if (IS("pin")) return run_on_share(engine, CSC_OP_PIN, OFFLINEFILES_PIN_CONTROL_FLAG_FILL | OFFLINEFILES_PIN_CONTROL_FLAG_FORUSER);
    if (IS("sync")) return run_on_share(engine, CSC_OP_SYNC, OFFLINEFILES_SYNC_CONTROL_FLAG_FILLSPARSE |
                                        OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCIN | OFFLINEFILES_SYNC_CONTROL_FLAG_SYNCOUT);
    if (IS("find") && value) return find(engine, value);
    if (IS("root") && value) return find_root(engine, value);
    if (IS("list")) return list(engine);
    if (IS("sleep") && value) return usleep((useconds_t)strtoul(value, NULL, 10) * 1000) ? CSC_E_FAIL : CSC_OK;
#undef IS
    fprintf(stderr, "csc-bench: no such step: %s\n", step);
    return CSC_E_INVALID_ARG;
}

static void trace(const char *text)
{
    fprintf(stderr, "%s\n", text);
}

int main(int argc, char **argv)
{
    struct csc_engine_config config = { .fs = csc_fs_posix(), .clock = csc_clock_posix(), .trace = trace };
    struct csc_engine *engine = NULL;
    csc_status status = CSC_OK;
    int i;

    if (argc < 4)
    {
        fprintf(stderr, "usage: csc-bench CACHE UNC STEP...   (see tests/bench/native.c)\n");
        return 2;
    }
    config.cache_dir = argv[1];
    config.unc_dir = argv[2];
    for (i = 2; i < argc && !csc_failed(status); i++)
    {
        double wall = clock_ms(CLOCK_MONOTONIC), cpu = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
        struct rusage usage;

        status = i == 2 ? csc_engine_open(&config, &engine) : take_step(engine, argv[i]);
        wall = clock_ms(CLOCK_MONOTONIC) - wall;
        cpu = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        getrusage(RUSAGE_SELF, &usage);
        printf("%-14s %10.1f ms %10.1f ms cpu %8ld KiB %8ld KiB max\n", i == 2 ? "open" : argv[i], wall, cpu, resident(),
               usage.ru_maxrss);
    }
    csc_engine_close(engine);
    if (csc_failed(status)) fprintf(stderr, "csc-bench: failed, %#x\n", (unsigned)status);
    return csc_failed(status);
}
