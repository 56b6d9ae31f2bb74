"""The services by name. By itself, so that who only needs a name loads no contract."""

SERVICES = ("invoicing", "payments", "cash-register", "documents")
