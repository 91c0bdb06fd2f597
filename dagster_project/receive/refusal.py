"""Why a file or sheet was not taken: a code of rulings 6.1.9 and the sentence that its sender gets."""

from __future__ import annotations


class Refusal(Exception):
    """A file or sheet that cannot be read or recognised. The sentence names it and says what to do.

    Sentences hold names, headers and positions only, never a value of a row.
    """

    def __init__(self, code: str, sentence: str, table_id: str | None = None) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.table_id = table_id     # the contract it came nearest to, when there is one
        self.header_row: int | None = None     # the header that was found, when that is not what is wrong
        self.last_header_row = 0


def place(file_name: str, sheet: str = "") -> str:
    """How a sentence names a file or one of its sheets."""
    return f"文件“{file_name}”的工作表“{sheet}”" if sheet else f"文件“{file_name}”"
