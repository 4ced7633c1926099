"""What writing a variable into a place does to its text: one module per writable place, pure."""
