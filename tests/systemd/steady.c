/*
 * A program that sends for as long as it runs, as any program of a user's, and says at its end what has become of
 * it: how many records were sent, of how many it is not known, how many have failed, and the longest time that one took.
 *
 * usage: steady TOPIC
 */
#include <commclient.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#define LIMIT_MS 30000

static volatile sig_atomic_t is_told;

static void on_sigterm(int signum)
{
	(void)signum;
	is_told = 1;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char *argv[])
{
	const struct comm_options options = { .timeout_ms = LIMIT_MS };
	const struct timespec pause = { 0, 5000000 };
	long n_sent = 0, n_unknown = 0, n_failed = 0, longest_ms = 0;
	struct comm *c = NULL;

	if (argc != 2 || comm_connect(NULL, NULL, &options, &c)) {
		fprintf(stderr, "steady: %s\n", comm_error_message(c));
		comm_close(c, 0, NULL);
		return 1;
	}
	signal(SIGTERM, on_sigterm);
	while (!is_told) {
		long begun_ms = now_ms(), took_ms;
		int error = comm_send(c, argv[1], "x", 1, NULL, 0);

		took_ms = now_ms() - begun_ms;
		if (took_ms > longest_ms)
			longest_ms = took_ms;
		n_sent += !error;
		n_unknown += error == COMM_EUNKNOWN_OUTCOME;
		if (error && error != COMM_EUNKNOWN_OUTCOME) {
			n_failed++;
			fprintf(stderr, "steady: %s\n", comm_error_message(c));
		}
		nanosleep(&pause, NULL);
	}
	printf("sent %ld unknown %ld failed %ld longest %ld\n", n_sent, n_unknown, n_failed,
	       longest_ms);
	return comm_close(c, LIMIT_MS, NULL);
}
