"""Pictures without what they carry beside their pixels: text chunks, comments, EXIF, whatever follows the end.

A picture without such things comes back as the same bytes; the compressed pixels are never touched.
"""

import base64
import binascii
import re
import struct
import zlib

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
PNG_BASE64, JPEG_BASE64 = "iVBORw0KGgo", "/9j/"
_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB cICP sBIT bKGD hIST pHYs acTL fcTL fdAT".split()
)  # those that hold numbers only
_picture = re.compile(rf"(?<![A-Za-z0-9+/])(?:{PNG_BASE64}|{JPEG_BASE64})[A-Za-z0-9+/]+={{0,2}}")


def clean_image(data: bytes) -> bytes | None:
    """A PNG or JPEG without its metadata; None for what is neither, or is broken."""
    try:
        if data.startswith(PNG):
            return b"".join([PNG, *_png_chunks(data)])
        if data.startswith(JPEG):
            return b"".join([JPEG[:2], *_jpeg_segments(data)])
    except (struct.error, IndexError, ValueError):
        pass
    return None


def clean_base64(text: str) -> str | None:
    """`clean_image` for a picture in base64, line ends allowed."""
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    cleaned = clean_image(data)
    if cleaned is None or cleaned == data:
        return text if cleaned else None
    return base64.b64encode(cleaned).decode()


def clean_pictures(text: str) -> str:
    """The text with each picture that stands in it in base64 (a data URI, a JSON value) without its metadata."""
    if PNG_BASE64 not in text and JPEG_BASE64 not in text:
        return text
    return _picture.sub(lambda found: clean_base64(found[0]) or found[0], text)


def _png_chunks(data: bytes):
    """The chunks that are kept, with checksums that are right."""
    at, kind = len(PNG), b""
    while kind != b"IEND":
        (length,), kind = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        if len(body) != length or len(kind) != 4:
            raise ValueError("the picture ends within a chunk")
        if kind in _KEPT:
            yield struct.pack(">I", length) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        at += 12 + length


def _jpeg_segments(data: bytes):
    """The segments that are kept: no comment and no application's own but the two that say how to read colours."""
    at, end = 2, 0xD9
    while data[at + 1] != end:
        if data[at] != 0xFF:
            raise ValueError("no marker where one must be")
        kind = data[at + 1]
        if kind == 0xFF:  # padding
            at += 1
            continue
        after = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if after > len(data):
            raise ValueError("the picture ends within a segment")
        if kind == 0xDA:
            after = _end_of_scan(data, after)
        if _kept(kind, data[at + 4 : after]):
            yield data[at:after]
        at = after
    yield bytes((0xFF, end))


def _kept(kind: int, body: bytes) -> bool:
    colours = (kind == 0xE0 and body[:5] == b"JFIF\0" and len(body) == 14) or (
        kind == 0xEE and body[:5] == b"Adobe" and len(body) == 12
    )
    return colours or not (0xE0 <= kind <= 0xEF or kind == 0xFE)


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next marker stands: 0xFF, and no stuffing (0) or restart (D0 to D7) after it."""
    while True:
        at = data.index(0xFF, at)
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2
