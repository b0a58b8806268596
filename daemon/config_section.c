#include "daemon/config_parse.h"

#include <stdio.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/suggest.h"

/* ---- sections ---- */

/* The index of the section's first key. */
static size_t find_section(const char *name)
{
	size_t i = 0;

	while (i < CONFIG_N_KEYS && strcmp(config_keys[i].section, name))
		i++;
	return i;
}

static void list_sections(char *ret, size_t size)
{
	*ret = '\0';
	for (size_t i = 0; i < CONFIG_N_KEYS; i++)
		if (find_section(config_keys[i].section) == i)
			(void)snprintf(ret + strlen(ret), size - strlen(ret), "%s[%s]",
				       i ? ", " : "", config_keys[i].section);
	for (size_t i = 0; i < CONFIG_N_NAMED; i++)
		(void)snprintf(ret + strlen(ret), size - strlen(ret), ", [%s NAME]",
			       config_named_types[i].section);
}

static void refuse_section(struct config_parse *p, const char *title)
{
	const char *name = strchrnul(title, ' ');
	char all[256], word[32];
	struct suggest s, named;

	(void)snprintf(word, sizeof word, "%.*s", (int)(name - title), title);
	suggest_init(&s, title);
	for (size_t i = 0; i < CONFIG_N_KEYS; i++)
		suggest_offer(&s, config_keys[i].section);
	suggest_init(&named, word);
	for (size_t i = 0; i < CONFIG_N_NAMED; i++)
		suggest_offer(&named, config_named_types[i].section);
	list_sections(all, sizeof all);
	if (s.best)
		config_refuse(p, "unknown section [%.*s]; did you mean [%s]?", QUOTE, title,
			      s.best);
	else if (named.best)
		config_refuse(p, "unknown section [%.*s]; did you mean [%s%.*s]?", QUOTE, title,
			      named.best, QUOTE, *name ? name : " NAME");
	else
		config_refuse(p, "unknown section [%.*s]; the sections are %s", QUOTE, title, all);
}

static void begin_plain(struct config_parse *p, size_t first)
{
	const char *name = config_keys[first].section;
	struct config_target *t = &p->target;

	if (p->section_lines[first]) {
		config_refuse(p, "section [%s] has begun before, in line %d", name,
			      p->section_lines[first]);
		return;
	}
	p->section_lines[first] = p->text->line;
	*t = (struct config_target){
		.keys = &config_keys[first],
		.key_lines = &p->key_lines[first],
		.base = p->config,
	};
	(void)snprintf(t->title, sizeof t->title, "%s", name);
	while (first + t->n_keys < CONFIG_N_KEYS &&
	       !strcmp(config_keys[first + t->n_keys].section, name))
		t->n_keys++;
}

/* Returns whether a section of @kind may have this name here. */
static bool check_name(struct config_parse *p, enum config_named_kind kind, const char *name)
{
	const struct config_named_type *type = &config_named_types[kind];
	const struct config_named *before = config_named_find(p->config, kind, name);

	if (!*name)
		config_refuse(p, "[%s] has no name; it is [%s NAME]", type->section, type->section);
	else if (strlen(name) > CONFIG_NAMED_NAME_MAX || name[strspn(name, COMM_NAME_CHARACTERS)])
		config_refuse(p,
			      "[%s %.*s] cannot have this name; it is 1 to %d of A-Z a-z 0-9 . _ -",
			      type->section, QUOTE, name, CONFIG_NAMED_NAME_MAX);
	else if (before)
		config_refuse(p, "section [%s %s] has begun before, in line %d", type->section,
			      name, before->line);
	else if (p->config->named[kind].n >= type->max)
		config_refuse(p, "there are more than %zu sections [%s NAME]", type->max,
			      type->section);
	return !p->result;
}

static void begin_named(struct config_parse *p, enum config_named_kind kind, const char *name)
{
	const struct config_named_type *type = &config_named_types[kind];
	struct config_named *named;

	if (!check_name(p, kind, name))
		return;
	p->result = config_named_add(p->config, kind, name, p->text->line, &named);
	if (p->result)
		return;
	p->target = (struct config_target){
		.keys = type->keys,
		.n_keys = type->n_keys,
		.key_lines = named->key_lines,
		.base = named,
	};
	(void)snprintf(p->target.title, sizeof p->target.title, "%s %s", type->section, name);
}

/* The kind that "rule NAME" or "rule" begins; CONFIG_N_NAMED: none. @ret_name is the rest. */
static size_t find_named(char *title, char **ret_name)
{
	size_t kind = 0, len = strcspn(title, " \t");

	while (kind < CONFIG_N_NAMED && (strlen(config_named_types[kind].section) != len ||
					 strncmp(config_named_types[kind].section, title, len)))
		kind++;
	*ret_name = title + len;
	return kind;
}

void config_begin_section(struct config_parse *p, char *line)
{
	char *title = line + 1;
	char *end = strchr(title, ']');
	char *after, *name;
	size_t first, kind;

	if (!end) {
		config_refuse(p, "\"%.*s\" begins a section and has no \"]\"", QUOTE, line);
		return;
	}
	*end = '\0';
	after = text_trim(end + 1);
	first = find_section(title);
	kind = find_named(title, &name);
	if (first == CONFIG_N_KEYS && kind == CONFIG_N_NAMED)
		refuse_section(p, title);
	else if (*after)
		config_refuse(p, "\"%.*s\" stands after [%s]; it needs a line of its own", QUOTE,
			      after, title);
	else if (first < CONFIG_N_KEYS)
		begin_plain(p, first);
	else
		begin_named(p, (enum config_named_kind)kind, text_trim(name));
}

/* ---- keys ---- */

/* The index of the key among @n, or @n. */
static size_t find_key(const struct config_key *keys, size_t n, const char *name)
{
	size_t i = 0;

	while (i < n && strcmp(keys[i].name, name))
		i++;
	return i;
}

/* The section that the key belongs in, as it is written; "" for none. */
static void find_home(const char *name, char *ret, size_t size)
{
	size_t i = find_key(config_keys, CONFIG_N_KEYS, name);

	*ret = '\0';
	if (i < CONFIG_N_KEYS)
		(void)snprintf(ret, size, "[%s]", config_keys[i].section);
	for (size_t kind = 0; kind < CONFIG_N_NAMED && !*ret; kind++) {
		const struct config_named_type *type = &config_named_types[kind];

		if (find_key(type->keys, type->n_keys, name) < type->n_keys)
			(void)snprintf(ret, size, "[%s NAME]", type->section);
	}
}

static void refuse_key(struct config_parse *p, const char *name)
{
	const struct config_target *t = &p->target;
	char all[512] = "", home[64];
	struct suggest s;

	suggest_init(&s, name);
	for (size_t i = 0; i < t->n_keys; i++) {
		suggest_offer(&s, t->keys[i].name);
		(void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s",
			       *all ? ", " : "", t->keys[i].name);
	}
	find_home(name, home, sizeof home);
	if (!t->n_keys && *home)
		config_refuse(p, "key \"%s\" stands before any section; it belongs in %s", name,
			      home);
	else if (!t->n_keys)
		config_refuse(p, "key \"%.*s\" stands before any section", QUOTE, name);
	else if (*home)
		config_refuse(p, "key \"%s\" does not belong in [%s] but in %s", name, t->title,
			      home);
	else if (s.best)
		config_refuse(p, "unknown key \"%.*s\" in [%s]; did you mean \"%s\"?", QUOTE, name,
			      t->title, s.best);
	else
		config_refuse(p, "unknown key \"%.*s\" in [%s], whose keys are %s", QUOTE, name,
			      t->title, all);
}

static void set_key(struct config_parse *p, size_t i, const char *value)
{
	const struct config_key *key = &p->target.keys[i];
	int *line = &p->target.key_lines[i];
	char allowed[128];
	int r;

	if (*line) {
		config_refuse(p, "key \"%s\" is set before, in line %d", key->name, *line);
		return;
	}
	*line = p->text->line;
	r = config_set(p->target.base, key, p->file, value);
	if (r <= 0) {
		p->result = r;
		return;
	}
	config_describe(key, allowed, sizeof allowed);
	config_refuse(p, "\"%s\" cannot be \"%.*s\"; it is %s", key->name, QUOTE, value, allowed);
}

void config_set_key(struct config_parse *p, const char *name, const char *value)
{
	size_t i = find_key(p->target.keys, p->target.n_keys, name);

	if (i < p->target.n_keys)
		set_key(p, i, value);
	else
		refuse_key(p, name);
}
