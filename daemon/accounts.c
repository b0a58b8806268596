#include "daemon/accounts.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/discards.h"
#include "daemon/kafka.h"
#include "daemon/permit.h"
#include "daemon/sender.h"
#include "proto/error_table.h"
#include "proto/util.h"

static bool sees_user(const struct session *viewer, uid_t uid, const char *profile)
{
	return !viewer || permit_sees_user(viewer, uid, profile);
}

/* ---- topics ---- */

/* What is left of @n rows, which are about everybody. */
static size_t keep_seen(const struct session *viewer, struct comm_wire_topic_ledger *rows, size_t n)
{
	size_t n_seen = 0;

	for (size_t i = 0; i < n; i++)
		if (!viewer || permit_sees_all(viewer, rows[i].profile.data))
			rows[n_seen++] = rows[i];
	return n_seen;
}

static int list_topics(struct accounts *a, const struct kafka *k, const struct session *viewer)
{
	size_t n_all = k ? kafka_topic_ledgers(k, NULL, 0) : 0, n = MIN(n_all, ACCOUNTS_MAX);
	struct comm_wire_topic_ledger *rows = calloc(n + 1, sizeof *rows);

	if (!rows)
		return -ENOMEM;
	if (k)
		(void)kafka_topic_ledgers(k, rows, n);
	a->topics = (struct comm_list){ rows, keep_seen(viewer, rows, n) };
	a->n_topics_left_out = n_all - n;
	return 0;
}

/* ---- clients ---- */

/* A connection may have been another sender before, to another profile. */
static bool is_worth(const struct sender *s, const struct session *viewer)
{
	return (s->is_connected || ledger_in_flight(&s->ledger)) &&
	       sees_user(viewer, s->uid, s->profile);
}

static size_t count_clients(const struct senders *senders, const struct session *viewer)
{
	const struct sender *s;
	size_t n = 0;

	LIST_FOREACH(s, &senders->all, entry)
		n += is_worth(s, viewer);
	return n;
}

static struct comm_wire_client_ledger describe_client(const struct sender *s)
{
	return (struct comm_wire_client_ledger){
		.client = comm_bytes_of(s->name),
		.pid = s->pid,
		.uid = s->uid,
		.profile = comm_bytes_of(s->profile),
		.accepted = s->ledger.accepted,
		.persisted = s->ledger.persisted,
		.failed = s->ledger.failed,
		.in_flight = ledger_in_flight(&s->ledger),
		.connected = s->is_connected,
	};
}

static size_t add_clients(const struct senders *senders, const struct session *viewer,
			  bool are_clean, struct comm_wire_client_ledger *rows, size_t n,
			  size_t max)
{
	const struct sender *s;

	LIST_FOREACH(s, &senders->all, entry)
		if (n < max && is_worth(s, viewer) && ledger_is_clean(&s->ledger) == are_clean)
			rows[n++] = describe_client(s);
	return n;
}

static int list_clients(struct accounts *a, const struct senders *senders,
			const struct session *viewer)
{
	size_t n_all = count_clients(senders, viewer), max = MIN(n_all, ACCOUNTS_MAX), n;
	struct comm_wire_client_ledger *rows = calloc(max + 1, sizeof *rows);

	if (!rows)
		return -ENOMEM;
	n = add_clients(senders, viewer, false, rows, 0, max);
	n = add_clients(senders, viewer, true, rows, n, max);
	a->clients = (struct comm_list){ rows, n };
	a->n_clients_left_out = n_all - n;
	return 0;
}

/* ---- discards ---- */

static struct comm_wire_discard describe_discard(const struct discard *d,
						 const struct comm_wire_error *error)
{
	return (struct comm_wire_discard){
		.first_ms = d->first_ms,
		.last_ms = d->last_ms,
		.profile = comm_bytes_of(d->profile),
		.topic = comm_bytes_of(d->topic),
		.client = comm_bytes_of(d->client),
		.pid = d->pid,
		.uid = d->uid,
		.error = error,
		.maybe_persisted = d->maybe_persisted,
		.records = d->n,
	};
}

static int list_discards(struct accounts *a, const struct kafka *k, const struct session *viewer)
{
	const struct discards *d = k ? kafka_discards(k) : NULL;
	size_t max = d ? d->n_rows : 0, n = 0;
	struct comm_wire_discard *rows = calloc(max + 1, sizeof *rows);
	const struct discard *row;

	a->discards.items = rows;
	a->errors = calloc(max + 1, sizeof *a->errors);
	if (!rows || !a->errors)
		return -ENOMEM;
	if (!d)
		return 0;
	TAILQ_FOREACH_REVERSE(row, &d->rows, discard_list, entry)
	{
		if (!sees_user(viewer, row->uid, row->profile))
			continue;
		a->errors[n] = comm_error_wire(row->code, row->message);
		rows[n] = describe_discard(row, &a->errors[n]);
		n++;
	}
	a->discards.n = n;
	return 0;
}

int accounts_init(struct accounts *a, const struct kafka *k, const struct senders *senders,
		  const struct session *viewer)
{
	int error;

	*a = (struct accounts){ 0 };
	error = list_topics(a, k, viewer);
	if (!error)
		error = list_clients(a, senders, viewer);
	if (!error)
		error = list_discards(a, k, viewer);
	return error;
}

void accounts_fini(struct accounts *a)
{
	free((void *)a->topics.items);
	free((void *)a->clients.items);
	free((void *)a->discards.items);
	free(a->errors);
}
