"""Branded stores: settings, hosts, the snapshot the site builder reads, builds and their publication.

Owns stores, builds and webhooks to distributors. Leaves rendering to `site_builder` and selling to trade.
"""
