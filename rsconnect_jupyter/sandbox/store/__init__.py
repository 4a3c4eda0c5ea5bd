"""What is kept: the database, bundles, users, variables."""
