"""An invoice: its lines, sums, states and credit notes."""
