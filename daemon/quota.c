#define HASH_NONFATAL_OOM 1

#include "daemon/quota.h"

#include <stdlib.h>

#include "daemon/config.h"
#include "proto/util.h"

/* Of all connections and consumers, one user gets no more than all but a quarter: the others find room. */
#define OTHERS_PART 4

/* Of what one user may hold, unread answers find this much room whatever else there is. */
#define UNREAD_PART 4

void quotas_init(struct quotas *q, const struct config *const *config,
		 const unsigned int *max_connections, void (*released)(struct quotas *q))
{
	*q = (struct quotas){
		.config = config,
		.max_connections = max_connections,
		.released = released,
	};
}

/* ---- accounts ---- */

static struct quota_account *find(const struct quotas *q, uid_t uid)
{
	struct quota_account *a;

	HASH_FIND(hh, q->accounts, &uid, sizeof uid, a);
	return a;
}

const struct quota_account *quota_account_find(const struct quotas *q, uid_t uid)
{
	return find(q, uid);
}

static struct quota_account *account_new(struct quotas *q, uid_t uid)
{
	struct quota_account *a = calloc(1, sizeof *a);

	if (!a)
		return NULL;
	a->quotas = q;
	a->uid = uid;
	parts_init(&a->parts);
	HASH_ADD(hh, q->accounts, uid, sizeof uid, a);
	if (!a->hh.tbl) {
		free(a);
		return NULL;
	}
	return a;
}

static void account_free(struct quota_account *a)
{
	HASH_DEL(a->quotas->accounts, a);
	free(a);
}

struct quota_account *quota_account_get(struct quotas *q, uid_t uid)
{
	struct quota_account *a = find(q, uid);

	if (!a)
		a = account_new(q, uid);
	return a ? quota_account_ref(a) : NULL;
}

struct quota_account *quota_account_ref(struct quota_account *a)
{
	a->n_refs++;
	return a;
}

/* One that has overdrawn its bucket would come back with a full one: it waits for the sweep. */
void quota_account_unref(struct quota_account *a)
{
	if (a && !--a->n_refs && !a->filled_ms)
		account_free(a);
}

void quotas_sweep(struct quotas *q, uint64_t now_ms)
{
	struct quota_account *a, *next;

	HASH_ITER(hh, q->accounts, a, next) {
		(void)quota_fill(a, now_ms);
		if (!a->n_refs && !a->filled_ms)
			account_free(a);
	}
	said_sweep(&q->said, now_ms);
}

void quotas_fini(struct quotas *q)
{
	struct quota_account *a, *next;

	HASH_ITER(hh, q->accounts, a, next)
		account_free(a);
	said_fini(&q->said);
}

/* ---- charges ---- */

void quota_charge_init(struct quota_charge *c, struct quota_account *a, enum quota quota,
		       uint64_t n)
{
	*c = (struct quota_charge){ a ? quota_account_ref(a) : NULL, quota, n };
	if (a)
		a->used[quota] += n;
}

static void released(const struct quota_account *a)
{
	if (a->n_waiting_all)
		a->quotas->released(a->quotas);
}

void quota_charge_set(struct quota_charge *c, uint64_t n)
{
	struct quota_account *a = c->account;
	bool is_less = n < c->n;

	if (!a || n == c->n)
		return;
	a->used[c->quota] += n - c->n;
	c->n = n;
	if (is_less)
		released(a);
}

void quota_charge_fini(struct quota_charge *c)
{
	struct quota_account *a = c->account;

	quota_charge_set(c, 0);
	c->account = NULL;
	quota_account_unref(a);
}

/* ---- questions ---- */

static const struct config *config_of(const struct quota_account *a)
{
	return *a->quotas->config;
}

static uint64_t without_others_part(uint64_t all)
{
	return all - all / OTHERS_PART;
}

/* Where there are too few to leave some, whoever comes first has them. */
static uint64_t consumers_allowed(const struct config *c)
{
	uint64_t all = c->limits_consumers;

	return MIN(c->quota_consumers, all < OTHERS_PART ? UINT64_MAX : without_others_part(all));
}

uint64_t quota_allowed(const struct quota_account *a, enum quota quota)
{
	const struct config *c = config_of(a);

	switch (quota) {
	case QUOTA_CONNECTIONS:
		return MIN(c->quota_connections, without_others_part(*a->quotas->max_connections));
	case QUOTA_HELD:
		return c->quota_held_bytes;
	case QUOTA_REQUESTS:
		return c->quota_requests;
	case QUOTA_RECORDS:
		return c->quota_records_per_second ? c->quota_records_per_second : UINT64_MAX;
	case QUOTA_SUBSCRIPTIONS:
		return c->quota_subscriptions;
	case QUOTA_CONSUMERS:
		return consumers_allowed(c);
	default:
		return QUOTA_TURNED_AWAY_MAX;
	}
}

uint64_t quota_used(const struct quota_account *a, enum quota quota)
{
	uint64_t rate;

	if (quota == QUOTA_HELD)
		return a->used[QUOTA_HELD] + a->used[QUOTA_PARTIAL] + a->used[QUOTA_UNREAD];
	if (quota != QUOTA_RECORDS)
		return a->used[quota];
	rate = quota_allowed(a, QUOTA_RECORDS);
	if (rate == UINT64_MAX || !a->filled_ms)
		return 0;
	return (uint64_t)((int64_t)rate * 1000 - a->records) / 1000;
}

static bool holds_much(const struct quota_account *a)
{
	uint64_t allowed = quota_allowed(a, QUOTA_HELD);
	uint64_t unread = MAX(a->used[QUOTA_UNREAD], allowed / UNREAD_PART);

	return (a->used[QUOTA_HELD] || a->used[QUOTA_UNREAD]) &&
	       a->used[QUOTA_HELD] + a->used[QUOTA_PARTIAL] + unread >= allowed;
}

bool quota_is_used_up(const struct quota_account *a, enum quota quota)
{
	if (quota == QUOTA_RECORDS)
		return a->filled_ms && a->records <= 0 &&
		       quota_allowed(a, QUOTA_RECORDS) != UINT64_MAX;
	if (quota == QUOTA_HELD)
		return holds_much(a);
	return quota_used(a, quota) >= quota_allowed(a, quota);
}

bool quota_has_many_unread(const struct quota_account *a)
{
	uint64_t allowed = quota_allowed(a, QUOTA_HELD);

	return a->used[QUOTA_UNREAD] >= allowed / UNREAD_PART &&
	       quota_used(a, QUOTA_HELD) >= allowed;
}

bool quota_has_many_parts(const struct quota_account *a)
{
	return quota_used(a, QUOTA_HELD) > quota_allowed(a, QUOTA_HELD);
}

uint64_t quota_fill(struct quota_account *a, uint64_t now_ms)
{
	uint64_t rate = quota_allowed(a, QUOTA_RECORDS);
	uint64_t lacks, passed_ms;

	if (!a->filled_ms)
		return 0;
	if (rate == UINT64_MAX) {
		a->filled_ms = 0;
		return 0;
	}
	lacks = (uint64_t)((int64_t)(rate * 1000) - a->records);
	passed_ms = now_ms - a->filled_ms;
	/* A bucket of another rate, as after a reload, may have had more in it than this one holds. */
	if ((int64_t)lacks <= 0 || passed_ms >= lacks / rate + 1) {
		a->filled_ms = 0;
		return 0;
	}
	a->records += (int64_t)(passed_ms * rate);
	a->filled_ms = now_ms;
	return a->records > 0 ? 0 : (uint64_t)-a->records / rate + 1;
}

void quota_take(struct quota_account *a, uint64_t n, uint64_t now_ms)
{
	uint64_t rate = quota_allowed(a, QUOTA_RECORDS);

	if (rate == UINT64_MAX)
		return;
	(void)quota_fill(a, now_ms);
	if (!a->filled_ms) {
		a->records = (int64_t)(rate * 1000);
		a->filled_ms = now_ms;
	}
	a->records -= (int64_t)(n * 1000);
}

void quotas_begin_turn(struct quotas *q)
{
	q->turn++;
}

static void begin_turn(struct quota_account *a)
{
	if (a->turn == a->quotas->turn)
		return;
	a->turn = a->quotas->turn;
	a->turn_cost = 0;
	a->turn_resumed = 0;
}

/* One who is alone keeps nobody waiting. */
static bool is_alone(const struct quota_account *a)
{
	return HASH_COUNT(a->quotas->accounts) == 1;
}

void quota_spend(struct quota_account *a, uint64_t cost)
{
	begin_turn(a);
	a->turn_cost += cost;
}

bool quota_has_had_turn(const struct quota_account *a)
{
	return a->turn == a->quotas->turn && a->turn_cost >= QUOTA_TURN_COST && !is_alone(a);
}

bool quota_resume(struct quota_account *a)
{
	begin_turn(a);
	if (!is_alone(a) &&
	    (a->turn_cost >= QUOTA_TURN_COST || a->turn_resumed == QUOTA_TURN_RESUMED))
		return false;
	a->turn_resumed++;
	return true;
}

unsigned int quota_wait_ms(const struct quota_account *a)
{
	return config_of(a)->quota_wait_ms;
}

bool quota_note(struct quota_account *a, enum quota quota, uint64_t now_ms)
{
	uint64_t last_ms = a->burst_ms[quota];

	a->burst_ms[quota] = now_ms;
	return !last_ms || now_ms - last_ms >= QUOTA_BURST_MS;
}
