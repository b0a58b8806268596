#include "client/commctl/slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/util.h"

#define CAPACITY_FIRST (64 * 1024)

static int read_all(int fd, size_t max, slurp_wait_fn wait, void *arg, char **ret, size_t *ret_len)
{
	size_t capacity = CAPACITY_FIRST, len = 0;
	_cleanup_free_ char *data = malloc(capacity);

	while (data && len <= max) {
		ssize_t n;

		if (!wait(arg, fd))
			return -ECANCELED;
		n = read(fd, data + len, capacity - len);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (!n) {
			*ret = data;
			*ret_len = len;
			data = NULL;
			return 0;
		}
		len += n > 0 ? (size_t)n : 0;
		if (len == capacity) {
			char *more = realloc(data, capacity * 2);

			if (!more)
				return -ENOMEM;
			data = more;
			capacity *= 2;
		}
	}
	return data ? -EFBIG : -ENOMEM;
}

int slurp(const char *path, size_t max, slurp_wait_fn wait, void *arg, char **ret, size_t *ret_len)
{
	/* Not even to be opened does a FIFO without a writer keep us from all the rest. */
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : STDIN_FILENO;
	int r;

	if (fd < 0)
		return -errno;
	r = read_all(fd, max, wait, arg, ret, ret_len);
	if (fd != STDIN_FILENO)
		(void)close(fd);
	return r;
}
