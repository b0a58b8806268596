#include "daemon/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "proto/util.h"

#define TICK_MS 1000

/* The manager tells everybody who looks at units of each change: no more often than this. */
#define STATUS_MS 2000

/* Asked for once a second while ending, so that a loop that hangs does not get it. */
#define EXTEND_USEC "10000000"

/* The manager expects to hear in this part of its time, so that one turn that is late does no harm. */
#define WATCHDOG_PART 3

/* ---- the status ---- */

struct counts {
	size_t n_up;
	size_t n_down;
	size_t n_bad;
	size_t n_unused;
	int64_t records;
	const char *down; /* the name of one; NULL: none */
};

static void count_profile(const struct daemon *d, const struct profile_entry *e, struct counts *ret)
{
	struct comm_wire_profile p = { .state = comm_bytes_of("unused") };

	if (!e->profile || e->problem.text[0]) {
		ret->n_bad++;
		return;
	}
	if (d->kafka)
		kafka_profile_status(d->kafka, e->profile, &p);
	ret->records += p.in_flight;
	if (comm_bytes_is(p.state, "up")) {
		ret->n_up++;
	} else if (comm_bytes_is(p.state, "down")) {
		ret->n_down++;
		ret->down = e->name;
	} else {
		ret->n_unused++;
	}
}

static void describe(const struct daemon *d, char *ret, size_t size)
{
	struct counts c = { 0 };

	for (size_t i = 0; i < d->profiles->n_entries; i++)
		count_profile(d, &d->profiles->entries[i], &c);
	(void)snprintf(
		ret, size,
		"%s%lld clients, %lld requests and %lld records in flight; "
		"profiles: %zu up, %zu down%s%s%s, %zu bad, %zu unused",
		d->state == DAEMON_RUNNING ? "" : "stopping: ", (long long)d->stats.connections,
		(long long)d->stats.requests_in_flight, (long long)c.records, c.n_up, c.n_down,
		c.down ? " (" : "", c.down ? c.down : "", c.down ? ")" : "", c.n_bad, c.n_unused);
}

/* Tell @state, lines of sd_notify(3), and the status with it. */
static void tell(struct notify *n, const char *state)
{
	if (!n->is_told_to)
		return;
	describe(n->daemon, n->status, sizeof n->status);
	n->told_ms = uv_now(n->daemon->loop);
	(void)sd_notifyf(0, "%s\nSTATUS=%s", state, n->status);
}

static void on_tick(uv_timer_t *t)
{
	struct notify *n = container_of(t, struct notify, tick);
	char status[NOTIFY_STATUS_MAX];

	if (n->daemon->state != DAEMON_RUNNING) {
		tell(n, "EXTEND_TIMEOUT_USEC=" EXTEND_USEC);
		return;
	}
	if (uv_now(t->loop) - n->told_ms < STATUS_MS)
		return;
	describe(n->daemon, status, sizeof status);
	if (strcmp(status, n->status) != 0)
		tell(n, "");
}

/* ---- the watchdog ---- */

/* That this runs shows that the loop goes round. */
static void on_watchdog(uv_timer_t *t)
{
	struct notify *n = container_of(t, struct notify, watchdog);
	struct kafka *k = n->daemon->kafka;
	uint64_t n_polled = k ? kafka_n_polled(k) : n->n_polled + 1;

	if (n_polled != n->n_polled)
		(void)sd_notify(0, "WATCHDOG=1");
	n->n_polled = n_polled;
	if (k)
		kafka_poll_all(k);
}

static void start_watchdog(struct notify *n)
{
	uint64_t limit_usec, period_ms;

	if (sd_watchdog_enabled(0, &limit_usec) <= 0)
		return;
	period_ms = MAX(limit_usec / 1000 / WATCHDOG_PART, 1);
	(void)uv_timer_start(&n->watchdog, on_watchdog, 0, period_ms);
}

/* ---- life ---- */

void notify_start(struct notify *n, struct daemon *d)
{
	const char *manager = getenv("NOTIFY_SOCKET");

	*n = (struct notify){
		.daemon = d,
		.is_told_to = manager && *manager,
		.n_polled = UINT64_MAX,
	};
	(void)uv_timer_init(d->loop, &n->tick);
	(void)uv_timer_init(d->loop, &n->watchdog);
}

void notify_close(struct notify *n)
{
	uv_close((uv_handle_t *)&n->tick, NULL);
	uv_close((uv_handle_t *)&n->watchdog, NULL);
}

void notify_ready(struct notify *n)
{
	tell(n, "READY=1");
	if (!n->is_told_to || uv_is_active((uv_handle_t *)&n->tick))
		return;
	(void)uv_timer_start(&n->tick, on_tick, TICK_MS, TICK_MS);
	start_watchdog(n);
}

void notify_reloading(struct notify *n)
{
	char state[64];

	(void)snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		       uv_hrtime() / 1000);
	tell(n, state);
}

void notify_stopping(struct notify *n)
{
	tell(n, "STOPPING=1\nEXTEND_TIMEOUT_USEC=" EXTEND_USEC);
}
