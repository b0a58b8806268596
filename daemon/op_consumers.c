#include "daemon/op.h"

#include "daemon/accounts.h"
#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/session.h"

void op_consumers(struct request *r, const void *params)
{
	struct kafka_consumer_list list;
	int error = kafka_consumer_list_init(&list, r->session->daemon->kafka, ACCOUNTS_MAX);
	const struct comm_consumers_result result = { list.consumers,
						      (int64_t)list.n_topics_left_out };

	(void)params;
	if (error)
		request_fail_with(r, error, NULL);
	else
		request_answer_many(r, &result);
	kafka_consumer_list_fini(&list);
}
