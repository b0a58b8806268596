#include "daemon/config_parse.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "proto/errors.h"

/*
 * libinih splits lines into section, key and value, and passes over in silence what it does not
 * expect: the end of a long line, whatever follows a "]", a section that comes twice or is never
 * closed; an indented line continues the one before. So the reader that hands it the lines looks
 * at each of them first, and a line that neither reader nor handler has dealt with is refused.
 */

/* libinih wants room for CR, LF and NUL besides the line. */
_Static_assert(CONFIG_LINE_MAX + 3 <= INI_MAX_LINE, "libinih cannot read our longest line");

/* What libinih gets to see of a section: ours is whole, and has been dealt with. */
#define SECTION "[section]"

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
static char *next_line(struct config_parse *p)
{
	char *line;
	size_t len;

	while (text_next(p->text, &line, &len)) {
		if (strlen(line) != len) {
			config_refuse(
				p, "the line holds a NUL byte; the file has to be text in UTF-8");
			return NULL;
		}
		cut_comment(line);
		line = text_trim(line);
		if (*line)
			return line;
	}
	return NULL;
}

static void refuse_unhandled(struct config_parse *p)
{
	config_refuse(p, "\"%.*s\" is not key = value", QUOTE, p->unhandled);
}

/* An ini_reader, for which errors are the end of the file. */
static char *read_line(char *ret, int size, void *parse)
{
	struct config_parse *p = parse;
	char *line;

	if (p->unhandled && !p->result)
		refuse_unhandled(p);
	if (p->result)
		return NULL;
	line = next_line(p);
	if (!line)
		return NULL;
	if (strlen(line) > CONFIG_LINE_MAX || strlen(line) + 1 >= (size_t)size) {
		config_refuse(p, "the line is longer than %d bytes", CONFIG_LINE_MAX);
		return NULL;
	}
	if (*line == '[')
		config_begin_section(p, line);
	else
		p->unhandled = line;
	(void)snprintf(ret, (size_t)size, "%s\n", *line == '[' ? SECTION : line);
	return p->result ? NULL : ret;
}

/* An ini_handler. What it finds wrong is in the result, so that it need not tell libinih. */
static int handle(void *parse, const char *section, const char *name, const char *value)
{
	struct config_parse *p = parse;

	(void)section;
	if (p->result || !name || !*name || !value)
		return 1;
	p->unhandled = NULL;
	config_set_key(p, name, value);
	return 1;
}

int config_parse(const char *file, struct text *text, struct config *ret,
		 struct config_problem *ret_why)
{
	struct config config;
	struct config_parse p = { .file = file, .text = text, .config = &config, .why = ret_why };
	int r = config_init_keys(&config, file);

	if (r > 0)
		return config_problem_set(ret_why, file, 0, "the path of this file is too long");
	if (r < 0)
		return r;
	if (ini_parse_stream(read_line, &p, handle, &p) == -2)
		p.result = -ENOMEM;
	else if (p.unhandled && !p.result)
		refuse_unhandled(&p);
	if (!p.result)
		p.result = config_complete(&config);
	if (p.result)
		config_fini(&config);
	else
		*ret = config;
	return p.result;
}
