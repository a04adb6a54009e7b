"""The staircase: each stage asks the catalog for what is due, calls one room, and stores the result."""
