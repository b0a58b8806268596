/*
 * Every answer that is not a success: number, name, whether the same request may
 * succeed later unchanged, and one sentence. One list, used on both sides of the
 * socket and by programs that include <commclient.h>.
 *
 * Numbers are part of the protocol: append only, never reuse one.
 */
#ifndef COMM_ERRORS_H
#define COMM_ERRORS_H

#define COMM_ERRORS(E)                                                                   \
	E(1, EPROTOCOL, 0, "the bytes are not a valid request or response")              \
	E(2, ENO_METHOD, 0, "there is no such method")                                   \
	E(3, EBAD_PARAMS, 0, "a parameter is missing, superfluous or of the wrong type") \
	E(4, EBAD_VALUE, 0, "a value is not allowed here")                               \
	E(5, ENO_PROFILE, 0, "there is no such profile")                                 \
	E(6, EBAD_PROFILE, 0, "the profile's file is wrong")                             \
	E(7, ETOPIC_QUERY, 1, "the topics could not be listed")                          \
	E(8, ETOPIC_CREATE, 0, "the topic was not created")                              \
	E(9, ETOPIC_DELETE, 0, "the topic was not deleted")                              \
	E(10, ETOPIC_UNAVAILABLE, 0, "the topic does not exist or may not be used")      \
	E(11, ETOO_BIG, 0, "a size limit is exceeded")                                   \
	E(12, EBROKER, 1, "no answer from the Kafka brokers")                            \
	E(13, ESEND, 0, "the brokers refused the record")                                \
	E(14, ERECEIVE, 1, "the brokers refused to deliver records")                     \
	E(15, ENO_SUBSCRIPTION, 0, "there is no such subscription on this connection")   \
	E(16, ESTALE, 0, "the partition is no longer assigned to this subscription")     \
	E(17, EBUSY, 1, "a limit of this daemon is reached; try again later")            \
	E(18, EDENIED, 0, "permission denied")                                           \
	E(19, ESHUTDOWN, 1, "the daemon is shutting down")                               \
	E(20, EINTERNAL, 0, "the daemon failed in a way it should not")                  \
	E(21, ENOT_RUNNING, 1, "commd cannot be reached")                                \
	E(22, ETIMEOUT, 1, "the time allowed has passed")                                \
	E(23, EAGAIN, 1, "too much is in flight; go on when the descriptor says so")     \
	E(24, EUNKNOWN_OUTCOME, 0, "it may have been done, but nobody could confirm it") \
	E(25, ENO_MEMORY, 1, "out of memory")                                            \
	E(26, EINVALID, 0, "the function was called with an argument it does not allow") \
	E(27, ETOPIC_ALTER, 0, "the topic was not changed")                              \
	E(28, EGROUP_QUERY, 1, "the groups could not be listed or described")            \
	E(29, EGROUP_ALTER, 0, "the group was not changed")                              \
	E(30, EGROUP_ACTIVE, 1, "the group has members; stop them first")                \
	E(31, EQUOTA, 1, "the user's quota is used up")                                  \
	E(32, EAUTH, 0, "the profile and the brokers do not trust each other")

/* COMM_OK is 0; every other value is positive. */
enum comm_error {
	COMM_OK = 0,
#define COMM_ERROR_ENUM(number, name, retriable, sentence) COMM_##name = number,
	COMM_ERRORS(COMM_ERROR_ENUM)
#undef COMM_ERROR_ENUM
		COMM_ERROR_LAST
};

#endif
