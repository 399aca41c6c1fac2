/*
 * Models a slower disk (LD_PRELOAD): every fsync and fdatasync takes longer by a fixed time, that of a
 * disk without a protected write cache. Nothing else is changed. For `stile bench ledger`, whose bare
 * file and ledger then both wait for it; never for anything else.
 *
 *   STILE_FLUSH_EXTRA_US   microseconds added to each flush, 0 to 1000000
 *
 * The index is mostly flushed by `sync_file_range`, which is left as it is; no append waits for it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static long extra_us(void)
{
	const char *text = getenv("STILE_FLUSH_EXTRA_US");
	long us = text ? strtol(text, NULL, 10) : 0;

	return us < 0 ? 0 : us > 1000000 ? 1000000 : us;
}

static int flush_slowly(const char *name, int fd)
{
	int (*flush)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
	long us = extra_us();
	struct timespec left = { us / 1000000, us % 1000000 * 1000 };

	if (!flush) {
		errno = ENOSYS;
		return -1;
	}
	while (nanosleep(&left, &left) == -1 && errno == EINTR)
		;
	return flush(fd);
}

int fdatasync(int fd)
{
	return flush_slowly("fdatasync", fd);
}

int fsync(int fd)
{
	return flush_slowly("fsync", fd);
}
