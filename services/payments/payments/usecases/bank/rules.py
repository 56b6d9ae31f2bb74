"""Who it is that matches where no person does."""

from chassis.kernel.actor import system

RULES = system("bank-matching")
