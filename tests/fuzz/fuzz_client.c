/*
 * Fuzz target: libcommclient, and what a daemon may say to it.
 *
 * The input is what the daemon writes, as it is, and between that, behind 0xc1, a byte that says what else
 * happens: what the program asks for, what is answered as it should be, time, lost connections: see
 * command(). While the library waits inside of a call, only what is the daemon's goes on. Everything that was
 * asked for is called back once, and nothing is left.
 */

#include <poll.h>
#include <string.h>

#include "client/commclient.h"
#include "proto/util.h"
#include "tests/fuzz/client/asks.h"
#include "tests/fuzz/client/server.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/still_clock.h"

#define ESCAPE 0xc1

/* More than anything may take. */
#define LONG_MS 100000

static struct {
	const uint8_t *data;
	size_t size;
	uint8_t bytes[4096]; /* to be written */
	size_t n_bytes;
	int n_idle; /* polls in which nothing happened */
} play;

/* ---- the daemon's part ---- */

static void flush(void)
{
	server_write(play.bytes, play.n_bytes);
	play.n_bytes = 0;
}

/* What the program does is left where it is; returns false for that. */
static bool do_for_daemon(uint8_t c)
{
	unsigned int n = c & 0x0f;

	switch (c >> 4) {
	case 3:
		server_answer(0, n);
		return true;
	case 4:
		server_answer(n, n + 1);
		return true;
	case 5:
		server_refuse(0, (int)n);
		return true;
	case 6:
		server_refuse(0, (int)(n + 16));
		return true;
	case 7:
		server_begin_answer(n / 2, n % 2);
		return true;
	case 8:
		server_turn();
		if (n == 1)
			server_hang_up();
		else if (n == 2)
			server_stop();
		else if (n == 3)
			server_listen();
		else if (n >= 4 && n <= 5)
			server_set_greets(n == 5);
		return true;
	default:
		return false;
	}
}

/* Go on with the input as far as the daemon can. Returns whether there was anything. */
static bool go_on(void)
{
	size_t size = play.size;

	while (play.size) {
		bool is_command = *play.data == ESCAPE && play.size > 1 && play.data[1] != ESCAPE;
		size_t n = *play.data == ESCAPE && play.size > 1 ? 2 : 1;

		if (is_command)
			flush();
		if (is_command && !do_for_daemon(play.data[1]))
			break;
		if (!is_command && play.n_bytes == sizeof play.bytes)
			flush();
		if (!is_command)
			play.bytes[play.n_bytes++] = *play.data;
		play.data += n;
		play.size -= n;
	}
	flush();
	return play.size < size;
}

int __real_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms);

/* Nobody waits: the daemon goes on instead, or time does. */
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	int n_ready;

	server_turn();
	n_ready = __real_poll(fds, n, 0);
	if (n_ready || go_on()) {
		play.n_idle = 0;
		return n_ready;
	}
	still_clock_pass(timeout_ms < 0 ? 1000 : (uint64_t)timeout_ms);
	/* What it waits for without an end never comes. */
	MUST(++play.n_idle < 1000);
	return 0;
}

/* ---- the program's part ---- */

static void command(struct comm *c, uint8_t byte)
{
	static const unsigned int times[] = {
		1,    10,   50,   100,   200,   500,   1000,  2000,
		3000, 5000, 9000, 10000, 20000, 30000, 60000, LONG_MS
	};
	unsigned int n = byte & 0x0f;

	switch (byte >> 4) {
	case 0:
	case 1:
		asks_start(c, byte);
		break;
	case 2:
		still_clock_pass(times[n]);
		break;
	case 9:
		if (n == 0)
			(void)comm_wait(c, 100);
		else if (n == 1)
			(void)comm_flush(c, 1000, NULL);
		else if (n <= 3)
			asks_set_eager(n == 3);
		break;
	case 10:
		for (unsigned int i = 0; i < 40 * n; i++)
			asks_start(c, 22);
		break;
	default:
		break;
	}
}

static void turn(struct comm *c)
{
	int error;

	server_turn();
	error = comm_process(c);
	MUST(!error || *comm_error_message(c));
	MUST(comm_timeout(c) >= -1);
	server_turn();
}

static void run(struct comm *c)
{
	while (play.size) {
		(void)go_on();
		turn(c);
		/* What is behind an escape, and not the daemon's. */
		if (!play.size)
			break;
		command(c, play.data[1]);
		play.data += 2;
		play.size -= 2;
		turn(c);
	}
}

static void finish(struct comm *c)
{
	asks_set_eager(false);
	for (int i = 0; i < 8 && (i < 2 || asks_n_open()); i++) {
		turn(c);
		still_clock_pass(i < 4 ? 100 : LONG_MS);
	}
	/* Each has had its time, whatever the daemon did. */
	MUST(!asks_n_open() && !comm_n_open(c));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct comm_options options = { .client = "fuzz",
					.timeout_ms = 3000,
					.window_records = 100 };
	struct comm *c;
	int error;

	play.data = data;
	play.size = size;
	play.n_idle = 0;
	options.resend = size % 2;
	options.ack = size % 4 < 2 ? COMM_ACK_BROKER : COMM_ACK_QUEUED;
	asks_reset();
	server_reset(!size || *data != ESCAPE || size < 2 || data[1] != 0x84);
	error = comm_connect(server_address(), size % 3 ? NULL : "p", &options, &c);
	MUST(c && (!error || *comm_error_message(c)));
	if (!error)
		run(c);
	if (!error)
		finish(c);
	(void)comm_close(c, 10, NULL);
	MUST(!asks_n_open());
	return 0;
}
