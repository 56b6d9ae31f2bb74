"""Clinics' profiles."""
