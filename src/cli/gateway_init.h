#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * `cardea gateway --init DIR`: a folder to begin with. A commented configuration, a policy with its
 * tests, a development certificate (its CA's key is thrown away, so that nobody can issue more in
 * its name), a key for pseudonyms, folders for data and audit. Nothing that is there is touched.
 */

/* Gives the exit status; tells on stderr what went wrong, on stdout what was written. */
int gateway_init(const char *folder);
