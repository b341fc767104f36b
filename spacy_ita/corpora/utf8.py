"""Bytes of a corpus as text, and what to do about those that are none."""

MEND = "convert it first, as by `iconv -f latin1 -t utf-8`"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
"""How UTF-16 begins, as Excel and PowerShell write it."""


def decode(data: bytes, mark: bool = True) -> str:
    """The text of UTF-8 bytes. Raises ValueError, which says the mend.

    mark: whether they may begin with a mark (BOM), which is left out.
    """
    try:
        return data.decode("utf-8-sig" if mark else "utf-8")
    except UnicodeDecodeError as error:
        if data.startswith(UTF16):
            raise ValueError(
                "UTF-16, not UTF-8: convert it first, as by `iconv -f utf-16 -t utf-8`"
            ) from error
        raise ValueError(f"not UTF-8 at byte {error.start}: {MEND}") from error
