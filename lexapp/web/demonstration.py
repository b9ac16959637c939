"""What the sign-in page of the demonstration shows; `lexapp.demo` makes its people with this password."""

PASSWORD = "demonstration only"  # noqa: S105 - shown on the page on purpose, refused outside the demonstration
