"""The one door to SMTP: a letter in two forms (text and HTML), sent at once or refused.

Owns composing and sending. Leaves to others what is said, and when it is said again.
"""
