/*
 * An origin with latency: a directory, passed on through FUSE, whose every operation takes its time
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * delayfs [-o OPTIONS] [--delay MS] [--cache SECONDS] SOURCE MOUNTPOINT
 *
 * Operations wait side by side, as they do on a network: 64 at once take as long as one.  The kernel keeps neither names nor
 * attributes (--cache lets it keep both for a time, as network file systems do), so each question gets here.  What closes a
 * file is free.  Runs in the foreground until it is unmounted.
 *
 * The file .delayfs in the mounted directory, which listings do not show, steers it:
 *     echo 50 > MOUNT/.delayfs      from now on 50 ms (microseconds with a point: 0.5)
 *     echo reset > MOUNT/.delayfs   counts from 0 again
 *     cat MOUNT/.delayfs            the delay, the most operations that waited at once, how often each was asked for
 */

#define FUSE_USE_VERSION 312

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include <fuse3/fuse.h>

#define CONTROL      "/.delayfs"
#define CONTROL_INO  ((ino_t)0x64656c6179)
#define MOST_THREADS 512

enum operation
{
    OP_LOOK, OP_OPEN, OP_CREATE, OP_READ, OP_WRITE, OP_FLUSH, OP_LIST, OP_MKDIR, OP_REMOVE, OP_RENAME, OP_SET, OP_XATTR,
    OP_OTHER, OP_COUNT
};

static const char *const names[OP_COUNT] =
{
    "look", "open", "create", "read", "write", "flush", "list", "mkdir", "remove", "rename", "set", "xattr", "other"
};

static struct
{
    int source;                          /* descriptor */
    atomic_llong delay;                  /* ns */
    atomic_ullong counts[OP_COUNT];
    atomic_uint now, most;               /* operations that wait */
    double cache;                        /* s */
} state;

static void wait_for(enum operation operation)
{
    long long delay = atomic_load(&state.delay);
    struct timespec pause = { (time_t)(delay / 1000000000), (long)(delay % 1000000000) };
    unsigned now = atomic_fetch_add(&state.now, 1) + 1, most = atomic_load(&state.most);

    atomic_fetch_add(&state.counts[operation], 1);
    while (now > most && !atomic_compare_exchange_weak(&state.most, &most, now)) {}
    if (delay > 0) while (clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, &pause) == EINTR) {}
    atomic_fetch_sub(&state.now, 1);
}

/* Paths come with a slash in front. */
static const char *at(const char *path)
{
    return path[1] ? path + 1 : ".";
}

static int answer(long result)
{
    return result == -1 ? -errno : (int)result;
}

/* An open file, or 0 for the one that steers. */
static int fd_of(const struct fuse_file_info *info)
{
    return (int)info->fh;
}

static int is_control(const char *path)
{
    return path && !strcmp(path, CONTROL);
}

/* -- the file that steers -- */

static int control_text(char *text, size_t size)
{
    long long delay = atomic_load(&state.delay);
    int length, i;

    length = snprintf(text, size, "delay %g\nmost %u\n", (double)delay / 1e6, atomic_load(&state.most));
    for (i = 0; i < OP_COUNT; i++)
        length += snprintf(text + length, size - (size_t)length, "%s %llu\n", names[i], atomic_load(&state.counts[i]));
    return length;
}

static int control_read(char *buffer, size_t size, off_t offset)
{
    char text[1024];
    int length = control_text(text, sizeof(text));

    if (offset >= length) return 0;
    if (size > (size_t)(length - offset)) size = (size_t)(length - offset);
    memcpy(buffer, text + offset, size);
    return (int)size;
}

static int control_write(const char *buffer, size_t size)
{
    char text[32] = "", *end;
    double ms;
    int i;

    memcpy(text, buffer, size < sizeof(text) - 1 ? size : sizeof(text) - 1);
    if (!strncmp(text, "reset", 5))
    {
        for (i = 0; i < OP_COUNT; i++) atomic_store(&state.counts[i], 0);
        atomic_store(&state.most, 0);
        return (int)size;
    }
    ms = strtod(text, &end);
    if (end == text || !(ms >= 0 && ms <= 60000)) return -EINVAL;
    atomic_store(&state.delay, (long long)(ms * 1e6));
    return (int)size;
}

static int control_stat(struct stat *st)
{
    char text[1024];

    memset(st, 0, sizeof(*st));
    st->st_mode = S_IFREG | 0644;
    st->st_nlink = 1;
    st->st_uid = getuid();
    st->st_gid = getgid();
    st->st_ino = CONTROL_INO;
    st->st_size = control_text(text, sizeof(text));
    return 0;
}

/* -- looking -- */

static int delay_getattr(const char *path, struct stat *st, struct fuse_file_info *info)
{
    if (is_control(path)) return control_stat(st);
    wait_for(OP_LOOK);
    if (info && info->fh) return answer(fstat(fd_of(info), st));
    return answer(fstatat(state.source, at(path), st, AT_SYMLINK_NOFOLLOW));
}

static int delay_readlink(const char *path, char *buffer, size_t size)
{
    ssize_t length;

    wait_for(OP_LOOK);
    if ((length = readlinkat(state.source, at(path), buffer, size - 1)) == -1) return -errno;
    buffer[length] = 0;
    return 0;
}

static int delay_opendir(const char *path, struct fuse_file_info *info)
{
    DIR *dir;
    int fd;

    wait_for(OP_OPEN);
    if ((fd = openat(state.source, at(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) return -errno;
    if (!(dir = fdopendir(fd)))
    {
        close(fd);
        return -ENOMEM;
    }
    info->fh = (uint64_t)(uintptr_t)dir;
    return 0;
}

/* A listing brings the attributes along, as those of SMB and NFS do, and with them the kernel knows the names: a libfuse that
 * does not pass FUSE_CAP_PARALLEL_DIROPS on (3.14) lets it ask about unknown names of a directory one at a time only. */
static int delay_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *info,
                         enum fuse_readdir_flags flags)
{
    DIR *dir = (DIR *)(uintptr_t)info->fh;
    struct dirent *entry;
    enum fuse_fill_dir_flags whole;
    struct stat st = { 0 };

    (void)path;
    wait_for(OP_LIST);
    if (offset) seekdir(dir, offset);
    else rewinddir(dir);
    for (errno = 0; (entry = readdir(dir)); errno = 0)
    {
        whole = 0;
        if (flags & FUSE_READDIR_PLUS && !fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW)) whole = FUSE_FILL_DIR_PLUS;
        st.st_ino = entry->d_ino;
        st.st_mode = whole ? st.st_mode : (mode_t)entry->d_type << 12;
        if (fill(buffer, entry->d_name, &st, telldir(dir), whole)) return 0;
    }
    return -errno;
}

static int delay_releasedir(const char *path, struct fuse_file_info *info)
{
    (void)path;
    closedir((DIR *)(uintptr_t)info->fh);
    return 0;
}

static int delay_fsyncdir(const char *path, int data, struct fuse_file_info *info)
{
    (void)path; (void)data;
    wait_for(OP_FLUSH);
    return answer(fsync(dirfd((DIR *)(uintptr_t)info->fh)));
}

static int delay_statfs(const char *path, struct statvfs *st)
{
    (void)path;
    wait_for(OP_OTHER);
    return answer(fstatvfs(state.source, st));
}

/* Extended attributes have calls for paths only; the process stands in the source. */
static int delay_getxattr(const char *path, const char *name, char *value, size_t size)
{
    wait_for(OP_XATTR);
    return answer(lgetxattr(at(path), name, value, size));
}

static int delay_setxattr(const char *path, const char *name, const char *value, size_t size, int flags)
{
    wait_for(OP_XATTR);
    return answer(lsetxattr(at(path), name, value, size, flags));
}

static int delay_listxattr(const char *path, char *list, size_t size)
{
    wait_for(OP_XATTR);
    return answer(llistxattr(at(path), list, size));
}

static int delay_removexattr(const char *path, const char *name)
{
    wait_for(OP_XATTR);
    return answer(lremovexattr(at(path), name));
}

/* -- files -- */

static int delay_open(const char *path, struct fuse_file_info *info)
{
    int fd;

    if (is_control(path))
    {
        info->fh = 0;
        info->direct_io = 1;
        return 0;
    }
    wait_for(OP_OPEN);
    /* the kernel reads before it writes a part of a page, also where the program only writes */
    if ((fd = openat(state.source, at(path), (info->flags & ~(O_CREAT | O_EXCL | O_NOCTTY)) | O_CLOEXEC)) == -1) return -errno;
    info->fh = (uint64_t)fd;
    return 0;
}

static int delay_create(const char *path, mode_t mode, struct fuse_file_info *info)
{
    int fd;

    if (is_control(path)) return -EEXIST;
    wait_for(OP_CREATE);
    if ((fd = openat(state.source, at(path), info->flags | O_CREAT | O_CLOEXEC, mode)) == -1) return -errno;
    info->fh = (uint64_t)fd;
    return 0;
}

static int delay_release(const char *path, struct fuse_file_info *info)
{
    (void)path;
    if (info->fh) close(fd_of(info));
    return 0;
}

static int delay_read(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *info)
{
    (void)path;
    if (!info->fh) return control_read(buffer, size, offset);
    wait_for(OP_READ);
    return answer(pread(fd_of(info), buffer, size, offset));
}

static int delay_write(const char *path, const char *buffer, size_t size, off_t offset, struct fuse_file_info *info)
{
    (void)path;
    if (!info->fh) return control_write(buffer, size);
    wait_for(OP_WRITE);
    return answer(pwrite(fd_of(info), buffer, size, offset));
}

static int delay_fsync(const char *path, int data, struct fuse_file_info *info)
{
    (void)path;
    if (!info->fh) return 0;
    wait_for(OP_FLUSH);
    return answer(data ? fdatasync(fd_of(info)) : fsync(fd_of(info)));
}

static off_t delay_lseek(const char *path, off_t offset, int whence, struct fuse_file_info *info)
{
    off_t result;

    (void)path;
    wait_for(OP_OTHER);
    result = lseek(fd_of(info), offset, whence);
    return result == -1 ? -errno : result;
}

/* -- changing -- */

static int delay_mkdir(const char *path, mode_t mode)
{
    wait_for(OP_MKDIR);
    return answer(mkdirat(state.source, at(path), mode));
}

static int delay_unlink(const char *path)
{
    if (is_control(path)) return -EACCES;
    wait_for(OP_REMOVE);
    return answer(unlinkat(state.source, at(path), 0));
}

static int delay_rmdir(const char *path)
{
    wait_for(OP_REMOVE);
    return answer(unlinkat(state.source, at(path), AT_REMOVEDIR));
}

static int delay_symlink(const char *target, const char *path)
{
    wait_for(OP_CREATE);
    return answer(symlinkat(target, state.source, at(path)));
}

static int delay_link(const char *from, const char *to)
{
    wait_for(OP_CREATE);
    return answer(linkat(state.source, at(from), state.source, at(to), 0));
}

static int delay_rename(const char *from, const char *to, unsigned flags)
{
    if (is_control(from) || is_control(to)) return -EACCES;
    wait_for(OP_RENAME);
    return answer(renameat2(state.source, at(from), state.source, at(to), flags));
}

static int delay_chmod(const char *path, mode_t mode, struct fuse_file_info *info)
{
    wait_for(OP_SET);
    if (info && info->fh) return answer(fchmod(fd_of(info), mode));
    return answer(fchmodat(state.source, at(path), mode, 0));
}

static int delay_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *info)
{
    wait_for(OP_SET);
    if (info && info->fh) return answer(fchown(fd_of(info), uid, gid));
    return answer(fchownat(state.source, at(path), uid, gid, AT_SYMLINK_NOFOLLOW));
}

static int delay_truncate(const char *path, off_t size, struct fuse_file_info *info)
{
    int fd, result;

    if (is_control(path)) return 0;
    wait_for(OP_SET);
    if (info && info->fh) return answer(ftruncate(fd_of(info), size));
    if ((fd = openat(state.source, at(path), O_WRONLY | O_CLOEXEC)) == -1) return -errno;
    result = answer(ftruncate(fd, size));
    close(fd);
    return result;
}

static int delay_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *info)
{
    if (is_control(path)) return 0;
    wait_for(OP_SET);
    if (info && info->fh) return answer(futimens(fd_of(info), times));
    return answer(utimensat(state.source, at(path), times, AT_SYMLINK_NOFOLLOW));
}

static void *delay_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
    if (connection->capable & FUSE_CAP_PARALLEL_DIROPS) connection->want |= FUSE_CAP_PARALLEL_DIROPS;
    config->use_ino = 1;
    config->hard_remove = 1;
    config->entry_timeout = config->attr_timeout = config->negative_timeout = state.cache;
    return NULL;
}

static const struct fuse_operations operations =
{
    .init = delay_init,
    .getattr = delay_getattr,
    .readlink = delay_readlink,
    .opendir = delay_opendir,
    .readdir = delay_readdir,
    .releasedir = delay_releasedir,
    .fsyncdir = delay_fsyncdir,
    .statfs = delay_statfs,
    .getxattr = delay_getxattr,
    .setxattr = delay_setxattr,
    .listxattr = delay_listxattr,
    .removexattr = delay_removexattr,
    .open = delay_open,
    .create = delay_create,
    .release = delay_release,
    .read = delay_read,
    .write = delay_write,
    .fsync = delay_fsync,
    .lseek = delay_lseek,
    .mkdir = delay_mkdir,
    .unlink = delay_unlink,
    .rmdir = delay_rmdir,
    .symlink = delay_symlink,
    .link = delay_link,
    .rename = delay_rename,
    .chmod = delay_chmod,
    .chown = delay_chown,
    .truncate = delay_truncate,
    .utimens = delay_utimens,
};

/* -- starting -- */

struct options
{
    double delay, cache;
    const char *source;
};

static const struct fuse_opt options_known[] =
{
    { "--delay %lf", offsetof(struct options, delay), 0 },
    { "--cache %lf", offsetof(struct options, cache), 0 },
    FUSE_OPT_END
};

static int take_source(void *context, const char *arg, int key, struct fuse_args *args)
{
    struct options *options = context;

    (void)args;
    if (key != FUSE_OPT_KEY_NONOPT || options->source) return 1;
    options->source = arg;
    return 0;
}

int main(int argc, char **argv)
{
    struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
    struct options options = { 5, 0, NULL };
    struct fuse_loop_config *loop;
    char *mount_point = NULL, *source;
    struct fuse *fuse;
    int failed = 1;

    if (fuse_opt_parse(&args, &options, options_known, take_source) == -1) return 1;
    if (options.source) fuse_opt_insert_arg(&args, 1, "-ofsname=delayfs,subtype=delayfs");
    for (int i = 1; i < args.argc; i++)
        if (args.argv[i][0] != '-') mount_point = args.argv[i];
    if (!options.source || !mount_point)
    {
        fprintf(stderr, "usage: %s [-o OPTIONS] [--delay MS] [--cache SECONDS] SOURCE MOUNTPOINT\n", argv[0]);
        return 2;
    }
    if (!(source = realpath(options.source, NULL)) || !(mount_point = realpath(mount_point, NULL)))
    {
        perror(argv[0]);
        return 1;
    }
    if (chdir(source) || (state.source = open(source, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
    {
        perror(source);
        return 1;
    }
    umask(0);
    atomic_store(&state.delay, (long long)(options.delay * 1e6));
    state.cache = options.cache;

    args.argc--;                         /* the mount point is the last */
    if (!(fuse = fuse_new(&args, &operations, sizeof(operations), NULL))) return 1;
    if (!fuse_mount(fuse, mount_point))
    {
        if (!fuse_set_signal_handlers(fuse_get_session(fuse)) && (loop = fuse_loop_cfg_create()))
        {
            fuse_loop_cfg_set_max_threads(loop, MOST_THREADS);
            fuse_loop_cfg_set_idle_threads(loop, MOST_THREADS);
            failed = fuse_loop_mt(fuse, loop) != 0;
            fuse_loop_cfg_destroy(loop);
            fuse_remove_signal_handlers(fuse_get_session(fuse));
        }
        fuse_unmount(fuse);
    }
    fuse_destroy(fuse);
    fuse_opt_free_args(&args);
    return failed;
}
