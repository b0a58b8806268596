#include "daemon/profile.h"

#include <string.h>
#include <sys/stat.h>

#define LOCATION ".location"

static bool is_location(const char *key)
{
	size_t len = strlen(key);

	return len > strlen(LOCATION) && !strcmp(key + len - strlen(LOCATION), LOCATION);
}

uint64_t profile_stamp(const char *key, const char *value)
{
	struct stat st;
	uint64_t stamp;

	if (!is_location(key) || stat(value, &st) < 0)
		return 0;
	stamp = (uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec;
	return (stamp ^ ((uint64_t)st.st_ino << 20) ^ (uint64_t)st.st_size) | 1;
}

bool profile_equals(const struct profile *a, const struct profile *b)
{
	if (a->n_properties != b->n_properties)
		return false;
	for (size_t i = 0; i < a->n_properties; i++) {
		const struct property *p = &a->properties[i], *q = &b->properties[i];

		if (strcmp(p->key, q->key) || strcmp(p->value, q->value) || p->stamp != q->stamp)
			return false;
	}
	return true;
}

struct profile *profile_ref(struct profile *p)
{
	p->n_refs++;
	return p;
}
