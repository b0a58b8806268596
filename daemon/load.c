#include "daemon/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/acl_host.h"
#include "daemon/kafka.h"
#include "daemon/options.h"
#include "proto/errors.h"

/* Without files: the defaults, a socket where the user is, and an empty profile. */
static int load_dev(struct config *config, struct profile_set *profiles)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	struct profile *p;
	char path[4096];
	int r = config_init_defaults(config);

	if (r)
		return r;
	(void)snprintf(path, sizeof path, "%s/commd.sock", dir && !access(dir, W_OK) ? dir : ".");
	free(config->socket_path);
	config->socket_path = strdup(path);
	r = config->socket_path ? profile_new("default", &p) : -ENOMEM;
	if (!r && (r = profile_set_init_one(profiles, p)))
		profile_free(p);
	if (r)
		config_fini(config);
	return r;
}

static int load_files(const struct options *o, struct config *config, struct profile_set *profiles,
		      struct config_problem *ret_why)
{
	int r = config_load(o->config, config, ret_why);

	if (r)
		return r;
	r = profile_set_load_dir(config->kafka_profiles, profiles, ret_why);
	if (r)
		config_fini(config);
	return r;
}

/* The command line comes before the file. */
static int set_socket(const struct options *o, struct config *config,
		      struct config_problem *ret_why)
{
	char *path;

	if (!o->socket)
		return 0;
	/* The kernel would take both for an abstract name that is empty, and who has set neither finds it. */
	if (!*o->socket || !strcmp(o->socket, "@"))
		return config_problem_set(ret_why, "--socket", 0,
					  "\"%s\" is no name; give a path, or @NAME for an "
					  "abstract one",
					  o->socket);
	if (strlen(o->socket) > CONFIG_SOCKET_PATH_MAX)
		return config_problem_set(ret_why, "--socket", 0, "%s is longer than %d characters",
					  o->socket, CONFIG_SOCKET_PATH_MAX);
	path = strdup(o->socket);
	if (!path)
		return -ENOMEM;
	free(config->socket_path);
	config->socket_path = path;
	return 0;
}

int load(const struct options *o, struct config *config, struct profile_set *profiles,
	 struct acl **ret_rules, struct config_problem *ret_why)
{
	int r = o->dev && !o->config ? load_dev(config, profiles)
				     : load_files(o, config, profiles, ret_why);

	if (r)
		return r;
	r = set_socket(o, config, ret_why);
	if (!r)
		r = acl_load_here(config, ret_rules, ret_why);
	if (r) {
		profile_set_fini(profiles);
		config_fini(config);
	}
	return r;
}

int load_check_profile(const struct profile *p, struct config_problem *ret_why)
{
	struct kafka_failure why;
	int r = kafka_check_profile(p, &why);

	if (r > 0) {
		*ret_why = (struct config_problem){ .line = 0 };
		(void)snprintf(ret_why->text, sizeof ret_why->text, "%s", why.message);
	}
	return r;
}

int load_check(const struct options *o, const struct profile_set *set,
	       struct config_problem *ret_why)
{
	int r = 0;

	for (size_t i = 0; i < set->n_entries && !r; i++) {
		const struct profile_entry *e = &set->entries[i];

		if (!e->profile) {
			*ret_why = e->problem;
			return COMM_EINVALID;
		}
		if (!o->dev)
			r = load_check_profile(e->profile, ret_why);
	}
	return r > 0 ? COMM_EINVALID : r;
}
