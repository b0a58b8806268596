#include "daemon/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/log_writer.h"
#include "proto/error_table.h"
#include "proto/utf8.h"

/* Longer lines are cut: a broker's sentence can be of any length. */
#define LINE_MAX_BYTES 1024

/* A field with its name: the longest are a topic's and a group's. */
#define FIELD_MAX_BYTES 320

struct fields {
	struct iovec items[LOG_FIELDS_MAX];
	int n;
	char bytes[LOG_FIELDS_MAX][FIELD_MAX_BYTES];
};

/* What is less important is dropped. */
#define LEVEL_MAX LOG_INFO

/* JOURNAL_STREAM is inherited by those whose standard error is another one, too. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%ju:%ju", &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

/* A control character in a client's name must not forge a line. */
static void format_line(char *ret, size_t size, const char *format, va_list ap)
{
	(void)vsnprintf(ret, size, format, ap);
	/* Where it was cut may have been inside of a character. */
	comm_utf8_mend(ret);
	(void)comm_utf8_calm(ret);
}

/* ---- fields ---- */

static __attribute__((format(printf, 2, 3))) void add(struct fields *f, const char *format, ...)
{
	char *field = f->bytes[f->n];
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(field, FIELD_MAX_BYTES, format, ap);
	va_end(ap);
	comm_utf8_mend(field);
	f->items[f->n++] = (struct iovec){
		field,
		len < FIELD_MAX_BYTES ? (size_t)len : FIELD_MAX_BYTES - 1,
	};
}

static void add_text(struct fields *f, const char *name, const char *text)
{
	if (text)
		add(f, "%s=%s", name, text);
}

static void add_about(struct fields *f, const struct log_about *about)
{
	const struct comm_error_info *error = comm_error_find(about->error);

	add_text(f, "COMMD_CLIENT", about->client);
	if (about->client) {
		add(f, "COMMD_PID=%d", (int)about->pid);
		add(f, "COMMD_UID=%u", (unsigned int)about->uid);
	}
	add_text(f, "COMMD_PROFILE", about->profile);
	add_text(f, "COMMD_TOPIC", about->topic);
	add_text(f, "COMMD_GROUP", about->group);
	add_text(f, "COMMD_ERROR", error ? error->name : NULL);
}

static const char *id_of(enum log_event event)
{
	static const char *const ids[] = { NULL,
#define ID(NAME, id) id,
					   LOG_EVENTS(ID)
#undef ID
	};

	return ids[event];
}

/* ---- lines ---- */

static void log_va(int level, enum log_event event, const struct log_about *about,
		   const char *format, va_list ap)
{
	char message[sizeof LOG_MESSAGE + LINE_MAX_BYTES] = LOG_MESSAGE;
	struct log_line line = { .level = level };
	struct fields f = { .n = 1 };

	if (level > LEVEL_MAX)
		return;
	format_line(message + strlen(LOG_MESSAGE), LINE_MAX_BYTES, format, ap);
	f.items[0] = (struct iovec){ message, strlen(message) };
	add(&f, "PRIORITY=%d", level);
	add_text(&f, "MESSAGE_ID", id_of(event));
	if (about)
		add_about(&f, about);
	line.is_for_journal = is_journal();
	line.fields = f.items;
	line.n_fields = f.n;
	log_writer_put(&line);
}

void log_msg(int level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_va(level, LOG_EVENT_NONE, NULL, format, ap);
	va_end(ap);
}

void log_event(int level, enum log_event event, const struct log_about *about, const char *format,
	       ...)
{
	va_list ap;

	va_start(ap, format);
	log_va(level, event, about, format, ap);
	va_end(ap);
}

void log_problem(const char *sentence)
{
	if (is_journal())
		log_msg(LOG_ERR, "%s", sentence);
	else
		(void)fprintf(stderr, "commd: %s\n", sentence);
}
