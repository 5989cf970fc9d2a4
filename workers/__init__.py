"""The run loop of background work: RQ queues, lanes that take turns, and what each job name does.

Owns how promises of the outbox become calls: dispatcher, lanes, lease keeper, registry. Leaves every decision of the
trade to the slices: a job opens a scope and calls one verb. See docs/decisions/0007-outbox-and-queues.md.
"""
