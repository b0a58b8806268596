#include "client/commctl/options.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commctl/ctl.h"
#include "client/commctl/escape.h"
#include "client/commctl/verb.h"
#include "proto/utf8.h"
#include "proto/util.h"

static const struct option common[] = {
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "profile", required_argument, NULL, OPTION_PROFILE },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "help", no_argument, NULL, 'h' },
};

void options_init(struct options *o, struct ctl *ctl, const struct verb *verb, int argc,
		  char **argv, const char *letters, const struct option *names)
{
	size_t n = 0;

	*o = (struct options){
		.ctl = ctl, .verb = verb, .argc = argc, .argv = argv, .letters = letters
	};
	for (; names && names[n].name && n < OPTIONS_MAX - 1 - ARRAY_SIZE(common); n++)
		o->names[n] = names[n];
	memcpy(o->names + n, common, sizeof common);
	/* 0 makes getopt begin again with another command line; we say ourselves what is wrong. */
	optind = 0;
	opterr = 0;
}

int options_wrong(struct options *o, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof what, format, args);
	va_end(args);
	if (o->verb)
		ctl_say("%s: %s; see: commctl %s --help", o->verb->name, what, o->verb->name);
	else
		ctl_say("%s; see: commctl --help", what);
	o->exit_code = CTL_USAGE;
	return OPTIONS_STOP;
}

bool options_at_most(struct options *o, int n)
{
	if (o->argc - optind <= n)
		return true;
	options_wrong(o, "'%s' is one word too many", o->argv[optind + n]);
	return false;
}

bool options_none(struct ctl *ctl, const struct verb *verb, int argc, char **argv, int *ret_code)
{
	struct options o;

	options_init(&o, ctl, verb, argc, argv, "", NULL);
	if (options_next(&o) != OPTIONS_STOP && options_at_most(&o, 0))
		return true;
	*ret_code = o.exit_code;
	return false;
}

bool options_text(struct options *o, const char *word, const char *text)
{
	if (!comm_utf8_is_valid(comm_bytes_of(text)))
		options_wrong(o, "%s: it is not UTF-8", word);
	return o->exit_code == CTL_OK;
}

bool options_number(struct options *o, const char *option, const char *text, int64_t min,
		    int64_t max, int64_t *ret)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno || end == text || *end || number < min || number > max) {
		if (max == INT64_MAX)
			options_wrong(o, "%s needs a whole number from %lld on, not '%s'", option,
				      (long long)min, text);
		else
			options_wrong(o, "%s needs a whole number from %lld to %lld, not '%s'",
				      option, (long long)min, (long long)max, text);
		return false;
	}
	*ret = number;
	return true;
}

bool options_seconds(struct options *o, const char *option, const char *text, int *ret_ms)
{
	char *end;
	double seconds = strtod(text, &end);

	/* An hour is what the daemon allows. */
	if (end == text || *end || !(seconds >= 0.001 && seconds <= 3600)) {
		options_wrong(o, "%s needs seconds from 0.001 to 3600, not '%s'", option, text);
		return false;
	}
	*ret_ms = (int)(seconds * 1000 + 0.5);
	return true;
}

bool options_bytes(struct options *o, const char *option, char *text, size_t *ret_len)
{
	if (!*text || escape_parse(text, strlen(text), text, ret_len) < 0) {
		options_wrong(o, "%s needs bytes such as ',' or '\\t' or '\\x1f', not '%s'", option,
			      text);
		return false;
	}
	return true;
}

/* An option that getopt refused: @c is ':' without its argument, '?' otherwise. */
static int refuse(struct options *o, int c)
{
	const char *word = o->argv[optind - 1];

	if (c == ':' && optopt > UCHAR_MAX)
		return options_wrong(o, "option %s needs a value", word);
	if (c == ':')
		return options_wrong(o, "option -%c needs a value", optopt);
	if (optopt > UCHAR_MAX)
		return options_wrong(o, "option %.*s takes no value", (int)strcspn(word, "="),
				     word);
	if (optopt)
		return options_wrong(o, "there is no option -%c", optopt);
	return options_wrong(o, "there is no option %s", word);
}

static int show_help(struct options *o)
{
	if (o->verb)
		verb_print_help(o->verb, &o->ctl->out);
	else
		verb_print_overview(&o->ctl->out);
	o->exit_code = CTL_OK;
	return OPTIONS_STOP;
}

static int show_version(struct options *o)
{
	out_printf(&o->ctl->out, "commctl %s\n", comm_version());
	o->exit_code = CTL_OK;
	return OPTIONS_STOP;
}

int options_next(struct options *o)
{
	char letters[64];

	/* "+" stops at the verb; ":" tells a missing value from an unknown option. */
	(void)snprintf(letters, sizeof letters, "%s:h%s", o->verb ? "" : "+", o->letters);
	for (;;) {
		int c = getopt_long(o->argc, o->argv, letters, o->names, NULL);

		switch (c) {
		case OPTION_SOCKET:
			o->ctl->socket = optarg;
			break;
		case OPTION_PROFILE:
			if (!options_text(o, "--profile", optarg))
				return OPTIONS_STOP;
			o->ctl->profile = optarg;
			break;
		case OPTION_JSON:
			o->ctl->json = true;
			o->ctl->human = false;
			break;
		case OPTION_TIMEOUT:
			if (!options_seconds(o, "--timeout", optarg, &o->ctl->timeout_ms))
				return OPTIONS_STOP;
			o->ctl->has_timeout = true;
			break;
		case OPTION_VERSION:
			return show_version(o);
		case 'h':
			return show_help(o);
		case ':':
		case '?':
			return refuse(o, c);
		default:
			return c;
		}
	}
}
