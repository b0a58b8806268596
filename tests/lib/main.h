#pragma once

/*
 * One libcheck program: TEST_MAIN("title", test, test, ...) runs the tests and speaks TAP.
 * TEST_MAIN_AS_ROOT is for tests that are several users: whoever else runs them leaves them out.
 *
 * START_TEST() defines a variable, so the array of tests cannot be static.
 */

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/util.h"

static inline int main_run(const char *title, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(title);
	SRunner *runner = srunner_create(suite);
	int n_failed;

	for (size_t i = 0; i < n; i++) {
		TCase *tcase = tcase_create(tests[i]->name);

		tcase_add_test(tcase, tests[i]);
		suite_add_tcase(suite, tcase);
	}
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static inline int main_run_as_root(const char *title, const TTest *const *tests, size_t n)
{
	if (geteuid() == 0)
		return main_run(title, tests, n);
	puts("1..0 # SKIP kernel: only root can be several users");
	return EXIT_SUCCESS;
}

#define TEST_MAIN(title, ...)                                     \
	int main(void)                                            \
	{                                                         \
		const TTest *const tests[] = { __VA_ARGS__ };     \
                                                                  \
		return main_run(title, tests, ARRAY_SIZE(tests)); \
	}

#define TEST_MAIN_AS_ROOT(title, ...)                                     \
	int main(void)                                                    \
	{                                                                 \
		const TTest *const tests[] = { __VA_ARGS__ };             \
                                                                          \
		return main_run_as_root(title, tests, ARRAY_SIZE(tests)); \
	}
