#include "daemon/acl_pattern.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* What names of topics and profiles are made of, and what patterns have besides, outside of "[]". */
#define PLAIN_CHARACTERS COMM_NAME_CHARACTERS "*?"

/* Behind the "]" of the bracket expression at @s; NULL: there is none. */
static const char *skip_bracket(const char *s)
{
	s++;
	s += *s == '!' || *s == '^';
	s += *s == ']';
	while (*s && *s != ']') {
		const char *end = *s == '[' && s[1] == ':' ? strstr(s + 2, ":]") : NULL;

		s = end ? end + 2 : s + 1;
	}
	return *s ? s + 1 : NULL;
}

const char *acl_pattern_check(const char *pattern, bool is_plain)
{
	const char *s = pattern;

	while (s && *s) {
		if (*s == '[')
			s = skip_bracket(s);
		else if (*s == '\\' && !s[1])
			return "nothing follows its last \"\\\"";
		else if (*s == '\\')
			s += 2;
		else if (*s == ',' && is_plain)
			return "patterns have spaces between them, not commas";
		else if (is_plain && !strchr(PLAIN_CHARACTERS, *s))
			return "names have only A-Z a-z 0-9 . _ -, and patterns * ? [ ] besides";
		else
			s++;
	}
	return s ? NULL : "its \"[\" has no \"]\"";
}

int acl_patterns_add(struct acl_patterns *p, const char *pattern)
{
	char **grown = reallocarray(p->items, p->n + 1, sizeof *grown);

	if (!grown)
		return -ENOMEM;
	p->items = grown;
	grown[p->n] = strdup(pattern);
	if (!grown[p->n])
		return -ENOMEM;
	p->n++;
	p->is_all |= !strcmp(pattern, "*");
	return 0;
}

bool acl_patterns_match(const struct acl_patterns *p, const char *name)
{
	bool matches = p->is_all;

	for (size_t i = 0; i < p->n && !matches; i++)
		matches = !fnmatch(p->items[i], name, 0);
	return matches;
}

void acl_patterns_fini(struct acl_patterns *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->items[i]);
	free(p->items);
}
