"""Everything that starts Chairside somewhere: on one machine, in containers, on a cluster."""
