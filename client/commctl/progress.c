#include "client/commctl/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "client/commctl/ctl.h"
#include "client/commctl/interrupt.h"
#include "proto/util.h"

/* What a terminal shows of a Ctrl-C: ^C. */
#define ECHO_COLUMNS 2

void progress_init(struct progress *p)
{
	*p = (struct progress){
		.is_terminal = isatty(STDERR_FILENO),
		.start_ms = ctl_now_ms(),
	};
	p->is_on = p->is_terminal && !isatty(STDIN_FILENO);
	p->next_ms = p->start_ms + PROGRESS_INTERVAL_MS;
}

void progress_replace(int *n_shown, const char *text, int n)
{
	(void)fprintf(stderr, "\r%s%*s", text, MAX(*n_shown - n, 0), "");
	(void)fflush(stderr);
	*n_shown = n;
}

void progress_show(struct progress *p, const struct progress_counts *counts)
{
	char line[128];
	int64_t now = p->is_on ? ctl_now_ms() : 0;
	int n;

	if (!p->is_on || now < p->next_ms)
		return;
	p->next_ms = now + PROGRESS_INTERVAL_MS;
	n = snprintf(line, sizeof line,
		     "sent %" PRIu64 "  acknowledged %" PRIu64 "  failed %" PRIu64 "  %" PRIu64
		     "/s",
		     counts->sent, counts->acknowledged, counts->failed,
		     counts->acknowledged * 1000 / (uint64_t)(now - p->start_ms));
	progress_replace(&p->n_shown, line, n);
}

void progress_clear(struct progress *p)
{
	int n_echoed = interrupt_count() - p->n_wiped;

	p->n_wiped += n_echoed;
	if (p->n_shown) {
		p->n_shown += n_echoed * ECHO_COLUMNS;
		progress_replace(&p->n_shown, "", 0);
		(void)fputc('\r', stderr);
	} else if (n_echoed && p->is_terminal) {
		(void)fputc('\n', stderr);
	}
}

int64_t progress_deadline(const struct progress *p)
{
	return p->is_on ? p->next_ms : -1;
}
