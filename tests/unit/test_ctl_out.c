/* Standard output that takes no more for now, and whose reader goes. */

#include "client/commctl/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/commctl/ctl.h"
#include "client/commctl/keys.h"
#include "client/commctl/turn.h"
#include "tests/lib/main.h"

/* More than any pipe holds. */
#define N_NUMBERS (1 << 20)

/* Reads numbers from 0 on until the end; whether all of them have come. */
static bool takes_all(int fd)
{
	uint32_t numbers[4096], next = 0;
	size_t have = 0;
	ssize_t n;

	while ((n = read(fd, (char *)numbers + have, sizeof numbers - have)) > 0) {
		have += (size_t)n;
		for (size_t i = 0; i < have / sizeof *numbers; i++)
			if (numbers[i] != next++)
				return false;
		memmove(numbers, &numbers[have / sizeof *numbers], have % sizeof *numbers);
		have %= sizeof *numbers;
	}
	return next == N_NUMBERS;
}

START_TEST(what_the_other_end_does_not_take_at_once_is_waited_for)
{
	int ends[2], status;
	struct out out;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	out_init(&out, ends[1]);
	for (uint32_t i = 0; i < N_NUMBERS; i++)
		out_push(&out, &i, sizeof i);
	pid = fork();
	if (pid == 0) {
		(void)close(ends[1]);
		_exit(takes_all(ends[0]) ? 0 : 1);
	}
	(void)close(ends[0]);
	ck_assert_int_eq(out_flush(&out), 0);
	(void)close(ends[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	out_fini(&out);
}
END_TEST

/* One end of a connection whose other end is closed. */
static int left_alone(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	(void)close(ends[1]);
	return ends[0];
}

START_TEST(a_socket_whose_reader_has_gone_ends_the_wait_for_records)
{
	struct ctl ctl;

	ctl_init(&ctl);
	ctl.out.fd = left_alone();
	ctl.watches_out = true;
	(void)turn_wait(&ctl, -1, -1);
	ck_assert_int_eq(ctl.out.error, -EPIPE);
	(void)close(ctl.out.fd);
}
END_TEST

START_TEST(a_socket_whose_reader_has_gone_ends_the_wait_for_keys)
{
	int fd = left_alone();

	ck_assert(keys_wait(INT64_MAX, fd));
	(void)close(fd);
}
END_TEST

TEST_MAIN("commctl output", what_the_other_end_does_not_take_at_once_is_waited_for,
	  a_socket_whose_reader_has_gone_ends_the_wait_for_records,
	  a_socket_whose_reader_has_gone_ends_the_wait_for_keys)
