"""What the list of time is raced against: the least that shows the same rows."""
