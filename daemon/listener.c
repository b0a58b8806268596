#include "daemon/listener.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "daemon/log.h"
#include "daemon/session.h"
#include "proto/util.h"

/*
 * Connections that are taken in one turn of the loop. libuv takes them for as long as there are any, and those who
 * connect and leave without end would keep everybody else waiting.
 */
#define ACCEPTS_PER_TURN 64

struct listener {
	struct daemon *daemon;   /* borrowed */
	unsigned int n_accepted; /* in this turn */
	bool is_waiting;         /* one more is there, for the next */
	uv_pipe_t pipe;
	const char *path; /* borrowed from the configuration; NULL: not bound here */
	dev_t dev;        /* of the socket's file, so that only our own is removed */
	ino_t ino;
	uv_pipe_t unwanted; /* a connection that there was no memory for */
	bool is_closing;    /* that one */
	bool has_next;      /* another has come meanwhile */
	unsigned int n_handles;
};

static void unref(struct listener *l)
{
	if (!--l->n_handles)
		free(l);
}

static void on_connection(uv_stream_t *server, int status);

static void on_unwanted_closed(uv_handle_t *h)
{
	struct listener *l = container_of((uv_pipe_t *)h, struct listener, unwanted);

	l->is_closing = false;
	if (l->has_next && !uv_is_closing((uv_handle_t *)&l->pipe))
		on_connection((uv_stream_t *)&l->pipe, 0);
	unref(l);
}

/*
 * A connection that is not taken from libuv waits for ever, and so do all behind it: libuv looks for no other until
 * then. Returns whether it is closed now, not once the one before it is.
 */
static bool close_unwanted(struct listener *l)
{
	l->has_next = l->is_closing;
	if (l->is_closing)
		return false;
	uv_pipe_init(l->daemon->loop, &l->unwanted, 0);
	l->is_closing = true;
	l->n_handles++;
	(void)uv_accept((uv_stream_t *)&l->pipe, (uv_stream_t *)&l->unwanted);
	uv_close((uv_handle_t *)&l->unwanted, on_unwanted_closed);
	return true;
}

static void on_connection(uv_stream_t *server, int status)
{
	struct listener *l = container_of((uv_pipe_t *)server, struct listener, pipe);
	struct daemon *d = l->daemon;
	int r;

	/* One that is not taken has libuv look for no other. */
	l->is_waiting = !status && l->n_accepted++ >= ACCEPTS_PER_TURN;
	if (l->is_waiting)
		return;
	r = status ? status : session_accept(d, server);
	l->has_next = false;
	if (!r || (r == -ENOMEM && !close_unwanted(l)))
		return;
	/* Its user has been told why, and so has the log. */
	if (r == -EDQUOT) {
		d->stats.connections_refused_total++;
		return;
	}
	/* Said at the first one and then at every thousandth: a storm must not fill the journal. */
	if (d->stats.connections_refused_total++ % 1000 == 0)
		log_event(LOG_WARNING, LOG_EVENT_CONNECTION_REFUSED, NULL,
			  "a connection was refused: %s; %lld are open, %u are allowed",
			  uv_strerror(r), (long long)d->stats.connections, d->max_connections);
}

void listener_begin_turn(struct listener *l)
{
	l->n_accepted = 0;
	if (l->is_waiting)
		on_connection((uv_stream_t *)&l->pipe, 0);
}

/* A leading @ is an abstract name, which has no file. */
static socklen_t fill_address(const char *path, struct sockaddr_un *ret)
{
	size_t len = strlen(path);

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret->sun_path, path, MIN(len, sizeof ret->sun_path - 1));
	if (*path == '@')
		ret->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (*path != '@'));
}

/*
 * What connecting to @a says of the socket there: 0 or EAGAIN, for a full backlog, that somebody listens;
 * ECONNREFUSED that nobody does; everything else nothing of that, such as EACCES, or EPROTOTYPE of one for
 * datagrams.
 */
static int try_connect(const struct sockaddr_un *a, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return errno;
	error = connect(fd, (const struct sockaddr *)a, len) < 0 ? errno : 0;
	close(fd);
	return error;
}

/* Only what surely nobody listens on is taken away. */
static int remove_socket(const char *path, const struct sockaddr_un *a, socklen_t len)
{
	int error = try_connect(a, len);

	if (!error || error == EAGAIN) {
		log_msg(LOG_ERR, "%s: another commd listens there already", path);
		return -EADDRINUSE;
	}
	if (error == ENOENT)
		return 0;
	if (error != ECONNREFUSED) {
		log_msg(LOG_ERR,
			"%s is a socket that may be in use, for connecting to it says: %s; remove "
			"it or choose another path",
			path, strerror(error));
		return -error;
	}
	if (unlink(path) < 0 && errno != ENOENT) {
		error = errno;
		log_msg(LOG_ERR,
			"%s was left behind by a daemon that is gone, and cannot be removed: %s; "
			"remove it or choose another path",
			path, strerror(error));
		return -error;
	}
	log_msg(LOG_NOTICE, "%s was left behind by a daemon that is gone; replacing it", path);
	return 0;
}

static int remove_stale(const char *path, const struct sockaddr_un *a, socklen_t len)
{
	struct stat st;

	if (*path == '@' || lstat(path, &st) < 0)
		return 0;
	if (S_ISSOCK(st.st_mode))
		return remove_socket(path, a, len);
	log_msg(LOG_ERR, "%s exists and is not a socket; remove it or choose another path", path);
	return -EEXIST;
}

static int set_group(const char *path, const char *name)
{
	const struct group *g;

	if (!*name || *path == '@')
		return 0;
	errno = 0;
	g = getgrnam(name);
	if (!g) {
		log_msg(LOG_ERR, "[socket] group: there is no group \"%s\"", name);
		return -ENOENT;
	}
	if (chown(path, (uid_t)-1, g->gr_gid) < 0) {
		int r = -errno;

		log_msg(LOG_ERR, "%s: cannot give the socket to group %s: %s", path, name,
			strerror(-r));
		return r;
	}
	return 0;
}

/* The file gets its permissions before anybody can connect: listen() comes last. */
static int bind_path(const struct config *c, int fd, const struct sockaddr_un *a, socklen_t len)
{
	mode_t mask = umask(0777 & ~c->socket_mode);
	int r = bind(fd, (const struct sockaddr *)a, len) < 0 ? -errno : 0;

	umask(mask);
	if (r < 0) {
		log_msg(LOG_ERR, "cannot listen on %s: %s%s", c->socket_path, strerror(-r),
			r == -ENOENT ? "; its directory does not exist" : "");
		return r;
	}
	r = set_group(c->socket_path, c->socket_group);
	if (r < 0)
		(void)unlink(c->socket_path);
	return r;
}

static int open_socket(struct daemon *d)
{
	const struct config *c = d->config;
	struct sockaddr_un a;
	socklen_t len = fill_address(c->socket_path, &a);
	int fd, r;

	r = remove_stale(c->socket_path, &a, len);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		r = -errno;
		log_msg(LOG_ERR,
			"cannot listen on %s, for no socket can be made: %s; see how many "
			"descriptors commd may open (LimitNOFILE, ulimit -n)",
			c->socket_path, strerror(-r));
		return r;
	}
	r = bind_path(c, fd, &a, len);
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

static void on_closed(uv_handle_t *h)
{
	unref(container_of((uv_pipe_t *)h, struct listener, pipe));
}

int listener_adopt(struct daemon *d, int fd, struct listener **ret)
{
	struct listener *l = calloc(1, sizeof *l);
	int r;

	if (!l) {
		log_msg(LOG_ERR, "cannot listen: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	l->daemon = d;
	l->n_handles = 1;
	uv_pipe_init(d->loop, &l->pipe, 0);
	r = uv_pipe_open(&l->pipe, fd);
	if (!r)
		r = uv_listen((uv_stream_t *)&l->pipe, (int)d->config->socket_backlog,
			      on_connection);
	if (r) {
		log_msg(LOG_ERR, "cannot listen on descriptor %d: %s", fd, uv_strerror(r));
		uv_close((uv_handle_t *)&l->pipe, on_closed);
		return r;
	}
	*ret = l;
	return 0;
}

int listener_start(struct daemon *d, struct listener **ret)
{
	const char *path = d->config->socket_path;
	struct stat st;
	int fd = open_socket(d);
	int r;

	if (fd < 0)
		return fd;
	r = listener_adopt(d, fd, ret);
	if (r && *path != '@')
		(void)unlink(path);
	if (!r && *path != '@' && stat(path, &st) == 0) {
		(*ret)->path = path;
		(*ret)->dev = st.st_dev;
		(*ret)->ino = st.st_ino;
	}
	return r;
}

struct listener *listener_close(struct listener *l)
{
	struct stat st;

	if (!l)
		return NULL;
	if (l->path && stat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
		(void)unlink(l->path);
	uv_close((uv_handle_t *)&l->pipe, on_closed);
	return NULL;
}
