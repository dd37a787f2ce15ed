#!/usr/bin/env python3
"""Makes the font files beside this script; README.md says from what and how to run it."""

import struct
import sys
import zlib
from pathlib import Path

from fontTools import subset
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
CELL = 16  # Unifont's height in pixels.
PAGE = 1024  # Characters per compressed page.
# What the renderer draws itself: box drawing, block elements, braille.
DRAWN = [(0x2500, 0x259F), (0x2800, 0x28FF)]
PRIVATE_USE = (0xE000, 0xF8FF)


def outlines(source: Path, target: Path) -> None:
    """A TrueType font cut down to its outlines: no hinting, no layout, no names."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.glyph_names = False
    options.name_IDs = []
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "kern", "FFTM", "gasp", "name"]
    font = subset.load_font(str(source), options)
    keep = [
        code
        for code in font.getBestCmap()
        if code >= 0x20 and not any(first <= code <= last for first, last in DRAWN)
    ]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=keep)
    subsetter.subset(font)
    font.recalcTimestamp = False
    subset.save_font(font, str(target), options)


def hex_glyphs(source: Path) -> dict[int, bytes]:
    """The glyphs of a file in Unifont's .hex format."""
    glyphs = {}
    for line in source.read_text().split():
        code, bitmap = line.split(":")
        glyphs[int(code, 16)] = bytes.fromhex(bitmap)
    return glyphs


def outline_glyphs(source: Path) -> dict[int, bytes]:
    """The bitmaps behind Unifont's outline fonts: polygons along a grid of whole pixels."""
    font = TTFont(str(source))
    unit = font["head"].unitsPerEm // CELL
    ascent = font["hhea"].ascent
    names = font.getGlyphSet()
    glyphs = {}
    for code, name in font.getBestCmap().items():
        pen = DecomposingRecordingPen(names)
        names[name].draw(pen)
        edges = []  # Vertical edges: x, lower y, upper y.
        start = last = None
        for operator, points in pen.value:
            if operator == "moveTo":
                start = last = points[0]
                continue
            if operator not in ("lineTo", "closePath", "endPath"):
                raise SystemExit(f"U+{code:04X} is no polygon: {operator}")
            for point in list(points) or [start]:
                if last[0] == point[0]:
                    edges.append((last[0], *sorted((last[1], point[1]))))
                last = point
        left = min((x for x, _, _ in edges), default=0)
        right = max((x for x, _, _ in edges), default=0)
        # A combining mark stands left of its origin, over the cell before.
        shift = 0 if left >= 0 else (2 * CELL if left < -CELL // 2 * unit else CELL) * unit // 2
        wide = names[name].width > CELL // 2 * unit or right + shift > CELL // 2 * unit
        columns = CELL if wide else CELL // 2
        bitmap = bytearray()
        for row in range(CELL):
            y = ascent - row * unit - unit / 2
            bits = 0
            for column in range(columns):
                x = column * unit + unit / 2 - shift
                crossed = sum(1 for at, low, high in edges if low < y < high and at < x)
                bits = bits << 1 | crossed & 1
            bitmap += bits.to_bytes(columns // 8, "big")
        glyphs[code] = bytes(bitmap)
    return glyphs


def pack(glyphs: dict[int, bytes]) -> bytes:
    """The table that `src/render/fonts/bitmap.rs` reads; its layout is described there."""
    pages: dict[int, dict[int, bytes]] = {}
    for code, bitmap in glyphs.items():
        pages.setdefault(code // PAGE, {})[code % PAGE] = bitmap
    index, data = b"", b""
    for number, page in sorted(pages.items()):
        widths, bitmaps = bytearray(PAGE // 4), b""
        for at, bitmap in sorted(page.items()):
            wide = len(bitmap) == 2 * CELL
            widths[at // 4] |= (2 if wide else 1) << at % 4 * 2
            # The left half before the right half packs better than row after row.
            bitmaps += bitmap[0::2] + bitmap[1::2] if wide else bitmap
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
        packed = packer.compress(bytes(widths) + bitmaps) + packer.flush()
        index += struct.pack("<HIH", number, len(data), len(packed))
        data += packed
    return struct.pack("<H", len(pages)) + index + data


def main() -> None:
    dejavu, unifont_hex, unifont_upper = map(Path, sys.argv[1:])
    outlines(dejavu / "DejaVuSansMono.ttf", HERE / "mono-regular.ttf")
    outlines(dejavu / "DejaVuSansMono-Bold.ttf", HERE / "mono-bold.ttf")
    glyphs = outline_glyphs(unifont_upper) | hex_glyphs(unifont_hex)
    unused = [*DRAWN, PRIVATE_USE]
    glyphs = {
        code: bitmap
        for code, bitmap in glyphs.items()
        if code >= 0x20 and not any(first <= code <= last for first, last in unused)
    }
    (HERE / "unifont.bin").write_bytes(pack(glyphs))


if __name__ == "__main__":
    main()
