#include "tests/bench/bench_commd.h"

/* With a group everything is as it is by default: from the beginning, acknowledged and committed. */
static void subscribe(struct consumer *c)
{
	const struct bench_run *run = c->run;
	struct comm_subscribe_options options = { .until_end = run->kind == BENCH_GROUP,
						  .shared = 1 };

	if (!bench_is_in_group(run)) {
		options.ack = COMM_ACK_NONE;
		options.start = run->kind == BENCH_E2E ? COMM_START_LATEST : COMM_START_EARLIEST;
	}
	if (comm_subscribe(c->c, bench_is_in_group(run) ? run->group : NULL, &run->topic, 1,
			   &options, &c->s))
		bench_fail("subscribe: %s", comm_error_message(c->c));
}

/*
 * As many at once as the library takes by default: ten times as many cost the same per record.
 * Returns how many records there are, 0 at the end.
 */
static size_t receive(struct consumer *c, const struct comm_record **ret_records)
{
	size_t n_records;

	if (comm_receive(c->s, 0, BENCH_LIMIT_MS, ret_records, &n_records))
		bench_fail("receive: %s", comm_error_message(c->c));
	if (!n_records && !comm_is_at_end(c->s))
		bench_fail("no more records came");
	return n_records;
}

static void receive_some(struct consumer *c, struct reading *reading)
{
	const struct comm_record *records;
	size_t n_records = receive(c, &records), n_bytes = 0, i;

	for (i = 0; i < n_records; i++)
		n_bytes += records[i].value_len;
	if (n_records)
		reading_note(reading, n_records, n_bytes);
}

void consumer_take(struct consumer *c, size_t i)
{
	const struct comm_record *records;
	size_t n_records = receive(c, &records);

	if (n_records != 1 || records->value_len != c->run->value_len)
		bench_fail("%zu records came instead of one", n_records);
	bench_check_value(i, records->value, records->value_len);
}

void consumer_open(struct consumer *c, const struct bench_run *run, struct comm *comm)
{
	const struct comm_record *records;

	*c = (struct consumer){ .run = run, .c = comm };
	if (run->kind == BENCH_GROUP || run->kind == BENCH_JOIN)
		return;
	subscribe(c);
	if (run->kind == BENCH_MEMBER)
		(void)receive(c, &records);
}

void consumer_measure(struct consumer *c, struct bench_result *ret_result)
{
	struct reading reading = { .run = c->run, .result = ret_result };

	ret_result->start = bench_clock_now();
	if (!c->s)
		subscribe(c);
	do
		receive_some(c, &reading);
	while (c->run->kind == BENCH_GROUP ? !comm_is_at_end(c->s) : !reading_is_done(&reading));
	reading_end(&reading);
}
