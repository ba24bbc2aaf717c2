#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The field tables of the configuration and the checks between fields; private to src/config.
 */
#include "config/config.h"

extern const struct config_table config_root_table;
/* `host:port`, `[::1]:port`, `*:port`; false when it is none. */
bool config_address_parse(struct str text, struct str *ret_host, uint16_t *ret_port);
/* 127/8, ::1 or localhost. */
bool config_host_is_loopback(struct str host);
