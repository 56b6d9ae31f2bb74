"""Who it is that matches where no person does."""

from kernel.actor import system

RULES = system("bank-matching")
