/*
 * The same for the requests as people write them: each line, and all that one mistake makes of it.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "tests/lib/golden_line.h"
#include "tests/lib/main.h"
#include "tests/lib/mutants.h"
#include "tests/unit/golden.h"

static void read_mutant(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	ck_assert_int_eq(LLVMFuzzerTestOneInput((const uint8_t *)bytes, len), 0);
}

START_TEST(no_mistake_in_a_line_does_harm)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++) {
		_cleanup_free_ char *line = NULL;

		if (goldens[i].kind != GOLDEN_REQUEST)
			continue;
		line = golden_line(&goldens[i]);
		read_mutant(NULL, line, strlen(line));
		n += mutants_each(line, strlen(line), read_mutant, NULL);
	}
	ck_assert_uint_gt(n, 20000);
}
END_TEST

TEST_MAIN("exhaustive_json", no_mistake_in_a_line_does_harm)
