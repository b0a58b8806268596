#include "client/commctl/grammar.h"

#include <ctype.h>
#include <string.h>

#include "client/commctl/verb.h"

bool grammar_is(struct grammar_text text, const char *word)
{
	return text.len == strlen(word) && !memcmp(text.at, word, text.len);
}

/*
 * As much of the line as makes sense alone: not the one word of "broker: when the brokers have it", and
 * of a sentence that goes on in the next line what stands before its last comma.
 */
static struct grammar_text beginning(const char *at)
{
	size_t len = strcspn(at, ";:(\n");
	const char *comma;

	if (at[len] == ':' && !memchr(at, ' ', len))
		len = strcspn(at, ";(\n");
	if (!strncmp(at + len, "\n       ", 8) && (comma = memrchr(at, ',', len)))
		len = (size_t)(comma - at);
	while (len && (at[len - 1] == ' ' || at[len - 1] == ','))
		len--;
	return (struct grammar_text){ at, len };
}

/* Where the names of the options end: at two spaces, or with the line. */
static size_t names_len(const char *line)
{
	size_t len = strcspn(line, "\n");
	const char *gap = strstr(line, "  ");

	return gap && (size_t)(gap - line) < len ? (size_t)(gap - line) : len;
}

/* One of "-g, --group GROUP": a name, and perhaps what stands for its value. */
static const char *read_name(struct grammar_option *o, const char *at, const char *end)
{
	const char *c = at;

	while (c < end && (isalnum((unsigned char)*c) || *c == '-'))
		c++;
	*o = (struct grammar_option){ .name = { at, (size_t)(c - at) } };
	if (c < end && *c == '[') {
		o->is_optional = true;
		c += c[1] == '=' ? 2 : 1;
	} else if (c < end && *c == ' ') {
		c++;
	}
	at = c;
	while (c < end && *c != ',')
		c++;
	o->argument = (struct grammar_text){ at, (size_t)(c - at) - (o->is_optional && c > at) };
	while (c < end && (*c == ',' || *c == ' '))
		c++;
	return c;
}

/* "-g, --group GROUP": the value is that of both. With more values, each has its own. */
static void share_argument(struct grammar_option *options, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (options[i].argument.len)
			return;
	for (size_t i = 0; i + 1 < n; i++) {
		options[i].argument = options[n - 1].argument;
		options[i].is_optional = options[n - 1].is_optional;
	}
}

/* A line of the help that begins with an option. */
static void read_line(struct grammar *g, const char *line)
{
	const char *end = line + names_len(line);
	const char *meaning = end + strspn(end, " \n");
	size_t first = g->n_options;

	while (line < end && *line == '-' && g->n_options < GRAMMAR_OPTIONS_MAX)
		line = read_name(&g->options[g->n_options++], line, end);
	share_argument(g->options + first, g->n_options - first);
	for (size_t i = first; i < g->n_options; i++)
		g->options[i].meaning = beginning(meaning);
}

static void read_help(struct grammar *g, const char *help)
{
	for (const char *line = help; *line; line += *line == '\n') {
		if (!strncmp(line, "  -", 3))
			read_line(g, line + 2);
		line += strcspn(line, "\n");
	}
}

void grammar_read(struct grammar *g, const struct verb *verb)
{
	g->n_options = 0;
	if (verb)
		read_help(g, verb->help);
	read_help(g, verb_common_options);
}

const struct grammar_option *grammar_find(const struct grammar *g, const char *name, size_t len)
{
	for (size_t i = 0; i < g->n_options; i++)
		if (g->options[i].name.len == len && !memcmp(g->options[i].name.at, name, len))
			return &g->options[i];
	return NULL;
}

/* The next part of a usage line, spaces within brackets included. */
static struct grammar_text next_part(const char **at)
{
	const char *begin = *at + strspn(*at, " "), *c = begin;
	int depth = 0;

	for (; *c && (depth || *c != ' '); c++)
		depth += (*c == '[') - (*c == ']');
	*at = c;
	return (struct grammar_text){ begin, (size_t)(c - begin) };
}

struct grammar_text grammar_word(const struct verb *verb, size_t i)
{
	const char *at = verb->arguments;
	struct grammar_text part, word;

	while ((part = next_part(&at)).len) {
		if (*part.at == '-') {
			(void)next_part(&at); /* its value */
			continue;
		}
		word.at = part.at + (*part.at == '[');
		word.len = strcspn(word.at, " .[]");
		if (*word.at == '-' || grammar_is(word, "OPTIONS"))
			continue;
		if (!i-- || memmem(part.at, part.len, "...", 3))
			return word;
	}
	return (struct grammar_text){ "", 0 };
}
