"""Why a card did not pay, in words that the desk can say to the patient."""

from typing import Literal

DeclineCode = Literal[
    "card-declined",
    "insufficient-funds",
    "card-expired",
    "card-details-wrong",
    "amount-too-high",
    "authentication-failed",
    "try-again",
    "card-not-supported",
    "paid-already",
    "not-chargeable",
    "canceled",
    "expired",
    "not-refundable",
    "replaced",
    "no-longer-open",
    "paid-otherwise",
    "under-way",
]

# A lost or stolen card is `card-declined` on purpose: whoever holds it is not to know.
WORDS: dict[DeclineCode, str] = {
    "card-declined": "The bank declined the card. Please use another card, or ask your bank.",
    "insufficient-funds": "There is not enough money on the card's account. Please use another card.",
    "card-expired": "The card has expired. Please use another card.",
    "card-details-wrong": "The card's number, date or security code is not right. Please enter them again.",
    "amount-too-high": "The amount is over the card's limit. Please use another card, or pay in parts.",
    "authentication-failed": "The bank could not confirm that it is you. Please try again, or use another card.",
    "try-again": "The bank could not be asked just now. Please try again in a moment.",
    "card-not-supported": "The card does not take this kind of payment. Please use another card.",
    "paid-already": "The bank has seen the same payment just now. Please look whether it was paid before trying again.",
    "not-chargeable": "This amount cannot be paid by card. Please use another way to pay.",
    "canceled": "The card payment was canceled.",
    "expired": "The card payment was not finished in time. Please start it again.",
    "replaced": "Another payment has taken the place of this one. Please use the newest link.",
    "no-longer-open": "Less is open of the invoice by now. Please ask the clinic for a new link, if there is anything.",
    "paid-otherwise": "The invoice was paid in another way in the meantime.",
    "under-way": "The bank is still being asked about another card payment of this invoice. Please wait.",
    "not-refundable": "The money could not be given back to the card. Please use another way.",
}
