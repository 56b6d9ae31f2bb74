"""Devices that sign receipts (BSI TR-03153). There is a simulator; a certified one is bought, and has to be."""
