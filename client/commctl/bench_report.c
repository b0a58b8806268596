#include "client/commctl/bench_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/commctl/ctl.h"
#include "client/commctl/json.h"
#include "client/commctl/progress.h"
#include "client/commctl/table.h"
#include "proto/util.h"

#define INTERVAL_US (PROGRESS_INTERVAL_MS * 1000)

static const char *const verbs_done[] = {
	[BENCH_SEND] = "sent", [BENCH_RECEIVE] = "received", [BENCH_PING] = "answered"
};

/* ---- while it runs ---- */

static int64_t n_wanted(const struct bench_plan *p)
{
	return p->kind == BENCH_RECEIVE ? p->n_records * p->n_clients : p->n_records;
}

void bench_progress_init(struct bench_progress *p, const struct bench_plan *plan)
{
	int64_t now_us = ctl_now_us();

	*p = (struct bench_progress){ .plan = plan,
				      .is_on = isatty(STDERR_FILENO),
				      .begin_us = now_us,
				      .next_us = now_us + INTERVAL_US };
}

void bench_progress_show(struct bench_progress *p, const struct bench_shared *shared)
{
	int64_t now_us = ctl_now_us();
	uint64_t n_done = 0, n_failed = 0;
	char line[128];

	if (!p->is_on || now_us < p->next_us)
		return;
	p->next_us = now_us + INTERVAL_US;
	for (int64_t i = 0; i < p->plan->n_clients; i++) {
		n_done += atomic_load(&shared->clients[i].n_done);
		n_failed += atomic_load(&shared->clients[i].n_failed);
	}
	progress_replace(&p->n_shown, line,
			 snprintf(line, sizeof line,
				  "%s %" PRIu64 " of %" PRId64 "  failed %" PRIu64 "  %.0f/s",
				  verbs_done[p->plan->kind], n_done, n_wanted(p->plan), n_failed,
				  (double)n_done * 1e6 / (double)(now_us - p->begin_us)));
}

void bench_progress_clear(struct bench_progress *p)
{
	if (!p->n_shown)
		return;
	progress_replace(&p->n_shown, "", 0);
	(void)fputc('\r', stderr);
}

/* ---- when it is over ---- */

struct result {
	uint64_t n_done;
	uint64_t n_failed;
	int64_t duration_us; /* from the first's begin to the last's end */
	double per_second;
	double bytes_per_second;
	struct latencies latencies;
	const struct bench_client *first_error; /* NULL: none */
	size_t n_errors;                        /* clients that have one */
};

static const struct {
	const char *key;
	double share;
} percentiles[] = {
	{ "p50_us", 0.5 },    { "p90_us", 0.9 }, { "p99_us", 0.99 },
	{ "p999_us", 0.999 }, { "max_us", 1 },
};

static void add_client(struct result *r, const struct bench_client *client)
{
	r->n_done += atomic_load(&client->n_done);
	r->n_failed += atomic_load(&client->n_failed);
	latencies_merge(&r->latencies, &client->latencies);
	if (!client->error)
		return;
	r->n_errors++;
	if (!r->first_error)
		r->first_error = client;
}

static void sum_up(struct result *r, const struct bench_plan *plan,
		   const struct bench_shared *shared)
{
	int64_t begin_us = INT64_MAX, end_us = 0;

	for (int64_t i = 0; i < plan->n_clients; i++) {
		const struct bench_client *client = &shared->clients[i];

		add_client(r, client);
		if (client->begin_us)
			begin_us = MIN(begin_us, client->begin_us);
		end_us = MAX(end_us, client->end_us);
	}
	if (end_us > begin_us)
		r->duration_us = end_us - begin_us;
	if (r->duration_us)
		r->per_second = (double)r->n_done * 1e6 / (double)r->duration_us;
	if (plan->kind != BENCH_PING)
		r->bytes_per_second = r->per_second * (double)plan->size;
}

static void print_json(struct ctl *ctl, const struct bench_plan *plan, const struct result *r,
		       const char *name)
{
	json_t *o = json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "bench", name, "topic",
			      json_text(plan->topic), "clients", (json_int_t)plan->n_clients,
			      "done", (json_int_t)r->n_done, "failed", (json_int_t)r->n_failed,
			      "duration_us", (json_int_t)r->duration_us, "per_second",
			      (json_int_t)(r->per_second + 0.5), "bytes_per_second",
			      (json_int_t)(r->bytes_per_second + 0.5));

	for (size_t i = 0; i < ARRAY_SIZE(percentiles); i++)
		(void)json_object_set_new(
			o, percentiles[i].key,
			json_number(latencies_percentile(&r->latencies, percentiles[i].share)));
	json_print(o, &ctl->out);
}

static void print_table(struct ctl *ctl, const struct bench_plan *plan, const struct result *r,
			const char *name)
{
	static const char *const titles[] = {
		"CLIENTS", "DONE",   "FAILED", "SECONDS",  "PER SECOND", "MIB PER SECOND",
		"P50 US",  "P90 US", "P99 US", "P99.9 US", "MAX US",
	};
	struct table t;

	table_init(&t, titles, ARRAY_SIZE(titles));
	table_add_number(&t, plan->n_clients);
	table_add_number(&t, (int64_t)r->n_done);
	table_add_number(&t, (int64_t)r->n_failed);
	table_add(&t, "%.3f", (double)r->duration_us / 1e6);
	table_add(&t, "%.0f", r->per_second);
	table_add(&t, "%.2f", r->bytes_per_second / (1 << 20));
	for (size_t i = 0; i < ARRAY_SIZE(percentiles); i++)
		table_add_number(&t, latencies_percentile(&r->latencies, percentiles[i].share));
	table_print(&t, ctl->human, name, &ctl->out);
	table_fini(&t);
}

int bench_report(struct ctl *ctl, const struct bench_plan *plan, const struct bench_shared *shared)
{
	const char *name = bench_words[plan->kind];
	_cleanup_free_ struct result *r = calloc(1, sizeof *r);

	if (!r) {
		ctl_say("out of memory");
		return CTL_FAILED;
	}
	sum_up(r, plan, shared);
	if (ctl->json)
		print_json(ctl, plan, r, name);
	else
		print_table(ctl, plan, r, name);
	if (!r->first_error)
		return CTL_OK;
	ctl_say("%zu of %" PRId64 " clients had errors; the first: %s", r->n_errors,
		plan->n_clients, r->first_error->message);
	return r->n_done ? CTL_SOME_FAILED : ctl_exit_code(r->first_error->error);
}
