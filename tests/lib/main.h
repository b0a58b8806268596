#pragma once

/*
 * One libcheck program: TEST_MAIN("title", test, test, ...) runs the tests and speaks TAP.
 *
 * START_TEST() defines a variable, so the array of tests cannot be static.
 */

#include <check.h>
#include <stdlib.h>

#include "proto/util.h"

#define TEST_MAIN(title, ...)                                        \
	int main(void)                                               \
	{                                                            \
		const TTest *const tests[] = { __VA_ARGS__ };        \
		Suite *suite = suite_create(title);                  \
		SRunner *runner = srunner_create(suite);             \
		int n_failed;                                        \
                                                                     \
		for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {     \
			TCase *tcase = tcase_create(tests[i]->name); \
                                                                     \
			tcase_add_test(tcase, tests[i]);             \
			suite_add_tcase(suite, tcase);               \
		}                                                    \
		srunner_run_all(runner, CK_ENV);                     \
		n_failed = srunner_ntests_failed(runner);            \
		srunner_free(runner);                                \
		return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;       \
	}
