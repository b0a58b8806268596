#include "client/commctl/place.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Cut off what is behind the last colon of @text: a number up to @max. Returns 0, -EINVAL or -ENOENT. */
static int cut_number(char *text, int64_t max, int64_t *ret)
{
	char *colon = strrchr(text, ':'), *end;

	if (!colon)
		return -ENOENT;
	if (!isdigit((unsigned char)colon[1]))
		return -EINVAL;
	errno = 0;
	*ret = strtoll(colon + 1, &end, 10);
	if (errno || *end || *ret > max)
		return -EINVAL;
	*colon = '\0';
	return 0;
}

int place_parse(char *text, struct comm_position *ret)
{
	int64_t last = -1, first = -1;
	int r = cut_number(text, INT64_MAX, &last);

	if (!r)
		r = cut_number(text, INT32_MAX, &first);
	if (r == -EINVAL || !*text || (first < 0 && last > INT32_MAX))
		return -EINVAL;
	*ret = (struct comm_position){
		.topic = text,
		.partition = (int32_t)(first < 0 ? last : first),
		.offset = first < 0 ? -1 : last,
	};
	return strchr(text, ':') ? -EINVAL : 0;
}
