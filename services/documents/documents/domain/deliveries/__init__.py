"""A delivery: one document on its way to the patient."""
