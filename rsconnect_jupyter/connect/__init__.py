"""A Connect server, seen from here."""
