#pragma once

/*
 * Host: the daemon, in this process, without signals of its own and at a socket that has no name in the file
 * system.
 */

#include <stdbool.h>
#include <sys/un.h>
#include <uv.h>

#include "daemon/daemon.h"
#include "daemon/options.h"

struct host {
	bool is_running;
	bool is_stopping;
	bool has_loaded; /* its files, which costs more than all the rest */
	uv_loop_t loop;
	struct daemon daemon;
	struct config config;
	struct profile_set profiles;
	struct options options;
	struct sockaddr_un address;
	socklen_t address_len;
	uv_signal_cb on_sigterm;
	uv_signal_cb on_sighup;
};

extern struct host host;

void host_start(void);

/* As a SIGTERM; once. */
void host_stop(void);

/* The loop has run out. */
void host_let_go(void);

/* As a SIGHUP that finds the file of the beginning, or another one. */
void host_reload(bool is_other);

/* The next start reads the files again. */
void host_forget_files(void);
