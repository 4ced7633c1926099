"""A small enterprise in one process: a filtering proxy, a registry behind it, one beside it, a host without Docker."""
