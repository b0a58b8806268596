#include "daemon/metrics.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "daemon/process.h"
#include "proto/buf.h"
#include "tests/lib/main.h"

static uv_loop_t loop;
static struct daemon d;
static struct comm_buf text;

static void setup(void)
{
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	d = (struct daemon){ .loop = &loop };
	comm_buf_init(&text);
}

static void teardown(void)
{
	comm_buf_fini(&text);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static void write_metrics(void)
{
	ck_assert_int_eq(metrics_write(&d, &text), 0);
	comm_buf_push(&text, "", 1);
}

/* Whether there is a sample of the family @name, which has no labels. */
static bool has_sample(const char *name)
{
	char line[80];

	(void)snprintf(line, sizeof line, "\n%s ", name);
	return strstr(comm_buf_bytes(&text), line) != NULL;
}

static const char *const from_proc[] = {
	"commd_process_cpu_seconds_total",
	"commd_process_start_time_seconds",
	"commd_process_resident_memory_bytes",
	"commd_process_virtual_memory_bytes",
	"commd_process_threads",
	"commd_process_open_fds",
};

START_TEST(the_process_is_told)
{
	setup();
	write_metrics();
	for (size_t i = 0; i < ARRAY_SIZE(from_proc); i++)
		ck_assert_msg(has_sample(from_proc[i]), "%s is missing", from_proc[i]);
	ck_assert(has_sample("commd_process_max_fds"));
	teardown();
}
END_TEST

/* /proc cannot be read then, and no descriptor at all would be open, nor any time have been used. */
START_TEST(without_descriptors_what_is_not_known_is_left_out)
{
	struct rlimit limit;
	int next = dup(STDERR_FILENO);

	setup();
	ck_assert_int_ge(next, 0);
	close(next);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = (rlim_t)next;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	write_metrics();
	for (size_t i = 0; i < ARRAY_SIZE(from_proc); i++)
		ck_assert_msg(!has_sample(from_proc[i]), "%s is there", from_proc[i]);
	ck_assert(has_sample("commd_process_max_fds"));
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	teardown();
}
END_TEST

/* Who watches it would take another time for another process. */
START_TEST(a_process_begins_once)
{
	struct process first, p;

	process_look(&first);
	for (int i = 0; i < 1000; i++) {
		process_look(&p);
		ck_assert_int_eq(p.start_ms, first.start_ms);
	}
}
END_TEST

TEST_MAIN("metrics", the_process_is_told, without_descriptors_what_is_not_known_is_left_out,
	  a_process_begins_once)
