/*
 * Prints the keys of commd.conf and commd's own keys of a profile, for commd.conf(5): a line each,
 * with tabs between what is said of it.
 */

#include <stdio.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/profile.h"
#include "proto/util.h"

static void print_key(const struct config_key *key)
{
	char allowed[128];

	config_describe(key, allowed, sizeof allowed);
	printf("key\t%s\t%s%s\t%s\t%s\n", key->name, key->absent ? "=" : "",
	       key->absent ? key->absent : "", allowed, key->doc);
}

int main(void)
{
	static const struct {
		const char *name, *doc;
	} own[] = {
#define OWN(key, member, doc) { key, doc },
		PROFILE_KEYS(OWN)
#undef OWN
	};

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
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		printf("profile\t%s\t%s\n", own[i].name, own[i].doc);
	return ferror(stdout) ? 1 : 0;
}
