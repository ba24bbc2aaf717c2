/* SPDX-License-Identifier: Apache-2.0
 *
 * What is logged: LOG_EVENT(name, level, "meaning"). Keep each part's rows together.
 */

/* roles */
LOG_EVENT(ready, INFO, "every role is configured; the gateway serves")
LOG_EVENT(config_bad, ERROR, "the configuration can't be used; problem says where and why")
LOG_EVENT(config_reloaded, INFO, "configuration and policy were read anew and taken by all roles")
LOG_EVENT(config_kept, WARNING, "the new configuration can't be used; the old one stays")
LOG_EVENT(role_started, INFO, "a process was started")
LOG_EVENT(role_configured, DEBUG, "a process took its configuration")
LOG_EVENT(role_refused, ERROR, "a process refused its configuration")
LOG_EVENT(role_died, ERROR, "a process ended that should not have; it is started again")
LOG_EVENT(role_ended, INFO, "a process ended, as it was told to")
LOG_EVENT(ipc_violation, ERROR, "a process sent what it may not; its channel was closed")
LOG_EVENT(sandbox_partial, WARNING, "the kernel lacks a part of the sandbox")
LOG_EVENT(dial_failed, WARNING, "a target could not be reached")
LOG_EVENT(draining, INFO, "no new sessions; the running ones end")
LOG_EVENT(stopped, INFO, "the gateway has ended")
LOG_EVENT(signal_ignored, WARNING, "a signal that does nothing in this state")

/* audit */
LOG_EVENT(audit_opened, INFO, "the audit log is open; n is its last line")
LOG_EVENT(audit_irregular, ERROR, "the audit log was not as it had been left")
LOG_EVENT(audit_stuck, ERROR, "records can't be written; statements are refused until they can")
LOG_EVENT(audit_recovered, INFO, "records can be written again")
LOG_EVENT(audit_ring_broken, ERROR, "a worker's ring makes no sense; nothing more is read from it")
LOG_EVENT(audit_body_bad, ERROR, "a record that is not well-formed was replaced by its hash")
LOG_EVENT(audit_sealed, INFO, "number and hash of the last line, worth keeping elsewhere")

/* keeper */
LOG_EVENT(keeper_crypto, ERROR, "OpenSSL lacks an algorithm that tokens may use")
LOG_EVENT(keys_taken, INFO, "an issuer's keys changed")
LOG_EVENT(keys_bad, WARNING, "an issuer's key set can't be read; the keys at hand stay")
LOG_EVENT(prime_failed, WARNING, "a server's password cache could not be filled")

/* session */
LOG_EVENT(catalog_failed, WARNING, "a target's catalog can't be read; its statements are refused")

/* control */
LOG_EVENT(control_failed, ERROR, "the control process can't start")
LOG_EVENT(issuer_fetched, DEBUG, "an issuer's keys were read")
LOG_EVENT(issuer_failed, WARNING, "an issuer's keys could not be read; the keys at hand stay")
LOG_EVENT(status_bad, WARNING, "a process reported what can't be read; it was not looked at")
