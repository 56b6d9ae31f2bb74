"""The terms that drafts are priced by."""
