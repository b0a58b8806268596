#include "daemon/stats.h"

void stats_list(const struct stats *s, struct comm_wire_counter *ret)
{
#define STATS_ENTRY(member, doc) \
	*ret++ = (struct comm_wire_counter){ comm_bytes_of(#member), s->member };
	STATS(STATS_ENTRY)
#undef STATS_ENTRY
}
