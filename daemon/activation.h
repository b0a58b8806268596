#pragma once

/*
 * Activation: the socket that the service manager has opened for us, as systemd does.
 */

/*
 * Take it over; LISTEN_FDS is gone afterwards, for it is not for our children.
 *
 * Returns 0 with @ret_fd -1 if there is none; 0 with the socket and its path for people, which the
 * caller frees; COMM_EINVALID for what commd cannot serve, and the log says why; -ENOMEM.
 */
int activation_take(int *ret_fd, char **ret_path);
