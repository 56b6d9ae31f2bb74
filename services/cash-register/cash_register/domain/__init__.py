"""Pure: state and command in, new state and what happened out. Imports the standard library and the kernel only."""
