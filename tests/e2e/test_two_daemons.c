/*
 * Two daemons, as on two hosts, share a group of a real Kafka while records are sent: one of them is
 * killed, comes back, is stopped in order, and comes back again.
 *
 * No record is passed over, and what an acknowledgement was answered for comes again in one case only:
 * a daemon that is killed takes with it what it had not committed yet.
 */
#include "tests/lib/main.h"

#include <string.h>

#include "proto/util.h"
#include "tests/e2e/coordinator.h"
#include "tests/e2e/e2e.h"
#include "tests/e2e/readers.h"
#include "tests/lib/daemon.h"

#define N_PARTITIONS 3
#define N_HOSTS      2
#define N_READERS    2 /* on each host */

/* Records sent at once to each partition, and how many it may have that nobody was given. */
#define STEP  20
#define AHEAD 2000

/* How long to wait for a reader's word before others are looked after, and for each thing to happen. */
#define LISTEN_MS 50
#define LIMIT_MS  (2 * E2E_LIMIT_MS)

/*
 * The shortest session that Kafka allows: how long the dead daemon keeps its partitions. The others
 * hear with a heartbeat that the group starts over.
 */
#define PROFILE "bootstrap.servers=@KAFKA@\nsession.timeout.ms=6000\nheartbeat.interval.ms=500\n"

struct host {
	struct daemon_under_test *d; /* NULL: it is away */
	struct e2e_place place;
	int readers[N_READERS];
};

struct cluster {
	struct host hosts[N_HOSTS]; /* the first is the one that things happen to */
	struct readers readers;
	struct comm *c; /* to the last host */
	int n_sent;     /* to each partition */
};

static void start_host(struct host *h)
{
	h->d = dut_start_files(NULL, PROFILE, NULL);
	e2e_place_set(&h->place, h->d);
}

static void send_more(struct cluster *k)
{
	e2e_send_everywhere(k->c, k->readers.topic, N_PARTITIONS, k->n_sent, STEP);
	k->n_sent += STEP;
}

/* Whether one of the host's readers has failed, and holds records that it does not acknowledge. */
static bool has_failed(const struct cluster *k, const struct host *h)
{
	for (int i = 0; i < N_READERS; i++)
		if (k->readers.all[h->readers[i]].has_failed)
			return true;
	return false;
}

static void replace_failed(struct cluster *k, struct host *h)
{
	for (int i = 0; i < N_READERS; i++) {
		if (!k->readers.all[h->readers[i]].has_failed)
			continue;
		readers_kill(&k->readers, h->readers[i]);
		h->readers[i] = readers_start(&k->readers, h->place.socket);
	}
}

/* Let something happen. Who has failed is replaced, but on @spared, which may be NULL. */
static void go_on(struct cluster *k, int64_t until_ms, const struct host *spared)
{
	ck_assert_msg(e2e_now_ms() < until_ms, "it does not go on");
	if (readers_have(&k->readers, k->n_sent - AHEAD))
		send_more(k);
	(void)readers_listen(&k->readers, LISTEN_MS, NULL);
	for (int i = 0; i < N_HOSTS; i++)
		if (k->hosts[i].d && &k->hosts[i] != spared)
			replace_failed(k, &k->hosts[i]);
}

/* Whether one of the host's readers was given anything from @offset on. */
static bool is_fed(const struct cluster *k, const struct host *h, int64_t offset)
{
	for (int i = 0; i < N_READERS; i++)
		for (int p = 0; p < N_PARTITIONS; p++)
			if (k->readers.all[h->readers[i]].next[p] > offset)
				return true;
	return false;
}

/* Both hosts have partitions: their readers are given what is sent from here on. */
static void await_both(struct cluster *k)
{
	int64_t until_ms = e2e_now_ms() + LIMIT_MS;
	int mark = k->n_sent;

	send_more(k);
	while (!is_fed(k, &k->hosts[0], mark) || !is_fed(k, &k->hosts[1], mark))
		go_on(k, until_ms, NULL);
}

/* Every partition has a reader. */
static void await_all(struct cluster *k)
{
	int64_t until_ms = e2e_now_ms() + LIMIT_MS;
	int mark = k->n_sent;

	send_more(k);
	while (!readers_have(&k->readers, mark + 1))
		go_on(k, until_ms, NULL);
}

/* A reader of the host holds what it does not acknowledge, for others to get. */
static void await_failed(struct cluster *k, const struct host *h)
{
	int64_t until_ms = e2e_now_ms() + LIMIT_MS;

	while (!has_failed(k, h))
		go_on(k, until_ms, h);
}

/* What is acknowledged now is committed before long. */
static void await_commit(struct cluster *k, const struct host *h, struct coordinator_view *view)
{
	int64_t acked[N_PARTITIONS], until_ms = e2e_now_ms() + LIMIT_MS;
	bool is_done;

	memcpy(acked, k->readers.acked, sizeof acked);
	do {
		go_on(k, until_ms, h);
		coordinator_look(k->c, k->readers.topic, view);
		is_done = true;
		for (int p = 0; p < N_PARTITIONS; p++)
			is_done = is_done && view->committed[p] >= acked[p];
	} while (!is_done);
}

static void kill_host(struct cluster *k, struct host *h)
{
	struct coordinator_view view;

	await_failed(k, h);
	await_commit(k, h, &view);
	dut_kill(h->d);
	h->d = NULL;
	readers_forget(&k->readers, h->place.socket, view.committed);
}

static void stop_host(struct cluster *k, struct host *h)
{
	await_failed(k, h);
	dut_stop(h->d);
	h->d = NULL;
}

START_TEST(two_daemons_lose_nothing_when_one_is_killed_or_stopped)
{
	_cleanup_free_ char *topic = e2e_topic("hosts");
	struct cluster k = { 0 };
	struct host *h = &k.hosts[0];

	for (int i = 0; i < N_HOSTS; i++) {
		e2e_place_init(&k.hosts[i].place);
		start_host(&k.hosts[i]);
	}
	k.c = e2e_connect(k.hosts[N_HOSTS - 1].d);
	e2e_create(k.c, topic, N_PARTITIONS);
	readers_init(&k.readers, topic, N_PARTITIONS, COMM_ACK_MANUAL);
	k.readers.may_repeat = true;
	k.readers.may_fail = true;
	k.readers.seed = e2e_seed();
	for (int i = 0; i < N_HOSTS * N_READERS; i++)
		k.hosts[i / N_READERS].readers[i % N_READERS] =
			readers_start(&k.readers, k.hosts[i / N_READERS].place.socket);
	await_both(&k);

	kill_host(&k, h);
	await_all(&k);
	start_host(h);
	await_both(&k);

	stop_host(&k, h);
	await_all(&k);
	start_host(h);
	await_both(&k);

	readers_end(&k.readers, k.c, k.n_sent);
	e2e_delete(k.c, topic);
	e2e_close(k.c);
	for (int i = 0; i < N_HOSTS; i++) {
		e2e_place_fini(&k.hosts[i].place);
		dut_stop(k.hosts[i].d);
	}
}
END_TEST

TEST_MAIN("two daemons", two_daemons_lose_nothing_when_one_is_killed_or_stopped)
