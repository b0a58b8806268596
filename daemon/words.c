#include "daemon/words.h"

#include <stdio.h>

#include "proto/errors.h"
#include "proto/util.h"

/* How much of a wrong word is repeated. */
#define SHOWN_MAX 40

int words_find(const struct word *words, size_t n, struct comm_bytes word, int absent,
	       const char *parameter, int *ret, struct kafka_failure *ret_why)
{
	size_t len;

	if (!word.data) {
		*ret = absent;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (comm_bytes_is(word, words[i].word)) {
			*ret = words[i].value;
			return 0;
		}
	}
	ret_why->code = COMM_EBAD_VALUE;
	(void)snprintf(ret_why->detail, sizeof ret_why->detail, "%s", parameter);
	len = (size_t)snprintf(ret_why->message, sizeof ret_why->message, "%s: \"%.*s\" is none of",
			       parameter, (int)MIN(word.len, SHOWN_MAX), word.data);
	for (size_t i = 0; i < n && len < sizeof ret_why->message; i++)
		len += (size_t)snprintf(ret_why->message + len, sizeof ret_why->message - len,
					"%s %s", i ? "," : "", words[i].word);
	return COMM_EBAD_VALUE;
}

int words_find_start(struct comm_bytes word, enum kafka_start absent, enum kafka_start *ret,
		     struct kafka_failure *ret_why)
{
	static const struct word starts[] = {
		{ "earliest", KAFKA_EARLIEST }, { "latest", KAFKA_LATEST },
		{ "offset", KAFKA_OFFSET },     { "time", KAFKA_TIME },
		{ "tail", KAFKA_TAIL },
	};
	int value;
	int error = words_find(starts, ARRAY_SIZE(starts), word, absent, "start", &value, ret_why);

	if (!error)
		*ret = (enum kafka_start)value;
	return error;
}
