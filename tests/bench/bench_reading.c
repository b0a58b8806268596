#include "tests/bench/bench.h"

void reading_note(struct reading *r, size_t n_records, size_t n_bytes)
{
	r->n_read += n_records;
	r->n_bytes += n_bytes;
	r->last_us = bench_now_us();
	/* From joining to what comes first is all there is. */
	if (r->n_read > n_records || r->run->kind == BENCH_JOIN)
		return;
	r->result->n_first = n_records;
	r->result->start = bench_clock_now();
}

bool reading_is_done(const struct reading *r)
{
	switch (r->run->kind) {
	case BENCH_JOIN:
		return r->n_read > 0;
	case BENCH_MEMBER:
		return bench_has_input_ended();
	default:
		return r->n_read >= r->run->n_records;
	}
}

void reading_end(struct reading *r)
{
	r->result->end = bench_clock_now();
	r->result->end.wall_us = r->last_us;
	r->result->n_records = r->n_read - r->result->n_first;
	if (r->n_bytes != r->n_read * r->run->value_len)
		bench_fail("the records in topic %s do not have %zu bytes", r->run->topic,
			   r->run->value_len);
}
