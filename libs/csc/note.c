/*
 * Notes that downloaded files carry
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A kill between placing a download and the commit of its row leaves a file that the store knows nothing of.  When the
 * origin changes before the next synchronization, both sides seem to have changed; when the file is deleted there, the
 * cache's copy seems to be new and would come back.  The note tells that nobody touched the cache's side.  It is believed
 * for these two questions only, the second only beside the row that announced the download.
 */

#include <string.h>

#include "transfer.h"
#include "units.h"
#include "watch.h"

#define FORMAT 1
/* between writing the note and renaming the file into its place, with the flush of a large file: in that time nobody
 * writes something of the same size and sets the old time again */
#define MOST_DELAY       (2 * CSC_NS_PER_S)
#define MOST_DELAY_LARGE (10 * CSC_NS_PER_S)
#define CLOCK_SLACK (1 * CSC_NS_PER_S)

/* A file that somebody renamed is not where it was downloaded to. */
static uint64_t place_of(struct csc_node *node, const char *key)
{
    uint64_t hash = csc_temp_hash(key);

    for (; node; node = node->parent)
        hash = hash * 0x9e3779b97f4a7c15ull + (node->parent ? csc_temp_hash(node->name) : (uint32_t)node->pair->scope->row.id);
    return hash;
}

void csc_note_write(struct csc_node *node, const char *key, struct csc_file *file, const struct csc_stat *written)
{
    struct csc_clock *clock = node->pair->engine->clock;
    struct csc_fs *fs = node->pair->fs[CSC_LOCAL];
    struct csc_note note;

    memset(&note, 0, sizeof(note));
    note.format = FORMAT;
    note.attributes = written->attributes & CSC_ATTR_READONLY;
    note.size = written->size;
    note.ino = written->ino;
    note.mtime = written->mtime;
    note.placed = clock->now(clock);
    note.place = place_of(node, key);
    fs->set_note(fs, file, &note, sizeof(note));
}

int csc_note_is_of(const struct csc_note *note, const struct csc_base *base)
{
    return note->format == FORMAT && note->ino == base->ino && note->size == base->size && note->mtime == base->mtime;
}

int csc_note_holds(struct csc_node *node, const char *key, const char *name, const struct csc_stat *stat,
                   struct csc_note *note)
{
    struct csc_pair *pair = node->pair;
    struct csc_fs *fs = pair->fs[CSC_LOCAL];
    struct csc_file *file;
    struct csc_dir *dir;
    csc_status status;

    if (!pair->quality[CSC_LOCAL].trusted) return 0;
    if (csc_failed(csc_node_dir(node, CSC_LOCAL, &dir))) return 0;
    status = fs->open_file(fs, dir, name, &file);
    csc_node_done(node, CSC_LOCAL);
    if (csc_failed(status)) return 0;
    status = fs->get_note(fs, file, note, sizeof(*note));
    fs->close_file(fs, file);
    if (csc_failed(status) || note->format != FORMAT) return 0;
    return note->size == stat->size && note->mtime == stat->mtime && note->ino == stat->ino
           && note->attributes == (stat->attributes & CSC_ATTR_READONLY) && note->place == place_of(node, key)
           /* renaming it into place was the last that happened to it */
           && stat->ctime >= note->placed - CLOCK_SLACK && stat->ctime <= note->placed + (note->size > CSC_LARGE ? MOST_DELAY_LARGE : MOST_DELAY);
}
