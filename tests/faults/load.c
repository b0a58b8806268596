/*
 * load --socket PATH --topic TOPIC --ledger FILE [OPTION...]: send through commd, and write down what was
 * sent and what was told.
 *
 *   --profile NAME     other than default
 *   --clients N        connections (1)
 *   --first N          number of the first of them (0)
 *   --rate N           records of each in a second (0: as many as it is allowed)
 *   --records N        of each, after which it leaves (0: until SIGTERM)
 *   --partitions N     of the topic, which records go to in turn (1)
 *   --size MIN[-MAX]   bytes of a value (256)
 *   --timeout-ms N     time of each record (30000)
 *   --window N         records in flight of each connection (0: as the library has it)
 *   --churn N          connect anew after so many records (0: never)
 *   --resend           what had no outcome when a connection was lost is sent again
 *
 * Says "ready" on standard output once all are connected. With SIGTERM it sends no more, waits until each
 * record has its outcome, and ends. The last line is a JSON object of what it has done.
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/util.h"
#include "tests/faults/handles.h"
#include "tests/faults/ledger.h"
#include "tests/faults/load.h"
#include "tests/faults/payload.h"
#include "tests/faults/program.h"

/* Beyond a record's own time, until it counts as never told. */
#define PATIENCE_US 5000000

static void read_size(struct load_options *o, char *s)
{
	char *dash = strchr(s, '-');

	if (dash)
		*dash = '\0';
	o->size_min = program_number(s);
	o->size_max = dash ? program_number(dash + 1) : o->size_min;
	if (o->size_min < PAYLOAD_MIN || o->size_max < o->size_min)
		errx(2, "a value has %d bytes at least", PAYLOAD_MIN);
}

static void read_options(int argc, char *argv[], struct load_options *o)
{
	enum { SIZE = 256, RESEND };
	const char **const texts[] = { &o->socket, &o->topic, &o->ledger, &o->profile };
	int64_t *const numbers[] = { &o->n_clients,    &o->first,      &o->rate,   &o->n_records,
				     &o->n_partitions, &o->timeout_ms, &o->window, &o->churn };
	static const struct option options[] = {
		{ "socket", 1, NULL, 0 },      { "topic", 1, NULL, 1 },
		{ "ledger", 1, NULL, 2 },      { "profile", 1, NULL, 3 },
		{ "clients", 1, NULL, 10 },    { "first", 1, NULL, 11 },
		{ "rate", 1, NULL, 12 },       { "records", 1, NULL, 13 },
		{ "partitions", 1, NULL, 14 }, { "timeout-ms", 1, NULL, 15 },
		{ "window", 1, NULL, 16 },     { "churn", 1, NULL, 17 },
		{ "size", 1, NULL, SIZE },     { "resend", 0, NULL, RESEND },
		{ NULL, 0, NULL, 0 }
	};
	int i;

	while ((i = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (i == SIZE)
			read_size(o, optarg);
		else if (i == RESEND)
			o->resend = true;
		else if (i >= 0 && i < (int)ARRAY_SIZE(texts))
			*texts[i] = optarg;
		else if (i >= 10 && i < 10 + (int)ARRAY_SIZE(numbers))
			*numbers[i - 10] = program_number(optarg);
		else
			exit(2);
	if (optind < argc || !o->socket || !o->topic || !o->ledger || !o->n_clients ||
	    !o->n_partitions)
		errx(2, "usage: load --socket PATH --topic TOPIC --ledger FILE [OPTION...]");
}

static bool are_done(const struct load_client *clients, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		if (!load_client_is_done(&clients[i]))
			return false;
	return true;
}

/* Wait for something to do, and do it. */
static void turn(struct load_client *clients, struct pollfd *fds, int64_t n)
{
	int64_t wait_us = 100000, now_us = ledger_now_us();

	for (int64_t i = 0; i < n; i++) {
		fds[i] = handles_pollfd(clients[i].c);
		wait_us = handles_sooner(wait_us, load_client_wait_us(&clients[i], now_us));
	}
	handles_wait(fds, n, wait_us);
	for (int64_t i = 0; i < n; i++)
		load_client_work(&clients[i], handles_is_due(clients[i].c, &fds[i]));
}

static void run(struct load *load, struct load_client *clients, struct pollfd *fds)
{
	int64_t n = load->options->n_clients, deadline_us = INT64_MAX;
	bool is_ready = false;

	while (!are_done(clients, n) || (!load->is_ending && !load->options->n_records)) {
		turn(clients, fds, n);
		if (!is_ready && load->n_connections >= n) {
			is_ready = true;
			program_say("ready");
		}
		if (program_is_told_to_end() && !load->is_ending) {
			load->is_ending = true;
			/* Of those that wait for room, too, which come there when others' time is over. */
			deadline_us = ledger_now_us() + 2 * load->options->timeout_ms * 1000 +
				      PATIENCE_US;
		}
		if (ledger_now_us() > deadline_us)
			break;
	}
	load->is_late = true;
}

static void leave(struct load *load, struct load_client *clients)
{
	for (int64_t i = 0; i < load->options->n_clients; i++) {
		const struct ledger_entry left = { .time_us = ledger_now_us(),
						   .client = clients[i].number,
						   .what = LEDGER_LEFT };

		load_client_leave(&clients[i]);
		free(clients[i].next);
		ledger_add(load->ledger, &left);
	}
	ledger_close(load->ledger);
}

int main(int argc, char *argv[])
{
	struct load_options options = { .n_clients = 1, .n_partitions = 1, .timeout_ms = 30000 };
	struct load load = { .options = &options };
	struct load_client *clients;
	struct pollfd *fds;

	options.size_min = options.size_max = 256;
	read_options(argc, argv, &options);
	load.ledger = ledger_create(options.ledger);
	load.value = malloc((size_t)options.size_max);
	clients = calloc((size_t)options.n_clients, sizeof *clients);
	fds = calloc((size_t)options.n_clients, sizeof *fds);
	if (!load.value || !clients || !fds)
		err(2, "no memory");
	program_catch();
	for (int64_t i = 0; i < options.n_clients; i++)
		load_client_init(&clients[i], &load, (uint32_t)(options.first + i));
	run(&load, clients, fds);
	leave(&load, clients);
	printf("{\"sent\": %lld, \"connections\": %lld}\n", (long long)load.n_sent,
	       (long long)load.n_connections);
	free(load.value);
	free(clients);
	free(fds);
	return 0;
}
