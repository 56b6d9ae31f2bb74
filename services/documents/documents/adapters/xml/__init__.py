"""From a snapshot to an electronic invoice of EN 16931, in CII or UBL.

`terms` says what stands in it, by the standard's business terms (BT, BG); `of_invoice` and `of_credit_note` read it off
what the events said; `cii` and `ubl` write it.
"""
