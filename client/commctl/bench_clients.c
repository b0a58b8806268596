#include "client/commctl/bench_clients.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/commctl/bench_report.h"
#include "client/commctl/ctl.h"
#include "client/commctl/interrupt.h"
#include "client/commctl/turn.h"

#define LOOK_MS 100

static _Noreturn void be_client(struct bench *b, size_t i, pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* A terminal interrupts all of us; the parent decides what that means. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)close(b->go[1]);
	bench_client_run(b->ctl, &b->plan, b->shared, i, b->go[0]);
	_exit(0);
}

static int start_clients(struct bench *b)
{
	pid_t parent = getpid();

	if (pipe(b->go) < 0)
		return -errno;
	b->has_pipe = true;
	for (size_t i = 0; i < (size_t)b->plan.n_clients; i++) {
		b->pids[i] = fork();
		if (b->pids[i] < 0) {
			int r = -errno;

			b->pids[i] = 0;
			return r;
		}
		if (!b->pids[i])
			be_client(b, i, parent);
		b->n_running++;
	}
	return 0;
}

/* Those that could not be started, because of @r. */
static void note_missing(struct bench *b, int r)
{
	for (size_t i = b->n_running; i < (size_t)b->plan.n_clients; i++) {
		struct bench_client *client = &b->shared->clients[i];

		client->error = COMM_EINTERNAL;
		(void)snprintf(client->message, sizeof client->message,
			       "client %zu could not be started: %s", i + 1, strerror(-r));
	}
}

static void note_end(struct bench *b, size_t i, int status)
{
	struct bench_client *client = &b->shared->clients[i];

	b->pids[i] = 0;
	b->n_running--;
	if (!client->error && (!WIFEXITED(status) || WEXITSTATUS(status))) {
		client->error = COMM_EINTERNAL;
		(void)snprintf(client->message, sizeof client->message,
			       "client %zu has ended with status %d", i + 1, status);
	}
}

static void collect(struct bench *b)
{
	for (size_t i = 0; i < (size_t)b->plan.n_clients; i++) {
		int status;

		if (b->pids[i] && waitpid(b->pids[i], &status, WNOHANG) == b->pids[i])
			note_end(b, i, status);
	}
}

static void kill_clients(struct bench *b)
{
	for (size_t i = 0; i < (size_t)b->plan.n_clients; i++)
		if (b->pids[i])
			(void)kill(b->pids[i], SIGKILL);
}

/* The first time they end in order, the second time at once. */
static void on_interrupt(struct bench *b)
{
	int n = interrupt_count();

	if (n)
		atomic_store(&b->shared->is_stopped, true);
	if (n > 1)
		kill_clients(b);
}

static bool are_ready(const struct bench *b)
{
	for (size_t i = 0; i < (size_t)b->plan.n_clients; i++)
		if (b->pids[i] && !atomic_load(&b->shared->clients[i].is_ready))
			return false;
	return true;
}

/* One begins earlier than the others: its latencies would be those of an idle host. */
static void wait_until_ready(struct bench *b)
{
	while (!are_ready(b) && !interrupt_count()) {
		(void)turn_wait(b->ctl, -1, ctl_now_ms() + 1);
		collect(b);
	}
}

void bench_clients_run(struct bench *b)
{
	struct bench_progress progress;
	int r = start_clients(b);

	if (r < 0) {
		note_missing(b, r);
		atomic_store(&b->shared->is_stopped, true);
	}
	wait_until_ready(b);
	on_interrupt(b);
	/* Without the pipe there is nobody to let go. */
	if (b->has_pipe) {
		(void)close(b->go[0]);
		(void)close(b->go[1]);
	}
	bench_progress_init(&progress, &b->plan);
	while (b->n_running) {
		(void)turn_wait(b->ctl, -1, ctl_now_ms() + LOOK_MS);
		on_interrupt(b);
		collect(b);
		bench_progress_show(&progress, b->shared);
	}
	bench_progress_clear(&progress);
}
