"""Second factors: codes of an authenticator app, recovery codes, passkeys.

Owns what proves a person besides the password. Leaves sessions to `sessions` and pages to the web.
"""
