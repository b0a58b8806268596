#include "daemon/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/errors.h"
#include "proto/util.h"

#define KEY(object, section, key, kind, member, absent, min, max, doc) \
	{ section, key, CONFIG_##kind, offsetof(object, member), absent, min, max, doc },

const struct config_key config_keys[CONFIG_N_KEYS] = {
#define CONFIG_KEY(...) KEY(struct config, __VA_ARGS__)
	CONFIG_KEYS(CONFIG_KEY)
#undef CONFIG_KEY
};

static const struct config_key rule_keys[] = {
#define RULE_KEY(...) KEY(struct config_rule, __VA_ARGS__)
	CONFIG_RULE_KEYS(RULE_KEY)
#undef RULE_KEY
};

const struct config_named_type config_named_types[CONFIG_N_NAMED] = {
#define TYPE(section, NAME, name, max, doc) \
	{ section, name##_keys, ARRAY_SIZE(name##_keys), sizeof(struct config_##name), max, doc },
	CONFIG_NAMED_SECTIONS(TYPE)
#undef TYPE
};

#define CHECK_N_KEYS(section, NAME, name, max, doc)                      \
	_Static_assert(ARRAY_SIZE(name##_keys) <= CONFIG_NAMED_KEYS_MAX, \
		       "[" section "] has more keys than lines are kept of");
CONFIG_NAMED_SECTIONS(CHECK_N_KEYS)
#undef CHECK_N_KEYS

bool config_is_text(const struct config_key *key)
{
	return key->kind == CONFIG_PATH || key->kind == CONFIG_UNIX || key->kind == CONFIG_NAME ||
	       key->kind == CONFIG_WORDS;
}

static int set_defaults(void *base, const struct config_key *keys, size_t n, const char *file)
{
	int r = 0;

	for (size_t i = 0; i < n && !r; i++)
		if (keys[i].absent)
			r = config_set(base, &keys[i], file, keys[i].absent);
	return r;
}

static void free_texts(void *base, const struct config_key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (config_is_text(&keys[i]))
			free(*(char **)((char *)base + keys[i].offset));
}

static void named_free(const struct config_named_type *type, struct config_named *named)
{
	free_texts(named, type->keys, type->n_keys);
	free(named->name);
	free(named);
}

int config_named_add(struct config *c, enum config_named_kind kind, const char *name, int line,
		     struct config_named **ret)
{
	const struct config_named_type *type = &config_named_types[kind];
	struct config_named_list *list = &c->named[kind];
	struct config_named **grown =
		reallocarray(list->items, list->n + 1, sizeof(struct config_named *));
	struct config_named *named;

	if (!grown)
		return -ENOMEM;
	list->items = grown;
	named = calloc(1, type->size);
	if (!named)
		return -ENOMEM;
	named->line = line;
	named->name = strdup(name);
	if (!named->name || set_defaults(named, type->keys, type->n_keys, c->file)) {
		named_free(type, named);
		return -ENOMEM;
	}
	list->items[list->n++] = named;
	*ret = named;
	return 0;
}

struct config_named *config_named_find(const struct config *c, enum config_named_kind kind,
				       const char *name)
{
	const struct config_named_list *list = &c->named[kind];

	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i]->name, name))
			return list->items[i];
	return NULL;
}

static int set_rule(struct config *c, const char *name, const char *key, const char *value)
{
	struct config_named *rule = config_named_find(c, CONFIG_NAMED_RULE, name);
	int r = rule ? 0 : config_named_add(c, CONFIG_NAMED_RULE, name, 0, &rule);

	for (size_t i = 0; i < ARRAY_SIZE(rule_keys) && !r; i++)
		if (!strcmp(rule_keys[i].name, key))
			r = config_set(rule, &rule_keys[i], c->file, value);
	return r;
}

int config_complete(struct config *c)
{
	static const struct {
		const char *rule, *key, *value;
	} built_in[] = {
#define BUILT_IN(rule, key, value) { rule, key, value },
		CONFIG_RULES_BUILT_IN(BUILT_IN)
#undef BUILT_IN
	};
	int r = 0;

	if (c->named[CONFIG_NAMED_RULE].n)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(built_in) && !r; i++)
		r = set_rule(c, built_in[i].rule, built_in[i].key, built_in[i].value);
	return r;
}

int config_init_keys(struct config *ret, const char *file)
{
	struct config defaults = { .file = strdup(file) };
	int r = defaults.file ? set_defaults(&defaults, config_keys, CONFIG_N_KEYS, file) : -ENOMEM;

	if (r)
		config_fini(&defaults);
	else
		*ret = defaults;
	return r;
}

int config_init_defaults(struct config *ret)
{
	struct config defaults;
	int r = config_init_keys(&defaults, CONFIG_FILE_DEFAULT);

	if (r)
		return r;
	r = config_complete(&defaults);
	if (r)
		config_fini(&defaults);
	else
		*ret = defaults;
	return r;
}

int config_load(const char *file, struct config *ret, struct config_problem *ret_why)
{
	const char *name = file ? file : CONFIG_FILE_DEFAULT;
	struct text text;
	int r = text_load(&text, name);

	if (r == -ENOENT && !file)
		return config_init_defaults(ret);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return config_problem_set(ret_why, name, 0, "cannot be read: %s", strerror(-r));
	r = config_parse(name, &text, ret, ret_why);
	text_fini(&text);
	return r;
}

void config_fini(struct config *c)
{
	free_texts(c, config_keys, CONFIG_N_KEYS);
	for (size_t kind = 0; kind < CONFIG_N_NAMED; kind++) {
		struct config_named_list *list = &c->named[kind];

		for (size_t i = 0; i < list->n; i++)
			named_free(&config_named_types[kind], list->items[i]);
		free(list->items);
	}
	free(c->file);
	*c = (struct config){ 0 };
}
