/*
 * Copying files out of a cache: making what is in the target
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A file is complete when it gets its name, and the name is never taken from anything.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extract_private.h"

#define MAX_NAMES 1000

int csc_extract_is_leftover(const char *name)
{
    enum csc_temp_use use;
    int64_t id;

    /* also "gone-<n>": a tree that a user gave up is no leftover */
    return csc_temp_local_parse(name, &use, &id) && use != CSC_TEMP_COPY;
}

/* "<stem> (<n>)<extension>" for n over 1; malloc. */
static char *make_name(const char *name, unsigned n)
{
    const char *extension = strrchr(name, '.');
    char number[16], *made;
    size_t stem;

    if (n < 2) return strdup(name);
    if (!extension || extension == name || strlen(extension) > 32) extension = name + strlen(name);
    stem = extension - name;
    snprintf(number, sizeof(number), " (%u)", n);
    while (stem && stem + strlen(number) + strlen(extension) > 255)
        do stem--; while (stem && ((unsigned char)name[stem] & 0xc0) == 0x80);
    if (!(made = malloc(stem + strlen(number) + strlen(extension) + 1))) return NULL;
    memcpy(made, name, stem);
    strcpy(made + stem, number);
    strcat(made, extension);
    return made;
}

/* Makes one directory whose parent is open. */
static csc_status make_directory(struct csc_extract *extract, struct csc_dir *parent, struct csc_extract_level *level)
{
    struct csc_fs *fs = extract->fs;
    csc_status status;
    char *name;
    unsigned n;

    if (level->target_name) return fs->open_dir(fs, parent, level->target_name, &level->target);
    for (n = 1; n < MAX_NAMES; n++)
    {
        if (!(name = make_name(level->name, n))) return CSC_E_OUT_OF_MEMORY;
        status = fs->make_dir(fs, parent, name);
        level->made = !csc_failed(status);
        if (!csc_failed(status) || status == CSC_E_EXISTS) status = fs->open_dir(fs, parent, name, &level->target);
        if (!csc_failed(status))
        {
            level->target_name = name;
            return CSC_OK;
        }
        free(name);
        /* a file or a link stands there */
        if (status != CSC_E_DIRECTORY && status != CSC_E_CANNOT_ACCESS) return status;
    }
    return status;
}

/* The open directory in the target of a level that has it open or is the first. */
static struct csc_dir *open_target(struct csc_extract *extract, struct csc_extract_level *level)
{
    if (level->target) return level->target;
    return !*level->name ? extract->target_dir : NULL;
}

csc_status csc_extract_make_target(struct csc_extract *extract, struct csc_extract_level *level)
{
    struct csc_extract_level *open = level, *next;
    struct csc_dir *parent = extract->target_dir;
    csc_status status;

    while (open && !open_target(extract, open)) open = open->above;
    if (open) parent = open_target(extract, open);
    while (open != level)
    {
        for (next = level; next->above != open; next = next->above) { }
        if (csc_failed(status = make_directory(extract, parent, next))) return status;
        /* only the upper levels and the last one stay open */
        if (open && open->depth > 64 && open->target)
        {
            extract->fs->close_dir(extract->fs, open->target);
            open->target = NULL;
        }
        parent = next->target;
        open = next;
    }
    return CSC_OK;
}

/* Whether two files hold the same, and were last written at the same time. */
static csc_status is_same(struct csc_extract *extract, struct csc_dir *source, const char *name, struct csc_dir *target,
                          const char *there, const struct csc_stat *stat, int *same)
{
    struct csc_file *ours = NULL, *theirs = NULL;
    struct csc_fs *fs = extract->fs;
    size_t size = 1 << 16, got, got_there = 0;
    struct csc_stat other;
    uint64_t at = 0;
    csc_status status;
    char *buffer;

    *same = 0;
    if (csc_failed(status = fs->stat(fs, target, there, &other))) return status;
    if (other.type != CSC_TYPE_FILE || other.size != stat->size || other.mtime != stat->mtime) return CSC_OK;
    if (!(buffer = malloc(2 * size))) return CSC_E_OUT_OF_MEMORY;
    status = fs->open_file(fs, source, name, &ours);
    if (!csc_failed(status)) status = fs->open_file(fs, target, there, &theirs);
    for (*same = 1, got = 1; !csc_failed(status) && *same && got; at += got)
    {
        status = fs->read(fs, ours, at, buffer, size, &got);
        if (!csc_failed(status)) status = fs->read(fs, theirs, at, buffer + size, size, &got_there);
        if (got != got_there || memcmp(buffer, buffer + size, got)) *same = 0;
    }
    if (ours) fs->close_file(fs, ours);
    if (theirs) fs->close_file(fs, theirs);
    free(buffer);
    return status;
}

/* Copies under a temporary name. */
static csc_status copy_content(struct csc_extract *extract, struct csc_dir *source, const char *name,
                               struct csc_dir *target, const char *temp, const struct csc_stat *stat)
{
    struct csc_file *from, *to;
    struct csc_fs *fs = extract->fs;
    uint64_t at = 0, copied = 1;
    struct csc_stat seen = *stat;
    csc_status status;

    if (csc_failed(status = fs->open_file(fs, source, name, &from))) return status;
    if (!csc_failed(status = fs->create_file(fs, target, temp, &to)))
    {
        while (!csc_failed(status) && copied)
        {
            status = fs->copy(fs, from, to, at, CSC_EXTRACT_CHUNK, &copied);
            at += copied;
        }
        if (!csc_failed(status)) status = fs->set_times(fs, to, stat->mtime, stat->atime);
        if (!csc_failed(status))
        {
            fs->see(fs, source, name, &seen);      /* without an answer it is neither hidden nor of the system */
            if (csc_attributes_to_set(seen.attributes))
                status = fs->set_file_attributes(fs, to, csc_attributes_to_set(seen.attributes));
        }
        fs->close_file(fs, to);
        if (csc_failed(status)) fs->remove_file(fs, target, temp);
    }
    fs->close_file(fs, from);
    return status;
}

/* The path in the target, when it is not that in the cache. */
static csc_status tell_name(struct csc_extract *extract, const char *name, const char *made,
                            struct csc_extract_report *report)
{
    struct csc_extract_level *level;
    size_t length = strlen(made);
    int differs = strcmp(name, made);
    char *text;

    for (level = extract->level; level && *level->name; level = level->above)
    {
        length += strlen(level->target_name) + 1;
        if (strcmp(level->name, level->target_name)) differs = 1;
    }
    if (!differs) return CSC_OK;
    if (!(text = malloc(length + 1))) return CSC_E_OUT_OF_MEMORY;
    text[length] = 0;
    memcpy(text + (length -= strlen(made)), made, strlen(made));
    for (level = extract->level; level && *level->name; level = level->above)
    {
        text[--length] = '/';
        memcpy(text + (length -= strlen(level->target_name)), level->target_name, strlen(level->target_name));
    }
    free(extract->renamed);
    report->name = extract->renamed = text;
    return CSC_OK;
}

csc_status csc_extract_file(struct csc_extract *extract, struct csc_dir *source, const char *name, const char *shown,
                            const struct csc_stat *stat, struct csc_extract_report *report)
{
    struct csc_fs *fs = extract->fs;
    struct csc_dir *target;
    char temp[48], *made;
    csc_status status;
    unsigned n;
    int same;

    if (csc_failed(status = csc_extract_make_target(extract, extract->level))) return status;
    target = open_target(extract, extract->level);
    snprintf(temp, sizeof(temp), ".csc-extract-%" PRIx64 "-%" PRIu64 ".part",
             (uint64_t)extract->clock->now(extract->clock), extract->next_temp++);
    report->kind = CSC_EXTRACT_COPIED;
    report->bytes = stat->size;
    for (n = 1, same = 0; n < MAX_NAMES; n++)
    {
        if (!(made = make_name(shown, n))) return CSC_E_OUT_OF_MEMORY;
        status = is_same(extract, source, name, target, made, stat, &same);
        /* a name that is free for now; another that is taken: the next one */
        if (status == CSC_E_NOT_FOUND)
        {
            status = copy_content(extract, source, name, target, temp, stat);
            if (!csc_failed(status))
            {
                status = fs->rename(fs, target, temp, target, made, CSC_RENAME_NOREPLACE);
                if (csc_failed(status)) fs->remove_file(fs, target, temp);
            }
            if (status != CSC_E_EXISTS) break;
        }
        else if (csc_failed(status)) break;
        else if (same)
        {
            report->kind = CSC_EXTRACT_PRESENT;
            break;
        }
        free(made);
        made = NULL;
    }
    if (!made) return CSC_E_EXISTS;
    if (!csc_failed(status)) status = tell_name(extract, name, made, report);
    free(made);
    return status;
}
