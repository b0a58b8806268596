#include "tests/lib/hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *must(void *p)
{
	if (!p)
		abort();
	return p;
}

struct hex_bytes hex_read(const char *hex)
{
	struct hex_bytes b = { must(malloc(strlen(hex) / 2 + 1)), 0 };
	unsigned int byte;

	while (*(hex += strspn(hex, " "))) {
		if (sscanf(hex, "%2x", &byte) != 1)
			abort();
		b.data[b.len++] = (char)byte;
		hex += 2;
	}
	b.data = must(realloc(b.data, b.len ? b.len : 1));
	return b;
}

struct hex_bytes hex_copy(const void *bytes, size_t len)
{
	struct hex_bytes b = { must(malloc(len ? len : 1)), len };

	if (len)
		memcpy(b.data, bytes, len);
	return b;
}

void hex_free(struct hex_bytes *b)
{
	free(b->data);
}
