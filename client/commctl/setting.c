#include "client/commctl/setting.h"

#include <string.h>

#include "client/commctl/options.h"

bool setting_parse(struct options *o, char *text, struct comm_setting *ret)
{
	char *equals = strchr(text, '=');

	if (!equals || equals == text) {
		options_wrong(o, "-s needs KEY=VALUE, not '%s'", text);
		return false;
	}
	*equals = '\0';
	*ret = (struct comm_setting){ text, equals + 1 };
	return true;
}
