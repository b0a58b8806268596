#include "daemon/peer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/main.h"

static int connected(int *ret_other)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	*ret_other = fds[1];
	return fds[0];
}

START_TEST(test_a_peer_is_who_has_connected)
{
	struct peer p;
	int other, fd = connected(&other);

	peer_init(&p, fd);
	ck_assert_str_eq(p.problem, "");
	ck_assert_int_eq(p.pid, getpid());
	ck_assert_uint_eq(p.uid, geteuid());
	ck_assert_uint_eq(p.gid, getegid());
	ck_assert_uint_eq(p.n_groups, (size_t)getgroups(0, NULL));
	peer_fini(&p);
	close(fd);
	close(other);
}
END_TEST

/* What the kernel does not tell is nobody, and not the number that the memory happened to hold. */
START_TEST(test_what_cannot_be_read_is_nobody)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct peer p;

	ck_assert_int_ge(fd, 0);
	peer_init(&p, fd);
	ck_assert_str_eq(p.problem, "SO_PEERCRED: Socket operation on non-socket");
	ck_assert_uint_eq(p.uid, (uid_t)-1);
	ck_assert_uint_eq(p.gid, (gid_t)-1);
	ck_assert_uint_eq(p.n_groups, 0);
	peer_fini(&p);
	close(fd);
}
END_TEST

/* A TCP socket has no user at its other end. */
START_TEST(test_a_socket_without_a_user_is_nobody)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct peer p;

	ck_assert_int_ge(fd, 0);
	peer_init(&p, fd);
	ck_assert_str_ne(p.problem, "");
	peer_fini(&p);
	close(fd);
}
END_TEST

TEST_MAIN("peer", test_a_peer_is_who_has_connected, test_what_cannot_be_read_is_nobody,
	  test_a_socket_without_a_user_is_nobody)
