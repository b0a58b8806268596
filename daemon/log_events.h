#pragma once

/*
 * The events that have an id of their own in the journal, so that one can look for them whatever their
 * line says. What each means is in systemd/commd.catalog, which a test holds against this list.
 */

/* E(NAME, id): the id is MESSAGE_ID, made by `journalctl --new-id128`, and never used again. */
#define LOG_EVENTS(E)                                             \
	E(READY, "0d6650350a75431cb4b82ea5202c127d")              \
	E(STOPPING, "5217e3d3f76e464e89b4db8b4a536ee6")           \
	E(AT_ONCE, "80c8cfe479b749ce9fc7a1cfc265cf85")            \
	E(BAD_PROFILE, "52b3bff78bcd45c08c997b9a315e07b6")        \
	E(DOWN, "74fc5795428040fca2248d0dc7d7febd")               \
	E(UP, "1d8a8caa3efb4625a6b73c0f9bd01062")                 \
	E(RECORD_FAILED, "c294b19c9d9f450d95936a5ce3faea4f")      \
	E(PRODUCER_FAILED, "3cdfb01613cb4ea5bba29aacb73c2587")    \
	E(REVOKED, "2d2eedd878904b178f8429e60d3b2033")            \
	E(LOST, "34487be603a64c6c92506f3ec0b67368")               \
	E(RESET, "b1d726bba2464ac8bcd88580573c035e")              \
	E(UNCOMMITTED, "0b103bfaecc94c2fb2a323bc30a4fbbd")        \
	E(UNAVAILABLE, "23c5d967ad11468eb232efb99c15eb30")        \
	E(REFUSED, "28edb34e360f412ebaa8295a74f77494")            \
	E(LATE, "edfa5679113e42d48fcfb969a9ae070e")               \
	E(FENCED, "86c598ae0c3a4ce1811d1cb25d31c073")             \
	E(FAILED, "311f0f198dba46f6bd31f7ac2265471d")             \
	E(STALLED, "cdf9f735042940d1bb694046fa24a541")            \
	E(DISCONNECTED, "300898045c0a4a7387c5b190e953c492")       \
	E(CONNECTION_REFUSED, "6dbccb0c0a0145daa78fc5d04f8feb80") \
	E(DENIED, "cf02ef68705a478380cba557f1d9019f")             \
	E(UNACKNOWLEDGED, "18b144b34b174ad69ef3c99c284fdf81")     \
	E(REBUILT, "ea4b2ba3bcaf4a2581044ba7d1d5b1c5")            \
	E(NO_MEMORY, "193c7fe46c0c4faebae2155a95fe252a")          \
	E(QUOTA, "bc6aca1d295f431ba28a195bfb66411f")              \
	E(RELOADED, "ab2d9f6eea6b4ae8837609c5c26d5994")           \
	E(RELOAD_REFUSED, "349d82e480b84648ab2d013291689bd7")

enum log_event {
	LOG_EVENT_NONE, /* none of them */
#define LOG_EVENT_ENUM(NAME, id) LOG_EVENT_##NAME,
	LOG_EVENTS(LOG_EVENT_ENUM)
#undef LOG_EVENT_ENUM
		N_LOG_EVENTS
};
