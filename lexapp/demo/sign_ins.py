"""The password of everybody in the demonstration."""

PASSWORD = "tenths-of-an-hour"  # noqa: S105 - of an installation that holds invented data only
