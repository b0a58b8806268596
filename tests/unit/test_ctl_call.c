/*
 * call waits until the daemon has had the time that it was given, and a little longer, for the daemon to
 * say that it was not enough.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/commctl/ctl.h"
#include "client/commctl/verb.h"
#include "tests/lib/clock.h"
#include "tests/lib/main.h"

/* A daemon that answers the first line at once, which is hello, and the second when it is due. */
struct daemon {
	struct sockaddr_un address;
	int listener;
	int fd; /* -1: nobody has come */
	size_t n_lines;
	size_t n_answered;
	int64_t due_ms;
};

static void begin(struct daemon *d, int64_t due_ms)
{
	*d = (struct daemon){ .fd = -1, .due_ms = due_ms };
	d->address.sun_family = AF_UNIX;
	/* A name that nobody else has, of no file. */
	(void)snprintf(d->address.sun_path + 1, sizeof d->address.sun_path - 1, "test-ctl-call-%d",
		       (int)getpid());
	d->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(d->listener, (struct sockaddr *)&d->address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
					  strlen(d->address.sun_path + 1))),
			 0);
	ck_assert_int_eq(listen(d->listener, 1), 0);
}

static void end(struct daemon *d)
{
	(void)close(d->fd);
	(void)close(d->listener);
}

static void step(void *arg)
{
	static const char hello[] = "{\"result\":{}}\n", late[] = "{\"result\":{\"late\":1}}\n";
	struct daemon *d = arg;
	char text[1024];
	ssize_t n;

	if (d->fd < 0)
		d->fd = accept(d->listener, NULL, NULL);
	n = recv(d->fd, text, sizeof text, MSG_DONTWAIT);
	for (ssize_t i = 0; i < n; i++)
		d->n_lines += text[i] == '\n';
	if (d->n_lines > 0 && d->n_answered == 0) {
		ck_assert_int_gt(send(d->fd, hello, strlen(hello), 0), 0);
		d->n_answered++;
	} else if (d->n_lines > 1 && d->n_answered == 1 && clock_passed_ms() >= d->due_ms) {
		ck_assert_int_gt(send(d->fd, late, strlen(late), 0), 0);
		d->n_answered++;
	}
}

/* The answer to @method with @params comes when @due_ms, which it may take, are just over. */
static void waits_for(const char *method, const char *params, int64_t due_ms)
{
	char verb[] = "call", name[32], json[64],
	     path[sizeof((struct sockaddr_un *)NULL)->sun_path];
	char *argv[] = { verb, name, json, NULL };
	struct daemon d;
	struct ctl ctl;

	(void)snprintf(name, sizeof name, "%s", method);
	(void)snprintf(json, sizeof json, "%s", params);
	begin(&d, due_ms + 100);
	(void)snprintf(path, sizeof path, "@%s", d.address.sun_path + 1);
	ctl_init(&ctl);
	ctl.socket = path;
	clock_start(step, &d);
	ck_assert_int_eq(verb_call.run(&ctl, 3, argv), CTL_OK);
	clock_stop();
	ck_assert_uint_eq(ctl.out.len, strlen("{\"late\":1}\n"));
	ck_assert_mem_eq(ctl.out.data, "{\"late\":1}\n", ctl.out.len);
	out_fini(&ctl.out);
	end(&d);
}

START_TEST(the_daemon_says_itself_that_it_took_too_long)
{
	waits_for("subscribe", "{\"topics\": [\"t\"]}", CTL_TIMEOUT_DEFAULT_MS);
}
END_TEST

START_TEST(a_time_that_has_a_name_is_waited_for)
{
	waits_for("send", "{\"timeout_ms\": 60000}", CTL_TIMEOUT_DEFAULT_MS + 60000);
}
END_TEST

START_TEST(a_time_that_has_a_place_is_waited_for)
{
	waits_for("send", "[\"t\", [\"v\"], null, 60000]", CTL_TIMEOUT_DEFAULT_MS + 60000);
	waits_for("trace", "[\"t\", 60000]", CTL_TIMEOUT_DEFAULT_MS + 60000);
}
END_TEST

TEST_MAIN("commctl call", the_daemon_says_itself_that_it_took_too_long,
	  a_time_that_has_a_name_is_waited_for, a_time_that_has_a_place_is_waited_for)
