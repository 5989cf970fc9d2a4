"""People who sign in, and the parties they work for."""
