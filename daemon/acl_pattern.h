#pragma once

/*
 * Patterns of a rule: names with "*", "?" and "[...]" in them, as a shell takes them for names of files.
 */

#include <stdbool.h>
#include <stddef.h>

struct acl_patterns {
	char **items; /* owned, and each of them */
	size_t n;
	bool is_all; /* one of them is "*" */
};

/*
 * What is wrong with @pattern, in a sentence, or NULL. @is_plain: the names it is for are those of topics
 * and profiles, which have few characters; a consumer group may have any.
 */
const char *acl_pattern_check(const char *pattern, bool is_plain);

/* Returns 0 or -ENOMEM. */
int acl_patterns_add(struct acl_patterns *p, const char *pattern);

/* Whether one of them matches. */
bool acl_patterns_match(const struct acl_patterns *p, const char *name);

void acl_patterns_fini(struct acl_patterns *p);
