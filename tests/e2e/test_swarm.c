/*
 * commd is stopped, started and killed while 200 clients send and receive through it, on a socket that
 * outlives it, as that of a service does: connections wait there for the next one.
 */
#include "tests/lib/main.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/util.h"
#include "tests/e2e/e2e.h"
#include "tests/lib/daemon.h"

#define N_SENDERS    160
#define N_MEMBERS    32 /* of two groups */
#define N_GROUPS     2
#define N_TAILS      8
#define N_CLIENTS    (N_SENDERS + N_MEMBERS + N_TAILS)
#define N_EACH       100 /* records of one sender */
#define N_RECORDS    (N_SENDERS * N_EACH)
#define N_PARTITIONS 4
#define BACKLOG      1024

/* Records that a sender has in flight: the daemon has all of the senders' when it goes. */
#define WINDOW 4

/* The shortest session that Kafka allows: how long a daemon that was killed stays a member. */
#define PROFILE "bootstrap.servers=@KAFKA@\nsession.timeout.ms=6000\n"

enum { LIMIT_MS = 4 * E2E_LIMIT_MS };

struct fate {
	bool is_persisted;
	bool maybe_persisted;
	bool is_told;
};

struct client {
	struct comm *c;
	struct comm_subscription *s; /* NULL: a sender, or not subscribed yet */
	const char *group;           /* NULL: a sender or a tail */
	int number;                  /* of a sender */
	int n_given;
	int next[N_PARTITIONS]; /* of a tail: offsets */
	char *seen;             /* of a tail its own, of a member its group's; by record */
};

static struct swarm {
	struct daemon_under_test *d;
	struct e2e_place place;
	int listen_fd;
	bool resends;
	char *topic; /* owned */
	char *groups[N_GROUPS];
	char seen[N_GROUPS + N_TAILS][N_RECORDS];
	struct fate fates[N_RECORDS];
	struct client clients[N_CLIENTS];
	int n_told;
	int n_persisted;
	bool is_over; /* handles are being closed, which ends what waits */
} swarm;

static void listen_at_place(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	e2e_place_init(&swarm.place);
	memcpy(a.sun_path, swarm.place.socket, strlen(swarm.place.socket) + 1);
	swarm.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(swarm.listen_fd, 0);
	ck_assert_int_eq(bind(swarm.listen_fd, (struct sockaddr *)&a, sizeof a), 0);
	ck_assert_int_eq(listen(swarm.listen_fd, BACKLOG), 0);
}

/* ---- sending ---- */

static void on_told(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct fate *fate = arg;

	(void)c;
	e2e_check(!fate->is_told, "record %td has ended twice", fate - swarm.fates);
	e2e_check(outcome->error == 0 ||
			  (!swarm.resends && outcome->error == COMM_EUNKNOWN_OUTCOME),
		  "record %td: %s: %s", fate - swarm.fates, comm_error_name(outcome->error),
		  outcome->message);
	fate->is_told = true;
	fate->is_persisted = outcome->error == 0;
	fate->maybe_persisted = outcome->maybe_persisted;
	swarm.n_told++;
	swarm.n_persisted += fate->is_persisted;
}

static void send_some(struct client *client)
{
	struct comm_record record = COMM_RECORD_INIT;
	char value[16];

	record.value = value;
	record.partition = client->number % N_PARTITIONS;
	while (client->n_given < N_EACH && comm_n_open(client->c) < WINDOW) {
		int i = client->number * N_EACH + client->n_given;

		record.value_len = (size_t)snprintf(value, sizeof value, "%d", i);
		assert_ok(client->c, comm_send_async(client->c, swarm.topic, &record, on_told,
						     &swarm.fates[i]));
		client->n_given++;
	}
}

/* ---- receiving ---- */

static void on_received(struct comm_subscription *s, int error, const struct comm_record *records,
			size_t n, void *arg);

static void receive_on(struct client *client)
{
	assert_ok(client->c, comm_receive_async(client->s, 0, E2E_LIMIT_MS, on_received, client));
}

static void on_received(struct comm_subscription *s, int error, const struct comm_record *records,
			size_t n, void *arg)
{
	struct client *client = arg;

	(void)s;
	if (swarm.is_over)
		return;
	e2e_check(error == 0, "a reader is told: %s: %s", comm_error_name(error),
		  comm_error_message(client->c));
	for (size_t i = 0; i < n; i++) {
		const struct comm_record *r = &records[i];

		client->seen[e2e_number(r)] = 1;
		if (client->group)
			continue;
		e2e_check(r->offset == client->next[r->partition],
			  "a tail goes on at offset %lld of partition %d, not %d",
			  (long long)r->offset, (int)r->partition, client->next[r->partition]);
		client->next[r->partition]++;
	}
	receive_on(client);
}

static void on_subscribed(struct comm *c, int error, struct comm_subscription *s, void *arg)
{
	struct client *client = arg;

	e2e_check(error == 0, "%s: %s", comm_error_name(error), comm_error_message(c));
	client->s = s;
	receive_on(client);
}

/* ---- all of them ---- */

static void start_clients(void)
{
	const struct comm_subscribe_options earliest = { .start = COMM_START_EARLIEST };
	const struct comm_options options = { .timeout_ms = LIMIT_MS, .resend = swarm.resends };
	const char *topic = swarm.topic;

	for (int i = 0; i < N_CLIENTS; i++) {
		struct client *client = &swarm.clients[i];
		int reader = i - N_SENDERS;

		client->c = e2e_connect_path(swarm.place.socket, &options);
		client->number = i;
		if (i < N_SENDERS)
			continue;
		if (reader < N_MEMBERS)
			client->group = swarm.groups[reader % N_GROUPS];
		client->seen = swarm.seen[reader < N_MEMBERS ? reader % N_GROUPS
							     : N_GROUPS + reader - N_MEMBERS];
		assert_ok(client->c, comm_subscribe_async(client->c, client->group, &topic, 1,
							  &earliest, on_subscribed, client));
	}
}

static void swarm_start(const char *name, bool resends)
{
	struct comm *c;

	listen_at_place();
	swarm.resends = resends;
	swarm.topic = e2e_topic(name);
	for (int i = 0; i < N_GROUPS; i++)
		ck_assert_int_gt(asprintf(&swarm.groups[i], "%s-%d", swarm.topic, i), 0);
	swarm.d = dut_start_passed(swarm.listen_fd, PROFILE);
	c = e2e_connect_path(swarm.place.socket, NULL);
	e2e_create(c, swarm.topic, N_PARTITIONS);
	e2e_close(c);
	start_clients();
}

static void swarm_end(void)
{
	struct comm *c = e2e_connect_path(swarm.place.socket, NULL);

	swarm.is_over = true;
	for (int i = 0; i < N_CLIENTS; i++)
		(void)comm_close(swarm.clients[i].c, 0, NULL);
	e2e_delete(c, swarm.topic);
	e2e_close(c);
	dut_stop(swarm.d);
	close(swarm.listen_fd);
	e2e_place_fini(&swarm.place);
	for (int i = 0; i < N_GROUPS; i++)
		free(swarm.groups[i]);
	free(swarm.topic);
}

/* One turn of the program's event loop. */
static void turn(void)
{
	struct pollfd fds[N_CLIENTS];
	int timeout_ms = 100;

	for (int i = 0; i < N_CLIENTS; i++) {
		struct client *client = &swarm.clients[i];
		int due_ms;

		if (i < N_SENDERS)
			send_some(client);
		due_ms = comm_timeout(client->c);
		if (due_ms >= 0)
			timeout_ms = MIN(timeout_ms, due_ms);
		fds[i] = (struct pollfd){ comm_fd(client->c), comm_events(client->c), 0 };
	}
	ck_assert_int_ge(poll(fds, N_CLIENTS, timeout_ms), 0);
	for (int i = 0; i < N_CLIENTS; i++)
		(void)comm_process(swarm.clients[i].c);
}

static void run_until_told(int n)
{
	for (int64_t end_ms = e2e_now_ms() + LIMIT_MS; swarm.n_told < n; turn())
		ck_assert_msg(e2e_now_ms() < end_ms, "%d of %d records have ended", swarm.n_told,
			      n);
}

/* Those that the daemon must answer before it ends go on meanwhile. */
static void restart(void)
{
	int64_t end_ms = e2e_now_ms() + LIMIT_MS;

	dut_tell(swarm.d);
	while (!dut_has_ended(swarm.d)) {
		turn();
		ck_assert_msg(e2e_now_ms() < end_ms, "commd does not end");
	}
	dut_stop(swarm.d);
	swarm.d = dut_start_passed(swarm.listen_fd, PROFILE);
}

static void crash(void)
{
	dut_kill(swarm.d);
	swarm.d = dut_start_passed(swarm.listen_fd, PROFILE);
}

/* Whether every tail has all that is in the topic, and every group all that was acknowledged. */
static bool have_all(int n_there)
{
	int n;

	for (int i = 0; i < N_GROUPS; i++)
		for (int k = 0; k < N_RECORDS; k++)
			if (swarm.fates[k].is_persisted && !swarm.seen[i][k])
				return false;
	for (int i = N_CLIENTS - N_TAILS; i < N_CLIENTS; i++) {
		n = 0;
		for (int k = 0; k < N_PARTITIONS; k++)
			n += swarm.clients[i].next[k];
		if (n < n_there)
			return false;
	}
	return true;
}

static int count_in_topic(void)
{
	struct comm *c = e2e_connect_path(swarm.place.socket, NULL);
	struct comm_offsets *offsets;
	int64_t n = 0;

	assert_ok(c, comm_offsets(c, swarm.topic, -1, &offsets));
	for (size_t i = 0; i < offsets->n_partitions; i++)
		n += offsets->partitions[i].high;
	comm_offsets_free(offsets);
	e2e_close(c);
	return (int)n;
}

/* What the first tail has not seen is not in the topic. */
static void check_fates(void)
{
	for (int i = 0; i < N_RECORDS; i++) {
		const struct fate *f = &swarm.fates[i];

		e2e_check(!f->is_persisted || swarm.seen[N_GROUPS][i],
			  "acknowledged record %d is lost", i);
		e2e_check(f->is_persisted || f->maybe_persisted || !swarm.seen[N_GROUPS][i],
			  "record %d was refused and is there", i);
	}
}

static void go_through_restarts(void)
{
	int64_t end_ms;
	int n_there;

	run_until_told(N_RECORDS / 5);
	restart();
	run_until_told(N_RECORDS * 2 / 5);
	crash();
	run_until_told(N_RECORDS * 3 / 5);
	restart();
	run_until_told(N_RECORDS);
	n_there = count_in_topic();
	ck_assert_int_ge(n_there, swarm.n_persisted);
	for (end_ms = e2e_now_ms() + LIMIT_MS; !have_all(n_there); turn())
		ck_assert_msg(e2e_now_ms() < end_ms, "readers do not come to the end");
	check_fates();
}

START_TEST(two_hundred_clients_notice_a_pause)
{
	swarm_start("pause", false);
	go_through_restarts();
	/* What is in flight at the end of a daemon that is asked to stop gets its outcome. */
	ck_assert_int_ge(swarm.n_persisted, N_RECORDS - N_SENDERS * WINDOW);
	swarm_end();
}
END_TEST

START_TEST(with_resending_they_notice_nothing_else)
{
	swarm_start("resend", true);
	go_through_restarts();
	ck_assert_int_eq(swarm.n_persisted, N_RECORDS);
	swarm_end();
}
END_TEST

TEST_MAIN("restart under load", two_hundred_clients_notice_a_pause,
	  with_resending_they_notice_nothing_else)
