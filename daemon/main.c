#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/acl.h"
#include "daemon/activation.h"
#include "daemon/check.h"
#include "daemon/config.h"
#include "daemon/daemon.h"
#include "daemon/json_alloc.h"
#include "daemon/kafka.h"
#include "daemon/load.h"
#include "daemon/log.h"
#include "daemon/log_writer.h"
#include "daemon/options.h"
#include "daemon/profile_set.h"
#include "proto/errors.h"
#include "proto/util.h"

/* Handles of librdkafka are closed in the pool, which may take seconds; others must not wait for that. */
#define POOL_THREADS "16"

static void on_problem(void *arg, const struct config_problem *problem)
{
	char sentence[CONFIG_PROBLEM_MAX + 64];

	(void)arg;
	(void)snprintf(sentence, sizeof sentence, "%s%s", problem->text,
		       problem->is_unknown ? "; not checked: only the service has its credentials"
					   : "");
	log_problem(sentence);
}

static int check_profile(const struct profile *p, struct config_problem *ret_why)
{
	int r = load_check_profile(p, ret_why);

	if (!r && kafka_profile_warning(p))
		(void)fprintf(stderr, "commd: %s: warning: %s\n", p->file,
			      kafka_profile_warning(p));
	return r;
}

static int check(const struct options *o)
{
	int r = check_config(o->config, check_profile, on_problem, NULL);

	if (r < 0)
		log_problem(strerror(-r));
	return r ? EX_CONFIG : EXIT_SUCCESS;
}

/*
 * A bad profile is its clients' trouble; the operator is told all the same, here and by status. With
 * a mock cluster it does not matter how the brokers would be reached: the first use tells.
 */
static void try_profile(struct profile_entry *e, bool is_dev)
{
	const struct log_about about = { .profile = e->name, .error = COMM_EBAD_PROFILE };
	struct kafka_failure why;

	if (e->profile && !is_dev && kafka_check_profile(e->profile, &why) > 0)
		profile_entry_note(e, why.message);
	if (e->problem.text[0])
		log_event(LOG_WARNING, LOG_EVENT_BAD_PROFILE, &about, "%s", e->problem.text);
	else if (e->profile && !is_dev && kafka_profile_warning(e->profile))
		log_msg(LOG_WARNING, "profile %s: %s", e->name, kafka_profile_warning(e->profile));
}

static void say_dev(const struct daemon *d)
{
	printf("*** commd --dev: A MOCK CLUSTER IN MEMORY, NOT KAFKA. NOTHING IS KEPT. ***\n"
	       "socket %s\n"
	       "kafka %s\n"
	       "try: commctl --socket %s create-topic hello\n"
	       "     echo world | commctl --socket %s send hello\n"
	       "     commctl --socket %s receive hello -o beginning -e\n"
	       "ready\n",
	       d->config->socket_path, kafka_dev_bootstrap(d->kafka), d->config->socket_path,
	       d->config->socket_path, d->config->socket_path);
	(void)fflush(stdout);
}

static void on_started(const struct daemon *d)
{
	const char *remark = acl_remark(d->rules);

	if (d->is_dev)
		say_dev(d);
	if (remark)
		log_msg(LOG_NOTICE, "%s", remark);
	log_event(LOG_NOTICE, LOG_EVENT_READY, NULL,
		  "commd " COMMD_VERSION " with librdkafka %s serves %s", kafka_version(),
		  d->config->socket_path);
}

static int run(const struct options *o, struct config *config, struct profile_set *profiles,
	       struct acl *rules)
{
	struct daemon_options options = {
		.options = o,
		.config = config,
		.profiles = profiles,
		.rules = rules,
		.is_dev = o->dev,
		.started = on_started,
	};
	char *path;
	int r;

	if (activation_take(&options.listen_fd, &path)) {
		acl_free(rules);
		return EX_CONFIG;
	}
	if (options.listen_fd >= 0) {
		free(config->socket_path);
		config->socket_path = path;
	}
	r = log_writer_start();
	if (r < 0)
		log_msg(LOG_WARNING, "lines of the log may hold commd up: no thread for them: %s",
			strerror(-r));
	for (size_t i = 0; i < profiles->n_entries; i++)
		try_profile(&profiles->entries[i], o->dev);
	r = daemon_run(&options);
	log_writer_stop(LOG_WAIT_MS);
	return r ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
	struct profile_set profiles = { 0 };
	struct config config = { 0 };
	struct acl *rules = NULL;
	struct config_problem why;
	struct options o;
	int status = options_read(argc, argv, &o);
	int r;

	if (status >= 0)
		return status;
	if (o.check_config)
		return check(&o);
	(void)signal(SIGPIPE, SIG_IGN);
	json_alloc_init();
	setenv("UV_THREADPOOL_SIZE", POOL_THREADS, 0);
	r = load(&o, &config, &profiles, &rules, &why);
	if (r > 0)
		on_problem(NULL, &why);
	else if (r < 0)
		log_problem(strerror(-r));
	status = r ? EX_CONFIG : run(&o, &config, &profiles, rules);
	profile_set_fini(&profiles);
	config_fini(&config);
	return status;
}
