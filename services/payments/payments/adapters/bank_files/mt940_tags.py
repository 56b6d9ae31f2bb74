"""Fields that banks write longer than SWIFT allows. The library finds its processors by the names of these classes."""

from typing import ClassVar

from mt940 import Options, tags


class StatementNumber(tags.StatementNumber):
    """`:28C:` with whatever number the bank counts by, a date for one."""

    pattern: ClassVar[str] = r"^(?P<statement_number>[^/\n]*)(?:/(?P<sequence_number>[^\n]*))?"


class StatementLONG(tags.Statement):
    """`:61:` with a reference of any length (ASN and SNS have an IBAN there) and any number of lines behind it.

    `EC` and `ED` are what the bank expects.
    """

    pattern: ClassVar[str] = r"""^
    (?P<year>\d{2})(?P<month>\d{2})(?P<day>\d{2})
    (?P<entry_month>\d{2}|\s{2})?(?P<entry_day>\d{2}|\s{2})?
    (?P<status>[RE]?[DC])
    (?P<funds_code>[A-Z])?
    [\n ]?
    (?P<amount>[\d,]{1,16})
    (?P<id>[A-Z][A-Z0-9 ]{3})?
    (?P<customer_reference>(?:(?!//)[^\n])*)
    (?://(?P<bank_reference>[^\n]*))?
    (?P<extra_details>[\s\S]*)
    $"""


TAGS: dict[int | str, tags.Tag] = {28: StatementNumber(), 61: StatementLONG()}
OPTIONS = Options(applicant_iban=True, merge_keeps_values=True, unbounded_details=True, gvc_leading_text=True)
