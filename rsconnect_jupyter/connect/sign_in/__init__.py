"""Signing in with the browser or an identity token: what a server offers, and how each way goes."""
