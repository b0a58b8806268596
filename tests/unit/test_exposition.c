#include "daemon/exposition.h"

#include <string.h>

#include "proto/util.h"
#include "tests/lib/main.h"

static struct comm_buf out;

static void expect(const char *text)
{
	comm_buf_push(&out, "", 1);
	ck_assert(!comm_buf_failed(&out));
	ck_assert_str_eq(comm_buf_bytes(&out), text);
	comm_buf_fini(&out);
}

START_TEST(a_family_has_its_help_and_its_type)
{
	comm_buf_init(&out);
	exposition_one(&out, "a_seconds", "gauge", "How long.", 0.25);
	expect("# HELP a_seconds How long.\n# TYPE a_seconds gauge\na_seconds 0.25\n");
}
END_TEST

START_TEST(labels_may_have_anything_in_them)
{
	const struct exposition_labels labels = { { { "a", comm_bytes_of("x\\y\"z\nw") },
						    { "b", comm_bytes_of("\xff") },
						    { "c", comm_bytes_of("\xc3\xa9") } } };

	comm_buf_init(&out);
	exposition_int(&out, "n", &labels, INT64_MAX);
	expect("n{a=\"x\\\\y\\\"z\\nw\",b=\"(not UTF-8)\",c=\"\xc3\xa9\"} 9223372036854775807\n");
}
END_TEST

struct row {
	const char *name;
	int64_t n;
	int64_t us;
};

static struct exposition_labels label(const void *row)
{
	return (struct exposition_labels){ { { "row",
					       comm_bytes_of(((const struct row *)row)->name) } } };
}

START_TEST(what_a_row_does_not_know_is_no_sample)
{
	static const struct exposition_family families[] = {
		{ "n_total", "counter", "N.", offsetof(struct row, n), 1 },
		{ "t_seconds", "gauge", "T.", offsetof(struct row, us), 1000000 },
	};
	const struct row rows[] = { { "one", 7, COMM_NONE }, { "two", COMM_NONE, 1500 } };

	comm_buf_init(&out);
	exposition_table(&out, families, ARRAY_SIZE(families), rows, 2, sizeof rows[0], label);
	expect("# HELP n_total N.\n# TYPE n_total counter\nn_total{row=\"one\"} 7\n"
	       "# HELP t_seconds T.\n# TYPE t_seconds gauge\nt_seconds{row=\"two\"} 0.0015\n");
}
END_TEST

START_TEST(a_histogram_counts_up)
{
	struct histogram h = { 0 };
	const char *text;

	histogram_add(&h, 100000);       /* on the first bound, which it still is in */
	histogram_add(&h, 101000);       /* just above it */
	histogram_add(&h, 31000000000u); /* above the last */
	comm_buf_init(&out);
	exposition_histogram(&out, "h", NULL, &h);
	comm_buf_push(&out, "", 1);
	text = comm_buf_bytes(&out);
	ck_assert_ptr_eq(strstr(text, "h_bucket{le=\"0.0001\"} 1\nh_bucket{le=\"0.00025\"} 2\n"),
			 text);
	ck_assert_ptr_nonnull(strstr(text, "h_bucket{le=\"30\"} 2\nh_bucket{le=\"+Inf\"} 3\n"
					   "h_sum 31.000201\nh_count 3\n"));
	comm_buf_fini(&out);
}
END_TEST

TEST_MAIN("exposition", a_family_has_its_help_and_its_type, labels_may_have_anything_in_them,
	  what_a_row_does_not_know_is_no_sample, a_histogram_counts_up)
