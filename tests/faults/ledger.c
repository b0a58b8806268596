#include "tests/faults/ledger.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The file grows by so much: it is written through shared memory, which a SIGKILL cannot take back. */
#define CHUNK_ENTRIES 65536
#define CHUNK_BYTES   (CHUNK_ENTRIES * sizeof(struct ledger_entry))

struct ledger {
	char *path; /* owned */
	int fd;
	struct ledger_entry *chunk; /* mapped */
	size_t n;                   /* entries in it */
	off_t start;                /* of it */
};

_Static_assert(sizeof(struct ledger_entry) == 32, "entries are as the files of others have them");

int64_t ledger_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void map_chunk(struct ledger *l)
{
	if (posix_fallocate(l->fd, l->start, CHUNK_BYTES))
		errx(2, "%s: no room for more entries", l->path);
	l->chunk = mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, l->fd, l->start);
	if (l->chunk == MAP_FAILED)
		err(2, "%s", l->path);
	l->n = 0;
}

struct ledger *ledger_create(const char *path)
{
	struct ledger *l = calloc(1, sizeof *l);

	if (!l || !(l->path = strdup(path)))
		err(2, "%s", path);
	l->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (l->fd < 0)
		err(2, "%s", path);
	map_chunk(l);
	return l;
}

void ledger_add(struct ledger *l, const struct ledger_entry *e)
{
	if (l->n == CHUNK_ENTRIES) {
		munmap(l->chunk, CHUNK_BYTES);
		l->start += CHUNK_BYTES;
		map_chunk(l);
	}
	l->chunk[l->n++] = *e;
}

void ledger_close(struct ledger *l)
{
	off_t size = l->start + (off_t)(l->n * sizeof *l->chunk);

	munmap(l->chunk, CHUNK_BYTES);
	if (ftruncate(l->fd, size) || fsync(l->fd) || close(l->fd))
		err(2, "%s", l->path);
	free(l->path);
	free(l);
}

const struct ledger_entry *ledger_read(const char *path, size_t *ret_n)
{
	const struct ledger_entry *entries;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t n;

	if (fd < 0 || fstat(fd, &st))
		err(2, "%s", path);
	n = (size_t)st.st_size / sizeof *entries;
	entries = n ? mmap(NULL, n * sizeof *entries, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	if (entries == MAP_FAILED)
		err(2, "%s", path);
	close(fd);
	/* Who was killed has not cut off the room behind the last entry. */
	while (n && entries[n - 1].what == LEDGER_NOTHING)
		n--;
	*ret_n = n;
	return entries;
}
