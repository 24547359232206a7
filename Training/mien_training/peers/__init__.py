"""Other people's libraries timed on the same work as Mien."""
