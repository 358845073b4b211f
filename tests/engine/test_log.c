/*
 * Tests of the record of what was done
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sync_fixture.h"

struct line
{
    uint64_t id, time;
    csc_status status;
    char operation[64], path[256], reason[512];
};

#define MAX_LINES 400
#define LINES     5000

static struct line lines[MAX_LINES];
static unsigned line_count;

/* Reads all, in pages of about max_bytes. */
static csc_status read_log(struct fixture *fixture, const char *path, uint64_t since, uint32_t flags, size_t max_bytes)
{
    struct csc_log_query query = { since, 0, flags, path };
    struct csc_buffer buffer = { 0 };
    csc_status status;
    size_t at;

    line_count = 0;
    memset(lines, 0, sizeof(lines));
    while (!(status = csc_log_read(fixture->engine, &query, max_bytes, &buffer)))
    {
        for (at = 0; at < buffer.size;)
        {
            const struct csc_wire_log *record = (const struct csc_wire_log *)(buffer.data + at);
            const uint16_t *text = record->strings;
            struct line *line = &lines[line_count];

            CHECK(record->id > query.after);
            query.after = record->id;
            at += record->size;
            if (line_count == MAX_LINES - 1) continue;
            line->id = record->id;
            line->time = record->time;
            line->status = record->status;
            snprintf(line->operation, sizeof(line->operation), "%s", fixture_text(text, record->operation_length));
            text += record->operation_length + 1;
            snprintf(line->path, sizeof(line->path), "%s", fixture_text(text, record->path_length));
            text += record->path_length + 1;
            snprintf(line->reason, sizeof(line->reason), "%s", fixture_text(text, record->reason_length));
            line_count++;
        }
        buffer.size = 0;
    }
    csc_buffer_free(&buffer);
    return status;
}

/* The last line of an operation on a path. */
static const struct line *find_line(const char *operation, const char *path)
{
    unsigned i;

    for (i = line_count; i--;)
        if (!strcmp(lines[i].operation, operation) && !strcmp(lines[i].path, path)) return &lines[i];
    return NULL;
}

static void has_line(const char *operation, const char *path, csc_status status, const char *words)
{
    const struct line *line = find_line(operation, path);

    if (!line)
    {
        FAIL("no line '%s' for %s", operation, path);
        return;
    }
    CHECK_STATUS(line->status, status);
    if (!strstr(line->reason, words)) FAIL("'%s' for %s gives as reason '%s'", operation, path, line->reason);
}

static void make_history(struct fixture *fixture)
{
    world_make(fixture);
    fixture_mkdir(fixture->origin, "dir");
    origin_write(fixture, "stays", "stays");
    origin_write(fixture, "dir/edited", "1");
    origin_write(fixture, "dir/both", "1");
    origin_write(fixture, "dir/theirs", "1");
    origin_write(fixture, "dirt", "1");
    CHECK_STATUS(pin_all(fixture), CSC_OK);
    CHECK_STATUS(go_offline(fixture), CSC_OK);
    change(tree_of(fixture), "dir/edited", "mine", 60);
    change(tree_of(fixture), "dir/both", "mine", 60);
    CHECK_INT(remove_at(tree_of(fixture), "dirt"), 0);
    change(fixture->origin, "dir/both", "theirs", 90);
    change(fixture->origin, "dir/theirs", "theirs", 90);
    fixture_run(fixture, CSC_OP_ONLINE, 0, 0, SHARE);
}

static void tells_what_happened(void)
{
    struct fixture fixture;
    unsigned i;

    make_history(&fixture);
    CHECK_STATUS(read_log(&fixture, NULL, 0, 0, 1 << 20), CSC_FALSE);
    has_line("map", SHARE, CSC_OK, fixture.origin);
    has_line("pin", SHARE, CSC_OK, "0 failed");
    has_line("offline", SHARE, CSC_OK, "Somebody asked for it.");
    has_line("online", SHARE, CSC_OK, "");
    has_line("go online", SHARE, CSC_E_MORE_DATA, "1 failed");
    has_line("upload", SHARE "\\dir\\edited", CSC_OK, "changed in the cache");
    has_line("conflict", SHARE "\\dir\\both", CSC_E_CONFLICT, "both sides");
    has_line("update the cache", SHARE "\\dir\\theirs", CSC_OK, "changed on the origin");
    has_line("delete on the origin", SHARE "\\dirt", CSC_OK, "deleted in the cache");
    /* a file that was only filled has no line of its own */
    for (i = 0; i < line_count; i++) CHECK(strcmp(lines[i].path, SHARE "\\stays"));
    /* when nothing was to be done, that is told, too */
    CHECK_STATUS(fixture_run(&fixture, CSC_OP_SYNC, SYNC_IN, 0, SHARE "\\stays"), CSC_OK);
    CHECK_STATUS(read_log(&fixture, NULL, 0, 0, 1 << 20), CSC_FALSE);
    has_line("synchronize", SHARE "\\stays", CSC_OK, "0 failed");
    fixture_destroy(&fixture);
}

static void filters(void)
{
    struct fixture fixture;
    unsigned i, all;
    uint64_t last;

    make_history(&fixture);
    CHECK_STATUS(read_log(&fixture, NULL, 0, CSC_LOG_ERRORS, 1 << 20), CSC_FALSE);
    CHECK(line_count >= 2);
    for (i = 0; i < line_count; i++) CHECK(csc_failed(lines[i].status));

    /* an item and what is below, in any case and form; not what only begins so */
    CHECK_STATUS(read_log(&fixture, "//SERVER/share/DIR/", 0, 0, 1 << 20), CSC_FALSE);
    CHECK_INT(line_count, 3);
    for (i = 0; i < line_count; i++) CHECK(!strncmp(lines[i].path, SHARE "\\dir\\", strlen(SHARE "\\dir\\")));
    CHECK_STATUS(read_log(&fixture, SHARE "\\dir\\both", 0, CSC_LOG_ERRORS, 1 << 20), CSC_FALSE);
    CHECK_INT(line_count, 1);
    CHECK_STATUS(read_log(&fixture, "\\\\other", 0, 0, 1 << 20), CSC_FALSE);
    CHECK_INT(line_count, 0);

    CHECK_STATUS(read_log(&fixture, NULL, 0, 0, 1 << 20), CSC_FALSE);
    all = line_count;
    last = lines[all - 1].time;
    CHECK(last);
    CHECK_STATUS(read_log(&fixture, NULL, last, 0, 1 << 20), CSC_FALSE);
    CHECK(line_count >= 1 && line_count < all);
    CHECK_STATUS(read_log(&fixture, NULL, last + 36000000000ull, 0, 1 << 20), CSC_FALSE);
    CHECK_INT(line_count, 0);

    /* pages of one record and of few give the same */
    CHECK_STATUS(read_log(&fixture, NULL, 0, 0, 1), CSC_FALSE);
    CHECK_INT(line_count, all);
    CHECK_STATUS(read_log(&fixture, NULL, 0, 0, 700), CSC_FALSE);
    CHECK_INT(line_count, all);

    CHECK_STATUS(read_log(&fixture, NULL, 0, 0x80, 1000), CSC_E_INVALID_ARG);
    CHECK_STATUS(read_log(&fixture, "C:\\file", 0, 0, 1000), CSC_E_BAD_PATH);
    fixture_destroy(&fixture);
}

/* That the record is bounded is tested with the store. */
static void finds_single_lines(void)
{
    struct fixture fixture;
    csc_status status = CSC_OK;
    int i;

    fixture_make(&fixture);
    for (i = 0; i < LINES && !csc_failed(status); i++)
        status = csc_store_log(fixture.engine->store, "test", i == LINES - 20 ? "\\\\server\\here" : NULL,
                               i == 70 ? CSC_E_FAIL : CSC_OK, NULL);
    CHECK_STATUS(status, CSC_OK);
    /* found among many: at the end of them, and near the beginning */
    CHECK_STATUS(read_log(&fixture, "\\\\server\\here", 0, 0, 1000), CSC_FALSE);
    CHECK_INT(line_count, 1);
    CHECK_STATUS(read_log(&fixture, NULL, 0, CSC_LOG_ERRORS, 1000), CSC_FALSE);
    CHECK_INT(line_count, 1);
    fixture_destroy(&fixture);
}

int main(void)
{
    RUN(tells_what_happened);
    RUN(filters);
    RUN(finds_single_lines);
    return test_report();
}
