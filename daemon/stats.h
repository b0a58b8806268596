#pragma once

/*
 * Stats: what the daemon holds and has done, by name. One list; status shows all of it.
 */

#include <stddef.h>
#include <stdint.h>

#include "daemon/events.h"
#include "proto/message.h"

#define EVENT_COUNTER(C, NAME, word, counter, doc) C(counter, doc)

/* C(member, doc): names ending in _total only grow, the others say how many there are now. */
#define STATS(C)                                                                                  \
	C(connections, "connections open")                                                        \
	C(connections_total, "connections accepted")                                              \
	C(connections_refused_total, "connections closed at once: too many, or no descriptor")    \
	C(connections_paused, "connections not read from: too much in flight or unread")          \
	C(connections_broken_total, "connections closed because a message was wrong or too big")  \
	C(connections_cut_total, "connections that ended in the middle of a message")             \
	C(connections_late_total, "connections closed because a message did not become whole")    \
	C(requests_in_flight, "requests without answer")                                          \
	C(requests_total, "requests and notifications taken")                                     \
	C(errors_total, "requests answered with an error")                                        \
	C(denied_total, "of them: because no rule permits it")                                    \
	C(quota_users, "users that something is charged to")                                      \
	C(quota_connections_refused_total, "connections refused: too many of their user")         \
	C(quota_subscriptions_refused_total, "subscriptions refused: too many of their user")     \
	C(quota_consumers_refused_total,                                                          \
	  "subscriptions refused: their user has too many consumers")                             \
	C(quota_requests_delayed_total,                                                           \
	  "times that a connection waited: too many requests of its user")                        \
	C(quota_requests_refused_total, "requests refused: too many of their user for too long")  \
	C(quota_held_bytes_delayed_total,                                                         \
	  "times that a connection waited: too much held for its user")                           \
	C(quota_held_bytes_refused_total,                                                         \
	  "requests refused: too much held for their user for too long")                          \
	C(quota_records_delayed_total, "times that a connection waited: its user sent too fast")  \
	C(quota_records_refused_total, "requests refused: their user sent too fast for too long") \
	C(deadlines_total, "requests answered because their time had passed")                     \
	C(inflight_bytes, "bytes of sends whose records have no outcome yet, outcomes included")  \
	C(waiting_bytes, "bytes of them kept here: the topic is looked up or Kafka's queue full") \
	C(unread_bytes, "bytes of answers that clients have not read yet")                        \
	C(partial_bytes, "bytes of messages that are not whole yet")                              \
	C(partial_delayed_total,                                                                  \
	  "times that a connection waited: too many large messages were on their way")            \
	C(partial_refused_total, "connections closed because that was so for too long")           \
	C(shared_bytes, "bytes of memory that readers take large values from")                    \
	C(subscriptions, "subscriptions open")                                                    \
	C(receives_waiting, "receive requests waiting for records")                               \
	C(partitions_asleep, "partitions not fetched: nobody takes what is there of them")        \
	C(sleeps_total, "times that a reader's partitions, or paused ones, were fetched no more") \
	C(errands, "requests about topics and groups that run or wait in line")                   \
	C(discarded_total, "records that failed after they had been accepted")                    \
	C(discards_evicted_total, "rows of the discards that gave way to others")                 \
	EVENTS(EVENT_COUNTER, C)                                                                  \
	C(events_evicted_total, "rows of the events that gave way to others")                     \
	C(traces, "traces under way")                                                             \
	C(traces_refused_total, "traces that were one too many")                                  \
	C(metrics_files_total, "times that the file of metrics was written")                      \
	C(metrics_file_errors_total, "times that it could not be")                                \
	C(topics_left_out, "topics that status has no room for")                                  \
	C(clients_left_out, "clients that status has no room for")                                \
	C(log_lines_lost_total, "lines that neither journal nor standard error took in time")     \
	C(read_bytes_total, "bytes read from clients")                                            \
	C(written_bytes_total, "bytes written to clients")

struct stats {
#define STATS_MEMBER(member, doc) int64_t member;
	STATS(STATS_MEMBER)
#undef STATS_MEMBER
};

enum {
#define STATS_COUNT(member, doc) STATS_INDEX_##member,
	STATS(STATS_COUNT) N_STATS
#undef STATS_COUNT
};

/* Write every counter in the list's order to @ret, which has room for N_STATS. */
void stats_list(const struct stats *s, struct comm_wire_counter *ret);
