"""The faults, a function each: it has a stage and a clinic that nobody used before, and breaks something at work."""
