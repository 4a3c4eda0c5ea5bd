"""Environments made from requirements, and notebooks run in them, as a server does; knows neither server nor client."""
