"""What the author should know before anything is sent."""
