#include "daemon/config.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/suggest.h"
#include "proto/errors.h"
#include "proto/util.h"

/*
 * libinih splits lines into section, key and value, and passes over in silence what it does not
 * expect: the end of a long line, whatever follows a "]", a section that comes twice or is never
 * closed; an indented line continues the one before. So the reader that hands it the lines looks
 * at each of them first, and a line that neither reader nor handler has dealt with is refused.
 */

/* libinih wants room for CR, LF and NUL besides the line. */
_Static_assert(CONFIG_LINE_MAX + 3 <= INI_MAX_LINE, "libinih cannot read our longest line");

const struct config_key config_keys[CONFIG_N_KEYS] = {
#define KEY(section, key, kind, member, absent, min, max, doc) \
	{ section, key, CONFIG_##kind, offsetof(struct config, member), absent, min, max, doc },
	CONFIG_KEYS(KEY)
#undef KEY
};

#define NOT_FOUND CONFIG_N_KEYS

/* One file on its way through libinih. */
struct parse {
	const char *file;
	struct text *text;
	struct config *config;
	struct config_problem *why;
	const char *section;              /* borrowed from config_keys; NULL before the first */
	const char *unhandled;            /* the line that libinih has and has not reported yet */
	int key_lines[CONFIG_N_KEYS];     /* where each was set, 0: nowhere */
	int section_lines[CONFIG_N_KEYS]; /* where each began, at the index of its first key */
	int result;
};

/* A sentence about the line that was read last. */
#define refuse(p, ...) \
	((p)->result = config_problem_set((p)->why, (p)->file, (p)->text->line, __VA_ARGS__))

/* For texts of the file: as much of them as is shown. */
#define QUOTE CONFIG_PROBLEM_QUOTE_MAX

static bool same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* The index of the section's first key. */
static size_t find_section(const char *name)
{
	size_t i = 0;

	while (i < CONFIG_N_KEYS && !same(config_keys[i].section, name))
		i++;
	return i;
}

/* The index of the key; in any section for a NULL @section. */
static size_t find_key(const char *section, const char *name)
{
	size_t i = 0;

	while (i < CONFIG_N_KEYS && (!same(config_keys[i].name, name) ||
				     (section && !same(config_keys[i].section, section))))
		i++;
	return i;
}

static void refuse_section(struct parse *p, const char *name)
{
	struct suggest s;
	char all[256] = "";

	suggest_init(&s, name);
	for (size_t i = 0; i < CONFIG_N_KEYS; i++) {
		const char *section = config_keys[i].section;

		if (find_section(section) != i)
			continue;
		suggest_offer(&s, section);
		(void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s[%s]", i ? ", " : "",
			       section);
	}
	if (s.best)
		refuse(p, "unknown section [%.*s]; did you mean [%s]?", QUOTE, name, s.best);
	else
		refuse(p, "unknown section [%.*s]; the sections are %s", QUOTE, name, all);
}

static void refuse_key(struct parse *p, const char *name)
{
	size_t elsewhere = find_key(NULL, name);
	struct suggest s;
	char all[512] = "";

	suggest_init(&s, name);
	for (size_t i = 0; i < CONFIG_N_KEYS; i++) {
		if (!same(config_keys[i].section, p->section))
			continue;
		suggest_offer(&s, config_keys[i].name);
		(void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s",
			       *all ? ", " : "", config_keys[i].name);
	}
	if (elsewhere != NOT_FOUND)
		refuse(p, "key \"%s\" does not belong in [%s] but in [%s]", name, p->section,
		       config_keys[elsewhere].section);
	else if (s.best)
		refuse(p, "unknown key \"%.*s\" in [%s]; did you mean \"%s\"?", QUOTE, name,
		       p->section, s.best);
	else
		refuse(p, "unknown key \"%.*s\" in [%s], whose keys are %s", QUOTE, name,
		       p->section, all);
}

static void begin_section(struct parse *p, char *line)
{
	char *name = line + 1;
	char *end = strchr(name, ']');
	size_t first;

	if (!end) {
		refuse(p, "\"%.*s\" begins a section and has no \"]\"", QUOTE, line);
		return;
	}
	*end = '\0';
	first = find_section(name);
	if (first == NOT_FOUND)
		refuse_section(p, name);
	else if (end[1])
		refuse(p, "\"%.*s\" stands after [%s]; it needs a line of its own", QUOTE,
		       text_trim(end + 1), name);
	else if (p->section_lines[first])
		refuse(p, "section [%s] has begun before, in line %d", name,
		       p->section_lines[first]);
	else {
		p->section = config_keys[first].section;
		p->section_lines[first] = p->text->line;
		*end = ']';
	}
}

/* A comment begins the line or follows white space. */
static void cut_comment(char *line)
{
	for (char *c = line; *c; c++)
		if ((*c == '#' || *c == ';') && (c == line || c[-1] == ' ' || c[-1] == '\t')) {
			*c = '\0';
			return;
		}
}

/* The next line that is neither empty nor a comment; NULL at the end. */
static char *next_line(struct parse *p)
{
	char *line;
	size_t len;

	while (text_next(p->text, &line, &len)) {
		if (strlen(line) != len) {
			refuse(p, "the line holds a NUL byte");
			return NULL;
		}
		cut_comment(line);
		line = text_trim(line);
		if (*line)
			return line;
	}
	return NULL;
}

static void refuse_unhandled(struct parse *p)
{
	refuse(p, "\"%.*s\" is not key = value", QUOTE, p->unhandled);
}

/* An ini_reader, for which errors are the end of the file. */
static char *read_line(char *ret, int size, void *parse)
{
	struct parse *p = parse;
	char *line;

	if (p->unhandled && !p->result)
		refuse_unhandled(p);
	if (p->result)
		return NULL;
	line = next_line(p);
	if (!line)
		return NULL;
	if (strlen(line) > CONFIG_LINE_MAX || strlen(line) + 1 >= (size_t)size) {
		refuse(p, "the line is longer than %d bytes", CONFIG_LINE_MAX);
		return NULL;
	}
	if (*line == '[')
		begin_section(p, line);
	else
		p->unhandled = line;
	(void)snprintf(ret, (size_t)size, "%s\n", line);
	return p->result ? NULL : ret;
}

static void set_key(struct parse *p, size_t i, const char *value)
{
	const struct config_key *key = &config_keys[i];
	char allowed[128];
	int r;

	if (p->key_lines[i]) {
		refuse(p, "key \"%s\" is set before, in line %d", key->name, p->key_lines[i]);
		return;
	}
	p->key_lines[i] = p->text->line;
	r = config_set(p->config, key, p->file, value);
	if (r <= 0) {
		p->result = r;
		return;
	}
	config_describe(key, allowed, sizeof allowed);
	refuse(p, "\"%s\" cannot be \"%.*s\"; it is %s", key->name, QUOTE, value, allowed);
}

/* An ini_handler. What it finds wrong is in the result, so that it need not tell libinih. */
static int handle(void *parse, const char *section, const char *name, const char *value)
{
	struct parse *p = parse;
	size_t i, anywhere;

	(void)section; /* cut off after 49 bytes by libinih; ours is whole */
	if (p->result || !name || !*name || !value)
		return 1;
	p->unhandled = NULL;
	anywhere = find_key(NULL, name);
	i = find_key(p->section, name);
	if (p->section && i != NOT_FOUND)
		set_key(p, i, value);
	else if (p->section)
		refuse_key(p, name);
	else if (anywhere != NOT_FOUND)
		refuse(p, "key \"%s\" stands before any section; it belongs in [%s]", name,
		       config_keys[anywhere].section);
	else
		refuse(p, "key \"%.*s\" stands before any section", QUOTE, name);
	return 1;
}

static int init_defaults(struct config *c, const char *file)
{
	struct config defaults = { 0 };

	for (size_t i = 0; i < CONFIG_N_KEYS; i++) {
		int r = config_set(&defaults, &config_keys[i], file, config_keys[i].absent);

		if (r) {
			config_fini(&defaults);
			return r;
		}
	}
	*c = defaults;
	return 0;
}

int config_init_defaults(struct config *ret)
{
	return init_defaults(ret, CONFIG_FILE_DEFAULT);
}

int config_parse(const char *file, struct text *text, struct config *ret,
		 struct config_problem *ret_why)
{
	struct config config;
	struct parse p = { .file = file, .text = text, .config = &config, .why = ret_why };
	int r = init_defaults(&config, file);

	if (r > 0)
		return config_problem_set(ret_why, file, 0, "the path of this file is too long");
	if (r < 0)
		return r;
	if (ini_parse_stream(read_line, &p, handle, &p) == -2)
		p.result = -ENOMEM;
	else if (p.unhandled && !p.result)
		refuse_unhandled(&p);
	if (p.result)
		config_fini(&config);
	else
		*ret = config;
	return p.result;
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
	for (size_t i = 0; i < CONFIG_N_KEYS; i++)
		if (config_keys[i].kind == CONFIG_PATH || config_keys[i].kind == CONFIG_NAME)
			free(*(char **)((char *)c + config_keys[i].offset));
	*c = (struct config){ 0 };
}
