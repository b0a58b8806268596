#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/acl_host.h"
#include "daemon/activation.h"
#include "daemon/check.h"
#include "daemon/config.h"
#include "daemon/daemon.h"
#include "daemon/kafka.h"
#include "daemon/log.h"
#include "daemon/options.h"
#include "daemon/profile_set.h"
#include "proto/errors.h"
#include "proto/util.h"

/* Profiles whose brokers are away hold threads of the pool; others must not wait for them. */
#define POOL_THREADS "16"

static void on_problem(void *arg, const struct config_problem *problem)
{
	(void)arg;
	log_problem(problem->text);
}

static int check_profile(const struct profile *p, struct config_problem *ret_why)
{
	struct kafka_failure why;
	int r = kafka_check_profile(p, &why);

	if (r > 0)
		snprintf(ret_why->text, sizeof ret_why->text, "%s", why.message);
	else if (!r && kafka_profile_warning(p))
		fprintf(stderr, "commd: %s: warning: %s\n", p->file, kafka_profile_warning(p));
	return r;
}

static int check(const struct options *o)
{
	int r = check_config(o->config, check_profile, on_problem, NULL);

	if (r < 0)
		log_problem(strerror(-r));
	return r ? EX_CONFIG : EXIT_SUCCESS;
}

/* Without files: the defaults, a socket where the user is, and an empty profile. */
static int load_dev(struct config *config, struct profile_set *profiles)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	struct profile *p;
	char path[4096];
	int r = config_init_defaults(config);

	if (r)
		return r;
	snprintf(path, sizeof path, "%s/commd.sock", dir && !access(dir, W_OK) ? dir : ".");
	free(config->socket_path);
	config->socket_path = strdup(path);
	r = config->socket_path ? profile_new("default", &p) : -ENOMEM;
	if (!r && (r = profile_set_init_one(profiles, p)))
		profile_free(p);
	return r;
}

static int load_files(const struct options *o, struct config *config, struct profile_set *profiles)
{
	struct config_problem why;
	int r = config_load(o->config, config, &why);

	if (!r)
		r = profile_set_load_dir(config->kafka_profiles, profiles, &why);
	if (r > 0)
		on_problem(NULL, &why);
	return r;
}

static int load(const struct options *o, struct config *config, struct profile_set *profiles)
{
	int r = o->dev && !o->config ? load_dev(config, profiles) : load_files(o, config, profiles);

	if (r || !o->socket)
		return r;
	if (strlen(o->socket) > CONFIG_SOCKET_PATH_MAX) {
		fprintf(stderr, "commd: --socket: %s is longer than %d characters\n", o->socket,
			CONFIG_SOCKET_PATH_MAX);
		return COMM_EINVALID;
	}
	free(config->socket_path);
	config->socket_path = strdup(o->socket);
	return config->socket_path ? 0 : -ENOMEM;
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
	fflush(stdout);
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

/* Who may do what; @config has been read. */
static int load_rules(const struct config *config, struct acl **ret)
{
	struct config_problem why;
	struct acl_host host;
	int r;

	acl_host_init(&host);
	r = acl_load(config, &host, ret, &why);
	if (r > 0)
		on_problem(NULL, &why);
	return r;
}

static int run(const struct options *o, struct config *config, const struct profile_set *profiles,
	       struct acl *rules)
{
	struct daemon_options options = {
		.config = config,
		.profiles = profiles,
		.rules = rules,
		.is_dev = o->dev,
		.started = on_started,
	};
	char *path;

	if (activation_take(&options.listen_fd, &path)) {
		acl_free(rules);
		return EX_CONFIG;
	}
	if (options.listen_fd >= 0) {
		free(config->socket_path);
		config->socket_path = path;
	}
	for (size_t i = 0; i < profiles->n_entries; i++)
		try_profile(&profiles->entries[i], o->dev);
	return daemon_run(&options) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
	struct profile_set profiles = { 0 };
	struct config config = { 0 };
	struct acl *rules = NULL;
	struct options o;
	int status = options_read(argc, argv, &o);
	int r;

	if (status >= 0)
		return status;
	if (o.check_config)
		return check(&o);
	signal(SIGPIPE, SIG_IGN);
	setenv("UV_THREADPOOL_SIZE", POOL_THREADS, 0);
	r = load(&o, &config, &profiles);
	if (!r)
		r = load_rules(&config, &rules);
	if (r < 0)
		log_problem(strerror(-r));
	status = r ? EX_CONFIG : run(&o, &config, &profiles, rules);
	profile_set_fini(&profiles);
	config_fini(&config);
	return status;
}
