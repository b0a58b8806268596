#include "daemon/changes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The socket is there already, with its file's owner and permissions, and others connect to it. */
static bool needs_restart(const struct config_key *key)
{
	return !strcmp(key->section, "socket");
}

static struct change *add(struct changes *c)
{
	struct change *grown = reallocarray(c->items, c->n + 1, sizeof *grown);

	if (!grown)
		return NULL;
	c->items = grown;
	grown += c->n++;
	*grown = (struct change){ .needs_restart = false };
	return grown;
}

__attribute__((format(printf, 4, 5))) static int note(struct changes *c, const char *kind,
						      const char *name, const char *format, ...)
{
	struct change *change = add(c);
	va_list args;

	if (!change)
		return -ENOMEM;
	(void)snprintf(change->what, sizeof change->what, "%s%s", kind, name);
	va_start(args, format);
	(void)vsnprintf(change->how, sizeof change->how, format, args);
	va_end(args);
	return 0;
}

/* ---- commd.conf ---- */

static int compare_key(struct changes *c, const struct config_key *key, const struct config *old,
		       const struct config *new)
{
	char before[CHANGE_HOW_MAX / 2 - 4], after[sizeof before], section[32];
	int r;

	if (config_equals(old, new, key))
		return 0;
	config_show(old, key, before, sizeof before);
	config_show(new, key, after, sizeof after);
	(void)snprintf(section, sizeof section, "%s.", key->section);
	r = note(c, section, key->name, "%s -> %s", before, after);
	if (!r)
		c->items[c->n - 1].needs_restart = needs_restart(key);
	return r;
}

/* The names of the keys that differ, as "a, b"; "" if none does. */
static void list_keys(const struct config_named_type *type, const struct config_named *old,
		      const struct config_named *new, char *ret, size_t size)
{
	*ret = '\0';
	for (size_t i = 0; i < type->n_keys; i++)
		if (!config_equals(old, new, &type->keys[i]))
			(void)snprintf(ret + strlen(ret), size - strlen(ret), "%s%s",
				       *ret ? ", " : "", type->keys[i].name);
}

/* The sections of both that have the same place: their order may matter. */
static bool is_reordered(const struct config_named_list *old, const struct config_named_list *new)
{
	if (old->n != new->n)
		return false;
	for (size_t i = 0; i < old->n; i++)
		if (strcmp(old->items[i]->name, new->items[i]->name) != 0)
			return true;
	return false;
}

static int compare_sections(struct changes *c, enum config_named_kind kind,
			    const struct config *old, const struct config *new)
{
	const struct config_named_type *type = &config_named_types[kind];
	const struct config_named_list *before = &old->named[kind], *after = &new->named[kind];
	char title[32], keys[CHANGE_HOW_MAX - 16];
	size_t n_changes = c->n;
	int r = 0;

	(void)snprintf(title, sizeof title, "%s ", type->section);
	for (size_t i = 0; i < before->n && !r; i++)
		if (!config_named_find(new, kind, before->items[i]->name))
			r = note(c, title, before->items[i]->name, "removed");
	for (size_t i = 0; i < after->n && !r; i++) {
		const struct config_named *named = after->items[i];
		const struct config_named *was = config_named_find(old, kind, named->name);

		if (!was) {
			r = note(c, title, named->name, "added");
			continue;
		}
		list_keys(type, was, named, keys, sizeof keys);
		if (*keys)
			r = note(c, title, named->name, "changed: %s", keys);
	}
	if (!r && c->n == n_changes && is_reordered(before, after))
		r = note(c, type->section, "s", "in another order");
	return r;
}

/* What is asked of listen(), which commd calls in any case. */
static bool is_of_any_socket(size_t key)
{
	return strcmp(config_keys[key].section, "socket") != 0 || key == CONFIG_KEY_socket_backlog;
}

int changes_init(struct changes *c, const struct config *old, const struct config *new,
		 bool is_activated)
{
	int r = 0;

	*c = (struct changes){ NULL, 0 };
	for (size_t i = 0; i < CONFIG_N_KEYS && !r; i++)
		if (!is_activated || is_of_any_socket(i))
			r = compare_key(c, &config_keys[i], old, new);
	for (size_t kind = 0; kind < CONFIG_N_NAMED && !r; kind++)
		r = compare_sections(c, (enum config_named_kind)kind, old, new);
	return r;
}

void changes_keep(struct config *old, struct config *new)
{
	for (size_t i = 0; i < CONFIG_N_KEYS; i++)
		if (needs_restart(&config_keys[i]))
			config_swap(old, new, &config_keys[i]);
}

/* ---- profiles ---- */

static const struct property *find_property(const struct profile *p, const char *key)
{
	for (size_t i = 0; i < p->n_properties; i++)
		if (!strcmp(p->properties[i].key, key))
			return &p->properties[i];
	return NULL;
}

static void append(char *list, size_t size, const char *name)
{
	(void)snprintf(list + strlen(list), size - strlen(list), "%s%s", *list ? ", " : "", name);
}

/* The names of the properties that differ. */
static void list_properties(const struct profile *old, const struct profile *new, char *ret,
			    size_t size)
{
	*ret = '\0';
	for (size_t i = 0; i < new->n_properties; i++) {
		const struct property *p = &new->properties[i];
		const struct property *was = find_property(old, p->key);

		if (!was || strcmp(was->value, p->value) != 0)
			append(ret, size, p->key);
		else if (was->stamp != p->stamp)
			append(ret, size, p->value);
	}
	for (size_t i = 0; i < old->n_properties; i++)
		if (!find_property(new, old->properties[i].key))
			append(ret, size, old->properties[i].key);
	/* The same properties: the last of those that mean the same thing counts. */
	if (!*ret)
		append(ret, size, "the order of its properties");
}

static int compare_profile(struct changes *c, const struct profile_entry *old,
			   const struct profile_entry *new)
{
	char properties[CHANGE_HOW_MAX - 16];

	if (!old)
		return note(c, "profile ", new->name, "added");
	if (!old->profile)
		return note(c, "profile ", new->name, "good again");
	if (profile_equals(old->profile, new->profile))
		return 0;
	list_properties(old->profile, new->profile, properties, sizeof properties);
	return note(c, "profile ", new->name, "changed: %s", properties);
}

int changes_add_profiles(struct changes *c, const struct profile_set *old,
			 const struct profile_set *new)
{
	int r = 0;

	for (size_t i = 0; i < old->n_entries && !r; i++)
		if (!profile_set_find(new, comm_bytes_of(old->entries[i].name)))
			r = note(c, "profile ", old->entries[i].name, "removed");
	for (size_t i = 0; i < new->n_entries && !r; i++)
		r = compare_profile(c, profile_set_find(old, comm_bytes_of(new->entries[i].name)),
				    &new->entries[i]);
	return r;
}

void changes_fini(struct changes *c)
{
	free(c->items);
	*c = (struct changes){ NULL, 0 };
}
