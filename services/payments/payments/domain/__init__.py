"""Pure: state and command in, new state and events out."""
