/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of `cardea`, one row each: COMMAND(name, function, "one line for the help").
 * Each is `int function(int argc, char **argv)` in `src/cli/NAME.c`, argv[0] being the command's
 * own name, and gives the exit status. A name of two words ("policy test") is matched by two
 * arguments; argv[0] is then the second word. Longer names stand before their beginnings.
 */
COMMAND("gateway", cli_gateway, "run the gateway; --check a configuration, --init a new one")
COMMAND("audit", cli_audit, "the audit log: verify, tail, search")
COMMAND("login", cli_login, "get a token from the identity provider")
COMMAND("connect", cli_connect, "open a local port to a target, without a password")
COMMAND("status", cli_status, "the gateway in a few lines, and who you are to it")
COMMAND("targets", cli_targets, "the database servers that are open to you")
COMMAND("sessions", cli_sessions, "who is logged in; end a session")
COMMAND("approvals", cli_approvals, "requests for approval: list, show, approve, refuse, withdraw")
COMMAND("logins", cli_logins, "a user name and password for tools that can hand over no token")
COMMAND("analyze", cli_analyze, "what is known of statements before they run, as JSON lines")
COMMAND("catalog dump", cli_catalog_dump, "what a server's schemas hold, as JSON for analyze and explain")
COMMAND("explain", cli_explain, "what a statement touches, what policy says of it, and why")
COMMAND("policy check", cli_policy_check, "everything that is wrong with policy files")
COMMAND("policy test", cli_policy_test, "run statements kept beside policies")
COMMAND("reference", cli_reference, "a reference page: configuration, policy, errors; the schema of analyze")
