#include "client/commctl/failures.h"

#include <inttypes.h>
#include <unistd.h>

#include "client/commclient.h"
#include "client/commctl/ctl.h"
#include "client/commctl/json.h"
#include "client/commctl/progress.h"
#include "client/commctl/sender.h"

/* Failures told in a sentence. */
#define TOLD_MAX 10

/* Runs of numbers that people are shown. */
#define BRIEF_MAX 10

/* Numbers on one line. */
#define LINE_BYTES 1000

void failures_init(struct failures *f, struct ctl *ctl, const struct send_job *job,
		   struct progress *progress)
{
	f->ctl = ctl;
	f->job = job;
	f->progress = progress;
	f->is_brief = isatty(STDERR_FILENO);
	f->failed.word = "failed";
	f->unknown.word = "unknown";
	f->failed.n = f->unknown.n = 0;
	ranges_init(&f->failed.ranges);
	ranges_init(&f->unknown.ranges);
}

/* The name of the file that a record is, NULL if it is none. */
static const char *file_of(const struct failures *f, uint64_t number)
{
	return f->job->n_files ? f->job->files[number - 1] : NULL;
}

static void print_json(const struct failures *f, const struct failure *failure)
{
	const char *file = file_of(f, failure->number);
	json_t *object = json_pack(
		"{s:I, s:o, s:o, s:b}", "number", (json_int_t)failure->number, "error",
		json_text(failure->error ? comm_error_name(failure->error) : NULL), "message",
		json_text(failure->why), "maybe_persisted", failure->maybe_persisted);

	if (file)
		(void)json_object_set_new(object, "file", json_text(file));
	json_print(object, &f->ctl->out);
}

static void say(const struct failures *f, const struct failure *failure)
{
	const char *maybe =
		failure->maybe_persisted ? " (the brokers may have it all the same)" : "";
	const char *file = file_of(f, failure->number);

	progress_clear(f->progress);
	if (file)
		ctl_say("%s: %s%s", file, failure->why, maybe);
	else
		ctl_say("%s %" PRIu64 ": %s%s", f->job->unit, failure->number, failure->why, maybe);
}

/* Tell a line of numbers, and forget them. */
static void tell_line(struct failures *f, struct failures_list *list)
{
	char text[LINE_BYTES];
	size_t n = ranges_format(&list->ranges, RANGES_MAX, text, sizeof text);

	ctl_say("%s %ss: %s", list->word, f->job->unit, text);
	ranges_drop(&list->ranges, n);
}

static void tell_brief(struct failures *f, struct failures_list *list)
{
	char text[LINE_BYTES];
	size_t n = ranges_format(&list->ranges, BRIEF_MAX, text, sizeof text);
	uint64_t n_more = list->n - ranges_count(&list->ranges, n);

	if (n_more)
		ctl_say("%s %ss: %s, and %" PRIu64 " more, which --json tells", list->word,
			f->job->unit, text, n_more);
	else
		ctl_say("%s %ss: %s", list->word, f->job->unit, text);
}

/* Files have names, and are as many as a command line has. */
static bool has_numbers(const struct failures *f)
{
	return !f->ctl->json && !f->job->n_files;
}

static void note(struct failures *f, struct failures_list *list, const struct failure *failure)
{
	list->n++;
	if (f->ctl->json)
		print_json(f, failure);
	if (!has_numbers(f) || ranges_add(&list->ranges, failure->number) || f->is_brief)
		return;
	/* The older half is least likely to grow together. */
	while (list->ranges.n > RANGES_MAX / 2)
		tell_line(f, list);
	(void)ranges_add(&list->ranges, failure->number);
}

void failures_add(struct failures *f, const struct failure *failure)
{
	if (f->failed.n < TOLD_MAX || (f->job->n_files && !f->ctl->json))
		say(f, failure);
	note(f, &f->failed, failure);
}

void failures_add_unknown(struct failures *f, const struct failure *failure)
{
	if (f->job->n_files && !f->ctl->json)
		say(f, failure);
	note(f, &f->unknown, failure);
}

static void tell_rest(struct failures *f, struct failures_list *list)
{
	if (f->is_brief && list->ranges.n)
		tell_brief(f, list);
	while (!f->is_brief && list->ranges.n)
		tell_line(f, list);
}

void failures_end(struct failures *f)
{
	progress_clear(f->progress);
	/* Few have been told in a sentence each. */
	if (f->failed.n > TOLD_MAX)
		tell_rest(f, &f->failed);
	tell_rest(f, &f->unknown);
}
