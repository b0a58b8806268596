#include "daemon/hang.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/log.h"
#include "proto/util.h"

static _Noreturn void hang_loop(void)
{
	for (;;)
		(void)pause();
}

static void on_sigusr2(uv_signal_t *s, int signum)
{
	struct daemon *d = container_of(s, struct hang, sigusr2)->daemon;
	const char *what = getenv("COMMD_DEBUG_HANG");

	log_msg(LOG_WARNING, "%s: from here on the %s hangs, as COMMD_DEBUG_HANG says",
		strsignal(signum), what);
	if (strcmp(what, "kafka") != 0)
		hang_loop();
	if (d->kafka)
		kafka_hang(d->kafka);
}

void hang_start(struct hang *h, struct daemon *d)
{
	h->daemon = d;
	(void)uv_signal_init(d->loop, &h->sigusr2);
	if (getenv("COMMD_DEBUG_HANG"))
		(void)uv_signal_start(&h->sigusr2, on_sigusr2, SIGUSR2);
}

void hang_close(struct hang *h)
{
	uv_close((uv_handle_t *)&h->sigusr2, NULL);
}
