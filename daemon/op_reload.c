#include "daemon/op.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/daemon.h"
#include "daemon/reload.h"
#include "daemon/session.h"
#include "proto/errors.h"
#include "proto/util.h"

struct op {
	struct reload_waiter waiter;
	struct request *request; /* borrowed */
};

static struct comm_wire_reloaded describe(const struct change *c)
{
	return (struct comm_wire_reloaded){
		.what = comm_bytes_of(c->what),
		.how = comm_bytes_of(c->how),
		.needs_restart = c->needs_restart,
	};
}

static void answer(struct request *r, const struct changes *changes)
{
	struct comm_wire_reloaded *rows = calloc(changes->n + 1, sizeof *rows);
	const struct comm_reload_result result = { { rows, changes->n } };

	if (!rows) {
		request_fail_with(r, -ENOMEM, NULL);
		return;
	}
	for (size_t i = 0; i < changes->n; i++)
		rows[i] = describe(&changes->items[i]);
	request_answer_many(r, &result);
	free(rows);
}

static void on_done(struct reload_waiter *w, const struct changes *changes,
		    const struct config_problem *why, int error)
{
	struct op *op = container_of(w, struct op, waiter);
	struct request *r = op->request;

	free(op);
	if (!error)
		answer(r, changes);
	else if (error == COMM_EINVALID)
		request_refuse(r, error, "%s; nothing was changed", why->text);
	else
		request_refuse(r, error, "%s", why->text);
}

static void leave(struct request *r)
{
	struct op *op = r->op;

	reload_leave(&r->session->daemon->reload, &op->waiter);
	free(op);
}

static void on_late(struct request *r)
{
	leave(r);
	request_refuse(r, COMM_ETIMEOUT,
		       "commd still reads its configuration; what came of it is in its log");
}

void op_reload(struct request *r, const void *params)
{
	struct op *op = calloc(1, sizeof *op);
	int64_t timeout_ms;
	int error = op ? 0 : -ENOMEM;

	(void)params;
	(void)request_timeout(r, COMM_NONE, &timeout_ms);
	if (!error)
		error = request_keep(r, timeout_ms, on_late, leave);
	if (error) {
		free(op);
		request_fail_with(r, error, NULL);
		return;
	}
	op->waiter.done = on_done;
	op->request = r;
	r->op = op;
	reload_join(&r->session->daemon->reload, &op->waiter);
}
