#include "tests/lib/mutants.h"

#include <stdlib.h>
#include <string.h>

/* A number, the end of a string, and what MessagePack's nothing, long bytes and long arrays begin with. */
static const char too_many[] = { '\0', '"', '\xc1', '\xc6', '\xdd' };

struct original {
	const char *bytes;
	size_t len;
	mutant_fn fn;
	void *arg;
	size_t n_mutants;
};

/* The first @n_before bytes, then @byte if there is one, then those from @after on. */
static void make(struct original *o, size_t n_before, const char *byte, size_t after)
{
	size_t n_after = o->len - after, len = n_before + (byte != NULL) + n_after;
	char *mutant = malloc(len ? len : 1);

	if (!mutant)
		abort();
	memcpy(mutant, o->bytes, n_before);
	if (byte)
		mutant[n_before] = *byte;
	memcpy(mutant + len - n_after, o->bytes + after, n_after);
	o->fn(o->arg, mutant, len);
	free(mutant);
	o->n_mutants++;
}

size_t mutants_each(const void *bytes, size_t len, mutant_fn fn, void *arg)
{
	struct original o = { bytes, len, fn, arg, 0 };

	for (size_t i = 0; i < len; i++) {
		make(&o, i, NULL, len);
		make(&o, i, NULL, i + 1);
		for (int bit = 0; bit < 8; bit++) {
			char turned = (char)(o.bytes[i] ^ 1 << bit);

			make(&o, i, &turned, i + 1);
		}
	}
	for (size_t i = 0; i <= len; i++)
		for (size_t k = 0; k < sizeof too_many; k++)
			make(&o, i, &too_many[k], i);
	return o.n_mutants;
}
