"""Make Docker work behind a proxy, and prove it."""
