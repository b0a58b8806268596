#include "daemon/options.h"

#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "daemon/config.h"

static const char help[] =
	"usage: commd [--config FILE] [--socket PATH] [--dev] [--check-config]\n"
	"\n"
	"The Kafka gateway of this host: serves local programs on a Unix socket.\n"
	"\n"
	"  -c, --config FILE   read FILE instead of " CONFIG_FILE_DEFAULT "\n"
	"  -s, --socket PATH   listen on PATH instead of the configured one; @NAME is abstract\n"
	"      --dev           need no files and no Kafka: run a mock cluster in this process\n"
	"      --check-config  tell what is wrong in the configuration and its profiles;\n"
	"                      exit 0 or 78\n"
	"      --version       print the version\n"
	"  -h, --help          print this\n"
	"\n"
	"SIGTERM and SIGINT end it in order, a second one at once. SIGHUP has it read the\n"
	"configuration and the profiles again; if anything is wrong there, nothing changes.\n";

enum { OPT_DEV = 256, OPT_CHECK, OPT_VERSION };

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "socket", required_argument, NULL, 's' },
	{ "dev", no_argument, NULL, OPT_DEV },
	{ "check-config", no_argument, NULL, OPT_CHECK },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

int options_read(int argc, char *const argv[], struct options *ret)
{
	int c;

	*ret = (struct options){ 0 };
	while ((c = getopt_long(argc, argv, "c:s:h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			ret->config = optarg;
			break;
		case 's':
			ret->socket = optarg;
			break;
		case OPT_DEV:
			ret->dev = true;
			break;
		case OPT_CHECK:
			ret->check_config = true;
			break;
		case OPT_VERSION:
			puts("commd " COMMD_VERSION);
			return 0;
		case 'h':
			(void)fputs(help, stdout);
			return 0;
		default:
			(void)fputs("commd: try commd --help\n", stderr);
			return EX_USAGE;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "commd: %s: no such argument; try commd --help\n",
			      argv[optind]);
		return EX_USAGE;
	}
	return -1;
}
