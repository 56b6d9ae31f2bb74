"""HTTP in: each route maps its request to a use case and delegates, nothing else."""
