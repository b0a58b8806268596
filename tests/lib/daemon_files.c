#include "tests/lib/daemon.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/util.h"

void dut_remove_file(const struct daemon_under_test *d, const char *name)
{
	_cleanup_free_ char *path = dut_path(d, name);

	ck_assert_msg(unlink(path) == 0, "%s: %s", path, strerror(errno));
}

void dut_write_file(const struct daemon_under_test *d, const char *name, const char *text)
{
	_cleanup_free_ char *path = dut_path(d, name);
	const char *mark = strstr(text, DUT_KAFKA_MARK);
	FILE *f;

	f = fopen(path, "w");
	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	if (mark)
		fprintf(f, "%.*s%s%s", (int)(mark - text), text, dut_kafka(d),
			mark + strlen(DUT_KAFKA_MARK));
	else
		fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}
