#include "daemon/quota.h"

#include <inttypes.h>
#include <stdio.h>

#include "daemon/config.h"

const char *quota_key(enum quota quota)
{
	static const char *const keys[] = {
#define QUOTA_KEY(NAME, key, advice) key,
		QUOTAS(QUOTA_KEY)
#undef QUOTA_KEY
	};

	return keys[quota];
}

/* Whether it is the part of all that others are left, and not the user's own bound. */
static bool is_part_of_all(const struct quota_account *a, enum quota quota)
{
	const struct config *c = *a->quotas->config;

	return (quota == QUOTA_CONNECTIONS && quota_allowed(a, quota) < c->quota_connections) ||
	       (quota == QUOTA_CONSUMERS && quota_allowed(a, quota) < c->quota_consumers);
}

void quota_explain(const struct quota_account *a, enum quota quota, char *ret, size_t size)
{
	static const char *const advices[] = {
#define QUOTA_ADVICE(NAME, key, advice) advice,
		QUOTAS(QUOTA_ADVICE)
#undef QUOTA_ADVICE
	};
	const char *key = quota_key(quota);

	(void)snprintf(ret, size,
		       "user %u has used up its quota of %s, %" PRIu64 " of %" PRIu64
		       "; %s, or ask the administrator to raise %s in [%s] of commd.conf",
		       (unsigned int)a->uid, key, quota_used(a, quota), quota_allowed(a, quota),
		       advices[quota], key, is_part_of_all(a, quota) ? "limits" : "quota");
}
