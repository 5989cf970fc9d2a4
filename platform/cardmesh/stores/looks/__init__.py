"""The customizer's verbs: a draft of the store's look, what it changes, its publication, links to see it.

Owns the draft and its rendering. Leaves what a store wears to `stores.service`, what it wore to `stores.history`.
"""
