"""Which requests bypass the proxy, as each client decides it."""
