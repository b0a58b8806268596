#include "tests/faults/grow.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

void *grow(void *array, size_t *n, size_t i, size_t size)
{
	size_t wanted = *n ? *n : 16;

	if (i < *n)
		return array;
	while (wanted <= i)
		wanted *= 2;
	array = reallocarray(array, wanted, size);
	if (!array)
		err(2, "no memory for %zu elements", wanted);
	memset((char *)array + *n * size, 0, (wanted - *n) * size);
	*n = wanted;
	return array;
}
