#include "tests/lib/manager.h"

#include <check.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LIMIT_MS 10000

/* The kernel chooses an abstract name that nobody else has. */
void manager_init(struct manager *m)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t len = sizeof a.sun_family;
	char name[sizeof a.sun_path + 1];

	m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(m->fd, 0);
	ck_assert_int_eq(bind(m->fd, (struct sockaddr *)&a, len), 0);
	len = sizeof a;
	ck_assert_int_eq(getsockname(m->fd, (struct sockaddr *)&a, &len), 0);
	snprintf(name, sizeof name, "@%.*s",
		 (int)(len - offsetof(struct sockaddr_un, sun_path) - 1), a.sun_path + 1);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
	m->message[0] = '\0';
}

void manager_fini(struct manager *m)
{
	close(m->fd);
	unsetenv("NOTIFY_SOCKET");
}

bool manager_hears(const struct manager *m, int timeout_ms)
{
	struct pollfd p = { .fd = m->fd, .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1;
}

void manager_read(struct manager *m)
{
	ssize_t n;

	ck_assert_msg(manager_hears(m, LIMIT_MS), "nothing is told; the last was:\n%s", m->message);
	n = recv(m->fd, m->message, sizeof m->message - 1, 0);
	ck_assert_int_ge(n, 0);
	m->message[n] = '\0';
}

static bool is_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	if (len > 3 && !strcmp(line + len - 3, "..."))
		return !strncmp(text, line, len - 3);
	return !strncmp(text, line, len) && (text[len] == '\n' || !text[len]);
}

bool manager_has(const struct manager *m, const char *line)
{
	for (const char *p = m->message; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (is_line(p, line))
			return true;
	}
	return false;
}

void manager_await(struct manager *m, const char *line)
{
	do
		manager_read(m);
	while (!manager_has(m, line));
}
