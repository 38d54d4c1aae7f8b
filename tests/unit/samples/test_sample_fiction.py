"""Nothing in the sample set names anybody real: domains, numbers and chat ids are of kinds that belong to no one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[3] / "samples"
LISTINGS = [json.loads(line) for line in (ROOT / "listings.jsonl").read_text("utf-8").splitlines()]
WORDS = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "products").glob("*.yaml")))

# RFC 2606: names that can belong to nobody.
RESERVED = re.compile(r"(^|\.)(example|test|invalid)$|(^|\.)example\.(com|net|org)$")


def test_urls_belong_to_nobody() -> None:
    found = re.findall(r"https?://[^\s\"'，]+", WORDS) + [row["product_url"] for row in LISTINGS]
    for url in found:
        assert RESERVED.search(urlsplit(url).hostname or ""), url


def test_phone_numbers_are_of_the_unused_prefix_154() -> None:
    found = re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", WORDS)
    assert found
    assert all(number.startswith("1540000") for number in found)


def test_chat_ids_say_that_they_are_made_up() -> None:
    found = re.findall(r"(?:V信|薇信|加薇|WeChat)[：: ,\"]+([A-Za-z][\w-]{5,19})", WORDS)
    assert len(found) >= 3
    assert all(name.startswith("xugou") for name in found)


def test_group_numbers_have_more_digits_than_any_in_use() -> None:
    found = re.findall(r"(?:QQ群|进群：)\s*(\d+)", WORDS)
    assert found
    assert all(len(number) == 11 and number.startswith("999") for number in found)


def test_approval_numbers_are_of_the_year_2099_or_a_region_that_is_none() -> None:
    dated = r"(?:食健备G|国食健注G|国药准字[A-Z]|国妆特字|妆网备字|械注准|械备|国食注字[A-Z]{2}|粤妆)(\d{4})"
    years = re.findall(dated, WORDS)
    assert len(years) >= 8
    assert set(years) == {"2099"}
    assert {code[3:5] for code in re.findall(r"SC(\d{14})", WORDS)} == {"99"}


def test_company_code_is_well_formed_but_of_no_region() -> None:
    codes = re.findall(r"(?<![0-9A-Z])9\d{7}[0-9A-Z]{10}(?![0-9A-Z])", WORDS)
    assert codes
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015
    for code in codes:
        total = sum(alphabet.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
        assert alphabet[(31 - total % 31) % 31] == code[17]
        assert code[2:4] == "99"
