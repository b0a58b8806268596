#include "daemon/op.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/subscription.h"
#include "proto/errors.h"

/* Acknowledge each position; sort them into @stored and @refused, which have room for all. */
static void acknowledge(struct subscription *sub, const struct comm_list *positions,
			struct comm_wire_position *stored, struct comm_wire_position *refused,
			struct comm_ack_result *ret)
{
	const struct comm_wire_position *p = positions->items;
	size_t n_stored = 0, n_refused = 0;

	for (size_t i = 0; i < positions->n; i++) {
		if (kafka_reader_ack(sub->reader, &p[i]))
			refused[n_refused++] = p[i];
		else
			stored[n_stored++] = p[i];
	}
	ret->stored = (struct comm_list){ stored, n_stored };
	ret->refused = (struct comm_list){ refused, n_refused };
}

void op_ack(struct request *r, const void *params)
{
	const struct comm_ack_params *p = params;
	struct subscription *sub = subscription_of(r, p->subscription);
	struct comm_wire_position *positions;
	struct comm_ack_result result;

	if (!sub)
		return;
	if (sub->ack != KAFKA_ACK_MANUAL) {
		request_refuse(
			r, COMM_EBAD_VALUE,
			"the subscription acknowledges by itself; subscribe with ack=manual");
		return;
	}
	positions = calloc(2 * p->positions.n + 1, sizeof *positions);
	if (!positions) {
		request_fail_with(r, -ENOMEM, NULL);
		return;
	}
	acknowledge(sub, &p->positions, positions, positions + p->positions.n, &result);
	request_answer(r, &result);
	free(positions);
}
