"""The platform's support looks at a merchant's console: half an hour, reading only, on the trail of both sides.

A visit is a state of the visitor's own session. Three things keep it harmless: the visitor's role there is one that no
verb names; the database refuses to write in a visit's transactions; and a visit ends when its time or role does.
"""
