"""Suppliers as parties: name, contact, grade, status. Their offers and stock belong to `goods`."""
