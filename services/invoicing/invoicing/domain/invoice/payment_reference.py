"""The creditor reference by which a transfer finds its invoice."""

from kernel.ids import derived_id

LETTERS = 16


def payment_reference(clinic_id: str, number: str) -> str:
    """`RF`, two check digits, and 16 letters and digits of the invoice's own (ISO 11649): the same for the same number.

    The number itself may be longer than the 21 that the standard allows, and written with what it does not allow.
    """
    own = derived_id("rf", clinic_id, number).removeprefix("rf_")[:LETTERS].upper()
    # ISO 7064 MOD 97-10: letters count from A = 10.
    digits = "".join(str(int(letter, 36)) for letter in f"{own}RF00")
    return f"RF{98 - int(digits) % 97:02d}{own}"
