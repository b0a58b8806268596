#include "daemon/op.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/accounts.h"
#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/session.h"
#include "proto/util.h"

void op_brokers(struct request *r, const void *params)
{
	const struct kafka *k = r->session->daemon->kafka;
	size_t n_all = kafka_brokers(k, NULL, 0), n = MIN(n_all, ACCOUNTS_MAX);
	struct comm_wire_broker_seen *rows = calloc(n + 1, sizeof *rows);
	const struct comm_brokers_result result = { { rows, n }, (int64_t)(n_all - n) };

	(void)params;
	if (!rows) {
		request_fail_with(r, -ENOMEM, NULL);
		return;
	}
	(void)kafka_brokers(k, rows, n);
	request_answer_many(r, &result);
	free(rows);
}
