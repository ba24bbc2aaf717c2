#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that the supervisor reads from disk, as one snapshot: configuration, policies,
 * certificates, keys, passwords, time zones. Read and checked whole before anything is done with
 * it, so that a reload takes all of it or nothing.
 */
#include "config/config.h"
#include "ipc/ipc.h"

#define SUPERVISOR_FILE_MAX ((size_t)16 << 20) /* bytes of one file */

struct supervisor_files;

/* Reads `path` and all that it names. NULL when anything is wrong; `problem` then says what, all
 * of it, a line each. `make_key`: make the audit key and folders that are not there yet. */
struct supervisor_files *supervisor_files_load(const char *path, bool make_key,
                                               struct buf *problem);
void supervisor_files_free(struct supervisor_files *files);
const struct config *supervisor_files_config(const struct supervisor_files *files);
/* The folder that a role may write to, NUL-terminated; NULL when it has none. */
const char *supervisor_files_folder(const struct supervisor_files *files, enum role role);
/* SHA-256 over configuration and policies, in hexadecimal: for the record of a start or reload. */
const char *supervisor_files_digest(const struct supervisor_files *files);
/* Sends `configure` with what that role may see. */
bool supervisor_files_send(const struct supervisor_files *files, struct ipc_channel *channel,
                           const struct ipc_configure *frame);
