/*
 * The POSIX system layer: which files programs have open for writing
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What wineserver has open is asked of /proc: a look at all its descriptors, which may be thousands.  A look that is new enough
 * serves for many files, and those that want a new one at the same time share it.
 */

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fs_posix.h"
#include "units.h"

/* Looking for them takes much longer than looking at their descriptors. */
#define SERVERS_FOR  (500 * CSC_NS_PER_MS)
#define MOST_SERVERS 64
/* ns that clocks may have moved against each other before times are not believed */
#define STEP         (5 * CSC_NS_PER_MS)

/* The paths of what is open for writing. */
struct writers
{
    char **paths;
    size_t count, room;
};

static struct
{
    struct csc_joint looks;
    /* one look at a time */
    int64_t servers_until;           /* monotonic ns */
    pid_t servers[MOST_SERVERS];
    unsigned server_count;
    /* the last look */
    pthread_mutex_t lock;
    struct writers writers;
    int64_t begun;                   /* ns; INT64_MIN: there is none */
    int64_t offset;                  /* of the clock that may be set from the one that may not, then */
} known = { .looks = CSC_JOINT_INIT, .lock = PTHREAD_MUTEX_INITIALIZER, .begun = INT64_MIN };

static int64_t clock_ns(clockid_t id)
{
    struct timespec time;

    clock_gettime(id, &time);
    return time.tv_sec * CSC_NS_PER_S + time.tv_nsec;
}

static void forget(struct writers *writers)
{
    while (writers->count) free(writers->paths[--writers->count]);
    free(writers->paths);
    memset(writers, 0, sizeof(*writers));
}

static csc_status remember(struct writers *writers, const char *path)
{
    if (writers->count == writers->room)
    {
        size_t room = writers->room ? 2 * writers->room : 64;
        char **paths = realloc(writers->paths, room * sizeof(*paths));

        if (!paths) return CSC_E_OUT_OF_MEMORY;
        writers->paths = paths;
        writers->room = room;
    }
    if (!(writers->paths[writers->count] = strdup(path))) return CSC_E_OUT_OF_MEMORY;
    writers->count++;
    return CSC_OK;
}

/* -- a look -- */

static csc_status status_of_proc(void)
{
    /* it ended, or does not let itself be looked at */
    return errno == EMFILE || errno == ENFILE ? CSC_E_TOO_MANY_FILES : errno == ENOMEM ? CSC_E_OUT_OF_MEMORY : CSC_OK;
}

static csc_status find_servers(void)
{
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    struct dirent *entry;
    DIR *proc;
    int fd;

    if (now < known.servers_until) return CSC_OK;
    if (!(proc = opendir("/proc"))) return status_of_proc();
    known.server_count = 0;
    while ((entry = readdir(proc)) && known.server_count < MOST_SERVERS)
    {
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        if ((fd = csc_posix_open_wineserver(dirfd(proc), entry->d_name)) == -1) continue;
        close(fd);
        known.servers[known.server_count++] = (pid_t)atoi(entry->d_name);
    }
    closedir(proc);
    known.servers_until = now + SERVERS_FOR;
    return CSC_OK;
}

/* The rights of the links in /proc say how a file was opened.  What they lead to is not touched. */
static csc_status look_at(pid_t process, struct writers *writers)
{
    char path[PATH_MAX + 1];
    csc_status status = CSC_OK;
    struct dirent *entry;
    struct stat stat;
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)process);
    if (!(dir = opendir(path))) return status_of_proc();
    while (!csc_failed(status) && (entry = readdir(dir)))
    {
        ssize_t size;

        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        size = readlinkat(dirfd(dir), entry->d_name, path, sizeof(path) - 1);
        if (size <= 0 || path[0] != '/') continue;
        path[size] = 0;
        if (!fstatat(dirfd(dir), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) && stat.st_mode & S_IWUSR)
            status = remember(writers, path);
    }
    closedir(dir);
    return status;
}

static csc_status look(void *context)
{
    struct writers writers = { 0 }, old;
    int64_t begun = clock_ns(CLOCK_REALTIME), offset = begun - clock_ns(CLOCK_MONOTONIC);
    csc_status status = find_servers();
    unsigned i;

    (void)context;
    for (i = 0; i < known.server_count && !csc_failed(status); i++) status = look_at(known.servers[i], &writers);
    if (csc_failed(status))
    {
        forget(&writers);
        return status;
    }
    pthread_mutex_lock(&known.lock);
    old = known.writers;
    known.writers = writers;
    known.begun = begun;
    known.offset = offset;
    pthread_mutex_unlock(&known.lock);
    forget(&old);
    return CSC_OK;
}

/* -- what it says -- */

/* Whether the last look began at since or later.  When the clock was set meanwhile nobody knows. */
static int is_new_enough(int64_t since)
{
    int64_t moved = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC) - known.offset;

    return known.begun != INT64_MIN && known.begun >= since && moved < STEP && moved > -STEP;
}

/* Whether a file of that name, wherever it is, was open for writing. */
static int has_name(const char *name)
{
    const char *slash;
    size_t i;

    for (i = 0; i < known.writers.count; i++)
        if ((slash = strrchr(known.writers.paths[i], '/')) && !strcmp(slash + 1, name)) return 1;
    return 0;
}

static int has_path(const char *path)
{
    size_t i;

    for (i = 0; i < known.writers.count; i++) if (!strcmp(known.writers.paths[i], path)) return 1;
    return 0;
}

csc_status csc_posix_is_written(struct csc_fs *fs, struct csc_dir *dir, const char *name, int64_t since, int *written)
{
    char link[64], path[PATH_MAX + NAME_MAX + 64];
    csc_status status;
    ssize_t size;
    int is_free;

    (void)fs;
    *written = 0;
    if (strlen(name) > NAME_MAX) return CSC_OK;
    pthread_mutex_lock(&known.lock);
    /* one of the directories above may have another name meanwhile: who has the same name is looked at anew */
    is_free = since != INT64_MAX && is_new_enough(since) && !has_name(name);
    pthread_mutex_unlock(&known.lock);
    if (is_free) return CSC_OK;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", dir->fd);
    size = readlink(link, path, PATH_MAX);
    if (size <= 0 || size >= PATH_MAX) return CSC_OK;
    path[size] = '/';
    strcpy(path + size + 1, name);
    if (csc_failed(status = csc_joint_call(&known.looks, look, NULL))) return status;
    pthread_mutex_lock(&known.lock);
    *written = has_path(path);
    pthread_mutex_unlock(&known.lock);
    return CSC_OK;
}
