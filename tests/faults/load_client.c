#include <err.h>
#include <stdlib.h>

#include "proto/util.h"
#include "tests/faults/ledger.h"
#include "tests/faults/load.h"
#include "tests/faults/payload.h"

/* Between two attempts to connect. */
#define PAUSE_US 20000

/* Records of one client in one turn, so that those beside it have theirs. */
#define BURST 100

/* Write down @entry, which has all but the time and who sends. */
static void write_down(const struct load_client *client, struct ledger_entry entry)
{
	entry.time_us = ledger_now_us();
	entry.client = client->number;
	ledger_add(client->load->ledger, &entry);
}

/* Which record an outcome is for. */
struct letter {
	struct load_client *client; /* borrowed */
	uint32_t number;
	bool has_waited; /* for room in the library */
};

static void on_told(struct comm *c, const struct comm_outcome *outcome, void *arg)
{
	struct letter *letter = arg;
	struct load *load = letter->client->load;
	enum ledger_what what = LEDGER_ACKED;

	(void)c;
	if (outcome->error)
		what = outcome->maybe_persisted ? LEDGER_UNKNOWN : LEDGER_FAILED;
	if (!load->is_late)
		write_down(letter->client,
			   (struct ledger_entry){ .offset = outcome->offset,
						  .partition = (int16_t)outcome->partition,
						  .error = (uint8_t)outcome->error,
						  .number = letter->number,
						  .what = (uint8_t)what });
	if (outcome->error && !load->has_told[(uint8_t)outcome->error]) {
		load->has_told[(uint8_t)outcome->error] = true;
		warnx("%s: %s", comm_error_name(outcome->error), outcome->message);
	}
	free(letter);
}

static struct letter *begin_letter(struct load_client *client, int32_t partition, uint32_t crc)
{
	struct letter *letter = malloc(sizeof *letter);

	if (!letter)
		err(2, "no memory");
	*letter = (struct letter){ .client = client, .number = client->n_begun++ };
	/* Should this process be killed after the next step, nobody wonders where the record is from. */
	write_down(client, (struct ledger_entry){ .offset = -1,
						  .partition = (int16_t)partition,
						  .number = letter->number,
						  .crc = crc,
						  .what = LEDGER_SENT });
	return letter;
}

/* Returns false when the library takes no more. */
static bool send_one(struct load_client *client)
{
	struct load *load = client->load;
	const struct load_options *o = load->options;
	struct comm_record record = COMM_RECORD_INIT;
	uint32_t number = client->next ? client->next->number : client->n_begun, crc;
	int error;

	record.value = load->value;
	record.value_len =
		payload_size(client->number, number, (size_t)o->size_min, (size_t)o->size_max);
	record.partition = (int32_t)(number % (uint64_t)o->n_partitions);
	crc = payload_fill(load->value, record.value_len, client->number, number);
	if (!client->next)
		client->next = begin_letter(client, record.partition, crc);
	error = comm_send_async(client->c, o->topic, &record, on_told, client->next);
	if (error == COMM_EAGAIN) {
		client->next->has_waited = true;
		return false;
	}
	if (error)
		errx(2, "client %u: %s", client->number, comm_error_message(client->c));
	if (client->next->has_waited)
		write_down(client, (struct ledger_entry){ .number = number, .what = LEDGER_BEGUN });
	client->next = NULL;
	client->n_here++;
	load->n_sent++;
	return true;
}

static bool has_more(const struct load_client *client)
{
	const struct load_options *o = client->load->options;

	if (client->next)
		return true;
	return !client->load->is_ending && (!o->n_records || client->n_begun < o->n_records);
}

/* Whether it is to connect anew before it sends more. */
static bool is_tired(const struct load_client *client)
{
	const struct load_options *o = client->load->options;

	return o->churn && client->n_here >= o->churn && !client->next;
}

static void send_due(struct load_client *client, int64_t now_us)
{
	int64_t rate = client->load->options->rate;

	/* It does not make up for more than a second in which it could not send. */
	client->due_us = MAX(client->due_us, now_us - 1000000);
	client->is_waiting = false;
	for (int i = 0; i < BURST && has_more(client) && !is_tired(client); i++) {
		if (rate && client->due_us > now_us)
			return;
		client->is_waiting = !send_one(client);
		if (client->is_waiting)
			return;
		client->due_us += rate ? 1000000 / rate : 0;
	}
}

static void connect_again(struct load_client *client, int64_t now_us)
{
	const struct load_options *o = client->load->options;
	const struct comm_options options = { .client = "load",
					      .timeout_ms = (int)o->timeout_ms,
					      .resend = o->resend,
					      .window_records = (size_t)o->window };

	if (comm_connect(o->socket, o->profile, &options, &client->c)) {
		comm_close(client->c, 0, NULL);
		client->c = NULL;
		client->due_us = now_us + PAUSE_US;
		return;
	}
	client->load->n_connections++;
	client->n_here = 0;
	client->due_us = now_us;
}

void load_client_init(struct load_client *client, struct load *load, uint32_t number)
{
	*client = (struct load_client){ .load = load, .number = number };
}

void load_client_work(struct load_client *client, bool is_ready)
{
	int64_t now_us = ledger_now_us();

	if (client->c && is_ready)
		(void)comm_process(client->c);
	if (client->c && is_tired(client) && !comm_n_open(client->c))
		load_client_leave(client);
	if (!client->c && has_more(client) && client->due_us <= now_us)
		connect_again(client, now_us);
	if (client->c)
		send_due(client, now_us);
}

bool load_client_is_done(const struct load_client *client)
{
	return !has_more(client) && (!client->c || !comm_n_open(client->c));
}

int64_t load_client_wait_us(const struct load_client *client, int64_t now_us)
{
	int timeout_ms = client->c ? comm_timeout(client->c) : -1;
	int64_t wait_us = timeout_ms < 0 ? -1 : timeout_ms * 1000LL, due_us;

	if (!has_more(client) || client->is_waiting || (client->c && is_tired(client)))
		return wait_us;
	due_us = MAX(client->due_us - now_us, 0);
	return wait_us < 0 ? due_us : MIN(wait_us, due_us);
}

void load_client_leave(struct load_client *client)
{
	(void)comm_close(client->c, 0, NULL);
	client->c = NULL;
}
