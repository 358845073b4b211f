/*
 * The POSIX system layer: volumes and the identity of roots
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "fs_posix.h"
#include "units.h"

/* file systems that keep fine times and move ctime with every change; statfs numbers of the kernel */
#define MAGIC_EXT      0xef53u
#define MAGIC_XFS      0x58465342u
#define MAGIC_BTRFS    0x9123683eu
#define MAGIC_TMPFS    0x01021994u
#define MAGIC_F2FS     0xf2f52010u
#define MAGIC_ZFS      0x2fc12fc1u
#define MAGIC_BCACHEFS 0xca451a4eu

/* file systems that may be at the other end of a network */
#define MAGIC_FUSE     0x65735546u
#define MAGIC_NFS      0x6969u
#define MAGIC_SMB      0x517bu
#define MAGIC_CIFS     0xff534d42u
#define MAGIC_SMB2     0xfe534d42u
#define MAGIC_9P       0x01021997u
#define MAGIC_CEPH     0x00c36400u
#define MAGIC_AFS      0x5346414fu
#define MAGIC_KAFS     0x6b414653u
#define MAGIC_CODA     0x73757245u
#define MAGIC_VBOXSF   0x786f4256u

/* The kernel stamps files by its tick (10 ms at most); others, such as FAT, count in steps of 2 s. */
#define FINE_GRANULARITY   ((int64_t)20 * 1000000)
#define COARSE_GRANULARITY (2 * CSC_NS_PER_S)

csc_status csc_posix_sync_all(struct csc_fs *fs, struct csc_dir *dir)
{
    int result;

    (void)fs;
    CSC_RETRY(result, CSC_SYS(FLUSH, syncfs(dir->fd)));
    return csc_status_of_call(result);
}

csc_status csc_posix_space(struct csc_fs *fs, struct csc_dir *dir, uint64_t *total, uint64_t *available)
{
    struct statvfs vfs;
    int result;

    (void)fs;
    CSC_RETRY(result, fstatvfs(dir->fd, &vfs));
    if (result == -1) return csc_status_from_errno(errno);
    *total = (uint64_t)vfs.f_blocks * vfs.f_frsize;
    *available = (uint64_t)vfs.f_bavail * vfs.f_frsize;
    return CSC_OK;
}

csc_status csc_posix_time_quality(struct csc_fs *fs, struct csc_dir *dir, int64_t *granularity, int *trusted_ctime)
{
    struct statfs sfs;
    int result;

    (void)fs;
    CSC_RETRY(result, fstatfs(dir->fd, &sfs));
    if (result == -1) return csc_status_from_errno(errno);
    switch ((uint32_t)sfs.f_type)
    {
    case MAGIC_EXT:
    case MAGIC_XFS:
    case MAGIC_BTRFS:
    case MAGIC_TMPFS:
    case MAGIC_F2FS:
    case MAGIC_ZFS:
    case MAGIC_BCACHEFS:
        *granularity = FINE_GRANULARITY;
        *trusted_ctime = 1;
        break;
    default:
        *granularity = COARSE_GRANULARITY;
        *trusted_ctime = 0;
        break;
    }
    return CSC_OK;
}

/* The number under which mountinfo lists the mount of a descriptor; -1: not found out. */
static long mount_of_fd(int fd)
{
    char path[64], line[128];
    long mount = -1;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    if (!(file = fopen(path, "re"))) return -1;
    while (fgets(line, sizeof(line), file))
        if (sscanf(line, "mnt_id: %ld", &mount) == 1) break;
    fclose(file);
    return mount;
}

/* Copies a field of mountinfo, where \ooo stands for a character that would end it. */
static void copy_field(char *target, size_t size, const char *field)
{
    size_t used = 0;

    while (*field && used + 1 < size)
    {
        unsigned int code;

        if (*field == '\\' && strspn(field + 1, "01234567") >= 3)
        {
            code = (unsigned int)(field[1] - '0') << 6 | (unsigned int)(field[2] - '0') << 3 |
                   (unsigned int)(field[3] - '0');
            target[used++] = (char)code;
            field += 4;
        }
        else target[used++] = *field++;
    }
    target[used] = 0;
}

/* id parent major:minor root mount-point options [optional...] - type source super-options
 * The subvolumes of btrfs share source and file id: there the root within the file system joins the source. */
static void read_mount_line(char *line, struct csc_root_id *id)
{
    char *rest = strstr(line, " - "), *type, *source, *root, *state;
    char subvolume[sizeof(id->source)];
    int field;

    if (!rest) return;
    *rest = 0;
    if (!(type = strtok_r(rest + 3, " \n", &state))) return;
    copy_field(id->fs_type, sizeof(id->fs_type), type);
    if (!(source = strtok_r(NULL, " \n", &state))) return;
    copy_field(id->source, sizeof(id->source), source);
    if (strcmp(id->fs_type, "btrfs")) return;

    root = strtok_r(line, " ", &state);
    for (field = 1; root && field < 4; field++) root = strtok_r(NULL, " ", &state);
    if (!root) return;
    copy_field(subvolume, sizeof(subvolume), root);
    field = (int)strlen(id->source);
    snprintf(id->source + field, sizeof(id->source) - (size_t)field, ":%s", subvolume);
}

static csc_status read_mount(long mount, struct csc_root_id *id)
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    char *line = NULL;
    size_t capacity = 0;
    int failed;

    if (!file) return csc_status_from_errno(errno);
    while (getline(&line, &capacity, file) != -1)
        if (strtol(line, NULL, 10) == mount)
        {
            read_mount_line(line, id);
            break;
        }
    failed = ferror(file);
    free(line);
    fclose(file);
    return failed ? CSC_E_IO : CSC_OK;
}

/* Whether the options of the mount of a descriptor, as the file system tells them, hold one of these words. */
static int mount_has_option(int fd, const char *const *words)
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    long mount = mount_of_fd(fd);
    char *line = NULL, *options, *word, *state;
    size_t capacity = 0, i;
    int found = 0;

    if (!file) return 0;
    while (getline(&line, &capacity, file) != -1)
    {
        if (mount == -1 || strtol(line, NULL, 10) != mount || !(options = strstr(line, " - "))) continue;
        for (i = 0; i < 3 && options; i++) options = strchr(options + 1, ' ');   /* behind "-", type and source */
        for (word = options ? strtok_r(options, " ,\n", &state) : NULL; word; word = strtok_r(NULL, " ,\n", &state))
            for (i = 0; words[i]; i++) if (!strcmp(word, words[i])) found = 1;
        break;
    }
    free(line);
    fclose(file);
    return found;
}

/* copy_file_range never says whether the server or this machine did the work: the kernel falls back to
 * reading and writing by itself.  So the kind of file system has to tell. */
csc_status csc_posix_copies_inside(struct csc_fs *fs, struct csc_dir *dir, int *inside)
{
    static const char *const nfs_versions[] = { "vers=4.2", NULL };       /* earlier ones cannot copy */
    static const char *const old_smb[] = { "vers=1.0", "nocopychunk", NULL };
    struct statfs sfs;
    int result;

    (void)fs;
    CSC_RETRY(result, fstatfs(dir->fd, &sfs));
    if (result == -1) return csc_status_from_errno(errno);
    switch ((uint32_t)sfs.f_type)
    {
    case MAGIC_FUSE: case MAGIC_SMB: case MAGIC_9P: case MAGIC_CEPH: case MAGIC_AFS: case MAGIC_KAFS: case MAGIC_CODA:
    case MAGIC_VBOXSF:
        *inside = 0;
        break;
    case MAGIC_NFS:
        *inside = mount_has_option(dir->fd, nfs_versions);
        break;
    case MAGIC_CIFS: case MAGIC_SMB2:
        *inside = !mount_has_option(dir->fd, old_smb);
        break;
    default:
        *inside = 1;
        break;
    }
    return CSC_OK;
}

csc_status csc_posix_root_id(struct csc_fs *fs, const char *path, struct csc_root_id *id)
{
    struct statx sx;
    csc_status status;
    size_t length;
    int fd, result;

    (void)fs;
    memset(id, 0, sizeof(*id));
    CSC_RETRY(fd, open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (fd == -1) return errno == ENOENT ? CSC_E_PATH_NOT_FOUND : csc_status_from_errno(errno);
    CSC_RETRY(result, statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &sx));
    if (result == -1)
    {
        status = csc_status_from_errno(errno);
        close(fd);
        return status;
    }
    id->dev = makedev(sx.stx_dev_major, sx.stx_dev_minor);
    id->ino = sx.stx_ino;
    id->anonymous = !sx.stx_dev_major;
    status = read_mount(mount_of_fd(fd), id);
    close(fd);

    /* A new tmpfs gets device and file ids of the one before: only the birth of its directory differs. */
    length = strlen(id->source);
    if ((!strcmp(id->fs_type, "tmpfs") || !strcmp(id->fs_type, "ramfs")) && sx.stx_mask & STATX_BTIME)
        snprintf(id->source + length, sizeof(id->source) - length, "@%lld.%09u",
                 (long long)sx.stx_btime.tv_sec, sx.stx_btime.tv_nsec);
    return status;
}
