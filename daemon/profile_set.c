#include "daemon/profile_set.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/profile_secret.h"
#include "proto/errors.h"
#include "proto/util.h"

#define SUFFIX ".conf"

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct profile_entry *)a)->name,
		      ((const struct profile_entry *)b)->name);
}

/* The new entry belongs to the set at once, without a name. NULL when out of memory. */
static struct profile_entry *push(struct profile_set *set)
{
	struct profile_entry *grown =
		reallocarray(set->entries, set->n_entries + 1, sizeof *set->entries);

	if (!grown)
		return NULL;
	set->entries = grown;
	grown += set->n_entries++;
	*grown = (struct profile_entry){ 0 };
	return grown;
}

/* The name of a file that cannot be a profile's is still shown to people and sent to clients. */
static void make_printable(char *name)
{
	for (char *c = name; *c; c++)
		if (*c != '.' && !profile_is_name((struct comm_bytes){ c, 1 }))
			*c = '?';
}

static int load_one(struct profile_set *set, const char *dir, const char *base, size_t name_len)
{
	struct profile_entry *entry = push(set);
	char *file;
	int r;

	if (!entry)
		return -ENOMEM;
	entry->name = strndup(base, name_len);
	if (!entry->name || asprintf(&file, "%s/%s", dir, base) < 0)
		return -ENOMEM;
	r = profile_load(file, entry->name, &entry->profile, &entry->problem);
	make_printable(entry->name);
	free(file);
	return r < 0 ? r : 0;
}

/* Returns 0 or -errno. */
static int load_all(struct profile_set *set, const char *dir, DIR *d)
{
	const struct dirent *file;
	int r = 0;

	while (!r) {
		size_t len;

		errno = 0;
		file = readdir(d);
		if (!file)
			return -errno;
		len = strlen(file->d_name);
		if (*file->d_name != '.' && len > strlen(SUFFIX) &&
		    !strcmp(file->d_name + len - strlen(SUFFIX), SUFFIX))
			r = load_one(set, dir, file->d_name, len - strlen(SUFFIX));
	}
	return r;
}

int profile_set_load_dir(const char *dir, struct profile_set *ret, struct config_problem *ret_why)
{
	struct profile_set set = { 0 };
	DIR *d = opendir(dir);
	int r = d ? load_all(&set, dir, d) : -errno;

	if (d)
		(void)closedir(d);
	if (r < 0) {
		profile_set_fini(&set);
		if (r == -ENOMEM)
			return r;
		return config_problem_set(ret_why, dir, 0, "cannot be read: %s", strerror(-r));
	}
	if (set.n_entries)
		qsort(set.entries, set.n_entries, sizeof *set.entries, compare);
	profile_secret_protect(&set);
	*ret = set;
	return 0;
}

int profile_set_init_one(struct profile_set *ret, struct profile *p)
{
	struct profile_set set = { 0 };
	struct profile_entry *entry = push(&set);

	if (entry)
		entry->name = strdup(p->name);
	if (!entry || !entry->name) {
		profile_set_fini(&set);
		return -ENOMEM;
	}
	entry->profile = p;
	*ret = set;
	return 0;
}

struct profile_entry *profile_set_find(const struct profile_set *set, struct comm_bytes name)
{
	for (size_t i = 0; i < set->n_entries; i++)
		if (comm_bytes_is(name, set->entries[i].name))
			return &set->entries[i];
	return NULL;
}

void profile_entry_note(struct profile_entry *e, const char *problem)
{
	e->problem.line = 0;
	(void)snprintf(e->problem.text, sizeof e->problem.text, "%s", problem ? problem : "");
}

void profile_set_fini(struct profile_set *set)
{
	for (size_t i = 0; i < set->n_entries; i++) {
		free(set->entries[i].name);
		profile_free(set->entries[i].profile);
	}
	free(set->entries);
	*set = (struct profile_set){ 0 };
}
