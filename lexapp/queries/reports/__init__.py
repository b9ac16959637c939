"""The questions of a partner and a bookkeeper, each answered by set-based queries over entries and journal."""
