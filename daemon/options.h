#pragma once

/*
 * Options: commd's command line.
 */

#include <stdbool.h>

struct options {
	const char *config; /* borrowed from argv; NULL: the default file */
	const char *socket; /* borrowed from argv; NULL: as configured */
	bool check_config;
	bool dev;
};

/*
 * Read @argv. Returns -1 to go on, or the status to exit with: --help and --version have been
 * answered, a mistake has been told.
 */
int options_read(int argc, char *const argv[], struct options *ret);
