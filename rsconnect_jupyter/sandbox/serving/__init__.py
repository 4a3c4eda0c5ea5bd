"""Published content as its readers get it."""
