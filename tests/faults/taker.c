#include "tests/faults/taker.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "proto/util.h"
#include "tests/faults/ledger.h"
#include "tests/faults/payload.h"

/* Before it tries again what has failed. */
#define PAUSE_US 50000

/* A receive waits so long. */
#define RECEIVE_MS 1000

/* Of one receive of a slow reader, so that its pauses are short. */
#define SLOW_RECORDS 10

static bool is_automatic(const struct taker *t)
{
	return t->take->options->group && t->take->options->ack == COMM_ACK_AUTO;
}

static void write_down(const struct taker *t, enum ledger_what what, int partition,
		       int64_t since_us)
{
	const struct ledger_entry entry = { .time_us = ledger_now_us(),
					    .offset = t->next[partition],
					    .partition = (int16_t)partition,
					    .client = t->number,
					    .number = (uint32_t)(ledger_now_us() - since_us),
					    .what = (uint8_t)what };

	if (t->take->ledger)
		ledger_add(t->take->ledger, &entry);
}

/* What it holds. Nothing of it is held afterwards, unless that is only asked for. */
static void write_down_all(struct taker *t, enum ledger_what what)
{
	for (int i = 0; i < TAKE_PARTITIONS_MAX; i++)
		if (t->is_held[i]) {
			write_down(t, what, i, t->asked_us);
			t->is_held[i] = what == LEDGER_ASKED;
		}
}

static void fail(struct taker *t, int error, const char *message)
{
	if (!comm_is_retriable(error) && error != COMM_ENOT_RUNNING &&
	    error != COMM_ENO_SUBSCRIPTION)
		errx(2, "reader %u: %s", t->number, message);
	t->take->n_errors++;
	if (!t->take->has_told[(uint8_t)error])
		warnx("%s: %s", comm_error_name(error), message);
	t->take->has_told[(uint8_t)error] = true;
	t->due_us = ledger_now_us() + PAUSE_US;
}

/* ---- records ---- */

static bool is_as_sent(struct take *take, const struct comm_record *r)
{
	uint32_t client, number;

	if (!payload_parse(r->value, r->value_len, &client, &number))
		return false;
	if (r->value_len > take->value_size) {
		take->value = realloc(take->value, r->value_len);
		if (!take->value)
			err(2, "no memory");
		take->value_size = r->value_len;
	}
	(void)payload_fill(take->value, r->value_len, client, number);
	return memcmp(take->value, r->value, r->value_len) == 0;
}

static void take_record(struct taker *t, const struct comm_record *r)
{
	struct take *take = t->take;
	const struct ledger_entry entry = { .time_us = MAX(t->quiet_us, t->asked_us),
					    .offset = r->offset,
					    .partition = (int16_t)r->partition,
					    .client = t->number,
					    .crc = payload_crc(r->value, r->value_len),
					    .what = LEDGER_TAKEN };

	if (r->partition < 0 || r->partition >= TAKE_PARTITIONS_MAX)
		errx(2, "there is a partition %d", (int)r->partition);
	if (take->ledger)
		ledger_add(take->ledger, &entry);
	take->n_gaps += !take->options->group && r->offset != t->next[r->partition];
	take->n_corrupt += !is_as_sent(take, r);
	t->next[r->partition] = r->offset + 1;
	t->is_held[r->partition] = take->options->group && take->options->ack != COMM_ACK_NONE;
	if (t->n_taken++ == 0)
		t->began_us = ledger_now_us();
	t->n_bytes += (int64_t)r->value_len;
}

/* ---- what it asks for ---- */

static void on_acknowledged(struct comm *c, int error, void *arg)
{
	struct taker *t = arg;

	if (t->is_leaving)
		return;
	/* The next receive says so if they come again. */
	if (error && error != COMM_ESTALE)
		fail(t, error, comm_error_message(c));
	write_down(t, error ? LEDGER_REFUSED : LEDGER_DONE, t->acking, t->asked_us);
	t->is_asking = false;
}

static void acknowledge(struct taker *t, int partition)
{
	struct comm_record record = COMM_RECORD_INIT;
	int error;

	t->is_asking = true;
	t->is_held[partition] = false;
	t->acking = partition;
	record.topic = t->take->options->topic;
	record.partition = partition;
	record.offset = t->next[partition] - 1;
	write_down(t, LEDGER_ASKED, partition, t->asked_us);
	error = comm_ack_async(t->s, &record, on_acknowledged, t);
	if (error)
		on_acknowledged(t->c, error, t);
}

static void pace(struct taker *t)
{
	int64_t rate = t->is_slow ? t->take->options->rate : 0;

	if (rate)
		t->due_us = MAX(t->due_us, t->asked_us) + t->n_bytes * 1000000 / rate;
	if (t->n_bytes)
		t->due_us = MAX(t->due_us, ledger_now_us() + t->take->options->hold_ms * 1000);
	t->n_bytes = 0;
}

static void on_received(struct comm_subscription *s, int error, const struct comm_record *records,
			size_t n_records, void *arg)
{
	struct taker *t = arg;
	int64_t wanted = t->take->options->n_records;

	(void)s;
	if (t->is_leaving)
		return;
	t->is_asking = false;
	t->has_answer = true;
	/* Whether what a lost connection asked for was done is not known. */
	if (is_automatic(t) && !error && !t->is_lost)
		write_down_all(t, LEDGER_DONE);
	memset(t->is_held, 0, sizeof t->is_held);
	if (error)
		fail(t, error, comm_error_message(t->c));
	for (size_t i = 0; i < n_records; i++)
		take_record(t, &records[i]);
	pace(t);
	if (wanted && t->n_taken >= wanted && !t->done_us)
		t->done_us = ledger_now_us();
}

static void receive(struct taker *t)
{
	bool is_slow = t->is_slow && t->take->options->rate;
	int error;

	t->is_asking = true;
	t->is_lost = false;
	if (is_automatic(t))
		write_down_all(t, LEDGER_ASKED);
	error = comm_receive_async(t->s, is_slow ? SLOW_RECORDS : 0, RECEIVE_MS, on_received, t);
	if (error)
		on_received(t->s, error, NULL, 0, t);
}

static void on_subscribed(struct comm *c, int error, struct comm_subscription *s, void *arg)
{
	struct taker *t = arg;

	t->is_asking = false;
	if (error && !t->is_leaving)
		fail(t, error, comm_error_message(c));
	t->s = s;
}

static void subscribe(struct taker *t)
{
	const struct take_options *o = t->take->options;
	const struct comm_subscribe_options how = { .start = COMM_START_EARLIEST, .ack = o->ack };
	int error;

	t->is_asking = true;
	error = comm_subscribe_async(t->c, o->group, &o->topic, 1, &how, on_subscribed, t);
	if (error)
		on_subscribed(t->c, error, NULL, t);
}

static void connect_again(struct taker *t)
{
	const struct take_options *o = t->take->options;
	const struct comm_options options = { .client = "take" };
	int error = comm_connect(o->socket, o->profile, &options, &t->c);

	if (error) {
		fail(t, error, comm_error_message(t->c));
		comm_close(t->c, 0, NULL);
		t->c = NULL;
	}
}

static void ask(struct taker *t)
{
	int partition = 0;

	t->asked_us = ledger_now_us();
	while (partition < TAKE_PARTITIONS_MAX && !t->is_held[partition])
		partition++;
	if (!t->s)
		subscribe(t);
	else if (partition < TAKE_PARTITIONS_MAX && t->take->options->ack == COMM_ACK_MANUAL)
		acknowledge(t, partition);
	else
		receive(t);
}

/* ---- the whole ---- */

void taker_init(struct taker *t, struct take *take, uint32_t number, bool is_slow)
{
	*t = (struct taker){ .take = take, .number = number, .is_slow = is_slow };
}

bool taker_is_done(const struct taker *t)
{
	return t->done_us != 0;
}

void taker_work(struct taker *t, bool is_ready)
{
	int64_t now_us = ledger_now_us();

	if (t->c && is_ready && comm_process(t->c)) {
		t->is_lost = true;
		memset(t->is_held, 0, sizeof t->is_held);
	}
	if (!t->c && t->due_us <= now_us)
		connect_again(t);
	if (t->c && !t->is_asking && !taker_is_done(t) && t->due_us <= now_us)
		ask(t);
}

int64_t taker_wait_us(const struct taker *t, int64_t now_us)
{
	int timeout_ms = t->c ? comm_timeout(t->c) : -1;
	int64_t wait_us = timeout_ms < 0 ? -1 : timeout_ms * 1000LL, due_us;

	if (t->is_asking || taker_is_done(t))
		return wait_us;
	due_us = MAX(t->due_us - now_us, 0);
	return wait_us < 0 ? due_us : MIN(wait_us, due_us);
}

void taker_leave(struct taker *t)
{
	t->is_leaving = true;
	(void)comm_close(t->c, 0, NULL);
	t->c = NULL;
}
