#pragma once

/*
 * Program: how the programs of the fault tests are told what to do, and say what they have done.
 */

#include <stdbool.h>
#include <stdint.h>

/* The number that @s is, from 0 on. Ends the program with a sentence if it is none. */
int64_t program_number(const char *s);

/* From here on SIGTERM and SIGINT do nothing but what the next function tells. */
void program_catch(void);
bool program_is_told_to_end(void);

/* Say @word on standard output, at once. */
void program_say(const char *word);
