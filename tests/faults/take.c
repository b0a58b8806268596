/*
 * take --socket PATH --topic TOPIC [OPTION...]: read a topic through commd, as members of a group or each
 * reader alone, from its beginning.
 *
 *   --profile NAME        other than default
 *   --group GROUP|none    none: each reads all by itself (none)
 *   --clients N           connections, with a reader each (1)
 *   --first N             number of the first of them (0)
 *   --ack auto|manual     how members of a group acknowledge (auto)
 *   --ledger FILE         where members of a group write down what they are given and acknowledge
 *   --hold-ms N           time that members of a group take before they acknowledge what has come (0)
 *   --rate N              bytes a second at which a reader goes on (0: as fast as they come)
 *   --slow N              of the readers, those to whom the rate applies (all)
 *   --records N           of each reader, after which it asks for no more (0: until SIGTERM)
 *
 * Says "ready" on standard output once each has subscribed and had an answer, and "done" once each that is not
 * slow has its records. Ends with SIGTERM. The last line is a JSON object of what it has done; longest_us is
 * what those that are not slow have taken at most, from the first record to the last.
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/util.h"
#include "tests/faults/handles.h"
#include "tests/faults/ledger.h"
#include "tests/faults/program.h"
#include "tests/faults/taker.h"

static void read_options(int argc, char *argv[], struct take_options *o)
{
	const char *ack = "auto";
	const char **const texts[] = { &o->socket,  &o->topic, &o->ledger,
				       &o->profile, &o->group, &ack };
	int64_t *const numbers[] = { &o->n_clients, &o->first,   &o->rate,
				     &o->n_slow,    &o->hold_ms, &o->n_records };
	static const struct option options[] = {
		{ "socket", 1, NULL, 0 },   { "topic", 1, NULL, 1 },    { "ledger", 1, NULL, 2 },
		{ "profile", 1, NULL, 3 },  { "group", 1, NULL, 4 },    { "ack", 1, NULL, 5 },
		{ "clients", 1, NULL, 10 }, { "first", 1, NULL, 11 },   { "rate", 1, NULL, 12 },
		{ "slow", 1, NULL, 13 },    { "hold-ms", 1, NULL, 14 }, { "records", 1, NULL, 15 },
		{ NULL, 0, NULL, 0 }
	};
	int i;

	while ((i = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (i >= 0 && i < (int)ARRAY_SIZE(texts))
			*texts[i] = optarg;
		else if (i >= 10 && i < 10 + (int)ARRAY_SIZE(numbers))
			*numbers[i - 10] = program_number(optarg);
		else
			exit(2);
	if (o->group && strcmp(o->group, "none") == 0)
		o->group = NULL;
	o->ack = strcmp(ack, "manual") == 0 ? COMM_ACK_MANUAL : COMM_ACK_AUTO;
	if (o->n_slow < 0)
		o->n_slow = o->rate ? o->n_clients : 0;
	if (optind < argc || !o->socket || !o->topic || !o->n_clients || (o->ledger && !o->group))
		errx(2, "usage: take --socket PATH --topic TOPIC [OPTION...]");
}

/* Wait for something to do, and do it. */
static void turn(struct taker *takers, struct pollfd *fds, int64_t n)
{
	int64_t wait_us = 100000, now_us = ledger_now_us();

	for (int64_t i = 0; i < n; i++) {
		fds[i] = handles_pollfd(takers[i].c);
		wait_us = handles_sooner(wait_us, taker_wait_us(&takers[i], now_us));
	}
	handles_wait(fds, n, wait_us);
	now_us = ledger_now_us();
	for (int64_t i = 0; i < n; i++) {
		struct taker *t = &takers[i];

		/* What was there when this was looked at before has been taken then. */
		t->quiet_us = t->looked_us;
		t->looked_us = now_us;
		taker_work(t, handles_is_due(t->c, &fds[i]));
	}
}

static bool have_answers(const struct taker *takers, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		if (!takers[i].has_answer)
			return false;
	return true;
}

static bool are_done(const struct taker *takers, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		if (!taker_is_done(&takers[i]) && !takers[i].is_slow)
			return false;
	return true;
}

static void run(const struct take_options *o, struct taker *takers, struct pollfd *fds)
{
	bool are_ready = false, are_over = false;

	while (!program_is_told_to_end()) {
		turn(takers, fds, o->n_clients);
		if (!are_ready && have_answers(takers, o->n_clients)) {
			are_ready = true;
			program_say("ready");
		}
		if (are_ready && !are_over && are_done(takers, o->n_clients)) {
			are_over = true;
			program_say("done");
		}
	}
}

static void report(const struct take *take, const struct taker *takers)
{
	int64_t n = take->options->n_clients, n_taken = 0, longest_us = 0;

	for (int64_t i = 0; i < n; i++) {
		n_taken += takers[i].n_taken;
		if (!takers[i].is_slow && takers[i].done_us)
			longest_us = MAX(longest_us, takers[i].done_us - takers[i].began_us);
	}
	printf("{\"taken\": %lld, \"gaps\": %lld, \"corrupt\": %lld, \"errors\": %lld, "
	       "\"longest_us\": %lld}\n",
	       (long long)n_taken, (long long)take->n_gaps, (long long)take->n_corrupt,
	       (long long)take->n_errors, (long long)longest_us);
}

int main(int argc, char *argv[])
{
	struct take_options options = { .n_clients = 1, .n_slow = -1 };
	struct take take = { .options = &options };
	struct taker *takers;
	struct pollfd *fds;

	read_options(argc, argv, &options);
	if (options.ledger)
		take.ledger = ledger_create(options.ledger);
	takers = calloc((size_t)options.n_clients, sizeof *takers);
	fds = calloc((size_t)options.n_clients, sizeof *fds);
	if (!takers || !fds)
		err(2, "no memory");
	program_catch();
	for (int64_t i = 0; i < options.n_clients; i++)
		taker_init(&takers[i], &take, (uint32_t)(options.first + i),
			   i >= options.n_clients - options.n_slow);
	run(&options, takers, fds);
	for (int64_t i = 0; i < options.n_clients; i++)
		taker_leave(&takers[i]);
	if (take.ledger)
		ledger_close(take.ledger);
	report(&take, takers);
	free(take.value);
	free(takers);
	free(fds);
	return 0;
}
