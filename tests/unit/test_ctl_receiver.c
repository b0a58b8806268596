/*
 * receive goes on where commd has no place for it, or does not answer, for now; but it ends in time where
 * an end was asked for.
 */
#include "client/commctl/receiver.h"

#include <stdio.h>
#include <unistd.h>

#include "client/commctl/ctl.h"
#include "client/commctl/format.h"
#include "tests/lib/clock.h"
#include "tests/lib/main.h"
#include "tests/unit/client_receive.h"

/* What the daemon does with one request after the other. */
struct turn {
	enum comm_method_id method;
	enum { ANSWER, KEEP_WAITING, REFUSE } how;
	int64_t subscription;
};

struct play {
	struct fake *f;
	struct peer p;
	struct ctl ctl;
	const struct turn *turns;
	size_t n_turns;
	int out; /* where standard output can be read */
};

static void act(struct peer *p, const struct turn *t)
{
	uint64_t id = peer_read(p, t->method);

	if (t->how == REFUSE)
		peer_refuse(p, id, COMM_EBUSY, "2 of 2 consumers are taken", NULL);
	else if (t->how == ANSWER && t->method == COMM_METHOD_SUBSCRIBE)
		answer_subscribe(p, id, t->subscription);
	else if (t->how == ANSWER && t->method == COMM_METHOD_RECEIVE)
		peer_answer(p, id, t->method, &four);
	else if (t->how == ANSWER)
		peer_answer(p, id, t->method, NULL);
}

static void step(void *arg)
{
	struct play *play = arg;

	while (play->n_turns && peer_has_request(&play->p)) {
		act(&play->p, play->turns++);
		play->n_turns--;
	}
}

/* What is written to standard error from here on, for caught(). */
static void catch_stderr(void)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	fclose(file);
}

static void caught_is(const char *wanted)
{
	char text[4096] = "";

	ck_assert_int_ge(pread(STDERR_FILENO, text, sizeof text - 1, 0), 0);
	ck_assert_str_eq(text, wanted);
}

/* Returns the exit code. */
static int receive(struct play *play, const struct turn *turns, size_t n_turns,
		   const struct receive_job *job)
{
	int ends[2], code;

	play->f = fake_new();
	play->turns = turns;
	play->n_turns = n_turns;
	ck_assert_int_eq(pipe(ends), 0);
	play->out = ends[0];
	ctl_init(&play->ctl);
	play->ctl.out.fd = ends[1];
	play->ctl.c = client_connect(play->f, &play->p, NULL);
	catch_stderr();
	clock_start(step, play);
	code = receiver_run(&play->ctl, job);
	clock_stop();
	(void)close(ends[1]);
	return code;
}

static void end(struct play *play)
{
	ck_assert_uint_eq(play->n_turns, 0);
	out_fini(&play->ctl.out);
	(void)close(play->out);
	peer_close(&play->p);
	fake_free(play->f);
}

START_TEST(what_passes_is_told_and_receive_goes_on)
{
	/* It subscribes again after an answer that does not come, a refusal, and one more of the first. */
	static const struct turn turns[] = {
		{ COMM_METHOD_SUBSCRIBE, ANSWER, 11 },
		{ COMM_METHOD_RECEIVE, KEEP_WAITING, 0 },
		{ COMM_METHOD_UNSUBSCRIBE, ANSWER, 0 },
		{ COMM_METHOD_SUBSCRIBE, REFUSE, 0 },
		{ COMM_METHOD_SUBSCRIBE, KEEP_WAITING, 0 },
		{ COMM_METHOD_SUBSCRIBE, ANSWER, 12 },
		{ COMM_METHOD_RECEIVE, ANSWER, 0 },
	};
	struct format format;
	const struct receive_job job = {
		.topics = topics, .n_topics = 2, .group = "g", .format = &format, .n_wanted = 4
	};
	struct play play;
	char printed[64] = "", wanted[1024];

	ck_assert_int_eq(format_delimited(";", 1, &format), 0);
	ck_assert_int_eq(receive(&play, turns, ARRAY_SIZE(turns), &job), CTL_OK);
	ck_assert_int_gt(read(play.out, printed, sizeof printed - 1), 0);
	ck_assert_str_eq(printed, "one;;;two;");
	(void)snprintf(wanted, sizeof wanted,
		       "commctl: receive: commd on %s has not answered in time\n"
		       "commctl: 2 of 2 consumers are taken\n"
		       "commctl: subscribe: commd on %s has not answered in time\n",
		       fake_socket(play.f), fake_socket(play.f));
	caught_is(wanted);
	format_fini(&format);
	end(&play);
}
END_TEST

/* A daemon that answers no more. */
static const struct turn never[] = {
	{ COMM_METHOD_SUBSCRIBE, ANSWER, 11 },
	{ COMM_METHOD_RECEIVE, KEEP_WAITING, 0 },
};

START_TEST(who_waits_for_the_end_does_not_wait_for_ever)
{
	struct format format;
	const struct receive_job job = { .topics = topics,
					 .n_topics = 2,
					 .options = { .until_end = 1 },
					 .format = &format,
					 .n_wanted = INT64_MAX };
	struct play play;

	ck_assert_int_eq(format_delimited(";", 1, &format), 0);
	ck_assert_int_eq(receive(&play, never, ARRAY_SIZE(never), &job), CTL_TIMED_OUT);
	format_fini(&format);
	end(&play);
}
END_TEST

START_TEST(who_waits_for_so_long_does_not_wait_for_ever)
{
	struct format format;
	const struct receive_job job = { .topics = topics,
					 .n_topics = 2,
					 .format = &format,
					 .n_wanted = INT64_MAX,
					 .wait_ms = 20000 };
	struct play play;
	char wanted[256];

	ck_assert_int_eq(format_delimited(";", 1, &format), 0);
	ck_assert_int_eq(receive(&play, never, ARRAY_SIZE(never), &job), CTL_TIMED_OUT);
	(void)snprintf(wanted, sizeof wanted,
		       "commctl: receive: commd on %s has not answered in time\n"
		       "commctl: no record came in 20 s\n",
		       fake_socket(play.f));
	caught_is(wanted);
	format_fini(&format);
	end(&play);
}
END_TEST

TEST_MAIN("commctl receive", what_passes_is_told_and_receive_goes_on,
	  who_waits_for_the_end_does_not_wait_for_ever,
	  who_waits_for_so_long_does_not_wait_for_ever)
