"""A distributor's own themes: uploaded as packages, checked where they can do no harm, worn by its stores.

Owns the packages and what was found in them. Leaves reading, checking and building a theme to `site_builder.apart`,
and what a store wears to `stores.service`.
"""
