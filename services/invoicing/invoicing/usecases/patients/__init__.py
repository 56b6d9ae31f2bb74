"""Patients are found."""
