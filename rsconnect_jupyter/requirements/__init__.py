"""What the server must install."""
