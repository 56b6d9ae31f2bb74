"""Faults on real parts: what must hold whatever breaks, and the breaking of it, driven by a seed."""
