#include "tests/fuzz/dispatch/host.h"

#include <signal.h>

#include "daemon/acl_host.h"
#include "daemon/load.h"
#include "tests/fuzz/fuzz.h"

/* What the daemon begins with, and what there is to reload. */
#define FIRST_FILE FUZZ_DISPATCH "/commd.conf"
#define OTHER_FILE FUZZ_DISPATCH "/commd-other.conf"

struct host host;

static void on_started(const struct daemon *d)
{
	(void)d;
}

static int listen_somewhere(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	host.address.sun_family = AF_UNIX;
	host.address_len = sizeof host.address;
	MUST(fd >= 0);
	MUST(bind(fd, (struct sockaddr *)&host.address, sizeof host.address.sun_family) == 0);
	MUST(getsockname(fd, (struct sockaddr *)&host.address, &host.address_len) == 0);
	return fd;
}

/* Signals are for who fuzzes; the daemon is told of them by calls. */
static uv_signal_cb take_signal(uv_signal_t *s)
{
	uv_signal_cb cb = s->signal_cb;

	MUST(!uv_signal_stop(s));
	return cb;
}

void host_start(void)
{
	struct sigaction sigterm, sigint, sighup;
	struct config_problem why;
	struct daemon_options o = {
		.config = &host.config,
		.profiles = &host.profiles,
		.options = &host.options,
		.started = on_started,
	};

	host.options.config = FIRST_FILE;
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, NULL, &sigterm);
	sigaction(SIGINT, NULL, &sigint);
	sigaction(SIGHUP, NULL, &sighup);
	if (host.has_loaded)
		MUST(!acl_load_here(&host.config, &o.rules, &why));
	else
		MUST(!load(&host.options, &host.config, &host.profiles, &o.rules, &why));
	host.has_loaded = true;
	o.listen_fd = listen_somewhere();
	MUST(!uv_loop_init(&host.loop));
	MUST(!daemon_start(&host.daemon, &host.loop, &o));
	host.on_sigterm = take_signal(&host.daemon.sigterm);
	(void)take_signal(&host.daemon.sigint);
	host.on_sighup = take_signal(&host.daemon.reload.sighup);
	sigaction(SIGTERM, &sigterm, NULL);
	sigaction(SIGINT, &sigint, NULL);
	sigaction(SIGHUP, &sighup, NULL);
	host.is_running = true;
	host.is_stopping = false;
}

void host_stop(void)
{
	if (host.is_stopping)
		return;
	host.is_stopping = true;
	host.on_sigterm(&host.daemon.sigterm, SIGTERM);
}

void host_let_go(void)
{
	MUST(!uv_loop_close(&host.loop));
	daemon_fini(&host.daemon);
	host.is_running = false;
}

void host_reload(bool is_other)
{
	if (host.is_stopping)
		return;
	host.options.config = is_other ? OTHER_FILE : FIRST_FILE;
	host.on_sighup(&host.daemon.reload.sighup, SIGHUP);
}

void host_forget_files(void)
{
	profile_set_fini(&host.profiles);
	config_fini(&host.config);
	host.has_loaded = false;
}
