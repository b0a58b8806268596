/*
 * verdict LEDGER...: whether what was sent and told agrees with what is in the topic.
 *
 * Prints a JSON object of figures, which struct verdict explains. Exits with 0 if all is as promised, with
 * 1 if it is not, with 2 if it cannot tell.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "tests/faults/judge.h"
#include "tests/faults/ledger.h"

static json_t *to_json(const struct verdict *v)
{
	json_t *json = json_object();

#define FIGURE(NAME) json_object_set_new(json, #NAME, json_integer((json_int_t)v->NAME))
	FIGURE(sent);
	FIGURE(acked);
	FIGURE(failed);
	FIGURE(unknown);
	FIGURE(open);
	FIGURE(read);
	FIGURE(lost);
	FIGURE(duplicated);
	FIGURE(outside);
	FIGURE(reordered);
	FIGURE(phantom);
	FIGURE(corrupt);
	FIGURE(misplaced);
	FIGURE(unanswered);
	FIGURE(twice);
	FIGURE(unplaced);
	FIGURE(taken);
	FIGURE(repeated);
	FIGURE(again);
	FIGURE(skipped);
	FIGURE(disordered);
	FIGURE(garbled);
	FIGURE(p50_us);
	FIGURE(p99_us);
	FIGURE(longest_us);
	FIGURE(silence_us);
#undef FIGURE
	return json;
}

int main(int argc, char *argv[])
{
	struct judge *j = judge_new();
	struct verdict v;
	json_t *json;

	if (argc < 2)
		errx(2, "usage: verdict LEDGER...");
	for (int pass = 0; pass < 2; pass++)
		for (int i = 1; i < argc; i++) {
			const struct ledger_entry *entries;
			size_t n;

			entries = ledger_read(argv[i], &n);
			(pass ? judge_hear_readers : judge_hear_senders)(j, entries, n);
		}
	judge_decide(j, &v);
	judge_free(j);
	json = to_json(&v);
	if (json_dumpf(json, stdout, 0) || puts("") < 0 || fflush(stdout))
		err(2, "standard output");
	json_decref(json);
	return verdict_is_damage(&v);
}
