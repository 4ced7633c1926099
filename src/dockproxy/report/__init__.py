"""A survey or a plan as text and as JSON."""
