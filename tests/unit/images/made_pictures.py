"""Pictures made on the spot for the tests of this folder."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

RED = (200, 30, 30)
BLUE = (30, 30, 200)

# Pillow cannot write HEIC, and pi-heif only reads it, so this one is kept: `four_corners()`, quality 60, orientation 6.
HEIC_TURNED = base64.b85decode(
    b"0000SW^{RQXk}?*00000ZE0pPXk}?*ZE0a<0005VZDn*}000000000XXk=`10000000000aA{+700000000000000000000G-"
    b"+&aV*mgE07O6l0ssL300001>;M4(00000006lF0ssI200N}|0RR9100000Bme*aIB98aW&i*H00062000$fZf0cy000000RRAKc4"
    b"ILB0000LX>Mj^0ssI300IC2MR;ju000004sdC7Z2$lO00031009SSaB^?}008D`aAR)(004Gqc4I>U18@KU0FVFx0000U@BsY%`1"
    b"k+-4+CHT0RR|40Sp2E{{wIU00RJ!0009300RIXx&lC90096hLID8-"
    b"Z~y=U0FVFx0{{R603M(qfd!W8<fgf}2xu@M00096AOHXZ03l)k0RRR>0l{;?i2wiq6Ju{|a&BX6cmM$a4FCp!0000KX>)L800000"
    b"0000$0000$0000eV{Bn?0000$000010000m000010000000002|NsB+000020000GaA|mH000000|*ER00009X>xCL0{{R38EJ5B"
    b"VE_OC000000RRC8fdT^sgoXeB02*m>Wo7^X0000001jhhb7KGk009620002xZDe6|0002BC;_ht;3GIk|K7GA{OcMYDQ@vq-"
    b";~}~^omQc)c@7CQ{_FG*@x=E{xIUd=iK{X{{#vD;wqgoGR%tU>~I;zlgLv<gJ#VVmbf{%L0MJQi~uRkU!V$OivJ)_!T%JXs2r@DU"
    b"&OvlPKq=n#*GsV#u&ko!VDj+ZvsAMUt>Ex?BBf2GRpl>%<!o`AII_c2tu6H3V7Jzd@qOKT2ED^Je8<f*XF71|0DR{hwIt1{`{b~f"
    b"B*mh21R&jW&i+9O#mtY000O80Ra*K0{{R30RRR70000000"
)


def four_corners() -> Image.Image:
    """Return 64 × 48 white pixels, the top left quarter red, the bottom right quarter blue."""
    image = Image.new("RGB", (64, 48), (255, 255, 255))
    image.paste(RED, (0, 0, 32, 24))
    image.paste(BLUE, (32, 24, 64, 48))
    return image


def busy(width_px: int = 200, height_px: int = 160, *, seed: int = 0) -> Image.Image:
    """Return a picture of coloured squares, different everywhere, as PDQ likes it."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (max(1, height_px // 20), max(1, width_px // 20), 3), np.uint8)
    return Image.fromarray(small).resize((width_px, height_px), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    """Return the picture as a file."""
    target = io.BytesIO()
    image.save(target, file_format, **options)
    return target.getvalue()


def exif(orientation: int) -> bytes:
    """Return an EXIF block that holds nothing but an orientation."""
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of_size(width_px: int, height_px: int) -> bytes:
    """Return a small PNG file that announces, and in one bit per pixel truly holds, a picture of any size."""
    header = struct.pack(">IIBBBBB", width_px, height_px, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(1)
    line = b"\x00" + b"\xff" * ((width_px + 7) // 8)
    body = b"".join(packer.compress(line * 100) for _ in range(height_px // 100)) + packer.flush()
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks
