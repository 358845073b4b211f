/*
 * A database that something damaged: for targets that open one
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_TESTS_FUZZ_DATABASE_H
#define CSC_TESTS_FUZZ_DATABASE_H

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

static char database[1300];          /* its path */
static uint8_t *sound;               /* its content, without damage */
static size_t sound_size;

/* Takes it as it is now. */
static void read_sound(void)
{
    struct stat st;
    int fd;

    HOLDS((fd = open(database, O_RDONLY)) != -1);
    HOLDS(!fstat(fd, &st));
    sound_size = (size_t)st.st_size;
    HOLDS((sound = malloc(sound_size)));
    HOLDS(read(fd, sound, sound_size) == (ssize_t)sound_size);
    close(fd);
}

/* Removes it with the files beside it. */
static void clean_up(void)
{
    char path[1400];
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
    size_t i;

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
    {
        snprintf(path, sizeof(path), "%s%s", database, ends[i]);
        unlink(path);
    }
}

/* An input is a list of changes: bytes at an offset, or where it ends. */
static void write_damaged(const uint8_t *data, size_t size)
{
    struct feed feed = { data, size };
    size_t end = sound_size;
    int fd, i;

    clean_up();
    HOLDS((fd = open(database, O_RDWR | O_CREAT | O_TRUNC, 0600)) != -1);
    HOLDS(write(fd, sound, sound_size) == (ssize_t)sound_size);
    for (i = 0; i < 64 && feed.size; i++)
    {
        size_t offset = feed_number(&feed, 3) % sound_size, length = feed_number(&feed, 1);
        const uint8_t *bytes;

        if (length == 255) end = offset;
        else
        {
            length %= 33;
            bytes = feed_bytes(&feed, &length);
            HOLDS(pwrite(fd, bytes, length, (off_t)offset) == (ssize_t)length);
        }
    }
    if (end < sound_size) HOLDS(!ftruncate(fd, (off_t)end));
    close(fd);
}

#endif
