/*
 * Replay: gives every file of a directory to a fuzz target, with any compiler and without
 * libFuzzer. A crash names the file it was given last.
 */

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/util.h"
#include "tests/fuzz/fuzz.h"

#define FILE_MAX (1024 * 1024)

static size_t read_file(const char *path, uint8_t *out)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		err(EXIT_FAILURE, "%s", path);
	n = fread(out, 1, FILE_MAX, f);
	if (ferror(f))
		err(EXIT_FAILURE, "%s", path);
	fclose(f);
	return n;
}

/* A copy of exactly its size: reading beyond it is a fault. */
static void replay(const char *path, const uint8_t *bytes, size_t size)
{
	_cleanup_free_ uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		err(EXIT_FAILURE, "%s", path);
	if (size)
		memcpy(copy, bytes, size);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(copy, size);
}

int main(int argc, char **argv)
{
	_cleanup_free_ uint8_t *bytes = malloc(FILE_MAX);
	struct dirent *entry;
	char path[4096];
	int n = 0;
	DIR *dir;

	if (argc != 2)
		errx(EXIT_FAILURE, "usage: %s DIRECTORY", argv[0]);
	dir = opendir(argv[1]);
	if (!dir || !bytes)
		err(EXIT_FAILURE, "%s", argv[1]);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
		replay(path, bytes, read_file(path, bytes));
		n++;
	}
	closedir(dir);
	if (!n)
		errx(EXIT_FAILURE, "%s: no files", argv[1]);
	printf("%d inputs\n", n);
	return EXIT_SUCCESS;
}
