#include "tests/lib/main.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "daemon/log.h"
#include "proto/errors.h"
#include "proto/utf8.h"
#include "proto/util.h"

#define TEXT_MAX 4096

/* In the place of systemd's: what the journal was sent last, a field in a line each. */
static char sent[TEXT_MAX];
static int sending; /* what that returns */

int sd_journal_sendv(const struct iovec *iov, int n)
{
	size_t len = 0;

	for (int i = 0; i < n; i++) {
		ck_assert_uint_lt(len + iov[i].iov_len + 2, sizeof sent);
		memcpy(sent + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
		sent[len++] = '\n';
	}
	sent[len] = '\0';
	return sending;
}

static int kept_stderr;

/* From here on standard error is a file, and JOURNAL_STREAM says that of @fd, or nothing for -1. */
static void begin(FILE *err, int fd)
{
	struct stat st;
	char stream[64];

	sent[0] = '\0';
	sending = 0;
	fflush(stderr);
	kept_stderr = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(fileno(err), STDERR_FILENO), 0);
	unsetenv("JOURNAL_STREAM");
	if (fd < 0)
		return;
	ck_assert_int_eq(fstat(fd, &st), 0);
	snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
}

/* What was written to standard error, which is what it was again. */
static const char *end(FILE *err)
{
	static char text[TEXT_MAX];

	fflush(stderr);
	rewind(err);
	text[fread(text, 1, sizeof text - 1, err)] = '\0';
	(void)dup2(kept_stderr, STDERR_FILENO);
	unsetenv("JOURNAL_STREAM");
	close(kept_stderr);
	fclose(err);
	return text;
}

START_TEST(the_journal_gets_fields)
{
	const struct log_about about = {
		.client = "shop",
		.pid = 12,
		.uid = 1000,
		.profile = "default",
		.topic = "orders",
		.group = "g",
		.error = COMM_EDENIED,
	};
	FILE *err = tmpfile();

	begin(err, fileno(err));
	log_event(LOG_WARNING, LOG_EVENT_READY, &about, "a %s\nline", "long");
	ck_assert_str_eq(end(err), "");
	ck_assert_str_eq(sent, "MESSAGE=a long line\nPRIORITY=4\n"
			       "MESSAGE_ID=0d6650350a75431cb4b82ea5202c127d\n"
			       "COMMD_CLIENT=shop\nCOMMD_PID=12\nCOMMD_UID=1000\n"
			       "COMMD_PROFILE=default\nCOMMD_TOPIC=orders\nCOMMD_GROUP=g\n"
			       "COMMD_ERROR=COMM_EDENIED\n");
}
END_TEST

START_TEST(what_is_not_known_is_no_field)
{
	FILE *err = tmpfile();

	begin(err, fileno(err));
	log_msg(LOG_ERR, "x");
	ck_assert_str_eq(end(err), "");
	ck_assert_str_eq(sent, "MESSAGE=x\nPRIORITY=3\n");
}
END_TEST

START_TEST(long_fields_and_lines_are_cut)
{
	struct log_about about = { 0 };
	char text[3000];
	FILE *err = tmpfile();

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	about.topic = text;
	begin(err, fileno(err));
	log_event(LOG_ERR, LOG_EVENT_NONE, &about, "%s", text);
	ck_assert_str_eq(end(err), "");
	ck_assert_uint_eq(strchr(sent, '\n') - sent, strlen("MESSAGE=") + 1023);
	ck_assert_uint_eq(strlen(strstr(sent, "COMMD_TOPIC=")), 319 + 1);
}
END_TEST

/* The journal shows nothing of what is not. */
START_TEST(what_is_cut_is_text)
{
	struct log_about about = { 0 };
	char text[3000];
	FILE *err = tmpfile();

	for (size_t i = 0; i < sizeof text - 2; i += 2)
		memcpy(text + i, "\u00e9", 2);
	text[sizeof text - 2] = '\0';
	about.topic = text;
	begin(err, fileno(err));
	log_event(LOG_ERR, LOG_EVENT_NONE, &about, "%s", text);
	ck_assert_str_eq(end(err), "");
	ck_assert(comm_utf8_is_valid(comm_bytes_of(sent)));
	ck_assert_uint_eq(strchr(sent, '\n') - sent, strlen("MESSAGE=") + 1023);
}
END_TEST

START_TEST(a_journal_that_is_away_gets_the_line_through_its_stream)
{
	FILE *err = tmpfile();

	begin(err, fileno(err));
	sending = -ENOBUFS;
	log_msg(LOG_ERR, "x");
	ck_assert_str_eq(end(err), "<3>x\n");
}
END_TEST

START_TEST(people_get_words)
{
	const struct log_about about = { .topic = "t" };
	FILE *err = tmpfile();

	begin(err, -1);
	log_event(LOG_WARNING, LOG_EVENT_READY, &about, "a\033[1mb");
	log_msg(LOG_NOTICE, "c");
	log_msg(LOG_DEBUG, "d");
	ck_assert_str_eq(end(err), "commd: warning: a [1mb\ncommd: c\n");
	ck_assert_str_eq(sent, "");
}
END_TEST

/* It is inherited from whoever has started us. */
START_TEST(a_journal_that_is_somebody_elses_gets_nothing)
{
	FILE *other = tmpfile(), *err = tmpfile();

	begin(err, fileno(other));
	log_msg(LOG_ERR, "x");
	ck_assert_str_eq(end(err), "commd: error: x\n");
	ck_assert_str_eq(sent, "");
	fclose(other);
}
END_TEST

TEST_MAIN("log", the_journal_gets_fields, what_is_not_known_is_no_field,
	  long_fields_and_lines_are_cut, what_is_cut_is_text,
	  a_journal_that_is_away_gets_the_line_through_its_stream, people_get_words,
	  a_journal_that_is_somebody_elses_gets_nothing)
