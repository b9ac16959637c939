"""The demonstration firm: believable, invented, and the same for the same seed."""
