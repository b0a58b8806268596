/* Every record that was not acknowledged is told, and no other. */

#include "client/commctl/failures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/commctl/ctl.h"
#include "client/commctl/json.h"
#include "client/commctl/progress.h"
#include "client/commctl/sender.h"
#include "tests/lib/main.h"

/* So many runs that they cannot all be remembered. */
#define N_NUMBERS (5 * RANGES_MAX)

static struct failures f;
static struct progress progress;
static struct send_job job;
static struct ctl ctl;

/* What the tests write to standard error until it is read again. */
static void catch_stderr(void)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	fclose(file);
}

/* Returns it, freed by the caller. */
static char *caught(void)
{
	off_t len = lseek(STDERR_FILENO, 0, SEEK_END);
	char *text = calloc((size_t)len + 1, 1);

	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(pread(STDERR_FILENO, text, (size_t)len, 0), len);
	return text;
}

static void caught_is(const char *wanted)
{
	char *text = caught();

	ck_assert_str_eq(text, wanted);
	free(text);
}

static void start(bool as_json)
{
	job = (struct send_job){ .unit = "line" };
	ctl_init(&ctl);
	ctl.json = as_json;
	catch_stderr();
	failures_init(&f, &ctl, &job, &progress);
}

static struct failure failure_of(uint64_t number)
{
	return (struct failure){ .number = number, .error = COMM_EBROKER, .why = "no" };
}

static void add(uint64_t number)
{
	const struct failure failure = failure_of(number);

	failures_add(&f, &failure);
}

static void add_unknown(uint64_t number)
{
	const struct failure failure = failure_of(number);

	failures_add_unknown(&f, &failure);
}

START_TEST(few_are_told_in_a_sentence_each)
{
	start(false);
	add(3);
	failures_add(&f, &(struct failure){ .number = 4, .why = "lost", .maybe_persisted = true });
	failures_end(&f);
	caught_is("commctl: line 3: no\n"
		  "commctl: line 4: lost (the brokers may have it all the same)\n");
}
END_TEST

START_TEST(many_are_told_by_their_numbers_as_well)
{
	char *text;

	start(false);
	for (uint64_t i = 3; i <= 1000; i++)
		add(i);
	add(1500);
	for (uint64_t i = 2000; i <= 2007; i++)
		add_unknown(i);
	failures_end(&f);
	text = caught();
	ck_assert_ptr_nonnull(strstr(text, "commctl: line 12: no\n"
					   "commctl: failed lines: 3-1000, 1500\n"
					   "commctl: unknown lines: 2000-2007\n"));
	free(text);
}
END_TEST

START_TEST(people_see_how_it_begins)
{
	char *text, wanted[160];

	start(false);
	f.is_brief = true;
	for (uint64_t i = 1; i < N_NUMBERS; i += 2)
		add(i);
	failures_end(&f);
	text = caught();
	(void)snprintf(wanted, sizeof wanted,
		       "commctl: failed lines: 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, and %d more, "
		       "which --json tells\n",
		       N_NUMBERS / 2 - 10);
	ck_assert_ptr_nonnull(strstr(text, wanted));
	free(text);
}
END_TEST

/* Mark the numbers of a line that begins behind @p. Returns how many there are. */
static size_t mark(char *p, bool *told)
{
	size_t n = 0;

	while (*p != '\n') {
		uint64_t first = strtoull(p, &p, 10);
		uint64_t last = *p == '-' ? strtoull(p + 1, &p, 10) : first;

		for (; first <= last; first++, n++) {
			ck_assert(!told[first]);
			told[first] = true;
		}
		p += strspn(p, ", ");
	}
	return n;
}

START_TEST(none_is_forgotten_when_there_are_too_many_to_remember)
{
	static const char begin[] = "commctl: failed lines: ";
	static bool told[N_NUMBERS + 1];
	size_t n_told = 0, n_added = 0;
	char *text;

	start(false);
	/* Two partitions, one of which is late. */
	for (uint64_t i = 1; i < N_NUMBERS; i += 3, n_added++)
		add(i);
	for (uint64_t i = 2; i < N_NUMBERS; i += 3, n_added++)
		add(i);
	failures_end(&f);
	text = caught();
	for (char *p = text; (p = strstr(p, begin)); p += sizeof begin - 1)
		n_told += mark(p + sizeof begin - 1, told);
	ck_assert_uint_eq(n_told, n_added);
	for (uint64_t i = 1; i < N_NUMBERS; i++)
		ck_assert(told[i] == (i % 3 != 0));
	free(text);
}
END_TEST

START_TEST(files_are_told_by_name)
{
	char *files[20], names[20][8], *text;

	for (size_t i = 0; i < 20; i++) {
		(void)snprintf(names[i], sizeof names[i], "file%zu", i + 1);
		files[i] = names[i];
	}
	start(false);
	job.files = files;
	job.n_files = 20;
	for (uint64_t i = 1; i <= 15; i++)
		add(i);
	add_unknown(20);
	failures_end(&f);
	text = caught();
	ck_assert_ptr_nonnull(strstr(text, "\ncommctl: file15: no\ncommctl: file20: no\n"));
	ck_assert_ptr_null(strstr(text, "lines"));
	free(text);
}
END_TEST

START_TEST(json_has_an_object_for_each)
{
	static const char wanted[] = "{\"number\":12,\"error\":\"COMM_EBROKER\",\"message\":\"no\","
				     "\"maybe_persisted\":false}\n";
	char *text;

	start(true);
	for (uint64_t i = 1; i <= 12; i++)
		add(i);
	failures_end(&f);
	ck_assert_uint_gt(ctl.out.len, sizeof wanted);
	ck_assert_mem_eq(ctl.out.data + ctl.out.len - strlen(wanted), wanted, strlen(wanted));
	text = caught();
	ck_assert_ptr_null(strstr(text, "lines"));
	free(text);
	out_fini(&ctl.out);
}
END_TEST

TEST_MAIN("ctl_failures", few_are_told_in_a_sentence_each, many_are_told_by_their_numbers_as_well,
	  people_see_how_it_begins, none_is_forgotten_when_there_are_too_many_to_remember,
	  files_are_told_by_name, json_has_an_object_for_each)
