/*
 * What is wrong with this host's set-up: first what is here, then the daemon, then what it knows of its
 * brokers, then the topics and the group that were named. What comes after something that cannot be had
 * is left out.
 */
#include "client/commctl/check.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/commctl/options.h"
#include "client/commctl/verb.h"
#include "client/transport.h"
#include "proto/util.h"

/* People wait for this; --timeout allows more. */
#define TIMEOUT_MS 10000

/* What a record's time may be ahead of ours: clocks that are kept right differ by less. */
#define AHEAD_MAX_MS 60000

/* What the command line asks for. */
struct wanted {
	const char *group;
	bool write;
	char **topics;
	int n_topics;
};

/* ---- the daemon ---- */

static void tell_hang(struct check *c, const char *path)
{
	check_fail(c, CTL_TIMED_OUT);
	check_tell(c, CHECK_PROBLEM, "daemon", "no-answer",
		   "systemctl restart commd, and see journalctl -u commd",
		   "commd on %s does not answer", path);
}

static int connect_to(struct check *c)
{
	const char *path = transport_choose_path(c->ctl->socket);
	int error = ctl_open(c->ctl, COMM_ACK_BROKER);

	if (error == COMM_ENOT_RUNNING)
		check_socket(c, path, comm_error_message(c->ctl->c));
	else if (error == COMM_ETIMEOUT)
		tell_hang(c, path);
	else if (error)
		check_tell_error(c, CHECK_PROBLEM, "daemon", error, comm_error_message(c->ctl->c));
	return error;
}

static void check_version(struct check *c, const struct comm_status *s)
{
	if (strcmp(s->version, comm_version()) != 0)
		check_tell(c, CHECK_WARNING, "version", "version",
			   "systemctl restart commd, if it was updated",
			   "commd is version %s, and this is %s", s->version, comm_version());
	else
		check_tell(c, CHECK_OK, "version", NULL, NULL, "commd %s with librdkafka %s",
			   s->version, s->librdkafka);
}

static void check_refusals(struct check *c, const struct comm_status *s)
{
	for (size_t i = 0; i < s->n_counters; i++)
		if (!strcmp(s->counters[i].name, "connections_refused_total") &&
		    s->counters[i].value > 0)
			check_tell(c, CHECK_WARNING, "connections", "limit",
				   "see [limits] connections in commd.conf and LimitNOFILE in "
				   "commd.service",
				   "%lld connections were refused since commd has started",
				   (long long)s->counters[i].value);
}

/* All of them but @own, which is asked itself. */
static void check_profiles(struct check *c, const struct comm_status *s, const char *own)
{
	for (size_t i = 0; i < s->n_profiles; i++) {
		const struct comm_profile_status *p = &s->profiles[i];
		bool is_unused = !strcmp(p->state, "unused"), is_bad = !strcmp(p->state, "bad");
		char what[128];

		if (!*p->error || !strcmp(p->state, "up") || (!strcmp(p->name, own) && !is_unused))
			continue;
		(void)snprintf(what, sizeof what, "profile %s", p->name);
		check_tell_error(c, is_unused ? CHECK_WARNING : CHECK_PROBLEM, what,
				 is_unused || is_bad ? COMM_EBAD_PROFILE : COMM_EBROKER, p->error);
	}
}

static void check_status(struct check *c)
{
	struct comm_status *s = NULL;
	int error = comm_status(c->ctl->c, &s);

	if (error) {
		check_tell_error(c, CHECK_WARNING, "status", error, comm_error_message(c->ctl->c));
		return;
	}
	check_version(c, s);
	check_descriptors(c, (long)s->pid);
	check_refusals(c, s);
	check_profiles(c, s, c->ctl->profile ? c->ctl->profile : "default");
	comm_status_free(s);
}

/* ---- the brokers ---- */

static bool check_brokers(struct check *c)
{
	struct comm_topics *topics = NULL;
	int error = comm_list_topics(c->ctl->c, NULL, &topics);

	if (error) {
		check_tell_error(c, CHECK_PROBLEM, "brokers", error, comm_error_message(c->ctl->c));
		return false;
	}
	check_tell(c, CHECK_OK, "brokers", NULL, NULL, "%zu brokers answer, with %zu topics",
		   topics->n_brokers, topics->n_topics);
	comm_topics_free(topics);
	return true;
}

static bool check_existence(struct check *c, const char *what, const char *topic)
{
	struct comm_topics *topics = NULL;
	int error = comm_list_topics(c->ctl->c, topic, &topics);
	const char *message = comm_error_message(c->ctl->c);

	if (!error && topics->n_topics && topics->topics[0].error) {
		error = topics->topics[0].error;
		message = topics->topics[0].error_message;
	}
	if (error)
		check_tell_error(c, CHECK_PROBLEM, what, error, message);
	if (topics)
		comm_topics_free(topics);
	return !error;
}

static void check_record_time(struct check *c, const char *what, int64_t newest_ms)
{
	struct timespec now;
	int64_t ahead_ms;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	ahead_ms = newest_ms - ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
	if (ahead_ms > AHEAD_MAX_MS)
		check_tell(c, CHECK_WARNING, what, "clock",
			   "see timedatectl here and on the host that has sent it",
			   "its newest record is %lld seconds ahead of this host's clock",
			   (long long)(ahead_ms / 1000));
}

/* The last record of each partition, until all are read or the time has passed. */
static int read_last(struct check *c, struct comm_subscription *s, int64_t *ret_newest_ms)
{
	int64_t due_ms = ctl_now_ms() + c->ctl->timeout_ms, left_ms;
	const struct comm_record *records;
	size_t n;
	int error = 0;

	while (!error && (left_ms = due_ms - ctl_now_ms()) > 0) {
		error = comm_receive(s, 0, (int)left_ms, &records, &n);
		for (size_t i = 0; !error && i < n; i++)
			*ret_newest_ms = MAX(*ret_newest_ms, records[i].timestamp_ms);
		if (!error && comm_is_at_end(s))
			return 0;
	}
	return error ? error : COMM_ETIMEOUT;
}

/* Without a group, so that nobody's place changes. */
static bool check_reading(struct check *c, const char *what, const char *topic)
{
	const struct comm_subscribe_options options = { .start = COMM_START_TAIL,
							.at = 1,
							.until_end = 1 };
	struct comm_subscription *s = NULL;
	int64_t newest_ms = 0;
	int error = comm_subscribe(c->ctl->c, NULL, &topic, 1, &options, &s);

	if (!error)
		error = read_last(c, s, &newest_ms);
	if (error)
		check_tell_error(
			c, CHECK_PROBLEM, what, error,
			error == COMM_ETIMEOUT
				? "its last records do not come in time; --timeout allows more"
				: comm_error_message(c->ctl->c));
	else
		check_record_time(c, what, newest_ms);
	if (s)
		(void)comm_unsubscribe(s);
	return !error;
}

static bool check_writing(struct check *c, const char *what, const char *topic)
{
	static const char value[] = "commctl check";
	int error = comm_send(c->ctl->c, topic, value, strlen(value), NULL, 0);

	if (error)
		check_tell_error(c, CHECK_PROBLEM, what, error, comm_error_message(c->ctl->c));
	return !error;
}

static void check_topic(struct check *c, const char *topic, bool write)
{
	char what[300];
	bool is_good;

	(void)snprintf(what, sizeof what, "topic %s", topic);
	if (!check_existence(c, what, topic))
		return;
	is_good = check_reading(c, what, topic);
	if (write)
		is_good &= check_writing(c, what, topic);
	if (is_good)
		check_tell(c, CHECK_OK, what, NULL, NULL, "it can be %s",
			   write ? "read and written" : "read");
}

static void check_group(struct check *c, const char *group)
{
	struct comm_group *g = NULL;
	char what[300];
	int error = comm_describe_group(c->ctl->c, group, &g);

	(void)snprintf(what, sizeof what, "group %s", group);
	if (error)
		check_tell_error(c, CHECK_PROBLEM, what, error, comm_error_message(c->ctl->c));
	else
		check_tell(c, CHECK_OK, what, NULL, NULL, "it may be used");
	if (!error)
		comm_group_free(g);
}

/* ---- all of it ---- */

static int check(struct ctl *ctl, const struct wanted *w)
{
	struct check c = { .ctl = ctl };

	if (!ctl->has_timeout)
		ctl->timeout_ms = TIMEOUT_MS;
	check_clock(&c);
	check_disks(&c, transport_choose_path(ctl->socket));
	if (connect_to(&c))
		return c.exit_code;
	check_status(&c);
	if (!check_brokers(&c))
		return c.exit_code;
	for (int i = 0; i < w->n_topics; i++)
		check_topic(&c, w->topics[i], w->write);
	if (w->group)
		check_group(&c, w->group);
	return c.exit_code;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	struct wanted w = { 0 };
	struct options o;
	int opt;

	options_init(&o, ctl, &verb_check, argc, argv, "g:w", NULL);
	while ((opt = options_next(&o)) > 0) {
		if (opt == 'g')
			w.group = optarg;
		else
			w.write = true;
	}
	if (opt == OPTIONS_STOP)
		return o.exit_code;
	w.topics = argv + optind;
	w.n_topics = argc - optind;
	if (w.write && !w.n_topics) {
		options_wrong(&o, "-w needs the name of a topic to write to");
		return o.exit_code;
	}
	return check(ctl, &w);
}

const struct verb verb_check = {
	.name = "check",
	.arguments = "[-g GROUP] [-w] [TOPIC...]",
	.summary = "Tell what is wrong with this host's set-up, and what to do about it.",
	.help = "Looks at this host's clock and disks, at commd and its profiles, and asks the "
		"brokers;\n"
		"then whether each TOPIC can be read.\n"
		"\n"
		"  -g GROUP   whether the consumer group GROUP may be used\n"
		"  -w         write a record to each TOPIC, \"commctl check\"; the time of a "
		"topic's "
		"newest\n"
		"             record is looked at in any case\n"
		"\n"
		"Separated by tabs: ok, warning or problem; what was looked at; the cause in one "
		"word; what\n"
		"is wrong; the next step. With --json: check, state, cause, message, next. The "
		"exit code is\n"
		"that of the first problem; warnings are none. Causes are not-running, no-socket, "
		"no-answer,\n"
		"denied, not-authorised, profile-missing, profile-bad, brokers, trust, topic, "
		"limit, "
		"disk-full,\n"
		"clock, descriptors, version and failed.\n"
		"\n",
	.examples = "  commctl check\n"
		    "  commctl check -g billing orders\n"
		    "  commctl check --json | jq -r 'select(.state == \"problem\") | .next'\n",
	.run = run,
};
