"""Pure: state and command in, new state out. Imports the standard library and the kernel only."""
