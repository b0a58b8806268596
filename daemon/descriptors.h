#pragma once

/*
 * Descriptors: how many this process may open, and how many of them clients may use.
 *
 * Where there are none left libuv closes whoever connects without telling us, and librdkafka can
 * reach no broker. So clients are refused, and counted, before it comes to that.
 */

#include <stdbool.h>

/* Allow ourselves as many as the system lets us. Returns how many that are. */
unsigned int descriptors_raise(void);

/* How many connections may be open when @n_allowed descriptors are, with @n_consumers of Kafka. */
unsigned int descriptors_for_clients(unsigned int n_allowed, unsigned int n_consumers);

/* Whether @fd, opened just now, is one of the last of @n_allowed: there is no room for a client. */
bool descriptors_are_used_up(unsigned int n_allowed, int fd);
