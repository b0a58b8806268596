#include "client/commctl/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/commctl/json.h"
#include "proto/utf8.h"
#include "proto/util.h"

static const char *const words[] = { "ok", "warning", "problem" };

static void print_for_people(struct ctl *ctl, enum check_state state, const char *what,
			     const char *message, const char *next)
{
	/* It may be the end of a broker's sentence, which is not ours to change. */
	_cleanup_free_ char *step = next ? strdup(next) : NULL;

	out_printf(&ctl->out, "%-8s %-12s %s\n", words[state], what, message);
	if (step)
		out_printf(&ctl->out, "%-8s %-12s next: %s\n", "", "", comm_utf8_calm(step));
}

static void print_for_programs(struct ctl *ctl, enum check_state state, const char *what,
			       const char *cause, const char *message, const char *next)
{
	out_printf(&ctl->out, "%s\t%s\t%s\t", words[state], what, cause ? cause : "-");
	out_field(&ctl->out, message);
	out_text(&ctl->out, "\t");
	out_field(&ctl->out, next ? next : "-");
	out_text(&ctl->out, "\n");
}

void check_fail(struct check *c, int code)
{
	if (!c->exit_code)
		c->exit_code = code;
}

void check_tell(struct check *c, enum check_state state, const char *what, const char *cause,
		const char *next, const char *format, ...)
{
	struct ctl *ctl = c->ctl;
	char message[2048];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(message, sizeof message, format, args);
	va_end(args);
	if (state == CHECK_PROBLEM)
		check_fail(c, CTL_FAILED);
	if (ctl->json)
		json_print(json_pack("{s:o, s:s, s:o, s:o, s:o}", "check", json_text(what), "state",
				     words[state], "cause", json_text(cause), "message",
				     json_text(message), "next", json_text(next)),
			   &ctl->out);
	else if (ctl->human)
		print_for_people(ctl, state, what, comm_utf8_calm(message), next);
	else
		print_for_programs(ctl, state, what, cause, message, next);
	/* Each line when it is known: the next may take its time. */
	(void)out_flush(&ctl->out);
}

/* What kind of failure it is, in a word for programs. */
static const char *cause_of(int error, const char *message)
{
	/* The brokers' word for what an ACL does not allow. */
	if (strstr(message, "AUTHORIZATION_FAILED"))
		return "not-authorised";
	switch (error) {
	case COMM_ENOT_RUNNING:
	case COMM_ESHUTDOWN:
		return "not-running";
	case COMM_EDENIED:
		return "denied";
	case COMM_ETIMEOUT:
		return "no-answer";
	case COMM_ENO_PROFILE:
		return "profile-missing";
	case COMM_EBAD_PROFILE:
		return "profile-bad";
	case COMM_EBROKER:
		return "brokers";
	case COMM_EAUTH:
		return "trust";
	case COMM_ETOPIC_UNAVAILABLE:
	case COMM_ETOPIC_QUERY:
		return "topic";
	case COMM_EBUSY:
		return "limit";
	default:
		return "failed";
	}
}

void check_tell_error(struct check *c, enum check_state state, const char *what, int error,
		      const char *message)
{
	static const char separator[] = "; ";
	const char *next = NULL, *at = message;
	size_t len = strlen(message);

	while ((at = strstr(at, separator)))
		next = at += strlen(separator);
	if (next)
		len = (size_t)(next - message) - strlen(separator);
	if (state == CHECK_PROBLEM)
		check_fail(c, ctl_exit_code(error));
	check_tell(c, state, what, cause_of(error, message), next, "%.*s", (int)len, message);
}
