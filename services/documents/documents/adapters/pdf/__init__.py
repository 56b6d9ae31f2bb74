"""From a snapshot to a PDF. Only `pool` belongs in the service's own process; the rest runs in worker processes."""
