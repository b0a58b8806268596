#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "daemon/kafka_certificate.h"
#include "daemon/kafka_event.h"
#include "daemon/log.h"
#include "daemon/profile.h"
#include "daemon/profile_secret.h"
#include "proto/util.h"

/* A broker that is down is tried again every second, and each attempt has a line or two. */
#define LINES_MAX 10
/* librdkafka cuts off what is longer. */
#define LINE_MAX_BYTES 2048

#define PERIOD_MS 60000

static void start_period(struct kafka_client *c, uint64_t now_ms)
{
	const struct log_about about = kafka_about(c, NULL);
	struct kafka_log *l = &c->log;

	if (l->n_dropped)
		log_event(LOG_NOTICE, LOG_EVENT_NONE, &about,
			  "profile %s: %u more lines of librdkafka's log were dropped",
			  c->profile->name, l->n_dropped);
	*l = (struct kafka_log){ .since_ms = now_ms };
}

/* A profile is for producers and consumers: each is told that it ignores what is the other's. */
static bool is_noise(const char *facility, const char *line)
{
	return !strcmp(facility, "CONFWARN") && strstr(line, "will be ignored by this");
}

static bool is_repetition(struct kafka_log *l, const char *line)
{
	/* What comes after is how long an attempt took. */
	size_t len = strcspn(line, "(");

	len = MIN(len, sizeof l->last - 1);
	if (!strncmp(l->last, line, len) && !l->last[len])
		return true;
	memcpy(l->last, line, len);
	l->last[len] = '\0';
	return false;
}

/* What is said about a broker behind the name of its thread; or NULL if it is about something else. */
static const char *disconnect_words(const char *facility, const char *line)
{
	static const char end[] = "]: ";
	const char *at = strcmp(facility, "FAIL") ? NULL : strstr(line, end);

	return at && strstr(at, ": Disconnected") ? at + strlen(end) : NULL;
}

void kafka_log_event(struct kafka_client *c, rd_kafka_event_t *e)
{
	const struct log_about about = kafka_about(c, NULL);
	uint64_t now_ms = kafka_now_ms(c->kafka);
	const char *facility, *words, *certificate, *disconnect;
	char line[LINE_MAX_BYTES];
	int level;

	if (rd_kafka_event_log(e, &facility, &words, &level) || is_noise(facility, words))
		return;
	(void)snprintf(line, sizeof line, "%s", words);
	profile_secret_hide(c->profile, line);
	disconnect = disconnect_words(facility, line);
	if (disconnect)
		kafka_client_note_disconnect(c, disconnect);
	certificate = kafka_certificate_words(facility, line);
	if (certificate)
		(void)snprintf(c->certificate, sizeof c->certificate, "%s", certificate);
	/* A consumer tells more than its profile asks for (kafka_conf.c). */
	if (level > kafka_conf_log_level(c->profile))
		return;
	/* Only who has asked for them, by debug in the profile, gets these. */
	if (level == LOG_DEBUG) {
		log_event(LOG_INFO, LOG_EVENT_NONE, &about, "profile %s: %s: %s", c->profile->name,
			  facility, line);
		return;
	}
	if (!c->log.since_ms || now_ms - c->log.since_ms >= PERIOD_MS)
		start_period(c, now_ms);
	if (is_repetition(&c->log, line) || c->log.n_lines >= LINES_MAX) {
		c->log.n_dropped++;
		return;
	}
	c->log.n_lines++;
	/* librdkafka calls a refused connection an error and a failed producer an emergency. */
	log_event(MAX(level, LOG_WARNING), LOG_EVENT_NONE, &about, "profile %s: %s: %s",
		  c->profile->name, facility, line);
}
