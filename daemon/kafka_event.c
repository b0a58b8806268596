#include "daemon/kafka_event.h"

#include <syslog.h>

#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/profile.h"

/* What is usual where members of groups come and go, or is good news. */
static int level_of(enum event event)
{
	bool is_usual = event == EVENT_REVOKED || event == EVENT_REBUILT || event == EVENT_UP ||
			event == EVENT_RELOADED;

	return is_usual ? LOG_NOTICE : LOG_WARNING;
}

/* What it is in the journal. */
static enum log_event id_of(enum event event)
{
	static const enum log_event ids[] = {
#define EVENT_ID(C, NAME, word, counter, doc) [EVENT_##NAME] = LOG_EVENT_##NAME,
		EVENTS(EVENT_ID, )
#undef EVENT_ID
	};

	return ids[event];
}

struct log_about kafka_about(const struct kafka_client *c, const char *group)
{
	return (struct log_about){ .profile = c->profile->name, .group = group };
}

static void note(struct kafka_client *c, const struct event_kind *kind, int64_t n,
		 const char *sentence)
{
	struct log_about about = kafka_about(c, kind->group);

	about.topic = kind->topic;
	events_add(&c->kafka->events, kind, n, sentence, clock_ms());
	if (kind->group)
		log_event(level_of(kind->event), id_of(kind->event), &about,
			  "profile %s: group \"%s\": %s", c->profile->name, kind->group, sentence);
	else
		log_event(level_of(kind->event), id_of(kind->event), &about, "profile %s: %s",
			  c->profile->name, sentence);
}

void kafka_event_note(struct kafka_client *c, enum event event, const char *group, int64_t n,
		      const char *sentence)
{
	const struct event_kind kind = {
		.event = event,
		.profile = c->profile->name,
		.group = group,
		.partition = -1,
	};

	note(c, &kind, n, sentence);
}

void kafka_event_note_topic(struct kafka_client *c, enum event event, const char *group,
			    const char *topic, int32_t partition, const char *sentence)
{
	const struct event_kind kind = {
		.event = event,
		.profile = c->profile->name,
		.group = group,
		.topic = topic,
		.partition = partition,
	};

	note(c, &kind, 1, sentence);
}

void kafka_note(struct kafka *k, enum event event, const char *sentence)
{
	const struct event_kind kind = { .event = event, .profile = "", .partition = -1 };

	events_add(&k->events, &kind, 1, sentence, clock_ms());
	log_event(level_of(event), id_of(event), NULL, "%s", sentence);
}

const struct events *kafka_events(const struct kafka *k)
{
	return &k->events;
}
