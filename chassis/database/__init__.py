"""MongoDB: transactions, pages of long lists, leases."""
