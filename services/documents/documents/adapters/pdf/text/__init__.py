"""Text of any script: which face has it, how it is shaped and ordered, and how its glyphs come into a PDF.

Only what plain text in the Latin face is not goes through it: most documents load none of its faces.
"""
