# SPDX-License-Identifier: Apache-2.0
"""Differences between the analysis and the servers that are as they should be. A row: its name, the
verdicts it is for, a test of (server, analysis, privilege, statement, error), and why."""

EXPLAINED = [
]
