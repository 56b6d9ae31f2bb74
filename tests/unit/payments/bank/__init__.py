"""Statements read, checked and matched."""
