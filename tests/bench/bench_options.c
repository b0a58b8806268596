#include "tests/bench/bench.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

enum {
	OPT_AT = 256,
	OPT_TOPIC,
	OPT_GROUP,
	OPT_SIZE,
	OPT_COUNT,
	OPT_WINDOW,
	OPT_PARTITIONS,
	OPT_GATE
};

static const struct option options[] = {
	{ "at", required_argument, NULL, OPT_AT },
	{ "topic", required_argument, NULL, OPT_TOPIC },
	{ "group", required_argument, NULL, OPT_GROUP },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "window", required_argument, NULL, OPT_WINDOW },
	{ "partitions", required_argument, NULL, OPT_PARTITIONS },
	{ "gate", no_argument, NULL, OPT_GATE },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static noreturn void usage(const char *help)
{
	fputs(help, stderr);
	exit(EX_USAGE);
}

static size_t read_number(const char *text)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *end || end == text || !number)
		bench_fail("%s: not a number above 0", text);
	return number;
}

static void take_option(int option, const char *help, struct bench_run *ret_run)
{
	switch (option) {
	case OPT_AT:
		ret_run->at = optarg;
		break;
	case OPT_TOPIC:
		ret_run->topic = optarg;
		break;
	case OPT_GROUP:
		ret_run->group = optarg;
		break;
	case OPT_SIZE:
		ret_run->value_len = read_number(optarg);
		break;
	case OPT_COUNT:
		ret_run->n_records = read_number(optarg);
		break;
	case OPT_WINDOW:
		ret_run->window = read_number(optarg);
		break;
	case OPT_PARTITIONS:
		ret_run->n_partitions = read_number(optarg);
		break;
	case OPT_GATE:
		ret_run->has_gate = true;
		break;
	case 'h':
		fputs(help, stdout);
		exit(EXIT_SUCCESS);
	default:
		usage(help);
	}
}

const char *bench_read_options(int argc, char *argv[], const char *help, struct bench_run *ret_run)
{
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
		take_option(option, help, ret_run);
	if (argc - optind != 1 || !ret_run->at || !ret_run->topic)
		usage(help);
	return argv[optind];
}
