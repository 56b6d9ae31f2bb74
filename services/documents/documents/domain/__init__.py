"""Documents and deliveries: state and command in, new state out."""
