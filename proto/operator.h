#pragma once

/*
 * The protocol's second page: methods for operators, and what their messages are made of.
 *
 * They belong to the lists of proto/message.h, in the same notation. libcommclient is built without
 * them (COMM_CLIENT_ONLY): no program calls them, and each field would cost every program its memory.
 */

#ifdef COMM_CLIENT_ONLY
#define COMM_OPERATOR_MESSAGES(X)
#define COMM_OPERATOR_METHODS(M)
#else

/* X(NAME, name, bare), and M(NAME, name, params, result, doc) */
#define COMM_OPERATOR_MESSAGES(X)
#define COMM_OPERATOR_METHODS(M)

#endif
