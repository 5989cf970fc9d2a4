"""What was done to many rows at once, kept for a while so that one press takes it back.

Owns the note and who may use it, once; each verb that can be undone owns what the note says and how it is taken back.
"""
