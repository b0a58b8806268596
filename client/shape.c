#include "client/shape.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "proto/arena.h"
#include "proto/util.h"

/* A struct of the program's, with the memory that it is in. */
struct made {
	struct arena arena;
	alignas(max_align_t) char bytes[];
};

struct making {
	struct arena *arena;
	const char *shape; /* what is left of it */
	bool failed;
};

/* Where a member goes; without a struct it is only counted. */
struct place {
	char *to; /* or NULL */
	size_t at;
	size_t alignment; /* of the widest member */
};

static void align(struct place *p, size_t alignment)
{
	p->at = (p->at + alignment - 1) & ~(alignment - 1);
	p->alignment = MAX(p->alignment, alignment);
}

/* @alignment is that of a member: an int64_t has less than its size on some machines. */
static void put(struct place *p, const void *value, size_t size, size_t alignment)
{
	align(p, alignment);
	if (p->to)
		memcpy(p->to + p->at, value, size);
	p->at += size;
}

static void put_int(struct place *p, int64_t value)
{
	int n = (int)value;

	put(p, &n, sizeof n, alignof(int));
}

static void put_text(struct making *m, struct place *p, const struct comm_bytes *b, bool or_null)
{
	const char *text = NULL;

	if (p->to && (b->data || !or_null)) {
		text = arena_string(m->arena, *b);
		m->failed = m->failed || !text;
	}
	put(p, &text, sizeof text, alignof(const char *));
}

static void put_error(struct making *m, struct place *p, const struct comm_wire_error *e,
		      bool has_name)
{
	static const struct comm_wire_error none;

	e = e ? e : &none;
	put_int(p, e->code);
	if (has_name)
		put_text(m, p, &e->name, false);
	put_text(m, p, &e->message, false);
}

static size_t make(struct making *m, const struct comm_message *type, const char *from, char *to);

static void put_list(struct making *m, struct place *p, const struct comm_message *item,
		     const struct comm_list *list)
{
	const char *shape = m->shape;
	size_t size = make(m, item, NULL, NULL);
	const char *end = m->shape;
	char *items = NULL;

	if (p->to) {
		items = arena_take(m->arena, list->n, size);
		m->failed = m->failed || !items;
	}
	for (size_t i = 0; items && i < list->n; i++) {
		m->shape = shape;
		make(m, item, (const char *)list->items + i * item->size, items + i * size);
	}
	m->shape = end;
	put(p, &items, sizeof items, alignof(char *));
	put(p, &list->n, sizeof list->n, alignof(size_t));
}

static void put_struct(struct making *m, struct place *p, const struct comm_message *type,
		       const void *const *from)
{
	align(p, alignof(void *));
	p->at += make(m, type, p->to ? *from : NULL, p->to ? p->to + p->at : NULL);
}

static void put_number(struct place *p, int64_t value, bool is_int)
{
	value = value == COMM_NONE ? -1 : value;
	if (is_int)
		put_int(p, value);
	else
		put(p, &value, sizeof value, alignof(int64_t));
}

static void put_field(struct making *m, struct place *p, char what, const struct comm_field *f,
		      const void *from)
{
	if (f->kind == COMM_LIST)
		put_list(m, p, comm_field_item(f), from);
	else if (what == '{')
		put_struct(m, p, comm_field_item(f), from);
	else if (f->kind == COMM_OBJECT)
		put_error(m, p, p->to ? *(const void *const *)from : NULL, what == 'E');
	else if (f->kind == COMM_STR)
		put_text(m, p, from, what == 's');
	else if (f->kind == COMM_BOOL)
		put_int(p, *(const bool *)from);
	else
		put_number(p, *(const int64_t *)from, what == 'i');
}

/* Up to the end of this part of the shape. Returns the size of the struct. */
static size_t make(struct making *m, const struct comm_message *type, const char *from, char *to)
{
	static const int64_t nothing[2];
	struct place p = { .to = to, .alignment = 1 };
	const struct comm_field *f = comm_message_field(type, 0);

	for (char c; (c = *m->shape) && c != ']' && c != '}'; f++) {
		m->shape++;
		if (c != '-')
			put_field(m, &p, c, f, to ? from + f->offset : (const char *)nothing);
	}
	m->shape += *m->shape != '\0';
	align(&p, p.alignment);
	return p.at;
}

static size_t shape_size(const char *shape, const struct comm_message *type)
{
	struct making m = { .shape = shape };

	return make(&m, type, NULL, NULL);
}

static bool make_at(struct arena *a, const char *shape, const struct comm_message *type,
		    const void *from, char *to)
{
	struct making m = { a, shape, false };

	make(&m, type, from, to);
	return !m.failed;
}

void *shape_make_in(struct arena *a, const char *shape, const struct comm_message *type,
		    const void *from)
{
	char *to = arena_take(a, 1, shape_size(shape, type));

	return to && make_at(a, shape, type, from, to) ? to : NULL;
}

void *shape_make(const char *shape, const struct comm_message *type, const void *from)
{
	struct made *made = calloc(1, sizeof *made + shape_size(shape, type));

	if (!made || make_at(&made->arena, shape, type, from, made->bytes))
		return made ? made->bytes : NULL;
	shape_free(made->bytes);
	return NULL;
}

void shape_free(void *p)
{
	struct made *made;

	if (!p)
		return;
	made = container_of(p, struct made, bytes);
	arena_fini(&made->arena);
	free(made);
}
