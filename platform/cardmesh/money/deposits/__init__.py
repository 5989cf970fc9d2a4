"""Suppliers' deposits: money set aside that reversals take from before a balance goes below zero."""
