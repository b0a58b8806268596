/*
 * When librdkafka numbers records anew
 *
 * An idempotent producer numbers the records of a partition, so that the brokers take none twice. At two
 * occasions librdkafka begins another epoch, and gives all records without outcome new numbers: one that has
 * waited for longer than message.timeout.ms, and one that a broker refuses for good, as for its size, leave a
 * gap in front of those behind them. It does so in every partition, and to what it has sent and not seen
 * confirmed as well, which the brokers, if they have it, take for something else then. So a handle of which
 * that may be true is failed by us, before it sends anything again; kafka_replace.c has what follows.
 *
 * After a record that was late that is at once. After a refusal librdkafka waits for the answers to what is
 * under way, and as a rule these come, and nothing is in doubt: only if something that was taken before the
 * refusal has no outcome after a while, a request of it may have failed.
 *
 * Each refusal is an epoch, and there are 32767 of them; then they begin at 0, and the brokers refuse everything.
 * Long before that a handle retires, as after a change of the profile: kafka_retire.c.
 */
#include <string.h>

#include "daemon/kafka_batch.h"
#include "daemon/kafka_producer.h"

/*
 * What is under way is answered in that time, or something is wrong. A broker that hangs, or in whose place another
 * comes, takes longer; failing a handle for nothing keeps those waiting who send to the topics of which it has
 * records, until it has reported these.
 */
#define DOUBT_MS 1000

#define REFUSALS_MAX 10000

static bool is_idempotent(const struct kafka_handle *h)
{
	char value[8] = "";
	size_t size = sizeof value;

	(void)rd_kafka_conf_get(rd_kafka_conf(h->rk), "enable.idempotence", value, &size);
	return !strcmp(value, "true");
}

static void fail(struct kafka_handle *h, const char *cause)
{
	if (h->has_failed || !h->n_open || h->producer->client->kafka->is_closing ||
	    rd_kafka_fatal_error(h->rk, NULL, 0) || !is_idempotent(h))
		return;
	h->renumber_cause = cause;
	(void)rd_kafka_test_fatal_error(h->rk, KAFKA_RENUMBER_ERR, cause);
}

void kafka_renumber_late(struct kafka_handle *h, const rd_kafka_message_t *m)
{
	if (m->err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT)
		fail(h, "a record has waited for longer than message.timeout.ms");
}

void kafka_renumber_refused(struct kafka_handle *h)
{
	if (!is_idempotent(h))
		return;
	if (++h->n_refused == REFUSALS_MAX && !h->is_retired && !h->has_failed)
		kafka_retire_begin(h->producer);
	/* A doubt that there is already comes to its end first. */
	if (h->n_doubtful)
		return;
	h->n_doubtful = h->n_open;
	h->doubt_serial = h->producer->last_serial;
	h->doubt_ms = kafka_now_ms(h->producer->client->kafka);
}

void kafka_renumber_count(struct kafka_handle *h, const struct kafka_batch *b)
{
	if (h->n_doubtful && b->serial <= h->doubt_serial)
		h->n_doubtful--;
}

static void look(struct kafka_handle *h)
{
	if (!h->n_doubtful || kafka_now_ms(h->producer->client->kafka) - h->doubt_ms < DOUBT_MS)
		return;
	h->n_doubtful = 0;
	fail(h, "a record was refused, while others were not confirmed");
}

void kafka_renumber_tick(struct kafka_producer *p)
{
	struct kafka_handle *h;

	if (p->handle)
		look(p->handle);
	LIST_FOREACH(h, &p->retired, entry)
		look(h);
}
