#include "tests/bench/bench_commd.h"

static void subscribe(struct consumer *c)
{
	const struct comm_subscribe_options options = {
		.start = COMM_START_EARLIEST,
		.ack = COMM_ACK_NONE,
	};

	if (comm_subscribe(c->c, NULL, &c->run->topic, 1, &options, &c->s))
		bench_fail("subscribe: %s", comm_error_message(c->c));
}

/* As many at once as the library takes by default: ten times as many cost the same per record. */
static size_t receive(struct consumer *c, size_t *n_bytes)
{
	const struct comm_record *records;
	size_t n_records, i;

	if (comm_receive(c->s, 0, BENCH_LIMIT_MS, &records, &n_records))
		bench_fail("receive: %s", comm_error_message(c->c));
	for (i = 0; i < n_records; i++)
		*n_bytes += records[i].value_len;
	return n_records;
}

void consumer_open(struct consumer *c, const struct bench_run *run, struct comm *comm)
{
	*c = (struct consumer){ .run = run, .c = comm };
	subscribe(c);
}

void consumer_measure(struct consumer *c, struct bench_result *ret_result)
{
	const struct bench_run *run = c->run;
	size_t n_bytes = 0, n_first, n_read, n;

	n_first = n_read = receive(c, &n_bytes);
	ret_result->start = bench_clock_now();
	while (n_read < run->n_records) {
		n = receive(c, &n_bytes);
		if (!n)
			bench_fail("only %zu of %zu records came", n_read, run->n_records);
		n_read += n;
	}
	ret_result->end = bench_clock_now();
	ret_result->n_records = n_read - n_first;
	if (n_bytes != n_read * run->value_len)
		bench_fail("the records in topic %s do not have %zu bytes", run->topic,
			   run->value_len);
}
