#include "daemon/session_quota.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/log.h"
#include "daemon/session.h"
#include "proto/errors.h"
#include "proto/util.h"

/* Time enough to ask one thing and read the answer. */
#define TURNED_AWAY_MS 5000

/* ---- in the log ---- */

/* Say it in the log, once in a while. */
static void say_refused(struct session *s, enum quota quota)
{
	struct log_about about = session_about(s);
	struct quota_account *a = s->quota.account;
	char text[256];

	a->quotas->n_refused[quota]++;
	if (!quota_note(a, quota, session_now_ms(s)))
		return;
	quota_explain(a, quota, text, sizeof text);
	about.error = COMM_EQUOTA;
	log_event(LOG_WARNING, LOG_EVENT_QUOTA, &about, "%s (pid %d) is refused: %s", s->name,
		  (int)s->peer.pid, text);
}

/* Who is turned away has been counted when it came. */
void session_quota_explain(struct session *s, enum quota quota, char *ret, size_t size)
{
	if (!s->quota.is_turned_away)
		say_refused(s, quota);
	quota_explain(s->quota.account, quota, ret, size);
}

void session_quota_fail(struct request *r, enum quota quota)
{
	struct session *s = r->session;
	struct kafka_failure why = { .code = COMM_EQUOTA };

	session_quota_explain(s, quota, why.message, sizeof why.message);
	(void)snprintf(why.detail, sizeof why.detail, "%s", quota_key(quota));
	request_fail(r, &why);
	if (s->quota.is_turned_away)
		session_end(s);
}

/* ---- connections ---- */

static void on_turned_away(struct deadline *d)
{
	session_close(container_of(d, struct session, quota.turned_away));
}

/* A few at a time are told why; who goes on connecting knows it already. */
static int turn_away(struct session *s)
{
	struct quota_account *a = s->quota.account;

	say_refused(s, QUOTA_CONNECTIONS);
	if (a->used[QUOTA_TURNED_AWAY] >= QUOTA_TURNED_AWAY_MAX)
		return -EDQUOT;
	if (deadline_set(&s->daemon->deadlines, &s->quota.turned_away, TURNED_AWAY_MS,
			 on_turned_away))
		return -ENOMEM;
	quota_charge_init(&s->quota.connection, a, QUOTA_TURNED_AWAY, 1);
	s->quota.is_turned_away = true;
	return 0;
}

int session_quota_init(struct session *s)
{
	struct quota_account *a = quota_account_get(&s->daemon->quotas, s->peer.uid);
	int r = 0;

	if (!a)
		return -ENOMEM;
	s->quota.account = a;
	if (!quota_is_used_up(a, QUOTA_CONNECTIONS))
		quota_charge_init(&s->quota.connection, a, QUOTA_CONNECTIONS, 1);
	else
		r = turn_away(s);
	if (r) {
		quota_account_unref(a);
		return r;
	}
	quota_charge_init(&s->quota.partial, a, QUOTA_PARTIAL, 0);
	quota_charge_init(&s->quota.unread, a, QUOTA_UNREAD, 0);
	return 0;
}

void session_quota_fini(struct session *s)
{
	session_quota_note_starving(s, false);
	deadline_cancel(&s->daemon->deadlines, &s->quota.turned_away);
	quota_charge_fini(&s->quota.connection);
	quota_charge_fini(&s->quota.partial);
	quota_charge_fini(&s->quota.unread);
	quota_account_unref(s->quota.account);
	s->quota.account = NULL;
}

/* ---- answers ---- */

bool session_quota_is_full(const struct session *s)
{
	return s->quota.account && quota_has_many_unread(s->quota.account);
}

void session_quota_note_partial(struct session *s, size_t n_bytes)
{
	if (s->quota.account)
		parts_set(&s->quota.account->parts, &s->quota.part, n_bytes, session_now_ms(s));
	quota_charge_set(&s->quota.partial, n_bytes);
}

void session_quota_note_unread(struct session *s)
{
	quota_charge_set(&s->quota.unread, outbox_n_bytes(&s->out));
}

void session_quota_note_starving(struct session *s, bool is_starving)
{
	if (s->quota.is_starving == is_starving)
		return;
	s->quota.is_starving = is_starving;
	if (is_starving) {
		s->quota.account->n_waiting_all++;
		LIST_INSERT_HEAD(&s->daemon->starving, s, starving_entry);
	} else {
		s->quota.account->n_waiting_all--;
		LIST_REMOVE(s, starving_entry);
	}
}
