#include "daemon/op.h"

#include "daemon/daemon.h"
#include "daemon/session.h"
#include "daemon/subscription.h"
#include "proto/errors.h"

/* What a receive that names no budget gets. */
#define RECORDS_DEFAULT 1000
#define BYTES_DEFAULT   (1024 * 1024)

/* Most of a reply, with room for what surrounds the records under COMM_MESSAGE_MAX. */
#define BYTES_MAX (8 * 1024 * 1024)

/* Of a JSON line, which takes ten times as long to write as MessagePack; the others wait. */
#define JSON_BYTES_MAX BYTES_DEFAULT

static int budget(struct request *r, const char *name, int64_t asked, int64_t absent, int64_t max,
		  size_t *ret)
{
	if (asked == COMM_NONE)
		asked = absent;
	if (asked < 1) {
		request_refuse(r, COMM_EBAD_VALUE, "%s: must be 1 or more", name);
		return COMM_EBAD_VALUE;
	}
	*ret = (size_t)(asked < max ? asked : max);
	return 0;
}

static int64_t most_bytes(const struct session *s)
{
	return s->encoding == SESSION_JSON ? JSON_BYTES_MAX : BYTES_MAX;
}

/*
 * With several receives under way nobody could say which records this one acknowledges: not those of
 * an answer that the client cannot have seen.
 */
static bool is_busy(const struct subscription *sub)
{
	return sub->n_receives || !outbox_has_written(&sub->session->out, sub->answer_end);
}

void op_receive(struct request *r, const void *params)
{
	const struct comm_receive_params *p = params;
	struct receive_wish wish = { .until_end = p->until_end, .ends = p->ends };
	struct subscription *sub;
	int64_t timeout_ms;
	int error;

	if (!request_has_taker(r))
		return;
	sub = subscription_of(r, p->subscription);
	if (!sub)
		return;
	if (budget(r, "max_records", p->max_records, RECORDS_DEFAULT, COMM_RECORDS_MAX,
		   &wish.max_records) ||
	    budget(r, "max_bytes", p->max_bytes, BYTES_DEFAULT, most_bytes(r->session),
		   &wish.max_bytes) ||
	    request_timeout(r, p->timeout_ms, &timeout_ms))
		return;
	wish.share = r->session->encoding == SESSION_MSGPACK ? p->share : 0;
	if (sub->ack == KAFKA_ACK_AUTO && is_busy(sub)) {
		request_refuse(r, COMM_EBUSY,
			       "a receive of this subscription is not answered yet; subscribe with "
			       "ack=manual to have several");
		return;
	}
	if (sub->n_receives >= SUBSCRIPTION_RECEIVES_MAX) {
		request_refuse(r, COMM_EBUSY, "%d receives of this subscription are waiting",
			       SUBSCRIPTION_RECEIVES_MAX);
		return;
	}
	if (sub->ack == KAFKA_ACK_AUTO)
		kafka_reader_ack_all(sub->reader);
	error = subscription_receive(sub, r, &wish, timeout_ms);
	if (error)
		request_fail_with(r, error, NULL);
}
