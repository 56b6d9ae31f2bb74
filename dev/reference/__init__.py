"""What is generated from the services' code and committed: contracts/openapi/ and docs/reference/.

`python -m dev.reference` writes it; with `--check` it only compares, and names what would break a caller and what an
operation or a field does not say of itself.
"""
