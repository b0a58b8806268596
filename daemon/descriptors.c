#include "daemon/descriptors.h"

#include <limits.h>
#include <sys/param.h>
#include <sys/resource.h>

/* The loop, the socket, the log, files that are read, and a producer with a few brokers. */
#define RESERVED 32

/* A consumer with a few brokers: of each one a connection, and a pipe that wakes its thread. */
#define RESERVED_PER_CONSUMER 16

/* Kafka may need more than what is reserved; these are left to it by those that come last. */
#define SPARE 8

unsigned int descriptors_raise(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return INT_MAX;
	l.rlim_cur = l.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &l) < 0)
		(void)getrlimit(RLIMIT_NOFILE, &l);
	return (unsigned int)MIN(l.rlim_cur, (rlim_t)INT_MAX);
}

/* Not more than half is reserved: few descriptors mostly go with few brokers and few consumers. */
unsigned int descriptors_for_clients(unsigned int n_allowed, unsigned int n_consumers)
{
	unsigned int reserved = RESERVED + RESERVED_PER_CONSUMER * n_consumers;

	return n_allowed - MIN(reserved, n_allowed / 2);
}

/* The lowest free number is always given, so that those below @fd are in use. */
bool descriptors_are_used_up(unsigned int n_allowed, int fd)
{
	return (unsigned int)fd + SPARE >= n_allowed;
}
