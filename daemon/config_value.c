#include "daemon/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/errors.h"
#include "proto/util.h"

static const struct unit {
	char letter;
	unsigned int shift;
} units[] = { { 'G', 30 }, { 'M', 20 }, { 'K', 10 } };

/* Digits only, read up to @ret_end: no sign, no space, nothing that overflows. */
static bool parse_digits(const char *s, unsigned int base, uint64_t *ret, const char **ret_end)
{
	const char *c = s;
	uint64_t n = 0;

	for (; *c >= '0' && *c < (char)('0' + base); c++) {
		if (n > (UINT64_MAX - 9) / base)
			return false;
		n = n * base + (uint64_t)(*c - '0');
	}
	*ret = n;
	*ret_end = c;
	return c > s;
}

static bool parse_number(enum config_kind kind, const char *s, uint64_t *ret)
{
	const char *end;

	if (!parse_digits(s, kind == CONFIG_MODE ? 8 : 10, ret, &end))
		return false;
	for (size_t i = 0; kind == CONFIG_SIZE && *end && i < ARRAY_SIZE(units); i++)
		if (*end == units[i].letter && *ret <= UINT64_MAX >> units[i].shift) {
			*ret <<= units[i].shift;
			end++;
			break;
		}
	return !*end;
}

static void format_size(uint64_t n, char *ret, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (n && !(n & ((UINT64_C(1) << units[i].shift) - 1))) {
			(void)snprintf(ret, size, "%" PRIu64 "%c", n >> units[i].shift,
				       units[i].letter);
			return;
		}
	(void)snprintf(ret, size, "%" PRIu64, n);
}

void config_describe(const struct config_key *key, char *ret, size_t size)
{
	char min[24], max[24];

	switch (key->kind) {
	case CONFIG_PATH:
		(void)snprintf(ret, size,
			       "a path of at most %" PRIu64 " bytes, beside this file unless it "
			       "begins with \"/\"%s",
			       key->max, key->min ? "" : ", or nothing");
		break;
	case CONFIG_UNIX:
		(void)snprintf(ret, size,
			       "a path of at most %" PRIu64 " bytes, beside this file unless it "
			       "begins with \"/\", or \"@\" and an abstract name",
			       key->max);
		break;
	case CONFIG_NAME:
		(void)snprintf(ret, size, "a name of at most %" PRIu64 " bytes, or nothing",
			       key->max);
		break;
	case CONFIG_WORDS:
		(void)snprintf(ret, size, "one or more words, with spaces between them");
		break;
	case CONFIG_MODE:
		(void)snprintf(ret, size, "an octal number from %" PRIo64 " to %04" PRIo64,
			       key->min, key->max);
		break;
	case CONFIG_COUNT:
		(void)snprintf(ret, size, "a whole number from %" PRIu64 " to %" PRIu64, key->min,
			       key->max);
		break;
	case CONFIG_SIZE:
		format_size(key->min, min, sizeof min);
		format_size(key->max, max, sizeof max);
		(void)snprintf(ret, size, "a size from %s to %s, in bytes or with K, M or G", min,
			       max);
		break;
	case CONFIG_MS:
		(void)snprintf(ret, size, "a time from %" PRIu64 " to %" PRIu64 " milliseconds",
			       key->min, key->max);
		break;
	}
}

static int set_text(char **member, const struct config_key *key, const char *file,
		    const char *value)
{
	bool is_file =
		*value && (key->kind == CONFIG_PATH || (key->kind == CONFIG_UNIX && *value != '@'));
	bool is_nameless = key->kind == CONFIG_UNIX && !strcmp(value, "@");
	char *text = is_file ? text_beside(file, value) : strdup(value);

	if (!text)
		return -ENOMEM;
	if (strlen(text) < key->min || strlen(text) > key->max || is_nameless) {
		free(text);
		return COMM_EINVALID;
	}
	free(*member);
	*member = text;
	return 0;
}

int config_set(void *base, const struct config_key *key, const char *file, const char *value)
{
	void *member = (char *)base + key->offset;
	uint64_t n;

	if (config_is_text(key))
		return set_text(member, key, file, value);
	if (!parse_number(key->kind, value, &n) || n < key->min || n > key->max)
		return COMM_EINVALID;
	if (key->kind == CONFIG_SIZE)
		*(uint64_t *)member = n;
	else
		*(unsigned int *)member = (unsigned int)n;
	return 0;
}

static const char *text_of(const void *base, const struct config_key *key)
{
	return *(char *const *)((const char *)base + key->offset);
}

static uint64_t number_of(const void *base, const struct config_key *key)
{
	const void *member = (const char *)base + key->offset;

	return key->kind == CONFIG_SIZE ? *(const uint64_t *)member : *(const unsigned int *)member;
}

bool config_equals(const void *a, const void *b, const struct config_key *key)
{
	const char *s, *t;

	if (!config_is_text(key))
		return number_of(a, key) == number_of(b, key);
	s = text_of(a, key);
	t = text_of(b, key);
	return s && t ? !strcmp(s, t) : s == t;
}

void config_show(const void *base, const struct config_key *key, char *ret, size_t size)
{
	if (config_is_text(key))
		(void)snprintf(ret, size, "%s", text_of(base, key) ? text_of(base, key) : "");
	else if (key->kind == CONFIG_MODE)
		(void)snprintf(ret, size, "%04" PRIo64, number_of(base, key));
	else if (key->kind == CONFIG_SIZE)
		format_size(number_of(base, key), ret, size);
	else
		(void)snprintf(ret, size, "%" PRIu64, number_of(base, key));
}

void config_swap(void *a, void *b, const struct config_key *key)
{
	size_t size = config_is_text(key)        ? sizeof(char *)
		      : key->kind == CONFIG_SIZE ? sizeof(uint64_t)
						 : sizeof(unsigned int);
	char *from = (char *)a + key->offset, *to = (char *)b + key->offset;

	for (size_t i = 0; i < size; i++) {
		char byte = from[i];

		from[i] = to[i];
		to[i] = byte;
	}
}
