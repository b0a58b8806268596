/*
 * Prints what tables of the daemon say, for its manual pages: the keys of commd.conf, commd's own keys
 * of a profile, and the counters. A line each, with tabs between what is said of it.
 */

#include <stdio.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/profile.h"
#include "daemon/stats.h"
#include "proto/util.h"

static void print_key(const struct config_key *key)
{
	char allowed[128];

	config_describe(key, allowed, sizeof allowed);
	printf("key\t%s\t%s%s\t%s\t%s\n", key->name, key->absent ? "=" : "",
	       key->absent ? key->absent : "", allowed, key->doc);
}

static void print_keys(void)
{
	for (size_t i = 0; i < CONFIG_N_KEYS; i++) {
		if (!i || strcmp(config_keys[i].section, config_keys[i - 1].section))
			printf("section\t%s\t\n", config_keys[i].section);
		print_key(&config_keys[i]);
	}
	for (size_t i = 0; i < CONFIG_N_NAMED; i++) {
		const struct config_named_type *type = &config_named_types[i];

		printf("section\t%s NAME\t%s There are at most %zu of them.\n", type->section,
		       type->doc, type->max);
		for (size_t j = 0; j < type->n_keys; j++)
			print_key(&type->keys[j]);
	}
}

int main(void)
{
	static const struct {
		const char *table, *name, *doc;
	} rows[] = {
#define PROFILE_ROW(key, member, doc) { "profile", key, doc },
		PROFILE_KEYS(PROFILE_ROW)
#undef PROFILE_ROW
#define COUNTER_ROW(member, doc) { "counter", #member, doc },
			STATS(COUNTER_ROW)
#undef COUNTER_ROW
	};

	print_keys();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		printf("%s\t%s\t%s\n", rows[i].table, rows[i].name, rows[i].doc);
	return ferror(stdout) ? 1 : 0;
}
