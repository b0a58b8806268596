#include "daemon/session_hold.h"

#include <syslog.h>

#include "daemon/daemon.h"
#include "daemon/log.h"
#include "daemon/session.h"
#include "daemon/session_partial.h"
#include "proto/errors.h"
#include "proto/util.h"

/* A bucket is looked at no more often than that: many may wait for one, and none gets less for it. */
#define BUCKET_MS 10

/* After an answer COMM_EQUOTA what else is there gets the same: it has waited as long. */
#define REFUSE_MS 1000

/* What a request costs its user. */
enum cost {
	COST_LITTLE, /* it is answered at once */
	COST_LIST,   /* so is this, with all that there is */
	COST_ANSWER, /* it waits for records, and its answer is as large as they are */
	COST_ALL     /* it waits, and its bytes are kept */
};

/* What a list costs of a turn: some milliseconds for the longest, of which the others get their part. */
#define LIST_TURN_COST 32

static enum cost cost_of(enum comm_method_id method)
{
	switch (method) {
	case COMM_METHOD_HELLO:
	case COMM_METHOD_PING:
	case COMM_METHOD_ACK:
	case COMM_METHOD_PAUSE:
	case COMM_METHOD_RESUME:
	case COMM_METHOD_UNSUBSCRIBE:
		return COST_LITTLE;
	case COMM_METHOD_STATUS:
	case COMM_METHOD_CLIENTS:
	case COMM_METHOD_BROKERS:
	case COMM_METHOD_CONSUMERS:
	case COMM_METHOD_METRICS:
	case COMM_METHOD_HELP:
		return COST_LIST;
	case COMM_METHOD_RECEIVE:
		return COST_ANSWER;
	default:
		return COST_ALL;
	}
}

/* While the daemon ends nobody waits for room: the answer is that. */
static bool may_wait(const struct session *s)
{
	return s->daemon->state == DAEMON_RUNNING;
}

/* ---- obstacles ---- */

/* Who has waited longer comes first, if there is room for it again. */
static bool is_short(const struct session *s, enum quota quota)
{
	const struct quota_account *a = s->quota.account;

	return quota_is_used_up(a, quota) || (!s->hold.is_held && a->n_waiting[quota]);
}

/* What stands in the way of a request for @method; N_QUOTAS: nothing. */
static enum quota find_obstacle(const struct session *s, enum comm_method_id method)
{
	struct quota_account *a = s->quota.account;
	enum cost cost = cost_of(method);

	if (cost == COST_ALL && is_short(s, QUOTA_HELD))
		return QUOTA_HELD;
	if (cost != COST_ALL && quota_has_many_unread(a) &&
	    (cost != COST_LITTLE || outbox_n_bytes(&s->out)))
		return QUOTA_HELD;
	if (cost > COST_LIST && quota_is_used_up(a, QUOTA_REQUESTS))
		return QUOTA_REQUESTS;
	if (method != COMM_METHOD_SEND)
		return N_QUOTAS;
	(void)quota_fill(a, session_now_ms(s));
	return is_short(s, QUOTA_RECORDS) ? QUOTA_RECORDS : N_QUOTAS;
}

/* Those that wait are looked at in the order in which they have begun to. */
static bool may_grow(const struct session *s, const struct parts *all, const struct part *p)
{
	return parts_may_grow(all, p, s->hold.is_held, s->daemon->config->limits_message_max,
			      session_now_ms(s));
}

static enum quota find_obstacle_of_part(struct session *s)
{
	struct quota_account *a = s->quota.account;
	bool has_user_many = quota_has_many_parts(a);
	struct daemon *d = s->daemon;
	bool have_all_many = d->stats.partial_bytes > SESSION_PARTIAL_BYTES_ALL;

	if (has_user_many && !may_grow(s, &a->parts, &s->quota.part))
		return QUOTA_HELD;
	if (have_all_many && !may_grow(s, &d->parts, &s->part))
		return QUOTA_PARTIAL;
	if (has_user_many)
		parts_go_ahead(&a->parts, &s->quota.part, session_now_ms(s));
	if (have_all_many)
		parts_go_ahead(&d->parts, &s->part, session_now_ms(s));
	return N_QUOTAS;
}

/* ---- waiting ---- */

/* Those that wait for answers to be read, or with half a message, are in nobody's way. */
static bool is_in_line(const struct session_hold *h)
{
	return !h->is_part && cost_of(h->method) == COST_ALL;
}

/* @n is 1 or -1. */
static void count_waiting(struct session *s, int n)
{
	struct quota_account *a = s->quota.account;
	const struct session_hold *h = &s->hold;

	a->n_waiting_all += (size_t)n;
	if (h->is_part) {
		a->parts.n_waiting += (size_t)n;
		s->daemon->parts.n_waiting += (size_t)n;
	} else if (is_in_line(h)) {
		a->n_waiting[h->quota] += (size_t)n;
	}
}

static void say_held(struct session *s, enum quota quota)
{
	const struct log_about about = session_about(s);
	struct quota_account *a = s->quota.account;
	char text[256];

	if (quota == QUOTA_PARTIAL) {
		s->daemon->stats.partial_delayed_total++;
		return;
	}
	a->quotas->n_delayed[quota]++;
	if (!quota_note(a, quota, session_now_ms(s)))
		return;
	quota_explain(a, quota, text, sizeof text);
	log_event(LOG_WARNING, LOG_EVENT_QUOTA, &about,
		  "%s (pid %d) is not read from for up to %u ms: %s", s->name, (int)s->peer.pid,
		  quota_wait_ms(a), text);
}

static void on_look(struct deadline *d)
{
	session_touch(container_of(d, struct session, hold.deadline));
}

/* Without memory for a deadline the sweep looks. */
static void look_later(struct session *s)
{
	struct session_hold *h = &s->hold;
	uint64_t now = session_now_ms(s), left_ms = h->until_ms > now ? h->until_ms - now : 0;

	if (h->deadline.place)
		return;
	if (h->quota == QUOTA_RECORDS)
		left_ms = MIN(left_ms, MAX(quota_fill(s->quota.account, now), BUCKET_MS));
	(void)deadline_set(&s->daemon->deadlines, &h->deadline, left_ms, on_look);
}

static void begin(struct session *s, enum quota quota)
{
	struct session_hold *h = &s->hold;

	h->is_held = true;
	h->quota = quota;
	h->until_ms = session_now_ms(s) + quota_wait_ms(s->quota.account);
	count_waiting(s, 1);
	look_later(s);
	say_held(s, quota);
}

/* It may have what it waited for, and lack something else. */
static void go_on(struct session *s, enum quota quota)
{
	struct session_hold *h = &s->hold;

	if (h->quota != quota) {
		count_waiting(s, -1);
		h->quota = quota;
		count_waiting(s, 1);
		deadline_cancel(&s->daemon->deadlines, &h->deadline);
	}
	look_later(s);
}

void session_hold_end(struct session *s)
{
	struct session_hold *h = &s->hold;

	if (!h->is_held)
		return;
	count_waiting(s, -1);
	h->is_held = false;
	deadline_cancel(&s->daemon->deadlines, &h->deadline);
}

static int decide(struct session *s, enum quota obstacle)
{
	unsigned int wait_ms = quota_wait_ms(s->quota.account);
	struct session_hold *h = &s->hold;
	uint64_t now = session_now_ms(s);

	if (obstacle == N_QUOTAS) {
		session_hold_end(s);
		h->refuse_until_ms = 0;
		return 0;
	}
	if (h->is_held && now < h->until_ms) {
		go_on(s, obstacle);
		return COMM_EAGAIN;
	}
	if (!h->is_held && now >= h->refuse_until_ms && wait_ms) {
		begin(s, obstacle);
		return COMM_EAGAIN;
	}
	if (h->is_held)
		h->refuse_until_ms = now + MIN(wait_ms, REFUSE_MS);
	session_hold_end(s);
	return COMM_EQUOTA;
}

int session_hold_admit(struct session *s, enum comm_method_id method, enum quota *ret_quota)
{
	int error;

	if (!may_wait(s))
		return 0;
	if (s->quota.is_turned_away) {
		*ret_quota = QUOTA_CONNECTIONS;
		return COMM_EQUOTA;
	}
	if (!s->hold.is_held) {
		s->hold.is_part = false;
		s->hold.method = method;
	}
	*ret_quota = find_obstacle(s, method);
	error = decide(s, *ret_quota);
	if (!error && cost_of(method) == COST_LIST)
		quota_spend(s->quota.account, LIST_TURN_COST);
	return error;
}

/* Else one could be ahead of its user's, another of all, and each wait for the other. */
void session_hold_step_back(struct session *s)
{
	struct daemon *d = s->daemon;
	bool was_of_user = parts_step_back(&s->quota.account->parts, &s->quota.part);

	if (parts_step_back(&d->parts, &s->part) || was_of_user)
		daemon_released(d);
}

int session_hold_admit_part(struct session *s)
{
	enum quota obstacle;
	int error;

	if (!may_wait(s))
		return 0;
	if (!s->hold.is_held)
		s->hold.is_part = true;
	obstacle = find_obstacle_of_part(s);
	if (obstacle != N_QUOTAS)
		session_hold_step_back(s);
	error = decide(s, obstacle);
	return error == COMM_EQUOTA && obstacle == QUOTA_PARTIAL ? COMM_EBUSY : error;
}

bool session_hold_is_needed(struct session *s)
{
	const struct session_hold *h = &s->hold;
	enum quota obstacle;

	if (!h->is_held || session_now_ms(s) >= h->until_ms || !may_wait(s))
		return false;
	obstacle = h->is_part ? find_obstacle_of_part(s) : find_obstacle(s, h->method);
	if (obstacle == N_QUOTAS)
		return false;
	go_on(s, obstacle);
	return true;
}

void session_hold_no_more(struct session *s)
{
	s->hold.refuse_until_ms = UINT64_MAX;
}

const char *session_hold_key(const struct session *s)
{
	if (!s->hold.is_held)
		return NULL;
	return s->hold.quota == QUOTA_PARTIAL ? SESSION_HOLD_PARTS : quota_key(s->hold.quota);
}
