"""The audit trail: who did what to which thing, when, from where and why. Appended in the transaction of the deed."""
