#include "daemon/peer.h"

#include <grp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/main.h"

/* More than are expected, in no order; and what the process does later does not matter. */
START_TEST(test_all_its_groups_are_known)
{
	gid_t groups[500];
	struct peer p;
	int fds[2];

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		groups[i] = (gid_t)(50000 - i);
	ck_assert_int_eq(setgroups(ARRAY_SIZE(groups), groups), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	ck_assert_int_eq(setgroups(0, NULL), 0);
	peer_init(&p, fds[0]);
	ck_assert_str_eq(p.problem, "");
	ck_assert_uint_eq(p.n_groups, ARRAY_SIZE(groups));
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		ck_assert_uint_eq(p.groups[i], 50000 - ARRAY_SIZE(groups) + 1 + i);
	peer_fini(&p);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

TEST_MAIN_AS_ROOT("peer groups", test_all_its_groups_are_known)
