/*
 * Fuzz target: the daemon with its state, but for Kafka, for which there is a stand-in.
 *
 * The input is what up to four clients do: bytes that are sent, as they are, by the one chosen last, and
 * between them, behind 0xc1, which is in no message and no JSON, a byte that says what else happens: see
 * command(). One daemon serves many inputs, and none leaves anything behind in it: at the end of each,
 * every request that was sent whole has been answered once, and nothing is held for anybody.
 */

#include <string.h>
#include <sys/socket.h>

#include "daemon/session.h"
#include "proto/util.h"
#include "tests/fuzz/dispatch/conn.h"
#include "tests/fuzz/dispatch/host.h"
#include "tests/fuzz/dispatch/stand_in.h"
#include "tests/fuzz/dispatch/world.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/still_clock.h"

#define ESCAPE 0xc1

#define N_CONNS 4

/* Turns in which everything comes to its end. */
#define SETTLE_TURNS 400

/* More than any request may wait. */
#define LONG_MS (2 * COMM_TIMEOUT_MAX_MS)

/* Of one input. */
static struct {
	struct conn conns[N_CONNS];
	struct conn *conn; /* whose the bytes are */
	int64_t n_cut_off; /* connections that the daemon has ended for a reason of its own */
	size_t n_reloads;
	size_t piece; /* bytes that are sent at once; 0: any number */
	uint8_t bytes[4096];
	size_t n_bytes; /* to be sent */
} play;

static struct kafka *kafka(void)
{
	return host.daemon.kafka;
}

/* ---- turns ---- */

static void turn(void)
{
	(void)world_work();
	if (kafka())
		stand_in_turn(kafka());
	(void)uv_run(&host.loop, UV_RUN_NOWAIT);
	for (size_t i = 0; i < N_CONNS; i++)
		conn_read(&play.conns[i]);
}

/* Answers get stuck sooner. */
static void shrink_buffers(void)
{
	const struct session *s;
	uv_os_fd_t fd;
	int size = 1;

	LIST_FOREACH(s, &host.daemon.sessions, entry)
		if (!uv_fileno((const uv_handle_t *)&s->pipe, &fd))
			(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

/* ---- commands ---- */

static void choose(size_t i)
{
	play.conn = &play.conns[i % N_CONNS];
	if (play.conn->fd < 0 && !host.is_stopping)
		conn_open(play.conn, &host.address, host.address_len,
			  host.config.limits_message_max);
}

static void flush(void)
{
	for (size_t i = 0, n; i < play.n_bytes; i += n) {
		n = play.piece ? MIN(play.piece, play.n_bytes - i) : play.n_bytes;
		conn_send(play.conn, play.bytes + i, n);
		turn();
	}
	play.n_bytes = 0;
}

static void change(unsigned int what)
{
	static const size_t pieces[] = { 0, 1, 2, 5, 17, 64 };

	switch (what) {
	case 0:
		kafka()->is_patient = !kafka()->is_patient;
		break;
	case 1:
		kafka()->is_down = !kafka()->is_down;
		break;
	case 2:
		kafka()->is_full = !kafka()->is_full;
		break;
	case 3:
		stand_in_complain(kafka(), 11);
		break;
	case 4:
		stand_in_finish(kafka());
		break;
	case 5:
		stand_in_wake(kafka());
		break;
	case 6:
		host_stop();
		break;
	case 7:
		host_reload(play.n_reloads++ % 2 == 0);
		break;
	case 8:
		shrink_buffers();
		break;
	case 9:
		play.conn->is_deaf = !play.conn->is_deaf;
		break;
	default:
		play.piece = pieces[what - 10];
		break;
	}
}

static void command(uint8_t c)
{
	static const unsigned int times[] = {
		1,    5,    10,   20,    50,    100,   250,    500,
		1000, 2000, 5000, 10000, 30000, 60000, 600000, LONG_MS
	};
	unsigned int n = c & 0x0f;

	switch (c >> 4) {
	case 0:
		choose(n);
		break;
	case 1:
		conn_close(&play.conns[n % N_CONNS]);
		break;
	case 2:
		conn_shut(&play.conns[n % N_CONNS]);
		break;
	case 3:
		while (n--)
			turn();
		break;
	case 4:
		still_clock_pass(times[n]);
		break;
	case 5:
		if (kafka())
			stand_in_end(kafka(), n + 1, 0);
		break;
	case 6:
		if (kafka())
			stand_in_end(kafka(), 1, n);
		break;
	case 7:
		if (kafka())
			kafka()->refuse_as = n;
		break;
	case 8:
		if (kafka())
			stand_in_bring(kafka(), 1 + n * n);
		break;
	case 9:
		if (kafka())
			change(n);
		break;
	case 10:
		world_interrupt(n);
		break;
	default:
		break;
	}
	turn();
}

static void add(uint8_t c)
{
	if (play.n_bytes == sizeof play.bytes)
		flush();
	play.bytes[play.n_bytes++] = c;
}

static void run(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i] != ESCAPE || i + 1 == size) {
			add(data[i]);
		} else if (data[++i] == ESCAPE) {
			add(ESCAPE);
		} else {
			flush();
			command(data[i]);
		}
	}
	flush();
}

/* ---- the end of an input ---- */

/* Connections that the daemon ends although their requests make sense. */
static int64_t count_cut_off(void)
{
	const struct daemon *d = &host.daemon;

	return d->stats.connections_late_total + d->stats.connections_refused_total +
	       d->quotas.n_refused[QUOTA_CONNECTIONS];
}

static bool is_settled(void)
{
	for (size_t i = 0; i < N_CONNS; i++)
		if (play.conns[i].fd >= 0 && !play.conns[i].is_ended)
			return false;
	if (host.is_stopping)
		return !uv_loop_alive(&host.loop);
	return !host.daemon.n_sessions && stand_in_is_idle(kafka());
}

static void settle(void)
{
	int n = 0;

	if (kafka())
		stand_in_calm(kafka());
	for (size_t i = 0; i < N_CONNS; i++) {
		play.conns[i].is_deaf = false;
		conn_shut(&play.conns[i]);
	}
	for (; n < SETTLE_TURNS && (!is_settled() || world_work()); n++) {
		turn();
		/* At first everything has its chance to end by itself. */
		if (n > 20)
			still_clock_pass(n % 10 ? 200 : LONG_MS);
	}
	MUST(n < SETTLE_TURNS);
}

static void check_answered(void)
{
	bool is_exact = !host.is_stopping && count_cut_off() == play.n_cut_off;

	for (size_t i = 0; i < N_CONNS; i++) {
		struct conn *c = &play.conns[i];

		MUST(c->fd < 0 || !is_exact || (!c->n_expected && !c->got.len));
		conn_close(c);
	}
}

static void check_nothing_held(void)
{
	const struct daemon *d = &host.daemon;
	const struct stats *s = &d->stats;

	MUST(!s->connections && !s->connections_paused && !s->requests_in_flight);
	MUST(!s->waiting_bytes && !s->partial_bytes && !s->subscriptions && !s->receives_waiting);
	MUST(!d->parts.ahead && !d->parts.grown_bytes && !d->parts.n_waiting);
	MUST(!s->traces && LIST_EMPTY(&d->traces.all));
	MUST(!d->senders.inflight_bytes && LIST_EMPTY(&d->senders.all));
	MUST(!d->n_dirty && TAILQ_EMPTY(&d->dirty) && TAILQ_EMPTY(&d->served));
	MUST(TAILQ_EMPTY(&d->paused) && LIST_EMPTY(&d->starving) && !d->single);
	for (const struct quota_account *a = d->quotas.accounts; a; a = a->hh.next)
		MUST(!a->n_refs);
}

/* Users who owe nothing any more are forgotten, and deadlines that nobody waits for. */
static void forget(void)
{
	still_clock_pass(LONG_MS);
	turn();
	turn();
	MUST(!host.daemon.deadlines.n && !HASH_COUNT(host.daemon.quotas.accounts));
}

/* The next input finds the daemon as this one did. */
static void restore(void)
{
	host_stop();
	settle();
	host_let_go();
	if (still_clock_is_old())
		still_clock_restart();
	if (play.n_reloads)
		host_forget_files();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!host.is_running)
		host_start();
	play.piece = 0;
	play.n_reloads = 0;
	play.n_cut_off = count_cut_off();
	world_interrupt(0);
	for (size_t i = 0; i < N_CONNS; i++)
		play.conns[i].fd = -1;
	choose(0);
	run(data, size);
	settle();
	check_answered();
	if (!host.is_stopping)
		forget();
	check_nothing_held();
	if (host.is_stopping || play.n_reloads || still_clock_is_old())
		restore();
	return 0;
}
