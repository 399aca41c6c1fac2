/*
 * Stands between a program and its file system (LD_PRELOAD): records every change below one folder
 * in a write log, and makes chosen calls fail or kills the process at them.
 *
 * All intercepted calls run one at a time, under one lock, so the order of the log is the order of
 * effects, also across threads. The C library's entry points are intercepted; a raw system call is
 * not seen. The store makes one such change, `fallocate` of a new segment; its effect, the file's
 * size, is noted with the next call on the file.
 *
 *   STILE_FAULTS_ROOT   folder that is watched, an absolute path
 *   STILE_FAULTS_LOG    file the log is appended to; none: nothing is recorded
 *   STILE_FAULTS_ONLY   only calls on paths that contain this text are counted for the plan
 *   STILE_FAULTS_PLAN   what happens, comma-separated; N counts from 1
 *       kill=N:before|half|after   die at the Nth change; `half`: half of a write is done
 *       write=N:EIO                the Nth write fails, nothing is written
 *       write=N:HALF               the Nth write is cut short, the next one of that file fails with EIO
 *       write=N:ENOSPC:M           M writes from the Nth on fail with ENOSPC
 *       write=N:SHORT              every write from the Nth on does at most 512 bytes (no failure)
 *       sync=N:EIO                 the Nth flush fails; what it should have flushed is lost from the
 *                                  disk though still read from memory, and later flushes succeed
 *   STILE_FAULTS_CLOCK  S:N   the wall clock jumps by up to S seconds, either way, every N readings
 *
 * Log record, little-endian: kind u8, file u64, argument u64, size before u64, length u32, bytes.
 *   W write at argument     T set size to argument   S flushed   F flush failed
 *   C made a file, D a folder, U unlinked: file, argument = parent folder, bytes = name
 *   R renamed: file = old parent, argument = new parent, bytes = old name, 0, new name
 *   A bytes written to the standard output: what the outside world has been told
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *root, *only;
static size_t root_length;
static int log_fd = -1;

static long changes, writes, syncs, readings;
static long kill_at, write_at, sync_at, write_many = 1;
static char kill_how = 'b';
static int write_error, write_half, write_short;
static uint64_t failing_file;
static long clock_jump, clock_every = 1;
static int64_t clock_offset;
static uint64_t clock_state = 88172645463325252ull;

static void plan(char *text)
{
    for (char *save, *item = strtok_r(text, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
        char *how = strchr(item, ':');
        if (!how)
            continue;
        *how++ = 0;
        if (!strncmp(item, "kill=", 5)) {
            kill_at = atol(item + 5);
            kill_how = *how;
        } else if (!strncmp(item, "sync=", 5)) {
            sync_at = atol(item + 5);
        } else if (!strncmp(item, "write=", 6)) {
            write_at = atol(item + 6);
            write_half = !strcmp(how, "HALF");
            write_short = !strcmp(how, "SHORT");
            write_error = strncmp(how, "ENOSPC", 6) ? EIO : ENOSPC;
            char *many = strchr(how, ':');
            write_many = many ? atol(many + 1) : 1;
        }
    }
}

__attribute__((constructor)) static void begin(void)
{
    root = getenv("STILE_FAULTS_ROOT");
    root_length = root ? strlen(root) : 0;
    only = getenv("STILE_FAULTS_ONLY");
    const char *log = getenv("STILE_FAULTS_LOG");
    if (log)
        log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const char *text = getenv("STILE_FAULTS_PLAN");
    if (text)
        plan(strdup(text));
    const char *clock = getenv("STILE_FAULTS_CLOCK");
    if (clock) {
        clock_jump = atol(clock);
        const char *every = strchr(clock, ':');
        clock_every = every && atol(every + 1) > 0 ? atol(every + 1) : 1;
    }
}

/* --- what is watched */

static int watched(const char *path)
{
    return root && path && !strncmp(path, root, root_length)
        && (path[root_length] == '/' || path[root_length] == 0);
}

static int path_of(int fd, char *path)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = 0;
    return length > 0 && watched(path);
}

static int counted(const char *path)
{
    return !only || strstr(path, only) != NULL;
}

static void facts(int fd, uint64_t *file, uint64_t *size)
{
    struct stat at;
    *file = *size = 0;
    if (!fstat(fd, &at)) {
        *file = at.st_ino;
        *size = S_ISREG(at.st_mode) ? at.st_size : 0;
    }
}

static uint64_t number_of(const char *path)
{
    struct stat at;
    return stat(path, &at) ? 0 : at.st_ino;
}

static uint64_t parent_of(const char *path, const char **name)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (length == 0 || length >= sizeof folder)
        return 0;
    memcpy(folder, path, length);
    folder[length] = 0;
    return number_of(folder);
}

/* --- the log */

static void note(char kind, uint64_t file, uint64_t argument, uint64_t size, const void *bytes, size_t length)
{
    if (log_fd < 0)
        return;
    unsigned char head[29];
    uint32_t short_length = length;
    head[0] = kind;
    memcpy(head + 1, &file, 8);
    memcpy(head + 9, &argument, 8);
    memcpy(head + 17, &size, 8);
    memcpy(head + 25, &short_length, 4);
    struct iovec parts[2] = {{head, sizeof head}, {(void *)bytes, length}};
    if (syscall(SYS_writev, log_fd, parts, 2) != (long)(sizeof head + length)) {
        static const char said[] = "shim: the write log cannot be written\n";
        syscall(SYS_write, 2, said, sizeof said - 1);
        syscall(SYS_exit_group, 97);
    }
}

static void die(void)
{
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;)
        pause();
}

/* Counts a change; says whether it is the one to die at, and dies there if it is not to begin. */
static int fatal(const char *path)
{
    if (!counted(path) || ++changes != kill_at)
        return 0;
    if (kill_how == 'b')
        die();
    return 1;
}

/* --- writes */

static ssize_t raw_write(int fd, const void *bytes, size_t length, int64_t at)
{
    if (at < 0)
        return syscall(SYS_write, fd, bytes, length);
    return syscall(SYS_pwrite64, fd, bytes, length, at);
}

/* Half of a write as a kill leaves it: up to a border of 512 bytes in the file. */
static size_t half_of(size_t length, uint64_t offset)
{
    uint64_t end = (offset + length / 2) / 512 * 512;
    return end > offset ? end - offset : 0;
}

static ssize_t written(int fd, const char *path, const void *bytes, size_t length, int64_t at)
{
    uint64_t file, size;
    facts(fd, &file, &size);
    uint64_t offset = at >= 0 ? (uint64_t)at : 0;
    if (at < 0)
        offset = fcntl(fd, F_GETFL) & O_APPEND ? size : (uint64_t)lseek(fd, 0, SEEK_CUR);
    int last = fatal(path);
    if (last && kill_how == 'h')
        length = half_of(length, offset);
    if (counted(path)) {
        writes++;
        if (failing_file && failing_file == file) {
            failing_file = 0;
            errno = EIO;
            return -1;
        }
        if (write_at && writes >= write_at && write_short && length > 512)
            length = 512;
        else if (write_at && !write_short && writes >= write_at && writes < write_at + write_many) {
            if (!write_half) {
                errno = write_error;
                return -1;
            }
            failing_file = file;
            length = half_of(length, offset);
            if (length == 0) {
                failing_file = 0;
                errno = EIO;
                return -1;
            }
        }
    }
    ssize_t done = length ? raw_write(fd, bytes, length, at) : 0;
    if (done > 0)
        note('W', file, offset, size, bytes, done);
    if (last)
        die();
    return done;
}

static ssize_t a_write(int fd, const void *bytes, size_t length, int64_t at)
{
    char path[PATH_MAX];
    if (fd == 1 && log_fd >= 0) {
        pthread_mutex_lock(&lock);
        ssize_t done = raw_write(fd, bytes, length, at);
        if (done > 0)
            note('A', 0, 0, 0, bytes, done);
        pthread_mutex_unlock(&lock);
        return done;
    }
    if (!root || !path_of(fd, path))
        return raw_write(fd, bytes, length, at);
    pthread_mutex_lock(&lock);
    ssize_t done = written(fd, path, bytes, length, at);
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length)
{
    return a_write(fd, bytes, length, -1);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at)
{
    return a_write(fd, bytes, length, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at)
{
    return a_write(fd, bytes, length, at);
}

/* One part at a time: a short count is a lawful answer. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
    char path[PATH_MAX];
    if (!(fd == 1 && log_fd >= 0) && (!root || !path_of(fd, path)))
        return syscall(SYS_writev, fd, parts, count);
    for (int n = 0; n < count; n++)
        if (parts[n].iov_len)
            return a_write(fd, parts[n].iov_base, parts[n].iov_len, -1);
    return 0;
}

/* --- flushes */

static int a_sync(int fd, long call)
{
    char path[PATH_MAX];
    if (!root || !path_of(fd, path))
        return syscall(call, fd);
    pthread_mutex_lock(&lock);
    uint64_t file, size;
    facts(fd, &file, &size);
    int last = fatal(path), done;
    if (counted(path) && ++syncs == sync_at) {
        note('F', file, 0, size, NULL, 0);
        errno = EIO;
        done = -1;
    } else {
        done = syscall(call, fd);
        if (!done)
            note('S', file, 0, size, NULL, 0);
    }
    int error = errno;
    if (last)
        die();
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

int fsync(int fd) { return a_sync(fd, SYS_fsync); }
int fdatasync(int fd) { return a_sync(fd, SYS_fdatasync); }

/* --- sizes, names */

static int a_truncate(int fd, off64_t length)
{
    char path[PATH_MAX];
    if (!root || !path_of(fd, path))
        return syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&lock);
    uint64_t file, size;
    facts(fd, &file, &size);
    int last = fatal(path);
    int done = syscall(SYS_ftruncate, fd, length);
    if (!done)
        note('T', file, length, size, NULL, 0);
    int error = errno;
    if (last)
        die();
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

int ftruncate(int fd, off_t length) { return a_truncate(fd, length); }
int ftruncate64(int fd, off64_t length) { return a_truncate(fd, length); }

static int an_open(int folder, const char *path, int flags, mode_t mode)
{
    if (!(flags & (O_CREAT | O_TRUNC)) || !watched(path))
        return syscall(SYS_openat, folder, path, flags, mode);
    pthread_mutex_lock(&lock);
    const char *name;
    uint64_t before = number_of(path), parent = parent_of(path, &name), file, size;
    int change = !before || (flags & O_TRUNC);
    int last = change && fatal(path);
    int fd = syscall(SYS_openat, folder, path, flags, mode);
    int error = errno;
    if (fd >= 0) {
        facts(fd, &file, &size);
        if (!before)
            note('C', file, parent, 0, name, strlen(name));
        else if (flags & O_TRUNC)
            note('T', file, 0, 0, NULL, 0);
    }
    if (last)
        die();
    pthread_mutex_unlock(&lock);
    errno = error;
    return fd;
}

#define MODE(flags)                                                      \
    mode_t mode = 0;                                                     \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                               \
        va_list more;                                                    \
        va_start(more, flags);                                           \
        mode = va_arg(more, int);                                        \
        va_end(more);                                                    \
    }

int open(const char *path, int flags, ...) { MODE(flags) return an_open(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return an_open(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return an_open(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return an_open(folder, path, flags, mode); }

int mkdir(const char *path, mode_t mode)
{
    if (!watched(path))
        return syscall(SYS_mkdir, path, mode);
    pthread_mutex_lock(&lock);
    const char *name;
    uint64_t parent = parent_of(path, &name);
    int last = fatal(path);
    int done = syscall(SYS_mkdir, path, mode);
    int error = errno;
    if (!done)
        note('D', number_of(path), parent, 0, name, strlen(name));
    if (last)
        die();
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

static int removed(const char *path, int folder, int flags, const char *given)
{
    pthread_mutex_lock(&lock);
    const char *name;
    uint64_t parent = parent_of(path, &name);
    int last = fatal(path);
    int done = syscall(SYS_unlinkat, folder, given, flags);
    int error = errno;
    if (!done)
        note('U', 0, parent, 0, name, strlen(name));
    if (last)
        die();
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

int unlinkat(int folder, const char *path, int flags)
{
    char whole[PATH_MAX + 256], base[PATH_MAX];
    if (path[0] == '/' || folder == AT_FDCWD) {
        if (watched(path))
            return removed(path, folder, flags, path);
    } else if (root && path_of(folder, base)) {
        snprintf(whole, sizeof whole, "%s/%s", base, path);
        return removed(whole, folder, flags, path);
    }
    return syscall(SYS_unlinkat, folder, path, flags);
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int rename(const char *from, const char *to)
{
    if (!watched(from) && !watched(to))
        return syscall(SYS_rename, from, to);
    pthread_mutex_lock(&lock);
    const char *old, *new;
    uint64_t out = parent_of(from, &old), in = parent_of(to, &new);
    char names[2 * NAME_MAX + 2];
    int length = snprintf(names, sizeof names, "%s%c%s", old, 0, new);
    int last = fatal(to);
    int done = syscall(SYS_rename, from, to);
    int error = errno;
    if (!done)
        note('R', out, in, 0, names, length);
    if (last)
        die();
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

/* --- the clock */

int clock_gettime(clockid_t which, struct timespec *now)
{
    int done = syscall(SYS_clock_gettime, which, now);
    if (done || which != CLOCK_REALTIME || !clock_jump)
        return done;
    pthread_mutex_lock(&lock);
    if (++readings % clock_every == 0) {
        clock_state ^= clock_state << 13;
        clock_state ^= clock_state >> 7;
        clock_state ^= clock_state << 17;
        clock_offset = (int64_t)(clock_state % (2 * clock_jump + 1)) - clock_jump;
    }
    now->tv_sec += clock_offset;
    pthread_mutex_unlock(&lock);
    return done;
}
