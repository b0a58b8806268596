/*
 * records write|check SEED N SIZE [DELIM]: random records that can be told apart, and whether they
 * have come through.
 *
 * write  prints N records of SIZE bytes, each after its length in 4 bytes, big-endian; or each in
 *        front of DELIM, bytes in hexadecimal, which must not occur otherwise. A record is its
 *        number in 16 digits and then bytes that follow from SEED and the number.
 * check  reads from standard input what a consumer printed: per record one digit for the partition,
 *        the length as above, the value. Each record has to be there once, with the right bytes, and
 *        their numbers have to rise in each partition.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_DIGITS 16
#define N_PARTITIONS  10
#define DELIM_MAX     16

struct records {
	uint64_t seed;
	uint64_t n;
	size_t size;
	char delim[DELIM_MAX];
	size_t delim_len; /* 0: a length before each record instead */
	char *record;     /* owned; the one made last, with room for the delimiter behind it */
};

/* splitmix64: any start is as good as any other. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static void make(struct records *r, uint64_t number)
{
	uint64_t state = r->seed * 0x2545f4914f6cdd1d + number;

	for (size_t i = 0; i < r->size; i += sizeof state) {
		uint64_t bytes = next_random(&state);
		size_t n = r->size - i < sizeof bytes ? r->size - i : sizeof bytes;

		memcpy(r->record + i, &bytes, n);
	}
	for (int i = NUMBER_DIGITS - 1; i >= 0; i--, number /= 10)
		r->record[i] = (char)('0' + number % 10);
}

/* Write the record made last and what ends it. Returns whether nothing else in it does. */
static bool write_delimited(struct records *r)
{
	size_t len = r->size + r->delim_len;

	memcpy(r->record + r->size, r->delim, r->delim_len);
	fwrite(r->record, 1, len, stdout);
	return memmem(r->record, len, r->delim, r->delim_len) == r->record + r->size;
}

static int write_all(struct records *r)
{
	const unsigned char length[] = { (unsigned char)(r->size >> 24),
					 (unsigned char)(r->size >> 16),
					 (unsigned char)(r->size >> 8), (unsigned char)r->size };

	for (uint64_t i = 0; i < r->n; i++) {
		make(r, i);
		if (!r->delim_len) {
			fwrite(length, 1, sizeof length, stdout);
			fwrite(r->record, 1, r->size, stdout);
		} else if (!write_delimited(r)) {
			fprintf(stderr, "records: the delimiter is in record %" PRIu64 "\n", i);
			return EXIT_FAILURE;
		}
	}
	if (fflush(stdout) || ferror(stdout)) {
		perror("records: standard output");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static bool wrong(uint64_t n_read, const char *what)
{
	printf("after %" PRIu64 " records: %s\n", n_read, what);
	return false;
}

/* Read one record into @value. Returns its partition, EOF at the end, or -2 for a wrong frame. */
static int read_record(const struct records *r, char *value)
{
	unsigned char length[4];
	int partition = getchar();

	if (partition == EOF)
		return EOF;
	partition -= '0';
	if (partition < 0 || partition >= N_PARTITIONS || fread(length, 1, 4, stdin) != 4)
		return -2;
	if (((size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 |
	     length[3]) != r->size)
		return -2;
	return fread(value, 1, r->size, stdin) == r->size ? partition : -2;
}

static bool check_all(struct records *r, char *value, bool *seen)
{
	uint64_t next[N_PARTITIONS] = { 0 };
	uint64_t n_read = 0;
	int partition;

	for (; (partition = read_record(r, value)) != EOF; n_read++) {
		char digits[NUMBER_DIGITS + 1] = { 0 };
		uint64_t number;

		if (partition < 0)
			return wrong(n_read, "no record of the right length follows");
		memcpy(digits, value, NUMBER_DIGITS);
		number = strtoull(digits, NULL, 10);
		if (number >= r->n)
			return wrong(n_read, "one that was never sent");
		make(r, number);
		if (memcmp(r->record, value, r->size) != 0)
			return wrong(n_read, "one whose bytes are others now");
		if (seen[number])
			return wrong(n_read, "one that has come before");
		if (number < next[partition])
			return wrong(n_read, "one that is out of order in its partition");
		seen[number] = true;
		next[partition] = number + 1;
	}
	if (n_read != r->n) {
		printf("%" PRIu64 " of %" PRIu64 " records have come\n", n_read, r->n);
		return false;
	}
	return true;
}

/* Returns false for what are no bytes in hexadecimal, or too many. */
static bool read_delim(struct records *r, const char *text)
{
	int n = 0;

	for (; *text && r->delim_len < DELIM_MAX; text += n) {
		unsigned int byte;

		if (sscanf(text, "%2x%n", &byte, &n) != 1 || n != 2)
			return false;
		r->delim[r->delim_len++] = (char)byte;
	}
	return !*text;
}

int main(int argc, char **argv)
{
	struct records r = { 0 };
	bool *seen = NULL;
	char *value = NULL;
	int status;

	if (argc < 5 || argc > 6 || (argc == 6 && !read_delim(&r, argv[5]))) {
		fprintf(stderr, "usage: records write|check SEED N SIZE [DELIM]\n");
		return 2;
	}
	r.seed = strtoull(argv[2], NULL, 10);
	r.n = strtoull(argv[3], NULL, 10);
	r.size = strtoull(argv[4], NULL, 10);
	r.record = malloc(r.size + r.delim_len);
	value = malloc(r.size);
	seen = calloc(r.n, sizeof *seen);
	if (!r.record || !value || !seen || r.size < NUMBER_DIGITS)
		status = 2;
	else if (strcmp(argv[1], "check") == 0)
		status = check_all(&r, value, seen) ? EXIT_SUCCESS : EXIT_FAILURE;
	else
		status = write_all(&r);
	free(r.record);
	free(value);
	free(seen);
	return status;
}
