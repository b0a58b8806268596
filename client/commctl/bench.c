#include "client/commctl/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/commctl/bench_clients.h"
#include "client/commctl/bench_report.h"
#include "client/commctl/ctl.h"
#include "client/commctl/interrupt.h"
#include "client/commctl/options.h"
#include "client/commctl/verb.h"
#include "proto/util.h"

#define CLIENTS_MAX 1000

/* Of a topic that was made for the purpose, as in the benchmarks that people know. */
#define N_PARTITIONS 4

/* ---- the topic ---- */

static int make_topic(struct bench *b)
{
	int error;

	(void)snprintf(b->own_topic, sizeof b->own_topic, "commctl-bench-%d-%" PRIx64,
		       (int)getpid(), (uint64_t)ctl_now_us());
	b->plan.topic = b->own_topic;
	error = comm_create_topic(b->ctl->c, b->own_topic, N_PARTITIONS, -1, NULL, 0);
	if (!error)
		return CTL_OK;
	*b->own_topic = '\0';
	return ctl_fail(b->ctl, error);
}

static int delete_topic(struct bench *b, int code)
{
	int error = *b->own_topic ? comm_delete_topic(b->ctl->c, b->own_topic) : 0;

	if (!error)
		return code;
	ctl_say("the topic %s is left: %s", b->own_topic, comm_error_message(b->ctl->c));
	return code ? code : ctl_exit_code(error);
}

/* What is to be received has to be there. Returns CTL_OK, or what went wrong. */
static int fill_topic(struct bench *b)
{
	struct bench_plan plan = b->plan;
	const struct bench_client *client = b->shared->clients;
	int code = CTL_OK;

	b->plan.kind = BENCH_SEND;
	b->plan.n_clients = 1;
	bench_clients_run(b);
	if (client->error) {
		ctl_say("the topic could not be filled: %s", client->message);
		code = ctl_exit_code(client->error);
	}
	memset(b->shared, 0, b->shared_size);
	b->plan = plan;
	return code;
}

/* ---- all of it ---- */

static int measure(struct bench *b)
{
	int code = CTL_OK;

	if (*b->own_topic && b->plan.kind == BENCH_RECEIVE)
		code = fill_topic(b);
	if (code || interrupt_count())
		return code ? code : CTL_INTERRUPTED;
	bench_clients_run(b);
	code = bench_report(b->ctl, &b->plan, b->shared);
	return interrupt_count() ? CTL_INTERRUPTED : code;
}

static bool make_room(struct bench *b)
{
	size_t n = (size_t)b->plan.n_clients;

	b->shared_size = sizeof *b->shared + n * sizeof b->shared->clients[0];
	b->shared = mmap(NULL, b->shared_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);
	b->pids = calloc(n, sizeof *b->pids);
	if (b->shared == MAP_FAILED)
		b->shared = NULL;
	return b->shared && b->pids;
}

static int bench(struct bench *b)
{
	int code = ctl_connect(b->ctl, COMM_ACK_BROKER);

	if (!code)
		code = interrupt_catch();
	if (!code && !make_room(b)) {
		ctl_say("out of memory");
		code = CTL_FAILED;
	}
	if (!code && !b->plan.topic && b->plan.kind != BENCH_PING)
		code = make_topic(b);
	if (!code)
		code = delete_topic(b, measure(b));
	if (b->shared)
		(void)munmap(b->shared, b->shared_size);
	free(b->pids);
	return code;
}

/* ---- the command line ---- */

enum { OPTION_CLIENTS = OPTION_OWN, OPTION_SIZE, OPTION_RECORDS, OPTION_RATE, OPTION_WINDOW };

static const struct option names[] = {
	{ "clients", required_argument, NULL, OPTION_CLIENTS },
	{ "size", required_argument, NULL, OPTION_SIZE },
	{ "records", required_argument, NULL, OPTION_RECORDS },
	{ "rate", required_argument, NULL, OPTION_RATE },
	{ "window", required_argument, NULL, OPTION_WINDOW },
	{ 0 },
};

static bool take(struct options *o, struct bench_plan *p, int opt)
{
	switch (opt) {
	case OPTION_CLIENTS:
		return options_number(o, "--clients", optarg, 1, CLIENTS_MAX, &p->n_clients);
	case OPTION_SIZE:
		return options_number(o, "--size", optarg, 0, 8 << 20, &p->size);
	case OPTION_RECORDS:
		return options_number(o, "--records", optarg, 1, INT64_MAX / CLIENTS_MAX,
				      &p->n_records);
	case OPTION_RATE:
		return options_number(o, "--rate", optarg, 1, 1000000000, &p->rate);
	default:
		return options_number(o, "--window", optarg, 1, 1000000, &p->window);
	}
}

const char *const bench_words[BENCH_N_KINDS] = {
	[BENCH_SEND] = "send", [BENCH_RECEIVE] = "receive", [BENCH_PING] = "ping"
};

static bool find_kind(const char *word, enum bench_kind *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(bench_words); i++)
		if (!strcmp(bench_words[i], word)) {
			*ret = (enum bench_kind)i;
			return true;
		}
	return false;
}

/* The words that are no options. */
static bool take_words(struct options *o, struct bench_plan *p)
{
	char **words = o->argv + optind;
	int n = o->argc - optind;

	if (!n || !find_kind(words[0], &p->kind))
		options_wrong(o, "needs to be told what: send, receive or ping");
	else if (!options_at_most(o, p->kind == BENCH_PING ? 1 : 2))
		return false;
	else if (p->rate && p->kind == BENCH_RECEIVE)
		options_wrong(o, "receive takes what is there: it has no --rate");
	else {
		p->topic = n == 2 ? words[1] : NULL;
		return true;
	}
	return false;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	struct bench b = {
		.ctl = ctl,
		.plan = { .n_clients = 1, .n_records = 100000, .size = 100, .window = 1000 }
	};
	struct options o;
	int opt;

	options_init(&o, ctl, &verb_bench, argc, argv, "", names);
	while ((opt = options_next(&o)) > 0)
		if (!take(&o, &b.plan, opt))
			return o.exit_code;
	if (opt == OPTIONS_STOP || !take_words(&o, &b.plan))
		return o.exit_code;
	return bench(&b);
}

const struct verb verb_bench = {
	.name = "bench",
	.arguments = "send|receive|ping [TOPIC] [OPTIONS]",
	.summary = "Measure how fast this host's gateway is.",
	.help = "send sends records, receive reads a topic from its beginning, ping only asks for "
		"a "
		"sign of life.\n"
		"Without TOPIC one is made for it, filled first for receive, and deleted at the "
		"end, also "
		"after\n"
		"Ctrl-C. A TOPIC that is named keeps the records of send.\n"
		"\n"
		"  --clients N   so many processes at once, at most 1000 (default: 1)\n"
		"  --records N   so many records or pings, of all together; receive: of each "
		"(default: "
		"100000)\n"
		"  --size B      bytes of a record (default: 100)\n"
		"  --window N    records of each client without outcome (default: 1000); with 1 it "
		"waits "
		"for\n"
		"                each, and the latency is that of a record that is alone\n"
		"  --rate N      so many a second, of all together (default: as many as possible); "
		"what "
		"comes\n"
		"                late has been waiting since it was due\n"
		"\n"
		"Latencies are microseconds: of send until the brokers have the record (each "
		"client sends "
		"one\n"
		"before, which does not count); of receive for each call that brings records, up "
		"to "
		"1000.\n"
		"\n"
		"Separated by tabs: the word, clients, done, failed, seconds, done in a second, "
		"MiB in a "
		"second,\n"
		"and the latencies that 50, 90, 99 and 99.9 % and all have at most. With --json: "
		"bench, "
		"topic,\n"
		"clients, done, failed, duration_us, per_second, bytes_per_second, p50_us, p90_us, "
		"p99_us, "
		"p999_us,\n"
		"max_us.\n"
		"\n",
	.examples = "  commctl bench send --window 1 --records 10000\n"
		    "  commctl bench send orders --clients 50 --rate 20000 --json\n"
		    "  commctl bench receive --size 1000\n",
	.run = run,
};
