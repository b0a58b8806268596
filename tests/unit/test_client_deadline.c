/*
 * Calls that wait for one thing after the other: all of it is done within the one time they have.
 */
#include "client/commclient.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/lib/clock.h"
#include "tests/lib/fake.h"
#include "tests/lib/main.h"
#include "tests/unit/client_send.h"

#define TIMEOUT_MS 4000

/* Of time that passes in steps. */
#define LATEST_MS (TIMEOUT_MS + 20)

static const struct comm_options options = { .timeout_ms = TIMEOUT_MS, .window_records = 1 };

/* ---- connecting ---- */

/* Those who wait at the door. */
struct crowd {
	struct fake *f;
	int fds[1000];
	size_t n;
};

static void crowd_gather(struct crowd *crowd)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	strcpy(addr.sun_path, fake_socket(crowd->f));
	while (crowd->n < ARRAY_SIZE(crowd->fds)) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (connect(fd, (struct sockaddr *)&addr, sizeof addr) < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			(void)close(fd);
			return;
		}
		crowd->fds[crowd->n++] = fd;
	}
	ck_abort_msg("the backlog has no end");
}

/* They are let in when a quarter of the time has passed. */
static void let_in(void *arg)
{
	struct crowd *crowd = arg;
	struct peer p;

	if (clock_passed_ms() < TIMEOUT_MS / 4)
		return;
	while (crowd->n) {
		(void)close(crowd->fds[--crowd->n]);
		peer_accept(crowd->f, &p);
		peer_close(&p);
	}
}

START_TEST(hello_has_what_the_crowd_has_left_of_the_time)
{
	struct crowd crowd = { .f = fake_new() };
	struct comm *c;

	crowd_gather(&crowd);
	clock_start(let_in, &crowd);
	ck_assert_int_eq(comm_connect(fake_socket(crowd.f), NULL, &options, &c), COMM_ETIMEOUT);
	ck_assert_uint_eq(crowd.n, 0);
	ck_assert_int_le(clock_passed_ms(), LATEST_MS);
	ck_assert_ptr_nonnull(strstr(comm_error_message(c), "does not answer"));
	clock_stop();
	comm_close(c, 0, NULL);
	fake_free(crowd.f);
}
END_TEST

/* ---- sending ---- */

/* The first record's acknowledgement makes room for the second when most of the time has passed. */
static void acknowledge_late(void *arg)
{
	struct peer *p = arg;

	if (!told.n && clock_passed_ms() >= TIMEOUT_MS * 3 / 4 && peer_has_request(p))
		acknowledge(p, read_send(p, 1, 0), 1, 0);
}

START_TEST(a_record_has_what_the_window_has_left_of_the_time)
{
	struct fake *f = fake_new();
	struct peer p;
	struct comm *c = start(f, &p, &options);
	struct comm_record r = record_of("1");
	struct comm_outcome outcome;

	give(c, "t", 0);
	clock_start(acknowledge_late, &p);
	ck_assert_int_eq(comm_send_record(c, "t", &r, &outcome), COMM_ETIMEOUT);
	ck_assert_int_le(clock_passed_ms(), LATEST_MS);
	ck_assert_int_eq(outcome.maybe_persisted, 1);
	ck_assert_uint_eq(told.n, 1);
	ck_assert_int_eq(told.at[0].error, 0);
	(void)read_send(&p, 1, 1);
	ck_assert_int_le(p.params.send_params.timeout_ms, TIMEOUT_MS / 4);
	clock_stop();
	client_end(c, &p, f);
}
END_TEST

TEST_MAIN("client_deadline", hello_has_what_the_crowd_has_left_of_the_time,
	  a_record_has_what_the_window_has_left_of_the_time)
