#include "daemon/activation.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include <systemd/sd-daemon.h>

#include "daemon/log.h"
#include "proto/errors.h"
#include "proto/util.h"

/* As it would be configured: a leading @ for an abstract name. NULL when out of memory. */
static char *name_of(int fd)
{
	struct sockaddr_un a = { .sun_family = AF_UNSPEC };
	socklen_t size = sizeof a;
	size_t len;
	char *name;

	if (getsockname(fd, (struct sockaddr *)&a, &size) < 0 ||
	    size <= offsetof(struct sockaddr_un, sun_path))
		return strdup("a socket without a name");
	len = MIN((size_t)size, sizeof a) - offsetof(struct sockaddr_un, sun_path);
	if (a.sun_path[0])
		return strndup(a.sun_path, len);
	name = calloc(1, len + 1);
	if (name) {
		memcpy(name, a.sun_path, len);
		name[0] = '@';
	}
	return name;
}

int activation_take(int *ret_fd, char **ret_path)
{
	const int fd = SD_LISTEN_FDS_START;
	int n = sd_listen_fds(1);

	*ret_fd = -1;
	if (n == 0)
		return 0;
	if (n < 0) {
		log_msg(LOG_ERR, "LISTEN_FDS: %s", strerror(-n));
		return COMM_EINVALID;
	}
	if (n > 1) {
		log_msg(LOG_ERR, "%d sockets were passed; one is expected", n);
		return COMM_EINVALID;
	}
	/* Of peers on another kind of socket it is not known who they are. */
	if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) <= 0) {
		log_msg(LOG_ERR, "the descriptor that was passed is not a listening Unix stream "
				 "socket");
		return COMM_EINVALID;
	}
	*ret_path = name_of(fd);
	if (!*ret_path)
		return -ENOMEM;
	*ret_fd = fd;
	return 0;
}
