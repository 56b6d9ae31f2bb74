"""Who is treated, as far as somebody has to be found."""
