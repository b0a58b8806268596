/*
 * Each message that programs in other languages rely on, and all that one mistake makes of it, as the
 * socket would bring it: whether it is refused or read, the fuzzer's target knows what must hold.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/lib/hex.h"
#include "tests/lib/main.h"
#include "tests/lib/mutants.h"
#include "tests/unit/golden.h"

static void read_mutant(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	ck_assert_int_eq(LLVMFuzzerTestOneInput((const uint8_t *)bytes, len), 0);
}

START_TEST(no_mistake_in_a_message_does_harm)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++) {
		_cleanup_hex_ struct hex_bytes b = hex_read(goldens[i].hex);

		read_mutant(NULL, b.data, b.len);
		n += mutants_each(b.data, b.len, read_mutant, NULL);
	}
	ck_assert_uint_gt(n, 50000);
}
END_TEST

TEST_MAIN("exhaustive", no_mistake_in_a_message_does_harm)
