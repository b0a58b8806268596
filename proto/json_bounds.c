#include "proto/json.h"

#include <stdbool.h>

#include "proto/errors.h"
#include "proto/refusal.h"

/* What a line opens and how many values it can have: each begins the line, or follows one of [{,: */
struct bounds {
	size_t n_values;
	size_t depth;
	size_t depth_max;
};

static void count(struct bounds *b, char c)
{
	switch (c) {
	case '[':
	case '{':
		b->n_values++;
		b->depth++;
		b->depth_max = b->depth > b->depth_max ? b->depth : b->depth_max;
		break;
	case ']':
	case '}':
		b->depth -= b->depth > 0;
		break;
	case ',':
	case ':':
		b->n_values++;
		break;
	default:
		break;
	}
}

/* A line that is not JSON is counted somehow, and refused by the parser. */
static struct bounds measure(const char *line, size_t len)
{
	struct bounds b = { .n_values = 1 };
	bool is_string = false;

	for (size_t i = 0; i < len; i++) {
		if (line[i] == '"')
			is_string = !is_string;
		else if (!is_string)
			count(&b, line[i]);
		else if (line[i] == '\\')
			i++;
	}
	return b;
}

int comm_json_check(const char *line, size_t len, struct comm_refusal *ret_why)
{
	struct bounds b = measure(line, len);

	if (b.depth_max > COMM_DEPTH_MAX)
		return comm_refuse(ret_why, NULL, COMM_EPROTOCOL,
				   "objects and arrays nest deeper than %d", COMM_DEPTH_MAX);
	if (b.n_values > COMM_JSON_VALUES_MAX)
		return comm_refuse(
			ret_why, NULL, COMM_ETOO_BIG,
			"the line holds more than %d values, names included; send them in "
			"several lines",
			COMM_JSON_VALUES_MAX);
	return 0;
}
