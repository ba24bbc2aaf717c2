#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * How a process of the gateway begins: the same for all roles but the supervisor.
 *
 * The supervisor executes /proc/self/exe --role=NAME:INDEX [--folder=DIR] with its
 * end of a socket pair as descriptor 3 and nothing else open but stderr. `role_start` names the
 * process, closes what should not be open, sets limits, forbids core dumps, gains of privilege and
 * tracing, enters the role's sandbox, and calls the role's main with an event base. All this before the
 * first byte of any peer is read.
 *
 * A role's main opens a channel to the supervisor on `process->supervisor`, answers `configure`
 * with `configured` (again at each reload; a configuration that is refused changes nothing), takes
 * `peer`, `listener` and `ring`, ends with 0 when `drain` is done, and ends when the supervisor's
 * channel closes.
 *
 * What `configure` carries, by key:
 *
 *   files     main_path                the main document, for config_parse(main_path, text)
 *             PATH                     as config_path gives it: certificates, CAs, key sets
 *             policy:PATH              policy and classification documents, in order of loading
 *             zone:NAME                TZif bytes of a time zone that policies name
 *             system-ca                PEM bundle of the system, when there is one
 *   secrets   PATH                     as config_path gives it
 *             NAME                     of a variable of the environment
 *
 *   who gets  which secrets            which files, beside the main document
 *   worker    listener keys,           certificates, CAs, server keys, policies, zones, system-ca
 *             pseudonym key
 *   keeper    passwords                CAs, server keys, issuers' key sets, system-ca
 *   recorder  audit key                -
 *   control   control key              control certificate, issuers' CAs and key sets, policies,
 *                                      zones, system-ca
 */
#include "ipc/ipc.h"

#define ROLE_SUPERVISOR_FD 3

struct role_process {
    enum role role;
    uint16_t index;            /* which of its role, from 0 */
    struct event_base *base;
    int supervisor;            /* connected descriptor; the role's main owns it */
    const char *folder;        /* the only one it may write to. recorder: the audit log's; control:
                                  `control` in the data directory, where its store is; else NULL */
    const char *sandbox;       /* which walls stand, for `configured`; static text */
};

/* Each gives the process's exit status. */
int worker_main(const struct role_process *process);
int keeper_main(const struct role_process *process);
int recorder_main(const struct role_process *process);
int control_main(const struct role_process *process);

/* For main(): is this `--role=...`? Then *ret_status is the exit status of the whole process. */
bool role_start(int argc, char **argv, int *ret_status);

/* Iterates the policy documents among `files`: start with cursor_over(files). */
bool role_next_policy(struct cursor *files, struct str *ret_name, struct str *ret_text);
