#include "daemon/check.h"

#include <stdbool.h>

#include "daemon/acl_host.h"
#include "daemon/config.h"
#include "daemon/profile_set.h"
#include "proto/errors.h"

struct check {
	check_profile_fn check_profile;
	check_problem_fn on_problem;
	void *arg;
	bool found;
};

static void tell(struct check *c, const struct config_problem *problem)
{
	c->found |= !problem->is_unknown;
	c->on_problem(c->arg, problem);
}

/* The defaults of a configuration file that is bad. */
static int init_defaults(const char *file, struct config *ret)
{
	struct config_problem ignored;
	struct text empty;
	int r = text_init(&empty, "", 0);

	if (r)
		return r;
	r = config_parse(file ? file : CONFIG_FILE_DEFAULT, &empty, ret, &ignored);
	text_fini(&empty);
	return r;
}

/* Returns 0 or -ENOMEM. */
static int check_rules(struct check *c, const struct config *config)
{
	struct config_problem problem;
	struct acl *rules;
	int r = acl_load_here(config, &rules, &problem);

	if (!r)
		acl_free(rules);
	else if (r > 0)
		tell(c, &problem);
	return r < 0 ? r : 0;
}

static int check_profiles(struct check *c, const struct profile_set *set)
{
	for (size_t i = 0; i < set->n_entries; i++) {
		const struct profile_entry *entry = &set->entries[i];
		struct config_problem problem;
		int r;

		if (!entry->profile) {
			tell(c, &entry->problem);
			continue;
		}
		r = c->check_profile(entry->profile, &problem);
		if (r < 0)
			return r;
		if (r)
			tell(c, &problem);
	}
	return 0;
}

int check_config(const char *file, check_profile_fn check_profile, check_problem_fn on_problem,
		 void *arg)
{
	struct check c = { check_profile, on_problem, arg, false };
	struct config_problem problem;
	struct profile_set set;
	struct config config;
	int r = config_load(file, &config, &problem);
	bool bad = r > 0;

	if (bad) {
		tell(&c, &problem);
		r = init_defaults(file, &config);
	}
	if (r)
		return r;
	r = check_rules(&c, &config);
	if (!r)
		r = profile_set_load_dir(config.kafka_profiles, &set, &problem);
	config_fini(&config);
	if (!r) {
		r = check_profiles(&c, &set);
		profile_set_fini(&set);
	} else if (r > 0 && !bad) {
		/* Of a bad configuration file it is not known whether it names another directory. */
		tell(&c, &problem);
	}
	return r < 0 ? r : c.found ? COMM_EINVALID : 0;
}
