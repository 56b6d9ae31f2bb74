"""What patients owe: accounts, allocations, ageing, instalments."""
