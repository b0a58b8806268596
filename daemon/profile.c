#include "daemon/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/errors.h"
#include "proto/limits.h"

bool profile_is_name(struct comm_bytes name)
{
	if (!name.data || !name.len || name.len > PROFILE_NAME_MAX || *name.data == '.')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!name.data[i] || !strchr(COMM_NAME_CHARACTERS, name.data[i]))
			return false;
	return true;
}

int profile_new(const char *name, struct profile **ret)
{
	struct profile *p;

	if (!profile_is_name(comm_bytes_of(name)))
		return COMM_EINVALID;
	p = calloc(1, sizeof *p);
	if (!p)
		return -ENOMEM;
	p->n_refs = 1;
	p->name = strdup(name);
	if (!p->name) {
		profile_free(p);
		return -ENOMEM;
	}
	*ret = p;
	return 0;
}

struct profile *profile_free(struct profile *p)
{
	if (!p || --p->n_refs)
		return NULL;
	for (size_t i = 0; i < p->n_properties; i++) {
		free(p->properties[i].key);
		explicit_bzero(p->properties[i].value, strlen(p->properties[i].value));
		free(p->properties[i].value);
	}
#define FREE_OWN(key, member, doc) free(p->member);
	PROFILE_KEYS(FREE_OWN)
#undef FREE_OWN
	free(p->properties);
	free(p->name);
	free(p->file);
	free(p);
	return NULL;
}
