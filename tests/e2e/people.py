# SPDX-License-Identifier: Apache-2.0
"""The values that must never leave (tests/support/app.sql), and how an answer is searched."""

SSNS = ["721-07-4426", "435-22-3267", "118-90-7731"]
SALARIES = ["5100.00", "4200.50", "6900.25"]
EMAILS = ["ann@example.com", "bob@example.com"]
SECRETS = SSNS + SALARIES + EMAILS


def leaks(answer, secrets=None):
    """The classified values, or telling pieces and encodings of them, found in an answer's text."""
    text = answer if isinstance(answer, str) else repr(answer)
    found = []
    for value in secrets or SECRETS:
        forms = {value, value[::-1], value.encode().hex(), value.encode().hex().upper()}
        if len(value) > 8:
            forms.add(value[:7])
        found += [form for form in forms if form.lower() in text.lower()]
    return found
