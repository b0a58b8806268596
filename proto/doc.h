#pragma once

/*
 * Doc: what the schema says in words. The protocol's page is made of it; programs do without.
 */

#include "proto/message.h"

/* Names as in the schema, such as wire_record. */
const char *comm_doc_name(const struct comm_message *type);

/* The same without what only keeps the names of C structs apart: record. */
const char *comm_doc_short_name(const struct comm_message *type);

/* What they mean. */
const char *comm_doc_field(const struct comm_field *f);
const char *comm_doc_method(const struct comm_method *m);
