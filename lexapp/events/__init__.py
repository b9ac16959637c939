"""The process that tells open screens what changed: many open streams, one reader of the feed of changes."""
