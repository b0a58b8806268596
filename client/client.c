#include "client/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/subscription.h"
#include "proto/codec.h"
#include "proto/error_table.h"
#include "proto/utf8.h"
#include "proto/util.h"

#define TIMEOUT_DEFAULT_MS 30000

int64_t client_now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int client_timeout(const struct comm *c, int timeout_ms)
{
	return timeout_ms < 0 ? c->timeout_ms : timeout_ms;
}

/* ---- the last failure ---- */

int client_fail(struct comm *c, int error, const char *format, ...)
{
	/* What is printed may be the last failure itself. */
	char text[sizeof c->error_text];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	c->error = strcpy(c->error_text, text);
	return error;
}

int client_fail_text(struct comm *c, int error, struct comm_bytes text)
{
	size_t len = MIN(text.len, sizeof c->error_text - 1);

	if (!error)
		return 0;
	if (!len) {
		c->error = comm_strerror(error);
		return error;
	}
	memmove(c->error_text, text.data, len);
	c->error_text[len] = '\0';
	c->error = c->error_text;
	return error;
}

int client_no_memory(struct comm *c)
{
	c->error = comm_strerror(COMM_ENO_MEMORY);
	return COMM_ENO_MEMORY;
}

const char *comm_error_message(const struct comm *c)
{
	/* Only a handle for which there was no memory is NULL. */
	return c ? c->error : comm_strerror(COMM_ENO_MEMORY);
}

const char *comm_strerror(int error)
{
	const struct comm_error_info *info = comm_error_find(error);

	if (error == COMM_OK)
		return "no error";
	return info ? info->sentence : "an error that this version of the library does not know";
}

const char *comm_error_name(int error)
{
	const struct comm_error_info *info = comm_error_find(error);

	if (error == COMM_OK)
		return "COMM_OK";
	return info ? info->name : "COMM_E?";
}

int comm_is_retriable(int error)
{
	const struct comm_error_info *info = comm_error_find(error);

	return info && info->retriable;
}

const char *comm_version(void)
{
	return COMMD_VERSION;
}

const char *comm_server_version(const struct comm *c)
{
	return c ? c->connection.version : "";
}

/* ---- entering ---- */

bool client_is_foreign(const struct comm *c)
{
	return fork_guard_is_child(&c->guard);
}

/* All that is under way is the parent's; what was asked for once and for all is ours as well. */
static void begin_anew(struct comm *c)
{
	fork_guard_init(&c->guard);
	c->n_forks++;
	connection_abandon(c);
	calls_drop(&c->calls);
	producer_drop(&c->producer);
	subscriptions_on_fork(c);
}

int client_enter(struct comm *c)
{
	if (!c)
		return COMM_EINVALID;
	if (c->is_dead)
		return client_fail(c, COMM_EINVALID, "the handle can only be closed");
	if (client_is_foreign(c))
		begin_anew(c);
	return 0;
}

int client_enter_async(struct comm *c, bool has_callback)
{
	int error = client_enter(c);

	if (!error && !has_callback)
		return client_fail(c, COMM_EINVALID, "the function to call back is NULL");
	return error;
}

int client_enter_blocking(struct comm *c)
{
	int error = client_enter(c);

	if (!error && c->n_callbacks)
		return client_fail(c, COMM_EINVALID,
				   "a callback cannot wait: use the asynchronous form");
	return error;
}

unsigned int client_enter_callback(struct comm *c)
{
	c->n_callbacks++;
	c->n_called++;
	return c->n_forks;
}

bool client_leave_callback(struct comm *c, unsigned int entered)
{
	c->n_callbacks--;
	return c->n_forks == entered && !client_is_foreign(c);
}

int client_await(struct comm *c, int64_t until_ms)
{
	unsigned int n_forks = c->n_forks;

	(void)client_turn(c, until_ms, NULL);
	if (c->n_forks == n_forks && !client_is_foreign(c))
		return 0;
	return client_fail(c, COMM_EUNKNOWN_OUTCOME, "the outcome is the parent's");
}

void waiter_end(struct waiter *w, struct comm *c, int error)
{
	w->done = true;
	w->error = error;
	(void)snprintf(w->text, sizeof w->text, "%s", error ? c->error : "");
}

int waiter_wait(struct waiter *w, struct comm *c)
{
	while (!w->done)
		if (client_await(c, INT64_MAX))
			return COMM_EUNKNOWN_OUTCOME;
	return client_fail_text(c, w->error, comm_bytes_of(w->text));
}

/* ---- life ---- */

/* What the operator sees; a name that is no text would be refused. */
static const char *own_name(void)
{
	const char *name = program_invocation_short_name;

	return comm_utf8_is_valid(comm_bytes_of(name)) ? name : NULL;
}

static int copy(struct comm *c, const char *from, char **ret)
{
	*ret = from ? strdup(from) : NULL;
	return from && !*ret ? client_no_memory(c) : 0;
}

static int init(struct comm *c, const char *socket, const char *profile,
		const struct comm_options *o)
{
	int error;

	c->error = "";
	c->ack = o->ack;
	c->resend = o->resend != 0;
	c->timeout_ms = o->timeout_ms ? o->timeout_ms : TIMEOUT_DEFAULT_MS;
	calls_init(&c->calls);
	producer_init(&c->producer, o);
	LIST_INIT(&c->subscriptions);
	fork_guard_init(&c->guard);
	error = connection_init(c, transport_choose_path(socket));
	if (!error)
		error = copy(c, profile, &c->profile);
	if (!error)
		error = copy(c, o->client ? o->client : own_name(), &c->name);
	if (error)
		return error;
	if (c->timeout_ms < 0 || c->timeout_ms > COMM_TIMEOUT_MAX_MS)
		return client_fail(c, COMM_EINVALID, "timeout_ms %d: must be between 1 and %d",
				   c->timeout_ms, COMM_TIMEOUT_MAX_MS);
	if (c->ack != COMM_ACK_BROKER && c->ack != COMM_ACK_QUEUED)
		return client_fail(c, COMM_EINVALID, "ack %d: there is no such level", (int)c->ack);
	c->decoder = comm_decoder_new();
	return c->decoder ? 0 : client_no_memory(c);
}

/* A refusal is told at once; only a crowd at the door is waited for. */
static int connect_first(struct comm *c)
{
	struct connection *connection = &c->connection;
	int64_t until_ms = client_now_ms() + c->timeout_ms;

	connection->wanted_until_ms = until_ms;
	while (connection->state != CONNECTION_READY) {
		(void)client_turn(c, until_ms, NULL);
		if (connection->state != CONNECTION_DOWN || !connection->error)
			continue;
		if (!connection->is_crowded || client_now_ms() >= until_ms)
			break;
	}
	connection->wanted_until_ms = 0;
	return client_fail_text(c, connection->error, comm_bytes_of(connection->error_text));
}

int comm_connect(const char *socket, const char *profile, const struct comm_options *options,
		 struct comm **ret_c)
{
	static const struct comm_options defaults;
	struct comm *c = calloc(1, sizeof *c);
	int error;

	*ret_c = c;
	if (!c)
		return COMM_ENO_MEMORY;
	error = init(c, socket, profile, options ? options : &defaults);
	if (!error)
		return connect_first(c);
	c->is_dead = true;
	return error;
}

static void client_free(struct comm *c)
{
	connection_fini(c);
	/* They let go of the calls that make them. */
	subscriptions_free(c);
	calls_drop(&c->calls);
	producer_drop(&c->producer);
	comm_decoder_free(c->decoder);
	fork_guard_fini(&c->guard);
	free(c->profile);
	free(c->name);
	free(c);
}

int comm_close(struct comm *c, int timeout_ms, size_t *ret_n_open)
{
	int error = 0;

	if (!c)
		return 0;
	if (c->n_callbacks)
		return client_fail(c, COMM_EINVALID, "a handle cannot be closed in a callback");
	if (!c->is_dead) {
		error = comm_flush(c, timeout_ms, ret_n_open);
		c->is_dead = true;
		producer_fail_open(c, client_fail(c, COMM_ETIMEOUT,
						  "send: the handle was closed before the record "
						  "was sent"));
		calls_end(c);
	}
	client_free(c);
	return error;
}
