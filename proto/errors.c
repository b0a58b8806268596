#include "proto/errors.h"

#include "proto/error_table.h"

#include <stddef.h>

static const struct comm_error_info infos[] = {
#define INFO(number, name, retriable, sentence) { number, retriable, "COMM_" #name, sentence },
	COMM_ERRORS(INFO)
#undef INFO
};

const struct comm_error_info *comm_error_find(int code)
{
	for (size_t i = 0; i < sizeof infos / sizeof *infos; i++)
		if (infos[i].code == code)
			return &infos[i];
	return NULL;
}

struct comm_wire_error comm_error_wire(int code, const char *message)
{
	const struct comm_error_info *info = comm_error_find(code);

	return (struct comm_wire_error){
		.code = code,
		.name = comm_bytes_of(info ? info->name : "COMM_EINTERNAL"),
		.message = comm_bytes_of(message),
		.retriable = info && info->retriable,
	};
}
