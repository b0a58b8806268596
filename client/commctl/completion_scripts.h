#pragma once

/*
 * Completion scripts: what bash and zsh read to complete commctl's words. They ask commctl itself.
 */

extern const char completion_bash[];
extern const char completion_zsh[];
