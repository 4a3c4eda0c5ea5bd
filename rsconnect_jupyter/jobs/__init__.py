"""Publishes that run in threads and outlive page, tab and process."""
