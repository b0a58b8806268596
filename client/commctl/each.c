#include "client/commctl/each.h"

#include <stddef.h>

#include "client/commctl/ctl.h"

int each_do(struct ctl *ctl, char *const *names, each_fn one, const void *arg)
{
	int code = ctl_connect(ctl, COMM_ACK_BROKER);
	int first = CTL_OK;

	if (code)
		return code;
	for (; *names && code != CTL_UNREACHABLE; names++) {
		code = one(ctl, *names, arg);
		first = first ? first : code;
	}
	return first;
}
