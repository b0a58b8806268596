#pragma once

/*
 * The protocol's second page: methods for operators, and what their messages are made of.
 *
 * They belong to the lists of proto/message.h, in the same notation. libcommclient is built without
 * them (COMM_CLIENT_ONLY): no program calls them, and each field would cost every program its memory.
 */

#ifdef COMM_CLIENT_ONLY
#define COMM_OPERATOR_MESSAGES(X)
#define COMM_OPERATOR_METHODS(M)
#else

#define COMM_WIRE_CLIENT(F, L, O, S)                                                               \
	F(S, INT, connection, NEED, 0, "number of the connection, counted from the start on")      \
	F(S, STR, client, NEED, 0, "name the client gave itself")                                  \
	F(S, INT, pid, NEED, 0, "process that connected")                                          \
	F(S, INT, uid, NEED, 0, "user it runs as")                                                 \
	F(S, INT, gid, NEED, 0, "its group")                                                       \
	F(S, STR, profile, NEED, 0, "profile that its next request goes to")                       \
	F(S, INT, connected_ms, NEED, 0, "when it connected, milliseconds since 1970")             \
	F(S, STR, protocol, NEED, 0, "what it speaks: msgpack, json, or nothing so far")           \
	F(S, INT, requests, NEED, 0, "its requests without answer")                                \
	F(S, INT, inflight_bytes, NEED, 0, "bytes of its sends whose records have no outcome yet") \
	F(S, INT, unread_bytes, NEED, 0, "bytes of answers that it has not read yet")              \
	F(S, INT, subscriptions, NEED, 0, "its subscriptions")                                     \
	F(S, INT, sent, NEED, 0, "records taken from it")                                          \
	F(S, INT, sent_rate, NEED, 0, "of them: in the last second")                               \
	F(S, INT, received, NEED, 0, "records handed to it")                                       \
	F(S, INT, received_rate, NEED, 0, "of them: in the last second")                           \
	F(S, INT, requests_total, NEED, 0, "requests and notifications taken from it")             \
	F(S, INT, read_bytes, NEED, 0, "bytes read from it")                                       \
	F(S, INT, written_bytes, NEED, 0, "bytes written to it")                                   \
	F(S, STR, held, NIL, 0, "the limit for which it is not read from now; nil: it is read from")

#define COMM_CLIENTS_RESULT(F, L, O, S)                                                        \
	L(S, wire_client, clients, NEED, COMM_OBJECTS_MAX, "connections, the busy ones first") \
	F(S, INT, left_out, NEED, 0, "how many more there are; the list has 1000 at most")

/* A broker as the producer of a profile sees it, from librdkafka's statistics. */
#define COMM_WIRE_BROKER_SEEN(F, L, O, S)                                                        \
	F(S, STR, profile, NEED, 0, "profile")                                                   \
	F(S, STR, broker, NEED, 0, "HOST:PORT")                                                  \
	F(S, INT, id, NIL, COMM_NONE,                                                            \
	  "its id; nil: so far it is only an address of bootstrap.servers")                      \
	F(S, STR, state, NEED, 0,                                                                \
	  "librdkafka's word: UP, DOWN, INIT (not needed yet), TRY_CONNECT, ...")                \
	F(S, INT, state_ms, NEED, 0, "for how long it has been in that state")                   \
	F(S, INT, rtt_us, NIL, COMM_NONE,                                                        \
	  "mean time from a request to its response, microseconds; this and what follows up to " \
	  "throttle_ms is of the last seconds, nil: there was nothing in them")                  \
	F(S, INT, rtt_p99_us, NIL, COMM_NONE, "of one in a hundred it was longer")               \
	F(S, INT, queued_us, NIL, COMM_NONE,                                                     \
	  "mean time of a record in the producer's queue, until it is part of a request")        \
	F(S, INT, queued_p99_us, NIL, COMM_NONE, "of one in a hundred it was longer")            \
	F(S, INT, outbuf_us, NIL, COMM_NONE, "mean time of a request until it is on its way")    \
	F(S, INT, throttle_ms, NIL, COMM_NONE, "mean time for which the broker holds us back")   \
	F(S, INT, outbuf, NEED, 0, "requests that are not on their way yet")                     \
	F(S, INT, in_flight, NEED, 0, "requests without response")                               \
	F(S, INT, requests_total, NEED, 0, "requests sent")                                      \
	F(S, INT, errors_total, NEED, 0, "requests that could not be sent, and bad responses")   \
	F(S, INT, retries_total, NEED, 0, "requests sent again")                                 \
	F(S, INT, timeouts_total, NEED, 0, "requests without response in time")                  \
	F(S, INT, connects_total, NEED, 0, "attempts to connect")                                \
	F(S, INT, lost_total, NEED, 0, "connections that ended, by the broker or a failure")     \
	F(S, INT, age_ms, NEED, 0, "how old all this is")

#define COMM_BROKERS_RESULT(F, L, O, S)                                                         \
	L(S, wire_broker_seen, brokers, NEED, COMM_OBJECTS_MAX,                                 \
	  "brokers of the profiles that are in use; a profile is there some seconds after its " \
	  "first use")                                                                          \
	F(S, INT, left_out, NEED, 0, "how many more there are; the list has 1000 at most")

#define COMM_WIRE_CONSUMED(F, L, O, S)                                     \
	F(S, STR, topic, NEED, 0, "topic")                                 \
	F(S, INT, partitions, NEED, 0, "partitions of it that it has now") \
	F(S, INT, lag, NIL, COMM_NONE,                                     \
	  "records in them that were not handed out yet, as far as is known; nil: not known")

/* A Kafka consumer, which stands for one group, or for one tail. */
#define COMM_WIRE_CONSUMER(F, L, O, S)                                                         \
	F(S, STR, profile, NEED, 0, "profile")                                                 \
	F(S, STR, group, NIL, 0, "consumer group; nil for a tail")                             \
	F(S, STR, state, NEED, 0,                                                              \
	  "joining: it waits for partitions; reading; rebuilding: it has failed, and another " \
	  "follows; closing")                                                                  \
	F(S, INT, subscriptions, NEED, 0, "subscriptions here that share it")                  \
	F(S, INT, partitions, NEED, 0, "partitions it has now")                                \
	F(S, INT, lag, NIL, COMM_NONE, "sum of what is known of its topics; nil: nothing is")  \
	F(S, INT, unacknowledged, NEED, 0, "records handed out and not acknowledged yet")      \
	F(S, STR, error, NIL, 0, "why it is rebuilt, in the brokers' words; nil: it is not")   \
	L(S, wire_consumed, topics, OPT, COMM_OBJECTS_MAX, "its topics")

#define COMM_CONSUMERS_RESULT(F, L, O, S)                                                         \
	L(S, wire_consumer, consumers, NEED, COMM_OBJECTS_MAX, "Kafka consumers of all profiles") \
	F(S, INT, left_out, NEED, 0, "how many topics of them are left out; they have 1000 at most")

#define COMM_METRICS_RESULT(F, L, O, S) \
	F(S, STR, text, NEED, 0, "all numbers, in the text format 0.0.4 of Prometheus")

/* What help tells, from the same lists as all of this. */
#define COMM_WIRE_HELP_FIELD(F, L, O, S)                                                      \
	F(S, STR, name, NEED, 0, "name of the field")                                         \
	F(S, STR, type, NEED, 0,                                                              \
	  "integer, true or false, text, bytes, the name of a part, or a list of such parts") \
	F(S, STR, need, NEED, 0,                                                              \
	  "required; nullable: there, but perhaps null, which has a meaning of its own; "     \
	  "optional: may be left out")                                                        \
	F(S, STR, meaning, NEED, 0, "what it means")

#define COMM_WIRE_HELP_METHOD(F, L, O, S)                                       \
	F(S, STR, name, NEED, 0, "name of the method")                          \
	F(S, STR, meaning, NEED, 0, "what it does")                             \
	L(S, wire_help_field, params, NEED, COMM_OBJECTS_MAX, "its parameters") \
	L(S, wire_help_field, result, NEED, COMM_OBJECTS_MAX, "the fields of its result")

#define COMM_WIRE_HELP_PART(F, L, O, S)                                     \
	F(S, STR, name, NEED, 0, "name of the part, as types have it")      \
	L(S, wire_help_field, fields, NEED, COMM_OBJECTS_MAX, "its fields") \
	F(S, BOOL, bare, NEED, 0, "may be written as the value of its first field alone")

#define COMM_HELP_PARAMS(F, L, O, S) F(S, STR, method, OPT, 0, "this method only; left out: all")

#define COMM_HELP_RESULT(F, L, O, S)                                       \
	L(S, wire_help_method, methods, NEED, COMM_OBJECTS_MAX, "methods") \
	L(S, wire_help_part, parts, NEED, COMM_OBJECTS_MAX,                \
	  "what the types of their fields are made of")

/* A send, and what became of it. */
#define COMM_WIRE_TRACED(F, L, O, S)                                                          \
	F(S, INT, time_ms, NEED, 0, "when it came, milliseconds since 1970")                  \
	F(S, STR, client, NEED, 0, "name that its client gave itself")                        \
	F(S, INT, pid, NEED, 0, "process of the client")                                      \
	F(S, INT, uid, NEED, 0, "user it runs as")                                            \
	F(S, INT, records, NEED, 0, "how many records it has")                                \
	F(S, INT, bytes, NEED, 0, "bytes of their keys and values")                           \
	F(S, BIN, key, NIL, 0, "the first one's key, or the beginning of it; nil: none")      \
	F(S, BIN, value, NIL, 0, "its value, or the beginning of it; nil: a tombstone")       \
	F(S, INT, handed_us, NIL, COMM_NONE,                                                  \
	  "microseconds from its coming to where librdkafka had it; nil: it has not, so far") \
	F(S, INT, done_us, NIL, COMM_NONE,                                                    \
	  "microseconds from its coming to the outcome of its last record; nil: not so far")  \
	F(S, INT, partition, NIL, COMM_NONE, "partition of the first record; nil: not known") \
	F(S, INT, offset, NIL, COMM_NONE, "its offset; nil: not known")                       \
	F(S, INT, failed, NEED, 0, "how many of its records have failed")                     \
	O(S, wire_error, error, OPT,                                                          \
	  "why the first of those did, or why none was taken; nil: none did")                 \
	F(S, BOOL, maybe_persisted, OPT, 0, "that one may be persisted all the same")

#define COMM_TRACE_PARAMS(F, L, O, S)                                                         \
	F(S, STR, topic, NEED, 0, "topic, of the connection's profile")                       \
	F(S, INT, timeout_ms, OPT, COMM_NONE, "for how long, at most 60000; left out: 10000") \
	F(S, INT, max_sends, OPT, COMM_NONE, "most sends, at most 1000; left out: 100")       \
	F(S, INT, head_bytes, OPT, COMM_NONE,                                                 \
	  "most bytes of a key and of a value, at most 1024; left out: 64")

#define COMM_TRACE_RESULT(F, L, O, S)                                                          \
	L(S, wire_traced, sends, NEED, COMM_OBJECTS_MAX,                                       \
	  "the sends, in the order of their coming")                                           \
	F(S, INT, duration_ms, NEED, 0, "how long it has lasted")                              \
	F(S, STR, ended, NEED, 0,                                                              \
	  "why it has ended: time; sends, there were as many as were wanted; bytes, they had " \
	  "as many as a trace may have; stopping, the daemon is")

/* What is another than before, now that the configuration was read again. */
#define COMM_WIRE_RELOADED(F, L, O, S)                                                      \
	F(S, STR, what, NEED, 0,                                                            \
	  "a key of commd.conf as SECTION.KEY, a section as SECTION NAME, or profile NAME") \
	F(S, STR, how, NEED, 0, "OLD -> NEW; or added, removed, changed and what of it")    \
	F(S, BOOL, needs_restart, NEED, 0, "it stays as it was until commd is started again")

#define COMM_RELOAD_RESULT(F, L, O, S)                       \
	L(S, wire_reloaded, changes, NEED, COMM_OBJECTS_MAX, \
	  "what has changed in commd.conf, then in the profiles")

/* X(NAME, name, bare), and M(NAME, name, params, result, doc) */
#define COMM_OPERATOR_MESSAGES(X)                    \
	X(WIRE_CLIENT, wire_client, false)           \
	X(CLIENTS_RESULT, clients_result, false)     \
	X(WIRE_BROKER_SEEN, wire_broker_seen, false) \
	X(BROKERS_RESULT, brokers_result, false)     \
	X(WIRE_CONSUMED, wire_consumed, false)       \
	X(WIRE_CONSUMER, wire_consumer, false)       \
	X(CONSUMERS_RESULT, consumers_result, false) \
	X(METRICS_RESULT, metrics_result, false)     \
	X(WIRE_HELP_FIELD, wire_help_field, false)   \
	X(WIRE_HELP_METHOD, wire_help_method, false) \
	X(WIRE_HELP_PART, wire_help_part, false)     \
	X(HELP_PARAMS, help_params, false)           \
	X(HELP_RESULT, help_result, false)           \
	X(WIRE_TRACED, wire_traced, false)           \
	X(TRACE_PARAMS, trace_params, false)         \
	X(TRACE_RESULT, trace_result, false)         \
	X(WIRE_RELOADED, wire_reloaded, false)       \
	X(RELOAD_RESULT, reload_result, false)

#define COMM_OPERATOR_METHODS(M)                                                                 \
	M(CLIENTS, clients, none, clients_result, "tells who is connected, and what each holds") \
	M(BROKERS, brokers, none, brokers_result,                                                \
	  "tells the state of the brokers, and how fast they are")                               \
	M(CONSUMERS, consumers, none, consumers_result,                                          \
	  "tells the Kafka consumers, and how far behind they are")                              \
	M(METRICS, metrics, none, metrics_result, "tells all numbers, as Prometheus reads them") \
	M(HELP, help, help_params, help_result,                                                  \
	  "tells what methods there are, and their parameters")                                  \
	M(TRACE, trace, trace_params, trace_result,                                              \
	  "tells what is sent to a topic from now on, and what becomes of it")                   \
	M(RELOAD, reload, none, reload_result,                                                   \
	  "reads commd.conf and the profiles again, and tells what has changed; if anything is " \
	  "wrong in any file, nothing has")

#endif
