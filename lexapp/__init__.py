"""lexapp: law-firm billing and trust accounting."""
