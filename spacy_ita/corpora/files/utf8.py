"""Decoding of UTF-8, with hints for files in other encodings, and names that are not UTF-8."""

HINT = "convert it first, as with `iconv -f latin1 -t utf-8`"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
"""Byte order marks of UTF-16, which Excel and PowerShell write."""


def decode(data: bytes, mark: bool = True) -> str:
    """Decode UTF-8 bytes.

    Args:
        data: The bytes.
        mark: Whether to skip a byte order mark at their start.

    Raises:
        ValueError: If the bytes are not UTF-8, with a hint on how to convert them.
    """
    try:
        return data.decode("utf-8-sig" if mark else "utf-8")
    except UnicodeDecodeError as error:
        if data.startswith(UTF16):
            raise ValueError(
                "UTF-16, not UTF-8: convert it first, as with `iconv -f utf-16 -t utf-8`"
            ) from error
        raise ValueError(f"not UTF-8 at byte {error.start}: {HINT}") from error


def printable(text: str) -> str:
    """Escape the bytes of a text that are not UTF-8, as a file's name may hold."""
    return text.encode(errors="backslashreplace").decode()
