/*
 * Many who write a large message at the same time, more of which are on their way than there is room for:
 * each is served, and none is refused.
 */
#include "tests/lib/main.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/limits.h"
#include "tests/lib/daemon.h"
#include "tests/lib/wire.h"
#include "tests/wire/quota.h"

#define N_MAX 96

/* What each writes at once, so that all messages grow in step. */
#define PIECE ((size_t)(32 * 1024))

/* What all may have on their way: four messages of the largest size. */
#define ALL_BYTES ((size_t)4 * COMM_MESSAGE_MAX)

static const char *const dev[] = { "--dev", NULL };

/* Clients with the same send, each as far as it has come with it. */
struct crowd {
	size_t n;
	int fds[N_MAX];
	size_t written[N_MAX];
	struct comm_buf message;
};

static void crowd_init(struct crowd *c, size_t value_len)
{
	static const char bytes[1024 * 1024];
	struct comm_wire_record record = { .value = { bytes, value_len },
					   .partition = 0,
					   .timestamp_ms = COMM_NONE };
	const struct comm_send_params params = { .topic = comm_bytes_of("t"),
						 .records = { &record, 1 },
						 .timeout_ms = 60000,
						 .written_ms = COMM_NONE };

	ck_assert_uint_le(value_len, sizeof bytes);
	*c = (struct crowd){ 0 };
	comm_buf_init(&c->message);
	add_request(&c->message, 1, COMM_METHOD_SEND, &params);
}

static void crowd_add(struct crowd *c, const struct daemon_under_test *d, uid_t uid, size_t n)
{
	ck_assert_uint_le(c->n + n, N_MAX);
	for (; n; n--)
		c->fds[c->n++] = wire_connect_as(d, uid);
}

/* Returns how many bytes the socket has taken; a refusal would close it. */
static size_t write_piece(struct crowd *c, size_t i, size_t len)
{
	size_t left = len - c->written[i];
	ssize_t n = send(c->fds[i], comm_buf_bytes(&c->message) + c->written[i], MIN(left, PIECE),
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	ck_assert_msg(n >= 0 || errno == EAGAIN, "client %zu of %zu: %s", i, c->n, strerror(errno));
	c->written[i] += n > 0 ? (size_t)n : 0;
	return n > 0 ? (size_t)n : 0;
}

/* Wait until one of those that are not ready can go on. */
static void await_room(const struct crowd *c, size_t len)
{
	struct pollfd fds[N_MAX];

	for (size_t i = 0; i < c->n; i++)
		fds[i] = (struct pollfd){
			.fd = c->written[i] < len ? c->fds[i] : -1,
			.events = POLLOUT,
		};
	ck_assert_msg(poll(fds, c->n, 60000) > 0, "nobody goes on");
}

/* Each writes the first @len bytes of its message. */
static void crowd_write(struct crowd *c, size_t len)
{
	size_t n_ready;

	do {
		size_t n = 0;

		n_ready = 0;
		for (size_t i = 0; i < c->n; i++) {
			n += write_piece(c, i, len);
			n_ready += c->written[i] == len;
		}
		if (!n && n_ready < c->n)
			await_room(c, len);
	} while (n_ready < c->n);
}

/* The rest of each message, and its answer. */
static void crowd_fini(struct crowd *c)
{
	crowd_write(c, c->message.len);
	for (size_t i = 0; i < c->n; i++) {
		wire_expect_ok(c->fds[i], 1);
		close(c->fds[i]);
	}
	comm_buf_fini(&c->message);
}

START_TEST(large_messages_of_one_user_are_served_one_after_the_other)
{
	struct daemon_under_test *d;
	struct crowd c;
	int other;

	d = dut_start_files(EVERYBODY "[quota]\nheld-bytes = 4M\n", NOWHERE, dev);
	other = wire_connect_as(d, MODEST);
	wire_create_topic(other, "t", 1);
	crowd_init(&c, 700 * 1024);
	crowd_add(&c, d, GREEDY, 8);
	crowd_fini(&c);
	ck_assert_int_ge(wire_counter(other, "quota_held_bytes_delayed_total"), 1);
	ck_assert_int_eq(wire_counter(other, "quota_held_bytes_refused_total"), 0);
	wire_await_counter(other, "quota_users", 1);
	close(other);
	dut_stop(d);
}
END_TEST

START_TEST(large_messages_of_all_users_are_served_one_after_the_other)
{
	struct daemon_under_test *d;
	struct crowd c;
	int other;

	d = dut_start_files(EVERYBODY, NOWHERE, dev);
	other = wire_connect_as(d, MODEST + 1);
	wire_create_topic(other, "t", 1);
	crowd_init(&c, 900 * 1000);
	crowd_add(&c, d, GREEDY, N_MAX / 2);
	crowd_add(&c, d, MODEST, N_MAX / 2);
	/*
	 * Less than its quota of each, and together just more than may be: what is not read finds room in
	 * the sockets.
	 */
	crowd_write(&c, ALL_BYTES / N_MAX + 1024);
	while (!wire_counter(other, "partial_delayed_total"))
		;
	crowd_fini(&c);
	ck_assert_int_eq(wire_counter(other, "partial_refused_total"), 0);
	wire_await_counter(other, "partial_bytes", 0);
	close(other);
	dut_stop(d);
}
END_TEST

/*
 * It is the one that goes on whatever there is, and does not; the others wait no longer for it than they
 * may.
 */
START_TEST(one_that_stops_midway_ends_in_its_time_and_the_others_are_served)
{
	struct daemon_under_test *d;
	struct crowd c;
	int other, stopped;

	d = dut_start_files(EVERYBODY "[limits]\nidle-message-timeout-ms = 6000\n"
				      "[quota]\nheld-bytes = 256K\nwait-ms = 4000\n",
			    NOWHERE, dev);
	other = wire_connect_as(d, MODEST);
	wire_create_topic(other, "t", 1);
	crowd_init(&c, 700 * 1024);
	stopped = wire_connect_as(d, GREEDY);
	wire_write(stopped, comm_buf_bytes(&c.message), 600 * 1024);
	while (wire_counter(other, "partial_bytes") < 600 * 1024)
		;
	crowd_add(&c, d, GREEDY, 7);
	crowd_fini(&c);
	wire_expect_error(stopped, 1, COMM_EPROTOCOL, "did not become whole in 6000 ms");
	wire_expect_closed(stopped);
	ck_assert_int_ge(wire_counter(other, "quota_held_bytes_delayed_total"), 1);
	ck_assert_int_eq(wire_counter(other, "quota_held_bytes_refused_total"), 0);
	close(stopped);
	wire_await_counter(other, "partial_bytes", 0);
	close(other);
	dut_stop(d);
}
END_TEST

TEST_MAIN_AS_ROOT("wire parts", large_messages_of_one_user_are_served_one_after_the_other,
		  large_messages_of_all_users_are_served_one_after_the_other,
		  one_that_stops_midway_ends_in_its_time_and_the_others_are_served)
