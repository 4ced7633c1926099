"""Which setting wins, and what follows from it: the precedence as data, and one daemon seen as a whole."""
