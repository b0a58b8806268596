/* What check tells of a sentence that brokers had a part in. */

#include "client/commctl/check.h"

#include <string.h>
#include <unistd.h>

#include "tests/lib/main.h"

START_TEST(no_part_of_a_sentence_does_anything_to_a_terminal)
{
	struct ctl ctl;
	struct check c = { .ctl = &ctl };
	char told[512] = "";
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ctl_init(&ctl);
	ctl.human = true;
	ctl.out.fd = ends[1];
	check_tell_error(&c, CHECK_PROBLEM, "brokers", COMM_EBROKER,
			 "no\33[2J answer; see\33[2J the log\n");
	ck_assert_int_gt(read(ends[0], told, sizeof told - 1), 0);
	ck_assert_str_eq(told, "problem  brokers      no [2J answer\n"
			       "                      next: see [2J the log \n");
	out_fini(&ctl.out);
	(void)close(ends[0]);
	(void)close(ends[1]);
}
END_TEST

TEST_MAIN("commctl check", no_part_of_a_sentence_does_anything_to_a_terminal)
