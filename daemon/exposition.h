#pragma once

/*
 * Exposition: numbers as Prometheus reads them, its text format 0.0.4.
 *
 * A family is what has one name: a line that explains it, its type, and its samples, which differ in
 * their labels. All samples of a family stand together.
 */

#include <stddef.h>
#include <stdint.h>

#include "daemon/histogram.h"
#include "proto/buf.h"
#include "proto/message.h"

/* Of one sample, but for a histogram's "le". */
#define EXPOSITION_LABELS_MAX 3

struct exposition_label {
	const char *name; /* NULL: no more labels */
	struct comm_bytes value;
};

/* What distinguishes a sample; all zero: nothing. */
struct exposition_labels {
	struct exposition_label of[EXPOSITION_LABELS_MAX];
};

/* A family that has a member of each row of a list as a sample. */
struct exposition_family {
	const char *name;
	const char *type;
	const char *help;
	size_t offset;     /* of an int64_t in the row; COMM_NONE in it is no sample */
	unsigned int unit; /* what is divided by to have the unit in the name, such as 1000 */
};

/* Begin a family; its samples follow. @help is a sentence. */
void exposition_begin(struct comm_buf *out, const char *name, const char *type, const char *help);

void exposition_int(struct comm_buf *out, const char *name, const struct exposition_labels *labels,
		    int64_t value);
void exposition_float(struct comm_buf *out, const char *name,
		      const struct exposition_labels *labels, double value);

/* The samples of a histogram whose family has begun, in seconds. */
void exposition_histogram(struct comm_buf *out, const char *name,
			  const struct exposition_labels *labels, const struct histogram *h);

/* A family with one sample. */
void exposition_one(struct comm_buf *out, const char *name, const char *type, const char *help,
		    double value);

/* Whole families, of @n rows of @size bytes each; @label tells the labels of one. */
void exposition_table(struct comm_buf *out, const struct exposition_family *families,
		      size_t n_families, const void *rows, size_t n, size_t size,
		      struct exposition_labels (*label)(const void *row));
