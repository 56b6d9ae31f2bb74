"""What is generated from the wire agreement and committed beside it: schemas/, asyncapi/, examples/.

`python -m contracts.export` writes it; with `--check` it only compares, and names what would break a reader.
"""
