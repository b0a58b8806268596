#include "daemon/kafka_consumer.h"

#include <stdlib.h>
#include <string.h>

/* The value of @key, for the caller to free; "" if it has none. Returns NULL when out of memory. */
static char *value_of(rd_kafka_t *rk, const char *key)
{
	size_t size = 0;
	char *value;

	if (rd_kafka_conf_get(rd_kafka_conf(rk), key, NULL, &size) || !size)
		return strdup("");
	value = calloc(1, size);
	if (value)
		(void)rd_kafka_conf_get(rd_kafka_conf(rk), key, value, &size);
	return value;
}

static void wipe(char *value)
{
	if (value)
		explicit_bzero(value, strlen(value));
	free(value);
}

/*
 * Its threads look around whenever they are woken, and the one call that wakes them and does nothing
 * else is that for new credentials: it is given those that there are.
 */
void kafka_nudge(struct kafka_consumer *c)
{
	char *username = value_of(c->rk, "sasl.username");
	char *password = value_of(c->rk, "sasl.password");

	if (username && password)
		rd_kafka_error_destroy(rd_kafka_sasl_set_credentials(c->rk, username, password));
	wipe(username);
	wipe(password);
}
